"""What arrives in the mailboxes of those who wait, and what does not arrive because it is no longer true."""

from datetime import UTC, datetime, timedelta

import pytest

from app import bookings
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

# Who hears what in which words is the same whatever the database.
pytestmark = pytest.mark.one_engine

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TITLE = "Using Social Media to Keep up to Date"
WHICH = f"{TITLE}, Tue 15 Dec 2026, 10am"


@pytest.fixture
def full(office):
    """A full session whose own letters have left."""
    session = make.full_session(course=make.course(), trainers=[make.trainer(address="tom@example.org")])
    office.deliver()
    return session


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse", address="nia@example.org")


@pytest.fixture
def sam(office):
    return make.person("Sam Staff", address="sam@example.org")


@pytest.fixture
def cora(office):
    return make.coordinator(address="cora@example.org")


def heard(office, person):
    """The subjects of the letters that just arrived for somebody, in order."""
    return [letter.subject for letter in office.deliver() if letter.to == person.address]


def letter_to(office, person):
    """The one letter that just arrived for somebody, and its text as one line."""
    [letter] = [letter for letter in office.deliver() if letter.to == person.address]
    return letter, " ".join(letter.text.split())


def links_of(text):
    return [word for word in text.split() if word.startswith("https://")]


def test_whoever_joins_reads_where_they_are_in_line(office, full, nia, sam):
    office.wait(sam, full)
    office.wait(nia, full)

    letter, text = letter_to(office, nia)

    assert (letter.subject, letter.entry) == (f"On the waiting list: {WHICH}", None)
    assert "You are 2nd in line for this date: When: Tue 15 Dec 2026, 10am" in text
    assert "When a place comes free and it is your turn, we hold it and email you." in text


def test_whoever_is_put_on_the_list_reads_by_whom(office, full, nia):
    office.wait(nia, full, by=make.person("Bryn Jones"))

    assert "Bryn Jones put you on it." in letter_to(office, nia)[1]


def test_for_somebody_without_an_address_whoever_asked_reads_the_letters(office, full, cora):
    office.wait(make.person("Joan Armah", address=None), full, by=cora)

    letter, text = letter_to(office, cora)

    assert "Joan Armah is 1st in line for this date" in text
    assert "Take Joan Armah off the waiting list" in text
    assert [link for link in links_of(text) if "/waits/" in link] == []
    assert letter.subject == f"On the waiting list: {WHICH}"


def test_whoever_is_offered_a_place_reads_until_when_they_have_to_answer(office, full, nia):
    office.wait(nia, full)
    office.deliver()

    office.free(full)

    letter, text = letter_to(office, nia)
    assert letter.subject == "A place for you: Using Social Media to Keep up…, answer by Thu 3 Dec 2026, 9am"
    assert "We are holding a place for you until Thursday 3 December 2026, 9am. Do you want it?" in text
    assert letter.entry is None


def test_an_offer_names_what_clashes_and_why_they_are_asked_although_they_wanted_it_booked(office, full, nia):
    office.book(nia, make.training_session(course=make.course("Reflective practice")))
    office.wait(nia, full, books_at_once=True)
    office.deliver()

    office.free(full)

    text = letter_to(office, nia)[1]
    assert (
        "You asked us to book a place at once. We are asking first, because you are also booked on this at that time: "
        "- Reflective practice, Tue 15 Dec 2026, 10am" in text
    )


def test_for_somebody_without_an_address_whoever_asked_answers_the_offer(office, full, cora):
    office.wait(make.person("Joan Armah", address=None), full, by=cora)
    office.deliver()

    office.free(full)

    letter, text = letter_to(office, cora)
    assert letter.subject.startswith("A place for Joan Armah: ")
    assert "so please ask them and answer for them." in text


def test_taking_an_offer_brings_the_booking_with_its_calendar_entry(office, full, nia):
    office.wait(nia, full)
    office.free(full)
    office.deliver()

    office.accept(office.offer_on(full))

    letter, _ = letter_to(office, nia)
    assert (letter.subject, letter.method) == (f"Booked: {WHICH}", "REQUEST")


def test_an_offer_that_was_taken_before_its_letter_left_brings_only_the_booking(office, full, nia):
    office.wait(nia, full)
    office.free(full)

    office.accept(office.offer_on(full))

    assert heard(office, nia) == [f"Booked: {WHICH}"]


def test_whoever_asked_for_it_to_be_booked_reads_that_it_was(office, full, nia):
    office.wait(nia, full, books_at_once=True)
    office.deliver()

    office.free(full)

    letter, text = letter_to(office, nia)
    assert (letter.subject, letter.method) == (f"Booked: {WHICH}", "REQUEST")
    assert "You were on the waiting list. A place came free, and we booked it, as you asked." in text


