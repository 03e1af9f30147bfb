import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.notices import invites, time_zones
from app.notices.invites import Entry, Mailbox
from tests.notices import readers
from tests.notices.golden_files import assert_golden

LONDON = ZoneInfo("Europe/London")
LIBRARY = Mailbox(name="Library and knowledge service", address="training@library.nhs.uk")
SAM = Mailbox(name="Sam Okafor", address="sam.okafor@hospital.nhs.uk")
ALEX = Mailbox(name="Alex Price", address="alex.price@hospital.nhs.uk")

SOCIAL_MEDIA = Entry(
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
WEBINAR = replace(
    SOCIAL_MEDIA,
    uid="bfedcba9876543210fedcba9876543210@training.library.nhs.uk",
    starts_at=datetime(2027, 6, 1, 13, 0, tzinfo=UTC),
    ends_at=datetime(2027, 6, 1, 14, 0, tzinfo=UTC),
    summary="Webinar: hosting a visitor",
    location="",
    joining_link="https://meet.example/j/123?pwd=a,b;c",
)
TWO_HALF_DAYS = (
    replace(SOCIAL_MEDIA, summary="Reflective practice (1 of 2)"),
    replace(
        WEBINAR,
        summary="Reflective practice (2 of 2)",
        location="Room 2",
        joining_link="",
    ),
)
HOSTILE = "Title\r\nATTENDEE:mailto:eve@evil.example\nEND:VEVENT\rBEGIN:VEVENT\u2028UID:2\x85\x0b\x0c\x00\x1c\x1f\x7f"
CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def ask(entry, *, attendee=SAM, zone=LONDON):
    return invites.request(entry, organiser=LIBRARY, attendee=attendee, zone=zone)


def withdraw(entry, *, attendee=SAM, zone=LONDON):
    return invites.cancel(entry, organiser=LIBRARY, attendee=attendee, zone=zone)


def at(starts_at, ends_at, entry=SOCIAL_MEDIA):
    return replace(entry, starts_at=starts_at.astimezone(UTC), ends_at=ends_at.astimezone(UTC))


def london(*wall_time):
    return datetime(*wall_time, tzinfo=LONDON)


def lines_of(file):
    """The content lines of a calendar file, unfolded."""
    return file.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def line_of(file, name):
    [line] = [line for line in lines_of(file) if re.match(f"{name}[:;]", line)]
    return line


def times_in(file):
    return [line for line in lines_of(file) if re.match(r"DT(START|END)(;|:2)", line) and ":19" not in line]


def text_in(file, name):
    """A text value as RFC 5545 §3.3.11 reads it."""
    value = line_of(file, name).split(":", 1)[1]
    return re.sub(r"\\(.)", lambda escaped: "\n" if escaped[1] in "nN" else escaped[1], value)


# --- whole files ----------------------------------------------------------------------------------


def test_a_booking_becomes_a_request():
    assert_golden("request", ask(SOCIAL_MEDIA))


def test_a_place_online_carries_its_joining_link_wherever_a_calendar_may_look():
    assert_golden("request_online", ask(WEBINAR))


def test_a_title_and_a_name_with_every_awkward_character_arrive_as_typed():
    entry = replace(
        SOCIAL_MEDIA,
        summary='Search; find, cite: "C:\\New" 😀 مهارات البحث',
        location="Room 1, “Élan”; 2\\3",
        description="One\nTwo; three, four\\five",
    )
    attendee = Mailbox(name='Siân "Sam" O\'Neil; RN, BSc: ^', address="sian@hospital.nhs.uk")

    assert_golden("request_awkward", ask(entry, attendee=attendee))


def test_a_cancelled_booking_becomes_a_cancel():
    later = SOCIAL_MEDIA.stamped_at + timedelta(days=1)

    assert_golden("cancel", withdraw(replace(SOCIAL_MEDIA, sequence=1, stamped_at=later)))


def test_a_download_has_an_event_for_every_slot_and_nobody_in_it():
    assert_golden("download", invites.download(TWO_HALF_DAYS, zone=LONDON))


def test_a_cancelled_download_says_so_and_leaves_the_time_free():
    file = invites.download(TWO_HALF_DAYS[:1], zone=LONDON, is_cancelled=True)

    assert_golden("download_cancelled", file)


def test_a_download_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one entry"):
        invites.download([], zone=LONDON)


# --- one message, one person, one event -----------------------------------------------------------


def test_the_same_booking_always_gives_the_same_bytes():
    time_zones.yearly_rules.cache_clear()
    first = ask(SOCIAL_MEDIA), withdraw(SOCIAL_MEDIA), invites.download(TWO_HALF_DAYS, zone=LONDON)
    time_zones.yearly_rules.cache_clear()

    assert first == (ask(SOCIAL_MEDIA), withdraw(SOCIAL_MEDIA), invites.download(TWO_HALF_DAYS, zone=LONDON))


def test_a_cancel_differs_from_its_request_only_in_what_withdraws_it():
    invite = lines_of(ask(SOCIAL_MEDIA))
    withdrawal = lines_of(withdraw(replace(SOCIAL_MEDIA, sequence=1)))

    assert [pair for pair in zip(invite, withdrawal, strict=True) if pair[0] != pair[1]] == [
        ("METHOD:REQUEST", "METHOD:CANCEL"),
        ("SEQUENCE:0", "SEQUENCE:1"),
        ("STATUS:CONFIRMED", "STATUS:CANCELLED"),
    ]


def test_two_people_on_one_session_never_see_each_other():
    to_sam = ask(SOCIAL_MEDIA, attendee=SAM)
    to_alex = ask(replace(SOCIAL_MEDIA, uid=invites.new_uid("training.library.nhs.uk")), attendee=ALEX)

    assert (to_sam.count(b"ATTENDEE"), to_alex.count(b"ATTENDEE")) == (1, 1)
    assert b"alex" not in to_sam.lower()
    assert b"sam" not in to_alex.lower()


def test_three_hundred_bookings_and_their_cancels_keep_a_uid_each():
    entries = [replace(SOCIAL_MEDIA, uid=invites.new_uid("roomful.example")) for _ in range(300)]

    booked = [line_of(ask(entry), "UID") for entry in entries]
    cancelled = [line_of(withdraw(replace(entry, sequence=1)), "UID") for entry in entries]

    assert booked == cancelled
    assert len(set(booked)) == 300


def test_a_uid_is_random_and_says_nothing_about_anybody():
    first, second = (invites.new_uid("roomful.example") for _ in range(2))

    assert re.fullmatch(r"b[0-9a-f]{32}@roomful\.example", first)
    assert first != second


def test_nothing_rings_and_nothing_tells_outlook_to_do_otherwise():
    names = {re.split("[:;]", line)[0] for line in lines_of(ask(WEBINAR)) + lines_of(withdraw(WEBINAR))}

    assert (
        names
        & {
            "ATTACH",
            "DURATION",
            "GEO",
            "NAME",
            "RDATE",
            "REQUEST-STATUS",
            "X-MICROSOFT-CDO-APPT-SEQUENCE",
            "X-PUBLISHED-TTL",
            "X-WR-CALNAME",
        }
        == set()
    )
    assert b"VALARM" not in ask(WEBINAR)


def test_an_empty_place_description_and_link_are_left_out():
    file = ask(replace(SOCIAL_MEDIA, location=" \n", description="", url=""))

    names = {re.split("[:;]", line)[0] for line in lines_of(file)}
    assert names & {"LOCATION", "DESCRIPTION", "URL", "CONFERENCE"} == set()


def test_a_session_in_a_room_and_online_names_the_room_as_its_place():
    file = ask(replace(WEBINAR, location="Room 2"))

    assert text_in(file, "LOCATION") == "Room 2"
    assert text_in(file, "DESCRIPTION").startswith("Join online: https://meet.example/j/123?pwd=a,b;c\n\nBring")


def test_a_joining_link_already_in_the_description_is_not_repeated():
    file = ask(replace(WEBINAR, description="Join at https://meet.example/j/123?pwd=a,b;c, please."))

    assert text_in(file, "DESCRIPTION") == "Join at https://meet.example/j/123?pwd=a,b;c, please."


def test_words_typed_where_a_joining_link_belongs_are_a_place_but_no_address():
    file = ask(replace(WEBINAR, joining_link="Meeting 123 456\npasscode 7", description=""))

    assert text_in(file, "LOCATION") == "Meeting 123 456 passcode 7"
    assert text_in(file, "DESCRIPTION") == "Join online: Meeting 123 456 passcode 7"
    assert b"CONFERENCE" not in file


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        replace(SOCIAL_MEDIA, starts_at=datetime(2027, 1, 12, 14, 0))  # noqa: DTZ001


def test_an_end_before_the_start_is_refused():
    with pytest.raises(ValueError, match="cannot end"):
        replace(SOCIAL_MEDIA, ends_at=datetime(2027, 1, 12, 13, 0, tzinfo=UTC))


# --- times ----------------------------------------------------------------------------------------


def test_a_session_in_summer_and_one_in_winter_are_told_by_the_clock_on_the_wall():
    winter = at(london(2027, 3, 27, 14, 0), london(2027, 3, 27, 16, 0))
    summer = at(london(2027, 3, 29, 14, 0), london(2027, 3, 29, 16, 0))

    assert times_in(ask(winter)) + times_in(ask(summer)) == [
        "DTSTART;TZID=Europe/London:20270327T140000",
        "DTEND;TZID=Europe/London:20270327T160000",
        "DTSTART;TZID=Europe/London:20270329T140000",
        "DTEND;TZID=Europe/London:20270329T160000",
    ]


@pytest.mark.parametrize(
    ("evening", "morning", "hours"),
    [
        (london(2027, 10, 30, 22, 0), london(2027, 10, 31, 6, 0), 9),
        (london(2027, 3, 27, 22, 0), london(2027, 3, 28, 6, 0), 7),
    ],
)
def test_a_night_shift_over_a_clock_change_keeps_its_wall_times(evening, morning, hours):
    entry = at(evening, morning)

    assert entry.ends_at - entry.starts_at == timedelta(hours=hours)
    assert times_in(ask(entry)) == [
        f"DTSTART;TZID=Europe/London:{evening:%Y%m%dT%H%M%S}",
        f"DTEND;TZID=Europe/London:{morning:%Y%m%dT%H%M%S}",
    ]


def test_weekly_sessions_across_october_stay_at_the_same_wall_time():
    days = [date(2027, 10, 19) + timedelta(weeks=week) for week in range(4)]
    entries = [
        at(london(day.year, day.month, day.day, 14, 0), london(day.year, day.month, day.day, 15, 0)) for day in days
    ]

    assert [times_in(ask(entry))[0] for entry in entries] == [
        f"DTSTART;TZID=Europe/London:{day:%Y%m%d}T140000" for day in days
    ]


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        ("2027-10-31T00:30", "2027-10-31T02:00"),  # the first 1.30am
        ("2027-10-31T01:00", "2027-10-31T02:00"),  # the second 1am
        ("2027-10-30T21:00", "2027-10-31T01:30"),  # only the end comes twice
    ],
)
def test_a_wall_time_that_comes_twice_goes_out_in_utc(starts_at, ends_at):
    entry = at(*(datetime.fromisoformat(instant).replace(tzinfo=UTC) for instant in (starts_at, ends_at)))
    file = ask(entry)

    assert times_in(file) == [
        f"DTSTART:{entry.starts_at:%Y%m%dT%H%M%SZ}",
        f"DTEND:{entry.ends_at:%Y%m%dT%H%M%SZ}",
    ]
    assert b"VTIMEZONE" not in file


