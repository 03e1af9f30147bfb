"""Who is told what, and when: letters queued in the transaction of the deed.

What is unsent and no longer true is withdrawn; what a person has not heard of yet is said anew with what is true now,
not twice. Entries are withdrawn only from calendars that may know them.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app import clock
from app.bookings.facts import (
    about,
    changes_between,
    edition,
    for_name,
    message,
    messages,
    other_dates,
    recipient_of,
    title_and_time,
)
from app.bookings.reading import clashes, invites_of
from app.bookings.tables import Booking, Invite
from app.notices import kinds, ledger, outbox
from app.people import Person
from app.timetable import TrainingSession

REMINDER_DAYS = 7
ASKED_DAYS = (7, 5)  # before the session: 'are you still coming?', and once more
_CHANGES: tuple[kinds.Change, ...] = ("time", "room", "link")
_ABOUT_THE_ENTRY = (kinds.Booked, kinds.Moved, kinds.Entry, kinds.EntryAgain)
_REMINDERS = (kinds.Reminder, kinds.StillComing)
_OF_WHOEVER_COMES = (*_REMINDERS, kinds.Written, kinds.GiveUpAsked, kinds.PartsDeclined)


def tell_booked(
    booking: Booking,
    entries: Sequence[Invite],
    now: datetime,
    *,
    from_list: bool = False,
    changed_from: kinds.OtherDate | None = None,
) -> None:
    """The confirmation, with the first slot's entry; a short letter for each further slot."""
    first, others = _first_and_others(messages(booking, entries, "REQUEST"))
    by_another = booking.booked_by_id != booking.person_id
    facts = kinds.Booked(
        about=about(booking.training_session),
        booking_ref=booking.ref,
        person_name=booking.person.name,
        invite=first,
        booked_by=booking.booked_by.name if by_another else "",
        from_list=from_list,
        changed_from=changed_from,
    )
    _queue(facts, booking, now, key=f"booked:{edition(entries[0])}")
    _queue_entries(booking, facts.about, others, now)


@dataclass(frozen=True)
class Told:
    """How things stand between us and the person before newer news: what was still unsent, now withdrawn.

    unsure: the parts of which an unsent letter may have left all the same. known: the UIDs that their calendar may
    know. entries: by their slots' time.
    """

    unsent: Sequence[kinds.Facts]
    unsure: Set[int]
    known: Set[str]
    entries: Sequence[Invite]

    @property
    def unheard_booking(self) -> kinds.Booked | None:
        """The confirmation, if that was still to come."""
        return None if self.known else next((facts for facts in self.unsent if isinstance(facts, kinds.Booked)), None)

    @property
    def unheard_move(self) -> kinds.Moved | None:
        """The news of an earlier move, if that was still to come."""
        return next((facts for facts in self.unsent if isinstance(facts, kinds.Moved)), None)

    @property
    def owed(self) -> set[int]:
        """The parts whose entry was still to follow older news, which the person has heard."""
        unheard = self.unheard_move
        unheard_of = {part for part, _ in changes_between(unheard.before, unheard.about)} if unheard else set()
        return {facts.invite_carried.part for facts in self.unsent if facts.invite_carried} - unheard_of

    @property
    def unknown(self) -> set[int]:
        """The parts of which their calendar has no entry yet."""
        return {part for part, entry in enumerate(self.entries) if entry.uid not in self.known}


def catch_up(bookings: Sequence[Booking], now: datetime, *, also_in_hand: bool = True) -> dict[int, Told]:
    """Withdraw what is unsent about these bookings' entries; by booking's id, in three statements.

    also_in_hand: a letter that a worker just has is not tried again either.
    """
    unsent: dict[int | None, list[kinds.Facts]] = {}
    unsure: dict[int | None, set[int]] = {}
    for notice in outbox.withdraw(*bookings, kinds=_ABOUT_THE_ENTRY, now=now, also_in_hand=also_in_hand):
        facts = kinds.from_json(notice.kind, notice.facts)
        unsent.setdefault(notice.about_id, []).append(facts)
        if notice.may_have_left and facts.invite_carried:
            unsure.setdefault(notice.about_id, set()).add(facts.invite_carried.part)
    entries = invites_of(bookings)
    known = ledger.may_know([entry.uid for of_one in entries.values() for entry in of_one])
    return {
        booking.id: Told(
            unsent=unsent.get(booking.id, []),
            unsure=unsure.get(booking.id, set()),
            known=known.intersection(entry.uid for entry in entries.get(booking.id, [])),
            entries=entries.get(booking.id, []),
        )
        for booking in bookings
    }


