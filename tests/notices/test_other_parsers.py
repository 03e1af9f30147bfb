from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.notices import invites
from app.notices.invites import Entry, Mailbox
from tests.notices import readers

LIBRARY = Mailbox(name="Library and knowledge service", address="training@library.nhs.uk")
SAM = Mailbox(name='Siân "Sam" O\'Neil; RN, BSc', address="sam.oneil@hospital.nhs.uk")
BOOKED = Entry(
    uid="b0123456789abcdef0123456789abcdef@training.library.nhs.uk",
    sequence=0,
    stamped_at=datetime(2026, 12, 1, 9, 30, 15, tzinfo=UTC),
    starts_at=datetime(2027, 1, 12, 14, 0, tzinfo=UTC),
    ends_at=datetime(2027, 1, 12, 16, 0, tzinfo=UTC),
    summary="Using Social Media to Keep up to Date",
    location="IT room, Education Centre",
    description="Bring your staff card.\nCancel: https://training.library.nhs.uk/a/x",
    url="https://training.library.nhs.uk/bookings/7hq2",
)
SPANS = {
    "London in winter": ("Europe/London", "2027-01-12T14:00", "2027-01-12T16:00"),
    "London in summer": ("Europe/London", "2027-07-13T14:00", "2027-07-13T16:00"),
    "the day before London's clocks go forward": ("Europe/London", "2027-03-27T09:30", "2027-03-27T12:30"),
    "the day London's clocks go forward": ("Europe/London", "2027-03-28T09:30", "2027-03-28T12:30"),
    "the minutes before they go forward": ("Europe/London", "2027-03-28T00:15", "2027-03-28T00:45"),
    "over the hour that they skip": ("Europe/London", "2027-03-28T00:30", "2027-03-28T02:30"),
    "the first minutes after it": ("Europe/London", "2027-03-28T02:00", "2027-03-28T02:45"),
    "the day after": ("Europe/London", "2027-03-29T09:30", "2027-03-29T12:30"),
    "a night of seven hours": ("Europe/London", "2027-03-27T22:00", "2027-03-28T06:00"),
    "a night of nine hours": ("Europe/London", "2027-10-30T22:00", "2027-10-31T06:00"),
    "the day before they go back": ("Europe/London", "2027-10-30T14:00", "2027-10-30T16:00"),
    "the hour that comes twice": ("Europe/London", "2027-10-31T01:15", "2027-10-31T01:45"),
    "the first minutes after that": ("Europe/London", "2027-10-31T02:00", "2027-10-31T03:00"),
    "the week after": ("Europe/London", "2027-11-06T14:00", "2027-11-06T16:00"),
    "over the new year": ("Europe/London", "2027-12-31T22:00", "2028-01-01T02:00"),
    "a leap day": ("Europe/London", "2028-02-29T09:00", "2028-02-29T17:00"),
    "New York in winter": ("America/New_York", "2027-01-12T14:00", "2027-01-12T16:00"),
    "New York, clocks changed before Europe's": ("America/New_York", "2027-03-20T14:00", "2027-03-20T16:00"),
    "New York over its change": ("America/New_York", "2027-11-06T22:00", "2027-11-07T06:00"),
    "Sydney in its summer": ("Australia/Sydney", "2027-01-12T14:00", "2027-01-12T16:00"),
    "Sydney in its winter": ("Australia/Sydney", "2027-07-13T14:00", "2027-07-13T16:00"),
    "Sydney over its change": ("Australia/Sydney", "2027-04-03T22:00", "2027-04-04T06:00"),
    "Lord Howe, half an hour of summer time": ("Australia/Lord_Howe", "2027-10-02T22:00", "2027-10-03T06:00"),
    "Lord Howe in its winter": ("Australia/Lord_Howe", "2027-07-13T14:00", "2027-07-13T16:00"),
    "Kolkata, where clocks never change": ("Asia/Kolkata", "2027-01-12T14:00", "2027-07-13T16:00"),
    "Casablanca, whose changes follow the moon": (
        "Africa/Casablanca",
        "2027-02-09T14:00",
        "2027-02-09T16:00",
    ),
    "UTC": ("UTC", "2027-07-13T14:00", "2027-07-13T16:00"),
}


def entry_at(span):
    key, starts, ends = span
    zone = ZoneInfo(key)
    starts_at, ends_at = (datetime.fromisoformat(wall).replace(tzinfo=zone).astimezone(UTC) for wall in (starts, ends))
    return replace(BOOKED, starts_at=starts_at, ends_at=ends_at), zone


def request(entry, zone):
    return invites.request(entry, organiser=LIBRARY, attendee=SAM, zone=zone)


def cancel(entry, zone):
    return invites.cancel(entry, organiser=LIBRARY, attendee=SAM, zone=zone)


def meant_by(entry, method="REQUEST"):
    """What every reader should find in a message about the entry."""
    return {
        "method": method,
        "uid": entry.uid,
        "sequence": entry.sequence,
        "starts_at": entry.starts_at,
        "ends_at": entry.ends_at,
        "summary": entry.summary,
        "location": entry.location,
        "description": entry.description,
        "status": "CANCELLED" if method == "CANCEL" else "CONFIRMED",
        "attendee": SAM.address,
        "organizer": LIBRARY.address,
    }


