from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from app import attendance
from app.notices import links
from app.notices.links import Purpose
from tests import make
from tests.pages.scene import rows


@pytest.fixture
def booking(office):
    return make.booking(make.training_session(), make.person(address="nia@example.org"))


def cancel_link(office):
    """The address of the cancel link in the newest letter, as a mail program opens it."""
    text = office.deliver()[-1].text
    return urlsplit(next(line for line in text.splitlines() if "/a/" in line)).path


def signed(office, subject, *, purpose=Purpose.CANCEL, after=timedelta(days=1), secret=None):
    token = links.sign(purpose, subject, office.now + after, secret=secret or office.app.config["SETTINGS"].secret_key)
    return f"/a/{token}"


def test_whoever_gets_the_letter_cancels_without_signing_in(office, booking):
    browser = office.browser().get(cancel_link(office))
    assert browser.heading == "Do you want to cancel your booking?"

    browser.submit("Cancel my booking")

    assert browser.heading == "Your booking is cancelled"
    assert office.fresh(booking).state == "cancelled"


def test_opening_a_link_changes_nothing_however_often_a_scanner_does_it(office, booking):
    link = cancel_link(office)
    before = rows()

    for _ in range(3):
        office.browser().get(link)
        office.browser().client.head(link, base_url="https://training.example.org")

    assert rows() == before


def test_the_button_acts_once(office, booking):
    browser = office.browser().get(cancel_link(office))
    form = browser.page.main.find("input", {"name": "csrf_token"})["value"]

    for _ in range(3):
        browser.post(browser.address, csrf_token=form)

    assert browser.heading == "Your booking is cancelled"
    assert len(office.notices("cancelled")) == 1
    assert office.fresh(booking.training_session).places_taken == 0


def test_a_used_link_says_that_the_booking_is_cancelled(office, booking):
    link = cancel_link(office)
    office.browser().get(link).submit("Cancel my booking")

    browser = office.browser().get(link)

    assert (browser.status, browser.heading) == (200, "Your booking is cancelled")
    assert browser.page.main.find("form") is None


def test_after_cancelling_the_page_shows_the_other_dates(office, booking):
    course = booking.training_session.course
    other = make.training_session(course=course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7))

    browser = office.browser().get(cancel_link(office)).submit("Cancel my booking")

    assert browser.page.main.find("a", href=f"/sessions/{other.ref}")


def test_a_link_cancels_for_its_own_person_whoever_is_signed_in_here(office, booking):
    other = make.person("Olu Other")

    office.browser(other).get(cancel_link(office)).submit("Cancel my booking")

    assert office.fresh(booking).state == "cancelled"
    assert [notice.address for notice in office.notices("cancelled")] == ["nia@example.org"]


def test_once_the_session_has_started_the_link_sends_apologies_instead(office, booking):
    link = cancel_link(office)
    office.now = booking.training_session.starts_at
    before = rows()
    browser = office.browser().get(link)
    assert (browser.status, browser.heading) == (200, "This session has started")
    assert rows() == before

    browser.submit("Send apologies")

    assert (browser.status, browser.heading) == (200, "You have sent your apologies")
    assert attendance.mark_of(booking).mark == "apologies"
    assert office.fresh(booking).state == "booked"


def test_apologies_sent_twice_are_sent_once(office, booking):
    link = cancel_link(office)
    office.now = booking.training_session.starts_at
    browser = office.browser().get(link)
    form = browser.page.main.find("input", {"name": "csrf_token"})["value"]

    for _ in range(2):
        browser.post(link, csrf_token=form, apologies="yes")

    assert (browser.status, browser.heading) == (200, "You have sent your apologies")


def test_days_after_the_session_the_link_asks_to_ring_or_email(office, booking):
    link = cancel_link(office)
    office.now = booking.training_session.ends_at + timedelta(days=2)

    browser = office.browser().get(link)

    assert (browser.status, browser.heading) == (200, "This session has started")
    assert "ring or email us" in browser.main
    assert browser.page.main.find("form") is None


def test_how_somebody_was_marked_is_for_those_who_sign_in(office, booking):
    link, cora = cancel_link(office), make.coordinator()
    office.now = booking.training_session.starts_at
    office.do(attendance.mark, booking.training_session_id, {booking.id: "part"}, by=cora, now=office.now)

    browser = office.browser().get(link)

    assert "part" not in browser.main
    assert browser.page.main.find("form") is None


