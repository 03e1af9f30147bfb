"""`make bench`: how fast Roomful is, as ratios to a bare Flask app on the same server, measured in one run.

Machines are noisy, so a fixed loop is timed before and after, and only ratios within a run mean anything. The table
is printed and kept in docs/performance.md. Loads are bounded, and go to loopback only.
"""

import gzip
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from tests.load import by_icalendar

HERE = Path(__file__).resolve().parent
REPORT = HERE.parent.parent / "docs" / "performance.md"
SECONDS = 4
CLIENTS = 4
CROWD = 500
PLACES = 10
FEED = 1_000


def main():
    with tempfile.TemporaryDirectory() as folder:
        before = fixed_loop()
        with Server("bare", folder) as bare, Server("roomful", folder) as roomful:
            rows = measure(bare, roomful)
            memory = roomful.memory_mb()
        with Server("bare", folder) as bare, Server("thousand", folder) as thousand:
            rows += measure_feeds(bare, thousand)
        after = fixed_loop()
    report = written(rows, memory, before, after)
    REPORT.write_text(report, encoding="utf-8")
    print(report)


def measure(bare, roomful):
    """(what, ours, the limit, their ratio, target) a row."""
    people = roomful.people
    constant, table = rate(bare, "/constant"), rate(bare, "/")
    signed_in = rate(roomful, "/", cookie=people[0])
    nobody = rate(roomful, "/")
    rows = [
        ("what's on, 50 sessions, signed in: pages a second", signed_in, table, signed_in / table, "≥ 0.35"),
        ("the same, nobody signed in", nobody, constant, nobody / constant, "≥ 0.5 of the constant page"),
    ]
    ours, limit = one_booking(roomful, people[1:41]), one_bare_booking(bare)
    rows.append(("booking page and POST, one person: ms", ours * 1000, limit * 1000, ours / limit, "≤ 4"))
    ours, limit = crowd(roomful, people[41:]), bare_crowd(bare)
    rows.append((f"{CROWD} people, {PLACES} places: s until all are answered", ours, limit, ours / limit, "≤ 2.5"))
    return rows


def measure_feeds(bare, thousand):
    """The same of a feed of 1,000 sessions: the first answer, and what a program gets that has it already."""
    body, tag = feed(thousand, "/calendars/whats-on.ics")
    ours, limit = first_feed(thousand), by_icalendar.seconds_for(body)
    unchanged = rate(thousand, "/calendars/whats-on.ics", headers={"If-None-Match": tag}, status=304)
    constant = rate(bare, "/constant")
    return [
        (
            "feed of 1,000 sessions, first: ms; the limit is icalendar alone",
            ours * 1000,
            limit * 1000,
            ours / limit,
            "≤ 0.2",
        ),
        (
            "the same, unchanged: answers a second",
            unchanged,
            constant,
            unchanged / constant,
            "≥ 0.67 of the constant page",
        ),
    ]


def written(rows, memory, before, after):
    lines = [
        "# Performance",
        "",
        "What `make bench` measured last: Roomful against a bare Flask app that does only what is necessary, on the",
        "same server with two processes, on SQLite. Only the ratios mean anything: machines differ and are noisy.",
        "",
        "| what | Roomful | the limit | ratio | target |",
        "|---|---|---|---|---|",
        *(f"| {row[0]} | {row[1]:,.1f} | {row[2]:,.1f} | {row[3]:.2f} | {row[4]} |" for row in rows),
        f"| memory, two web processes and the notice worker: MB (PSS) | {memory:.0f} | | | ≤ 250 |",
        "",
        f"{os.cpu_count()} cores, Python {sys.version.split()[0]}. A fixed loop took {before:.2f} s before",
        f"and {after:.2f} s after: the closer the two, the steadier the machine.",
        "",
    ]
    return "\n".join(lines)


