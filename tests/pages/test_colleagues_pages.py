from datetime import timedelta

import pytest
from sqlalchemy import select

from app import bookings, people, waiting_list
from app.bookings import Booking
from app.db import db
from tests import make
from tests.pages.scene import ANSWERS, QUESTIONS, rows

CAI = {"name": "Cai Carer", "email": "cai@example.org"}


@pytest.fixture
def manager(office):
    return make.person("Mair Manager", address="mair@example.org")


@pytest.fixture
def coordinator(office):
    return make.coordinator(address="cora@example.org")


def one(office, person, training_session):
    return office.browser(person).get(f"/sessions/{training_session.ref}/book-for")


def several(office, person, training_session, typed):
    browser = office.browser(person).get(f"/sessions/{training_session.ref}/book-for-several")
    return browser.submit("Check the list", people=typed)


def booked_names():
    db.session.rollback()
    query = select(people.Person.name).join(Booking, Booking.person_id == people.Person.id)
    return list(db.session.scalars(query.where(Booking.state == "booked").order_by(Booking.id)))


def waiting_names(training_session):
    db.session.rollback()
    return [wait.person.known_as for wait in waiting_list.line_of(training_session)]


def waits_for(office, person, training_session):
    chosen = {"wants": "these", "session_ids": [training_session.id], "by": person, "now": office.now}
    office.do(bookings.wait, person, training_session.course_id, **chosen)


def busy(training_session, person):
    """Somebody who has a place on something else at that time."""
    make.booking(make.training_session(course=make.course("Secret course")), person)
    return training_session


# --- one colleague ---


def test_a_manager_books_for_a_colleague_from_the_sessions_page(office, manager):
    training_session = make.training_session()
    browser = office.browser(manager).get(f"/sessions/{training_session.ref}")

    browser.click("Book for a colleague").submit("Book this place", **CAI)

    assert (browser.status, browser.follow().heading[:21]) == (303, "Cai Carer has a place")
    assert booked_names() == ["Cai Carer"]
    assert [letter.to for letter in office.deliver()] == ["cai@example.org"]


def test_whoever_has_a_place_books_for_a_colleague_from_their_own_booking(office, manager):
    booking = make.booking(make.training_session(), manager)

    browser = office.browser(manager).get(f"/bookings/{booking.ref}").click("Book for a colleague")

    assert browser.heading == "Book for a colleague"


def test_the_page_that_follows_has_no_links_of_the_colleagues_and_nothing_of_theirs(office, manager):
    make.person("Caius Carer-Jones", address="cai@example.org", team="Secret team")
    training_session = make.training_session()

    browser = one(office, manager, training_session).submit("Book this place", **CAI).follow()

    [booking] = db.session.scalars(select(Booking))
    page = str(browser.page)
    assert [word for word in (booking.ref, "Caius", "Secret team", "/bookings/" + booking.ref) if word in page] == []
    assert browser.get(f"/bookings/{booking.ref}").status == 404


def test_no_page_tells_whether_we_know_the_address_or_they_had_a_place(office, manager):
    training_session = make.training_session()
    make.person("Known", address="known@example.org")
    make.booking(training_session, make.person("Had", address="had@example.org"))

    said = set()
    for address in ("known@example.org", "had@example.org", "new@example.org"):
        browser = one(office, manager, training_session).submit("Book this place", name="Nia", email=address)
        said.add((browser.status, browser.answer.headers["Location"], browser.follow().main.replace(address, "…")))

    assert len(said) == 1


def test_a_trainer_sees_the_name_that_we_know_and_that_they_had_the_place(office):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    make.booking(training_session, make.person("Caius Carer-Jones", address="cai@example.org"))

    browser = one(office, trainer, training_session).submit("Book this place", **CAI).follow()

    assert browser.heading.startswith("Caius Carer-Jones has a place")
    assert "They had this place before" in browser.main
    assert browser.click("See who is coming").status == 200


