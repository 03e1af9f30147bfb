"""A session that too many want, or too few: a larger room, words to spread, and running it with those who come."""

import pytest

from app import rooms, timetable
from tests import make
from tests.pages.scene import rows

DAY, HOUR = make.timedelta(days=1), make.timedelta(hours=1)


@pytest.fixture
def tom(office):
    return make.trainer("Tom Trainer", address="tom@example.org")


@pytest.fixture
def seminar(office):
    return make.room("Seminar room 1", capacity=24)


@pytest.fixture
def full(office, tom):
    return make.full_session(room=make.room(capacity=1), course=make.course(places=1), trainers=[tom])


def page_of(office, training_session, person, part=""):
    return office.browser(person).get(f"/manage/sessions/{training_session.ref}{part}")


def actions_on(browser):
    return [" ".join(a.get_text().split()) for a in browser.page.main.select("nav a")]


def fresh(office, training_session):
    return office.fresh(training_session)


# --- a larger room ---


def test_a_full_session_offers_the_larger_room_that_is_free(office, tom, full, seminar):
    action = "Move it to Seminar room 1, Northgate Hospital, for 24 people"

    assert action in actions_on(page_of(office, full, tom))

    office.free(full)
    assert action not in actions_on(page_of(office, full, tom))


def test_its_page_shows_at_once_what_it_does_and_who_gets_the_places(office, tom, full, seminar):
    office.wait(make.person("Nia Nurse"), full)

    browser = page_of(office, full, tom, f"/larger/{seminar.slug}")

    assert browser.heading == "Check before you move it to Seminar room 1"
    assert "Where Now IT training room, Northgate Hospital After Seminar room 1, Northgate Hospital" in browser.main
    assert "Places Now 1 After 24" in browser.main
    assert "Who Nia Nurse Ward 7 Which date Tue 15 Dec 2026, 10am What happens Offered a place" in browser.main


def test_looking_changes_nothing_and_the_button_moves_it(office, tom, full, seminar):
    office.wait(make.person("Nia Nurse"), full)
    browser = office.browser(tom)
    before = rows(apart_from=("signed_in",))
    browser.get(f"/manage/sessions/{full.ref}/larger/{seminar.slug}")
    assert rows(apart_from=("signed_in",)) == before

    browser.submit("Move it to Seminar room 1")

    moved = timetable.by_id(full.id)
    assert (moved.where, moved.capacity) == ("Seminar room 1, Northgate Hospital", 24)
    assert office.names_on(full)[1] == ["Nia Nurse"]
    assert "The session has a larger room." in browser.follow().text


@pytest.mark.parametrize(("usual", "fits"), [(12, 12), (30, 24), (10, 24), (8, 24)])
def test_it_gets_the_courses_usual_number_of_places_or_all_that_the_room_holds(office, tom, seminar, usual, fits):
    training_session = make.training_session(
        course=make.course(places=usual), room=make.room("Small room", capacity=10), capacity=10, trainers=[tom]
    )

    browser = page_of(office, training_session, tom, f"/larger/{seminar.slug}")

    assert f"Places Now 10 After {fits}" in browser.main


def test_the_number_can_be_changed(office, tom, full, seminar):
    browser = page_of(office, full, tom, f"/larger/{seminar.slug}").submit("Change something")
    assert browser.page.find(id="capacity")["value"] == "24"

    browser.submit("Continue", capacity="5").submit("Move it to Seminar room 1")

    assert timetable.by_id(full.id).capacity == 5


def test_a_number_that_the_room_does_not_hold_is_refused_beside_it(office, tom, full, seminar):
    browser = page_of(office, full, tom, f"/larger/{seminar.slug}").submit("Change something")

    browser.submit("Continue", capacity="25")

    assert browser.status == 409
    assert "Seminar room 1 holds 24 people" in browser.errors[0]


def test_a_room_that_is_not_free_any_more_is_refused_with_where_to_look(office, tom, full, seminar):
    make.training_session(room=seminar, starts_at=full.starts_at)

    browser = page_of(office, full, tom, f"/larger/{seminar.slug}")

    assert browser.status == 409
    assert "The session cannot go into Seminar room 1, Northgate Hospital." in browser.main
    assert browser.page.main.find("a", string="Choose another room")["href"] == f"/manage/sessions/{full.ref}/room"


def test_a_room_that_goes_while_one_looks_is_refused_too(office, tom, full, seminar):
    browser = page_of(office, full, tom, f"/larger/{seminar.slug}")
    make.training_session(room=seminar, starts_at=full.starts_at)

    browser.submit("Move it to Seminar room 1")

    assert browser.status == 409
    assert timetable.by_id(full.id).where == "IT training room, Northgate Hospital"


