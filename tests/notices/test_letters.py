"""Every letter, as it leaves: read these files before changing a word.

After a change that is meant: WRITE_GOLDEN=1 pytest tests/notices/test_letters.py, then read the diff.
"""

import os
from pathlib import Path

import pytest

from app.notices import kinds
from tests.notices import letters

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("name", letters.EVERY)
def test_a_letter_is_as_we_wrote_it(tmp_path, name):
    letter = letters.write(letters.EVERY[name], tmp_path)
    for ending, written in (("txt", f"Subject: {letter.subject}\n\n{letter.text}"), ("html", letter.html)):
        file = GOLDEN / f"{name}.{ending}"
        if os.environ.get("WRITE_GOLDEN"):
            file.write_text(written, encoding="utf-8")
        assert written == file.read_text(encoding="utf-8")


def test_every_kind_has_a_letter_here():
    assert {facts.name for facts in letters.EVERY.values()} == set(kinds.KINDS)


def test_facts_come_back_from_their_row_as_they_were():
    for facts in letters.EVERY.values():
        assert kinds.from_json(facts.name, kinds.to_json(facts)) == facts