def test_the_courses_questions_are_asked_and_their_answers_kept(office, manager):
    training_session = make.training_session(course=make.course(questions=QUESTIONS))

    browser = one(office, manager, training_session).submit("Book this place", **CAI)
    assert browser.errors == [
        "Enter your answer to ‘What do you want to find?’",
        "Select your answer to ‘Which network?’",
        "Select your answer to ‘Do you bring a laptop?’",
    ]
    browser.submit("Book this place", **ANSWERS)

    [booking] = db.session.scalars(select(Booking))
    assert [answer for _, answer in booking.answers] == ["Nursing news", "Bluesky", "Yes"]
    assert booking.access_needs == "Step-free access"


def test_staff_must_give_a_name_and_an_address_and_are_not_asked_for_a_team(office, manager):
    browser = one(office, manager, make.training_session())

    assert browser.page.find(id="team") is None
    assert browser.submit("Book this place").errors == ["Enter their name", "Enter their work email address"]


@pytest.mark.parametrize("why", ["an unknown address elsewhere", "another booking"])
def test_who_cannot_be_booked_from_here_is_for_us_and_nothing_typed_is_lost(office, manager, why):
    training_session = make.training_session()
    busy(training_session, make.person("Cai", address="cai@example.org"))
    address = "cai@example.org" if why == "another booking" else "cai@council.example.net"

    browser = one(office, manager, training_session)
    browser.submit("Book this place", name="Cai Carer", email=address, access_needs="A loop")

    assert (browser.status, "Please ask us" in browser.main) == (409, True)
    assert f"We have not booked a place for Cai Carer ({address})" in browser.main
    assert "Secret course" not in browser.text
    assert browser.page.find(id="email")["value"] == address
    assert browser.page.find(id="access_needs").get_text().strip() == "A loop"


def test_a_coordinator_is_asked_about_another_booking_and_books_all_the_same(office, coordinator):
    training_session = make.training_session()
    busy(training_session, make.person("Caius Carer", address="cai@example.org"))

    browser = one(office, coordinator, training_session).submit("Book this place", **CAI)

    assert browser.status == 409
    assert "Caius Carer has something else of their own at that time." in browser.main
    assert "Secret course" not in browser.text
    assert browser.submit("Book all the same").follow().heading.startswith("Caius Carer has a place")


def test_go_ahead_counts_only_for_whom_it_was_asked(office, coordinator):
    training_session = make.training_session()
    busy(training_session, make.person("Cai", address="cai@example.org"))
    busy(training_session, make.person("Zoe", address="zoe@example.org"))
    browser = one(office, coordinator, training_session).submit("Book this place", **CAI)

    browser.submit("Book all the same", name="Zoe", email="zoe@example.org")

    assert browser.status == 409
    assert "Zoe has something else of their own at that time." in browser.main


def test_a_colleague_cannot_go_ahead_for_another(office, manager):
    training_session = make.training_session()
    busy(training_session, make.person("Cai", address="cai@example.org"))

    browser = one(office, manager, training_session).submit("Book this place", **CAI, go_ahead="cai@example.org")

    assert (browser.status, office.fresh(training_session).places_taken) == (409, 0)


def test_a_coordinator_books_for_somebody_without_an_address(office, coordinator):
    browser = one(office, coordinator, make.training_session())

    browser.submit("Book this place", name="Joan Armah", team="Porters").follow()

    assert browser.heading.startswith("Joan Armah has a place")
    assert "our emails about this place come to you" in browser.main
    assert [letter.to for letter in office.deliver()] == ["cora@example.org"]


def test_whoever_types_their_own_address_is_on_the_page_of_their_own_booking(office, manager):
    browser = one(office, manager, make.training_session())

    browser.submit("Book this place", name="Mair", email="mair@example.org").follow()

    assert browser.address.startswith("/bookings/")
    assert browser.heading.startswith("You have a place")


