"""Letters to whoever owns a mailbox, known to us or not."""

from dataclasses import dataclass
from datetime import timedelta

from app.notices.kinds.frame import Facts


@dataclass(frozen=True, kw_only=True)
class SignIn(Facts):
    """A link and a code to sign in with. Both are made when the letter is claimed, so that none is stored."""

    name = "sign_in"
    said = "Sign-in link"
    secret = True
    useless_after = timedelta(minutes=10)
    request_id: int


@dataclass(frozen=True, kw_only=True)
class ConfirmAddress(Facts):
    """Somebody added this address to their details: is it theirs?"""

    name = "confirm_address"
    said = "Confirm an address"
    claim_ref: str
    person_name: str
