"""What a free place sets off."""

from datetime import timedelta

import pytest

from app import bookings, changes, courses, timetable
from app.db import db
from app.errors import Refused
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

pytestmark = pytest.mark.both_engines

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def waiting(office, place, *names, **kwargs):
    """People who wait, in this order."""
    return [office.wait(make.person(name), place, **kwargs) for name in names]


def dates(count, *, course=None, build=make.full_session, **kwargs):
    """So many sessions of one course, a day apart."""
    course = course or make.course()
    return [build(course=course, starts_at=IN_TWO_WEEKS + DAY * n, **kwargs) for n in range(count)]


def test_a_place_given_up_is_held_for_the_longest_wait(office):
    full = make.full_session()
    waiting(office, full, "Ann", "Ben")

    office.free(full)

    assert office.names_on(full) == ([], ["Ann"], ["Ann", "Ben"])
    assert office.fresh(full).places_taken == 1


def test_whoever_is_offered_a_place_reads_until_when(office):
    full = make.full_session()
    waiting(office, full, "Ann")

    office.free(full)

    [notice] = office.notices("offered")
    assert (notice.recipient_name, notice.facts["lapses_at"], notice.facts["clashes"]) == (
        "Ann",
        "2026-12-03T09:00:00Z",
        [],
    )
    assert office.offer_on(full).lapses_at == NOW + 2 * DAY


def test_whoever_asked_for_that_is_booked(office):
    full = make.full_session()
    [wait] = waiting(office, full, "Ann", books_at_once=True)

    office.free(full)

    assert office.names_on(full) == (["Ann"], [], [])
    assert office.fresh(wait).state == "booked"
    [notice] = [each for each in office.notices("booked") if each.recipient_name == "Ann"]
    assert notice.facts["from_list"] is True


def test_the_record_says_why_it_was_their_turn(office):
    full = make.full_session()
    [wait] = waiting(office, full, "Ann", books_at_once=True)

    office.free(full)

    row = db.session.execute(db.text("SELECT wait_id, state, how FROM offers")).one()
    assert tuple(row) == (wait.id, "accepted", "booked")
    deeds = [(deed.by_id, deed.about) for deed in db.session.query(Deed).filter_by(did="booked from the list")]
    assert deeds == [(None, "bookings")]


def test_two_places_freed_at_once_go_to_two_people(office):
    full = make.full_session(capacity=2)
    waiting(office, full, "Ann", "Ben", "Cat")

    office.do(changes.change_capacity, full.id, 4, by=None, now=office.now)

    assert office.names_on(full)[1] == ["Ann", "Ben"]


def test_places_freed_on_two_dates_go_to_two_people(office):
    one, other = dates(2)
    waiting(office, one.course, "Ann", "Ben")

    office.free(one)
    office.free(other)

    assert (office.names_on(one)[1], office.names_on(other)[1]) == (["Ann"], ["Ben"])


def test_nobody_has_two_open_offers_on_a_course(office):
    one, other = dates(2)
    waiting(office, one.course, "Ann")

    office.free(one)
    office.free(other)

    assert (office.names_on(one)[1], office.names_on(other)[1]) == (["Ann"], [])
    assert office.fresh(other).places_taken == 0


def test_somebody_may_have_an_offer_on_each_of_two_courses(office):
    one, other, ann = make.full_session(), make.full_session(starts_at=IN_TWO_WEEKS + DAY), make.person("Ann")
    for session in (one, other):
        office.wait(ann, session)

    office.free(one)
    office.free(other)

    assert (office.names_on(one)[1], office.names_on(other)[1]) == (["Ann"], ["Ann"])


def test_a_place_that_suits_nobody_stays_free(office):
    one, other = dates(2)
    waiting(office, one, "Ann")

    office.free(other)

    assert office.names_on(other) == ([], [], [])
    assert office.fresh(other).places_taken == 0


def test_the_longest_wait_that_the_date_suits_has_it_not_the_longest(office):
    one, other = dates(2)
    waiting(office, one, "Ann")
    waiting(office, other, "Ben")

    office.free(other)

    assert office.names_on(other)[1] == ["Ben"]


