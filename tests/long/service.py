"""The real thing, as a user starts it: processes, a port, a database; and visitors who come over HTTP."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update

from app import clock, create_app, sign_in
from app.db import change, db, transaction
from app.notices.outbox import Notice
from app.settings import Settings
from tests import make
from tests.browser_client import Browser
from tests.notices.mail_server import free_port
from tests.office import Letter

CHECKOUT = Path(__file__).parents[2]
STARTS_WITHIN_S = 90
STOPS_WITHIN_S = 30
ANSWERS_WITHIN_S = 120
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Service:
    """One service: an instance folder, a database, and its processes, which all end with it.

    database_url: '' for the SQLite file of the instance. checkout: where the code is, to run a changed copy of it.
    """

    def __init__(self, instance, *, database_url="", checkout=CHECKOUT, **chosen):
        self.instance, self.checkout = Path(instance), checkout
        self.instance.mkdir(parents=True, exist_ok=True)
        self.settings = {
            "secret_key": "a secret of the tests",
            "mail_from": "training@example.org",
            "contact_email": "library@example.org",
            **({"database_url": database_url} if database_url else {}),
            **chosen,
        }
        self.port, self.serving, self.started = 0, None, []
        self.output = self.instance / "output.txt"
        self._app = None

    # --- processes ---

    def start(self, *, workers=2, with_worker=True):
        """`roomful serve`, until it is ready. Another program may take the port first: then once more."""
        for _ in range(5):
            self.port = free_port()
            asked = ["--port", str(self.port), "--workers", str(workers), *([] if with_worker else ["--no-worker"])]
            self.serving = self.begin("serve", *asked)
            if self._is_ready():
                return self
        raise AssertionError(f"serve does not start:\n{self.said()}")

    def stop(self, *, within_s=STOPS_WITHIN_S):
        """SIGTERM; how many seconds it took. The exit code must be 0."""
        began = time.monotonic()
        self.serving.terminate()
        assert self.serving.wait(within_s) == 0, self.said()
        return time.monotonic() - began

    def begin(self, *command):
        """A roomful command that goes on beside the test."""
        with self.output.open("ab") as output:
            process = subprocess.Popen(
                self._command(command),
                cwd=self.checkout,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # so that its children end with it, also after kill -9
            )
        self.started.append(process)
        return process

    def roomful(self, *command, code=0):
        """A roomful command, to its end; what it printed."""
        done = subprocess.run(
            self._command(command),
            cwd=self.checkout,
            env=self.environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=ANSWERS_WITHIN_S,
            check=False,
        )
        assert done.returncode == code, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout + (done.stderr if code else "")

    def end(self):
        """Whatever still runs is ended, and the test lets go of the database."""
        for process in self.started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self._app is not None:
            with self._app.app_context():
                db.engine.dispose()

    def environment(self):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ROOMFUL_")}
        chosen = {f"ROOMFUL_{name.upper()}": str(value) for name, value in self.settings.items()}
        return clean | chosen | {"ROOMFUL_INSTANCE": str(self.instance)}

    def web_processes(self):
        return [pid for pid in children(self.serving.pid) if "worker" not in command_of(pid)]

    def notice_workers(self):
        return [pid for pid in children(self.serving.pid) if "worker" in command_of(pid)]

    def said(self):
        """The last of what the processes wrote."""
        return self.log()[-5000:]

    def log(self):
        """All of it."""
        return self.output.read_text("utf-8", "replace") if self.output.exists() else ""

    def _command(self, command):
        return [sys.executable, "-W", "ignore", "-m", "app", *command]

    def _is_ready(self):
        visitor = Visitor(self)
        give_up_at = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < give_up_at and self.serving.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if visitor.get("/health/ready").status == 200:
                    return True
            time.sleep(0.05)
        return False

    # --- its records, read and written from here ---

    @contextmanager
    def records(self):
        """The service's database, for builders, verbs and queries. Safe in several threads."""
        if self._app is None:
            self._app = create_app(Settings(instance=self.instance, **self.settings))
        with self._app.app_context():
            yield db.session
            db.session.rollback()

    def doctor(self, *, code=0):
        """What the doctor says; all must be well, unless another exit code is expected."""
        return self.roomful("doctor", code=code)

    def visitors(self, count, name="Person", **roles):
        """So many people of whom each is signed in: dict[address, visitor]. roles: as for `make.person`."""
        with self.records():
            with transaction():
                named = [(f"{name} {number}", f"{name.lower()}{number}@example.org") for number in range(count)]
                people = [make.person(known_as, address=address, **roles) for known_as, address in named]
                keys = [sign_in.start(person, is_own_device=False, now=clock.now()) for person in people]
            signed_in = zip(people, keys, strict=True)
            return {person.address: Visitor(self, self.cookie_for(key)) for person, key in signed_in}

    def cookie_for(self, key):
        """What the browser of somebody keeps who has just signed in."""
        signer = self._app.session_interface.get_signing_serializer(self._app)
        return signer.dumps({"key": key, "seen": int(clock.now().timestamp())})

    # --- its letters ---

    def letters(self):
        """What has arrived in the mail folder, oldest first."""
        arrived = (self.instance / "mail").glob("*.eml")
        return [Letter(file.read_bytes()) for file in sorted(arrived, key=lambda file: int(file.name.split("-")[0]))]

    def unsent(self):
        """How many letters ought to have left by now, or are being sent."""
        with self.records() as session:
            due = select(Notice.id).where(Notice.next_at.is_not(None), Notice.due_at <= clock.now())
            return len(session.scalars(due).all())

    def wait_for_letters(self, within_s=60):
        """Until all that is due has left."""
        wait_until(lambda: not self.unsent(), within_s, self.why_unsent)

    def why_unsent(self):
        """What a failed test says of the letters that did not leave."""
        with self.records() as session:
            due = select(Notice).where(Notice.next_at.is_not(None), Notice.due_at <= clock.now())
            stuck = [
                f"{one.id} {one.kind} {one.state} {one.thread}, try {one.attempts}, next {one.next_at}, {one.fault}"
                for one in session.scalars(due)
            ]
        workers = [pid for process in self.started for pid in (process.pid, *children(process.pid))]
        running = "\n".join(f"{pid} {' '.join(command_of(pid))}" for pid in workers)
        return "\n".join([f"{len(stuck)} letters are unsent at {clock.now()}:", *stuck, running, self.said()])

    def let_pauses_end(self, *states):
        """As if the pauses between tries, or the leases of workers that died, were over."""
        now = clock.now()
        paused = Notice.state.in_(states or ("waiting",)), Notice.due_at <= now, Notice.next_at > now
        with self.records(), transaction():
            return change(update(Notice).where(*paused).values(next_at=now))


