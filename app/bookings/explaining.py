"""Why somebody who waits was, or was not, given a place: in plain sentences, for themselves and for a coordinator.

Every place that the waiting list gave is on record with the place in line at that moment, and so is every answer. What
is said here is read from there, not kept beside it. For themselves nobody else is named, nor is a coordinator's reason
told, which may name somebody (rule 7).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from app import clock, journal, timetable, waiting_list
from app.bookings.tables import Booking
from app.db import db
from app.journal import Deed
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Offer, Wait

YOU = "you"
OWN = {
    "waited": "{who} joined the waiting list.",
    "waits for something else": "{who} changed which dates would suit {whom}.",
    "went on waiting": "None of the dates that {who} had named was left. {Who} kept {their} place for a new one.",
    "could not change any more": "The date that {who} wanted to change has begun. {Who} kept {their} place in line.",
    "still wants a place": "{who} said that {who} still {want} a place.",
    "asked whether they still want a place": "We asked whether {who} still {want} a place.",
    "moved up": "{by} moved {whom} to the front of the line: {why}",
    "offered": "It was {their} turn. We held a place on {when} for {whom}, until {until}.",
    "accepted": "{who} took the place on {when}.",
    "declined": "{who} said no to the place on {when}, and kept {their} place in line for other dates.",
    "let an offer run out": "The offer for {when} ran out without an answer. {Who} kept {their} place in line, but we "
    "offer {whom} nothing more until {who} say{s} that {who} still {want} a place.",
    "gave back an offer": "{who} gave back the place on {when} that we held for {whom}.",
    "lost an offer": "We could not keep the place on {when} that we held for {whom}: it was moved or cancelled.",
    "got a place": "{who} got a place, so {who} {wait} no more.",
    "left": "{by} took {whom} off the waiting list.",
    "did not hear from": "We had asked and heard nothing, so {their} place in line ended.",
    "was put together with another": "Two records of one person waited. The longer wait went on.",
}


@dataclass(frozen=True)
class Explained:
    """One thing that happened, or how things stand now."""

    at: datetime
    said: str


@dataclass(frozen=True)
class _Voice:
    """How somebody is spoken of: 'you', or by name to a coordinator."""

    who: str
    words: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, wait: Wait, *, named: bool) -> "_Voice":
        if not named:
            return cls(YOU, {"whom": "you", "their": "your", "want": "want", "wait": "wait", "s": "", "had": "had"})
        name = wait.person.known_as
        of_name = {"whom": name, "their": "their", "want": "wants", "wait": "waits", "s": "s", "had": "had"}
        return cls(name, of_name)

    def fill(self, pattern: str, **facts: object) -> str:
        return pattern.format(who=self.who, Who=self.who[:1].upper() + self.who[1:], **self.words, **facts)

    def say(self, pattern: str, **facts: object) -> str:
        """As a sentence of its own."""
        said = self.fill(pattern, **facts)
        return said[:1].upper() + said[1:]


def explained(wait: Wait, now: datetime, *, named: bool = False) -> list[Explained]:
    """What happened while somebody waited, oldest first, and last how things stand. The wait has course and person.

    named: for coordinators, with the names of those to whom places went.
    """
    voice, deeds = _Voice.of(wait, named=named), journal.deeds_about(wait)
    by = _names(deeds) if named else {}
    lines = [_own(deed, wait, voice, by) for deed in deeds if deed.did in OWN]
    lines += _of_others(wait, deeds, voice, named=named)
    lines.sort(key=lambda line: line.at)
    return [*lines, *_as_things_stand(wait, voice, now)]


def _own(deed: Deed, wait: Wait, voice: _Voice, by: dict[int, str]) -> Explained:
    is_own = deed.by_id == wait.person_id
    doer = voice.who if is_own else by.get(deed.by_id or 0, "we" if deed.by_id is None else "a coordinator")
    pattern = "{who} left the waiting list." if deed.did == "left" and is_own else OWN[deed.did]
    facts = {"when": deed.facts.get("when", ""), "until": deed.facts.get("until", "")}
    why = deed.why if voice.who != YOU else ""
    return Explained(deed.done_at, voice.say(pattern, by=doer, why=why, **facts).strip(" :"))


def _of_others(wait: Wait, deeds: Sequence[Deed], voice: _Voice, *, named: bool) -> list[Explained]:
    """The places that went to others meanwhile, on dates that suit this wait: one line for those with one reason."""
    why = _reasons(wait, deeds, voice)
    told = [(offer, why(offer)) for offer in _given_to_others(wait)]
    lines = []
    for (at, when, reason), group in groupby(told, key=lambda each: (each[0].offered_at, _when(each[0]), each[1])):
        names = [offer.wait.person.known_as for offer, _ in group]
        count = len(names)
        places = "A place" if count == 1 else f"{count} places"
        to = ", ".join(names) if named else "somebody else" if count == 1 else "others"
        lines.append(Explained(at, f"{places} on {when} went to {to}: {reason}"))
    return lines


def _given_to_others(wait: Wait) -> Sequence[Offer]:
    until = wait.ended_at
    query = (
        select(Offer)
        .join(TrainingSession, TrainingSession.id == Offer.training_session_id)
        .join(Wait, waiting_list.suits())
        .where(Wait.id == wait.id, Offer.wait_id != wait.id, Offer.offered_at >= wait.asked_at)
        .order_by(Offer.offered_at, Offer.training_session_id, Offer.id)
        .options(joinedload(Offer.training_session), joinedload(Offer.wait).joinedload(Wait.person))
    )
    return db.session.scalars(query if until is None else query.where(Offer.offered_at <= until)).all()


def _reasons(wait: Wait, deeds: Sequence[Deed], voice: _Voice) -> Callable[[Offer], str]:
    """What says of a place that went to somebody else why it was their turn."""
    own = _own_offers(wait)
    pauses, other_places = _pauses(deeds), _other_places(wait)
    moves = [deed.done_at for deed in deeds if deed.did == "moved up"]

    def why(offer: Offer) -> str:
        at = offer.offered_at
        is_moved_later = bool(moves) and all(at < moved for moved in moves)
        rank = wait.asked_at if is_moved_later else wait.ranked_at
        if offer.how == "given":
            return f"a coordinator gave it to them. {offer.why if voice.who != YOU else ''}".strip()
        if (offer.ranked_at, offer.wait_id) < (rank, wait.id):
            return "they were before " + voice.words["whom"] + " in line."
        if any(each.offered_at <= at and (each.answered_at is None or at < each.answered_at) for each in own):
            return voice.fill("{who} {had} another offer just then.")
        if any(begun <= at and (ended is None or at < ended) for begun, ended in pauses):
            return voice.fill("an offer had run out, and {who} had not yet said that {who} still {want} a place.")
        if any(begun <= at and (ended is None or at < ended) for begun, ended in other_places):
            return voice.fill("{who} {had} a place on another date of this course.")
        return voice.fill("{who} did not wait for this date then.")

    return why


def _own_offers(wait: Wait) -> Sequence[Offer]:
    return db.session.scalars(select(Offer).where(Offer.wait_id == wait.id, Offer.how == "asked")).all()


def _pauses(deeds: Sequence[Deed]) -> list[tuple[datetime, datetime | None]]:
    """From when until when they were offered nothing; None: still."""
    found: list[tuple[datetime, datetime | None]] = []
    ends = {"still wants a place", "waits for something else", "got a place", "left", "did not hear from"}
    for number, deed in enumerate(deeds):
        if deed.did == "let an offer run out":
            ended = next((later.done_at for later in deeds[number + 1 :] if later.did in ends), None)
            found.append((deed.done_at, ended))
    return found


def _other_places(wait: Wait) -> list[tuple[datetime, datetime | None]]:
    """From when until when they had a place on a date of the course; None: to this day."""
    of_course = aliased(TrainingSession)
    query = (
        select(Booking.booked_at, Booking.cancelled_at)
        .join(of_course, of_course.id == Booking.training_session_id)
        .where(Booking.person_id == wait.person_id, of_course.course_id == wait.course_id)
    )
    return [(booked_at, cancelled_at) for booked_at, cancelled_at in db.session.execute(query)]


def _as_things_stand(wait: Wait, voice: _Voice, now: datetime) -> list[Explained]:
    if not wait.is_live:
        return []
    offer = waiting_list.open_offer_of(wait)
    if offer is not None:
        held = "We hold a place on {when} for {whom}, until {until}."
        return [Explained(now, voice.say(held, when=_when(offer), until=clock.say_short(offer.lapses_at)))]
    if wait.paused_at is not None:
        paused = "We offer {whom} nothing now, because an offer ran out. Say that {who} still {want} a place to go on."
        return [Explained(now, voice.say(paused))]
    dates = waiting_list.suited_among(wait, timetable.dates_of(wait.course_id, now=now))
    if not dates:
        return [Explained(now, "There is no date yet that would suit. The next one goes to those who wait, in order.")]
    ahead = waiting_list.ahead_of(wait, dates)
    return [Explained(now, _stand(date, ahead.get(date.id, 0), voice, now)) for date in dates]


def _stand(date: TrainingSession, ahead_count: int, voice: _Voice, now: datetime) -> str:
    when = clock.say_short(date.starts_at)
    before = "Nobody is" if not ahead_count else "1 person is" if ahead_count == 1 else f"{ahead_count} people are"
    if date.is_full:
        return f"{when} is full. {before} before {voice.words['whom']} in line."
    if waiting_list.is_last_day(date.starts_at, now):
        return f"{when}: a place is free. In the last 24 hours whoever books first has it."
    if date.booking_opens_at is not None and date.booking_opens_at > now:
        opens = clock.say_short(date.booking_opens_at)
        return f"{when}: booking opens on {opens}. {before} before {voice.words['whom']} in line."
    return f"{when}: a place is free, and is being passed on. {before} before {voice.words['whom']} in line."


def _when(offer: Offer) -> str:
    return clock.say_short(offer.training_session.starts_at)


def _names(deeds: Sequence[Deed]) -> dict[int, str]:
    ids = {deed.by_id for deed in deeds if deed.by_id is not None}
    return {person.id: person.known_as for person in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
