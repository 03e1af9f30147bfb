from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from tests import make
from tests.make import IN_TWO_WEEKS

# Who hears what in which words is the same whatever the database.
pytestmark = pytest.mark.one_engine

LINK = "https://meet.example.org/room"


def due(office, kind, *, states=("waiting",)):
    return [notice.due_at for notice in office.notices(kind) if notice.state in states]


def at(month, day, hour=9, *, year=2026):
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_people_are_reminded_a_week_and_a_working_day_before_at_nine(office):
    make.booking(make.training_session())

    assert due(office, "reminder") == [at(12, 8), at(12, 14)]


def test_the_working_day_before_a_monday_is_friday(office):
    monday = datetime(2026, 12, 21, 10, tzinfo=UTC)
    make.booking(make.training_session(starts_at=monday))

    assert due(office, "reminder") == [at(12, 14), at(12, 18)]


def test_nine_is_nine_on_the_services_clock_either_side_of_a_change(office):
    tuesday = datetime(2027, 3, 30, 9, tzinfo=UTC)  # two days after the clocks go forward
    make.booking(make.training_session(starts_at=tuesday))

    assert due(office, "reminder") == [at(3, 23, 9, year=2027), at(3, 29, 8, year=2027)]


def test_whoever_books_late_gets_only_the_reminders_still_to_come(office):
    training_session = make.training_session()
    office.now = at(12, 8)

    office.book(make.person(), training_session)

    assert due(office, "reminder") == [at(12, 14)]


def test_whoever_books_on_the_day_gets_no_reminder(office):
    training_session = make.training_session()
    office.now = at(12, 15, 8)

    office.book(make.person(), training_session)

    assert due(office, "reminder") == []


def test_a_reminder_says_how_things_are_when_it_leaves(office):
    training_session = make.training_session(room=make.room(), capacity=5)
    make.booking(training_session)
    office.deliver()
    office.say("UPDATE rooms SET directions = 'Up the new stairs'")
    office.now = at(12, 8)

    [letter] = office.deliver()

    assert letter.subject == "Reminder: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am"
    assert "In 7 days: Using Social Media to Keep up to Date" in letter.text
    assert "Up the new stairs" in letter.text
    assert letter.entry is None


def test_a_move_retimes_the_reminders(office):
    training_session = make.training_session()
    make.booking(training_session)

    office.move(training_session, [make.slot(at(12, 23, 10), joining_link=LINK)])

    assert due(office, "reminder") == [at(12, 16), at(12, 22)]
    assert due(office, "reminder", states=("withdrawn",)) == [at(12, 8), at(12, 14)]


def test_moved_there_and_back_the_reminders_are_as_they_were(office):
    training_session = make.training_session()
    make.booking(training_session)

    office.move(training_session, [make.slot(at(12, 23, 10), joining_link=LINK)])
    office.move(training_session, [make.slot(IN_TWO_WEEKS, joining_link=LINK)])

    assert due(office, "reminder") == [at(12, 8), at(12, 14)]


def test_a_new_room_leaves_the_reminders_alone(office):
    training_session = make.training_session(room=make.room(), capacity=5)
    make.booking(training_session)

    office.move(training_session, [make.slot(room=make.room("Seminar room"))])

    assert due(office, "reminder") == [at(12, 8), at(12, 14)]
    assert due(office, "reminder", states=("withdrawn",)) == []


def test_whoever_was_reminded_is_reminded_of_the_new_time_too(office):
    training_session = make.training_session()
    make.booking(training_session)
    office.now = at(12, 14)
    office.deliver()

    office.move(training_session, [make.slot(at(12, 29, 10), joining_link=LINK)])

    assert due(office, "reminder") == [at(12, 22), at(12, 28)]


def test_whoever_cancelled_is_not_reminded(office):
    office.cancel(make.booking(make.training_session()))

    assert due(office, "reminder") == []


def test_nobody_is_reminded_of_a_cancelled_session(office):
    training_session = make.training_session()
    make.booking(training_session)

    office.cancel_session(training_session)

    assert (due(office, "reminder"), due(office, "trainer_reminder")) == ([], [])


def test_a_reminder_that_is_late_is_not_sent_once_the_session_has_begun(office):
    make.booking(make.training_session())
    office.deliver()
    office.now = IN_TWO_WEEKS

    assert office.deliver() == []
    assert [notice.state for notice in office.notices("reminder")] == ["withdrawn", "withdrawn"]


def test_a_reminder_is_sent_once(office):
    make.booking(make.training_session())
    office.deliver()
    office.now = at(12, 8)
    office.deliver()

    assert office.deliver() == []


def test_trainers_hear_who_is_coming_at_nine_on_the_working_day_before(office):
    make.training_session(trainers=[make.trainer(), make.trainer("Tess")])

    assert due(office, "trainer_reminder") == [at(12, 14), at(12, 14)]


def test_a_move_retimes_the_trainers_letter(office):
    training_session = make.training_session()

    office.move(training_session, [make.slot(at(12, 21, 10), joining_link=LINK)])

    assert due(office, "trainer_reminder") == [at(12, 18)]


def test_a_session_put_on_late_brings_its_trainers_no_letter(office):
    make.training_session(starts_at=at(12, 2, 8))

    assert due(office, "trainer_reminder") == []


def test_a_trainer_hears_of_nobody_booked_too(office):
    make.training_session(trainers=[make.trainer(address="tom@example.org")])
    office.deliver()
    office.now = at(12, 14)

    [letter] = office.deliver()

    [notice] = office.notices("trainer_reminder")
    assert (letter.to, notice.facts["booked_count"], notice.facts["capacity"]) == ("tom@example.org", 0, 10)


def test_the_days_before_are_counted_on_the_services_calendar(office):
    early = datetime(2027, 6, 15, 7, tzinfo=UTC)
    make.booking(make.training_session(starts_at=early))
    office.deliver()
    office.now = clock.morning_of(datetime(2027, 6, 14, tzinfo=UTC).date())

    letters = [letter.subject for letter in office.deliver() if "Using Social" in letter.subject]

    assert letters[-2].startswith("Tomorrow:") or letters[-1].startswith("Tomorrow:")
    assert office.now == early.replace(day=14, hour=8) + timedelta(0)


def test_each_part_of_a_session_is_reminded_of_on_the_working_day_before(office):
    days = [IN_TWO_WEEKS + timedelta(weeks=number) for number in range(3)]
    training_session = make.training_session(
        slots=[make.slot(at, joining_link="https://meet.example.org/room") for at in days]
    )
    make.booking(training_session)
    office.deliver()

    subjects = []
    for day in days:
        office.now = day - timedelta(days=1)
        subjects.append([letter.subject for letter in office.deliver() if letter.subject.startswith("Tomorrow: ")][-1:])

    assert subjects == [
        ["Tomorrow: Using Social Media to Keep up to Date (1 of 3), Tue 15 Dec 2026, 10am"],
        ["Tomorrow: Using Social Media to Keep up to Date (2 of 3), Tue 22 Dec 2026, 10am"],
        ["Tomorrow: Using Social Media to Keep up to Date (3 of 3), Tue 29 Dec 2026, 10am"],
    ]


def test_after_an_outage_one_reminder_is_sent_and_not_two(office):
    make.booking(make.training_session())
    office.deliver()
    office.now = at(12, 14, 10)

    arrived = office.deliver()

    assert [letter.subject.partition(":")[0] for letter in arrived if letter.to.startswith("nia")] == ["Tomorrow"]
    assert [notice.state for notice in office.notices("reminder")] == ["withdrawn", "sent"]
