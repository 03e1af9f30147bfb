import pytest

from app import changes, timetable
from app.bookings import needs
from tests import make

STEPS = "Two steps at the front"
RAMP = "Two steps at the front; ramp at the side door"
EVERYTHING = "Step-free; accessible toilet on the same floor; blue badge parking"
OTHER_DAY = make.IN_TWO_WEEKS + make.timedelta(days=1)


def said(words):
    return [need.said for need in needs.recognised(words)]


def unmet(words, **facts):
    return needs.unmet(words, timetable.by_id(make.training_session(**facts).id))


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("Step-free access please", ["step-free access"]),
        ("I use a wheel chair", ["step-free access"]),
        ("STEPFREE", ["step-free access"]),
        ("I can’t do stairs", ["step-free access"]),
        ("somewhere near the lift, I walk with crutches", ["step-free access"]),
        ("Limited mobility", ["step-free access"]),
        ("Dw i'n defnyddio cadair olwyn", ["step-free access"]),
        ("A hearing loop\nand large print", ["a hearing loop"]),
        ("I'm hard-of-hearing", ["a hearing loop"]),
        ("hearing aids with T-coil", ["a hearing loop"]),
        ("I am Deaf, BSL is my first language", ["a hearing loop"]),
        ("dolen glyw os gwelwch yn dda", ["a hearing loop"]),
        ("An accessible toilet", ["an accessible toilet"]),
        ("disabled loo nearby", ["an accessible toilet"]),
        ("Blue Badge space", ["parking nearby"]),
        ("I need to park close to the building", ["parking nearby"]),
        ("A height-adjustable desk", ["an adjustable desk"]),
        (
            "Wheelchair user, need disabled toilet and parking",
            ["step-free access", "an accessible toilet", "parking nearby"],
        ),
    ],
)
def test_what_people_ask_for_in_their_own_words_is_recognised(words, asked):
    assert said(words) == asked


@pytest.mark.parametrize(
    "words",
    [
        "",
        "None",
        "No access needs, thank you",
        "Large print, please",
        "I do not need step-free access",
        "No mobility problems",
        "Nut allergy",
        "A seat near the door",
        "Parkinson's: I may need a break",
        "I get headaches from the flickering strip lights",
    ],
)
def test_what_no_room_can_have_is_left_to_those_who_read_it(words):
    assert said(words) == []


def test_what_somebody_does_not_need_hides_nothing_of_what_they_do():
    assert said("I don't need a hearing loop, but I do use a wheelchair. I do not need to say why.") == [
        "step-free access"
    ]


@pytest.mark.parametrize(
    ("access", "equipment", "lacks"),
    [
        ("Step-free", "", ""),
        (RAMP, "", ""),
        ("Level access", "", ""),
        ("Lift to all floors", "", ""),
        ("Two steps at the front; lift inside the side entrance", "", ""),
        ("No steps anywhere", "", ""),
        ("Wheelchair accessible", "", ""),
        ("Mynediad gwastad", "", ""),
        (STEPS, "", "no step-free access that we know of."),
        ("Second floor", "Projector", "no step-free access that we know of."),
        ("Not step-free", "", "no step-free access."),
        ("Not step-free: two steps. There is a lift after them", "", "no step-free access."),
        ("Not step-free at the front; ramp at the side", "", ""),
        ("Second floor, no lift", "", "no step-free access."),
        ("Lift (out of order until May)", "", "no step-free access."),
        ("Step-free except for the last two steps", "", "no step-free access that we know of."),
        ("", "", "we do not know if there is step-free access."),
    ],
)
def test_whether_a_room_is_step_free_is_read_in_its_description(office, access, equipment, lacks):
    room = make.room("Boardroom", site="Fairfield House", access=access)
    office.do(setattr, room, "equipment", equipment)

    assert unmet("I use a wheelchair", room=room) == [f"Boardroom, Fairfield House: {lacks}" for _ in [1] if lacks]


@pytest.mark.parametrize(
    ("words", "access", "equipment"),
    [
        ("hearing loop", "Step-free", "10 PCs; projector; hearing loop"),
        ("I am deaf", "", "Portable loop"),
        ("accessible toilet", EVERYTHING, ""),
        ("blue badge", EVERYTHING, ""),
        ("sit-stand desk", "Step-free", "Two height-adjustable desks"),
    ],
)
def test_what_a_room_has_is_not_missed(office, words, access, equipment):
    room = make.room(access=access)
    office.do(setattr, room, "equipment", equipment)

    assert unmet(words, room=room) == []