def test_a_page_that_was_open_when_the_session_started_is_refused_in_words(office, booking):
    browser = office.browser().get(cancel_link(office))
    office.now = booking.training_session.starts_at

    browser.submit("Cancel my booking")

    assert browser.status == 409
    assert "has started" in browser.main
    assert office.fresh(booking).state == "booked"


def test_a_link_ends_four_weeks_after_the_session_and_says_what_to_do(office, booking):
    link = cancel_link(office)
    office.now = booking.training_session.ends_at + timedelta(days=28)

    browser = office.browser().get(link)

    assert (browser.status, browser.heading) == (410, "This link no longer works")
    assert "has expired" in browser.main
    assert browser.page.main.find("a", href="/bookings/")


def test_an_expired_link_does_not_act_either(office, booking):
    browser = office.browser().get(cancel_link(office))
    office.now = booking.training_session.ends_at + timedelta(days=28)

    browser.submit("Cancel my booking")

    assert (browser.status, office.fresh(booking).state) == (410, "booked")


@pytest.mark.parametrize("change", ["one letter", "cut short", "longer", "another case", "empty parts", "nonsense"])
def test_a_link_that_was_tampered_with_is_no_link(office, booking, change):
    token = cancel_link(office).removeprefix("/a/")
    middle = len(token) // 3
    changed = {
        "one letter": token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :],
        "cut short": token[:-4],
        "longer": token + "A",
        "another case": token.swapcase(),
        "empty parts": ".",
        "nonsense": "nonsense",
    }

    browser = office.browser().get(f"/a/{changed[change]}")

    assert (browser.status, browser.heading) == (404, "Page not found")


def test_a_link_signed_with_another_secret_is_no_link(office, booking):
    assert office.browser().get(signed(office, booking.ref, secret="x" * 32)).status == 404


def test_a_link_for_one_purpose_does_nothing_else(office, booking):
    assert office.browser().get(signed(office, booking.ref, purpose=Purpose.CONFIRM_ADDRESS)).status == 410


def test_a_link_to_a_booking_that_is_gone_says_so(office):
    assert office.browser().get(signed(office, "222222")).status == 404


def test_no_link_in_a_letter_names_anybody(office, booking):
    [letter] = office.deliver()
    addresses = [word for word in letter.text.split() if word.startswith("https://")]

    assert [link for link in addresses if "nia" in link.lower() or "@" in link] == []


@pytest.mark.slow
def test_every_link_in_a_letter_leads_to_a_page(office, booking):
    [letter] = office.deliver()
    base = office.app.config["SETTINGS"].base_url
    paths = [word.removeprefix(base) for word in letter.text.split() if word.startswith(base)]
    browser = office.browser(booking.person)

    assert {path: browser.get(path).status for path in paths} == dict.fromkeys(paths, 200)


def test_the_page_behind_a_link_is_kept_by_no_browser(office, booking):
    assert office.browser().get(cancel_link(office)).answer.headers["Cache-Control"] == "no-store"


def test_the_page_behind_a_link_does_not_tell_other_sites_its_address(office, booking):
    browser = office.browser().get(cancel_link(office))

    assert browser.answer.headers["Referrer-Policy"] == "same-origin"
    assert [a for a in browser.page.find_all("a") if a["href"].startswith("http")] == []


def letters_to(office, person):
    return [letter for letter in office.deliver() if letter.to == person.address]


def signed_in(office, letter):
    """(purpose, subject, until when) of the signed links in a letter, in the order in which they stand there."""
    tokens = [word.rpartition("/")[2] for word in letter.text.split() if "/a/" in word]
    secret = office.app.config["SETTINGS"].secret_key
    opened = [links.opened(token, now=office.now, secret=secret) for token in tokens]
    return [(link.purpose, link.subject, link.expires_at) for link in opened]


def statuses(office, person, letter):
    """What each of our links in a letter answers when the person opens it, signed in."""
    base = office.app.config["SETTINGS"].base_url
    browser = office.browser(person)
    paths = [word.removeprefix(base) for word in letter.text.split() if word.startswith(base)]
    return {path: browser.get(path).status for path in paths}


