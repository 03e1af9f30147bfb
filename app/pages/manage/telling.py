"""Whom a change tells, and what they will read, from the letters that it has queued; and what is said afterwards.

What has just been done travels in the browser's own cookie to the page that follows. It lies on a ward's computer, so
names are not in it: they are looked up when they are said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from flask import get_flashed_messages, session

from app import bookings, settings
from app.notices import kinds, render
from app.notices.invites import Mailbox
from app.notices.outbox import Notice
from app.pages import letter_links, plural

THEIR_OWN = "[a link of their own]"
OPEN_TO_ALL = ("/sessions/", "/courses/", "/manage/")  # pages that are the same for everybody
JUST_DONE = "just_done"
# What a letter says or leaves out, beside its kind: those that read alike are shown once.
READS_DIFFERENTLY = ("offer_ref", "was_offered", "goes_on", "is_open_to_all", "changed_to", "changed_from", "from_list")
THEIR_AFFAIR: dict[str, object] = {"clashes": (), "wanted_at_once": False}  # what else somebody does at that time
MOST_NAMED = 400  # characters of names in a banner


@dataclass(frozen=True)
class Telling:
    """A letter that a change sends, alike to several people. text: as the first of them will read it.

    clash_count: how many of them it tells that they are booked on something else then. On what is their own affair.
    """

    subject: str
    text: str
    names: Sequence[str]
    has_entry: bool
    clash_count: int


class Said(NamedTuple):
    """What has been done, and whom it tells if it tells anybody."""

    done: str
    told: str = ""


def tellings_of(notices: Sequence[Notice], now: datetime) -> list[Telling]:
    """What leaves at once, letters that say the same together. Entries of further parts go with the letter itself."""
    alike: dict[tuple[object, ...], list[Notice]] = {}
    for notice in _leaving(notices, now):
        facts = kinds.from_json(notice.kind, notice.facts)
        about = facts.session_meant.session_ref if facts.session_meant else ""
        variant = tuple(bool(getattr(facts, name, "")) for name in READS_DIFFERENTLY)
        sort = (notice.kind, getattr(facts, "news", ""), variant, bool(facts.for_another), about)
        alike.setdefault(sort, []).append(notice)
    return [_telling(of_sort) for of_sort in alike.values()]


def tell_next(done: str, course_ids: Sequence[int], *, after: int, until: int) -> None:
    """The next page says what was done and whom it tells. after, until: the ids of emails between which theirs are."""
    session[JUST_DONE] = {"done": done, "course_ids": list(course_ids), "after": after, "until": until}


def said_before() -> list[Said]:
    """What has just been done, said once."""
    just_done = session.pop(JUST_DONE, None)
    said = [Said(str(each)) for each in get_flashed_messages()]
    return [*said, _with_names(**just_done)] if just_done else said


def _with_names(done: str, course_ids: Sequence[int], after: int, until: int) -> Said:
    queued = [each for each in bookings.notices_of_courses(course_ids, after_id=after) if each.id <= until]
    at_once = [each for each in queued if each.due_at <= each.queued_at and each.state != "withdrawn"]
    told = {(each.address, _name(each)): _name(each) for each in at_once if _says_news(each)}
    return Said(done, say_told(list(told.values())))


def say_told(told: Sequence[str]) -> str:
    if not told:
        return "Nobody needed to be told."
    named = [name for number, name in enumerate(told) if len(", ".join(told[: number + 1])) <= MOST_NAMED]
    others = len(told) - len(named)
    listed = ", ".join(named) + (f" and {plural(others, 'other')}" if others else "")
    return f"We are emailing {plural(len(told), 'person', 'people')}: {listed}."


def _telling(alike: Sequence[Notice]) -> Telling:
    first, every = alike[0], [kinds.from_json(notice.kind, notice.facts) for notice in alike]
    facts = replace(every[0], **{name: none for name, none in THEIR_AFFAIR.items() if hasattr(every[0], name)})
    # A trainer reads the letter before it leaves, but not every link in it: some act for the person (D32).
    found = letter_links.links_for(first, facts).items()
    links = {name: address if _is_open(address) else THEIR_OWN for name, address in found}
    letter = render.render(
        facts, links, settings=settings.current(), recipient=Mailbox(name=first.recipient_name, address=first.address)
    )
    return Telling(
        subject=letter.subject,
        text=letter.text,
        names=[_name(notice) for notice in alike],
        has_entry=any(each.invite_carried for each in every),
        clash_count=sum(bool(getattr(each, "clashes", ())) for each in every),
    )


def _is_open(address: str) -> bool:
    return address.removeprefix(settings.current().base_url).startswith(OPEN_TO_ALL)


def _name(notice: Notice) -> str:
    """'Nia Nurse'; 'Cora Coordinator (for Otto)' if Otto has no address."""
    other = kinds.from_json(notice.kind, notice.facts).for_another
    name = notice.recipient_name or notice.address
    return f"{name} (for {other})" if other else name


def _leaving(notices: Sequence[Notice], now: datetime) -> list[Notice]:
    return [notice for notice in notices if notice.due_at <= now and notice.state == "waiting" and _says_news(notice)]


def _says_news(notice: Notice) -> bool:
    """An entry goes with the letter itself. What is read only when it leaves may then have nothing to say."""
    of_entry = {kinds.Entry.name, kinds.TrainerEntry.name}
    return notice.kind not in of_entry and not kinds.KINDS[notice.kind].read_late
