from datetime import timedelta

import pytest

from app import bookings, changes, people
from app.errors import NotFound
from tests import make
from tests.make import IN_TWO_WEEKS

# Who hears what in which words is the same whatever the database.
pytestmark = pytest.mark.one_engine

OLD, NEW = "old@example.org", "new@example.org"
LINK = "https://meet.example.org/room"


@pytest.fixture
def nia(office):
    person = make.person(address=OLD)
    office.do(people.give_address, person, NEW, by=person, now=office.now)
    return person


def choose(office, person, address):
    office.do(changes.send_letters_to, person, address, by=person, now=office.now)


def heard(office):
    return [(letter.to, letter.subject.partition(":")[0], letter.entry) for letter in office.deliver()]


def current_uid(booking):
    return bookings.invites_of([booking])[booking.id][0].uid


def test_the_old_calendar_loses_the_entry_and_the_new_one_gets_another(office, nia):
    booking = make.booking(make.training_session(), nia)
    [booked] = office.deliver()

    choose(office, nia, NEW)

    assert current_uid(booking) != booked.entry[1]
    assert heard(office) == [
        (OLD, "Calendar entry removed", ("CANCEL", booked.entry[1], 1)),
        (NEW, "Calendar entry", ("REQUEST", current_uid(booking), 0)),
    ]


def test_a_confirmation_that_had_not_left_goes_to_the_new_address(office, nia):
    booking = make.booking(make.training_session(), nia)

    choose(office, nia, NEW)

    assert heard(office) == [(NEW, "Booked", ("REQUEST", current_uid(booking), 0))]


def test_a_confirmation_that_could_not_be_delivered_is_sent_to_the_new_address(office, nia):
    booking = make.booking(make.training_session(), nia)
    office.say("UPDATE notices SET state = 'failed', next_at = NULL WHERE kind = 'booked'")

    choose(office, nia, NEW)

    assert heard(office) == [(NEW, "Booked", ("REQUEST", current_uid(booking), 0))]


def test_reminders_go_to_the_new_address(office, nia):
    make.booking(make.training_session(), nia)

    choose(office, nia, NEW)

    live = [(notice.address, notice.due_at.day) for notice in office.notices("reminder", "waiting")]
    assert live == [(NEW, 8), (NEW, 14)]


def test_a_move_just_after_does_not_stop_the_old_calendar_from_losing_the_entry(office, nia):
    training_session = make.training_session()
    booking = make.booking(training_session, nia)
    [booked] = office.deliver()
    choose(office, nia, NEW)

    office.move(training_session, [make.slot(IN_TWO_WEEKS + timedelta(days=1), joining_link=LINK)])

    assert heard(office) == [
        (OLD, "Calendar entry removed", ("CANCEL", booked.entry[1], 1)),
        (NEW, "New time", ("REQUEST", current_uid(booking), 1)),
    ]


def test_cancelling_just_after_does_not_stop_the_old_calendar_from_losing_the_entry(office, nia):
    booking = make.booking(make.training_session(), nia)
    [booked] = office.deliver()
    choose(office, nia, NEW)

    office.cancel(booking)

    assert heard(office) == [
        (OLD, "Calendar entry removed", ("CANCEL", booked.entry[1], 1)),
        (NEW, "You cancelled", None),
    ]


def test_moves_before_and_after_are_both_told(office, nia):
    training_session = make.training_session()
    booking = make.booking(training_session, nia)
    office.deliver()
    office.move(training_session, [make.slot(IN_TWO_WEEKS + timedelta(days=1), joining_link=LINK)])
    office.deliver()
    choose(office, nia, NEW)
    office.deliver()

    office.move(training_session, [make.slot(IN_TWO_WEEKS + timedelta(days=2), joining_link=LINK)])

    assert heard(office) == [(NEW, "New time", ("REQUEST", current_uid(booking), 1))]


def test_there_and_back_the_first_address_has_one_entry(office, nia):
    booking = make.booking(make.training_session(), nia)
    [booked] = office.deliver()

    choose(office, nia, NEW)
    choose(office, nia, OLD)

    assert heard(office) == [
        (OLD, "Calendar entry removed", ("CANCEL", booked.entry[1], 1)),
        (OLD, "Booked", ("REQUEST", current_uid(booking), 0)),
    ]


def test_sessions_that_have_begun_stay_where_they_are(office, nia):
    make.booking(make.training_session(), nia)
    office.deliver()
    office.now = IN_TWO_WEEKS

    choose(office, nia, NEW)

    assert heard(office) == []


def test_the_same_address_again_changes_nothing(office, nia):
    make.booking(make.training_session(), nia)
    before = office.kept()

    choose(office, nia, OLD)

    assert office.kept() == before


