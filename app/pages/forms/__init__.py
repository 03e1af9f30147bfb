"""Forms: what a page asks, one line per question, and what it says when an answer will not do.

Every sentence is ours, begins with 'Enter', 'Select' or the thing's own name and says what to do. What was
typed is never lost: a form that is sent back shows it again. A post that does not carry our own token is not
acted on: the same page comes back with what was typed, a fresh token and a request to press the button again.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Protocol, TypeVar, cast

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import Field
from wtforms.validators import ValidationError

from app import door
from app.pages.forms import choices as chosen
from app.pages.forms import fields, values
from app.pages.forms.choices import Option

__all__ = [
    "Form",
    "Option",
    "Question",
    "SearchForm",
    "attachment",
    "carried",
    "choice",
    "code",
    "day",
    "email",
    "long_text",
    "phone",
    "pick",
    "require_own_page",
    "short_text",
    "tick",
    "ticks",
    "time_of_day",
    "what_would_help",
    "whole_number",
    "with_questions",
    "yes_no",
]

NOT_OUR_PAGE = "We could not check that this came from your own page. Please press the button again."
POSTING = {"POST", "PUT", "PATCH", "DELETE"}


class Question(Protocol):
    """What a course asks whoever books it."""

    @property
    def key(self) -> str: ...
    @property
    def ask(self) -> str: ...
    @property
    def kind(self) -> str: ...  # 'text', 'choice' or 'yes_no'
    @property
    def choices(self) -> Sequence[str]: ...
    @property
    def needed(self) -> bool: ...


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF carries no types
    """A form that posts. Its fields are class attributes, in the order they are asked."""

    questions: ClassVar[dict[str, str]] = {}  # field name: what the course asks

    def __init__(self, formdata: MultiDict[str, Any] | None = None, **facts: Any) -> None:
        typed = _typed() if formdata is None else formdata
        self.is_typed = typed is not None
        super().__init__(formdata=typed, **facts)

    def validate(self, extra_validators: Any = None) -> bool:
        sound = bool(super().validate(extra_validators))
        if sound and request.method in POSTING:
            door.forget_typed()
        if "csrf_token" in self and self.csrf_token.errors:
            self.csrf_token.errors = [NOT_OUR_PAGE]
        return sound

    def refuse(self, field: Field | str, sentence: str) -> None:
        """Put a refusal beside a field, given as itself or by name; a name we do not ask goes to the top."""
        found = self._fields.get(field) if isinstance(field, str) else field
        if found is None:
            self.form_errors.append(sentence)
        else:
            found.errors = [*found.errors, sentence]

    def problems(self) -> list[dict[str, str]]:
        """What the error summary lists: the form's own, then each field's with the address of its element."""
        listed = [{"text": sentence} for sentence in self.form_errors]
        for field in self:
            anchor = getattr(field, "anchor", "")
            link = {"href": f"#{anchor}"} if anchor else {}
            listed += [{"text": sentence, **link} for sentence in field.errors[:1]]
        return sorted(listed, key=lambda problem: "href" in problem)

    def asked(self) -> list[Field]:
        """The fields of the course's own questions, in their order."""
        return [self[name] for name in self.questions]

    def fill_in(self, pairs: Iterable[Sequence[str]]) -> None:
        """Fill in the course's own questions as they were answered before, unless something has been typed."""
        said = {pair[0]: pair[1] for pair in pairs}
        for name, ask in self.questions.items():
            if ask in said and not self.is_typed:
                self[name].process_data(said[ask])

    def answers(self) -> list[list[str]]:
        """[what was asked, the answer] for each question of the course that was answered."""
        pairs = [[ask, self[name].said] for name, ask in self.questions.items()]
        return [pair for pair in pairs if pair[1]]


class SearchForm(Form):
    """A form that asks by address (GET), such as the filters of a list. It changes nothing: no token."""

    class Meta:
        csrf = False

    def __init__(self, **facts: Any) -> None:
        super().__init__(formdata=request.args, **facts)


F = TypeVar("F", bound=Form)


def with_questions(form_class: type[F], questions: Iterable[Question]) -> type[F]:
    """The form with the questions of a course after its own."""
    built = {_name_of(question): question for question in questions}
    facts = {name: _question(question) for name, question in built.items()}
    asks = {name: question.ask for name, question in built.items()}
    make: Any = type(form_class)
    return cast("type[F]", make(form_class.__name__, (form_class,), {**facts, "questions": asks}))


