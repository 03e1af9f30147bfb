import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_string, policy

import icalendar
import jinja2
import pytest
from bs4 import BeautifulSoup

from app.notices import kinds
from app.notices.invites import Mailbox
from tests.notices import letters

HOSTILE = '<script>alert(1)</script> & "you"\r\nBcc: all@example.org\x00\u202e {{ 7 * 7 }}'


def calendar_of(letter):
    return icalendar.Calendar.from_ical(letter.calendar)


def event_of(letter):
    return calendar_of(letter).walk("VEVENT")[0]


def test_the_subject_says_what_happened_and_when(instance):
    letter = letters.write(letters.BOOKED, instance)

    assert letter.subject == "Booked: Using Social Media to Keep up to Date, Tue 12 Jan 2027, 2pm"


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("moved", "New time and room: Using Social Media"),
        ("moved_link", "New joining link: Job shadowing"),
        ("cancelled", "You cancelled: Using Social Media"),
        ("cancelled_by_another", "Place cancelled: Using Social Media"),
        ("cancelled_by_calendar", "You declined: Using Social Media"),
        ("give_up_asked", "Give up your place? Using Social Media"),
        ("parts_declined", "Give up all parts? Critical appraisal"),
        ("not_booked", "Not booked: Using Social Media"),
        ("entry_again_with_new_words", "Calendar entry updated: Using Social Media"),
        ("entry_again_after_an_answer_about_an_earlier_time", "Still booked: Using Social Media"),
        (
            "trainer_declined_a_part",
            "A trainer may not come: Critical appraisal in two afternoons (2 of 2), Tue 19 Jan",
        ),
        ("passed_on", "Reply from nia.nurse@hospital.nhs.uk: Using Social Media"),
        ("passed_on_about_no_session", "Email from nia.nurse@hospital.nhs.uk: Parking"),
        ("session_cancelled", "Session cancelled: Using Social Media"),
        ("session_full", "Full: Using Social Media"),
        ("reminder", "Reminder: Using Social Media"),
        ("reminder_tomorrow", "Tomorrow: Job shadowing"),
    ],
)
def test_a_subject_begins_with_the_news(instance, name, begins):
    assert letters.write(letters.EVERY[name], instance).subject.startswith(begins)


def test_a_long_title_leaves_room_for_the_date(instance):
    about = replace(letters.SOCIAL_MEDIA, course="Finding, judging and keeping up with evidence " * 3)

    subject = letters.write(replace(letters.BOOKED, about=about), instance).subject

    assert subject == "Booked: Finding, judging and keeping up with evidence Finding…, Tue 12 Jan 2027, 2pm"


@pytest.mark.parametrize("name", ["booked", "moved", "reminder", "cancelled", "give_up_asked", "not_booked"])
def test_whoever_booked_for_somebody_else_gets_no_link_to_a_page_that_they_may_not_see(instance, name):
    letter = letters.write(replace(letters.EVERY[name], for_name="Joan Armah"), instance)

    assert "Joan Armah" in letter.text
    assert "/bookings/" not in letter.text + letter.html


def test_times_are_told_by_the_services_clock(instance):
    letter = letters.write(letters.EVERY["booked_online"], instance)

    assert "When: Tuesday 6 July 2027, 9:30am to 11am" in letter.text  # 08:30 in UTC
    assert str(event_of(letter)["DTSTART"].dt) == "2027-07-06 09:30:00+01:00"


def test_text_and_html_say_the_same(instance):
    for name, facts in letters.EVERY.items():
        letter = letters.write(facts, instance)
        told = re.findall(r"\w+", BeautifulSoup(letter.html, "html.parser").body.get_text(" "))
        assert set(told) <= set(re.findall(r"\w+", letter.text)), name


def test_lines_of_text_fit_a_narrow_window(instance):
    for facts in letters.EVERY.values():
        for line in letters.write(facts, instance).text.split("\n"):
            assert len(line) <= 76 or " " not in line.strip()


