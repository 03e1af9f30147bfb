"""An office that reads what calendars answer."""

import pytest

from tests.conftest import settings_for
from tests.replies.desk import READS_REPLIES, Desk


@pytest.fixture
def desk(office, database, monkeypatch):
    monkeypatch.setitem(office.app.config, "SETTINGS", settings_for(database, **READS_REPLIES))
    return Desk(office)
