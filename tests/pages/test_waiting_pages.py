from datetime import timedelta

import pytest

from app import bookings, waiting_list
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.pages.scene import QUESTIONS, rows, token

DAY = timedelta(days=1)
JOIN = "Join the waiting list"


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse")


def form_of(office, person, place, query=""):
    """The waiting form of a session or a course."""
    is_session = hasattr(place, "ref")
    address = f"/sessions/{place.ref}/wait" if is_session else f"/courses/{place.slug}/wait"
    return office.browser(person).get(address + query)


def wait_of(person, course):
    return waiting_list.of_person(person, course.id)


def wish_of(person, course):
    """(what they wait for, the refs of the dates they named, whether it is booked for them)."""
    wait = wait_of(person, course)
    named = waiting_list.wanted_dates([wait]).get(wait.id, [])
    return wait.wants, [date.ref for date in named], wait.books_at_once


def two_full_dates():
    course = make.course()
    return course, *(make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in range(2))


# --- the session's page ---


def test_a_full_session_says_how_many_wait_and_has_one_button_to_join_them(office):
    full = make.full_session()
    for name in ("Ann", "Ben", "Cat"):
        make.wait(full, make.person(name))

    browser = office.browser().get(f"/sessions/{full.ref}")

    assert "Full. 3 people are waiting." in browser.main
    assert [a.get_text(strip=True) for a in browser.page.main.select("a.nhsuk-button")] == [JOIN]
    assert browser.page.find("a", string=lambda text: JOIN in (text or ""))["href"] == f"/sessions/{full.ref}/wait"


def test_a_full_session_for_which_nobody_waits_says_so(office):
    full = make.full_session()

    assert "Full. Nobody is waiting yet." in office.browser().get(f"/sessions/{full.ref}").main


def test_somebody_who_joins_is_counted_at_once_on_the_page_that_was_kept(office, nia):
    full = make.full_session()
    office.browser().get(f"/sessions/{full.ref}")

    form_of(office, nia, full).submit(JOIN)

    assert "1 person is waiting" in office.browser().get(f"/sessions/{full.ref}").main


def test_whoever_waits_reads_their_place_in_line(office, nia):
    full = make.full_session()
    for person in (make.person("Ann"), make.person("Ben"), nia):
        make.wait(full, person)

    browser = office.browser(nia).get(f"/sessions/{full.ref}")

    assert "You are 3rd in line for this date." in browser.main
    assert browser.page.main.find("a", href=f"/waits/{wait_of(nia, full.course).ref}")
    assert browser.page.main.find("a", href=f"/sessions/{full.ref}/wait") is None


def test_whoever_is_offered_a_place_reads_until_when_and_answers(office, nia):
    full = make.full_session()
    make.wait(full, nia)
    office.free(full)

    browser = office.browser(nia).get(f"/sessions/{full.ref}")

    assert "We are holding a place for you. Answer by 9am on Thursday 3 December 2026." in browser.main
    assert browser.click("Answer").heading.endswith("Do you want this place?")


def test_a_free_place_that_is_somebody_elses_turn_is_not_there_to_book(office, nia):
    opens_at = office.now + timedelta(hours=1)
    training_session = make.training_session(booking_opens_at=opens_at)
    make.wait(training_session.course, make.person("Ann"))
    office.now = opens_at  # the worker has not come by yet

    browser = office.browser(nia).get(f"/sessions/{training_session.ref}")

    assert (
        "There is a free place, but it goes first to those who have been waiting. 1 person is waiting." in browser.main
    )
    assert browser.page.main.find("a", href=f"/sessions/{training_session.ref}/book") is None
    assert browser.click(JOIN).heading == JOIN


def test_whoever_is_first_in_line_books_a_place_that_is_free(office, nia):
    opens_at = office.now + timedelta(hours=1)
    training_session = make.training_session(booking_opens_at=opens_at)
    make.wait(training_session.course, nia)
    office.now = opens_at

    browser = office.browser(nia).get(f"/sessions/{training_session.ref}")

    assert browser.page.main.find("a", href=f"/sessions/{training_session.ref}/book")


# --- the course's page ---


def test_a_course_without_dates_asks_who_would_like_one(office, nia):
    course = make.course()

    browser = office.browser(nia).get(f"/courses/{course.slug}").click("Register your interest")
    browser.submit("Register your interest")

    assert browser.follow().heading == "You are on the waiting list"
    assert wish_of(nia, course) == ("new", [], False)


def test_whom_no_date_suits_waits_for_another(office, nia):
    course, *_ = two_full_dates()

    browser = office.browser(nia).get(f"/courses/{course.slug}").click("None of these dates suits me")
    browser.submit(JOIN, wants="new", would_suit="Thursday mornings")

    assert browser.status == 303
    assert (wish_of(nia, course), wait_of(nia, course).would_suit) == (("new", [], False), "Thursday mornings")


