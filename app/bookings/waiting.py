"""Waiting for a place, and not any more: what those who wait do, and what a coordinator does for them.

- Anybody may wait for themselves or, if that person has an address, for a colleague; those who run the course for
  anybody.
- Whoever has a coming date of the course already waits for another only to change: they keep what they have until then.
- Asking again changes what somebody waits for, not their place in line.
- A coordinator moves somebody to the front, or gives them a free place, and says why.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from app import courses, journal, people, timetable, waiting_list
from app.bookings import places, wait_letters
from app.bookings.passing_on import book_waiting, pass_on
from app.bookings.reading import coming_on_course, own_beside, whole_on
from app.bookings.refusing import question, why_closed
from app.bookings.tables import Booking
from app.courses import Course
from app.errors import AlreadyBooked, BookingClosed, NotAllowed, NotFound, Refused, SessionFull
from app.notices import kinds
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Wait


def wait(
    person: Person,
    course_id: int,
    *,
    wants: kinds.Wants,
    session_ids: Collection[int] = (),
    by: Person,
    now: datetime,
    books_at_once: bool = False,
    would_suit: str = "",
    answers: Sequence[Sequence[str]] = (),
    access_needs: str = "",
    instead_of: int | None = None,
) -> Wait:
    """Put somebody on the waiting list of a course, or change what they wait for.

    session_ids: the dates, if they want 'these'. instead_of: the id of the session that they have a place on and give
    up for another. A place that is free and suits them is theirs at once, offered or booked. Raises NotFound,
    NotAllowed, BookingClosed, AlreadyBooked.
    """
    [person] = people.hold(person)
    course = _hold_course(course_id)
    if not course.is_published:
        raise NotFound("There is no such course.")
    if not may_wait(by, person, course):
        raise NotAllowed(
            "Only this course’s trainers and our coordinators do this for people without an email address."
        )
    _refuse_if_booked(person, course, by, instead_of, now)
    there = timetable.dates_of(course.id, now=now)
    named = _named(there, session_ids, by, now) if wants == "these" else there
    own = waiting_list.of_person(person, course.id)
    found = own or waiting_list.add(person, course, asked_by=by, now=now)
    freed = _note_run_out(found, now)
    if own is not None:
        waiting_list.hear(own, now)
        journal.record(by, "waits for something else", own, now)
    found.books_at_once, found.would_suit, found.instead_of_id = books_at_once, would_suit, instead_of
    waiting_list.say(found, answers=answers, access_needs=access_needs)
    waiting_list.name_dates(found, wants, [each.id for each in named])
    freed += _withdraw_offer(found, by, now, unless_among=waiting_list.suited_among(found, there))
    pass_on(course.id, now=now, freed=freed)
    _tell_where_they_stand(found, now)
    return found


def wait_again(booking: Booking, *, by: Person, now: datetime) -> Wait:
    """After a session was cancelled: whoever had a place waits for any date, as from the day they booked.

    Twice is once. Raises NotFound, NotAllowed, AlreadyBooked, and Refused if the session was not cancelled.
    """
    [person] = people.hold(booking.person)
    course = _hold_course(booking.training_session.course_id)
    if not _fell_with_its_session(booking):
        raise Refused("This is for people whose session was cancelled.")
    if by.id not in {booking.person_id, booking.booked_by_id} and not timetable.may_manage_some(by, course):
        raise NotAllowed("This booking belongs to somebody else.")
    _refuse_if_booked(person, course, by, None, now)
    own = waiting_list.of_person(person, course.id)
    found = own or waiting_list.add(person, course, asked_by=booking.booked_by, now=now)
    if own is not None and own.ranked_at <= booking.booked_at and own.paused_at is None:
        return own
    found.ranked_at = min(found.ranked_at, booking.booked_at)
    if own is None:
        waiting_list.say(found, answers=booking.answers, access_needs=booking.access_needs)
        waiting_list.name_dates(found, "any")
    freed = _note_run_out(found, now)
    if own is not None:
        waiting_list.hear(own, now)
        journal.record(by, "still wants a place", own, now)
    pass_on(course.id, now=now, freed=freed)
    if own is None:
        _tell_where_they_stand(found, now)
    return found


def wait_as_from(booking: Booking, training_session: TrainingSession, *, by: Person, now: datetime) -> Wait:
    """In line for a date that they had a place on, as from the day they booked it. Both are held.

    What they wait for otherwise stays. Raises AlreadyBooked if they have another date of the course.
    """
    course, person = training_session.course, booking.person
    _refuse_if_booked(person, course, by, None, now)
    own = waiting_list.of_person(person, course.id)
    found = own or waiting_list.add(person, course, asked_by=booking.booked_by, now=now)
    found.ranked_at = min(found.ranked_at, booking.booked_at)
    if own is None:
        waiting_list.say(found, answers=booking.answers, access_needs=booking.access_needs)
        waiting_list.name_dates(found, "these", [training_session.id])
    else:
        waiting_list.want(found, training_session)
        waiting_list.hear(found, now)
    pass_on(course.id, now=now)
    _tell_where_they_stand(found, now)
    return found


def _fell_with_its_session(booking: Booking) -> bool:
    """Whoever had given the place up before would jump the queue."""
    training_session = booking.training_session
    return training_session.is_cancelled and booking.cancelled_at == training_session.changed_at


def leave(wait: Wait, *, by: Person, now: datetime, why: str = "") -> None:
    """Take somebody off the waiting list. Who has left already has left: a button may be pressed twice.

    why: shown to the person if somebody else does it. Raises NotAllowed.
    """
    wait = hold(wait)
    if not may_act(by, wait):
        raise NotAllowed("This place in line belongs to somebody else.")
    if not wait.is_live:
        return
    freed = _withdraw_offer(wait, by, now)
    waiting_list.end(wait, "left", by=by, now=now, did="left", why=why)
    wait_letters.withdraw(wait, now)
    if not is_theirs(by, wait):
        wait_letters.tell_ended(wait, by=by, why=why, now=now)
    pass_on(wait.course_id, now=now, freed=freed)


def still_want(wait: Wait, *, by: Person, now: datetime) -> None:
    """They still want a place: offers go on, if one that ran out had paused them. Raises NotAllowed, Refused."""
    wait = hold(wait)
    if not may_act(by, wait):
        raise NotAllowed("This place in line belongs to somebody else.")
    if not wait.is_live:
        raise Refused("You are not on the waiting list any more. You can join it again on the course’s page.")
    freed = _note_run_out(wait, now)
    waiting_list.hear(wait, now)
    journal.record(by, "still wants a place", wait, now)
    wait_letters.withdraw_questions(wait, now)
    pass_on(wait.course_id, now=now, freed=freed)


def move_up(wait: Wait, *, by: Person, now: datetime, why: str) -> None:
    """Put somebody before everybody else who waits for the course. Raises NotAllowed, Refused."""
    wait = _hold_for_coordinator(wait, by)
    waiting_list.put_first(wait, by=by, now=now, why=why)
    pass_on(wait.course_id, now=now)


def give_place(
    wait: Wait, training_session_id: int, *, by: Person, now: datetime, why: str, despite_overlaps: bool = False
) -> Booking:
    """Book somebody who waits on a free place, whether or not it is their turn.

    Raises NotFound, NotAllowed, Refused, BookingClosed, AlreadyBooked, SessionFull, Overlaps unless despite_overlaps.
    """
    meant = timetable.by_id(training_session_id)
    if meant is None or meant.course_id != wait.course_id:
        raise NotFound("This session is of another course.")
    [person] = people.hold(wait.person)
    training_session = timetable.lock(training_session_id)
    wait = _hold_for_coordinator(wait, by)
    why_not = why_closed(training_session, by, now)
    if why_not:
        raise BookingClosed(why_not)
    own, kept = own_beside(person, training_session, now=now)
    if any(booking.training_session_id == training_session.id for booking in own):
        raise AlreadyBooked("This person has a place on this session already.")
    clashing = [booking for booking in own if booking.training_session_id != wait.instead_of_id]
    if clashing and not despite_overlaps:
        raise question(clashing, training_session, person=person, by=by)
    freed = _withdraw_offer(wait, by, now)
    if training_session.is_full and kept is None:
        raise SessionFull("This session is full. Give it another place first, or move them to the front of the line.")
    places.take_kept(training_session, kept)
    waiting_list.add_gift(wait, training_session, now, how="given", given_by=by, why=why)
    booking, also_freed = book_waiting(wait, training_session, by=by, now=now, why=why)
    pass_on(wait.course_id, now=now, freed=[each for each in [*freed, *also_freed] if each.id != training_session.id])
    places.settle(training_session, now)
    return booking


def may_wait(by: Person, person: Person, course: Course) -> bool:
    """Everybody for themselves and for a colleague with an address; those who run the course for anybody."""
    return by.id == person.id or person.address is not None or timetable.may_manage_some(by, course)


def may_act(by: Person, wait: Wait) -> bool:
    """Whose place in line it is, whoever asked for somebody without an address, and those who run the course."""
    return is_theirs(by, wait) or timetable.may_manage_some(by, wait.course)


def is_theirs(by: Person, wait: Wait) -> bool:
    """Whose place in line it is; for somebody without an address, whoever asked for them."""
    return by.id == wait.person_id or (by.id == wait.asked_by_id and wait.person.address is None)


def hold(wait: Wait) -> Wait:
    """A wait as it is now, with its course held until the transaction ends. Raises NotFound."""
    _hold_course(wait.course_id)
    held = waiting_list.by_id(wait.id)
    if held is None:
        raise NotFound("There is no such place in line.")
    return held


def end_for_place(wait: Wait, *, by: Person, now: datetime) -> list[TrainingSession]:
    """They have a place of the course now, and wait no more. Returns the session on which an offer fell, if any."""
    freed = _withdraw_offer(wait, by, now)
    waiting_list.end(wait, "booked", by=by, now=now, did="got a place")
    wait_letters.withdraw(wait, now)
    return freed


def _note_run_out(wait: Wait, now: datetime) -> list[TrainingSession]:
    """The session of an offer that has run out unnoted: noted later, it would pause whoever has just spoken."""
    offer = waiting_list.open_offer_of(wait)
    if offer is None or offer.may_be_answered(now):
        return []
    waiting_list.answer(offer, "lapsed", by=None, now=now, did="let an offer run out")
    wait_letters.withdraw_offer(offer, now)
    places.free(offer.training_session)
    return [offer.training_session]


def give_back(booking: Booking) -> None:
    """Whoever has given up a place, or lost it by silence, and waits for the course: it is not to come back to them."""
    own = waiting_list.of_person(booking.person, booking.training_session.course_id)
    if own is not None:
        waiting_list.give_back(own, booking.training_session)


def _withdraw_offer(
    wait: Wait, by: Person, now: datetime, *, unless_among: Sequence[TrainingSession] = ()
) -> list[TrainingSession]:
    """The session of which an open offer falls, because they want something else now; [] if there is none."""
    offer = waiting_list.open_offer_of(wait)
    if offer is None or any(each.id == offer.training_session_id for each in unless_among):
        return []
    waiting_list.answer(offer, "withdrawn", by=by, now=now, did="gave back an offer")
    wait_letters.withdraw_offer(offer, now)
    places.free(offer.training_session)
    return [offer.training_session]


def _tell_where_they_stand(wait: Wait, now: datetime) -> None:
    """Unless a place has come to them already, of which they have another letter."""
    if wait.is_live and waiting_list.open_offer_of(wait) is None:
        dates = waiting_list.suited_among(wait, timetable.open_dates_of(wait.course_id, now=now))
        keeps = timetable.by_id(wait.instead_of_id) if wait.instead_of_id else None
        wait_letters.tell_waiting(wait, dates, keeps=keeps, now=now)


def _hold_course(course_id: int) -> Course:
    course = courses.lock(course_id)
    if course is None or course.state == "draft":
        raise NotFound("There is no such course.")
    return course


def _hold_for_coordinator(wait: Wait, by: Person) -> Wait:
    wait = hold(wait)
    if not by.is_coordinator:
        raise NotAllowed("Only a coordinator can change whose turn it is.")
    if not wait.is_live:
        raise Refused("This person is not on the waiting list any more.")
    return wait


def _refuse_if_booked(person: Person, course: Course, by: Person, instead_of: int | None, now: datetime) -> None:
    """Who has a coming date waits for another only to change it."""
    if instead_of is not None:
        had = whole_on(person.id, instead_of)
        if had is None or had.training_session.course_id != course.id or had.training_session.starts_at <= now:
            raise Refused("There is no booking to change any more.")
        return
    coming = coming_on_course(person, course.id, now=now)
    if coming and by.id == person.id:
        raise AlreadyBooked("You have a place on this course already.", booking_ref=coming[0].ref)
    if coming:
        raise AlreadyBooked("This person has a place on this course already.")


def _named(
    there: Sequence[TrainingSession], ids: Collection[int], by: Person, now: datetime
) -> Sequence[TrainingSession]:
    """Raises NotFound, BookingClosed."""
    named = [each for each in there if each.id in ids]
    if not named or len(named) < len(set(ids)):
        raise BookingClosed("This date cannot be waited for any more. Choose another.")
    for each in named:
        why_not = why_closed(timetable.by_id(each.id) or each, by, now)
        if why_not:
            raise BookingClosed(why_not)
    return named
