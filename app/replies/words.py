"""Words out of a mail: whatever it claims, they come out as text that can be kept and shown, and no longer than asked.

Hostile all the same: what shows them escapes them.
"""

from contextlib import suppress
from email.errors import MessageError
from email.header import decode_header

from app.notices import pens
from app.replies.parts import known_charset

# Encoded words are looked for again from each of their beginnings.
MOST_ENCODED = 2000
MOST_ADDRESS = 254


def as_text(written: bytes, charset: str = "") -> str:
    """In its charset, else as UTF-8. What is not in it becomes U+FFFD."""
    return written.decode(known_charset(charset) or "utf-8", "replace")


def header_text(written: str) -> str:
    """A header as it came, its bytes that are no ASCII kept as surrogates."""
    return as_text(written.encode("utf-8", "surrogateescape"))


def one_line(written: str, *, most: int) -> str:
    """A header's words, decoded (RFC 2047), on one line."""
    text = header_text(written)[:MOST_ENCODED]
    with suppress(MessageError, ValueError):  # then as it stands
        text = "".join(_piece(piece, charset) for piece, charset in decode_header(text))
    return pens.one_line(text)[:most].strip()


def many_lines(written: bytes, charset: str, *, most: int) -> str:
    return pens.lines(as_text(written[: 8 * most], charset)[: 2 * most])[:most].strip()


def is_plain(text: str) -> bool:
    """Nothing in it that cannot be seen or kept."""
    return pens.one_line(text) == text


def folded(address: str) -> str:
    """In small letters, to be compared; '' for one that no mailbox has.

    No letter becomes an English one that was none (K, the Kelvin sign).
    """
    small = "".join(
        letter if letter.casefold().isascii() and not letter.isascii() else letter.casefold() for letter in address
    )
    return small if len(small) <= MOST_ADDRESS and is_plain(small) else ""


def _piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    # Beside encoded words, the library writes down the plain ones like this.
    return as_text(piece, charset) if charset else piece.decode("raw-unicode-escape", "replace")
