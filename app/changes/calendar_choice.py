"""How somebody's calendar hears of their sessions: by invites, by a feed that it follows, or by both."""

from datetime import datetime

from app import bookings, journal, people, waiting_list
from app.bookings import letters, trainer_entries
from app.db import db, locked
from app.people import CalendarChoice, Person


def choose_calendar(person: Person, choice: CalendarChoice, *, by: Person, now: datetime) -> str | None:
    """Invites, a feed or both. Entries of what is to come are sent, or withdrawn, as they now should be.

    Returns the secret of a new feed, which nobody can read again. Choosing invites ends the feed.
    """
    locked(Person, [person.id])  # whoever books for them meanwhile waits, and sees the new choice
    if person.calendar_choice != choice:
        waited_for = db.session.scalars(waiting_list.course_ids_of(person)).all()
        trainer_entries.hold_run_by(person, now, also=waited_for)  # so does whoever passes a place on to them
        _follow(person, choice, now)
        journal.record(by, "chose a calendar", person, now, choice=choice)
    if choice == "invites":
        people.end_feed(person, by=by, now=now)
        return None
    return None if person.feed_hash else people.make_feed(person, by=by, now=now)


def _follow(person: Person, choice: CalendarChoice, now: datetime) -> None:
    if person.gets_invites == (choice != "feed"):
        person.calendar_choice = choice
        return
    coming = bookings.coming_of(person, now=now)
    told = {booking.id: letters.withdraw_from_old_address(booking, now) for booking in coming}
    trainer_entries.withdraw_all(person, now)
    person.calendar_choice = choice
    for booking in coming:
        stand = told[booking.id]
        has_heard = stand.unheard_booking is None
        letters.follow_choice(booking, bookings.new_invites(booking, now), stand, now, has_heard=has_heard)
    for training_session in trainer_entries.coming_run_by(person, now):
        trainer_entries.bring_up_to_date(training_session, now)
