"""Two pens that write the same letter: one plain text, one HTML. A template cannot tell them apart.

A letter's template calls `say`, `details`, `link` and so on, and is rendered once with each pen, so the two
versions cannot drift apart. What people typed is inert in both: control characters are gone, HTML is escaped,
and only web addresses become links. The HTML has no tables for layout, no pictures and nothing from
elsewhere.
"""

import re
import textwrap
from collections.abc import Iterable
from typing import Protocol

from markupsafe import Markup, escape

WIDTH = 76
FONT = "font-family:Arial,Helvetica,sans-serif;color:#212b32"
BIG = f"{FONT};font-size:24px;line-height:32px;font-weight:bold;margin:0 0 20px"
MIDDLE = f"{FONT};font-size:19px;line-height:26px;font-weight:bold;margin:28px 0 12px"
PLAIN = f"{FONT};font-size:17px;line-height:25px;margin:0 0 16px"
SMALL = f"{FONT};font-size:15px;line-height:22px;margin:0"
LABEL = f"{FONT};font-size:17px;line-height:25px;font-weight:bold;margin:0"
VALUE = f"{FONT};font-size:17px;line-height:25px;margin:0 0 12px;overflow-wrap:anywhere"
CELL = f"{FONT};font-size:17px;line-height:25px;padding:8px 16px 8px 0;text-align:left;vertical-align:top"
QUOTE = "margin:0 0 20px;padding:4px 0 0 16px;border-left:4px solid #d8dde0;overflow-wrap:anywhere"
RULE = ";border-bottom:1px solid #d8dde0"
LINK = "color:#005eb8;overflow-wrap:anywhere"
BUTTON = (
    "display:inline-block;background:#007f3b;color:#ffffff;font-family:Arial,Helvetica,sans-serif;"
    "font-size:17px;line-height:25px;font-weight:bold;text-decoration:none;padding:12px 20px;border-radius:4px"
)
CODE = f"{FONT};font-size:32px;line-height:40px;font-weight:bold;letter-spacing:4px;margin:0 0 20px"

_LINE_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters, and those that turn writing round: a way to make one address look like another.
_UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?) (\d[A-Z]{2})\b")

Pair = tuple[str, str]


def one_line(text: str) -> str:
    """Text that fits a header: no line breaks, nothing that cannot be seen."""
    return " ".join(_UNPRINTABLE.sub("", _LINE_BREAK.sub(" ", text.replace("\t", " "))).split())


def lines(text: str) -> str:
    """Text in which line breaks are kept, each a single `\\n`, and nothing else that cannot be seen."""
    plain = _UNPRINTABLE.sub("", _LINE_BREAK.sub("\n", text.replace("\t", " ")))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in plain.split("\n"))).strip()


class Pen(Protocol):
    """What a letter's template may call. Empty values and empty lists write nothing."""

    def begin(self, subject: str) -> str: ...
    def title(self, text: str) -> str: ...
    def heading(self, text: str) -> str: ...
    def say(self, text: str) -> str: ...
    def small(self, text: str) -> str: ...
    def quoted(self, text: str) -> str: ...
    def details(self, pairs: Iterable[Pair]) -> str: ...
    def changes(self, rows: Iterable[tuple[str, str, str]]) -> str: ...
    def listed(self, items: Iterable[str]) -> str: ...
    def link(self, text: str, address: str) -> str: ...
    def button(self, text: str, address: str) -> str: ...
    def code(self, text: str) -> str: ...
    def foreign(self, text: str, language: str) -> str: ...
    def rule(self) -> str: ...
    def end(self) -> str: ...


class TextPen:
    """Writes plain text, wrapped. Keeps the subject that it was begun with."""

    subject = ""

    def begin(self, subject: str) -> str:
        self.subject = one_line(subject)
        return ""

    def title(self, text: str) -> str:
        return self.say(text)

    def heading(self, text: str) -> str:
        return "\n" + self.say(text)

    def say(self, text: str) -> str:
        return f"{_wrapped(text)}\n\n" if text else ""

    def small(self, text: str) -> str:
        return self.say(text)

    def quoted(self, text: str) -> str:
        """Somebody's own words, marked line by line, so that none of them can pass for ours."""
        told = [_wrapped(line, first="> ", indent="> ") or ">" for line in text.split("\n")]
        return "\n".join(told) + "\n\n" if text else ""

    def details(self, pairs: Iterable[Pair]) -> str:
        told = [_wrapped(f"{label}: {value}", indent="  ") for label, value in pairs if value]
        return "\n".join(told) + "\n\n" if told else ""

    def changes(self, rows: Iterable[tuple[str, str, str]]) -> str:
        told = [
            f"{label}\n{_wrapped(f'Was: {before}', first='  ', indent='    ')}\n"
            f"{_wrapped(f'Now: {after}', first='  ', indent='    ')}\n\n"
            for label, before, after in rows
        ]
        return "".join(told)

    def listed(self, items: Iterable[str]) -> str:
        told = [_wrapped(f"- {item}", indent="  ") for item in items]
        return "\n".join(told) + "\n\n" if told else ""

    def link(self, text: str, address: str) -> str:
        return f"{_wrapped(f'{text}:')}\n{one_line(address)}\n\n"

    def button(self, text: str, address: str) -> str:
        return self.link(text, address)

    def code(self, text: str) -> str:
        return f"    {one_line(text)}\n\n"

    def foreign(self, text: str, language: str) -> str:
        return text

    def rule(self) -> str:
        return "\n---\n\n"

    def end(self) -> str:
        return ""


