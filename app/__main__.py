"""The `roomful` command: each of its commands calls one verb, after bringing the database up to date.

Exit codes: 0 done, 1 refused or failed with a plain sentence on standard error, 2 wrong usage.
"""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import changes, clock, create_app, migrating, server, settings, sign_in
from app import demo as demo_service
from app import doctor as examination
from app import people as known_people
from app import replies as answers
from app.db import db, transaction
from app.errors import Refused
from app.replies.parts import MOST_BYTES
from app.settings import BadSettings, load

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print what a machine can read.")


@contextmanager
def service() -> Iterator[Flask]:
    """The service of the instance folder, its database up to date; a refusal becomes a sentence and exit code 1."""
    os.umask(0o077)  # the database and the letters are for whoever runs the service, and nobody else
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        flask_app = create_app(load())
        with flask_app.app_context():
            migrating.upgrade(db.engine)
            try:
                yield flask_app
            finally:
                db.session.remove()
                db.engine.dispose()
    except (Refused, BadSettings) as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    except OperationalError as fault:
        click.echo(f"The database cannot be used: {str(fault.orig).strip().splitlines()[0]}", err=True)
        sys.exit(1)


def say(sentence: str, *, as_json: bool = False, **facts: Any) -> None:
    click.echo(json.dumps(facts) if as_json else sentence)


@click.group()
@click.version_option(package_name="roomful")
def main() -> None:
    """Book staff on to training sessions."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="How many web processes.")
@click.option("--no-worker", is_flag=True, help="Deliver no notices here: a worker elsewhere does.")
def serve(host: str, port: int, workers: int, no_worker: bool) -> None:
    """Serve the pages, and deliver notices beside them."""
    with service() as flask_app:
        db.engine.dispose()  # each web process makes connections of its own
        server.serve(flask_app, host=host, port=port, workers=workers, with_worker=not no_worker)


@main.command()
@click.option("--once", is_flag=True, help="Deliver what is due, then end.")
@click.option("--beside", "server_pid", type=int, hidden=True, help="End when this process, the server, has ended.")
def worker(once: bool, server_pid: int | None) -> None:
    """Deliver what is due: letters and reminders."""
    with service() as flask_app:
        notice_worker = flask_app.extensions["notice_worker"]
        if once:
            notice_worker.run_once(clock.now())
            return
        stop = threading.Event()
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda _number, _frame: stop.set())
        if server_pid is not None:
            server.stop_without(server_pid, stop)
        notice_worker.run(stop)


@main.command()
@click.option("--if-empty", is_flag=True, help="Do nothing, and say so, if the database holds anything.")
def demo(if_empty: bool) -> None:
    """Fill an empty database with a service to try out."""
    with service():
        if if_empty and not demo_service.is_empty():
            click.echo("The database holds a service already.")
            return
        with transaction():
            demo_service.fill(clock.now())
        click.echo("The demo service is there.")


@main.group()
def people() -> None:
    """Add people."""


@people.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--team", default="")
@click.option("--trainer", is_flag=True)
@click.option("--coordinator", is_flag=True)
@JSON
def people_add(email: str, name: str, team: str, trainer: bool, coordinator: bool, as_json: bool) -> None:
    """Add one person."""
    with service(), transaction():
        person = known_people.add(
            name,
            address=email,
            team=team,
            is_trainer=trainer,
            is_coordinator=coordinator,
            by=None,
            now=clock.now(),
        )
    say(f"{person.name} has been added.", as_json=as_json, ref=person.ref)


@people.command("import")
@FILE
@JSON
def people_import(file: Path, as_json: bool) -> None:
    """Add or bring up to date the people of a CSV or XLSX file: email, name, role, team."""
    _import(changes.import_people, file, "person", "people", as_json=as_json)


@main.group()
def rooms() -> None:
    """Add rooms."""


@rooms.command("import")
@FILE
@JSON
def rooms_import(file: Path, as_json: bool) -> None:
    """Add or bring up to date the rooms of a CSV or XLSX file."""
    _import(changes.import_rooms, file, "room", "rooms", as_json=as_json)


@main.group()
def courses() -> None:
    """Add courses."""


@courses.command("import")
@FILE
@JSON
def courses_import(file: Path, as_json: bool) -> None:
    """Add or bring up to date the courses of a TOML file."""
    _import(changes.import_courses, file, "course", "courses", as_json=as_json)


@main.group()
def timetable() -> None:
    """Put sessions on the timetable."""


@timetable.command("import")
@FILE
@click.option("--dry-run", is_flag=True, help="Check the file; keep nothing.")
@JSON
def timetable_import(file: Path, dry_run: bool, as_json: bool) -> None:
    """Put the sessions of a CSV or XLSX file on the timetable: all of them or none."""
    _import(changes.import_timetable, file, "session", "sessions", as_json=as_json, dry_run=dry_run, done="added")


@main.command("sign-in-link")
@click.argument("email")
@click.option("--base-url", help="The service's address, if another than BASE_URL.")
@JSON
def sign_in_link(email: str, base_url: str | None, as_json: bool) -> None:
    """Print a link that signs somebody in, once, within ten minutes."""
    with service(), transaction():
        token = sign_in.link_for(email, now=clock.now())
        link = f"{(base_url or settings.current().base_url).rstrip('/')}/sign-in/{token}"
    say(link, as_json=as_json, link=link)


@main.group()
def replies() -> None:
    """Read what comes back to the mailbox that our letters come from."""


@replies.command("read")
@click.argument("file", type=click.File("rb"), default="-")
@JSON
def replies_read(file: BinaryIO, as_json: bool) -> None:
    """Act on one mail, from a file or standard input: for a mail server's pipe."""
    raw = read_up_to(file, MOST_BYTES)
    with service():
        reply = answers.act_on(raw, clock.now())
        did, why = (reply.did, reply.why) if reply else ("dropped", "seen")
    sentence = answers.say(did, why) if reply else "Nothing was done: this email was read before."
    say(sentence, as_json=as_json, did=did, why=why)


