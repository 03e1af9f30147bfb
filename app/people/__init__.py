"""People: everybody who books, teaches or coordinates.

A person is known by one or more email addresses, any of which signs them in; one of them gets their letters. A
person may have none: then letters go to whoever booked for them. Everyone may book; a trainer runs courses; a
coordinator runs the service's training. Addresses are the same in capitals and small letters.
"""

from app.people.adding import (
    add,
    describe,
    get,
    hold,
    hold_if_free,
    join,
    tidy_name,
    trainers,
    who_run_training,
    without_address,
)
from app.people.addresses import (
    CLAIM_GOOD_FOR,
    addresses_of,
    claim_address,
    claim_of,
    forget_claims,
    give_address,
    known,
    prove_address,
    remove_address,
    send_letters_to,
    tidy_address,
)
from app.people.feeds import by_feed, end_feed, make_feed
from app.people.finding import Listed, Listing, listing, search
from app.people.importing import COLUMNS, import_file, line_of
from app.people.merging import columns_that_name, replace_by
from app.people.roles import hear_of_full, keeping_a_coordinator, refuse_unless_coordinator, set_roles
from app.people.tables import MOST_NAME, MOST_TEAM, Address, AddressClaim, CalendarChoice, Person

__all__ = [
    "CLAIM_GOOD_FOR",
    "COLUMNS",
    "MOST_NAME",
    "MOST_TEAM",
    "Address",
    "AddressClaim",
    "CalendarChoice",
    "Listed",
    "Listing",
    "Person",
    "add",
    "addresses_of",
    "by_feed",
    "claim_address",
    "claim_of",
    "columns_that_name",
    "describe",
    "end_feed",
    "forget_claims",
    "get",
    "give_address",
    "hear_of_full",
    "hold",
    "hold_if_free",
    "import_file",
    "join",
    "keeping_a_coordinator",
    "known",
    "line_of",
    "listing",
    "make_feed",
    "prove_address",
    "refuse_unless_coordinator",
    "remove_address",
    "replace_by",
    "search",
    "send_letters_to",
    "set_roles",
    "tidy_address",
    "tidy_name",
    "trainers",
    "who_run_training",
    "without_address",
]
