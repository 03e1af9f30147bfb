from urllib.parse import urlsplit

import pytest

from app import people
from tests import make
from tests.pages.scene import rows


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse", address="nia@example.org")


def claimed(office, person, address):
    return office.browser(person).get("/me/addresses").submit("Send the link", email=address)


def test_my_details_show_what_we_know(office, nia):
    page = office.browser(nia).get("/me").page

    assert page.find(id="name")["value"] == "Nia Nurse"
    assert page.find(id="team")["value"] == "Ward 7"
    assert "nia@example.org" in page.main.get_text()


def test_details_are_changed_and_the_page_says_so(office, nia):
    browser = office.browser(nia).get("/me")

    browser.submit("Save my details", name="Nia Llŷr", team="Ward 9", phone="01632 960 002 ext 12")

    assert "Your details have been saved." in browser.follow().main
    changed = office.fresh(nia)
    assert (changed.name, changed.team, changed.phone) == ("Nia Llŷr", "Ward 9", "01632 960 002 ext 12")


def test_a_name_is_needed_and_the_rest_may_be_left_out(office, nia):
    browser = office.browser(nia).get("/me").submit("Save my details", name=" ", team="", phone="")

    assert browser.errors == ["Enter your name"]
    assert office.fresh(nia).name == "Nia Nurse"


def test_another_address_is_mine_once_its_letter_was_answered(office, nia):
    assert claimed(office, nia, "home@example.net").status == 200
    [letter] = office.deliver()
    link = next(line for line in letter.text.splitlines() if "/a/" in line)
    assert [row.address for row in people.addresses_of(nia)] == ["nia@example.org"]

    browser = office.browser().get(urlsplit(link).path).submit("Yes, it is mine")

    assert (letter.to, browser.status) == ("home@example.net", 200)
    assert {row.address for row in people.addresses_of(office.fresh(nia))} == {"nia@example.org", "home@example.net"}


def test_opening_the_letters_link_does_not_prove_the_address(office, nia):
    claimed(office, nia, "home@example.net")
    link = next(line for line in office.deliver()[0].text.splitlines() if "/a/" in line)
    before = rows()

    office.browser().get(urlsplit(link).path)

    assert rows() == before


def test_a_link_that_proved_an_address_works_once(office, nia):
    claimed(office, nia, "home@example.net")
    path = urlsplit(next(line for line in office.deliver()[0].text.splitlines() if "/a/" in line)).path
    office.browser().get(path).submit("Yes, it is mine")

    assert office.browser().get(path).status == 410


def test_the_answer_is_the_same_when_the_address_is_somebody_elses(office, nia):
    make.person(address="taken@example.org")
    free, taken = claimed(office, nia, "home@example.net"), claimed(office, nia, "taken@example.org")

    assert (free.status, free.main) == (taken.status, taken.main)
    assert [letter.to for letter in office.deliver()] == ["home@example.net"]


def test_asking_for_many_links_is_told_to_wait(office, nia):
    statuses = [claimed(office, nia, f"a{number}@example.net").status for number in range(6)]

    assert statuses == [200] * 5 + [429]


def test_letters_go_to_the_address_that_was_chosen(office, nia):
    office.do(people.give_address, nia, "home@example.net", by=nia, now=office.now)

    office.browser(nia).get("/me/emails").submit("Save", address="home@example.net").follow()

    assert office.fresh(nia).address == "home@example.net"


def test_coming_entries_move_to_the_new_address(office, nia):
    make.booking(make.training_session(), nia)
    office.deliver()
    office.do(people.give_address, nia, "home@example.net", by=nia, now=office.now)

    office.browser(nia).get("/me/emails").submit("Save", address="home@example.net")

    assert [(letter.to, letter.method) for letter in office.deliver()] == [
        ("nia@example.org", "CANCEL"),
        ("home@example.net", "REQUEST"),
    ]


def test_somebody_elses_address_cannot_be_chosen(office, nia):
    make.person(address="taken@example.org")
    browser = office.browser(nia).get("/me/emails")

    browser.submit("Save", address="taken@example.org")

    assert browser.errors == ["Select where our emails should go from the list"]
    assert office.fresh(nia).address == "nia@example.org"


def test_one_address_is_chosen_already(office, nia):
    page = office.browser(nia).get("/me/emails").page

    assert [tag["value"] for tag in page.select("input[type=radio][checked]")] == ["nia@example.org"]
