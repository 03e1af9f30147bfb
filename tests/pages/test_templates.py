import json
import re
from importlib.metadata import metadata, version
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import render_template, url_for
from jinja2 import UndefinedError

from app import pages, settings
from app.errors import NotFound, SessionFull
from app.pages.forms import Form, require_own_page, short_text

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (
    '{% extends "base.html" %}{% block title %}Book a place{% endblock %}{% block content %}<p>Hello</p>{% endblock %}'
)
NHS_HEADER = """{% from "nhsuk/components/header/macro.jinja" import header %}{{ header({
  "organisation": {"name": "Northgate Library"}, "inline": true, "service": {"text": "Book training", "href": "/"},
  "account": {"items": [{"text": "Anna", "href": "/me"}, {"text": "Sign out", "action": "/sign-out"}]},
  "navigation": {"items": [{"text": "What’s on", "href": "/", "current": true}]}, "inline": true}) }}"""
NHS_FOOTER = """{% from "nhsuk/components/footer/macro.jinja" import footer %}{{ footer({
  "meta": {"items": [{"text": "Help", "href": "/help"}]}, "copyright": {"text": "Northgate Library"}}) }}"""


def soup(html):
    return BeautifulSoup(html, "html.parser")


def classes(html, element):
    return {name for tag in soup(html).select(f"{element}, {element} *") for name in tag.get("class", [])}


class NameForm(Form):
    name = short_text("Your name", thing="your name")


def test_a_name_nobody_gave_stops_the_page(show):
    with pytest.raises(UndefinedError, match="tilte"):
        show("{{ tilte }}")


def test_an_attribute_that_is_not_there_stops_the_page(show, anna):
    with pytest.raises(UndefinedError, match="nmae"):
        show("{% if anna.nmae %}x{% endif %}", anna=anna)


def test_a_name_nobody_gave_stops_the_page_even_inside_an_nhs_macro(show):
    with pytest.raises(UndefinedError, match="statsu"):
        show('{% from "nhsuk/components/tag/macro.jinja" import tag %}{{ tag({"text": statsu}) }}')


def test_an_nhs_macro_may_ask_for_options_that_nobody_gave(show):
    html = show('{% from "nhsuk/components/tag/macro.jinja" import tag %}{{ tag({"text": "Full"}) }}')

    assert soup(html).select_one(".nhsuk-tag").text.strip() == "Full"


@pytest.mark.parametrize("component", ["card", "details", "pagination", "panel", "summary-list", "breadcrumb"])
def test_nhs_components_can_be_called_from_our_pages(show, component):
    macro = {"summary-list": "summaryList"}.get(component, component)

    show(f'{{% from "nhsuk/components/{component}/macro.jinja" import {macro} %}}{{{{ {macro}({{}}) }}}}')


def test_what_people_typed_is_inert(show):
    html = show("{{ typed }}", typed="<script>alert(1)</script>")

    assert html == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_every_template_of_ours_can_be_compiled(frame):
    names = [str(file.relative_to(CHECKOUT / "templates")) for file in (CHECKOUT / "templates").rglob("*.html")]

    for name in names:
        frame.jinja_env.get_template(name)


def test_a_service_may_put_its_own_words_in_place_of_ours(frame, tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "help.html").write_text(PAGE.replace("Hello", "Ask Jo in room 3"))

    assert "Ask Jo in room 3" in frame.test_client().get("/help").text


def test_a_service_cannot_replace_the_frame(frame, tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "base.html").write_text("broken by an upgrade")

    assert "broken by an upgrade" not in frame.test_client().get("/help").text


def test_templates_are_found_inside_an_installed_package(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "PACKAGE", tmp_path)
    (tmp_path / "templates").mkdir()

    assert settings.carried("templates") == tmp_path / "templates"


def test_the_page_assets_and_the_macros_are_of_one_release():
    pairs = re.findall(r"^\| (\S+) \| (\S+) \|$", metadata("nhsuk-frontend-jinja").get_payload(), re.MULTILINE)
    built_for = {macros: assets for assets, macros in pairs}

    wanted = json.loads((CHECKOUT / "package.json").read_text())["dependencies"]["nhsuk-frontend"]
    assert wanted == built_for[version("nhsuk-frontend-jinja")]


