"""Who waits is told what: where they stand, what they are offered and until when, what became of it.

No letter here carries a calendar entry. Letters about an offer are about that offer, others about one session are about
the session, the rest about the wait; what is unsent and no longer true is withdrawn with it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from app import timetable, waiting_list
from app.bookings.facts import (
    about,
    changes_between,
    name_if_unreached,
    other_date,
    other_dates,
    reader,
    title_and_time,
    without_links,
)
from app.bookings.reading import clashes
from app.bookings.tables import Booking
from app.notices import kinds, outbox
from app.notices.outbox import Notice, Recipient
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Offer, Wait


class _Known(TypedDict):
    wait_ref: str
    course: str
    course_ref: str
    language: str
    for_name: str


def tell_waiting(wait: Wait, dates: Sequence[TrainingSession], *, keeps: TrainingSession | None, now: datetime) -> None:
    """They are on the list. dates: those they wait for that are there, in order of time."""
    outbox.withdraw(wait, kinds=(kinds.Waiting,), now=now)
    ahead = waiting_list.ahead_of(wait, dates)
    facts = kinds.Waiting(
        **_known(wait),
        wants=wait.wants,
        dates=tuple(
            kinds.WaitedDate(
                session_ref=date.ref, starts_at=date.starts_at, where=date.where, ahead_count=ahead.get(date.id, 0)
            )
            for date in dates
        ),
        books_at_once=wait.books_at_once,
        would_suit=wait.would_suit,
        asked_by="" if wait.asked_by_id == wait.person_id else wait.asked_by.name,
        keeps=other_date(keeps) if keeps else None,
    )
    _queue(facts, wait, now, about=wait, key=f"waiting:{wait.id}:{_stamp(now)}")


def tell_offered(offer: Offer, clashing: Sequence[Booking], instead_of: TrainingSession | None, now: datetime) -> None:
    """A place is held for them; and a warning before it runs out, if it is long enough for one."""
    wait = offer.wait
    facts = kinds.Offered(
        **_known(wait),
        about=_shown(offer.training_session),
        offer_ref=offer.ref,
        lapses_at=offer.lapses_at,
        clashes=_said(clashing, wait),
        wanted_at_once=wait.books_at_once,
        instead_of=other_date(instead_of) if instead_of else None,
    )
    to = _to(wait)
    _queue(facts, wait, now, about=offer, key=f"offered:{offer.id}:{outbox.digest(to.address if to else '')}")
    warn(offer, now)


def withdraw_standing(waits: Collection[Wait], now: datetime) -> None:
    """Places have come to them: where they stood in line is not worth saying any more."""
    outbox.withdraw(*waits, kinds=(kinds.Waiting,), now=now)


def warn(offer: Offer, now: datetime) -> None:
    """Queue the warning that an offer is about to run out. An earlier one has been withdrawn by now."""
    at, to = waiting_list.warning(offer.offered_at, offer.lapses_at), _to(offer.wait)
    if at is not None and at > now and to is not None:
        key = f"offer_ending:{offer.id}:{_stamp(offer.lapses_at)}"
        outbox.queue_late(kinds.OfferEnding, to=to, about=offer, due_at=at, now=now, dedupe_key=key)


def offer_ending_now(notice: Notice, now: datetime) -> kinds.OfferEnding | None:
    """The facts of that warning when it falls due; None if they have answered, or it has run out."""
    offer = waiting_list.offer_by_id(notice.about_id)
    if offer is None or not offer.may_be_answered(now):
        return None
    return kinds.OfferEnding(
        **_known(offer.wait),
        about=_shown(offer.training_session),
        offer_ref=offer.ref,
        lapses_at=offer.lapses_at,
    )


def withdraw_offer(offer: Offer, now: datetime) -> None:
    """The offer is answered, or has run out: nothing more is to be said of it."""
    outbox.withdraw(offer, now=now)


def tell_lapsed(offer: Offer, now: datetime) -> None:
    withdraw_offer(offer, now)
    facts = kinds.OfferLapsed(
        **_known(offer.wait),
        about=_shown(offer.training_session),
        is_open_to_all=waiting_list.is_last_day(offer.training_session.starts_at, now),
    )
    _queue(facts, offer.wait, now, about=offer, key=f"offer_lapsed:{offer.id}")


def tell_place_free(waits: Sequence[Wait], training_session: TrainingSession, now: datetime) -> None:
    """In the last day: all of them at once."""
    outbox.withdraw(training_session, kinds=(kinds.PlaceFree,), now=now)
    for wait in waits:
        facts = kinds.PlaceFree(
            **_known(wait), about=_shown(training_session), places_left=training_session.places_left
        )
        key = f"place_free:{training_session.id}:{wait.id}:{_stamp(now)}"
        _queue(facts, wait, now, about=training_session, key=key)


def tell_new_date(training_session: TrainingSession, waits: Sequence[Wait], now: datetime) -> None:
    """There is a date that suits them, but its places go to others before them."""
    for ahead_count, wait in waits_behind(training_session, waits):
        facts = kinds.NewDate(**_known(wait), about=_shown(training_session), ahead_count=ahead_count)
        _queue(facts, wait, now, about=training_session, key=f"new_date:{training_session.id}:{wait.id}")


def waits_behind(training_session: TrainingSession, waits: Sequence[Wait]) -> list[tuple[int, Wait]]:
    """How many of those who still wait for a session are before each of these."""
    places = {each.id: number for number, each in enumerate(waiting_list.line_of(training_session))}
    return [(places[wait.id], wait) for wait in waits if wait.id in places]


def tell_moved(
    training_session: TrainingSession,
    *,
    before: kinds.About,
    words: str,
    clashes: Mapping[int, Sequence[Booking]],
    offers: Mapping[int, Offer],
    unheard: Mapping[str, kinds.Facts],
    waits: Sequence[Wait],
    now: datetime,
) -> None:
    """Those who wait for it: what is new, against what each of them last heard of.

    offers: those open on it, by wait's id. clashes: by person's id. unheard: what had not left yet (`take_back`), which
    is said anew, not twice.
    """
    after = _shown(training_session)
    for wait in waits:
        offer, older = offers.get(wait.id), unheard.get(wait.ref)
        own = [each for each in clashes.get(wait.person_id, []) if each.training_session_id != wait.instead_of_id]
        if offer is not None and isinstance(older, kinds.Offered):
            tell_offered(offer, own, _instead_of(wait), now)
            continue
        if isinstance(older, kinds.NewDate):
            tell_new_date(training_session, [wait], now)
            continue
        knew = older.before if isinstance(older, kinds.WaitMoved) else without_links(before)
        if offer is not None:
            warn(offer, now)
        if changes_between(knew, after):
            facts = kinds.WaitMoved(
                **_known(wait),
                about=after,
                before=knew,
                words=words or (older.words if isinstance(older, kinds.WaitMoved) else ""),
                clashes=_said(own, wait),
                offer_ref=offer.ref if offer else "",
                lapses_at=offer.lapses_at if offer else None,
            )
            key = f"wait_moved:{training_session.id}:{wait.id}:{_stamp(now)}"
            _queue(facts, wait, now, about=offer or training_session, key=key)


def take_back(training_session: TrainingSession, offers: Iterable[Offer], now: datetime) -> dict[str, kinds.Facts]:
    """Withdraw what has not left yet of this session for those who wait; what that was, by wait's ref."""
    of_session = (kinds.WaitMoved, kinds.NewDate, kinds.PlaceFree)
    notices = outbox.withdraw(training_session, kinds=of_session, now=now) + outbox.withdraw(*offers, now=now)
    unheard = [kinds.from_json(notice.kind, notice.facts) for notice in notices if _is_unheard(notice)]
    return {facts.wait_ref: facts for facts in unheard if isinstance(facts, kinds.OfWait)}


