"""Where somebody's letters go: their coming calendar entries move along."""

from datetime import datetime

from app import bookings, people, waiting_list
from app.bookings import letters, trainer_entries, wait_letters
from app.db import db, locked
from app.people import Person


def send_letters_to(person: Person, address: str, *, by: Person, now: datetime) -> None:
    """Choose which of a person's addresses gets letters; coming calendar entries move there. Raises NotFound.

    An entry belongs to the address that it was sent to: it is withdrawn there and sent anew, with a new UID.
    """
    locked(Person, [person.id])  # whoever books for them meanwhile waits, and sees the new address
    if person.address == address:
        return
    waited_for = db.session.scalars(waiting_list.course_ids_of(person)).all()
    trainer_entries.hold_run_by(person, now, also=waited_for)  # so does whoever passes a place on to them
    coming = bookings.coming_of(person, now=now)
    told = {booking.id: letters.withdraw_from_old_address(booking, now) for booking in coming}
    trainer_entries.withdraw_all(person, now)
    people.send_letters_to(person, address, by=by, now=now)
    for booking in coming:
        letters.send_to_new_address(booking, bookings.new_invites(booking, now), told[booking.id], now)
    for training_session in trainer_entries.coming_run_by(person, now):
        trainer_entries.bring_up_to_date(training_session, now)
    wait_letters.follow(person, now)
