"""Mails as they come to a public mailbox: answers from people's calendars, and mails made to harm."""

import base64
import time
import tracemalloc
from datetime import UTC, datetime

import pytest

from app.replies.reading import (
    Attendee,
    Bounced,
    Calendar,
    Event,
    Fault,
    NotRead,
    Verdict,
    WhyNot,
    read,
)
from tests.samples.replies.fill import fill

SERVER = "mx.training.example.org"
AMINA = "amina.okafor@example.com"
BOOKINGS = "training.bookings@training.example.org"
UID = "b7q2m-4f1c9a77@training.example.org"
LARGEST = 256 * 1024
ANSWER = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "METHOD:REPLY",
    "BEGIN:VEVENT",
    "UID:b1@example.org",
    "DTSTAMP:20260902T101500Z",
    "SEQUENCE:2",
    f"ATTENDEE;PARTSTAT=DECLINED:mailto:{AMINA}",
    "END:VEVENT",
    "END:VCALENDAR",
)
DECLINED = Attendee(address=AMINA, partstat="DECLINED")


def said(raw):
    return read(raw, authserv_id=SERVER)


def mail(*headers, body=b"", kind=""):
    """With `headers` beside its From; in bytes, as they come."""
    lines = [f"From: {AMINA}", *([f"Content-Type: {kind}"] if kind else []), *headers]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def answer(*lines, without=(), instead=None, charset="utf-8", ends="\r\n", **more):
    """A mail with one calendar part: the plain answer, `lines` added to its event, or `instead` of all of it."""
    kept = [line for line in ANSWER if line.partition(":")[0].partition(";")[0] not in without]
    written = instead or [*kept[:-2], *lines, *kept[-2:]]
    body = "".join(line + ends for line in written).encode(charset)
    return mail(body=body, kind=f"text/calendar; method=REPLY; charset={charset}", **more)


def event_of(raw):
    found = said(raw)
    assert found.calendar_fault == ""
    return found.calendar.events[0]


def fault_of(raw):
    found = said(raw)
    assert found.calendar is None
    return found.calendar_fault


def multipart(*parts, boundary="b", kind="mixed"):
    lines = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts)
    return mail(kind=f'multipart/{kind}; boundary="{boundary}"', body=lines + b"--%s--\r\n" % boundary.encode())


def part_of(raw):
    """A mail as a part of another: without its From."""
    return raw.partition(b"\r\n")[2]


# --- answers as programs send them ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "method", "partstat", "organizer"),
    [
        ("01_outlook_accepted", "REPLY", "ACCEPTED", ""),
        ("02_outlook_declined_with_comment", "REPLY", "DECLINED", ""),
        ("04_outlook_counter", "COUNTER", "TENTATIVE", ""),
        ("08_gmail_declined", "REPLY", "DECLINED", BOOKINGS),
        ("14_thunderbird_declined", "REPLY", "DECLINED", BOOKINGS),
        ("32_old_sequence", "REPLY", "DECLINED", BOOKINGS),
    ],
)
def test_an_answer_is_read_whatever_program_sent_it(name, method, partstat, organizer):
    found = said(fill(name))

    event = Event(
        uid=UID,
        sequence=0,
        stamped_at=datetime(2026, 9, 2, 10, 15, tzinfo=UTC),
        organizer=organizer,
        attendees=(Attendee(address=AMINA, partstat=partstat),),
    )
    assert found.calendar == Calendar(method=method, events=(event,))
    assert (found.calendar_fault, len(found.calendar_hash)) == ("", 64)
    assert (found.senders, found.verdict) == ((AMINA,), Verdict.PASS)


def test_who_declined_in_words_too_is_read_with_them():
    found = said(fill("02_outlook_declined_with_comment"))

    assert found.words == "I am on leave that week, sorry."
    assert (found.sender_name, found.subject) == ("Amina Okafor", "Declined: Fire safety part A")
    assert found.message_id == "reply-1@LO0P265MB0001.GBRP265.PROD.OUTLOOK.COM"
    assert not found.is_automatic


