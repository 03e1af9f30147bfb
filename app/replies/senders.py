"""Who a mail says it is from.

Two programs that read one From header differently are how somebody passes for somebody else, so this reader is
strict: what it cannot read in one way only is no address that anybody has.
"""

import re

from app.replies import words

MOST_SENDERS = 20
BLANK = " \t\r\n"

# Nothing here can be read in two ways, so a header of any kind is read in one pass.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*+"|\\.|[(),:;<>"\\]|[^(),:;<>"\\]++', re.DOTALL)
_ADDRESS = re.compile(r"[^\s@\"(),:;<>\[\]\\\x00-\x1f\x7f]+@[^\s@\"(),:;<>\[\]\\\x00-\x1f\x7f]+")


def addresses_in(header: str) -> list[str]:
    """Every one of a From header, folded; '' for what looks like one and is none."""
    found = [_address(mailbox) for mailbox in _mailboxes(words.header_text(header))]
    return [address for address in found if address is not None][:MOST_SENDERS]


def name_in(header: str, *, most: int) -> str:
    """What a From header calls the first of them, or ''."""
    before = header.partition("<")[0] if "<" in header else ""
    return words.one_line(before, most=most + 2).strip('" ').replace("\\", "")[:most]


def _mailboxes(header: str) -> list[str]:
    """Parted at commas and at the marks of groups; without comments, and with NUL for what was in quotes."""
    mailboxes, depth = [""], 0
    for piece in _PIECE.findall(header):
        if piece == "(":
            depth += 1
            mailboxes[-1] += " "
        elif piece == ")":
            depth -= 1
        elif depth > 0:
            continue
        elif piece in {",", ":", ";"}:
            mailboxes.append("")
        else:
            mailboxes[-1] += "\0" if piece[0] in {'"', "\\"} else piece
    return [*mailboxes, "\0@\0"] if depth else mailboxes  # a comment without an end: who knows what it hides


def _address(mailbox: str) -> str | None:
    """None: there is none in it, only words."""
    if "@" not in mailbox and "<" not in mailbox:
        return None
    address, before, after = mailbox.strip(BLANK), "", ""
    if "<" in mailbox:
        before, _, rest = mailbox.partition("<")
        address, _, after = (part.strip(BLANK) for part in rest.partition(">"))
    is_called_otherwise = "@" in before and before.strip(BLANK) != address
    if is_called_otherwise or after or not _ADDRESS.fullmatch(address):
        return ""
    return words.folded(address)
