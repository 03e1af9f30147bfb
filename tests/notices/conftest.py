"""The post room at work: an office of which only the letters matter."""

from types import SimpleNamespace

import pytest

from app import settings
from app.db import db
from app.notices import kinds, outbox
from app.notices.worker import Errands, Worker
from tests import make
from tests.notices import letters


@pytest.fixture(scope="session")
def instance(tmp_path_factory):
    """A folder without letters of its own, for all who only read: compiling ours takes a third of a second."""
    return tmp_path_factory.mktemp("instance")


@pytest.fixture
def post_room(office):
    """Somebody whom letters are about, a way to queue letters to her, and the folder they arrive in."""
    rosa = make.person(name="Rosa Díaz")
    to = outbox.Recipient("rosa.diaz@hospital.nhs.uk", "Rosa Díaz", rosa.id)

    def queue(facts=letters.BOOKED, *, key="booked:1", **given):
        """The letter; None if the same news is queued already."""
        told = {"to": to, "about": rosa, "now": letters.NOW, "dedupe_key": key} | given
        return office.notices()[-1] if office.do(outbox.queue, facts, **told) else None

    def queue_reminder():
        told = {"to": to, "about": rosa, "due_at": letters.NOW, "now": letters.NOW, "dedupe_key": "reminder:1"}
        office.do(outbox.queue_late, kinds.Reminder, **told)
        return office.notices()[-1]

    return SimpleNamespace(
        office=office,
        rosa=rosa,
        to=to,
        queue=queue,
        queue_reminder=queue_reminder,
        fresh=lambda notice: db.session.get_one(outbox.Notice, notice.id, populate_existing=True),
        mail=settings.current().instance / "mail",
        instance=settings.current().instance,
    )


@pytest.fixture
def worker_for(post_room):
    """A worker whose links are those of the sample letters."""

    def make_worker(transport=None, **errands):
        usual = {"facts_now": {}, "secret_links": {}, "links": lambda notice, facts: letters.links_for(facts)}
        return Worker(Errands(**(usual | errands)), transport=transport)

    return make_worker
