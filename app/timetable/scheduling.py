"""Putting sessions on the timetable, and the checks that every change of it goes through."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app import clock, courses, history, journal, people, rooms
from app.courses import Course
from app.db import db, locked
from app.errors import Faulty, NotAllowed, NotFound, Refused, RoomTaken, StaleEdit, TooSmall, TrainerBusy
from app.notices import kinds, outbox
from app.people import Person
from app.rooms import Room
from app.timetable import finding
from app.timetable.room_keeping import refuse_if_retired
from app.timetable.tables import SessionTrainer, Slot, TrainingSession

LOW_NUMBERS_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class SlotPlan:
    """A slot that somebody wants: aware UTC span, a room's id or a joining link or both."""

    starts_at: datetime
    ends_at: datetime
    room_id: int | None = None
    joining_link: str = ""

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.starts_at, self.ends_at


def may_manage(by: Person | None, course: Course, trainers: Iterable[Person] = ()) -> bool:
    """A coordinator may manage every session, a trainer their own and those of their courses."""
    runs_it = by is not None and by.is_trainer and any(trainer.id == by.id for trainer in trainers)
    return runs_it or courses.may_edit(by, course)


def may_manage_some(by: Person, course: Course) -> bool:
    """Whoever may edit a course, or runs any session of it."""
    runs = (
        select(SessionTrainer.person_id)
        .join(TrainingSession, TrainingSession.id == SessionTrainer.training_session_id)
        .where(TrainingSession.course_id == course.id, SessionTrainer.person_id == by.id)
    )
    return courses.may_edit(by, course) or (by.is_trainer and db.session.scalar(runs.limit(1)) is not None)


def schedule(
    course: Course,
    *,
    slots: Sequence[SlotPlan],
    trainers: Sequence[Person],
    by: Person | None,
    now: datetime,
    capacity: int | None = None,
    minimum: int = 0,
    booking_opens_at: datetime | None = None,
    booking_closes_at: datetime | None = None,
    is_draft: bool = False,
) -> TrainingSession:
    """Put a session on the timetable, open for booking; or keep it as a draft, which holds its rooms and trainers too.

    capacity: None takes the course's usual places, or as many as the smallest room holds. Raises NotAllowed, Faulty,
    TooSmall, RoomTaken, TrainerBusy; the last three name the slot by its place in `slots` in `facts["slot"]`.
    """
    if not courses.may_edit(by, course):
        raise NotAllowed("Only a trainer of this course or a coordinator can timetable it.")
    refuse_slots(slots)
    refuse_window(booking_opens_at, booking_closes_at, slots[0].starts_at)
    held_rooms = _hold(course, slots, trainers)
    refuse_if_not_trainers(trainers)
    if not is_draft:
        _refuse_unless_published(course, by)
    refuse_if_retired(held_rooms)
    largest = smallest_room(held_rooms)
    places = capacity if capacity is not None else min(course.places, largest or course.places)
    refuse_sizes(places, minimum)
    refuse_if_too_small(places, held_rooms)
    refuse_if_rooms_taken(slots)
    refuse_if_trainers_busy(trainers, slots)
    training_session = TrainingSession(
        course=course,
        state="draft" if is_draft else "scheduled",
        capacity=places,
        minimum=minimum,
        starts_at=slots[0].starts_at,
        ends_at=slots[-1].ends_at,
        booking_opens_at=booking_opens_at,
        booking_closes_at=booking_closes_at,
        changed_at=now,
        slots=[_slot(plan, position) for position, plan in enumerate(slots)],
    )
    _add(training_session, trainers)
    journal.record(by, "drafted" if is_draft else "scheduled", training_session, now)
    remind_trainers(training_session, now)
    db.session.flush()  # the next session of the same import must see these trainers as busy
    return training_session


