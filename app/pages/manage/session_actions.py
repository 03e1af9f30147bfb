"""What the page of a session says of its state, and what can be done with it as things stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from app import bookings, changes, clock, timetable
from app.pages import plural
from app.timetable import TrainingSession

REGISTER_FIRST = timedelta(days=1)  # before the start, from when on the register is what its trainers want most


class Action(NamedTuple):
    """A link to a page where something is done. draft: its ref, if the button itself puts it on the timetable."""

    text: str
    address: str
    draft: str = ""


@dataclass(frozen=True)
class Actions:
    """main: the page's one button, if any. people, dates: the rest, by what they are about."""

    main: Action | None
    people: Sequence[Action]
    dates: Sequence[Action]


class State(NamedTuple):
    """A tag, its colour in the design system, and the sentence beside it."""

    tag: str
    colour: str
    sentence: str


def state_of(training_session: TrainingSession, now: datetime) -> State:
    if training_session.is_cancelled:
        return State("Cancelled", "red", "It is off the timetable.")
    if training_session.ends_at <= now:
        return State("Over", "grey", "")
    if training_session.state == "draft":
        return State("Draft", "yellow", "Staff cannot see it yet. It keeps its rooms and trainers.")
    if training_session.starts_at <= now:
        return State("Under way", "blue", "")
    return _while_coming(training_session, now)


def _while_coming(training_session: TrainingSession, now: datetime) -> State:
    if not training_session.course.is_published:
        return State("Not open", "yellow", "Nobody can book, because the course is not published.")
    why_not = timetable.why_not_bookable(training_session, now)
    if why_not:
        return State("Not open", "yellow", why_not)
    return State("Full", "grey", "") if training_session.is_full else State("Open for booking", "green", "")


def window_of(training_session: TrainingSession, now: datetime) -> str:
    """'Opens Mon 7 Dec 2026, 9am. Closes when the session starts.'"""
    return f"{_opens(training_session, now)} {_closes(training_session, now)}"


def _opens(training_session: TrainingSession, now: datetime) -> str:
    at = training_session.booking_opens_at
    if at is not None:
        return f"{'Opens' if now < at else 'Opened'} {clock.say_short(at)}."
    if training_session.state == "draft":
        return "Opens as soon as it is on the timetable."
    return "Opened when it was put on the timetable."


def _closes(training_session: TrainingSession, now: datetime) -> str:
    at = training_session.booking_closes_at
    is_open = now < (at or training_session.starts_at)
    if at is not None:
        return f"{'Closes' if is_open else 'Closed'} {clock.say_short(at)}."
    return "Closes when the session starts." if is_open else "Closed when the session started."


def minimum_of(training_session: TrainingSession, booked_count: int, now: datetime) -> str:
    """'4 people. Enough have booked.', '4 people. 2 more are needed.'; '' if it is run for anybody."""
    least, missing = training_session.minimum, training_session.minimum - booked_count
    if not least or training_session.is_cancelled or training_session.ends_at <= now:
        return plural(least, "person", "people") if least else ""
    if missing <= 0:
        return f"{plural(least, 'person', 'people')}. Enough have booked."
    return f"{plural(least, 'person', 'people')}. {missing} more {'is' if missing == 1 else 'are'} needed."


def actions_for(training_session: TrainingSession, booked_count: int, now: datetime, *, may_repeat: bool) -> Actions:
    """Only what makes sense as the session stands. Who may open this page may do all of it.

    may_repeat: unless they only run this session, and do not teach its course.
    """
    main = _main(training_session, now, may_publish=may_repeat)
    people = _about_people(training_session, booked_count, now)
    may_repeat = may_repeat and training_session.course.state != "archived"
    another = [_another(training_session), _again(training_session)] if may_repeat else []
    dates = [*_about_numbers(training_session, booked_count, now), *_about_the_session(training_session, another, now)]
    return Actions(main, [action for action in people if action != main], dates)