def test_google_sends_answers_by_itself():
    assert said(fill("08_gmail_declined")).is_automatic


@pytest.mark.parametrize(
    ("name", "verdict"), [("20_forged_from_dmarc_fail", Verdict.FAIL), ("23_no_auth_results", Verdict.NONE)]
)
def test_an_answer_that_nobody_vouches_for_is_told_apart(name, verdict):
    assert said(fill(name)).verdict is verdict


def test_an_answer_about_a_booking_that_never_was_is_read_like_any_other():
    assert event_of(fill("30_unknown_uid")).uid == "00000000-no-such-booking@example.org"


def test_a_delivery_report_says_whom_a_letter_did_not_reach_and_what_it_returns_is_not_opened():
    found = said(fill("62_bounce"))

    assert found.bounced == (Bounced(address=AMINA, action="failed", status="5.1.1"),)
    assert (found.calendar, found.calendar_fault, found.calendar_hash) == (None, "", "")
    assert found.is_automatic
    assert found.words == "The address was not found."


# --- the calendar part ------------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "us-ascii", "windows-1252", "iso-8859-15"])
def test_an_answer_is_read_in_any_charset_and_with_any_ends_of_lines(charset, ends):
    raw = answer(charset=charset, ends=ends).replace(b"utf-8-sig", b"utf-8")

    assert event_of(raw).attendees == (DECLINED,)


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("named", ["utf-16", "utf-8"])
def test_an_answer_in_wide_letters_is_read_if_its_charset_or_its_first_mark_says_so(charset, named):
    wide = base64.encodebytes("".join(f"{line}\r\n" for line in ANSWER).encode(charset))
    raw = mail("Content-Transfer-Encoding: base64", body=wide, kind=f"text/calendar; method=REPLY; charset={named}")

    found = said(raw)

    is_told = named == "utf-16" or charset == "utf-16"
    assert found.calendar_fault == ("" if is_told else Fault.UNREADABLE)
    assert bool(found.calendar) == is_told


def test_a_letter_that_was_folded_in_its_middle_comes_together_again():
    line = 'ATTENDEE;CN="Zoë";PARTSTAT=DECLINED:mailto:zoë@example.com'.encode()
    folded = line.replace(b"\xc3\xab", b"\xc3\r\n \xab")
    raw = answer("X-HERE:1", without=["ATTENDEE"]).replace(b"X-HERE:1", folded)

    assert event_of(raw).attendees == (Attendee(address="zoë@example.com", partstat="DECLINED"),)


def test_a_line_may_be_folded_anywhere():
    raw = answer().replace(b"ATTENDEE;PARTSTAT=DECLINED", b"ATTEN\r\n DEE;PARTS\r\n\tTAT=DECL\r\n INED")

    assert event_of(raw).attendees == (DECLINED,)


@pytest.mark.parametrize(
    ("line", "attendee"),
    [
        (f"attendee;partstat=declined:MAILTO:{AMINA.upper()}", DECLINED),
        (f'ATTENDEE;CN="Okafor; Amina: A, B";PARTSTAT="DECLINED":mailto: {AMINA} ', DECLINED),
        (f"ATTENDEE;PARTSTAT=DECLINED:mailto:{AMINA}?subject=x", DECLINED),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:amina%2Eokafor%40example.com", DECLINED),
        (f"ATTENDEE:{AMINA}", Attendee(address=AMINA)),
        (
            f"ATTENDEE;EMAIL={AMINA};PARTSTAT=X-LATER:urn:uuid:1",
            Attendee(address="urn:uuid:1", email=AMINA, partstat="X-LATER"),
        ),
        ("ATTENDEE:mailto:" + "a" * 255, Attendee(address="")),
        # The Kelvin sign is no k.
        ("ATTENDEE:mailto:\u212aate@example.com", Attendee(address="\u212aate@example.com")),
        ("ATTENDEE:mailto:\u202eamina@example.com", Attendee(address="")),
    ],
)
def test_who_answers_is_read_bare_and_in_small_letters(line, attendee):
    assert event_of(answer(line, without=["ATTENDEE"])).attendees == (attendee,)