def test_a_place_is_not_booked_into_a_clash_but_offered_saying_so(office):
    full, ann = make.full_session(), make.person("Ann")
    make.booking(make.training_session(course=make.course("Copyright")), ann)
    office.wait(ann, full, books_at_once=True)

    office.free(full)

    assert office.names_on(full) == ([], ["Ann"], ["Ann"])
    [notice] = office.notices("offered")
    assert (notice.facts["clashes"], notice.facts["wanted_at_once"]) == (["Copyright, Tue 15 Dec 2026, 10am"], True)


def test_whoever_reads_for_somebody_without_an_address_does_not_learn_of_their_clashes(office):
    full, joan, cora = make.full_session(), make.person("Joan", address=None), make.coordinator()
    office.book(joan, make.training_session(), by=cora)
    office.wait(joan, full, by=cora, books_at_once=True)

    office.free(full)

    [notice] = office.notices("offered")
    assert (notice.recipient_name, notice.facts["for_name"], notice.facts["clashes"]) == (
        "Cora Coordinator",
        "Joan",
        [],
    )


def test_back_to_back_is_no_clash(office):
    full, ann = make.full_session(), make.person("Ann")
    make.booking(make.training_session(starts_at=IN_TWO_WEEKS + 2 * HOUR), ann)
    office.wait(ann, full, books_at_once=True)

    office.free(full)

    assert office.names_on(full)[0] == ["Ann"]


def test_whoever_has_a_place_on_another_date_by_now_is_passed_over(office):
    one, other = dates(2)
    ann = make.person("Ann")
    waiting(office, one, "Zoe")
    office.wait(ann, one)
    # As after two records of one person were put together.
    office.say("UPDATE bookings SET person_id = :ann WHERE training_session_id = :other", ann=ann.id, other=other.id)
    office.leave(bookings.whose_turn(one, now=office.now, most=1)[0])
    waiting(office, one, "Ben")

    office.free(one)

    assert office.names_on(one)[1] == ["Ben"]


def test_whoever_asked_to_change_is_offered_another_date_and_keeps_theirs_until_they_answer(office):
    own, other = dates(2)
    [booking] = bookings.live_on(own)
    office.wait(booking.person, other, instead_of=own.id)

    office.free(other)

    assert office.names_on(own)[0] == ["Nia Nurse"]
    assert office.names_on(other)[1] == ["Nia Nurse"]
    assert office.notices("offered")[0].facts["instead_of"]["session_ref"] == own.ref


def test_whoever_asked_to_be_changed_at_once_gives_their_date_to_the_next_in_the_same_act(office):
    own, other = dates(2)
    nia = bookings.live_on(own)[0].person
    office.wait(nia, other, instead_of=own.id, books_at_once=True)
    waiting(office, own, "Ann", books_at_once=True)

    office.free(other)

    assert (office.names_on(own), office.names_on(other)) == ((["Ann"], [], []), (["Nia Nurse"], [], []))
    [notice] = [each for each in office.notices("cancelled") if each.facts["changed_to"]]
    assert (notice.recipient_name, notice.facts["changed_to"]["session_ref"]) == ("Nia Nurse", other.ref)


def test_two_people_who_would_swap_their_dates_are_not_swapped_before_a_place_is_free(office):
    one, other = dates(2)
    for own, wanted in ((one, other), (other, one)):
        office.wait(bookings.live_on(own)[0].person, wanted, instead_of=own.id, books_at_once=True)
    before = [bookings.live_on(each)[0].id for each in (one, other)]

    office.do(bookings.pass_on, one.course_id, now=office.now)

    assert [bookings.live_on(each)[0].id for each in (one, other)] == before


def test_the_date_that_somebody_would_give_up_is_not_offered_to_them(office):
    own, other = dates(2, capacity=2)
    nia = bookings.live_on(own)[1].person
    office.wait(nia, own.course, instead_of=own.id)

    office.free(own)

    assert office.names_on(own) == (["Nia Nurse"], [], [])
    assert office.names_on(other)[2] == ["Nia Nurse"]