def _main(training_session: TrainingSession, now: datetime, *, may_publish: bool) -> Action | None:
    if training_session.state == "draft":
        return _publish(training_session, may_publish=may_publish) if training_session.starts_at > now else None
    if training_session.state == "scheduled" and training_session.starts_at - REGISTER_FIRST <= now:
        return _register(training_session)
    may_book = not timetable.why_nobody_can_be_added(training_session, now) and not training_session.is_full
    return _book_for(training_session) if may_book else None


def _about_people(training_session: TrainingSession, booked_count: int, now: datetime) -> list[Action]:
    found = []
    if not timetable.why_nobody_can_be_added(training_session, now) and not training_session.is_full:
        found.append(_book_for(training_session))
    if booked_count:
        found.append(Action("Write to everybody", f"{_own(training_session)}/write"))
    if training_session.state == "scheduled":
        found.append(_register(training_session))
    return found


def _about_numbers(training_session: TrainingSession, booked_count: int, now: datetime) -> list[Action]:
    """Too many people want to come, or too few."""
    own = _own(training_session)
    if timetable.why_not_bookable(training_session, now):
        return []
    if training_session.is_full:
        rooms = bookings.trainer_letters.larger_rooms(training_session, now)[:1]
        return [
            Action(f"Move it to {room.name}, for {room.capacity} people", f"{own}/larger/{room.ref}") for room in rooms
        ]
    found = [Action("Tell more people about it", f"{own}/promote")]
    if booked_count < training_session.minimum:
        found.append(Action("Run it with fewer people", f"{own}/run"))
    return found


def _about_the_session(training_session: TrainingSession, another: Sequence[Action], now: datetime) -> list[Action]:
    own, course = _own(training_session), training_session.course
    is_to_come = not training_session.is_cancelled and training_session.ends_at > now
    found = []
    if is_to_come:
        has_room = any(slot.room for slot in training_session.slots)
        has_one_room = changes.room_of(training_session, now) is not None
        has_link = any(slot.joining_link for slot in training_session.slots)
        found += [
            Action("Change the date or time", f"{own}/move"),
            Action("Change the room" if has_room else "Put it in a room", f"{own}/room"),
            *([Action("Swap rooms with another session", f"{own}/swap")] if has_one_room else []),
            Action("Change the joining link" if has_link else "Add a joining link", f"{own}/link"),
            Action("Change the places or when booking opens", f"{own}/places"),
            Action("Change the trainers", f"{own}/trainers"),
        ]
    found += another
    if training_session.state != "draft" and course.state != "draft":
        found.append(Action("See it as staff do", f"/sessions/{training_session.ref}"))
    if is_to_come:
        found.append(Action("Cancel the session", f"{own}/cancel"))
    return found


def _publish(training_session: TrainingSession, *, may_publish: bool) -> Action | None:
    """A draft goes on the timetable after its course, which those who only run the session cannot publish."""
    course = training_session.course
    if course.is_published:
        return Action("Put it on the timetable", "/manage/timetable/publish?then=session", training_session.ref)
    what = "Bring the course back first" if course.state == "archived" else "Publish the course first"
    return Action(what, f"/manage/courses/{course.slug}") if may_publish else None


def _own(training_session: TrainingSession) -> str:
    return f"/manage/sessions/{training_session.ref}"


def _book_for(training_session: TrainingSession) -> Action:
    return Action("Book a place for somebody", f"/sessions/{training_session.ref}/book-for")


def _another(training_session: TrainingSession) -> Action:
    address = f"/manage/courses/{training_session.course.slug}/schedule?like={training_session.ref}"
    return Action("Add another like this", address)


def _again(training_session: TrainingSession) -> Action:
    return Action("Repeat this session…", f"{_own(training_session)}/repeat")


def _register(training_session: TrainingSession) -> Action:
    return Action("Open the register", f"{_own(training_session)}/register")
