"""`python -m tests.load.fuzz_replies --seconds N --seed S`: mails nobody would write, through the reader of replies.

The samples are changed at random, some of them up to the largest size that is read. For each: nothing but `NotRead`
is raised, half a second of processor time is enough, little memory is used, what comes out can be kept, and no
calendar says what does not stand, letter for letter, in a line of the mail. Ends at the first mail for which this
does not hold, and keeps it. No part of the suite: chance has no place in that.
"""

import argparse
import base64
import binascii
import random
import re
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

from app.replies.answers import Calendar
from app.replies.parts import MOST_BYTES
from app.replies.reading import NotRead, read
from app.replies.trust import Verdict
from tests.samples.replies.fill import fill, names

MOST_SECONDS = 0.5
MOST_MEMORY = 30_000_000
MEASURED_ONE_IN = 20  # memory: measuring takes several times as long
SERVER = "mx.training.example.org"
CHARSETS = (
    "utf-8",
    "utf-16",
    "utf-16le",
    "us-ascii",
    "windows-1252",
    "iso-8859-15",
    "idna",
    "zip",
    "utf-7",
    "x\0y",
    "",
)
WORDS = tuple(
    word.encode("utf-8", "surrogatepass")
    for word in (
        *("BEGIN:VEVENT\r\n", "END:VEVENT\r\n", "BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n", "METHOD:REPLY\r\n"),
        *("ATTENDEE;PARTSTAT=DECLINED:mailto:victim@example.com\r\n", "PARTSTAT=ACCEPTED;", "SEQUENCE:-1\r\n"),
        *("DTSTAMP:99999999T999999Z\r\n", "ORGANIZER:\r\n", "UID:\r\n", ";", ":", ",", '"', "\\", "(", ")", "<", ">"),
        *("=?utf-8?b?", "?=", "=?idna?q?", "\r", "\n", "\r\n ", "\r\n\r\n", "\0", "\x85", "\u2028", "\ufeff", "\u212a"),
        *(
            "multipart/mixed",
            "multipart/digest",
            "message/rfc822",
            "text/calendar",
            "boundary=",
            "charset*0*=",
            "boundary*=''%e9;",
            "--",
        ),
        *("From: mallory@example.com\r\n", "Authentication-Results: ", "dmarc=pass", "dmarc=fail", "header.from="),
        *("base64", "quoted-printable", "x-uuencode", "\ud800", "%00", "%40", "mailto:", "EMAIL=", "\t", " " * 70),
    )
)


def main():
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--seconds", type=float, default=60, help="of processor time")
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    sys.exit(fuzz(random.Random(options.seed), seconds=options.seconds))


def fuzz(chance, *, seconds):
    """The exit code: 1 if a mail was found that breaks a promise."""
    samples, came_out, worst_s, worst_bytes = sampled(), Counter(), 0.0, 0
    began_at, told_at = time.process_time(), 0.0
    while time.process_time() - began_at < seconds:
        raw = changed(chance, samples)
        is_measured = sum(came_out.values()) % MEASURED_ONE_IN == 0
        try:
            result, took_s, took_bytes = measured(raw) if is_measured else timed(raw)
            judge(raw, result, took_s, took_bytes)
        except Exception as fault:  # noqa: BLE001 - that is what is looked for
            kept = Path(f"fuzz-{len(raw)}-{int(time.time())}.eml")
            kept.write_bytes(raw)
            print(f"{type(fault).__name__}: {fault}\nThe mail is kept in {kept}")
            return 1
        came_out[said_of(result)] += 1
        worst_s, worst_bytes = max(worst_s, took_s), max(worst_bytes, took_bytes)
        if time.process_time() - told_at > 60:
            told_at = time.process_time()
            print(written(came_out, worst_s, worst_bytes), flush=True)
    print(written(came_out, worst_s, worst_bytes))
    return 0


def written(came_out, worst_s, worst_bytes):
    most = ", ".join(f"{what} {count:,}" for what, count in came_out.most_common())
    return f"{came_out.total():,} mails; worst {worst_s:.3f} s, {worst_bytes / 1e6:.1f} MB; {most}"


def said_of(result):
    if isinstance(result, NotRead):
        return result.why.value
    return "calendar" if result.calendar else (result.calendar_fault or "no calendar")


# --- one mail -------------------------------------------------------------------------------------


