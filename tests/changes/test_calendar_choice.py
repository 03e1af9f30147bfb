"""How somebody's calendar hears of their sessions: by invites, by a feed, or by both."""

from datetime import timedelta

import pytest

from app import bookings, changes, doctor, people
from app.errors import NotAllowed
from app.journal import deeds_about
from tests import make
from tests.make import IN_TWO_WEEKS

DAY, LINK, NIA = timedelta(days=1), "https://meet.example.org/room", "nia@example.org"


@pytest.fixture
def nia(office):
    return make.person("Nia", address=NIA)


@pytest.fixture
def training_session(office):
    return make.training_session()


def choose(office, person, choice, *, by=None):
    return office.do(changes.choose_calendar, person, choice, by=by or person, now=office.now)


def uid(booking):
    return bookings.invites_of([booking])[booking.id][0].uid


def heard(office):
    return [(letter.subject.partition(":")[0], letter.entry) for letter in office.deliver()]


def test_who_follows_a_feed_keeps_the_place_and_loses_the_entry(office, nia, training_session):
    booking = make.booking(training_session, nia)
    [booked] = office.deliver()

    secret = choose(office, nia, "feed")

    assert people.by_feed(secret).id == nia.id
    assert office.fresh(booking).is_live
    assert heard(office) == [("Calendar entry removed", ("CANCEL", booked.entry[1], 1))]
    assert doctor.examine(office.now) == []


def test_who_follows_a_feed_is_still_reminded(office, nia, training_session):
    make.booking(training_session, nia)

    choose(office, nia, "feed")

    assert [(each.address, each.due_at.day) for each in office.notices("reminder", "waiting")] == [(NIA, 8), (NIA, 14)]


def test_a_confirmation_that_had_not_left_leaves_without_an_entry(office, nia, training_session):
    make.booking(training_session, nia)

    choose(office, nia, "feed")

    assert heard(office) == [("Booked", None)]


def test_letters_to_who_follows_a_feed_carry_no_entry(office, nia, training_session):
    choose(office, nia, "feed")

    booking = make.booking(training_session, nia)
    booked = heard(office)
    office.move(training_session, [make.slot(IN_TWO_WEEKS + DAY, joining_link=LINK)])
    moved = heard(office)
    office.cancel(booking)

    assert (booked, moved, heard(office)) == ([("Booked", None)], [("New time", None)], [("You cancelled", None)])


def test_who_has_both_keeps_the_entry_and_gets_a_feed(office, nia, training_session):
    make.booking(training_session, nia)
    office.deliver()

    secret = choose(office, nia, "both")

    assert people.by_feed(secret).id == nia.id
    assert office.deliver() == []


def test_who_chooses_invites_again_gets_a_new_entry_and_the_feed_ends(office, nia, training_session):
    booking = make.booking(training_session, nia)
    secret = choose(office, nia, "feed")
    former = {entry.uid for entry in bookings.invites_of([booking])[booking.id]}
    office.deliver()

    assert choose(office, nia, "invites") is None

    assert heard(office) == [("Calendar entry", ("REQUEST", uid(booking), 0))]
    assert uid(booking) not in former
    assert people.by_feed(secret) is None
    assert doctor.examine(office.now) == []


def test_from_a_feed_to_both_the_feed_stays_and_an_entry_comes(office, nia, training_session):
    booking = make.booking(training_session, nia)
    secret = choose(office, nia, "feed")
    office.deliver()

    assert choose(office, nia, "both") is None

    assert people.by_feed(secret).id == nia.id
    assert heard(office) == [("Calendar entry", ("REQUEST", uid(booking), 0))]


def test_from_both_to_a_feed_the_feed_stays_and_the_entry_goes(office, nia, training_session):
    make.booking(training_session, nia)
    secret = choose(office, nia, "both")
    [booked] = office.deliver()

    assert choose(office, nia, "feed") is None

    assert people.by_feed(secret).id == nia.id
    assert heard(office) == [("Calendar entry removed", ("CANCEL", booked.entry[1], 1))]


def test_there_and_back_before_anything_left_they_have_one_entry(office, nia, training_session):
    booking = make.booking(training_session, nia)

    choose(office, nia, "feed")
    choose(office, nia, "invites")

    assert heard(office) == [("Booked", ("REQUEST", uid(booking), 0))]


def test_there_and_back_after_it_had_left_the_old_entry_goes_and_a_new_one_comes(office, nia, training_session):
    booking = make.booking(training_session, nia)
    [booked] = office.deliver()

    choose(office, nia, "feed")
    choose(office, nia, "invites")

    assert heard(office) == [
        ("Calendar entry removed", ("CANCEL", booked.entry[1], 1)),
        ("Calendar entry", ("REQUEST", uid(booking), 0)),
    ]
    assert doctor.examine(office.now) == []


def test_a_move_that_they_had_not_heard_of_is_told_all_the_same(office, nia, training_session):
    make.booking(training_session, nia)
    [booked] = office.deliver()
    office.move(training_session, [make.slot(IN_TWO_WEEKS + DAY, joining_link=LINK)])

    choose(office, nia, "feed")

    found = heard(office)
    assert ("New time", None) in found
    assert [entry[:2] for _, entry in found if entry] == [("CANCEL", booked.entry[1])]


def test_the_same_choice_again_changes_nothing(office, nia, training_session):
    make.booking(training_session, nia)
    choose(office, nia, "feed")
    before = office.kept()

    assert choose(office, nia, "feed") is None

    assert office.kept() == before


def test_sessions_that_have_begun_stay_as_they_are(office, nia, training_session):
    make.booking(training_session, nia)
    office.deliver()
    office.now = IN_TWO_WEEKS
    office.deliver()

    choose(office, nia, "feed")

    assert office.deliver() == []


def test_what_was_declined_and_is_still_held_comes_back_without_an_entry(office, nia, training_session):
    booking = make.booking(training_session, nia)
    office.decline_by_calendar(booking)
    office.deliver()
    choose(office, nia, "feed")

    office.undo(booking)

    assert heard(office) == [("Booked", None)]


def test_who_has_no_address_may_follow_a_feed_all_the_same(office):
    pat = make.person("Pat Paper", address=None)

    secret = choose(office, pat, "feed")

    assert people.by_feed(secret).id == pat.id
    assert office.deliver() == []


def test_nobody_makes_the_feed_of_somebody_else(office, nia):
    cora = make.coordinator()

    with pytest.raises(NotAllowed):
        choose(office, nia, "feed", by=cora)

    assert office.fresh(nia).calendar_choice == "invites"


def test_the_choice_is_in_their_history(office, nia):
    choose(office, nia, "both")

    assert "chose a calendar" in [deed.did for deed in deeds_about(nia)]