class Server:
    """One of the two services, on a port of its own, in a folder of its own."""

    def __init__(self, name, folder):
        self.name, self.folder = name, Path(folder) / name
        self.folder.mkdir(exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.people = []

    def __enter__(self):
        command = [sys.executable, "-m", "tests.load.serving", self.name, str(self.folder), str(self.port)]
        environment = {**os.environ, "ROOMFUL_INSTANCE": str(self.folder)}
        seeded = subprocess.run([*command, "seed"], env=environment, check=True, capture_output=True, text=True)
        self.people = seeded.stdout.split()
        self.process = subprocess.Popen([*command, "serve"], env=environment, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                if self.ask("GET", "/")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.name} did not start")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def ask(self, method, address, *, fields=None, cookie="", connection=None, headers=None):
        """(status, body) of one request."""
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {**(headers or {}), **({"Cookie": f"roomful={cookie}"} if cookie else {})}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        own.request(method, address, urlencode(fields) if fields is not None else None, headers)
        answer = own.getresponse()
        body = answer.read()
        if connection is None:
            own.close()
        return answer.status, body.decode("utf-8", "replace")

    def memory_mb(self):
        """The proportional memory of the server's processes and their children (Linux)."""
        mine, total = {self.process.pid}, 0
        for _ in range(3):
            for entry in Path("/proc").glob("[0-9]*/stat"):
                try:
                    if int(entry.read_text().rsplit(")", 1)[1].split()[1]) in mine:
                        mine.add(int(entry.parent.name))
                except (OSError, IndexError):
                    continue
        for pid in mine:
            try:
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        return total / 1024


def rate(server, address, *, cookie="", headers=None, status=200):
    """Answers a second, from a few clients that keep their connections."""
    until, counts = time.monotonic() + SECONDS, [0] * CLIENTS

    def ask(number):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while time.monotonic() < until:
            answered, _ = server.ask("GET", address, cookie=cookie, connection=connection, headers=headers)
            if answered != status:
                raise RuntimeError(f"{address} answered {answered}")
            counts[number] += 1
        connection.close()

    together(ask, range(CLIENTS))
    return sum(counts) / SECONDS


def feed(server, address):
    """(its text, its ETag), fetched as programs do."""
    own = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    own.request("GET", address, headers={"Accept-Encoding": "gzip"})
    answer = own.getresponse()
    body = gzip.decompress(answer.read())
    own.close()
    if body.count(b"BEGIN:VEVENT") != FEED:
        raise RuntimeError(f"{address} has {body.count(b'BEGIN:VEVENT')} events")
    return body, answer.headers["ETag"]


def first_feed(server):
    """Seconds that a feed takes which nobody has asked for before, the best: each time from another day on."""
    taken = []
    for back in range(20):
        address = f"/calendars/whats-on.ics?from={datetime.now(UTC) - timedelta(days=back):%Y-%m-%d}"
        started = time.monotonic()
        feed(server, address)
        taken.append(time.monotonic() - started)
    return min(taken)


def one_booking(server, cookies):
    """Seconds that the booking page and its POST take one person, the median."""
    taken = []
    for cookie in cookies:
        started = time.monotonic()
        _, form = server.ask("GET", "/sessions/SPACES/book", cookie=cookie)
        status, _ = server.ask("POST", "/sessions/SPACES/book", fields=token_of(form), cookie=cookie)
        taken.append(time.monotonic() - started)
        if status != 303:
            raise RuntimeError(f"a booking was answered {status}")
    return sorted(taken)[len(taken) // 2]


def one_bare_booking(server):
    taken = []
    for number in range(40):
        started = time.monotonic()
        server.ask("GET", "/")
        server.ask("POST", "/book", fields={"session": 1, "person": f"one {number}"})
        taken.append(time.monotonic() - started)
    return sorted(taken)[len(taken) // 2]


def crowd(server, cookies):
    """Seconds until everybody who presses Book at once has an answer."""
    pages = together(lambda cookie: server.ask("GET", "/sessions/SCARCE/book", cookie=cookie)[1], cookies)
    forms = dict(zip(cookies, pages, strict=True))

    def press(cookie):
        return server.ask("POST", "/sessions/SCARCE/book", fields=token_of(forms[cookie]), cookie=cookie)[0]

    started = time.monotonic()
    check(together(press, cookies), 303)
    return time.monotonic() - started


def bare_crowd(server):
    started = time.monotonic()
    statuses = together(
        lambda n: server.ask("POST", "/book", fields={"session": 2, "person": f"crowd {n}"})[0], range(CROWD)
    )
    if set(statuses) - {200, 409}:
        raise RuntimeError(f"the bare app answered {set(statuses)}")
    return time.monotonic() - started


def check(statuses, booked):
    counts = {status: statuses.count(status) for status in set(statuses)}
    if counts.get(booked) != PLACES or set(counts) - {booked, 409}:
        raise RuntimeError(f"{PLACES} places, but the answers were {counts}")


def together(do, each):
    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(do, each))


def token_of(form):
    marker = 'name="csrf_token" value="'
    start = form.rindex(marker) + len(marker)
    return {"csrf_token": form[start : form.index('"', start)]}


def fixed_loop():
    started = time.monotonic()
    sum(number * number % 7 for number in range(5_000_000))
    return time.monotonic() - started


if __name__ == "__main__":
    main()
