from datetime import timedelta

import pytest

from app import changes
from tests import make
from tests.pages.scene import token

HOUR = timedelta(hours=1)


@pytest.fixture
def tom(office):
    return make.trainer("Tom Trainer")


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse", address="nia@example.org")


def days(count):
    """One part a day, online."""
    first, link = make.IN_TWO_WEEKS, "https://meet.example.org/room"
    return [make.slot(first + timedelta(days=number), joining_link=link) for number in range(count)]


def page_of(office, booking, person):
    return office.browser(person).get(f"/manage/bookings/{booking.ref}")


def entries_of(browser):
    """The headings of the entries with their tags, and the sentence below each."""
    return [
        (" ".join(section.h3.get_text(" ").split()), section.p.get_text())
        for section in browser.page.main.select(".app-entry")
    ]


def test_a_trainer_sees_whose_booking_it_is_and_that_their_calendar_is_right(office, tom, nia):
    booking = make.booking(make.training_session(trainers=[tom]), nia)
    office.deliver()

    browser = page_of(office, booking, tom)

    assert browser.heading == "Booking of Nia Nurse"
    assert entries_of(browser) == [("The entry Right", "Their calendar was told what is so.")]
    assert "Last told Tue 1 Dec 2026, 9am To nia@example.org" in browser.main


def test_before_the_letter_has_left_the_entry_is_on_its_way_and_there_is_nothing_to_send(office, tom, nia):
    browser = page_of(office, make.booking(make.training_session(trainers=[tom]), nia), tom)

    assert entries_of(browser) == [("The entry On its way", "News is about to leave. Look again in a few minutes.")]
    assert browser.page.main.find("form") is None


def test_an_entry_that_shows_another_time_says_so_and_is_put_right(office, tom, nia):
    training_session = make.training_session(trainers=[tom])
    booking = make.booking(training_session, nia)
    office.deliver()
    office.say("UPDATE slots SET starts_at = :at", at=(training_session.starts_at + HOUR).replace(tzinfo=None))
    browser = page_of(office, booking, tom)
    assert entries_of(browser) == [("The entry Not right", "Their calendar was told something else.")]
    assert "It should show" in browser.main

    browser.submit("Put it right").follow()

    assert "1 calendar message is on the way." in browser.main
    assert [letter.to for letter in office.deliver() if letter.calendar and letter.to == "nia@example.org"] == [
        "nia@example.org"
    ]
    assert entries_of(page_of(office, booking, tom)) == [("The entry Right", "Their calendar was told what is so.")]


def test_an_entry_that_is_right_is_sent_once_more_if_they_do_not_see_it(office, tom, nia):
    booking = make.booking(make.training_session(trainers=[tom]), nia)
    office.deliver()

    browser = page_of(office, booking, tom).submit("Send the entry once more").follow()

    assert "1 calendar message is on the way." in browser.main
    assert office.names_told("entry_again") == ["Nia Nurse"]


def test_each_part_has_its_own_entry_and_what_they_answered_stands_beside_it(office, tom, nia):
    slots = days(2)
    booking = make.booking(make.training_session(trainers=[tom], slots=slots), nia)
    office.deliver()
    office.say(
        "UPDATE invites SET answer = 'declined', answered_at = stamped_at WHERE slot_id = "
        "(SELECT max(slot_id) FROM invites WHERE booking_id IS NOT NULL) AND booking_id IS NOT NULL"
    )

    browser = page_of(office, booking, tom)

    assert [heading for heading, _ in entries_of(browser)] == ["Part 1 of 2 Right", "Part 2 of 2 Right"]
    assert "They answered Declined, Tue 1 Dec 2026, 9am" in browser.main


def test_a_cancelled_booking_says_by_whom_and_that_the_entry_was_taken_out(office, tom, nia):
    booking = make.booking(make.training_session(trainers=[tom]), nia)
    office.deliver()
    office.cancel(booking, by=tom)
    office.deliver()

    browser = page_of(office, booking, tom)

    assert "Cancelled Tue 1 Dec 2026, 9am, by Tom Trainer" in browser.main
    assert entries_of(browser) == [("The entry No entry", "We took the entry out of their calendar.")]
    assert [row.get_text(" ", strip=True) for row in browser.page.main.select("tbody tr td:nth-child(3)")] == [
        "What it does Takes the entry out",
        "What it does Puts the entry in, or changes it",
    ]


