from datetime import timedelta

import pytest

from tests import make
from tests.conftest import settings_for
from tests.pages.scene import token

MAIL = b"From: nia@example.org\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>\xff"


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator", address="cora@example.org")


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse", address="nia@example.org")


@pytest.fixture
def reads_replies(office, database, monkeypatch):
    monkeypatch.setitem(office.app.config, "SETTINGS", settings_for(database, replies="pipe"))


def lines_of(browser):
    return [row.get_text(" ", strip=True) for row in browser.page.main.select("tbody tr")]


# --- the list ---


def test_what_waits_for_a_coordinator_comes_first_and_all_replies_on_request(office, cora, nia, reads_replies):
    booking = make.booking(make.training_session(course=make.course("Searching")), nia)
    make.reply(booking)
    make.reply(booking, did="noted", why="accepted", answer="ACCEPTED", state="done")

    browser = office.browser(cora).get("/manage/replies")

    [line] = lines_of(browser)
    assert "Nia Nurse" in line
    assert "Declined" in line
    assert "Searching" in line
    assert "Not done yet. Look at it first: many declines of this session came at once." in line
    assert [("Accepted" in each, "Declined" in each) for each in lines_of(browser.click("All replies"))] == [
        (True, False),
        (False, True),
    ]


def test_when_nothing_waits_all_replies_are_shown(office, cora, nia, reads_replies):
    make.reply(make.booking(make.training_session(), nia), did="noted", why="accepted", answer="ACCEPTED", state="done")

    browser = office.browser(cora).get("/manage/replies")

    assert len(lines_of(browser)) == 1
    assert "Nothing waits for you." in browser.click("Waiting for you").main


def test_an_empty_list_says_so(office, cora, reads_replies):
    assert "Nothing has come yet." in office.browser(cora).get("/manage/replies").main


def test_where_replies_are_not_read_the_page_says_so_and_what_to_set(office, cora):
    browser = office.browser(cora).get("/manage/replies")

    assert "Roomful does not read replies here." in browser.main
    assert "REPLIES" in browser.main


@pytest.mark.parametrize("count", [1, 3])
def test_three_replies_ask_the_database_as_often_as_one(office, cora, nia, count, reads_replies):
    for number in range(count):
        starts_at = make.IN_TWO_WEEKS + timedelta(days=number)
        make.reply(make.booking(make.training_session(starts_at=starts_at), nia))
    browser = office.browser(cora)

    with office.statements() as said:
        browser.get("/manage/replies")

    assert len(said) == 4


def test_many_replies_come_in_pages_of_fifty_each_once(office, cora, reads_replies):
    for number in range(60):
        make.reply(did="dropped", why="unknown", answer="", state="done", sender=f"s{number}@example.org")
    browser = office.browser(cora).get("/manage/replies?show=all")
    first = lines_of(browser)

    second = lines_of(browser.click("Older replies"))

    assert (len(first), len(second), len({*first, *second})) == (50, 10, 60)


@pytest.mark.parametrize("before", ["-1", "none", "99999999999999999999"])
def test_a_made_up_place_in_the_list_is_no_fault(office, cora, before, reads_replies):
    assert office.browser(cora).get(f"/manage/replies?before={before}").status == 200


def test_the_menu_of_coordinators_says_how_many_wait_on_the_pages_of_those_who_run_training(
    office, cora, reads_replies
):
    make.reply()
    browser = office.browser(cora)

    menus = [
        browser.get(address).page.nav.find_next("nav").get_text(" ", strip=True)
        for address in ("/manage/notices", "/help")
    ]

    assert ["Replies (1)" in menu for menu in menus] == [True, False]
    assert ["Replies" in menu for menu in menus] == [True, True]


def test_trainers_and_staff_have_no_replies_in_their_menu(office, reads_replies):
    assert "Replies" not in office.browser(make.trainer()).get("/manage/timetable").text


# --- one reply ---


def test_a_held_decline_is_let_through_by_a_coordinator(office, cora, nia):
    booking = make.booking(make.training_session(), nia)
    reply = make.reply(booking)
    browser = office.browser(cora).get(f"/manage/replies/{reply.id}")

    browser.submit("Give up the place").follow()

    assert office.fresh(booking).state == "cancelled"
    assert "Cora Coordinator decided this" in browser.main
    assert "The place is held for them until 9:15am." in browser.main


def test_a_held_decline_is_left_as_it_is_and_waits_no_more(office, cora, nia):
    booking = make.booking(make.training_session(), nia)
    reply = make.reply(booking)
    browser = office.browser(cora).get(f"/manage/replies/{reply.id}")

    browser.submit("Leave it as it is").follow()

    assert office.fresh(booking).state == "booked"
    assert office.fresh(reply).state == "settled"
    assert browser.page.main.find("form") is None


