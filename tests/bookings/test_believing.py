"""What calendars believe, whether it is still true, and putting that right."""

from datetime import timedelta

import pytest

from app import bookings, changes, doctor
from app.errors import NotAllowed, Refused
from app.notices import ledger
from tests import make
from tests.make import IN_TWO_WEEKS

pytestmark = pytest.mark.both_engines

DAY, HOUR, LINK = timedelta(days=1), timedelta(hours=1), "https://meet.example.org/room"
NIA, TOM = "nia@example.org", "tom@example.org"


@pytest.fixture
def nia(office):
    return make.person("Nia", address=NIA)


@pytest.fixture
def cora(office):
    return make.coordinator(address=None)


@pytest.fixture
def training_session(office):
    return make.training_session()


def verdicts(office, booking):
    office.forget()
    return [each.verdict for each in bookings.believing.standing(bookings.get(booking.ref), office.now)]


def put_right(office, booking, by):
    return office.do(bookings.believing.put_right, booking, by=by, now=office.now)


def heard(office):
    return [(letter.subject.partition(":")[0], letter.entry) for letter in office.deliver()]


def uid(booking):
    return bookings.invites_of([booking])[booking.id][0].uid


def findings(office):
    office.forget()
    return [one for one in doctor.examine(office.now) if "calendar" in one]


def lose_letters(office, kind):
    """As if the mail server had refused these: they reached nobody."""
    office.say("UPDATE notices SET state = 'failed', next_at = NULL WHERE kind = :kind", kind=kind)


def told_another_time(office):
    """As if calendars had been told of a session an hour later: an older version, a restored backup."""
    later = (IN_TWO_WEEKS + HOUR).replace(tzinfo=None)
    office.say("UPDATE calendar_messages SET starts_at = :at", at=later)


def said_of(booking):
    ref = booking.ref
    return f"The calendar of whoever has booking {ref} was told something else: see /manage/bookings/{ref}."


# How an entry stands.


def test_a_letter_that_has_not_left_is_on_its_way(office, nia, training_session):
    assert verdicts(office, make.booking(training_session, nia)) == ["on its way"]


def test_what_was_told_and_is_so_is_true(office, nia, training_session):
    booking = make.booking(training_session, nia)
    office.deliver()

    [stand] = bookings.believing.standing(bookings.get(booking.ref), office.now)

    assert (stand.verdict, stand.part, stand.entry.uid) == ("true", 0, uid(booking))
    assert stand.shown == stand.belief.shown
    assert (stand.belief.sequence, stand.belief.method, stand.belief.address) == (0, "REQUEST", NIA)


def test_a_time_that_is_not_so_is_untrue(office, nia, training_session):
    booking = make.booking(training_session, nia)
    office.deliver()

    told_another_time(office)

    assert verdicts(office, booking) == ["untrue"]


def test_another_room_is_untrue_though_the_session_can_be_joined_online_as_well(office, nia):
    training_session = make.training_session(slots=[make.slot(room=make.room(), joining_link=LINK)])
    booking = make.booking(training_session, nia)
    office.deliver()
    before = verdicts(office, booking)

    office.say("UPDATE rooms SET name = 'Seminar room'")

    assert (before, verdicts(office, booking)) == (["true"], ["untrue"])


def test_what_an_older_version_told_of_a_room_with_a_link_is_true(office, nia):
    training_session = make.training_session(slots=[make.slot(room=make.room(), joining_link=LINK)])
    booking = make.booking(training_session, nia)
    office.deliver()

    office.say("UPDATE calendar_messages SET title = '', place = :link", link=LINK)

    assert verdicts(office, booking) == ["true"]


def test_an_entry_that_nobody_ever_got_is_untrue(office, nia, training_session):
    booking = make.booking(training_session, nia)
    lose_letters(office, "booked")

    assert verdicts(office, booking) == ["untrue"]


def test_an_entry_of_a_place_that_they_do_not_have_any_more_is_untrue(office, nia, training_session):
    booking = make.booking(training_session, nia)
    office.deliver()
    office.cancel(booking)
    lose_letters(office, "cancelled")

    assert verdicts(office, booking) == ["untrue"]


def test_what_was_taken_out_of_a_calendar_is_in_it_no_more(office, nia, training_session):
    booking = make.booking(training_session, nia)
    office.deliver()
    office.cancel(booking)
    office.deliver()

    assert verdicts(office, booking) == ["none"]


def test_what_was_cancelled_before_anything_left_never_was_in_it(office, nia, training_session):
    booking = make.booking(training_session, nia)
    office.cancel(booking)
    office.deliver()

    assert verdicts(office, booking) == ["none"]