@pytest.mark.parametrize(
    "line",
    [
        f"ATTENDEE;PARTSTAT=ACCEPTED;PARTSTAT=DECLINED:mailto:{AMINA}",
        f"ATTENDEE;PARTSTAT=ACCEPTED,DECLINED:mailto:{AMINA}",
        f"ATTENDEE;PARTSTAT=DECL\u0131NED:mailto:{AMINA}",
        f"ATTENDEE;PARTSTAT=\u2028DECLINED:mailto:{AMINA}",
        f"ATTENDEE;PARTSTAT={'A' * 21}:mailto:{AMINA}",
        f"ATTENDEE;PARTSTAT:mailto:{AMINA}",
        f"ATTENDEE;CN=a\\:PARTSTAT=DECLINED:mailto:{AMINA}\x01",
        f'ATTENDEE;CN="a;PARTSTAT=DECLINED:mailto:{AMINA}',
        f'ATTENDEE;CN="a"b;PARTSTAT=DECLINED:mailto:{AMINA}',
        f"ATTEN DEE;PARTSTAT=DECLINED:mailto:{AMINA}",
        "ATTENDEE",
        "ORGANIZER:",
        "ORGANIZER:mailto:" + "a" * 255,
        "SEQUENCE:3",
        "UID:b2@example.org",
        "DTSTAMP:20260902T101500Z",
        "no property",
        "X-NUL:\0",
        "BEGIN:VEVENT",
        "END:VALARM",
        "END:VEVENT",
    ],
)
def test_an_answer_that_can_be_read_in_two_ways_is_for_a_person_to_read(line):
    without = ["ATTENDEE"] if line.startswith("ATT") else []

    assert fault_of(answer(line, without=without)) in {Fault.UNREADABLE, Fault.SAID_TWICE}


@pytest.mark.parametrize("line", ["SEQUENCE:-1", "SEQUENCE:one", "SEQUENCE:1234567890", "SEQUENCE:١", "SEQUENCE:1 2"])
def test_a_sequence_that_is_no_number_is_for_a_person_to_read(line):
    assert fault_of(answer(line, without=["SEQUENCE"])) == Fault.UNREADABLE


@pytest.mark.parametrize(
    ("line", "stamped_at"),
    [
        ("DTSTAMP:20260902T101500Z", datetime(2026, 9, 2, 10, 15, tzinfo=UTC)),
        ("DTSTAMP;X-A=1:20260902T101500Z", datetime(2026, 9, 2, 10, 15, tzinfo=UTC)),
        ("DTSTAMP:20260902T101500", None),
        ("DTSTAMP;TZID=Europe/London:20260902T101500", None),
        ("DTSTAMP:20260231T101500Z", None),
        ("DTSTAMP:00000000T000000Z", None),
        ("DTSTAMP:now", None),
        ("X-NO:DTSTAMP", None),
    ],
)
def test_only_a_time_in_utc_says_when_somebody_answered(line, stamped_at):
    assert event_of(answer(line, without=["DTSTAMP"])).stamped_at == stamped_at


def test_what_an_answer_does_not_say_is_left_open():
    raw = answer(without=["UID", "DTSTAMP", "SEQUENCE", "ATTENDEE"])

    assert event_of(raw) == Event()


def test_an_organizer_with_an_address_of_the_calendar_is_known_by_the_mailbox_beside_it():
    assert event_of(answer(f"ORGANIZER;EMAIL={BOOKINGS}:/aBc/principal/")).organizer == BOOKINGS
    assert event_of(answer("ORGANIZER;CN=x:invalid:nomail")).organizer == "invalid:nomail"
    assert fault_of(answer(f"ORGANIZER:mailto:{BOOKINGS}", f"ORGANIZER:mailto:{AMINA}")) == Fault.SAID_TWICE


