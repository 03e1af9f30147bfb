"""Somebody's email addresses, in the hands of a coordinator."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from app import changes, clock, people
from app.db import transaction
from app.door import coordinator, must_be_me
from app.errors import Faulty, Refused
from app.pages import page
from app.pages.forms import Form, choice, email
from app.pages.manage.people.frame import bp, put_beside


class VouchForm(Form):
    email = email(
        "Their email address",
        thing="their email address",
        autocomplete=None,
        hint="Whoever reads this mailbox can sign in as this person. Make sure that it is theirs.",
    )


@bp.route("/manage/people/<ref>/addresses", methods=["GET", "POST"])
@coordinator
def add_address(ref: str) -> Response:
    form, status, taken_by = VouchForm(), None, None
    if form.validate_on_submit():
        try:
            with transaction():
                changes.vouch_for(people.get(ref), form.email.data, by=must_be_me(), now=clock.now())
        except Faulty as refusal:
            status, taken_by = refusal.status, people.known(form.email.data)
            form.refuse("email", "This address belongs to somebody else here." if taken_by else refusal.sentence)
        else:
            flash("The address has been added. It signs them in from now on.")
            return redirect(url_for(".one_person", ref=ref), 303)
    return page("manage/people/address.html", status, form=form, person=people.get(ref), taken_by=taken_by)


class TheirLettersForm(Form):
    address = choice("Where should our emails to them go?", thing="where our emails should go")


@bp.route("/manage/people/<ref>/emails", methods=["GET", "POST"])
@coordinator
def letters(ref: str) -> Response:
    """Which address gets their letters; coming calendar entries move there too."""
    person = people.get(ref)
    form = TheirLettersForm(address=person.address)
    form.address.choices = [row.address for row in people.addresses_of(person)]
    if not form.address.choices or not form.validate_on_submit():  # without any, the page says so and asks nothing
        return page("manage/people/letters.html", form=form, person=person)
    with transaction():
        changes.send_letters_to(people.get(ref), form.address.data, by=must_be_me(), now=clock.now())
    flash("Our emails to them go there from now on. Their coming calendar entries move there too.")
    return redirect(url_for(".one_person", ref=ref), 303)


class TakeAwayForm(Form):
    address = choice("Which address is not theirs any more?", thing="the address to remove")


@bp.route("/manage/people/<ref>/addresses/remove", methods=["GET", "POST"])
@coordinator
def remove_address(ref: str) -> Response:
    person, form, status = people.get(ref), TakeAwayForm(), None
    form.address.choices = [row.address for row in people.addresses_of(person) if not row.gets_letters]
    if form.address.choices and form.validate_on_submit():
        try:
            with transaction():
                changes.take_away_address(people.get(ref), form.address.data, by=must_be_me(), now=clock.now())
        except Refused as refusal:
            put_beside(form, refusal, field="address")
            status = refusal.status
        else:
            flash("The address has been removed. It signs nobody in any more.")
            return redirect(url_for(".one_person", ref=ref), 303)
    return page("manage/people/remove_address.html", status, form=form, person=people.get(ref))
