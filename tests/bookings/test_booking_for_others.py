import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from app import clock, people
from app.bookings import Booking, others, pasted
from app.bookings.others import NO_PLACE, Outcome
from app.bookings.pasted import Colleague, LeftOut
from app.db import db, rehearsal, transaction
from app.errors import AlreadyBooked, BookingClosed, NotAllowed, Overlaps, SessionFull, TooOften
from app.journal import Deed
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

ASK_US = "We cannot book this place for them from here. Ask us."
HCA = Colleague("cai@example.org", "Cai Carer")


@pytest.fixture
def manager(office):
    return make.person("Mair Manager", address="mair@example.org")


@pytest.fixture
def coordinator(office):
    return make.coordinator(address="cora@example.org")


def book_for(office, colleague, training_session, by, **answered):
    return office.do(others.book_for, colleague, training_session.id, by=by, now=office.now, **answered)


def book_several(office, colleagues, training_session, by):
    return office.do(others.book_several, colleagues, training_session.id, by=by, now=office.now)


def colleagues_at(*names):
    return [Colleague(f"{name}@example.org", name.capitalize()) for name in names]


def whys(outcomes):
    return [outcome.why_not for outcome in outcomes]


def on(training_session):
    """The names of those who have a place, in the order in which they booked."""
    db.session.rollback()
    query = select(people.Person.name).join(Booking, Booking.person_id == people.Person.id).order_by(Booking.id)
    return list(
        db.session.scalars(query.where(Booking.training_session_id == training_session.id, Booking.state == "booked"))
    )


# --- one colleague ---


def test_a_member_of_staff_books_for_a_colleague_who_is_told_who_did(office, manager):
    make.person("Cai Carer", address="cai@example.org")
    training_session = make.training_session()

    outcome = book_for(office, HCA, training_session, manager, access_needs="A hearing loop")

    [letter] = office.deliver()
    assert outcome == Outcome(HCA)
    assert (letter.to, letter.method) == ("cai@example.org", "REQUEST")
    assert "Mair Manager booked this place for you." in letter.text
    booking = db.session.scalars(select(Booking)).one()
    assert (booking.booked_by_id, booking.access_needs) == (manager.id, "A hearing loop")


def test_somebody_new_at_our_own_domain_becomes_a_person_with_the_name_that_was_typed(office, manager):
    book_for(office, HCA, make.training_session(), manager)

    cai = people.known("cai@example.org")
    assert (cai.name, cai.address, cai.role) == ("Cai Carer", "cai@example.org", "staff")
    assert [letter.to for letter in office.deliver()] == ["cai@example.org"]


def test_the_name_that_was_typed_does_not_change_the_name_we_know(office, manager):
    cai = make.person("Caius Carer-Jones", address="cai@example.org")

    outcome = book_for(office, HCA, make.training_session(), manager)

    assert office.fresh(cai).name == "Caius Carer-Jones"
    assert outcome.who.said == "Cai Carer (cai@example.org)"


def test_whoever_runs_the_session_hears_the_name_we_know(office, coordinator):
    make.person("Caius Carer-Jones", address="cai@example.org")

    outcome = book_for(office, HCA, make.training_session(), coordinator)

    assert outcome.who.said == "Caius Carer-Jones (cai@example.org)"


def test_an_answer_is_the_same_whether_we_know_the_address_or_not(office, manager):
    training_session = make.training_session()
    make.person("Known Nurse", address="known@example.org")

    known, unknown = (
        book_for(office, Colleague(address, "Nia"), training_session, manager)
        for address in ("known@example.org", "unknown@example.org")
    )

    assert (known.why_not, known.had, known.who.name) == (unknown.why_not, unknown.had, unknown.who.name)


def test_somebody_known_at_another_domain_is_booked(office, manager):
    make.person("Gwen", address="gwen@council.example.net")

    assert book_for(office, Colleague("gwen@council.example.net"), make.training_session(), manager).is_booked


def test_somebody_new_at_another_domain_is_for_us_to_add(office, manager):
    training_session = make.training_session()

    outcome = book_for(office, Colleague("new@council.example.net", "New"), training_session, manager)

    assert outcome.why_not == ASK_US
    assert people.known("new@council.example.net") is None
    assert on(training_session) == []