def test_only_what_stands_directly_in_the_event_counts():
    reminder = ("BEGIN:VALARM", "UID:other", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:other@example.com", "END:VALARM")
    zone = ("BEGIN:VTIMEZONE", "BEGIN:STANDARD", "UID:zone", "END:STANDARD", "ATTENDEE:mailto:z@example.com")
    raw = answer(*reminder, "X-ATTENDEE:mailto:x@example.com", "DESCRIPTION:BEGIN:VEVENT\\nUID:described")
    raw = raw.replace(b"BEGIN:VEVENT", "\r\n".join([*zone, "END:VTIMEZONE", "BEGIN:VEVENT"]).encode(), 1)

    assert event_of(raw) == event_of(answer())


def test_two_people_in_one_answer_are_both_told():
    raw = answer("ATTENDEE;PARTSTAT=ACCEPTED:mailto:other@example.com")

    assert [attendee.address for attendee in event_of(raw).attendees] == [AMINA, "other@example.com"]


@pytest.mark.parametrize(
    ("instead", "fault"),
    [
        ([*ANSWER[:3], *ANSWER[3:9] * 2, ANSWER[9]], Fault.MANY_EVENTS),
        ([*ANSWER[:3], *ANSWER[3:9] * 1000, ANSWER[9]], Fault.MANY_EVENTS),
        ([*ANSWER[:3], ANSWER[9]], Fault.NO_EVENT),
        ([line.replace("VEVENT", "VTODO") for line in ANSWER], Fault.UNREADABLE),
        ([*ANSWER, *ANSWER], Fault.UNREADABLE),
        (ANSWER[:-1], Fault.UNREADABLE),
        (ANSWER[1:], Fault.UNREADABLE),
        ([*ANSWER, "A footer"], Fault.UNREADABLE),
        ([" folded", *ANSWER], Fault.UNREADABLE),
        ([*ANSWER[:5], "", " of what?", *ANSWER[5:]], Fault.UNREADABLE),
        ([*ANSWER[:4], *["BEGIN:X-A"] * 20, *["END:X-A"] * 20, *ANSWER[4:]], Fault.UNREADABLE),
        ([line for line in ANSWER if "METHOD" not in line], Fault.OTHER_METHOD),
        ([*ANSWER[:3], "METHOD:REPLY", *ANSWER[3:]], Fault.SAID_TWICE),
        ([line.replace("REPLY", "REQUEST") for line in ANSWER], Fault.OTHER_METHOD),
    ],
)
def test_a_calendar_that_is_not_one_answer_is_for_a_person_to_read(instead, fault):
    assert fault_of(answer(instead=instead)) == fault


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("text/calendar; charset=utf-8", Fault.NO_METHOD),
        ("text/calendar; method=REQUEST", Fault.OTHER_METHOD),
        ("text/calendar; method=REPLY; method=REPLY", Fault.NO_METHOD),
        ("text/calendar; method=REPLY; charset=idna", Fault.UNKNOWN_CHARSET),
        ("text/calendar; method=REPLY; charset=zlib", Fault.UNKNOWN_CHARSET),
        ("text/calendar; method=REPLY; charset=iso-8859-12", Fault.UNKNOWN_CHARSET),
    ],
)
def test_a_calendar_part_that_does_not_say_what_it_is_is_for_a_person_to_read(kind, fault):
    body = "".join(f"{line}\r\n" for line in ANSWER).encode()

    assert fault_of(mail(kind=kind, body=body)) == fault


def test_two_calendar_parts_are_for_a_person_to_read():
    found = said(multipart(part_of(answer()), part_of(answer())))

    assert (found.calendar, found.calendar_fault, found.calendar_hash) == (None, Fault.TWO_PARTS, "")


