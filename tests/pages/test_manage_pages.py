import pytest

from tests import make
from tests.pages.scene import rows, token


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator", address="cora@example.org")


def page_of(office, training_session, person):
    return office.browser(person).get(f"/manage/sessions/{training_session.ref}")


def test_a_trainer_sees_who_is_coming_and_what_would_help_them(office):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    make.booking(training_session, make.person("Nia Nurse"), access_needs="A hearing loop\nand large print")
    make.booking(training_session, make.person("Otto Other", address=None))

    browser = page_of(office, training_session, trainer)

    assert [h2.get_text(strip=True) for h2 in browser.page.main.select(".nhsuk-card h2")] == ["Nia Nurse", "Otto Other"]
    assert "A hearing loop and large print" in browser.main
    assert "2 of 10 places taken" in browser.main


def test_whoever_cancelled_is_not_among_those_who_come(office, cora):
    training_session = make.training_session()
    office.cancel(make.booking(training_session, make.person("Nia Nurse"), access_needs="A hearing loop"))

    browser = page_of(office, training_session, cora)

    assert "Nobody has booked yet" in browser.main
    assert "hearing loop" not in browser.main


def test_trainers_see_the_joining_link_beforehand(office, cora):
    training_session = make.training_session(slots=[make.slot(joining_link="https://meet.example.org/room")])

    assert page_of(office, training_session, cora).page.main.find("a", href="https://meet.example.org/room")


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_those_who_run_a_session_see_it_whatever_its_state(office, cora, state):
    training_session = make.training_session()
    if state == "cancelled":
        office.cancel_session(training_session)
    else:
        office.do(setattr, training_session, "state", "draft")

    assert page_of(office, training_session, cora).status == 200


def test_forty_people_are_all_on_the_page(office, cora):
    training_session = make.training_session(capacity=40)
    for number in range(40):
        make.booking(training_session, make.person(f"Person {number}"))

    browser = page_of(office, training_session, cora)

    assert len(browser.page.main.select(".nhsuk-card h2")) == 40
    assert "Full" in browser.main


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
    assert "There is nothing to show." in office.browser(cora).get("/manage/notices").main


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


def test_the_courses_owner_sees_who_comes_but_not_what_would_help_them(office):
    owner = make.trainer("Olga Owner")
    training_session = make.training_session(course=make.course(owner=owner), trainers=[make.trainer()])
    make.booking(training_session, access_needs="Large print, please")

    shown = office.browser(owner).get(f"/manage/sessions/{training_session.ref}").main

    assert ("Nia Nurse" in shown, "Large print" in shown) == (True, False)


def test_every_email_about_a_session_names_its_course_reminders_too(office, cora):
    make.booking(make.training_session(course=make.course("Copyright for the busy")))

    rows = office.browser(cora).get("/manage/notices").page.find("tbody").find_all("tr")

    assert [("Copyright for the busy" in row.get_text()) for row in rows] == [True] * len(office.notices())
