"""How many people a session takes, and when they may book."""

from datetime import datetime, time
from typing import Any

from werkzeug.wrappers import Response

from app import changes, clock
from app.changes import BookingRules
from app.door import must_be_me, trainer
from app.errors import RoomTaken, TooSmall
from app.pages.forms import choice, day, time_of_day, whole_number
from app.pages.manage import times
from app.pages.manage.changes.frame import MOST_PLACES, bp, changeable
from app.pages.manage.changing import Change, ChangeForm, answer
from app.pages.manage.editing import seen
from app.timetable import TrainingSession

ON = "on"
OPENS = (("at once", "At once"), (ON, "On this day:"))
CLOSES = (("at start", "When the session starts"), (ON, "Earlier, on this day:"))
OPENING_TIME = time(9)


class PlacesForm(ChangeForm):
    capacity = whole_number("How many places?", least=1, greatest=MOST_PLACES, thing="the number of places")
    minimum = whole_number(
        "What is the smallest number of people worth running it for?",
        least=0,
        greatest=MOST_PLACES,
        thing="the smallest number of people",
        hint="0 if it runs for anybody who comes",
    )
    opens = choice("When can people start to book?", OPENS, thing="when people can start to book")
    opens_on = day("Day booking opens", thing="the day booking opens", needed=False)
    opens_at = time_of_day("Time booking opens", thing="the time booking opens", needed=False)
    opens_at_which = times.which()
    closes = choice("When does booking close?", CLOSES, thing="when booking closes")
    closes_on = day("Day booking closes", thing="the day booking closes", needed=False)
    closes_at = time_of_day("Time booking closes", thing="the time booking closes", needed=False)
    closes_at_which = times.which()
    window: tuple[datetime | None, datetime | None] = (None, None)

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        if not set(self.errors) - {"words"}:
            self.window = self._instant("opens"), self._instant("closes")
        return sound and not self.errors

    def _instant(self, name: str) -> datetime | None:
        """When booking opens or closes; None for the usual moment, or if something was refused."""
        on, at = self[f"{name}_on"], self[f"{name}_at"]
        if self[name].data != ON:
            return None
        for asked in (on, at):
            if asked.data is None:
                self.refuse(asked, f"Enter {asked.thing}")
        if on.errors or at.errors:
            return None
        if on.data.year not in times.YEARS:
            self.refuse(on, f"Choose a day between {times.YEARS[0]} and {times.YEARS[-1]}")
            return None
        return times.instant_of(self, at.name, on.data)


@bp.route("/manage/sessions/<ref>/places", methods=["GET", "POST"])
@trainer
def places(ref: str) -> Response:
    training_session, by = changeable(ref), must_be_me()
    form, number = PlacesForm(seen=seen(training_session), **_filled(training_session)), training_session.id

    def act(now: datetime) -> None:
        rules = BookingRules(form.capacity.data, form.minimum.data, *form.window)
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
    shown: dict[str, Any] = {
        "capacity": training_session.capacity,
        "minimum": training_session.minimum,
        "opens": ON if training_session.booking_opens_at else "at once",
        "closes": ON if training_session.booking_closes_at else "at start",
    }
    window = (("opens", training_session.booking_opens_at), ("closes", training_session.booking_closes_at))
    for name, at in window:
        if at:
            shown |= {f"{name}_on": clock.today(at), **times.filled_time(f"{name}_at", at)}
    return shown
