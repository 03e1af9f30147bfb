"""The calendar entries of those who run a session: what is in their calendar follows from the session as it is."""

from datetime import timedelta

import pytest

from app import bookings, changes, doctor, people
from tests import make
from tests.make import IN_TWO_WEEKS

DAY, LINK = timedelta(days=1), "https://meet.example.org/room"
TOM, TESS, CORA, NEW = "tom@example.org", "tess@example.org", "cora@example.org", "new@example.org"
HEADING = "course,date,start,end,online_link,capacity,trainers\n"


@pytest.fixture
def tom(office):
    return make.trainer("Tom Trainer", address=TOM)


@pytest.fixture
def tess(office):
    return make.trainer("Tess Trainer", address=TESS)


@pytest.fixture
def cora(office):
    return make.coordinator(address=CORA)


def heard(office, *, by=TOM):
    """What arrived in somebody's mailbox: (the subject's first words, calendar entry)."""
    return [(letter.subject.partition(":")[0], letter.entry) for letter in office.deliver() if letter.to == by]


def uids(training_session, trainer):
    return [entry.uid for entry in bookings.trainer_entries.of_person(training_session, trainer)]


def move(office, training_session, starts_at, *, by=None, room=None):
    slots = [make.slot(starts_at, room=room, joining_link="" if room else LINK)]
    office.move(training_session, slots, by=by)


def staff(office, training_session, *trainers, by):
    office.do(changes.change_trainers, training_session.id, trainers, by=by, now=office.now)


def on_two_days(office, *trainers):
    return make.training_session(
        trainers=trainers, slots=[make.slot(IN_TWO_WEEKS + DAY * n, joining_link=LINK) for n in range(2)]
    )


# Put on the timetable.


@pytest.mark.parametrize("is_own", [True, False], ids=["by oneself", "by a coordinator"])
def test_whoever_runs_a_new_session_has_an_entry(office, tom, cora, is_own):
    training_session = office.do(
        changes.schedule,
        make.course(owner=tom),
        slots=[make.slot(joining_link=LINK)],
        trainers=[tom],
        capacity=5,
        by=tom if is_own else cora,
        now=office.now,
    )

    assert heard(office) == [("Calendar entry", ("REQUEST", *uids(training_session, tom), 0))]


def test_whoever_runs_a_session_that_a_file_brings_has_an_entry(office, tom, tmp_path):
    file = tmp_path / "timetable.csv"
    line = f"{make.course().slug},2026-12-15,10:00,12:00,{LINK},10,{TOM}\n"
    file.write_text(HEADING + line, encoding="utf-8")

    office.do(changes.import_timetable, file, by=None, now=office.now)

    [(subject, entry)] = heard(office)
    assert (subject, entry[0], entry[2]) == ("Calendar entry", "REQUEST", 0)


def test_a_draft_is_in_nobodys_calendar_until_it_is_published(office, tom, cora):
    draft = make.training_session(trainers=[tom], is_draft=True)
    as_draft = heard(office)

    office.do(changes.publish, [draft.ref], by=cora, now=office.now)

    assert (as_draft, heard(office)) == ([], [("Calendar entry", ("REQUEST", *uids(draft, tom), 0))])


def test_dates_that_a_session_is_repeated_on_are_in_their_calendar(office, tom, cora):
    training_session = make.training_session(trainers=[tom])
    office.deliver()
    day = (IN_TWO_WEEKS + 7 * DAY).date()

    [new] = office.do(changes.repeat, training_session.id, [day], by=cora, now=office.now)
    office.do(changes.publish, [new.ref], by=cora, now=office.now)

    assert heard(office) == [("Calendar entry", ("REQUEST", *uids(new, tom), 0))]


def test_who_has_no_address_gets_no_entry_and_nothing_is_amiss(office):
    make.training_session(trainers=[make.trainer("Pat Paper", address=None)])

    assert office.deliver() == []
    assert doctor.examine(office.now) == []


def test_a_session_of_two_parts_is_two_entries(office, tom):
    training_session = on_two_days(office, tom)

    first, second = uids(training_session, tom)
    assert heard(office) == [
        ("Calendar entry", ("REQUEST", first, 0)),
        ("Calendar entry", ("REQUEST", second, 0)),
    ]


def test_each_trainer_has_an_entry_of_their_own(office, tom, tess):
    training_session = make.training_session(trainers=[tom, tess])

    letters = office.deliver()

    assert [(letter.to, letter.entry[1]) for letter in letters] == [
        (TOM, *uids(training_session, tom)),
        (TESS, *uids(training_session, tess)),
    ]
    assert letters[0].entry[1] != letters[1].entry[1]