def _hold(course: Course, slots: Sequence[SlotPlan], trainers: Sequence[Person]) -> list[Room]:
    """Lock all that a new session needs, in the order of all locks. Returns its rooms."""
    people.hold(*trainers)
    held_rooms = rooms.lock(slot.room_id for slot in slots if slot.room_id is not None)
    courses.lock(course.id)
    return held_rooms


def _add(training_session: TrainingSession, trainers: Sequence[Person]) -> None:
    db.session.add(training_session)
    db.session.flush()  # trainers and journal need the session's id
    for trainer in trainers:
        db.session.add(SessionTrainer(training_session_id=training_session.id, person_id=trainer.id))
    set_committed_value(training_session, "trainers", list(trainers))


def remind_trainers(training_session: TrainingSession, now: datetime) -> None:
    """Queue what each trainer reads at nine on the working day before each part, and a week ahead if numbers are low.

    Earlier ones are withdrawn. Of a draft nobody is reminded: nobody can come.
    """
    outbox.withdraw(training_session, kinds=(kinds.TrainerReminder, kinds.LowNumbers), now=now)
    if training_session.state == "draft":
        return
    starts_on = [clock.today(slot.starts_at) for slot in training_session.slots]
    rows: list[tuple[type[kinds.Facts], date]] = [
        (kinds.TrainerReminder, on) for on in sorted(set(map(clock.working_day_before, starts_on)))
    ]
    if training_session.minimum:
        rows.append((kinds.LowNumbers, starts_on[0] - LOW_NUMBERS_BEFORE))
    for trainer, (kind, on) in product(training_session.trainers, rows):
        due_at = clock.morning_of(on)
        if trainer.address and due_at > now:
            outbox.queue_late(
                kind,
                to=outbox.Recipient(trainer.address, trainer.name, trainer.id),
                about=training_session,
                due_at=due_at,
                now=now,
                dedupe_key=f"{kind.name}:{training_session.id}:{trainer.id}:{on}",
            )


def lock(training_session_id: int) -> TrainingSession:
    """The session held until the transaction ends, with its course, slots, rooms and trainers. Raises NotFound.

    The course is locked first: two sessions of it must not act at once.
    """
    held_courses = courses.lock_all(select(TrainingSession.course_id).where(TrainingSession.id == training_session_id))
    held = locked(TrainingSession, [training_session_id])
    if not held:
        raise NotFound("There is no such session.")
    _load_afresh(held, held_courses)
    return held[0]


def _load_afresh(held: Sequence[TrainingSession], held_courses: Iterable[Course]) -> None:
    """Slots, rooms and trainers as they are under the lock, whatever the page had read before; in two statements."""
    ids, by_id = [each.id for each in held], {course.id: course for course in held_courses}
    slots: dict[int | None, list[Slot]] = {}
    trainers: dict[int, list[Person]] = {}
    of_sessions = select(Slot).where(Slot.training_session_id.in_(ids)).options(joinedload(Slot.room))
    afresh = of_sessions.order_by(Slot.starts_at).execution_options(populate_existing=True)
    for slot in db.session.scalars(afresh):
        slots.setdefault(slot.training_session_id, []).append(slot)
    run_by = select(SessionTrainer.training_session_id, Person).join(Person, Person.id == SessionTrainer.person_id)
    for id_, trainer in db.session.execute(
        run_by.where(SessionTrainer.training_session_id.in_(ids)).order_by(Person.id)
    ):
        trainers.setdefault(id_, []).append(trainer)
    for each in held:
        set_committed_value(each, "course", by_id[each.course_id])
        set_committed_value(each, "slots", slots.get(each.id, []))
        set_committed_value(each, "trainers", trainers.get(each.id, []))


def lock_for_change(
    training_session_id: int, *, room_ids: Iterable[int] = (), trainer_ids: Collection[int] = (), by: Person | None
) -> tuple[TrainingSession, list[Room]]:
    """A session held for a change, with its trainers and rooms, in the order of all locks.

    room_ids, trainer_ids: further ones that it is to get. Returns the session and every room held. Raises NotAllowed,
    NotFound, and StaleEdit if somebody else was quicker.
    """
    [training_session], held_rooms = lock_all_for_change(
        [training_session_id], room_ids=room_ids, trainer_ids=trainer_ids, by=by
    )
    return training_session, held_rooms


