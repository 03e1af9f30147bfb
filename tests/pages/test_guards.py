import re
from urllib.parse import parse_qs, urlsplit

import pytest

from app import door
from tests import make
from tests.pages.scene import VISITORS, Scene, routes, token

# Who may go where, and what is shown there, is the same whatever the database.
pytestmark = pytest.mark.one_engine

IN = "to sign-in"
REGISTER = "/manage/sessions/<ref>/register"
AGAIN = "/manage/notices/<int(max=2147483647):number>/again"
SESSION = "/manage/sessions/<ref>"
SEND_AGAIN = f"{SESSION}/emails/<int(max=2147483647):number>/again"
REOPEN = "/manage/rooms/<slug>/closures/<int(max=2147483647):closure_id>/reopen"
SITE = "/manage/sites/<int(max=2147483647):site_id>"
REPLY = "/manage/replies/<int(max=2147483647):number>"
STORE = "/manage/rooms/northgate-hospital-store"
COURSES = "/manage/courses"
COURSE = f"{COURSES}/the-course"
SCHEDULE = "/manage/courses/<slug>/schedule"
COPY = f"{COURSES}/using-social-media-to-keep-up-to-date-copy"
QUESTION = "/manage/courses/<slug>/questions/<int(max=30):number>"

# Every page: its guard, and what nobody, staff, a trainer and a coordinator get. A new page is listed here first.
PAGES = {
    "/": ("open to all", 200, 200, 200, 200),
    "/a/<token>": ("open to all", 200, 200, 200, 200),
    "/accessibility": ("open to all", 200, 200, 200, 200),
    "/bookings/": ("signed in", IN, 200, 200, 200),
    "/bookings/<ref>": ("signed in", IN, 200, 200, 200),
    "/bookings/<ref>.ics": ("signed in", IN, 200, 200, 200),
    "/bookings/<ref>/cancel": ("signed in", IN, 200, 200, 200),
    "/bookings/<ref>/change": ("signed in", IN, 200, 200, 200),
    "/bookings/<ref>/coming": ("signed in", IN, 200, 200, 200),
    "/calendars/courses/<slug>": ("open to all", 200, 200, 200, 200),
    "/calendars/courses/<slug>.ics": ("open to all", 200, 200, 200, 200),
    "/calendars/me/<token>.ics": ("open to all", 200, 200, 200, 200),
    "/calendars/rooms/<slug>": ("open to all", 200, 200, 200, 200),
    "/calendars/rooms/<slug>.ics": ("open to all", 200, 200, 200, 200),
    "/calendars/trainers/<ref>": ("open to all", 200, 200, 200, 200),
    "/calendars/trainers/<ref>.ics": ("open to all", 200, 200, 200, 200),
    "/calendars/whats-on": ("open to all", 200, 200, 200, 200),
    "/calendars/whats-on.ics": ("open to all", 200, 200, 200, 200),
    "/cookies": ("open to all", 200, 200, 200, 200),
    "/courses/": ("open to all", 200, 200, 200, 200),
    "/courses/<slug>": ("open to all", 200, 200, 200, 200),
    "/courses/<slug>/wait": ("signed in", IN, 200, 200, 200),
    "/health/live": ("open to all", 200, 200, 200, 200),
    "/health/ready": ("open to all", 200, 200, 200, 200),
    "/help": ("open to all", 200, 200, 200, 200),
    "/manage/bookings/<ref>": ("trainer", IN, 403, 200, 200),
    "/manage/courses": ("trainer", IN, 403, 200, 200),
    "/manage/courses.csv": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/about": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/archive": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/audience": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/booking": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/objectives": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/owner": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/plan": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/preview": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/questions": ("trainer", IN, 403, 200, 200),
    QUESTION: ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/questions/new": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/rooms": ("trainer", IN, 403, 200, 200),
    "/manage/courses/<slug>/trainers": ("trainer", IN, 403, 200, 200),
    "/manage/courses/new": ("trainer", IN, 403, 200, 200),
    SCHEDULE: ("trainer", IN, 403, 200, 200),
    f"{SCHEDULE}/details": ("trainer", IN, 403, 200, 200),
    f"{SCHEDULE}/room": ("trainer", IN, 403, f"{COURSE}/schedule", f"{COURSE}/schedule"),
    "/manage/demand": ("coordinator", IN, 403, 403, 200),
    "/manage/demand.csv": ("coordinator", IN, 403, 403, 200),
    "/manage/demand/<slug>": ("coordinator", IN, 403, 403, 200),
    "/manage/demand/<slug>.csv": ("coordinator", IN, 403, 403, 200),
    "/manage/notices": ("coordinator", IN, 403, 403, 200),
    "/manage/notices.csv": ("coordinator", IN, 403, 403, 200),
    "/manage/people": ("coordinator", IN, 403, 403, 200),
    "/manage/people.csv": ("coordinator", IN, 403, 403, 200),
    "/manage/people/<ref>": ("coordinator", IN, 403, 403, 200),
    "/manage/people/<ref>/addresses": ("coordinator", IN, 403, 403, 200),
    "/manage/people/<ref>/addresses/remove": ("coordinator", IN, 403, 403, 200),
    "/manage/people/<ref>/emails": ("coordinator", IN, 403, 403, 200),
    "/manage/people/<ref>/merge": ("coordinator", IN, 403, 403, 200),
    "/manage/people/<ref>/merge/<other>": ("coordinator", IN, 403, 403, 200),
    "/manage/people/new": ("coordinator", IN, 403, 403, 200),
    "/manage/replies": ("coordinator", IN, 403, 403, 200),
    REPLY: ("coordinator", IN, 403, 403, 200),
    f"{REPLY}/mail": ("coordinator", IN, 403, 403, 200),
    "/manage/timetable": ("trainer", IN, 403, 200, 200),
    "/manage/timetable.csv": ("trainer", IN, 403, 200, 200),
    "/manage/timetable/schedule": ("trainer", IN, 403, 200, 200),
    "/manage/rooms": ("coordinator", IN, 403, 403, 200),
    "/manage/rooms.csv": ("coordinator", IN, 403, 403, 200),
    "/manage/rooms/<slug>": ("coordinator", IN, 403, 403, 200),
    "/manage/rooms/<slug>/close": ("coordinator", IN, 403, 403, 200),
    "/manage/rooms/<slug>/retire": ("coordinator", IN, 403, 403, 200),
    "/manage/rooms/day": ("trainer", IN, 403, 200, 200),
    "/manage/rooms/day.csv": ("trainer", IN, 403, 200, 200),
    "/manage/rooms/new": ("coordinator", IN, 403, 403, 200),
    "/manage/sessions/<ref>": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/bookings/<booking_ref>/remove": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/emails": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/emails.csv": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/history": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/history.csv": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/people.csv": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/waiting.csv": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/write": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/cancel": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/larger/<slug>": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/link": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/move": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/places": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/promote": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/repeat": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/room": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/run": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/swap": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/trainers": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/register": ("trainer", IN, 403, 200, 200),
    "/manage/sessions/<ref>/register.csv": ("trainer", IN, 403, 200, 200),
    SITE: ("coordinator", IN, 403, 403, 200),
    "/manage/sites/new": ("coordinator", IN, 403, 403, 200),
    "/manage/waits/<ref>/front": ("coordinator", IN, 403, 403, 200),
    "/manage/waits/<ref>/off": ("coordinator", IN, 403, 403, 200),
    "/manage/waits/<ref>/place": ("coordinator", IN, 403, 403, 200),
    "/manage/waits/<ref>/why": ("coordinator", IN, 403, 403, 200),
    "/me": ("signed in", IN, 200, 200, 200),
    "/me/addresses": ("signed in", IN, 200, 200, 200),
    "/me/calendar": ("signed in", IN, 200, 200, 200),
    "/me/emails": ("signed in", IN, 200, 200, 200),
    "/me/name": ("signed in", IN, 200, 200, 200),
    "/offers/<ref>": ("signed in", IN, 200, 200, 200),
    "/privacy": ("open to all", 200, 200, 200, 200),
    "/sessions/<ref>": ("open to all", 200, 200, 200, 200),
    "/sessions/<ref>.ics": ("open to all", 200, 200, 200, 200),
    "/sessions/<ref>/book": ("signed in", IN, 200, 200, 200),
    "/sessions/<ref>/book-for": ("signed in", IN, 200, 200, 200),
    "/sessions/<ref>/book-for-several": ("signed in", IN, 200, 200, 200),
    "/sessions/<ref>/wait": ("signed in", IN, 200, 200, 200),
    "/sign-in": ("open to all", 200, "/", "/", "/"),
    "/sign-in/<token>": ("open to all", 200, 200, 200, 200),
    "/sign-in/code": ("open to all", IN, IN, IN, IN),
    "/waits/<ref>": ("signed in", IN, 200, 200, 200),
    "/waits/<ref>/leave": ("signed in", IN, 200, 200, 200),
}
# Every button: the same, when it is pressed with the token of one's own page and nothing else.
BUTTONS = {
    "/bookings/<ref>/undo": ("signed in", IN, "/bookings/<ref>", "/bookings/<ref>", "/bookings/<ref>"),
    "/bookings/<ref>/change": ("signed in", IN, 422, 422, 422),
    "/bookings/<ref>/coming": ("signed in", IN, "/bookings/<ref>", "/bookings/<ref>", "/bookings/<ref>"),
    "/a/<token>": ("open to all", 200, 200, 200, 200),
    "/bookings/<ref>/cancel": ("signed in", IN, "/bookings/<ref>", "/bookings/<ref>", "/bookings/<ref>"),
    "/courses/<slug>/wait": ("signed in", IN, 422, 422, 422),
    "/demo/sign-in": ("open to all", 404, 404, 404, 404),
    "/manage/bookings/<ref>/put-right": ("trainer", IN, 403, "/manage/bookings/<ref>", "/manage/bookings/<ref>"),
    "/manage/courses/<slug>/about": ("trainer", IN, 403, 422, 422),
    "/manage/courses/<slug>/archive": ("trainer", IN, 403, f"{COURSES}/no-more", f"{COURSES}/no-more"),
    "/manage/courses/<slug>/audience": ("trainer", IN, 403, COURSE, COURSE),
    "/manage/courses/<slug>/booking": ("trainer", IN, 403, 422, 422),
    "/manage/courses/<slug>/copy": ("trainer", IN, 403, COPY, COPY),
    "/manage/courses/<slug>/draft": ("trainer", IN, 403, f"{COURSES}/too-soon", f"{COURSES}/too-soon"),
    "/manage/courses/<slug>/objectives": ("trainer", IN, 403, COURSE, COURSE),
    "/manage/courses/<slug>/owner": ("trainer", IN, 403, 422, 422),
    "/manage/courses/<slug>/plan": ("trainer", IN, 403, COURSE, COURSE),
    "/manage/courses/<slug>/publish": ("trainer", IN, 403, f"{COURSES}/a-draft", f"{COURSES}/a-draft"),
    "/manage/courses/<slug>/questions": ("trainer", IN, 403, 404, 404),
    QUESTION: ("trainer", IN, 403, 422, 422),
    "/manage/courses/<slug>/questions/new": ("trainer", IN, 403, 422, 422),
    "/manage/courses/<slug>/restore": ("trainer", IN, 403, f"{COURSES}/archived", f"{COURSES}/archived"),
    "/manage/courses/<slug>/rooms": ("trainer", IN, 403, COURSE, COURSE),
    "/manage/courses/<slug>/trainers": ("trainer", IN, 403, COURSE, COURSE),
    "/manage/courses/new": ("trainer", IN, 403, 422, 422),
    f"{SCHEDULE}/details": ("trainer", IN, 403, 422, 422),
    "/manage/timetable/publish": ("trainer", IN, 403, 422, 422),
    "/manage/people": ("coordinator", IN, 403, 403, "/manage/people"),
    "/manage/people/<ref>": ("coordinator", IN, 403, 403, 422),
    "/manage/people/<ref>/addresses": ("coordinator", IN, 403, 403, 422),
    "/manage/people/<ref>/addresses/remove": ("coordinator", IN, 403, 403, 422),
    "/manage/people/<ref>/emails": ("coordinator", IN, 403, 403, 422),
    "/manage/people/<ref>/merge": ("coordinator", IN, 403, 403, 422),
    "/manage/people/<ref>/merge/<other>": ("coordinator", IN, 403, 403, 422),
    "/manage/people/new": ("coordinator", IN, 403, 403, 422),
    AGAIN: ("coordinator", IN, 403, 403, "/manage/notices"),
    f"{REPLY}/give-up": ("coordinator", IN, 403, 403, REPLY),
    f"{REPLY}/leave": ("coordinator", IN, 403, 403, REPLY),
    f"{REPLY}/undo": ("coordinator", IN, 403, 403, REPLY),
    "/manage/sessions/<ref>/bookings/<booking_ref>/remove": ("trainer", IN, 403, 422, 422),
    SEND_AGAIN: ("trainer", IN, 403, f"{SESSION}/emails", f"{SESSION}/emails"),
    f"{SESSION}/emails/put-right": ("trainer", IN, 403, f"{SESSION}/emails", f"{SESSION}/emails"),
    "/manage/sessions/<ref>/write": ("trainer", IN, 403, 422, 422),
    "/manage/sessions/<ref>/cancel": ("trainer", IN, 403, 409, 409),  # a form that does not say what it has seen
    "/manage/sessions/<ref>/larger/<slug>": ("trainer", IN, 403, 422, 422),
    "/manage/sessions/<ref>/link": ("trainer", IN, 403, 422, 422),
    "/manage/sessions/<ref>/move": ("trainer", IN, 403, 422, 422),
    "/manage/sessions/<ref>/places": ("trainer", IN, 403, 422, 422),
    "/manage/sessions/<ref>/repeat": ("trainer", IN, 403, 422, 422),
    "/manage/sessions/<ref>/room": ("trainer", IN, 403, 422, 422),
    "/manage/sessions/<ref>/run": ("trainer", IN, 403, 422, 422),
    "/manage/sessions/<ref>/swap": ("trainer", IN, 403, 422, 422),
    "/manage/sessions/<ref>/trainers": ("trainer", IN, 403, 422, 422),
    REGISTER: ("trainer", IN, 403, REGISTER, REGISTER),
    "/manage/rooms/<slug>": ("coordinator", IN, 403, 403, 422),
    "/manage/rooms/<slug>/bring-back": ("coordinator", IN, 403, 403, "/manage/rooms/northgate-hospital-old-store"),
    "/manage/rooms/<slug>/close": ("coordinator", IN, 403, 403, 422),
    REOPEN: ("coordinator", IN, 403, 403, STORE),
    "/manage/rooms/<slug>/retire": ("coordinator", IN, 403, 403, STORE),
    "/manage/rooms/new": ("coordinator", IN, 403, 403, 422),
    SITE: ("coordinator", IN, 403, 403, 422),
    "/manage/sites/new": ("coordinator", IN, 403, 403, 422),
    "/manage/waits/<ref>/front": ("coordinator", IN, 403, 403, 422),
    "/manage/waits/<ref>/off": ("coordinator", IN, 403, 403, 422),
    "/manage/waits/<ref>/place": ("coordinator", IN, 403, 403, 422),
    "/me": ("signed in", IN, 422, 422, 422),
    "/me/addresses": ("signed in", IN, 422, 422, 422),
    "/me/calendar": ("signed in", IN, 422, 422, 422),
    "/me/calendar/reset": ("signed in", IN, "/me/calendar", "/me/calendar", "/me/calendar"),
    "/me/emails": ("signed in", IN, 422, 422, 422),
    "/me/name": ("signed in", IN, 422, 422, 422),
    "/me/sign-out-everywhere": ("signed in", IN, IN, IN, IN),
    "/offers/<ref>": ("signed in", IN, 422, 422, 422),
    "/sessions/<ref>/book": ("signed in", IN, 422, 422, 422),
    "/sessions/<ref>/book-for": ("signed in", IN, 422, 422, 422),
    "/sessions/<ref>/book-for-several": ("signed in", IN, 422, 422, 422),
    "/sessions/<ref>/wait": ("signed in", IN, 422, 422, 422),
    "/sign-in": ("open to all", 422, "/", "/", "/"),
    "/sign-in/<token>": ("open to all", "/", "/", "/", "/"),
    "/sign-in/code": ("open to all", IN, IN, IN, IN),
    "/sign-out": ("open to all", "/", "/", "/", "/"),
    "/waits/<ref>/still-want": ("signed in", IN, "/waits/<ref>", "/waits/<ref>", "/waits/<ref>"),
    "/waits/<ref>/leave": ("signed in", IN, "/waits/<ref>", "/waits/<ref>", "/waits/<ref>"),
}


