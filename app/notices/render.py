"""Letters: facts and links in, subject, plain text, HTML and calendar entry out. No database, no clock.

Each kind has one template, `notices/<kind>.jinja`: the service's own in `templates/` of its instance folder,
else ours. It is written twice, by a text pen and an HTML pen (`pens.py`). A name that a template misspells is
a fault, never a gap. The same facts and links give the same bytes, so sending a letter twice is harmless.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import clock
from app.notices import invites, kinds, pens
from app.settings import Settings, carried

# What people type over several lines; everything else in a letter's facts is one line.
LONG = {"summary", "bring", "access", "directions", "words", "why"}
MOST_TITLE = 60  # characters of a course's title in a subject, so that a telephone still shows the date

Thing = TypeVar("Thing")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter ready for its envelope. `calendar` and `method` are set together. reply_to: '' for the sender."""

    subject: str
    text: str
    html: str
    calendar: bytes | None = None
    method: str = ""
    reply_to: str = ""


def render(facts: kinds.Facts, links: Mapping[str, str], *, settings: Settings, recipient: invites.Mailbox) -> Letter:
    """Write a letter.

    links: by the names that the kind's template uses; for other dates by their session's ref. Raises
    jinja2.TemplateError if a template has a slip in it.
    """
    facts, to = _cleaned(facts), _cleaned(recipient)
    words = _words(facts, links, settings=settings, recipient=to)
    text_pen = pens.TextPen()
    text = _written(facts.name, text_pen, words, settings.instance, is_html=False)
    html = _written(facts.name, pens.HtmlPen(), words, settings.instance, is_html=True)
    calendar = _calendar(facts, links, settings=settings, attendee=to)
    invite = facts.invite_carried
    return Letter(
        subject=text_pen.subject,
        text=re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n",
        html=re.sub(r"\n\s*\n", "\n", html).strip() + "\n",
        calendar=calendar,
        method=invite.method if invite and calendar else "",
        reply_to=facts.reply_to or (settings.contact_email if facts.answered else ""),
    )


def sender(settings: Settings) -> invites.Mailbox:
    """From whom letters and entries come: one constant mailbox."""
    return invites.Mailbox(name=settings.organisation or settings.site_name, address=settings.sender)


def place_of(part: kinds.Part) -> str:
    """'Room, Site, Address', on one line; 'Online' if there is no room."""
    room = ", ".join(filter(None, (part.room, part.site, part.address)))
    return room or ("Online" if part.joining_link else "")


def ordinal(number: int) -> str:
    """'1st', '2nd', '3rd', '11th', '22nd'."""
    is_teen = number % 100 in {11, 12, 13}
    return f"{number:,}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def titled(about: kinds.About, part: int) -> str:
    """The course's title; ' (1 of 2)' after it if the session has several parts."""
    return about.course + (f" ({part + 1} of {len(about.parts)})" if len(about.parts) > 1 else "")


def entry(
    about: kinds.About, invite: kinds.Invite, address: str, *, settings: Settings, is_trainers: bool = False
) -> invites.Entry:
    """One part of a session as the calendar of whoever is booked, or runs it, has it. address: of the page about it."""
    part, is_on = about.parts[invite.part], invite.method == "REQUEST"
    return invites.Entry(
        uid=invite.uid,
        sequence=invite.sequence,
        stamped_at=invite.stamped_at,
        starts_at=part.starts_at,
        ends_at=part.ends_at,
        summary=titled(about, invite.part),
        location=place_of(part) if part.room or part.site else "",
        joining_link=part.joining_link if is_on else "",  # whoever has no place has no link
        description=_description(about, part, address, settings=settings, is_trainers=is_trainers) if is_on else "",
        url=address,
    )


def _written(kind: str, pen: pens.Pen, words: Mapping[str, Any], instance: Path, *, is_html: bool) -> str:
    own = instance / "templates"
    template = _environment(own, is_html=is_html, of=_changed_at(own / "notices")).get_template(f"notices/{kind}.jinja")
    tools = {name: getattr(pen, name) for name in vars(pens.Pen) if not name.startswith("_")}
    return template.render(tools, **words)


def _changed_at(folder: Path) -> int:
    """When a file was last put into a folder or taken out; 0 if there is no such folder."""
    return folder.stat().st_mtime_ns if folder.is_dir() else 0


