"""What pages show is kept until the journal has a new line (D26): whatever a button changes must be in it."""

import pytest

from tests import make
from tests.pages.scene import Scene, rows, token
from tests.pages.test_csrf import BUTTONS, ready

# What a button stores, each database stores.
pytestmark = pytest.mark.both_engines

# What no page that is kept shows: letters, who is signed in, what somebody wants to prove.
UNSEEN = {"address_claims", "deeds", "ledger", "notices", "sign_in_requests", "signed_in"}


@pytest.mark.slow
def test_whatever_a_button_changes_is_in_the_journal_so_that_kept_pages_are_made_anew(office):
    scene = Scene(office)
    make.person(address="hca1@example.org")
    unnoted = []
    for rule, (_, fields) in BUTTONS.items():
        browser, address = ready(scene, rule)
        ours, before = token(browser), rows()
        browser.post(address, **fields, csrf_token=ours)
        after = rows()
        changed = {table for table in after if after[table] != before[table]} - UNSEEN
        if changed and after["deeds"] == before["deeds"]:
            unnoted.append((rule, changed))

    assert unnoted == []


def test_nothing_of_a_visitor_is_on_the_shelf(office):
    person = make.person("Nia Nurse", address="nia@example.org")
    training_session = make.training_session()
    make.booking(training_session, person, access_needs="A hearing loop")
    browser = office.browser(person)
    for address in ("/", "/courses/", f"/courses/{training_session.course.slug}", f"/sessions/{training_session.ref}"):
        browser.get(address)
        office.browser().get(address)

    shelf = office.app.extensions["kept"].pages

    assert len(shelf) >= 4
    kept = b"".join(page.body for page in shelf.values()) + str([page.headers for page in shelf.values()]).encode()
    assert [word in kept for word in (b"Nia Nurse", b"nia@", b"hearing", b"csrf_token", b"Set-Cookie")] == [False] * 5