def outcome(scene, browser, rule, visitor):
    """The status, or where the answer redirects to, in the words of the tables above."""
    if browser.status != 303:
        return browser.status
    path = urlsplit(browser.answer.headers["Location"]).path
    deed = "/(cancel|coming|still-want|leave|undo|give-up|put-right)$"
    record, its_rule = (re.sub(deed, "", each) for each in (scene.address(rule, visitor), rule))
    return {"/sign-in": IN, record: its_rule}.get(path, path.replace(scene.booked_on.ref, "<ref>"))


def test_every_page_is_listed_here_with_its_guard(service):
    found = {
        rule: view.guard for (rule, method), view in routes(service).items() if method == "GET" and has_guard(view)
    }

    assert found == {rule: row[0] for rule, row in PAGES.items()}


def test_every_button_is_listed_here_with_its_guard(service):
    found = {rule: view.guard for (rule, method), view in routes(service).items() if method != "GET"}

    assert found == {rule: row[0] for rule, row in BUTTONS.items()}


def test_only_what_flask_itself_serves_wears_no_guard(service):
    assert [rule for (rule, _), view in routes(service).items() if not has_guard(view)] == ["/static/<path:filename>"]


def test_no_view_wears_two_guards(service):
    worn = {rule: guards_of(view) for (rule, _), view in routes(service).items() if has_guard(view)}

    assert {rule for rule, count in worn.items() if count != 1} == set()


