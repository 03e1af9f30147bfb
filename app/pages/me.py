"""My details: name, team, phone, addresses; and signing out everywhere."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app import changes, clock, door, people, sign_in
from app.db import transaction
from app.door import must_be_me, own_path, signed_in
from app.errors import Refused
from app.pages import page
from app.pages.forms import Form, choice, email, phone, require_own_page, short_text, tick

bp = Blueprint("me", __name__)


class DetailsForm(Form):
    name = short_text("Your name", thing="your name", most=people.MOST_NAME, autocomplete="name")
    team = short_text("Your team or ward (optional)", thing="your team or ward", needed=False, most=people.MOST_TEAM)
    phone = phone(
        "Your phone number (optional)",
        thing="your phone number",
        needed=False,
        hint="Only to tell you if a session is cancelled on the day.",
    )


class CoordinatorForm(DetailsForm):
    hears_of_full = tick(
        "Tell me about every session that becomes full",
        thing="whether to tell you about every session that becomes full",
        hint="Not only about your own. You can also look at Demand at any time.",
    )


@bp.route("/me/name", methods=["GET", "POST"])
@signed_in
def name() -> Response:
    """The first time: who are you? Then on to where they were going."""
    going_to, form = own_path(request.args.get("next")), DetailsForm(obj=must_be_me())
    if not form.validate_on_submit():
        return page("me/name.html", form=form)
    _describe(form)
    return door.send_on(going_to)


@bp.route("/me", methods=["GET", "POST"])
@signed_in
def details() -> Response:
    form = (CoordinatorForm if must_be_me().is_coordinator else DetailsForm)(obj=must_be_me())
    if not form.validate_on_submit():
        return _details(form=form)
    _describe(form)
    return redirect(url_for(".details", saved="yes"), 303)


class AddressForm(Form):
    email = email("Another email address of yours", hint="We will send a link to it, to make sure that it is yours.")


@bp.route("/me/addresses", methods=["GET", "POST"])
@signed_in
def add_address() -> Response:
    form = AddressForm()
    if not form.validate_on_submit():
        return page("me/address.html", form=form)
    try:
        with transaction():
            people.claim_address(must_be_me(), form.email.data, now=clock.now())
    except Refused as refusal:
        form.refuse("email", refusal.sentence)
        return page("me/address.html", refusal.status, form=form)
    return page("me/address_asked.html")


class LettersForm(Form):
    address = choice("Where should our emails go?", thing="where our emails should go")


@bp.route("/me/emails", methods=["GET", "POST"])
@signed_in
def letters() -> Response:
    """Which address gets letters; coming calendar entries move there too."""
    person, form = must_be_me(), LettersForm(address=must_be_me().address)
    form.address.choices = [row.address for row in people.addresses_of(person)]
    if not form.validate_on_submit():
        return page("me/letters.html", form=form)
    with transaction():
        changes.send_letters_to(person, form.address.data, by=person, now=clock.now())
    return redirect(url_for(".details", saved="yes"), 303)


@bp.post("/me/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> Response:
    require_own_page()
    with transaction():
        sign_in.end_everywhere(must_be_me(), clock.now())
    door.let_out()
    return redirect(url_for("sign_in.ask"), 303)


def _describe(form: DetailsForm) -> None:
    person = must_be_me()
    with transaction():
        people.describe(
            person, name=form.name.data, team=form.team.data, phone=form.phone.data, by=person, now=clock.now()
        )
        if isinstance(form, CoordinatorForm):
            people.hear_of_full(person, hears=form.hears_of_full.data, by=person, now=clock.now())


def _details(form: Form) -> Response:
    saved = request.args.get("saved") == "yes"
    person = must_be_me()
    return page(
        "me/details.html",
        form=form,
        addresses=people.addresses_of(person),
        calendar_choice=person.calendar_choice,
        saved=saved,
    )
