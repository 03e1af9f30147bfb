from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from app import timetable
from app.db import db
from app.errors import NotFound
from app.timetable import Filters, Slot, TrainingSession
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW


def found(office, *, page=1, **filters):
    """The titles of the courses on the list, in its order."""
    listing = timetable.coming(Filters(**filters), now=office.now, page=page)
    return [training_session.course.title for training_session in listing.sessions]


def on(title, **kwargs):
    course = {
        "topic": kwargs.pop("topic", ""),
        "summary": kwargs.pop("summary", ""),
        "state": kwargs.pop("state", "published"),
    }
    return make.training_session(course=make.course(title, **course), **kwargs)


def test_what_is_on_comes_in_order_of_time(office):
    on("Second", starts_at=IN_TWO_WEEKS + timedelta(hours=1))
    on("First")

    assert found(office) == ["First", "Second"]


def test_a_session_stays_on_the_list_until_it_ends(office):
    on("Searching")
    office.now = IN_TWO_WEEKS + timedelta(minutes=119)
    before = found(office)
    office.now = IN_TWO_WEEKS + timedelta(hours=2)

    assert (before, found(office)) == (["Searching"], [])


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_sessions_of_courses_that_are_not_published_are_not_listed(office, state):
    on("Secret", state=state)

    assert found(office) == []
    assert timetable.between(date(2026, 12, 1), date(2027, 1, 1), Filters()) == []


def test_drafts_and_cancelled_sessions_are_not_listed(office):
    on("Draft")
    office.say("UPDATE training_sessions SET state = 'draft'")
    office.cancel_session(on("Cancelled"))

    assert found(office) == []


def test_drafts_are_not_there_for_staff(office):
    draft_course, draft = on("Secret", state="draft"), on("Draft")
    office.say("UPDATE training_sessions SET state = 'draft' WHERE id = :id", id=draft.id)
    office.forget()

    for hidden in (draft_course, draft):
        with pytest.raises(NotFound):
            timetable.visible(hidden.ref)


def test_a_cancelled_session_still_has_its_page(office):
    training_session = on("Cancelled")
    office.cancel_session(training_session)

    assert timetable.visible(training_session.ref.lower()).is_cancelled


@pytest.mark.parametrize(
    "q", ["media", "MEDIA social", "zolc", "Żółć", "lucja", "Łucja żółć", "llyr", "  evidence   media "]
)
def test_every_word_is_looked_for_whatever_its_accents_and_capitals(office, q):
    on("Social Media", summary="Find evidence with Łucja Żółć and Siân Llŷr")
    on("Copyright")

    assert found(office, q=q) == ["Social Media"]


@pytest.mark.parametrize("q", ["%", "_", "media nowhere", "'; DROP TABLE courses; --", "\\"])
def test_what_is_nowhere_finds_nothing(office, q):
    on("Social Media")

    assert found(office, q=q) == []


def test_a_topic_narrows_the_list(office):
    on("Copyright", topic="Law")
    on("Searching", topic="Evidence")

    assert found(office, topic="Law") == ["Copyright"]


def test_a_site_narrows_the_list(office):
    room = make.room(site="Fairfield House")
    on("There", room=room)
    on("Elsewhere", room=make.room())
    on("Online")

    assert found(office, site=room.site.name) == ["There"]


def test_a_session_with_one_part_at_the_site_is_found(office):
    room = make.room(site="Fairfield House")
    slots = [
        make.slot(joining_link="https://meet.example.org/1"),
        make.slot(IN_TWO_WEEKS + timedelta(days=1), room=room),
    ]
    on("Both", slots=slots)

    assert (found(office, site=room.site.name), found(office, format="room"), found(office, format="online")) == (
        ["Both"],
        ["Both"],
        [],
    )


def test_rooms_and_online_are_told_apart(office):
    on("In a room", room=make.room())
    on("Online")

    assert (found(office, format="room"), found(office, format="online")) == (["In a room"], ["Online"])


def test_full_sessions_can_be_left_out(office):
    make.booking(on("Full", capacity=1))
    on("Free")

    assert found(office, has_places=True) == ["Free"]


def test_from_a_day_means_from_its_midnight_here(office):
    on("Evening before", starts_at=datetime(2027, 5, 31, 20, tzinfo=UTC))
    on("On the day", starts_at=datetime(2027, 5, 31, 23, 30, tzinfo=UTC))  # 00:30 on 1 June in London

    assert found(office, from_on=date(2027, 6, 1)) == ["On the day"]


def test_a_day_in_the_past_brings_nothing_back(office):
    on("Searching")
    office.now = IN_TWO_WEEKS + timedelta(days=1)

    assert found(office, from_on=date(2026, 1, 1)) == []


def test_pages_hold_fifty(office):
    trainer, course = make.trainer(), make.course()
    for hours in range(51):
        make.training_session(
            course=course,
            trainers=[trainer],
            slots=[
                make.slot(IN_TWO_WEEKS + timedelta(hours=hours), minutes=60, joining_link="https://meet.example.org/1")
            ],
        )

    listings = [timetable.coming(Filters(), now=NOW, page=page) for page in (0, 1, 2, 3, 10**30)]

    assert [(listing.page, len(listing.sessions)) for listing in listings] == [(1, 50), (1, 50), (2, 1), (2, 1), (2, 1)]
    assert {(listing.total, listing.page_count) for listing in listings} == {(51, 2)}