def test_what_is_over_stays_as_it_is(office, nia, training_session):
    booking = make.booking(training_session, nia)
    office.deliver()
    told_another_time(office)
    office.now = IN_TWO_WEEKS + 2 * HOUR

    assert verdicts(office, booking) == ["over"]


def test_a_former_entry_and_the_present_one_are_told_apart(office, nia, training_session):
    booking = make.booking(training_session, nia)
    office.deliver()
    for choice in ("feed", "invites"):
        office.do(changes.choose_calendar, nia, choice, by=nia, now=office.now)
        office.deliver()

    assert verdicts(office, booking) == ["none", "none", "true"]


def test_nothing_is_expected_in_the_calendar_of_who_follows_a_feed(office, nia, training_session):
    office.do(changes.choose_calendar, nia, "feed", by=nia, now=office.now)
    booking = make.booking(training_session, nia)
    office.deliver()

    assert verdicts(office, booking) == ["none"]
    assert findings(office) == []


def test_nothing_is_expected_in_the_calendar_of_who_has_no_address(office, training_session, cora):
    booker = make.coordinator("Bea", address="bea@example.org")
    booking = office.book(make.person("Pia Paper", address=None), training_session, by=booker)
    office.deliver()

    assert verdicts(office, booking) == ["none"]
    assert findings(office) == []


def test_a_move_on_its_way_is_no_fault_and_true_once_it_has_left(office, nia, training_session):
    booking = make.booking(training_session, nia)
    office.deliver()
    office.move(training_session, [make.slot(IN_TWO_WEEKS + DAY, joining_link=LINK)])
    before = verdicts(office, booking), findings(office)
    office.deliver()

    assert (before, verdicts(office, booking)) == ((["on its way"], []), ["true"])


# Putting it right.


def test_a_wrong_time_is_put_right_under_a_higher_sequence(office, nia, training_session, cora):
    booking = make.booking(training_session, nia)
    office.deliver()
    told_another_time(office)
    found = findings(office)

    assert put_right(office, booking, cora) == 1

    assert found == [said_of(booking)]
    assert (verdicts(office, booking), findings(office)) == (["on its way"], [])
    assert heard(office) == [("Calendar entry, once more", ("REQUEST", uid(booking), 1))]
    assert (verdicts(office, booking), findings(office)) == (["true"], [])


def test_an_entry_that_never_came_is_sent_again(office, nia, training_session, cora):
    booking = make.booking(training_session, nia)
    lose_letters(office, "booked")
    found = findings(office)

    assert put_right(office, booking, cora) == 1

    assert found == [said_of(booking)]
    assert heard(office) == [("Calendar entry, once more", ("REQUEST", uid(booking), 0))]
    assert (verdicts(office, booking), findings(office)) == (["true"], [])


def test_an_entry_that_should_have_gone_is_taken_out(office, nia, training_session, cora):
    booking = make.booking(training_session, nia)
    [booked] = office.deliver()
    office.cancel(booking)
    lose_letters(office, "cancelled")
    found = findings(office)

    assert put_right(office, booking, cora) == 1

    assert found == [said_of(booking)]
    [(subject, entry)] = heard(office)
    assert (subject, entry[:2]) == ("Calendar entry removed", ("CANCEL", booked.entry[1]))
    assert (verdicts(office, booking), findings(office)) == (["none"], [])


def test_an_entry_that_was_taken_out_by_mistake_comes_back_under_a_higher_sequence(office, nia, training_session, cora):
    booking = make.booking(training_session, nia)
    office.deliver()
    office.say("UPDATE calendar_messages SET method = 'CANCEL'")

    put_right(office, booking, cora)

    assert heard(office) == [("Calendar entry, once more", ("REQUEST", uid(booking), 1))]
    assert (verdicts(office, booking), findings(office)) == (["true"], [])


def test_a_title_that_is_not_so_is_put_right_under_the_same_sequence(office, nia, training_session, cora):
    booking = make.booking(training_session, nia)
    [booked] = office.deliver()
    office.say("UPDATE calendar_messages SET title = 'Something else'")

    put_right(office, booking, cora)

    [letter] = office.deliver()
    assert letter.entry == booked.entry
    assert letter.event["DTSTAMP"].dt > booked.event["DTSTAMP"].dt
    assert findings(office) == []


def test_what_is_true_is_sent_once_more_as_it_is(office, nia, training_session, cora):
    booking = make.booking(training_session, nia)
    [booked] = office.deliver()

    assert put_right(office, booking, cora) == 1

    [letter] = office.deliver()
    assert letter.entry == booked.entry
    assert letter.event["DTSTAMP"].dt > booked.event["DTSTAMP"].dt
    assert verdicts(office, booking) == ["true"]


def test_twice_in_a_row_is_once(office, nia, training_session, cora):
    booking = make.booking(training_session, nia)
    office.deliver()
    put_right(office, booking, cora)

    with pytest.raises(Refused):
        put_right(office, booking, cora)

    assert len(office.deliver()) == 1