@pytest.mark.slow
@pytest.mark.both_engines
@pytest.mark.parametrize("visitor", VISITORS)
def test_every_page_opens_for_those_who_may_see_it_and_nobody_else(office, visitor):
    scene = Scene(office)
    browser = scene.browser(visitor)

    found = {rule: outcome(scene, browser.get(scene.address(rule, visitor)), rule, visitor) for rule in PAGES}

    assert found == {rule: row[1 + VISITORS.index(visitor)] for rule, row in PAGES.items()}


@pytest.mark.slow
@pytest.mark.parametrize("visitor", VISITORS)
def test_every_button_acts_for_those_who_may_press_it_and_nobody_else(office, visitor):
    scene = Scene(office)

    found = {rule: pressed(scene, rule, visitor) for rule in BUTTONS}

    assert found == {rule: row[1 + VISITORS.index(visitor)] for rule, row in BUTTONS.items()}


@pytest.mark.parametrize("end", ["", ".ics", "/cancel", "/change", "/coming"])
def test_somebody_elses_booking_looks_as_if_there_were_none(office, end):
    scene = Scene(office)
    browser = scene.browser("staff")

    theirs = browser.get(f"/bookings/{scene.nobodys.ref}{end}")
    said, status = theirs.main, theirs.status
    none = browser.get(f"/bookings/222222{end}")

    assert (status, said) == (404, none.main)