def test_an_empty_list_is_one_empty_page(office):
    listing = timetable.coming(Filters(), now=NOW, page=7)

    assert (list(listing.sessions), listing.total, listing.page, listing.page_count) == ([], 0, 1, 1)


def test_a_week_across_the_clock_change_has_all_its_days(office):
    sunday_night, monday = datetime(2027, 3, 28, 22, 30, tzinfo=UTC), datetime(2027, 3, 28, 23, tzinfo=UTC)
    on("Sunday, half past eleven", starts_at=sunday_night)
    on("Monday, midnight", starts_at=monday)
    on("Saturday", starts_at=datetime(2027, 3, 27, 23, 59, tzinfo=UTC))

    week = timetable.between(date(2027, 3, 22), date(2027, 3, 29), Filters())

    assert [training_session.course.title for training_session in week] == ["Saturday", "Sunday, half past eleven"]


def test_a_month_begins_and_ends_at_midnight_here(office):
    on("Last of March", starts_at=datetime(2027, 3, 31, 22, 59, tzinfo=UTC))
    on("First of April", starts_at=datetime(2027, 3, 31, 23, tzinfo=UTC))
    on("Last of April", starts_at=datetime(2027, 4, 30, 22, 59, tzinfo=UTC))
    on("First of May", starts_at=datetime(2027, 4, 30, 23, tzinfo=UTC))

    april = timetable.between(date(2027, 4, 1), date(2027, 5, 1), Filters())

    assert [training_session.course.title for training_session in april] == ["First of April", "Last of April"]


def test_a_line_of_the_list_says_where_and_how_many_places_are_left(office):
    make.booking(on("Searching", room=make.room(), capacity=2))

    [line] = timetable.coming(Filters(), now=NOW).sessions

    assert (line.where, line.places_left, line.is_full) == ("IT training room, Northgate Hospital", 1, False)


def test_the_coming_dates_of_a_course_leave_out_the_one_in_hand(office):
    course = make.course()
    first, second = (
        make.training_session(course=course, starts_at=IN_TWO_WEEKS + timedelta(days=days)) for days in (0, 1)
    )
    make.training_session()

    assert [date.id for date in timetable.dates_of(course.id, now=NOW)] == [first.id, second.id]
    assert [date.id for date in timetable.dates_of(course.id, now=NOW, apart_from=first.id)] == [second.id]


def test_each_course_says_when_it_comes_next(office):
    course = make.course()
    for days in (1, 0):
        make.training_session(course=course, starts_at=IN_TWO_WEEKS + timedelta(days=days))
    office.cancel_session(make.training_session(course=make.course("Other")))

    assert timetable.next_dates(now=NOW) == {course.id: (IN_TWO_WEEKS, 2)}


def test_topics_are_those_of_published_courses(office):
    make.course(topic="Law")
    make.course(topic="Evidence")
    make.course(topic="Law")
    make.course(topic="Secret", state="draft")

    assert timetable.choices()[0] == ["Evidence", "Law"]


@pytest.fixture
def crowded(office):
    """As many sessions as wanted, straight into the database."""

    def fill(count):
        session = {"course_id": make.course().id, "capacity": 5, "changed_at": NOW}
        slot = {"position": 0, "room_id": make.room().id}
        spans = [
            {"starts_at": at, "ends_at": at + timedelta(hours=1)}
            for at in (IN_TWO_WEEKS + timedelta(hours=3 * number) for number in range(count))
        ]
        ids = range(1, count + 1)
        office.do(
            db.session.execute,
            insert(TrainingSession),
            [{"id": n, **session, **span} for n, span in zip(ids, spans, strict=True)],
        )
        office.do(
            db.session.execute,
            insert(Slot),
            [{"training_session_id": n, **slot, **span} for n, span in zip(ids, spans, strict=True)],
        )

    return fill


@pytest.mark.parametrize("count", [1, 3, 300])
def test_a_list_takes_one_statement_however_many_sessions_there_are(office, crowded, count):
    crowded(count)
    office.forget()

    with office.statements() as said:
        listing = timetable.coming(Filters(), now=NOW)
        [(line.course.title, line.where, line.places_left) for line in listing.sessions]

    assert (listing.total, len(said)) == (count, 1)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_a_month_takes_one_statement_however_many_sessions_there_are(office, crowded, count):
    crowded(count)
    office.forget()

    with office.statements() as said:
        month = timetable.between(date(2026, 12, 1), date(2027, 12, 1), Filters())
        [(line.course.title, line.where, line.places_left) for line in month]

    assert (len(month), len(said)) == (count, 1)


def test_one_session_with_all_its_records_takes_one_statement(office):
    slots = [make.slot(room=make.room()), make.slot(IN_TWO_WEEKS + timedelta(days=1), room=make.room("Other"))]
    training_session = make.training_session(slots=slots, trainers=[make.trainer(), make.trainer("Tess")])
    ref = training_session.ref
    office.forget()

    with office.statements() as said:
        whole = timetable.get(ref)
        _ = (whole.course.owner, whole.where, [slot.room.site.name for slot in whole.slots], whole.trainers)

    assert len(said) == 1


def test_words_find_sessions_by_where_they_are_and_who_runs_them(office):
    on("Copyright", room=make.room("Boardroom", site="Fairfield House"), trainers=[make.trainer("Siân Llŷr")])
    on("Reflection")

    assert [found(office, q=words) for words in ("fairfield", "boardroom copyright", "siân", "nowhere")] == [
        ["Copyright"],
        ["Copyright"],
        ["Copyright"],
        [],
    ]
