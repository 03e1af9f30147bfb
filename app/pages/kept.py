"""Finished pages, kept for as long as nothing has changed.

Most visits to what's on are by people who only look, and most find it as the one before did. What is kept is the text
of a page, by its address and the version of the data; after a minute it is made anew, because sessions begin and
booking opens without anybody doing anything. Visitors who are not signed in all get the same compressed text; the
others get the same page below a header of their own.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast

from flask import current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from app import clock, door, journal

View = TypeVar("View", bound=Callable[..., Any])

MOST_PAGES = 400
MADE_ANEW_AFTER_S = 60
HEADER = b"\0header\0"


class Finished(NamedTuple):
    body: bytes
    headers: list[tuple[str, str]]


class Shelf:
    """Finished pages, the least used of them dropped. One a process."""

    def __init__(self) -> None:
        self.pages: OrderedDict[tuple[object, ...], Finished] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> Finished | None:
        found = self.pages.get(key)
        if found is not None:
            self.pages.move_to_end(key)
        return found

    def put(self, key: tuple[object, ...], page: Finished) -> None:
        self.pages[key] = page
        while len(self.pages) > MOST_PAGES:
            self.pages.popitem(last=False)


def kept(view: View) -> View:
    """For a page that shows the same to everybody who is not signed in, and whose every change is in the journal."""

    @wraps(view)
    def page_or_kept(*args: Any, **kwargs: Any) -> Any:
        if request.method != "GET" or door.me() is not None:
            return view(*args, **kwargs)
        key = (*_key(), request.headers.get("Accept-Encoding", ""))
        found = _shelf().get(key)
        if found is None:
            answer = _compressed(view(*args, **kwargs))
            if answer.status_code != 200:
                return answer
            found = Finished(answer.get_data(), list(answer.headers.items()))
            _shelf().put(key, found)
        return Response(found.body, headers=found.headers)

    return cast(View, page_or_kept)


def kept_for_all(view: View) -> View:
    """For a page of which everybody, signed in or not, sees the same but for its header."""

    @wraps(view)
    def page_or_kept(*args: Any, **kwargs: Any) -> Any:
        if request.method != "GET" or door.me() is None:
            return kept(view)(*args, **kwargs)
        key = (*_key(), "below the header")
        found = _shelf().get(key)
        if found is None:
            answer = make_response(view(*args, **kwargs))
            if answer.status_code != 200:
                return answer
            found = Finished(_without_header(answer.get_data()), list(answer.headers.items()))
            _shelf().put(key, found)
        own = render_template("header.html", visitor=door.me()).encode()
        return make_response(found.body.replace(HEADER, own, 1))

    return cast(View, page_or_kept)


def _shelf() -> Shelf:
    return cast(Shelf, current_app.extensions["kept"])


def _key() -> tuple[object, ...]:
    minute = int(clock.now().timestamp()) // MADE_ANEW_AFTER_S
    return request.host, request.script_root, request.full_path, journal.version(), minute


def _without_header(page: bytes) -> bytes:
    """The page with a mark where its visitor's own header was: nobody's name is kept."""
    before, _, rest = page.partition(b"<header")
    return before + HEADER + rest.partition(b"</header>")[2]


def _compressed(answer: Any) -> Response:
    return cast(Response, current_app.extensions["compress"].after_request(make_response(answer)))
