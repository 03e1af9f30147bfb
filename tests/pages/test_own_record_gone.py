"""Two records of somebody are put together while a page of theirs is made: they are told so, and nothing breaks."""

import threading

import pytest
from flask import g, has_request_context

from app import bookings, changes, clock
from app.db import db, transaction
from app.people import Person
from tests import make

# What is no longer there is missed by each database in its own way.
pytestmark = pytest.mark.both_engines

SAID = "Your record has just been put together with another one of yours. Nothing has been saved. Open the page again."


@pytest.fixture
def meanwhile(office, monkeypatch):
    """Puts the second of two records into the first, as soon as somebody has been recognised by it on a page."""

    def put_together(kept, other):
        ids, now = (kept.id, other.id), clock.now

        def merge():
            with office.app.app_context(), transaction():
                changes.merge(*(db.session.get(Person, id_) for id_ in ids), by=None, now=office.now)

        def now_and_then():
            if has_request_context() and g.get("me") is not None and ids:
                elsewhere = threading.Thread(target=merge)
                monkeypatch.setattr(clock, "now", now)
                elsewhere.start()
                elsewhere.join(30)
            return now()

        monkeypatch.setattr(clock, "now", now_and_then)

    return put_together


def test_somebody_books_a_place(office, meanwhile):
    training_session, kept, other = make.training_session(), make.person("Nia"), make.person("Nia N")
    browser = office.browser(other).get(f"/sessions/{training_session.ref}/book")
    meanwhile(kept, other)

    browser.submit("Book")

    assert browser.status == 409
    assert "This record is not there any more" in browser.main
    assert bookings.live_on(office.fresh(training_session)) == []
    assert browser.get("/bookings/").status == 303


def test_a_coordinator_changes_a_session(office, meanwhile):
    training_session, kept, other = make.training_session(), make.person("Cora"), make.coordinator("Cora C")
    browser = office.browser(other).get(f"/manage/sessions/{training_session.ref}/places")
    browser.submit("Continue", capacity="7")
    meanwhile(kept, other)

    browser.submit("Save the changes")

    assert (browser.status, SAID in browser.main) == (409, True)
    assert office.fresh(training_session).capacity == 10