def test_whoever_types_their_own_address_is_asked_about_their_own_bookings(office, manager):
    training_session = busy(make.training_session(), manager)

    browser = one(office, manager, training_session).submit("Book this place", name="Mair", email="mair@example.org")

    assert "You already have a place on something else at this time." in browser.main
    assert browser.submit("Book all the same").follow().heading.startswith("You have a place")


def test_a_session_that_is_closed_says_why_to_staff_and_opens_for_its_trainer(office, manager):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer], booking_closes_at=office.now)

    assert "Booking closed on" in one(office, manager, training_session).main
    assert one(office, trainer, training_session).heading == "Book for a colleague"


def test_the_confirmation_is_of_this_browser_and_this_session(office, manager):
    training_session, other = make.training_session(), make.training_session(course=make.course("Another"))
    browser = one(office, manager, training_session).submit("Book this place", **CAI)
    address = browser.answer.headers["Location"]

    assert browser.get(f"/sessions/{other.ref}/book-for?done=yes").heading == "Book for a colleague"
    assert office.browser(manager).get(address).heading == "Book for a colleague"
    assert "Cai" not in address
    assert browser.get(address).heading.startswith("Cai Carer has a place")


# --- the waiting list ---


@pytest.fixture
def full(office):
    """A session of one place, which Otto has."""
    training_session = make.training_session(capacity=1)
    make.booking(training_session, make.person("Otto Other", address="otto@example.org"))
    office.deliver()
    return training_session


@pytest.mark.parametrize(
    ("end", "heading"),
    [
        ("book-for", "Put a colleague on the waiting list"),
        ("book-for-several", "Put several people on the waiting list"),
    ],
)
def test_a_full_session_says_so_before_anything_is_typed(office, manager, full, end, heading):
    browser = office.browser(manager).get(f"/sessions/{full.ref}/{end}")

    assert (browser.status, browser.heading) == (200, heading)
    assert "The only place has been taken." in browser.main


def test_other_dates_are_shown_if_they_have_places(office, manager, full):
    other, third = (
        make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=days), capacity=1)
        for days in (7, 14)
    )
    make.booking(third)

    page = one(office, manager, full).page.main

    assert [bool(page.find("a", href=f"/sessions/{each.ref}")) for each in (other, third)] == [True, False]


def test_a_manager_puts_a_colleague_on_the_waiting_list_of_a_full_session(office, manager, full):
    browser = office.browser(manager).get(f"/sessions/{full.ref}").click("Put a colleague on the waiting list")

    browser.submit("Put them on the waiting list", **CAI)

    assert browser.status == 303
    assert browser.follow().heading.startswith("Cai Carer is on the waiting list")
    assert "we hold it for them and email to ask if they want it" in browser.main
    assert waiting_names(full) == ["Cai Carer"]
    assert [letter.to for letter in office.deliver()] == ["cai@example.org"]


def test_a_last_place_that_went_a_moment_ago_is_a_clear_no_and_the_list_is_one_press_away(office, manager):
    training_session = make.training_session(capacity=1)
    browser = one(office, manager, training_session)
    make.booking(training_session)

    browser.submit("Book this place", **CAI)

    assert browser.status == 409
    assert "There is no place left We have not booked one for Cai Carer (cai@example.org)" in browser.main
    assert waiting_names(training_session) == []
    browser.submit("Put them on the waiting list").follow()
    assert browser.heading.startswith("Cai Carer is on the waiting list")
    assert waiting_names(training_session) == ["Cai Carer"]


def test_a_place_that_comes_free_meanwhile_is_booked_and_not_waited_for(office, manager, full):
    browser = one(office, manager, full)
    office.say("UPDATE training_sessions SET capacity = 2")

    browser.submit("Put them on the waiting list", **CAI).follow()

    assert browser.heading.startswith("Cai Carer has a place")


def test_in_the_last_day_the_page_does_not_promise_to_hold_a_place(office, manager, full):
    office.now = make.IN_TWO_WEEKS - timedelta(hours=3)

    browser = one(office, manager, full)

    assert "whoever books first has it" in browser.main
    assert "hold it" not in browser.main


