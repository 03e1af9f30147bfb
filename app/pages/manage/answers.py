"""What people answered in their calendars, in words."""

from collections.abc import Mapping

from app.bookings.tables import Answer

SAID: Mapping[str, str] = {
    "accepted": "Accepted",
    "tentative": "Answered ‘maybe’",
    "declined": "Declined",
    "delegated": "Named somebody else to come",
}


def say(answers: Mapping[int, Answer], part_count: int) -> str:
    """'Accepted in their calendar', 'Declined part 2, accepted part 1'; '' if they answered nothing.

    answers: by part, counted from 0.
    """
    if len(answers) == part_count and len(set(answers.values())) == 1:
        return f"{SAID[next(iter(answers.values()))]} in their calendar"
    said = [f"{SAID[answer]} {_parts_with(answers, answer)}" for answer in SAID if answer in answers.values()]
    said.sort(key=lambda each: not each.startswith(SAID["declined"]))  # what matters most comes first
    joined = ", ".join([*said[:1], *(each[:1].lower() + each[1:] for each in said[1:])])
    return f"{joined} in their calendar" if joined else ""


def has_declined_all(answers: Mapping[int, Answer], part_count: int) -> bool:
    return len(answers) == part_count and set(answers.values()) == {"declined"}


def _parts_with(answers: Mapping[int, Answer], answer: str) -> str:
    """'part 2', 'parts 1 and 3'."""
    parts = [str(part + 1) for part, each in sorted(answers.items()) if each == answer]
    return f"part {parts[0]}" if len(parts) == 1 else f"parts {', '.join(parts[:-1])} and {parts[-1]}"
