"""Somebody's addresses in the hands of a coordinator, who vouches for them: no letter proves them first (D46)."""

from datetime import datetime

from app import bookings, people, sign_in, waiting_list
from app.bookings import letters, trainer_entries, wait_letters
from app.db import db
from app.people import Person


def vouch_for(person: Person, address: str, *, by: Person | None, now: datetime) -> None:
    """Add an address on somebody's behalf. Raises NotAllowed, Faulty, and Refused if their record is gone.

    Their first one gets their letters from now on: what whoever booked for them was told, they hear themselves, with
    the calendar entries.
    """
    people.refuse_unless_coordinator(by)
    people.hold(person)
    waited_for = db.session.scalars(waiting_list.course_ids_of(person)).all()
    trainer_entries.hold_run_by(person, now, also=waited_for)  # so does whoever passes a place on to them
    is_first = person.address is None
    coming = bookings.coming_of(person, now=now) if person.address is None else []
    told = {booking.id: letters.withdraw_from_old_address(booking, now) for booking in coming}
    people.give_address(person, address, by=by, now=now)
    for booking in coming:
        letters.send_to_new_address(booking, bookings.new_invites(booking, now), told[booking.id], now)
    for training_session in trainer_entries.coming_run_by(person, now) if is_first else ():
        trainer_entries.bring_up_to_date(training_session, now)
    if is_first:
        wait_letters.follow(person, now)


def take_away_address(person: Person, address: str, *, by: Person, now: datetime) -> None:
    """An address that is not theirs, or not any more. Whoever may be signed in by it is signed out, on every device.

    Raises NotAllowed, NotFound, and Refused if their emails go there.
    """
    people.refuse_unless_coordinator(by)
    people.remove_address(person, address, by=by, now=now)
    if person.id != by.id:
        sign_in.end_everywhere(person, now)
