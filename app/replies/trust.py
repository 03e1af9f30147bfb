"""Whether our own mail server vouches for whom a mail says it is from.

Anybody can write Authentication-Results into a mail. Ours puts its own above all others, so only the topmost counts,
and only if it bears our server's name. It is read strictly (RFC 8601): comments and what is in quotes say nothing,
and what cannot be read vouches for nobody. The package authres reads it too, but takes `x=dmarc=pass` for a result,
stops without a word at what it does not know, loses its way in nested comments, and saw its last release in 2019.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

MOST_BYTES = 8000
NO_RESULT = frozenset({"none", "temperror", "permerror"})

# One pass each: no part of a header fits two places of a pattern.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*+"|\\.|[()";\\]|[^()";\\]++', re.DOTALL)
_SERVER = re.compile(r'\s*+(?:"([^"\\]*+)"|([^\s";=]++))(?:\s++(\d++))?+\s*+', re.ASCII)
_RESULT = re.compile(r"\s*+([A-Za-z][\w-]*+)\s*+(?:/\s*+1\s*+)?+=\s*+([A-Za-z][\w-]*+)(?=\s|\Z)", re.ASCII)
_PROPERTY = re.compile(
    r'\s++([\w-]++(?:\s*+\.\s*+[\w-]++)*+)\s*+=\s*+((?:"(?:[^"\\]|\\.)*+"|[^\s"\\;()])*+)(?=\s|\Z)', re.ASCII
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Verdict(StrEnum):
    """PASS: it is from who it says. NONE: nothing is known. FAIL: it is not, or ours cannot be read."""

    PASS = "pass"  # noqa: S105 - no secret
    NONE = "none"
    FAIL = "fail"


class _Unreadable(Exception):
    pass


def verdict_of(results: Sequence[str], *, authserv_id: str, sender_domain: str) -> Verdict:
    """results: a mail's Authentication-Results, topmost first. sender_domain: of its From, '' if there is not one."""
    if not results or not authserv_id:
        return Verdict.NONE
    is_long = len(results[0]) > MOST_BYTES or bool(_CONTROL.search(results[0]))
    try:
        server, *said = _clauses(results[0][:MOST_BYTES])
        if not _is_ours(server, authserv_id):
            return Verdict.NONE
        return Verdict.FAIL if is_long else _judged(said, sender_domain.lower())
    except _Unreadable:
        # Whose it is cannot be told: if it may be ours, then it vouches for nobody.
        return Verdict.FAIL if authserv_id.strip().lower() in results[0].lower() else Verdict.NONE


def _judged(said: list[str], domain: str) -> Verdict:
    verdicts = {_verdict(result, properties, domain) for result, properties in _dmarc(said)}
    if len(verdicts) > 1:
        return Verdict.FAIL
    return verdicts.pop() if verdicts else Verdict.NONE


def _verdict(result: str, properties: list[tuple[str, str]], domain: str) -> Verdict:
    if result in NO_RESULT:
        return Verdict.NONE
    vouched_for = {value for name, value in properties if name == "header.from"}
    return Verdict.PASS if result == "pass" and domain and vouched_for == {domain} else Verdict.FAIL


def _clauses(header: str) -> list[str]:
    """What stands between semicolons, comments taken out. Raises _Unreadable."""
    clauses, depth = [""], 0
    for piece in _PIECE.findall(header):
        if piece == "(":
            depth += 1
            clauses[-1] += " "
        elif piece == ")":
            depth -= 1
        elif depth == 0 and piece == ";":
            clauses.append("")
        elif depth == 0:
            clauses[-1] += piece
        if depth < 0:
            raise _Unreadable
    if depth:
        raise _Unreadable
    return clauses


def _is_ours(server: str, authserv_id: str) -> bool:
    found = _SERVER.fullmatch(server)
    return found is not None and (found[1] or found[2] or "").lower() == authserv_id.strip().lower()


def _dmarc(clauses: list[str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each result for DMARC with its properties, in small letters. All others are read too, to be sure of these."""
    for clause in clauses:
        if clause.strip().lower() in {"", "none"}:
            continue
        method = _RESULT.match(clause)
        if not method:
            raise _Unreadable
        properties = list(_properties(clause, method.end()))
        if method[1].lower() == "dmarc":
            yield method[2].lower(), properties


def _properties(clause: str, at: int) -> Iterator[tuple[str, str]]:
    while clause[at:].strip():
        found = _PROPERTY.match(clause, at)
        if not found or found[1].lower() == "dmarc":  # a result that lost its semicolon: whose is it?
            raise _Unreadable
        yield "".join(found[1].split()).lower(), re.sub(r"\\(.)", r"\1", found[2].strip('"')).lower()
        at = found.end()