@pytest.mark.parametrize(("element", "macro"), [("header", NHS_HEADER), ("footer", NHS_FOOTER)])
def test_our_header_and_footer_are_built_like_those_of_the_design_system(frame, show, anna, element, macro):
    frame.visitor = anna
    theirs = classes(show(macro), element) | {"nhsuk-u-visually-hidden"}

    ours = classes(show(PAGE), element)

    assert ours - theirs == set()
    assert theirs - ours <= {"nhsuk-header__logo"}


def test_a_page_is_titled_by_its_heading_and_the_service(show):
    html = soup(show(PAGE))

    assert html.title.text == "Book a place – Book training"
    assert [heading.text for heading in html.find_all("h1")] == ["Book a place"]


def test_a_page_with_errors_says_so_in_its_title_and_lists_them_above_its_heading(frame):
    frame.written["name.html"] = PAGE
    frame.add_url_rule("/name", "name", lambda: _asked(NameForm()), methods=["POST"])

    answer = frame.test_client().post("/name")

    html = soup(answer.text)
    assert answer.status_code == 422
    assert html.title.text == "Error: Book a place – Book training"
    assert html.select_one(".nhsuk-error-summary").find_next("h1").text == "Book a place"


def _asked(form):
    form.validate_on_submit()
    return pages.page("name.html", form=form)


def test_a_visitor_is_offered_to_sign_in(show):
    links = [link.text.strip() for link in soup(show(PAGE)).select("header nav a")]

    assert links == ["Sign in", "What’s on", "Courses", "My bookings"]


def test_whoever_is_signed_in_sees_their_name_and_may_sign_out_by_a_button_of_our_own(frame, show, anna):
    frame.visitor = anna

    header = soup(show(PAGE)).header

    assert header.find("a", href="/me").text == "My details: Anna Jones"
    assert header.form["action"] == "/sign-out"
    assert header.form.find("input", {"name": "csrf_token"})["value"]


def test_a_page_for_somebody_unknown_starts_no_session(frame):
    assert "Set-Cookie" not in frame.test_client().get("/help").headers


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/", "/sign-in"),
        ("/sessions/K7QX2M", "/sign-in?next=/sessions/K7QX2M"),
        ("/a/secret-token", "/sign-in"),
    ],
)
def test_signing_in_from_a_session_leads_back_to_it_and_no_token_travels(show, path, leads_to):
    assert soup(show(PAGE, path)).header.find("a", string="Sign in")["href"] == leads_to


def test_coordinators_see_the_notices(frame, show, anna):
    frame.visitor = anna
    anna.is_coordinator = True

    assert soup(show(PAGE)).header.find("a", href="/manage/notices").text == "Emails"


@pytest.mark.parametrize(
    ("path", "text", "current"),
    [
        ("/", "What’s on", "page"),
        ("/sessions/K7QX2M", "What’s on", "true"),
        ("/courses/", "Courses", "page"),
        ("/bookings/K7QX2M/cancel", "My bookings", "true"),
    ],
)
def test_the_menu_says_where_one_is(show, path, text, current):
    marked = soup(show(PAGE, path)).select("header [aria-current]")

    assert [(link.text.strip(), link["aria-current"]) for link in marked] == [(text, current)]


def test_a_service_below_an_address_of_its_own_keeps_its_links_there(frame):
    html = frame.test_client().get("/help", environ_overrides={"SCRIPT_NAME": "/training"}).text

    assert {link["href"] for link in soup(html).select("footer a")} == {
        "/training/help",
        "/training/privacy",
        "/training/accessibility",
        "/training/cookies",
    }


def test_every_page_ends_with_whom_to_ask(show):
    html = soup(show(PAGE))

    asked = html.main.find_all("p")[-1]
    assert asked.text == "Need help? Ring 01632 960 001 ext 4021 or email library@example.org."
    assert [link["href"] for link in asked.find_all("a")] == ["tel:01632960001", "mailto:library@example.org"]


@pytest.mark.parametrize(
    ("phone", "email", "says"),
    [
        ("", "a@example.org", "Need help? Email a@example.org."),
        ("0123", "a@example.org", "Need help? Ring 0123 or email a@example.org."),
    ],
)
def test_whom_to_ask_can_be_told_in_part(frame, show, phone, email, says):
    frame.jinja_env.globals.update(contact_phone=phone, contact_email=email)

    assert soup(show(PAGE)).main.find_all("p")[-1].text == says


