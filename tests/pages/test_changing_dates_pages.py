from datetime import timedelta

import pytest
from sqlalchemy import select

from app import bookings
from app.bookings import Booking
from app.db import db
from tests import make
from tests.pages.scene import rows

A_WEEK = timedelta(days=7)


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse", address="nia@example.org")


@pytest.fixture
def first(office):
    """The date that Nia has."""
    return make.training_session()


def another(first, **kwargs):
    return make.training_session(course=first.course, starts_at=make.IN_TWO_WEEKS + A_WEEK, **kwargs)


def full(first):
    session = another(first, capacity=1)
    make.booking(session, make.person("Otto Other"))
    return session


def changing(office, booking):
    return office.browser(booking.person).get(f"/bookings/{booking.ref}/change")


def has(person):
    """The ids of the sessions that somebody has a place on."""
    db.session.rollback()
    query = select(Booking.training_session_id).where(Booking.person_id == person.id, Booking.state == "booked")
    return list(db.session.scalars(query))


# --- a date with places ---


def test_whoever_cannot_come_changes_to_another_date_with_one_press(office, nia, first):
    booking, second = make.booking(first, nia, access_needs="A hearing loop"), another(first)
    browser = office.browser(nia).get("/bookings/").click("Change to another date")
    assert browser.heading == "Change to another date"

    browser.submit("Change to this date", date=second.ref)

    assert browser.status == 303
    browser.follow()
    assert browser.heading.startswith("You have a place")
    assert "You have given up your place on Tuesday 15 December 2026, 10am to midday" in browser.main
    assert has(nia) == [second.id]
    assert office.fresh(booking).state == "cancelled"


def test_the_booking_leads_to_the_page(office, nia, first):
    booking = make.booking(first, nia)

    assert office.browser(nia).get(f"/bookings/{booking.ref}").click("change to another date").status == 200


def test_each_date_says_when_where_and_how_many_places_are_left(office, nia, first):
    booking = make.booking(first, nia)
    another(first, capacity=3, room=make.room())

    browser = changing(office, booking)

    assert (
        "Tuesday 22 December 2026, 10am to midday IT training room, Northgate Hospital. 3 places left" in browser.main
    )


def test_a_date_in_two_parts_says_so(office, nia, first):
    booking = make.booking(first, nia)
    room = make.room()
    make.training_session(
        course=first.course, slots=[make.slot(make.IN_TWO_WEEKS + A_WEEK * number, room=room) for number in (1, 2)]
    )

    assert "Tuesday 22 December 2026, 10am to midday, and 1 more date" in changing(office, booking).main


def test_neither_the_date_that_somebody_has_nor_one_that_cannot_be_booked_is_offered(office, nia, first):
    booking, later = make.booking(first, nia), another(first, booking_opens_at=office.now + A_WEEK)
    gone = make.training_session(course=first.course, starts_at=make.IN_TWO_WEEKS + A_WEEK * 2)
    office.cancel_session(gone)
    other = make.training_session(course=first.course, starts_at=make.IN_TWO_WEEKS + A_WEEK * 3)
    make.booking(other, nia, despite_overlaps=True)

    browser = changing(office, booking)

    assert [each.ref for each in (first, later, gone, other) if each.ref in str(browser.page.main)] == [first.ref]
    assert browser.page.main.find("input", type="radio") is None


def test_looking_changes_nothing(office, nia, first):
    booking = make.booking(first, nia)
    another(first)
    browser = office.browser(nia)
    before = rows()

    browser.get(f"/bookings/{booking.ref}/change")

    assert rows() == before


def test_nobody_is_changed_without_choosing_a_date(office, nia, first):
    booking = make.booking(first, nia)
    another(first)

    browser = changing(office, booking).submit("Change to this date")

    assert (browser.status, browser.errors) == (422, ["Select the date you want instead"])


def test_a_session_of_another_course_cannot_be_changed_to(office, nia, first):
    booking, other = make.booking(first, nia), make.training_session(course=make.course("Another"))
    another(first)

    browser = changing(office, booking).submit("Change to this date", date=other.ref)

    assert (browser.status, browser.errors) == (422, ["Select the date you want instead from the list"])
    assert has(nia) == [first.id]


def test_whoever_presses_twice_is_on_the_page_of_the_new_date(office, nia, first):
    booking, second = make.booking(first, nia), another(first)
    windows = [changing(office, booking) for _ in range(2)]

    for browser in windows:
        browser.submit("Change to this date", date=second.ref)

    assert [browser.status for browser in windows] == [303, 303]
    assert windows[1].follow().heading.startswith("You have a place")
    assert has(nia) == [second.id]


def test_the_page_of_a_booking_says_nothing_of_a_change_that_was_not_of_it(office, nia, first):
    booking = make.booking(first, nia)
    others = make.booking(make.training_session(course=make.course("Secret course")), make.person("Otto"))
    office.cancel(others)
    gone = make.booking(make.training_session(course=make.course("Gone")), nia, despite_overlaps=True)
    office.cancel(gone)

    for ref in (others.ref, gone.ref, booking.ref, "222222", "", "x" * 500):
        browser = office.browser(nia).get(f"/bookings/{booking.ref}?changed={ref}")
        assert (browser.status, "You have changed" in browser.main) == (200, False)


# --- a full date ---


def test_a_full_date_says_beforehand_that_one_can_wait_and_keep_what_one_has(office, nia, first):
    booking = make.booking(first, nia)
    full(first)

    assert "Full: wait for it and keep the place you have" in changing(office, booking).main


