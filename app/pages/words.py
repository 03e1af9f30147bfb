"""The pages that say how the service works: help, privacy, accessibility, cookies.

They are in the footer of every page. A service replaces their words by templates of the same names in its
instance folder.
"""

from flask import Blueprint, Response, current_app

from app.door import open_to_all
from app.pages import page

bp = Blueprint("words", __name__)


@bp.get("/help")
@open_to_all
def help_page() -> Response:
    return page("help.html")


@bp.get("/privacy")
@open_to_all
def privacy() -> Response:
    return page("privacy.html")


@bp.get("/accessibility")
@open_to_all
def accessibility() -> Response:
    return page("accessibility.html")


@bp.get("/cookies")
@open_to_all
def cookies() -> Response:
    return page("cookies.html", cookie_name=current_app.config["SESSION_COOKIE_NAME"])
