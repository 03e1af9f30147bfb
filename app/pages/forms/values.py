"""Questions whose answers are read: numbers, times and dates. What cannot be read is shown as typed."""

import re
from datetime import time
from typing import Any, ClassVar

from app.pages.forms import typed
from app.pages.forms.fields import Asked, Facts, Text


class WholeNumber(Text):
    """A count, such as a capacity; `data` is an int, None if there is none."""

    extra: ClassVar[Facts] = {"inputmode": "numeric", "spellcheck": False}

    def __init__(self, label: str, *, least: int, greatest: int, **bound: Any) -> None:
        super().__init__(label, most=20, **bound)
        self.range = range(least, greatest + 1)

    def _read(self) -> int | None:
        return int(self.text) if re.fullmatch(r"-?[0-9]{1,12}", self.text) else None

    def _wrong_format(self) -> str | None:
        if self.data is None:
            return f"{self.subject} must be a whole number, like {max(self.range[0], 10)}"
        if self.data not in self.range:
            return f"{self.subject} must be between {self.range[0]:,} and {self.range[-1]:,}"
        return None


class TimeOfDay(Text):
    """A wall time such as 9:30am; `data` is a naive `time`, None if there is none."""

    extra: ClassVar[Facts] = {"spellcheck": False}

    def _written(self, value: Any) -> str:
        return f"{value:%H:%M}"

    def _read(self) -> time | None:
        return typed.as_time(self.text)

    def _wrong_format(self) -> str | None:
        # Midnight is a time too: not a question of truth.
        return None if self.data is not None else f"Enter {self.thing} like 9:30am, 2pm or 14:00"


class Day(Asked):
    """A date in three boxes; `data` is a `date`, None if there is none."""

    shape = "date"
    parts = ("day", "month", "year")

    def process_data(self, value: Any) -> None:
        self.data = value
        self.boxes = dict(
            zip(self.parts, (str(value.day), str(value.month), str(value.year)), strict=True) if value else ()
        )

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        super().process(formdata, *args, **kwargs)
        if formdata is not None:
            self.boxes = {part: typed.tidy(typed.first(formdata.getlist(f"{self.name}-{part}"))) for part in self.parts}
            self.data = typed.as_day(**self.boxes)

    @property
    def anchor(self) -> str:
        return f"{self.id}-{next(iter(self._missing()), 'day')}"

    def fault(self) -> str | None:
        missing = self._missing()
        if len(missing) == len(self.parts):
            return f"Enter {self.thing}" if self.needed else None
        if missing:
            return f"{self.subject} must include a {' and '.join(missing)}"
        return None if self.data else f"{self.subject} must be a real date, like 6 10 2026"

    def _missing(self) -> list[str]:
        return [part for part in self.parts if not self.boxes.get(part)]

    def _own_facts(self, words: Facts) -> Facts:
        wrong = (self._missing() or self.parts) if self.errors else ()
        boxes = [
            {
                "id": f"{self.id}-{part}",
                "name": f"{self.name}-{part}",
                "label": part.capitalize(),
                "value": self.boxes.get(part, ""),
                "width": 4 if part == "year" else 2,
                "inputmode": "text" if part == "month" else "numeric",
                "error": part in wrong,
            }
            for part in self.parts
        ]
        return {"id": self.id, "fieldset": {"legend": words}, "items": boxes}
