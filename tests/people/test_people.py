from datetime import timedelta

import pytest

from app import people
from app.db import db
from app.errors import Faulty, Gone, NotFound, TooOften
from app.journal import Deed
from app.people import AddressClaim
from tests import make
from tests.office import NOW


def add(office, name, address, **kwargs):
    return office.do(people.add, name, address=address, by=None, now=NOW, **kwargs)


def addresses(person):
    return [(row.address, row.gets_letters) for row in people.addresses_of(person)]


def give(office, person, address):
    office.do(people.give_address, person, address, by=person, now=office.now)


def claim(office, person, address):
    office.do(people.claim_address, person, address, now=office.now)
    return db.session.query(AddressClaim).order_by(AddressClaim.id.desc()).first()


def test_an_address_is_kept_in_small_letters(office):
    assert add(office, "Nia Nurse", " Nia.Nurse@Example.ORG ").address == "nia.nurse@example.org"


def test_a_person_is_known_by_their_address_in_any_case(office):
    person = add(office, "Nia Nurse", "nia@example.org")

    assert people.known("NIA@example.org").id == person.id


def test_an_address_belongs_to_one_person(office):
    add(office, "Nia Nurse", "nia@example.org")

    with pytest.raises(Faulty, match=r"known by the address nia@example\.org already"):
        add(office, "Another Nia", "Nia@Example.org")

    assert db.session.query(people.Person).count() == 1


def test_somebody_may_have_no_address(office):
    person = add(office, "Joan Armah", None)

    assert (person.address, addresses(person)) == (None, [])


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "nia",
        "nia@",
        "@example.org",
        "nia@example",
        "n ia@example.org",
        "a@b@c.org",
        "nia@example.org\nBcc: x@y.org",
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(Faulty, match="Enter an email address in the correct format"):
        people.tidy_address(typed)


@pytest.mark.parametrize("typed", ["nia@ward.local", "o'neil+ward@example.co.uk", "n@xn--bcher-kva.example"])
def test_unusual_addresses_are_addresses(typed):
    assert people.tidy_address(typed) == typed


def test_a_domain_in_other_letters_is_kept_as_mail_servers_know_it():
    assert people.tidy_address("nia@Bücher.example") == "nia@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Nia   Nurse ", "Nia Nurse"),
        ("Nia\r\nBcc: x", "Nia Bcc: x"),
        ("Łucja Żółć", "Łucja Żółć"),
        ("ليلى مثال", "ليلى مثال"),
        ("Q", "Q"),
    ],
)
def test_a_name_is_one_line_as_typed(typed, kept):
    assert people.tidy_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("  ", "Enter a name"),
        ("x" * 121, "The name must be 120 characters or fewer"),
        ("N\x07ia", "control characters"),
    ],
)
def test_what_is_no_name_is_refused(typed, sentence):
    with pytest.raises(Faulty, match=sentence):
        people.tidy_name(typed)


def test_any_of_a_persons_addresses_is_theirs_and_the_first_gets_letters(office):
    person = add(office, "Nia Nurse", "nia@example.org")

    give(office, person, "Nia@University.example.net")

    assert addresses(person) == [("nia@example.org", True), ("nia@university.example.net", False)]
    assert people.known("nia@university.example.net").id == person.id


def test_the_first_address_of_somebody_without_gets_their_letters(office):
    person = add(office, "Joan Armah", None)

    give(office, person, "joan@example.org")

    assert office.fresh(person).address == "joan@example.org"


def test_an_address_they_have_already_changes_nothing(office):
    person = add(office, "Nia Nurse", "nia@example.org")
    before = office.kept()

    give(office, person, "nia@example.org")

    assert office.kept() == before


def test_anothers_address_cannot_be_added(office):
    add(office, "Sam Stranger", "sam@example.org")

    with pytest.raises(Faulty, match="belongs to somebody else"):
        give(office, add(office, "Nia Nurse", "nia@example.org"), "sam@example.org")


def test_one_address_at_a_time_gets_letters(office):
    person = add(office, "Nia Nurse", "nia@example.org")
    give(office, person, "new@example.org")

    office.do(people.send_letters_to, person, "new@example.org", by=person, now=NOW)

    assert addresses(person) == [("new@example.org", True), ("nia@example.org", False)]
    assert person.address == "new@example.org"


