from dataclasses import dataclass, field
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from werkzeug.datastructures import MultiDict
from wtforms.fields.core import UnboundField

from app.pages.bookings import BookForm, CancelForm
from app.pages.changing_dates import ChangeDateForm
from app.pages.colleagues import ColleagueForm, SeveralForm
from app.pages.courses import SearchCoursesForm
from app.pages.forms import Form, SearchForm
from app.pages.links import ButtonForm
from app.pages.manage.changes.cancelling import CancelSessionForm
from app.pages.manage.changes.larger import LargerForm
from app.pages.manage.changes.moving import MoveForm
from app.pages.manage.changes.numbers import RunForm
from app.pages.manage.changes.places import PlacesForm
from app.pages.manage.changes.rooms import LinkForm
from app.pages.manage.changes.rooms import RoomForm as SessionRoomForm
from app.pages.manage.changes.swapping import SwapForm
from app.pages.manage.changes.trainers import TrainersForm as SessionTrainersForm
from app.pages.manage.changing import ChangeForm
from app.pages.manage.courses.frame import StepForm
from app.pages.manage.courses.listing import FindCoursesForm, NewCourseForm
from app.pages.manage.courses.one_course import ArchiveForm, PublishForm
from app.pages.manage.courses.owner import OwnerForm
from app.pages.manage.courses.questions import QuestionForm, QuestionsForm
from app.pages.manage.courses.steps import (
    AboutForm,
    AudienceForm,
    BookingForm,
    ObjectivesForm,
    PlanForm,
    RoomsForm,
    TrainersForm,
)
from app.pages.manage.editing import EditForm
from app.pages.manage.notices import StateForm
from app.pages.manage.people.addresses import TakeAwayForm, TheirLettersForm, VouchForm
from app.pages.manage.people.listing import FindPeopleForm
from app.pages.manage.people.merging import FindOtherForm, MergeForm
from app.pages.manage.people.record import NewPersonForm, PersonForm
from app.pages.manage.register import RegisterForm
from app.pages.manage.rooms.closing import CloseForm, RetireForm
from app.pages.manage.rooms.day import DayForm
from app.pages.manage.rooms.keeping import NewRoomForm, RoomForm, SiteForm, SiteQuestions
from app.pages.manage.scheduling.details import DetailsForm as SchedulingForm
from app.pages.manage.scheduling.frame import PlanningForm
from app.pages.manage.scheduling.repeating import DatesForm, RepeatForm
from app.pages.manage.scheduling.room import WhereForm
from app.pages.manage.scheduling.when import WhenForm
from app.pages.manage.session_emails import EmailsForm, WriteForm
from app.pages.manage.sessions import RemoveForm
from app.pages.manage.timetable import DraftsForm, FindCourseForm
from app.pages.manage.waits.deeds import FrontForm, OffForm, PlaceForm
from app.pages.manage.waits.demand import FindDemandForm
from app.pages.me import AddressForm, CoordinatorForm, DetailsForm, LettersForm
from app.pages.my_calendar import CalendarForm
from app.pages.offers import OfferForm
from app.pages.sign_in import AskForm, CodeForm
from app.pages.sign_in import LinkForm as SignInLinkForm
from app.pages.still_coming import ComingForm
from app.pages.taking_back import TakeBackForm
from app.pages.timetable import FindForm
from app.pages.waiting_form import WaitForm
from app.pages.waits import LeaveForm
from tests import make
from tests.pages.scene import ANSWERS, VISITORS, Scene, rows, token

LONG = "x" * 10_000
HIDDEN = "a\x00b"
CONTROL = "a\x07b"
A_FILE = "a file"
TWO = "two answers"
ABSENT = "absent"
# What no one-line answer may hold, and no choice may be.
LINE = [LONG, HIDDEN, CONTROL, "a\x1bb", "two\nlines", "a\ttab", "a\u2028b", A_FILE, TWO]
CHOICE = ["none of these", LONG, HIDDEN, "<script>", "-1", A_FILE, TWO]


@dataclass
class Asked:
    """One field of a page: what will not do there. kept: whether the page shows it again as it was typed."""

    name: str
    needed: bool
    wrong: list = field(default_factory=list)
    kept: bool = True


@dataclass
class Page:
    """A form where people meet it: sound answers, and its fields."""

    form: type
    rule: str
    visitor: str
    sound: dict
    fields: list
    pressed: dict = field(default_factory=dict)  # what goes along and is not shown again

    def __repr__(self):
        return f"{self.form.__name__} at {self.rule}"


