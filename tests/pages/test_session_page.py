from datetime import timedelta

import pytest

from app.timetable import SlotPlan
from tests import make

LINK = "https://meet.example.org/secret-room"


def online(**kwargs):
    return make.training_session(slots=[make.slot(joining_link=LINK)], **kwargs)


def page_of(office, training_session, person=None):
    return office.browser(person).get(f"/sessions/{training_session.ref}")


def test_a_session_says_what_somebody_needs_to_know_before_they_book(office):
    course = make.course(audience="All staff", bring="A question", objectives=["Find news"])
    room = make.room("IT training room", access="Step-free, hearing loop", directions="Second door on the left")
    training_session = make.training_session(course=course, room=room, trainers=[make.trainer("Tom Trainer")])

    browser = page_of(office, training_session)

    assert browser.heading == course.title
    wanted = (
        "Tuesday 15 December 2026, 10am to midday",
        "IT training room, Northgate Hospital",
        "Step-free, hearing loop",
        "Second door on the left",
        "All staff",
        "A question",
        "Find news",
        "Tom Trainer",
        "10 places left",
    )
    assert [words for words in wanted if words not in browser.main] == []


def test_its_address_may_be_typed_in_small_letters(office):
    training_session = make.training_session()

    assert office.browser().get(f"/sessions/{training_session.ref.lower()}").status == 200


@pytest.mark.parametrize("who", ["nobody", "staff"])
def test_the_joining_link_is_not_on_the_public_page_or_in_its_calendar_file(office, who):
    training_session = online()
    browser = office.browser(make.person() if who == "staff" else None)

    shown = [
        browser.get(f"/sessions/{training_session.ref}{end}").answer.get_data(as_text=True) for end in ("", ".ics")
    ]

    assert [LINK in text for text in shown] == [False, False]
    assert "We send the link when you book" in shown[0]
    assert "We send the link when you book" in shown[1].replace("\r\n ", "")


def test_the_joining_link_is_not_in_any_list(office):
    training_session = online()
    addresses = ["/", "/?view=month", "/?view=week&on=2026-12-15", f"/courses/{training_session.course.slug}"]

    assert [LINK in office.browser().get(address).answer.get_data(as_text=True) for address in addresses] == [False] * 4


def test_not_even_on_the_public_page_for_somebody_who_is_booked(office):
    training_session, person = online(), make.person()
    make.booking(training_session, person)

    assert LINK not in page_of(office, training_session, person).answer.get_data(as_text=True)


def test_nobody_sees_who_else_is_coming(office):
    training_session = make.training_session()
    make.booking(training_session, make.person("Zebedee Zephyr"), access_needs="A hearing loop")

    for end in ("", ".ics", "/book"):
        shown = (
            office.browser(make.person()).get(f"/sessions/{training_session.ref}{end}").answer.get_data(as_text=True)
        )
        assert "Zebedee" not in shown
        assert "hearing loop, large print" not in shown.replace(HINT, "")


def test_a_full_session_says_so_and_shows_the_other_dates(office):
    full = make.training_session(capacity=1)
    other = make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7))
    make.booking(full)

    browser = page_of(office, full)

    assert "Full" in browser.main
    assert browser.page.main.find("a", href=f"/sessions/{other.ref}")
    assert browser.page.main.find("a", href=f"/sessions/{full.ref}/book") is None


def test_a_full_session_without_other_dates_says_where_new_ones_will_be(office):
    full = make.training_session(capacity=1)
    make.booking(full)

    browser = page_of(office, full)

    assert browser.page.main.find("a", href=f"/courses/{full.course.slug}")
    assert "no other date" in browser.main


def test_whoever_has_a_place_is_led_to_their_booking(office):
    training_session, person = make.training_session(), make.person()
    booking = make.booking(training_session, person)

    browser = page_of(office, training_session, person)

    assert "You have a place" in browser.main
    assert browser.page.main.find("a", href=f"/bookings/{booking.ref}")


@pytest.mark.parametrize("state", ["cancelled", "started", "not open yet", "closed"])
def test_a_session_that_cannot_be_booked_says_why_and_has_no_button(office, state):
    day = timedelta(days=1)
    window = {"not open yet": {"booking_opens_at": office.now + day}, "closed": {"booking_closes_at": office.now - day}}
    training_session = make.training_session(**window.get(state, {}))
    if state == "cancelled":
        office.cancel_session(training_session)
    if state == "started":
        office.now = training_session.starts_at

    browser = page_of(office, training_session)

    words = {
        "cancelled": "This session has been cancelled.",
        "started": "This session has already started.",
        "not open yet": "Booking opens on Wednesday 2 December 2026 at 9am.",
        "closed": "Booking closed on Monday 30 November 2026.",
    }
    assert words[state] in browser.main
    assert browser.page.main.find("a", href=f"/sessions/{training_session.ref}/book") is None


def test_each_part_of_a_session_has_its_own_time_and_place(office):
    room = make.room("Seminar room")
    day = timedelta(days=1)
    parts = [make.slot(room=room), make.slot(make.IN_TWO_WEEKS + day, joining_link=LINK)]

    browser = page_of(office, make.training_session(slots=parts))

    assert "Part 1 of 2" in browser.main
    assert "Part 2 of 2" in browser.main
    assert "Wednesday 16 December 2026" in browser.main


def test_the_calendar_file_is_a_copy_for_anybody(office):
    training_session = make.training_session(room=make.room())

    browser = office.browser().get(f"/sessions/{training_session.ref}.ics")

    headers = browser.answer.headers
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Content-Disposition"] == f'attachment; filename="{training_session.ref}.ics"'
    assert b"ATTENDEE" not in browser.answer.get_data()
    assert b"METHOD" not in browser.answer.get_data()


def test_a_trainers_own_session_leads_to_who_is_coming(office):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    manage = f"/manage/sessions/{training_session.ref}"

    links = {
        name: bool(page_of(office, training_session, person).page.main.find("a", href=manage))
        for name, person in {"its trainer": trainer, "another": make.trainer("Olu Other"), "nobody": None}.items()
    }

    assert links == {"its trainer": True, "another": False, "nobody": False}


def test_a_session_that_moved_shows_its_new_time_at_once(office):
    training_session = make.training_session()
    page_of(office, training_session)

    later = make.IN_TWO_WEEKS + timedelta(hours=3)
    office.move(training_session, [SlotPlan(later, later + timedelta(hours=2), None, LINK)])

    assert "1pm to 3pm" in page_of(office, training_session).main


HINT = "For example step-free access, a hearing loop, large print. You do not need to say why."