@pytest.mark.parametrize("read", readers.ALL)
def test_every_parser_finds_the_session_at_the_same_instants_wherever_and_whenever_it_is(read):
    sessions = [entry_at(span) for span in SPANS.values()]

    found = read([request(entry, zone) for entry, zone in sessions])

    assert dict(zip(SPANS, found, strict=True)) == {
        name: meant_by(entry) for name, (entry, _) in zip(SPANS, sessions, strict=True)
    }


def test_ical_js_shows_the_wall_time_of_the_service():
    spans = {name: span for name, span in SPANS.items() if "twice" not in name and "/" in span[0]}
    in_utc = {"Asia/Kolkata", "Africa/Casablanca"}

    found = readers.what_ical_js_says([request(*entry_at(span)) for span in spans.values()])

    for (name, (key, starts, ends)), said in zip(spans.items(), found, strict=True):
        if key in in_utc:
            assert (said["dtstart"]["tzid"], said["dtend"]["tzid"]) == ("UTC", "UTC"), name
        else:
            assert (said["dtstart"]["tzid"], said["dtstart"]["wall"]) == (key, f"{starts}:00"), name
            assert (said["dtend"]["tzid"], said["dtend"]["wall"]) == (key, f"{ends}:00"), name


@pytest.mark.parametrize("read", readers.ALL)
def test_every_parser_follows_a_booking_that_is_moved_twice_in_a_minute_and_then_cancelled(read):
    booked, zone = entry_at(SPANS["London in winter"])
    moved = replace(
        booked,
        sequence=1,
        stamped_at=booked.stamped_at + timedelta(seconds=20),
        starts_at=booked.starts_at + timedelta(days=90),
        ends_at=booked.ends_at + timedelta(days=90),
    )
    moved_again = replace(moved, sequence=2, stamped_at=moved.stamped_at + timedelta(seconds=20), location="Room 2")
    cancelled = replace(moved_again, sequence=3, stamped_at=moved_again.stamped_at + timedelta(seconds=1))

    found = read([request(entry, zone) for entry in (booked, moved, moved_again)] + [cancel(cancelled, zone)])

    assert found == [
        meant_by(booked),
        meant_by(moved),
        meant_by(moved_again),
        meant_by(cancelled, "CANCEL"),
    ]


@pytest.mark.parametrize("read", readers.ALL)
def test_every_parser_reads_what_was_typed(read):
    entry = replace(
        BOOKED,
        summary='Search; find, cite: "C:\\New" \\\\server\\name 😀 مهارات البحث',
        location="Room 1, “Élan”; 2\\3",
        description="One\nTwo; three, four\\five\\n BEGIN:VEVENT\n" + "é" * 500,
    )

    assert read([request(entry, ZoneInfo("Europe/London"))]) == [meant_by(entry)]


@pytest.mark.parametrize("read", readers.ALL)
def test_no_parser_finds_a_second_event_in_a_hostile_title(read):
    typed = "A\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2"
    blanks = 400 * " "
    entry = replace(BOOKED, summary=typed, location=typed, description=f"{typed}{blanks}BEGIN:VEVENT")

    [found] = read([request(entry, ZoneInfo("Europe/London"))])

    one_line = "A END:VEVENT BEGIN:VEVENT UID:2"
    assert (found["uid"], found["summary"], found["location"]) == (BOOKED.uid, one_line, one_line)


@pytest.mark.parametrize("read", readers.ALL)
def test_every_parser_finds_nobody_in_a_download_and_the_same_instants(read):
    sessions = [entry_at(span) for span in SPANS.values()]

    found = read([invites.download([entry], zone=zone) for entry, zone in sessions])

    assert found == [kept_of(entry) for entry, _ in sessions]


@pytest.mark.parametrize("read", readers.ALL)
def test_every_parser_finds_each_slot_in_a_download_of_several(read):
    [before, zone], [night, _], [after, _] = (
        entry_at(SPANS[span]) for span in ("the day before they go back", "the hour that comes twice", "the week after")
    )
    slots = [
        replace(slot, uid=f"{number}@training.library.nhs.uk") for number, slot in enumerate((before, night, after))
    ]

    assert read([invites.download(slots, zone=zone)]) == [kept_of(slot) for slot in slots]


@pytest.mark.parametrize("read", readers.ALL)
def test_every_parser_reads_what_was_typed_in_a_download_that_is_cancelled(read):
    entry = replace(BOOKED, summary='Find, cite; "C:\\New" 😀 مهارات', description="One\nTwo\\n BEGIN:VEVENT")

    found = read([invites.download([entry], zone=ZoneInfo("Europe/London"), is_cancelled=True)])

    assert found == [kept_of(entry) | {"status": "CANCELLED", "summary": f"CANCELLED: {entry.summary}"}]


def test_libical_believes_the_clock_changes_that_we_send():
    """Were it to take its own, the tables above would not check ours."""
    entry, zone = entry_at(SPANS["London in winter"])
    an_hour_off = request(entry, zone).replace(b"TZOFFSETTO:+0000", b"TZOFFSETTO:-0100")

    [found] = readers.with_libical([an_hour_off])

    assert found["starts_at"] == entry.starts_at + timedelta(hours=1)


def kept_of(entry):
    """What every reader should find in a download of the entry."""
    return meant_by(entry) | {"method": "", "attendee": "", "organizer": ""}
