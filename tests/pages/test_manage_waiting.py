"""Who waits for a session, as those who run it see them; and what a coordinator does for somebody in line."""

import csv
import re
from io import StringIO

import pytest

from app import bookings, waiting_list
from tests import make
from tests.pages.scene import rows

DAY, HOUR = make.timedelta(days=1), make.timedelta(hours=1)


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator", address="cora@example.org")


@pytest.fixture
def tom(office):
    return make.trainer("Tom Trainer", address="tom@example.org")


@pytest.fixture
def full(office, tom):
    """A full session of one place."""
    return make.full_session(trainers=[tom])


def in_line(office, training_session, *names, **kwargs):
    """People who wait for a session, each an hour after the one before."""
    waits = []
    for name in names:
        office.now += HOUR
        waits.append(office.wait(make.person(name), training_session, **kwargs))
    office.now += HOUR
    return waits


def page_of(office, training_session, person, part=""):
    return office.browser(person).get(f"/manage/sessions/{training_session.ref}{part}")


def deed(office, wait, person, what, query=""):
    return office.browser(person).get(f"/manage/waits/{wait.ref}/{what}{query}")


def line_on(browser):
    """Who is waiting, in order, each as the page says it."""
    heading = browser.page.main.find(id="waiting")
    people = heading.find_next("ol").select("li.app-person") if heading else []
    return [" ".join(person.get_text(" ").split()) for person in people]


def names_in(browser):
    return [re.match(r"\d+\w\w: (\w+ \w+)", line)[1] for line in line_on(browser)]


def names_waiting(office, training_session):
    return office.names_on(training_session)[2]


def csv_of(browser):
    return list(csv.reader(StringIO(browser.answer.get_data().decode("utf-8-sig"))))


# --- the line on the session's page ---


def test_those_who_run_a_session_see_who_waits_for_it_in_order(office, tom, full):
    in_line(office, full, "Nia Nurse", "Otto Other")

    browser = page_of(office, full, tom)

    assert names_in(browser) == ["Nia Nurse", "Otto Other"]
    assert "1st: Nia Nurse Ward 7" in line_on(browser)[0]
    assert "Since Tue 1 Dec 2026, 10am Ask them first This date only" in line_on(browser)[0]


def test_what_each_of_them_wants_is_said(office, tom, full):
    later = make.full_session(course=full.course, starts_at=make.IN_TWO_WEEKS + DAY, trainers=[tom])
    make.wait(full.course, make.person("Nia Nurse"), wants="these", session_ids=[full.id, later.id])
    in_line(office, full.course, "Otto Other", books_at_once=True, would_suit="Mornings")

    first, second = line_on(page_of(office, full, tom))

    assert "This date, or Wed 16 Dec 2026, 10am" in first
    assert "Book it for them Any date ‘ Mornings ’" in second


def test_a_place_that_is_held_is_said_with_its_deadline_and_among_the_places(office, tom, full):
    in_line(office, full, "Nia Nurse")
    office.free(full)

    browser = page_of(office, full, tom)

    assert "1 of 1 taken: 0 booked, 1 held for somebody" in browser.main
    assert "Offered A place on Tue 15 Dec 2026, 10am is held until Thu 3 Dec 2026, 11am" in line_on(browser)[0]


def test_whoever_let_an_offer_run_out_is_shown_as_paused(office, tom, full):
    in_line(office, full, "Nia Nurse")
    office.free(full)
    office.now += 3 * DAY
    office.catch_up()

    assert "Paused An offer ran out on" in line_on(page_of(office, full, tom))[0]
    assert "we offer nothing until they say so" in line_on(page_of(office, full, tom))[0]


def test_whoever_would_change_is_shown_with_the_date_that_they_would_give_up(office, tom, full):
    nia = make.person("Nia Nurse")
    own = make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + DAY)
    make.booking(own, nia)
    office.wait(nia, full, instead_of=own.id)

    assert "Has a place on Wed 16 Dec 2026, 10am, and would give it up" in line_on(page_of(office, full, tom))[0]


