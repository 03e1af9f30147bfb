"""Booking for others: a colleague by email, and for those who run the session anybody.

- Whoever books for somebody else sees only 'booked', 'on the list' or 'ask us' (D43): never why not, nor whether we
  know the address. A place that the person had already reads as booked: nothing changes, and no second letter goes.
- When there is no place for them, they can be put on the waiting list for this date, and are asked first. Whoever is on
  the list already keeps the wait that they chose, and whoever is on the full session reads as anybody else.
- Somebody new at one of the service's own domains becomes a person with the name that was typed; a known person's own
  name stays. Other new addresses, and people without one, are for those who run the session.
- They may also book what overlaps another place of the person's; they learn that it does, not with what.
- Members of staff book for 100 people an hour at most. The waiting list and being sent to us count too, or they would
  tell who is where.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import journal, people, sign_in, timetable, waiting_list
from app.bookings import ASK_US, book, is_others_turn, of_person_on, wait
from app.bookings.pasted import Colleague
from app.db import db
from app.errors import AlreadyBooked, Faulty, NotAllowed, NotFound, Overlaps, SessionFull, TooOften
from app.journal import Deed
from app.people import Address, Person
from app.timetable import TrainingSession

MOST_AN_HOUR = 100
SENT_TO_US = "sent to us"
NO_PLACE = "There is no place left."


@dataclass(frozen=True)
class Outcome:
    """What whoever books hears of one colleague.

    who: as typed; to those who run the session with the name that we know. why_not: a sentence, '' if they have a
    place or wait for one. had: they had it before, which only those who run the session hear. is_own: it was the
    booker's own address. waits: they are on the waiting list.
    """

    who: Colleague
    why_not: str = ""
    had: bool = False
    is_own: bool = False
    waits: bool = False

    @property
    def is_booked(self) -> bool:
        return not self.why_not and not self.waits


class Answered(TypedDict, total=False):
    """What was answered for a colleague, as `book` takes it."""

    answers: Sequence[Sequence[str]]
    access_needs: str
    despite_overlaps: bool


@dataclass(frozen=True)
class _Act:
    """One press of the button: who books, on which session, and whether they run it."""

    by: Person
    training_session: TrainingSession
    runs_it: bool
    now: datetime


def book_for(
    colleague: Colleague, training_session_id: int, *, by: Person, now: datetime, **answered: Unpack[Answered]
) -> Outcome:
    """Give a colleague a place.

    Raises what `book` raises, but Overlaps only to those who may decide, and not AlreadyBooked; TooOften.
    """
    act = _begun(training_session_id, by, now)
    [person] = _people([colleague], act)
    return _placed(colleague, person, act, **answered)


def book_or_wait_for(
    colleague: Colleague, training_session_id: int, *, by: Person, now: datetime, **answered: Unpack[Answered]
) -> Outcome:
    """Give a colleague a place, or put them on the waiting list if there is none for them. Raises the rest of that."""
    act = _begun(training_session_id, by, now)
    [person] = _people([colleague], act)
    try:
        return _placed(colleague, person, act, **answered)
    except SessionFull:
        return _on_the_list(colleague, person, act, **answered)


def book_several(
    colleagues: Sequence[Colleague], training_session_id: int, *, by: Person, now: datetime, waits: bool = False
) -> list[Outcome]:
    """Give a place to as many as fit, in the order of the list, all in one act; an outcome for each.

    waits: those for whom there is none are put on the waiting list, in the same order. Raises NotFound, BookingClosed,
    TooOften.
    """
    act = _begun(training_session_id, by, now)
    people_of_list = _people(colleagues, act)
    return [_one_of_several(*each, act, waits=waits) for each in zip(colleagues, people_of_list, strict=True)]


def foreseen(
    colleagues: Sequence[Colleague], training_session_id: int, *, by: Person, now: datetime, waits: bool = False
) -> list[Outcome]:
    """What somebody who does not run the session may know of `book_several` beforehand: whom the places are for.

    It looks at nobody's record, so that a look tells nothing for which one would have to book. Raises as that does.
    """
    training_session = _begun(training_session_id, by, now).training_session
    places_left = 0 if is_others_turn(training_session, None, now) else training_session.places_left
    rest = [Outcome(colleague, "" if waits else NO_PLACE, waits=waits) for colleague in colleagues[places_left:]]
    return [Outcome(colleague) for colleague in colleagues[:places_left]] + rest


def _begun(training_session_id: int, by: Person, now: datetime) -> _Act:
    """Raises NotFound, TooOften."""
    training_session = timetable.by_id(training_session_id)
    if training_session is None:
        raise NotFound("There is no such session.")
    if not by.manages and _asked_lately(by, now) >= MOST_AN_HOUR:
        raise TooOften(
            f"You have booked for {MOST_AN_HOUR} people in the last hour, which is as many as we let one person book.",
            what_next="Wait an hour, or ask us to book for the others.",
        )
    runs_it = timetable.may_manage(by, training_session.course, training_session.trainers)
    return _Act(by, training_session, runs_it, now)


def _asked_lately(by: Person, now: datetime) -> int:
    """How many they booked, made wait, or were sent to us about, in the last hour; the journal's end is short."""
    before = select(Deed.id).where(Deed.done_at <= now - timedelta(hours=1)).order_by(Deed.id.desc()).limit(1)
    lately = Deed.id > func.coalesce(before.scalar_subquery(), 0)
    query = select(func.count()).where(lately, Deed.by_id == by.id, Deed.did.in_(("booked", "waited", SENT_TO_US)))
    return db.session.scalar(query) or 0


