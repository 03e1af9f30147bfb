"""What somebody is about to put on the timetable, as it travels in the address from page to page.

Days, rooms and numbers are no secrets, so 'Back' works and nothing is stored before it is saved. The joining link is
one, and never gets into an address (D37). What an address says is not trusted: what makes no sense is left out.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from app import clock, timetable
from app.courses import Course
from app.courses.written import MOST_PLACES
from app.pages.dates import YEARS
from app.pages.manage.choosing import ONLINE
from app.timetable import TrainingSession, Window

Span = tuple[datetime, datetime]

MOST_PARTS = 12
MOST_NAMED = 50
WEEK = timedelta(days=7)
_INSTANT = "%Y%m%dT%H%MZ"
_NAME = re.compile(r"[A-Za-z0-9-]{1,80}")


@dataclass(frozen=True)
class Plan:
    """A session that is being planned. Empty fields are those not chosen yet.

    rooms: the slug of each part's room, or ONLINE. trainers: their refs; there are some once the last page has been
    filled in, and only then minimum, window and `is_draft` mean anything. like: the ref of a session to begin from.
    """

    spans: tuple[Span, ...] = ()
    rooms: tuple[str, ...] = ()
    places: int | None = None
    like: str = ""
    trainers: tuple[str, ...] = ()
    minimum: int = 0
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    is_draft: bool = False

    @property
    def is_placed(self) -> bool:
        return bool(self.spans) and len(self.rooms) == len(self.spans)

    @property
    def room_slugs(self) -> set[str]:
        return set(self.rooms) - {ONLINE}

    @property
    def is_online(self) -> bool:
        """Somewhere in it people can only join by a link."""
        return ONLINE in self.rooms

    def query(self, *apart_from: str) -> dict[str, Any]:
        """The questions and their answers, for `url_for`. apart_from: those that a form asks itself."""
        asked = {
            "part": [f"{_written(starts_at)}-{_written(ends_at)}" for starts_at, ends_at in self.spans],
            "room": list(self.rooms),
            "places": [str(self.places)] if self.places else [],
            "like": [self.like],
            "trainer": list(self.trainers),
            "minimum": [str(self.minimum)] if self.trainers else [],
            "opens": [_written(self.opens_at)] if self.opens_at else [],
            "closes": [_written(self.closes_at)] if self.closes_at else [],
            "draft": ["yes"] if self.is_draft else [],
        }
        return {name: values for name, values in asked.items() if any(values) and name not in apart_from}


def plan_of(asked: MultiDict[str, str]) -> Plan:
    """What an address says."""
    spans = [_span(text) for text in asked.getlist("part")[:MOST_PARTS]]
    return Plan(
        spans=tuple(span for span in spans if span) if all(spans) else (),
        rooms=_names(asked, "room")[:MOST_PARTS],
        places=_number(asked, "places"),
        like="".join(_names(asked, "like")[:1]),
        trainers=_names(asked, "trainer"),
        minimum=_number(asked, "minimum") or 0,
        opens_at=_instant(asked.get("opens", "")),
        closes_at=_instant(asked.get("closes", "")),
        is_draft=asked.get("draft") == "yes",
    )


def week_later(training_session: TrainingSession, now: datetime) -> list[tuple[datetime, datetime]]:
    """The parts of a session on the same weekdays, in the first week after it that is still to come: naive wall times.

    2pm stays 2pm when the clocks change; whether there is such a time is seen when the form is read.
    """
    walls = [(clock.wall(slot.starts_at), clock.wall(slot.ends_at)) for slot in training_session.slots]
    weeks_ago = -(-(clock.today(now) - walls[0][0].date()).days // 7)
    weeks_long = (walls[-1][1].date() - walls[0][0].date()).days // 7 + 1
    later = max(weeks_long, weeks_ago) * WEEK
    return [(start + later, end + later) for start, end in walls]


def usual_window(course: Course, starts_at: datetime, now: datetime) -> Window:
    """When booking opens and closes by the habit of the course: in the morning so many days before, so long before."""
    days = course.opens_days_before
    opens_at = clock.morning_of(clock.today(starts_at) - timedelta(days=days)) if days else None
    closes_at = starts_at - timedelta(hours=course.closes_hours_before) if course.closes_hours_before else None
    return timetable.window_to_come(opens_at, closes_at, now)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_INSTANT)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def _span(text: str) -> Span | None:
    first, _, last = text.partition("-")
    starts_at, ends_at = _instant(first), _instant(last)
    return (starts_at, ends_at) if starts_at and ends_at and starts_at < ends_at else None


def _names(asked: MultiDict[str, str], name: str) -> tuple[str, ...]:
    return tuple(text for text in asked.getlist(name)[:MOST_NAMED] if _NAME.fullmatch(text))


def _number(asked: MultiDict[str, str], name: str) -> int | None:
    text = asked.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) and int(text) <= MOST_PLACES else None
