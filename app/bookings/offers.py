"""A place held for somebody who waits: accepted, declined, or run out.

- An open offer counts as a place taken. Accepting makes it a booking; anything else frees it for whoever is next.
- Whose offer it is answers it, from the letter without signing in. For somebody without an address, whoever asked for
  them does. Those who run the course may, when somebody rings.
- 'Not this date' keeps the place in line for others. An offer that ran out keeps it too, but pauses further offers.
- The deadline is what counts, whether or not anybody has noted yet that it has passed.
"""

from collections.abc import Sequence
from datetime import datetime

from app import people, timetable, waiting_list
from app.bookings import places, wait_letters
from app.bookings.passing_on import book_waiting, pass_on
from app.bookings.reading import clashes, of_person_on
from app.bookings.refusing import question
from app.bookings.tables import Booking
from app.bookings.waiting import hold, may_act
from app.errors import Gone, NotAllowed, NotFound
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Offer, Wait

RAN_OUT = "This offer has run out. The place has gone to the next person in line."
GIVEN_BACK = "This offer is not open any more."


def accept(offer: Offer, *, by: Person, now: datetime, despite_overlaps: bool = False) -> Booking:
    """Take the place. Accepting twice is accepting once.

    Whoever asked to change gives up the date that they had, in the same act. Raises NotAllowed, Gone, Overlaps unless
    despite_overlaps, and Refused if the person's record is gone.
    """
    people.hold(offer.wait.person)
    offer = _held(offer, by)
    training_session, wait = offer.training_session, offer.wait
    if offer.state == "accepted":
        booking = of_person_on(wait.person, training_session)
        if booking is not None:
            return booking
    _refuse_unless_open(offer, now)
    own = clashing_with(offer)
    if own and not despite_overlaps:
        raise question(own, training_session, person=wait.person, by=by)
    waiting_list.answer(offer, "accepted", by=by, now=now, did="accepted")
    wait_letters.withdraw_offer(offer, now)
    booking, freed = book_waiting(wait, training_session, by=by, now=now)
    pass_on(wait.course_id, now=now, freed=freed)
    return booking


def decline(offer: Offer, *, by: Person, now: datetime) -> None:
    """Not this date: they keep their place in line for others. Declining twice is declining once.

    Raises NotAllowed, Gone.
    """
    offer = _held(offer, by)
    if offer.state == "declined":
        return
    _refuse_unless_open(offer, now)
    wait = offer.wait
    waiting_list.answer(offer, "declined", by=by, now=now, did="declined")
    waiting_list.hear(wait, now)
    waiting_list.rule_out(wait, offer.training_session)
    keep_waiting_if_no_date_is_left(wait, now)
    wait_letters.withdraw_offer(offer, now)
    places.free(offer.training_session)
    pass_on(wait.course_id, now=now, freed=[offer.training_session])


def lapse(course_id: int, now: datetime) -> list[TrainingSession]:
    """The offers of a course that have run out are noted so, in the order in which they did. The course is held.

    Returns the sessions on which places are free now: whoever calls passes them on.
    """
    freed: dict[int, TrainingSession] = {}
    for offer in waiting_list.run_out(course_id, now):
        waiting_list.answer(offer, "lapsed", by=None, now=now, did="let an offer run out")
        offer.wait.paused_at = now
        places.free(offer.training_session)
        wait_letters.tell_lapsed(offer, now)
        freed[offer.training_session_id] = offer.training_session
    return list(freed.values())


def clashing_with(offer: Offer) -> Sequence[Booking]:
    """The person's own places at that time, apart from the one that they would give up for it."""
    own = clashes([offer.wait.person_id], offer.training_session).get(offer.wait.person_id, [])
    return [booking for booking in own if booking.training_session_id != offer.wait.instead_of_id]


def keep_waiting_if_no_date_is_left(wait: Wait, now: datetime) -> bool:
    """Whether every date that they had named is out of question, so that they wait for a new one from now on."""
    if wait.wants != "these":
        return False
    named = waiting_list.wanted_dates([wait]).get(wait.id, [])
    if any(date.starts_at > now and date.state == "scheduled" for date in named):
        return False
    waiting_list.go_on_waiting(wait, now)
    return True


def _held(offer: Offer, by: Person) -> Offer:
    """Raises NotFound, NotAllowed."""
    timetable.lock(offer.training_session_id)
    wait, held = hold(offer.wait), waiting_list.offer_by_id(offer.id)
    if held is None:
        raise NotFound("There is no such offer.")
    if not may_act(by, wait):
        raise NotAllowed("This offer is for somebody else.")
    return held


def _refuse_unless_open(offer: Offer, now: datetime) -> None:
    """Raises Gone."""
    if not offer.may_be_answered(now):
        raise Gone(GIVEN_BACK if offer.state in {"accepted", "declined", "withdrawn"} else RAN_OUT)
