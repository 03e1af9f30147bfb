"""Demand: who waits for what, by course and over time, for those who decide what to put on the timetable next."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from app import clock
from app.courses import Course
from app.db import db
from app.timetable import TrainingSession
from app.waiting_list.line import IN_LINE, LIVE
from app.waiting_list.tables import Wait

MONTHS = 12
MOST_WISHES = 50  # of a course, the longest waits first


@dataclass(frozen=True)
class ComingDate:
    ref: str
    starts_at: datetime
    places_taken: int
    capacity: int


@dataclass(frozen=True)
class Demand:
    """How many people wait for a course. new_count: those who wait for a date that is not there yet.

    paused_count: those whose last offer ran out. since: when the first of them asked. wishes: what would suit them, in
    their own words. dates: the coming ones, in order of time.
    """

    slug: str
    title: str
    language: str
    is_published: bool
    waiting_count: int
    new_count: int
    paused_count: int
    since: datetime
    wishes: tuple[str, ...]
    dates: tuple[ComingDate, ...]


def by_course(now: datetime) -> list[Demand]:
    """The courses that somebody waits for, those with the most people first; in three statements."""
    is_new, is_paused = Wait.wants == "new", Wait.paused_at.is_not(None)
    counted = (
        select(
            Course,
            func.count(),
            func.count().filter(is_new),
            func.count().filter(is_paused),
            func.min(Wait.asked_at),
        )
        .join(Wait, Wait.course_id == Course.id)
        .where(LIVE)
        .group_by(Course.id)
    )
    rows = db.session.execute(counted).all()
    ids = [course.id for course, *_ in rows]
    wishes, dates = _wishes_of(ids), _dates_of(ids, now)
    found = [
        Demand(
            slug=course.slug,
            title=course.title,
            language=course.language,
            is_published=course.is_published,
            waiting_count=waiting_count,
            new_count=new_count,
            paused_count=paused_count,
            since=since,
            wishes=tuple(wishes.get(course.id, ())),
            dates=tuple(dates.get(course.id, ())),
        )
        for course, waiting_count, new_count, paused_count, since in rows
    ]
    return sorted(found, key=lambda each: (-each.waiting_count, each.since, each.title))


def joined_by_month(now: datetime) -> list[tuple[date, int]]:
    """How many people joined a waiting list in each of the last 12 months, this one last: (first day, count)."""
    months = [clock.today(now).replace(day=1)]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    since = clock.midnight(months[-1])
    joined = Counter(
        clock.today(asked_at).replace(day=1)
        for asked_at in db.session.scalars(select(Wait.asked_at).where(Wait.asked_at >= since))
    )
    return [(month, joined[month]) for month in reversed(months)]


def _wishes_of(ids: Collection[int]) -> dict[int, list[str]]:
    query = select(Wait.course_id, Wait.would_suit).where(Wait.course_id.in_(ids), LIVE, Wait.would_suit != "")
    found: dict[int, list[str]] = {}
    for course_id, words in db.session.execute(query.order_by(*IN_LINE)):
        said = found.setdefault(course_id, [])
        if len(said) < MOST_WISHES:
            said.append(words)
    return found


def _dates_of(ids: Collection[int], now: datetime) -> dict[int, list[ComingDate]]:
    query = (
        select(
            TrainingSession.course_id,
            TrainingSession.ref,
            TrainingSession.starts_at,
            TrainingSession.places_taken,
            TrainingSession.capacity,
        )
        .where(TrainingSession.course_id.in_(ids), TrainingSession.state == "scheduled")
        .where(TrainingSession.starts_at > now)
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )
    found: dict[int, list[ComingDate]] = {}
    for course_id, ref, starts_at, taken, capacity in db.session.execute(query):
        found.setdefault(course_id, []).append(ComingDate(ref, starts_at, taken, capacity))
    return found
