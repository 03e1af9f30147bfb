from datetime import timedelta

import pytest

from app import bookings
from app.notices import links
from app.notices.links import Purpose
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.pages.scene import rows, token

DAY = timedelta(days=1)


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse")


@pytest.fixture
def offer(office, nia):
    """A place that is held for Nia; Ben waits behind her."""
    full = make.full_session()
    make.wait(full, nia)
    make.wait(full, make.person("Ben"))
    office.free(full)
    return office.offer_on(full)


def link_to(office, offer):
    secret = office.app.config["SETTINGS"].secret_key
    return f"/a/{links.sign(Purpose.ANSWER, offer.ref, office.now + DAY * 60, secret=secret)}"


def page_of(office, offer, way="from the letter"):
    """The page of an offer, as its person opens it."""
    if way == "signed in":
        return office.browser(offer.wait.person).get(f"/offers/{offer.ref}")
    return office.browser().get(link_to(office, offer))


WAYS = pytest.mark.parametrize("way", ["signed in", "from the letter"])


@WAYS
def test_an_offer_says_what_when_where_and_until_when(office, offer, way):
    browser = page_of(office, offer, way)

    wanted = (
        "Using Social Media to Keep up to Date",
        "Tuesday 15 December 2026, 10am to midday",
        "until 9am on Thursday 3 December 2026",
    )
    assert [words for words in wanted if words not in browser.main] == []
    assert [button.get_text(strip=True) for button in browser.page.main.find_all("button")] == [
        "Take this place",
        "Not this date",
        "Take me off the list",
    ]


@WAYS
def test_opening_an_offer_changes_nothing_however_often_a_scanner_does_it(office, offer, way):
    page_of(office, offer, way)
    before = rows(apart_from=("signed_in",))

    for _ in range(3):
        page_of(office, offer, way)

    assert rows(apart_from=("signed_in",)) == before


@WAYS
def test_taking_the_place_books_it(office, offer, way):
    browser = page_of(office, offer, way).submit("Take this place")

    assert (browser.status, browser.heading) == (200, "You have a place")
    assert office.names_on(offer.training_session) == (["Nia Nurse"], [], ["Ben"])


@WAYS
def test_not_this_date_passes_the_place_on_and_keeps_the_place_in_line(office, offer, way):
    browser = page_of(office, offer, way).submit("Not this date")

    assert (browser.status, browser.heading) == (200, "You have said no to this date")
    assert "You are still in line" in browser.main
    assert office.names_on(offer.training_session)[1] == ["Ben"]
    assert office.fresh(offer.wait).state == "waiting"


@WAYS
def test_take_me_off_passes_the_place_on_and_ends_the_wait(office, offer, way):
    browser = page_of(office, offer, way).submit("Take me off the list")

    assert (browser.status, browser.heading) == (200, "You are off the waiting list")
    assert office.names_on(offer.training_session)[1:] == (["Ben"], ["Ben"])


@pytest.mark.parametrize("answer", ["take", "not this date", "take me off"])
def test_an_answer_pressed_twice_is_given_once(office, offer, answer):
    browser = page_of(office, offer)
    ours, address = token(browser), link_to(office, offer)
    headings = []

    for _ in range(2):
        browser.post(address, csrf_token=ours, answer=answer)
        headings.append((browser.status, browser.heading))

    assert headings[0] == headings[1]
    assert office.fresh(offer.training_session).places_taken == 1


def test_a_press_that_answers_nothing_asks_for_an_answer(office, offer):
    browser = page_of(office, offer)
    ours, before = token(browser), rows()

    browser.post(link_to(office, offer), csrf_token=ours, answer="perhaps")

    assert (browser.status, browser.errors) == (422, ["Choose one of the answers"])
    assert rows() == before


def test_what_clashes_is_shown_and_taking_it_keeps_both(office, offer, nia):
    other = make.booking(make.training_session(course=make.course("Copyright")), nia)

    browser = page_of(office, offer)

    assert "Copyright , Tuesday 15 December 2026, 10am to midday" in browser.main
    assert browser.submit("Take it as well").heading == "You have a place"
    assert office.fresh(other).state == "booked"