def test_what_would_help_somebody_is_not_seen_before_they_have_a_place(office, cora, tom, full):
    [wait] = in_line(office, full, "Nia Nurse", access_needs="A hearing loop")
    pages = [
        *(page_of(office, full, who, part) for who in (cora, tom) for part in ("", "/waiting.csv", "/history")),
        deed(office, wait, cora, "why"),
        office.browser(cora).get(f"/manage/demand/{full.course.slug}"),
        office.browser(cora).get(f"/manage/demand/{full.course.slug}.csv"),
    ]

    assert [page.status for page in pages] == [200] * 9
    assert not any("hearing loop" in page.answer.get_data(as_text=True) for page in pages)


def test_a_trainer_sees_the_line_but_only_a_coordinator_acts_on_it(office, cora, tom, full):
    in_line(office, full, "Nia Nurse", "Otto Other")

    shown = [line_on(page_of(office, full, who))[1] for who in (tom, cora)]

    assert ["Give a place" in line for line in shown] == [False, True]
    assert shown[1].endswith("Move to the front Give a place Take off the list Why?")


def test_a_session_that_nobody_waits_for_says_so_and_one_that_is_over_says_nothing(office, tom, full):
    assert "Nobody is waiting for this date." in page_of(office, full, tom).main

    office.now = full.ends_at + HOUR

    assert "Who is waiting" not in page_of(office, full, tom).main


def test_a_long_line_shows_its_first_ten_and_holds_the_others_behind_a_click(office, tom, full):
    in_line(office, full, *(f"Person Number{number}" for number in range(12)))

    browser = page_of(office, full, tom)

    assert len(line_on(browser)) == 10
    assert "The other 2 people in line" in browser.main


def test_who_waits_comes_as_a_spreadsheet(office, tom, full):
    in_line(office, full, "Nia Nurse", books_at_once=True)

    heading, line = csv_of(page_of(office, full, tom, "/waiting.csv"))

    said = dict(zip(heading, line, strict=True))
    assert (said["Place in line"], said["Name"], said["Team"]) == ("1", "Nia Nurse", "Ward 7")
    assert (said["Waiting since"], said["How"], said["Waits for"]) == (
        "2026-12-01 10:00",
        "Book it for them",
        "This date only",
    )


def test_what_those_who_wait_did_is_part_of_what_has_happened_to_the_session(office, tom, full):
    in_line(office, full, "Nia Nurse")
    office.free(full)
    office.now += HOUR
    office.accept(office.offer_on(full))

    shown = page_of(office, full, tom, "/history").main

    assert "Nia Nurse joined the waiting list" in shown
    assert "Roomful offered Nia Nurse a place on Tue 15 Dec 2026, 10am, held until" in shown
    assert "Nia Nurse accepted the place on Tue 15 Dec 2026, 10am" in shown


def test_what_somebody_was_offered_on_another_date_is_not_part_of_it(office, tom, full):
    other = make.full_session(course=full.course, starts_at=make.IN_TWO_WEEKS + DAY)
    in_line(office, full.course, "Nia Nurse")
    office.free(other)

    shown = page_of(office, full, tom, "/history").main

    assert "Nia Nurse joined the waiting list" in shown
    assert "offered" not in shown


def test_a_session_whose_course_asks_says_who_has_not_said_that_they_are_coming(office, tom):
    training_session = make.training_session(course=make.course(asks_to_confirm=True), trainers=[tom])
    nia, otto = (make.booking(training_session, make.person(name)) for name in ("Nia Nurse", "Otto Other"))
    office.now = training_session.starts_at - 6 * DAY
    office.deliver()
    office.do(bookings.confirm, otto, by=otto.person, now=office.now)

    browser = page_of(office, training_session, tom)

    told = browser.page.main.find(id="coming").find_next("ul").get_text(" ", strip=True)
    assert told == f"{nia.person.name} , Ward 7"
    assert "1 person has said so." in browser.main


def test_my_teaching_says_how_many_wait_and_whose_the_places_are(office, tom, full):
    in_line(office, full, "Nia Nurse", "Otto Other")
    office.free(full)

    shown = office.browser(tom).get("/manage/timetable").main

    assert "1 of 1 place taken: 0 booked, 1 held for somebody" in shown
    assert "2 people are waiting" in shown


