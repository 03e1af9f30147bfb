import csv
import re
from email import policy
from email.parser import BytesParser
from io import StringIO

import icalendar
import pytest
from bs4 import BeautifulSoup

from app import attendance, timetable
from app.notices.pens import one_line
from tests import make
from tests.pages.scene import routes

# Who may go where, and what is shown there, is the same whatever the database.
pytestmark = pytest.mark.one_engine

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "picture": "<img src=x onerror=alert(1)>",
    "quotes": """a"b'c`d"><b id=broken>""",
    "template": "{{7*7}} {% raw %} ${7*7} %s {0}",
    "entity": "&lt;b&gt; &amp; &#x3C;",
    "lines": "Title\r\nBEGIN:VEVENT\r\nUID:evil\r\nEND:VEVENT",
    "header": "Title\r\nBcc: everybody@evil.example\r\n\r\nHello",
    "formula": '=HYPERLINK("https://evil.example","x")',
    "turned round": "\u202egpj.exe\u202c and \u2066on\u2069",
    "emoji": "Tea ☕ and 👩🏽‍⚕️ and 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "long": "Using Social Media to Keep up to Date, and a good deal more than that besides: a title of many letters",
    "Welsh": "Llŷr ap Gŵyn-Rhŷs",
    "Polish": "Łucja Żółć-Święcicka",
    "Arabic": "عبد الرحمن بن محمد",
    "calendar": "a;b,c:d\\e\\nf\\N^n",
    "markdown": "[press](javascript:alert(1)) **b** ![x](https://evil.example/x.gif)",
    "address": "https://evil.example/?a=<b>",
}
LINES = {"lines", "header"}
NAMES = sorted(HOSTILE)


class Service:
    """A service in which everything that somebody can name is called by one hostile text."""

    def __init__(self, office, text):
        self.office, self.text = office, text
        self.person = make.person(text, address="p@example.org", team=one_line(text)[:120])
        self.trainer = make.trainer(text, address="t@example.org")
        question = {"ask": text, "kind": "text", "choices": [], "needed": False}
        choice = {"ask": "Which?", "kind": "choice", "choices": [one_line(text), "Another"], "needed": False}
        self.course = make.course(
            text[:120],
            places=1,
            topic=one_line(text)[:80],
            summary=text,
            description=text,
            audience=text,
            bring=text,
            objectives=[text],
            questions=[question, choice],
            owner=self.trainer,
        )
        self.room = make.room(text[:120], site=text[:119] + "!", access=text, directions=text)
        office.do(setattr, self.room, "equipment", text)
        self.training_session = make.training_session(
            course=self.course, room=self.room, trainers=[self.trainer], capacity=1
        )
        make.training_session(course=self.course, starts_at=make.IN_TWO_WEEKS + make.timedelta(days=30))

    def book(self):
        return make.booking(
            self.training_session,
            self.person,
            answers=[(self.text, self.text), ("Which?", one_line(self.text))],
            access_needs=self.text,
        )


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_people_typed_is_shown_as_they_typed_it_and_does_nothing_on_any_page(office, name):
    service = Service(office, HOSTILE[name])
    visitor = office.browser(service.person).get(f"/sessions/{service.training_session.ref}/book")
    pages = {"book": visitor.page}
    booking = service.book()
    manager = office.browser(make.coordinator())
    session, course = service.training_session.ref, service.course.slug
    addresses = [
        "/",
        "/?view=month",
        "/?view=week&on=2026-12-15",
        "/courses/",
        f"/courses/{course}",
        f"/sessions/{session}",
    ]
    own = ["/bookings/", f"/bookings/{booking.ref}", f"/bookings/{booking.ref}/cancel", "/me"]
    pages |= {address: visitor.get(address).page for address in addresses + own}
    pages |= {
        address: manager.get(address).page
        for address in (
            f"/manage/sessions/{session}",
            f"/manage/sessions/{session}/emails",
            f"/manage/sessions/{session}/history",
            f"/manage/sessions/{session}/write",
            "/manage/notices",
        )
    }

    assert {address for address, page in pages.items() if plain(HOSTILE[name]) not in plain(words_of(page))} == set()
    assert {address: faults_of(page) for address, page in pages.items() if faults_of(page)} == {}


