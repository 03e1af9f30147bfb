from datetime import timedelta

import pytest

from tests import make
from tests.pages.scene import ANSWERS, VISITORS, Scene, routes, rows, token

AGAIN = "/manage/notices/<int(max=2147483647):number>/again"
SEND_AGAIN = "/manage/sessions/<ref>/emails/<int(max=2147483647):number>/again"
QUESTION = "/manage/courses/<slug>/questions/<int(max=30):number>"
REOPEN = "/manage/rooms/<slug>/closures/<int(max=2147483647):closure_id>/reopen"
REPLY = "/manage/replies/<int(max=2147483647):number>"
SITE = "/manage/sites/<int(max=2147483647):site_id>"
DAY = {"from_on-day": "8", "from_on-month": "3", "from_on-year": "2027"}
NEXT_DAY = {
    "day_1-day": "16",
    "day_1-month": "12",
    "day_1-year": "2026",
    "start_1": "2pm",
    "end_1": "4pm",
}
SEEN = {"seen": "999999"}  # all that others have done

# Every button: who presses it, and what they send so that it would act if it came from our own page.
BUTTONS = {
    SEND_AGAIN: ("trainer", {}),  # while there is no newer news
    "/a/<token>": ("nobody", {}),
    "/bookings/<ref>/cancel": ("trainer", {}),
    "/bookings/<ref>/coming": ("coordinator", {}),
    "/bookings/<ref>/undo": ("staff", {}),
    "/courses/<slug>/wait": ("coordinator", {"wants": "new", "how": "ask", **ANSWERS}),
    "/demo/sign-in": ("nobody", {"role": "staff"}),
    "/manage/bookings/<ref>/put-right": ("trainer", {}),
    "/manage/sessions/<ref>/emails/put-right": ("trainer", {}),
    f"{REPLY}/give-up": ("coordinator", {}),
    f"{REPLY}/leave": ("coordinator", {}),
    f"{REPLY}/undo": ("coordinator", {}),
    "/manage/courses/<slug>/about": (
        "trainer",
        {
            "title": "Changed",
            "summary": "Changed",
            "minutes": "9",
            "parts": "1",
            "held": "room",
            "language": "en",
            **SEEN,
        },
    ),
    "/manage/courses/<slug>/archive": ("trainer", {}),
    "/manage/courses/<slug>/audience": ("trainer", {"audience": "Changed", **SEEN}),
    "/manage/courses/<slug>/booking": (
        "trainer",
        {"places": "9", "minimum": "1", "closes_hours_before": "0", "last_few": "3", **SEEN},
    ),
    "/manage/courses/<slug>/copy": ("trainer", {}),
    "/manage/courses/<slug>/draft": ("trainer", {}),
    "/manage/courses/<slug>/objectives": ("trainer", {"objectives": "Changed", **SEEN}),
    "/manage/courses/<slug>/plan": ("trainer", {"plan": "1 Changed", **SEEN}),
    "/manage/courses/<slug>/publish": ("trainer", {}),
    "/manage/courses/<slug>/questions": ("trainer", {"down": "1", **SEEN}),
    QUESTION: ("trainer", {"ask": "Changed?", "kind": "text", "needed": "no", **SEEN}),
    "/manage/courses/<slug>/questions/new": ("trainer", {"ask": "Another?", "kind": "text", "needed": "no", **SEEN}),
    "/manage/courses/<slug>/restore": ("trainer", {}),
    "/manage/courses/<slug>/rooms": ("trainer", {"room_needs": "PCs", **SEEN}),
    "/manage/courses/<slug>/trainers": ("trainer", {"trainers": "OLU222", **SEEN}),
    "/manage/courses/<slug>/schedule/details": (
        "trainer",
        {
            "trainers": "OLU222",
            "joining_link": "https://meet.example.org/1",
            "capacity": "5",
            "minimum": "0",
            "opens": "at once",
            "closes": "at start",
            "keep": "now",
            "go": "yes",
        },
    ),
    "/manage/timetable/publish": ("trainer", {"drafts": "DRAFT2"}),
    "/manage/people": ("coordinator", {"q": "Kit"}),
    "/manage/people/<ref>": ("coordinator", {"name": "Changed", **SEEN}),
    "/manage/people/<ref>/addresses": ("coordinator", {"email": "kit@fourth.example.org"}),
    "/manage/people/<ref>/addresses/remove": ("coordinator", {"address": "kit@third.example.org"}),
    "/manage/people/<ref>/emails": ("coordinator", {"address": "kit@second.example.org"}),
    "/manage/people/<ref>/merge": ("coordinator", {"q": "Kit"}),
    "/manage/people/<ref>/merge/<other>": ("coordinator", {"stays": "KIT222", "go": "yes"}),
    "/manage/people/new": ("coordinator", {"name": "Nele New"}),
    "/manage/courses/new": ("trainer", {"title": "Another", "minutes": "60", "places": "9"}),
    AGAIN: ("coordinator", {}),
    "/manage/sessions/<ref>/bookings/<booking_ref>/remove": ("trainer", {"words": "You asked me to.", "go": "yes"}),
    "/manage/sessions/<ref>/write": ("trainer", {"headline": "The slides", "words": "Here they are.", "go": "yes"}),
    "/bookings/<ref>/change": ("coordinator", {"date": "DATE22"}),  # the last who has a place there
    "/manage/sessions/<ref>/register": ("trainer", {"walk_in": "Wanda Walker"}),
    "/manage/rooms/<slug>": ("coordinator", {"name": "Changed", "capacity": "5", **SEEN}),
    "/manage/rooms/<slug>/bring-back": ("coordinator", {}),
    "/manage/rooms/<slug>/close": ("coordinator", {"why": "Inspection", **DAY}),
    REOPEN: ("coordinator", {}),
    "/manage/rooms/<slug>/retire": ("coordinator", {}),
    "/manage/rooms/new": ("coordinator", {"site_name": "Another site", "name": "Another room", "capacity": "5"}),
    SITE: ("coordinator", {"site_name": "Changed", **SEEN}),
    "/manage/sites/new": ("coordinator", {"site_name": "One more site"}),
    "/me": ("staff", {"name": "Changed"}),
    "/me/addresses": ("staff", {"email": "another@example.org"}),
    "/me/calendar": ("staff", {"calendar": "feed"}),
    "/me/calendar/reset": ("staff", {}),  # which they have by now
    "/me/emails": ("staff", {"address": "staff@second.example.org"}),
    "/me/name": ("staff", {"name": "Changed again"}),
    "/me/sign-out-everywhere": ("staff", {}),
    "/sessions/<ref>/book": ("staff", ANSWERS),
    "/sessions/<ref>/book-for": ("staff", {"name": "Cai Carer", "email": "cai@example.org", **ANSWERS}),
    "/sessions/<ref>/book-for-several": ("staff", {"people": "several@example.org", "go": "yes"}),
    "/offers/<ref>": ("staff", {"answer": "take"}),
    "/sessions/<ref>/wait": ("staff", {"wants": "this", "how": "book", **ANSWERS}),
    "/waits/<ref>/still-want": ("staff", {}),
    "/waits/<ref>/leave": ("staff", {}),
    "/sign-in": ("nobody", {"email": "new@example.org"}),
    "/sign-in/<token>": ("nobody", {}),
    "/sign-in/code": ("nobody", {"code": "123456"}),
    "/sign-out": ("staff", {}),
    "/manage/sessions/<ref>/swap": ("coordinator", {"other": "SWAP22", "go": "yes", **SEEN}),
    "/manage/sessions/<ref>/move": ("coordinator", {**NEXT_DAY, "go": "yes", **SEEN}),
    "/manage/sessions/<ref>/places": (
        "coordinator",
        {"capacity": "13", "minimum": "1", "opens": "at once", "closes": "at start", "go": "yes", **SEEN},
    ),
    "/manage/sessions/<ref>/repeat": ("trainer", {"often": "week", "more": "1", "dates": "2026-12-23", **SEEN}),
    "/manage/sessions/<ref>/room": (
        "coordinator",
        {"room": "-online", "joining_link": "https://meet.example.org/1", "capacity": "14", "go": "yes", **SEEN},
    ),
    "/manage/sessions/<ref>/larger/<slug>": ("trainer", {"capacity": "24", "go": "yes", **SEEN}),
    "/manage/sessions/<ref>/link": (
        "coordinator",
        {"joining_link": "https://meet.example.org/2", "go": "yes", **SEEN},
    ),
    "/manage/sessions/<ref>/trainers": ("coordinator", {"trainers": "FAY222", "go": "yes", **SEEN}),
    "/manage/sessions/<ref>/cancel": ("coordinator", {"go": "yes", **SEEN}),
    "/manage/sessions/<ref>/run": ("trainer", {"minimum": "0", "go": "yes", **SEEN}),
    "/manage/waits/<ref>/front": ("coordinator", {"words": "She asked first.", "go": "yes"}),
    "/manage/waits/<ref>/off": ("coordinator", {"words": "You rang us.", "go": "yes"}),
    "/manage/waits/<ref>/place": ("coordinator", {"session": "FREE22", "words": "Needed on the ward.", "go": "yes"}),
    "/manage/courses/<slug>/owner": ("coordinator", {"owner": "FAY222", **SEEN}),
}


