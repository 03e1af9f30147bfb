from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from itsdangerous import URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict

from app import pages
from app.pages.forms import (
    Form,
    SearchForm,
    attachment,
    carried,
    choice,
    code,
    day,
    email,
    long_text,
    phone,
    pick,
    short_text,
    tick,
    ticks,
    time_of_day,
    typed,
    whole_number,
    with_questions,
    yes_no,
)

TRY_AGAIN = "We could not check that this came from your own page. Please press the button again."
FORM_PAGE = """{% extends "base.html" %}
{% from "macros/fields.html" import field, form_start, form_end, button %}
{% block title %}Book a place{% endblock %}
{% block content %}{{ form_start(form) }}
{% for each in form if each.shape is defined and each.shape != "hidden" %}{{ field(each) }}{% endfor %}
{{ button("Book a place") }}{{ form_end() }}{% endblock %}"""


class EveryForm(Form):
    """One question of each kind, all needed."""

    name = short_text("Your name", thing="your name", autocomplete="name", hint="As on your badge")
    about = long_text("About you", thing="something about you", most=20)
    address = email()
    number = phone()
    digits = code()
    step_free = yes_no("Do you need step-free access?", thing="if you need step-free access")
    site = choice("Site", ["Northgate", ("fairfield", "Fairfield House", "Two steps")], thing="a site")
    room = pick("Room", [(1, "IT room"), (2, "Seminar room")], thing="a room")
    needs = ticks("Equipment", ["PCs", "Projector"], thing="what you need")
    agreed = tick("I can come", thing="that you can come", needed=True)
    starts_on = day("Date", thing="the date")
    starts = time_of_day("Start", thing="the start time")
    places = whole_number("Places", least=1, greatest=50, thing="the number of places")
    sheet = attachment("Timetable", endings=(".csv", ".xlsx"), thing="the timetable")


class OptionalForm(Form):
    name = short_text("Your name", thing="your name", needed=False)
    address = email(needed=False)
    number = phone(needed=False)
    step_free = yes_no("Do you need step-free access?", thing="if you need it", needed=False)
    site = choice("Site", ["Northgate"], needed=False)
    needs = ticks("Equipment", ["PCs"], needed=False)
    agreed = tick("I can come")
    starts_on = day("Date", needed=False)
    starts = time_of_day("Start", needed=False)
    places = whole_number("Places", least=1, greatest=50, needed=False)
    sheet = attachment("Timetable", endings=(".csv",), needed=False)


SOUND = {
    "name": "Zoë Łukasik",
    "about": "Two\r\nlines",
    "address": "Zoe@Example.org",
    "number": "01632 960 001 ext 4021",
    "digits": "123 456",
    "step_free": "no",
    "site": "fairfield",
    "room": "2",
    "needs": ["PCs", "Projector"],
    "agreed": "yes",
    "starts_on-day": "6",
    "starts_on-month": "Oct",
    "starts_on-year": "2026",
    "starts": "9:30am",
    "places": "10",
}


def sent(frame, form_class, **changes):
    """The form as if a browser had posted it, checked; its token is left out of the matter."""
    kept = {name: value for name, value in changes.items() if value is not None}
    with frame.test_request_context("/", method="POST", data=kept):
        form = form_class(meta={"csrf": False})
        form.validate_on_submit()
    return form


def sentence(frame, name, value):
    """What is said beside a field of EveryForm for one value."""
    return sent(frame, EveryForm, **{name: value})[name].errors[:1]


def test_sound_answers_come_back_as_what_they_mean(frame):
    form = sent(frame, EveryForm, **SOUND, sheet=(BytesIO(b"x"), "Timetable.XLSX"))

    found = form.data
    assert form.errors == {}
    assert found.pop("sheet").filename == "Timetable.XLSX"
    assert found == {
        "name": "Zoë Łukasik",
        "about": "Two\nlines",
        "address": "zoe@example.org",
        "number": "01632 960 001 ext 4021",
        "digits": "123456",
        "step_free": False,
        "site": "fairfield",
        "room": 2,
        "needs": ["PCs", "Projector"],
        "agreed": True,
        "starts_on": date(2026, 10, 6),
        "starts": time(9, 30),
        "places": 10,
    }