TEXTS = [LONG, HIDDEN, CONTROL, "\x1b[31m", A_FILE, TWO]
EMAILS = [
    *LINE,
    "nobody",
    "a@b",
    "a@",
    "@example.org",
    "a b@example.org",
    "a@example.org, b@example.org",
    "a@[1.2.3.4]x",
]
PHONES = [*LINE, "ring me", "12", "<script>", "'; DROP TABLE people; --"]
CODES = [LONG, "12345", "1234567", "abcdef", "１２３４５６", HIDDEN, A_FILE, TWO]
NAME = Asked("name", True, [*LINE, "x" * 121])
TEAM = Asked("team", False, [*LINE, "x" * 121])
PHONE = Asked("phone", False, PHONES)
DETAILS = {"name": "Nia Jones", "team": "Ward 9", "phone": "01632 960 002"}
ADDRESS = "another@example.org"
COUNTS = [*LINE, "none", "1.5", "½", "１０", "-1", "99999999999999999999"]
WORDS = [*(wrong for wrong in TEXTS if wrong != LONG), "x" * 20_001]
SEEN = Asked("seen", False, [LONG, HIDDEN, A_FILE, TWO], kept=False)  # a made-up number only says that all is new
LINES = ["x\n" * 31, "x" * 501, HIDDEN, CONTROL, A_FILE, TWO]
A_COURSE = "/manage/courses/<slug>"
ABOUT = {"title": "Searching", "summary": "In short", "minutes": "120", "parts": "1", "held": "room", "language": "en"}
RULES = {
    "places": "10",
    "minimum": "4",
    "opens_days_before": "30",
    "closes_hours_before": "24",
    "offer_hours": "48",
    "last_few": "3",
}
QUESTION = {"ask": "Which?", "kind": "choice", "choices": "This", "needed": "yes"}
QUESTION_FIELDS = [
    Asked("ask", True, [*LINE, "x" * 501]),
    Asked("kind", True, [*CHOICE, "text"], kept=False),
    Asked("choices", True, [*LINES, "x" * 121]),
    Asked("needed", True, CHOICE, kept=False),
    SEEN,
]

