"""Words that stand in people's calendars: whoever has an entry that shows them gets it once more, as it now is."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from app import bookings, changes, doctor, rooms
from tests import make
from tests.make import IN_TWO_WEEKS

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NIA, TOM = "nia@example.org", "tom@example.org"
UPDATED = "Calendar entry updated"


@pytest.fixture
def room(office):
    return make.room()


@pytest.fixture
def training_session(office, room):
    return make.training_session(room=room)


@pytest.fixture
def nia(office):
    return make.person("Nia", address=NIA)


@pytest.fixture
def cora(office):
    return make.coordinator("Cora", address=None)


def describe_course(office, course, by, **wanted):
    return office.do(changes.describe_course, course.id, wanted, by=by, now=office.now)


def describe_room(office, room, by, **wanted):
    known = rooms.Description(**{name: getattr(room, name) for name in asdict(rooms.Description("", 1))})
    return office.do(changes.describe_room, room.id, replace(known, **wanted), by=by, now=office.now)


def describe_site(office, site, by, **wanted):
    known = {"name": site.name, "address": site.address}
    return office.do(changes.describe_site, site.id, **{**known, **wanted}, by=by, now=office.now)


def uid(booking, part=0):
    return bookings.invites_of([booking])[booking.id][part].uid


def heard(office, *, by=NIA):
    return [(letter.subject.partition(":")[0], letter.entry) for letter in office.deliver() if letter.to == by]


def test_a_new_title_is_in_every_calendar_with_the_same_sequence_and_a_later_stamp(office, training_session, nia, cora):
    booking = make.booking(training_session, nia)
    [booked] = office.deliver()
    office.now += HOUR

    describe_course(office, training_session.course, cora, title="Keeping up to date")

    [letter] = office.deliver()
    assert letter.subject.startswith(UPDATED)
    assert letter.entry == booked.entry == ("REQUEST", uid(booking), 0)
    assert str(letter.event["SUMMARY"]) == "Keeping up to date"
    assert letter.event["DTSTAMP"].dt > booked.event["DTSTAMP"].dt
    assert letter.event.start == booked.event.start
    assert doctor.examine(office.now) == []


def test_the_stamp_is_later_even_in_the_same_second(office, training_session, nia, cora):
    make.booking(training_session, nia)
    [booked] = office.deliver()

    describe_course(office, training_session.course, cora, title="Keeping up to date")

    [letter] = office.deliver()
    assert letter.event["DTSTAMP"].dt > booked.event["DTSTAMP"].dt


def test_a_new_name_of_the_room_is_in_every_calendar(office, training_session, room, nia, cora):
    booking = make.booking(training_session, nia)
    office.deliver()

    describe_room(office, room, cora, name="Computer room")

    [letter] = office.deliver()
    assert letter.entry == ("REQUEST", uid(booking), 0)
    assert str(letter.event["LOCATION"]).startswith("Computer room")
    assert doctor.examine(office.now) == []


@pytest.mark.parametrize("wanted", [{"name": "Northgate Infirmary"}, {"address": "1 New Road, Northgate"}])
def test_where_a_building_is_and_what_it_is_called_is_in_every_calendar(office, training_session, nia, cora, wanted):
    booking = make.booking(training_session, nia)
    office.deliver()

    describe_site(office, training_session.slots[0].room.site, cora, **wanted)

    [letter] = office.deliver()
    assert letter.entry == ("REQUEST", uid(booking), 0)
    assert next(iter(wanted.values())) in str(letter.event["LOCATION"])


def test_only_who_is_booked_on_what_it_concerns_hears_of_it(office, training_session, nia, cora):
    make.booking(training_session, nia)
    make.booking(make.training_session(starts_at=IN_TWO_WEEKS + DAY), make.person("Ann", address="ann@example.org"))
    office.deliver()

    describe_course(office, training_session.course, cora, title="Keeping up to date")

    assert [letter.to for letter in office.deliver()] == [NIA]


def test_a_confirmation_that_had_not_left_says_the_new_title_itself(office, training_session, nia, cora):
    booking = make.booking(training_session, nia)

    describe_course(office, training_session.course, cora, title="Keeping up to date")

    [letter] = office.deliver()
    assert letter.subject.startswith("Booked: Keeping up to date")
    assert letter.entry == ("REQUEST", uid(booking), 0)
    assert str(letter.event["SUMMARY"]) == "Keeping up to date"


def test_a_move_that_had_not_left_says_the_new_title_itself(office, training_session, room, nia, cora):
    booking = make.booking(training_session, nia)
    office.deliver()
    office.move(training_session, [make.slot(IN_TWO_WEEKS + DAY, room=room)])

    describe_course(office, training_session.course, cora, title="Keeping up to date")

    [letter] = office.deliver()
    assert letter.subject.startswith("New time: Keeping up to date")
    assert letter.entry[:2] == ("REQUEST", uid(booking))
    assert letter.event.start == IN_TWO_WEEKS + DAY
    assert doctor.examine(office.now) == []


def test_two_new_titles_before_the_worker_ran_are_one_letter(office, training_session, nia, cora):
    make.booking(training_session, nia)
    office.deliver()

    for title in ("Keeping up", "Keeping up to date"):
        describe_course(office, training_session.course, cora, title=title)

    [letter] = office.deliver()
    assert str(letter.event["SUMMARY"]) == "Keeping up to date"


def test_each_part_has_its_entry_once_more(office, room, nia, cora):
    slots = [make.slot(IN_TWO_WEEKS + DAY * n, room=room) for n in range(2)]
    training_session = make.training_session(slots=slots)
    booking = make.booking(training_session, nia)
    office.deliver()

    describe_course(office, training_session.course, cora, title="Keeping up to date")

    assert heard(office) == [(UPDATED, ("REQUEST", uid(booking, part), 0)) for part in range(2)]


@pytest.mark.parametrize(
    "wanted", [{"summary": "Follow the news."}, {"bring": "Your badge"}, {"minutes": 90}, {"topic": "News"}]
)
def test_words_that_calendars_do_not_show_send_nothing(office, training_session, nia, cora, wanted):
    make.booking(training_session, nia)
    office.deliver()

    assert describe_course(office, training_session.course, cora, **wanted)

    assert office.deliver() == []


def test_what_a_room_has_in_it_sends_nothing(office, training_session, room, nia, cora):
    make.booking(training_session, nia)
    office.deliver()

    describe_room(office, room, cora, equipment="12 PCs", directions="Second floor")

    assert office.deliver() == []


def test_the_same_title_again_sends_nothing(office, training_session, nia, cora):
    make.booking(training_session, nia)
    office.deliver()

    assert not describe_course(office, training_session.course, cora, title=training_session.course.title)

    assert office.deliver() == []


def test_sessions_that_are_over_or_cancelled_and_drafts_are_nobodys_news(office, nia, cora):
    course = make.course()
    over, off = (make.training_session(course=course, starts_at=IN_TWO_WEEKS + DAY * n) for n in (0, 1))
    make.training_session(course=course, starts_at=IN_TWO_WEEKS + 5 * DAY, is_draft=True)
    for each in (over, off):
        make.booking(each, nia, despite_overlaps=True)
    office.cancel_session(off)
    office.deliver()
    office.now = IN_TWO_WEEKS + HOUR * 3
    office.deliver()

    describe_course(office, course, cora, title="Keeping up to date")

    assert office.deliver() == []


def test_who_follows_a_feed_gets_no_letter_about_words(office, training_session, nia, cora):
    make.booking(training_session, nia)
    office.do(changes.choose_calendar, nia, "feed", by=nia, now=office.now)
    office.deliver()

    describe_course(office, training_session.course, cora, title="Keeping up to date")

    assert office.deliver() == []


def test_a_colleague_without_an_address_has_no_calendar_to_bring_up_to_date(office, training_session, cora):
    booker = make.coordinator("Bea", address="bea@example.org")
    office.book(make.person("Pat Paper", address=None), training_session, by=booker)
    office.deliver()

    describe_course(office, training_session.course, cora, title="Keeping up to date")

    assert office.deliver() == []


def test_whoever_runs_it_has_their_entry_once_more(office, cora):
    tom = make.trainer("Tom Trainer", address=TOM)
    training_session = make.training_session(trainers=[tom])
    [first] = office.deliver()

    describe_course(office, training_session.course, cora, title="Keeping up to date")

    [letter] = office.deliver()
    assert (letter.to, letter.entry) == (TOM, first.entry)
    assert str(letter.event["SUMMARY"]) == "Keeping up to date"
    assert letter.event["DTSTAMP"].dt > first.event["DTSTAMP"].dt
    assert doctor.examine(office.now) == []


def test_new_trainers_are_in_the_calendars_of_who_is_booked(office, training_session, nia, cora):
    booking = make.booking(training_session, nia)
    office.deliver()

    tess = make.trainer("Tess Trainer", address=None)
    office.do(changes.change_trainers, training_session.id, [tess], by=cora, now=office.now)

    [letter] = [letter for letter in office.deliver() if letter.to == NIA]
    assert letter.entry == ("REQUEST", uid(booking), 0)
    assert "Tess Trainer" in letter.text or "Tess Trainer" in str(letter.event["DESCRIPTION"])


# Files.


def test_a_file_of_courses_taken_in_again_sends_nothing_and_a_new_title_does(office, nia, tmp_path):
    file = tmp_path / "courses.toml"
    written = '[[course]]\nslug = "one"\ntitle = "{}"\ntopic = "T"\nminutes = 60\nplaces = 5\nsummary = "S"\n'
    file.write_text(written.format("Copyright"), encoding="utf-8")
    office.do(changes.import_courses, file, by=None, now=office.now)
    course = changes.describing.courses.get("one")
    booking = make.booking(make.training_session(course=course), nia)
    office.deliver()

    office.do(changes.import_courses, file, by=None, now=office.now)
    same = heard(office)
    file.write_text(written.format("Copyright for the busy"), encoding="utf-8")
    office.do(changes.import_courses, file, by=None, now=office.now)

    assert (same, heard(office)) == ([], [(UPDATED, ("REQUEST", uid(booking), 0))])


def test_a_file_of_rooms_taken_in_again_sends_nothing_and_a_new_name_does(office, nia, tmp_path):
    file = tmp_path / "rooms.csv"
    written = "site,site_address,room,slug,capacity\nNorthgate,Northgate Road,{},northgate-it,10\n"
    file.write_text(written.format("IT room"), encoding="utf-8")
    office.do(changes.import_rooms, file, by=None, now=office.now)
    room = rooms.get("northgate-it")
    booking = make.booking(make.training_session(room=room), nia)
    office.deliver()

    office.do(changes.import_rooms, file, by=None, now=office.now)
    same = heard(office)
    file.write_text(written.format("Computer room"), encoding="utf-8")
    office.do(changes.import_rooms, file, by=None, now=office.now)

    assert (same, heard(office)) == ([], [(UPDATED, ("REQUEST", uid(booking), 0))])
