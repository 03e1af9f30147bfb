"""A service of its own for each long test: on either engine, or on SQLite as a first start makes it."""

from datetime import timedelta

import pytest

from app import clock
from tests.long.post_office import PostOffice
from tests.long.service import Service


def pytest_collection_modifyitems(items):
    here = str(__file__).removesuffix("conftest.py")
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.long)


@pytest.fixture
def soon():
    """A moment that is always to come: in four weeks, on the hour."""
    return (clock.now() + timedelta(days=28)).replace(minute=0, second=0)


@pytest.fixture
def new_service(tmp_path):
    """Makes services; each is ended after the test."""
    made = []

    def make_service(name="service", **given):
        made.append(Service(tmp_path / name, **given))
        return made[-1]

    yield make_service
    for one in made:
        one.end()


@pytest.fixture
def on_either(new_service, database):
    """A service on SQLite, and the same test again on PostgreSQL; its database is migrated and empty."""
    database.renew()
    return new_service(database_url=database.address)


@pytest.fixture
def figures(request):
    """Shows what was measured at the end of the tests' output."""
    return lambda sentence: request.node.user_properties.append(("figures", sentence))


@pytest.fixture
def post_office():
    """A mail server; `open` it."""
    office = PostOffice()
    yield office
    office.close()