@replies.command("poll")
@JSON
def replies_poll(as_json: bool) -> None:
    """Act on what has come to the mailbox of REPLY_MAILBOX since the last time."""
    with service():
        count = answers.poll(clock.now)
    say(f"{count} {'email' if count == 1 else 'emails'} read.", as_json=as_json, count=count)


@main.command()
@JSON
def doctor(as_json: bool) -> None:
    """Examine settings, database, rules and overdue notices; exit code 1 if something is wrong."""
    with service() as flask_app:
        findings = examination.examine(clock.now())
        if as_json:
            click.echo(json.dumps({"findings": findings, "settings": examination.masked(flask_app.config["SETTINGS"])}))
        else:
            for name, value in examination.masked(flask_app.config["SETTINGS"]).items():
                click.echo(f"{name} = {value}")
            click.echo("\n".join(findings) or "All is well.")
    sys.exit(1 if findings else 0)


def read_up_to(file: BinaryIO, most: int) -> bytes:
    """One byte more than that at most; the rest is read and let go, so that a mail server's pipe does not break."""
    raw = file.read(most + 1)
    while file.read(1_000_000):
        pass
    return raw


class DryRun(Exception):
    """Thrown at the end of a transaction that is only tried."""


def _import(
    keep: Callable[..., int],
    file: Path,
    one: str,
    many: str,
    *,
    as_json: bool,
    dry_run: bool = False,
    done: str = "new or changed",
) -> None:
    with service():
        try:
            with transaction():
                count = keep(file, by=None, now=clock.now())
                if dry_run:
                    raise DryRun
        except DryRun:
            say(f"{count} {one if count == 1 else many} would be new.", as_json=as_json, count=count, kept=False)
            return
        say(f"{count} {one if count == 1 else many} {done}.", as_json=as_json, count=count, kept=True)


if __name__ == "__main__":
    main()
