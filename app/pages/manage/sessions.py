"""A session's page for its trainers: who comes and who waits, what would help, what happened; and who is taken off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint
from werkzeug.wrappers import Response

from app import bookings, clock, courses, history, waiting_list
from app.bookings import Booking
from app.door import must_be_me, trainer
from app.errors import BookingClosed, NotFound
from app.history import Line
from app.notices import kinds
from app.notices.outbox import Notice
from app.pages import page
from app.pages.forms import long_text
from app.pages.manage import answers, files
from app.pages.manage.changing import Change, ChangeForm, answer, mine
from app.pages.manage.session_actions import actions_for, minimum_of, state_of, window_of
from app.pages.manage.waits.fullness import Fullness
from app.pages.manage.waits.lines import in_line_of
from app.people import Person
from app.timetable import TrainingSession
from app.waiting_list import Wait

bp = Blueprint("manage_sessions", __name__)

NEWEST = 5  # lines of its history on the session's own page


@dataclass(frozen=True)
class Told:
    """What would help somebody take part, in their words, and which room does not have it."""

    name: str
    words: str
    unmet: Sequence[str]


@bp.get("/manage/sessions/<ref>")
@trainer
def one_session(ref: str) -> Response:
    training_session, now = mine(ref), clock.now()
    everybody = bookings.everybody_on(training_session)
    booked = [booking for booking in everybody if booking.is_live]
    answered, part_count = bookings.answers_on(training_session), len(training_session.slots)
    may_see_needs = bookings.may_see_needs(must_be_me(), training_session)
    waiting = in_line_of(training_session, now)
    fullness = Fullness(len(booked), max(0, training_session.places_taken - len(booked)), len(waiting))
    may_repeat = courses.may_edit(must_be_me(), training_session.course)
    return page(
        "manage/session.html",
        training_session=training_session,
        state=state_of(training_session, now),
        window=window_of(training_session, now),
        minimum=minimum_of(training_session, len(booked), now),
        actions=actions_for(training_session, len(booked), now, may_repeat=may_repeat),
        fullness=fullness,
        waiting=waiting,
        is_under_way=training_session.starts_at <= now,
        may_change_turns=must_be_me().is_coordinator,
        unconfirmed=bookings.unconfirmed_on(training_session) if training_session.starts_at > now else [],
        confirmed_count=sum(booking.confirmed_at is not None for booking in booked),
        booked=booked,
        answers={id_: answers.say(each, part_count) for id_, each in answered.of_bookings.items()},
        trainers=[(each, _of_trainer(each, answered, part_count)) for each in training_session.trainers],
        may_remove=training_session.starts_at > now,
        may_see_needs=may_see_needs,
        needs=_needs(booked, training_session) if may_see_needs else [],
        given_up=_given_up(everybody, answered, part_count),
        emails=bookings.count_notices(training_session),
        newest=_history_of(training_session, everybody)[:NEWEST],
    )


@bp.get("/manage/sessions/<ref>/people.csv")
@trainer
def people_csv(ref: str) -> Response:
    training_session = mine(ref)
    may_see_needs = bookings.may_see_needs(must_be_me(), training_session)
    booked = bookings.live_on(training_session)
    asked = list(dict.fromkeys(ask for booking in booked for ask, _ in booking.answers))
    heading = ["Name", "Team", "Email", "Phone", "Booked", "Booked by", *asked]
    heading += ["What would help them take part"] if may_see_needs else []
    lines = (_cells(booking, asked, [booking.access_needs] if may_see_needs else []) for booking in booked)
    return files.csv(f"people-{training_session.ref}", heading, lines)


@bp.get("/manage/sessions/<ref>/history")
@trainer
def session_history(ref: str) -> Response:
    training_session = mine(ref)
    return page("manage/sessions/history.html", training_session=training_session, lines=_whole(training_session))


@bp.get("/manage/sessions/<ref>/history.csv")
@trainer
def history_csv(ref: str) -> Response:
    training_session = mine(ref)
    lines = ((files.said(line.done_at), line.who, line.did, line.why) for line in _whole(training_session))
    return files.csv(f"history-{training_session.ref}", ("When", "Who", "What", "Why, or the words"), lines)


class RemoveForm(ChangeForm):
    words = long_text(
        "Why?", thing="the reason", most=1000, rows=3, hint="They will read this in the email that we send them."
    )


@bp.route("/manage/sessions/<ref>/bookings/<booking_ref>/remove", methods=["GET", "POST"])
@trainer
def remove(ref: str, booking_ref: str) -> Response:
    training_session, by = mine(ref), must_be_me()
    booking = _removable(training_session, booking_ref)
    form, name = RemoveForm(), booking.person.known_as

    def take_off(now: datetime) -> None:
        bookings.cancel(bookings.get(booking_ref), by=by, now=now, why=form.words.data or "")

    change = Change(
        title=f"Take {name} off this session",
        template="manage/sessions/remove.html",
        act=take_off,
        button=f"Take {name} off",
        done="This person no longer has a place.",
    )
    return answer(change, form, ref, name=name)


def _removable(training_session: TrainingSession, booking_ref: str) -> Booking:
    booking = bookings.get(booking_ref)
    if booking.training_session_id != training_session.id:
        raise NotFound("There is no such booking on this session.")
    if not booking.is_live:
        raise BookingClosed(f"{booking.person.known_as} has no place on this session any more.")
    return booking


def _needs(booked: Iterable[Booking], training_session: TrainingSession) -> list[Told]:
    return [
        Told(
            booking.person.known_as, booking.access_needs, bookings.needs.unmet(booking.access_needs, training_session)
        )
        for booking in booked
        if booking.access_needs
    ]


@dataclass(frozen=True)
class GivenUp:
    """A place that is nobody's any more. how: 'by Cora Coordinator', 'declined in their calendar'; '' by themselves."""

    booking: Booking
    how: str
    why: str


