"""The cases that calendars get wrong, each through the verbs and the worker: `golden/cases` holds what then arrives.

In these files an X stands for each letter of a random reference. All readers find the same in all of them. The finer
points, such as every length of a line, other zones and every minute about a clock change, are in `test_invites.py` and
`test_other_parsers.py`.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.errors import Faulty
from app.notices import mailer
from app.notices.worker import Worker
from tests import make
from tests.notices import mail_server, readers
from tests.notices.calendar_model import Calendar
from tests.notices.golden_files import GOLDEN, assert_golden, without_chance
from tests.office import Letter

LONDON = ZoneInfo("Europe/London")
NIA = "nia@example.org"
CASES = sorted(path.relative_to(GOLDEN) for path in (GOLDEN / "cases").glob("*.ics"))


@pytest.fixture
def nia(office):
    return make.person(address=NIA)


@pytest.fixture
def it_room(office):
    return make.room(capacity=400)


def london(*wall):
    return datetime(*wall, tzinfo=LONDON).astimezone(UTC)


def span(starts, ends, *, room):
    return make.slot(starts, minutes=(ends - starts) // timedelta(minutes=1), room=room)


def letters_of(office, *addresses):
    """Those that now arrive for these people; trainers have letters too."""
    return [letter for letter in office.deliver() if letter.to in addresses]


def entries_of(office):
    """The calendar parts of the letters that now arrive for Nia."""
    return [letter.calendar for letter in letters_of(office, NIA) if letter.calendar]


def entry_of(office):
    [entry] = entries_of(office)
    return entry


def walls(file):
    """(DTSTART, DTEND) as the file tells them."""
    lines = file.decode().replace("\r\n ", "").partition("BEGIN:VEVENT")[2].split("\r\n")
    return tuple(line for line in lines if line.startswith(("DTSTART", "DTEND")))


def shown_after(files):
    """What a calendar shows after these messages, if every reader comes to the same."""
    calendars = []
    for read in readers.at_hand():
        calendars.append(Calendar())
        for message in read(files):
            calendars[-1].take_in(message)
    assert all(calendar.shown == calendars[0].shown for calendar in calendars)
    assert [calendar.puzzling for calendar in calendars] == [[]] * len(calendars)
    return calendars[0].shown


def check(name, file):
    assert_golden(f"cases/{name}", without_chance(file))


# --- times ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "booked_at", "starts"),
    [
        ("summer_booked_in_winter", london(2026, 12, 1, 9), london(2027, 7, 13, 14)),
        ("winter_booked_in_summer", london(2027, 7, 13, 9), london(2027, 12, 7, 14)),
        ("first_summer_days_booked_the_week_before", london(2027, 3, 22, 9), london(2027, 3, 29, 14)),
        ("first_winter_days_booked_the_week_before", london(2027, 10, 25, 9), london(2027, 11, 1, 14)),
    ],
)
@pytest.mark.one_engine
def test_a_session_beyond_the_clock_change_is_at_its_wall_time(office, nia, *, name, booked_at, starts):
    training_session = make.training_session(starts_at=starts, room=make.room())
    office.now = booked_at

    office.book(nia, training_session)

    file = entry_of(office)
    day = f"{starts.astimezone(LONDON):%Y%m%d}"
    assert walls(file) == (f"DTSTART;TZID=Europe/London:{day}T140000", f"DTEND;TZID=Europe/London:{day}T160000")
    assert [entry["starts_at"] for entry in shown_after([file])] == [starts]
    check(name, file)


@pytest.mark.parametrize(
    ("name", "evening", "morning", "hours"),
    [
        ("night_of_nine_hours", london(2027, 10, 30, 22), london(2027, 10, 31, 6), 9),
        ("night_of_seven_hours", london(2027, 3, 27, 22), london(2027, 3, 28, 6), 7),
    ],
)
@pytest.mark.one_engine
def test_a_night_from_ten_to_six_over_a_clock_change(office, nia, *, name, evening, morning, hours):
    training_session = make.training_session(slots=[span(evening, morning, room=make.room())])

    office.book(nia, training_session)

    file = entry_of(office)
    assert walls(file) == (
        f"DTSTART;TZID=Europe/London:{evening.astimezone(LONDON):%Y%m%d}T220000",
        f"DTEND;TZID=Europe/London:{morning.astimezone(LONDON):%Y%m%d}T060000",
    )
    assert [entry["ends_at"] - entry["starts_at"] for entry in shown_after([file])] == [timedelta(hours=hours)]
    check(name, file)


@pytest.mark.one_engine
def test_every_week_across_october_at_the_same_wall_time(office, nia, it_room):
    days = [(2027, 10, 19), (2027, 10, 26), (2027, 11, 2), (2027, 11, 9)]
    weekly = [span(london(*day, 12, 30), london(*day, 13, 30), room=it_room) for day in days]

    office.book(nia, make.training_session(slots=weekly))

    files = entries_of(office)
    assert [walls(file)[0] for file in files] == [
        f"DTSTART;TZID=Europe/London:{datetime(*day):%Y%m%d}T123000"  # noqa: DTZ001
        for day in days
    ]
    assert [f"{entry['starts_at']:%H:%M}" for entry in shown_after(files)] == ["11:30", "11:30", "12:30", "12:30"]
    for number, file in enumerate(files, start=1):
        check(f"weekly_across_october_{number}", file)


# --- what people type -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("title_of_marks", 'Search, find; cite: ‘how’ and "why", it\'s C:\\New\\nursing'),
        ("title_of_emoji_and_arabic", "😀 مهارات البحث، الجزء ١ 👩🏽‍⚕️"),
        ("title_of_75_octets", 65 * "x" + "é"),  # with 'SUMMARY:'
        ("title_of_76_octets", 66 * "x" + "é"),
        ("title_of_75_octets_and_arabic", 65 * "x" + "عربي"),
        ("title_of_76_octets_and_emoji", 64 * "x" + "😀😀"),
    ],
)
@pytest.mark.one_engine
def test_a_title_arrives_as_it_was_typed(office, nia, it_room, name, title):
    training_session = make.training_session(course=make.course(title), room=it_room)

    office.book(nia, training_session)

    file = entry_of(office)
    for line in file.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # raises in the middle of a letter
    assert [entry["summary"] for entry in shown_after([file])] == [title]
    check(name, file)


@pytest.mark.one_engine
def test_a_description_of_twenty_kilobytes_arrives_whole(office, nia, it_room):
    summary = "\n".join(f"{number}. Ünï😀, one; two\\three: مهارات" for number in range(1, 460))
    assert len(summary.encode()) >= 20_000

    office.book(nia, make.training_session(course=make.course(summary=summary), room=it_room))

    file = entry_of(office)
    [entry] = shown_after([file])
    assert entry["description"].startswith(f"{summary}\n\n")
    check("description_of_20_kilobytes", file)


@pytest.mark.one_engine
def test_lines_typed_into_a_title_are_no_lines_of_the_file(office, nia, it_room):
    typed = "Search\r\nATTENDEE:mailto:eve@evil.example\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2"

    office.book(nia, make.training_session(course=make.course(typed), room=it_room))

    file = entry_of(office)
    [entry] = shown_after([file])
    assert (entry["summary"], entry["attendee"]) == (
        "Search ATTENDEE:mailto:eve@evil.example END:VEVENT BEGIN:VEVENT UID:2",
        NIA,
    )
    check("lines_typed_into_a_title", file)


# --- one person a letter --------------------------------------------------------------------------


def test_two_people_on_one_session_never_read_of_each_other(office, nia, it_room):
    training_session, omar = make.training_session(room=it_room), make.person("Omar Odhiambo", address="oo@example.org")
    alone = {NIA: ("oo@", "omar", "odhiambo"), "oo@example.org": ("nia",)}

    for person in (nia, omar):
        office.book(person, training_session)
    arrived = letters_of(office, *alone)
    office.move(training_session, [make.slot(make.IN_TWO_WEEKS + timedelta(days=1), room=it_room)])
    arrived += letters_of(office, *alone)
    office.cancel_session(training_session)
    arrived += letters_of(office, *alone)

    assert sorted(letter.to for letter in arrived) == [NIA] * 3 + ["oo@example.org"] * 3
    for letter in arrived:
        said = everything_in(letter)
        assert [word for word in alone[letter.to] if word in said] == []
        assert (letter.message["Cc"], letter.message["Bcc"]) == (None, None)
    for number, letter in enumerate(arrived[:2], start=1):
        check(f"two_people_on_one_session_{number}", letter.calendar)


def everything_in(letter):
    """All that a mail holds, headers and attachment too, in small letters; calendar lines unfolded."""
    parts = [part for part in letter.message.walk() if not part.is_multipart()]
    read = [str(header) for header in letter.message.items()]
    read += [part.get_payload(decode=True).decode().replace("\r\n ", "") for part in parts]
    return "\n".join(read).lower()


# --- one thing after another ----------------------------------------------------------------------


def test_moved_twice_in_a_minute_the_calendar_ends_with_the_last_time(office, nia, it_room):
    training_session = make.training_session(room=it_room)
    office.book(nia, training_session)
    files = entries_of(office)

    for days in (1, 2):
        office.now += timedelta(seconds=20)
        office.move(training_session, [make.slot(make.IN_TWO_WEEKS + timedelta(days=days), room=it_room)])
        files += entries_of(office)

    assert [entry["starts_at"] for entry in shown_after(files)] == [make.IN_TWO_WEEKS + timedelta(days=2)]
    assert [message["sequence"] for message in readers.with_icalendar(files)] == [0, 1, 2]
    for number, file in enumerate(files):
        check(f"moved_twice_in_a_minute_{number}", file)


def test_moved_twice_in_the_same_second_each_message_is_stamped_later(office, nia, it_room):
    training_session = make.training_session(room=it_room)
    office.book(nia, training_session)
    letters = letters_of(office, NIA)

    for days in (1, 2):
        office.move(training_session, [make.slot(make.IN_TWO_WEEKS + timedelta(days=days), room=it_room)])
        letters += letters_of(office, NIA)

    stamps = [letter.event["DTSTAMP"].dt for letter in letters]
    assert stamps == sorted(set(stamps))
    assert len(stamps) == 3


def test_moved_twice_before_the_post_leaves_only_the_last_time_is_told(office, nia, it_room):
    training_session = make.training_session(room=it_room)
    office.book(nia, training_session)
    files = entries_of(office)

    for days in (1, 2):
        office.now += timedelta(seconds=20)
        office.move(training_session, [make.slot(make.IN_TWO_WEEKS + timedelta(days=days), room=it_room)])
    files += entries_of(office)

    assert len(files) == 2
    assert [entry["starts_at"] for entry in shown_after(files)] == [make.IN_TWO_WEEKS + timedelta(days=2)]


@pytest.mark.slow
@pytest.mark.parametrize("count", [20, pytest.param(300, marks=pytest.mark.long)])
def test_three_hundred_booked_and_then_cancelled_leave_nothing_anywhere(office, it_room, count):
    training_session = make.training_session(capacity=count, room=it_room)
    addresses = [f"person{number}@example.org" for number in range(count)]
    for address in addresses:
        office.book(make.person(address=address), training_session)
    booked = letters_of(office, *addresses)
    office.cancel_session(training_session)
    cancelled = letters_of(office, *addresses)

    uid_of = {letter.to: letter.entry[1] for letter in booked}
    assert len(booked) == len(cancelled) == len(uid_of) == len({*uid_of.values()}) == count
    assert {letter.to: letter.entry for letter in cancelled} == {to: ("CANCEL", uid, 1) for to, uid in uid_of.items()}
    assert len(shown_after([letter.calendar for letter in booked])) == count
    assert shown_after([letter.calendar for letter in booked + cancelled]) == []


# --- a mail server that is away -------------------------------------------------------------------


@pytest.fixture
def post(office):
    """Runs the worker against a mail server that is there only while a test says so."""
    return Post(office, mail_server.free_port())


class Post:
    def __init__(self, office, port):
        self.office, self.port = office, port
        smtp = mailer.Smtp(f"smtp://127.0.0.1:{port}", timeout_s=1)
        self.worker = Worker(office.app.extensions["notice_worker"].errands, transport=smtp)

    def run(self):
        """Half an hour later, when whatever was put off is due again: whether the mail server was out of reach."""
        self.office.now += timedelta(minutes=30)
        return self.worker.deliver(self.office.now)["out of reach"] > 0

    def arrivals(self):
        """Nia's letters, that arrive while the mail server is there."""
        with mail_server.serving(self.port) as server:
            assert not self.run()
        return [letter for letter in map(Letter, server.raw) if letter.to == NIA]