def test_who_keeps_two_dates_and_asks_to_change_one_is_not_offered_the_other(office):
    one, other = dates(2, capacity=2)
    nia = bookings.live_on(one)[1].person
    make.booking(make.training_session(course=one.course, starts_at=IN_TWO_WEEKS + 5 * DAY), nia, despite_overlaps=True)
    later = timetable.coming_whole(one.course_id, now=office.now)[-1]
    office.wait(nia, one.course, instead_of=later.id)

    office.free(one)

    assert office.names_on(one)[1] == []
    assert office.names_on(other)[2] == ["Nia Nurse"]


def test_closing_the_booking_stops_newcomers_not_offers(office):
    full = make.full_session(booking_closes_at=NOW + DAY)
    waiting(office, full, "Ann")
    office.now += 2 * DAY

    office.free(full)

    assert office.names_on(full)[1] == ["Ann"]


@pytest.mark.parametrize("books_at_once", [True, False])
def test_a_newcomer_who_waits_for_any_date_does_not_get_one_whose_booking_has_closed(office, books_at_once):
    closed = make.training_session(booking_closes_at=NOW + DAY)
    office.now += 2 * DAY

    waiting(office, closed.course, "Ann", books_at_once=books_at_once)

    assert office.names_on(closed)[:2] == ([], [])
    assert bookings.courses_due(office.now) == []


def test_somebody_whom_a_trainer_puts_on_the_list_after_booking_has_closed_is_no_newcomer(office):
    full = make.full_session(booking_closes_at=NOW + DAY)
    office.now += 2 * DAY
    waiting(office, full, "Ann", by=full.trainers[0])

    office.free(full)

    assert office.names_on(full)[1] == ["Ann"]


def test_an_offer_made_before_booking_closes_is_accepted_after(office):
    full = make.full_session(booking_closes_at=NOW + DAY)
    waiting(office, full, "Ann")
    office.free(full)
    office.now += DAY + HOUR

    office.accept(office.offer_on(full))

    assert office.names_on(full)[0] == ["Ann"]


def test_nothing_is_given_after_the_start(office):
    slots = [
        make.slot(joining_link="https://x.example.org"),
        make.slot(IN_TWO_WEEKS + DAY, joining_link="https://x.example.org"),
    ]
    full = make.full_session(slots=slots)
    waiting(office, full, "Ann")
    office.now = IN_TWO_WEEKS + HOUR

    office.do(changes.change_capacity, full.id, 2, by=None, now=office.now)

    assert office.names_on(full)[1:] == ([], ["Ann"])
    assert office.names_told("place_free") == []


def test_a_larger_capacity_is_given_in_order(office):
    full = make.full_session()
    waiting(office, full, "Ann", "Ben", "Cat")

    office.do(changes.change_capacity, full.id, 3, by=None, now=office.now)

    assert office.names_on(full) == (["Nia Nurse"], ["Ann", "Ben"], ["Ann", "Ben", "Cat"])
    assert office.fresh(full).places_taken == 3


def test_a_larger_room_is_given_in_order(office):
    full = make.full_session(room=make.room(capacity=1))
    waiting(office, full, "Ann")

    office.do(changes.change_room, full.id, make.room("Hall", capacity=5), capacity=2, by=None, now=office.now)

    assert office.names_on(full)[1] == ["Ann"]


def test_fewer_places_than_are_booked_and_held_are_refused(office):
    full = make.full_session(capacity=2)
    waiting(office, full, "Ann")
    office.free(full)

    with pytest.raises(Refused) as refusal:
        office.do(changes.change_capacity, full.id, 1, by=None, now=office.now)

    assert "1" in refusal.value.sentence
    assert office.fresh(full).capacity == 2


def test_places_of_a_session_that_is_put_on_the_timetable_go_to_those_who_wait(office):
    course = make.course()
    waiting(office, course, "Ann", "Ben", "Cat", wants="new")

    new = make.training_session(course=course, capacity=2)

    assert office.names_on(new) == ([], ["Ann", "Ben"], ["Ann", "Ben", "Cat"])