@pytest.mark.parametrize("count", [1, 3])
def test_the_session_page_asks_the_database_as_often_for_three_who_wait_as_for_one(office, tom, full, count):
    in_line(office, full, *["Nia Nurse"] * count)
    browser = office.browser(tom)

    with office.statements() as said:
        browser.get(f"/manage/sessions/{full.ref}")

    assert len(said) <= 18, "\n".join(said)


# --- to the front ---


def test_a_coordinator_moves_somebody_to_the_front_and_says_why(office, cora, full):
    _, otto = in_line(office, full, "Nia Nurse", "Otto Other")

    browser = deed(office, otto, cora, "front", f"?session={full.ref}")
    browser.submit("Continue", words="Otto asked by phone first.")
    assert browser.heading == "Check before you move them to the front"
    assert "Place in line Now 2nd of 2 After 1st of 2" in browser.main
    assert names_waiting(office, full) == ["Nia Nurse", "Otto Other"]
    browser.submit("Move them to the front")

    assert names_waiting(office, full) == ["Otto Other", "Nia Nurse"]
    shown = browser.follow().main
    assert "Cora Coordinator moved Otto Other to the front of the line" in shown
    assert "Otto asked by phone first." in shown


def test_a_reason_is_needed(office, cora, full):
    _, otto = in_line(office, full, "Nia Nurse", "Otto Other")

    for what in ("front", "off"):
        browser = deed(office, otto, cora, what).submit("Continue", words="")
        assert browser.status == 422
        assert browser.errors[0].startswith("Enter ")

    assert names_waiting(office, full) == ["Nia Nurse", "Otto Other"]


def test_whoever_is_first_cannot_be_moved_up(office, cora, full):
    [nia] = in_line(office, full, "Nia Nurse")

    browser = deed(office, nia, cora, "front")

    assert browser.status == 409
    assert "Nia Nurse is at the front of the line already." in browser.main


def test_whom_the_move_gives_a_place_is_shown_beforehand(office, cora, tom, full):
    nia, otto = in_line(office, full, "Nia Nurse", "Otto Other")
    office.do(setattr, nia, "paused_at", office.now)
    office.do(setattr, otto, "paused_at", office.now)
    office.free(full)
    office.do(setattr, otto, "paused_at", None)

    browser = deed(office, otto, cora, "front").submit("Continue", words="Needed on the ward.")

    assert "Who gets the places" in browser.main
    assert (
        "Who Otto Other Ward 7 Which date Tue 15 Dec 2026, 10am What happens Offered a place, held until"
        in browser.main
    )
    assert "1 person will get the email ‘A place for you" in browser.main
    assert "[a link of their own]" in browser.page.find("pre").get_text()
    assert "/a/" not in browser.page.find("pre").get_text()


# --- a place ---


def test_a_coordinator_gives_somebody_a_free_place_of_a_date_that_they_choose(office, cora, full):
    [nia] = in_line(office, full, "Nia Nurse")
    other = make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + DAY)

    browser = deed(office, nia, cora, "place")
    browser.submit("Continue", session=other.ref, words="Needed on the ward.")
    assert "Booked, because you give them the place" in browser.main
    browser.submit("Give them the place")

    assert [booking.person.name for booking in bookings.live_on(other)] == ["Nia Nurse"]
    assert names_waiting(office, full) == []
    assert "We are emailing 1 person: Nia Nurse." in browser.follow().text


def test_only_dates_with_a_free_place_can_be_chosen(office, cora, full):
    [nia] = in_line(office, full, "Nia Nurse")
    other = make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + DAY)
    make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + 2 * DAY, is_draft=True)

    browser = deed(office, nia, cora, "place")

    assert [tag["value"] for tag in browser.page.select("input[type=radio]")] == [other.ref]


def test_where_no_date_has_a_free_place_the_page_says_what_can_be_done(office, cora, full):
    [nia] = in_line(office, full, "Nia Nurse")

    browser = deed(office, nia, cora, "place")

    assert "No date of this course has a free place just now." in browser.main
    assert browser.page.main.find("a", string=re.compile("Schedule a session"))


