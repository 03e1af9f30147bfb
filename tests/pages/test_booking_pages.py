from datetime import timedelta

import pytest

from tests import make
from tests.pages.scene import ANSWERS, QUESTIONS, token

LINK = "https://meet.example.org/secret-room"


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse")


def book(office, training_session, person, **answers):
    return office.browser(person).get(f"/sessions/{training_session.ref}/book").submit("Book a place", **answers)


def test_signed_in_it_takes_three_clicks_from_the_home_page(office, nia):
    training_session = make.training_session()
    browser = office.browser(nia).get("/")

    browser.click(training_session.course.title).click("Book a place").submit("Book a place")

    assert browser.status == 303
    assert browser.follow().heading.startswith("You have a place")


def test_the_page_says_who_it_is_for_and_when(office, nia):
    training_session = make.training_session(room=make.room())

    said = office.browser(nia).get(f"/sessions/{training_session.ref}/book").main

    assert "Booking for Nia Nurse" in said
    assert "Tuesday 15 December 2026, 10am to midday" in said
    assert "IT training room, Northgate Hospital" in said


def test_the_courses_own_questions_are_asked_in_their_order(office, nia):
    training_session = make.training_session(course=make.course(questions=QUESTIONS))

    page = office.browser(nia).get(f"/sessions/{training_session.ref}/book").page

    names = list(dict.fromkeys(tag["name"] for tag in page.main.find_all(["input", "textarea"])))
    assert names == ["csrf_token", "answer_question_1", "answer_question_2", "answer_question_3", "access_needs"]


def test_answers_and_needs_reach_the_trainer_and_the_answers_the_person(office, nia):
    trainer = make.trainer()
    training_session = make.training_session(course=make.course(questions=QUESTIONS), trainers=[trainer])

    mine = book(office, training_session, nia, **ANSWERS).follow().main
    theirs = office.browser(trainer).get(f"/manage/sessions/{training_session.ref}").main

    assert [words for words in ("Nursing news", "Bluesky", "Yes") if words not in mine] == []
    assert [words for words in ("Nursing news", "Bluesky", "Yes", "Step-free access") if words not in theirs] == []


def test_each_question_left_out_is_asked_for_by_name_and_nothing_typed_is_lost(office, nia):
    training_session = make.training_session(course=make.course(questions=QUESTIONS))

    browser = book(office, training_session, nia, access_needs="Large print")

    assert browser.status == 422
    assert browser.errors == [
        "Enter your answer to ‘What do you want to find?’",
        "Select your answer to ‘Which network?’",
        "Select your answer to ‘Do you bring a laptop?’",
    ]
    assert browser.page.find(id="access_needs").get_text().strip() == "Large print"


def test_the_last_place_went_a_moment_ago_shows_the_other_dates(office, nia):
    training_session = make.training_session(capacity=1)
    other = make.training_session(course=training_session.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7))
    browser = office.browser(nia).get(f"/sessions/{training_session.ref}/book")
    make.booking(training_session)

    browser.submit("Book a place")

    assert (browser.status, browser.heading) == (409, "This session is full")
    assert "a moment ago" in browser.main
    assert browser.page.main.find("a", href=f"/sessions/{other.ref}")
    assert office.fresh(training_session).places_taken == 1


def test_other_dates_that_are_cancelled_or_closed_are_not_offered(office, nia):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)
    day = timedelta(days=1)
    office.cancel_session(make.training_session(course=training_session.course, starts_at=make.IN_TWO_WEEKS + day))
    make.training_session(
        course=training_session.course, starts_at=make.IN_TWO_WEEKS + 2 * day, booking_closes_at=office.now - day
    )

    browser = office.browser(nia).get(f"/sessions/{training_session.ref}/book")

    assert browser.page.main.select("main a[href^='/sessions/']") == []
    assert "no other date" in browser.main


def test_opening_the_form_of_a_full_session_says_so_at_once(office, nia):
    training_session = make.training_session(capacity=1)
    make.booking(training_session)

    browser = office.browser(nia).get(f"/sessions/{training_session.ref}/book")

    assert (browser.status, browser.heading) == (200, "This session is full")