def lock_all_for_change(
    ids: Collection[int], *, room_ids: Iterable[int] = (), trainer_ids: Collection[int] = (), by: Person | None
) -> tuple[list[TrainingSession], list[Room]]:
    """The same for sessions that change together, in the order of `ids`."""
    # The trainers come first, and every session has one: whoever else changes this session waits here, so that the
    # rooms read next are still its rooms when they are locked.
    of_sessions = select(SessionTrainer.person_id).where(SessionTrainer.training_session_id.in_(ids))
    held_people = {person.id for person in locked(Person, {*db.session.scalars(of_sessions), *trainer_ids})}
    if not held_people.issuperset(trainer_ids):
        raise Refused("One of these trainers is not there any more: somebody has just put two records together.")
    present = select(Slot.room_id).where(Slot.training_session_id.in_(ids), Slot.room_id.is_not(None))
    held_rooms = rooms.lock({*db.session.scalars(present), *room_ids} - {None})
    of_courses = select(TrainingSession.course_id).where(TrainingSession.id.in_(ids))
    held_courses = locked(Course, db.session.scalars(of_courses).all())
    found = {held.id: held for held in locked(TrainingSession, ids)}
    if len(found) < len(set(ids)):
        raise NotFound("There is no such session.")
    _load_afresh(list(found.values()), held_courses)
    for held in found.values():
        _refuse_if_slipped(held, held_people, {room.id for room in held_rooms})
        if not may_manage(by, held.course, held.trainers):
            raise NotAllowed("Only this session's trainers or a coordinator can change it.")
    return [found[id_] for id_ in ids], held_rooms


def _refuse_if_slipped(held: TrainingSession, held_people: Collection[int], held_rooms: Collection[int]) -> None:
    """While we waited for its trainers, somebody may have given the session others, whom we do not hold. To lock them
    now would be out of order (D40). Raises StaleEdit.
    """
    its_people = {trainer.id for trainer in held.trainers}
    its_rooms = {slot.room_id for slot in held.slots if slot.room_id is not None}
    if not (its_people <= set(held_people) and its_rooms <= set(held_rooms)):
        sentence = "Somebody else has changed this session just now. Nothing of yours has been saved yet."
        raise StaleEdit(sentence, lines=history.of(held)[-1:], newest=journal.newest(held))


def take_off(training_session: TrainingSession) -> None:
    """Take a session's slots off the timetable: before they move, so that they cannot clash with themselves."""
    for slot in training_session.slots:
        slot.is_live = False
    db.session.flush()  # the database checks each slot as it changes


def put_back(training_session: TrainingSession, plans: Sequence[SlotPlan], now: datetime) -> None:
    """Put slots that were taken off back, as planned: as many as there were, in order of time."""
    for slot, plan in zip(training_session.slots, plans, strict=True):
        slot.starts_at, slot.ends_at = plan.starts_at, plan.ends_at
        slot.room_id, slot.joining_link = plan.room_id, plan.joining_link
        slot.is_live = True
    training_session.starts_at, training_session.ends_at = plans[0].starts_at, plans[-1].ends_at
    training_session.changed_at = now
    db.session.flush()  # letters read the rooms that the slots are in now
    for slot in training_session.slots:
        db.session.refresh(slot, ["room"])


def smallest_room(held_rooms: Iterable[Room]) -> int | None:
    """How many people fit into all of these rooms; None if there is no room."""
    return min((room.capacity for room in held_rooms), default=None)


def refuse_if_too_small(capacity: int, held_rooms: Iterable[Room]) -> None:
    """Raises TooSmall, naming the first room that holds fewer people."""
    for room in held_rooms:
        if capacity > room.capacity:
            raise TooSmall(f"{room.name} holds {room.capacity} people, so it cannot give {capacity} places.")