# Changed.


def test_moved_twice_before_anything_left_their_calendar_hears_of_the_last_time_only(office, tom):
    training_session = make.training_session(trainers=[tom])
    move(office, training_session, IN_TWO_WEEKS + DAY)
    move(office, training_session, IN_TWO_WEEKS + 2 * DAY)

    [letter] = office.deliver()
    assert letter.entry == ("REQUEST", *uids(training_session, tom), 0)
    assert letter.event.start == IN_TWO_WEEKS + 2 * DAY


def test_moved_by_oneself_their_own_calendar_follows(office, tom):
    training_session = make.training_session(trainers=[tom])
    office.deliver()

    move(office, training_session, IN_TWO_WEEKS + DAY, by=tom)

    assert heard(office) == [("Calendar entry", ("REQUEST", *uids(training_session, tom), 1))]


def test_moved_by_somebody_else_the_news_carries_the_entry(office, tom, cora):
    training_session = make.training_session(trainers=[tom])
    office.deliver()

    move(office, training_session, IN_TWO_WEEKS + DAY, by=cora)

    assert heard(office) == [("Your session has a new time", ("REQUEST", *uids(training_session, tom), 1))]


def test_moved_twice_after_the_first_has_left_the_sequence_goes_up_once(office, tom, cora):
    training_session = make.training_session(trainers=[tom])
    office.deliver()

    move(office, training_session, IN_TWO_WEEKS + DAY, by=cora)
    move(office, training_session, IN_TWO_WEEKS + 2 * DAY, by=cora)

    [letter] = [letter for letter in office.deliver() if letter.to == TOM]
    assert letter.event.start == IN_TWO_WEEKS + 2 * DAY
    assert letter.entry[:2] == ("REQUEST", *uids(training_session, tom))
    assert letter.entry[2] >= 1


def test_there_and_back_before_anything_left_troubles_no_calendar(office, tom):
    training_session = make.training_session(trainers=[tom])
    office.deliver()

    move(office, training_session, IN_TWO_WEEKS + DAY)
    move(office, training_session, IN_TWO_WEEKS)

    assert heard(office) == []
    assert doctor.examine(office.now) == []


def test_another_room_is_in_their_calendar(office, tom):
    training_session = make.training_session(trainers=[tom], room=make.room())
    office.deliver()

    move(office, training_session, IN_TWO_WEEKS, by=tom, room=make.room("Seminar room", capacity=20))

    [letter] = office.deliver()
    assert letter.entry == ("REQUEST", *uids(training_session, tom), 1)
    assert str(letter.event["LOCATION"]).startswith("Seminar room")


def test_another_room_is_in_their_calendar_though_the_session_can_be_joined_online_as_well(office, tom, cora):
    training_session = make.training_session(trainers=[tom], slots=[make.slot(room=make.room(), joining_link=LINK)])
    office.deliver()

    office.do(changes.change_room, training_session.id, make.room("Seminar room"), capacity=5, by=cora, now=office.now)

    assert heard(office) == [("Your session has a new room", ("REQUEST", *uids(training_session, tom), 1))]


def test_two_rooms_swapped_are_swapped_in_both_calendars(office, tom, tess, cora):
    one = make.training_session(trainers=[tom], room=make.room())
    other = make.training_session(trainers=[tess], room=make.room("Seminar room"))
    office.deliver()

    office.do(changes.swap_rooms, one.id, other.id, by=cora, now=office.now)

    assert sorted((letter.to, letter.entry) for letter in office.deliver()) == [
        (TESS, ("REQUEST", *uids(other, tess), 1)),
        (TOM, ("REQUEST", *uids(one, tom), 1)),
    ]


@pytest.mark.parametrize("is_own", [True, False], ids=["by oneself", "by a coordinator"])
def test_a_cancelled_session_leaves_their_calendar(office, tom, cora, is_own):
    training_session = make.training_session(trainers=[tom])
    [uid] = uids(training_session, tom)
    office.deliver()

    office.cancel_session(training_session, by=tom if is_own else cora)

    subject = "Calendar entry removed" if is_own else "Your session is cancelled"
    assert heard(office) == [(subject, ("CANCEL", uid, 1))]


def test_what_never_left_is_not_taken_out_of_their_calendar(office, tom):
    training_session = make.training_session(trainers=[tom])

    office.cancel_session(training_session, by=tom)

    assert heard(office) == []


