"""Roomful books staff on to training sessions. This module is the one place where all parts meet."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from app import bookings, db, door, pages, people, replies, settings, sign_in
from app.notices import kinds
from app.notices.worker import Errands, Worker
from app.pages import bookings as booking_pages
from app.pages import (
    changing_dates,
    colleagues,
    feeds,
    following,
    health,
    letter_links,
    links,
    me,
    my_calendar,
    offers,
    still_coming,
    taking_back,
    waits,
    words,
)
from app.pages import courses as course_pages
from app.pages import sign_in as sign_in_pages
from app.pages import timetable as timetable_pages
from app.pages.kept import MOST_FEEDS, Shelf
from app.pages.manage import bookings as booking_keeping
from app.pages.manage import changes as change_pages
from app.pages.manage import courses as course_keeping
from app.pages.manage import notices as notice_pages
from app.pages.manage import people as people_pages
from app.pages.manage import register as register_pages
from app.pages.manage import replies as reply_pages
from app.pages.manage import rooms as room_pages
from app.pages.manage import scheduling as scheduling_pages
from app.pages.manage import session_emails, telling
from app.pages.manage import sessions as session_pages
from app.pages.manage import timetable as teaching_pages
from app.pages.manage import waits as waiting_pages

BUILT = Path(__file__).parent / "static" / "built"
BLUEPRINTS = (
    timetable_pages.bp,
    course_pages.bp,
    booking_pages.bp,
    changing_dates.bp,
    still_coming.bp,
    taking_back.bp,
    waits.bp,
    offers.bp,
    me.bp,
    my_calendar.bp,
    feeds.bp,
    following.bp,
    sign_in_pages.bp,
    links.bp,
    colleagues.bp,
    teaching_pages.bp,
    course_keeping.bp,
    scheduling_pages.bp,
    session_pages.bp,
    session_emails.bp,
    booking_keeping.bp,
    change_pages.bp,
    register_pages.bp,
    waiting_pages.bp,
    room_pages.bp,
    people_pages.bp,
    notice_pages.bp,
    reply_pages.bp,
    words.bp,
    health.bp,
)


def create_app(chosen: settings.Settings | None = None) -> Flask:
    """An app for these settings, by default those of the instance folder. Raises settings.BadSettings."""
    chosen = chosen or settings.load()
    app = Flask("app", instance_path=str(chosen.instance), static_folder=BUILT, static_url_path="/static")
    app.config["SETTINGS"] = chosen
    pages.set_up(app)
    app.jinja_env.globals.update(said_before=telling.said_before)
    door.set_up(app)
    db.set_up(app, chosen.database)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.extensions["compress"] = Compress(app)
    app.extensions["kept"], app.extensions["kept_feeds"] = Shelf(), Shelf(MOST_FEEDS)
    _serve_assets(app)
    if chosen.proxies:
        hops = chosen.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops)  # type: ignore[method-assign]
    app.extensions["notice_worker"] = Worker(errands(app))
    return app


def errands(app: Flask) -> Errands:
    """What the notice worker does for the floors above it."""

    def read_replies(time_now: Callable[[], datetime]) -> None:
        with app.app_context():  # it runs in a thread of its own
            replies.poll(time_now)

    reads_mailbox = app.config["SETTINGS"].replies == "imap"
    return Errands(
        facts_now={
            kinds.Reminder.name: bookings.reminder_now,
            kinds.TrainerReminder.name: bookings.trainer_reminder_now,
            kinds.StillComing.name: bookings.still_coming_now,
            kinds.LowNumbers.name: bookings.low_numbers_now,
            kinds.LastPlaces.name: bookings.last_places_now,
            kinds.OfferEnding.name: bookings.offer_ending_now,
        },
        secret_links={kinds.SignIn.name: letter_links.sign_in_links},
        links=letter_links.links_for,
        due_work=(bookings.erase_needs, sign_in.forget_old, people.forget_claims, replies.forget),
        due_one_by_one=((bookings.courses_due, bookings.catch_up),),
        beside=(read_replies,) if reads_mailbox else (),
    )


def _serve_assets(app: Flask) -> None:
    """Built assets, compressed beforehand, kept by browsers for a year: their names change with their contents."""

    def as_they_are(headers: Headers, _path: str, _url: str) -> None:
        headers["X-Content-Type-Options"] = "nosniff"

    files = WhiteNoise(app.wsgi_app, immutable_file_test=lambda _path, _url: True, add_headers_function=as_they_are)
    files.add_files(BUILT, prefix="static/")
    app.wsgi_app = files  # type: ignore[method-assign]
