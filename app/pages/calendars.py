"""Calendar entries to download, and links that add a copy of one.

A booking's own entry has the UID of its invite, so a calendar that has both shows one. Entries here name nobody, and
a joining link stands only in a booking's own.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from flask import make_response
from werkzeug.wrappers import Response

from app import bookings, settings
from app.bookings import Booking
from app.notices import invites, render
from app.notices.invites import Entry
from app.timetable import TrainingSession

NO_LINK = "Online. We send the link when you book."


class Copy(NamedTuple):
    """Links that copy one part of a session into a calendar. Copies do not follow changes."""

    title: str
    google: str
    outlook: str


def entries_of_booking(booking: Booking) -> list[Entry]:
    """What the person's own calendar should hold, part by part. Whoever has no place any more has no joining link."""
    about = bookings.about(booking.training_session)
    address = f"{settings.current().base_url}/bookings/{booking.ref}"
    return [
        render.entry(
            about,
            message if booking.is_live else replace(message, method="CANCEL"),
            address,
            settings=settings.current(),
        )
        for message in bookings.standing_messages(booking)
    ]


def entries_of_session(training_session: TrainingSession) -> list[Entry]:
    """The session as anybody may see it: no joining link, and UIDs of its own."""
    chosen, about = settings.current(), bookings.about(training_session)
    address = f"{chosen.base_url}/sessions/{training_session.ref}"
    return [
        Entry(
            uid=uid_of(training_session.ref, training_session.slots[number].position, host=settings.current().host),
            sequence=0,
            stamped_at=training_session.changed_at,
            starts_at=part.starts_at,
            ends_at=part.ends_at,
            summary=render.titled(about, number),
            location=render.place_of(replace(part, joining_link="")) or "Online",
            description="\n\n".join(filter(None, (about.summary, NO_LINK if part.joining_link else "", address))),
            url=address,
        )
        for number, part in enumerate(about.parts)
    ]


def uid_of(session_ref: str, position: int, *, host: str) -> str:
    """Of one slot, for everybody: the same in a download and in all open feeds. position: its own for good."""
    return f"s{session_ref.lower()}-{position + 1}@{host}"


def copies(entries: Sequence[Entry]) -> list[Copy]:
    return [Copy(entry.summary, invites.google_link(entry), invites.outlook_link(entry)) for entry in entries]


def download(entries: Sequence[Entry], name: str, *, is_cancelled: bool) -> Response:
    """A file that a calendar program opens. `name` is a public code."""
    answer = make_response(invites.download(entries, zone=settings.current().zone, is_cancelled=is_cancelled))
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name.upper()}.ics"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