@pytest.mark.parametrize("words", ["hearing loop", "accessible toilet", "parking", "adjustable desk"])
def test_what_is_not_written_down_about_a_room_is_missing(office, words):
    [sentence] = unmet(words, room=make.room(access="Step-free"))

    assert sentence.startswith("IT training room, Northgate Hospital: no ")


def test_what_is_online_has_no_steps(office):
    assert unmet("wheelchair, hearing loop") == []


def test_each_room_of_several_parts_is_looked_at_once(office):
    good, bad = make.room(access=EVERYTHING), make.room("Boardroom", access="Not step-free")
    starts = [make.IN_TWO_WEEKS + make.timedelta(days=number) for number in range(3)]
    slots = [make.slot(starts[0], room=good), make.slot(starts[1], room=bad), make.slot(starts[2], room=bad)]

    assert unmet("stairs", slots=slots) == ["Boardroom, Northgate Hospital: no step-free access."]


def trainers_letters(letters):
    return [letter for letter in letters if letter.subject.startswith("Please check the room")]


def room_of(training_session):
    return timetable.by_id(training_session.id).slots[0].room


@pytest.fixture
def upstairs(office):
    """A session up two steps, run by two trainers."""
    trainers = [make.trainer(address="tom@example.org"), make.trainer("Tess Trainer", address="tess@example.org")]
    return make.training_session(trainers=trainers, room=make.room("Boardroom", access=STEPS))


def test_its_trainers_are_told_at_once_that_a_need_and_the_room_do_not_match(office, upstairs):
    office.book(make.person("Nia Nurse"), upstairs, access_needs="I use a wheelchair")

    letters = trainers_letters(office.deliver())

    assert sorted(letter.to for letter in letters) == ["tess@example.org", "tom@example.org"]
    assert "Boardroom, Northgate Hospital" in letters[0].text
    assert f"/manage/sessions/{upstairs.ref}" in letters[0].text


def test_the_letter_says_neither_what_nor_whose_it_is(office, upstairs):
    booking = office.book(make.person("Nia Nurse", team="Ward 77"), upstairs, access_needs="I use a wheelchair")

    for letter in trainers_letters(office.deliver()):
        told = f"{letter.subject} {letter.text} {letter.html}".lower()
        assert [word for word in ("nia", "ward 77", "wheelchair", "step", booking.ref.lower()) if word in told] == []


@pytest.mark.parametrize("words", ["", "Large print", "A hearing loop"])
def test_nobody_is_troubled_where_all_is_well(office, words):
    room = make.room(access="Step-free, hearing loop")
    office.book(make.person(), make.training_session(room=room), access_needs=words)

    assert office.notices("need_unmet") == []


def test_a_room_without_a_word_about_it_is_to_be_looked_at(office):
    office.book(make.person(), make.training_session(room=make.room(access="")), access_needs="Wheelchair")

    assert len(office.notices("need_unmet")) == 1


def test_a_move_to_a_room_that_does_not_match_tells_its_trainers(office):
    training_session = make.training_session(room=make.room(access=EVERYTHING))
    office.book(make.person(), training_session, access_needs="Wheelchair")
    office.book(make.person(), training_session, access_needs="No stairs")
    office.book(make.person(), training_session, access_needs="Large print")
    upstairs = make.room("Boardroom", access=STEPS)

    office.move(training_session, [make.slot(room=upstairs)])

    [letter] = trainers_letters(office.deliver())
    assert "2 people who are booked have told us" in " ".join(letter.text.split())


def test_each_booking_and_room_is_told_once(office, upstairs):
    office.book(make.person(), upstairs, access_needs="Wheelchair")
    office.deliver()
    office.book(make.person(), upstairs, access_needs="Large print")
    office.move(upstairs, [make.slot(OTHER_DAY, room=room_of(upstairs))])

    assert trainers_letters(office.deliver()) == []


