"""What the lives at random have in common: a click of somebody, who may be refused, and records to choose from."""

import os
import shutil
from collections import Counter
from functools import partial

import hypothesis
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from sqlalchemy import select

from app import timetable
from app.db import db, rehearsal
from app.errors import Refused
from app.people import Person
from app.timetable import TrainingSession
from tests.office import NOW


def at_length(lives, *, steps):
    """So many lives of so many steps; LIVES in the environment says how many instead."""
    return hypothesis.settings(
        max_examples=int(os.environ.get("LIVES", lives)),
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        print_blob=True,
    )


def live_through(machine, office, database, settings):
    """Run a machine on an office that is new for each life; a sentence that says how much was done."""
    did = Counter()

    def renewed():
        db.session.remove()
        db.engine.dispose()
        database.renew()
        office.app.extensions["kept"].pages.clear()
        office.app.extensions["kept_feeds"].pages.clear()
        shutil.rmtree(database.instance / "mail", ignore_errors=True)
        office.now = NOW

    run_state_machine_as_test(lambda: machine(office, renewed, did), settings=settings)

    done, refused = (sum(count for (_, is_done), count in did.items() if is_done == which) for which in (True, False))
    kinds = len({name for name, _ in did})
    return f"{settings.max_examples} lives, {done} deeds of {kinds} kinds, {refused} refused"


class AtRandom(RuleBasedStateMachine):
    """Each rule is one click. Every third is rehearsed first, as on a check page."""

    def __init__(self, office, renewed, did):
        super().__init__()
        self.office, self.did, self.click_count = office, did, 0
        renewed()

    def one(self, model, number, *where):
        """The id of one of the records that there are, or None."""
        self.office.forget()
        ids = db.session.scalars(select(model.id).where(*where).order_by(model.id)).all()
        return ids[number % len(ids)] if ids else None

    def a_session(self, number, *where):
        """Mostly one that is not over, and such a one as is meant, if there is any."""
        coming = (TrainingSession.state != "cancelled", TrainingSession.ends_at > self.office.now)
        meant = self.one(TrainingSession, number, *coming, *where) if number % 8 else None
        return meant or self.one(TrainingSession, number)

    def somebody(self, number, training_session_id=None):
        """A coordinator, the other one, or one of the session's trainers."""
        self.office.forget()
        trainers = []
        if training_session_id is not None:
            of_session = timetable.SessionTrainer.training_session_id == training_session_id
            trainers = db.session.scalars(select(timetable.SessionTrainer.person_id).where(of_session)).all()
        coordinators = db.session.scalars(select(Person.id).where(Person.is_coordinator).order_by(Person.id)).all()
        ids = [*coordinators, *trainers]
        return partial(db.session.get, Person, ids[number % len(ids)])

    def click(self, verb):
        """One transaction, in a session of its own; what it was refused with, or what it returned."""
        self.click_count += 1
        foretold = self._rehearsed(verb) if self.click_count % 3 == 0 else None
        self.office.forget()
        try:
            outcome = self.office.do(verb)
        except Refused as refusal:
            outcome = refusal
        self.did[verb.__qualname__.split(".")[1], not isinstance(outcome, Refused)] += 1
        if foretold is not None:
            assert foretold == _kind(outcome), "the check page foretold something else"
        return outcome

    def _rehearsed(self, verb):
        before = self.office.kept()
        self.office.forget()
        try:
            with rehearsal():
                outcome = _kind(verb())
        except Refused as refusal:
            outcome = _kind(refusal)
        assert self.office.kept() == before, "a rehearsal left something behind"
        return outcome


def _kind(outcome):
    """What a check page and the deed itself have in common."""
    if isinstance(outcome, Refused):
        return type(outcome).__name__, outcome.sentence
    return type(outcome).__name__