def test_bookings_that_overlap_are_a_question_with_go_ahead(office, nia):
    mine = make.booking(make.training_session(), nia)
    training_session = make.training_session(starts_at=make.IN_TWO_WEEKS + timedelta(hours=1))

    browser = book(office, training_session, nia, access_needs="Large print")

    assert browser.status == 409
    assert "You already have a place on something else at this time." in browser.main
    assert browser.page.main.find("a", href=f"/bookings/{mine.ref}")
    assert browser.page.find(id="access_needs").get_text().strip() == "Large print"
    assert office.fresh(training_session).places_taken == 0


def test_going_ahead_keeps_both(office, nia):
    make.booking(make.training_session(), nia)
    training_session = make.training_session(starts_at=make.IN_TWO_WEEKS + timedelta(hours=1))

    browser = book(office, training_session, nia).submit("Book this as well")

    assert browser.status == 303
    assert office.fresh(training_session).places_taken == 1


def test_a_second_date_of_the_same_course_is_asked_about(office, nia):
    first = make.training_session()
    make.booking(first, nia)
    second = make.training_session(course=first.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7))

    browser = book(office, second, nia)

    assert browser.status == 409
    assert "another date of this course" in browser.main


def test_pressing_book_twice_is_one_booking(office, nia):
    training_session = make.training_session()
    browser = office.browser(nia).get(f"/sessions/{training_session.ref}/book")
    form = {"csrf_token": token(browser)}

    statuses = [browser.post(f"/sessions/{training_session.ref}/book", **form).status for _ in range(2)]

    assert statuses == [303, 409]
    assert browser.heading == "You already have a place"
    assert office.fresh(training_session).places_taken == 1


def test_opening_the_form_again_leads_to_the_booking(office, nia):
    training_session = make.training_session()
    booking = make.booking(training_session, nia)

    browser = office.browser(nia).get(f"/sessions/{training_session.ref}/book")

    assert browser.answer.headers["Location"] == f"/bookings/{booking.ref}"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_session_that_has_started_is_refused_in_words(office, nia, method):
    training_session = make.training_session()
    browser = office.browser(nia)
    ours = token(browser)
    office.now = training_session.starts_at
    browser.sign_in_as(nia)
    address = f"/sessions/{training_session.ref}/book"
    ours = token(browser) or ours

    browser.get(address) if method == "GET" else browser.post(address, csrf_token=ours)

    assert browser.status == 409
    assert "This session has already started." in browser.main


def test_after_booking_the_page_says_what_happens_next(office, nia):
    training_session = make.training_session(course=make.course(bring="A question"), room=make.room())

    browser = book(office, training_session, nia).follow()

    assert browser.heading.startswith("You have a place")
    assert "We have emailed a calendar entry that keeps itself up to date." in browser.main
    assert "A question" in browser.main
    assert browser.page.main.find("a", href=lambda href: href.endswith("/cancel"))
    assert browser.page.main.find("a", href=lambda href: href.endswith(".ics"))


def test_a_copy_in_another_calendar_says_that_it_follows_no_change(office, nia):
    browser = book(office, make.training_session(), nia).follow()

    links = [a["href"] for a in browser.page.main.find_all("a") if a["href"].startswith("https://")]
    assert {link.split("/")[2] for link in links} >= {"calendar.google.com", "outlook.office.com"}
    assert "does not follow changes" in browser.main


def test_the_joining_link_is_on_ones_own_booking_and_in_its_entry(office, nia):
    training_session = make.training_session(slots=[make.slot(joining_link=LINK)])
    booking = make.booking(training_session, nia)
    browser = office.browser(nia)

    page = browser.get(f"/bookings/{booking.ref}")
    assert page.page.main.find("a", href=LINK)
    entry = browser.get(f"/bookings/{booking.ref}.ics").answer.get_data(as_text=True)
    assert LINK in entry.replace("\r\n ", "")


def test_whoever_cancelled_no_longer_has_the_joining_link(office, nia):
    booking = make.booking(make.training_session(slots=[make.slot(joining_link=LINK)]), nia)
    office.cancel(booking)
    browser = office.browser(nia)

    shown = [browser.get(f"/bookings/{booking.ref}{end}").answer.get_data(as_text=True) for end in ("", ".ics")]

    assert [LINK in text.replace("\r\n ", "") for text in shown] == [False, False]