def test_every_button_is_listed_here(service):
    assert {rule for rule, method in routes(service) if method != "GET"} == set(BUTTONS)


@pytest.mark.one_engine
@pytest.mark.parametrize("sent", ["none", "made up", "somebody else's"])
def test_no_button_acts_without_the_token_of_ones_own_page(office, sent):
    scene = Scene(office)
    make.person(address="hca1@example.org")
    theirs = {"none": {}, "made up": {"csrf_token": "made up"}}.get(sent) or {"csrf_token": token(office.browser())}
    presses = {rule: ready(scene, rule) for rule in BUTTONS}
    before = rows()

    statuses = {
        rule: browser.post(address, **BUTTONS[rule][1], **(theirs if sent != "none" else {})).status
        for rule, (browser, address) in presses.items()
    }

    assert {rule for rule, status in statuses.items() if not 400 <= status < 500} == set()
    assert rows() == before


@pytest.mark.slow
@pytest.mark.both_engines
def test_the_same_buttons_do_act_with_the_token(office):
    scene = Scene(office)
    make.person(address="hca1@example.org")
    idle = []
    for rule, (_, fields) in BUTTONS.items():
        browser, address = ready(scene, rule)
        ours, before = token(browser), rows()
        browser.post(address, **fields, csrf_token=ours)
        if rows() == before:
            idle.append(rule)

    # A wrong code is a try, which counts; a search is kept by the browser; everything else shows in what is stored too.
    assert idle == ["/manage/people", "/manage/people/<ref>/merge"]