@pytest.mark.parametrize("visitor", ["trainer", "coordinator"])
def test_a_persons_own_booking_page_is_theirs_alone_even_to_those_who_run_training(office, visitor):
    scene = Scene(office)

    assert scene.browser(visitor).get(f"/bookings/{scene.bookings['staff'].ref}").status == 404


def test_nobody_can_cancel_somebody_elses_booking_by_its_address(office):
    scene = Scene(office)
    browser = scene.browser("staff")

    browser.post(f"/bookings/{scene.nobodys.ref}/cancel", csrf_token=token(browser))

    assert (browser.status, office.fresh(scene.nobodys).state) == (404, "booked")


def test_a_trainer_cannot_open_another_trainers_list_of_people(office):
    scene = Scene(office)
    browser = scene.browser("trainer").get(f"/manage/sessions/{scene.others.ref}")

    assert browser.status == 403
    assert "Otto" not in browser.text
    assert "hearing loop" not in browser.text


def test_the_owner_of_a_course_opens_the_list_of_people_of_its_sessions(office):
    owner = make.trainer("Olga Owner")
    training_session = make.training_session(course=make.course(owner=owner))

    assert office.browser(owner).get(f"/manage/sessions/{training_session.ref}").status == 200


@pytest.mark.parametrize("part", ["draft session", "draft course"])
def test_what_is_not_on_the_timetable_yet_cannot_be_seen_by_its_address(office, part):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    with_state = training_session if part == "draft session" else training_session.course
    office.do(setattr, with_state, "state", "draft")
    browser = office.browser(make.person())

    addresses = [f"/sessions/{training_session.ref}{end}" for end in ("", ".ics", "/book")]

    assert [browser.get(address).status for address in addresses] == [404, 404, 404]