def test_ones_own_entry_has_the_uid_of_its_invite(office, nia):
    booking = make.booking(make.training_session(), nia)
    [letter] = [letter for letter in office.deliver() if letter.to == nia.address]

    entry = office.browser(nia).get(f"/bookings/{booking.ref}.ics").answer.get_data(as_text=True)

    assert str(letter.event["UID"]) in entry.replace("\r\n ", "")


def test_cancelling_asks_first_and_then_frees_the_place(office, nia):
    training_session = make.training_session()
    booking = make.booking(training_session, nia)
    browser = office.browser(nia).get(f"/bookings/{booking.ref}").click("Cancel my booking")
    assert office.fresh(booking).state == "booked"

    browser.submit("Cancel my booking")

    assert browser.follow().heading == "Your booking is cancelled"
    assert office.fresh(training_session).places_taken == 0


def test_cancelling_twice_is_cancelling_once(office, nia):
    booking = make.booking(make.training_session(), nia)
    browser = office.browser(nia)
    ours = token(browser)

    statuses = [browser.post(f"/bookings/{booking.ref}/cancel", csrf_token=ours).status for _ in range(2)]

    assert statuses == [303, 303]
    assert len(office.notices("cancelled")) == 1


def test_after_the_start_a_place_cannot_be_cancelled_from_its_page(office, nia):
    booking = make.booking(make.training_session(), nia)
    office.now = booking.training_session.starts_at
    browser = office.browser(nia)

    assert "Cancel my booking" not in browser.get(f"/bookings/{booking.ref}").main
    assert browser.post(f"/bookings/{booking.ref}/cancel", csrf_token=token(browser)).status == 409
    assert office.fresh(booking).state == "booked"


def test_my_bookings_are_coming_ones_by_time_and_past_ones_after_them(office, nia):
    day = timedelta(days=1)
    later = make.booking(make.training_session(course=make.course("Later"), starts_at=make.IN_TWO_WEEKS + day), nia)
    sooner = make.booking(make.training_session(course=make.course("Sooner")), nia)
    gone = make.booking(
        make.training_session(course=make.course("Given up"), starts_at=make.IN_TWO_WEEKS + 2 * day), nia
    )
    office.cancel(gone)
    make.booking(make.training_session(course=make.course("Somebody else's")))

    browser = office.browser(nia).get("/bookings/")

    links = list(dict.fromkeys(a["href"] for a in browser.page.main.select("a[href^='/bookings/']")))
    shown = [link for link in links if not link.endswith(("/cancel", "/change"))]
    assert shown == [f"/bookings/{booking.ref}" for booking in (sooner, later, gone)]
    assert "Cancelled" in browser.main
    assert "Somebody else" not in browser.main


def test_without_bookings_the_page_leads_to_whats_on(office, nia):
    browser = office.browser(nia).get("/bookings/")

    assert "You have no bookings" in browser.main
    assert browser.page.main.find("a", href="/")


def test_a_session_that_was_cancelled_says_so_on_the_booking(office, nia):
    training_session = make.training_session()
    booking = make.booking(training_session, nia)
    office.cancel_session(training_session)

    assert office.browser(nia).get(f"/bookings/{booking.ref}").heading == "This session was cancelled"


def test_what_would_help_is_on_no_page_of_the_persons_colleagues(office, nia):
    training_session = make.training_session()
    make.booking(training_session, nia, access_needs="Zebra print")
    colleague = office.browser(make.booking(training_session).person)
    addresses = ["/", "/bookings/", f"/sessions/{training_session.ref}", f"/courses/{training_session.course.slug}"]

    assert [address for address in addresses if "Zebra" in colleague.get(address).text] == []


def test_what_would_help_is_in_no_letter(office, nia):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer], capacity=1)
    make.booking(training_session, nia, access_needs="Zebra print")
    office.now = training_session.starts_at - timedelta(hours=20)

    letters = office.deliver()

    assert len(letters) >= 4
    assert [letter for letter in letters if "Zebra" in letter.text + letter.html] == []
