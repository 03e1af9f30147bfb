"""The limit: a bare Flask app that does only what is necessary, on the same server and database engine.

A constant page; a table of 50 rows read and rendered; one booking: a counter that stops at the capacity, a booking's
row and a letter's row, in one `BEGIN IMMEDIATE`.
"""

import sqlite3

from flask import Flask, g, request

TABLE = """<!DOCTYPE html><html lang="en"><title>Table</title><h1>Table</h1>
<form method="post" action="/book"><button>Book</button></form>
<table>{% for row in rows %}<tr><td>{{ row[0] }}</td><td><a href="/{{ row[1] }}">{{ row[2] }}</a></td>
<td>{{ row[3] }} left</td></tr>{% endfor %}</table></html>"""
CONSTANT = "<!DOCTYPE html><html lang='en'><title>Constant</title><h1>Constant</h1></html>"


def make(file: str) -> Flask:
    """file: where its database goes. Session 1 has room for all, session 2 has 10 places."""
    with sqlite3.connect(file) as first:
        first.executescript(
            """
            PRAGMA journal_mode=WAL;
            CREATE TABLE IF NOT EXISTS sessions
                (id INTEGER PRIMARY KEY, starts TEXT, ref TEXT, title TEXT, taken INT, capacity INT);
            CREATE TABLE IF NOT EXISTS bookings
                (id INTEGER PRIMARY KEY, session_id INT, person TEXT, UNIQUE (session_id, person));
            CREATE TABLE IF NOT EXISTS letters (id INTEGER PRIMARY KEY, facts TEXT);
            """
        )
        rows = [(f"2027-01-{1 + number % 28:02} 10:00", f"REF{number}", f"Session {number}") for number in range(50)]
        first.executemany(
            "INSERT INTO sessions (starts, ref, title, taken, capacity) VALUES (?, ?, ?, 0, 10)",
            rows,
        )
        first.execute("UPDATE sessions SET capacity = 1000 WHERE id = 1")
    app = Flask("bare")
    template = app.jinja_env.from_string(TABLE)

    def database() -> sqlite3.Connection:
        if "database" not in g:
            g.database = sqlite3.connect(file, isolation_level=None, timeout=20)
        return g.database

    @app.teardown_appcontext
    def close(_fault: object) -> None:
        if "database" in g:
            g.database.close()

    @app.get("/constant")
    def constant() -> str:
        return CONSTANT

    @app.get("/")
    def table() -> str:
        rows = database().execute("SELECT starts, ref, title, capacity - taken FROM sessions ORDER BY starts LIMIT 50")
        return template.render(rows=rows.fetchall())

    @app.post("/book")
    def book() -> tuple[str, int]:
        found, wanted = database(), int(request.form["session"])
        found.execute("BEGIN IMMEDIATE")
        taken = found.execute(
            "UPDATE sessions SET taken = taken + 1 WHERE id = ? AND taken < capacity", (wanted,)
        ).rowcount
        if taken:
            found.execute("INSERT INTO bookings (session_id, person) VALUES (?, ?)", (wanted, request.form["person"]))
            found.execute("INSERT INTO letters (facts) VALUES ('{}')")
        found.execute("COMMIT")
        return ("booked", 200) if taken else ("full", 409)

    return app
