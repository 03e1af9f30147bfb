"""Who runs a session."""

from collections.abc import Mapping
from datetime import datetime

from werkzeug.wrappers import Response

from app import changes, clock, people, timetable
from app.door import must_be_me, trainer
from app.pages.forms import ticks
from app.pages.manage.changes.frame import bp, changeable, coming
from app.pages.manage.changing import Change, ChangeForm, answer, mine
from app.pages.manage.choosing import trainer_options
from app.pages.manage.editing import seen


class TrainersForm(ChangeForm):
    trainers = ticks("Who runs it?", thing="who runs it")


@bp.route("/manage/sessions/<ref>/trainers", methods=["GET", "POST"])
@trainer
def trainers(ref: str) -> Response:
    training_session, by = changeable(ref), must_be_me()
    number, present = training_session.id, [person.ref for person in training_session.trainers]
    form = TrainersForm(seen=seen(training_session), trainers=present)
    form.trainers.choices = [person.ref for person in people.trainers()]

    def act(now: datetime) -> None:
        chosen = [person for person in people.trainers() if person.ref in form.trainers.data]
        changes.change_trainers(number, chosen, by=by, now=now, words=form.sentence, seen=form.has_seen)

    change = Change(
        title="Change the trainers",
        template="manage/changes/trainers.html",
        act=act,
        button="Change the trainers",
        done="The trainers have been changed.",
        show=lambda: _shown(form, ref),
    )
    return answer(change, form, ref)


def _shown(form: TrainersForm, ref: str) -> Mapping[str, object]:
    """Those who run it first; beside the others, what they are busy with then."""
    training_session = mine(ref)
    present = {person.id for person in training_session.trainers}
    everybody = sorted(people.trainers(), key=lambda person: person.id not in present)
    spans = [(slot.starts_at, slot.ends_at) for slot in coming(training_session, clock.now())]
    busy = timetable.busy_trainers(everybody, spans, apart_from=training_session.id)
    form.trainers.choices = trainer_options(everybody, busy)
    return {}
