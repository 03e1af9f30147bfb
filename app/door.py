"""The front door: who is here, where they may go, what a refusal looks like, and the headers of every answer.

Every route wears exactly one guard: @open_to_all, @signed_in, @trainer or @coordinator. Being signed in is a key in
the browser's signed cookie and a row in `sign_in`; without a tick in 'my own device' it ends after 30 idle minutes.
What somebody had typed when it ended is given back to them, and to nobody else, when they sign in again.
"""

import logging
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, g, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from app import clock, people, settings, sign_in
from app.db import db, transaction
from app.errors import Faulty, NotAllowed, NotFound, Refused, traces
from app.people import Person

View = TypeVar("View", bound=Callable[..., Any])

IDLE = timedelta(minutes=30)
NOTED_EVERY = timedelta(minutes=1)
GONE = "Your record has just been put together with another one of yours. Nothing has been saved. Open the page again."
MOST_KEPT = 50_000  # characters of a half-filled form
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

log = logging.getLogger(__name__)


class Sessions(SecureCookieSessionInterface):
    """Those of Flask. Calendar programs, and whoever only looks, send no cookie: nothing is made ready to read one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        has_cookie = self.get_cookie_name(app) in request.cookies
        return super().open_session(app, request) if has_cookie else self.session_class()


def set_up(app: Flask) -> None:
    app.session_interface = Sessions()
    chosen: settings.Settings = app.config["SETTINGS"]
    app.config.update(
        SECRET_KEY=chosen.secret_key,
        SESSION_COOKIE_NAME="roomful",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=chosen.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=sign_in.LONGEST_ON_OWN_DEVICE,
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=1_000_000,
    )
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _not_served)
    app.register_error_handler(Exception, _fault)
    app.before_request(_refuse_hidden_characters)
    app.after_request(_with_headers)


# --- who is here ---


def me() -> Person | None:
    """Whoever is signed in, read once a request."""
    if "me" not in g:
        g.me = _by_proxy() or _by_key()
    return cast("Person | None", g.me)


def must_be_me() -> Person:
    """Whoever is signed in, on a page that asks for that. Raises NotAllowed."""
    person = me()
    if person is None:
        raise NotAllowed("Sign in first.")
    return person


def let_in(key: str, *, is_own_device: bool) -> None:
    """Sign this browser in: a new session, so that nobody can have planted the old one."""
    typed_on = session.get("typed_on")
    session.clear()
    session.permanent = is_own_device
    session["key"], session["seen"] = key, _seconds(clock.now())
    if typed_on:
        session["typed_on"] = typed_on
    g.pop("me", None)


def let_out() -> None:
    key = session.get("key")
    if key:
        with transaction():
            sign_in.end(key, clock.now())
    session.clear()
    g.pop("me", None)


def client() -> str:
    """Whence somebody asks, as far as the trusted proxies say."""
    return request.remote_addr or "unknown"


def own_path(path: str | None) -> str:
    """A redirect's target if it is one of our own pages, else the home page."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or len(path) > 500:
        return "/"
    parts = urlsplit(path)
    return "/" if parts.netloc or parts.scheme or any(ord(letter) < 33 for letter in path) else path


def send_on(path: str) -> AnyResponse:
    """Redirect to one of our own paths, under wherever the service is mounted."""
    return redirect(request.script_root + own_path(path), 303)


def typed_before() -> dict[str, list[str]] | None:
    """What this person had typed on this page when their session ran out, if anything."""
    person = me()
    if person is None or session.get("typed_on") != request.path:
        return None
    return sign_in.typed_by(person, request.path, clock.now())


def forget_typed() -> None:
    """What was given back has been sent: the page shows what is true now."""
    if session.get("typed_on") == request.path:
        session.pop("typed_on")


def _by_key() -> Person | None:
    key, now = session.get("key"), clock.now()
    signed = sign_in.session_of(key, now) if key else None
    if signed is None:
        g.ran_out = bool(key)
        return None
    seen = datetime.fromtimestamp(session.get("seen", 0), UTC)
    if not signed.is_own_device and now - seen > IDLE:
        g.ran_out = True
        return None
    if now - seen > NOTED_EVERY:
        session["seen"] = _seconds(now)
    return signed.person


def _by_proxy() -> Person | None:
    """Whom the intranet's own sign-on names, if the service trusts its header."""
    header = settings.current().trust_proxy_user
    named = request.headers.get(header, "") if header else ""
    if not named:
        return None
    try:
        address = people.tidy_address(named)
    except Faulty:  # a name that is no address is nobody that we know
        return None
    person = people.known(address)
    if person is None and sign_in.may_join(address):
        with transaction():
            person = people.join(address, now=clock.now())
    return person


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


