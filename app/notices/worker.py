"""The worker: takes letters that are due, one at a time, writes them, hands them over, and notes what came of it.

Taking, sending and noting are three steps, and no transaction is open while the mail server talks. Whoever takes a
letter holds it by a lease: if the worker dies, another takes it when the lease ends, and sends the same letter with
the same Message-ID. Several workers may run. A letter that fails is tried again with longer and longer pauses; when
the mail server is out of reach, all wait. Once a minute the worker also does what else has fallen due.
"""

import logging
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from jinja2 import TemplateError

from app import clock, settings
from app.db import db, transaction
from app.errors import Refused, traces
from app.notices import kinds, ledger, mailer, outbox, render
from app.notices.invites import Mailbox
from app.notices.mailer import MailFault, OutOfReach, RefusedForGood
from app.notices.outbox import Notice

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than all time-outs of a conversation with a mail server together
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))  # then the last again and again
GIVE_UP_AFTER = timedelta(days=2)
LOOK_EVERY_S = 0.5
DUE_WORK_EVERY_S = 60.0
TOO_LATE = "It was too late to be of use: it could not be sent in time."
REST_S = (5.0, 15.0, 30.0, 60.0)  # when the mail server was out of reach once, twice …

Outcome = Literal["sent", "put off", "out of reach", "failed", "withdrawn", "lost"]


@dataclass(frozen=True, kw_only=True)
class Errands:
    """What the worker does for the floors above it, which it does not know.

    facts_now: by kind, the facts of a `read_late` notice as they are now; None if there is nothing to say any more.
    secret_links: by kind, links made when a letter is taken, so that nothing secret is stored.
    links: the other links of a letter, by the names that its template uses.
    due_work: run once a minute, each in a transaction of its own; says how much it did.
    due_one_by_one: once a minute too: what finds the ids of records for which something has fallen due, and what does
    it for one of them, each in a transaction of its own.
    beside: once a minute as well, but each in a thread of its own, because it waits for others, as for a mailbox. It is
    handed the clock.
    All but these run in the transaction that takes the letter.
    """

    facts_now: Mapping[str, Callable[[Notice, datetime], kinds.Facts | None]]
    secret_links: Mapping[str, Callable[[kinds.Facts, datetime], dict[str, str]]]
    links: Callable[[Notice, kinds.Facts], dict[str, str]]
    due_work: Sequence[Callable[[datetime], int]] = ()
    due_one_by_one: Sequence[tuple[Callable[[datetime], Sequence[int]], Callable[[int, datetime], int]]] = ()
    beside: Sequence[Callable[[Callable[[], datetime]], object]] = ()


@dataclass(frozen=True, kw_only=True)
class InHand:
    """A letter that a worker holds: all it needs to write and send it without the database."""

    notice_id: int
    lease: str
    facts: kinds.Facts
    links: Mapping[str, str]
    to: Mailbox
    message_id: str
    may_have_left_before: bool


class NotWritten(MailFault):
    """A slip in a template, or facts that this version cannot read."""


