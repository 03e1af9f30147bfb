"""What a free place sets off: it goes to the longest wait that it suits, in the transaction that freed it.

- Whoever asked for that is booked; everybody else is offered the place, which is held until a deadline. What clashes
  with another place of theirs is always offered, never booked.
- Whoever has a place on another date of the course is passed over, unless they asked to change.
- In the last 24 hours nobody is offered anything: all who wait are told, and whoever is first has the place.
- Giving somebody another date may free the one that they had. That is passed on in the same act.
The course is held, so all its sessions and everybody who waits for them stand still meanwhile (D10, D56).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from app import people, timetable, waiting_list
from app.bookings import places, wait_letters
from app.bookings.facts import other_date
from app.bookings.reading import clashes, whole_on
from app.bookings.tables import Booking
from app.courses import Course
from app.db import db
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Wait


def pass_on(course_id: int, *, now: datetime, freed: Iterable[TrainingSession] = ()) -> None:
    """Give every free place of a course to whoever's turn it is, and say which of its sessions are full by then.

    freed: the sessions on which a place has just become free. Called whenever that happens, and when somebody begins to
    wait or waits for something else.
    """
    touched = {each.id: each for each in freed}
    if waiting_list.is_waited_for(course_id):
        while given := _given_once(course_id, now):
            touched |= {each.id: each for each in given}
        _tell_all_in_the_last_day(course_id, set(touched), now)
    for training_session in touched.values():
        places.settle(training_session, now)


def whose_turn(training_session: TrainingSession, *, now: datetime, most: int) -> list[Wait]:
    """Those who would be given a free place of a session, the first in line first."""
    may_have_it = and_(has_no_other_place(now), is_in_time())
    return waiting_list.next_in_line(training_session, now=now, which=may_have_it, most=most)


def book_waiting(
    wait: Wait,
    training_session: TrainingSession,
    *,
    by: Person | None,
    now: datetime,
    from_list: bool = False,
    why: str = "",
) -> tuple[Booking, list[TrainingSession]]:
    """A place that is taken, or held, becomes the booking of whoever waited for it, and the wait is over.

    by: None if it was booked because they had asked for that. Returns the booking, and the session on which they gave
    up the place that they had, if they asked to change: whoever calls passes that on.
    """
    old = whole_on(wait.person_id, wait.instead_of_id) if wait.instead_of_id else None
    if old is not None and old.training_session.starts_at <= now:
        old = None
    booking = places.give(
        wait.person,
        training_session,
        # Whoever has an address booked it themselves, by asking or by accepting; others have somebody who does.
        asked_by=(by or wait.person) if wait.person.address else wait.asked_by,
        by=by,
        now=now,
        answers=wait.answers or (old.answers if old else []),
        access_needs=wait.access_needs or (old.access_needs if old else ""),
        from_list=from_list,
        changed_from=other_date(old.training_session) if old else None,
    )
    waiting_list.end(wait, "booked", by=by, now=now, did="got a place", why=why)
    wait_letters.withdraw(wait, now)
    if old is None:
        return booking, []
    places.give_up(old, by=by or wait.person, now=now, changed_to=other_date(training_session))
    return booking, [old.training_session]


def has_no_other_place(now: datetime) -> ColumnElement[bool]:
    """Somebody who has a coming date of the course is given another only if they asked to change.

    Not the one that they have: who keeps two dates may ask to change one of them. Of a query that has the session.
    """
    own = aliased(TrainingSession)
    is_theirs = and_(Booking.person_id == Wait.person_id, Booking.state == "booked")
    of_course = and_(own.course_id == Wait.course_id, own.ends_at > now)
    has_place = exists().where(is_theirs, own.id == Booking.training_session_id, of_course)
    has_this = exists().where(is_theirs, Booking.training_session_id == TrainingSession.id)
    return and_(~has_this, or_(Wait.instead_of_id.is_not(None), ~has_place))


def is_in_time() -> ColumnElement[bool]:
    """Booking that has closed stops newcomers: those who began to wait later. Of the same query.

    Not those who named the date: it was open to whoever named it.
    """
    closes_at = TrainingSession.booking_closes_at
    return or_(closes_at.is_(None), Wait.ranked_at < closes_at, Wait.wants == "these")


def _given_once(course_id: int, now: datetime) -> list[TrainingSession]:
    """The sessions of which places were given or freed; empty when there is nothing left to give."""
    changed: list[TrainingSession] = []
    for training_session in timetable.with_free_places(course_id, now=now):
        if not waiting_list.is_last_day(training_session.starts_at, now):
            changed += _given(training_session, now)
    return changed


def _given(training_session: TrainingSession, now: datetime) -> list[TrainingSession]:
    changed: list[TrainingSession] = []
    while training_session.places_left:
        waits = whose_turn(training_session, now=now, most=training_session.places_left)
        if not waits:
            break
        changed.append(training_session)
        places.take(training_session, len(waits))
        wait_letters.withdraw_standing(waits, now)
        unasked = people.hold_if_free([wait.person_id for wait in waits if wait.books_at_once])
        own = clashes([wait.person_id for wait in waits], training_session)
        for wait in waits:
            clashing = own.get(wait.person_id, [])
            changed += _give(wait, training_session, clashing, now, may_be_unasked=wait.person_id in unasked)
        db.session.flush()  # who is next in line is read from there
    return changed


def _give(
    wait: Wait, training_session: TrainingSession, clashing: Sequence[Booking], now: datetime, *, may_be_unasked: bool
) -> list[TrainingSession]:
    """A place that has been taken goes to somebody. Returns the session on which they gave one up, if any.

    may_be_unasked: nobody is just booking something else for them. If so, we could not see a clash: they are asked.
    """
    clashing = [booking for booking in clashing if booking.training_session_id != wait.instead_of_id]
    if may_be_unasked and not clashing:
        waiting_list.add_gift(wait, training_session, now, how="booked")
        _, freed = book_waiting(wait, training_session, by=None, now=now, from_list=True)
        return freed
    offer = waiting_list.add_offer(wait, training_session, now)
    db.session.flush()  # letters need its id
    instead_of = timetable.by_id(wait.instead_of_id) if wait.instead_of_id else None
    wait_letters.tell_offered(offer, clashing, instead_of, now)
    return []


def _tell_all_in_the_last_day(course_id: int, freed: Collection[int], now: datetime) -> None:
    """A free place is for whoever is first. Said when one becomes free, and once when the last day begins.

    Not once booking has closed, nor to whoever is held a place of that session already.
    """
    for training_session in timetable.with_free_places(course_id, now=now):
        is_news = training_session.id in freed or training_session.free_told_at is None
        may_be_booked = training_session.closes_at > now
        if is_news and may_be_booked and waiting_list.is_last_day(training_session.starts_at, now):
            held_for = {offer.wait_id for offer in waiting_list.offers_on(training_session)}
            line = waiting_list.line_of(training_session)
            waits = [wait for wait in line if wait.paused_at is None and wait.id not in held_for]
            wait_letters.tell_place_free(waits, training_session, now)
            training_session.free_told_at = now


def courses_owing(now: datetime) -> list[int]:
    """The courses that have a free place for somebody who waits, or whose last day has begun untold.

    As time passes booking opens and last days begin, without anybody pressing a button.
    """
    is_free = and_(
        TrainingSession.state == "scheduled",
        TrainingSession.starts_at > now,
        TrainingSession.places_taken < TrainingSession.capacity,
        or_(TrainingSession.booking_opens_at.is_(None), TrainingSession.booking_opens_at <= now),
    )
    last_day_from = now + waiting_list.LAST_DAY
    may_be_given = and_(
        TrainingSession.starts_at > last_day_from,
        waiting_list.may_be_given(now),
        has_no_other_place(now),
        is_in_time(),
    )
    is_untold = and_(
        TrainingSession.starts_at <= last_day_from,
        TrainingSession.free_told_at.is_(None),
        or_(TrainingSession.booking_closes_at.is_(None), TrainingSession.booking_closes_at > now),
        Wait.state == "waiting",
        Wait.paused_at.is_(None),
    )
    query = (
        select(TrainingSession.course_id)
        .join(TrainingSession.course)
        .join(Wait, waiting_list.suits())
        .where(Course.state == "published", is_free, or_(may_be_given, is_untold))
        .distinct()
    )
    return sorted(db.session.scalars(query))