def test_the_next_person_is_told_of_without_the_first(office, upstairs):
    office.book(make.person(), upstairs, access_needs="Wheelchair")
    office.deliver()
    office.book(make.person(), upstairs, access_needs="Stairs are hard for me")

    assert "Somebody who is booked has told us" in " ".join(trainers_letters(office.deliver())[0].text.split())


def test_two_people_in_one_minute_are_one_letter(office, upstairs):
    office.book(make.person(), upstairs, access_needs="Wheelchair")
    office.book(make.person(), upstairs, access_needs="Stairs are hard for me")

    letters = trainers_letters(office.deliver())

    assert [(letter.to, "2 people" in letter.text) for letter in letters] == [
        ("tom@example.org", True),
        ("tess@example.org", True),
    ]


def test_what_is_no_longer_true_does_not_leave(office, upstairs):
    first = office.book(make.person(), upstairs, access_needs="Wheelchair")
    office.book(make.person(), upstairs, access_needs="Stairs are hard for me")
    office.cancel(first)

    assert ["2 people" in letter.text for letter in trainers_letters(office.deliver())] == [False, False]


def test_a_move_to_a_room_that_does_match_takes_the_letter_back(office, upstairs):
    office.book(make.person(), upstairs, access_needs="Wheelchair")
    office.move(upstairs, [make.slot(room=make.room("Hall", access=EVERYTHING))])

    assert trainers_letters(office.deliver()) == []


def test_a_session_that_is_cancelled_takes_the_letter_back(office, upstairs):
    office.book(make.person(), upstairs, access_needs="Wheelchair")
    office.cancel_session(upstairs)

    assert trainers_letters(office.deliver()) == []


def test_a_letter_lost_in_a_workers_hands_is_queued_anew(office, upstairs):
    """Withdrawn while it was being sent, it may never arrive; then the need is back."""
    hall, boardroom = make.room("Hall", access=EVERYTHING), room_of(upstairs)
    office.book(make.person(), upstairs, access_needs="Wheelchair")
    office.say("UPDATE notices SET state = 'sending' WHERE kind = 'need_unmet'")
    office.move(upstairs, [make.slot(room=hall)])
    office.now += make.timedelta(seconds=1)
    office.move(upstairs, [make.slot(room=boardroom)])

    assert len(office.notices("need_unmet", "waiting")) == 2


def test_a_trainer_whose_letter_waits_is_told_although_the_others_letter_has_left(office, upstairs):
    office.book(make.person(), upstairs, access_needs="Wheelchair")
    later = (office.now + make.timedelta(hours=1)).replace(tzinfo=None)
    office.say("UPDATE notices SET next_at = :then WHERE address = 'tess@example.org'", then=later)
    first = trainers_letters(office.deliver())
    office.book(make.person(), upstairs, access_needs="Large print")

    assert [letter.to for letter in first] == ["tom@example.org"]
    assert [letter.to for letter in trainers_letters(office.deliver())] == ["tess@example.org"]


def test_whoever_takes_the_session_over_is_told_of_all_and_who_stays_of_nothing_new(office, upstairs):
    tess = next(trainer for trainer in timetable.get(upstairs.ref).trainers if trainer.name == "Tess Trainer")
    office.book(make.person(), upstairs, access_needs="Wheelchair")
    office.deliver()

    fay = make.trainer("Fay Free", address="fay@example.org")
    office.do(changes.change_trainers, upstairs.id, [tess, fay], by=None, now=office.now)

    assert [letter.to for letter in trainers_letters(office.deliver())] == ["fay@example.org"]


def test_whoever_no_longer_runs_the_session_is_not_told_what_had_not_left(office, upstairs):
    office.book(make.person(), upstairs, access_needs="Wheelchair")

    fay = make.trainer("Fay Free", address="fay@example.org")
    office.do(changes.change_trainers, upstairs.id, [fay], by=None, now=office.now)

    assert [letter.to for letter in trainers_letters(office.deliver())] == ["fay@example.org"]


def test_a_booking_without_needs_asks_nothing_more_of_the_database(office, upstairs):
    counts = []
    for words in ("", "Large print", "Wheelchair"):
        person = make.person()
        with office.statements() as said_to_it:
            office.book(person, upstairs, access_needs=words)
        counts.append(len([statement for statement in said_to_it if "INTO notices" not in statement]))

    assert counts == [counts[0], counts[0] + 2, counts[0] + 3]