def timed(raw):
    began_at = time.process_time()
    result = what_comes_of(raw)
    return result, time.process_time() - began_at, 0


def measured(raw):
    tracemalloc.start()
    result = what_comes_of(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return result, 0.0, peak


def what_comes_of(raw):
    try:
        return read(raw, authserv_id=SERVER)
    except NotRead as refused:
        return refused


def judge(raw, result, took_s, took_bytes):
    assert took_s < MOST_SECONDS, f"it took {took_s:.2f} s"
    assert took_bytes < MOST_MEMORY, f"it took {took_bytes:,} bytes"
    if isinstance(result, NotRead):
        return
    for text, most in kept_of(result):
        assert len(text) <= most, f"{len(text)} letters where {most} are kept"
        assert not re.search("[\x00-\x09\x0b-\x1f\ud800-\udfff]", text), f"{text!r} cannot be kept"
    assert not (result.calendar and result.calendar_fault)
    if result.verdict is Verdict.PASS:
        assert len(result.senders) == 1
        assert SERVER.encode() in raw.lower()
    if isinstance(result.calendar, Calendar):
        assert_said_in(raw, result.calendar)


def kept_of(mail):
    yield from ((mail.message_id, 255), (mail.sender_name, 120), (mail.subject, 200), (mail.words, 4000))
    yield from ((text, 255) for text in mail.answers_to)
    yield from ((text, 254) for text in mail.senders)
    for bounced in mail.bounced:
        yield from ((bounced.address, 254), (bounced.action, 20), (bounced.status, 20), (bounced.diagnostic, 200))
    if mail.calendar:
        yield mail.calendar.method, 20
        (event,) = mail.calendar.events
        yield from ((event.uid, 255), (event.organizer, 254))
        for attendee in event.attendees:
            yield from ((attendee.address, 254), (attendee.email, 254), (attendee.partstat, 20))


def assert_said_in(raw, calendar):
    """Another way to look: every text that the mail may hold, its lines unfolded, searched for each attendee."""
    (event,) = calendar.events
    lines = {line for text in texts_in(raw) for line in re.split("[\r\n]+", text) if line.startswith("attendee")}
    for attendee in event.attendees[:50]:
        partstat = "" if attendee.partstat == "NEEDS-ACTION" else f"partstat={attendee.partstat}"
        said = [bare(text) for text in (attendee.address, attendee.email, partstat)]
        assert any(all(text in bare(line) for text in said) for line in lines), f"nobody said {attendee}"


def bare(text):
    return "".join(unquote(text).casefold().replace('"', "").split())


def texts_in(raw):
    """Folded to small letters: as it stands, and whatever may be encoded in it."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"" if b"\n" in raw else b"\n")
    runs = [run[1] for run in re.finditer(rb"\n\n(?!\n)(?=([A-Za-z0-9+/=\s]{60,}+))", lines)][:5_000]
    for written in (raw, binascii.a2b_qp(raw), *map(decoded, runs)):
        unfolded = re.sub(rb"(?:\r*\n|\r)[ \t]", b"", written)
        yield from (unquote(unfolded.decode(charset, "replace")).casefold() for charset in ("utf-8", "windows-1252"))
        for charset in ("utf-16-le", "utf-16-be"):
            text = written.decode(charset, "replace")
            yield unquote(re.sub("(?:\r*\n|\r)[ \t]", "", text)).casefold()


def decoded(run):
    letters = b"".join(run.split()).partition(b"=")[0]
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


# --- how mails are changed ------------------------------------------------------------------------


def sampled():
    plain = [fill(name) for name in names()]
    wide = [raw.replace(b"charset=UTF-8", b"charset=utf-16") for raw in plain if b"charset=UTF-8" in raw]
    return [*plain, *wide, utf16()]


def utf16():
    head, _, body = fill("20_forged_from_dmarc_fail").replace(b"dmarc=fail", b"dmarc=pass").partition(b"\r\n\r\n")
    head = head.replace(b"charset=UTF-8", b"charset=utf-16").replace(b": 8bit", b": base64")
    return head + b"\r\n\r\n" + base64.encodebytes(body.decode().encode("utf-16"))


def changed(chance, samples):
    raw = chance.choice(samples)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 20))):
        raw = chance.choice(CHANGES)(chance, raw, samples)[: MOST_BYTES + 100]
    return raw


def place(chance, raw):
    return chance.randrange(len(raw) + 1)


def flip(chance, raw, samples):
    flipped = bytearray(raw)
    for _ in range(min(len(flipped), chance.choice((1, 2, 10, 100)))):
        flipped[chance.randrange(len(flipped))] = chance.randrange(256)
    return bytes(flipped)


def insert(chance, raw, samples):
    at = place(chance, raw)
    return raw[:at] + chance.choice(WORDS) + raw[at:]


def splice(chance, raw, samples):
    other = chance.choice(samples)
    return raw[: place(chance, raw)] + other[place(chance, other) :]


def cut(chance, raw, samples):
    begin, end = sorted((place(chance, raw), place(chance, raw)))
    return raw[:begin] + raw[end:] if chance.random() < 0.5 else raw[:end]


def repeat(chance, raw, samples):
    """A piece many times over, now and then up to the limit."""
    begin = place(chance, raw)
    piece = raw[begin : begin + chance.choice((1, 2, 10, 80, 1000))] or b"\n"
    times = chance.choice((2, 5, 50, 1000, MOST_BYTES // len(piece)))
    return raw[:begin] + piece * min(times, MOST_BYTES // len(piece) + 1) + raw[begin:]


def flood(chance, raw, samples):
    word, at = chance.choice(WORDS), place(chance, raw)
    return raw[:at] + word * chance.choice((10, 100, 1000, MOST_BYTES // len(word))) + raw[at:]


def lines_of(raw):
    return raw.split(b"\r\n")


def shuffle(chance, raw, samples):
    """Lines that stand together change places: properties, parameters of headers, parts."""
    lines = lines_of(raw)
    begin = chance.randrange(len(lines))
    few = lines[begin : begin + chance.choice((2, 5, 20))]
    chance.shuffle(few)
    return b"\r\n".join([*lines[:begin], *few, *lines[begin + len(few) :]])


def double(chance, raw, samples):
    """A line, or several, once more somewhere else: a header, a boundary, a property."""
    lines = lines_of(raw)
    begin, at = chance.randrange(len(lines)), chance.randrange(len(lines))
    return b"\r\n".join([*lines[:at], *lines[begin : begin + chance.choice((1, 1, 3, 10))], *lines[at:]])


def nest(chance, raw, samples):
    for level in range(chance.choice((1, 3, 14, 16, 40, 1000))):
        if len(raw) > MOST_BYTES:
            break
        boundary = b"n" if chance.random() < 0.1 else b"n%d" % level
        kind = chance.choice((b"mixed", b"mixed", b"alternative", b"digest", b"report; report-type=delivery-status"))
        head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n--%s\r\n' % (kind, boundary, boundary)
        raw = head + raw + b"\r\n--%s--\r\n" % boundary
    return b"From: amina.okafor@example.com\r\n" + raw


def forward(chance, raw, samples):
    return b"From: amina.okafor@example.com\r\nContent-Type: message/rfc822\r\n\r\n" * chance.choice((1, 5, 500)) + raw


def recode(chance, raw, samples):
    charset = chance.choice(CHARSETS).encode()
    return re.sub(rb"charset=\"?[\w-]+\"?", b"charset=" + charset, raw, flags=re.IGNORECASE)


def reencode(chance, raw, samples):
    encoding = chance.choice((b"base64", b"quoted-printable", b"8bit", b"7bit", b"binary", b"x-uuencode", b"BASE64 x"))
    return re.sub(rb"(?i)(transfer-encoding: )\S+", rb"\g<1>" + encoding, raw, count=chance.choice((0, 1)))


def end_lines(chance, raw, samples):
    return raw.replace(b"\r\n", chance.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n \r\n")))


def fold(chance, raw, samples):
    at = place(chance, raw)
    return raw[:at] + chance.choice((b"\r\n ", b"\r\n\t", b"\n ", b"\r ")) + raw[at:]


def change_answer(chance, raw, samples):
    answer = chance.choice((b"ACCEPTED", b"delegated", b"X-" + b"A" * 30, b"", b'"DECLINED"', b"DECLINED,ACCEPTED"))
    return re.sub(rb"PARTSTAT=[\w-]+", b"PARTSTAT=" + answer, raw, count=chance.choice((0, 1)))


CHANGES = (
    *(flip, insert, insert, splice, cut, repeat, flood, shuffle, shuffle, double, double, nest, forward),
    *(recode, reencode, end_lines, fold, fold, change_answer),
)


if __name__ == "__main__":
    main()
