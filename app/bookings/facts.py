"""What letters say of a place: the session, the booking and the calendar entries, as plain facts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from app import clock, timetable, waiting_list
from app.bookings.reading import get_whole, invites_of, sessions_of, unconfirmed_on
from app.bookings.tables import Booking, Invite
from app.db import db
from app.notices import kinds, outbox
from app.notices.outbox import Notice, Recipient
from app.people import Person
from app.timetable import Slot, TrainingSession

MOST_DATES = 5
ONLINE = "Online"


def about(training_session: TrainingSession) -> kinds.About:
    """What a letter says of a session, as it is now. Course, slots, rooms and trainers are loaded."""
    course = training_session.course
    return kinds.About(
        course=course.title,
        course_ref=course.slug,
        session_ref=training_session.ref,
        parts=tuple(_part(slot) for slot in training_session.slots),
        language=course.language,
        summary=course.summary,
        bring=course.bring,
        trainers=tuple(trainer.name for trainer in training_session.trainers),
    )


def _part(slot: Slot) -> kinds.Part:
    room = slot.room
    return kinds.Part(
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        room=room.name if room else "",
        site=room.site.name if room else "",
        address=room.site.address if room else "",
        access=room.access if room else "",
        directions=room.directions if room else "",
        joining_link=slot.joining_link,
    )


def without_links(of: kinds.About) -> kinds.About:
    """The same for whoever may know that it is online, but not how to join."""
    parts = (replace(part, joining_link="", room=part.room or ONLINE) for part in of.parts)
    return replace(of, parts=tuple(parts))


def recipient_of(booking: Booking) -> Recipient | None:
    """Who reads letters about a booking: the person, or whoever booked for somebody without an address."""
    return reader(booking.person, booking.booked_by)


def reader(person: Person, by: Person) -> Recipient | None:
    """Who reads somebody's letters: they themselves, or whoever acted for somebody without an address."""
    who = person if person.address else by
    return Recipient(who.address, who.name, who.id) if who.address else None


def for_name(booking: Booking) -> str:
    """Whom a letter is about, if somebody else reads it for them."""
    return name_if_unreached(booking.person)


def name_if_unreached(person: Person) -> str:
    return "" if person.address else person.name


def messages(booking: Booking, entries: Sequence[Invite], method: kinds.Method) -> list[kinds.Invite]:
    """Calendar messages go to the person only: none if somebody else reads the letters, or they follow a feed."""
    is_sent = booking.person.gets_invites or (method == "CANCEL" and booking.person.address)
    return [message(booking, entry, method) for entry in entries] if is_sent else []


def message(booking: Booking, entry: Invite, method: kinds.Method) -> kinds.Invite:
    return kinds.Invite(
        method=method,
        uid=entry.uid,
        sequence=entry.sequence,
        stamped_at=entry.stamped_at,
        part=booking.training_session.slots.index(entry.slot),
    )


def standing_messages(booking: Booking) -> list[kinds.Invite]:
    """What the person's calendar should say now, an entry for each slot: the messages as they were last sent."""
    entries = invites_of([booking]).get(booking.id, [])
    return [message(booking, entry, "REQUEST") for entry in entries]


def other_date(training_session: TrainingSession) -> kinds.OtherDate:
    return kinds.OtherDate(
        session_ref=training_session.ref, starts_at=training_session.starts_at, where=training_session.where
    )


def other_dates(
    training_session: TrainingSession, now: datetime, *, person: Person | None = None
) -> tuple[kinds.OtherDate, ...]:
    """The dates of the course that still have places, the next five.

    person: leaves out the dates that they are booked on.
    """
    dates = timetable.open_dates_of(training_session.course_id, now=now, apart_from=training_session.id)
    own = sessions_of(person) if person else set()
    open_dates = [date for date in dates if not date.is_full and date.id not in own]
    return tuple(other_date(date) for date in open_dates[:MOST_DATES])


def reminder_now(notice: Notice, now: datetime) -> kinds.Reminder | None:
    """The facts of a reminder that falls due; None if there is nothing to remind of any more."""
    booking = get_whole(notice.about_id)
    part = _next_part(booking.training_session, now) if booking and booking.is_live else None
    if booking is None or part is None or outbox.is_overtaken(notice, now):
        return None
    starts_on = clock.today(booking.training_session.slots[part].starts_at)
    return kinds.Reminder(
        about=about(booking.training_session),
        booking_ref=booking.ref,
        for_name=for_name(booking),
        has_entry=booking.person.gets_invites,
        part=part,
        days_before=(starts_on - clock.today(now)).days,
    )


def still_coming_now(notice: Notice, now: datetime) -> kinds.StillComing | None:
    """The facts of 'are you still coming?'; None once they have answered, or given the place up."""
    booking = get_whole(notice.about_id)
    if booking is None or not booking.is_live or booking.confirmed_at is not None or outbox.is_overtaken(notice, now):
        return None
    training_session = booking.training_session
    if not training_session.course.asks_to_confirm or waiting_list.is_last_day(training_session.starts_at, now):
        return None
    earlier = outbox.count_sent(booking, kinds.StillComing)
    return kinds.StillComing(
        about=about(training_session),
        booking_ref=booking.ref,
        for_name=for_name(booking),
        has_entry=booking.person.gets_invites,
        is_second=earlier > 0,
        may_be_released=booking.person.address is not None,
    )


def trainer_reminder_now(notice: Notice, now: datetime) -> kinds.TrainerReminder | None:
    """The facts of a trainer's day-before letter; None if the session is cancelled or over."""
    training_session = timetable.by_id(notice.about_id)
    part = _next_part(training_session, now) if training_session and not training_session.is_cancelled else None
    if training_session is None or part is None or outbox.is_overtaken(notice, now):
        return None
    live = (Booking.training_session_id == training_session.id) & (Booking.state == "booked")
    have_needs = func.count().filter(Booking.access_needs != "")
    booked_count, needs_count = db.session.execute(select(func.count(), have_needs).where(live)).one()
    return kinds.TrainerReminder(
        about=about(training_session),
        part=part,
        booked_count=booked_count,
        capacity=training_session.capacity,
        needs_count=needs_count,
        waiting_count=waiting_list.counts([training_session]).get(training_session.id, 0),
        unconfirmed_count=len(unconfirmed_on(training_session)),
    )


def _next_part(training_session: TrainingSession, now: datetime) -> int | None:
    """Which part comes next, counted from 0; None if the last has begun."""
    return next((number for number, slot in enumerate(training_session.slots) if slot.starts_at > now), None)


def changes_between(before: kinds.About, after: kinds.About) -> set[tuple[int, kinds.Change]]:
    """Which parts differ, and in what. A slip in a title or in directions is no change."""
    differ: set[tuple[int, kinds.Change]] = set()
    for number, (old, new) in enumerate(zip(before.parts, after.parts, strict=True)):
        if (old.starts_at, old.ends_at) != (new.starts_at, new.ends_at):
            differ.add((number, "time"))
        if (old.room, old.site) != (new.room, new.site):
            differ.add((number, "room"))
        if old.joining_link != new.joining_link:
            differ.add((number, "link"))
    return differ


def title_and_time(booking: Booking) -> str:
    clash = booking.training_session
    return f"{clash.course.title}, {clock.say_short(clash.starts_at)}"


def edition(entry: Invite) -> str:
    """One state of one entry: news about it is told once."""
    return f"{entry.uid}:{entry.sequence}"
