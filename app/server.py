"""Serving: web processes and the notice worker beside them, started and stopped together.

The web server is gunicorn. Each web process does one request at a time: with SQLite the tails of plain processes are
far shorter than those of threads. Its threads only wait for slow connections, which browsers open in advance.
The notice worker is a child; if it dies it is started again, and what it held is sent when its lease ends. If the
server dies instead, the worker finishes its letter and ends: the next server brings one of its own.
"""

import gc
import io
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from app.db import db
from app.errors import Refused

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WAITING_THREADS = 8
MOST_READ_AHEAD = 1_000_000
PAUSE_BEFORE_RESTART_S = 2.0
LOOK_FOR_SERVER_EVERY_S = 1.0
STOP_WITHIN_S = 40
PRIVATE = 0o077  # gunicorn opens the mask for a moment as it forks; letters must not be written under that one


class OneAtATime:
    """A web process that does one request at a time, however many connections wait.

    A request's body is read before its turn comes, so that a slow sender holds nobody up.
    """

    def __init__(self, served: "WSGIApplication") -> None:
        self.served, self.turn = served, threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            # No form of ours comes in pieces of unknown length, and its sender could make everybody wait.
            start_response("411 Length Required", [("Content-Type", "text/plain")])
            return [b"Send a Content-Length."]
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and 0 < int(length) <= MOST_READ_AHEAD:
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
        with self.turn:
            return self.served(environ, start_response)


class Web(BaseApplication):
    """gunicorn, told what it needs from here instead of from a file."""

    def __init__(self, served: "WSGIApplication", options: dict[str, Any]) -> None:
        self.served, self.options = served, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self.served


class NoticeWorker:
    """The notice worker's process, kept alive until `stop`."""

    def __init__(self) -> None:
        self.is_stopping = threading.Event()
        self.starting = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.watch = threading.Thread(target=self._keep_alive, name="notice worker", daemon=True)

    def start(self) -> None:
        # No web process may be forked while the worker is being started: it would inherit the pipe on which
        # Popen waits to hear that all is well, and Popen would wait for as long as that web process lives.
        os.register_at_fork(
            before=self.starting.acquire, after_in_parent=self.starting.release, after_in_child=self.starting.release
        )
        self.watch.start()

    def stop(self) -> None:
        """It finishes the letter in hand."""
        self.is_stopping.set()
        if self.process is not None:
            self.process.terminate()
        self.watch.join(STOP_WITHIN_S)

    def _keep_alive(self) -> None:
        while not self.is_stopping.is_set():
            beside = ("--beside", str(os.getpid()))
            with self.starting:
                self.process = subprocess.Popen([sys.executable, "-m", "app", "worker", *beside], umask=PRIVATE)
            if self.is_stopping.is_set():  # told so while it was being started
                self.process.terminate()
            self.process.wait()
            if not self.is_stopping.wait(PAUSE_BEFORE_RESTART_S):
                log.warning("The notice worker ended; starting it again.")


def stop_without(server_pid: int, stop: threading.Event) -> None:
    """Set `stop` once the server that started this process has gone, however it ended."""

    def watch() -> None:
        while os.getppid() == server_pid and not stop.wait(LOOK_FOR_SERVER_EVERY_S):
            pass
        stop.set()

    threading.Thread(target=watch, name="looks for the server", daemon=True).start()


log = logging.getLogger(__name__)


def serve(app: Flask, *, host: str, port: int, workers: int, with_worker: bool) -> None:
    """Serve until SIGTERM or SIGINT; requests and the letter in hand are finished. Raises Refused."""
    _refuse_if_taken(host, port)
    notice_worker = NoticeWorker()

    def ready(_server: Any) -> None:
        if with_worker:
            notice_worker.start()
        # gunicorn writes to standard error; a person who typed the command looks here.
        print(f"Roomful is at http://{host}:{port} – press Ctrl+C to stop it.", flush=True)

    def leave(_server: Any) -> None:
        if with_worker:
            notice_worker.stop()

    options = {
        "bind": [f"{host}:{port}"],
        "workers": workers,
        "worker_class": "gthread",
        "threads": WAITING_THREADS,
        "preload_app": True,
        "umask": PRIVATE,
        "control_socket_disable": True,
        "graceful_timeout": 20,
        "keepalive": 15,
        "loglevel": "warning",
        "proc_name": "roomful",
        "post_fork": lambda _server, _worker: _forget_connections(app),
        "when_ready": ready,
        "on_exit": leave,
    }
    gc.freeze()  # what is loaded by now is never collected, so its memory stays shared between the processes
    Web(OneAtATime(app), options).run()


def _forget_connections(app: Flask) -> None:
    """A child must not talk on its parent's database connections."""
    with app.app_context():
        db.engine.dispose(close=False)


def _refuse_if_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as fault:
            raise Refused(f"Port {port} cannot be used ({fault.strerror}). Choose another with --port.") from fault
