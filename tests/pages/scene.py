"""A service with one of everything, for tests that go through all of its pages."""

from app import people, sign_in
from app.db import Base, db
from app.notices import links
from app.notices.links import Purpose
from tests import make

VISITORS = ("nobody", "staff", "trainer", "coordinator")
QUESTIONS = [
    {"ask": "What do you want to find?", "kind": "text", "choices": [], "needed": True},
    {"ask": "Which network?", "kind": "choice", "choices": ["Bluesky", "LinkedIn"], "needed": True},
    {"ask": "Do you bring a laptop?", "kind": "yes_no", "choices": [], "needed": True},
]
ANSWERS = {
    "answer_question_1": "Nursing news",
    "answer_question_2": "Bluesky",
    "answer_question_3": "yes",
    "access_needs": "Step-free access",
}
# As if the worker had been: writing so many letters takes a while.
SENT = """
UPDATE notices SET state = 'sent', sent_at = due_at, next_at = NULL, may_have_left = (1 = 1) WHERE due_at = queued_at
"""


class Scene:
    """Three people, each booked on one session and on none of the others; and what else pages show.

    booked_on: where they have a place. free: a session with places and questions. others: another trainer's session.
    """

    def __init__(self, office):
        self.office = office
        self.people = {"staff": make.person("Nia Nurse"), "trainer": make.trainer(), "coordinator": make.coordinator()}
        for name, person in self.people.items():
            office.do(people.give_address, person, f"{name}@second.example.org", by=person, now=office.now)
        trainers = [self.people["trainer"]]
        day = make.timedelta(days=1)
        self.course = make.course(questions=QUESTIONS, description="Bring a *question*.")
        room = make.room(capacity=20)
        self.booked_on = make.training_session(trainers=trainers, room=room)
        self.free = make.training_session(
            course=self.course, trainers=trainers, room=room, starts_at=make.IN_TWO_WEEKS + day
        )
        self.others = make.training_session(trainers=[make.trainer("Olu Other")])
        self.bookings = {name: make.booking(self.booked_on, person) for name, person in self.people.items()}
        self.nobodys = make.booking(self.others, make.person("Otto Outsider"), access_needs="A hearing loop")
        self.notice = office.notices("booked")[3]
        office.say(SENT)

    def browser(self, visitor):
        return self.office.browser(self.people.get(visitor))

    def address(self, rule, visitor="staff"):
        """A page of this rule that is about what the visitor has."""
        whose = visitor if visitor in self.bookings else "staff"
        ref = (self.free if "/book" in rule else self.booked_on).ref
        if rule.startswith("/bookings/"):
            ref = self.bookings[whose].ref
        token = self.sign_in_token if rule.startswith("/sign-in/") else self.cancel_token
        filled = {"<slug>": self.course.slug, "<ref>": ref, f"<{_NUMBER}>": str(self.notice.id)}
        if "<token>" in rule:
            filled["<token>"] = token(whose)
        for name, value in filled.items():
            rule = rule.replace(name, value)
        return rule

    def cancel_token(self, whose="staff"):
        booking = self.bookings[whose]
        secret = self.office.app.config["SETTINGS"].secret_key
        return links.sign(Purpose.CANCEL, booking.ref, self.booked_on.ends_at, secret=secret)

    def sign_in_token(self, whose="staff"):
        return self.office.do(sign_in.link_for, self.people[whose].address, now=self.office.now)


def rows(*, apart_from=()):
    """Everything that is stored, table by table: what did not change is equal."""
    db.session.rollback()
    tables = [table for table in Base.metadata.sorted_tables if table.name not in apart_from]
    with db.engine.connect() as connection:
        return {table.name: sorted(map(repr, connection.execute(table.select()).all())) for table in tables}


def token(browser):
    """The token of this browser's session, from a form on one of its pages."""
    page = browser.get("/help").page
    found = page.find("input", {"name": "csrf_token"}) or browser.get("/sign-in").page.find(
        "input", {"name": "csrf_token"}
    )
    return found["value"]


def routes(app):
    """(rule, method) of everything that answers, HEAD and OPTIONS apart, with what answers it."""
    return {
        (rule.rule, method): app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


_NUMBER = "int(max=2147483647):number"
