"""Every kind of notice: its facts, the letter it becomes, and whether it carries a calendar entry.

A kind is a frozen dataclass of plain facts. Its letter is `templates/notices/<name>.jinja`, which a service
may override. Facts are stored as JSON with the notice, so that what is said is what was true when it
happened; only kinds that are `read_late` (reminders) have their facts read at the moment they fall due.
`for_name` names the person whose place it is if the letter goes to somebody else, because they have no
address of their own; then it carries no calendar entry.
"""

from functools import cache

from pydantic import TypeAdapter

from app.notices.kinds.for_trainers import (
    CalendarNote,
    LastPlaces,
    LowNumbers,
    ManyDeclines,
    NeedUnmet,
    News,
    Noted,
    PassedOn,
    SessionFull,
    SessionNews,
    TrainerDeclined,
    TrainerEntry,
    TrainerReminder,
)
from app.notices.kinds.frame import (
    About,
    Facts,
    Invite,
    LargerRoom,
    Method,
    OfBooking,
    OfWait,
    OtherDate,
    Part,
    WaitedDate,
)
from app.notices.kinds.of_bookings import (
    Booked,
    Cancelled,
    Change,
    Entry,
    EntryAgain,
    GiveUpAsked,
    Moved,
    NotBooked,
    PartsDeclined,
    Reminder,
    SessionCancelled,
    StillComing,
    WhyAgain,
    Written,
)
from app.notices.kinds.of_signing_in import ConfirmAddress, SignIn
from app.notices.kinds.of_waits import (
    NewDate,
    Offered,
    OfferEnding,
    OfferLapsed,
    PlaceFree,
    StillWaiting,
    WaitCancelled,
    WaitEnded,
    WaitGoesOn,
    Waiting,
    WaitMoved,
    Wants,
)

__all__ = [
    "KINDS",
    "About",
    "Booked",
    "CalendarNote",
    "Cancelled",
    "Change",
    "ConfirmAddress",
    "Entry",
    "EntryAgain",
    "Facts",
    "GiveUpAsked",
    "Invite",
    "LargerRoom",
    "LastPlaces",
    "LowNumbers",
    "ManyDeclines",
    "Method",
    "Moved",
    "NeedUnmet",
    "NewDate",
    "News",
    "NotBooked",
    "Noted",
    "OfBooking",
    "OfWait",
    "OfferEnding",
    "OfferLapsed",
    "Offered",
    "OtherDate",
    "Part",
    "PartsDeclined",
    "PassedOn",
    "PlaceFree",
    "Reminder",
    "SessionCancelled",
    "SessionFull",
    "SessionNews",
    "SignIn",
    "StillComing",
    "StillWaiting",
    "TrainerDeclined",
    "TrainerEntry",
    "TrainerReminder",
    "WaitCancelled",
    "WaitEnded",
    "WaitGoesOn",
    "WaitMoved",
    "WaitedDate",
    "Waiting",
    "Wants",
    "WhyAgain",
    "Written",
    "from_json",
    "say_kind",
    "to_json",
]

KINDS: dict[str, type[Facts]] = {
    kind.name: kind
    for kind in (
        SignIn,
        ConfirmAddress,
        Booked,
        Entry,
        EntryAgain,
        Moved,
        Cancelled,
        SessionCancelled,
        Written,
        Reminder,
        StillComing,
        GiveUpAsked,
        PartsDeclined,
        NotBooked,
        SessionFull,
        SessionNews,
        TrainerEntry,
        CalendarNote,
        TrainerDeclined,
        ManyDeclines,
        PassedOn,
        NeedUnmet,
        TrainerReminder,
        LastPlaces,
        LowNumbers,
        Waiting,
        Offered,
        OfferEnding,
        OfferLapsed,
        PlaceFree,
        NewDate,
        WaitMoved,
        WaitCancelled,
        WaitGoesOn,
        StillWaiting,
        WaitEnded,
    )
}


def say_kind(name: str) -> str:
    """What coordinators call a kind of notice; one that this version does not know goes by its name."""
    return KINDS[name].said if name in KINDS else name


@cache
def _adapter(name: str) -> TypeAdapter[Facts]:
    return TypeAdapter(KINDS[name])


def to_json(facts: Facts) -> dict[str, object]:
    """Plain JSON values, for a notice's row."""
    kept: dict[str, object] = _adapter(facts.name).dump_python(facts, mode="json")
    return kept


def from_json(name: str, kept: dict[str, object]) -> Facts:
    return _adapter(name).validate_python(kept)
