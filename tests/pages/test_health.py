import pytest

from app import create_app
from app.db import db
from tests.conftest import settings_for

# Each database goes away in its own way.
pytestmark = pytest.mark.both_engines


def test_a_service_that_works_is_live_and_ready(office):
    answers = [office.browser().get(f"/health/{which}").answer for which in ("live", "ready")]

    assert [(answer.status_code, answer.text, answer.mimetype) for answer in answers] == [(200, "ok", "text/plain")] * 2


def test_a_service_whose_migrations_are_not_done_is_live_but_not_ready(office):
    office.say("DELETE FROM alembic_version")

    assert office.browser().get("/health/live").status == 200
    assert office.browser().get("/health/ready").status == 503


def test_a_service_whose_database_is_away_is_live_but_not_ready(tmp_path, database):
    away = {"sqlite": f"sqlite:///{tmp_path}/none/x.sqlite", "postgresql": "postgresql+psycopg://localhost:1/none"}
    app = create_app(settings_for(database, database_url=away[database.address.partition(":")[0].partition("+")[0]]))

    statuses = [app.test_client().get(f"/health/{which}").status_code for which in ("live", "ready")]

    with app.app_context():
        db.engine.dispose()
    assert statuses == [200, 503]


def test_a_page_says_sorry_with_a_reference_when_the_database_is_away(tmp_path, database, caplog):
    app = create_app(settings_for(database, database_url=f"sqlite:///{tmp_path}/none/x.sqlite"))

    answer = app.test_client().get("/?q=nia@example.org")

    assert answer.status_code == 500
    assert "Sorry, something went wrong" in answer.text
    reference = answer.text.split("reference: <strong>")[1].split("<")[0]
    assert reference in caplog.text
    assert "Traceback" not in answer.text
    assert "nia@example.org" not in caplog.text
