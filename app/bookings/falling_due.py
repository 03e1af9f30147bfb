"""What falls due on a waiting list with nobody pressing a button; done for one course at a time, each in its own act.

- Offers run out, in order, and the places go on to whoever is next; so do places held for who declined by mistake.
- Booking opens, and the last day before a session begins.
- The dates that somebody named have begun without them: they wait for a new one from then on. So do those who wanted to
  change a date that has begun: they are asked first now.
- Whoever has said nothing for half a year is asked once whether they still want a place. Two weeks later the wait ends.
- The places of those who did not say that they are coming, where the course asks.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, union
from sqlalchemy.orm import aliased

from app import courses, journal, timetable, waiting_list
from app.bookings import confirming, declining, offers, wait_letters
from app.bookings.passing_on import courses_owing, pass_on
from app.courses import Course
from app.db import db
from app.timetable import TrainingSession
from app.waiting_list import Offer, Wait, WaitDate

SILENT_FOR = timedelta(days=183)
ANSWER_WITHIN = timedelta(days=14)


def courses_due(now: datetime) -> list[int]:
    """The ids of the courses for which there is something to do, in one statement and a look at what is free."""
    due = union(
        _with_offers_run_out(now),
        declining.courses_with_holds_run_out(now).order_by(None),
        _with_dates_gone(now),
        _with_silence(now),
        _with_places_to_confirm(now),
    )
    return sorted({*db.session.scalars(due), *courses_owing(now)})


def catch_up(course_id: int, now: datetime) -> int:
    """Do for one course what has fallen due by now; says whether there was such a course."""
    if courses.lock(course_id) is None:
        return 0
    freed = offers.lapse(course_id, now) + declining.end_holds(course_id, now)
    _outlive_dates(course_id, now)
    _ask_the_silent(course_id, now)
    pass_on(course_id, now=now, freed=freed)
    for training_session in timetable.coming_whole(course_id, now=now):
        if confirming.release_silent(training_session, now):
            pass_on(course_id, now=now, freed=[training_session])
    return 1


def _outlive_dates(course_id: int, now: datetime) -> None:
    for wait in waiting_list.line_of_course(course_id):
        named = waiting_list.wanted_dates([wait]).get(wait.id, []) if wait.wants == "these" else []
        if offers.keep_waiting_if_no_date_is_left(wait, now) and named:
            last = timetable.by_id(named[-1].id)
            if last is not None:
                wait_letters.tell_going_on(wait, last, now)
        had = timetable.by_id(wait.instead_of_id) if wait.instead_of_id else None
        if had is not None and had.starts_at <= now:
            wait.instead_of_id, wait.books_at_once = None, False
            journal.record(None, "could not change any more", wait, now)


def _ask_the_silent(course_id: int, now: datetime) -> None:
    query = select(Wait.id).where(Wait.course_id == course_id, _is_silent(now))
    for wait_id in db.session.scalars(query.order_by(Wait.id)).all():
        wait = waiting_list.by_id(wait_id)
        if wait is None or waiting_list.open_offer_of(wait) is not None:
            continue
        if wait.asked_still_at is None:
            wait.asked_still_at = now
            journal.record(None, "asked whether they still want a place", wait, now)
            wait_letters.ask_still(wait, now + ANSWER_WITHIN, now)
        else:
            waiting_list.end(wait, "ended", by=None, now=now, did="did not hear from")
            wait_letters.withdraw(wait, now)
            wait_letters.tell_ended(wait, by=None, why="", now=now)


def _with_offers_run_out(now: datetime) -> Select[int]:
    return (
        select(Wait.course_id)
        .join(Offer, Offer.wait_id == Wait.id)
        .where(Offer.state == "open", Offer.lapses_at <= now)
    )


def _with_dates_gone(now: datetime) -> Select[int]:
    named, had = aliased(TrainingSession), aliased(TrainingSession)
    is_coming = and_(named.starts_at > now, named.state == "scheduled")
    has_date = exists().where(
        WaitDate.wait_id == Wait.id, WaitDate.is_wanted, named.id == WaitDate.training_session_id, is_coming
    )
    has_begun = exists().where(had.id == Wait.instead_of_id, had.starts_at <= now)
    is_gone = or_(and_(Wait.wants == "these", ~has_date), has_begun)
    return select(Wait.course_id).where(Wait.state == "waiting", is_gone)


def _with_silence(now: datetime) -> Select[int]:
    has_offer = exists().where(Offer.wait_id == Wait.id, Offer.state == "open")
    return select(Wait.course_id).where(_is_silent(now), ~has_offer)


def _is_silent(now: datetime) -> ColumnElement[bool]:
    is_to_be_asked = and_(Wait.asked_still_at.is_(None), Wait.heard_at <= now - SILENT_FOR)
    return and_(Wait.state == "waiting", or_(is_to_be_asked, Wait.asked_still_at <= now - ANSWER_WITHIN))


def _with_places_to_confirm(now: datetime) -> Select[int]:
    """Courses that ask, with a date near enough and somebody waiting: few. The rest is looked at under the lock."""
    near = and_(
        TrainingSession.state == "scheduled",
        TrainingSession.starts_at > now + waiting_list.LAST_DAY,
        TrainingSession.starts_at <= now + timedelta(days=confirming.RELEASED_DAYS + 1),
    )
    query = select(TrainingSession.course_id).join(TrainingSession.course).join(Wait, waiting_list.suits())
    return query.where(Course.asks_to_confirm, near, waiting_list.may_be_given(now))
