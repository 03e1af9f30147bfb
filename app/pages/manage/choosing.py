"""Rooms and trainers to choose from: what stands beside each, wherever one is chosen."""

from collections.abc import Iterable, Mapping

from app.pages import plural
from app.pages.forms import Option
from app.people import Person
from app.timetable import RoomChoice

ONLINE = "-online"  # where a room's slug stands otherwise; no slug begins like that


def room_options(choices: Iterable[RoomChoice]) -> list[Option]:
    """The rooms that may be chosen, by slug: the radios of `choose_room`, which shows the others below them."""
    return [
        Option(choice.room.slug, choice.room.where, " ".join(_said(choice))) for choice in choices if not choice.why_not
    ]


def trainer_options(trainers: Iterable[Person], busy: Mapping[int, str]) -> list[Option]:
    """Trainers by ref, busy ones too (D41). busy: by person's id, as `timetable.busy_trainers` says it."""
    return [Option(trainer.ref, trainer.name, busy.get(trainer.id, "")) for trainer in trainers]


def _said(choice: RoomChoice) -> list[str]:
    room = choice.room
    told = [
        ("May not have: ", ", ".join(choice.lacks)),
        ("Holds ", plural(room.capacity, "person", "people")),
        ("Has: ", room.equipment),
        ("Access: ", room.access),
        ("Also book it with ", room.booked_with),
    ]
    return [f"{before}{what.rstrip('.')}." for before, what in told if what]