def test_every_letter_ends_with_whom_to_ask(instance):
    for facts in letters.EVERY.values():
        letter = letters.write(facts, instance)
        assert letter.text.endswith(
            "Northgate Library and Knowledge Service\n\n"
            "Stuck? Please ring 01632 960 001 or email library@example.org.\n"
        )


def test_a_service_that_gives_no_contact_is_reached_at_its_own_mailbox(instance):
    letter = letters.write(letters.BOOKED, instance, contact_phone="", contact_email="")

    assert letter.text.endswith("Stuck? Please email training@library.nhs.uk.\n")


def test_html_is_one_plain_accessible_page(instance):
    for name, facts in letters.EVERY.items():
        soup = BeautifulSoup(letters.write(facts, instance).html, "html.parser")
        assert len(soup.find_all("h1")) == 1, name
        assert soup.html["lang"] == "en"
        assert soup.title.string
        assert not soup.find_all(["img", "script", "link", "style", "iframe", "form"])
        assert all(cell.get("scope") for cell in soup.find_all("th"))
        assert all(link["href"].startswith("https://") for link in soup.find_all("a"))


def test_hostile_text_in_any_fact_is_inert(instance):
    part = replace(letters.IT_ROOM, room=HOSTILE, site=HOSTILE, address=HOSTILE, access=HOSTILE, directions=HOSTILE)
    about = kinds.About(
        course=HOSTILE,
        course_ref="course",
        session_ref="K7QX2M",
        parts=(replace(part, joining_link="javascript:alert(1)"),),
        language='en"><script>',
        summary=HOSTILE,
        bring=HOSTILE,
        trainers=(HOSTILE,),
    )
    to = Mailbox(name=HOSTILE, address=letters.AMINA.address)
    for facts in (
        replace(letters.BOOKED, about=about, booked_by=HOSTILE),
        replace(letters.MOVED, about=about, words=HOSTILE, clashes=(HOSTILE,)),
        replace(letters.CANCELLED, about=about, why=HOSTILE, cancelled_by=HOSTILE),
        replace(letters.CONFIRM_ADDRESS, person_name=HOSTILE),
        replace(letters.NOTE, about=about, person_name=HOSTILE, words=HOSTILE),
        replace(letters.TRAINER_DECLINED, about=about, trainer_name=HOSTILE, words=HOSTILE),
        replace(letters.PASSED_ON, about=about, sender=HOSTILE, subject=HOSTILE, words=HOSTILE),
    ):
        letter = letters.write(facts, instance, to=to)
        soup = BeautifulSoup(letter.html, "html.parser")
        assert not soup.find_all("script")
        assert not soup.find_all("a", href=re.compile("^javascript"))
        assert "\n" not in letter.subject
        assert "\r" not in letter.subject + letter.text
        assert "\n" not in letter.reply_to
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", letter.subject + letter.text + letter.html)
        assert "{{ 7 * 7 }}" in letter.text
        headers = message_from_string(f"Subject: {letter.subject}\n\n", policy=policy.default)
        assert headers.keys() == ["Subject"]


def test_line_breaks_in_free_text_are_kept_and_in_a_title_are_not(instance):
    about = replace(letters.SOCIAL_MEDIA, course="Two\nlines", bring="Laptop\nStaff card")

    letter = letters.write(replace(letters.BOOKED, about=about), instance)

    assert "What to bring: Laptop\n  Staff card\n" in letter.text
    assert "Laptop<br>\nStaff card" in letter.html
    assert letter.subject.startswith("Booked: Two lines, ")


def test_a_title_in_another_language_says_so(instance):
    about = replace(letters.SOCIAL_MEDIA, course="Gwella & gofal", language="cy")

    letter = letters.write(replace(letters.BOOKED, about=about), instance)

    assert '<span lang="cy" dir="auto">Gwella &amp; gofal</span>' in letter.html
    assert "You are booked on Gwella & gofal" in letter.text