def test_they_are_warned_before_an_offer_runs_out(office, full, nia):
    office.wait(nia, full)
    office.now = NOW + 2 * HOUR
    office.free(full)
    office.deliver()
    office.now = datetime(2026, 12, 3, 9, tzinfo=UTC)

    assert heard(office, nia) == ["Still want it? Using Social Media to Keep up…, answer by Thu 3 Dec 2026, 11am"]


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_whoever_has_answered_is_not_warned(office, full, nia, answer):
    office.wait(nia, full)
    office.now = NOW + 2 * HOUR
    office.free(full)
    getattr(office, answer)(office.offer_on(full))
    office.deliver()
    office.now = datetime(2026, 12, 3, 9, tzinfo=UTC)

    assert heard(office, nia) == []


def test_when_an_offer_runs_out_they_keep_their_place_in_line_and_the_next_is_asked(office, full, nia, sam):
    office.wait(nia, full)
    office.wait(sam, full)
    office.free(full)
    office.deliver()
    office.now = NOW + 2 * DAY

    office.catch_up()

    letters = {letter.to: letter for letter in office.deliver()}
    assert letters[nia.address].subject == f"The offer ran out: {WHICH}"
    assert "You keep your place in line." in letters[nia.address].text
    assert letters[sam.address].subject.startswith("A place for you: ")


def test_an_offer_that_ran_out_before_its_letter_left_brings_only_that_news(office, full, nia):
    office.wait(nia, full)
    office.free(full)
    office.now = NOW + 2 * DAY

    office.catch_up()

    assert heard(office, nia) == [f"The offer ran out: {WHICH}"]


def test_whoever_says_not_this_date_hears_no_more_of_it(office, full, nia, sam):
    office.wait(nia, full.course)
    office.wait(sam, full)
    office.free(full)
    office.deliver()

    office.decline(office.offer_on(full))

    assert [(letter.to, letter.subject.partition(":")[0]) for letter in office.deliver()] == [
        (sam.address, "A place for you")
    ]


def test_a_move_is_told_to_whoever_waits(office, full, nia):
    office.wait(nia, full)
    office.deliver()

    office.move(full, [make.slot(IN_TWO_WEEKS + DAY, joining_link="https://meet.example.org/room")])

    letter, text = letter_to(office, nia)
    assert letter.subject == f"New time: {TITLE}, Wed 16 Dec 2026, 10am"
    assert "You are waiting for a place on this session." in text
    assert "You keep your place in line." in text


def test_a_move_asks_whoever_holds_an_offer_whether_they_can_still_come(office, full, nia):
    office.wait(nia, full)
    office.free(full)
    office.deliver()

    office.move(full, [make.slot(IN_TWO_WEEKS + DAY, joining_link="https://meet.example.org/room")])

    text = letter_to(office, nia)[1]
    assert "We are holding a place for you on this session until Thursday 3 December 2026, 9am." in text
    assert "Can you still come? Take this place, or say no:" in text


def test_whoever_has_no_place_yet_reads_no_joining_link(office, full, nia):
    office.wait(nia, full)
    office.free(full)
    office.move(full, [make.slot(IN_TWO_WEEKS + DAY, joining_link="https://meet.example.org/room")])

    letters = [letter for letter in office.deliver() if letter.to == nia.address]

    assert letters
    assert [letter for letter in letters if "meet.example.org" in letter.text + letter.html] == []


def test_when_only_the_joining_link_changes_whoever_waits_hears_nothing(office, full, nia):
    office.wait(nia, full)
    office.deliver()

    office.move(full, [make.slot(joining_link="https://meet.example.org/other")])

    assert heard(office, nia) == []


def test_whoever_waits_for_a_session_hears_that_it_is_cancelled(office, full, nia):
    office.wait(nia, full)
    office.deliver()

    office.cancel_session(full, words="The trainer is ill.")

    letter, text = letter_to(office, nia)
    assert letter.subject == f"Session cancelled: {WHICH}"
    assert "You were waiting for a place on it. The trainer is ill." in text
    assert "You keep your place in line, now for a new date." in text


def test_an_offer_that_has_not_left_does_not_leave_once_the_session_is_cancelled(office, full, nia):
    office.wait(nia, full)
    office.free(full)

    office.cancel_session(full)

    letter, text = letter_to(office, nia)
    assert letter.subject == f"Session cancelled: {WHICH}"
    assert "We were holding a place for you on it." in text


def test_whoever_had_a_place_on_a_cancelled_session_may_wait_for_another_date(office, nia):
    session = make.training_session()
    office.book(nia, session)
    office.deliver()

    office.cancel_session(session)

    text = letter_to(office, nia)[1]
    assert "You go on the waiting list as if you had joined it on the day you booked. Wait for another date:" in text


def test_a_new_date_is_offered_to_the_first_and_told_to_the_second(office, full, nia, sam):
    office.wait(nia, full.course)
    office.wait(sam, full.course)
    office.deliver()

    make.training_session(course=full.course, capacity=1, starts_at=IN_TWO_WEEKS + 7 * DAY)

    letters = {letter.to: letter for letter in office.deliver()}
    assert letters[nia.address].subject.startswith("A place for you: ")
    assert letters[sam.address].subject == f"New date: {TITLE}, Tue 22 Dec 2026, 10am"
    assert "You are 2nd in line." in letters[sam.address].text


def test_whoever_leaves_hears_no_more(office, full, nia):
    wait = office.wait(nia, full)

    office.leave(wait)

    assert heard(office, nia) == []


