"""Bookings: people's places on sessions.

- A place is taken by a booking. There are never more than the session's capacity: the session is locked before
  its places are counted, and the database refuses the one too many whatever the code does.
- First come, first served. The last place goes to whoever commits first; a place that frees up goes to the longest wait
  that it suits (`passing_on`), and nobody jumps that queue by pressing Book at the right moment (`turns`).
- A person has at most one live booking on a session. If it overlaps another of theirs, or is a second coming date
  of the same course, they are asked first, not refused.
- Each booking has a calendar entry for each slot, with a UID of its own for life; booking again makes new ones.
- Any member of staff books for a colleague by email, those who run the session for anybody (`others`).
- Changing to another date takes the new place first, or leaves everything as it was (`changing`).
- A place can be given up until the session starts, by whoever has it, its trainers or a coordinator.
- What helps somebody take part is seen by trainers and coordinators only, and is erased 28 days after the session.
"""

from collections.abc import Sequence
from datetime import datetime

from app import people, timetable, waiting_list
from app.bookings import believing, facts, letters, needs, places, trainer_entries, trainer_letters, under_change
from app.bookings.changing import change
from app.bookings.confirming import confirm, is_asked
from app.bookings.declining import decline_by_calendar, undo, was_declined
from app.bookings.explaining import Explained, explained
from app.bookings.facts import (
    about,
    other_dates,
    reminder_now,
    standing_messages,
    still_coming_now,
    trainer_reminder_now,
)
from app.bookings.falling_due import catch_up, courses_due
from app.bookings.feeding import OwnPart, own_feed
from app.bookings.held import count_held, held_counts, kept_for
from app.bookings.offers import accept, clashing_with, decline
from app.bookings.passing_on import courses_owing, pass_on, whose_turn
from app.bookings.places import new_invites
from app.bookings.reading import (
    NEEDS_KEPT,
    Answers,
    answers_on,
    cancelled_by,
    coming_of,
    coming_on_course,
    count_notices,
    courses_of,
    erase_needs,
    everybody_on,
    get,
    get_own,
    hold_bookings,
    invites_of,
    live_on,
    lock,
    locked_bookings,
    mine,
    notice_about,
    notices_about,
    notices_of_courses,
    of_person_on,
    own_beside,
    unconfirmed_on,
)
from app.bookings.refusing import (
    ASK_US,
    Clash,
    may_decide,
    question,
    refuse_if_already_booked,
    refuse_if_closed,
    why_closed,
)
from app.bookings.tables import Booking, Invite
from app.bookings.trainer_letters import last_places_now, low_numbers_now
from app.bookings.turns import is_others_turn, may_cancel, offer_on, refuse_if_full
from app.bookings.wait_letters import offer_ending_now
from app.bookings.waiting import (
    end_for_place,
    give_back,
    give_place,
    leave,
    may_act,
    may_wait,
    move_up,
    still_want,
    wait,
    wait_again,
)
from app.bookings.writing import write_to_everybody
from app.errors import BookingClosed, NotAllowed, Overlaps
from app.people import Person
from app.timetable import TrainingSession

__all__ = [
    "ASK_US",
    "NEEDS_KEPT",
    "Answers",
    "Booking",
    "Clash",
    "Explained",
    "Invite",
    "OwnPart",
    "about",
    "accept",
    "answers_on",
    "believing",
    "book",
    "cancel",
    "cancelled_by",
    "catch_up",
    "change",
    "clashing_with",
    "coming_of",
    "coming_on_course",
    "confirm",
    "count_held",
    "count_notices",
    "courses_due",
    "courses_of",
    "courses_owing",
    "decline",
    "decline_by_calendar",
    "erase_needs",
    "everybody_on",
    "explained",
    "facts",
    "get",
    "get_own",
    "give_place",
    "held_counts",
    "hold_bookings",
    "invites_of",
    "is_asked",
    "is_others_turn",
    "kept_for",
    "last_places_now",
    "leave",
    "letters",
    "live_on",
    "lock",
    "locked_bookings",
    "low_numbers_now",
    "may_act",
    "may_book",
    "may_cancel",
    "may_decide",
    "may_see_needs",
    "may_wait",
    "mine",
    "move_up",
    "needs",
    "new_invites",
    "notice_about",
    "notices_about",
    "notices_of_courses",
    "of_person_on",
    "offer_ending_now",
    "offer_on",
    "other_dates",
    "own_beside",
    "own_feed",
    "pass_on",
    "places",
    "reminder_now",
    "standing_messages",
    "still_coming_now",
    "still_want",
    "trainer_entries",
    "trainer_letters",
    "trainer_reminder_now",
    "unconfirmed_on",
    "under_change",
    "undo",
    "wait",
    "wait_again",
    "was_declined",
    "whose_turn",
    "why_closed",
    "write_to_everybody",
]


