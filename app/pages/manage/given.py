"""The places that a change gives to people from the waiting list: read within its rehearsal, shown afterwards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from app import waiting_list
from app.pages import plural


@dataclass(frozen=True)
class Given:
    """A place that goes to somebody. how, lapses_at: as of the offer, whose record a rehearsal does not keep."""

    name: str
    team: str
    starts_at: datetime
    how: str
    lapses_at: datetime


def given_since(last_id: int, course_ids: Collection[int]) -> list[Given]:
    """In the order in which they are given. last_id: `waiting_list.newest_offer_id` before the change."""
    return [
        Given(
            offer.wait.person.known_as,
            offer.wait.person.team,
            offer.training_session.starts_at,
            offer.how,
            offer.lapses_at,
        )
        for offer in waiting_list.given_since(last_id, course_ids)
    ]


def say_given(given: Sequence[Given]) -> str:
    """'2 people from the waiting list have been offered a place. 1 has been booked, as they had asked.'"""
    offered = sum(each.how == "asked" for each in given)
    booked = len(given) - offered
    sentences = []
    if offered:
        people = plural(offered, "person", "people")
        sentences.append(f"{people} from the waiting list {_have(offered)} been offered a place.")
    if booked:
        people = f"{booked:,}" if offered else f"{plural(booked, 'person', 'people')} from the waiting list"
        sentences.append(f"{people} {_have(booked)} been booked, as they had asked.")
    return " ".join(sentences)


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