def test_whoever_is_taken_off_by_another_reads_by_whom_and_why(office, full, nia, cora):
    wait = office.wait(nia, full)
    office.deliver()

    office.leave(wait, by=cora, why="You told me that you are leaving.")

    letter, text = letter_to(office, nia)
    assert letter.subject == f"Off the waiting list: {TITLE}"
    assert "Cora Coordinator took you off it. You told me that you are leaving." in text


def test_in_the_last_day_all_who_wait_read_that_a_place_is_free(office, full, nia, sam):
    office.wait(nia, full)
    office.wait(sam, full)
    office.deliver()
    office.now = IN_TWO_WEEKS - DAY

    office.free(full)

    letters = [letter for letter in office.deliver() if letter.to in {nia.address, sam.address}]
    assert [(letter.to, letter.subject) for letter in letters] == [
        (nia.address, f"A place is free: {WHICH}"),
        (sam.address, f"A place is free: {WHICH}"),
    ]
    assert links_of(letters[0].text)[0].endswith(f"/sessions/{full.ref}/book")


def test_whoever_reads_for_another_is_not_led_to_book_for_themselves(office, full, cora):
    office.wait(make.person("Joan Armah", address=None), full, by=cora)
    office.deliver()
    office.now = IN_TWO_WEEKS - DAY

    office.free(full)

    [letter] = [letter for letter in office.deliver() if letter.subject.startswith("A place is free")]
    assert (letter.to, links_of(letter.text)[0].rpartition("/")[2]) == (cora.address, full.ref)


def test_a_change_brings_the_new_booking_and_takes_the_old_entry_away(office, nia):
    old = make.training_session()
    new = make.training_session(course=old.course, starts_at=IN_TWO_WEEKS + 7 * DAY)
    booking = office.book(nia, old)
    office.deliver()

    office.change(booking, new)

    letters = [letter for letter in office.deliver() if letter.to == nia.address]
    assert {(letter.subject, letter.method) for letter in letters} == {
        (f"Booked: {TITLE}, Tue 22 Dec 2026, 10am", "REQUEST"),
        (f"You changed: {WHICH}", "CANCEL"),
    }


def test_whoever_waits_to_change_reads_what_they_give_up(office, full, nia):
    had = make.training_session(course=full.course, starts_at=IN_TWO_WEEKS + 7 * DAY)
    office.book(nia, had)
    office.deliver()

    office.wait(nia, full, instead_of=had.id)
    assert "You keep your place on Tue 22 Dec 2026, 10am, Online until you have another." in letter_to(office, nia)[1]
    office.free(full)

    assert (
        "If you take this place, we cancel your place on Tue 22 Dec 2026, 10am, Online. Until then you keep it."
        in letter_to(office, nia)[1]
    )


def test_when_the_last_date_they_named_begins_they_hear_that_they_wait_on(office, full, nia):
    office.wait(nia, full)
    office.deliver()
    office.now = IN_TWO_WEEKS

    office.catch_up()

    assert heard(office, nia) == [f"No place came free: {WHICH}"]


def test_after_half_a_year_of_silence_they_are_asked_and_two_weeks_later_are_off_the_list(office, nia):
    office.wait(nia, make.course())
    office.deliver()

    said = []
    for after in (timedelta(days=183), timedelta(days=197)):
        office.now = NOW + after
        office.catch_up()
        said += heard(office, nia)

    assert said == [f"Do you still want a place? {TITLE}", f"Off the waiting list: {TITLE}"]


def test_whoever_says_that_they_still_want_a_place_is_not_asked(office, nia):
    wait = office.wait(nia, make.course())
    office.deliver()
    office.now = NOW + timedelta(days=183)
    office.catch_up()

    office.still_want(wait)

    assert heard(office, nia) == []


def test_whoever_does_not_say_that_they_are_coming_reads_why_the_place_is_gone(office, nia, sam):
    session = make.training_session(capacity=1, course=make.course(asks_to_confirm=True))
    office.book(nia, session)
    office.wait(sam, session)
    for on in (8, 10):
        office.now = datetime(2026, 12, on, 9, tzinfo=UTC)
        office.deliver()
    office.now = datetime(2026, 12, 12, 9, tzinfo=UTC)

    office.catch_up()

    letter, text = letter_to(office, nia)
    assert (letter.subject, letter.method) == (f"Place cancelled: {WHICH}", "CANCEL")
    assert "Somebody else was waiting, so the place has gone to them." in text


def test_the_question_whether_they_are_coming_comes_twice_unless_they_answer(office, nia, sam):
    session = make.training_session(course=make.course(asks_to_confirm=True))
    office.book(nia, session)
    booking = office.book(sam, session)
    office.deliver()
    said = []
    for on in (8, 10):
        office.now = datetime(2026, 12, on, 9, tzinfo=UTC)
        said += [(letter.to, letter.subject) for letter in office.deliver()]
        office.do(bookings.confirm, booking, by=sam, now=office.now)

    question = f"Are you coming? {WHICH}"
    assert said == [(nia.address, question), (sam.address, question), (nia.address, question)]
