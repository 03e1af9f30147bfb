import csv
from io import StringIO

import pytest

from tests import make
from tests.pages.scene import rows, token


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator", address="cora@example.org")


def test_emails_are_listed_with_the_newest_first(office, cora):
    make.booking(make.training_session(course=make.course("First")), make.person(address="nia@example.org"))
    make.booking(make.training_session(course=make.course("Second")), make.person(address="olu@example.org"))
    office.deliver()

    browser = office.browser(cora).get("/manage/notices?state=sent")

    lines = [row.get_text(" ", strip=True) for row in browser.page.main.select("tbody tr")]
    assert [
        ("olu@example.org" in lines[0], "Second" in lines[0]),
        ("nia@example.org" in lines[1], "First" in lines[1]),
    ] == [
        (True, True),
        (True, True),
    ]


def test_an_empty_list_says_so(office, cora):
    assert "No email has been written yet." in office.browser(cora).get("/manage/notices").main


def test_emails_are_narrowed_by_what_became_of_them(office, cora):
    make.booking(make.training_session())
    browser = office.browser(cora).get("/manage/notices")

    shown = {
        state: len(browser.get(f"/manage/notices?state={state}").page.main.select("tbody tr"))
        for state in ("waiting", "sent", "failed", "withdrawn", "sending")
    }

    assert shown == {
        "waiting": len(office.notices(state="waiting")),
        "sent": 0,
        "failed": 0,
        "withdrawn": 0,
        "sending": 0,
    }


def test_many_emails_come_in_pages_of_fifty_each_once(office, cora):
    training_session = make.training_session(capacity=18)
    for _ in range(18):  # each with a confirmation and two reminders
        make.booking(training_session)
    browser = office.browser(cora).get("/manage/notices")
    counts = [len(browser.page.main.select("tbody tr"))]

    while browser.page.find("a", string="Older emails"):
        browser.click("Older emails")
        counts.append(len(browser.page.main.select("tbody tr")))

    assert sum(counts) == len(office.notices())
    assert set(counts[:-1]) == {50}


def test_an_email_that_failed_shows_why_and_can_be_sent_again(office, cora):
    make.booking(make.training_session(), make.person(address="nia@example.org"))
    office.say(
        "UPDATE notices SET state = 'failed', next_at = NULL, fault = 'The mailbox is full' WHERE kind = 'booked'"
    )
    browser = office.browser(cora).get("/manage/notices?state=failed")
    assert "The mailbox is full" in browser.main

    browser.submit("Send again").follow()

    assert "on its way again" in browser.main
    assert [letter.to for letter in office.deliver()] == ["nia@example.org"]


def test_an_email_that_newer_news_made_untrue_is_not_sent_again(office, cora):
    booking = make.booking(make.training_session())
    office.deliver()
    number = office.notices("booked")[0].id
    office.cancel(booking)
    before, browser = rows(apart_from=("signed_in",)), office.browser(cora)

    browser.post(f"/manage/notices/{number}/again", csrf_token=token(browser))

    assert browser.status == 409
    assert "no longer true" in browser.main
    assert rows(apart_from=("signed_in",)) == before


def test_a_sign_in_email_has_no_button_to_send_it_again(office, cora):
    office.browser().get("/sign-in").submit("Email me a link", email="cora@example.org")
    office.deliver()

    browser = office.browser(cora).get("/manage/notices")

    assert "Sign-in link" in browser.main
    assert "Send again" not in browser.main


def test_emails_that_should_have_left_are_pointed_out(office, cora):
    make.booking(make.training_session())
    office.now += make.timedelta(minutes=16)

    assert "1 email should have left by now" in office.browser(cora).get("/manage/notices").main


@pytest.mark.parametrize("who", ["coordinator", "trainer", "staff"])
def test_only_coordinators_find_the_emails_in_their_menu(office, who):
    person = {"coordinator": make.coordinator, "trainer": make.trainer, "staff": make.person}[who]()

    menu = office.browser(person).get("/help").page.find("nav", {"aria-label": "Menu"})

    assert bool(menu.find("a", href="/manage/notices")) == (who == "coordinator")


def test_every_email_about_a_session_names_its_course_reminders_too(office, cora):
    make.booking(make.training_session(course=make.course("Copyright for the busy")))

    rows = office.browser(cora).get("/manage/notices").page.find("tbody").find_all("tr")

    assert [("Copyright for the busy" in row.get_text()) for row in rows] == [True] * len(office.notices())


def lines_of(browser):
    return list(csv.DictReader(StringIO(browser.answer.get_data().decode("utf-8-sig"))))


def test_the_list_comes_as_a_spreadsheet_too_narrowed_as_it_is(office, cora):
    make.booking(
        make.training_session(course=make.course("=Copyright")), make.person("=Nia", address="nia@example.org")
    )
    office.deliver()

    lines = lines_of(office.browser(cora).get("/manage/notices.csv?state=sent"))

    assert lines == [
        {
            "Email": "Booked",
            "Course": "'=Copyright",
            "To": "'=Nia",
            "Address": "nia@example.org",
            "State": "Sent",
            "Queued": "2026-12-01 09:00",
            "Due": "2026-12-01 09:00",
            "Sent": "2026-12-01 09:00",
            "What went wrong": "",
        }
    ]


def test_the_page_leads_to_the_spreadsheet_of_what_it_shows(office, cora):
    make.booking(make.training_session())
    browser = office.browser(cora).get("/manage/notices?state=waiting")

    browser.click("Download as a spreadsheet")

    assert len(lines_of(browser)) == len(office.notices(state="waiting"))