def test_whoever_chooses_a_full_date_keeps_their_place_and_is_led_to_the_waiting_list(office, nia, first):
    booking, second = make.booking(first, nia), full(first)

    browser = changing(office, booking).submit("Change to this date", date=second.ref)

    assert (browser.status, browser.heading) == (409, "Join the waiting list for this date?")
    assert "You keep your place on Tuesday 15 December 2026, 10am to midday until" in browser.main
    assert has(nia) == [first.id]
    browser.click("Join the waiting list")
    assert (browser.status, browser.address) == (200, f"/sessions/{second.ref}/wait?instead_of={first.ref}")


def test_a_free_place_that_is_somebody_elses_turn_cannot_be_changed_to(office, nia, first):
    booking, second = make.booking(first, nia), full(first)
    office.do(_wait_for, office, make.person("Wanda Waits"), second)
    office.say("UPDATE training_sessions SET capacity = 2 WHERE id = :id", id=second.id)

    browser = changing(office, booking)
    assert "goes to people who have waited: wait for it and keep the place you have" in browser.main
    browser.submit("Change to this date", date=second.ref)

    assert (browser.status, has(nia)) == (409, [first.id])
    assert "It goes to them first." in browser.main


def test_a_place_that_is_held_for_somebody_is_theirs_to_change_to(office, nia, first):
    booking, second = make.booking(first, nia), full(first)
    office.do(_wait_for, office, nia, second, instead_of=first.id)
    [others] = db.session.scalars(select(Booking).where(Booking.training_session_id == second.id))
    office.cancel(bookings.get(others.ref))

    browser = changing(office, booking)
    assert "We are holding a place for you until" in browser.main
    browser.submit("Change to this date", date=second.ref).follow()

    assert browser.heading.startswith("You have a place")
    assert has(nia) == [second.id]


def test_where_there_is_no_other_date_one_can_wait_for_one_and_keep_the_place(office, nia, first):
    booking = make.booking(first, nia)

    browser = changing(office, booking)

    assert "There is no other date that you can book now." in browser.main
    assert browser.page.main.find("form") is None
    browser.click("Join the waiting list")
    assert (browser.status, browser.address) == (200, f"/courses/{first.course.slug}/wait?instead_of={first.ref}")


def test_of_a_course_that_is_not_taught_any_more_there_is_nothing_to_wait_for(office, nia, first):
    booking = make.booking(first, nia)
    office.say("UPDATE courses SET state = 'archived'")

    browser = changing(office, booking)

    assert "There is no other date that you can book." in browser.main
    assert "/wait" not in str(browser.page.main)


# --- what stands in the way ---


def test_a_clash_with_another_booking_is_asked_about_and_both_can_be_kept(office, nia, first):
    booking, second = make.booking(first, nia), another(first)
    clash = make.training_session(course=make.course("Wound care"), starts_at=second.starts_at)
    make.booking(clash, nia)

    browser = changing(office, booking).submit("Change to this date", date=second.ref)
    assert (browser.status, "Wound care" in browser.main) == (409, True)
    assert browser.page.main.find("input", type="radio", checked=True)["value"] == second.ref
    browser.submit("Change and keep both").follow()

    assert browser.heading.startswith("You have a place")
    assert sorted(has(nia)) == sorted([clash.id, second.id])


def test_going_ahead_counts_only_for_the_date_that_was_asked_about(office, nia, first):
    booking, second = make.booking(first, nia), another(first)
    third = make.training_session(course=first.course, starts_at=make.IN_TWO_WEEKS + A_WEEK * 2)
    for each in (second, third):
        make.booking(make.training_session(course=make.course("Clash"), starts_at=each.starts_at), nia)
    browser = changing(office, booking).submit("Change to this date", date=second.ref)

    browser.submit("Change and keep both", date=third.ref)

    assert (browser.status, first.id in has(nia)) == (409, True)


def test_a_booking_that_is_cancelled_leads_to_its_page(office, nia, first):
    booking = make.booking(first, nia)
    office.cancel(booking)

    browser = changing(office, booking)

    assert (browser.status, browser.follow().heading) == (303, "Your booking is cancelled")


def test_once_the_session_has_started_nothing_can_be_changed(office, nia, first):
    booking = make.booking(first, nia)
    another(first)
    office.now = make.IN_TWO_WEEKS

    browser = changing(office, booking)

    assert (browser.status, "The session has started" in browser.main) == (409, True)


def test_a_date_that_is_cancelled_meanwhile_is_not_changed_to(office, nia, first):
    booking, second = make.booking(first, nia), another(first)
    browser = changing(office, booking)
    office.cancel_session(second)

    browser.submit("Change to this date", date=second.ref)

    assert (browser.status, has(nia)) == (409, [first.id])
    assert "There is no other date" in browser.main


def test_a_date_that_is_gone_while_others_are_there_is_chosen_anew(office, nia, first):
    booking, second = make.booking(first, nia), another(first)
    make.training_session(course=first.course, starts_at=make.IN_TWO_WEEKS + A_WEEK * 2)
    browser = changing(office, booking)
    office.cancel_session(second)

    browser.submit("Change to this date", date=second.ref)

    assert (browser.status, browser.errors) == (422, ["Select the date you want instead from the list"])


def test_the_page_asks_the_database_as_often_for_three_dates_as_for_one(office, nia, first):
    booking = make.booking(first, nia)
    browser = office.browser(nia)
    another(first)

    def said():
        with office.statements() as statements:
            browser.get(f"/bookings/{booking.ref}/change")
        return len(statements)

    with_one = said()
    for number in (2, 3):
        make.training_session(course=first.course, starts_at=make.IN_TWO_WEEKS + A_WEEK * number)
    assert said() == with_one


def _wait_for(office, person, session, **kwargs):
    return bookings.wait(
        person, session.course_id, wants="these", session_ids=[session.id], by=person, now=office.now, **kwargs
    )
