"""Whole lives, letter by letter, into a calendar on a real CalDAV server: what is booked at each step, nothing else."""

from datetime import timedelta

import pytest

from tests.notices import caldav, lives, readers

pytestmark = pytest.mark.one_engine
MOMENT = timedelta(minutes=1)


@pytest.fixture
def store(tmp_path):
    with caldav.serving(tmp_path) as client:
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("life", lives.EVERY)
def test_a_calendar_on_a_server_holds_what_is_booked_and_nothing_else(office, store, life):
    for step in life(office):
        for message in step.messages:
            store.take_in(message)

        assert _shown(store.entries()) == step.shown, step.what
        for entry in step.shown:
            _check_that_the_server_finds_it_where_it_is(store, entry)

    assert store.entries() == []


def test_messages_that_arrive_again_or_late_change_nothing(office, store):
    steps = lives.of_one_booking(office)[:4]
    messages = [message for step in steps for message in step.messages]

    for message in [*messages, *messages, *reversed(messages)]:
        store.take_in(message)

    assert _shown(store.entries()) == steps[-1].shown


def _check_that_the_server_finds_it_where_it_is(store, entry):
    """It reads our clock changes itself when it looks between two instants."""
    starts_at, ends_at = entry["starts_at"], entry["ends_at"]
    assert _shown(store.entries(starts_at, starts_at + MOMENT)) == [entry]
    assert _shown(store.entries(ends_at - MOMENT, ends_at)) == [entry]
    assert store.entries(starts_at - timedelta(hours=12), starts_at) == []
    assert store.entries(ends_at, ends_at + timedelta(hours=12)) == []


def _shown(files):
    """What every reader finds in the files, by time, in the words of `lives`."""
    by_reader = [sorted(read(files), key=lambda entry: entry["starts_at"]) for read in readers.at_hand()]
    assert all(found == by_reader[0] for found in by_reader)
    names = ("summary", "starts_at", "ends_at", "location", "attendee")
    return [{name: found[name] for name in names} for found in by_reader[0]]