@pytest.mark.parametrize("name", sorted(set(NAMES) - LINES))
def test_a_search_for_anything_shows_what_was_looked_for_and_does_nothing(office, name):
    browser = office.browser().get("/", query_string={"q": HOSTILE[name][:100]})

    assert browser.status == 200
    assert plain(browser.page.find(id="q")["value"]) == plain(HOSTILE[name][:100])
    assert faults_of(browser.page) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_people_typed_does_nothing_in_letters(office, name):
    text = HOSTILE[name]
    service = Service(office, text)
    office.cancel(service.book())
    make.booking(service.training_session, make.person("Nia Nurse"))
    office.now += make.timedelta(days=7)

    letters = office.deliver()

    assert len(letters) >= 4
    for letter in letters:
        html = BeautifulSoup(letter.html, "html.parser")
        assert faults_of(html) == []
        assert letter.message.keys() == [key for key in letter.message.keys() if key != "Bcc"]  # noqa: SIM118
        assert "\n" not in letter.subject
        assert unseen_gone(text) in plain(letter.text)
        assert unseen_gone(text) in plain(html.get_text(" "))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_people_typed_stays_in_its_line_of_the_calendar_entry(office, name):
    text = HOSTILE[name]
    service = Service(office, text)
    service.book()

    [letter] = [letter for letter in office.deliver() if letter.subject.startswith("Booked:")]

    [event] = icalendar.Calendar.from_ical(letter.calendar).walk("VEVENT")
    assert letter.calendar.count(b"\r\nBEGIN:VEVENT") == 1
    assert letter.calendar.count(b"\r\nUID:") == 1
    assert plain(str(event["SUMMARY"])) == unseen_gone(text[:120])
    assert "\n" not in event["SUMMARY"]
    assert "\n" not in event["LOCATION"]
    assert plain(event["ATTENDEE"].params["CN"]) in {
        plain(text),
        plain(text.replace('"', "'")),
        unseen_gone(text.replace('"', "'")),
    }
    assert str(event["ATTENDEE"]) == "mailto:p@example.org"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_people_typed_stays_in_its_line_of_a_downloaded_entry(office, name):
    text = HOSTILE[name]
    service = Service(office, text)
    booking = service.book()
    browser = office.browser(service.person)

    for address in (f"/sessions/{service.training_session.ref}.ics", f"/bookings/{booking.ref}.ics"):
        data = browser.get(address).answer.get_data()
        [event] = icalendar.Calendar.from_ical(data).walk("VEVENT")
        assert data.count(b"\r\nBEGIN:VEVENT") == 1
        assert plain(str(event["SUMMARY"])) == plain(text[:120])
        assert "ATTENDEE" not in event


# Everything at once, for the pages of which there are too many to try each alone.
ALL = "=1+\"'`><b id=broken><img src=x onerror=alert(1)>{{7*7}}{0}%s\u202e\r\nBCC: x"


def test_on_the_pages_of_those_who_run_training_nothing_that_was_typed_does_anything(office):
    service = Service(office, ALL)
    booking = service.book()
    said = {"sender": ALL, "subject": ALL, "words": ALL, "details": ALL, "uid": ALL, "method": ALL[:20]}
    make.reply(booking, **said, answer=ALL[:20])
    make.reply(booking, **said, did="came_back")
    office.do(setattr, service.room, "booked_with", ALL)
    office.now = service.training_session.starts_at
    office.do(
        attendance.add_walk_in,
        service.training_session.id,
        f"Wanda {one_line(ALL)}",
        by=service.trainer,
        now=office.now,
    )
    later = make.IN_TWO_WEEKS + make.timedelta(days=3)
    office.do(
        timetable.close_room, service.room.id, later, later + make.timedelta(days=1), why=ALL, by=None, now=office.now
    )
    manager = office.browser(make.coordinator())
    opened = {address: (manager.get(address).status, manager.page) for address in addresses_of(service, booking)}
    found = {address: page for address, (_, page) in opened.items()}

    assert {address: status for address, (status, _) in opened.items() if status != 200} == {}
    assert {address: faults_of(page) for address, page in found.items() if faults_of(page)} == {}
    assert {address for address, page in found.items() if "49" in re.findall(r"\b49\b", words_of(page))} == set()


def test_no_cell_of_any_list_starts_a_formula(office):
    service = Service(office, ALL)
    service.book()
    office.now = service.training_session.starts_at
    office.do(
        attendance.add_walk_in,
        service.training_session.id,
        f"=Wanda {one_line(ALL)}",
        by=service.trainer,
        now=office.now,
    )
    manager = office.browser(make.coordinator())
    lists = sorted({rule for rule, method in routes(office.app) if method == "GET" and rule.endswith(".csv")})

    found = {}
    for rule in lists:
        text = manager.get(rule.replace("<ref>", service.training_session.ref)).answer.get_data().decode("utf-8-sig")
        cells = [cell for line in csv.reader(StringIO(text, newline="")) for cell in line]
        found[rule] = (len(cells), [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))])

    assert len(lists) >= 10
    assert {rule: starting for rule, (_, starting) in found.items() if starting} == {}
    assert min(count for count, _ in found.values()) > 4