PAGES = [
    Page(AskForm, "/sign-in", "nobody", {"email": ADDRESS}, [Asked("email", True, EMAILS)]),
    Page(
        CodeForm,
        "/sign-in/code",
        "nobody",
        {"code": "123456"},
        [Asked("code", True, CODES), Asked("own_device", False, [A_FILE, TWO])],
    ),
    Page(SignInLinkForm, "/sign-in/<token>", "nobody", {}, [Asked("own_device", False, [A_FILE, TWO])]),
    Page(DetailsForm, "/me/name", "staff", DETAILS, [NAME, TEAM, PHONE]),
    Page(DetailsForm, "/me", "staff", DETAILS, [NAME, TEAM, PHONE]),
    Page(
        CoordinatorForm,
        "/me",
        "coordinator",
        DETAILS,
        [NAME, TEAM, PHONE, Asked("hears_of_full", False, [A_FILE, TWO], kept=False)],
    ),
    Page(CalendarForm, "/me/calendar", "staff", {"calendar": "both"}, [Asked("calendar", True, CHOICE, kept=False)]),
    Page(AddressForm, "/me/addresses", "staff", {"email": ADDRESS}, [Asked("email", True, EMAILS)]),
    Page(
        LettersForm,
        "/me/emails",
        "staff",
        {"address": "staff@second.example.org"},
        [Asked("address", True, CHOICE, kept=False)],
    ),
    Page(
        BookForm,
        "/sessions/<ref>/book",
        "staff",
        ANSWERS,
        [
            Asked("access_needs", False, [*TEXTS, "x" * 1001]),
            Asked("answer_question_1", True, [*LINE, "x" * 501]),
            Asked("answer_question_2", True, CHOICE, kept=False),
            Asked("answer_question_3", True, CHOICE, kept=False),
        ],
    ),
]
PAGES += [
    Page(
        ChangeDateForm,
        "/bookings/<ref>/change",
        "staff",
        {"date": "DATE22"},
        [Asked("date", True, CHOICE, kept=False)],
    ),
]
PAGES += [
    Page(
        WaitForm,
        rule,
        "staff",
        {"wants": "any", "how": "ask", "would_suit": "Thursday mornings", **ANSWERS},
        [
            Asked("wants", True, [*CHOICE, *wants], kept=False),
            Asked("dates", False, [wrong for wrong in CHOICE if wrong != TWO], kept=False),
            Asked("how", True, CHOICE, kept=False),
            Asked("would_suit", False, [*TEXTS, "x" * 301]),
            Asked("access_needs", False, [*TEXTS, "x" * 1001]),
            Asked("instead_of", False, [LONG, CONTROL, A_FILE, TWO], kept=False),
        ],
    )
    for rule, wants in (("/sessions/<ref>/wait", []), ("/courses/<slug>/wait", ["this"]))
]
COLLEAGUE = {"name": "Cai Carer", "email": "cai@example.org", "team": "Ward 7", **ANSWERS}
PAGES += [
    Page(
        ColleagueForm,
        "/sessions/<ref>/book-for",
        "coordinator",  # who is asked more; staff must give an address
        COLLEAGUE,
        [NAME, Asked("email", False, EMAILS), TEAM, Asked("access_needs", False, [*TEXTS, "x" * 1001])],
    ),
    Page(
        SeveralForm,
        "/sessions/<ref>/book-for-several",
        "staff",
        {"people": "cai@example.org"},
        [
            Asked("people", True, [*TEXTS, "x" * 20_001, "nobody", "a@b", "\n;,\n"]),
            Asked("waits", False, [A_FILE, TWO], kept=False),
        ],
    ),
]
PAGES += [
    Page(
        RegisterForm,  # the marks, as many as there are people, have tests of their own
        "/manage/sessions/<ref>/register",
        "trainer",
        {"walk_in": "Wanda Walker"},
        [Asked("walk_in", False, [*LINE, "x" * 121])],
    ),
    Page(
        NewCourseForm,
        "/manage/courses/new",
        "trainer",
        {"title": "Searching", "minutes": "120", "places": "10"},
        [
            Asked("title", True, [*LINE, "x" * 121]),
            Asked("minutes", True, [*COUNTS, "0", "1441"]),
            Asked("places", True, [*COUNTS, "0", "2001"]),
        ],
    ),
    Page(
        AboutForm,
        f"{A_COURSE}/about",
        "trainer",
        ABOUT,
        [
            Asked("title", True, [*LINE, "x" * 121]),
            Asked("summary", True, WORDS),  # of a course that staff see
            Asked("description", False, WORDS),
            Asked("topic", False, [*LINE, "x" * 81]),
            Asked("minutes", True, [*COUNTS, "0", "1441"]),
            Asked("parts", True, [*COUNTS, "0", "61"]),
            Asked("held", True, CHOICE, kept=False),
            Asked("bring", False, WORDS),
            Asked("language", True, [*CHOICE, "xx"], kept=False),
            SEEN,
        ],
    ),
    Page(
        ObjectivesForm,
        f"{A_COURSE}/objectives",
        "trainer",
        {"objectives": "Find"},
        [Asked("objectives", False, LINES), SEEN],
    ),
    Page(
        AudienceForm,
        f"{A_COURSE}/audience",
        "trainer",
        {"audience": "All staff"},
        [Asked("audience", False, WORDS), SEEN],
    ),
    Page(
        BookingForm,
        f"{A_COURSE}/booking",
        "trainer",
        RULES,
        [
            Asked("places", True, [*COUNTS, "0", "2001", "3"]),  # fewer than make it worth running
            Asked("minimum", True, [*COUNTS, "11"]),
            Asked("opens_days_before", False, [*COUNTS, "0", "366"]),
            Asked("closes_hours_before", True, [*COUNTS, "721"]),
            Asked("offer_hours", False, [*COUNTS, "0", "337"]),
            Asked("last_few", True, [*COUNTS, "2001"]),
            Asked("asks_to_confirm", False, [A_FILE, TWO], kept=False),
            SEEN,
        ],
    ),
    Page(
        TrainersForm,
        f"{A_COURSE}/trainers",
        "trainer",
        {"trainers": "OLU222"},
        [Asked("trainers", False, [wrong for wrong in CHOICE if wrong != TWO], kept=False), SEEN],
    ),
    Page(
        OwnerForm,
        f"{A_COURSE}/owner",
        "trainer",
        {"owner": "OLU222", "stays": "yes"},
        [Asked("owner", True, CHOICE, kept=False), Asked("stays", False, [A_FILE, TWO], kept=False), SEEN],
    ),
    Page(
        RoomsForm,
        f"{A_COURSE}/rooms",
        "trainer",
        {"room_needs": "PCs"},
        [Asked("room_needs", False, [*LINES, "x" * 121]), SEEN],
    ),
    Page(
        PlanForm,
        f"{A_COURSE}/plan",
        "trainer",
        {"plan": "15 Welcome"},
        [Asked("plan", False, [HIDDEN, CONTROL, "1 x\n" * 61, "Tea", "10:30 Tea", "1441 x", "15", A_FILE, TWO]), SEEN],
    ),
    Page(QuestionForm, f"{A_COURSE}/questions/new", "trainer", QUESTION, QUESTION_FIELDS),
    Page(QuestionForm, f"{A_COURSE}/questions/<int(max=30):number>", "trainer", QUESTION, QUESTION_FIELDS),
    Page(QuestionsForm, f"{A_COURSE}/questions", "trainer", {}, [SEEN]),
]
NUMBERS = [*LINE, "0", "-1", "2001", "ten", "1.5"]
TIMES = [*LINE, "25:00", "2:00", "soon", "9:61"]
BOX = ["x", "32", HIDDEN, LONG]  # of a date
HIDDEN_PART = Asked("seen", False, [LONG, CONTROL, A_FILE, TWO])
ROOM = {"name": "Seminar room", "capacity": "12", "equipment": "Screen; clock", "seen": "999999"}
OF_A_ROOM = [
    Asked("name", True, [*LINE, "x" * 121]),
    Asked("capacity", True, NUMBERS),
    *(Asked(name, False, [*TEXTS, "x" * 2001]) for name in ("equipment", "access", "directions")),
    Asked("booked_with", False, [*LINE, "x" * 201]),
    HIDDEN_PART,
]
SITE = {"site_name": "Glan yr Afon", "site_address": "River Road", "seen": "999999"}
OF_A_SITE = [
    Asked("site_name", True, [*LINE, "x" * 121]),
    Asked("site_address", False, [*LINE, "x" * 301]),
    HIDDEN_PART,
]
FIRST_DAY = {"from_on-day": "8", "from_on-month": "3", "from_on-year": "2027"}
LAST_DAY = {"until_on-day": "9", "until_on-month": "March", "until_on-year": "2027"}
PAGES += [
    Page(RoomForm, "/manage/rooms/<slug>", "coordinator", ROOM, OF_A_ROOM),
    Page(
        NewRoomForm,
        "/manage/rooms/new",
        "coordinator",
        {**ROOM, "site": "1"},
        [
            *OF_A_ROOM,
            Asked("site", False, CHOICE, kept=False),
            Asked("site_name", False, [*LINE, "x" * 121, "Another site"]),
            Asked("site_address", False, [*LINE, "x" * 301, "Another Road"]),
        ],
    ),
    Page(SiteForm, "/manage/sites/<int(max=2147483647):site_id>", "coordinator", SITE, OF_A_SITE),
    Page(SiteForm, "/manage/sites/new", "coordinator", SITE, OF_A_SITE),
    Page(
        CloseForm,
        "/manage/rooms/<slug>/close",
        "coordinator",
        {"why": "Decorating", "from_time": "9am", "until_time": "17:30", **FIRST_DAY, **LAST_DAY},
        [
            Asked("why", True, [*LINE, "x" * 201]),
            Asked("from_on-day", True, BOX),
            Asked("from_on-month", True, ["13", "Smarch", HIDDEN]),
            Asked("from_on-year", True, ["1999", "0001", "9999", "27", HIDDEN]),
            Asked("from_time", False, TIMES),
            Asked("from_time_which", False, CHOICE, kept=False),
            Asked("until_on-day", True, BOX),
            Asked("until_on-year", True, ["1999", "0001", "9999", "27", HIDDEN]),
            Asked("until_time", False, TIMES),
            Asked("until_time_which", False, CHOICE, kept=False),
        ],
    ),
    Page(RetireForm, "/manage/rooms/<slug>/retire", "coordinator", {}, [Asked("why", False, [*LINE, "x" * 201])]),
]
ROLES = Asked("roles", False, [wrong for wrong in CHOICE if wrong != TWO], kept=False)
OTHER_DETAILS = {"name": "Nia Jones", "team": "Ward 9", "phone": "01632 960 002", "roles": "trainer"}
A_PERSON = "/manage/people/<ref>"
A_QUESTION = [LONG, HIDDEN, CONTROL, "a\nb", "x" * 101, A_FILE, TWO]
PAGES += [
    Page(
        FindPeopleForm,
        "/manage/people",
        "coordinator",
        {"q": "nia"},
        [Asked("q", False, A_QUESTION), Asked("role", False, CHOICE, kept=False)],
    ),
    Page(
        NewPersonForm,
        "/manage/people/new",
        "coordinator",
        {**OTHER_DETAILS, "email": ADDRESS},
        [NAME, TEAM, PHONE, ROLES, Asked("email", False, [*EMAILS, "kit@example.org"]), SEEN],
    ),
    Page(PersonForm, A_PERSON, "coordinator", OTHER_DETAILS, [NAME, TEAM, PHONE, ROLES, SEEN]),
    Page(
        VouchForm,
        f"{A_PERSON}/addresses",
        "coordinator",
        {"email": ADDRESS},
        [Asked("email", True, [*EMAILS, "double@example.org"])],
    ),
    Page(
        TheirLettersForm,
        f"{A_PERSON}/emails",
        "coordinator",
        {"address": "kit@second.example.org"},
        [Asked("address", True, [*CHOICE, "double@example.org"], kept=False)],
    ),
    Page(
        TakeAwayForm,
        f"{A_PERSON}/addresses/remove",
        "coordinator",
        {"address": "kit@second.example.org"},
        [Asked("address", True, [*CHOICE, "kit@example.org"], kept=False)],
    ),
    Page(FindOtherForm, f"{A_PERSON}/merge", "coordinator", {"q": "Kit"}, [Asked("q", True, A_QUESTION)]),
    Page(
        MergeForm,
        f"{A_PERSON}/merge/<other>",
        "coordinator",
        {"stays": "KIT222"},
        [Asked("stays", True, [*CHOICE, "OLU222"], kept=False)],
    ),
]
SEARCHES = [
    Page(
        FindForm,
        "/",
        "nobody",
        {"q": "media"},
        [
            Asked("q", False, [LONG, HIDDEN, CONTROL, "a\nb", "x" * 101, TWO]),
            Asked("topic", False, [*CHOICE], kept=False),
            Asked("site", False, [*CHOICE, "99999999999999999999"], kept=False),
            Asked("format", False, [*CHOICE], kept=False),
            Asked("from", False, [*CHOICE, "2027-13-01"], kept=False),
            Asked("places", False, [TWO], kept=False),
        ],
    ),
    Page(
        SearchCoursesForm,
        "/courses/",
        "nobody",
        {},
        [Asked("q", False, [LONG, HIDDEN, CONTROL, "a\nb", "x" * 101, TWO])],
    ),
    Page(
        FindCoursesForm,
        "/manage/courses",
        "coordinator",
        {},
        [
            Asked("q", False, [LONG, HIDDEN, CONTROL, "a\nb", "x" * 101, TWO]),
            Asked("state", False, [*CHOICE], kept=False),
        ],
    ),
    Page(
        FindDemandForm,
        "/manage/demand",
        "coordinator",
        {},
        [Asked("q", False, [LONG, HIDDEN, CONTROL, "a\nb", "x" * 101, TWO])],
    ),
    Page(
        DayForm,
        "/manage/rooms/day",
        "coordinator",
        {"day-day": "8", "day-month": "3", "day-year": "2027"},
        [
            Asked("day-day", False, BOX),
            Asked("day-year", False, ["1999", "0001", "9999"]),
            Asked("site", False, CHOICE, kept=False),
        ],
    ),
    Page(StateForm, "/manage/notices", "coordinator", {}, [Asked("state", False, [*CHOICE], kept=False)]),
    Page(
        EmailsForm,
        "/manage/sessions/<ref>/emails",
        "coordinator",
        {},
        [Asked("state", False, [*CHOICE], kept=False)],
    ),
]
A_SESSION = "/manage/sessions/<ref>"
PAGES += [
    Page(
        RemoveForm,
        f"{A_SESSION}/bookings/<booking_ref>/remove",
        "trainer",
        {"words": "You asked me to."},
        [Asked("words", True, [*TEXTS, "x" * 1001]), HIDDEN_PART],
    ),
    Page(
        WriteForm,
        f"{A_SESSION}/write",
        "trainer",
        {"headline": "The slides", "words": "Here they are."},
        [Asked("headline", True, [*LINE, "x" * 101]), Asked("words", True, [*TEXTS, "x" * 4001]), HIDDEN_PART],
    ),
]
NEXT_DAY = {"day_1-day": "16", "day_1-month": "12", "day_1-year": "2026", "start_1": "2pm", "end_1": "4pm"}
LINK = "https://meet.example.org/1"
HAS_SEEN = {"seen": "999999"}
WINDOW = {
    "capacity": "12",
    "minimum": "4",
    "opens": "on",
    "opens_on-day": "2",
    "opens_on-month": "12",
    "opens_on-year": "2026",
    "opens_at": "9am",
    "closes": "on",
    "closes_on-day": "14",
    "closes_on-month": "12",
    "closes_on-year": "2026",
    "closes_at": "midday",
}
OF_A_WINDOW = [
    Asked("opens", True, CHOICE, kept=False),
    Asked("opens_on-day", True, BOX),
    Asked("opens_on-year", True, ["1999", "0001", "9999"]),
    Asked("opens_at", True, TIMES),
    Asked("opens_at_which", False, CHOICE, kept=False),
    Asked("closes", True, CHOICE, kept=False),
    Asked("closes_on-day", True, BOX),
    Asked("closes_on-year", True, ["1999", "0001", "9999"]),
    Asked("closes_at", True, TIMES),
    Asked("closes_at_which", False, CHOICE, kept=False),
]
OF_A_CHANGE = [Asked("words", False, [*TEXTS, "x" * 1001]), HIDDEN_PART]
PAGES += [
    Page(
        MoveForm,
        f"{A_SESSION}/move",
        "trainer",
        NEXT_DAY | HAS_SEEN,
        [
            Asked("day_1-day", True, BOX),
            Asked("day_1-year", True, ["1999", "0001", "9999", "27", HIDDEN]),
            Asked("start_1", True, TIMES),
            Asked("end_1", True, [*TIMES, "1pm"]),
            Asked("start_1_which", False, CHOICE, kept=False),
            Asked("room", False, CHOICE, kept=False),
            *OF_A_CHANGE,
        ],
    ),
    Page(
        SessionRoomForm,
        f"{A_SESSION}/room",
        "trainer",
        {"room": "-online", "joining_link": LINK, "capacity": "12", **HAS_SEEN},
        [
            Asked("room", True, CHOICE, kept=False),
            Asked("joining_link", True, [*LINE, "x" * 501, "meet.example.org", "javascript:alert(1)"]),
            Asked("capacity", True, NUMBERS),
            *OF_A_CHANGE,
        ],
    ),
    Page(
        LinkForm,
        f"{A_SESSION}/link",
        "trainer",
        {"joining_link": LINK, **HAS_SEEN},
        [Asked("joining_link", False, [*LINE, "x" * 501, "meet.example.org", "javascript:alert(1)"]), *OF_A_CHANGE],
    ),
    Page(
        PlacesForm,
        f"{A_SESSION}/places",
        "trainer",
        WINDOW | HAS_SEEN,
        [
            Asked("capacity", True, [*NUMBERS, "21"]),
            Asked("minimum", True, [*COUNTS, "13"]),
            *OF_A_WINDOW,
            *OF_A_CHANGE,
        ],
    ),
    Page(
        SessionTrainersForm,
        f"{A_SESSION}/trainers",
        "coordinator",
        {"trainers": "FAY222", **HAS_SEEN},
        [Asked("trainers", True, [wrong for wrong in CHOICE if wrong != TWO], kept=False), *OF_A_CHANGE],
    ),
    Page(
        SwapForm,
        f"{A_SESSION}/swap",
        "trainer",
        {"other": "SWAP22", **HAS_SEEN},
        [
            Asked("other", True, CHOICE, kept=False),
            Asked("seen_other", False, [LONG, CONTROL, A_FILE, TWO], kept=False),
            *OF_A_CHANGE,
        ],
    ),
    Page(CancelSessionForm, f"{A_SESSION}/cancel", "trainer", HAS_SEEN, OF_A_CHANGE),
    Page(
        LargerForm,
        f"{A_SESSION}/larger/<slug>",
        "trainer",
        {"capacity": "24", **HAS_SEEN},
        [Asked("capacity", True, [*NUMBERS, "25"]), *OF_A_CHANGE],
    ),
    Page(
        RunForm,
        f"{A_SESSION}/run",
        "trainer",
        {"minimum": "2", **HAS_SEEN},
        [Asked("minimum", True, [*COUNTS, "11"]), *OF_A_CHANGE],
    ),
]
A_WAIT = "/manage/waits/<ref>"
REASON = {"words": "They asked before the others."}
OF_A_REASON = [Asked("words", True, [*TEXTS, "x" * 1001]), HIDDEN_PART]
PAGES += [
    Page(FrontForm, f"{A_WAIT}/front", "coordinator", REASON, OF_A_REASON),
    Page(OffForm, f"{A_WAIT}/off", "coordinator", REASON, OF_A_REASON),
    Page(
        PlaceForm,
        f"{A_WAIT}/place",
        "coordinator",
        {"session": "FREE22", **REASON},
        [Asked("session", True, CHOICE, kept=False), *OF_A_REASON],
    ),
]
BUTTONS_ALONE = {CancelForm, ButtonForm, ComingForm, LeaveForm, OfferForm, PublishForm, ArchiveForm, TakeBackForm}
BASES = {EditForm, ChangeForm, StepForm, PlanningForm, SiteQuestions}  # no page has one of them as it is