def test_the_mail_server_is_down_between_a_request_and_its_cancel(office, nia, it_room, post):
    booking = office.book(nia, make.training_session(room=it_room))
    [request] = post.arrivals()

    office.cancel(booking)
    assert post.run()
    [cancel] = post.arrivals()

    assert cancel.entry == ("CANCEL", request.entry[1], 1)
    assert len(shown_after([request.calendar])) == 1
    assert shown_after([request.calendar, cancel.calendar]) == []
    check("mail_server_down_request", request.calendar)
    check("mail_server_down_cancel", cancel.calendar)


def test_the_mail_server_is_down_for_both_and_no_calendar_hears_of_it(office, nia, it_room, post):
    booking = office.book(nia, make.training_session(room=it_room))
    assert post.run()
    office.cancel(booking)
    post.run()

    assert [letter.entry for letter in post.arrivals() if letter.calendar] == []


def test_the_mail_server_breaks_off_in_a_request_which_may_have_left_and_the_cancel_follows(office, nia, it_room, post):
    training_session = make.training_session(room=it_room)
    office.deliver()  # what trainers are told
    booking = office.book(nia, training_session)
    with mail_server.serving(post.port) as server:
        server.hang_up, server.dies = 1, True
        assert post.run()
    office.cancel(booking)

    arrived = post.arrivals()

    assert [(letter.method, letter.entry[2]) for letter in arrived if letter.calendar] == [("CANCEL", 1)]


# --- what is refused ------------------------------------------------------------------------------


def test_a_session_cannot_move_into_the_past_and_nobody_hears_of_it(office, nia, it_room):
    training_session = make.training_session(room=it_room)
    office.book(nia, training_session)
    files = entries_of(office)

    with pytest.raises(Faulty, match="still to come"):
        office.move(training_session, [make.slot(office.now - timedelta(days=1), room=it_room)])

    assert office.deliver() == []
    assert [entry["starts_at"] for entry in shown_after(files)] == [make.IN_TWO_WEEKS]
    check("kept_where_it_could_not_move", files[0])


# --- all of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("read", readers.ALL)
def test_every_reader_finds_the_same_in_every_case(read):
    files = [(GOLDEN / case).read_bytes() for case in CASES]

    assert dict(zip(CASES, read(files), strict=True)) == dict(zip(CASES, readers.with_icalendar(files), strict=True))