def test_a_copy_of_another_type_beside_the_calendar_part_does_not_count():
    copy = part_of(answer()).replace(b"text/calendar", b"application/ics")

    assert event_of(multipart(copy, part_of(answer()), copy)).attendees == (DECLINED,)


@pytest.mark.parametrize("around", ["message/rfc822", "message/partial", "message/global"])
def test_an_answer_that_somebody_forwards_is_not_theirs(around):
    forwarded = f"Content-Type: {around}\r\n\r\n".encode() + answer()

    assert said(multipart(forwarded)).calendar is None
    assert said(mail(kind=around, body=answer())).calendar is None
    assert said(multipart(b"\r\n" + answer(), kind="digest")).calendar is None


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("base64", b"QkVHSU46Vk"),
        ("base64", b"QkVHSU46VkNB*TEVOREFS"),
        ("base64", b"QQ==QkVHSU46"),
        ("x-uuencode", b"begin 644 x\n"),
    ],
)
def test_a_calendar_part_whose_encoding_is_broken_is_for_a_person_to_read(encoding, body):
    raw = mail(f"Content-Transfer-Encoding: {encoding}", kind="text/calendar; method=REPLY", body=body)

    assert fault_of(raw) == Fault.UNREADABLE


def test_the_same_answer_has_the_same_hash_however_it_was_sent():
    body = "".join(f"{line}\r\n" for line in ANSWER).encode()
    encoded = mail("Content-Transfer-Encoding: Base64", kind="text/calendar", body=base64.encodebytes(body))

    assert said(encoded).calendar_hash == said(mail(kind="text/calendar", body=body.replace(b"\r", b""))).calendar_hash


# --- who, and what they wrote -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "senders"),
    [
        (AMINA, (AMINA,)),
        ("Amina Okafor <Amina.Okafor@EXAMPLE.com>", (AMINA,)),
        ('"Okafor, Amina (A) <x@y.example>" <amina.okafor@example.com>', (AMINA,)),
        ("Okafor, Amina <amina.okafor@example.com>", (AMINA,)),
        ("amina.okafor@example.com (Amina, \\) mallory@example.com)", (AMINA,)),
        ("amina.okafor@example.com <amina.okafor@example.com>", (AMINA,)),
        ("=?utf-8?q?mallory=40example=2Ecom?= <amina.okafor@example.com>", (AMINA,)),
        ("Bookings: amina.okafor@example.com;", (AMINA,)),
        ("amina.okafor@example.com, mallory@example.com", (AMINA, "mallory@example.com")),
        ("mallory@example.com <amina.okafor@example.com>", ("",)),
        ("<amina.okafor@example.com> mallory@example.com", ("",)),
        ("<amina.okafor@example.com><mallory@example.com>", ("",)),
        ("<@relay.example,@other.example:amina.okafor@example.com>", ("", "", "")),
        ("amina.okafor@example.com@evil.example", ("",)),
        ('"amina.okafor"@example.com', ("",)),
        ("amina(.okafor)@example.com (", ("", "")),
        ("mallory@evil.example\0amina.okafor@example.com", ("",)),
        ("<\u2028amina.okafor@example.com>", ("",)),
        ("<\u202eamina.okafor@example.com>", ("",)),
        ("\u0149" * 200 + "@example.com", ("",)),
        ("\u212aate@example.com", ("\u212aate@example.com",)),
        ("", ()),
        ("Amina", ()),
    ],
)
def test_whom_a_mail_is_from_is_read_in_one_way_or_not_at_all(header, senders):
    raw = f"From: {header}\r\n\r\n".encode()

    assert said(raw).senders == senders


def test_two_from_headers_are_two_senders_even_if_they_agree():
    assert said(mail(f"From: {AMINA}")).senders == (AMINA, AMINA)


def test_a_mail_from_two_people_is_not_vouched_for():
    vouched = f"Authentication-Results: {SERVER}; dmarc=pass header.from=example.com"

    assert said(mail(vouched)).verdict is Verdict.PASS
    assert said(mail(vouched, "From: mallory@example.com")).verdict is Verdict.FAIL