class Worker:
    """Delivers letters; runs inside an application context.

    transport: by default what the settings say. lease: how long a letter waits for a worker that died.
    """

    def __init__(
        self, errands: Errands, *, transport: mailer.Transport | None = None, lease: timedelta = LEASE
    ) -> None:
        self.errands = errands
        self.transport = transport
        self.lease = lease

    def run(self, stop: threading.Event) -> None:
        """What is due, as it falls due, until told to stop. The letter in hand is finished."""
        for errand in self.errands.beside:
            threading.Thread(target=_every_minute, args=(errand, stop), name="beside the worker", daemon=True).start()
        due_work_at = time.monotonic()
        out_of_reach_count = 0
        while not stop.is_set():
            if time.monotonic() >= due_work_at:
                due_work_at = time.monotonic() + DUE_WORK_EVERY_S
                self.do_due_work(clock.now())
            done = self._deliver_if_any(stop)
            if done["sent"] or not done["out of reach"]:
                out_of_reach_count = 0
            out_of_reach_count += done["out of reach"]
            stop.wait(REST_S[min(out_of_reach_count, len(REST_S)) - 1] if out_of_reach_count else LOOK_EVERY_S)

    def run_once(self, now: datetime) -> Counter[Outcome]:
        """All that is due now; how many letters had which outcome. Ends early if the server is out of reach."""
        for errand in self.errands.beside:
            _run(errand, _ticking(now))
        self.do_due_work(now)
        return self.deliver(now)

    def do_due_work(self, now: datetime) -> None:
        """A fault in one piece of work does not keep the others from being done."""
        for work in self.errands.due_work:
            _done(work, now)
        for find, act in self.errands.due_one_by_one:
            for id_ in _found(find, now):
                _done(partial(act, id_), now)

    def deliver(self, now: datetime, stop: threading.Event | None = None) -> Counter[Outcome]:
        """Letters, one by one, until none is due, the mail server is out of reach or somebody says stop."""
        time_now, done = _ticking(now), Counter[Outcome]()
        transport = self.transport or mailer.transport(settings.current())
        try:
            while not (stop and stop.is_set()) and not done["out of reach"]:
                taken = self._take(time_now())
                if taken is None:
                    break
                done[_sent(taken, transport, time_now) if isinstance(taken, InHand) else taken] += 1
        finally:
            transport.close()
        return done

    def _deliver_if_any(self, stop: threading.Event) -> Counter[Outcome]:
        try:
            is_due = outbox.is_anything_due(clock.now())
            db.session.rollback()  # ends the read
            return self.deliver(clock.now(), stop) if is_due else Counter()
        except Exception as fault:  # noqa: BLE001 - a database that is away for a while must not end the worker
            _log_fault("The worker could not go on just now", fault)
            db.session.rollback()
            return Counter({"out of reach": 1})

    def _take(self, now: datetime) -> InHand | Outcome | None:
        """The next letter, ready to be written; or what became of it instead. None if none is due."""
        with transaction():
            notice = outbox.take(now, lease=self.lease)
            if notice is None:
                return None
            if notice.withdrawn_at is not None:  # it became untrue in the hands of a worker that died
                return _withdrawn(notice, now)
            if _is_useless(notice, now):
                return _withdrawn(notice, now, fault=TOO_LATE)
            try:
                # A savepoint: if this fails, the letter is put off, and does not stand in the others' way.
                with db.session.begin_nested():
                    in_hand = self._prepared(notice, now)
            except Exception as fault:  # noqa: BLE001 - whatever it is, the other letters are to leave
                _log_fault(f"Notice {notice.id} ({notice.kind}) could not be prepared", fault)
                return _put_off(notice, now, NotWritten(_why_not_written(fault), may_have_left=False))
            if in_hand is None:
                return _withdrawn(notice, now)
            notice.may_have_left = True  # from here on it may, whatever becomes of this worker
            return in_hand

    def _prepared(self, notice: Notice, now: datetime) -> InHand | None:
        facts = self._facts(notice, now)
        if facts is None:
            return None
        links = self.errands.links(notice, facts)
        if facts.secret:
            links = links | self.errands.secret_links[notice.kind](facts, now)
        ledger.write(notice, facts)
        return InHand(
            notice_id=notice.id,
            lease=notice.lease,
            facts=facts,
            links=links,
            to=Mailbox(name=notice.recipient_name, address=notice.address),
            message_id=mailer.message_id(
                notice.id,
                # Each edition of a secret letter holds another secret, so each must arrive.
                notice.attempts if facts.secret else notice.again_count,
                dedupe_key=notice.dedupe_key,
                settings=settings.current(),
            ),
            may_have_left_before=notice.may_have_left,
        )

    def _facts(self, notice: Notice, now: datetime) -> kinds.Facts | None:
        if not kinds.KINDS[notice.kind].read_late:
            return kinds.from_json(notice.kind, notice.facts)
        facts = self.errands.facts_now[notice.kind](notice, now)
        if facts is not None:
            notice.facts = kinds.to_json(facts)  # what was said is kept
        return facts


def _found(find: Callable[[datetime], Sequence[int]], now: datetime) -> Sequence[int]:
    try:
        with transaction():
            return find(now)
    except Exception as fault:  # noqa: BLE001 - a database that is away for a while must not end the worker
        _log_fault("What has fallen due could not be found", fault)
        return ()


def _done(work: Callable[[datetime], int], now: datetime) -> None:
    try:
        with transaction():
            work(now)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the next piece is another matter
        _log_fault(f"Due work '{getattr(work, '__name__', 'on one record')}' failed", fault)


def _every_minute(errand: Callable[[Callable[[], datetime]], object], stop: threading.Event) -> None:
    while not stop.is_set():
        _run(errand, clock.now)
        stop.wait(DUE_WORK_EVERY_S)