def test_the_hour_after_the_repeated_one_is_told_by_the_clock_again():
    entry = at(datetime(2027, 10, 31, 2, 0, tzinfo=UTC), datetime(2027, 10, 31, 3, 0, tzinfo=UTC))

    assert times_in(ask(entry))[0] == "DTSTART;TZID=Europe/London:20271031T020000"


def test_in_a_download_only_the_slot_with_a_repeated_time_goes_out_in_utc():
    night = at(london(2027, 10, 31, 1, 30), london(2027, 10, 31, 5, 0))

    file = invites.download([night, SOCIAL_MEDIA], zone=LONDON)

    assert times_in(file) == [
        "DTSTART:20271031T003000Z",
        "DTEND:20271031T050000Z",
        "DTSTART;TZID=Europe/London:20270112T140000",
        "DTEND;TZID=Europe/London:20270112T160000",
    ]
    assert file.count(b"BEGIN:VTIMEZONE") == 1


@pytest.mark.parametrize(
    "zone",
    ["UTC", "Asia/Kolkata", "Africa/Casablanca", "Africa/Cairo", "America/Santiago", "Asia/Jerusalem"],
)
def test_a_zone_whose_clocks_follow_no_two_yearly_rules_is_written_in_utc(zone):
    file = ask(SOCIAL_MEDIA, zone=ZoneInfo(zone))

    assert times_in(file) == ["DTSTART:20270112T140000Z", "DTEND:20270112T160000Z"]
    assert b"VTIMEZONE" not in file