@pytest.mark.parametrize("who", ["trainer", "coordinator"])
def test_whoever_runs_the_session_adds_somebody_new_at_another_domain(office, coordinator, who):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])

    by = {"trainer": trainer, "coordinator": coordinator}[who]
    book_for(office, Colleague("new@council.example.net", "Newt New"), training_session, by)

    assert on(training_session) == ["Newt New"]


def test_a_trainer_of_another_session_is_a_colleague_like_others(office):
    outcome = book_for(
        office, Colleague("new@council.example.net", "New"), make.training_session(), make.trainer("Tess Trainer")
    )

    assert outcome.why_not == ASK_US


def test_whoever_runs_the_session_books_for_somebody_without_an_address(office, coordinator):
    training_session = make.training_session()

    book_for(office, Colleague(name="Joan Armah", team="Porters"), training_session, coordinator)

    [letter] = office.deliver()
    assert on(training_session) == ["Joan Armah"]
    assert letter.to == "cora@example.org"


def test_somebody_without_an_address_is_the_same_person_next_time(office, coordinator):
    joan = make.person("Joan Armah", address=None, team="Porters")

    book_for(office, Colleague(name="Joan Armah", team="Porters"), make.training_session(), coordinator)
    book_for(office, Colleague(name="Joan Armah", team="Ward 7"), make.training_session(), coordinator)

    booked = db.session.scalars(select(Booking.person_id).order_by(Booking.id)).all()
    assert booked[0] == joan.id
    assert booked[1] != joan.id


def test_nobody_else_books_for_somebody_without_an_address(office, manager):
    with pytest.raises(NotAllowed):
        book_for(office, Colleague(name="Joan Armah"), make.training_session(), manager)


def test_whoever_types_their_own_address_books_for_themselves(office, manager):
    training_session = make.training_session()

    outcome = book_for(office, Colleague("mair@example.org", "Me"), training_session, manager)

    [letter] = office.deliver()
    assert outcome.is_own
    assert on(training_session) == ["Mair Manager"]
    assert "booked this place for you" not in letter.text


# --- what nobody hears ---


def test_somebody_who_has_the_place_already_reads_as_booked_and_gets_no_second_letter(office, manager):
    training_session, cai = make.training_session(), make.person("Cai", address="cai@example.org")
    make.booking(training_session, cai)
    office.deliver()
    before = office.kept()

    assert book_for(office, HCA, training_session, manager) == Outcome(HCA)
    assert office.kept() == before


def test_whoever_runs_the_session_hears_that_they_had_it_already(office, coordinator):
    training_session, cai = make.training_session(), make.person("Cai Carer", address="cai@example.org")
    make.booking(training_session, cai)

    assert book_for(office, HCA, training_session, coordinator) == Outcome(HCA, had=True)


@pytest.mark.parametrize("other", ["at the same time", "of the same course"])
def test_somebody_with_another_booking_is_for_us_to_book_and_staff_hear_no_more(office, manager, other):
    training_session, cai = make.training_session(), make.person("Cai", address="cai@example.org")
    make.booking(clashing(training_session, other), cai)

    outcome = book_for(office, HCA, training_session, manager, despite_overlaps=True)

    assert outcome == Outcome(HCA, ASK_US)
    assert on(training_session) == []


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ("at the same time", "Caius Carer has something else of their own at that time."),
        ("of the same course", "Caius Carer has another date of this course."),
    ],
)
def test_whoever_runs_the_session_hears_that_there_is_another_booking_but_not_which(
    office, coordinator, other, sentence
):
    training_session, cai = make.training_session(), make.person("Caius Carer", address="cai@example.org")
    make.booking(clashing(training_session, other), cai)

    with pytest.raises(Overlaps) as question:
        book_for(office, HCA, training_session, coordinator)

    assert (question.value.sentence, question.value.facts) == (sentence, {})


def test_whoever_runs_the_session_books_all_the_same(office, coordinator):
    training_session, cai = make.training_session(), make.person("Cai", address="cai@example.org")
    make.booking(clashing(training_session, "at the same time"), cai)

    assert book_for(office, HCA, training_session, coordinator, despite_overlaps=True).is_booked
    assert on(training_session) == ["Cai"]