def tell_cancelled(
    booking: Booking,
    *,
    by: Person | None,
    why: str,
    now: datetime,
    changed_to: kinds.OtherDate | None = None,
    by_calendar: bool = False,
) -> None:
    """The entries withdrawn, unless none has left the house; and the other dates.

    by: None if nobody did it by hand: they did not say that they were coming. changed_to: what they have instead.
    by_calendar: they declined, whoever saw to it; then it says how to take that back.
    """
    training_session = booking.training_session
    first, others = _first_and_others(_withdrawals(booking, catch_up([booking], now)[booking.id], now))
    facts = kinds.Cancelled(
        about=about(training_session),
        booking_ref=booking.ref,
        invite=first,
        cancelled_by="" if by is None or by_calendar or by.id == booking.person_id else by.name,
        why=why,
        changed_to=changed_to,
        was_silent=by is None,
        by_calendar=by_calendar,
        held_until=booking.held_until,
        other_dates=other_dates(training_session, now, person=booking.person),
    )
    _queue(facts, booking, now, key=f"cancelled:{booking.id}")
    _queue_entries(booking, facts.about, others, now)
    outbox.withdraw(booking, kinds=_OF_WHOEVER_COMES, now=now)


def tell_session_cancelled(
    training_session: TrainingSession, booked: Sequence[Booking], words: str, now: datetime
) -> None:
    """The session will not take place: the entries withdrawn, the trainer's words, the other dates."""
    of, dates, told = about(training_session), other_dates(training_session, now), catch_up(booked, now)
    outbox.withdraw(*booked, kinds=_OF_WHOEVER_COMES, now=now)
    # What its trainers were to be told is no longer true; news of it is taken back by whoever tells them newer news.
    # What somebody wrote to them stays what was written.
    told_anew = {kinds.SessionNews, kinds.TrainerEntry}
    untrue = [kind for kind in kinds.KINDS.values() if kind not in {*told_anew, kinds.PassedOn}]
    outbox.withdraw(training_session, kinds=untrue, now=now)
    for booking in booked:
        first, others = _first_and_others(_withdrawals(booking, told[booking.id], now))
        facts = kinds.SessionCancelled(about=of, booking_ref=booking.ref, invite=first, words=words, other_dates=dates)
        _queue(facts, booking, now, key=f"session_cancelled:{booking.id}")
        _queue_entries(booking, of, others, now)


def tell_moved(
    training_session: TrainingSession, booked: Sequence[Booking], *, before: kinds.About, words: str, now: datetime
) -> None:
    """The time, the room or the link changed: what is new, against what each person last heard of.

    before: the session as it was.
    """
    told = catch_up(booked, now)
    own = clashes([booking.person_id for booking in booked], training_session)
    for booking in booked:
        moved = kinds.Moved(
            about=about(training_session),
            before=before,
            booking_ref=booking.ref,
            changed=(),
            words=words,
            clashes=_said_clashes(booking, own),
        )
        _say_anew(booking, moved, told[booking.id], now)
    retimed = [part for part, change in changes_between(before, about(training_session)) if change == "time"]
    if retimed:
        outbox.withdraw(*booked, kinds=_REMINDERS, now=now)
        for booking in booked:
            remind(booking, now)
            for part in retimed:
                told[booking.id].entries[part].answer = ""  # what they said of another time says nothing of this one