def test_a_booking_that_was_declined_says_so_and_until_when_the_place_is_held(office, tom, nia):
    booking = make.declined(make.training_session(trainers=[tom]), nia)

    browser = page_of(office, booking, tom)

    assert "declined in their calendar The place is held for them until 9:15am" in browser.main


def test_whoever_has_a_feed_has_no_entries_to_put_right(office, tom, nia):
    office.do(changes.choose_calendar, nia, "feed", by=nia, now=office.now)
    booking = make.booking(make.training_session(trainers=[tom]), nia)

    browser = page_of(office, booking, tom)

    assert "They have chosen a calendar feed" in browser.main
    assert browser.page.main.find("form") is None


def test_pressing_for_what_is_on_its_way_already_is_refused_in_a_sentence(office, tom, nia):
    booking = make.booking(make.training_session(trainers=[tom]), nia)
    browser = office.browser(tom)

    browser.post(f"/manage/bookings/{booking.ref}/put-right", csrf_token=token(browser))

    assert browser.status == 409
    assert "the news is on its way already" in browser.main


def test_the_replies_about_a_booking_are_listed_and_a_coordinator_opens_them(office, tom, nia):
    booking = make.booking(make.training_session(trainers=[tom]), nia)
    reply = make.reply(booking, did="noted", why="accepted", answer="ACCEPTED", state="done", words="See you!")

    links = [
        page_of(office, booking, person).page.main.find_all("a", href=f"/manage/replies/{reply.id}")
        for person in (tom, make.coordinator())
    ]

    assert "Noted beside the booking: they accepted." in page_of(office, booking, tom).main
    assert [len(found) for found in links] == [0, 1]


def test_what_would_help_somebody_is_not_shown_there(office, tom, nia):
    booking = make.booking(make.training_session(trainers=[tom]), nia, access_needs="A hearing loop")

    assert "hearing loop" not in page_of(office, booking, tom).main


@pytest.mark.parametrize("count", [1, 3])
def test_a_booking_of_three_parts_asks_the_database_as_often_as_one_of_one(office, tom, nia, count):
    booking = make.booking(make.training_session(trainers=[tom], slots=days(count)), nia)
    office.deliver()
    browser = office.browser(tom)

    with office.statements() as said:
        browser.get(f"/manage/bookings/{booking.ref}")

    assert len(said) == 11


def test_why_somebody_waits_no_more_leads_to_the_booking_they_have(office, nia):
    training_session = make.full_session()
    wait = make.wait(training_session, nia, books_at_once=True)
    office.free(training_session)
    browser = office.browser(make.coordinator()).get(f"/manage/waits/{wait.ref}/why")

    assert browser.click("See their booking").heading == "Booking of Nia Nurse"


# --- on the session's page ---


def test_beside_each_person_stands_what_their_calendar_answered(office, tom, nia):
    slots = days(2)
    training_session = make.training_session(trainers=[tom], slots=slots)
    make.booking(training_session, nia)
    office.deliver()
    office.say("UPDATE invites SET answer = 'tentative' WHERE booking_id IS NOT NULL")
    browser = office.browser(tom).get(f"/manage/sessions/{training_session.ref}")
    assert "Answered ‘maybe’ in their calendar" in browser.main
    office.say("UPDATE invites SET answer = 'declined' WHERE slot_id = (SELECT max(id) FROM slots)")

    browser.get(f"/manage/sessions/{training_session.ref}")

    assert "Declined part 2, answered ‘maybe’ part 1 in their calendar" in browser.main
    assert "Tom Trainer ( declined part 2 in their calendar )" in browser.main


def test_a_place_given_up_by_calendar_is_listed_as_such_with_a_link_to_the_booking(office, tom, nia):
    training_session = make.training_session(trainers=[tom])
    booking = make.declined(training_session, nia)
    office.say("UPDATE invites SET answer = 'declined' WHERE booking_id IS NOT NULL")

    browser = office.browser(tom).get(f"/manage/sessions/{training_session.ref}")

    assert "Nia Nurse , Tue 1 Dec 2026, 9am, declined in their calendar . The place is held" in browser.main
    assert "1 of 10 taken: 0 booked, 1 held for somebody" in browser.main
    assert browser.page.main.find("a", href=f"/manage/bookings/{booking.ref}")