def test_an_offer_is_answered_until_four_weeks_after_the_session_and_the_list_left_for_longer(office):
    full, person = make.full_session(), make.person()
    wait = office.wait(person, full)
    office.free(full)
    offer = office.offer_on(full)

    [letter] = letters_to(office, person)

    assert signed_in(office, letter) == [
        (Purpose.ANSWER, offer.ref, full.ends_at + timedelta(days=28)),
        (Purpose.LEAVE, wait.ref, office.now + timedelta(days=400)),
    ]


def test_the_question_whether_somebody_still_wants_a_place_carries_both_answers(office):
    person = make.person()
    wait = office.wait(person, make.course())
    office.deliver()
    office.now += timedelta(days=183)
    office.catch_up()

    [letter] = letters_to(office, person)

    until = office.now + timedelta(days=400)
    assert signed_in(office, letter) == [(Purpose.STILL_WANT, wait.ref, until), (Purpose.LEAVE, wait.ref, until)]


def test_the_question_whether_somebody_is_coming_carries_both_answers(office):
    booking = make.booking(make.training_session(course=make.course(asks_to_confirm=True)))
    office.deliver()
    office.now = make.IN_TWO_WEEKS - timedelta(days=7, hours=1)

    [letter] = letters_to(office, booking.person)

    until = booking.training_session.ends_at + timedelta(days=28)
    assert signed_in(office, letter) == [(Purpose.COMING, booking.ref, until), (Purpose.CANCEL, booking.ref, until)]


def test_whoever_had_a_place_on_a_cancelled_session_may_wait_again_by_a_link(office, booking):
    office.deliver()
    office.cancel_session(booking.training_session)

    [letter] = letters_to(office, booking.person)

    until = booking.training_session.ends_at + timedelta(days=28)
    assert signed_in(office, letter) == [(Purpose.WAIT_AGAIN, booking.ref, until)]


@pytest.mark.slow
@pytest.mark.parametrize("news", ["waiting", "offered", "ran out", "moved", "cancelled", "a place is free"])
def test_every_link_in_a_letter_to_whoever_waits_leads_to_a_page(office, news):
    full, person = make.full_session(), make.person()
    office.wait(person, full)
    if news != "waiting":
        office.deliver()
    if news in {"offered", "ran out"}:
        office.free(full)
    if news == "ran out":
        office.deliver()
        office.now += timedelta(days=2)
        office.catch_up()
    if news == "moved":
        office.move(full, [make.slot(make.IN_TWO_WEEKS + timedelta(days=1), joining_link="https://meet.example.org/a")])
    if news == "cancelled":
        office.cancel_session(full)
    if news == "a place is free":
        office.now = make.IN_TWO_WEEKS - timedelta(days=1)
        office.free(full)
    [letter] = letters_to(office, person)

    found = statuses(office, person, letter)

    assert found == dict.fromkeys(found, 200)


@pytest.mark.slow
@pytest.mark.parametrize("news", ["Full", "Last 2 places", "Low numbers"])
def test_every_link_in_a_letter_to_whoever_runs_a_session_leads_to_a_page(office, news):
    tom, room = make.trainer(address="tom@example.org"), make.room()
    make.room("Lecture theatre", capacity=80)
    session = make.training_session(
        capacity=1 if news == "Full" else 3,
        minimum=1 if news == "Full" else 3,
        course=make.course(owner=tom),
        room=room,
        trainers=[tom],
    )
    make.booking(session)
    office.now = make.IN_TWO_WEEKS - timedelta(days=7, hours=1)
    [letter] = [letter for letter in letters_to(office, tom) if letter.subject.startswith(news)]

    found = statuses(office, tom, letter)

    assert found == dict.fromkeys(found, 200)


# --- waiting ---


@pytest.fixture
def wait(office):
    """Of Nia, second in line for a full session."""
    full = make.full_session()
    make.wait(full, make.person("Ann"))
    return make.wait(full, make.person("Nia Nurse"))


def paused(office):
    """Nia, who let an offer run out."""
    full = make.full_session()
    wait = make.wait(full, make.person("Nia Nurse"))
    office.free(full)
    office.now = office.offer_on(full).lapses_at
    office.catch_up()
    return full, wait