PAGES += [
    Page(
        SchedulingForm,
        f"{A_COURSE}/schedule/details",
        "trainer",
        {
            "trainers": "OLU222",
            "joining_link": LINK,
            **WINDOW,
            "keep": "now",
        },
        [
            Asked("trainers", True, [wrong for wrong in CHOICE if wrong != TWO], kept=False),
            Asked("joining_link", True, [*LINE, "x" * 501, "meet.example.org", "javascript:alert(1)"]),
            Asked("capacity", True, NUMBERS),
            Asked("minimum", True, [*COUNTS, "13"]),
            *OF_A_WINDOW,
            Asked("keep", True, CHOICE, kept=False),
        ],
    ),
    Page(
        DatesForm,
        "/manage/sessions/<ref>/repeat",
        "trainer",
        {"often": "week", "more": "3", "dates": "2026-12-23"},
        [Asked("dates", True, [wrong for wrong in CHOICE if wrong != TWO], kept=False), SEEN],
    ),
    Page(
        DraftsForm,
        "/manage/timetable/publish",
        "trainer",
        {},
        [Asked("drafts", True, [wrong for wrong in CHOICE if wrong != TWO], kept=False)],
    ),
]
SEARCHES += [
    Page(
        WhenForm,
        f"{A_COURSE}/schedule",
        "trainer",
        NEXT_DAY,
        [
            Asked("day_1-day", True, BOX),
            Asked("day_1-year", True, ["1999", "0001", "9999", "27", HIDDEN]),
            Asked("start_1", True, TIMES),
            Asked("end_1", False, [*TIMES, "1pm"]),
            Asked("start_1_which", False, CHOICE, kept=False),
        ],
        pressed={"go": "room"},
    ),
    Page(
        WhereForm,
        f"{A_COURSE}/schedule/room",
        "trainer",
        {"part": "20261222T1000Z-20261222T1200Z", "room_1": "-online"},
        [Asked("places", True, NUMBERS), Asked("room_1", True, CHOICE, kept=False)],
        pressed={"go": "details", "places": "12"},
    ),
    Page(
        RepeatForm,
        "/manage/sessions/<ref>/repeat",
        "trainer",
        {"often": "week", "more": "3"},
        [
            Asked("often", True, [*CHOICE, "last"], kept=False),
            Asked("more", True, [*COUNTS, "0", "27"]),
        ],
        pressed={"go": "dates"},
    ),
    Page(
        FindCourseForm,
        "/manage/timetable/schedule",
        "trainer",
        {},
        [Asked("q", False, [LONG, HIDDEN, CONTROL, "a\nb", "x" * 101, TWO])],
    ),
]