def test_a_place_that_is_held_for_them_can_be_given_to_them(office, cora, full):
    [nia] = in_line(office, full, "Nia Nurse")
    office.free(full)

    deed(office, nia, cora, "place").submit("Continue", session=full.ref, words="Rang us.").submit(
        "Give them the place"
    )

    assert office.names_on(full) == (["Nia Nurse"], [], [])


def test_a_place_at_the_time_of_another_of_theirs_is_asked_about_first(office, cora, full):
    [nia] = in_line(office, full, "Nia Nurse")
    other = make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + DAY)
    make.booking(make.training_session(course=make.course("Secret"), starts_at=other.starts_at), nia.person)

    browser = deed(office, nia, cora, "place").submit("Continue", session=other.ref, words="Needed on the ward.")
    assert browser.errors == ["Nia Nurse has something else of their own at that time."]
    assert "Secret" not in browser.main
    browser.submit("Continue all the same").submit("Give them the place")

    assert [booking.person.name for booking in bookings.live_on(other)] == ["Nia Nurse"]


def test_a_place_that_somebody_else_has_taken_meanwhile_is_refused_beside_the_dates(office, cora, full):
    [nia] = in_line(office, full, "Nia Nurse")
    other = make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + DAY, capacity=1)
    browser = deed(office, nia, cora, "place").submit("Continue", session=other.ref, words="Needed on the ward.")
    make.booking(other)

    browser.submit("Give them the place")

    assert browser.status == 422
    assert names_waiting(office, full) == ["Nia Nurse"]


# --- off the list ---


def test_a_coordinator_takes_somebody_off_the_list_and_they_read_why(office, cora, full):
    nia, _ = in_line(office, full, "Nia Nurse", "Otto Other")
    office.deliver()

    browser = deed(office, nia, cora, "off").submit("Continue", words="You rang us.")
    assert "Place in line Now 1st of 2 After Off the list" in browser.main
    assert "You rang us." in browser.page.find("pre").get_text()
    browser.submit("Take them off the list")

    assert names_waiting(office, full) == ["Otto Other"]
    [letter] = office.deliver()
    assert "You rang us." in letter.text


def test_nothing_happens_before_the_second_press(office, cora, full):
    _, otto = in_line(office, full, "Nia Nurse", "Otto Other")
    make.training_session(course=full.course, starts_at=make.IN_TWO_WEEKS + DAY)
    browser = office.browser(cora)
    before = rows(apart_from=("signed_in",))

    for what in ("front", "off"):
        browser.get(f"/manage/waits/{otto.ref}/{what}").submit("Continue", words="Because.")

    assert rows(apart_from=("signed_in",)) == before


@pytest.mark.parametrize("what", ["front", "place", "off"])
def test_nothing_can_be_done_for_somebody_who_waits_no_more(office, cora, full, what):
    [nia] = in_line(office, full, "Nia Nurse")
    office.leave(nia)

    browser = deed(office, nia, cora, what)

    assert browser.status == 409
    assert "Nia Nurse is not on the waiting list any more." in browser.main


@pytest.mark.parametrize("what", ["front", "place", "off", "why"])
def test_these_pages_are_for_coordinators_alone(office, tom, full, what):
    [nia] = in_line(office, full, "Nia Nurse")

    assert [deed(office, nia, who, what).status for who in (tom, nia.person)] == [403, 403]


@pytest.mark.parametrize("query", ["", "?session=222222", "?session=other"])
def test_back_leads_to_the_line_of_the_course_unless_one_came_from_a_session_of_it(office, cora, full, query):
    [nia] = in_line(office, full, "Nia Nurse")
    query = query.replace("other", make.training_session().ref)

    shown = [deed(office, nia, cora, "why", each) for each in (query, f"?session={full.ref}")]

    back = [browser.page.find(class_="nhsuk-back-link__link")["href"] for browser in shown]
    assert back == [f"/manage/demand/{full.course.slug}", f"/manage/sessions/{full.ref}"]