def cancelled(office, course=None, person=None):
    """A booking that fell with its session."""
    training_session = make.training_session(course=course)
    booking = make.booking(training_session, person or make.person("Nia Nurse"))
    office.cancel_session(training_session)
    return booking


@pytest.mark.parametrize("purpose", [Purpose.LEAVE, Purpose.STILL_WANT])
def test_opening_a_link_about_a_wait_changes_nothing(office, wait, purpose):
    link, before = signed(office, wait.ref, purpose=purpose), rows()

    for _ in range(3):
        assert office.browser().get(link).status == 200

    assert rows() == before


def test_opening_the_link_to_wait_again_changes_nothing(office):
    booking = cancelled(office)
    before = rows()

    browser = office.browser().get(signed(office, booking.ref, purpose=Purpose.WAIT_AGAIN))

    assert (browser.heading, rows()) == ("Do you want to wait for another date?", before)


def test_whoever_gets_the_letter_leaves_the_list_without_signing_in(office, wait):
    browser = office.browser().get(signed(office, wait.ref, purpose=Purpose.LEAVE))
    assert browser.heading == "Do you want to leave the waiting list?"

    browser.submit("Leave the waiting list")

    assert browser.heading == "You are off the waiting list"
    assert office.fresh(wait).state == "left"


def test_whoever_still_wants_a_place_says_so_without_signing_in(office):
    full, wait = paused(office)
    browser = office.browser().get(signed(office, wait.ref, purpose=Purpose.STILL_WANT))
    assert browser.heading == "Do you still want a place?"

    browser.submit("I still want a place")

    assert browser.heading == "You are still in line"
    assert office.names_on(full)[1] == ["Nia Nurse"]


def test_after_a_session_was_cancelled_they_wait_as_from_the_day_they_booked(office):
    course = make.course()
    booking = cancelled(office, course)
    office.now += timedelta(days=1)
    other = make.full_session(course=course, starts_at=make.IN_TWO_WEEKS + timedelta(days=9))
    office.wait(make.person("Ann"), other)

    browser = office.browser().get(signed(office, booking.ref, purpose=Purpose.WAIT_AGAIN))
    browser.submit("Join the waiting list")

    assert browser.heading == "You are on the waiting list"
    assert "1st in line" in browser.main
    assert office.names_on(other)[2] == ["Nia Nurse", "Ann"]


@pytest.mark.parametrize("purpose", [Purpose.LEAVE, Purpose.STILL_WANT, Purpose.WAIT_AGAIN])
def test_a_button_about_a_wait_that_is_pressed_twice_acts_once(office, wait, purpose):
    ref = cancelled(office).ref if purpose == Purpose.WAIT_AGAIN else wait.ref
    browser = office.browser().get(signed(office, ref, purpose=purpose))
    form = browser.page.main.find("input", {"name": "csrf_token"})["value"]
    said = []

    for _ in range(2):
        browser.post(browser.address, csrf_token=form)
        said.append((browser.status, browser.heading))

    assert said[0] == said[1]
    assert said[0][0] == 200


@pytest.mark.parametrize("purpose", [Purpose.LEAVE, Purpose.STILL_WANT])
def test_a_link_about_a_wait_that_is_over_says_so_and_has_no_button(office, wait, purpose):
    office.leave(wait)

    browser = office.browser().get(signed(office, wait.ref, purpose=purpose))

    assert browser.status == 200
    assert browser.page.main.find("form") is None
    assert browser.page.main.find("a", href=f"/courses/{wait.course.slug}")


def test_whoever_has_a_place_by_now_is_not_asked_to_leave(office, wait):
    other = make.training_session(course=wait.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=9))
    office.book(wait.person, other)

    browser = office.browser().get(signed(office, wait.ref, purpose=Purpose.LEAVE))

    assert browser.heading == "You have a place, and wait no more"


def test_nobody_waits_again_who_has_another_date_by_now(office):
    course, nia = make.course(), make.person("Nia Nurse")
    booking = cancelled(office, course, nia)
    browser = office.browser().get(signed(office, booking.ref, purpose=Purpose.WAIT_AGAIN))
    office.book(nia, make.training_session(course=course, starts_at=make.IN_TWO_WEEKS + timedelta(days=9)))

    browser.submit("Join the waiting list")

    assert (browser.status, browser.heading) == (409, "You already have a place")
