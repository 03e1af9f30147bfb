"""Whose turn it is, worked out once more from the rows alone, in plain Python: no query of the waiting list is asked.

A `Picture` is what the database holds at a moment. Each function says what is wrong, a sentence each.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app.bookings import Booking
from app.courses import Course
from app.db import db
from app.notices.outbox import Notice
from app.people.tables import Address
from app.timetable import Slot, TrainingSession
from app.waiting_list import Offer, Wait, WaitDate

LAST_DAY = timedelta(hours=24)
OF_WAITS = {"waiting", "offered", "offer_lapsed", "place_free", "new_date", "wait_moved", "still_waiting"}


@dataclass(frozen=True)
class Picture:
    """Rows by their ids. said: who said what of which dates. letters_go: by person's id."""

    now: object
    sessions: dict
    courses: dict
    waits: dict
    said: dict
    offers: dict
    bookings: dict
    slots: dict
    notices: dict
    letters_go: dict

    @property
    def live_waits(self):
        return [wait for wait in self.waits.values() if wait.state == "waiting"]

    @property
    def open_offers(self):
        return [offer for offer in self.offers.values() if offer.state == "open"]

    @property
    def places_taken(self):
        return [one for one in self.bookings.values() if one.state == "booked"]

    @property
    def kept(self):
        """Whose declined place is still held, on which session."""
        return {
            (one.person_id, one.training_session_id) for one in self.bookings.values() if one.held_until is not None
        }

    def in_state(self, state):
        return [one for one in self.sessions.values() if one.state == state]

    def live_bookings(self, person_id):
        return [one for one in self.places_taken if one.person_id == person_id]

    def reads(self, wait):
        """Where the letters of a wait go: the person's, or those of whoever asked for somebody without an address."""
        return self.letters_go.get(wait.person_id) or self.letters_go.get(wait.asked_by_id)


def picture(now):
    db.session.rollback()
    addresses = db.session.execute(select(Address.person_id, Address.address).where(Address.gets_letters))
    said = {}
    for line in _rows(WaitDate):
        said.setdefault((line.wait_id, line.is_wanted), set()).add(line.training_session_id)
    slots = {}
    for slot in _rows(Slot):
        slots.setdefault(slot.training_session_id, []).append(slot)
    return Picture(
        now=now,
        sessions=_by_id(TrainingSession),
        courses=_by_id(Course),
        waits=_by_id(Wait),
        said=said,
        offers=_by_id(Offer),
        bookings=_by_id(Booking),
        slots=slots,
        notices=_by_id(Notice),
        letters_go=dict(addresses.all()),
    )


def _rows(model):
    return db.session.execute(select(*model.__table__.columns)).all()


def _by_id(model):
    return {row.id: row for row in _rows(model)}


# --- rows that contradict each other ---


def contradictions(seen):
    """Offers, waits and bookings that cannot stand beside each other."""
    once = {
        "live wait on a course": Counter((one.course_id, one.person_id) for one in seen.live_waits),
        "place on a session": Counter((one.training_session_id, one.person_id) for one in seen.places_taken),
        "open offer": Counter(one.wait_id for one in seen.open_offers),
    }
    for what, counted in once.items():
        yield from (f"{key} has more than one {what}" for key, count in counted.items() if count > 1)
    for offer in seen.open_offers:
        yield from _wrong_with(seen, offer)
    for wait in seen.live_waits:
        had = {one.training_session_id for one in seen.live_bookings(wait.person_id)}
        if wait.instead_of_id is not None and wait.instead_of_id not in had:
            yield f"wait {wait.id} wants to change session {wait.instead_of_id}, where they have no place"


def _wrong_with(seen, offer):
    wait, session = seen.waits[offer.wait_id], seen.sessions[offer.training_session_id]
    if wait.state != "waiting" or session.state != "scheduled" or wait.course_id != session.course_id:
        yield f"offer {offer.id} is open: its wait is {wait.state}, its session {session.state}"
    if offer.lapses_at > session.starts_at - timedelta(hours=1) and offer.lapses_at > seen.now:
        yield f"offer {offer.id} lasts until {offer.lapses_at}, its session starts at {session.starts_at}"
    if any(one.training_session_id == session.id for one in seen.live_bookings(wait.person_id)):
        yield f"offer {offer.id} is open for somebody who has a place on session {session.id}"


# --- whose turn ---


def suits(seen, wait, session):
    if wait.course_id != session.course_id or wait.instead_of_id == session.id:
        return False
    if wait.wants == "these":
        return session.id in seen.said.get((wait.id, True), ())
    return session.id not in seen.said.get((wait.id, False), ())


def may_have(seen, wait, session):
    """Whether a free place of the session would be theirs, if it were their turn."""
    if wait.state != "waiting" or wait.paused_at is not None or not suits(seen, wait, session):
        return False
    if any(offer.wait_id == wait.id for offer in seen.open_offers):
        return False
    if wait.instead_of_id is not None and seen.sessions[wait.instead_of_id].starts_at <= seen.now:
        return False
    own = [seen.sessions[one.training_session_id] for one in seen.live_bookings(wait.person_id)]
    if session.id in {one.id for one in own}:
        return False
    has_date = any(one.course_id == wait.course_id and one.ends_at > seen.now for one in own)
    return wait.instead_of_id is not None or not has_date


def passes_on(seen, session):
    """Whether places of a session go to whoever waits, just now."""
    is_shown = session.state == "scheduled" and seen.courses[session.course_id].state == "published"
    has_opened = session.booking_opens_at is None or session.booking_opens_at <= seen.now
    return is_shown and has_opened and session.starts_at - seen.now > LAST_DAY


