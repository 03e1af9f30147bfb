"""How far a reply is believed (rule: nobody's place is touched on a stranger's word)."""

from enum import Enum

from app.replies.reading import Event, Mail, Verdict
from app.replies.words import folded


class Trust(Enum):
    ACT = "act"
    ASK = "ask"  # the booked address is asked
    DROP = "drop"


def trust(mail: Mail, address: str) -> tuple[Trust, str]:
    """How far a mail is believed to come from a booked address, and why not further ('' if it is).

    From the address itself and vouched for: act. From it or another mailbox of its organisation, where nothing speaks
    against it: ask. Anything else, and whatever may be forged: drop.
    """
    if len(mail.senders) != 1 or not mail.senders[0]:
        return Trust.DROP, "no sender"
    sender, booked = mail.senders[0], folded(address.strip())
    if mail.verdict is Verdict.FAIL:
        return Trust.DROP, "untrusted"
    if sender == booked:
        return (Trust.ACT, "") if mail.verdict is Verdict.PASS else (Trust.ASK, "no result")
    if sender.rpartition("@")[2] == booked.rpartition("@")[2]:
        return Trust.ASK, "other mailbox"
    return Trust.DROP, "untrusted"


def answer_of(event: Event, address: str) -> str:
    """What the one attendee answers, in capitals; '' if there is not exactly one, or it is somebody else."""
    if len(event.attendees) != 1:
        return ""
    [attendee], booked = event.attendees, folded(address.strip())
    return attendee.partstat if booked and booked in {attendee.address, attendee.email} else ""