@dataclass(frozen=True)
class Answer:
    """What came back. path: what was asked for."""

    status: int
    location: str
    page: str
    path: str = ""

    def filled(self, button, /, **fields):
        """The form of this page that has the button, filled in, as a browser would send it: (path, body).

        What is not given stays as it is; None takes a field out.
        """
        page = BeautifulSoup(self.page, "html.parser")
        pressed = next((found for found in page.main.find_all("button") if button in found.get_text()), None)
        assert pressed is not None, (
            f"there is no button ‘{button}’ on this page ({self.status}):\n{page.main.get_text()}"
        )
        form = pressed.find_parent("form")
        sent = {**Browser._filled(form), **fields}
        if pressed.get("name"):
            sent[pressed["name"]] = pressed.get("value", "")
        sent = {name: value for name, value in sent.items() if value is not None}
        return form.get("action") or self.path, urlencode(sent, doseq=True)


@dataclass
class Visitor:
    """Somebody's browser: it keeps a cookie and knows how to send a form. `answers`: what it was told, in order."""

    service: Service
    cookie: str = ""
    token: str = ""
    answers: list[Answer] = field(default_factory=list)

    def get(self, path):
        return self._ask("GET", path)

    def open_form(self, path):
        """Open a page with a form, and keep its token."""
        answer = self.get(path)
        found = TOKEN.search(answer.page)
        self.token = found[1] if found else ""
        return answer

    def post(self, path, **fields):
        return self._ask("POST", path, urlencode({"csrf_token": self.token, **fields}))

    def press(self, opened, button, /, **fields):
        """Fill in the form of a page that is open and press its button."""
        return self.send(opened.filled(button, **fields))

    def send(self, filled):
        """Press the button of a form that is filled in already (`Answer.filled`)."""
        return self._ask("POST", *filled)

    def book(self, ref):
        """Press Book on a page that is open already."""
        answer = self.post(f"/sessions/{ref}/book")
        self.answers.append(answer)
        return answer

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=ANSWERS_WITHIN_S)
        headers = {"Cookie": f"roomful={self.cookie}"} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        for kept in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(kept).items():
                if name == "roomful":
                    self.cookie = morsel.value
        return Answer(answer.status, answer.headers.get("Location", ""), page, path)


def statuses(answers):
    """dict[status, how many]."""
    return dict(Counter(answer.status for answer in answers))


def wait_until(is_so, within_s, why_not=lambda: "It did not come to pass."):
    give_up_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < give_up_at, why_not()
        time.sleep(0.05)


# --- processes, as Linux shows them ---


def children(pid):
    """The processes that a process started, whichever of its threads did."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("this test finds processes in /proc, as on Linux")
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in task.read_text("ascii").split()]
    return found


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8").split("\0")
    except OSError:
        return []


def kill(pid):
    """End it with -9; nothing if it has gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def memory_mb(pid):
    """A process's fair share of memory: its own pages, and its part of those that it shares."""
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    if not rollup.exists():
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup.read_text("ascii"), re.MULTILINE)
    return int(found[1]) / 1024