def test_every_field_of_every_form_is_in_these_tables():
    listed = {(page.form, asked.name.partition("-")[0]) for page in [*PAGES, *SEARCHES] for asked in page.fields}

    missing = {(form, name) for form in forms() - BUTTONS_ALONE - BASES for name in fields_of(form)} - listed

    assert missing == set()


def test_a_form_that_is_only_a_button_has_no_fields():
    assert {form: fields_of(form) for form in BUTTONS_ALONE} == {form: set() for form in BUTTONS_ALONE}


@pytest.mark.slow
@pytest.mark.one_engine
@pytest.mark.parametrize("page", PAGES, ids=repr)
def test_an_answer_that_will_not_do_is_sent_back_with_everything_typed_and_nothing_stored(office, engine, page):
    scene = Scene(office)
    browser, address, ours = at(scene, page)
    before = rows()

    faults = {}
    for asked in page.fields:
        for wrong in wrong_answers(asked, engine):
            send(browser, address, page.sound | {"csrf_token": ours}, asked.name, wrong)
            faults[asked.name, short(wrong)] = faults_of(browser, page, asked, wrong)
        assert rows() == before, f"something was stored, with a wrong answer to {asked.name}"

    assert {wrong: found for wrong, found in faults.items() if found} == {}


@pytest.mark.slow
@pytest.mark.one_engine
@pytest.mark.parametrize("visitor", VISITORS)
def test_a_body_that_is_no_form_is_refused_and_nothing_is_stored(office, visitor):
    scene = Scene(office)

    found = {}
    for page in (page for page in PAGES if page.visitor == visitor):
        browser, address, ours = at(scene, page)
        before = rows()
        found[repr(page)] = [
            send_raw(browser, address, json=page.sound | {"csrf_token": ours}),
            send_raw(browser, address, data=b"\xff\xfe\x00", content_type="application/x-www-form-urlencoded"),
            send_raw(browser, address, data=b"--x\r\nnonsense", content_type="multipart/form-data; boundary=x"),
            send_raw(browser, address, data=b"<a/>", content_type="text/xml"),
            send_raw(browser, address, data={"name": "x" * 1_100_000}),
        ]
        assert rows() == before, f"{page!r} stored something"

    assert {page: given for page, given in found.items() if not all(400 <= status < 500 for status in given)} == {}


