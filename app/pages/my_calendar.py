"""How sessions get into one's own calendar: by invites, by a feed at a secret address, or by both."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app import changes, clock, people
from app.db import transaction
from app.door import must_be_me, signed_in
from app.pages import feeds, page
from app.pages.following import ways_to
from app.pages.forms import Form, choice, require_own_page
from app.people import Person

bp = Blueprint("my_calendar", __name__)

CHOICES = (
    (
        "invites",
        "Send me a calendar entry for each booking (invites)",
        "By email, as soon as you book. Each entry keeps itself up to date. This suits most people.",
    ),
    (
        "feed",
        "I follow my own feed",
        "Your calendar program fetches your sessions itself. Changes can take some hours to show. We email no entries.",
    ),
    ("both", "Both", "Most programs then show each session twice."),
)
SAID = {value: text for value, text, _ in CHOICES}


class CalendarForm(Form):
    calendar = choice(
        "How should your sessions get into your calendar?",
        CHOICES,
        thing="how your sessions should get into your calendar",
    )


@bp.route("/me/calendar", methods=["GET", "POST"])
@signed_in
def choose() -> Response:
    person = must_be_me()
    form = CalendarForm(calendar=person.calendar_choice)
    if not form.validate_on_submit():
        return page("me/calendar.html", form=form, has_feed=_mark(person), saved=request.args.get("saved") == "yes")
    with transaction():
        secret = changes.choose_calendar(person, form.calendar.data, by=person, now=clock.now())
    return _made(secret) if secret else redirect(url_for(".choose", saved="yes"), 303)


@bp.post("/me/calendar/reset")
@signed_in
def reset() -> Response:
    """Another address for one's feed: whoever has the old one sees nothing any more.

    Once for each address: who loads the page with the new one again must not end that one too.
    """
    require_own_page()
    person = must_be_me()
    if not person.feed_hash or request.form.get("seen", _mark(person)) != _mark(person):
        return redirect(url_for(".choose"), 303)
    with transaction():
        secret = people.make_feed(person, by=person, now=clock.now())
    return _made(secret)


def _mark(person: Person) -> str:
    """Tells one address from the next, and is none; '' without a feed."""
    return person.feed_hash[:12]


def _made(secret: str) -> Response:
    """The one page that shows the address: it is not kept in a form that anybody could read."""
    return page("me/feed_made.html", ways=ways_to(f"/calendars/me/{secret}.ics", feeds.name("My sessions")))