class HtmlPen:
    """Writes simple HTML that mail programs show as it is meant, on a telephone too."""

    def begin(self, subject: str) -> Markup:
        return Markup(
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            "<title>{}</title>\n</head>\n"
            '<body style="margin:0;padding:0;background:#ffffff">\n'
            '<div style="max-width:600px;margin:0 auto;padding:24px 16px">\n'
        ).format(Markup(" ").join(subject.split()))

    def title(self, text: str) -> Markup:
        return Markup('<h1 style="{}" dir="auto">{}</h1>\n').format(BIG, text)

    def heading(self, text: str) -> Markup:
        return Markup('<h2 style="{}" dir="auto">{}</h2>\n').format(MIDDLE, text)

    def say(self, text: str) -> Markup:
        paragraphs = [part for part in escape(text).split("\n\n") if part]
        return Markup("").join(
            Markup('<p style="{}" dir="auto">{}</p>\n').format(PLAIN, _broken(part)) for part in paragraphs
        )

    def small(self, text: str) -> Markup:
        return Markup('<p style="{}">{}</p>\n').format(SMALL, _broken(escape(text))) if text else Markup("")

    def quoted(self, text: str) -> Markup:
        return Markup('<blockquote style="{}">\n{}</blockquote>\n').format(QUOTE, self.say(text)) if text else Markup()

    def details(self, pairs: Iterable[Pair]) -> Markup:
        told = [
            Markup('<dt style="{}">{}</dt><dd style="{}" dir="auto">{}</dd>\n').format(
                LABEL, label, VALUE, _linked(value)
            )
            for label, value in pairs
            if value
        ]
        return Markup('<dl style="margin:0 0 16px">\n{}</dl>\n').format(Markup("").join(told)) if told else Markup()

    def changes(self, rows: Iterable[tuple[str, str, str]]) -> Markup:
        head = Markup('<tr><td style="{0}"></td><th scope="col" style="{0}">Was</th>').format(CELL + RULE)
        head += Markup('<th scope="col" style="{}">Now</th></tr>\n').format(CELL + RULE)
        told = [
            Markup(
                '<tr><th scope="row" style="{0}">{1}</th><td style="{0}" dir="auto">{2}</td>'
                '<td style="{0};font-weight:bold" dir="auto">{3}</td></tr>\n'
            ).format(CELL + RULE, label, _linked(before), _linked(after))
            for label, before, after in rows
        ]
        table = Markup('<table style="border-collapse:collapse;margin:0 0 24px">\n{}{}</table>\n')
        return table.format(head, Markup("").join(told)) if told else Markup()

    def listed(self, items: Iterable[str]) -> Markup:
        told = [Markup('<li style="margin:0 0 8px" dir="auto">{}</li>\n').format(item) for item in items]
        style = PLAIN + ";padding-left:24px"
        return Markup('<ul style="{}">\n{}</ul>\n').format(style, Markup("").join(told)) if told else Markup()

    def link(self, text: str, address: str) -> Markup:
        return Markup('<p style="{}">{}</p>\n').format(PLAIN, _anchor(text, address, style=LINK))

    def button(self, text: str, address: str) -> Markup:
        style = "margin:0 0 20px"
        return Markup('<p style="{}">{}</p>\n').format(style, _anchor(text, address, style=BUTTON))

    def code(self, text: str) -> Markup:
        return Markup('<p style="{}">{}</p>\n').format(CODE, one_line(text))

    def foreign(self, text: str, language: str) -> str:
        if language == "en":
            return text
        return Markup('<span lang="{}" dir="auto">{}</span>').format(language, text)

    def rule(self) -> Markup:
        return Markup('<hr style="border:0;border-top:1px solid #d8dde0;margin:32px 0 16px">\n')

    def end(self) -> Markup:
        return Markup("</div>\n</body>\n</html>\n")


def _wrapped(text: str, *, first: str = "", indent: str = "") -> str:
    """Each line of a text wrapped; an address that is too long stays whole, and so does a postcode."""
    wrapped: list[str] = []
    for number, line in enumerate(_POSTCODE.sub("\\1\N{NO-BREAK SPACE}\\2", text).split("\n")):
        wrapped += textwrap.wrap(
            line,
            WIDTH,
            initial_indent=indent if number else first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(wrapped).replace("\N{NO-BREAK SPACE}", " ")


def _broken(text: Markup) -> Markup:
    return text.replace("\n", Markup("<br>\n"))


def _linked(value: str) -> Markup:
    """A value as it is, or as a link if it is a web address and nothing else."""
    is_address = value.startswith(("https://", "http://")) and " " not in value and "\n" not in value
    return _anchor(value, value, style=LINK) if is_address else _broken(escape(value))


def _anchor(text: str, address: str, *, style: str) -> Markup:
    if not address.startswith(("https://", "http://", "mailto:", "tel:")):
        return Markup("{}: {}").format(text, address)  # whatever else it is, nobody clicks it
    return Markup('<a href="{}" style="{}">{}</a>').format(address, style, text)