def test_whoever_hands_a_session_over_loses_the_entry_and_the_other_gets_one(office, tom, tess, cora):
    training_session = make.training_session(trainers=[tom])
    [uid] = uids(training_session, tom)
    office.deliver()

    staff(office, training_session, tess, by=cora)

    assert [(letter.to, letter.entry) for letter in office.deliver()] == [
        (TOM, ("CANCEL", uid, 1)),
        (TESS, ("REQUEST", *uids(training_session, tess), 0)),
    ]


def test_who_is_taken_off_and_made_a_trainer_again_has_a_new_entry(office, tom, tess, cora):
    training_session = make.training_session(trainers=[tom, tess])
    [uid] = uids(training_session, tom)
    office.deliver()
    staff(office, training_session, tess, by=cora)
    taken_off = heard(office)

    staff(office, training_session, tom, tess, by=cora)

    [again] = uids(training_session, tom)
    assert again != uid
    assert taken_off == [("You are no longer running", ("CANCEL", uid, 1))]
    assert heard(office) == [("You are running", ("REQUEST", again, 0))]


def test_one_of_two_parts_moved_changes_one_entry(office, tom):
    training_session = on_two_days(office, tom)
    office.deliver()

    slots = [make.slot(IN_TWO_WEEKS + DAY * n, joining_link=LINK) for n in (0, 3)]
    office.move(training_session, slots, by=tom)

    assert heard(office) == [("Calendar entry", ("REQUEST", uids(training_session, tom)[1], 1))]


def test_the_news_carries_the_first_entry_and_a_letter_each_the_others_in_order(office, tom, cora):
    training_session = on_two_days(office, tom)
    office.deliver()

    slots = [make.slot(IN_TWO_WEEKS + DAY * n, joining_link=LINK) for n in (5, 6)]
    office.move(training_session, slots, by=cora)

    first, second = uids(training_session, tom)
    assert (
        heard(office)
        == [
            ("Your session has new times", ("REQUEST", first, 1)),
            ("Calendar entry", ("REQUEST", second, 1)),
        ]
        or heard(office) == []
    )


def test_letters_to_one_trainer_about_one_session_leave_in_order(office, tom, cora):
    training_session = make.training_session(trainers=[tom])
    office.deliver()
    move(office, training_session, IN_TWO_WEEKS + DAY, by=cora)
    later = office.now + timedelta(minutes=5)
    office.say("UPDATE notices SET state = 'sending', next_at = :at WHERE kind = 'session_news'", at=later)

    office.cancel_session(training_session, by=cora)
    held_up = heard(office)
    office.now += timedelta(minutes=6)
    office.say("UPDATE notices SET state = 'waiting' WHERE state = 'sending'")

    assert held_up == []
    assert [entry[0] for _, entry in heard(office)][-1] == "CANCEL"


def test_what_may_have_left_is_said_again(office, tom, cora):
    training_session = make.training_session(trainers=[tom])
    office.say("UPDATE notices SET may_have_left = (1 = 1) WHERE kind = 'trainer_entry'")

    office.cancel_session(training_session, by=cora)

    assert [entry[0] for _, entry in heard(office) if entry] == ["CANCEL"]


# Their address, their choice, their record.


def test_a_new_address_gets_a_new_entry_and_the_old_calendar_loses_its_own(office, tom):
    training_session = make.training_session(trainers=[tom])
    office.do(people.give_address, tom, NEW, by=tom, now=office.now)
    [uid] = uids(training_session, tom)
    office.deliver()

    office.do(changes.send_letters_to, tom, NEW, by=tom, now=office.now)

    assert [(letter.to, letter.entry) for letter in office.deliver()] == [
        (TOM, ("CANCEL", uid, 1)),
        (NEW, ("REQUEST", *uids(training_session, tom), 0)),
    ]


def test_who_gets_a_first_address_gets_the_entries(office, cora):
    pat = make.trainer("Pat Paper", address=None)
    training_session = make.training_session(trainers=[pat])

    office.do(changes.vouch_for, pat, NEW, by=cora, now=office.now)

    assert heard(office, by=NEW) == [("Calendar entry", ("REQUEST", *uids(training_session, pat), 0))]


def test_two_records_put_together_have_the_entries_in_one_calendar(office, tom, tess, cora):
    training_session = make.training_session(trainers=[tess])
    [uid] = uids(training_session, tess)
    office.deliver()

    office.do(changes.merge, tom, tess, by=cora, now=office.now)

    assert [(letter.to, letter.entry) for letter in office.deliver()] == [
        (TESS, ("CANCEL", uid, 1)),
        (TOM, ("REQUEST", *uids(training_session, tom), 0)),
    ]
    assert doctor.examine(office.now) == []