@pytest.mark.parametrize("is_sent", [True, False], ids=["cancelled", "on its way"])
def test_where_there_is_nothing_to_send_it_is_refused(office, nia, training_session, cora, is_sent):
    booking = make.booking(training_session, nia)
    if is_sent:
        office.cancel(booking)
        office.deliver()

    with pytest.raises(Refused):
        put_right(office, booking, cora)


def test_of_two_parts_only_the_wrong_one_is_sent(office, nia, cora):
    slots = [make.slot(IN_TWO_WEEKS + DAY * n, joining_link=LINK) for n in range(2)]
    booking = make.booking(make.training_session(slots=slots), nia)
    office.deliver()
    first, second = (entry.uid for entry in bookings.invites_of([booking])[booking.id])
    office.say("UPDATE calendar_messages SET place = 'elsewhere' WHERE uid = :uid", uid=second)
    stood = verdicts(office, booking)

    put_right(office, booking, cora)

    assert stood == ["true", "untrue"]
    assert [entry for _, entry in heard(office)] == [("REQUEST", second, 1)]
    assert ledger.belief(first).sequence == 0


def test_its_own_trainer_may_put_it_right_and_nobody_else(office, nia, cora):
    tom = make.trainer("Tom Trainer", address=None)
    booking = make.booking(make.training_session(trainers=[tom]), nia)
    office.deliver()

    with pytest.raises(NotAllowed):
        put_right(office, booking, make.trainer("Tess Trainer"))
    with pytest.raises(NotAllowed):
        put_right(office, booking, nia)
    assert put_right(office, booking, tom) == 1


def test_what_may_have_left_counts_as_told(office, nia, training_session):
    booking = make.booking(training_session, nia)
    office.deliver()
    office.say("UPDATE notices SET state = 'failed', sent_at = NULL WHERE kind = 'booked'")

    assert verdicts(office, booking) == ["true"]


def test_a_letter_that_the_mail_server_refused_told_nobody_anything(office, nia, training_session, cora):
    booking = make.booking(training_session, nia)
    office.deliver()
    office.say("UPDATE notices SET state = 'failed', sent_at = NULL, may_have_left = (1 = 0) WHERE kind = 'booked'")
    refused = verdicts(office, booking)

    put_right(office, booking, cora)

    assert refused == ["untrue"]
    assert heard(office) == [("Calendar entry, once more", ("REQUEST", uid(booking), 0))]
    assert verdicts(office, booking) == ["true"]


# Those who run sessions.


def test_what_a_trainers_calendar_was_told_wrongly_is_found_until_it_is_put_right(office):
    tom = make.trainer("Tom Trainer", address=TOM)
    training_session = make.training_session(trainers=[tom])
    office.deliver()
    told_another_time(office)
    found = findings(office)

    office.do(bookings.believing.put_trainers_right, training_session.id, by=tom, now=office.now)
    on_its_way = findings(office)
    office.deliver()

    where = f"/manage/sessions/{training_session.ref}/emails"
    assert found == [f"The calendar of trainer {tom.ref} was told something else: see {where}."]
    assert (on_its_way, findings(office)) == ([], [])


def test_a_trainers_entry_on_its_way_is_no_fault(office):
    make.training_session(trainers=[make.trainer("Tom Trainer", address=TOM)])

    assert findings(office) == []


def test_an_entry_that_a_former_trainer_still_has_is_found(office, cora):
    tom, tess = make.trainer("Tom Trainer", address=TOM), make.trainer("Tess Trainer", address=None)
    training_session = make.training_session(trainers=[tom])
    office.deliver()
    office.do(changes.change_trainers, training_session.id, [tess], by=cora, now=office.now)
    on_its_way = findings(office)
    lose_letters(office, "session_news")

    assert on_its_way == []
    where = f"/manage/sessions/{training_session.ref}/emails"
    assert findings(office) == [f"The calendar of trainer {tom.ref} was told something else: see {where}."]


def test_the_entry_of_a_session_that_is_over_is_nobodys_task(office):
    make.training_session(trainers=[make.trainer("Tom Trainer", address=TOM)])
    office.deliver()
    told_another_time(office)
    office.now = IN_TWO_WEEKS + 2 * HOUR

    assert findings(office) == []


def test_looking_at_every_calendar_takes_as_many_statements_at_three_as_at_one(office):
    def looked():
        make.booking(make.training_session(trainers=[make.trainer()]))
        office.deliver()
        office.forget()
        with office.statements() as said:
            bookings.believing.untrue(office.now)
            bookings.believing.untrue_of_trainers(office.now)
        return len(said)

    one, _, three = (looked() for _ in range(3))

    assert three == one
