"""How many a session takes and when they may book: the questions of two forms, on the service's wall clock.

Booking opens at once and closes at the start, or each on a day and at a time that are typed.
"""

from datetime import datetime
from typing import Any

from app import clock
from app.courses.written import MOST_PLACES
from app.pages.forms import Form, choice, day, time_of_day, whole_number
from app.pages.manage import times

ON, AT_ONCE, AT_START = "on", "at once", "at start"
CLOSES = ((AT_START, "When the session starts"), (ON, "Earlier, on this day:"))


def how_many() -> Any:
    return whole_number("How many places?", least=1, greatest=MOST_PLACES, thing="the number of places")


def how_few() -> Any:
    return whole_number(
        "What is the smallest number of people worth running it for?",
        least=0,
        greatest=MOST_PLACES,
        thing="the smallest number of people",
        hint="0 if it runs for anybody who comes",
    )


def opening(at_once: str) -> tuple[Any, Any, Any, Any]:
    """The fields opens, opens_on, opens_at and opens_at_which. at_once: how the usual answer reads."""
    opens = ((AT_ONCE, at_once), (ON, "On this day:"))
    asked = choice("When can people start to book?", opens, thing="when people can start to book")
    return asked, *_moment("booking opens")


def closing() -> tuple[Any, Any, Any, Any]:
    """The fields closes, closes_on, closes_at and closes_at_which."""
    return choice("When does booking close?", CLOSES, thing="when booking closes"), *_moment("booking closes")


def _moment(what: str) -> tuple[Any, Any, Any]:
    on = day(f"Day {what}", thing=f"the day {what}", needed=False)
    return on, time_of_day(f"Time {what}", thing=f"the time {what}", needed=False), times.which()


def filled(opens_at: datetime | None, closes_at: datetime | None) -> dict[str, Any]:
    """What these questions show at first, by field."""
    shown: dict[str, Any] = {"opens": ON if opens_at else AT_ONCE, "closes": ON if closes_at else AT_START}
    for name, at in (("opens", opens_at), ("closes", closes_at)):
        if at:
            shown |= {f"{name}_on": clock.today(at), **times.filled_time(f"{name}_at", at)}
    return shown


def is_dated(form: Form, name: str) -> bool:
    """Whether booking opens, or closes, at a moment that was typed in full; what is missing of it is refused."""
    asked = form[f"{name}_on"], form[f"{name}_at"]
    if form[name].data != ON:
        return False
    for field in asked:
        if field.data is None:
            form.refuse(field, f"Enter {field.thing}")
    return not any(field.errors for field in asked)
