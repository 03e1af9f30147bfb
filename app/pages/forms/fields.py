"""The questions a form can ask: what each takes from a browser, when it is content, and what its macro needs.

Each knows `thing`, the words that finish its sentences: 'Enter your name', 'Your name must be 120 characters
or fewer', 'Select if you need step-free access'. An answer that will not do gets one sentence, and stays as
it was typed. Page authors call the builders of `app.pages.forms`, not these classes.
"""

import re
from pathlib import PurePath
from typing import Any, ClassVar

from werkzeug.datastructures import FileStorage
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from app import people
from app.errors import Faulty
from app.pages.forms import typed

Facts = dict[str, Any]


class Asked(Field):
    """A question of a form, whatever its kind. `shape` is the macro that draws it."""

    shape: ClassVar[str]
    takes_files: ClassVar[bool] = False
    takes_many: ClassVar[bool] = False

    def __init__(
        self, label: str, *, thing: str = "", needed: bool = True, hint: str | None = None, **bound: Any
    ) -> None:
        super().__init__(label, **bound)
        self.thing = thing or label[:1].lower() + label[1:]
        self.needed = needed
        self.hint = hint

    @property
    def subject(self) -> str:
        return self.thing[:1].upper() + self.thing[1:]

    @property
    def anchor(self) -> str:
        """The id of the element that the error summary leads to."""
        return str(self.id)

    @property
    def said(self) -> str:
        """The answer in words; '' if there is none."""
        return "" if self.data is None else str(self.data)

    def fault(self) -> str | None:
        """One sentence if the answer will not do."""
        raise NotImplementedError

    def pre_validate(self, form: BaseForm) -> None:
        sentence = self._not_one_answer() or self.fault()
        if sentence:
            raise StopValidation(sentence)

    def _not_one_answer(self) -> str | None:
        """No page of ours sends a file for a text, or two answers to one question: neither is dropped in silence."""
        sent = self.raw_data or []
        if not self.takes_files and any(isinstance(answer, FileStorage) for answer in sent):
            return f"{self.subject} must not be a file"
        if not self.takes_many and len({answer for answer in sent if isinstance(answer, str)}) > 1:
            return f"{self.subject} must be given only once"
        return None

    def facts(self, *, heading: bool, size: str | None) -> Facts:
        """What the macro is given. heading: the question is the page's h1."""
        size = size or ("l" if heading else None)
        words = {"text": self.label.text, "size": size, "isPageHeading": heading}
        facts: Facts = {"name": self.name, **self._own_facts(words)}
        if self.hint:
            facts["hint"] = {"text": self.hint}
        if self.errors:
            facts["errorMessage"] = {"text": self.errors[0]}
        return facts

    def _own_facts(self, words: Facts) -> Facts:
        return {"id": self.id, "label": words}


class Text(Asked):
    """One line of text. `text` is what was typed, `data` what a page is given."""

    shape = "input"
    kind = "text"
    extra: ClassVar[Facts] = {"attributes": {"dir": "auto"}}

    def __init__(
        self,
        label: str,
        *,
        most: int,
        autocomplete: str | None = None,
        width: int | None = None,
        **bound: Any,
    ) -> None:
        super().__init__(label, **bound)
        self.most = most
        self.autocomplete = autocomplete
        self.width = width

    def process_data(self, value: Any) -> None:
        self.text = "" if value is None else self._written(value)
        self.data = value if self.text else self._read()

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.text = self._tidy(typed.first(valuelist))
        self.data = self._read()

    def fault(self) -> str | None:
        if not self.text:
            return f"Enter {self.thing}" if self.needed else None
        return self._not_showable() or self._too_long() or self._wrong_format()

    def _written(self, value: Any) -> str:
        return str(value)

    def _tidy(self, text: str) -> str:
        return typed.tidy(text)

    def _read(self) -> Any:
        return self.text

    def _not_showable(self) -> str | None:
        if typed.has_breaks(self.text):
            return f"{self.subject} must be on one line, without tabs"
        return self._hidden_characters()

    def _hidden_characters(self) -> str | None:
        if typed.has_controls(self.text):
            return f"{self.subject} must not include hidden characters. Type it instead of pasting it"
        return None

    def _too_long(self) -> str | None:
        fits = len(self.text) <= self.most
        return None if fits else f"{self.subject} must be {self.most:,} characters or fewer"

    def _wrong_format(self) -> str | None:
        return None

    def _own_facts(self, words: Facts) -> Facts:
        own = {"id": self.id, "label": words, "value": self.text, "type": self.kind}
        return {**own, "autocomplete": self.autocomplete, "width": self.width, **self.extra}