@pytest.mark.parametrize("smuggled", ["From : mallory@example.com", "Subject: x\rFrom: mallory@example.com", "From"])
def test_a_header_that_others_read_differently_is_not_read_at_all(smuggled):
    with pytest.raises(NotRead) as refused:
        said(mail(smuggled))

    assert refused.value.why is WhyNot.BROKEN


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied (away)",
        "Precedence: Bulk",
        "Precedence: auto_reply",
        "List-Id: <all.example.com>",
        "X-Auto-Response-Suppress: All",
        "X-Autoreply: yes",
        "X-Autorespond: away",
        "Return-Path: < >",
        "From: MAILER-DAEMON@example.com",
    ],
)
def test_a_mail_that_a_program_wrote_is_told_from_a_person_s(header):
    assert said(mail(header)).is_automatic
    assert not said(mail("Auto-Submitted: no", "Precedence: normal", f"Return-Path: <{AMINA}>")).is_automatic


def test_what_a_person_wrote_is_plain_text_that_can_be_kept():
    body = "Sorry, I can\u2019t.\r\n\r\n\0\x1b[2J\u202eHalf\ud800 past\ttwo\r\n> quoted\r\n".encode(
        "utf-8", "surrogatepass"
    )

    words = said(mail(body=body)).words

    assert words == "Sorry, I can\u2019t.\n\n[2JHalf\ufffd\ufffd\ufffd past two\n> quoted"


@pytest.mark.parametrize(
    ("headers", "kind", "body", "words"),
    [
        ([], "text/plain; charset=windows-1252", b"caf\xe9", "café"),
        ([], "text/plain; charset=utf-7", b"+AGE-", "+AGE-"),
        ([], "text/plain; charset=nobody-knows", b"caf\xe9", "caf\ufffd"),
        (["Content-Transfer-Encoding: quoted-printable"], "text/plain; charset=utf-8", b"caf=C3=A9", "café"),
        (["Content-Transfer-Encoding: base64"], "text/plain", b"broken!", ""),
        (["Content-Disposition: Attachment; filename=x"], "text/plain", b"a file", ""),
        ([], "text/html", b"<p>no</p>", ""),
        ([], "", b"x" * 5000, "x" * 4000),
    ],
)
def test_words_come_out_of_any_charset_and_encoding(headers, kind, body, words):
    assert said(mail(*headers, kind=kind, body=body)).words == words


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("=?utf-8?q?Caf=C3=A9?= =?utf-8?b?IGJvb2tpbmc=?=", "Café booking"),
        ("Caf\u00e9", "Café"),
        ("Zo\u00eb \u2013 =?iso-8859-1?q?Caf=E9?=", "Zoë \u2013 Café"),
        ("=?idna?q?xn--x?=", "xn--x"),
        ("=?utf-8?b?A?=", "=?utf-8?b?A?="),
        ("one\r\n two", "one two"),
        ("=?utf-8?q?one=0D=0ABcc:_x=00?=", "one Bcc: x"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_subject_is_one_line(header, subject):
    assert said(mail(f"Subject: {header}")).subject == subject


def test_what_a_mail_answers_is_named_the_nearest_first():
    raw = mail("In-Reply-To: <c@x> (yours)", "References: <a@x>\r\n <b@x> <c@x> <>", f"Message-ID: <{'d' * 300}>")

    assert said(raw).answers_to == ("c@x", "b@x", "a@x")
    assert said(raw).message_id == "d" * 255
    assert said(mail("References: " + " ".join(f"<{n}@x>" for n in range(30)))).answers_to[::19] == ("29@x", "10@x")


def test_a_mail_kept_in_a_file_of_many_is_read_without_their_first_line():
    assert said(b"From amina Wed Sep  2 10:15:00 2026\n" + mail()).senders == (AMINA,)


# --- delivery reports -------------------------------------------------------------------------------


def report(*blocks, kind="report; report-type=delivery-status", part="message/delivery-status"):
    body = b"\r\n".join(block.encode() + b"\r\n" for block in ("Reporting-MTA: dns; mx.example.com", *blocks))
    return multipart(f"Content-Type: {part}\r\n\r\n".encode() + body, kind=kind)


def test_a_report_names_the_address_that_was_written_to_and_says_why():
    raw = report(
        f"Final-Recipient: rfc822; a.okafor@corp.example\r\nOriginal-Recipient: rfc822;<{AMINA.upper()}>\r\n"
        f"Action: Failed\r\nStatus: 5.2.2\r\nDiagnostic-Code: smtp; 552 full\r\n {'x' * 300}",
        "Final-Recipient: rfc822; other@example.com\r\nAction: delayed",
        "Action: failed",
        "Final-Recipient: nobody",
    )

    first, second = said(raw).bounced

    assert (first.address, first.action, first.status) == (AMINA, "failed", "5.2.2")
    assert first.diagnostic == ("smtp; 552 full " + "x" * 300)[:200]
    assert second == Bounced(address="other@example.com", action="delayed")


def test_a_report_names_twenty_addresses_at_most():
    assert len(said(report(*(f"Final-Recipient: rfc822; {n}@example.com" for n in range(1000)))).bounced) == 20


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "report; report-type=disposition-notification"},
        {"kind": "report"},
        {"kind": "mixed; report-type=delivery-status"},
        {"part": "message/rfc822"},
        {"part": "text/plain"},
    ],
)
def test_what_is_no_delivery_report_says_nothing_of_addresses(other):
    assert said(report(f"Final-Recipient: rfc822; {AMINA}", **other)).bounced == ()