def refuse_if_rooms_taken(plans: Sequence[SlotPlan], *, apart_from: int | None = None) -> None:
    """apart_from: the id of the session that is moving. The rooms are locked by now. Raises RoomTaken."""
    for number, plan in enumerate(plans):
        if plan.room_id is None:
            continue
        for clash in finding.clashes_in([plan.room_id], [plan.span], apart_from=apart_from).get(plan.room_id, []):
            raise RoomTaken(finding.say_taken(clash), slot=number)


def refuse_if_trainers_busy(
    trainers: Sequence[Person],
    plans: Sequence[SlotPlan],
    *,
    apart_from: int | None = None,
    now: datetime | None = None,
) -> None:
    """apart_from: the id of the session that is moving. now: what is over by then is nobody's task any more: somebody
    else may have run it. The trainers are locked by now. Raises TrainerBusy.
    """
    names = {trainer.id: trainer.name for trainer in trainers}
    for number, plan in enumerate(plans):
        if now is not None and plan.ends_at <= now:
            continue
        for person_id, clashes in finding.clashes_of(list(names), [plan.span], apart_from=apart_from).items():
            raise TrainerBusy(f"{names[person_id]} is busy {finding.in_the_way(clashes[0])}.", slot=number)


def refuse_slots(slots: Sequence[SlotPlan]) -> None:
    """Each slot ends after it starts, is somewhere, and follows the one before. Raises Faulty."""
    if not slots:
        raise Faulty("A session needs at least one date.", field="slots")
    for number, slot in enumerate(slots):
        if slot.ends_at <= slot.starts_at:
            raise Faulty("The session must end after it starts.", field="end", slot=number)
        if slot.room_id is None and not slot.joining_link:
            raise Faulty("Give a room or a joining link.", field="room", slot=number)
        if slot.joining_link and not is_link(slot.joining_link):
            raise Faulty("The joining link must start with https://.", field="joining_link", slot=number)
        if number and slot.starts_at < slots[number - 1].ends_at:
            raise Faulty("The parts of a session must follow one another.", field="start", slot=number)


def refuse_window(opens_at: datetime | None, closes_at: datetime | None, starts_at: datetime) -> None:
    """Booking opens before it closes, and closes before or when the session starts. Raises Faulty."""
    if closes_at is not None and closes_at > starts_at:
        raise Faulty("Booking must close before the session starts, or when it starts.", field="booking_closes_at")
    if opens_at is not None and opens_at >= (closes_at or starts_at):
        raise Faulty("Booking must open before it closes.", field="booking_opens_at")


def is_link(text: str) -> bool:
    """A web address, which is all that people are ever given to click."""
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", text)


def _refuse_unless_published(course: Course, by: Person | None) -> None:
    """A file (`by` is None then) may come before its courses are published: staff see its sessions afterwards (D36)."""
    if by is not None and not course.is_published:
        raise Faulty(f"‘{course.title}’ is not published, so its sessions can only be drafts.", field="state")


def refuse_if_not_trainers(trainers: Sequence[Person]) -> None:
    """Raises Faulty."""
    if not trainers:
        raise Faulty("A session needs at least one trainer.", field="trainers")
    for person in trainers:
        if not person.is_trainer:
            raise Faulty(f"{person.name} is not a trainer.", field="trainers")


def refuse_sizes(capacity: int, minimum: int) -> None:
    """Raises Faulty."""
    if capacity < 1:
        raise Faulty("A session needs at least one place.", field="capacity")
    if not 0 <= minimum <= capacity:
        raise Faulty(f"The minimum cannot be {minimum} when there are {capacity} places.", field="minimum")


def _slot(plan: SlotPlan, position: int) -> Slot:
    return Slot(
        position=position,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        room_id=plan.room_id,
        joining_link=plan.joining_link,
    )
