"""Signing in: an address, then a link or a code from the letter. In the demo, a button instead."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, redirect, request, session, url_for
from werkzeug.wrappers import Response

from app import clock, demo, door, settings, sign_in
from app.db import transaction
from app.door import open_to_all, own_path
from app.errors import Faulty, Gone, NotFound, TooOften
from app.pages import page
from app.pages.forms import Form, code, email, require_own_page, tick

bp = Blueprint("sign_in", __name__)

OWN_DEVICE = "This is my own phone or computer"
OWN_DEVICE_HINT = "You stay signed in for 30 days. Do not tick this on a computer that others use."


class AskForm(Form):
    email = email("Your work email address", hint="We will send you a link to sign in with. There is no password.")


@bp.route("/sign-in", methods=["GET", "POST"])
@open_to_all
def ask() -> Response:
    going_to, form = own_path(request.args.get("next")), AskForm()
    if door.me() is not None:
        return door.send_on(going_to)
    if not form.validate_on_submit():
        return page("sign_in/ask.html", form=form, going_to=going_to)
    try:
        with transaction():
            asked = sign_in.ask(form.email.data, next_path=going_to, client=door.client(), now=clock.now())
            session["asked"] = asked.ref
    except (Faulty, TooOften) as refusal:
        form.refuse("email", refusal.sentence)
        return page("sign_in/ask.html", refusal.status, form=form, going_to=going_to)
    return redirect(url_for(".type_code"), 303)


class CodeForm(Form):
    code = code("6-digit code", hint="It is in the same email as the link.")
    own_device = tick(OWN_DEVICE, hint=OWN_DEVICE_HINT)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@open_to_all
def type_code() -> Response:
    if "asked" not in session:
        return redirect(url_for(".ask"), 303)
    form = CodeForm()
    if not form.validate_on_submit():
        return page("sign_in/code.html", form=form)
    own_device, now = form.own_device.data, clock.now()
    with _offering_a_new_link(), transaction():
        let_in = sign_in.by_code(session["asked"], form.code.data, is_own_device=own_device, now=now)
    if let_in is None:
        form.refuse("code", "This is not the code in the email. Check it, or use the link in the email")
        return page("sign_in/code.html", form=form)
    return _let_in(*let_in, is_own_device=own_device)


class LinkForm(Form):
    own_device = tick(OWN_DEVICE, hint=OWN_DEVICE_HINT)


@bp.route("/sign-in/<token>", methods=["GET", "POST"])
@open_to_all
def link(token: str) -> Response:
    """Mail scanners follow links, so opening one uses nothing up: the button does."""
    form, now = LinkForm(), clock.now()
    if not form.validate_on_submit():
        with _offering_a_new_link():
            sign_in.opened(token, now)
        return page("sign_in/link.html", form=form)
    with _offering_a_new_link(), transaction():
        key, asked = sign_in.by_link(token, is_own_device=form.own_device.data, now=now)
    return _let_in(key, asked, is_own_device=form.own_device.data)


@bp.post("/sign-out")
@open_to_all
def sign_out() -> Response:
    require_own_page()
    door.let_out()
    return redirect(url_for("timetable.whats_on"), 303)


@bp.route("/demo/sign-in", methods=["POST"])
@open_to_all
def as_demo() -> Response:
    """Only in the demo: be somebody without a letter."""
    require_own_page()
    if not settings.current().demo:
        raise NotFound("There is no such page.")
    person = demo.person_for(request.form.get("role", ""))
    if person is None:
        raise NotFound("The demo has nobody like that.")
    with transaction():
        key = sign_in.start(person, is_own_device=False, now=clock.now())
    door.let_in(key, is_own_device=False)
    return door.send_on(request.form.get("next", "/"))


@contextmanager
def _offering_a_new_link() -> Iterator[None]:
    try:
        yield
    except Gone as gone:
        ask_again = url_for(".ask", next=gone.facts.get("next_path"))
        gone.facts.update(what_next="We will email you another.", links=[("Send me a new link", ask_again)])
        raise


def _let_in(key: str, asked: sign_in.SignInRequest, *, is_own_device: bool) -> Response:
    door.let_in(key, is_own_device=is_own_device)
    return door.send_on(asked.next_path)
