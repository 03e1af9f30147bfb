"""Somebody's record: added, and changed."""

from typing import TypedDict

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import bookings, changes, clock, history, people, replies
from app.db import rehearsal, transaction
from app.door import coordinator, must_be_me
from app.errors import Faulty, NotAllowed, NotFound, Refused
from app.history import Line
from app.pages import page
from app.pages.forms import email, phone, short_text, ticks
from app.pages.manage.editing import EditForm, seen
from app.pages.manage.people.frame import ROLES, bp, put_beside
from app.people import Person

NOT_SHOWN = {"signed in"}  # nobody needs to know when somebody came and went


class Described(TypedDict):
    """What these forms say of somebody, as the verbs take it."""

    name: str
    team: str
    phone: str
    is_trainer: bool
    is_coordinator: bool


class PersonForm(EditForm):
    name = short_text("Name", thing="their name", most=people.MOST_NAME)
    team = short_text("Team or ward (optional)", thing="their team or ward", needed=False, most=people.MOST_TEAM)
    phone = phone("Phone number (optional)", thing="their phone number", needed=False, autocomplete=None)
    roles = ticks(
        "What may they do?",
        ROLES,
        thing="a role",
        needed=False,
        hint="Everybody may book. Leave both empty for staff who only do that.",
    )

    def described(self) -> Described:
        return Described(
            name=self.name.text,
            team=self.team.text,
            phone=self.phone.text,
            is_trainer="trainer" in self.roles.data,
            is_coordinator="coordinator" in self.roles.data,
        )


class NewPersonForm(PersonForm):
    email = email(
        "Email address (optional)",
        needed=False,
        autocomplete=None,
        hint="It signs them in and gets our emails. Without one, our emails go to whoever books for them.",
    )


@bp.route("/manage/people/new", methods=["GET", "POST"])
@coordinator
def new_person() -> Response:
    form, status, taken_by = NewPersonForm(), None, None
    is_sound = form.validate_on_submit()
    namesake = people.without_address(form.name.text, form.team.text) if is_sound and not form.email.text else None
    if namesake:  # as after pressing the button twice
        form.refuse("name", "Somebody of this name without an email address is in this team already")
    elif is_sound:
        try:
            with transaction():
                person = people.add(
                    **form.described(),
                    address=form.email.data or None,
                    by=must_be_me(),
                    now=clock.now(),
                )
                ref = person.ref
        except Faulty as refusal:
            put_beside(form, refusal)
            status, taken_by = refusal.status, people.known(form.email.data)
        else:
            flash("This person has been added.")
            return redirect(url_for(".one_person", ref=ref), 303)
    return page("manage/people/new.html", status, form=form, taken_by=taken_by, namesake=namesake)


@bp.route("/manage/people/<ref>", methods=["GET", "POST"])
@coordinator
def one_person(ref: str) -> Response:
    person = people.get(ref)
    form = PersonForm(obj=person, roles=_roles(person), seen=seen(person))
    if not form.validate_on_submit():
        return _record(form, ref)
    has_to_ask = _gives_up_own_role(form, person) and "go" not in request.form
    try:
        with rehearsal() if has_to_ask else transaction():  # what cannot be is not asked about
            changes.describe_person(
                people.get(ref),
                **form.described(),
                by=must_be_me(),
                now=clock.now(),
                seen=form.has_seen,
            )
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        put_beside(form, refusal, field="roles")
        return _record(form, ref, refusal.status)
    if has_to_ask:
        return _record(form, ref, 409, asks_to_go_on=True)
    if _gives_up_own_role(form, person):
        return redirect(url_for("me.details", saved="yes"), 303)  # these pages are not theirs any more
    flash("The changes have been saved.")
    return redirect(url_for(".one_person", ref=ref), 303)


def _record(form: PersonForm, ref: str, status: int | None = None, *, asks_to_go_on: bool = False) -> Response:
    person, now = people.get(ref), clock.now()
    return page(
        "manage/people/one.html",
        status,
        form=form,
        person=person,
        addresses=people.addresses_of(person),
        came_back=replies.came_back([person], now).get(person.id),
        coming_count=len(bookings.mine(person, now=now)[0]),
        sessions=changes.still_run_by(person, now=now),
        history=_history(person),
        is_me=person.id == must_be_me().id,
        asks_to_go_on=asks_to_go_on,
    )


def _history(person: Person) -> list[Line]:
    """Newest first."""
    lines = history.of(person, names={(Person.__tablename__, person.id): person.known_as})
    return [line for line in reversed(lines) if line.did not in NOT_SHOWN]


def _roles(person: Person) -> list[str]:
    return [role for role, *_ in ROLES if getattr(person, f"is_{role}")]


def _gives_up_own_role(form: PersonForm, person: Person) -> bool:
    return person.id == must_be_me().id and "coordinator" not in form.roles.data
