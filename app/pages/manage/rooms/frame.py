"""What the pages of rooms share."""

from flask import Blueprint

from app.errors import Faulty, Refused, StaleEdit, TooSmall
from app.pages.forms import Form
from app.pages.manage.editing import EditForm

bp = Blueprint("manage_rooms", __name__)

NUMBERS = 2**31 - 1  # as far as a database counts ids


def put_beside(form: Form, refusal: Refused) -> None:
    """A refusal beside the field that it is about, or above the form; what somebody else did meanwhile there too."""
    if isinstance(refusal, StaleEdit) and isinstance(form, EditForm):
        form.show_changes(refusal)
    elif isinstance(refusal, Faulty):
        form.refuse(refusal.field, refusal.sentence)
    else:
        said = refusal.facts.get("in_short", refusal.sentence)  # the sessions in the way are listed on the page
        form.refuse("capacity" if isinstance(refusal, TooSmall) else "", said)
