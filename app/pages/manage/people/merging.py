"""Two records of one person: found, compared, put together after a look at what that does."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import bookings, changes, clock, people
from app.changes import Merged
from app.db import rehearsal, transaction
from app.door import coordinator, must_be_me
from app.errors import NotFound, Refused
from app.notices import outbox
from app.pages import page, plural
from app.pages.forms import Form, choice, short_text
from app.pages.manage.people.frame import MOST_WORDS, ROLES, bp, keep_words, kept_words
from app.people import Person

MOST_FOUND = 20
MOST_LETTERS = 1_000


class FindOtherForm(Form):
    q = short_text("Name, team or email address of the other record", thing="whom you look for", most=MOST_WORDS)


@bp.route("/manage/people/<ref>/merge", methods=["GET", "POST"])
@coordinator
def find_other(ref: str) -> Response:
    """The other record; before anybody has searched, those of the same name."""
    person, words = people.get(ref), kept_words()
    form = FindOtherForm(q=words)
    if form.validate_on_submit():
        keep_words(form.q.text)
        return redirect(url_for(".find_other", ref=ref, found="yes"), 303)
    looked_for = words or person.name
    found = [each for each in people.search(looked_for) if each.ref != person.ref] if looked_for else []
    return page(
        "manage/people/find_other.html",
        form=form,
        person=person,
        found=found[:MOST_FOUND],
        left_out_count=len(found[MOST_FOUND:]),
        has_searched=bool(words),
    )


class MergeForm(Form):
    stays = choice(
        "Which record stays?",
        thing="which record stays",
        hint="Its name, team, phone number and the address for our emails stay as they are.",
    )


@dataclass(frozen=True)
class Letters:
    """Emails about calendar entries to one address, alike. is_in: they put entries in, else they take them out."""

    address: str
    is_in: bool
    count: int


@dataclass(frozen=True)
class Preview:
    """What putting two records together would do, in plain values."""

    stays: str
    goes: str
    roles: Sequence[str]
    addresses: Sequence[str]
    merged: Merged
    letters: Sequence[Letters]


@bp.route("/manage/people/<ref>/merge/<other>", methods=["GET", "POST"])
@coordinator
def merge(ref: str, other: str) -> Response:
    form = MergeForm(stays=ref)
    form.stays.choices = [_choice(person) for person in _pair(ref, other)]
    if not form.validate_on_submit() or "back" in request.form:
        return _compared(form, ref, other)
    stays, goes = (ref, other) if form.stays.data == ref else (other, ref)
    try:
        if "go" not in request.form:
            return page("manage/people/check_merge.html", form=form, ref=ref, preview=_preview(stays, goes))
        with transaction():
            kept, gone = _pair(stays, goes)
            merged = changes.merge(kept, gone, by=must_be_me(), now=clock.now())
    except NotFound:
        raise
    except Refused as refusal:
        form.refuse("stays", refusal.sentence)
        return _compared(form, ref, other, refusal)
    moved = f" {plural(merged.moved_count, 'coming booking')} moved over." if merged.moved_count else ""
    flash(f"The other record is part of this one now.{moved}")
    return redirect(url_for(".one_person", ref=stays), 303)


def _compared(form: MergeForm, ref: str, other: str, refusal: Refused | None = None) -> Response:
    try:
        person, another = _pair(ref, other)
    except NotFound:
        if refusal is None:
            raise
        raise refusal from None  # somebody else was quicker
    return page("manage/people/merge.html", 409 if refusal else None, form=form, person=person, another=another)


def _preview(stays: str, goes: str) -> Preview:
    with rehearsal():
        kept, gone = _pair(stays, goes)
        last, names = outbox.newest_id(), (kept.known_as, gone.known_as)
        merged = changes.merge(kept, gone, by=must_be_me(), now=clock.now())
        return Preview(
            stays=names[0],
            goes=names[1],
            roles=[name for role, name, _ in ROLES if getattr(kept, f"is_{role}")],
            addresses=[row.address for row in people.addresses_of(kept)],
            merged=merged,
            letters=_letters(kept, last),
        )


def _letters(kept: Person, last: int) -> list[Letters]:
    """What the merge itself sends: emails about calendar entries, counted by address."""
    queued = [each for each in outbox.listing(most=MOST_LETTERS) if each.id > last and each.person_id == kept.id]
    carried = [(each.address, each.facts.get("invite")) for each in queued]  # a reminder has no facts yet
    counts = Counter((address, invite["method"] == "REQUEST") for address, invite in carried if invite)
    return [Letters(address, is_in, count) for (address, is_in), count in sorted(counts.items())]


def _pair(ref: str, other: str) -> tuple[Person, Person]:
    """Raises NotFound."""
    if ref == other:
        raise NotFound("This is one and the same record. Look for another one.")
    try:
        return people.get(ref), people.get(other)
    except NotFound as missing:
        sentence = "One of these two records is not there any more. Perhaps somebody has just put them together."
        raise NotFound(sentence) from missing


def _choice(person: Person) -> tuple[str, str, str]:
    """A record with what tells it apart from another of the same name."""
    roles = ", ".join(name for role, name, _ in ROLES if getattr(person, f"is_{role}"))
    coming_count = len(bookings.mine(person, now=clock.now())[0])
    facts = [
        ", ".join(row.address for row in people.addresses_of(person)) or "no email address",
        person.team,
        roles,
        plural(coming_count, "coming booking"),
        f"added {clock.say_day(person.added_at)}",
    ]
    return person.ref, person.known_as, " · ".join(filter(None, facts))