# --- the form ---


def test_the_form_says_how_many_are_ahead_before_somebody_joins(office, nia):
    full = make.full_session()
    make.wait(full, make.person("Ann"))

    browser = form_of(office, nia, full)

    assert (browser.status, browser.heading) == (200, JOIN)
    assert "1 person is waiting. You would be 2nd in line for this date." in browser.main


def test_unless_they_say_otherwise_somebody_waits_for_this_date_and_is_asked_first(office, nia):
    full = make.full_session()

    browser = form_of(office, nia, full).submit(JOIN)

    assert browser.answer.headers["Location"] == f"/waits/{wait_of(nia, full.course).ref}"
    assert wish_of(nia, full.course) == ("these", [full.ref], False)


def test_somebody_waits_for_several_dates_that_they_tick(office, nia):
    course, one, other = two_full_dates()

    form_of(office, nia, one).submit(JOIN, wants="these", dates=[one.ref, other.ref], how="book")

    assert wish_of(nia, course) == ("these", [one.ref, other.ref], True)


def test_somebody_waits_for_any_date(office, nia):
    course, one, _ = two_full_dates()

    form_of(office, nia, one).submit(JOIN, wants="any")

    assert wish_of(nia, course) == ("any", [], False)


def test_some_of_these_dates_means_at_least_one(office, nia):
    course, one, _ = two_full_dates()

    browser = form_of(office, nia, one).submit(JOIN, wants="these", dates=[])

    assert (browser.status, browser.errors) == (422, ["Select at least one date"])
    assert wait_of(nia, course) is None


def test_what_the_course_asks_is_asked_of_those_who_wait(office, nia):
    full = make.training_session(capacity=1, course=make.course(questions=QUESTIONS))
    make.booking(full)

    browser = form_of(office, nia, full).submit(JOIN, access_needs="Large print")

    assert browser.errors[0] == "Enter your answer to ‘What do you want to find?’"
    assert browser.page.find(id="access_needs").get_text().strip() == "Large print"


def test_the_form_shows_what_somebody_said_before(office, nia):
    course, one, other = two_full_dates()
    office.do(setattr, office.fresh(course), "questions", QUESTIONS)
    said = {"answer_question_1": "News", "answer_question_2": "Bluesky", "answer_question_3": "no"}
    form_of(office, nia, one).submit(
        JOIN, wants="these", dates=[one.ref, other.ref], how="book", would_suit="Mornings", **said
    )

    page = form_of(office, nia, course).page

    chosen = [tag["value"] for tag in page.main.select("input[checked]")]
    assert chosen == ["these", one.ref, other.ref, "book", "Bluesky", "no"]
    assert page.find(id="would_suit").get_text().strip() == "Mornings"
    assert page.find(id="answer_question_1")["value"] == "News"


def test_asking_again_changes_the_wish_and_keeps_the_place_in_line(office, nia):
    course, one, other = two_full_dates()
    make.wait(one, nia)
    make.wait(course, make.person("Ben"))

    form_of(office, nia, other).submit("Save what you wait for", wants="these", dates=[one.ref, other.ref])

    assert [office.names_on(each)[2] for each in (one, other)] == [["Nia Nurse", "Ben"]] * 2


def test_a_place_that_is_free_comes_to_them_at_once(office, nia):
    course, one, _ = two_full_dates()
    free = make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY * 9)

    asked = form_of(office, nia, one).submit(JOIN, wants="these", dates=[one.ref, free.ref])
    ben = make.person("Ben")
    booked = form_of(office, ben, one).submit(JOIN, wants="these", dates=[free.ref], how="book")

    assert asked.answer.headers["Location"] == f"/offers/{office.offer_on(free).ref}"
    assert booked.answer.headers["Location"] == f"/bookings/{bookings.of_person_on(ben, free).ref}"


def test_where_there_are_places_nobody_waits(office, nia):
    training_session = make.training_session()

    browser = form_of(office, nia, training_session)

    assert browser.answer.headers["Location"] == f"/sessions/{training_session.ref}/book"


def test_whoever_has_this_place_is_led_to_it(office, nia):
    training_session = make.training_session(capacity=1)
    booking = make.booking(training_session, nia)

    assert form_of(office, nia, training_session).answer.headers["Location"] == f"/bookings/{booking.ref}"


@pytest.mark.parametrize("state", ["cancelled", "started", "closed"])
def test_nobody_begins_to_wait_for_a_date_that_cannot_be_booked(office, nia, state):
    window = {"booking_closes_at": office.now + DAY} if state == "closed" else {}
    full = make.full_session(**window)
    if state == "cancelled":
        office.cancel_session(full)
    office.now = {"started": full.starts_at, "closed": office.now + DAY}.get(state, office.now)

    assert form_of(office, nia, full).status == 409


