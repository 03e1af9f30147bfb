"""Questions whose answers are chosen from a list. What is not on the list is refused, whoever sent it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from app.pages.forms import typed
from app.pages.forms.fields import Asked, Facts


class Option(NamedTuple):
    """One of the answers to choose from. `value` is what the form's `.data` gives back."""

    value: Any
    text: str
    hint: str = ""


class Choice(Asked):
    """One of several answers, as radios; `data` is the chosen option's value, None if none is chosen."""

    shape = "radios"

    def __init__(self, label: str, *, choices: Iterable[Any] = (), **bound: Any) -> None:
        super().__init__(label, **bound)
        self.choices = choices

    @property
    def choices(self) -> list[Option]:
        """A page may set them when they depend on the record, before it validates."""
        return self._options

    @choices.setter
    def choices(self, choices: Iterable[Any]) -> None:
        self._options = [Option(each, each) if isinstance(each, str) else Option(*each) for each in choices]

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = typed.first(valuelist) or None

    def fault(self) -> str | None:
        if self.data is None:
            return f"Select {self.thing}" if self.needed else None
        found = self._chosen(self.data)
        if found is None:
            return self._not_listed()
        self.data = found.value
        return None

    @property
    def said(self) -> str:
        found = None if self.data is None else self._chosen(self.data)
        return found.text if found else ""

    def _not_listed(self) -> str:
        return f"Select {self.thing} from the list"

    def _chosen(self, sent: Any) -> Option | None:
        return next((option for option in self._options if str(option.value) == str(sent)), None)

    def _is_chosen(self, option: Option) -> bool:
        return self.data is not None and str(option.value) == str(self.data)

    def _items(self) -> list[Facts]:
        return [
            {
                "value": str(option.value),
                "text": option.text,
                "hint": {"text": option.hint},
                "checked": self._is_chosen(option),
                "selected": self._is_chosen(option),
            }
            for option in self._options
        ]

    def _own_facts(self, words: Facts) -> Facts:
        return {"idPrefix": self.id, "fieldset": {"legend": words}, "items": self._items()}


class YesNo(Choice):
    """Yes or no, neither chosen beforehand; `data` is True, False or None."""

    def __init__(self, label: str, **bound: Any) -> None:
        super().__init__(label, choices=[Option("yes", "Yes"), Option("no", "No")], **bound)

    @property
    def said(self) -> str:
        return "" if self.data is None else "Yes" if self.data else "No"

    def process_data(self, value: object) -> None:
        self.sent = ""
        self.data = {"Yes": True, "No": False}.get(str(value), value)  # also as it was `said` before

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.sent = typed.first(valuelist)
        self.data = {"yes": True, "no": False}.get(self.sent)

    def fault(self) -> str | None:
        return f"Select {self.thing}" if self.data is None and (self.needed or self.sent) else None

    def _is_chosen(self, option: Option) -> bool:
        return self.data is not None and option.value == ("yes" if self.data else "no")


class Pick(Choice):
    """One of many answers, as a drop-down list."""

    shape = "select"

    def __init__(self, label: str, *, blank: str, **bound: Any) -> None:
        super().__init__(label, **bound)
        self.blank = blank

    def _own_facts(self, words: Facts) -> Facts:
        blank = {"value": "", "text": self.blank, "selected": False}
        return {"id": self.id, "label": words, "items": [blank, *self._items()]}


class Ticks(Choice):
    """As many of several answers as apply; `data` is the list of their values."""

    shape = "checkboxes"
    takes_many = True

    def process_data(self, value: Iterable[Any] | None) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = list(dict.fromkeys(sent for sent in valuelist if isinstance(sent, str)))

    def fault(self) -> str | None:
        if not self.data:
            return f"Select {self.thing}" if self.needed else None
        found = [self._chosen(sent) for sent in self.data]
        if None in found:
            return self._not_listed()
        self.data = [option.value for option in found if option]
        return None

    @property
    def said(self) -> str:
        return ", ".join(option.text for option in self._options if self._is_chosen(option))

    def _is_chosen(self, option: Option) -> bool:
        return str(option.value) in {str(value) for value in self.data}


class Tick(Asked):
    """One box to tick; `data` is True or False."""

    shape = "checkboxes"

    def process_data(self, value: object) -> None:
        self.data = bool(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = typed.first(valuelist) == "yes"

    @property
    def said(self) -> str:
        return "Yes" if self.data else ""

    def fault(self) -> str | None:
        return f"Select {self.thing}" if self.needed and not self.data else None

    def facts(self, *, heading: bool, size: str | None) -> Facts:
        facts = super().facts(heading=heading, size=size)
        hint = facts.pop("hint", None)
        item = {"value": "yes", "text": self.label.text, "checked": self.data, "hint": hint}
        return {**facts, "items": [item]}

    def _own_facts(self, words: Facts) -> Facts:
        return {"idPrefix": self.id}