# --- mails made to harm -----------------------------------------------------------------------------


def nested(levels):
    raw = part_of(answer())
    for level in range(levels):
        raw = part_of(multipart(raw, boundary=f"b{level}"))
    return f"From: {AMINA}\r\n".encode() + raw


def test_sixteen_levels_are_read_and_no_more():
    assert event_of(nested(15)).attendees == (DECLINED,)
    for levels in (16, 1000):
        with pytest.raises(NotRead) as refused:
            said(nested(levels))
        assert refused.value.why is WhyNot.TOO_DEEP


def test_sixty_four_parts_are_read_and_no_more():
    plain = b"\r\nsome words"
    assert event_of(multipart(*[plain] * 62, part_of(answer()))).attendees == (DECLINED,)
    for count in (64, 10_000):
        with pytest.raises(NotRead) as refused:
            said(multipart(*[plain] * count))
        assert refused.value.why is WhyNot.TOO_MANY_PARTS


def test_parts_are_counted_over_all_levels():
    few = part_of(multipart(*[b"\r\nx"] * 9, boundary="few"))

    with pytest.raises(NotRead) as refused:
        said(multipart(*[few] * 9))

    assert refused.value.why is WhyNot.TOO_MANY_PARTS


def test_a_mail_of_256_kb_is_read_and_a_byte_more_is_not():
    largest = mail(body=b"x" * LARGEST)[:LARGEST]
    assert said(largest).senders == (AMINA,)

    with pytest.raises(NotRead) as refused:
        said(largest + b"x")

    assert refused.value.why is WhyNot.TOO_LARGE
    assert str(refused.value) == "The mail cannot be read: too large."


@pytest.mark.parametrize(
    "headers",
    [["X-A: x"] * 1001, ["X-A: " + "x" * 17_000], ["X-A: " + "x" * 16_000] * 5, ["X-A: x" + "\r\n x" * 6000]],
)
def test_headers_without_end_are_not_read(headers):
    with pytest.raises(NotRead) as refused:
        said(mail(*headers))

    assert refused.value.why is WhyNot.HEADERS


def test_two_types_for_one_part_are_no_type():
    found = said(mail("Content-Type: text/calendar; method=REPLY", kind="text/plain", body=b"words"))

    assert (found.words, found.calendar, found.calendar_fault) == ("", None, "")