def test_no_page_tells_whether_somebody_is_on_the_full_session_or_waits_already(office, manager, full):
    make.person("Known", address="known@example.org")
    waits_for(office, make.person("Waits", address="waits@example.org"), full)

    said = set()
    for address in ("otto@example.org", "waits@example.org", "known@example.org", "new@example.org"):
        browser = one(office, manager, full).submit("Put them on the waiting list", name="Nia", email=address)
        said.add((browser.status, browser.answer.headers["Location"], browser.follow().main.replace(address, "…")))

    assert len(said) == 1


@pytest.mark.parametrize("why", ["an unknown address elsewhere", "another date"])
def test_who_cannot_wait_from_here_is_for_us_and_staff_read_no_more(office, manager, full, why):
    other = make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7), capacity=1)
    make.booking(other, make.person("Cai", address="cai@example.org"))
    address = "cai@example.org" if why == "another date" else "cai@council.example.net"

    browser = one(office, manager, full)
    browser.submit("Put them on the waiting list", name="Cai Carer", email=address, access_needs="A loop")

    assert (browser.status, "Please ask us" in browser.main) == (409, True)
    assert f"neither booked a place for Cai Carer ({address}) nor put them on the waiting list" in browser.main
    assert (other.ref in browser.text, "another date" in browser.main) == (False, False)
    assert browser.page.find(id="access_needs").get_text().strip() == "A loop"


def test_a_coordinator_reads_what_kind_of_reason_it_is(office, coordinator, full):
    other = make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7))
    make.booking(other, make.person("Caius Carer", address="cai@example.org"))

    browser = one(office, coordinator, full).submit("Put them on the waiting list", **CAI)

    assert (browser.status, "Caius Carer has another date of this course." in browser.main) == (409, True)


def test_a_trainer_sees_that_somebody_was_on_the_list_before(office):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer], capacity=1)
    make.booking(training_session)
    waits_for(office, make.person("Caius Carer", address="cai@example.org"), training_session)

    browser = one(office, trainer, training_session).submit("Put them on the waiting list", **CAI).follow()

    assert browser.heading.startswith("Caius Carer is on the waiting list")
    assert "They were on the list before" in browser.main


def test_letters_to_whoever_has_no_address_are_said_to_come_to_the_coordinator(office, coordinator, full):
    browser = one(office, coordinator, full)

    browser.submit("Put them on the waiting list", name="Joan Armah", team="Porters").follow()

    assert browser.heading.startswith("Joan Armah is on the waiting list")
    assert "our emails about this come to you" in browser.main


def test_whoever_types_their_own_address_at_the_list_is_on_the_page_of_their_own_bookings(office, manager, full):
    browser = one(office, manager, full)

    browser.submit("Put them on the waiting list", name="Mair", email="mair@example.org").follow()

    assert (browser.address, waiting_names(full)) == ("/bookings/", ["Mair Manager"])


def test_those_of_several_who_get_no_place_are_put_on_the_list(office, manager):
    training_session = make.training_session(capacity=1)

    browser = several(office, manager, training_session, "cai@example.org\nzoe@example.org")

    assert "1 person to book cai@example.org" in browser.main
    assert "1 person for the waiting list zoe@example.org" in browser.main
    browser.submit("Book 1 place, and put 1 person on the list")
    assert browser.heading == "1 place booked"
    assert "On the waiting list zoe@example.org" in browser.main
    assert waiting_names(training_session) == ["zoe@example.org"]


def test_of_several_on_a_full_session_all_wait_and_some_are_for_us(office, manager, full):
    other = make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7), capacity=1)
    make.booking(other, make.person("Cai", address="cai@example.org"))

    browser = several(office, manager, full, "cai@example.org, otto@example.org, zoe@example.org")

    assert browser.page.main.find("input", type="checkbox") is None
    assert "3 people for the waiting list" in browser.main
    browser.submit("Put 3 people on the waiting list")
    assert browser.heading == "2 people are on the waiting list"
    assert "otto@example.org zoe@example.org Our email" in browser.main
    assert "cai@example.org We cannot book this place for them from here. Ask us." in browser.main


