"""Every letter, as it leaves: read these files before changing a word.

After a change that is meant: WRITE_GOLDEN=1 pytest tests/notices/test_letters.py, then read the diff.
"""

import dataclasses
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_origin, get_type_hints

import pytest
from bs4 import BeautifulSoup

from app.notices import kinds, outbox, pens, render
from app.pages import letter_links
from tests.notices import letters
from tests.notices.golden_files import assert_golden

GOLDEN = Path(__file__).with_name("golden")
OF_WAITS = {name: facts for name, facts in letters.EVERY.items() if isinstance(facts, kinds.OfWait)}


@pytest.mark.parametrize("name", letters.EVERY)
def test_a_letter_is_as_we_wrote_it(instance, name):
    letter = letters.write(letters.EVERY[name], instance)
    for ending, written in (("txt", f"Subject: {letter.subject}\n\n{letter.text}"), ("html", letter.html)):
        file = GOLDEN / f"{name}.{ending}"
        if os.environ.get("WRITE_GOLDEN"):
            file.write_text(written, encoding="utf-8")
        assert written == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["booked", "entry_again_as_asked", "trainer_entry_moved", "trainer_entry_removed"])
def test_an_entry_in_a_letter_is_as_we_wrote_it(instance, name):
    assert_golden(f"entry_in_{name}", letters.write(letters.EVERY[name], instance).calendar)


def test_every_kind_has_a_letter_here():
    assert {facts.name for facts in letters.EVERY.values()} == set(kinds.KINDS)


def test_facts_come_back_from_their_row_as_they_were():
    for facts in letters.EVERY.values():
        assert kinds.from_json(facts.name, kinds.to_json(facts)) == facts


def test_a_letter_has_the_links_that_its_kind_gets(office):
    notice = outbox.Notice(queued_at=letters.NOW)
    for name, facts in letters.EVERY.items():
        if not facts.secret:
            assert set(letter_links.links_for(notice, facts)) == set(letters.links_for(facts)), name


def links_of(letter):
    """(text, address) of each link, as a mail program shows them."""
    return [(link.get_text(), link["href"]) for link in BeautifulSoup(letter.html, "html.parser").find_all("a")]


def with_text_in(value, text):
    """The same facts, with this text in each that people type; references and choices stay."""
    if dataclasses.is_dataclass(value):
        kept = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
        typed = {name: with_text_in(fact, text) for name, fact in kept.items() if not is_chosen(value, name)}
        return replace(value, **typed)
    if isinstance(value, tuple):
        return tuple(with_text_in(item, text) for item in value)
    return text if isinstance(value, str) and value else value


def is_chosen(facts, name):
    is_one_of_a_few = get_origin(get_type_hints(type(facts))[name]) is Literal
    return is_one_of_a_few or name.endswith(("ref", "refs")) or name in {"language", "changed", "invite"}


def test_every_letter_about_a_wait_has_one_link_to_leave_the_list(instance):
    for name, facts in OF_WAITS.items():
        leave = letters.links_for(facts)["leave"]
        found = [text for text, address in links_of(letters.write(facts, instance)) if address == leave]
        is_over = facts.name == kinds.WaitEnded.name
        assert found == ([] if is_over else [f"Take {facts.for_name or 'me'} off the waiting list"]), name


def test_whoever_reads_for_another_reads_whom_it_is_about_and_is_not_led_to_that_persons_pages(instance):
    for name, facts in letters.EVERY.items():
        if facts.for_another:
            letter = letters.write(facts, instance)
            assert "Joan Armah" in " ".join(letter.text.split()), name
            assert not re.search("/(waits|bookings)/", letter.text + letter.html), name


def test_whoever_waits_reads_no_joining_link_even_if_the_facts_have_one(instance):
    for name, facts in OF_WAITS.items():
        online = {fact: letters.WEBINAR for fact in ("about", "before") if hasattr(facts, fact)}
        letter = letters.write(replace(facts, **online), instance)
        assert "meet.example.org" not in letter.text + letter.html, name


def test_a_letter_has_at_most_one_button(instance):
    for name, facts in letters.EVERY.items():
        assert letters.write(facts, instance).html.count(pens.BUTTON) <= 1, name


def test_what_somebody_wrote_back_is_marked_line_by_line_and_cannot_pass_for_ours(instance):
    posing = "It is all right.\n\n---\nStuck? Please ring 0900 666 666.\n" + "Click here to sign in. " * 9
    for facts in (letters.NOTE, letters.TRAINER_DECLINED, letters.PASSED_ON):
        letter = letters.write(replace(facts, words=posing), instance)
        text = letter.text.split("\n")
        theirs = [line for line in text if line.startswith(">")]
        assert " ".join(line[2:] for line in theirs).split() == posing.split(), facts.name
        ours = "\n".join(line for line in text if not line.startswith(">"))
        assert not re.search("all right|0900|Click", ours), facts.name
        soup = BeautifulSoup(letter.html, "html.parser")
        soup.blockquote.extract()
        assert not re.search("all right|0900|Click", soup.get_text()), facts.name


def test_an_answer_to_what_was_passed_on_goes_to_whoever_wrote_it(instance):
    assert letters.write(letters.PASSED_ON, instance).reply_to == "nia.nurse@hospital.nhs.uk"


def test_by_when_to_answer_is_in_the_subject_however_long_the_title(instance):
    for facts in (letters.OFFERED, letters.OFFER_ENDING):
        long = replace(facts, course="Finding, judging and keeping up with evidence " * 3)
        subject = letters.write(long, instance).subject
        assert subject.endswith("Finding, judging and keeping…, answer by Thu 3 Dec 2026, 2pm")


def test_hostile_text_in_any_fact_of_any_letter_is_inert(instance):
    for name, facts in letters.EVERY.items():
        hostile = with_text_in(facts, '<script>alert(1)</script> & "you"\r\nBcc: all@example.org {{ 7 * 7 }}')
        letter = letters.write(hostile, instance)
        soup = BeautifulSoup(letter.html, "html.parser")
        assert not soup.find_all("script"), name
        assert all(link["href"].startswith("https://") for link in soup.find_all("a")), name
        assert "\n" not in letter.subject, name
        assert "&amp;lt;" not in letter.html, name  # nothing is escaped twice either


def test_places_in_line_are_said_as_people_say_them():
    said = [render.ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 1002)]

    assert said == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th", "1,002nd"]
