"""What the pages of people share: above all, what somebody looks for, which is often a name or an email address.

Words like these stand in no address of ours, for addresses are logged and kept in histories. A search is posted; the
words stay in the browser's own signed cookie until the next search or until its owner signs out, and the page that
follows has an ordinary address, so that 'back', 'reload' and the next page work (D44).
"""

from flask import Blueprint, request, session

from app.errors import Faulty, Refused, StaleEdit
from app.pages.forms import Form
from app.pages.manage.editing import EditForm

bp = Blueprint("manage_people", __name__)

LOOKED_FOR = "looked_for"
MOST_WORDS = 100
ROLES = (
    ("trainer", "Trainer", "Posts courses, puts sessions on the timetable and sees who comes to them"),
    ("coordinator", "Coordinator", "Does this for everybody’s sessions, and looks after rooms, people and emails"),
)


def keep_words(words: str) -> None:
    session[LOOKED_FOR] = words


def kept_words() -> str:
    """What was looked for, on a page that follows a search; '' on others."""
    return session.get(LOOKED_FOR, "") if request.args.get("found") else ""


def put_beside(form: Form, refusal: Refused, *, field: str = "") -> None:
    """A refusal beside what it is about, or above the form; what somebody else did meanwhile there too.

    field: for refusals that name none.
    """
    if isinstance(refusal, StaleEdit) and isinstance(form, EditForm):
        form.show_changes(refusal)
    else:
        form.refuse(refusal.field if isinstance(refusal, Faulty) else field, refusal.sentence)
