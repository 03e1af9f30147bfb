"""Everybody, by name: looked for by name, team or address, and as a file."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app import people
from app.door import coordinator
from app.pages import page
from app.pages.forms import Form, pick, short_text
from app.pages.manage import files
from app.pages.manage.people.frame import MOST_WORDS, ROLES, bp, keep_words, kept_words

SHOWN = (*((role, f"{name}s") for role, name, _ in ROLES), ("staff", "Neither: staff who book"))


class FindPeopleForm(Form):
    q = short_text("Name, team or email address", thing="what you look for", needed=False, most=MOST_WORDS)
    role = pick("Role", SHOWN, thing="a role", needed=False, blank="Everybody")


@bp.route("/manage/people", methods=["GET", "POST"])
@coordinator
def everybody() -> Response:
    words, role = kept_words(), _role()
    form = FindPeopleForm(q=words, role=role)
    if form.validate_on_submit():
        keep_words(form.q.text)
        found = "yes" if form.q.text else None
        return redirect(url_for(".everybody", found=found, role=form.role.data or None), 303)
    return page(
        "manage/people/all.html",
        form=form,
        listing=people.listing(words, role=role, page=request.args.get("page", 1, type=int)),
        is_narrowed=bool(words or role),
    )


@bp.get("/manage/people.csv")
@coordinator
def everybody_csv() -> Response:
    """The people that the list shows, on all of its pages, as they can be imported again."""
    found = people.search(kept_words(), role=_role())
    return files.csv("people", people.COLUMNS, map(people.line_of, found))


def _role() -> str:
    asked = request.args.get("role", "")
    return asked if asked in dict(SHOWN) else ""