def test_every_question_left_out_is_asked_for_by_name(frame):
    form = sent(frame, EveryForm)

    assert {name: errors[0] for name, errors in form.errors.items()} == {
        "name": "Enter your name",
        "about": "Enter something about you",
        "address": "Enter your email address",
        "number": "Enter your phone number",
        "digits": "Enter the 6-digit code",
        "step_free": "Select if you need step-free access",
        "site": "Select a site",
        "room": "Select a room",
        "needs": "Select what you need",
        "agreed": "Select that you can come",
        "starts_on": "Enter the date",
        "starts": "Enter the start time",
        "places": "Enter the number of places",
        "sheet": "Select the timetable",
    }


def test_questions_that_are_not_needed_may_be_left_out(frame):
    form = sent(frame, OptionalForm)

    assert form.errors == {}
    assert form.data == {
        "name": "",
        "address": "",
        "number": "",
        "step_free": None,
        "site": None,
        "needs": [],
        "agreed": False,
        "starts_on": None,
        "starts": None,
        "places": None,
        "sheet": None,
    }


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("name", " \t\u200b ", "Enter your name"),
        ("name", "x" * 121, "Your name must be 120 characters or fewer"),
        ("name", "Anna\nBcc: all@example.org", "Your name must be on one line, without tabs"),
        ("name", "Anna\tJones", "Your name must be on one line, without tabs"),
        ("name", "An\x00na", "Your name must not include hidden characters. Type it instead of pasting it"),
        ("about", "x" * 21, "Something about you must be 20 characters or fewer"),
        ("about", "a\x07b", "Something about you must not include hidden characters. Type it instead of pasting it"),
        ("address", "anna", "Enter an email address in the correct format, like name@example.com"),
        ("address", "a@b@example.org", "Enter an email address in the correct format, like name@example.com"),
        ("number", "ring me", "Enter a phone number, like 01632 960 001, 07700 900 982 or ext 4021"),
        ("number", "1", "Enter a phone number, like 01632 960 001, 07700 900 982 or ext 4021"),
        ("digits", "12345", "The 6-digit code must be 6 numbers, like 123456"),
        ("digits", "١٢٣٤٥٦", "The 6-digit code must be 6 numbers, like 123456"),
        ("step_free", "perhaps", "Select if you need step-free access"),
        ("site", "Atlantis", "Select a site from the list"),
        ("room", "3", "Select a room from the list"),
        ("needs", ["PCs", "Gold"], "Select what you need from the list"),
        ("agreed", "maybe", "Select that you can come"),
        ("starts", "late", "Enter the start time like 9:30am, 2pm or 14:00"),
        ("starts", "2:00", "Enter the start time like 9:30am, 2pm or 14:00"),
        ("places", "ten", "The number of places must be a whole number, like 10"),
        ("places", "10.5", "The number of places must be a whole number, like 10"),
        ("places", "51", "The number of places must be between 1 and 50"),
        ("places", "9" * 15, "The number of places must be a whole number, like 10"),
    ],
)
def test_an_answer_that_will_not_do_is_told_why_and_what_to_do(frame, name, value, says):
    assert sentence(frame, name, value) == [says]