@pytest.mark.slow
@pytest.mark.both_engines
@pytest.mark.parametrize("page", SEARCHES, ids=repr)
def test_a_search_that_will_not_do_says_why_and_keeps_the_words(office, page):
    scene = Scene(office)
    browser, address = scene.browser(page.visitor), scene.address(page.rule, page.visitor)

    faults = {}
    for asked in page.fields:
        for wrong in (wrong for wrong in asked.wrong if wrong != A_FILE):
            query = MultiDict(page.pressed | page.sound)
            query.setlist(asked.name, ["one", "other"] if wrong == TWO else [wrong])
            browser.get(address, query_string=query)
            faults[asked.name, short(wrong)] = faults_of(browser, page, asked, wrong)

    assert {wrong: found for wrong, found in faults.items() if found} == {}


@pytest.mark.both_engines
@pytest.mark.parametrize(
    "query",
    [
        "view=%00",
        "view=" + "x" * 5000,
        "on=%00",
        "on=0001-01-01",
        "on=9999-12-31",
        "page=-1",
        "page=0",
        "page=x",
        "page=99999999999999999999999",
        "page=" + "9" * 5000,
        "view=month&on=2199-12-31",
        "view=week&on=2000-01-01",
        "unknown=1",
        "q[]=1",
        "q=%ff%fe",
        "q=%25_\\",
    ],
)
def test_an_address_that_somebody_changed_by_hand_still_gives_a_page(office, query):
    make.training_session()

    assert office.browser().get(f"/?{query}").status == 200