def test_refusals_of_the_booking_itself_tell_a_colleague_nothing_either(office, manager):
    training_session, cai = make.training_session(), make.person("Cai", address="cai@example.org")
    other = clashing(training_session, "at the same time")
    make.booking(other, cai)

    with pytest.raises(Overlaps) as question:
        office.book(cai, training_session, by=manager, despite_overlaps=True)
    with pytest.raises(AlreadyBooked) as already:
        office.book(cai, other, by=manager)

    assert (question.value.sentence, question.value.facts, already.value.facts) == (ASK_US, {}, {})


def test_a_full_session_does_not_tell_who_is_on_it(office, manager):
    training_session, cai = make.training_session(capacity=1), make.person("Cai", address="cai@example.org")
    make.booking(training_session, cai)

    for address in ("cai@example.org", "somebody@example.org"):
        with pytest.raises(SessionFull):
            book_for(office, Colleague(address, "Cai"), training_session, manager)

    assert people.known("somebody@example.org") is None


def test_pressing_twice_for_the_last_place_is_no_refusal(office, manager):
    training_session = make.training_session(capacity=1)
    book_for(office, HCA, training_session, manager)

    assert book_for(office, HCA, training_session, manager).is_booked


def test_being_sent_to_us_is_in_the_journal_with_nobodys_name(office, manager):
    training_session = make.training_session()

    book_for(office, Colleague("new@council.example.net", "New"), training_session, manager)

    deed = db.session.scalars(select(Deed).order_by(Deed.id.desc()).limit(1)).one()
    assert (deed.by_id, deed.did, deed.facts) == (manager.id, "sent to us", {"session": training_session.ref})


# --- when ---


@pytest.mark.parametrize(
    "window",
    [{"booking_opens_at": NOW + timedelta(days=1)}, {"booking_closes_at": NOW - timedelta(days=1)}],
    ids=["not open yet", "closed"],
)
def test_the_booking_window_binds_staff_but_not_those_who_run_the_session(office, manager, coordinator, window):
    training_session = make.training_session(**window)

    with pytest.raises(BookingClosed):
        book_for(office, HCA, training_session, manager)

    assert book_for(office, HCA, training_session, coordinator).is_booked


@pytest.mark.parametrize("state", ["draft", "cancelled", "begun", "of a draft"])
def test_nobody_is_added_to_a_session_that_has_begun_or_does_not_take_place(office, coordinator, state):
    training_session = make.training_session()
    if state == "begun":
        office.now = IN_TWO_WEEKS
    elif state == "of a draft":
        office.say("UPDATE courses SET state = 'draft'")
    else:
        office.say("UPDATE training_sessions SET state = :state", state=state)

    with pytest.raises(BookingClosed):
        book_for(office, HCA, training_session, coordinator)

    assert people.known("cai@example.org") is None


@pytest.mark.parametrize("did", ["booked", "sent to us"])
def test_a_member_of_staff_books_for_a_hundred_people_an_hour(office, manager, did):
    training_session = make.training_session()
    a_hundred_deeds(office, manager, did)

    with pytest.raises(TooOften):
        book_for(office, HCA, training_session, manager)

    office.now += timedelta(hours=1)
    assert book_for(office, HCA, training_session, manager).is_booked


def test_those_who_run_training_book_as_many_as_they_need(office, coordinator):
    a_hundred_deeds(office, coordinator, "booked")

    assert book_for(office, HCA, make.training_session(), coordinator).is_booked


# --- several ---


def test_several_are_booked_in_the_order_of_the_list_and_each_is_told(office, manager):
    training_session = make.training_session()

    outcomes = book_several(office, colleagues_at("zoe", "ann", "mia"), training_session, manager)

    assert whys(outcomes) == ["", "", ""]
    assert on(training_session) == ["Zoe", "Ann", "Mia"]
    letters = office.deliver()
    assert [letter.to for letter in letters] == ["zoe@example.org", "ann@example.org", "mia@example.org"]
    assert all("Mair Manager booked this place for you." in letter.text for letter in letters)


