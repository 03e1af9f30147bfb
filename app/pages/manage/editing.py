"""Editing a record that somebody else may be editing too: who saves second is told, and loses nothing typed."""

from wtforms import Field

from app import journal
from app.door import must_be_me
from app.errors import StaleEdit
from app.history import Line
from app.journal import Record
from app.pages.forms import Form, carried

LAST_NUMBER = 2**31 - 1  # as far as a database counts ids


class EditForm(Form):
    """What every form that changes a record carries: how much of the record's history its page had seen."""

    seen = carried(most=20)
    changed_meanwhile: tuple[Line, ...] = ()
    is_own_change = False

    @property
    def has_seen(self) -> int:
        return deed_id(self.seen.text) or 0

    def to_the_top(self, asked: Field) -> None:
        """What is wrong with a field that the page does not show is said without it."""
        for sentence in asked.errors:
            self.refuse("", sentence)
        asked.errors = []

    def show_changes(self, stale: StaleEdit) -> None:
        """The page comes back with what was typed and what others did; pressing again saves over it."""
        self.changed_meanwhile = tuple(stale.facts["lines"])
        # In another window, or by pressing the button twice.
        self.is_own_change = all(line.by_id == must_be_me().id for line in self.changed_meanwhile)
        self.seen.text = self.seen.data = str(stale.facts["newest"])


def deed_id(text: str) -> int | None:
    """What a form carried as the id of a line of the journal; None of what none of ours carries."""
    is_one = text.isdecimal() and len(text) <= len(str(LAST_NUMBER)) and int(text) <= LAST_NUMBER
    return int(text) if is_one else None


def seen(record: Record) -> str:
    """What a form that is opened now has seen of a record's history."""
    return str(journal.newest(record))