def addresses_of(service, booking):
    session, course = f"/manage/sessions/{service.training_session.ref}", f"/manage/courses/{service.course.slug}"
    person, room = f"/manage/people/{service.person.ref}", f"/manage/rooms/{service.room.slug}"
    on_the_day = f"{service.training_session.starts_at:%Y-%m-%d}"
    steps = ("about", "objectives", "audience", "booking", "questions", "questions/1", "trainers", "rooms", "plan")
    changes = ("move", "room", "places", "trainers", "link", "swap", "cancel", "history", "emails", "register")
    return [
        "/manage/timetable",
        "/manage/timetable/schedule",
        *(f"/manage/bookings/{booking.ref}", "/manage/replies?show=all", "/manage/replies/1"),
        *(course, *(f"{course}/{step}" for step in steps), f"{course}/preview", f"{course}/archive"),
        f"{course}/schedule?like={service.training_session.ref}",
        *(f"{session}/{change}" for change in changes),
        *(f"{session}/register?copy={copy}" for copy in ("sign", "trainer")),
        f"{session}/bookings/{booking.ref}/remove",
        *("/manage/rooms", room, f"{room}/close", f"{room}/retire", f"/manage/sites/{service.room.site_id}"),
        *(f"/manage/rooms/day?on={on_the_day}", "/manage/rooms/day?on=2026-12-18"),
        *("/manage/people", person, f"{person}/addresses", f"{person}/merge", f"{person}/merge/{service.trainer.ref}"),
    ]


def test_a_link_of_a_description_that_would_run_something_is_no_link(office):
    course = make.course(description="[press](javascript:alert(1)) [or](data:text/html,x) [me](https://example.org)")

    page = office.browser().get(f"/courses/{course.slug}").page

    assert [a["href"] for a in page.main.find_all("a") if a.get("rel")] == ["https://example.org"]


def test_html_in_a_description_is_shown_as_it_was_typed(office):
    course = make.course(description="<iframe src=https://evil.example></iframe><form action=//evil.example>")

    page = office.browser().get(f"/courses/{course.slug}").page

    assert page.find("iframe") is None
    assert [form["action"] for form in page.find_all("form") if "evil" in form.get("action", "")] == []
    assert "<iframe src=https://evil.example>" in page.get_text()


@pytest.mark.parametrize("name", ["header", "Polish"])
def test_nobodys_name_reaches_the_log(office, name, caplog):
    text = HOSTILE[name]
    caplog.set_level("INFO")

    service = Service(office, text)
    service.book()
    office.deliver()

    assert "p@example.org" not in caplog.text
    assert text not in caplog.text


def test_the_letters_bytes_can_be_read_back_whatever_the_name(office):
    make.booking(make.training_session(), make.person("عبد الرحمن <evil@example.org>, x", address="p@example.org"))

    [letter] = office.deliver()

    raw = BytesParser(policy=policy.default).parsebytes(letter.message.as_bytes())
    assert [address.addr_spec for address in raw["To"].addresses] == ["p@example.org"]


def words_of(page):
    """What a reader sees, and what stands in boxes and tool tips."""
    boxes = [tag.get("value", "") for tag in page.find_all(["input", "option"])]
    return " ".join([page.get_text(" "), *boxes])


def faults_of(page):
    """What would act: a script, a picture from elsewhere, a handler, a link that runs something, markup let in."""
    found = [tag.name for tag in page.find_all("script") if not tag.get("src", "").startswith("/static/")]
    found += [str(tag)[:60] for tag in page.find_all(["img", "iframe", "object", "embed", "base"])]
    found += [str(tag)[:60] for tag in page.find_all(id="broken")]
    for tag in page.find_all(True):
        found += [f"{tag.name} {name}" for name in tag.attrs if name.startswith("on")]
        target = tag.get("href") or tag.get("src") or tag.get("action") or ""
        if not re.match(r"(/(?!/)|#|\?|https?:|mailto:|tel:|$)", target):
            found.append(f"{tag.name} to {target[:40]}")
    return found


def plain(text):
    return "".join(text.split())


def unseen_gone(text):
    """As letters have it: without characters that turn writing round."""
    return plain(one_line(text))
