"""What a session's trainers hear of what somebody else did to it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from app import changes
from app.errors import Refused
from app.notices import outbox
from tests import make
from tests.make import IN_TWO_WEEKS

# Who hears what in which words is the same whatever the database.
pytestmark = pytest.mark.one_engine

LINK = "https://meet.example.org/room"
NEXT_DAY, NEXT_WEEK = IN_TWO_WEEKS + timedelta(days=1), IN_TWO_WEEKS + timedelta(days=7)
TOM, TESS, CORA = "tom@example.org", "tess@example.org", "cora@example.org"


@pytest.fixture
def at_work(office):
    """Tom and Tess run a session; Cora coordinates; Fay could run it too. Their calendars follow feeds."""
    tom, tess = make.trainer("Tom Trainer", address=TOM), make.trainer("Tess Trainer", address=TESS)
    fay = make.trainer("Fay Free", address="fay@example.org")
    for each in (tom, tess, fay):
        office.do(setattr, each, "calendar_choice", "feed")
    return SimpleNamespace(
        office=office,
        tom=tom,
        tess=tess,
        cora=make.coordinator(address=CORA),
        fay=fay,
        session=make.training_session(trainers=[tom, tess]),
    )


def move(at_work, starts_at, *, by=None, **kwargs):
    slots = [make.slot(starts_at, joining_link=LINK)]
    at_work.office.move(at_work.session, slots, by=by or at_work.cora, **kwargs)


def staff(at_work, *trainers, by=None, **kwargs):
    number, by = at_work.session.id, by or at_work.cora
    at_work.office.do(changes.change_trainers, number, trainers, by=by, now=at_work.office.now, **kwargs)


def cancel(at_work, *, by=None, **kwargs):
    at_work.office.cancel_session(at_work.session, by=by or at_work.cora, **kwargs)


def heard(at_work):
    return [(letter.to, letter.subject.partition(":")[0]) for letter in at_work.office.deliver()]


def may_have_left(at_work):
    at_work.office.say("UPDATE notices SET may_have_left = (1 = 1) WHERE kind = 'session_news'")


def test_whoever_runs_a_session_hears_that_a_coordinator_moved_it(at_work):
    move(at_work, NEXT_DAY, words="The PCs are being replaced.")

    letters = at_work.office.deliver()
    assert [letter.to for letter in letters] == [TOM, TESS]
    for letter in letters:
        assert "Cora Coordinator has changed this session." in letter.text
        assert "The PCs are being replaced." in letter.text
        assert "  Was: Tuesday 15 December 2026, 10am to midday\n" in letter.text
        assert "  Now: Wednesday 16 December 2026, 10am to midday\n" in letter.text
        assert letter.calendar is None


def test_whoever_moves_a_session_hears_nothing_of_it_but_its_other_trainers_do(at_work):
    move(at_work, NEXT_DAY, by=at_work.tom)

    assert heard(at_work) == [(TESS, "Your session has a new time")]


def test_two_moves_on_two_days_are_two_letters(at_work):
    move(at_work, NEXT_DAY, by=at_work.tom)
    first = heard(at_work)
    move(at_work, NEXT_WEEK, by=at_work.tom)

    assert first + heard(at_work) == [(TESS, "Your session has a new time")] * 2


def test_two_moves_before_the_worker_ran_are_one_letter_about_the_net_change(at_work):
    move(at_work, NEXT_DAY, words="The PCs are being replaced.")
    move(at_work, NEXT_WEEK)

    [letter, _] = at_work.office.deliver()
    assert "  Was: Tuesday 15 December 2026, 10am to midday\n" in letter.text
    assert "  Now: Tuesday 22 December 2026, 10am to midday\n" in letter.text
    assert "The PCs are being replaced." in letter.text


def test_there_and_back_in_the_same_minute_troubles_nobody(at_work):
    move(at_work, NEXT_DAY)
    move(at_work, IN_TWO_WEEKS)

    assert heard(at_work) == []


def test_moved_back_when_the_first_letter_may_have_left_says_that_it_is_as_it_was(at_work):
    move(at_work, NEXT_DAY)
    may_have_left(at_work)

    move(at_work, IN_TWO_WEEKS)

    assert heard(at_work) == [(TOM, "Your session is as it was"), (TESS, "Your session is as it was")]


def test_whoever_moves_it_after_somebody_else_has_needs_no_letter_about_either(at_work):
    move(at_work, NEXT_DAY)
    move(at_work, NEXT_WEEK, by=at_work.tom)

    assert heard(at_work) == [(TESS, "Your session has a new time")]


def test_nobody_who_runs_another_session_hears_of_it(at_work):
    make.training_session(course=at_work.session.course, trainers=[at_work.fay], starts_at=NEXT_WEEK)

    move(at_work, NEXT_DAY, by=at_work.tom)

    assert heard(at_work) == [(TESS, "Your session has a new time")]


def test_a_trainer_without_an_address_is_no_obstacle(at_work):
    at_work.office.say("DELETE FROM addresses WHERE address = 'tess@example.org'")

    move(at_work, NEXT_DAY)

    assert heard(at_work) == [(TOM, "Your session has a new time")]


def test_a_new_trainer_and_one_who_goes_are_told_and_the_one_who_stays_is_not(at_work):
    staff(at_work, at_work.tess, at_work.fay, words="Tom is on leave.")

    letters = {letter.to: letter for letter in at_work.office.deliver()}
    assert {to: letter.subject.partition(":")[0] for to, letter in letters.items()} == {
        TOM: "You are no longer running",
        "fay@example.org": "You are running",
    }
    assert "Cora Coordinator has made you a trainer of this session." in letters["fay@example.org"].text
    assert "/manage/sessions/" in letters["fay@example.org"].text
    assert "/manage/sessions/" not in letters[TOM].text
    assert all("Tom is on leave." in letter.text for letter in letters.values())


def test_whoever_takes_themselves_off_hears_nothing(at_work):
    staff(at_work, at_work.tess, by=at_work.tom)

    assert heard(at_work) == []


def test_put_on_and_taken_off_again_before_the_worker_ran_is_no_news(at_work):
    staff(at_work, at_work.tom, at_work.tess, at_work.fay)
    staff(at_work, at_work.tom, at_work.tess)

    assert heard(at_work) == []


def test_taken_off_again_when_the_first_letter_may_have_left_is_told(at_work):
    staff(at_work, at_work.tom, at_work.tess, at_work.fay)
    may_have_left(at_work)

    staff(at_work, at_work.tom, at_work.tess)

    assert heard(at_work) == [("fay@example.org", "You are no longer running")]


def test_taken_off_and_put_back_before_the_worker_ran_is_no_news(at_work):
    staff(at_work, at_work.tess)
    staff(at_work, at_work.tom, at_work.tess)

    assert heard(at_work) == []


def test_taken_off_moved_and_put_back_is_a_new_time(at_work):
    staff(at_work, at_work.tess)
    move(at_work, NEXT_DAY)
    staff(at_work, at_work.tom, at_work.tess)

    assert heard(at_work) == [(TOM, "Your session has a new time"), (TESS, "Your session has a new time")]


def test_a_new_trainer_who_has_not_heard_yet_reads_the_time_as_it_is_now_and_who_asked_them(at_work):
    staff(at_work, at_work.tom, at_work.tess, at_work.fay)
    move(at_work, NEXT_DAY, by=at_work.tom, words="The PCs are being replaced.")

    letters = {letter.to: letter for letter in at_work.office.deliver()}
    fays = letters.pop("fay@example.org")
    assert list(letters) == [TESS]
    assert fays.subject == "You are running: Using Social Media to Keep up to Date, Wed 16 Dec 2026, 10am"
    assert "Cora Coordinator has made you a trainer" in fays.text
    assert "The PCs" not in fays.text


def test_whoever_is_taken_off_reads_the_time_that_they_know(at_work):
    staff(at_work, at_work.tess)
    move(at_work, NEXT_DAY)

    letters = {letter.to: letter.subject for letter in at_work.office.deliver()}
    assert letters[TOM] == "You are no longer running: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am"


def test_trainers_hear_that_somebody_else_cancelled_their_session(at_work):
    cancel(at_work, words="The heating is broken.")

    letters = at_work.office.deliver()
    assert [(letter.to, letter.subject.partition(":")[0]) for letter in letters] == [
        (TOM, "Your session is cancelled"),
        (TESS, "Your session is cancelled"),
    ]
    assert all("The heating is broken." in letter.text for letter in letters)


def test_cancelled_before_the_move_was_told_is_one_letter(at_work):
    move(at_work, NEXT_DAY)
    cancel(at_work)

    assert heard(at_work) == [(TOM, "Your session is cancelled"), (TESS, "Your session is cancelled")]


def test_a_new_trainer_who_has_not_heard_of_it_need_not_hear_that_it_is_cancelled(at_work):
    staff(at_work, at_work.tess, at_work.fay)
    cancel(at_work, by=at_work.tess)

    assert heard(at_work) == [(TOM, "You are no longer running")]


def test_nobody_hears_of_a_change_of_places(at_work):
    number, now = at_work.session.id, at_work.office.now
    at_work.office.do(changes.change_capacity, number, 8, by=at_work.cora, now=now)

    assert heard(at_work) == []


def test_of_a_draft_nobody_hears_anything(at_work):
    at_work.office.do(setattr, at_work.session, "state", "draft")

    move(at_work, NEXT_DAY)
    staff(at_work, at_work.tess, at_work.fay)
    cancel(at_work)

    assert heard(at_work) == []
    assert at_work.office.notices(state="waiting") == []


def test_new_trainers_are_reminded_and_former_ones_are_not(at_work):
    staff(at_work, at_work.tess, at_work.fay)

    live = {notice.address for notice in at_work.office.notices("trainer_reminder", "waiting")}
    assert live == {TESS, "fay@example.org"}


def test_that_a_session_is_full_goes_to_those_who_run_it_now(at_work):
    for _ in range(10):
        make.booking(at_work.session)
    staff(at_work, at_work.tess, at_work.fay)

    full = {letter.to for letter in at_work.office.deliver() if letter.subject.startswith("Full")}
    assert full == {TESS, "fay@example.org"}


def test_news_that_failed_and_is_no_longer_true_cannot_be_sent_again(at_work):
    staff(at_work, at_work.tom, at_work.tess, at_work.fay)
    at_work.office.say("UPDATE notices SET state = 'failed', next_at = NULL WHERE kind = 'session_news'")
    [notice] = at_work.office.notices("session_news")

    staff(at_work, at_work.tom, at_work.tess)

    with pytest.raises(Refused):
        at_work.office.do(outbox.send_again, at_work.office.fresh(notice), by=at_work.cora, now=at_work.office.now)
    assert heard(at_work) == []