def _given_up(everybody: Iterable[Booking], answered: bookings.Answers, part_count: int) -> list[GivenUp]:
    """Who had a place, the latest first."""
    gone = [booking for booking in everybody if booking.cancelled_at is not None]
    by_hand = bookings.cancelled_by(gone)
    gone.sort(key=lambda booking: (booking.cancelled_at, booking.id), reverse=True)
    return [_how_given_up(booking, by_hand.get(booking.id), answered, part_count) for booking in gone]


def _how_given_up(
    booking: Booking, by_hand: tuple[str, str] | None, answered: bookings.Answers, part_count: int
) -> GivenUp:
    if by_hand is None:
        return GivenUp(booking, "with the session", "")
    name, why = by_hand
    declined = answers.has_declined_all(answered.of_bookings.get(booking.id, {}), part_count)
    said = [f"by {name}" if name else "", "declined in their calendar" if declined else ""]
    return GivenUp(booking, ", ".join(filter(None, said)), why)


def _of_trainer(person: Person, answered: bookings.Answers, part_count: int) -> str:
    """'declined in their calendar'; '' if they answered nothing, or that they come, as everybody expects."""
    own = answered.of_trainers.get(person.id, {})
    said = answers.say(own, part_count) if set(own.values()) - {"accepted"} else ""
    return said[:1].lower() + said[1:]


def _whole(training_session: TrainingSession) -> list[Line]:
    notices = bookings.notices_about(training_session)
    return _history_of(training_session, bookings.everybody_on(training_session), notices)


def _history_of(
    training_session: TrainingSession, everybody: Sequence[Booking], notices: Sequence[Notice] = ()
) -> list[Line]:
    """What happened to a session, its places, those who wait for it and its emails, the newest first."""
    waits = waiting_list.concerning(training_session)
    people = {(Booking.__tablename__, booking.id): booking.person for booking in everybody}
    people |= {(Wait.__tablename__, wait.id): wait.person for wait in waits}
    names = {record: person.known_as for record, person in people.items()}
    names |= {(Notice.__tablename__, notice.id): _called(notice) for notice in notices}
    owners = {record: person.id for record, person in people.items()}
    lines = history.of(training_session, *everybody, *waits, *notices, names=names, owners=owners)
    return [line for line in lines if line.session_ref in {"", training_session.ref}][::-1]


def _called(notice: Notice) -> str:
    return f"the email ‘{kinds.say_kind(notice.kind)}’ to {notice.recipient_name or notice.address}"


def _cells(booking: Booking, asked: Sequence[str], needs: Sequence[str]) -> list[str]:
    person, answers = booking.person, dict(booking.answers)
    by = booking.booked_by.name if booking.booked_by_id != booking.person_id else ""
    told = [person.name, person.team, person.address or "", person.phone, files.said(booking.booked_at), by]
    return [*told, *(answers.get(ask, "") for ask in asked), *needs]