def test_letters_go_to_an_address_of_ones_own_only(office):
    person = add(office, "Nia Nurse", "nia@example.org")

    with pytest.raises(NotFound):
        office.do(people.send_letters_to, person, "sam@example.org", by=person, now=NOW)


def test_an_address_that_somebody_says_is_theirs_is_sent_a_link(office):
    person = add(office, "Nia Nurse", "nia@example.org")

    claim(office, person, "New@Example.org")

    [letter] = office.deliver()
    assert letter.to == "new@example.org"
    assert "https://training.example.org/a/" in letter.text
    assert addresses(person) == [("nia@example.org", True)]


def test_whoever_opens_the_link_has_proved_the_address(office):
    person = add(office, "Nia Nurse", "nia@example.org")
    claimed = claim(office, person, "new@example.org")

    office.do(people.prove_address, claimed.ref, now=NOW)

    assert addresses(person) == [("nia@example.org", True), ("new@example.org", False)]


def test_a_link_proves_an_address_once(office):
    claimed = claim(office, add(office, "Nia Nurse", "nia@example.org"), "new@example.org")
    ref = claimed.ref
    office.do(people.prove_address, ref, now=NOW)

    with pytest.raises(Gone):
        office.do(people.prove_address, ref, now=NOW)


def test_a_claim_of_anothers_address_sends_nothing_and_answers_the_same(office):
    add(office, "Sam Stranger", "sam@example.org")

    claim(office, add(office, "Nia Nurse", "nia@example.org"), "sam@example.org")

    assert office.deliver() == []


def test_an_address_taken_meanwhile_cannot_be_proved(office):
    claimed = claim(office, add(office, "Nia Nurse", "nia@example.org"), "sam@example.org")
    add(office, "Sam Stranger", "sam@example.org")

    with pytest.raises(Faulty, match="belongs to somebody else"):
        office.do(people.prove_address, claimed.ref, now=NOW)


def test_a_claim_is_forgotten_after_a_day(office):
    claimed = claim(office, add(office, "Nia Nurse", "nia@example.org"), "new@example.org")
    ref = claimed.ref
    office.now = NOW + timedelta(days=1, seconds=1)
    office.deliver()

    with pytest.raises(Gone):
        office.do(people.prove_address, ref, now=office.now)


def test_nobody_can_claim_addresses_without_end(office):
    person = add(office, "Nia Nurse", "nia@example.org")
    for number in range(5):
        claim(office, person, f"new{number}@example.org")

    with pytest.raises(TooOften):
        claim(office, person, "new5@example.org")
    office.now = NOW + timedelta(hours=1)
    assert claim(office, person, "new5@example.org").address == "new5@example.org"


def test_the_journal_names_no_address(office):
    person = add(office, "Nia Nurse", "nia@example.org")
    give(office, person, "new@example.org")
    office.do(people.send_letters_to, person, "new@example.org", by=person, now=NOW)

    deeds = db.session.query(Deed).order_by(Deed.id).all()
    assert [deed.did for deed in deeds] == ["added", "added an address of", "chose an address of"]
    assert "@" not in "".join(f"{deed.why} {deed.facts}" for deed in deeds)


@pytest.mark.parametrize(
    ("who", "role", "manages"),
    [(make.person, "staff", False), (make.trainer, "trainer", True), (make.coordinator, "coordinator", True)],
)
def test_a_person_has_a_role(office, who, role, manages):
    person = who()

    assert (person.role, person.manages) == (role, manages)


def test_a_person_describes_themselves(office):
    person = add(office, "Nia", "nia@example.org")

    office.do(people.describe, person, name=" Nia  Nurse", team="Ward 7", phone="01632 960 002", by=person, now=NOW)

    kept = office.fresh(person)
    assert (kept.name, kept.team, kept.phone) == ("Nia Nurse", "Ward 7", "01632 960 002")


def test_two_first_addresses_cannot_both_get_letters(office):
    person = add(office, "Nia Nurse", "nia@example.org")
    give(office, person, "new@example.org")

    with pytest.raises(Exception, match=r"(?i)unique"):
        office.say("UPDATE addresses SET gets_letters = true")
