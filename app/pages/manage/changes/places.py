"""How many people a session takes, and when they may book."""

from datetime import datetime
from typing import Any

from werkzeug.wrappers import Response

from app import changes
from app.changes import BookingRules
from app.door import must_be_me, trainer
from app.errors import RoomTaken, TooSmall
from app.pages.dates import YEARS
from app.pages.manage import times, window
from app.pages.manage.changes.frame import bp, changeable
from app.pages.manage.changing import Change, ChangeForm, answer
from app.pages.manage.editing import seen
from app.timetable import TrainingSession


class PlacesForm(ChangeForm):
    capacity = window.how_many()
    minimum = window.how_few()
    opens, opens_on, opens_at, opens_at_which = window.opening("At once")
    closes, closes_on, closes_at, closes_at_which = window.closing()
    span: tuple[datetime | None, datetime | None] = (None, None)

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        if not set(self.errors) - {"words"}:
            self.span = self._instant("opens"), self._instant("closes")
        return sound and not self.errors

    def _instant(self, name: str) -> datetime | None:
        """When booking opens or closes; None for the usual moment, or if something was refused."""
        if not window.is_dated(self, name):
            return None
        on = self[f"{name}_on"]
        if on.data.year not in YEARS:
            self.refuse(on, f"Choose a day between {YEARS[0]} and {YEARS[-1]}")
            return None
        return times.instant_of(self, f"{name}_at", on.data)


@bp.route("/manage/sessions/<ref>/places", methods=["GET", "POST"])
@trainer
def places(ref: str) -> Response:
    training_session, by = changeable(ref), must_be_me()
    form, number = PlacesForm(seen=seen(training_session), **_filled(training_session)), training_session.id

    def act(now: datetime) -> None:
        rules = BookingRules(form.capacity.data, form.minimum.data, *form.span)
        changes.change_booking_rules(number, rules, by=by, now=now, words=form.sentence, seen=form.has_seen)

    change = Change(
        title="Change the places or when booking opens",
        template="manage/changes/places.html",
        act=act,
        button="Save the changes",
        done="The changes have been saved.",
        beside={TooSmall: "capacity", RoomTaken: "capacity"},
        fields={"booking_opens_at": "opens_on", "booking_closes_at": "closes_on"},
    )
    return answer(change, form, ref)


def _filled(training_session: TrainingSession) -> dict[str, Any]:
    return {
        "capacity": training_session.capacity,
        "minimum": training_session.minimum,
        **window.filled(training_session.booking_opens_at, training_session.booking_closes_at),
    }