@pytest.mark.parametrize(
    ("zone", "wall_time"),
    [
        ("America/Mexico_City", "2020-07-14T14:00"),  # rules for twenty years, given up in 2022
        ("Australia/Sydney", "2008-02-12T14:00"),  # the summer before its present rules began
    ],
)
def test_rules_that_have_just_begun_or_will_end_are_not_sent(zone, wall_time):
    starts_at = datetime.fromisoformat(wall_time).replace(tzinfo=ZoneInfo(zone))

    assert b"VTIMEZONE" not in ask(at(starts_at, starts_at + timedelta(hours=1)), zone=ZoneInfo(zone))


def test_londons_clock_changes_are_two_rules_on_the_last_sundays_of_october_and_march():
    lines = lines_of(ask(SOCIAL_MEDIA))

    assert lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE") + 1] == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/London",
        "BEGIN:STANDARD",
        "DTSTART:19961027T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZNAME:GMT",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:19960331T010000",
        "TZOFFSETFROM:+0000",
        "TZOFFSETTO:+0100",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZNAME:BST",
        "END:DAYLIGHT",
        "END:VTIMEZONE",
    ]


def test_the_clock_changes_are_the_same_whatever_the_year_of_the_session():
    def zone_in(file):
        return file[file.index(b"BEGIN:VTIMEZONE") : file.index(b"END:VTIMEZONE")]

    years = [replace(SOCIAL_MEDIA, starts_at=start, ends_at=start) for start in _new_years(2024, 2031)]

    assert {zone_in(ask(entry)) for entry in years} == {zone_in(ask(SOCIAL_MEDIA))}