@pytest.mark.both_engines
@pytest.mark.parametrize("before", ["x", "-1", "0", "99999999999999999999999", "9" * 5000, "%00"])
def test_the_list_of_emails_goes_on_from_any_number(office, before):
    scene = Scene(office)

    assert scene.browser("coordinator").get(f"/manage/notices?before={before}").status == 200


@pytest.mark.both_engines
@pytest.mark.parametrize("number", ["0", "999999", "2147483648", "99999999999999999999999", "-1", "x"])
def test_an_email_that_is_not_there_cannot_be_sent_again(office, number):
    scene = Scene(office)
    browser = scene.browser("coordinator")

    browser.post(f"/manage/notices/{number}/again", csrf_token=token(browser))

    assert browser.status == 404


@pytest.mark.parametrize("role", ["", "nobody", "admin", HIDDEN, LONG])
def test_the_demo_lets_nobody_be_anybody_else(office, role):
    browser = office.browser()

    browser.post("/demo/sign-in", role=role, csrf_token=token(browser))

    assert browser.status == 404


@pytest.mark.parametrize("answer", ["no", "YES", "1", LONG, HIDDEN])
def test_go_ahead_is_said_by_its_button_alone(office, answer):
    scene = Scene(office)
    overlapping = make.training_session()
    browser = scene.browser("staff")
    before = rows()

    browser.post(f"/sessions/{overlapping.ref}/book", go_ahead=answer, csrf_token=token(browser))

    assert (browser.status, browser.heading) == (409, "Book a place")
    assert rows() == before