def test_the_rest_hear_of_a_new_date_and_how_many_are_ahead_of_them(office):
    course = make.course()
    waiting(office, course, "Ann", "Ben", "Cat", wants="new")

    new = make.training_session(course=course, capacity=1)

    told = [
        (n.recipient_name, n.facts["about"]["session_ref"], n.facts["ahead_count"]) for n in office.notices("new_date")
    ]
    assert told == [("Ben", new.ref, 1), ("Cat", new.ref, 2)]


def test_a_new_date_says_nothing_to_whoever_named_others(office):
    full = make.full_session()
    waiting(office, full, "Ann")

    make.training_session(course=full.course, starts_at=IN_TWO_WEEKS + DAY)

    assert (office.names_told("new_date"), office.names_told("offered")) == ([], [])


def test_a_draft_is_given_to_nobody_until_it_is_published(office):
    course = make.course()
    waiting(office, course, "Ann", "Ben", wants="new")
    draft = make.training_session(course=course, capacity=1, is_draft=True)
    office.catch_up()
    assert office.names_on(draft)[1] == []

    office.do(changes.publish, [draft.ref], by=None, now=office.now)

    assert office.names_on(draft)[1] == ["Ann"]
    assert office.names_told("new_date") == ["Ben"]


def test_a_draft_that_was_there_before_somebody_asked_for_a_new_date_is_new_to_them(office):
    course = make.course()
    draft = make.training_session(course=course, is_draft=True)
    waiting(office, course, "Ann", wants="new")

    office.do(changes.publish, [draft.ref], by=None, now=office.now)

    assert office.names_on(draft)[1] == ["Ann"]


def test_a_trainer_who_opens_booking_earlier_gives_the_places(office):
    course = make.course()
    waiting(office, course, "Ann", wants="new")
    new = make.training_session(course=course, capacity=2, booking_opens_at=NOW + DAY)
    rules = changes.BookingRules(capacity=2, minimum=0, opens_at=None, closes_at=None)

    office.do(changes.change_booking_rules, new.id, rules, by=None, now=office.now)

    assert office.names_on(new)[1] == ["Ann"]


def test_who_is_just_booking_something_else_is_asked_first_because_we_cannot_see_a_clash(office, engine):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    full = make.full_session()
    [wait] = waiting(office, full, "Ann", books_at_once=True)

    with db.engine.connect() as elsewhere:
        elsewhere.execute(db.text("SELECT id FROM people WHERE id = :id FOR NO KEY UPDATE"), {"id": wait.person_id})
        office.free(full)

    assert office.names_on(full)[:2] == ([], ["Ann"])


def test_repeats_of_a_session_are_given_in_order(office):
    course = make.course()
    there = make.full_session(course=course)
    waiting(office, course, "Ann", "Ben", "Cat", wants="new")
    days = [(IN_TWO_WEEKS + DAY * n).date() for n in (7, 14)]

    new = office.do(changes.repeat, there.id, days, by=None, now=office.now)

    assert [office.names_on(each)[1] for each in new] == [["Ann"], ["Ben"]]
    assert office.names_told("new_date") == ["Ben", "Cat", "Ann", "Cat"]


def test_an_imported_session_is_given_in_order(office, tmp_path):
    trainer = make.trainer(address="tom@example.org")
    course = make.course(slug="social-media", owner=trainer)
    waiting(office, course, "Ann", wants="new")
    file = tmp_path / "timetable.csv"
    file.write_text(
        "course,part,date,start,end,room,online_link,capacity,trainers,minimum\n"
        "social-media,,2026-12-15,10:00,12:00,,https://meet.example.org/a,1,tom@example.org,\n"
    )

    office.do(changes.import_timetable, file, by=None, now=office.now)

    [new] = timetable.since(0)
    assert office.names_on(new)[1] == ["Ann"]


def test_when_booking_opens_by_time_alone_the_worker_gives_the_places(office):
    course = make.course()
    waiting(office, course, "Ann", wants="new")
    new = make.training_session(course=course, capacity=1, booking_opens_at=NOW + DAY)
    office.catch_up()
    assert office.names_on(new)[1] == []
    office.now = NOW + DAY

    office.catch_up()

    assert office.names_on(new)[1] == ["Ann"]