def test_where_replies_are_not_read_the_letter_says_that_declining_is_not_enough(instance):
    letter = letters.write(letters.BOOKED, instance)

    sentence = "Declining in your calendar does not cancel your place: use this link"
    assert sentence in " ".join(letter.text.split())
    assert sentence in letter.html
    assert sentence in event_of(letter)["DESCRIPTION"]


def test_where_replies_are_read_the_letter_says_that_declining_is_enough(instance):
    letter = letters.write(letters.BOOKED, instance, replies="pipe")

    sentence = (
        "You have a place. You do not need to reply. If you cannot come, choose Decline or use this link, "
        "so that someone else can have it"
    )
    assert sentence in " ".join(letter.text.split())
    assert sentence in letter.html
    assert sentence in event_of(letter)["DESCRIPTION"]
    assert letters.links_for(letters.BOOKED)["cancel"] in letter.text  # the plain link is always there


@pytest.mark.parametrize("name", ["booked", "entry", "moved", "entry_again_as_asked", "reminder", "written"])
def test_every_letter_to_whoever_has_a_place_says_what_declining_does(instance, name):
    unread = letters.write(letters.EVERY[name], instance)
    read = letters.write(letters.EVERY[name], instance, replies="pipe")

    assert "Declining in your calendar does not cancel your place" in " ".join(unread.text.split())
    assert "choose Decline" not in unread.text
    assert "choose Decline or use this link" in " ".join(read.text.split())
    assert "Declining" not in read.text


@pytest.mark.parametrize("replies", ["none", "pipe"])
def test_whoever_has_no_entry_is_not_told_to_decline_it(instance, replies):
    for facts in (letters.BOOKED, letters.MOVED):
        letter = letters.write(replace(facts, invite=None, has_entry=False), instance, replies=replies)
        assert not re.search("declin", letter.text, re.IGNORECASE)
        assert letters.links_for(facts)["cancel"] in letter.text


@pytest.mark.parametrize("name", ["trainer_entry", "session_news_with_an_entry", "session_news_added_with_an_entry"])
def test_letter_and_entry_tell_a_trainer_what_declining_does(instance, name):
    unread = letters.write(letters.EVERY[name], instance)
    read = letters.write(letters.EVERY[name], instance, replies="pipe")

    for letter, sentence in (
        (unread, "Declining in your calendar tells nobody: ring or email us if you cannot run it."),
        (read, "You do not need to reply. If you decline, our coordinators hear of it, and nothing else happens."),
    ):
        assert sentence in " ".join(letter.text.split())
        assert sentence in event_of(letter)["DESCRIPTION"]


def test_a_trainers_entry_leads_to_the_sessions_page(instance):
    event = event_of(letters.write(letters.TRAINER_ENTRY, instance))

    assert event["URL"] == "https://training.library.nhs.uk/manage/sessions/K7QX2M"
    assert "/bookings/" not in event["DESCRIPTION"]


def test_whoever_declined_reads_until_when_the_place_is_held(instance):
    facts = replace(letters.DECLINED, held_until=datetime(2027, 7, 5, 13, 15, tzinfo=UTC))

    letter = letters.write(facts, instance)

    assert "Until Monday 5 July 2027, 2:15pm the place is held for you." in " ".join(letter.text.split())


