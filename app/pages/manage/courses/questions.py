"""What everybody who books a course is asked: the questions in their order, and each of them.

Answers given already are kept with what was asked at the time, so questions may change under people who are booked.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from app import changes
from app.courses import MOST_TITLE, Course, written
from app.door import must_be_me, trainer
from app.errors import NotFound
from app.pages.forms import choice, short_text, yes_no
from app.pages.manage.courses.frame import bp, mine, step
from app.pages.manage.courses.lines import lines
from app.pages.manage.editing import EditForm, seen

Asked = dict[str, Any]
NUMBER = f"int(max={written.MOST_LINES}):number"
KINDS = (
    ("text", "In their own words"),
    ("choice", "One of the answers below"),
    ("yes_no", "Yes or no"),
)


class QuestionsForm(EditForm):
    """The buttons of the list: `up`, `down` or `remove`, each with the number of a question."""


@bp.route("/manage/courses/<slug>/questions", methods=["GET", "POST"])
@trainer
def questions(slug: str) -> Response:
    course = mine(slug)
    form = QuestionsForm(seen=seen(course))
    pressed = next((name for name in ("up", "down", "remove") if name in request.form), "")
    number = request.form.get(pressed, 0, type=int)
    done = "The question has been removed." if pressed == "remove" else "The questions are in their new order."
    return step(
        slug,
        form,
        "manage/courses/questions.html",
        act=_keep(form, lambda asked: _rearranged(asked, pressed, number)),
        done=done,
        goes_to=".questions",
        kinds=dict(KINDS),
        most=written.MOST_LINES,
    )


def _rearranged(asked: list[Asked], pressed: str, number: int) -> list[Asked]:
    """Raises NotFound if there is no such question. The first cannot go up, nor the last down: all stays as it is."""
    if not 1 <= number <= len(asked):
        raise NotFound("There is no such question. It may have been removed.")
    at = number - 1
    question = asked.pop(at)
    if pressed != "remove":
        asked.insert(max(at - 1, 0) if pressed == "up" else at + 1, question)
    return asked


class QuestionForm(EditForm):
    ask = short_text("What do you want to ask?", thing="the question", most=written.MOST_LINE)
    kind = choice("How do people answer?", KINDS, thing="how people answer")
    choices = lines(
        "Answers to choose from",
        thing="the answers to choose from",
        most=written.MOST_LINES,
        longest=MOST_TITLE,
        rows=4,
        hint="One to a line. Only if people choose one of them.",
    )
    needed = yes_no("Must everybody answer it?", thing="if everybody must answer it")

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.kind.data == "choice" and not self.choices.data:
            self.refuse("choices", "Enter the answers to choose from, one to a line")
        if self.kind.data != "choice" and self.choices.data:
            self.refuse("choices", "Select ‘One of the answers below’, or take these answers out")
        return not self.errors

    def question(self) -> Asked:
        return {name: self[name].data for name in ("ask", "kind", "choices", "needed")}


@bp.route("/manage/courses/<slug>/questions/new", methods=["GET", "POST"])
@trainer
def new_question(slug: str) -> Response:
    form = QuestionForm(seen=seen(mine(slug)))
    return step(
        slug,
        form,
        "manage/courses/question.html",
        act=_keep(form, lambda asked: [*asked, form.question()]),
        done="The question has been added.",
        goes_to=".questions",
        is_new=True,
    )


@bp.route(f"/manage/courses/<slug>/questions/<{NUMBER}>", methods=["GET", "POST"])
@trainer
def question(slug: str, number: int) -> Response:
    course = mine(slug)
    if not 1 <= number <= len(course.questions):
        raise NotFound("There is no such question. It may have been removed.")
    form = QuestionForm(seen=seen(course), **course.questions[number - 1])
    return step(
        slug,
        form,
        "manage/courses/question.html",
        act=_keep(form, lambda asked: [*asked[: number - 1], form.question(), *asked[number:]]),
        done="The question has been changed.",
        goes_to=".questions",
        is_new=False,
    )


def _keep(form: EditForm, changed: Callable[[list[Asked]], list[Asked]]) -> Callable[[Course, datetime], None]:
    """The questions as `changed` makes them of a copy of what is there."""

    def act(course: Course, now: datetime) -> None:
        wanted = {"questions": changed(list(course.questions))}
        changes.describe_course(course.id, wanted, by=must_be_me(), now=now, seen=form.has_seen)

    return act
