"""A small app with the frame alone: no database, no pages of features."""

from types import SimpleNamespace

import pytest
from flask import Flask, g
from jinja2 import ChoiceLoader, DictLoader

from app import pages
from app.pages import words
from app.settings import Settings


@pytest.fixture
def frame(tmp_path):
    """The app. A test says who is signed in (`frame.visitor`) and makes up templates (`frame.written`)."""
    app = Flask("app")
    app.secret_key = "x" * 32
    app.config["TESTING"] = True
    app.config["SETTINGS"] = Settings(
        instance=tmp_path,
        secret_key="x" * 32,
        site_name="Book training",
        organisation="Northgate Library",
        contact_email="library@example.org",
        contact_phone="01632 960 001 ext 4021",
    )
    pages.set_up(app)
    app.register_blueprint(words.bp)
    app.visitor = None
    app.written = {}
    app.before_request(lambda: setattr(g, "me", app.visitor))
    app.jinja_env.loader = ChoiceLoader([DictLoader(app.written), app.jinja_env.loader])
    return app


@pytest.fixture
def show(frame):
    """Renders the text of a made-up template as a page, and gives its HTML."""

    def _show(text, path="/", **facts):
        frame.written["made-up.html"] = text
        frame.jinja_env.cache.clear()
        with frame.test_request_context(path):
            g.me = frame.visitor
            return pages.page("made-up.html", **facts).get_data(as_text=True)

    return _show


@pytest.fixture
def anna():
    return SimpleNamespace(id=7, name="Anna Jones", is_trainer=False, is_coordinator=False, manages=False)