def test_an_address_that_is_not_theirs_is_refused_and_nothing_moves(office, nia):
    make.booking(make.training_session(), nia)
    before = office.kept()

    with pytest.raises(NotFound):
        choose(office, nia, "stranger@example.org")

    assert office.kept() == before


def test_it_works_in_another_process_than_the_booking(office, nia):
    slots = [make.slot(joining_link=LINK), make.slot(IN_TWO_WEEKS + timedelta(days=1), room=make.room())]
    make.booking(make.training_session(slots=slots), nia)
    office.deliver()
    ref = nia.ref
    office.forget()
    person = people.get(ref)

    choose(office, person, NEW)

    assert [(to, entry[0]) for to, _, entry in heard(office)] == [
        (OLD, "CANCEL"),
        (OLD, "CANCEL"),
        (NEW, "REQUEST"),
        (NEW, "REQUEST"),
    ]


def test_every_coming_booking_moves_along(office, nia):
    for days in (0, 1):
        make.booking(make.training_session(starts_at=IN_TWO_WEEKS + timedelta(days=days)), nia)
    office.deliver()

    choose(office, nia, NEW)

    assert sorted((to, entry[0]) for to, _, entry in heard(office)) == [
        (NEW, "REQUEST"),
        (NEW, "REQUEST"),
        (OLD, "CANCEL"),
        (OLD, "CANCEL"),
    ]


def test_a_move_that_had_not_been_told_yet_is_told_at_the_new_address(office, nia):
    training_session = make.training_session()
    booking = make.booking(training_session, nia)
    [booked] = office.deliver()
    office.move(training_session, [make.slot(IN_TWO_WEEKS + timedelta(hours=3), joining_link=LINK)], words="Sorry.")

    choose(office, nia, NEW)

    [gone, told] = office.deliver()
    assert (gone.to, gone.entry[:2]) == (OLD, ("CANCEL", booked.entry[1]))
    assert (told.to, told.subject.partition(":")[0]) == (NEW, "New time")
    assert told.entry == ("REQUEST", current_uid(booking), 0)
    assert "Sorry." in told.text


def offers_told(office):
    return [(notice.kind, notice.address, notice.state) for notice in office.notices() if notice.about == "offers"]


@pytest.fixture
def offered(office, nia):
    """A session on which a place is held for Nia."""
    full = make.full_session()
    make.wait(full, nia)
    office.free(full)
    return full


def test_letters_about_a_wait_that_have_not_left_go_to_the_new_address(office, nia):
    make.wait(make.full_session(), nia)

    choose(office, nia, NEW)

    assert [(notice.address, notice.state) for notice in office.notices("waiting")] == [(NEW, "waiting")]


def test_an_offer_that_has_not_been_told_yet_is_told_at_the_new_address_only(office, nia, offered):
    choose(office, nia, NEW)

    assert offers_told(office) == [("offered", NEW, "waiting"), ("offer_ending", NEW, "waiting")]


def test_an_offer_that_was_told_at_the_old_address_is_told_again_at_the_new_one(office, nia, offered):
    office.post()

    choose(office, nia, NEW)

    assert [(kind, address, state) for kind, address, state in offers_told(office) if state != "withdrawn"] == [
        ("offered", OLD, "sent"),
        ("offered", NEW, "waiting"),
        ("offer_ending", NEW, "waiting"),
    ]


def test_an_offer_that_is_told_again_says_what_it_clashes_with(office, nia, offered):
    make.booking(make.training_session(course=make.course("Copyright")), nia)
    office.post()

    choose(office, nia, NEW)

    [notice] = office.notices("offered", "waiting")
    assert notice.facts["clashes"] == ["Copyright, Tue 15 Dec 2026, 10am"]


def test_there_and_back_an_offer_is_told_once_at_each_address(office, nia, offered):
    office.post()

    choose(office, nia, NEW)
    office.post()
    choose(office, nia, OLD)

    assert [(notice.address, notice.state) for notice in office.notices("offered")] == [(OLD, "sent"), (NEW, "sent")]
    assert [notice.address for notice in office.notices("offer_ending", "waiting")] == [OLD]


def test_an_offer_that_was_answered_is_told_nowhere_again(office, nia, offered):
    office.post()
    office.decline(office.offer_on(offered))

    choose(office, nia, NEW)

    assert office.notices("offered", "waiting") == []


def test_whoever_has_their_first_address_is_told_of_the_offer_that_somebody_else_had_read(office):
    joan, cora = make.person("Joan", address=None), make.coordinator(address="cora@example.org")
    full = make.full_session()
    make.wait(full, joan, by=cora)
    office.free(full)
    office.post()

    office.do(changes.vouch_for, joan, NEW, by=cora, now=office.now)

    assert [(notice.address, notice.facts["for_name"], notice.state) for notice in office.notices("offered")] == [
        ("cora@example.org", "Joan", "sent"),
        (NEW, "", "waiting"),
    ]
