"""What can become of a mail that was read, and how coordinators read it.

`did` is what was done; `why` narrows it down. Both are kept as codes, so that a list can be filtered by them.
"""

from enum import StrEnum


class Did(StrEnum):
    RELEASED = "released"
    NOTED = "noted"
    ASKED = "asked"
    ASKED_ALL_PARTS = "asked_all_parts"
    SENT_AGAIN = "sent_again"
    SENT_LINK = "sent_link"
    TOLD_TRAINERS = "told_trainers"
    TOLD_COORDINATORS = "told_coordinators"
    CAME_BACK = "came_back"
    PASSED_ON = "passed_on"
    HELD = "held"  # a decline that waits for a coordinator
    LEFT = "left"  # for a person to read
    DROPPED = "dropped"


SAID = {
    Did.RELEASED: "The place was given up, as the calendar said",
    Did.NOTED: "Noted beside the booking",
    Did.ASKED: "We asked the person, by a letter with a link, whether to give up their place",
    Did.ASKED_ALL_PARTS: "The place stays. We asked the person whether they give up all parts",
    Did.SENT_AGAIN: "Nothing was changed. The calendar entry was sent once more",
    Did.SENT_LINK: "They have no place any more. We sent a link to book again",
    Did.TOLD_TRAINERS: "The place stays. The session’s trainers were told",
    Did.TOLD_COORDINATORS: "Nothing was changed. The coordinators were told",
    Did.CAME_BACK: "An email of ours came back: it did not reach this person",
    Did.PASSED_ON: "Passed on to people who can answer",
    Did.HELD: "Not done yet. Look at it first",
    Did.LEFT: "For you to read",
    Did.DROPPED: "Nothing was done",
}

WHY = {
    "accepted": "they accepted",
    "tentative": "they answered ‘maybe’",
    "delegated": "they named somebody else to come",
    "other time": "they propose another time",
    "too late": "the session had started, so the place could not be given up",
    "earlier time": "the answer was about an earlier time of the session",
    "asked": "their calendar asked for it",
    "sent today": "the entry had been sent again today already",
    "some parts": "they declined some parts, not all",
    "no result": "our mail server did not vouch for the sender",
    "other mailbox": "it came from another mailbox of their organisation",
    "many": "many declines of this session came at once",
    "many words": "many emails came from this sender",
    "newer": "it speaks of a version of the entry that we have not sent",
    "no time stamp": "it does not say when it was written",
    "words": "it is written in words, and there is no address to pass it on to",
    "automatic": "a program wrote it",
    "empty": "there is nothing in it",
    "untrusted": "it may be forged",
    "no sender": "it does not name one sender",
    "unknown": "it is about nothing that we sent",
    "unknown address": "nobody here has that address",
    "not failed": "the letter may still arrive",
    "other organiser": "it answers somebody else’s invite",
    "other attendee": "it answers for somebody else",
    "former": "that entry had been withdrawn",
    "stale": "a later answer had been taken already",
    "no place": "they had no place any more",
    "cancelled": "the session had been cancelled",
    "over": "the session was over",
    "not a reply": "it is an invite or something else that we do not answer",
    "no answer": "it answers neither yes nor no",
    "too_large": "it is too large to be a reply",
    "too_deep": "it is built like no reply",
    "too_many_parts": "it is built like no reply",
    "headers": "it is built like no reply",
    "broken": "it cannot be read",
    "two_parts": "it has several calendar parts",
    "no_method": "its calendar part does not say what it is for",
    "other_method": "its calendar part contradicts itself",
    "unknown_charset": "its calendar part cannot be read",
    "no_event": "its calendar part holds no event",
    "many_events": "its calendar part holds several events",
    "said_twice": "its calendar part contradicts itself",
    "unreadable": "its calendar part cannot be read",
}


def say(did: str, why: str) -> str:
    """What became of a mail, as a sentence. Codes of another version go by their names."""
    done = SAID.get(Did(did), did) if did in set(Did) else did
    return f"{done}: {WHY.get(why, why)}." if why else f"{done}."