@pytest.mark.parametrize(
    "parameters",
    [
        "charset*0*=a\0''x",
        "boundary*=x; boundary*1=y",
        "boundary*=utf-8''%e9%ff",
        "boundary=\udce9",
        "boundary*99999999999999999999=1",
        "charset*=nobody-knows''%ff",
        "=;;=;",
        'boundary="',
    ],
)
def test_parameters_that_make_no_sense_do_no_harm(parameters):
    for kind in ("text/plain", "multipart/mixed", "text/calendar; method=REPLY"):
        raw = mail(kind=f"{kind}; {parameters}", body=b"--x\r\n")

        assert attempted(raw) in {None, WhyNot.BROKEN}


def long_calendar(line):
    room = LARGEST - len(answer()) - 100
    return answer(line * (room // len(line.encode())))


HARMFUL = {
    "newlines": lambda: b"\n" * LARGEST,
    "carriage returns": lambda: b"\r" * LARGEST,
    "one line": lambda: mail(body=b"x" * LARGEST),
    "a bomb of comments": lambda: b"From: " + b"(" * 16_000,
    "a bomb of quotes": lambda: b"From: " + b'"\\' * 8000,
    "senders without end": lambda: ("From: " + "a@b.example," * 1300 + "\r\n").encode() * 4,
    "subjects half encoded": lambda: mail("Subject: " + "=?a?q?" * 2600),
    "subjects all encoded": lambda: mail("Subject: " + "=?utf-8?b?YQ==?= " * 900),
    "references": lambda: mail(*["References: " + "<a@b> " * 2600] * 3),
    "types of many parameters": lambda: multipart(*[b"Content-Type: text/plain" + b';"' * 480 + b"\r\n"] * 60),
    "boundaries nearly": lambda: mail(kind="multipart/mixed; boundary=b", body=b"--b \t \t \t x\r\n" * 16_000),
    "parts folded in parts": lambda: nested(15) + b"\r\n--b14" * 20_000,
    "lines of a calendar": lambda: long_calendar("X:\r\n"),
    "folds of a calendar": lambda: long_calendar("X:\r\n" + " \r\n" * 10_000),
    "components": lambda: long_calendar("BEGIN:X\r\nEND:X\r\n"),
    "attendees": lambda: long_calendar("ATTENDEE:a\r\n"),
    "parameters": lambda: long_calendar("ATTENDEE" + ";A=1" * 50_000),
    "values of a parameter": lambda: long_calendar("ATTENDEE;A=" + "," * 200_000),
    "quotes": lambda: long_calendar("ATTENDEE;A=" + '"' * 200_001),
    "percents": lambda: long_calendar("ATTENDEE:mailto:" + "%41" * 60_000),
    "blank lines of a report": lambda: report("\r\n" * 100_000),
    "almost blank lines of a report": lambda: report((" " * 200 + "x\r\n") * 1000),
    "soft ends of lines": lambda: mail("Content-Transfer-Encoding: quoted-printable", body=b"=\n" * 100_000),
    "base64 in single letters": lambda: mail("Content-Transfer-Encoding: base64", body=b"A \n" * 80_000),
}


@pytest.mark.parametrize("made", HARMFUL.values(), ids=HARMFUL)
def test_a_mail_made_to_harm_takes_little_time_and_memory(made):
    raw = made()[:LARGEST]

    took_s, took_bytes = measured(raw)

    assert took_s < 0.5
    assert took_bytes < 30_000_000


def measured(raw):
    """Once for its time and once for its memory, as measuring that takes long."""
    began_at = time.process_time()
    attempted(raw)
    took_s = time.process_time() - began_at
    tracemalloc.start()
    attempted(raw)
    took_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return took_s, took_bytes


def attempted(raw):
    """The calendar in it, or why it was not read."""
    try:
        return said(raw).calendar
    except NotRead as refused:
        return refused.why