def test_a_tick_that_was_taken_away_stays_away_when_the_list_is_changed(office, manager):
    browser = office.browser(manager).get(f"/sessions/{make.training_session().ref}/book-for-several")
    assert browser.page.find("input", type="checkbox").has_attr("checked")

    browser.submit("Check the list", people="cai@example.org", waits="no").submit("Change the list")

    assert not browser.page.find("input", type="checkbox").has_attr("checked")


def test_a_coordinator_reads_beforehand_who_would_wait(office, coordinator, full):
    waits_for(office, make.person("Wanda Waits", address="wanda@example.org"), full)

    browser = several(office, coordinator, full, "wanda@example.org, otto@example.org, zoe@example.org")

    assert "2 people for the waiting list Wanda Waits (wanda@example.org) zoe@example.org" in browser.main
    assert "1 person has a place already Otto Other (otto@example.org)" in browser.main
    assert people.known("zoe@example.org") is None


# --- several ---


def test_several_are_checked_first_and_booked_with_the_second_press(office, manager):
    training_session, typed = make.training_session(), '"Carer, Cai" <cai@example.org>; zoe@example.org'
    before = rows(apart_from=("signed_in",))

    browser = several(office, manager, training_session, typed)

    assert (browser.status, browser.heading) == (200, "Check the list")
    assert "2 people to book Cai Carer (cai@example.org) zoe@example.org" in browser.main
    assert rows(apart_from=("signed_in",))["bookings"] == before["bookings"]
    browser.submit("Book 2 places")
    assert browser.heading == "2 places booked"
    assert booked_names() == ["Cai Carer", ""]
    assert [letter.to for letter in office.deliver()] == ["cai@example.org", "zoe@example.org"]


def test_what_cannot_be_booked_is_named_with_its_line_and_why(office, manager):
    training_session = make.training_session(capacity=1)

    browser = office.browser(manager).get(f"/sessions/{training_session.ref}/book-for-several")
    browser.submit("Check the list", people="cai@example.org\nnia@\ncai@example.org\nzoe@example.org", waits="no")

    assert "1 person to book cai@example.org" in browser.main
    assert "Line 2: nia@ This is not an email address." in browser.main
    assert "Line 3: cai@example.org This is in the list twice: it counts once." in browser.main
    assert "zoe@example.org There is no place left." in browser.main
    browser.submit("Book 1 place")
    assert browser.heading == "1 place booked"
    assert "zoe@example.org There is no place left." in browser.main


def test_the_check_tells_staff_nothing_of_anybodys_bookings(office, manager):
    training_session = make.training_session()
    busy(training_session, make.person("Cai", address="cai@example.org"))
    make.booking(training_session, make.person("Had", address="had@example.org"))
    typed = "cai@example.org, had@example.org, new@council.example.net"

    browser = several(office, manager, training_session, typed)

    assert "3 people to book cai@example.org had@example.org new@council.example.net" in browser.main
    assert "Not booked" not in browser.main
    browser.submit("Book 3 places")
    assert "cai@example.org We cannot book this place for them from here. Ask us." in browser.main
    assert "new@council.example.net We cannot book this place for them from here. Ask us." in browser.main
    assert browser.heading == "1 place booked"


def test_the_check_tells_a_trainer_all_that_would_come_of_it(office):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    busy(training_session, make.person("Cai", address="cai@example.org"))
    make.booking(training_session, make.person("Had", address="had@example.org"))
    typed = "cai@example.org, had@example.org, new@council.example.net"

    browser = several(office, trainer, training_session, typed)

    assert "1 person gets a place new@council.example.net" in browser.main
    assert "1 person has a place already Had (had@example.org)" in browser.main
    assert "Cai (cai@example.org) Cai has something else of their own at that time." in browser.main
    assert people.known("new@council.example.net") is None


