"""The first minutes of a service: nothing is there yet, and several commands may begin at once."""

import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
import threading
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import create_engine, text

from app import people, settings
from tests.long.service import CHECKOUT, Service, Visitor, memory_mb

ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')


def together(*deeds):
    with ThreadPoolExecutor(len(deeds)) as pool:
        return [result.result() for result in [pool.submit(deed) for deed in deeds]]


def test_commands_started_at_once_on_an_empty_instance_all_succeed(new_service, database, engine):
    address = an_empty_database(database) if engine == "postgresql" else ""
    service = new_service(database_url=address)
    del service.settings["secret_key"]

    together(*[lambda n=n: service.roomful("people", "add", f"p{n}@example.org", "--name", f"P {n}") for n in range(4)])

    looked_at = create_engine(address or f"sqlite:///{service.instance / 'roomful.sqlite'}")
    with looked_at.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
        assert connection.scalar(text("SELECT count(*) FROM people")) == 4
    looked_at.dispose()
    service.doctor()


def an_empty_database(database):
    """On the PostgreSQL of the tests: not even migrated."""
    database._say("DROP DATABASE IF EXISTS roomful WITH (FORCE)")
    database._say("CREATE DATABASE roomful")
    return database.address


def test_first_starts_at_once_agree_on_one_secret_key(tmp_path):
    for number in range(30):
        all_are_here = threading.Barrier(8)

        def start(folder=tmp_path / str(number), all_are_here=all_are_here):
            all_are_here.wait(60)
            return settings.load(folder).secret_key

        assert len(set(together(*[start] * 8))) == 1


def test_the_demo_refuses_a_database_that_holds_anything(new_service):
    service = new_service()
    service.roomful("people", "add", "nia@example.org", "--name", "Nia")

    assert "empty database only" in service.roomful("demo", code=1)
    assert "holds a service already" in service.roomful("demo", "--if-empty")

    with service.records() as session:
        assert [person.name for person in session.query(people.Person)] == ["Nia"]


def test_the_demo_is_served_and_delivers(new_service, figures):

    service = new_service(demo=1)
    service.roomful("demo")
    service.start(workers=2)
    visitor = Visitor(service)

    for _ in range(20):
        assert visitor.get("/").status == 200
    service.wait_for_letters(90)

    assert service.letters()
    processes = [service.serving.pid, *service.web_processes(), *service.notice_workers()]
    figures(f"{sum(memory_mb(pid) for pid in processes):.0f} MB: {[round(memory_mb(pid)) for pid in processes]}")
    service.doctor()
    service.stop()


def test_a_wheel_of_the_checkout_serves_a_page_with_its_assets(tmp_path):
    wheel, python = a_wheel(tmp_path / "wheel"), a_fresh_python(tmp_path / "fresh")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "--python", python, "install", "--no-deps", "--no-index", wheel], check=True, timeout=300)
    service = FromWheel(tmp_path / "instance", python, tmp_path, demo=1)
    try:
        service.roomful("demo")
        service.start(workers=1)
        visitor = Visitor(service)
        page = visitor.get("/")

        assert page.status == 200
        assets = ASSET.findall(page.page)
        assert {Path(asset).suffix for asset in assets} >= {".css", ".js"}
        assert {visitor.get(asset).status for asset in assets} == {200}
        assert service.letters_come()
        service.stop()
    finally:
        service.end()


class FromWheel(Service):
    """A service that has no checkout: only what the wheel brought."""

    def __init__(self, instance, python, elsewhere, **chosen):
        super().__init__(instance, checkout=elsewhere, **chosen)
        self.python = python

    def letters_come(self):
        self.wait_for_letters(90)
        return self.letters()

    def _command(self, command):
        return [self.python.parent / "roomful", *command]


def a_wheel(folder):
    """Built as `pip` does it; without asking the network if what builds it is here."""
    here = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "wheel", "--no-deps", *here]
    subprocess.run([*pip, "-w", folder, CHECKOUT], check=True, timeout=600)
    [wheel] = folder.glob("roomful-*.whl")
    return wheel


def a_fresh_python(folder):
    """A Python of its own that borrows the libraries, but not Roomful, from the one that runs the tests."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / "bin" / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    # A folder named in a .pth file is searched, but its own .pth files, such as an editable install, are not read.
    (Path(packages) / "borrowed.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return python