def test_an_archived_course_is_given_to_nobody_until_it_is_back(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    office.say("UPDATE courses SET state = 'archived'")
    office.free(full)
    office.catch_up()
    assert office.names_on(full)[1] == []

    office.do(changes.restore_course, full.course_id, by=None, now=office.now)

    assert office.names_on(full)[1] == ["Ann"]


def test_a_course_that_people_wait_for_is_not_taken_back_to_a_draft(office):
    course = make.course()
    waiting(office, course, "Ann", wants="new")

    with pytest.raises(Refused, match="People wait"):
        office.do(changes.take_back_course, course.id, by=None, now=office.now)

    assert courses.get(course.slug).state == "published"


def test_people_without_an_address_are_given_places_in_turn_and_their_letters_go_to_whoever_asked(office):
    full, cora = make.full_session(), make.coordinator()
    office.wait(make.person("Joan", address=None), full, by=cora)
    waiting(office, full, "Ann")

    office.free(full)

    assert office.names_on(full)[1] == ["Joan"]
    assert office.names_told("offered") == ["Cora Coordinator"]


def test_nothing_is_due_when_everything_has_been_given(office):
    one, other = dates(2)
    waiting(office, one.course, "Ann", "Ben", "Cat")
    office.free(one)
    office.free(other)

    assert bookings.courses_due(office.now) == []


def test_a_place_that_goes_on_at_once_leaves_the_unsent_waiting_letter_unsent(office):
    full = make.full_session()
    waiting(office, full, "Ann")

    office.free(full)

    assert [notice.state for notice in office.notices("waiting")] == ["withdrawn"]


# The last 24 hours: no time for turns.


def last_day_of(office, training_session, *, left=DAY):
    office.now = training_session.starts_at - left


def test_in_the_last_day_nobody_is_offered_anything_and_all_hear_of_a_free_place(office):
    full = make.full_session()
    waiting(office, full, "Ann", "Ben")
    last_day_of(office, full)

    office.free(full)

    assert office.names_on(full) == ([], [], ["Ann", "Ben"])
    assert [(n.recipient_name, n.facts["places_left"]) for n in office.notices("place_free")] == [
        ("Ann", 1),
        ("Ben", 1),
    ]


def test_in_the_last_day_nobody_is_booked_unasked(office):
    full = make.full_session()
    waiting(office, full, "Ann", books_at_once=True)
    last_day_of(office, full)

    office.free(full)

    assert office.names_on(full) == ([], [], ["Ann"])


def test_a_second_before_the_last_day_turns_still_count(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    last_day_of(office, full, left=DAY + timedelta(seconds=1))

    office.free(full)

    assert office.names_on(full)[1] == ["Ann"]


@pytest.mark.parametrize("who", ["newcomer", "second in line"])
def test_in_the_last_day_whoever_is_first_has_the_place(office, who):
    full = make.full_session()
    _, second = waiting(office, full, "Ann", "Ben")
    last_day_of(office, full)
    office.free(full)

    office.book(make.person("Zoe") if who == "newcomer" else second.person, full)

    assert office.names_on(full)[0] == [{"newcomer": "Zoe", "second in line": "Ben"}[who]]


def test_in_the_last_day_they_are_told_again_when_another_place_frees(office):
    full = make.full_session(capacity=2)
    waiting(office, full, "Ann")
    last_day_of(office, full)
    office.free(full)
    office.say("UPDATE notices SET state = 'sent', next_at = NULL WHERE kind = 'place_free'")
    office.now += HOUR

    office.free(full)

    assert [notice.facts["places_left"] for notice in office.notices("place_free")] == [1, 2]


def test_in_the_last_day_nobody_is_told_twice_of_one_place(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    last_day_of(office, full)
    office.free(full)

    office.now += HOUR
    office.catch_up()
    office.wait(make.person("Ben"), full.course)

    assert office.names_told("place_free") == ["Ann"]


def test_a_letter_of_a_free_place_that_has_not_left_is_replaced_by_the_newer(office):
    full = make.full_session(capacity=2)
    waiting(office, full, "Ann")
    last_day_of(office, full)
    office.free(full)
    office.now += HOUR

    office.free(full)

    assert [(n.state, n.facts["places_left"]) for n in office.notices("place_free")] == [
        ("withdrawn", 1),
        ("waiting", 2),
    ]


def test_when_the_last_day_begins_with_a_free_place_all_hear_of_it_once(office):
    """Of a place that nobody could be offered, because everybody's offers were paused or for other dates."""
    full = make.full_session()
    ann, ben = waiting(office, full, "Ann", "Ben")
    office.say("UPDATE waits SET paused_at = asked_at WHERE id = :id", id=ann.id)
    office.say("UPDATE waits SET paused_at = asked_at WHERE id = :id", id=ben.id)
    office.free(full)
    office.say("UPDATE waits SET paused_at = NULL WHERE id = :id", id=ben.id)
    last_day_of(office, full)

    office.catch_up()
    office.now += HOUR
    office.catch_up()

    assert office.names_told("place_free") == ["Ben"]
    assert bookings.courses_due(office.now) == []


def test_an_offer_made_before_the_last_day_keeps_its_deadline(office):
    full = make.full_session()
    waiting(office, full, "Ann")
    last_day_of(office, full, left=DAY + HOUR)
    office.free(full)
    last_day_of(office, full, left=DAY - HOUR)

    office.catch_up()

    assert office.offer_on(full).lapses_at == IN_TWO_WEEKS - DAY + 3 * HOUR
    office.accept(office.offer_on(full))
    assert office.names_on(full)[0] == ["Ann"]


def test_an_offer_that_runs_out_in_the_last_day_is_told_to_everybody_else(office):
    full = make.full_session()
    waiting(office, full, "Ann", "Ben")
    last_day_of(office, full, left=DAY + HOUR)
    office.free(full)
    last_day_of(office, full, left=20 * HOUR)

    office.catch_up()

    assert office.names_on(full)[1] == []
    assert office.names_told("place_free") == ["Ben"]
    assert [(n.recipient_name, n.facts["is_open_to_all"]) for n in office.notices("offer_lapsed")] == [("Ann", True)]


def test_whoever_holds_an_offer_is_not_told_that_a_place_is_free(office):
    full = make.full_session(capacity=2)
    waiting(office, full, "Ann", "Ben")
    last_day_of(office, full, left=DAY + HOUR)
    office.free(full)
    last_day_of(office, full, left=DAY - HOUR)

    office.free(full)

    assert office.names_on(full)[1] == ["Ann"]
    assert office.names_told("place_free") == ["Ben"]


def test_in_the_last_day_a_free_place_that_nobody_can_book_any_more_is_told_to_nobody(office):
    full = make.full_session(booking_closes_at=IN_TWO_WEEKS - 2 * DAY)
    waiting(office, full, "Ann")
    last_day_of(office, full)

    office.free(full)

    assert office.names_told("place_free") == []
    assert bookings.courses_due(office.now) == []


def test_a_new_date_in_the_last_day_is_told_once(office):
    course = make.course()
    waiting(office, course, "Ann", wants="new")

    make.training_session(course=course, starts_at=NOW + 20 * HOUR)

    assert [
        notice.kind for notice in office.notices() if notice.recipient_name == "Ann" and notice.state == "waiting"
    ] == [
        "waiting",
        "place_free",
    ]


# What the trainers hear.


def test_a_place_that_is_freed_and_taken_by_the_next_is_told_to_no_trainer(office):
    full = make.full_session(trainers=[make.trainer("Tom")])
    waiting(office, full, "Ann", "Ben", books_at_once=True)

    office.free(full)
    office.free(full)

    assert [notice.state for notice in office.notices("session_full")] == ["waiting"]


def test_a_place_that_is_held_for_somebody_keeps_the_session_full(office):
    full = make.full_session(trainers=[make.trainer("Tom")])
    waiting(office, full, "Ann")
    office.free(full)
    office.accept(office.offer_on(full))

    assert [notice.state for notice in office.notices("session_full")] == ["waiting"]