@pytest.mark.parametrize(
    ("parts", "says", "anchor"),
    [
        (("31", "2", "2026"), "The date must be a real date, like 6 10 2026", "starts_on-day"),
        (("6", "", "2026"), "The date must include a month", "starts_on-month"),
        (("6", "", ""), "The date must include a month and year", "starts_on-month"),
        (("6", "10", "26"), "The date must be a real date, like 6 10 2026", "starts_on-day"),
        (("6", "Smarch", "2026"), "The date must be a real date, like 6 10 2026", "starts_on-day"),
    ],
)
def test_a_date_that_will_not_do_is_told_why_and_which_box(frame, parts, says, anchor):
    names = ("starts_on-day", "starts_on-month", "starts_on-year")
    form = sent(frame, EveryForm, **dict(zip(names, parts, strict=True)))

    assert form.starts_on.errors == [says]
    assert form.starts_on.anchor == anchor


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("9am", time(9)),
        ("9.30 a.m.", time(9, 30)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("Midday", time(12)),
        ("noon", time(12)),
        ("14:00", time(14)),
        ("09:05", time(9, 5)),
        ("9:30", time(9, 30)),
        ("02:00", time(2)),
        ("0:00", time(0)),
        ("13pm", None),
        ("24:00", None),
        ("9:75", None),
        ("9", None),
    ],
)
def test_times_are_read_as_people_write_them_and_never_guessed(text, meant):
    assert typed.as_time(text) == meant


def test_a_file_of_another_kind_is_refused(frame):
    form = sent(frame, EveryForm, sheet=(BytesIO(b"x"), "timetable.pdf"))

    assert form.sheet.errors == ["The timetable must be a CSV or XLSX file"]


def test_a_file_where_a_text_was_asked_is_refused(frame):
    form = sent(frame, EveryForm, name=(BytesIO(b"x"), "name.txt"))

    assert form.name.errors == ["Your name must not be a file"]


def test_two_answers_to_one_question_are_refused(frame):
    form = sent(frame, OptionalForm, name=["Anna", "Beth"])

    assert form.name.errors == ["Your name must be given only once"]


def test_letters_written_in_two_parts_are_composed(frame):
    assert sent(frame, OptionalForm, name="  Zoe\u0308 ").name.data == "Zo\u00eb"


def test_a_number_pasted_from_an_address_book_loses_its_invisible_marks(frame):
    assert sent(frame, OptionalForm, number="\u202a+44 7700 900982\u202c").number.data == "+44 7700 900982"


def test_json_is_not_a_form(frame):
    with frame.test_request_context("/", method="POST", json=["Anna"]):
        form = EveryForm(meta={"csrf": False})

        assert not form.validate_on_submit()


def test_a_form_may_be_checked_twice(frame):
    with frame.test_request_context("/", method="POST", data=SOUND):
        form = EveryForm(meta={"csrf": False})
        form.validate()
        once = (form.data, form.errors)
        form.validate()

    assert (form.data, form.errors) == once


def test_a_record_fills_a_form_before_anything_is_typed(frame):
    with frame.test_request_context("/"):
        form = EveryForm(name="Anna", room=2, step_free=True, starts_on=date(2026, 10, 6), starts=time(0), places=4)

        assert form.name.facts(heading=False, size=None)["value"] == "Anna"
        assert [item["checked"] for item in form.step_free.facts(heading=False, size=None)["items"]] == [True, False]
        assert [item["selected"] for item in form.room.facts(heading=False, size=None)["items"]] == [False, False, True]
        assert form.starts_on.boxes == {"day": "6", "month": "10", "year": "2026"}
        assert (form.starts.text, form.places.text) == ("00:00", "4")


def test_choices_can_depend_on_the_record(frame):
    with frame.test_request_context("/", method="POST", data={"room": "7"}):
        form = EveryForm(meta={"csrf": False})
        form.room.choices = [(7, "Suite")]
        form.validate()

    assert (form.room.data, form.room.errors) == (7, [])


def test_a_refusal_can_be_put_beside_a_field_or_at_the_top(frame):
    form = sent(frame, OptionalForm)

    form.refuse(form.name, "Enter another name")
    form.refuse("address", "This address is Jo’s")
    form.refuse("a field we do not ask", "The room is closed on that day")

    assert form.problems() == [
        {"text": "The room is closed on that day"},
        {"text": "Enter another name", "href": "#name"},
        {"text": "This address is Jo’s", "href": "#address"},
    ]