def test_whoever_presses_book_signs_in_and_comes_back_to_the_same_session(office):
    scene = Scene(office)
    browser = office.browser().get(f"/sessions/{scene.free.ref}").click("Book a place")
    browser.follow().submit("Email me a link", email=scene.people["staff"].address)

    browser.follow().submit("Sign in", code=code_in(office.deliver()))

    assert browser.answer.headers["Location"] == f"/sessions/{scene.free.ref}/book"
    assert browser.follow().heading == "Book a place"


def test_the_link_in_the_letter_leads_back_to_the_same_session_on_another_device(office):
    scene = Scene(office)
    office.browser().get(f"/sign-in?next=/sessions/{scene.free.ref}").submit(
        "Email me a link", email=scene.people["staff"].address
    )

    other = office.browser().get(link_in(office.deliver())).submit("Sign in")

    assert other.answer.headers["Location"] == f"/sessions/{scene.free.ref}"


def test_somebody_new_says_who_they_are_and_then_comes_back_to_the_same_session(office):
    training_session = make.training_session()
    browser = office.browser().get(f"/sessions/{training_session.ref}/book").follow()
    browser.submit("Email me a link", email="new@example.org").follow()
    browser.submit("Sign in", code=code_in(office.deliver())).follow()

    browser.follow().submit("Continue", name="Newt New")

    assert browser.answer.headers["Location"] == f"/sessions/{training_session.ref}/book"


