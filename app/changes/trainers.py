"""Who runs a session."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm.attributes import set_committed_value

from app import bookings, history, journal, timetable
from app.bookings import letters, needs, news, trainer_letters
from app.changes.checking import plans_of, refuse_if_past_change
from app.db import db
from app.people import Person
from app.timetable import SessionTrainer, TrainingSession


def change_trainers(
    training_session_id: int,
    trainers: Sequence[Person],
    *,
    by: Person | None,
    now: datetime,
    words: str = "",
    seen: int | None = None,
) -> TrainingSession:
    """Have a session run by these people and no others. Whoever comes or goes is told, and all who are booked.

    Raises NotFound, NotAllowed, StaleEdit, BookingClosed, Faulty, TrainerBusy.
    """
    wanted = {trainer.id: trainer for trainer in trainers}
    # The old and the new are held before anything else (D28).
    training_session, _ = timetable.lock_for_change(training_session_id, trainer_ids=wanted, by=by)
    refuse_if_past_change(training_session, now)
    former = {trainer.id: trainer for trainer in training_session.trainers}
    if wanted.keys() == former.keys():
        return training_session
    history.refuse_if_changed(training_session, seen)
    new = [trainer for id_, trainer in sorted(wanted.items()) if id_ not in former]
    timetable.refuse_if_not_trainers(new or trainers)
    timetable.refuse_if_trainers_busy(new, plans_of(training_session), apart_from=training_session.id, now=now)
    before = bookings.about(training_session)
    _set(training_session, [wanted[id_] for id_ in sorted(wanted)])
    training_session.changed_at = now
    was, is_now = _names(former.values()), _names(training_session.trainers)
    journal.record(by, "restaffed", training_session, now, why=words, was=was, to=is_now)
    timetable.remind_trainers(training_session, now)
    trainer_letters.tell_full_anew(training_session, now)
    trainer_letters.note_last_places_anew(training_session, now)
    needs.tell_unmet(training_session, now=now)
    news.tell_trainers(training_session, before=before, run_by=list(former.values()), by=by, now=now, words=words)
    if training_session.state == "scheduled":
        booked = bookings.locked_bookings(training_session)
        letters.tell_reworded(training_session, booked, why="trainers", now=now)
    return training_session


def _set(training_session: TrainingSession, trainers: Sequence[Person]) -> None:
    wanted, present = {trainer.id for trainer in trainers}, {trainer.id for trainer in training_session.trainers}
    of_session = SessionTrainer.training_session_id == training_session.id
    db.session.execute(delete(SessionTrainer).where(of_session, SessionTrainer.person_id.in_(present - wanted)))
    for id_ in sorted(wanted - present):
        db.session.add(SessionTrainer(training_session_id=training_session.id, person_id=id_))
    db.session.flush()  # who may manage it is read from there
    set_committed_value(training_session, "trainers", list(trainers))


def _names(trainers: Iterable[Person]) -> str:
    return ", ".join(trainer.name for trainer in trainers)