def _is_unheard(notice: Notice) -> bool:
    """A warning has no facts before it falls due; and what may have left may have been read."""
    return not notice.may_have_left and not kinds.KINDS[notice.kind].read_late


def tell_cancelled(
    training_session: TrainingSession,
    waits: Sequence[Wait],
    *,
    offered: Collection[int],
    going_on: Collection[int],
    words: str,
    now: datetime,
) -> None:
    """It will not take place.

    offered, going_on: the ids of the waits that had a place held, or that lost the last date they named.
    """
    dates = other_dates(training_session, now)
    for wait in waits:
        facts = kinds.WaitCancelled(
            **_known(wait),
            about=_shown(training_session),
            words=words,
            was_offered=wait.id in offered,
            goes_on=wait.id in going_on,
            other_dates=dates,
        )
        _queue(facts, wait, now, about=training_session, key=f"wait_cancelled:{training_session.id}:{wait.id}")


def tell_going_on(wait: Wait, last: TrainingSession, now: datetime) -> None:
    """The last date that they named has begun without them."""
    facts = kinds.WaitGoesOn(**_known(wait), about=_shown(last), other_dates=other_dates(last, now, person=wait.person))
    _queue(facts, wait, now, about=wait, key=f"wait_goes_on:{wait.id}:{last.id}")


