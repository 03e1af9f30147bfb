"""A service with one of everything, for tests that go through all of its pages."""

from app import people, rooms, sign_in, timetable, waiting_list
from app.db import Base, db
from app.notices import links
from app.notices.links import Purpose
from app.pages.manage.courses.questions import NUMBER as QUESTION_NUMBER
from app.rooms import Description
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
    today: one that begins in an hour. known: somebody with three addresses, and with another record.
    """

    kept = None  # (the database it is in, what it is made of): making it takes a second, and every page wants one

    def __init__(self, office):
        self.office = office
        database = office.database
        if Scene.kept is None or Scene.kept[0] is not database:
            self._make(office)
            whole = {name: value for name, value in vars(self).items() if name != "office"}
            each_row(whole, db.session.refresh)
            db.session.remove()
            db.engine.dispose()
            database.keep()
            Scene.kept = database, whole
        else:
            db.session.remove()
            db.engine.dispose()
            database.bring_back()
        vars(self).update(each_row(Scene.kept[1], lambda row: db.session.merge(row, load=False)))

    def _make(self, office):
        self.people = {"staff": make.person("Nia Nurse"), "trainer": make.trainer(), "coordinator": make.coordinator()}
        for name, person in self.people.items():
            office.do(people.give_address, person, f"{name}@second.example.org", by=person, now=office.now)
        trainers = [self.people["trainer"]]
        day = make.timedelta(days=1)
        self.course = make.course(
            slug="the-course", questions=QUESTIONS, description="Bring a *question*.", owner=trainers[0]
        )
        self.of_state = {  # for buttons that want a course to be so
            "publish": make.course("A draft", slug="a-draft", state="draft", owner=trainers[0]),
            "draft": make.course("Published too soon", slug="too-soon", owner=trainers[0]),
            "archive": make.course("Not taught any more", slug="no-more", owner=trainers[0]),
            "restore": make.course("In the archive", slug="archived", state="archived", owner=trainers[0]),
        }
        room = make.room(capacity=20)
        self.booked_on = make.training_session(trainers=trainers, room=room)
        self.free = make.training_session(
            course=self.course, trainers=trainers, room=room, starts_at=make.IN_TWO_WEEKS + day
        )
        self.known = make.person("Kit Known", address="kit@example.org")
        double = make.person("Kit K", address="double@example.org")
        for name in ("second", "third"):
            office.do(people.give_address, self.known, f"kit@{name}.example.org", by=None, now=office.now)
        office.do(setattr, self.known, "ref", "KIT222")
        office.do(setattr, double, "ref", "KIT333")
        olu = make.trainer("Olu Other")
        office.do(setattr, olu, "ref", "OLU222")
        self._add_rooms(room.site)
        self.others = make.training_session(trainers=[olu])
        another = make.training_session(
            course=self.booked_on.course, trainers=[olu], starts_at=make.IN_TWO_WEEKS + day * 40
        )
        office.do(setattr, another, "ref", "DATE22")
        self.larger = make.room("Seminar room", capacity=24)
        self._add_partner(trainers, self.larger)
        self._add_people_in_line()
        later = make.IN_TWO_WEEKS + day * 20
        draft = make.training_session(trainers=trainers, starts_at=later, is_draft=True)
        office.do(setattr, draft, "ref", "DRAFT2")
        self.today = make.training_session(trainers=trainers, starts_at=office.now + day / 24)
        self.bookings = {name: make.booking(self.booked_on, person) for name, person in self.people.items()}
        self.nobodys = make.booking(self.others, make.person("Otto Outsider"), access_needs="A hearing loop")
        self.notice = office.notices("booked")[3]
        self.kits = make.booking(self.booked_on, self.known)
        self.kits_notice = office.notices("booked")[-1]
        self._add_waits(olu)
        self._add_replies(trainers)
        office.say(SENT)

    def _add_waits(self, trainer):
        """Of the same three each a place in line, and one that is held for them; and a full session with questions."""
        full, held, self.full = (
            make.full_session(
                capacity=capacity,
                course=make.course(title, questions=QUESTIONS),
                trainers=[trainer],
                starts_at=make.IN_TWO_WEEKS + make.timedelta(days=50, hours=3 * number),
            )
            for number, (title, capacity) in enumerate((("Waited for", 1), ("Held", 3), ("Full", 1)))
        )
        make.training_session(
            course=self.full.course, trainers=[trainer], starts_at=self.full.starts_at + make.timedelta(days=1)
        )
        own = {name: make.wait(full, person) for name, person in self.people.items()}
        waits = {make.wait(held, person).id: name for name, person in self.people.items()}
        for _ in waits:
            self.office.free(held)
        offers = {waits[offer.wait_id]: offer for offer in waiting_list.offers_on(held)}
        self.of_waiting = {"/waits/": own, "/offers/": offers}

    def _add_replies(self, trainers):
        """Two that wait for a coordinator, one that has released a place; and one of the staff who has declined."""
        answered = make.training_session(trainers=trainers, starts_at=make.IN_TWO_WEEKS + make.timedelta(days=60))
        self.answering = make.booking(answered, make.person("Dee Decliner"))
        self.declined = make.declined(answered, self.people["staff"])
        self.replies = {
            "give-up": make.reply(self.answering),
            "leave": make.reply(did="left", why="words", answer="", words="Hello", sender="dee@example.org"),
            "undo": make.reply(make.declined(answered), did="released", why="", state="done"),
        }

    def _add_rooms(self, site):
        """One that is closed later on, and one that has been retired."""
        by_nobody = {"by": None, "now": self.office.now}
        self.store, self.old_store = (
            self.office.do(rooms.add, site, Description(name, 4), **by_nobody) for name in ("Store", "Old store")
        )
        self.office.do(timetable.retire_room, self.old_store.id, **by_nobody)
        closed_at = make.IN_TWO_WEEKS + make.timedelta(days=30)
        span = (closed_at, closed_at + make.timedelta(days=1))
        self.closure = self.office.do(timetable.close_room, self.store.id, *span, why="Decorating", **by_nobody)

    def _add_partner(self, trainers, room):
        """A session in another room, for one that is to swap; and a trainer who is never busy."""
        self.office.do(setattr, make.trainer("Fay Free"), "ref", "FAY222")
        partner = make.training_session(
            trainers=trainers, room=room, starts_at=make.IN_TWO_WEEKS + make.timedelta(days=2), minimum=5
        )
        self.office.do(setattr, partner, "ref", "SWAP22")

    def _add_people_in_line(self):
        """Two who wait for a new date of the course: one is given a place or moved up, the other taken off."""
        for name, ref in (("Wim Waiting", "LINE3333"), ("Wes Waiting", "LINE2222")):
            waiting = make.wait(self.course, make.person(name), wants="new")
            self.office.do(setattr, waiting, "ref", ref)
        self.office.do(setattr, self.free, "ref", "FREE22")  # the date that they could be given

    def browser(self, visitor):
        return self.office.browser(self.people.get(visitor))

    def address(self, rule, visitor="staff"):
        """A page of this rule that is about what the visitor has."""
        whose = visitor if visitor in self.bookings else "staff"
        ref = (self.free if "/book" in rule or rule.endswith("/repeat") else self.booked_on).ref
        if "/register" in rule:
            ref = self.today.ref
        if rule.startswith("/manage/sessions/<ref>/bookings/"):
            ref = self.booked_on.ref
        if rule.endswith("/run"):
            ref = "SWAP22"
        if rule.startswith("/manage/waits/"):
            ref = "LINE3333" if rule.endswith("/off") else "LINE2222"
        if rule.endswith("/schedule/details"):
            rule += "?part=20261222T1000Z-20261222T1200Z&room=-online"
        rule = rule.replace("<booking_ref>", self.kits.ref)
        rule = rule.replace(f"/emails/<{_NUMBER}>", f"/emails/{self.kits_notice.id}")
        if rule.startswith("/bookings/"):
            ref = self.bookings[whose].ref
        ref = self._ref_of_another_kind(rule, whose) or ref
        if rule.startswith("/manage/people/"):
            ref, rule = self.known.ref, rule.replace("<other>", "KIT333")
        token = {"sign-in": self.sign_in_token, "calendars": self.feed_token}.get(rule.split("/")[1], self.cancel_token)
        course = self.of_state.get(rule.rpartition("/")[2], self.course)
        rule = rule.replace("rooms/<slug>", f"rooms/{(self.old_store if 'bring-back' in rule else self.store).slug}")
        rule = rule.replace("larger/<slug>", f"larger/{self.larger.slug}")
        rule = rule.replace(_CLOSURE, str(self.closure.id)).replace(_SITE, str(self.store.site_id))
        filled = {"<slug>": course.slug, f"<{QUESTION_NUMBER}>": "1", "<ref>": ref, f"<{_NUMBER}>": self._number(rule)}
        if "<token>" in rule:
            filled["<token>"] = token(whose)
        for name, value in filled.items():
            rule = rule.replace(name, value)
        return rule

    def _number(self, rule):
        """Of the reply or the email that the page is about."""
        reply = self.replies.get(rule.rpartition("/")[2], self.replies["give-up"])
        return str(reply.id if rule.startswith("/manage/replies/") else self.notice.id)

    def _ref_of_another_kind(self, rule, whose):
        """Of somebody, or of what waiting is about; '' if the page is about a session or a booking."""
        if rule.startswith("/calendars/trainers/"):
            return self.people["trainer"].ref
        if rule.startswith("/manage/bookings/"):
            return self.answering.ref
        if rule == "/sessions/<ref>/wait":
            return self.full.ref
        return next((of[whose].ref for start, of in self.of_waiting.items() if rule.startswith(start)), "")

    def cancel_token(self, whose="staff"):
        booking = self.bookings[whose]
        secret = self.office.app.config["SETTINGS"].secret_key
        return links.sign(Purpose.CANCEL, booking.ref, self.booked_on.ends_at, secret=secret)

    def feed_token(self, whose="staff"):
        person = self.people[whose]
        return self.office.do(people.make_feed, person, by=person, now=self.office.now)

    def sign_in_token(self, whose="staff"):
        return self.office.do(sign_in.link_for, self.people[whose].address, now=self.office.now)


def each_row(value, act):
    """The same, with whatever `act` makes of each record in it."""
    if isinstance(value, dict):
        return {name: each_row(each, act) for name, each in value.items()}
    return act(value) if isinstance(value, Base) else value


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
_CLOSURE = "<int(max=2147483647):closure_id>"
_SITE = "<int(max=2147483647):site_id>"