def test_a_room_that_is_no_larger_or_in_which_it_is_already_is_refused(office, tom, full):
    small = make.room("Store", capacity=1)

    shown = [page_of(office, full, tom, f"/larger/{slug}") for slug in (small.slug, full.slots[0].room.slug)]

    assert [browser.status for browser in shown] == [409, 409]
    assert "The session is in this room already." in shown[1].main


def test_a_room_that_is_retired_or_unknown_is_refused(office, tom, full, seminar):
    office.do(timetable.retire_room, seminar.id, by=None, now=office.now)
    assert rooms.get(seminar.slug)

    shown = [page_of(office, full, tom, f"/larger/{slug}").status for slug in (seminar.slug, "nowhere")]

    assert shown == [409, 404]


# --- words to spread ---


def test_there_are_words_to_paste_with_the_link(office, tom):
    training_session = make.training_session(capacity=10, trainers=[tom])

    browser = page_of(office, training_session, tom, "/promote")

    address = f"https://training.example.org/sessions/{training_session.ref}"
    line, piece = [p.get_text() for p in browser.page.select("[data-app-copy]")]
    assert line == (
        "Using Social Media to Keep up to Date. Tuesday 15 December 2026, 10am to midday, Online. "
        f"Book a place: {address}"
    )
    assert piece == (
        "Using Social Media to Keep up to Date\n\nTuesday 15 December 2026, 10am to midday\nOnline\n\n"
        f"Follow the news in your field.\n\n10 places are left. Book a place: {address}"
    )


def test_the_last_few_places_are_said_to_be_so(office, tom):
    training_session = make.training_session(capacity=2, course=make.course(last_few=2), trainers=[tom])

    shown = page_of(office, training_session, tom, "/promote").main

    assert "Last 2 places: Using Social Media to Keep up to Date" in shown


def test_of_a_full_session_the_words_lead_to_the_waiting_list(office, tom, full):
    shown = page_of(office, full, tom, "/promote").main

    assert "Nobody can book it just now. All its places are taken." in shown
    assert "It is full. Join the waiting list: https://training.example.org/sessions/" in shown


def test_the_words_are_offered_while_there_are_places_to_book(office, tom, full):
    training_session = make.training_session(trainers=[tom], starts_at=make.IN_TWO_WEEKS + DAY)

    shown = [actions_on(page_of(office, each, tom)) for each in (training_session, full)]

    assert ["Tell more people about it" in actions for actions in shown] == [True, False]


# --- with fewer people ---


@pytest.fixture
def small(office, tom):
    """Five are wanted, and one has booked."""
    training_session = make.training_session(minimum=5, trainers=[tom])
    make.booking(training_session)
    return training_session


def test_it_is_run_with_those_who_have_booked_after_a_look(office, tom, small):
    browser = page_of(office, small, tom).click("Run it with fewer people")
    assert "Smallest number worth running Now 5 After 1" in browser.main
    assert "Nobody. No email is sent." in browser.main

    browser.submit("Run it with fewer people")

    assert fresh(office, small).minimum == 1
    assert "The session runs with those who come." in browser.follow().text


def test_nobody_is_told_of_low_numbers_again(office, tom, small):
    page_of(office, small, tom, "/run").submit("Run it with fewer people")
    office.now = small.starts_at - 6 * DAY

    letters = office.deliver()

    assert not [letter for letter in letters if "Low numbers" in letter.subject]


def test_a_held_place_is_not_somebody_who_comes(office, tom):
    training_session = make.training_session(capacity=2, minimum=2, trainers=[tom])
    bookings = [make.booking(training_session) for _ in range(2)]
    office.wait(make.person("Nia Nurse"), training_session)
    office.cancel(bookings[0])

    shown = page_of(office, training_session, tom)

    assert "2 people. 1 more is needed." in shown.main
    assert "Smallest number worth running Now 2 After 1" in page_of(office, training_session, tom, "/run").main


def test_there_is_nothing_to_do_where_enough_have_booked(office, tom):
    training_session = make.training_session(trainers=[tom])

    browser = page_of(office, training_session, tom, "/run")

    assert browser.status == 409
    assert "Run it with fewer people" not in actions_on(page_of(office, training_session, tom))


def test_somebody_elses_change_meanwhile_is_not_lost(office, tom, small):
    cora = make.coordinator()
    browser = page_of(office, small, tom, "/run")
    page_of(office, small, cora, "/places").submit("Continue", capacity="20").submit("Save the changes")

    browser.submit("Run it with fewer people")

    assert browser.status == 409
    assert (fresh(office, small).capacity, fresh(office, small).minimum) == (20, 5)