@lru_cache(maxsize=8)
def _environment(own: Path, *, is_html: bool, of: int) -> Environment:  # noqa: ARG001 - see `of`
    """of: when the service's own templates came or went: Jinja notices only that a file has changed."""
    return Environment(
        loader=FileSystemLoader([own, carried("templates")]),
        autoescape=is_html,  # noqa: S701 - off for plain text, where &amp; would be wrong
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _words(
    facts: kinds.Facts, links: Mapping[str, str], *, settings: Settings, recipient: invites.Mailbox
) -> dict[str, Any]:
    """What a template may name, besides its pen: the facts, the links, the service, ways to say a time."""
    zone = settings.zone
    told: dict[str, Any] = {each.name: getattr(facts, each.name) for each in dataclasses.fields(facts)}
    return told | {
        "for_name": facts.for_another,
        "links": dict(links),
        "recipient": recipient,
        "settings": settings,
        "replies_read": settings.replies != "none",
        "short": partial(clock.say_short, zone=zone),
        "moment": partial(_moment, zone=zone),
        "day": partial(clock.say_day, zone=zone),
        "ordinal": ordinal,
        "standing": partial(_standing, zone=zone),
        "span": partial(_span, zone=zone),
        "place": place_of,
        "differences": partial(_differences, zone=zone),
        "moves": partial(_moves, zone=zone),
        "titled": titled,
        "brief": _brief,
    }


def _span(part: kinds.Part, zone: ZoneInfo) -> str:
    return clock.say_span(part.starts_at, part.ends_at, zone)


def _differences(before: kinds.About, after: kinds.About, zone: ZoneInfo) -> list[tuple[str, str, str]]:
    """What changed: (label, was, now). Parts that only one of them has are left to the list of parts."""
    told = []
    for number, (old, new) in enumerate(zip(before.parts, after.parts, strict=False), start=1):
        which = f", part {number}" if len(after.parts) > 1 else ""
        told += [
            (f"When{which}", _span(old, zone), _span(new, zone)),
            (f"Where{which}", place_of(old), place_of(new)),
            (f"Join online{which}", old.joining_link, new.joining_link),
        ]
    return [(label, was or "none", now or "none") for label, was, now in told if was != now]


def _moves(before: kinds.About, after: kinds.About, zone: ZoneInfo) -> list[tuple[str, str, str]]:
    """The same for whoever has no place: a joining link is not for them."""
    return [row for row in _differences(before, after, zone) if row[0].startswith(("When", "Where"))]


def _moment(at: datetime, zone: ZoneInfo) -> str:
    """'Thursday 3 December 2026, 2pm'."""
    return f"{clock.say_day(at, zone)}, {clock.say_time(at, zone)}"


def _standing(dates: Iterable[kinds.WaitedDate], zone: ZoneInfo) -> list[tuple[str, str]]:
    """Each date that somebody waits for, and their place in line: ('Tue 6 Oct 2026, 2pm, Library', '3rd in line')."""
    return [
        (", ".join(filter(None, (clock.say_short(date.starts_at, zone), date.where))), _in_line(date.ahead_count))
        for date in dates
    ]


def _in_line(ahead_count: int) -> str:
    return f"{ordinal(ahead_count + 1)} in line"


def _brief(title: str, most: int = MOST_TITLE) -> str:
    if len(title) <= most:
        return title
    words = title[:most].rsplit(" ", 1)[0]
    return words.rstrip(" ,.;:–-") + "…"


def _calendar(
    facts: kinds.Facts, links: Mapping[str, str], *, settings: Settings, attendee: invites.Mailbox
) -> bytes | None:
    invite, about = facts.invite_carried, facts.session_meant
    if invite is None or about is None or facts.for_another:
        return None
    write = invites.request if invite.method == "REQUEST" else invites.cancel
    is_trainers = "booking" not in links
    address = links["manage" if is_trainers else "booking"]
    of = entry(about, invite, address, settings=settings, is_trainers=is_trainers)
    return write(of, organiser=sender(settings), attendee=attendee, zone=settings.zone)


def _description(about: kinds.About, part: kinds.Part, address: str, *, settings: Settings, is_trainers: bool) -> str:
    """What a calendar shows when the entry is opened: plain text."""
    told = (
        about.summary,
        f"With: {', '.join(about.trainers)}" if about.trainers else "",
        about.bring and f"What to bring: {about.bring}",
        part.directions and f"How to find it: {part.directions}",
        part.access and f"Access: {part.access}",
        _for_trainers(address, settings) if is_trainers else _for_booked(address, settings),
    )
    return "\n\n".join(filter(None, told))


def _for_booked(address: str, settings: Settings) -> str:
    cannot_come = (
        "Declining in your calendar does not cancel your place: use this link."
        if settings.replies == "none"
        else "You have a place. You do not need to reply. If you cannot come, choose Decline or use this "
        "link, so that someone else can have it."
    )
    return f"{cannot_come}\nCancel or change: {address}"


def _for_trainers(address: str, settings: Settings) -> str:
    cannot_run = (
        "Declining in your calendar tells nobody: ring or email us if you cannot run it."
        if settings.replies == "none"
        else "You run this session. You do not need to reply. If you decline, our coordinators hear of it, and nothing "
        "else happens."
    )
    return f"{cannot_run}\nWho is coming, register, changes: {address}"


def _cleaned(value: Thing, field: str = "") -> Thing:
    """The same facts, with nothing in any text that could break out of its line or its place."""
    cleaned: Any = value
    if isinstance(value, str):
        cleaned = pens.lines(value) if field in LONG else pens.one_line(value)
    elif isinstance(value, tuple):
        cleaned = tuple(_cleaned(item, field) for item in value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = {each.name: _cleaned(getattr(value, each.name), each.name) for each in dataclasses.fields(value)}
        cleaned = dataclasses.replace(value, **told)
    return cleaned  # type: ignore[no-any-return]