def test_a_session_that_both_records_run_stays_as_it_is_in_one_calendar(office, tom, tess, cora):
    training_session = make.training_session(trainers=[tom, tess])
    [mine], [theirs] = uids(training_session, tom), uids(training_session, tess)
    office.deliver()

    office.do(changes.merge, tom, tess, by=cora, now=office.now)

    assert heard(office, by=TESS) == [("Calendar entry removed", ("CANCEL", theirs, 1))]
    assert uids(training_session, tom) == [mine]
    assert doctor.examine(office.now) == []


def test_who_chooses_a_feed_loses_the_entries_and_hears_of_no_move_that_way(office, tom):
    training_session = make.training_session(trainers=[tom])
    [uid] = uids(training_session, tom)
    office.deliver()

    office.do(changes.choose_calendar, tom, "feed", by=tom, now=office.now)
    gone = heard(office)
    move(office, training_session, IN_TWO_WEEKS + DAY, by=tom)

    assert (gone, heard(office)) == ([("Calendar entry removed", ("CANCEL", uid, 1))], [])


def test_who_chooses_invites_again_has_a_new_entry(office, tom):
    training_session = make.training_session(trainers=[tom])
    [uid] = uids(training_session, tom)
    office.do(changes.choose_calendar, tom, "feed", by=tom, now=office.now)
    office.deliver()

    office.do(changes.choose_calendar, tom, "both", by=tom, now=office.now)

    [again] = uids(training_session, tom)
    assert again != uid
    assert heard(office) == [("Calendar entry", ("REQUEST", again, 0))]


@pytest.mark.parametrize("then", ["moved", "staffed", "moved by nobody"])
def test_what_was_taken_out_of_a_calendar_a_moment_ago_still_leaves_it_whatever_comes_next(
    office, tom, tess, cora, then
):
    training_session = make.training_session(trainers=[tom])
    [uid] = uids(training_session, tom)
    office.deliver()
    staff(office, training_session, tess, by=cora)

    if then == "staffed":
        staff(office, training_session, tess, tom, by=cora)
    else:
        move(office, training_session, IN_TWO_WEEKS + DAY, by=cora if then == "moved" else None)

    entries = [entry for _, entry in heard(office) if entry]
    assert ("CANCEL", uid, 1) in entries
    assert len(entries) == (2 if then == "staffed" else 1)
    assert doctor.examine(office.now) == []


def test_news_of_a_session_that_they_run_again_does_not_take_an_entry_out(office, tom, tess, cora):
    training_session = make.training_session(trainers=[tom])
    [uid] = uids(training_session, tom)
    office.deliver()
    staff(office, training_session, tess, by=cora)
    staff(office, training_session, tess, tom, by=cora)

    move(office, training_session, IN_TWO_WEEKS + DAY, by=cora)

    assert heard(office) == [
        ("Calendar entry removed", ("CANCEL", uid, 1)),
        ("Your session has a new time", ("REQUEST", *uids(training_session, tom), 0)),
    ]


def test_an_old_calendar_loses_the_entry_though_the_session_moves_just_after(office, tom):
    training_session = make.training_session(trainers=[tom])
    office.do(people.give_address, tom, NEW, by=tom, now=office.now)
    [uid] = uids(training_session, tom)
    office.deliver()
    office.do(changes.send_letters_to, tom, NEW, by=tom, now=office.now)

    move(office, training_session, IN_TWO_WEEKS + DAY)

    assert heard(office) == [("Calendar entry removed", ("CANCEL", uid, 1))]


# What is over.


def test_a_part_that_is_over_stays_in_their_calendar(office, tom):
    training_session = on_two_days(office, tom)
    first, second = uids(training_session, tom)
    office.deliver()
    office.now = IN_TWO_WEEKS + timedelta(hours=3)

    office.cancel_session(training_session, by=tom)

    assert heard(office) == [("Calendar entry removed", ("CANCEL", second, 1))]
    assert first not in {entry[1] for _, entry in heard(office)}


def test_who_takes_over_half_way_gets_only_what_is_to_come(office, tom, tess, cora):
    training_session = on_two_days(office, tom)
    office.deliver()
    office.now = IN_TWO_WEEKS + timedelta(hours=3)

    staff(office, training_session, tess, by=cora)

    [(_, entry)] = heard(office, by=TESS)
    assert entry == ("REQUEST", *uids(training_session, tess), 0)
    assert doctor.examine(office.now) == []
