"""Where a letter about an open offer goes when its reader's address changes: there has to be one at the new address."""

from datetime import timedelta

import pytest

from app import changes
from app.waiting_list import open_offer_of
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

# Who hears what in which words is the same whatever the database.
pytestmark = pytest.mark.one_engine

NEW = "new@example.org"


def moved_by_an_hour(office, training_session):
    at = IN_TWO_WEEKS + timedelta(hours=1)
    office.do(
        changes.change_times, training_session.id, [(at, at + timedelta(hours=2))], by=None, now=office.now, words=""
    )


def said_to(office, address, wait):
    offer = open_offer_of(wait)
    return [
        one.kind
        for one in office.notices()
        if (one.about, one.about_id, one.address) == ("offers", offer.id, address)
        and one.state != "withdrawn"
        and one.kind != "offer_ending"
    ]


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent", "unsent"])
def test_whoever_gets_their_first_address_hears_of_the_place_that_is_held_for_them(office, is_sent):
    cora, nia = make.coordinator(), make.person("Nia", address=None)
    wait = make.wait(make.training_session(capacity=1), nia, by=cora)
    if is_sent:
        office.deliver()

    office.do(changes.vouch_for, nia, NEW, by=cora, now=NOW)

    assert said_to(office, NEW, wait) == ["offered"]


def test_an_offer_that_was_moved_before_anybody_heard_of_it_is_told_at_the_new_address(office):
    cora, nia = make.coordinator(), make.person("Nia", address="old@example.org")
    training_session = make.training_session(capacity=1)
    wait = make.wait(training_session, nia)
    moved_by_an_hour(office, training_session)
    office.deliver()
    office.do(changes.vouch_for, nia, NEW, by=cora, now=NOW)

    office.do(changes.send_letters_to, nia, NEW, by=nia, now=NOW)

    assert said_to(office, NEW, wait) == ["offered"]