def test_an_entry_says_where_and_how_to_cancel(instance):
    event = event_of(letters.write(letters.BOOKED, instance))

    assert event["SUMMARY"] == "Using Social Media to Keep up to Date"
    assert event["LOCATION"] == "IT training room, Northgate Hospital, Northgate Road, Northgate NG1 2AB"
    assert event["URL"] == "https://training.library.nhs.uk/bookings/B00KED"
    assert event["ORGANIZER"] == "mailto:training@library.nhs.uk"
    assert event["DESCRIPTION"] == (
        "Practical ways to use social media to follow the latest news in your field.\n\n"
        "With: Rosa Díaz, Tomasz Wiśniewski\n\n"
        "What to bring: Your staff card, to sign in at the PCs\n\n"
        "How to find it: Education Centre, first floor, turn left out of the lift\n\n"
        "Access: Step-free; accessible toilet on the same floor\n\n"
        "Declining in your calendar does not cancel your place: use this link.\n"
        "Cancel or change: https://training.library.nhs.uk/bookings/B00KED"
    )


def test_each_part_has_an_entry_of_its_own(instance):
    first = event_of(letters.write(letters.EVERY["booked_two_parts"], instance))
    second = event_of(letters.write(letters.EVERY["entry"], instance))

    assert first["SUMMARY"] == "Critical appraisal in two afternoons (1 of 2)"
    assert second["SUMMARY"] == "Critical appraisal in two afternoons (2 of 2)"
    assert str(second["DTSTART"].dt.date()) == "2027-01-19"


def test_a_cancellation_takes_the_entry_out(instance):
    letter = letters.write(letters.CANCELLED, instance)

    assert letter.method == "CANCEL"
    assert calendar_of(letter)["METHOD"] == "CANCEL"
    assert event_of(letter)["STATUS"] == "CANCELLED"
    assert event_of(letter)["SEQUENCE"] == 1


def test_whoever_gave_up_a_place_gets_no_joining_link(instance):
    for facts in (
        replace(letters.CANCELLED, about=letters.WEBINAR),
        replace(letters.DECLINED, about=letters.WEBINAR),
        replace(letters.NOT_BOOKED, about=letters.WEBINAR),
        replace(letters.EVERY["trainer_entry_removed"], about=letters.WEBINAR),
        replace(letters.EVERY["session_news_removed_with_an_entry"], about=letters.WEBINAR),
        replace(letters.EVERY["session_cancelled"], about=letters.WEBINAR),
    ):
        letter = letters.write(facts, instance)
        assert "meet.example.org" not in letter.text + letter.html + (letter.calendar or b"").decode()


def test_whoever_booked_for_somebody_without_an_address_gets_no_calendar_entry(instance):
    letter = letters.write(letters.EVERY["booked_for_somebody_without_address"], instance)

    assert letter.calendar is None
    assert "Joan Armah is booked on Using Social Media to Keep up to Date" in letter.text
    assert "If Joan Armah cannot come" in letter.text


def test_the_same_letter_is_the_same_bytes(instance):
    for facts in letters.EVERY.values():
        assert letters.write(facts, instance) == letters.write(facts, instance)


def test_a_service_may_write_a_letter_of_its_own(tmp_path):
    folder = tmp_path / "templates" / "notices"
    folder.mkdir(parents=True)
    (folder / "booked.jinja").write_text(
        '{% extends "notices/letter.jinja" %}'
        "{% block subject %}Croeso{% endblock %}"
        "{% block body %}{{ say('Welcome to ' ~ about.course ~ ' & bring cake.') }}{% endblock %}"
    )

    letter = letters.write(letters.BOOKED, tmp_path)

    assert letter.subject == "Croeso"
    assert "Welcome to Using Social Media to Keep up to Date & bring cake." in letter.text
    assert "& bring cake" not in letter.html
    assert "&amp; bring cake." in letter.html


def test_a_misspelt_name_in_a_letter_is_a_fault_and_not_a_gap(tmp_path):
    folder = tmp_path / "templates" / "notices"
    folder.mkdir(parents=True)
    (folder / "booked.jinja").write_text(
        '{% extends "notices/letter.jinja" %}'
        "{% block subject %}Croeso{% endblock %}"
        "{% block body %}{{ abuot }}{% endblock %}"
    )

    with pytest.raises(jinja2.UndefinedError, match="abuot"):
        letters.write(letters.BOOKED, tmp_path)
