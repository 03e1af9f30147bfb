"""The links that letters carry. The worker asks for them when it writes a letter; no page is being served then."""

from datetime import datetime, timedelta

from app import settings, sign_in
from app.notices import kinds, links
from app.notices.links import Purpose
from app.notices.outbox import Notice
from app.people import CLAIM_GOOD_FOR

GOOD_AFTER_SESSION = timedelta(days=28)  # until then the page says what can still be done
GOOD_FOR_WAIT = timedelta(days=400)  # longer than a wait of which we hear nothing


def links_for(notice: Notice, facts: kinds.Facts) -> dict[str, str]:
    """Every link that the letter may name; other dates by their session's ref, larger rooms as 'larger:<slug>'."""
    found: dict[str, str] = {}
    if facts.session_meant is not None:
        found |= _of_session(facts.session_meant)
    for date in getattr(facts, "other_dates", ()):
        found[date.session_ref] = _address(f"/sessions/{date.session_ref}")
    if isinstance(facts, kinds.OfBooking):
        found |= _of_booking(facts)
    if isinstance(facts, kinds.OfWait):
        found |= _of_wait(facts, notice.queued_at)
    if isinstance(facts, kinds.SessionFull):
        found |= {f"larger:{room.ref}": f"{found['manage']}/larger/{room.ref}" for room in facts.larger_rooms}
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
    manage = _address(f"/manage/sessions/{about.session_ref}")
    return {
        "session": _address(f"/sessions/{about.session_ref}"),
        "book": _address(f"/sessions/{about.session_ref}/book"),
        "course": _address(f"/courses/{about.course_ref}"),
        "manage": manage,
        "register": f"{manage}/register",
        "trainers": f"{manage}/trainers",
        "run": f"{manage}/run",
        "promote": f"{manage}/promote",
        "cancel_session": f"{manage}/cancel",
        "replies": _address("/manage/replies"),
        "another_date": _address(f"/manage/courses/{about.course_ref}/schedule?like={about.session_ref}"),
    }


def _of_booking(facts: kinds.OfBooking) -> dict[str, str]:
    expires_at = facts.about.ends_at + GOOD_AFTER_SESSION
    found = {
        "booking": _address(f"/bookings/{facts.booking_ref}"),
        "cancel": _signed(Purpose.CANCEL, facts.booking_ref, expires_at),
    }
    if getattr(facts, "by_calendar", False) or getattr(facts, "may_undo", False):
        found["undo"] = _signed(Purpose.UNDO, facts.booking_ref, expires_at)
    if isinstance(facts, kinds.StillComing):
        found["coming"] = _signed(Purpose.COMING, facts.booking_ref, expires_at)
    if isinstance(facts, kinds.SessionCancelled):
        found["wait_again"] = _signed(Purpose.WAIT_AGAIN, facts.booking_ref, expires_at)
    return found


def _of_wait(facts: kinds.OfWait, queued_at: datetime) -> dict[str, str]:
    """The page of a wait is for the person alone; the signed links also for whoever reads their letters for them."""
    found = {
        "course": _address(f"/courses/{facts.course_ref}"),
        "leave": _signed(Purpose.LEAVE, facts.wait_ref, queued_at + GOOD_FOR_WAIT),
        "still_want": _signed(Purpose.STILL_WANT, facts.wait_ref, queued_at + GOOD_FOR_WAIT),
    }
    if not facts.for_another:
        found["wait"] = _address(f"/waits/{facts.wait_ref}")
    offer_ref = getattr(facts, "offer_ref", "")
    if offer_ref and facts.session_meant is not None:
        found["answer"] = _signed(Purpose.ANSWER, offer_ref, facts.session_meant.ends_at + GOOD_AFTER_SESSION)
    return found


def _signed(purpose: Purpose, subject: str, expires_at: datetime) -> str:
    return _address(f"/a/{links.sign(purpose, subject, expires_at, secret=settings.current().secret_key)}")


def _address(path: str) -> str:
    return settings.current().base_url + path
