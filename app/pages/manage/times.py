"""Days and times as forms ask for them: on the service's wall clock, a line of fields for each part of a session.

A time that the clocks skip is refused beside its field. One that comes twice, because the clocks go back, is asked
about: a question appears below it, `<time>_which`, and its answer travels with the form.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar, cast

from app import clock, settings
from app.pages.dates import YEARS
from app.pages.forms import Form, choice, day, time_of_day

Span = tuple[datetime, datetime]
F = TypeVar("F", bound=Form)

FIRST, SECOND = "first", "second"
WHICH = (
    (FIRST, "The first time, before the clocks go back"),
    (SECOND, "The second time, after the clocks have gone back"),
)


def with_parts(form_class: type[F], count: int) -> type[F]:
    """The form with a day, a start and an end for each part: day_1, start_1, end_1, day_2 and so on."""
    fields: dict[str, Any] = {}
    for number in range(1, count + 1):
        of_part = f" of part {number}" if count > 1 else ""
        fields[f"day_{number}"] = day("Day", thing=f"the day{of_part}")
        fields |= with_time(f"start_{number}", "Start", thing=f"the start time{of_part}")
        fields |= with_time(f"end_{number}", "End", thing=f"the end time{of_part}")
    make: Any = type(form_class)
    return cast("type[F]", make(form_class.__name__, (form_class,), fields))


def which() -> Any:
    """The question that is asked only if a time comes twice on its day."""
    return choice("Which of the two?", WHICH, thing="which of the two times you mean", needed=False)


def with_time(name: str, label: str, *, thing: str, needed: bool = True) -> dict[str, Any]:
    """A time of day, and the question that belongs to it."""
    return {name: time_of_day(label, thing=thing, needed=needed), f"{name}_which": which()}


def filled(spans: Sequence[Span]) -> dict[str, Any]:
    """What a form `with_parts` shows at first, by field."""
    shown: dict[str, Any] = {}
    for number, (starts_at, ends_at) in enumerate(spans, start=1):
        shown[f"day_{number}"] = clock.today(starts_at)
        shown |= filled_time(f"start_{number}", starts_at) | filled_time(f"end_{number}", ends_at)
    return shown


def filled_time(name: str, at: datetime) -> dict[str, Any]:
    """A time of day as its field shows it; which of the two, if it comes twice."""
    wall = clock.wall(at)
    first, second = _both(wall.date(), wall.time())
    asked = {} if first == second else {f"{name}_which": SECOND if at == second else FIRST}
    return {name: wall.time(), **asked}


def spans_of(form: Form, count: int) -> list[Span] | None:
    """The instants of a form `with_parts` whose answers are sound; None if one was refused beside its field."""
    spans = [_span_of(form, number) for number in range(1, count + 1)]
    return None if None in spans else cast("list[Span]", spans)


def _span_of(form: Form, number: int) -> Span | None:
    on = form[f"day_{number}"].data
    if on.year not in YEARS:
        form.refuse(f"day_{number}", f"Choose a day between {YEARS[0]} and {YEARS[-1]}")
        return None
    starts_at = instant_of(form, f"start_{number}", on)
    ends_at = instant_of(form, f"end_{number}", on)
    if starts_at is None or ends_at is None:
        return None
    if ends_at <= starts_at:
        form.refuse(f"end_{number}", "The end must be later than the start, on the same day")
        return None
    return starts_at, ends_at


def instant_of(form: Form, name: str, on: date) -> datetime | None:
    """When a time that was typed is on a day; None if it was refused, or asked about, beside its field."""
    typed, asked = form[name].data, form[f"{name}_which"]
    try:
        return clock.to_utc(datetime.combine(on, typed))
    except clock.NoSuchTime:
        form.refuse(
            name, f"{clock.say_wall_time(typed)} does not exist on {clock.say_date(on)}: the clocks go forward over it"
        )
    except clock.HappensTwice:
        if asked.data:
            return _both(on, typed)[asked.data == SECOND]
        form.refuse(
            asked,
            f"Select which {clock.say_wall_time(typed)} you mean: "
            f"it comes twice on {clock.say_date(on)}, as the clocks go back",
        )
    return None


def _both(on: date, at: time) -> tuple[datetime, datetime]:
    """The instants of a wall time: the same one twice, unless the clocks go back over it."""
    wall = datetime.combine(on, at, tzinfo=settings.current().zone)
    first, second = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second