@pytest.mark.slow
@pytest.mark.one_engine
@pytest.mark.parametrize("visitor", VISITORS)
def test_every_form_that_posts_carries_a_token(office, visitor):
    scene = Scene(office)
    pages = [rule for rule, method in routes(office.app) if method == "GET" and "static" not in rule]
    browser = scene.browser(visitor)

    bare = []
    for rule in pages:
        page = browser.get(scene.address(rule, visitor)).page
        forms = page.find_all("form", method="post") if page else []
        bare += [rule for form in forms if not (form.find("input", {"name": "csrf_token"}) or {}).get("value")]

    assert bare == []


def test_a_form_without_the_token_comes_back_with_what_was_typed(office):
    scene = Scene(office)
    browser = scene.browser("staff")

    browser.post("/me", name="Nia Jones", team="Ward 9")

    assert browser.status == 422
    assert browser.errors == ["We could not check that this came from your own page. Please press the button again."]
    assert browser.page.find(id="name")["value"] == "Nia Jones"


def test_a_button_without_the_token_says_what_to_do(office):
    scene = Scene(office)

    browser = scene.browser("staff").post("/me/sign-out-everywhere")

    assert browser.status == 400
    assert "Please press the button again" in browser.main


def test_nothing_typed_is_lost_when_the_session_runs_out(office):
    scene = Scene(office)
    browser = typed_and_ran_out(scene)

    sign_in_again(browser, scene.people["staff"])

    assert browser.page.find(id="access_needs").get_text().strip() == "Step-free access"
    assert browser.page.find(id="answer_question_1")["value"] == "Nursing news"
    assert [tag["value"] for tag in browser.page.select("input[type=radio][checked]")] == ["Bluesky", "yes"]