def _run(errand: Callable[[Callable[[], datetime]], object], time_now: Callable[[], datetime]) -> None:
    try:
        errand(time_now)
    except Refused as refusal:  # whoever looks after the service finds it with `roomful doctor`
        log.warning("%s", refusal.sentence)
    except Exception as fault:  # noqa: BLE001 - it is tried again in a minute
        _log_fault(f"'{getattr(errand, '__name__', 'an errand')}' failed", fault)


def _sent(in_hand: InHand, transport: mailer.Transport, time_now: Callable[[], datetime]) -> Outcome:
    """Write, hand over, and note what came of it."""
    try:
        transport.deliver(_enveloped(in_hand, time_now()))
    except MailFault as fault:
        return _settle(in_hand, time_now(), fault)
    return _settle(in_hand, time_now(), None)


def _enveloped(in_hand: InHand, now: datetime) -> mailer.Envelope:
    """Raises NotWritten, RefusedForGood."""
    chosen = settings.current()
    try:
        letter = render.render(in_hand.facts, in_hand.links, settings=chosen, recipient=in_hand.to)
        return mailer.envelope(
            letter,
            to=in_hand.to,
            sender=render.sender(chosen),
            message_id=in_hand.message_id,
            sent_at=now,
            file_name=f"{in_hand.notice_id}-{in_hand.facts.name}.eml",
        )
    except MailFault:
        raise
    except Exception as fault:
        _log_fault(f"Notice {in_hand.notice_id} ({in_hand.facts.name}) could not be written", fault)
        raise NotWritten(_why_not_written(fault), may_have_left=False) from fault


def _settle(in_hand: InHand, now: datetime, fault: MailFault | None) -> Outcome:
    with transaction():
        notice = outbox.held(in_hand.notice_id, in_hand.lease)
        if notice is None:
            log.warning("Notice %s was no longer ours when it had been sent.", in_hand.notice_id)
            return "lost"
        if fault is None:
            notice.sent_at = now
            outbox.close(notice, "sent")
            log.debug("Notice %s (%s) sent.", notice.id, notice.kind)
            return "sent"
        if not fault.may_have_left:
            notice.may_have_left = in_hand.may_have_left_before
        return _put_off(notice, now, fault)


def _put_off(notice: Notice, now: datetime, fault: MailFault) -> Outcome:
    """Another try after a pause, unless there is no point in one: what fails is shown until somebody sends it again."""
    log.warning("Notice %s (%s): %s, try %s.", notice.id, notice.kind, type(fault).__name__, notice.attempts)
    kind = kinds.KINDS.get(notice.kind)
    give_up_at = notice.due_at + ((kind and kind.useless_after) or GIVE_UP_AFTER)
    if _is_useless(notice, now):
        return _withdrawn(notice, now, fault=TOO_LATE)
    if notice.withdrawn_at is None and (isinstance(fault, RefusedForGood) or now >= give_up_at):
        outbox.close(notice, "failed", fault=fault.sentence)
        return "failed"
    # An outage is nobody's fault: when it is over, no letter should wait for hours.
    longest = 2 if isinstance(fault, OutOfReach) else len(PAUSES)
    pause = PAUSES[min(notice.attempts, longest) - 1]
    outbox.put_off(notice, min(now + pause, give_up_at), fault=fault.sentence)
    if isinstance(fault, OutOfReach):
        return "out of reach"
    return "withdrawn" if notice.state == "withdrawn" else "put off"


def _withdrawn(notice: Notice, now: datetime, *, fault: str = "") -> Outcome:
    notice.withdrawn_at = notice.withdrawn_at or now
    outbox.close(notice, "withdrawn", fault=fault)
    return "withdrawn"


def _is_useless(notice: Notice, now: datetime) -> bool:
    kind = kinds.KINDS.get(notice.kind)
    return kind is not None and kind.useless_after is not None and now >= notice.due_at + kind.useless_after


def _why_not_written(fault: Exception) -> str:
    """A template's slip in Jinja's words, which name no people; of other faults only their kind."""
    if not isinstance(fault, TemplateError):
        return f"The email could not be written ({type(fault).__name__})."
    frames = [frame for frame in traceback.extract_tb(fault.__traceback__) if frame.filename.endswith(".jinja")]
    place = f" in {frames[-1].filename.rpartition('/')[2]}, line {frames[-1].lineno}" if frames else ""
    return f"The email could not be written: {fault.message}{place}."


def _ticking(now: datetime) -> Callable[[], datetime]:
    """A clock that goes on from now: emptying a long queue takes time, and leases count from when they begin."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=int(time.monotonic() - started))


def _log_fault(what: str, fault: Exception) -> None:
    log.error("%s: %s", what, traces(fault))
