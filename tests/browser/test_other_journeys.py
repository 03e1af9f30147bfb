import pytest
from sqlalchemy import update

from app import demo
from app.db import db, transaction
from app.notices.outbox import Notice
from tests import make
from tests.browser.screen import PHONE

pytestmark = pytest.mark.slow


def test_somebody_changes_their_details(screens):
    screen = screens(width=PHONE, person=make.person()).open("/me")

    screen.fill("Your name", "Łucja Wójcik").fill("Your phone number", "ext 4021").click("Save my details")

    assert "Your details have been saved." in screen.main
    assert screen.page.get_by_label("Your phone number").input_value() == "ext 4021"
    assert screen.page.get_by_role("banner").get_by_text("Łucja Wójcik").is_visible()


def test_a_coordinator_sends_a_failed_email_again(office, screens):
    make.booking(make.training_session())
    with transaction():
        failed = {"state": "failed", "fault": "No such mailbox", "next_at": None}
        db.session.execute(update(Notice).where(Notice.kind == "booked").values(failed))
    screen = screens(person=make.coordinator()).open("/").click("Emails")
    assert "No such mailbox" in screen.main

    screen.click("Send again")

    assert "The email is on its way again." in screen.main
    assert "Booked: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am" in [
        letter.subject for letter in office.deliver()
    ]


def test_the_demo_lets_one_be_a_member_of_staff(screens):
    make.person("Hana Care", address=demo.ROLES["staff"])
    training_session = make.training_session()
    screen = screens(width=PHONE).open(f"/sessions/{training_session.ref}").click("Book a place")

    screen.click("Be a member of staff")

    assert screen.heading == "Book a place"
    assert "Booking for Hana Care" in screen.main


def test_an_error_summary_has_the_focus_and_leads_to_the_field(screens):
    screen = screens(width=PHONE).open("/sign-in").click("Email me a link")
    assert screen.page.title().startswith("Error: ")
    assert screen.focused.startswith("There is a problem")

    screen.tab_to("Enter your work email address").press("Enter")

    assert screen.focused == "Your work email address"


def test_sessions_are_found_by_words_and_by_filters(screens):
    make.training_session()
    make.training_session(course=make.course("Critical appraisal", topic="Evidence"))
    screen = screens(width=PHONE).open("/")

    screen.fill("Find a session", "appraisal").click("Search")
    assert "1 session for ‘appraisal’" in screen.main
    screen.click("Show all sessions").page.get_by_text("Choose by topic or place").click()
    screen.page.get_by_label("Topic").select_option("Keeping up to date")
    screen.click("Show these sessions")

    assert "1 session for Keeping up to date" in screen.main
    assert "Critical appraisal" not in screen.main


def test_a_month_is_a_grid_at_a_desk_and_a_list_of_days_on_a_phone(screens):
    make.training_session()
    desk, phone = (screens(width=width).open("/?view=month") for width in (1280, PHONE))
    assert desk.page.get_by_role("columnheader", name="Monday").is_visible()
    assert phone.page.get_by_text("Tuesday 15 December").is_visible()
