import pytest

from app import bookings, changes, people, sign_in
from app.errors import Faulty, NotAllowed, NotFound, Refused
from tests import make


@pytest.fixture
def cora(office):
    return make.coordinator()


@pytest.fixture
def nia(office):
    return make.person("Nia Nurse", address="nia@example.org")


def vouch(office, person, address, by):
    office.do(changes.vouch_for, person, address, by=by, now=office.now)


def take_away(office, person, address, by):
    office.do(changes.take_away_address, person, address, by=by, now=office.now)


def addresses(person):
    return [row.address for row in people.addresses_of(person)]


def test_an_address_that_a_coordinator_vouches_for_needs_no_letter(office, cora, nia):
    vouch(office, nia, "Home@Example.net", cora)

    assert addresses(nia) == ["nia@example.org", "home@example.net"]
    assert office.deliver() == []


def test_somebody_elses_address_is_not_given_away(office, cora, nia):
    make.person("Sam", address="sam@example.org")

    with pytest.raises(Faulty, match="belongs to somebody else"):
        vouch(office, nia, "sam@example.org", cora)


def test_only_a_coordinator_vouches(office, nia):
    with pytest.raises(NotAllowed):
        vouch(office, nia, "home@example.net", make.trainer())


def test_somebodys_first_address_hears_of_the_places_they_have(office, cora):
    joan = make.person("Joan Armah", address=None)
    booking = office.book(joan, make.training_session(), by=cora)
    office.deliver()

    vouch(office, joan, "joan@example.org", cora)

    [letter] = office.deliver()
    assert (letter.to, letter.entry) == (
        "joan@example.org",
        ("REQUEST", bookings.invites_of([booking])[booking.id][0].uid, 0),
    )
    assert {notice.address for notice in office.notices("reminder", "waiting")} == {"joan@example.org"}


def test_an_address_that_is_not_theirs_any_more_signs_nobody_in(office, cora, nia):
    vouch(office, nia, "home@example.net", cora)
    key = office.do(sign_in.start, nia, is_own_device=True, now=office.now)

    take_away(office, nia, "home@example.net", cora)

    assert (addresses(nia), people.known("home@example.net")) == (["nia@example.org"], None)
    assert sign_in.session_of(key, office.now) is None


def test_a_coordinator_who_removes_an_address_of_their_own_stays_signed_in(office, cora):
    vouch(office, cora, "home@example.net", cora)
    key = office.do(sign_in.start, cora, is_own_device=True, now=office.now)

    take_away(office, cora, "home@example.net", cora)

    assert sign_in.session_of(key, office.now) is not None


def test_the_address_that_gets_letters_stays(office, cora, nia):
    with pytest.raises(Refused, match="Choose another one"):
        take_away(office, nia, "nia@example.org", cora)

    assert addresses(nia) == ["nia@example.org"]


def test_an_address_that_is_not_theirs_cannot_be_taken_from_them(office, cora, nia):
    with pytest.raises(NotFound):
        take_away(office, nia, cora.address, cora)


def test_a_link_that_would_prove_a_removed_address_is_of_no_use(office, cora, nia):
    office.do(people.claim_address, nia, "home@example.net", now=office.now)
    vouch(office, nia, "home@example.net", cora)

    take_away(office, nia, "home@example.net", cora)

    assert people.forget_claims(office.now + people.CLAIM_GOOD_FOR * 2) == 0