def kept_waiting(seen):
    """Who waits for a place that is free and suits them: {(session's id, wait's id)}."""
    return {
        (session.id, wait.id)
        for session in seen.sessions.values()
        if session.places_taken < session.capacity and passes_on(seen, session)
        for wait in seen.live_waits
        if may_have(seen, wait, session)
    }


def passed_over(before, after):
    """Who was next, and somebody behind them got the place. Those that a coordinator gave are another matter."""
    for offer in after.offers.values():
        if offer.id in before.offers or offer.how == "given":
            continue
        session = after.sessions[offer.training_session_id]
        for wait in after.live_waits:
            if may_have(after, wait, session) and (wait.ranked_at, wait.id) < (offer.ranked_at, offer.wait_id):
                yield f"wait {wait.id} was before wait {offer.wait_id}, which got a place on session {session.id}"


def jumped(before, after):
    """Who pressed Book, or changed, and got a place of a session that somebody before them waits for.

    Not the place that they had declined a moment ago: that is held for them.
    """
    given = {
        (after.waits[offer.wait_id].person_id, offer.training_session_id)
        for offer in after.offers.values()
        if offer.state == "accepted" and (offer.id not in before.offers or before.offers[offer.id].state == "open")
    }
    for booking in after.bookings.values():
        session = after.sessions[booking.training_session_id]
        is_new = booking.id not in before.bookings and booking.state == "booked"
        if not is_new or (booking.person_id, session.id) in given or not passes_on(after, session):
            continue
        if (booking.person_id, session.id) in before.kept:
            continue
        own = [
            wait
            for wait in before.live_waits
            if (wait.person_id, wait.course_id) == (booking.person_id, session.course_id)
        ]
        for wait in after.live_waits:
            is_behind = own and (own[0].ranked_at, own[0].id) < (wait.ranked_at, wait.id)
            if may_have(after, wait, session) and not is_behind:
                yield f"booking {booking.id} took a place of session {session.id} before wait {wait.id}"


# --- what nobody asked for ---


def unasked(before, after):
    """Who was booked without being asked, though they had not said so, or into a clash."""
    for offer in after.offers.values():
        if offer.id in before.offers or offer.how != "booked":
            continue
        wait = after.waits[offer.wait_id]
        if not wait.books_at_once:
            yield f"wait {wait.id} was booked and had asked to be asked"
        for other in after.live_bookings(wait.person_id):
            if other.training_session_id != offer.training_session_id and _overlap(
                after, other.training_session_id, offer.training_session_id
            ):
                yield f"wait {wait.id} was booked on session {offer.training_session_id} at the time of another place"


def _overlap(seen, one, other):
    return any(a.starts_at < b.ends_at and b.starts_at < a.ends_at for a in seen.slots[one] for b in seen.slots[other])


def lost(before, after, *, given_up=(), cancelled_session=None):
    """Who has no place any more, though neither they nor we gave it up, and they have no other for it.

    given_up: the ids of bookings that the deed was to end. Two records put together keep one place of two.
    """
    for booking in before.bookings.values():
        is_lost = booking.state == "booked" and after.bookings[booking.id].state != "booked"
        if not is_lost or booking.id in given_up or booking.training_session_id == cancelled_session:
            continue
        now_of = after.bookings[booking.id].person_id
        session = after.sessions[booking.training_session_id]
        has_changed = any(
            one.id not in before.bookings and after.sessions[one.training_session_id].course_id == session.course_id
            for one in after.live_bookings(now_of)
        )
        over = {wait.id for wait in before.waits.values() if wait.state != "waiting"}
        wanted = any(
            (wait.person_id, wait.instead_of_id, wait.state) == (now_of, session.id, "booked") and wait.id not in over
            for wait in after.waits.values()
        )
        has_it_still = any(one.training_session_id == session.id for one in after.live_bookings(now_of))
        if not (has_changed and wanted) and not has_it_still:
            yield f"booking {booking.id} on session {session.id} was lost"


# --- letters ---


def letters_wrong(before, after):
    """Offers that nobody, or somebody else, was told of; and letters to whoever is not concerned."""
    true = [notice for notice in after.notices.values() if notice.state != "withdrawn"]
    by_ref = {wait.ref: wait for wait in after.waits.values()}
    for offer in after.open_offers:
        to = after.reads(after.waits[offer.wait_id])
        said = [each for each in true if (each.about, each.about_id, each.address) == ("offers", offer.id, to)]
        offered = [each for each in said if each.kind == "offered"]
        moved = [each for each in said if each.kind == "wait_moved"]
        if to and (len(offered) > 1 or not offered + moved):
            yield f"of offer {offer.id} there are {len(offered)} letters to {to}"
    for notice in true:
        is_unsent = notice.state == "waiting" and notice.kind in {"offered", "offer_ending"}
        if is_unsent and after.offers[notice.about_id].state != "open":
            yield f"letter {notice.id} ({notice.kind}) is of an offer that is {after.offers[notice.about_id].state}"
        if notice.id in before.notices or notice.kind not in OF_WAITS or "wait_ref" not in notice.facts:
            continue
        wait = by_ref[notice.facts["wait_ref"]]
        if notice.address != after.reads(wait):
            yield f"letter {notice.id} ({notice.kind}) of wait {wait.id} goes to {notice.address}"
        if wait.state != "waiting" and notice.kind != "wait_ended":
            yield f"letter {notice.id} ({notice.kind}) is of wait {wait.id}, which is {wait.state}"
