"""People: everybody who books, teaches or coordinates.

A person is known by one or more email addresses, any of which signs them in; one of them gets their letters. A
person may have none: then letters go to whoever booked for them. Everyone may book; a trainer runs courses; a
coordinator runs the service's training. Addresses are the same in capitals and small letters.
"""

from app.people.adding import add, describe, get, join, tidy_name, trainers
from app.people.addresses import (
    CLAIM_GOOD_FOR,
    addresses_of,
    claim_address,
    claim_of,
    forget_claims,
    give_address,
    known,
    prove_address,
    send_letters_to,
    tidy_address,
)
from app.people.importing import import_file
from app.people.tables import MOST_NAME, MOST_TEAM, Address, AddressClaim, Person

__all__ = [
    "CLAIM_GOOD_FOR",
    "MOST_NAME",
    "MOST_TEAM",
    "Address",
    "AddressClaim",
    "Person",
    "add",
    "addresses_of",
    "claim_address",
    "claim_of",
    "describe",
    "forget_claims",
    "get",
    "give_address",
    "import_file",
    "join",
    "known",
    "prove_address",
    "send_letters_to",
    "tidy_address",
    "tidy_name",
    "trainers",
]