def ask_still(wait: Wait, ends_at: datetime, now: datetime) -> None:
    facts = kinds.StillWaiting(**_known(wait), asked_on=wait.asked_at, ends_at=ends_at)
    _queue(facts, wait, now, about=wait, key=f"still_waiting:{wait.id}:{_stamp(now)}")


def tell_ended(wait: Wait, *, by: Person | None, why: str, now: datetime) -> None:
    """They are off the list, and it was not they who did it."""
    facts = kinds.WaitEnded(**_known(wait), ended_by=by.name if by else "", why=why)
    _queue(facts, wait, now, about=wait, key=f"wait_ended:{wait.id}")


def withdraw(wait: Wait, now: datetime) -> None:
    """The wait is over: what was to be said of it, of its offers and of dates that it was for is not true any more."""
    outbox.withdraw(wait, now=now)
    outbox.withdraw(*waiting_list.offers_of(wait), now=now)
    to = _to(wait)
    if to is not None and wait.person.address:  # whoever reads for others may wait for the same date themselves
        of_dates = (kinds.PlaceFree, kinds.NewDate, kinds.WaitMoved)
        outbox.withdraw(*timetable.dates_of(wait.course_id, now=now), kinds=of_dates, now=now, person_id=to.person_id)


def withdraw_questions(wait: Wait, now: datetime) -> None:
    """They have said that they still want a place: nobody need ask, nor say that they get no more offers."""
    outbox.withdraw(wait, kinds=(kinds.StillWaiting,), now=now)
    outbox.withdraw(*waiting_list.offers_of(wait), kinds=(kinds.OfferLapsed,), now=now)


def follow(person: Person, now: datetime) -> None:
    """Their letters go elsewhere from now on: what is unsent goes there, and what is open is said there again."""
    waits = waiting_list.of(person)
    held = list(waiting_list.open_offers(waits).values())
    if person.address:
        to = Recipient(person.address, person.name, person.id)
        outbox.readdress(*waits, to=to)
        outbox.readdress(*held, to=to)
    for offer in held:
        if not _is_told(offer):
            outbox.withdraw(offer, kinds=(kinds.Offered, kinds.OfferEnding), now=now)
            own = clashes([person.id], offer.training_session).get(person.id, [])
            clashing = [each for each in own if each.training_session_id != offer.wait.instead_of_id]
            tell_offered(offer, clashing, _instead_of(offer.wait), now)


def _is_told(offer: Offer) -> bool:
    """Whether the offer has been, or will be, said to whoever reads their letters now."""
    to, said = _to(offer.wait), outbox.about(offer)
    true = [notice for notice in said if notice.kind == kinds.Offered.name and notice.state != "withdrawn"]
    return to is None or any(notice.address == to.address for notice in true)


def _known(wait: Wait) -> _Known:
    course = wait.course
    return {
        "wait_ref": wait.ref,
        "course": course.title,
        "course_ref": course.slug,
        "language": course.language,
        "for_name": name_if_unreached(wait.person),
    }


def _shown(training_session: TrainingSession) -> kinds.About:
    """Whoever has no place yet has no joining link (rule 7)."""
    return without_links(about(training_session))


def _instead_of(wait: Wait) -> TrainingSession | None:
    """The date that they have, and give up for another."""
    return timetable.by_id(wait.instead_of_id) if wait.instead_of_id else None


def _to(wait: Wait) -> Recipient | None:
    return reader(wait.person, wait.asked_by)


def _said(clashing: Sequence[Booking], wait: Wait) -> tuple[str, ...]:
    """Their own bookings at that time. Whoever asked for them does not learn of those (rule 7)."""
    return tuple(title_and_time(booking) for booking in clashing) if wait.person.address else ()


def _stamp(at: datetime) -> int:
    return int(at.timestamp())


def _queue(facts: kinds.OfWait, wait: Wait, now: datetime, *, about: Wait | Offer | TrainingSession, key: str) -> None:
    to = _to(wait)
    if to is not None:
        outbox.queue(facts, to=to, about=about, now=now, dedupe_key=key)