def test_a_button_alone_leads_back_to_its_page_after_signing_in(office):
    browser = office.browser()

    browser.answer = browser.client.post(
        "/me/sign-out-everywhere", base_url=browser.base, headers={"Referer": browser.base + "/me"}
    )

    assert parse_qs(urlsplit(browser.answer.headers["Location"]).query) == {"next": ["/me"]}


def test_a_page_under_a_prefix_leads_back_under_the_same_prefix(office):
    training_session = make.training_session()
    browser = office.browser(make.person())

    answer = browser.client.get(
        f"/sign-in?next=/sessions/{training_session.ref}",
        base_url=browser.base,
        environ_overrides={"SCRIPT_NAME": "/training"},
    )

    assert answer.headers["Location"] == f"/training/sessions/{training_session.ref}"


def test_a_page_kept_for_one_prefix_is_not_shown_under_another(office):
    browser = office.browser()

    shown = {
        prefix: browser.client.get("/", environ_overrides={"SCRIPT_NAME": prefix}).text for prefix in ("/one", "/other")
    }

    assert ['href="/one/courses/"' in text for text in shown.values()] == [True, False]


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "https://evil.example",
    "https:evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ok\r\nSet-Cookie: a=b",
    "/\x00",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "?next=//evil.example",
    "/" + "a" * 500,
    "",
    None,
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_redirect_leads_to_no_page_but_our_own(target):
    assert door.own_path(target) == "/"


