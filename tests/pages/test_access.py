"""The matrix: each page of those who run training × who asks × their own and others'."""

import re

import pytest

from app.courses import CourseTrainer
from app.db import db
from tests import make
from tests.pages.scene import routes, rows, token

RUN_BY = ("coordinator", "owner", "course trainer", "session trainer")
# Who may, by what the address is about; the first line that fits counts. `stranger` is a trainer of something else.
MAY = [
    ("/manage/sessions/<ref>/repeat", {"coordinator", "owner", "course trainer"}),
    ("/manage/sessions/<ref>/<…>", {*RUN_BY}),
    ("/manage/bookings/<ref><…>", {*RUN_BY}),
    ("/manage/courses/<slug>/owner", {"coordinator", "owner"}),
    ("/manage/courses/<slug>/<…>", {"coordinator", "owner", "course trainer"}),
    ("/manage/courses<…>", {*RUN_BY, "stranger"}),
    ("/manage/timetable<…>", {*RUN_BY, "stranger"}),
    ("/manage/rooms/day<…>", {*RUN_BY, "stranger"}),
    ("/manage/<…>", {"coordinator"}),
]
VISITORS = ("nobody", "staff", "stranger", *RUN_BY)


class Service:
    """A course with an owner, a trainer of its own and a session that a third runs; and a trainer of something else."""

    def __init__(self, office):
        self.office = office
        self.people = {"nobody": None, "staff": make.person("Sam Staff"), "coordinator": make.coordinator()}
        self.people |= {name: make.trainer(name.title()) for name in VISITORS if name not in self.people}
        self.course = make.course(owner=self.people["owner"])
        office.do(
            lambda: db.session.add(CourseTrainer(course_id=self.course.id, person_id=self.people["course trainer"].id))
        )
        self.room = make.room(capacity=20)
        self.session = make.training_session(
            course=self.course, room=self.room, trainers=[self.people["session trainer"]]
        )
        make.training_session(trainers=[self.people["stranger"]])
        self.booking = make.booking(self.session, self.people["staff"])
        self.notice = office.notices("booked")[0]
        self.reply = make.reply(self.booking)

    def address(self, rule):
        """The page of this rule that is about the course, its session, its room or somebody booked."""
        refs = {
            "/manage/courses/": {"slug": self.course.slug},
            "/manage/sessions/": {"ref": self.session.ref, "booking_ref": self.booking.ref, "number": self.notice.id},
            "/manage/bookings/": {"ref": self.booking.ref},
            "/manage/replies/": {"number": self.reply.id},
            "/manage/rooms/": {"slug": self.room.slug},
            "/manage/sites/": {"id": self.room.site_id, "site_id": self.room.site_id, "number": self.room.site_id},
            "/manage/people/": {"ref": self.people["staff"].ref},
            "/manage/notices/": {"number": self.notice.id},
        }
        of = next((found for start, found in refs.items() if rule.startswith(start)), {})
        return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda name: str(of.get(name[1], 1)), rule)


def who_may(rule):
    for pattern, who in MAY:
        start = pattern.removesuffix("<…>")
        if rule.startswith(start) or rule == start.removesuffix("/"):
            return who
    raise LookupError(rule)


def kept_for_those_who_run_training(app, *methods):
    return sorted(
        {
            rule
            for (rule, method), view in routes(app).items()
            if method in methods and getattr(view, "guard", "") in {"trainer", "coordinator"}
        }
    )


def is_let_in(browser):
    """403 and the sign-in page keep somebody out. What is not found or not possible is no answer about access."""
    return browser.status != 403 and "/sign-in" not in browser.answer.headers.get("Location", "")


@pytest.mark.slow
@pytest.mark.parametrize("visitor", VISITORS)
def test_each_page_opens_for_those_whose_it_is_and_for_nobody_else(office, visitor):
    service = Service(office)
    browser, rules = office.browser(service.people[visitor]), kept_for_those_who_run_training(office.app, "GET")

    opened = {rule for rule in rules if is_let_in(browser.get(service.address(rule)))}

    assert opened == {rule for rule in rules if visitor in who_may(rule)}


@pytest.mark.slow
@pytest.mark.parametrize("visitor", VISITORS)
def test_no_button_does_anything_for_those_whose_it_is_not(office, visitor):
    service = Service(office)
    browser = office.browser(service.people[visitor])
    ours, before = token(browser), rows(apart_from=("signed_in",))
    rules = [rule for rule in kept_for_those_who_run_training(office.app, "POST") if visitor not in who_may(rule)]

    let_in = {rule for rule in rules if is_let_in(browser.post(service.address(rule), csrf_token=ours, go="yes"))}

    assert let_in == set()
    assert rows(apart_from=("signed_in",)) == before


@pytest.mark.slow
@pytest.mark.one_engine
@pytest.mark.parametrize("visitor", ["stranger", "course trainer", "owner", "coordinator"])
def test_what_would_help_somebody_is_seen_by_the_sessions_own_trainers_and_coordinators_only(office, visitor):
    service = Service(office)
    make.booking(service.session, make.person("Otto Other"), access_needs="A hearing loop, please")
    browser = office.browser(service.people[visitor])

    shown = [
        rule
        for rule in kept_for_those_who_run_training(office.app, "GET")
        if "hearing loop, please" in browser.get(service.address(rule)).answer.get_data(as_text=True).lower()
    ]

    assert bool(shown) == (visitor == "coordinator")


def test_every_page_under_manage_wears_the_guard_of_those_who_run_training(service):
    bare = {
        rule
        for (rule, _), view in routes(service).items()
        if rule.startswith("/manage") and getattr(view, "guard", "") not in {"trainer", "coordinator"}
    }

    assert bare == set()