def wrong_answers(asked, engine):
    """All of them on SQLite. On PostgreSQL those at which a database may stumble if a form lets them through."""
    wrong = [*asked.wrong, *(["", ABSENT] if asked.needed else [])]
    return wrong if engine == "sqlite" else [each for each in wrong if is_hard_to_store(each)]


def is_hard_to_store(answer):
    """Nothing at all, too much, a character that no database keeps, a number."""
    return answer in {"", ABSENT, HIDDEN} or len(answer) > 100 or answer.lstrip("-").isdecimal()


def forms():
    """Every form that a page of ours has."""
    found, waiting = set(), [Form]
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        found.add(form)
    ours = {form for form in found if form.__module__.startswith("app.pages.")}
    ours = {form for form in ours if form.__name__ != form.__base__.__name__}  # not those made for one record
    return {form for form in ours if form.__module__ != "app.pages.forms"} - {Form, SearchForm}


def fields_of(form):
    return {name for name in dir(form) if isinstance(getattr(form, name), UnboundField)}


def at(scene, page):
    """A browser that has opened the page, the address it posts to, and the token of its session."""
    browser = scene.browser(page.visitor)
    if page.form is CodeForm:
        browser.get("/sign-in").submit("Email me a link", email=ADDRESS)
    address = scene.address(page.rule, page.visitor)
    return browser, address, token(browser)


def send(browser, address, sound, name, wrong):
    sent = MultiDict(sound)
    sent.setlist(
        name,
        {A_FILE: [(BytesIO(b"x"), "x.txt")], TWO: ["one answer", "another answer"], ABSENT: []}.get(wrong, [wrong]),
    )
    browser.post(address, **{key: each if len(each) > 1 else each[0] for key, each in sent.lists() if each})


def send_raw(browser, address, **body):
    answer = browser.client.post(address, base_url=browser.base, headers={"Referer": browser.base + address}, **body)
    return answer.status_code


def faults_of(browser, page, asked, wrong):
    """What is not as it should be about the answer to a wrong value."""
    found = []
    if not 400 <= browser.status < 500:
        return [f"answered {browser.status}"]
    if len(browser.errors) != 1:
        found.append(f"said {browser.errors}")
    elif not is_plain(browser.errors[0]):
        found.append(f"said '{browser.errors[0]}'")
    expected = {name: answer for name, answer in page.sound.items() if name != asked.name}
    if asked.kept and wrong not in {A_FILE, TWO, ABSENT, ""}:
        expected[asked.name] = wrong
    shown = shown_on(browser.page)
    found += [f"lost {name}" for name, answer in expected.items() if plain(answer) not in map(plain, shown[name])]
    return found


def shown_on(page):
    """What the fields of a page hold, by name."""
    shown = {}
    for tag in (page or BeautifulSoup("", "html.parser")).select("input, textarea, select option"):
        if tag.name == "option":
            name, value = tag.find_parent("select")["name"], tag["value"] if tag.has_attr("selected") else None
        elif tag.name == "textarea":
            name, value = tag["name"], tag.get_text()
        else:
            is_box = tag.get("type") in {"radio", "checkbox"}
            name, value = tag["name"], tag.get("value", "") if not is_box or tag.has_attr("checked") else None
        shown.setdefault(name, [])
        if value is not None:
            shown[name].append(value)
    return shown


def plain(text):
    # A browser reads line ends as one character, and drops what no page can hold.
    return "".join(text.replace("\r\n", "\n").replace("\x00", "").replace("\ufffd", "").split())


def is_plain(sentence):
    """A sentence of ours: it begins with a capital, names its thing, and is nobody's library's."""
    strange = ("this field", "invalid", "not a valid", "required", "csrf", "error", "traceback", "none")
    return sentence[:1].isupper() and " " in sentence and not any(word in sentence.lower() for word in strange)


def short(value):
    return value if len(value) < 30 else f"{value[:5]}… ({len(value)})"
