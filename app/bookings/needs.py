"""What would help people take part, and whether the rooms of a session have it.

People say it in words of their own, and so do those who describe the rooms. Both are looked through for a few plain
words; what neither recognises is left to the trainers, who read every word anyway. What is not written down about a
room counts as missing: somebody who looks is better than somebody who waits at a step (D38).
- The session's trainers are told at once that somebody's need and a room do not match, once for each booking and
  room; whoever takes the session over is told, too. The letter says neither what nor whose it is: that stands on the
  session's page.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.bookings.facts import about
from app.bookings.reading import needs_on
from app.notices import kinds, outbox
from app.notices.outbox import Notice, Recipient
from app.rooms import Room
from app.timetable import TrainingSession

_NOT_NEEDED = re.compile(
    r"\b(do not|don't|does not|doesn't|no longer) (need|require)\b(?! to\b)"
    r"|\bno (\w+ ){0,2}(needs?|requirements?|problems?|issues?|difficult\w+)\b|\bnot (needed|required|necessary)\b"
)
_CLAUSES = re.compile(r"[.,;!\n]|\bbut\b|\bond\b")  # also in Welsh, as the words below
_MISSING = r"\b(not|no|without|isn't|never|dim|heb|nid) (?:\w+ ){0,2}?"
_NO_STEPS = re.compile(r"\bno (steps|stairs)\b|\bheb risiau\b|\bdim grisiau\b")
_OUT_OF_USE = r"[^.,;]{0,20}?\b(not (available|working|in use)|unavailable|out of (order|use)|broken)\b"


@dataclass(frozen=True)
class Need:
    """Something that a room may have. said: what it is called.

    asked, given: how people ask for it, and how a room's words offer it. barred: what rules it out whatever is offered.
    """

    said: str
    asked: re.Pattern[str]
    given: re.Pattern[str]
    barred: re.Pattern[str]


def _need(said: str, *, asked: str, given: str, barred: str = r"(?!)") -> Need:
    return Need(said, re.compile(asked), re.compile(f"({given})"), re.compile(barred))


_TOILET = (
    r"\b(accessible|disabled|wheelchair|adapted|step free) (\w+ )?(toilets?|loos?|wcs?|bathrooms?|washrooms?)\b"
    r"|\bchanging places\b|\btoiled(au)? (hygyrch|i'r anabl)"
)
_DESK = r"\b((height )?adjustable|sit stand|standing|rise and fall) (height )?(desk|table|workstation)s?\b"
NEEDS = (
    _need(
        "step-free access",
        asked=r"\bstep ?free|\bwheel ?chairs?\b|\bstairs?\b|\bstairway|\bsteps?\b|\blifts?\b|\bramps?\b|\bmobility"
        r"|\bwalking (stick|frame|aid|difficult)|\bcrutch|\brollator|\bzimmer|\bscooter|\blevel access|\bground floor"
        r"|\b[cg]h?adair olwyn|\b[gr]?risiau\b|\blifft\b|\bramp\b",
        given=r"\bstep ?free(?! (except|apart))|\blevel access|\blevel entrance|\bramp(s|ed)?\b|\blifts?\b|\blifft\b"
        r"|\bwheelchair (access|accessible|friendly|users?)\w*|\baccessible entrance|\bmynediad gwastad",
        # A lift does not help past the steps that make a room 'not step-free'; a ramp does.
        barred=r"\bnot step free\b(?!(.|\n)*\bramp)",
    ),
    _need(
        "a hearing loop",
        asked=r"\bhear(ing)?\b|\bloop\b|\bdeaf|\bhard of hearing|\bt ?(coil|switch)\b|\binduction|\bcochlear"
        r"|\b[dn]?ddolen\b|\bdolen\b|\bb?f?yddar|\btrwm (ei|fy) (ch|ngh|gh)lyw",
        given=r"\b(hearing|induction|audio|infrared|portable) (loop|system)s?\b|\bloop (system|amplifier)|\bloops?\b"
        r"|\bdd?olen\b",
    ),
    _need("an accessible toilet", asked=_TOILET, given=_TOILET),
    _need(
        "parking nearby",
        asked=r"\bparking\b|\bpark (my|a|the|near|close)\b|\bcar park|\bblue badge|\bdisabled bay|\bb?parcio\b"
        r"|\bbathodyn glas",
        given=r"\bparking\b|\bcar park|\bblue badge|\bdisabled bays?|\bparcio\b",
    ),
    _need("an adjustable desk", asked=_DESK, given=_DESK),
)


def recognised(words: str) -> list[Need]:
    """What somebody asks for, as far as we can tell."""
    clauses = [clause for clause in _CLAUSES.split(_plain(words)) if not _NOT_NEEDED.search(clause)]
    return [need for need in NEEDS if any(need.asked.search(clause) for clause in clauses)]


def unmet(words: str, training_session: TrainingSession) -> list[str]:
    """A sentence for each thing that somebody asks for and a room of the session does not have, as far as we know."""
    asked = recognised(words)
    told = [_why_not(need, room) for room in rooms_of(training_session) for need in asked]
    return [sentence for sentence in told if sentence]


def rooms_of(training_session: TrainingSession) -> list[Room]:
    """The rooms of its parts, each once. What is online has none."""
    return list({slot.room.id: slot.room for slot in training_session.slots if slot.room}.values())


def tell_unmet(training_session: TrainingSession, *, now: datetime) -> None:
    """Tell each of its trainers whose needs and which rooms do not match, as far as they have not been told.

    Called under the session's lock when somebody with needs takes or gives up a place, and when the rooms or the
    trainers change: what is unsent and no longer true is withdrawn.
    """
    outbox.withdraw(training_session, kinds=(kinds.NeedUnmet,), now=now)
    unmet_refs = _unmet_refs(training_session)
    told = _told(outbox.about(training_session)) if unmet_refs else {}
    for where, refs in unmet_refs.items():
        for trainer in training_session.trainers:
            new = sorted(refs - told.get((trainer.id, where), set()))
            if new and trainer.address:
                _queue(training_session, where, new, Recipient(trainer.address, trainer.name, trainer.id), now)


def _queue(training_session: TrainingSession, where: str, refs: Sequence[str], to: Recipient, now: datetime) -> None:
    news = outbox.digest(f"{where}:{refs}")
    outbox.queue(
        kinds.NeedUnmet(about=about(training_session), room=where, booking_refs=tuple(refs)),
        to=to,
        about=training_session,
        now=now,
        # With the time: a letter that was withdrawn in a worker's hands is still in the way of the same key.
        dedupe_key=f"need_unmet:{training_session.id}:{to.person_id}:{news}:{int(now.timestamp())}",
    )


def _unmet_refs(training_session: TrainingSession) -> Mapping[str, set[str]]:
    """The bookings whose needs a room does not meet, by where the room is."""
    rooms = rooms_of(training_session)
    found: dict[str, set[str]] = {}
    for ref, words in needs_on(training_session) if rooms else []:
        asked = recognised(words)
        for room in rooms:
            if any(_why_not(need, room) for need in asked):
                found.setdefault(room.where, set()).add(ref)
    return found


def _told(notices: Iterable[Notice]) -> dict[tuple[int | None, str], set[str]]:
    """Of which bookings a trainer has been told, by their id and where the room is."""
    found: dict[tuple[int | None, str], set[str]] = {}
    for notice in notices:
        if notice.kind == kinds.NeedUnmet.name and notice.withdrawn_at is None:
            told = found.setdefault((notice.person_id, notice.facts["room"]), set())
            told.update(notice.facts["booking_refs"])
    return found


def _why_not(need: Need, room: Room) -> str:
    """What a room lacks, as a sentence; '' if it has it."""
    words = _NO_STEPS.sub("step free", _plain(f"{room.access}\n{room.equipment}"))
    if not words.strip():
        return f"{room.where}: we do not know if there is {need.said}."
    given = need.given.pattern
    offered = re.sub(rf"{given}{_OUT_OF_USE}", " ", re.sub(rf"{_MISSING}{given}", " ", words))
    if need.given.search(offered) and not need.barred.search(words):
        return ""
    is_plain = offered != words
    return (
        f"{room.where}: no {_bare(need.said)}." if is_plain else f"{room.where}: no {_bare(need.said)} that we know of."
    )


def _bare(said: str) -> str:
    return re.sub(r"^an? ", "", said)


def _plain(words: str) -> str:
    """Small letters, one kind of apostrophe, and no hyphens, which people put in or leave out."""
    return re.sub(r"[-‐‑–/]", " ", words.casefold().replace("’", "'"))
