"""The changes of a session: each is shown with whom it tells before it is made."""

from flask import Blueprint

bp = Blueprint("manage_changes", __name__)