def test_a_form_that_carries_a_hidden_value_gives_it_back(frame):
    class EditForm(Form):
        version = carried()

    assert sent(frame, EditForm, version="17").version.data == "17"


def test_filters_in_an_address_need_no_token(frame):
    class Filters(SearchForm):
        topic = pick("Topic", ["Copyright", "Writing"], needed=False)

    with frame.test_request_context("/?topic=Copyright"):
        form = Filters()

        assert form.validate()
        assert form.topic.data == "Copyright"


# --- a course's own questions ---------------------------------------------------------------------


@dataclass
class Asks:
    key: str
    ask: str
    kind: str
    choices: tuple[str, ...] = ()
    needed: bool = True


QUESTIONS = [
    Asks("laptop", "Which laptop do you have?", "choice", ("Windows", "Mac")),
    Asks("used it", "Have you used it before?", "yes_no"),
    Asks("hope", "What do you hope to learn?", "text", needed=False),
]


def test_a_courses_questions_come_after_the_forms_own(frame):
    with frame.test_request_context("/"):
        form = with_questions(OptionalForm, QUESTIONS)()

        assert [field.label.text for field in form.asked()] == [asks.ask for asks in QUESTIONS]
        assert next(iter(form)).name == "name"


def test_the_answers_to_a_courses_questions_are_kept_with_what_was_asked(frame):
    answered = {"answer_laptop": "Mac", "answer_used_it": "no", "answer_hope": "  "}

    form = sent(frame, with_questions(OptionalForm, QUESTIONS), **answered)

    assert form.answers() == [["Which laptop do you have?", "Mac"], ["Have you used it before?", "No"]]


def test_a_courses_question_left_out_is_asked_for_in_its_own_words(frame):
    form = sent(frame, with_questions(OptionalForm, QUESTIONS))

    assert form.errors == {
        "answer_laptop": ["Select your answer to ‘Which laptop do you have?’"],
        "answer_used_it": ["Select your answer to ‘Have you used it before?’"],
    }


def test_questions_of_one_course_do_not_leak_into_another(frame):
    with_questions(OptionalForm, QUESTIONS)

    with frame.test_request_context("/"):
        assert OptionalForm().asked() == []


# --- drawn, and sent back -------------------------------------------------------------------------


@pytest.fixture
def browser(frame):
    """Opens and posts /book, a page with EveryForm; `frame.done` lists what was acted on."""
    frame.done = []
    frame.written["book.html"] = FORM_PAGE

    def book():
        form = EveryForm()
        if not form.validate_on_submit():
            return pages.page("book.html", form=form)
        frame.done.append(form.name.data)
        return "booked"

    frame.add_url_rule("/book", "book", book, methods=["GET", "POST"])
    return frame.test_client()


def soup(answer):
    return BeautifulSoup(answer.text, "html.parser")


def token(html):
    return html.find("input", {"name": "csrf_token"})["value"]


def test_every_kind_of_question_is_drawn_with_a_label_that_belongs_to_it(browser):
    html = soup(browser.get("/book"))

    boxes = html.select("main input:not([type=hidden]), main textarea, main select")
    assert len(boxes) == 19
    assert all(html.find("label", {"for": box["id"]}) for box in boxes)
    assert len({tag["id"] for tag in html.select("[id]")}) == len(html.select("[id]"))


def test_groups_of_answers_have_a_legend(browser):
    legends = [legend.text.strip() for legend in soup(browser.get("/book")).select("fieldset > legend")]

    assert legends == ["Do you need step-free access?", "Site", "Equipment", "Date"]


def test_the_error_summary_leads_to_the_first_box_of_each_question_in_error(browser):
    html = soup(browser.post("/book", data={"csrf_token": token(soup(browser.get("/book")))}))

    links = html.select(".nhsuk-error-summary a")
    assert len(links) == 14
    assert all(html.find(id=link["href"][1:]).name in {"input", "textarea", "select"} for link in links)