def _one_of_several(colleague: Colleague, person: Person | None, act: _Act, *, waits: bool) -> Outcome:
    who = _who(colleague, person, act)
    try:
        return _placed(colleague, person, act)
    except SessionFull:
        return _on_the_list(colleague, person, act) if waits else Outcome(who, NO_PLACE)
    except Overlaps as question:
        return Outcome(who, question.sentence)


def _placed(colleague: Colleague, person: Person | None, act: _Act, **answered: Unpack[Answered]) -> Outcome:
    if person is None:
        return _sent_to_us(colleague, act)
    outcome = Outcome(_who(colleague, person, act), is_own=person.id == act.by.id)
    try:
        book(person, act.training_session.id, by=act.by, now=act.now, **answered)
    except AlreadyBooked:
        _refuse_if_it_would_tell(person, act)
        return replace(outcome, had=act.runs_it)
    except Overlaps:
        if act.runs_it or outcome.is_own:
            raise
        return _sent_to_us(colleague, act)
    return outcome


def _on_the_list(colleague: Colleague, person: Person | None, act: _Act, **answered: Unpack[Answered]) -> Outcome:
    """There is no place for them: they wait for one on this date. Of what they have elsewhere staff learn nothing."""
    if person is None:
        return _sent_to_us(colleague, act)
    training_session = act.training_session
    outcome = Outcome(_who(colleague, person, act), is_own=person.id == act.by.id, waits=True)
    is_there = waiting_list.of_person(person, training_session.course_id) is not None
    if is_there or of_person_on(person, training_session) is not None:
        # Whoever waits keeps the dates that they chose. Whoever is on the session reads as if they were not.
        return replace(outcome, had=is_there and act.runs_it)
    try:
        wait(
            person,
            training_session.course_id,
            wants="these",
            session_ids=[training_session.id],
            by=act.by,
            now=act.now,
            answers=answered.get("answers", ()),
            access_needs=answered.get("access_needs", ""),
        )
    except AlreadyBooked:
        if not (act.runs_it or outcome.is_own):
            return _sent_to_us(colleague, act)
        whose = "You have" if outcome.is_own else f"{person.known_as} has"
        return replace(outcome, waits=False, why_not=f"{whose} another date of this course.")
    except NotAllowed as refusal:
        return replace(outcome, waits=False, why_not=refusal.sentence)
    return outcome


def _sent_to_us(colleague: Colleague, act: _Act) -> Outcome:
    # About the booker: noted of the session, it would look like a change to whoever is editing it.
    journal.record(act.by, SENT_TO_US, act.by, act.now, session=act.training_session.ref)
    return Outcome(colleague, ASK_US)


def _refuse_if_it_would_tell(person: Person, act: _Act) -> None:
    """'Booked' on a full session would tell who was on it before (D43). Whoever booked them may press twice."""
    booking, training_session = of_person_on(person, act.training_session), act.training_session
    knows = act.runs_it or (booking is not None and act.by.id in {booking.person_id, booking.booked_by_id})
    if not knows and (training_session.is_full or is_others_turn(training_session, None, act.now)):
        raise SessionFull("All the places on this session have been taken.")


def _who(colleague: Colleague, person: Person | None, act: _Act) -> Colleague:
    """With their own name to those who run the session; to others as typed."""
    return replace(colleague, name=person.name) if person and act.runs_it else colleague


def _people(colleagues: Sequence[Colleague], act: _Act) -> list[Person | None]:
    """Who each of them is, held until the transaction ends; None for whom it is not theirs to add.

    Newcomers first, in the order of their addresses, then everybody by id, before the session: two lists at once, or a
    list and somebody in it who books at this moment, wait for each other in one order.
    """
    found = _known_by([colleague.address for colleague in colleagues])
    new = {colleague.address: colleague for colleague in colleagues if colleague.address not in found}
    for address in sorted(filter(None, new)):
        if act.runs_it or sign_in.may_join(address):
            found[address] = _newcomer(new[address], act)
    if "" in new:
        found[""] = _without_address(new[""], act)
    people.hold(*dict.fromkeys(found.values()))
    return [found.get(colleague.address) for colleague in colleagues]


def _known_by(addresses: Iterable[str]) -> dict[str, Person]:
    query = select(Address.address, Person).join(Person, Person.id == Address.person_id)
    return dict(db.session.execute(query.where(Address.address.in_(addresses))).all())


def _newcomer(colleague: Colleague, act: _Act) -> Person:
    """Somebody new. If two add them at once, whoever is second finds the person that the first has made."""
    try:
        with db.session.begin_nested():
            if colleague.name:
                return people.add(
                    colleague.name, address=colleague.address, team=colleague.team, by=act.by, now=act.now
                )
            person = Person(team=colleague.team, added_at=act.now)  # asked for their name when they first sign in (D43)
            db.session.add(person)
            db.session.flush()  # the address and the journal need the person's id
            people.give_address(person, colleague.address, by=act.by, now=act.now)
            return person
    except (Faulty, IntegrityError):
        known = people.known(colleague.address)
        if known is None:
            raise
        return known


def _without_address(colleague: Colleague, act: _Act) -> Person:
    """Known by name and team only: the same person as last time, if there is one. Raises NotAllowed."""
    if not act.runs_it:
        raise NotAllowed("Only this session’s trainers and our coordinators book for people without an email address.")
    known = people.without_address(colleague.name, colleague.team)
    return known or people.add(colleague.name, address=None, team=colleague.team, by=act.by, now=act.now)
