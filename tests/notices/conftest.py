"""The post room at work: an office of which only the letters matter."""

from types import SimpleNamespace

import pytest

from app import settings
from app.db import db, transaction
from app.notices import outbox
from app.notices.worker import Errands, Worker
from tests import make
from tests.notices import letters


@pytest.fixture
def post_room(office):
    """Somebody whom letters are about, a way to queue letters to her, and the folder they arrive in."""
    rosa = make.person(name="Rosa Díaz")
    to = outbox.Recipient("rosa.diaz@hospital.nhs.uk", "Rosa Díaz", rosa.id)

    def queue(facts=letters.BOOKED, *, key="booked:1", **given):
        with transaction():
            return outbox.queue(facts, **({"to": to, "about": rosa, "now": letters.NOW, "dedupe_key": key} | given))

    return SimpleNamespace(
        office=office,
        rosa=rosa,
        to=to,
        queue=queue,
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