@pytest.mark.parametrize("target", ["/", "/me", "/sessions/K7QX2M/book", "/?q=a%20b&view=month", "/a:b", "/x?u=//y"])
def test_a_redirect_leads_to_any_page_of_our_own(target):
    assert door.own_path(target) == target


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/%09/evil.example"])
def test_the_address_of_the_sign_in_page_cannot_send_anybody_elsewhere(office, target):
    browser = office.browser(make.person())

    browser.get(f"/sign-in?next={target}")

    assert browser.answer.headers["Location"] == "/"


def test_the_demos_buttons_cannot_send_anybody_elsewhere(office):
    make.person(address="hca1@example.org")
    browser = office.browser()

    browser.post("/demo/sign-in", csrf_token=token(browser), role="staff", next="//evil.example")

    assert browser.answer.headers["Location"] == "/"


def test_a_sign_in_link_asked_for_with_a_foreign_target_leads_home(office):
    person = make.person()
    office.browser().get("/sign-in?next=https://evil.example").submit("Email me a link", email=person.address)

    browser = office.browser().get(link_in(office.deliver())).submit("Sign in")

    assert browser.answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    "address", ["/sessions/%00", "/sessions/%00/book", "/courses/a%00b", "/bookings/%00", "/a/%00"]
)
def test_an_address_with_characters_that_nobody_sees_is_no_page(office, address):
    assert office.browser(make.coordinator()).get(address).status == 404


@pytest.mark.parametrize(
    "address",
    [
        "/sessions/222222",
        "/sessions/" + "K" * 3000,
        "/sessions/../../etc/passwd",
        "/sessions/%27%20OR%201=1--",
        "/courses/none",
        "/bookings/%F0%9F%98%80",
        "/manage/sessions/222222",
        "/nowhere",
    ],
)
def test_an_address_of_nothing_is_a_page_that_says_so(office, address):
    browser = office.browser(make.coordinator()).get(address)

    assert (browser.status, browser.heading) == (404, "Page not found")


def test_a_button_that_a_page_does_not_have_is_refused_in_words(office):
    browser = office.browser().post("/help")

    assert (browser.status, browser.heading) == (405, "This page does not work like that")
    assert "GET" in browser.answer.headers["Allow"]


def pressed(scene, rule, visitor):
    browser, address = scene.browser(visitor), scene.address(rule, visitor)
    browser.post(address, csrf_token=token(browser))
    return outcome(scene, browser, rule, visitor)


def has_guard(view):
    return hasattr(view, "guard")


def guards_of(view):
    """How many guards a view wears, one over the other."""
    count = 0
    while view is not None:
        count += view.__code__.co_qualname.startswith("_guarded.")
        view = getattr(view, "__wrapped__", None)
    return count


def code_in(letters):
    [letter] = letters
    return next(line.strip() for line in letter.text.splitlines() if line.strip().isdigit())


def link_in(letters):
    [letter] = letters
    address = next(line for line in letter.text.splitlines() if "/sign-in/" in line)
    return urlsplit(address).path