def test_what_came_back_can_be_sent_by_pressing_the_button(office):
    scene = Scene(office)
    browser = typed_and_ran_out(scene)
    sign_in_again(browser, scene.people["staff"])

    browser.submit("Book a place", go_ahead="yes")

    assert browser.status == 303
    assert browser.answer.headers["Location"].startswith("/bookings/")


def test_nobody_is_booked_while_they_are_not_signed_in(office):
    scene = Scene(office)
    before = rows(apart_from=("signed_in",))

    typed_and_ran_out(scene)

    assert rows(apart_from=("signed_in",)) == before


def test_what_somebody_typed_is_not_shown_to_the_next_person_at_the_computer(office):
    scene = Scene(office)
    browser = typed_and_ran_out(scene)

    sign_in_again(browser, scene.people["trainer"])

    assert browser.heading == "Book a place"
    assert "Step-free access" not in browser.page.find(id="access_needs").get_text()
    assert browser.page.find(id="answer_question_1").get("value", "") == ""


def test_what_was_typed_on_one_page_does_not_turn_up_on_another(office):
    scene = Scene(office)
    another = make.training_session(course=scene.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=3))
    browser = typed_and_ran_out(scene)
    sign_in_again(browser, scene.people["staff"])

    browser.get(f"/sessions/{another.ref}/book")

    assert browser.page.find(id="answer_question_1").get("value", "") == ""


def test_a_stranger_who_posts_without_being_signed_in_leaves_nothing_behind(office):
    scene = Scene(office)
    before = rows()

    office.browser().post(f"/sessions/{scene.free.ref}/book", **ANSWERS)

    assert rows() == before


def test_nothing_typed_is_lost_at_the_end_of_a_long_day(office):
    scene = Scene(office)
    browser = typed_and_ran_out(scene, after=timedelta(hours=13))

    sign_in_again(browser, scene.people["staff"])

    assert browser.page.find(id="access_needs").get_text().strip() == "Step-free access"


def ready(scene, rule):
    """A browser at the page of the button, and the button's address."""
    visitor = BUTTONS[rule][0]
    browser, address = scene.browser(visitor), scene.address(rule, visitor)
    if rule == "/bookings/<ref>/undo":
        address = f"/bookings/{scene.declined.ref}/undo"
    if rule == "/sign-in/code":
        browser.get("/sign-in").submit("Email me a link", email=scene.people["staff"].address)
    return browser, address


def typed_and_ran_out(scene, after=timedelta(minutes=31)):
    """Fills in the booking form, goes to help somebody, comes back, and presses the button."""
    browser = scene.browser("staff").get(f"/sessions/{scene.free.ref}/book")
    scene.office.now += after
    browser.submit("Book a place", **ANSWERS)
    assert browser.status == 303
    return browser.follow()


def sign_in_again(browser, person):
    browser.submit("Email me a link", email=person.address).follow()
    letter = next(letter for letter in browser.office.deliver() if letter.subject.startswith("Sign in"))
    code = next(line.strip() for line in letter.text.splitlines() if line.strip().isdigit())
    browser.submit("Sign in", code=code).follow()
