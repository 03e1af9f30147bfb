"""When booking opens and closes for a session that begins from another one."""

from datetime import UTC, datetime

from app import clock, settings
from app.timetable.tables import TrainingSession

Window = tuple[datetime | None, datetime | None]


def window_like(training_session: TrainingSession, starts_at: datetime, now: datetime) -> Window:
    """The booking window of a session, as long before the start of another one, on the wall clock."""
    ahead = clock.wall(starts_at) - clock.wall(training_session.starts_at)
    zone = settings.current().zone
    # A wall time that the clocks skip comes out later, so perhaps after the start.
    opens_at, closes_at = (
        min((clock.wall(at) + ahead).replace(tzinfo=zone).astimezone(UTC), starts_at) if at else None
        for at in (training_session.booking_opens_at, training_session.booking_closes_at)
    )
    return window_to_come(opens_at if opens_at != starts_at else None, closes_at, now)


def window_to_come(opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> Window:
    """What has gone by is left out: then booking opens at once, and closes at the start, so that people can book."""
    return (
        opens_at if opens_at and opens_at > now else None,
        closes_at if closes_at and closes_at > max(now, opens_at or now) else None,
    )
