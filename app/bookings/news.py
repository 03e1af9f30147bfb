"""What a session's trainers are told about what somebody else did to it: one letter each, never to whoever did it.

A letter that has not left is taken back, and what is true now is said against what its reader last knew. If that comes
to nothing, nothing is said: there and back in a minute troubles nobody (D39).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from app import journal
from app.bookings import trainer_entries
from app.bookings.facts import about, changes_between
from app.db import db
from app.notices import kinds, outbox
from app.notices.outbox import Recipient
from app.people import Person
from app.timetable import TrainingSession


@dataclass(frozen=True)
class _Unheard:
    """Older news to one trainer, taken back. is_unsure: it may have left all the same."""

    news: kinds.SessionNews
    is_unsure: bool


def tell_trainers(
    training_session: TrainingSession,
    *,
    before: kinds.About,
    run_by: Collection[Person],
    by: Person | None,
    now: datetime,
    words: str = "",
) -> None:
    """Tell whoever runs the session, or ran it, what `by` has just done, in this transaction and in the journal.

    before: the session as it was. run_by: its trainers until now. A draft is nobody's yet; and what no person did by
    hand, nobody hears of. Their calendars are put right whoever did it: the first entry goes with the news, if any.
    """
    if training_session.state == "draft":
        return
    unheard = _take_back(training_session, now) if by else {}
    unsure = {older.news.invite.uid for older in unheard.values() if older.is_unsure and older.news.invite}
    owed = trainer_entries.owed(training_session, now, unsure=unsure)
    for id_, older in unheard.items():
        if older.news.invite and older.news.invite.method == "CANCEL":  # an entry once ended is not owed anew
            owed.setdefault(id_, []).insert(0, older.news.invite)
    if by is not None:
        _tell_each(training_session, before, run_by, unheard, owed, by=by, now=now, words=words)
    trainer_entries.tell(training_session, owed, now)


def _tell_each(
    training_session: TrainingSession,
    before: kinds.About,
    run_by: Collection[Person],
    unheard: Mapping[int, _Unheard],
    owed: trainer_entries.Owed,
    *,
    by: Person,
    now: datetime,
    words: str,
) -> None:
    """Takes out of `owed` what goes with the news."""
    after, which = about(training_session), f"{training_session.id}:{journal.newest(training_session)}"
    for person in _concerned(training_session, run_by, unheard):
        older = unheard.get(person.id)
        knew = _knew(older, before if _is_among(person, run_by) else None)
        news = _news(person, training_session, knew, after, older)
        if news is None or person.id == by.id or not person.address:
            continue
        # Added or removed a moment ago by somebody else: this deed only changes what that letter says of the session.
        still = older.news if older and older.news.news == news != "changed" else None
        facts = kinds.SessionNews(
            about=knew if news == "removed" and knew else after,
            before=knew,
            news=news,
            by_name=still.by_name if still else by.name,
            words=still.words if still else words or (older.news.words if older else ""),
            invite=_carried(news, owed.get(person.id, [])),
        )
        to = Recipient(person.address, person.name, person.id)
        trainer_entries.queue(facts, training_session, to, now, which=which)


def _carried(news: kinds.News, messages: list[kinds.Invite]) -> kinds.Invite | None:
    """Takes out of `messages` what goes with the news: the first entry that it brings, or ends."""
    method = "REQUEST" if news in {"added", "changed"} else "CANCEL"
    found = next((message for message in messages if message.method == method), None)
    if found is not None:
        messages.remove(found)
    return found


def _take_back(training_session: TrainingSession, now: datetime) -> dict[int, _Unheard]:
    """What had not left yet, by person's id."""
    unheard: dict[int, _Unheard] = {}
    for notice in outbox.withdraw(training_session, kinds=(kinds.SessionNews,), now=now):
        news = kinds.from_json(notice.kind, notice.facts)
        if isinstance(news, kinds.SessionNews) and notice.person_id is not None:
            unheard[notice.person_id] = _Unheard(news, notice.may_have_left)
    return unheard


def _concerned(
    training_session: TrainingSession, run_by: Collection[Person], unheard: Mapping[int, _Unheard]
) -> list[Person]:
    found = {person.id: person for person in [*run_by, *training_session.trainers]}
    found |= {id_: db.session.get_one(Person, id_) for id_ in unheard if id_ not in found}
    return [found[id_] for id_ in sorted(found)]


def _knew(older: _Unheard | None, before: kinds.About | None) -> kinds.About | None:
    """The session as somebody last knew it; None if, as far as they know, they do not run it."""
    return before if older is None else older.news.before


def _news(
    person: Person,
    training_session: TrainingSession,
    knew: kinds.About | None,
    after: kinds.About,
    older: _Unheard | None,
) -> kinds.News | None:
    """What is new to somebody; None if nothing is."""
    runs_it = _is_among(person, training_session.trainers) and not training_session.is_cancelled
    may_know_better = older is not None and older.is_unsure
    if knew is None:
        if runs_it:
            return "added"
        return "removed" if may_know_better else None
    if training_session.is_cancelled and _is_among(person, training_session.trainers):
        return "cancelled"
    if not runs_it:
        return "removed"
    return "changed" if changes_between(knew, after) or may_know_better else None


def _is_among(person: Person, people: Collection[Person]) -> bool:
    return any(each.id == person.id for each in people)