def _say_anew(booking: Booking, moved: kinds.Moved, told: Told, now: datetime) -> set[int]:
    """Letters that have not left are said anew with what is true now, not sent twice. Returns the parts told of."""
    booked = told.unheard_booking
    if booked is not None:
        tell_booked(booking, told.entries, now, from_list=booked.from_list, changed_from=booked.changed_from)
        return set(range(len(told.entries)))
    unheard = told.unheard_move or moved
    before, words = unheard.before, moved.words or unheard.words
    changes = changes_between(before, moved.about)
    unknown = told.unknown if booking.person.gets_invites else set()
    parts = sorted({part for part, _ in changes} | told.owed | told.unsure | unknown)
    if not parts:
        return set()
    _advance(told.entries, parts, now)
    first, others = _first_and_others(messages(booking, [told.entries[part] for part in parts], "REQUEST"))
    changed = tuple(change for change in _CHANGES if change in {what for _, what in changes})
    key = f"moved:{edition(told.entries[parts[0]])}"
    _queue(replace(moved, before=before, words=words, invite=first, changed=changed), booking, now, key=key)
    _queue_entries(booking, moved.about, others, now)
    return set(parts)


def tell_reworded(
    training_session: TrainingSession, booked: Sequence[Booking], *, why: kinds.WhyAgain, now: datetime
) -> None:
    """What entries show has changed, but neither time nor place: the same SEQUENCE, a later DTSTAMP."""
    # A letter in a worker's hands says more than this news: it is tried again if it must be, and this comes after it.
    told, of = catch_up(booked, now, also_in_hand=False), about(training_session)
    for booking in booked:
        stand, said = told[booking.id], set[int]()
        if stand.unheard_booking or stand.unheard_move:
            clashes = stand.unheard_move.clashes if stand.unheard_move else ()
            moved = kinds.Moved(about=of, before=of, booking_ref=booking.ref, changed=(), clashes=clashes)
            said = _say_anew(booking, moved, stand, now)
        rest = [entry for part, entry in enumerate(stand.entries) if part not in said and entry.slot.ends_at > now]
        send_again(booking, rest, why, now)


def send_again(booking: Booking, entries: Sequence[Invite], why: kinds.WhyAgain, now: datetime) -> None:
    """Entries as they are now, once more, a letter each."""
    for entry in entries:
        entry.stamp(now)
    for sent in messages(booking, entries, "REQUEST"):
        facts = kinds.EntryAgain(about=about(booking.training_session), booking_ref=booking.ref, invite=sent, why=why)
        stamp = int(sent.stamped_at.timestamp())
        _queue(facts, booking, now, key=f"again:{sent.uid}:{sent.sequence}:{stamp}")


def withdraw_entries(
    booking: Booking, entries: Sequence[Invite], now: datetime, *, address_of: Mapping[str, str] | None = None
) -> None:
    """Take entries out of a calendar that should not hold them, a letter each. What has begun stays where it is.

    address_of: the mailbox that has an entry, by its UID, if it is not where the person's letters go now.
    """
    for entry in entries:
        if entry.slot.starts_at <= now:
            continue
        entry.advance(now)
        of = about(booking.training_session)
        facts = kinds.Entry(about=of, booking_ref=booking.ref, invite=message(booking, entry, "CANCEL"))
        # About the entry, not the booking: newer news about the place must not stop it.
        to = (address_of or {}).get(entry.uid, "")
        _queue(facts, booking, now, key=f"entry:{edition(entry)}", of=entry, address=to)


def take_back_cancelled(booking: Booking, now: datetime) -> None:
    """They have the place again: what is unsent of its loss is not said, but the entries that it withdraws must go."""
    for notice in outbox.withdraw(booking, kinds=(kinds.Cancelled, kinds.Entry, kinds.GiveUpAsked), now=now):
        facts = kinds.from_json(notice.kind, notice.facts)
        if facts.invite_carried is not None and facts.session_meant is not None:
            entry = kinds.Entry(about=facts.session_meant, booking_ref=booking.ref, invite=facts.invite_carried)
            of = facts.invite_carried
            _queue(entry, booking, now, key=f"entry:{of.uid}:{of.sequence}:taken back")


def withdraw_from_old_address(booking: Booking, now: datetime) -> Told:
    """The person's letters go elsewhere from now on: the old address loses its entries for good."""
    told = catch_up([booking], now)[booking.id]
    withdraw_entries(booking, _known_entries(told), now)
    outbox.withdraw(booking, kinds=_REMINDERS, now=now)
    for entry in told.entries:
        entry.is_current = False
    return told


def send_to_new_address(booking: Booking, entries: Sequence[Invite], told: Told, now: datetime) -> None:
    """New entries and reminders for the address that gets letters from now on; all, if nothing was told yet.

    A move that they have not heard of is told there.
    """
    has_heard = bool(told.known) or not (booking.person.gets_invites or told.unheard_booking)
    follow_choice(booking, entries, told, now, has_heard=has_heard)