# --- where they may go ---


def open_to_all(view: View) -> View:
    """Everybody on the intranet."""
    return _guarded(view, "open to all", lambda: None)


def signed_in(view: View) -> View:
    """Whoever has signed in; others sign in first and come straight back."""
    return _guarded(view, "signed in", _sign_in_first)


def trainer(view: View) -> View:
    """Trainers and coordinators."""
    return _guarded(view, "trainer", lambda: _sign_in_first() or _refuse_unless(must_be_me().manages))


def coordinator(view: View) -> View:
    return _guarded(view, "coordinator", lambda: _sign_in_first() or _refuse_unless(must_be_me().is_coordinator))


def _guarded(view: View, guard: str, stop: Callable[[], AnyResponse | None]) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return stop() or view(*args, **kwargs)

    guarded.guard = guard  # type: ignore[attr-defined]
    return cast(View, guarded)


def _sign_in_first() -> AnyResponse | None:
    person = me()
    if person is None:
        if request.method == "POST":
            _keep_what_was_typed()
        return redirect(url_for("sign_in.ask", next=_this_page()), 303)
    if not person.name and request.endpoint != "me.name":
        return redirect(url_for("me.name", next=_this_page()), 303)
    return None


def _this_page() -> str:
    """Where to come back to: this address, or the page whose lone button was pressed."""
    if request.url_rule and "GET" in (request.url_rule.methods or ()):
        return request.full_path.rstrip("?")
    try:
        path = urlsplit(request.referrer or "").path
    except ValueError:  # a browser sends none like that, but anything may come
        return "/"
    return own_path(path.removeprefix(request.script_root))


def _refuse_unless(is_theirs: Any) -> AnyResponse | None:
    if not is_theirs:
        raise NotAllowed("This page is for the people who run training.")
    return None


def _keep_what_was_typed() -> None:
    """For whoever was signed in here a moment ago, and nobody else: a ward's computer has many users."""
    fields = {name: values for name, values in request.form.to_dict(flat=False).items() if name != "csrf_token"}
    if g.get("ran_out") and len(str(fields)) <= MOST_KEPT:
        with transaction():
            sign_in.keep_typed(session["key"], request.path, fields, clock.now())
        session["typed_on"] = request.path


# --- what a refusal looks like ---


def _undo() -> None:
    """Nothing of what was begun stays. Whoever is signed in is read anew: their record may be gone by now."""
    db.session.rollback()
    g.pop("me", None)


def _refused(refused: Refused) -> AnyResponse:
    _undo()
    return _answer(render_template("refusal.html", refused=refused), refused.status)


def _is_gone() -> bool:
    """Whether the record of whoever is signed in has been put together with another one while this page was made."""
    person = g.get("me")
    was = inspect(person).identity if person else None
    _undo()
    is_now = me()
    return was is not None and (is_now is None or (is_now.id,) != was)


def _not_served(fault: HTTPException) -> AnyResponse:
    if fault.response is not None or fault.code is None or fault.code < 400:
        return fault.get_response()  # a redirect to the address with its slash
    answer = _answer(render_template("error.html", status=fault.code), fault.code)
    answer.headers.extend((name, value) for name, value in fault.get_headers() if name == "Allow")
    return answer


def _refuse_hidden_characters() -> None:
    """No address of ours holds any, and PostgreSQL cannot even be asked about one that does."""
    if any(ord(letter) < 32 for letter in request.path):
        raise NotFound("There is no such page.")


def _fault(fault: Exception) -> AnyResponse:
    """A bug. The log has the traceback under a reference, and neither the address nor anything typed."""
    if isinstance(fault, IntegrityError | ObjectDeletedError) and _is_gone():
        return _refused(Refused(GONE))
    reference = secrets.token_hex(4)
    log.error("Fault %s in %s\n%s", reference, request.endpoint, traces(fault))
    if current_app.testing:
        raise fault
    db.session.rollback()
    return _answer(render_template("error.html", status=500, reference=reference), 500)


def _answer(words: str, status: int) -> AnyResponse:
    answer = current_app.make_response(words)
    answer.status_code = status
    return answer


def _with_headers(answer: Response) -> Response:
    answer.headers.extend([header for header in HEADERS.items() if header[0] not in answer.headers])
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    # After somebody signs out on a shared computer, 'back' must not show their pages, nor those of their letters.
    is_somebodys = g.get("me") or "token" in (request.view_args or {})
    kept = "no-store" if is_somebodys else "private, no-cache"
    answer.headers.setdefault("Cache-Control", kept)
    return answer
