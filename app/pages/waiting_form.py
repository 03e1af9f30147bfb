"""What somebody is asked who wants to wait for a place, filled in with what they said before."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask import request

from app import bookings, clock, courses, timetable, waiting_list
from app.bookings import Booking
from app.courses import Course
from app.door import must_be_me
from app.errors import AlreadyBooked
from app.notices import kinds
from app.pages import plural
from app.pages.forms import Form, Option, carried, choice, long_text, ticks, what_would_help, with_questions
from app.timetable import TrainingSession
from app.waiting_list import Wait

HOW = (
    Option("ask", "Ask me first and hold the place", "We email you. The email says how long you have to answer."),
    Option("book", "Book it for me; I will cancel if I cannot come", "If it clashes with a booking of yours, we ask."),
)
ANY = Option("any", "Any date, also new ones")
NEW = Option("new", "A date that is not there yet")


class WaitForm(Form):
    wants = choice("Which dates do you want to wait for?", thing="which dates you want to wait for")
    dates = ticks("Dates", thing="at least one date", needed=False)
    how = choice("What should we do when a place is free?", HOW, thing="what we should do when a place is free")
    would_suit = long_text(
        "What would suit you? (optional)",
        thing="what would suit you",
        needed=False,
        most=waiting_list.MOST_WOULD_SUIT,
        rows=2,
        hint="For example days, times of day or a site. It helps us to plan new dates.",
    )
    access_needs = what_would_help()
    instead_of = carried(most=12)

    def validate(self, extra_validators: Any = None) -> bool:
        if self.dates:
            self.dates.needed = self.wants.data == "these"
        return super().validate(extra_validators)

    def choose_usual(self) -> None:
        """Where nothing has been chosen yet: this date, asked first."""
        if self.wants:
            self.wants.data = self.wants.data or self.wants.choices[0].value
        self.how.data = self.how.data or "ask"


class Asking:
    """Somebody before the waiting form of a date, or of a course: what they have, what they said, what there is.

    keeps: the booking on another date that they have, and give up for the one that they wait for.
    """

    def __init__(
        self,
        course: Course,
        training_session: TrainingSession | None = None,
        *,
        now: datetime,
        gives_up: str | None = None,
    ) -> None:
        """gives_up: the ref of the session that they have said they give up, '' for none; None if not asked yet."""
        self.course, self.training_session, self.now = course, training_session, now
        self.person = must_be_me()
        self.wait = waiting_list.of_person(self.person, course.id)
        self.keeps = self._what_they_have(gives_up)
        self._own_id = training_session.id if training_session else None
        kept_id = self.keeps.training_session_id if self.keeps else None
        self.dates = timetable.open_dates_of(course.id, now=now, apart_from=kept_id)
        self.counts = waiting_list.counts(self.dates)
        self.place, self.is_in_line = self._place()

    def again(self) -> "Asking":
        """The same after a refusal: nothing that was read before holds any more, nor what they said they have."""
        if self.training_session is None:
            return Asking(courses.published(self.course.slug), now=self.now)
        this = timetable.visible(self.training_session.ref)
        return Asking(this.course, this, now=self.now)

    def form(self) -> WaitForm:
        form = with_questions(WaitForm, courses.questions_of(self.course))(data=self._said())
        form.wants.choices = self._ways()
        form.dates.choices = [_option(date, self.counts) for date in self.dates]
        if self.wait is not None:
            form.fill_in(self.wait.answers)
        if not self.dates:
            del form.wants
        if not self.has_other_dates:
            del form.dates
        form.instead_of.data = self.keeps.training_session.ref if self.keeps else ""
        return form

    def wanted(self, form: WaitForm) -> tuple[kinds.Wants, list[int]]:
        """What a sound form says: which dates, and the ids of those that it names."""
        wants = form.wants.data if form.wants else NEW.value
        if wants == "this" and self.training_session is not None:
            return "these", [self.training_session.id]
        if wants == "these":
            return "these", [date.id for date in self.dates if date.ref in form.dates.data]
        return ("any" if wants == ANY.value else "new"), []

    @property
    def is_last_day(self) -> bool:
        this = self.training_session
        return this is not None and waiting_list.is_last_day(this.starts_at, self.now)

    @property
    def waiting_count(self) -> int:
        """How many wait for this date."""
        return self.counts.get(self.training_session.id, 0) if self.training_session else 0

    @property
    def free_dates(self) -> list[TrainingSession]:
        """Other dates that have places left."""
        return [date for date in self.dates if not date.is_full and date.id != self._own_id]

    def _what_they_have(self, gives_up: str | None) -> Booking | None:
        """Raises AlreadyBooked if they are on a date that has begun: then there is nothing to change."""
        coming = bookings.coming_on_course(self.person, self.course.id, now=self.now)
        changeable = {each.training_session.ref: each for each in coming if each.training_session.starts_at > self.now}
        if coming and not changeable:
            raise AlreadyBooked("You have a place on this course already.", booking_ref=coming[0].ref)
        if gives_up is not None:
            return changeable.get(gives_up.upper())
        usual = next(iter(changeable.values()), None)
        return changeable.get(request.args.get("instead_of", "").upper(), usual)

    @property
    def has_other_dates(self) -> bool:
        """Whether there is a date besides the one whose form this is."""
        return any(date.id != self._own_id for date in self.dates)

    def _place(self) -> tuple[int, bool]:
        """Where they stand for this date, or would; and whether they do. (0, False) on a course's form."""
        this = self.training_session
        if this is None:
            return 0, False
        if self.wait is None:
            return self.counts.get(this.id, 0) + 1, False
        ahead_count = waiting_list.ahead_of(self.wait, [this]).get(this.id, 0)
        return ahead_count + 1, bool(waiting_list.suited_among(self.wait, [this]))

    def _ways(self) -> list[Option]:
        this = self.training_session
        own = [Option("this", "This date", clock.say_span(this.starts_at, this.ends_at))] if this else []
        several = [Option("these", "Some of these dates")] if self.has_other_dates else []
        return [*own, ANY, NEW, *several]

    def _said(self) -> dict[str, Any]:
        """What the form shows before anybody has typed."""
        this = self.training_session
        own_ref = {this.ref} if this else set()
        if self.wait is None:
            return {"wants": "this" if this else None, "how": "ask", "dates": own_ref}
        named = {date.ref for date in waiting_list.wanted_dates([self.wait]).get(self.wait.id, [])}
        return {
            "wants": _chosen(self.wait, named, this),
            "dates": named | own_ref,
            "how": "book" if self.wait.books_at_once else "ask",
            "would_suit": self.wait.would_suit,
            "access_needs": self.wait.access_needs,
        }


def _chosen(wait: Wait, named: Collection[str], this: TrainingSession | None) -> str:
    """What they wait for, as one of the ways of this form."""
    if this is None or wait.wants == "any":
        return wait.wants
    others = set(named) - {this.ref}
    return "these" if wait.wants == "these" and others else "this"


def _option(date: TrainingSession, counts: dict[int, int]) -> Option:
    waiting = counts.get(date.id, 0)
    places = "full" if date.is_full else f"{plural(date.places_left, 'place')} left"
    line = f", {plural(waiting, 'person is', 'people are')} waiting" if waiting else ""
    return Option(date.ref, clock.say_span(date.starts_at, date.ends_at), f"{date.where}: {places}{line}")