def follow_choice(booking: Booking, entries: Sequence[Invite], told: Told, now: datetime, *, has_heard: bool) -> None:
    """New entries, if they want any, and reminders; what they have not heard of is said again with that.

    Of what has begun nothing is said.
    """
    entries = [entry for entry in entries if entry.slot.starts_at > now]
    if not entries:
        return
    sent: Sequence[kinds.Invite] = messages(booking, entries, "REQUEST")
    if not has_heard:
        tell_booked(booking, entries, now)
    else:
        if told.unheard_move:
            first, sent = _first_and_others(sent)
            _queue(replace(told.unheard_move, invite=first), booking, now, key=f"moved:{edition(entries[0])}")
        _queue_entries(booking, about(booking.training_session), sent, now)
    remind(booking, now)


def remind(booking: Booking, now: datetime) -> None:
    """Queue the reminders that are still to come, at nine: a week before, and the working day before each part.

    Where the course asks whether people are still coming, the question takes the place of the first, and is put again.
    """
    to = recipient_of(booking)
    starts_on = [clock.today(slot.starts_at) for slot in booking.training_session.slots]
    days: dict[date, type[kinds.Facts]] = {starts_on[0] - timedelta(days=REMINDER_DAYS): kinds.Reminder}
    days |= dict.fromkeys(map(clock.working_day_before, starts_on), kinds.Reminder)
    if booking.training_session.course.asks_to_confirm and booking.person.address and booking.confirmed_at is None:
        days |= {starts_on[0] - timedelta(days=ahead): kinds.StillComing for ahead in ASKED_DAYS}
    for on in sorted(days):
        if to and clock.morning_of(on) > now:
            outbox.queue_late(
                days[on],
                to=to,
                about=booking,
                due_at=clock.morning_of(on),
                now=now,
                dedupe_key=f"{days[on].name}:{booking.id}:{on}",
            )


def _withdrawals(booking: Booking, told: Told, now: datetime) -> list[kinds.Invite]:
    """The messages that take a booking's entries out of the calendar."""
    leaving = _known_entries(told)
    _advance(leaving, range(len(leaving)), now)
    return messages(booking, leaving, "CANCEL")


def _known_entries(told: Told) -> list[Invite]:
    """Those that may have left the house: the withdrawal of what nobody has would only puzzle them."""
    return [entry for entry in told.entries if entry.uid in told.known]


def _said_clashes(booking: Booking, own: Mapping[int, Sequence[Booking]]) -> tuple[str, ...]:
    """The person's own bookings at that time. Whoever booked for them does not learn of those (rule 7)."""
    clashing = own.get(booking.person_id, []) if booking.person.address else []
    return tuple(title_and_time(clash) for clash in clashing)


def _advance(entries: Sequence[Invite], parts: Iterable[int], now: datetime) -> None:
    for part in parts:
        entries[part].advance(now)


def _first_and_others(sent: Sequence[kinds.Invite]) -> tuple[kinds.Invite | None, Sequence[kinds.Invite]]:
    """One calendar message a letter: the first goes with the news itself, if there is any."""
    return (sent[0], sent[1:]) if sent else (None, ())


def _queue_entries(booking: Booking, of: kinds.About, sent: Iterable[kinds.Invite], now: datetime) -> None:
    for each in sent:
        facts = kinds.Entry(about=of, booking_ref=booking.ref, invite=each)
        _queue(facts, booking, now, key=f"entry:{each.uid}:{each.sequence}")


def _queue(
    facts: kinds.OfBooking,
    booking: Booking,
    now: datetime,
    *,
    key: str,
    of: Booking | Invite | None = None,
    address: str = "",
) -> None:
    """address: if not the one that their letters go to now."""
    to = recipient_of(booking)
    if address:
        to = outbox.Recipient(address, booking.person.name, booking.person_id)
    if to is not None:
        facts = replace(facts, for_name=for_name(booking), has_entry=booking.person.gets_invites)
        outbox.queue(facts, to=to, about=of or booking, now=now, dedupe_key=key, thread=booking.thread_to(to.address))