def _new_years(first, last):
    return [datetime(year, 1, 2, 12, tzinfo=UTC) for year in range(first, last + 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "key",
    [
        "Europe/London",
        "Europe/Dublin",
        "Europe/Berlin",
        "Atlantic/Azores",
        "America/New_York",
        "America/St_Johns",
        "America/Havana",
        "Antarctica/Troll",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Australia/Sydney",
        "Pacific/Auckland",
        "Pacific/Chatham",
        "Pacific/Easter",
    ],
)
def test_the_clock_changes_sent_are_those_of_zoneinfo_for_the_next_two_years(key):
    zone = ZoneInfo(key)
    vtimezone = time_zones.vtimezone(zone, [SOCIAL_MEDIA.starts_at])
    as_sent = tz.tzical(StringIO(vtimezone.to_ical().decode())).get()

    hours = (SOCIAL_MEDIA.starts_at + timedelta(hours=hour) for hour in range(2 * 366 * 24))
    wall_times = [instant.astimezone(zone).replace(tzinfo=None) for instant in hours]

    for wall in wall_times:
        if not time_zones.is_repeated(wall.replace(tzinfo=zone), zone):
            assert wall.replace(tzinfo=as_sent).utcoffset() == wall.replace(tzinfo=zone).utcoffset(), wall


def test_a_change_on_the_fourth_sunday_is_not_mistaken_for_the_last():
    october = [
        time_zones.Change(
            at=datetime(year, 10, day, 2, 0),  # noqa: DTZ001
            offset_from=timedelta(hours=1),
            offset_to=timedelta(0),
            name="X",
        )
        for year, day in ((2027, 24), (2028, 22), (2029, 28))
    ]

    assert time_zones._rule_behind(october).nth == 4
    assert time_zones._rule_behind([replace(october[0], at=october[0].at + timedelta(days=7)), *october[1:]]) is None


# --- what people type -----------------------------------------------------------------------------


def test_what_is_typed_into_a_title_never_starts_a_line_of_its_own():
    fields = dict.fromkeys(("uid", "summary", "location", "joining_link", "description", "url"), HOSTILE)
    hostile = Mailbox(name=HOSTILE, address=f"sam@hospital.nhs.uk{HOSTILE}")

    file = invites.request(replace(SOCIAL_MEDIA, **fields), organiser=hostile, attendee=hostile, zone=LONDON)

    assert _shape(file) == _shape(ask(replace(SOCIAL_MEDIA, joining_link="Room 4")))
    assert not CONTROL.search(file.replace(b"\r\n", b"").decode())
    assert text_in(file, "SUMMARY") == ("Title ATTENDEE:mailto:eve@evil.example END:VEVENT BEGIN:VEVENT UID:2")


def _shape(file):
    return [re.split("[:;]", line)[0] for line in lines_of(file)]


def test_a_folded_line_is_never_all_blanks():
    file = ask(replace(SOCIAL_MEDIA, description="One" + 400 * " " + "BEGIN:VEVENT" + 400 * "\u3000" + "."))

    assert [line for line in file.decode().split("\r\n")[:-1] if not line.strip()] == []


def test_a_name_is_always_quoted_and_an_address_is_one_word():
    file = ask(SOCIAL_MEDIA, attendee=Mailbox(name="Sam", address=" sam@hospital.nhs.uk\r\n cc "))

    assert line_of(file, "ATTENDEE") == (
        'ATTENDEE;CN="Sam";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE'
        ":mailto:sam@hospital.nhs.ukcc"
    )


def test_somebody_without_a_name_has_an_address_only():
    file = ask(SOCIAL_MEDIA, attendee=Mailbox(name="", address="sam@hospital.nhs.uk"))

    assert line_of(file, "ATTENDEE").startswith("ATTENDEE;CUTYPE=INDIVIDUAL;")


def test_a_description_of_twenty_kilobytes_arrives_whole():
    description = "Ünï😀, one; two\\three\n" * 1000

    file = ask(replace(SOCIAL_MEDIA, description=description))

    assert text_in(file, "DESCRIPTION") == description.strip()
    assert max(len(line) for line in file.split(b"\r\n")) <= 75


@pytest.mark.parametrize("letter", ["x", "é", "ع", "€", "😀", "\\", ";"])
def test_a_letter_at_the_edge_of_a_line_is_kept_whole(letter):
    for length in range(60, 80):
        title = "x" * length + letter * 3 + "end"

        file = ask(replace(SOCIAL_MEDIA, summary=title))

        for line in file.split(b"\r\n"):
            assert len(line) <= 75
            line.decode()  # raises in the middle of a letter
        assert text_in(file, "SUMMARY") == title


def test_line_breaks_in_a_description_are_kept_however_they_were_typed():
    file = ask(replace(SOCIAL_MEDIA, description="One\r\nTwo\rThree\u2028Four\n\nFive\tsix\\nseven\\Neight"))

    assert text_in(file, "DESCRIPTION") == "One\nTwo\nThree\nFour\n\nFive\tsix\\nseven\\Neight"


anything_typed = st.text(st.characters(), max_size=120) | st.text("\r\n\t \\;,:\"'^😀éع\u2028\x00", max_size=120)


@hypothesis_settings(max_examples=100, deadline=None)
@given(summary=anything_typed, location=anything_typed, description=anything_typed, name=anything_typed)
def test_whatever_is_typed_the_file_keeps_its_shape_and_the_text(summary, location, description, name):
    entry = replace(SOCIAL_MEDIA, summary=summary, location=f"Room {location}", description=f"Bring {description}.")
    file = ask(entry, attendee=Mailbox(name=name, address="sam@hospital.nhs.uk"))

    assert _shape(file) == _shape(ask(SOCIAL_MEDIA))
    for line in file.split(b"\r\n"):
        assert len(line) <= 75
        assert not CONTROL.search(line.decode())
    [read] = readers.with_icalendar([file])
    assert read["summary"] == text_in(file, "SUMMARY") == invites.one_line(summary)
    assert read["location"] == text_in(file, "LOCATION") == invites.one_line(f"Room {location}")
    assert read["description"] == text_in(file, "DESCRIPTION") == invites.description_of(entry.description, "")
    assert read["attendee"] == "sam@hospital.nhs.uk"


zones = st.sampled_from(
    ["Europe/London", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2034, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@hypothesis_settings(max_examples=150, deadline=None)
@given(zone=zones.map(ZoneInfo), starts_at=moments, minutes=st.integers(15, 3 * 24 * 60))
def test_whatever_the_zone_and_the_time_a_calendar_shows_the_same_instants(zone, starts_at, minutes):
    entry = replace(SOCIAL_MEDIA, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes))

    file = ask(entry, zone=zone)

    assert [
        (said["starts_at"], said["ends_at"])
        for reader in (readers.with_icalendar, readers.with_vobject)
        for said in reader([file])
    ] == 2 * [(entry.starts_at, entry.ends_at)]


# --- links that add a copy ------------------------------------------------------------------------


def test_the_google_link_fills_in_a_copy_with_its_times_in_utc():
    link = urlsplit(invites.google_link(replace(WEBINAR, summary="R&D + “Élan”: 50% off?")))

    assert (link.scheme, link.netloc, link.path) == ("https", "calendar.google.com", "/calendar/render")
    assert parse_qsl(link.query, strict_parsing=True) == [
        ("action", "TEMPLATE"),
        ("text", "R&D + “Élan”: 50% off?"),
        ("dates", "20270601T130000Z/20270601T140000Z"),
        ("location", "https://meet.example/j/123?pwd=a,b;c"),
        (
            "details",
            "Join online: https://meet.example/j/123?pwd=a,b;c\n\n" + WEBINAR.description,
        ),
    ]


def test_the_outlook_link_fills_in_a_copy_with_its_times_in_utc_and_its_body_in_html():
    link = urlsplit(invites.outlook_link(replace(SOCIAL_MEDIA, description="Bring <your> card\n& a pen")))

    assert (link.scheme, link.netloc, link.path) == (
        "https",
        "outlook.office.com",
        "/calendar/deeplink/compose",
    )
    assert parse_qsl(link.query, strict_parsing=True) == [
        ("path", "/calendar/action/compose"),
        ("rru", "addevent"),
        ("startdt", "2027-01-12T14:00:00Z"),
        ("enddt", "2027-01-12T16:00:00Z"),
        ("subject", "Using Social Media to Keep up to Date"),
        ("location", "IT room, Education Centre"),
        ("body", "Bring &lt;your&gt; card<br>&amp; a pen"),
    ]


@pytest.mark.parametrize("link_to", [invites.google_link, invites.outlook_link])
def test_a_link_has_no_plus_signs_and_no_line_breaks_and_shortens_a_long_description(link_to):
    link = link_to(replace(WEBINAR, summary=HOSTILE, description="word " * 4000))

    assert re.fullmatch(r"https://[!-*,-~]+", link)
    assert len(link) < 2000
    assert link.endswith("%E2%80%A6")