def test_two_coordinators_who_decide_at_once_are_no_fault(office, cora, nia):
    reply = make.reply(make.booking(make.training_session(), nia))
    one, other = (office.browser(who).get(f"/manage/replies/{reply.id}") for who in (cora, make.coordinator("Colin")))
    one.submit("Leave it as it is")

    other.submit("Give up the place")

    assert other.status == 409
    assert "Somebody has decided this already." in other.main


def test_a_release_is_taken_back_and_the_page_shows_what_came_of_it(office, cora, nia):
    training_session = make.training_session(capacity=1)
    reply = make.reply(make.declined(training_session, nia), did="released", why="", state="done")
    browser = office.browser(cora).get(f"/manage/replies/{reply.id}")

    browser.submit("Take it back").follow()

    assert "They have their place again." in browser.main
    assert "They have a place on this session again." in browser.main
    assert office.names_on(training_session)[0] == ["Nia Nurse"]


def test_a_release_whose_place_has_gone_on_leads_to_a_place_in_line(office, cora, nia):
    training_session = make.training_session(capacity=1)
    reply = make.reply(make.declined(training_session, nia), did="released", why="", state="done")
    make.wait(training_session, make.person("Wim Waiting"))
    office.now += timedelta(minutes=16)
    office.catch_up()
    browser = office.browser(cora).get(f"/manage/replies/{reply.id}")
    assert "The place has gone on." in browser.main

    browser.submit("Take it back").follow()

    assert "They wait for this date, as from the day they booked." in browser.main
    assert "Nia Nurse" in office.names_on(training_session)[2]


def test_what_is_written_in_words_can_only_be_left(office, cora):
    reply = make.reply(
        did="left", why="words", answer="", method="", words="Can I bring a friend?", sender="x@example.org"
    )

    browser = office.browser(cora).get(f"/manage/replies/{reply.id}")

    assert "Can I bring a friend?" in browser.main
    assert [button.get_text(strip=True) for button in browser.page.main.find_all("button")] == ["Leave it as it is"]


def test_what_was_read_of_the_calendar_part_is_shown(office, cora, nia):
    reply = make.reply(
        make.booking(make.training_session(), nia), uid="b1@example.org", sequence=2, stamped_at=office.now
    )

    shown = office.browser(cora).get(f"/manage/replies/{reply.id}").page.main.find("details").get_text(" ", strip=True)

    assert shown == (
        "What was read of its calendar part METHOD REPLY PARTSTAT DECLINED UID b1@example.org SEQUENCE 2 "
        "DTSTAMP Tue 1 Dec 2026, 9am"
    )


def test_long_words_are_kept_short(office, cora):
    reply = make.reply(did="left", why="words", answer="", words="x" * 4000)

    assert office.browser(cora).get(f"/manage/replies/{reply.id}").main.count("x" * 100) == 10


def test_the_mail_itself_is_saved_as_text_and_never_shown(office, cora):
    reply = make.reply(raw=MAIL)

    answer = office.browser(cora).get(f"/manage/replies/{reply.id}/mail").answer

    assert answer.get_data() == MAIL
    assert {
        name: answer.headers[name] for name in ("Content-Type", "Content-Disposition", "X-Content-Type-Options")
    } == {
        "Content-Type": "text/plain",
        "Content-Disposition": f'attachment; filename="reply-{reply.id}.txt"',
        "X-Content-Type-Options": "nosniff",
    }


def test_a_mail_that_has_been_forgotten_is_not_offered_and_not_found(office, cora):
    reply = make.reply(raw=None)
    browser = office.browser(cora).get(f"/manage/replies/{reply.id}")

    assert "Download" not in browser.main
    assert browser.get(f"/manage/replies/{reply.id}/mail").status == 404


@pytest.mark.parametrize("end", ["", "/mail"])
def test_a_reply_that_is_not_there_is_not_found(office, cora, end):
    assert office.browser(cora).get(f"/manage/replies/999{end}").status == 404


@pytest.mark.parametrize("end", ["give-up", "leave", "undo"])
def test_a_button_of_a_reply_that_is_not_there_does_nothing(office, cora, end):
    browser = office.browser(cora)

    assert browser.post(f"/manage/replies/999/{end}", csrf_token=token(browser)).status == 404


# --- at the person ---


def test_an_email_that_came_back_is_shown_at_the_person_and_stops_nothing(office, cora, nia):
    make.reply(did="came_back", why="", answer="", state="done", person_id=nia.id, details="nia@example.org 5.1.1: No")

    browser = office.browser(cora).get(f"/manage/people/{nia.ref}")

    assert "An email to them came back , Tue 1 Dec 2026, 9am: nia@example.org 5.1.1: No" in browser.main
    assert "We go on emailing them" in browser.main


def test_what_came_back_long_ago_is_not_shown(office, cora, nia):
    make.reply(did="came_back", why="", answer="", state="done", person_id=nia.id, details="nia@example.org 5.1.1: No")
    office.now += timedelta(days=61)

    assert "came back" not in office.browser(cora).get(f"/manage/people/{nia.ref}").main
