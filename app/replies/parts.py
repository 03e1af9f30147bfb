"""A mail, taken apart with care: nobody chose what comes to a public mailbox.

At most 256 kB, 16 levels and 64 parts are looked at, and nothing that was forwarded or returned (message/*) is
opened. Each header is short enough for what reads it. Where one part begins is found by its boundary alone, in one
pass for each level, so a mail's time to read grows with its length and no faster; the standard library's parser,
which goes as deep as a mail tells it to, gets only the headers.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32
from enum import StrEnum

MOST_BYTES = 256 * 1024
MOST_LEVELS = 16
MOST_PARTS = 64
MOST_HEADERS_BYTES = 64 * 1024
MOST_HEADER_LINES = 1000
MOST_HEADER_BYTES = 16 * 1024
# The library's time to read this one header grows with the square of its length.
MOST_CONTENT_TYPE = 1000

# Others are refused: 'idna' or 'zip' are codecs too, and no mail program writes in them.
_CHARSET = re.compile(
    r"utf-?8|utf-?16(?:[bl]e)?|(?:us-)?ascii|latin-?1|iso-?8859-\d{1,2}|(?:windows-|cp)(?:125\d|874)",
    re.IGNORECASE | re.ASCII,
)
_NEXT_HEADER = re.compile(rb"\n(?![ \t])")
# A space before the colon, or a carriage return inside: others may see another header there than we do, another From.
_HEADER = re.compile(rb"[!-9;-~]+:[^\r]*")


class WhyNot(StrEnum):
    """Why a mail was not read at all."""

    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_MANY_PARTS = "too_many_parts"
    HEADERS = "headers"  # too long, or too many
    BROKEN = "broken"


class NotRead(Exception):
    """This mail cannot be read within the limits. `why` says which."""

    def __init__(self, why: WhyNot) -> None:
        super().__init__(f"The mail cannot be read: {why.value.replace('_', ' ')}.")
        self.why = why


class _AsWritten(Compat32):
    """Headers as they came: bytes that are no ASCII are kept for whoever knows their charset."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part, or the whole mail. kind: its type in small letters. parents: of what it lies in, outermost first."""

    headers: "Message[str, str]"
    body: bytes
    kind: str
    parents: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str) -> str:
        """Of its Content-Type; '' if it is not said, or said twice."""
        said = [value for key, value in self.parameters if key == name]
        return said[0] if len(said) == 1 else ""

    def decoded(self) -> bytes | None:
        """None: its transfer encoding is unknown or broken."""
        encoding = "".join(self.headers.get("Content-Transfer-Encoding", "").split()).lower()
        if encoding == "base64":
            try:
                return base64.b64decode(b"".join(self.body.split()), validate=True)
            except binascii.Error:
                return None
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        return self.body if encoding in ("", "7bit", "8bit", "binary") else None


def known_charset(name: str) -> str:
    """As Python calls it; '' for one that no mail program writes."""
    if not _CHARSET.fullmatch(name):
        return ""
    try:
        return codecs.lookup(name).name
    except LookupError:  # iso-8859-12 was never made
        return ""


def take_apart(raw: bytes) -> tuple[Part, list[Part]]:
    """The whole mail as one part, and every part of it that holds no others, in their order. Raises NotRead."""
    headers, body = _headers_and_body(_with_newlines(raw))
    whole = _part(headers, body, parents=())
    return whole, list(_leaves(whole))


def read_headers(block: bytes) -> "Message[str, str]":
    """Of a block of headers and nothing else. Raises NotRead if they are more than mails have."""
    if len(block) > MOST_HEADERS_BYTES or block.count(b"\n") > MOST_HEADER_LINES:
        raise NotRead(WhyNot.HEADERS)
    headers = _NEXT_HEADER.split(block) if block else []
    if any(len(header) > MOST_HEADER_BYTES for header in headers):
        raise NotRead(WhyNot.HEADERS)
    if not all(_HEADER.fullmatch(header) for header in headers):
        raise NotRead(WhyNot.BROKEN)
    return BytesHeaderParser(policy=_AsWritten()).parsebytes(block)


def _with_newlines(raw: bytes) -> bytes:
    if len(raw) > MOST_BYTES:
        raise NotRead(WhyNot.TOO_LARGE)
    lines = raw.replace(b"\r\n", b"\n")
    if lines.startswith(b"From "):  # how a mail is told from the next one in a file of many: no header
        lines = lines.partition(b"\n")[2]
    # A carriage return alone ends a line only where nothing else does: otherwise it would be a way to smuggle one in.
    return lines if b"\n" in lines else lines.replace(b"\r", b"\n")


def _leaves(whole: Part) -> Iterator[Part]:
    waiting = [whole]
    seen_count = 0
    while waiting:
        part = waiting.pop()
        seen_count += 1
        boundary = part.parameter("boundary").rstrip()
        if not part.kind.startswith("multipart/") or not boundary:
            yield part
            continue
        parents = (*part.parents, part.kind)
        if len(parents) >= MOST_LEVELS:
            raise NotRead(WhyNot.TOO_DEEP)
        room = MOST_PARTS - seen_count - len(waiting)
        inside = [_headers_and_body(piece) for piece in _pieces(part.body, boundary, most=room)]
        waiting.extend(_part(headers, body, parents=parents) for headers, body in reversed(inside))


def _part(headers: "Message[str, str]", body: bytes, *, parents: tuple[str, ...]) -> Part:
    kind, parameters = _content_type(headers, within=parents)
    return Part(headers=headers, body=body, kind=kind, parents=parents, parameters=parameters)


def _headers_and_body(block: bytes) -> "tuple[Message[str, str], bytes]":
    if block.startswith(b"\n"):
        return Message(policy=_AsWritten()), block[1:]
    head, _, body = block.partition(b"\n\n")
    return read_headers(head.rstrip(b"\n")), body


def _pieces(body: bytes, boundary: str, *, most: int) -> Iterator[bytes]:
    """What stands between the boundary's lines (RFC 2046 §5.1.1), up to the closing one or the end."""
    line = re.compile(rb"\n--" + re.escape(boundary.encode("utf-8", "surrogateescape")) + rb"(--)?[ \t]*+(?=\n|\Z)")
    body, begins_at = b"\n" + body, -1
    for count, found in enumerate(line.finditer(body)):
        if begins_at >= 0:
            yield body[begins_at : found.start()]
        if found[1]:
            return
        if count >= most:
            raise NotRead(WhyNot.TOO_MANY_PARTS)
        begins_at = found.end() + 1
    if begins_at >= 0:
        yield body[begins_at:]


def _content_type(headers: "Message[str, str]", *, within: tuple[str, ...]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The type in small letters, and its parameters. Said twice, or too long to read: a type that nobody looks at."""
    said = headers.get_all("Content-Type", [])
    if not said:
        return ("message/rfc822" if within[-1:] == ("multipart/digest",) else "text/plain"), ()
    if len(said) > 1 or len(said[0]) > MOST_CONTENT_TYPE:
        return "application/octet-stream", ()
    try:
        found = headers.get_params(failobj=[], unquote=True)
    except (LookupError, TypeError, ValueError) as fault:  # numbered parameters (RFC 2231) whose numbers make no sense
        raise NotRead(WhyNot.BROKEN) from fault
    # A value in three is in a charset of its own (RFC 2231): no boundary, method or charset needs one.
    parameters = tuple((name.lower(), value if isinstance(value, str) else value[2]) for name, value in found[1:])
    return headers.get_content_type(), parameters