class LongText(Text):
    """Several lines of text."""

    shape = "textarea"

    def __init__(self, label: str, *, rows: int, **bound: Any) -> None:
        super().__init__(label, **bound)
        self.rows = rows

    def _not_showable(self) -> str | None:
        return self._hidden_characters()

    def _own_facts(self, words: Facts) -> Facts:
        own = {"id": self.id, "label": words, "value": self.text, "rows": self.rows}
        return {**own, "autocomplete": self.autocomplete, **self.extra}


class Email(Text):
    """An email address; `data` is the address as we keep it."""

    kind = "email"
    extra: ClassVar[Facts] = {"spellcheck": False}

    def _read(self) -> str:
        try:
            return people.tidy_address(self.text)
        except Faulty:
            return self.text

    def _wrong_format(self) -> str | None:
        try:
            people.tidy_address(self.text)
        except Faulty as fault:
            return fault.sentence
        return None


class Code(Text):
    """The six digits of a sign-in letter. People paste them with spaces."""

    extra: ClassVar[Facts] = {"inputmode": "numeric", "spellcheck": False, "code": True}

    def _tidy(self, text: str) -> str:
        return re.sub(r"[\s–-]", "", super()._tidy(text))

    def _wrong_format(self) -> str | None:
        right = re.fullmatch(r"[0-9]{6}", self.text)
        return None if right else f"{self.subject} must be 6 numbers, like 123456"


class Phone(Text):
    """A phone number, an extension or a bleep."""

    kind = "tel"
    extra: ClassVar[Facts] = {"spellcheck": False}
    usual = re.compile(r"(?:[0-9+()\-–./,#* ]|ext(?:ension|n)?|bleep|x)+", re.IGNORECASE)

    def _tidy(self, text: str) -> str:
        # Numbers copied from an address book come wrapped in invisible marks of direction.
        return re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", super()._tidy(text))

    def _wrong_format(self) -> str | None:
        if self.usual.fullmatch(self.text) and len(re.findall(r"[0-9]", self.text)) >= 3:
            return None
        return "Enter a phone number, like 01632 960 001, 07700 900 982 or ext 4021"


class Attachment(Asked):
    """A file; `data` is the upload, None if none was chosen."""

    shape = "file"
    takes_files = True

    def __init__(self, label: str, *, endings: tuple[str, ...], **bound: Any) -> None:
        super().__init__(label, **bound)
        self.endings = endings

    def process_formdata(self, valuelist: list[Any]) -> None:
        files = [sent for sent in valuelist if isinstance(sent, FileStorage) and sent.filename]
        self.data = files[0] if files else None

    def fault(self) -> str | None:
        if self.data is None:
            return f"Select {self.thing}" if self.needed else None
        if PurePath(self.data.filename).suffix.lower() in self.endings:
            return None
        kinds = " or ".join(ending.removeprefix(".").upper() for ending in self.endings)
        return f"{self.subject} must be a {kinds} file"


class Carried(Text):
    """A value that travels with the form unseen, such as the version somebody started to edit."""

    shape = "hidden"

    @property
    def anchor(self) -> str:
        return ""
