"""A feed as a text, without a service around it: what icalendar would write, and what other programs read in it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from icalendar import Calendar, Event, vDatetime, vText, vUri

from app.notices import feeds, invites, time_zones
from app.notices.feeds import Shown
from tests.notices import readers

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
SOCIAL_MEDIA = Shown(
    uid="sk7qx2m-1@training.example.org",
    title="Using Social Media to Keep up to Date",
    starts_at=datetime(2027, 1, 12, 14, 0, tzinfo=UTC),
    ends_at=datetime(2027, 1, 12, 16, 0, tzinfo=UTC),
    stamped_at=datetime(2026, 11, 20, 8, 30, 15, tzinfo=UTC),
    place="IT room, Education Centre",
    description="Follow the news in your field.\n\nhttps://training.example.org/sessions/K7QX2M",
    url="https://training.example.org/sessions/K7QX2M",
)
WEBINAR = replace(
    SOCIAL_MEDIA,
    uid="pabcdefghjkmn-1@training.example.org",
    title="Webinar; hosting, a visitor: “Élan” 😀 مهارات البحث",
    starts_at=datetime(2027, 6, 1, 13, 0, tzinfo=UTC),
    ends_at=datetime(2027, 6, 1, 14, 0, tzinfo=UTC),
    place="",
    joining_link="https://meet.example/j/123?pwd=a,b;c",
)
CANCELLED = replace(SOCIAL_MEDIA, uid="sk7qx2m-2@training.example.org", is_cancelled=True)
HOUR_THAT_COMES_TWICE = replace(
    SOCIAL_MEDIA,
    uid="stwice2-1@training.example.org",
    starts_at=datetime(2027, 10, 31, 0, 15, tzinfo=UTC),
    ends_at=datetime(2027, 10, 31, 0, 45, tzinfo=UTC),
)
ALL = (SOCIAL_MEDIA, WEBINAR, CANCELLED, HOUR_THAT_COMES_TWICE)
HOSTILE = "Title\r\nATTENDEE:mailto:eve@evil.example\nEND:VEVENT\rBEGIN:VEVENT\u2028UID:2\x85\x0b\x0c\x00\x1c\x1f\x7f"


def written(*shown, zone=LONDON, name="What’s on – Book training"):
    return feeds.written(shown, name=name, zone=zone, at=NOW)


def by_icalendar(*shown, zone=LONDON, name="What’s on – Book training"):
    """The same calendar, built by icalendar from objects."""
    calendar = Calendar()
    for field, value in {"PRODID": invites.PRODUCT, "VERSION": "2.0", "CALSCALE": "GREGORIAN"}.items():
        calendar[field] = vText(value)
    for field in ("NAME", "X-WR-CALNAME"):
        calendar[field] = invites._Text(invites.one_line(name))
    calendar.add("REFRESH-INTERVAL", timedelta(hours=4), parameters={"VALUE": "DURATION"})
    calendar["X-PUBLISHED-TTL"] = vText("PT4H")
    moments = [NOW, *(each.starts_at for each in shown), *(each.ends_at for each in shown)]
    clock_changes = time_zones.vtimezone(zone, moments)
    if clock_changes:
        calendar.add_component(clock_changes)
    for each in shown:
        calendar.add_component(_event(each, zone if clock_changes else UTC))
    return calendar.to_ical(sorted=False)


def _event(shown, clock):
    event = Event()
    if invites.has_a_repeated_time(shown.starts_at, shown.ends_at, LONDON):
        clock = UTC
    event["UID"] = invites._Text(shown.uid)
    event["DTSTAMP"] = vDatetime(shown.stamped_at)
    event["LAST-MODIFIED"] = vDatetime(shown.stamped_at)
    event["DTSTART"] = vDatetime(shown.starts_at.astimezone(clock))
    event["DTEND"] = vDatetime(shown.ends_at.astimezone(clock))
    title = invites.one_line(shown.title)
    event["SUMMARY"] = invites._Text(f"CANCELLED: {title}" if shown.is_cancelled else title)
    if place := invites.place_of(shown.place, shown.joining_link):
        event["LOCATION"] = invites._Text(place)
    if description := invites.description_of(shown.description, shown.joining_link):
        event["DESCRIPTION"] = invites._Text(description)
    event["URL"] = vUri(invites.uri(shown.url))
    if shown.joining_link:
        event["CONFERENCE"] = vUri(shown.joining_link, params={"VALUE": "URI", "FEATURE": "VIDEO"})
    event["STATUS"] = vText("CANCELLED" if shown.is_cancelled else "CONFIRMED")
    event["TRANSP"] = vText("TRANSPARENT" if shown.is_cancelled else "OPAQUE")
    event["CLASS"] = vText("PUBLIC")
    return event


def events_in(file):
    return Calendar.from_ical(file).walk("VEVENT")


def as_files(file):
    """A file for each event, with the calendar around it: other readers take one at a time."""
    head, *events = file.split(b"BEGIN:VEVENT\r\n")
    return [
        head + b"BEGIN:VEVENT\r\n" + event.removesuffix(b"END:VCALENDAR\r\n") + b"END:VCALENDAR\r\n" for event in events
    ]


# --- what it says ---------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Kolkata"])
def test_it_is_what_icalendar_would_write_to_the_byte(zone):
    shown = ALL if zone == "Europe/London" else ALL[:3]

    assert written(*shown, zone=ZoneInfo(zone)) == by_icalendar(*shown, zone=ZoneInfo(zone))


def test_it_asks_nobody_and_says_what_it_is_called_and_when_to_look_again():
    read = Calendar.from_ical(written(SOCIAL_MEDIA))

    assert [name for name in read if name in {"METHOD", "ORGANIZER", "ATTENDEE"}] == []
    assert (str(read["NAME"]), str(read["X-WR-CALNAME"])) == ("What’s on – Book training",) * 2
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT4H\r\nX-PUBLISHED-TTL:PT4H\r\n" in written(SOCIAL_MEDIA)
    assert b"ORGANIZER" not in written(*ALL)
    assert b"ATTENDEE" not in written(*ALL)


def test_its_stamps_are_the_last_real_change():
    [event] = events_in(written(SOCIAL_MEDIA))

    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == SOCIAL_MEDIA.stamped_at


def test_the_same_sessions_give_the_same_bytes_another_day():
    later = feeds.written(ALL, name="What’s on – Book training", zone=LONDON, at=NOW + timedelta(days=30))

    assert later == written(*ALL)


def test_what_is_cancelled_says_so_and_takes_up_nobodys_time():
    event, cancelled = events_in(written(SOCIAL_MEDIA, CANCELLED))

    assert [str(event[name]) for name in ("STATUS", "TRANSP")] == ["CONFIRMED", "OPAQUE"]
    assert [str(cancelled[name]) for name in ("STATUS", "TRANSP")] == ["CANCELLED", "TRANSPARENT"]
    assert str(cancelled["SUMMARY"]) == "CANCELLED: Using Social Media to Keep up to Date"


def test_a_joining_link_stands_wherever_a_calendar_may_look():
    [event] = events_in(written(WEBINAR))

    assert str(event["LOCATION"]) == WEBINAR.joining_link
    assert str(event["DESCRIPTION"]).startswith(f"Join online: {WEBINAR.joining_link}\n\n")
    assert str(event["CONFERENCE"]) == WEBINAR.joining_link


def test_a_calendar_with_nothing_in_it_still_has_a_component_as_it_must():
    file = written()

    assert events_in(file) == []
    assert len(Calendar.from_ical(file).walk("VTIMEZONE")) == 1


# --- who reads it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("read", readers.ALL, ids=lambda read: read.__name__)
def test_every_parser_finds_the_sessions_at_the_same_instants(read):
    found = read([file.replace(b"DTSTAMP", b"SEQUENCE:0\r\nDTSTAMP") for file in as_files(written(*ALL))])

    assert [(each["uid"], each["starts_at"], each["ends_at"], each["status"]) for each in found] == [
        (each.uid, each.starts_at, each.ends_at, "CANCELLED" if each.is_cancelled else "CONFIRMED") for each in ALL
    ]
    assert [each["summary"].removeprefix("CANCELLED: ") for each in found] == [each.title for each in ALL]


def test_a_feed_of_several_is_one_calendar_for_other_programs_too():
    calendar = vobject.readOne(written(*ALL).decode())

    assert [event.uid.value for event in calendar.vevent_list] == [each.uid for each in ALL]


# --- what people type -----------------------------------------------------------------------------

anything_typed = st.text(max_size=200) | st.text(alphabet="é\\^;, \r\n\x00\u2028😀a", max_size=400)


@hypothesis_settings(max_examples=150, deadline=None)
@given(title=anything_typed, place=anything_typed, description=anything_typed, name=anything_typed)
def test_whatever_is_typed_it_is_what_icalendar_would_write(title, place, description, name):
    shown = replace(SOCIAL_MEDIA, title=title, place=f"Room {place}", description=f"Bring {description}.")
    file = written(shown, name=f"Feed {name}")

    assert file == by_icalendar(shown, name=f"Feed {name}")
    assert max(len(line) for line in file.split(b"\r\n")) <= 75


def test_a_hostile_title_starts_no_line_of_its_own():
    hostile = replace(SOCIAL_MEDIA, title=HOSTILE, place=HOSTILE, description=HOSTILE, url=f"https://a/{HOSTILE}")

    file = written(hostile, SOCIAL_MEDIA, name=HOSTILE)

    unfolded = file.replace(b"\r\n ", b"").decode()
    assert len(events_in(file)) == unfolded.count("\r\nBEGIN:VEVENT\r\n") == 2
    assert not re.search("^(ATTENDEE|UID:2)", unfolded, re.MULTILINE)
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]", unfolded)


@pytest.mark.parametrize("length", [60, 64, 65, 66, 67, 68, 69, 140, 141, 142])
@pytest.mark.parametrize("end", ["", "é", "😀", "\\", ";"])
def test_a_line_is_folded_within_75_octets_and_never_inside_a_character(length, end):
    title = "x" * length + end * 3

    file = written(replace(SOCIAL_MEDIA, title=title))

    assert max(len(line) for line in file.split(b"\r\n")) <= 75
    assert [line.decode() for line in file.split(b"\r\n")]
    assert str(events_in(file)[0]["SUMMARY"]) == title


# --- links ----------------------------------------------------------------------------------------


def test_links_follow_a_feed_in_peoples_own_programs():
    address = "https://training.example.org/calendars/whats-on.ics?topic=Keeping+up&places=yes"

    assert feeds.webcal(address) == "webcal://training.example.org/calendars/whats-on.ics?topic=Keeping+up&places=yes"
    assert feeds.google_link(address) == (
        "https://calendar.google.com/calendar/render?cid="
        "webcal://training.example.org/calendars/whats-on.ics%3Ftopic%3DKeeping%2Bup%26places%3Dyes"
    )
    assert feeds.outlook_link(address, "What’s on & more") == (
        "https://outlook.office.com/calendar/addfromweb?url=https%3A%2F%2Ftraining.example.org%2Fcalendars%2F"
        "whats-on.ics%3Ftopic%3DKeeping%2Bup%26places%3Dyes&name=What%E2%80%99s%20on%20%26%20more"
    )