def test_a_list_can_be_changed_before_anybody_is_booked(office, manager):
    browser = several(office, manager, make.training_session(), "cai@example.org\nnia@")

    browser.submit("Change the list")

    assert browser.heading == "Book for several people"
    assert browser.page.find(id="people").get_text().strip() == "cai@example.org\nnia@"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter their email addresses"),
        ("nobody", "Enter at least one email address, like name@example.com"),
        (
            "\n".join(f"n{number}@example.org" for number in range(101)),
            "Enter 100 email addresses or fewer. There are 101 in your list",
        ),
    ],
)
def test_a_list_that_will_not_do_comes_back_with_why(office, manager, typed, sentence):
    browser = several(office, manager, make.training_session(), typed)

    assert (browser.status, browser.errors) == (422, [sentence])
    assert browser.page.find(id="people").get_text().strip() == typed


def test_pressing_twice_books_nobody_twice_and_says_the_same(office, manager):
    training_session = make.training_session(capacity=1)
    browser = several(office, manager, training_session, "cai@example.org")
    sent = {"csrf_token": browser.page.find("input", {"name": "csrf_token"})["value"], "people": "cai@example.org"}
    address = f"/sessions/{training_session.ref}/book-for-several"

    answers = [browser.post(address, **sent, go="yes").main for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(office.deliver()) == 2  # the confirmation, and the trainer's letter that it is full


def test_the_page_says_that_the_courses_questions_are_not_asked(office, manager):
    asked = make.training_session(course=make.course(questions=QUESTIONS))
    plain = make.training_session()

    said = [
        "This course asks questions" in office.browser(manager).get(f"/sessions/{each.ref}/book-for-several").main
        for each in (asked, plain)
    ]

    assert said == [True, False]


@pytest.mark.parametrize("end", ["book-for", "book-for-several"])
def test_whoever_has_booked_too_often_waits_and_loses_nothing_typed(office, manager, monkeypatch, end):
    monkeypatch.setattr("app.bookings.others.MOST_AN_HOUR", 0)
    browser = office.browser(manager).get(f"/sessions/{make.training_session().ref}/{end}")
    typed = CAI if end == "book-for" else {"people": "cai@example.org"}

    browser.submit("Book this place" if end == "book-for" else "Check the list", **typed)

    assert browser.status == 429
    assert browser.errors[0].startswith("You have booked for")
    assert "cai@example.org" in str(browser.page.main)


def test_somebody_without_a_name_is_on_the_trainers_page_and_the_register_by_their_address(office, manager):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    several(office, manager, training_session, "cai@example.org").submit("Book 1 place")

    page = office.browser(trainer).get(f"/manage/sessions/{training_session.ref}").page

    assert "cai@example.org" in [tag.get_text() for tag in page.main.find_all("bdi")]


def test_hostile_names_are_shown_as_typed_and_do_nothing(office, manager):
    name = "<script>alert(1)</script> & {{ 7 * 7 }}"

    browser = one(office, manager, make.training_session()).submit("Book this place", **{**CAI, "name": name})

    assert f"{name} has a place" in browser.follow().heading
    assert browser.page.main.find("script") is None


@pytest.mark.parametrize("end", ["book-for", "book-for-several"])
def test_a_draft_has_no_such_page_even_for_its_trainer(office, end):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    office.do(setattr, training_session, "state", "draft")

    assert office.browser(trainer).get(f"/sessions/{training_session.ref}/{end}").status == 404


def test_a_name_and_an_address_leave_the_browser_once_they_have_been_said(office, manager):
    training_session = make.training_session()
    browser = one(office, manager, training_session).submit("Book this place", **CAI)

    assert browser.follow().heading.startswith("Cai Carer has a place")
    with browser.client.session_transaction(base_url=browser.base) as kept:
        assert "Cai" not in str(dict(kept))