def test_in_the_last_day_the_form_says_that_all_are_told_at_once(office, nia):
    full = make.full_session()
    office.now = full.starts_at - timedelta(hours=20)

    assert "we tell everybody who is waiting at once. Whoever books first has it." in form_of(office, nia, full).main


# --- instead of booking ---


def test_whoever_comes_too_late_finds_the_waiting_form_with_what_they_typed(office, nia):
    training_session = make.training_session(capacity=1, course=make.course(questions=QUESTIONS[:1]))
    browser = office.browser(nia).get(f"/sessions/{training_session.ref}/book")
    make.booking(training_session)

    browser.submit("Book a place", answer_question_1="News", access_needs="Large print")

    assert (browser.status, browser.heading) == (409, "This session is full")
    assert "so you have not been booked" in browser.main
    assert browser.submit(JOIN).status == 303
    wait = wait_of(nia, training_session.course)
    assert (wait.answers, wait.access_needs) == ([["What do you want to find?", "News"]], "Large print")
    assert wish_of(nia, training_session.course) == ("these", [training_session.ref], False)


def test_whoever_presses_book_out_of_turn_reads_why_and_may_wait(office, nia):
    opens_at = office.now + timedelta(hours=1)
    training_session = make.training_session(booking_opens_at=opens_at)
    make.wait(training_session.course, make.person("Ann"))
    office.now = opens_at
    browser = office.browser(nia)

    browser.post(f"/sessions/{training_session.ref}/book", csrf_token=token(browser))

    assert (browser.status, browser.heading) == (409, "Other people are waiting for this place")
    assert "It goes to them first, so you have not been booked." in browser.main


def test_book_opened_while_a_place_is_held_for_them_asks_whether_they_take_it(office, nia):
    full = make.full_session()
    make.wait(full, nia)
    office.free(full)

    browser = office.browser(nia).get(f"/sessions/{full.ref}/book")

    assert browser.answer.headers["Location"] == f"/offers/{office.offer_on(full).ref}"


def test_a_course_that_asks_whether_people_still_come_says_so_before_they_book(office, nia):
    training_session = make.training_session(course=make.course(asks_to_confirm=True))

    said = office.browser(nia).get(f"/sessions/{training_session.ref}/book").main

    assert "we email you to ask if you are still coming" in said
    assert "your place may go to one of them" in said


# --- waiting for another date than the one they have ---


def test_whoever_has_another_date_keeps_it_until_then(office, nia):
    course, full, _ = two_full_dates()
    had = make.booking(make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY * 9), nia)

    browser = form_of(office, nia, full)
    browser.submit(JOIN)

    assert (browser.status, office.fresh(had).state) == (303, "booked")
    assert wait_of(nia, course).instead_of_id == had.training_session_id


def test_the_form_names_the_place_that_they_keep(office, nia):
    course, full, _ = two_full_dates()
    had = make.booking(make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY * 9), nia)

    browser = form_of(office, nia, full, f"?instead_of={had.training_session.ref}")

    assert browser.heading == "Wait for another date"
    assert "You have a place on Thursday 24 December 2026, 10am . You keep it until" in browser.main


def test_of_two_dates_that_they_have_they_give_up_the_one_they_came_from(office, nia):
    course, full, _ = two_full_dates()
    had = [
        make.booking(
            make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n), nia, despite_overlaps=True
        ).training_session
        for n in (8, 9)
    ]

    form_of(office, nia, full, f"?instead_of={had[1].ref}").submit(JOIN)

    assert wait_of(nia, course).instead_of_id == had[1].id


def test_whoever_was_booked_meanwhile_is_asked_whether_they_want_to_change(office, nia):
    course, full, _ = two_full_dates()
    browser = form_of(office, nia, full)
    had = make.booking(make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY * 9), nia)

    browser.submit(JOIN, would_suit="Mornings")

    assert browser.status == 409
    assert "You keep it until you have a place on another date." in browser.main
    assert browser.page.find(id="would_suit").get_text().strip() == "Mornings"
    assert browser.submit(JOIN).status == 303
    assert wait_of(nia, course).instead_of_id == had.training_session_id


def test_somebody_whose_date_has_begun_has_nothing_to_change(office, nia):
    course, full, _ = two_full_dates()
    link = "https://meet.example.org/room"
    parts = [make.slot(office.now + DAY * n, joining_link=link) for n in (1, 2)]
    make.booking(make.training_session(course=course, slots=parts), nia)
    office.now += DAY * 1.5

    browser = form_of(office, nia, full)

    assert (browser.status, browser.heading) == (409, "You already have a place")


# --- one's own place in line ---


