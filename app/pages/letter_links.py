"""The links that letters carry. The worker asks for them when it writes a letter; no page is being served then."""

from datetime import datetime, timedelta

from app import settings, sign_in
from app.notices import kinds, links
from app.notices.links import Purpose
from app.notices.outbox import Notice
from app.people import CLAIM_GOOD_FOR

GOOD_AFTER_SESSION = timedelta(days=28)  # until then the page says what can still be done


def links_for(notice: Notice, facts: kinds.Facts) -> dict[str, str]:
    """Every link that the letter may name; other dates by their session's ref."""
    found: dict[str, str] = {}
    if facts.session_meant is not None:
        found |= _of_session(facts.session_meant)
    for date in getattr(facts, "other_dates", ()):
        found[date.session_ref] = _address(f"/sessions/{date.session_ref}")
    booking_ref = getattr(facts, "booking_ref", "")
    if booking_ref and facts.session_meant is not None:
        expires_at = facts.session_meant.ends_at + GOOD_AFTER_SESSION
        found["booking"] = _address(f"/bookings/{booking_ref}")
        found["cancel"] = _signed(Purpose.CANCEL, booking_ref, expires_at)
    if isinstance(facts, kinds.ConfirmAddress):
        found["confirm"] = _signed(Purpose.CONFIRM_ADDRESS, facts.claim_ref, notice.queued_at + CLAIM_GOOD_FOR)
    return found


def sign_in_links(facts: kinds.Facts, now: datetime) -> dict[str, str]:
    """A link and a code, made in the transaction that claims the letter and kept there as hashes only."""
    if not isinstance(facts, kinds.SignIn):
        raise TypeError(f"{facts.name} is no letter to sign in with")
    token, code = sign_in.mint(facts.request_id, now)
    return {"sign_in": _address(f"/sign-in/{token}"), "code": code}


def _of_session(about: kinds.About) -> dict[str, str]:
    return {
        "session": _address(f"/sessions/{about.session_ref}"),
        "course": _address(f"/courses/{about.course_ref}"),
        "manage": _address(f"/manage/sessions/{about.session_ref}"),
        "register": _address(f"/manage/sessions/{about.session_ref}/register"),
    }


def _signed(purpose: Purpose, subject: str, expires_at: datetime) -> str:
    return _address(f"/a/{links.sign(purpose, subject, expires_at, secret=settings.current().secret_key)}")


def _address(path: str) -> str:
    return settings.current().base_url + path