def require_own_page() -> None:
    """For a post without a form class: a lone button. Raises CSRFError, which answers 400."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as fault:
        raise CSRFError(NOT_OUR_PAGE) from fault


def short_text(
    label: str,
    *,
    thing: str = "",
    needed: bool = True,
    most: int = 120,
    hint: str | None = None,
    autocomplete: str | None = None,
    width: int | None = None,
) -> fields.Text:
    """One line. width: of the box in characters: 2, 3, 4, 5, 10, 20 or 30."""
    return fields.Text(label, thing=thing, needed=needed, most=most, hint=hint, autocomplete=autocomplete, width=width)


def long_text(
    label: str,
    *,
    thing: str = "",
    needed: bool = True,
    most: int = 4000,
    hint: str | None = None,
    rows: int = 5,
) -> fields.LongText:
    return fields.LongText(label, thing=thing, needed=needed, most=most, hint=hint, rows=rows)


def what_would_help() -> fields.LongText:
    """Asked of whoever books or waits for themselves."""
    return long_text(
        "What would help you take part? (optional)",
        thing="what would help you",
        needed=False,
        most=1000,
        rows=3,
        hint="For example step-free access, a hearing loop, large print. You do not need to say why.",
    )


def email(
    label: str = "Your email address",
    *,
    thing: str = "",
    needed: bool = True,
    hint: str | None = None,
    autocomplete: str | None = "email",
) -> fields.Email:
    """autocomplete: None where it is somebody else's address."""
    return fields.Email(label, thing=thing, needed=needed, most=254, hint=hint, autocomplete=autocomplete, width=30)


def code(label: str = "6-digit code", *, thing: str = "the 6-digit code", hint: str | None = None) -> fields.Code:
    return fields.Code(label, thing=thing, most=40, hint=hint, autocomplete="one-time-code", width=10)


def phone(
    label: str = "Your phone number",
    *,
    thing: str = "",
    needed: bool = True,
    hint: str | None = None,
    autocomplete: str | None = "tel",
) -> fields.Phone:
    return fields.Phone(label, thing=thing, needed=needed, most=40, hint=hint, autocomplete=autocomplete, width=20)


def whole_number(
    label: str, *, least: int, greatest: int, thing: str = "", needed: bool = True, hint: str | None = None
) -> values.WholeNumber:
    return values.WholeNumber(label, least=least, greatest=greatest, thing=thing, needed=needed, hint=hint, width=5)


def day(label: str, *, thing: str = "", needed: bool = True, hint: str | None = "For example, 6 10 2026") -> values.Day:
    """A date, in three boxes."""
    return values.Day(label, thing=thing, needed=needed, hint=hint)


def time_of_day(
    label: str, *, thing: str = "", needed: bool = True, hint: str | None = "For example, 9:30am or 14:00"
) -> values.TimeOfDay:
    """A wall time: it has no zone until the page gives it a date."""
    return values.TimeOfDay(label, thing=thing, needed=needed, most=20, hint=hint, width=5)


def yes_no(label: str, *, thing: str, needed: bool = True, hint: str | None = None) -> chosen.YesNo:
    """thing: as in 'Select if you need step-free access'."""
    return chosen.YesNo(label, thing=thing, needed=needed, hint=hint)


def choice(
    label: str, choices: Iterable[Any] = (), *, thing: str = "", needed: bool = True, hint: str | None = None
) -> chosen.Choice:
    """Radios. choices: texts, (value, text) or (value, text, hint); `form.x.choices = …` sets them later."""
    return chosen.Choice(label, choices=choices, thing=thing, needed=needed, hint=hint)


def pick(
    label: str,
    choices: Iterable[Any] = (),
    *,
    thing: str = "",
    needed: bool = True,
    hint: str | None = None,
    blank: str = "Select one",
) -> chosen.Pick:
    """A drop-down list, for more answers than radios can show. blank: what stands there before a choice."""
    return chosen.Pick(label, choices=choices, thing=thing, needed=needed, hint=hint, blank=blank)


def tick(label: str, *, thing: str = "", needed: bool = False, hint: str | None = None) -> chosen.Tick:
    return chosen.Tick(label, thing=thing, needed=needed, hint=hint)


def ticks(
    label: str, choices: Iterable[Any] = (), *, thing: str = "", needed: bool = True, hint: str | None = None
) -> chosen.Ticks:
    return chosen.Ticks(label, choices=choices, thing=thing, needed=needed, hint=hint)


def attachment(
    label: str, *, endings: tuple[str, ...], thing: str = "", needed: bool = True, hint: str | None = None
) -> fields.Attachment:
    """endings: such as ('.csv', '.xlsx')."""
    return fields.Attachment(label, endings=endings, thing=thing, needed=needed, hint=hint)


def carried(*, most: int = 200) -> fields.Carried:
    """A hidden value, drawn by `form_start`. '' if the browser sent none: never trusted."""
    return fields.Carried("", thing="the hidden part of this page", needed=False, most=most)


def _typed() -> MultiDict[str, Any] | CombinedMultiDict[str, Any] | None:
    """What an HTML form sent (JSON is no form), or what was typed before somebody had to sign in again."""
    if request.method in POSTING:
        return CombinedMultiDict([request.files, request.form])
    before = door.typed_before()
    return MultiDict(before) if before else None


def _name_of(question: Question) -> str:
    return "answer_" + re.sub(r"[^A-Za-z0-9_-]", "_", question.key)


def _question(question: Question) -> Field:
    thing = f"your answer to ‘{question.ask}’"
    if question.kind == "yes_no":
        return yes_no(question.ask, thing=thing, needed=question.needed)
    if question.kind == "choice":
        return choice(question.ask, question.choices, thing=thing, needed=question.needed)
    return short_text(question.ask, thing=thing, needed=question.needed, most=500)
