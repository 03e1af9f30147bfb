import re

import pytest

from tests.house.checkout import said, under

PAGES = under("templates", ".html")
LETTERS = under("templates", ".jinja")
OTHER_WORDS = ("seat", "ticket", "sold out", "no-show", "registration", "event", "attendee", "register for")


def words_of(path):
    """What a reader may see: without comments, tags and what stands between braces."""
    text = re.sub(r"{#.*?#}", " ", path.read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"<[^>]*>|{%.*?%}|[a-z_-]+=\"[^\"]*\"", " ", text, flags=re.DOTALL).lower()


@pytest.mark.parametrize("path", PAGES, ids=said)
def test_no_page_has_a_style_or_script_of_its_own(path):
    text = path.read_text("utf-8")

    assert re.findall(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\ssrc=)", text) == []


@pytest.mark.parametrize("path", PAGES, ids=said)
def test_no_page_loads_anything_from_elsewhere(path):
    assert re.findall(r"(?:src|<link[^>]*href)=\"(?:https?:)?//", path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", PAGES + LETTERS, ids=said)
def test_pages_and_letters_use_our_own_words(path):
    words = words_of(path)

    assert [word for word in OTHER_WORDS if re.search(rf"\b{word}s?\b", words)] == []


@pytest.mark.parametrize("path", PAGES + LETTERS, ids=said)
def test_no_template_marks_what_people_typed_as_safe(path):
    assert re.findall(r"\|\s*safe\b|autoescape false", path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", PAGES, ids=said)
def test_an_address_in_a_page_holds_under_a_prefix_too(path):
    assert re.findall(r"(?:href|action)=\"/", path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", PAGES, ids=said)
def test_a_template_asks_the_database_nothing(path):
    assert re.findall(r"\bdb\.|\.query\b|session\.execute", path.read_text("utf-8")) == []