def may_book(by: Person, person: Person, training_session: TrainingSession) -> bool:
    """Everybody for themselves and for a colleague with an address; a coordinator or its trainer for anybody."""
    return person.address is not None or may_decide(by, person, training_session)


def may_see_needs(by: Person, training_session: TrainingSession) -> bool:
    """What would help somebody is for the session's own trainers and coordinators, not for the course's owner."""
    return by.is_coordinator or any(trainer.id == by.id for trainer in training_session.trainers)


def book(
    person: Person,
    training_session_id: int,
    *,
    by: Person,
    now: datetime,
    answers: Sequence[Sequence[str]] = (),
    access_needs: str = "",
    despite_overlaps: bool = False,
) -> Booking:
    """Give a person a place. The last place goes to whoever commits first; a place held for them is theirs.

    The booking window does not bind those who run the session. Refusals tell whoever books for somebody else nothing
    of that person's bookings (rule 7). Raises NotFound, NotAllowed, BookingClosed, AlreadyBooked, SessionFull, Overlaps
    unless despite_overlaps, and Refused if the person's record is gone.
    """
    people.hold(person)  # letters go where they go now, whatever the page had read
    training_session = timetable.lock(training_session_id)
    if not may_book(by, person, training_session):
        raise NotAllowed("Only this session’s trainers and our coordinators book for people without an email address.")
    wait = waiting_list.of_person(person, training_session.course_id)
    # An offer is answered by whose it is. To whoever else books for them it is as if there were none (D43).
    offer = offer_on(training_session, wait, now) if wait and may_act(by, wait) else None
    if offer is None:  # when booking closes, newcomers are stopped, not offers
        refuse_if_closed(training_session, by, now)
    own, kept = own_beside(person, training_session, now=now)
    refuse_if_already_booked(own, training_session, by)
    if offer is None:
        refuse_if_full(training_session, person, kept, now)
        if wait and not may_act(by, wait):  # it would end their wait, which is theirs to end (D63)
            raise Overlaps(ASK_US)
    else:
        own = [each for each in own if each.training_session_id != offer.wait.instead_of_id]
    if wait:  # what they told us when they began to wait, unless something else is said now
        answers, access_needs = answers or wait.answers, access_needs or wait.access_needs
    if own and not (despite_overlaps and may_decide(by, person, training_session)):
        raise question(own, training_session, person=person, by=by)
    if offer is not None:
        waiting_list.say(offer.wait, answers=answers, access_needs=access_needs)
        return accept(offer, by=by, now=now, despite_overlaps=True)
    places.take_kept(training_session, kept)
    booking = places.give(
        person, training_session, asked_by=by, by=by, now=now, answers=answers, access_needs=access_needs
    )
    freed = end_for_place(wait, by=by, now=now) if wait else []
    if freed:
        pass_on(training_session.course_id, now=now, freed=freed)
    places.settle(training_session, now)
    return booking


def cancel(booking: Booking, *, by: Person, now: datetime, why: str = "") -> None:
    """Give up a place, which goes to whoever is next in line. Cancelling what is cancelled already changes nothing.

    why: shown to the person if somebody else cancels. Raises NotAllowed, BookingClosed.
    """
    training_session = timetable.lock(booking.training_session_id)
    booking = lock(booking)
    if not may_cancel(by, booking):
        raise NotAllowed("This booking belongs to somebody else.")
    if not booking.is_live:
        return
    if training_session.starts_at <= now:
        raise BookingClosed("The session has started, so the place cannot be given up any more.")
    places.give_up(booking, by=by, now=now, why=why)
    give_back(booking)
    pass_on(training_session.course_id, now=now, freed=[training_session])
