"""Two sessions that trade rooms."""

from collections.abc import Mapping
from datetime import datetime

from werkzeug.wrappers import Response

from app import changes, clock
from app.changes import Partner
from app.door import must_be_me, trainer
from app.errors import RoomTaken, StaleEdit, TooSmall
from app.pages import plural
from app.pages.forms import Option, carried, choice
from app.pages.manage.changes.frame import bp, changeable, no_change
from app.pages.manage.changing import Change, ChangeForm, answer, mine
from app.pages.manage.editing import deed_id, seen


class SwapForm(ChangeForm):
    """seen_other: of the history of the session to swap with, once the check page has shown it."""

    other = choice("Which session to swap with?", thing="which session to swap with")
    seen_other = carried(most=40)

    @property
    def has_seen_other(self) -> int | None:
        """None until the check page has shown that session, or if it has shown another one."""
        ref, _, newest = self.seen_other.text.partition(":")
        return deed_id(newest) if ref == self.other.data else None

    def note(self, ref: str) -> None:
        """The check page is about to show this session as it is now."""
        if self.has_seen_other is None:
            self.seen_other.text = self.seen_other.data = f"{ref}:{seen(mine(ref))}"

    def show_changes(self, stale: StaleEdit) -> None:
        super().show_changes(stale)
        self.seen_other.text = self.seen_other.data = ""


@bp.route("/manage/sessions/<ref>/swap", methods=["GET", "POST"])
@trainer
def swap(ref: str) -> Response:
    training_session, by, now = changeable(ref), must_be_me(), clock.now()
    form, number = SwapForm(seen=seen(training_session)), training_session.id
    if changes.room_of(training_session, now) is None:
        raise no_change(training_session, "This session is not in one room, so it has no room to swap.")
    form.other.choices = [partner.ref for partner in changes.partners_of(training_session, by=by, now=now)]
    other = form.other.data if form.other.data in [option.value for option in form.other.choices] else None

    def act(now: datetime) -> None:
        partner = mine(other or "")
        form.note(partner.ref)
        changes.swap_rooms(
            number,
            partner.id,
            by=by,
            now=now,
            words=form.sentence,
            seen=form.has_seen,
            seen_other=form.has_seen_other,
        )

    change = Change(
        title="Swap rooms with another session",
        template="manage/changes/swap.html",
        act=act,
        button="Swap the rooms",
        done="The two sessions have swapped rooms.",
        beside={RoomTaken: "other", TooSmall: "other"},
        also=[other] if other else [],
        show=lambda: _shown(form, ref),
    )
    return answer(change, form, ref)


def _shown(form: SwapForm, ref: str) -> Mapping[str, object]:
    """Those that would fit as radios, the nearest in time first; the others below, with why not."""
    training_session = mine(ref)
    if form.changed_meanwhile:  # of either of the two
        form.seen.text = form.seen.data = seen(training_session)
    partners = changes.partners_of(training_session, by=must_be_me(), now=clock.now())
    form.other.choices = [_option(partner) for partner in partners if not partner.why_not]
    if not form.other.choices:
        form.to_the_top(form.other)  # the question is not on the page
    return {"others": [partner for partner in partners if partner.why_not]}


def _option(partner: Partner) -> Option:
    hint = f"{partner.where}. {partner.places_taken} of {plural(partner.capacity, 'place')} taken."
    return Option(partner.ref, f"{partner.title}, {clock.say_short(partner.starts_at)}", hint)
