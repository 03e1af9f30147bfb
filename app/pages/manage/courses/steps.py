"""The steps of posting a course, each a small page of its own."""

from datetime import datetime
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from app import courses, people
from app.courses import MOST_TEXT, MOST_TITLE, Course, written
from app.door import must_be_me, trainer
from app.pages import page, say_length
from app.pages.forms import choice, long_text, pick, short_text, tick, ticks, whole_number
from app.pages.manage.courses.frame import StepForm, bp, describe, mine, step
from app.pages.manage.courses.lines import lines, timed_lines
from app.pages.manage.editing import EditForm, seen

LANGUAGES = (
    ("en", "English"),
    ("cy", "Welsh"),
    ("ar", "Arabic"),
    ("bn", "Bengali"),
    ("bfi", "British Sign Language"),
    ("zh", "Chinese"),
    ("fr", "French"),
    ("gu", "Gujarati"),
    ("ga", "Irish"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("pa", "Punjabi"),
    ("ro", "Romanian"),
    ("gd", "Scottish Gaelic"),
    ("so", "Somali"),
    ("es", "Spanish"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
)


class AboutForm(StepForm):
    title = short_text("Title", thing="the title", most=MOST_TITLE)
    summary = long_text(
        "Summary",
        thing="the summary",
        needed=False,
        most=MOST_TEXT,
        rows=3,
        hint="One or two sentences. Staff see them in the list of courses. You need a summary before you can publish.",
    )
    description = long_text(
        "Description (optional)",
        thing="the description",
        needed=False,
        most=MOST_TEXT,
        rows=10,
        hint="Leave an empty line between paragraphs. Start a line with - for a list. "
        "**two stars** make words bold, and [words](https://example.org) make a link.",
    )
    topic = short_text(
        "Topic (optional)",
        thing="the topic",
        needed=False,
        most=written.MOST_TOPIC,
        width=30,
        hint="Staff can look for sessions by topic. Use one that is there already if it fits.",
    )
    minutes = whole_number(
        "Usual length, in minutes",
        thing="the length in minutes",
        least=1,
        greatest=written.MOST_MINUTES,
        hint="For example, 120 for 2 hours. If it has several parts, the length of one part.",
    )
    parts = whole_number(
        "How many parts it has",
        thing="the number of parts",
        least=1,
        greatest=written.MOST_PARTS,
        hint="1, unless people book once for several dates",
    )
    held = choice("Where it is held", (("room", "In a room"), ("online", "Online")), thing="where it is held")
    bring = long_text(
        "What to bring (optional)",
        thing="what to bring",
        needed=False,
        most=MOST_TEXT,
        rows=2,
        hint="It goes into the emails to those who book",
    )
    language = pick("Language it is taught in", thing="the language", blank="Select a language")

    def wanted(self) -> dict[str, Any]:
        named = super().wanted()
        is_online = named.pop("held") == "online"
        return {**named, "is_online": is_online}


@bp.route("/manage/courses/<slug>/about", methods=["GET", "POST"])
@trainer
def about(slug: str) -> Response:
    course = mine(slug)
    form = AboutForm(obj=course, seen=seen(course), held="online" if course.is_online else "room")
    form.language.choices = _languages(course.language)
    done = "‘About the course’ has been saved."
    return describe(slug, form, "manage/courses/about.html", done=done, topics=courses.topics())


def _languages(now: str) -> list[tuple[str, str]]:
    """With the course's own, which a courses file may have named by any code."""
    return [*LANGUAGES, *([] if now in dict(LANGUAGES) else [(now, now)])]


class ObjectivesForm(StepForm):
    objectives = lines(
        "What people will be able to do afterwards",
        thing="the objectives",
        most=written.MOST_LINES,
        longest=written.MOST_LINE,
        hint="One to a line. Start each with what they will do: ‘Find’, ‘Choose’, ‘Set up’.",
    )


@bp.route("/manage/courses/<slug>/objectives", methods=["GET", "POST"])
@trainer
def objectives(slug: str) -> Response:
    course = mine(slug)
    form = ObjectivesForm(obj=course, seen=seen(course))
    return describe(slug, form, "manage/courses/objectives.html", done="The objectives have been saved.")


class AudienceForm(StepForm):
    audience = long_text(
        "Who the course is for",
        thing="who it is for",
        needed=False,
        most=MOST_TEXT,
        rows=3,
        hint="For example, ‘All staff; no experience needed’",
    )


@bp.route("/manage/courses/<slug>/audience", methods=["GET", "POST"])
@trainer
def audience(slug: str) -> Response:
    course = mine(slug)
    form = AudienceForm(obj=course, seen=seen(course))
    return describe(slug, form, "manage/courses/audience.html", done="‘Who it is for’ has been saved.")


class BookingForm(StepForm):
    places = whole_number("Usual number of places", thing="the number of places", least=1, greatest=written.MOST_PLACES)
    minimum = whole_number(
        "Smallest number of people worth running it for",
        thing="the smallest number",
        least=0,
        greatest=written.MOST_PLACES,
        hint="0 if you run it for however few",
    )
    opens_days_before = whole_number(
        "Booking opens: how many days before the session? (optional)",
        thing="the days",
        needed=False,
        least=1,
        greatest=written.MOST_DAYS_BEFORE,
        hint="Leave it empty if people can book as soon as it is on the timetable",
    )
    closes_hours_before = whole_number(
        "Booking closes: how many hours before the session?",
        thing="the hours",
        least=0,
        greatest=written.MOST_HOURS_BEFORE,
        hint="0 if people can book until it starts; 24 for a day before",
    )
    offer_hours = whole_number(
        "How long do we hold a place for somebody from the waiting list, in hours? (optional)",
        thing="the hours that we hold a place",
        needed=False,
        least=1,
        greatest=written.MOST_OFFER_HOURS,
        hint="Leave it empty for the usual rule: two working days if the session is over a week ahead, 24 hours if it "
        "is two to seven days ahead, 4 hours if it is nearer. It never runs out at night, if that can be helped.",
    )
    last_few = whole_number(
        "How many places are ‘the last few’?",
        thing="the number of last places",
        least=0,
        greatest=written.MOST_PLACES,
        hint="From two weeks before a session, we send its trainers words for a blog or newsletter when so many places "
        "are left. 0 if nobody needs to be told.",
    )
    asks_to_confirm = tick(
        "Ask people a week before whether they are still coming",
        thing="whether to ask people",
        hint="We ask once more two days later. If others are waiting, those who have not answered can lose their place "
        "to them, from three days before the session. The page to book says so. Nobody without an email address of "
        "their own is asked, or loses a place.",
    )

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.minimum.data > self.places.data:
            self.refuse("minimum", f"The smallest number must be {self.places.data} or less, the number of places")
        return not self.errors


@bp.route("/manage/courses/<slug>/booking", methods=["GET", "POST"])
@trainer
def booking(slug: str) -> Response:
    course = mine(slug)
    form = BookingForm(obj=course, seen=seen(course))
    return describe(slug, form, "manage/courses/booking.html", done="The booking rules have been saved.")


class TrainersForm(EditForm):
    trainers = ticks(
        "Who else teaches this course",
        thing="trainers",
        needed=False,
        hint="They can change the course and put it on the timetable. Its owner can do so anyway.",
    )


@bp.route("/manage/courses/<slug>/trainers", methods=["GET", "POST"])
@trainer
def trainers(slug: str) -> Response:
    course = mine(slug)
    teaching = courses.trainers_of(course)
    known = {person.ref: person for person in [*people.trainers(), *teaching] if person.id != course.owner_id}
    form = TrainersForm(trainers=[person.ref for person in teaching], seen=seen(course))
    form.trainers.choices = [
        (ref, person.name, "" if person.is_trainer else "Not a trainer any more") for ref, person in known.items()
    ]

    def act(course: Course, now: datetime) -> None:
        ticked = [known[ref] for ref in form.trainers.data]
        courses.set_trainers(course.id, ticked, by=must_be_me(), now=now, seen=form.has_seen)

    owner = courses.owner_of(course)
    return step(
        slug,
        form,
        "manage/courses/trainers.html",
        act=act,
        done="The trainers have been saved.",
        owner_name=owner.known_as if owner else "",
        may_hand_over=courses.may_hand_over(must_be_me(), course),
    )


class RoomsForm(StepForm):
    room_needs = lines(
        "What the room needs to have",
        thing="the room needs",
        most=written.MOST_LINES,
        longest=MOST_TITLE,
        rows=5,
        hint="One to a line, for example PCs or Projector. "
        "Rooms that have all of it come first when you schedule a session.",
    )


@bp.route("/manage/courses/<slug>/rooms", methods=["GET", "POST"])
@trainer
def rooms(slug: str) -> Response:
    course = mine(slug)
    form = RoomsForm(obj=course, seen=seen(course))
    return describe(slug, form, "manage/courses/rooms.html", done="The room needs have been saved.")


class PlanForm(StepForm):
    plan = timed_lines(
        "Session plan",
        thing="the session plan",
        most=written.MOST_STEPS,
        longest=written.MOST_LINE,
        longest_minutes=written.MOST_MINUTES,
        hint="One step to a line: the minutes, then what happens. For example, ‘15 Welcome’. "
        "Only this course’s trainers and coordinators see it.",
    )


@bp.route("/manage/courses/<slug>/plan", methods=["GET", "POST"])
@trainer
def plan(slug: str) -> Response:
    course = mine(slug)
    form = PlanForm(obj=course, seen=seen(course))
    template, is_sound = "manage/courses/plan.html", request.method == "GET" or form.validate()
    sum_of = say_sum(course, form.plan.data) if is_sound else ""
    if "add_up" in request.form:
        return page(template, form=form, course=course, sum_of=sum_of)
    return describe(slug, form, template, done=f"The session plan has been saved. {sum_of}".strip(), sum_of=sum_of)


def say_sum(course: Course, steps: list[list[Any]]) -> str:
    """How long a plan takes, against how long the course is; '' if there is no plan."""
    if not steps:
        return ""
    planned, whole = sum(minutes for minutes, _ in steps), course.minutes * course.parts
    adds_up = f"The plan adds up to {say_length(planned) or '0 minutes'}"
    if planned == whole:
        return f"{adds_up}, as long as the course."
    apart = f"{say_length(abs(planned - whole))} {'more' if planned > whole else 'less'}"
    return f"{adds_up}: {apart} than the course, which is {say_length(whole)}."