def test_whoever_has_not_seen_what_clashes_is_shown_it_first(office, offer, nia):
    browser = page_of(office, offer)
    make.booking(make.training_session(course=make.course("Copyright")), nia)

    browser.submit("Take this place")

    assert (browser.status, office.fresh(offer).state) == (409, "open")
    assert "Copyright" in browser.main
    assert browser.submit("Take it as well").heading == "You have a place"


def test_whoever_asked_to_change_reads_what_they_give_up(office, nia):
    full = make.full_session()
    had = make.booking(make.training_session(course=full.course, starts_at=IN_TWO_WEEKS + DAY * 7), nia)
    make.wait(full, nia, instead_of=had.training_session_id)
    office.free(full)

    browser = page_of(office, office.offer_on(full))
    assert "you give up your place on Tuesday 22 December 2026, 10am" in browser.main

    browser.submit("Take this place")

    assert browser.heading == "You have a place"
    assert office.fresh(had).state == "cancelled"


@WAYS
@pytest.mark.parametrize("is_noted", [False, True], ids=["just now", "noted"])
def test_an_offer_that_ran_out_says_so_and_asks_whether_they_still_want_a_place(office, offer, way, is_noted):
    office.now = offer.lapses_at
    if is_noted:
        office.catch_up()

    browser = page_of(office, offer, way)

    assert (browser.status, browser.heading) == (410, "This offer has run out")
    assert "You have kept your place in line." in browser.main
    assert browser.submit("I still want a place").heading == "You are still in line"


def test_still_wanting_a_place_before_the_worker_has_noted_that_it_ran_out_is_not_forgotten(office, offer):
    wait = offer.wait
    office.now = offer.lapses_at
    page_of(office, offer).submit("I still want a place")

    office.catch_up()

    assert office.fresh(offer).state == "lapsed"
    assert office.fresh(wait).paused_at is None


def test_the_place_of_an_offer_that_ran_out_is_not_taken_by_a_page_that_was_open(office, offer):
    browser = page_of(office, offer)
    office.now = offer.lapses_at

    browser.submit("Take this place")

    assert (browser.status, browser.heading) == (410, "This offer has run out")
    assert bookings.live_on(offer.training_session) == []


def test_in_the_last_day_an_offer_that_ran_out_leads_to_what_is_free(office, nia):
    full = make.full_session(starts_at=office.now + timedelta(hours=30))
    make.wait(full, nia)
    office.free(full)
    offer = office.offer_on(full)
    office.now = full.starts_at - timedelta(hours=10)
    office.catch_up()

    browser = page_of(office, offer)

    assert browser.page.main.find("a", href=f"/sessions/{full.ref}/book")


def test_an_offer_that_fell_with_its_session_says_so(office, offer):
    office.cancel_session(offer.training_session)

    browser = page_of(office, offer)

    assert (browser.status, browser.heading) == (410, "This offer is not open any more")


def test_somebody_elses_offer_looks_as_if_there_were_none(office, offer):
    browser = office.browser(make.person("Sam Staff"))
    found = [(browser.get(f"/offers/{ref}").status, browser.main) for ref in (offer.ref, "222222")]

    assert (found[0], found[0][0]) == (found[1], 404)


def test_nobody_answers_for_somebody_else(office, offer):
    browser = office.browser(make.coordinator())

    browser.post(f"/offers/{offer.ref}", csrf_token=token(browser), answer="take")

    assert (browser.status, office.fresh(offer).state) == (404, "open")


def test_whoever_reads_the_letters_of_somebody_without_an_address_answers_for_them(office):
    cora, full = make.coordinator(), make.full_session()
    make.wait(full, make.person("Kit Known", address=None), by=cora)
    office.free(full)

    browser = page_of(office, office.offer_on(full))
    assert "This is for Kit Known" in browser.main

    browser.submit("Take this place")

    assert office.names_on(full)[0] == ["Kit Known"]