# --- why ---


def test_a_coordinator_reads_why_somebody_has_no_place_yet(office, cora, full):
    _, otto = in_line(office, full, "Nia Nurse", "Otto Other")
    office.free(full)
    office.now += HOUR

    browser = deed(office, otto, cora, "why")

    assert browser.heading == "Why Otto Other is still waiting"
    assert "Place in line 2nd of 2" in browser.main
    assert "A place on Tue 15 Dec 2026, 10am went to Nia Nurse: they were before Otto Other in line." in browser.main
    stands = browser.page.main.find("h2", string="How things stand").find_next("ul").get_text(" ", strip=True)
    assert stands == "Tue 15 Dec 2026, 10am is full. 1 person is before Otto Other in line."


def test_why_is_also_said_of_somebody_who_has_a_place_by_now(office, cora, full):
    [nia] = in_line(office, full, "Nia Nurse", books_at_once=True)
    office.free(full)
    office.now += HOUR

    browser = deed(office, nia, cora, "why")

    assert browser.heading == "Why Nia Nurse waited, and has a place"
    assert "Place in line Has a place" in browser.main
    assert "What you can do" not in browser.main


# --- the changes of a session, with those who wait ---


def test_more_places_show_beforehand_who_gets_them(office, cora, full):
    in_line(office, full, "Nia Nurse")
    in_line(office, full, "Otto Other", books_at_once=True)

    browser = page_of(office, full, cora, "/places").submit("Continue", capacity="3")

    assert "Who Nia Nurse Ward 7 Which date Tue 15 Dec 2026, 10am What happens Offered a place" in browser.main
    assert "Who Otto Other Ward 7 Which date Tue 15 Dec 2026, 10am What happens Booked, as they asked" in browser.main
    assert office.names_on(full)[1:] == ([], ["Nia Nurse", "Otto Other"])


def test_a_move_shows_what_those_who_wait_or_hold_an_offer_read(office, cora, full):
    in_line(office, full, "Nia Nurse", "Otto Other")
    office.free(full)
    office.deliver()
    sent = {"day_1-day": "16", "day_1-month": "12", "day_1-year": "2026"}

    browser = page_of(office, full, cora, "/move").submit("Continue", **sent)

    told = [
        " ".join(p.get_text().split()) for p in browser.page.main.find_all("p") if "will get the email" in p.get_text()
    ]
    assert len(told) == 3  # whoever holds an offer, whoever waits, the trainer
    assert all("/a/" not in pre.get_text() for pre in browser.page.find_all("pre"))


def test_a_cancellation_says_how_many_places_are_held_and_tells_those_who_waited_for_it(office, cora, full):
    in_line(office, full, "Nia Nurse")
    office.free(full)
    office.deliver()

    browser = page_of(office, full, cora, "/cancel")
    assert "1 place is held for people" in browser.main
    browser.submit("Continue")

    assert "1 person will get the email ‘Session cancelled" in browser.main


def test_a_new_date_shows_beforehand_who_gets_its_places(office, cora, tom, full):
    office.do(setattr, full.course, "owner_id", cora.id)
    in_line(office, full.course, "Nia Nurse", "Otto Other", wants="new")
    span = f"{make.IN_TWO_WEEKS + 2 * DAY:%Y%m%dT%H%MZ}-{make.IN_TWO_WEEKS + 2 * DAY + HOUR:%Y%m%dT%H%MZ}"
    browser = office.browser(cora).get(f"/manage/courses/{full.course.slug}/schedule/details?part={span}&room=-online")
    browser.submit(
        "Check the session", trainers=tom.ref, joining_link="https://meet.example.org/1", capacity="1", minimum="0"
    )
    assert "Who Nia Nurse Ward 7 Which date Thu 17 Dec 2026, 10am What happens Offered a place" in browser.main
    assert "1 more person is waiting for such a date. They hear of it." in browser.main

    browser.submit("Put it on the timetable")

    assert "1 person from the waiting list has been offered a place." in browser.follow().text
    assert len(waiting_list.line_of_course(full.course_id)) == 2