def test_if_there_are_more_people_than_places_the_first_in_the_list_get_them(office, manager):
    training_session = make.training_session(capacity=2)

    outcomes = book_several(office, colleagues_at("zoe", "ann", "mia"), training_session, manager)

    assert whys(outcomes) == ["", "", NO_PLACE]
    assert on(training_session) == ["Zoe", "Ann"]


def test_somebody_who_cannot_be_booked_leaves_their_place_to_the_next(office, manager):
    training_session, ann = make.training_session(capacity=2), make.person("Ann", address="ann@example.org")
    make.booking(clashing(training_session, "at the same time"), ann)

    outcomes = book_several(office, colleagues_at("zoe", "ann", "mia"), training_session, manager)

    assert whys(outcomes) == ["", ASK_US, ""]
    assert on(training_session) == ["Zoe", "Mia"]


def test_those_who_run_the_session_hear_why_and_who_had_a_place(office, coordinator):
    training_session, ann = make.training_session(), make.person("Ann", address="ann@example.org")
    make.booking(clashing(training_session, "of the same course"), ann)
    make.booking(training_session, make.person("Zoe", address="zoe@example.org"))

    outcomes = book_several(office, colleagues_at("zoe", "ann", "mia"), training_session, coordinator)

    assert [(outcome.had, outcome.why_not) for outcome in outcomes] == [
        (True, ""),
        (False, "Ann has another date of this course."),
        (False, ""),
    ]


def test_one_person_by_two_addresses_takes_one_place(office, manager):
    training_session, ann = make.training_session(), make.person("Ann", address="ann@example.org")
    office.do(people.give_address, ann, "ann2@example.org", by=ann, now=NOW)

    outcomes = book_several(office, colleagues_at("ann", "ann2"), training_session, manager)

    assert whys(outcomes) == ["", ""]
    assert on(training_session) == ["Ann"]


def test_somebody_new_without_a_name_is_known_by_their_address_and_asked_when_they_sign_in(office, manager):
    book_several(office, [Colleague("cai@example.org")], make.training_session(), manager)

    cai = people.known("cai@example.org")
    assert (cai.name, cai.known_as) == ("", "cai@example.org")
    assert office.browser(cai).get("/bookings/").follow().heading == "Who are you?"


def test_a_closed_session_takes_none_of_the_list(office, manager):
    with pytest.raises(BookingClosed):
        book_several(office, colleagues_at("zoe"), make.training_session(booking_closes_at=NOW), manager)

    assert people.known("zoe@example.org") is None


def test_a_rehearsal_says_what_would_come_of_it_and_keeps_nothing(office, coordinator):
    training_session, colleagues = make.training_session(capacity=2), colleagues_at("zoe", "ann", "mia")
    before = office.kept()

    with rehearsal():
        rehearsed = others.book_several(colleagues, training_session.id, by=coordinator, now=NOW)

    assert office.kept() == before
    assert rehearsed == book_several(office, colleagues, training_session, coordinator)


def test_what_staff_foresee_says_nothing_of_anybodys_bookings(office, manager):
    training_session, ann = make.training_session(capacity=2), make.person("Ann", address="ann@example.org")
    make.booking(clashing(training_session, "at the same time"), ann)
    make.booking(training_session, make.person("Zoe", address="zoe@example.org"))

    foreseen = others.foreseen(colleagues_at("ann", "zoe", "new"), training_session.id, by=manager, now=NOW)

    assert whys(foreseen) == ["", NO_PLACE, NO_PLACE]


def test_a_list_that_was_begun_within_the_limit_is_finished_and_the_next_waits(office, manager):
    training_session = make.training_session(capacity=200)
    a_hundred_deeds(office, manager, "booked", count=99)

    assert whys(book_several(office, colleagues_at("zoe", "ann"), training_session, manager)) == ["", ""]
    with pytest.raises(TooOften):
        book_several(office, colleagues_at("mia"), training_session, manager)


def test_looking_people_up_takes_as_many_statements_for_thirty_as_for_three(office, manager):
    training_session = make.training_session()
    for number in range(30):
        make.person(f"N{number}", address=f"n{number}@example.org")

    def said(count):
        with office.statements() as statements:
            others.foreseen(colleagues_at(*map(str, range(count))), training_session.id, by=manager, now=NOW)
        return len(statements)

    assert said(30) == said(3)


