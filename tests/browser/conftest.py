"""A real Chromium in front of the office's own pages, served on this machine over http."""

import os
import shutil
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app
from app.db import db
from tests.browser.screen import Screen
from tests.conftest import SQLite, settings_for, write_without_waiting

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


class Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, as they are in service

    def log(self, *_):
        pass


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests. Without one they are skipped, unless ROOMFUL_BROWSER_TESTS=required."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", own))), None)
        if found is None:
            missing = "There is no Chromium here: apt install chromium, or playwright install chromium."
            required = os.environ.get("ROOMFUL_BROWSER_TESTS") == "required"
            pytest.fail(missing) if required else pytest.skip(missing)
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """Pages look the same whatever the database is: these tests take the quicker one."""
    return SQLite(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="session")
def service(database):
    """The app at work behind a port of its own. It knows its address, for letters carry it."""
    server = make_server("127.0.0.1", 0, None, threaded=True, request_handler=Silent)
    server.daemon_threads = True
    app = server.app = create_app(settings_for(database, base_url=f"http://127.0.0.1:{server.port}"))
    app.testing = True
    write_without_waiting(app)
    thread = Thread(target=server.serve_forever, name="pages", daemon=True)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def screens(office, chromium):
    """Opens a browser window: screens(width=320, scripts=False, person=nia). Each is checked when the test ends."""
    opened = []

    def open_screen(**facts):
        opened.append(Screen(office, chromium, **facts))
        return opened[-1]

    yield open_screen
    for screen in opened:
        screen.close()
    for screen in opened:
        assert not screen.faults, screen.faults


@pytest.fixture
def screen(screens):
    """One window at a desk, nobody signed in."""
    return screens()
