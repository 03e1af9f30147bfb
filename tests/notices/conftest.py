"""The post room alone: an app with settings and a database, and no features above it."""

from types import SimpleNamespace

import pytest
from flask import Flask

from app import people
from app.db import Base, db, set_up, transaction
from app.notices.worker import Errands, Worker
from tests.notices import letters


@pytest.fixture
def post_room(tmp_path):
    """A database with one person in it, who is also what letters are about."""
    app = Flask("app")
    app.config["SETTINGS"] = letters.settings(tmp_path)
    set_up(app, f"sqlite:///{tmp_path / 'post_room.sqlite'}")
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            rosa = people.Person(name="Rosa Díaz", added_at=letters.NOW)
            db.session.add(rosa)
        yield SimpleNamespace(app=app, rosa=rosa, mail=tmp_path / "mail", instance=tmp_path)
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def worker_for():
    """A worker whose links are those of the sample letters."""

    def make(transport=None, **errands):
        usual = {"facts_now": {}, "secret_links": {}, "links": lambda notice, facts: letters.links_for(facts)}
        return Worker(Errands(**(usual | errands)), transport=transport)

    return make