def test_two_lists_at_once_never_fill_more_than_the_places_and_both_are_answered(service, office, manager):
    """Both have the same people, new and known, in different orders: they wait for each other and never for ever."""
    other = make.person("Otto Other")
    names = [f"n{number}" for number in range(12)]
    for name in names[::3]:
        make.person(name, address=f"{name}@example.org")
    training_session = make.training_session(capacity=8)
    together = threading.Barrier(2)

    def book_list(by_id, order):
        with service.app_context():
            by = db.session.get_one(people.Person, by_id)
            together.wait(10)
            try:
                with transaction():
                    return others.book_several(colleagues_at(*order), session_id, by=by, now=clock.now())
            finally:
                db.session.remove()

    session_id = training_session.id
    with ThreadPoolExecutor(2) as pool:
        lists = [pool.submit(book_list, *each) for each in ((manager.id, names), (other.id, names[::-1]))]
        answers = [whys(each.result(30)) for each in lists]

    assert office.fresh(training_session).places_taken == len(on(training_session)) == 8
    second, first = sorted(answers, key=lambda answer: answer.count(""))
    assert first == [""] * 8 + [NO_PLACE] * 4
    assert second == [NO_PLACE] * 12


# --- the list as it is pasted ---


@pytest.mark.parametrize(
    "typed",
    [
        "nia@example.org\ncai@example.org",
        "nia@example.org, cai@example.org",
        "nia@example.org;cai@example.org;",
        "  NIA@Example.org \r\n\r\n<cai@example.org>\r\n",
        "nia@example.org cai@example.org",
        "mailto:nia@example.org\tcai@example.org.",
    ],
)
def test_addresses_stand_on_lines_or_between_commas_semicolons_and_spaces(typed):
    assert pasted.read(typed).colleagues == [Colleague("nia@example.org"), Colleague("cai@example.org")]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Nia Nurse <nia@example.org>", "Nia Nurse"),
        ('"Nurse, Nia" <nia@example.org>', "Nia Nurse"),
        ("NURSE, Nia (Northgate Hospital) <nia@example.org>;", "Nia NURSE"),
        ("Nia Nurse\tnia@example.org", "Nia Nurse"),
        ("Nia Nurse, nia@example.org", "Nia Nurse"),
        ("'nia@example.org' <nia@example.org>", ""),
        (f"{'x' * 200} <nia@example.org>", ""),
        ("محمد الأنصاري <nia@example.org>", "محمد الأنصاري"),
    ],
)
def test_a_name_before_an_address_is_theirs(typed, name):
    assert pasted.read(typed) == pasted.Pasted([Colleague("nia@example.org", name)])


def test_what_is_no_address_and_what_is_there_twice_is_named_with_its_line():
    found = pasted.read("nia@example.org\n\nnia@\nNia Nurse\nNIA@example.org; cai@example.org")

    assert found.colleagues == [Colleague("nia@example.org"), Colleague("cai@example.org")]
    assert found.left_out == [
        LeftOut(3, "nia@", "This is not an email address."),
        LeftOut(4, "Nia Nurse", "There is no email address here."),
        LeftOut(5, "NIA@example.org", "This is in the list twice: it counts once."),
    ]


@pytest.mark.parametrize("typed", ["", " \n ,;, \n", "<", "<>", ">", ";;;", "@", "a" * 5000, "\x00", "<<a@b>>", '"'])
def test_nonsense_has_nobody_in_it(typed):
    assert pasted.read(typed).colleagues == []


def clashing(training_session, how):
    """Another session, at the same time or of the same course."""
    if how == "at the same time":
        return make.training_session(course=make.course("Secret course"))
    return make.training_session(course=training_session.course, starts_at=IN_TWO_WEEKS + timedelta(days=7))


def a_hundred_deeds(office, by, did, *, count=100):
    lines = [
        {"done_at": office.now, "by_id": by.id, "did": did, "about": "people", "about_id": by.id} for _ in range(count)
    ]
    office.do(db.session.execute, insert(Deed), lines)
