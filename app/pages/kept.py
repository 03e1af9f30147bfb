"""Finished pages, kept for as long as nothing has changed.

Most visits to what's on are by people who only look, and most find it as the one before did. What is kept is the text
of a page, by its address and the version of the data; after a minute it is made anew, because sessions begin and
booking opens without anybody doing anything. Visitors who are not signed in all get the same compressed text; the
others get the same page below a header of their own.
Feeds are kept too, packed, until something is done or the day ends: programs ask for them day and night, and most have
what there is.
"""

import gzip
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Any, Generic, NamedTuple, TypeVar, cast

from flask import current_app, make_response, render_template, request
from werkzeug.http import http_date
from werkzeug.wrappers import Response

from app import clock, door, journal

View = TypeVar("View", bound=Callable[..., Any])
Kept = TypeVar("Kept")

MOST_PAGES = 400
MOST_FEEDS = 40
FEED_GOOD_FOR_S = 900
MADE_ANEW_AFTER_S = 60
HEADER = b"\0header\0"


class Finished(NamedTuple):
    body: bytes
    headers: list[tuple[str, str]]


class FinishedFeed(NamedTuple):
    """packed: as gzip has it. tag: of its contents, packed or not."""

    packed: bytes
    tag: str
    made_at: datetime


class Shelf(Generic[Kept]):
    """Finished pages, the least used of them dropped. One a process."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        self.most, self.pages = most, OrderedDict[tuple[object, ...], Kept]()

    def get(self, key: tuple[object, ...]) -> Kept | None:
        found = self.pages.get(key)
        if found is not None:
            self.pages.move_to_end(key)
        return found

    def put(self, key: tuple[object, ...], page: Kept) -> None:
        self.pages[key] = page
        while len(self.pages) > self.most:
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


def kept_feed(*asked: str) -> Callable[[Callable[..., bytes]], Callable[..., Response]]:
    """For a feed whose every change is in the journal, or comes with a new day. asked: what its address may ask for.

    What a program has already is answered with 304 (RFC 9110 §13.1.2), without making it: at the cost of one question
    to the database. 'If-Modified-Since' is not answered: a second is too coarse for two changes within it.
    """

    def keeping(view: Callable[..., bytes]) -> Callable[..., Response]:
        @wraps(view)
        def feed_or_kept(*args: Any, **kwargs: Any) -> Response:
            now, shelf = clock.now(), cast(Shelf[FinishedFeed], current_app.extensions["kept_feeds"])
            # The address may have a secret in it, of which nothing is kept but a hash.
            which = sha256(request.path.encode("utf-8", "surrogatepass")).digest()
            answers = tuple(tuple(request.args.getlist(name)) for name in asked) if request.query_string else ()
            key = which, answers, journal.version(), clock.today(now)
            found = shelf.get(key)
            if found is None:
                feed = view(*args, **kwargs)
                found = FinishedFeed(gzip.compress(feed, 6, mtime=0), sha256(feed).hexdigest()[:32], now)
                shelf.put(key, found)
            return _feed(found)

        return feed_or_kept

    return keeping


def _feed(found: FinishedFeed) -> Response:
    is_packed = request.accept_encodings.quality("gzip") > 0
    tag, packed_tag = f'"{found.tag}"', f'"{found.tag}-gzip"'
    headers = [
        ("ETag", packed_tag if is_packed else tag),
        ("Cache-Control", f"private, max-age={FEED_GOOD_FOR_S}"),
        ("Vary", "Accept-Encoding"),
    ]
    if _has_already(found.tag, request.headers.get("If-None-Match", "")):
        return Response(status=304, headers=headers)
    headers += [
        ("Content-Type", "text/calendar; charset=utf-8"),
        ("Last-Modified", http_date(found.made_at)),
        ("X-Robots-Tag", "noindex"),
        *([("Content-Encoding", "gzip")] if is_packed else []),
    ]
    return Response(found.packed if is_packed else gzip.decompress(found.packed), headers=headers)


def _has_already(tag: str, had: str) -> bool:
    """had: as sent. Most programs send the one tag that they were given, which need not be taken apart."""
    if had in {"", f'"{tag}"', f'"{tag}-gzip"'}:
        return bool(had)
    tags = request.if_none_match
    return tags.star_tag or tags.contains_weak(tag) or tags.contains_weak(f"{tag}-gzip")


def _shelf() -> Shelf[Finished]:
    return cast(Shelf[Finished], current_app.extensions["kept"])


def _key() -> tuple[object, ...]:
    minute = int(clock.now().timestamp()) // MADE_ANEW_AFTER_S
    return request.host, request.script_root, request.full_path, journal.version(), minute


def _without_header(page: bytes) -> bytes:
    """The page with a mark where its visitor's own header was: nobody's name is kept."""
    before, _, rest = page.partition(b"<header")
    return before + HEADER + rest.partition(b"</header>")[2]


def _compressed(answer: Any) -> Response:
    return cast(Response, current_app.extensions["compress"].after_request(make_response(answer)))
