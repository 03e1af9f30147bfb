"""What a move or a cancellation of a session does to those who wait for it. Called by the verbs that change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app import waiting_list
from app.bookings import offers, places, wait_letters
from app.bookings.passing_on import pass_on
from app.bookings.reading import clashes
from app.notices import kinds
from app.timetable import TrainingSession
from app.waiting_list import Offer


@dataclass(frozen=True)
class Held:
    """How things stand with those who wait for a session that has moved: their open offers, by wait's id.

    unheard: what they were still to be told of it, taken back, by wait's ref.
    """

    offers: Mapping[int, Offer]
    unheard: Mapping[str, kinds.Facts]


def take_back(training_session: TrainingSession, now: datetime) -> Held:
    """The session has moved: what is unsent to those who wait for it is not true any more, nor are all deadlines.

    An offer never outlasts the start: if there is no time left to answer, it falls, and the place is nobody's. Whoever
    calls passes that on, and then tells them (`tell_waiting_of_move`).
    """
    training_session.free_told_at = None
    held = waiting_list.offers_on(training_session)
    unheard = wait_letters.take_back(training_session, held, now)
    waiting_list.shorten(held, now)
    for offer in held:
        if offer.lapses_at <= now:
            waiting_list.answer(offer, "withdrawn", by=None, now=now, did="lost an offer")
            places.free(training_session)
    return Held({offer.wait_id: offer for offer in held if offer.is_open}, unheard)


def tell_waiting_of_move(
    training_session: TrainingSession, held: Held, *, before: kinds.About, words: str, now: datetime
) -> None:
    """Everybody who still waits for it, or holds an offer on it, hears what changed. Of a draft nobody hears.

    Whom the move itself has brought a place, or news of a free one, reads of the new time or room in that letter.
    """
    if training_session.state != "scheduled":
        return
    new = {offer.wait_id for offer in waiting_list.offers_on(training_session)} - held.offers.keys()
    is_said_free = training_session.free_told_at is not None
    waits = [
        wait
        for wait in waiting_list.line_of(training_session)
        if wait.id in held.offers or not (wait.id in new or (is_said_free and wait.paused_at is None))
    ]
    wait_letters.tell_moved(
        training_session,
        before=before,
        words=words,
        clashes=clashes([wait.person_id for wait in waits], training_session),
        offers=held.offers,
        unheard=held.unheard,
        waits=waits,
        now=now,
    )


def drop(training_session: TrainingSession, *, words: str, now: datetime) -> None:
    """It will not take place: its offers fall, and whoever named it hears so. Its places have been set to none.

    Whoever named no other date waits for a new one. Who wanted to change it waits like everybody else.
    """
    held = waiting_list.offers_on(training_session)
    for offer in held:
        waiting_list.answer(offer, "withdrawn", by=None, now=now, did="lost an offer")
        wait_letters.withdraw_offer(offer, now)
    offered = {offer.wait_id for offer in held}
    waits = [wait for wait in waiting_list.line_of(training_session) if wait.wants == "these" or wait.id in offered]
    going_on = {wait.id for wait in waits if offers.keep_waiting_if_no_date_is_left(wait, now)}
    waiting_list.forget_change(training_session)
    wait_letters.tell_cancelled(training_session, waits, offered=offered, going_on=going_on, words=words, now=now)
    pass_on(training_session.course_id, now=now)


def tell_waiting_of_new_date(training_session: TrainingSession, now: datetime) -> None:
    """A session has come on the timetable: its places have been passed on, and the others whom it suits hear of it.

    In the last day they have heard of its free places instead.
    """
    if waiting_list.is_last_day(training_session.starts_at, now):
        return
    if not waiting_list.is_waited_for(training_session.course_id):
        return
    offered = {offer.wait_id for offer in waiting_list.offers_on(training_session)}
    waits = [
        wait for wait in waiting_list.line_of(training_session) if wait.id not in offered and wait.paused_at is None
    ]
    wait_letters.tell_new_date(training_session, waits, now)