def test_the_page_of_a_wait_says_where_they_stand_for_each_date_and_what_they_asked_for(office, nia):
    course, _, other = two_full_dates()
    make.wait(other, make.person("Ann"))
    wait = make.wait(course, nia, would_suit="Mornings", answers=[["Which network?", "Bluesky"]])

    said = office.browser(nia).get(f"/waits/{wait.ref}").main

    wanted = ("1st in line", "2nd in line", "Any date, also new ones", "Ask me first", "Mornings", "Bluesky")
    assert [words for words in wanted if words not in said] == []


def test_the_page_of_a_wait_says_what_has_happened(office, nia):
    full = make.full_session(capacity=2)
    make.wait(full, make.person("Ann Anybody"))
    wait = make.wait(full, nia)
    office.free(full)

    said = office.browser(nia).get(f"/waits/{wait.ref}").main

    assert "went to somebody else: they were before you in line." in said
    assert "Ann" not in said


def test_leaving_asks_first_and_then_takes_them_off(office, nia):
    wait = make.wait(make.full_session(), nia)
    browser = office.browser(nia).get(f"/waits/{wait.ref}").click("Leave the waiting list")
    assert office.fresh(wait).state == "waiting"

    browser.submit("Leave the waiting list")

    assert browser.follow().heading == "You are not on the waiting list any more"
    assert office.fresh(wait).state == "left"


def test_leaving_twice_is_leaving_once(office, nia):
    wait = make.wait(make.full_session(), nia)
    browser = office.browser(nia)
    ours = token(browser)

    statuses = [browser.post(f"/waits/{wait.ref}/leave", csrf_token=ours).status for _ in range(2)]

    assert statuses == [303, 303]


def test_after_an_offer_ran_out_one_button_brings_the_offers_back(office, nia):
    full = make.full_session()
    wait = make.wait(full, nia)
    office.free(full)
    office.now = office.offer_on(full).lapses_at
    office.catch_up()
    browser = office.browser(nia).get(f"/waits/{wait.ref}")
    assert "You have kept your place in line." in browser.main

    browser.submit("I still want a place")

    assert browser.follow().heading.endswith("Do you want this place?")
    assert office.names_on(full)[1] == ["Nia Nurse"]


def test_somebody_elses_wait_looks_as_if_there_were_none(office, nia):
    theirs = make.wait(make.full_session(), make.person("Otto Outsider"))
    browser = office.browser(nia)

    found = [
        (browser.get(f"/waits/{ref}{end}").status, browser.main)
        for ref in (theirs.ref, "222222")
        for end in ("", "/leave")
    ]

    assert len(set(found)) == 1
    assert found[0][0] == 404


def test_nobody_takes_somebody_else_off_or_speaks_for_them(office, nia):
    theirs = make.wait(make.full_session(), make.person("Otto Outsider"))
    browser = office.browser(nia)
    ours, before = token(browser), rows(apart_from=("signed_in",))

    statuses = [browser.post(f"/waits/{theirs.ref}/{verb}", csrf_token=ours).status for verb in ("leave", "still-want")]

    assert (statuses, rows(apart_from=("signed_in",))) == ([404, 404], before)


# --- my bookings ---


def test_my_bookings_show_what_i_wait_for_with_my_place_in_line(office, nia):
    full = make.full_session()
    make.wait(full, make.person("Ann"))
    wait = make.wait(full, nia)

    browser = office.browser(nia).get("/bookings/")

    assert "2nd in line" in browser.main
    assert browser.page.main.find("a", href=f"/waits/{wait.ref}")


def test_what_must_be_answered_stands_first_with_its_deadline(office, nia):
    make.wait(make.full_session(course=make.course("Asked for first")), nia)
    offered = make.full_session(course=make.course("Held now"), starts_at=IN_TWO_WEEKS + DAY * 3)
    make.wait(offered, nia)
    office.free(offered)

    browser = office.browser(nia).get("/bookings/")

    headings = [tag.get_text(strip=True) for tag in browser.page.main.select("h2, h3")]
    assert headings == ["We are holding a place for you", "Coming", "Waiting", "Held now", "Asked for first"]
    assert "Answer by 9am on Thursday 3 December 2026" in browser.main


def test_more_dates_than_fit_are_counted(office, nia):
    course = make.course()
    for number in range(5):
        make.full_session(course=course, starts_at=IN_TWO_WEEKS + DAY * number)
    make.wait(course, nia)

    assert "And 2 more dates." in office.browser(nia).get("/bookings/").main


def test_in_the_last_day_a_free_place_is_said_to_be_free(office, nia):
    full = make.full_session()
    wait = make.wait(full, nia)
    office.now = full.starts_at - timedelta(hours=20)
    office.free(full)

    assert "A place is free" in office.browser(nia).get(f"/waits/{wait.ref}").main