def test_a_question_in_error_is_described_by_its_hint_and_its_error(browser):
    html = soup(browser.post("/book"))

    described = html.find(id="name")["aria-describedby"].split()
    assert [html.find(id=name).text.strip() for name in described] == ["As on your badge", "Error: Enter your name"]


def test_what_was_typed_comes_back_when_a_form_is_sent_back(browser):
    html = soup(browser.post("/book", data=SOUND | {"places": "a <b>lot</b>"}))

    assert html.find(id="name")["value"] == "Zoë Łukasik"
    assert html.find(id="about").text == "Two\nlines"
    assert html.find(id="places")["value"] == "a <b>lot</b>"
    assert html.find(id="starts_on-month")["value"] == "Oct"
    assert [box["value"] for box in html.select("input[checked]")] == ["no", "fairfield", "PCs", "Projector", "yes"]
    assert html.select_one("option[selected]").text.strip() == "Seminar room"


def test_hostile_text_is_inert_when_it_comes_back(browser):
    hostile = "\"'><script>alert(1)</script>{{ 7 * 7 }}"

    html = soup(browser.post("/book", data={"name": hostile, "about": f"</textarea>{hostile}"}))

    assert html.find(id="name")["value"] == hostile
    assert html.find(id="about").text == f"</textarea>{hostile}"
    assert html.select("script:not([src])") == []


def test_our_own_page_is_acted_on_once_its_answers_are_sound(browser, frame):
    sheet = (BytesIO(b"x"), "timetable.csv")
    ours = token(soup(browser.get("/book")))

    browser.post("/book", data=SOUND | {"csrf_token": ours, "sheet": sheet})

    assert frame.done == ["Zoë Łukasik"]


@pytest.mark.parametrize("sent_token", [None, "", "made up"])
def test_a_post_without_our_token_is_not_acted_on_and_keeps_what_was_typed(browser, frame, sent_token):
    theirs = {} if sent_token is None else {"csrf_token": sent_token}

    answer = browser.post("/book", data=SOUND | theirs | {"sheet": (BytesIO(b"x"), "timetable.csv")})

    html = soup(answer)
    assert (answer.status_code, frame.done) == (422, [])
    assert [item.text.strip() for item in html.select(".nhsuk-error-summary li")] == [TRY_AGAIN]
    assert html.find(id="name")["value"] == "Zoë Łukasik"


def test_pressing_the_button_again_works_when_a_session_had_run_out(browser, frame):
    old = token(soup(browser.get("/book")))
    browser.delete_cookie("session")
    fresh = token(soup(browser.post("/book", data=SOUND | {"csrf_token": old})))

    browser.post("/book", data=SOUND | {"csrf_token": fresh, "sheet": (BytesIO(b"x"), "timetable.csv")})

    assert frame.done == ["Zoë Łukasik"]


def test_a_token_lasts_as_long_as_its_session(browser, monkeypatch):
    ours = token(soup(browser.get("/book")))
    tomorrow = datetime.now(UTC).timestamp() + 86_400
    monkeypatch.setattr(URLSafeTimedSerializer.default_signer, "get_timestamp", lambda _self: int(tomorrow))

    html = soup(browser.post("/book", data={"csrf_token": ours}))

    assert TRY_AGAIN not in html.main.text


def test_a_code_can_be_filled_in_by_the_phone(browser):
    box = soup(browser.get("/book")).find(id="digits")

    assert (box["autocomplete"], box["inputmode"], box["type"]) == ("one-time-code", "numeric", "text")


def test_the_only_question_of_a_page_can_be_its_heading(show, frame):
    text = '{% from "macros/fields.html" import field %}{{ field(form.step_free, heading=true) }}'
    with frame.test_request_context("/"):
        form = OptionalForm(formdata=MultiDict(), meta={"csrf": False})

    html = BeautifulSoup(show(text, form=form), "html.parser")

    assert html.find("legend").find("h1").text.strip() == "Do you need step-free access?"
