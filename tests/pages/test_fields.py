from dataclasses import dataclass, field
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from werkzeug.datastructures import MultiDict
from wtforms.fields.core import UnboundField

from app.pages.bookings import BookForm, CancelForm
from app.pages.courses import SearchCoursesForm
from app.pages.forms import Form, SearchForm
from app.pages.links import ButtonForm
from app.pages.manage.notices import StateForm
from app.pages.me import AddressForm, DetailsForm, LettersForm
from app.pages.sign_in import AskForm, CodeForm, LinkForm
from app.pages.timetable import FindForm
from tests import make
from tests.pages.scene import ANSWERS, Scene, rows, token

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

PAGES = [
    Page(AskForm, "/sign-in", "nobody", {"email": ADDRESS}, [Asked("email", True, EMAILS)]),
    Page(
        CodeForm,
        "/sign-in/code",
        "nobody",
        {"code": "123456"},
        [Asked("code", True, CODES), Asked("own_device", False, [A_FILE, TWO])],
    ),
    Page(LinkForm, "/sign-in/<token>", "nobody", {}, [Asked("own_device", False, [A_FILE, TWO])]),
    Page(DetailsForm, "/me/name", "staff", DETAILS, [NAME, TEAM, PHONE]),
    Page(DetailsForm, "/me", "staff", DETAILS, [NAME, TEAM, PHONE]),
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
    Page(StateForm, "/manage/notices", "coordinator", {}, [Asked("state", False, [*CHOICE], kept=False)]),
]
BUTTONS_ALONE = {CancelForm, ButtonForm}


def each_field(pages):
    return [pytest.param(page, asked, id=f"{page!r}-{asked.name}") for page in pages for asked in page.fields]


def test_every_field_of_every_form_is_in_these_tables():
    listed = {(page.form, asked.name) for page in [*PAGES, *SEARCHES] for asked in page.fields}

    missing = {(form, name) for form in forms() - BUTTONS_ALONE for name in fields_of(form)} - listed

    assert missing == set()


def test_a_form_that_is_only_a_button_has_no_fields():
    assert {form: fields_of(form) for form in BUTTONS_ALONE} == {form: set() for form in BUTTONS_ALONE}


@pytest.mark.parametrize(("page", "asked"), each_field(PAGES))
def test_an_answer_that_will_not_do_is_sent_back_with_everything_typed_and_nothing_stored(office, page, asked):
    scene = Scene(office)
    browser, address, ours = at(scene, page)
    before = rows()

    faults = {}
    for wrong in [*asked.wrong, *(["", ABSENT] if asked.needed else [])]:
        send(browser, address, page.sound | {"csrf_token": ours}, asked.name, wrong)
        faults[short(wrong)] = faults_of(browser, page, asked, wrong)

    assert {wrong: found for wrong, found in faults.items() if found} == {}
    assert rows() == before


@pytest.mark.parametrize("page", PAGES, ids=repr)
def test_a_body_that_is_no_form_is_refused_and_nothing_is_stored(office, page):
    scene = Scene(office)
    browser, address, ours = at(scene, page)
    before = rows()

    found = [
        send_raw(browser, address, json=page.sound | {"csrf_token": ours}),
        send_raw(browser, address, data=b"\xff\xfe\x00", content_type="application/x-www-form-urlencoded"),
        send_raw(browser, address, data=b"--x\r\nnonsense", content_type="multipart/form-data; boundary=x"),
        send_raw(browser, address, data=b"<a/>", content_type="text/xml"),
        send_raw(browser, address, data={"name": "x" * 1_100_000}),
    ]

    assert [status for status in found if not 400 <= status < 500] == []
    assert rows() == before


@pytest.mark.parametrize(("page", "asked"), each_field(SEARCHES))
def test_a_search_that_will_not_do_says_why_and_keeps_the_words(office, page, asked):
    scene = Scene(office)
    browser = scene.browser(page.visitor)

    faults = {}
    for wrong in asked.wrong:
        if wrong == A_FILE:
            continue
        given = ["one", "other"] if wrong == TWO else [wrong]
        query = MultiDict([*page.sound.items()])
        query.setlist(asked.name, given)
        browser.get(page.rule, query_string=query)
        faults[short(wrong)] = faults_of(browser, page, asked, wrong)

    assert {wrong: found for wrong, found in faults.items() if found} == {}


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


@pytest.mark.parametrize("before", ["x", "-1", "0", "99999999999999999999999", "9" * 5000, "%00"])
def test_the_list_of_emails_goes_on_from_any_number(office, before):
    scene = Scene(office)

    assert scene.browser("coordinator").get(f"/manage/notices?before={before}").status == 200


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


def forms():
    """Every form that a page of ours has."""
    found, waiting = set(), [Form]
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        found.add(form)
    ours = {form for form in found if form.__module__.startswith("app.pages.")}
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
    for tag in (page or BeautifulSoup("", "html.parser")).find_all(["input", "textarea", "option"]):
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