def test_a_page_asks_for_three_files_of_our_own(frame, show):
    frame.config["ASSETS"] = {"app.css": "app-1.css", "app.js": "app-2.js", "favicon.svg": "favicon-3.svg"}

    html = soup(show(PAGE))

    assert [tag.get("href") or tag.get("src") for tag in html.select("link, script, img, iframe")] == [
        "/static/favicon-3.svg",
        "/static/app-1.css",
        "/static/app-2.js",
    ]


@pytest.mark.parametrize("path", ["/help", "/privacy", "/accessibility", "/cookies"])
def test_the_words_of_the_footer_are_there_and_break_no_content_policy(frame, path):
    answer = frame.test_client().get(path)

    html = soup(answer.text)
    assert answer.status_code == 200
    assert len(html.find_all("h1")) == 1
    assert html.select("[style], style, script:not([src])") == []
    assert len({tag["id"] for tag in html.select("[id]")}) == len(html.select("[id]"))
    assert all(html.find(id=link["href"][1:]) for link in html.select('main a[href^="#"]'))


def test_a_refusal_says_what_happened_and_what_to_do(frame):
    with frame.test_request_context("/"):
        html = soup(render_template("refusal.html", refused=SessionFull("All 10 places are taken.")))

    assert html.h1.text == "This session is full"
    assert [line.text for line in html.main.find_all("p")][:2] == [
        "All 10 places are taken.",
        "Nothing has been changed.",
    ]


def test_a_refusal_may_bring_its_own_way_on(frame):
    refused = NotFound("It is gone.", what_next="Choose another.", links=[("Other dates", "/courses/x")])

    with frame.test_request_context("/"):
        html = soup(render_template("refusal.html", refused=refused))

    assert "Choose another." in html.main.text
    assert html.main.find("a", href="/courses/x").text == "Other dates"


@pytest.mark.parametrize("status", [400, 404, 405, 413, 429, 500, 503, 418])
def test_there_is_a_page_for_every_mishap(frame, status):
    with frame.test_request_context("/"):
        html = soup(render_template("error.html", status=status))

    assert len(html.find_all("h1")) == 1


def test_a_fault_of_ours_is_told_with_its_reference_and_without_asking_who_is_there(frame):
    def broken():
        raise OSError("the database is gone")

    frame.jinja_env.globals["me"] = broken

    with frame.test_request_context("/"):
        html = soup(render_template("error.html", status=500, reference="K7QX2M"))

    assert "K7QX2M" in html.main.text


def test_a_lone_button_from_elsewhere_does_nothing(frame):
    pressed = []

    def press():
        require_own_page()
        pressed.append(True)
        return "done"

    frame.add_url_rule("/press", "press", press, methods=["POST"])

    answer = frame.test_client().post("/press", data={"csrf_token": "made up"})

    assert (answer.status_code, pressed) == (400, [])
    assert "We could not check that this came from your own page." in soup(answer.text).main.text


def test_a_lone_button_of_our_own_works(frame):
    frame.written["press.html"] = (
        '{% from "macros/fields.html" import post_button %}{{ post_button("Undo", "/press") }}'
    )

    def press():
        require_own_page()
        return "done"

    frame.add_url_rule("/press", "press", press, methods=["POST"])
    frame.add_url_rule("/page", "page", lambda: pages.page("press.html"))
    browser = frame.test_client()
    token = soup(browser.get("/page").text).find("input", {"name": "csrf_token"})["value"]

    assert browser.post("/press", data={"csrf_token": token}).text == "done"


def test_an_asset_that_is_not_built_is_named(frame):
    with frame.test_request_context("/"), pytest.raises(KeyError, match="apq"):
        pages.asset("apq.css")


def test_counts_are_said_with_their_noun(show):
    assert show('{{ 1 | plural("place") }}, {{ 0 | plural("place") }}, {{ 1200 | plural("person", "people") }}') == (
        "1 place, 0 places, 1,200 people"
    )


def test_the_frame_refuses_to_come_after_a_template_was_used(frame):
    with frame.test_request_context("/"):
        assert url_for("words.help_page") == "/help"

    with pytest.raises(RuntimeError, match="before"):
        pages.set_up(frame)
