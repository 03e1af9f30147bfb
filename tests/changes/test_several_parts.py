from datetime import timedelta

import pytest

from tests import make
from tests.make import IN_TWO_WEEKS

FIRST, SECOND = IN_TWO_WEEKS, IN_TWO_WEEKS + timedelta(days=7)
LATER = timedelta(hours=3)


def parts(*starts):
    return [make.slot(at, joining_link=f"https://meet.example.org/{n}") for n, at in enumerate(starts, start=1)]


@pytest.fixture
def training_session(office):
    return make.training_session(slots=parts(FIRST, SECOND))


@pytest.fixture
def uids(office, training_session):
    """Somebody is booked, and their calendar has both parts."""
    make.booking(training_session)
    return [letter.entry[1] for letter in office.deliver()]


def keep_back_entries(office):
    """The mail server refuses those that are still to leave, for a while."""
    waiting = "kind = 'entry' AND state = 'waiting'"
    office.say(f"UPDATE notices SET next_at = :then WHERE {waiting}", then=IN_TWO_WEEKS.replace(tzinfo=None))


def heard(office):
    return [(letter.subject.partition(":")[0], letter.entry) for letter in office.deliver()]


def test_only_the_part_that_moved_has_a_new_entry(office, training_session, uids):
    office.move(training_session, parts(FIRST, SECOND + LATER))

    assert heard(office) == [("New time", ("REQUEST", uids[1], 1))]


def test_both_parts_moved_are_a_letter_each(office, training_session, uids):
    office.move(training_session, parts(FIRST + LATER, SECOND + LATER))

    assert heard(office) == [("New time", ("REQUEST", uids[0], 1)), ("Calendar entry", ("REQUEST", uids[1], 1))]


def test_one_part_moved_and_then_the_other_are_two_pieces_of_news(office, training_session, uids):
    office.move(training_session, parts(FIRST, SECOND + LATER))
    first_news = heard(office)
    office.move(training_session, parts(FIRST + LATER, SECOND + LATER))

    assert first_news == [("New time", ("REQUEST", uids[1], 1))]
    assert heard(office) == [("New time", ("REQUEST", uids[0], 1))]


def test_both_parts_moved_one_after_the_other_before_the_worker_ran_are_told_together(office, training_session, uids):
    office.move(training_session, parts(FIRST, SECOND + LATER))
    office.move(training_session, parts(FIRST + LATER, SECOND + LATER))

    assert heard(office) == [("New time", ("REQUEST", uids[0], 1)), ("Calendar entry", ("REQUEST", uids[1], 2))]


def test_a_part_whose_entry_has_not_left_yet_is_sent_with_the_move(office, training_session):
    make.booking(training_session)
    uids = [notice.facts["invite"]["uid"] for notice in office.notices() if notice.kind in {"booked", "entry"}]
    office.say("UPDATE notices SET next_at = :then WHERE kind = 'entry'", then=IN_TWO_WEEKS.replace(tzinfo=None))
    office.deliver()  # the mail server refuses the second letter for a while

    office.move(training_session, parts(FIRST + LATER, SECOND))

    assert heard(office) == [("New time", ("REQUEST", uids[0], 1)), ("Calendar entry", ("REQUEST", uids[1], 1))]


def test_cancelling_takes_every_part_out_of_the_calendar(office, training_session, uids):
    office.cancel_session(training_session)

    assert heard(office) == [
        ("Session cancelled", ("CANCEL", uids[0], 1)),
        ("Calendar entry removed", ("CANCEL", uids[1], 1)),
    ]


def test_giving_up_the_place_takes_every_part_out_of_the_calendar(office, training_session):
    booking = make.booking(training_session)
    uids = [letter.entry[1] for letter in office.deliver()]

    office.cancel(booking)

    assert heard(office) == [
        ("You cancelled", ("CANCEL", uids[0], 1)),
        ("Calendar entry removed", ("CANCEL", uids[1], 1)),
    ]


def test_only_entries_that_left_are_taken_out_of_the_calendar(office, training_session):
    booking = make.booking(training_session)
    office.say("UPDATE notices SET next_at = :then WHERE kind = 'entry'", then=IN_TWO_WEEKS.replace(tzinfo=None))
    [booked] = office.deliver()

    office.cancel(booking)

    assert heard(office) == [("You cancelled", ("CANCEL", booked.entry[1], 1))]


def test_an_entry_that_had_not_followed_the_last_move_comes_with_the_next_even_if_its_part_stays(
    office, training_session, uids
):
    """Or the calendar would keep the old time of that part for good."""
    office.move(training_session, parts(FIRST + LATER, SECOND + LATER))
    keep_back_entries(office)
    first_news = heard(office)
    office.move(training_session, parts(FIRST + LATER + LATER, SECOND + LATER))

    assert first_news == [("New time", ("REQUEST", uids[0], 1))]
    assert heard(office) == [("New time", ("REQUEST", uids[0], 2)), ("Calendar entry", ("REQUEST", uids[1], 2))]


def test_an_entry_still_comes_if_the_move_after_the_one_that_it_belongs_to_is_taken_back(
    office, training_session, uids
):
    office.move(training_session, parts(FIRST + LATER, SECOND + LATER))
    keep_back_entries(office)
    office.deliver()
    office.move(training_session, parts(FIRST + LATER + LATER, SECOND + LATER))
    office.move(training_session, parts(FIRST + LATER, SECOND + LATER))

    assert heard(office) == [("Still booked", ("REQUEST", uids[1], 3))]


def test_both_parts_moved_there_and_back_before_the_worker_ran_trouble_nobody(office, training_session, uids):
    office.move(training_session, parts(FIRST + LATER, SECOND + LATER))
    office.move(training_session, parts(FIRST, SECOND))

    assert heard(office) == []
