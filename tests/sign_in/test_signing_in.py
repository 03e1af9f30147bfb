import re
from datetime import timedelta

import pytest

from app import people, sign_in
from app.db import db
from app.errors import Faulty, Gone, TooOften
from app.people import Person
from app.sign_in import SignedIn, SignInRequest
from tests import make
from tests.office import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def nia(office):
    return make.person(address="nia@example.org")


def ask(office, address, *, client="10.0.0.1"):
    return office.do(sign_in.ask, address, next_path="/", client=client, now=office.now)


def secrets_of(letter):
    """The link's token and the code, as a person reads them."""
    [token] = re.findall(r"/sign-in/(\S+)", letter.text)
    [code] = re.findall(r"^\s+(\d{6})$", letter.text, re.MULTILINE)
    return token, code


def asked(office, address="nia@example.org"):
    request = ask(office, address)
    [letter] = office.deliver()
    return request, *secrets_of(letter)


def by_link(office, token, *, is_own_device=False):
    return office.do(sign_in.by_link, token, is_own_device=is_own_device, now=office.now)


def by_code(office, request, code):
    return office.do(sign_in.by_code, request.ref, code, is_own_device=False, now=office.now)


def who(office, key):
    found = sign_in.session_of(key, office.now)
    return found.person if found else None


def test_whoever_has_the_link_is_signed_in(office, nia):
    _, token, _ = asked(office)

    key, _ = by_link(office, token)

    assert who(office, key).id == nia.id


def test_the_code_works_where_they_asked(office, nia):
    request, _, code = asked(office)

    key, _ = by_code(office, request, f" {code} ")

    assert who(office, key).id == nia.id


def test_a_link_is_good_once(office, nia):
    _, token, _ = asked(office)
    by_link(office, token)

    with pytest.raises(Gone):
        by_link(office, token)


def test_opening_a_link_uses_nothing_up(office, nia):
    _, token, _ = asked(office)

    for _ in range(3):
        assert sign_in.opened(token, office.now).address == "nia@example.org"
    assert by_link(office, token)


def test_the_code_is_void_once_the_link_was_used(office, nia):
    request, token, code = asked(office)
    by_link(office, token)

    with pytest.raises(Gone):
        by_code(office, request, code)


def test_the_link_is_void_once_the_code_was_used(office, nia):
    request, token, code = asked(office)
    by_code(office, request, code)

    with pytest.raises(Gone):
        by_link(office, token)


def test_a_link_is_good_for_ten_minutes(office, nia):
    _, token, _ = asked(office)
    office.now = NOW + 10 * MINUTE - timedelta(seconds=1)

    assert by_link(office, token)


@pytest.mark.parametrize("way", ["link", "code"])
def test_after_ten_minutes_neither_link_nor_code_is_good(office, nia, way):
    request, token, code = asked(office)
    office.now = NOW + 10 * MINUTE

    with pytest.raises(Gone):
        by_link(office, token) if way == "link" else by_code(office, request, code)


def test_the_ten_minutes_count_from_when_the_letter_left(office, nia):
    ask(office, "nia@example.org")
    office.now = NOW + 5 * MINUTE
    token, _ = secrets_of(office.deliver()[0])
    office.now = NOW + 14 * MINUTE

    assert by_link(office, token)


def test_a_letter_that_comes_too_late_to_be_of_use_is_not_sent(office, nia):
    ask(office, "nia@example.org")
    office.now = NOW + 10 * MINUTE

    assert office.deliver() == []


def test_a_wrong_code_is_a_try(office, nia):
    request, _, code = asked(office)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    assert by_code(office, request, wrong) is None
    assert office.fresh(request).try_count == 1


def test_after_five_wrong_codes_the_right_one_is_void(office, nia):
    request, _, code = asked(office)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        by_code(office, request, wrong)

    with pytest.raises(Gone):
        by_code(office, request, code)


def test_the_fifth_try_may_be_the_right_one(office, nia):
    request, _, code = asked(office)
    for _ in range(4):
        by_code(office, request, "no code")

    assert by_code(office, request, code)


def test_no_code_is_right_before_the_letter_left(office, nia):
    request = ask(office, "nia@example.org")

    assert by_code(office, request, "") is None


def test_a_code_is_no_good_for_another_request(office, nia):
    _, _, code = asked(office)
    other = ask(office, "nia@example.org")
    office.deliver()

    assert by_code(office, other, code) is None


def test_an_unknown_request_or_link_is_gone(office):
    with pytest.raises(Gone):
        office.do(sign_in.by_code, "nonsense", "123456", is_own_device=False, now=NOW)
    with pytest.raises(Gone):
        by_link(office, "nonsense")


def test_neither_token_nor_code_nor_key_is_in_the_database(office, nia):
    _, token, code = asked(office)
    key, _ = by_link(office, token)

    kept = office.kept()

    assert (token in kept, f"'{code}'" in kept, key in kept) == (False, False, False)


def test_the_answer_is_the_same_for_an_address_nobody_has(office, nia):
    known, unknown = ask(office, "nia@example.org"), ask(office, "nobody@elsewhere.example.net")

    assert [letter.to for letter in office.deliver()] == ["nia@example.org"]
    assert (len(known.ref), bool(unknown.ref)) == (len(unknown.ref), True)


def test_a_code_for_an_address_nobody_has_is_just_wrong(office):
    request = ask(office, "nobody@elsewhere.example.net")

    assert [by_code(office, request, "000000") for _ in range(5)] == [None] * 5
    with pytest.raises(Gone):
        by_code(office, request, "000000")


def test_an_address_asks_six_times_in_a_quarter_of_an_hour_and_no_more(office, nia):
    for _ in range(6):
        ask(office, "NIA@example.org")

    with pytest.raises(TooOften):
        ask(office, "nia@example.org", client="10.0.0.2")
    office.now = NOW + 15 * MINUTE
    assert ask(office, "nia@example.org")


def test_the_limit_is_the_same_for_an_address_nobody_has(office):
    for _ in range(6):
        ask(office, "nobody@elsewhere.example.net")

    with pytest.raises(TooOften):
        ask(office, "nobody@elsewhere.example.net")


def test_a_whole_hospital_may_come_from_one_address_but_not_without_end(office):
    rows = [{"address": f"p{n}@example.org", "client": sign_in._hash("10.0.0.1"), "asked_at": NOW} for n in range(300)]
    office.do(db.session.execute, db.insert(SignInRequest), rows[:299])
    assert ask(office, "nia@example.org")

    with pytest.raises(TooOften):
        ask(office, "sam@example.org")
    assert ask(office, "sam@example.org", client="10.0.0.2")


def test_where_somebody_asked_from_is_kept_as_a_hash(office, nia):
    ask(office, "nia@example.org", client="192.0.2.77")

    assert "192.0.2.77" not in office.kept()


def test_what_is_no_address_is_refused(office):
    with pytest.raises(Faulty):
        ask(office, "nonsense")


def test_a_newcomer_of_our_own_domain_becomes_a_person_when_the_link_is_used(office):
    _, token, _ = asked(office, "New.Comer@Example.org")
    before = people.known("new.comer@example.org")

    key, _ = by_link(office, token)

    person = who(office, key)
    assert (before, person.name, person.address, person.role) == (None, "", "new.comer@example.org", "staff")


def test_a_newcomer_of_a_domain_that_only_ends_alike_gets_no_letter(office):
    ask(office, "new@notexample.org")
    ask(office, "new@example.org.evil.example.net")

    assert office.deliver() == []
    assert db.session.query(Person).count() == 0


def test_any_address_of_a_person_signs_them_in(office, nia):
    office.do(people.give_address, nia, "second@university.example.net", by=nia, now=NOW)
    _, token, _ = asked(office, "second@university.example.net")

    key, _ = by_link(office, token)

    assert who(office, key).id == nia.id


def test_signing_out_ends_it_there(office, nia):
    here, there = (office.do(sign_in.start, nia, is_own_device=False, now=NOW) for _ in range(2))

    office.do(sign_in.end, here, NOW)

    assert (who(office, here), who(office, there).id) == (None, nia.id)


def test_signing_out_everywhere_ends_all_and_nobody_elses(office, nia):
    keys = [office.do(sign_in.start, nia, is_own_device=True, now=NOW) for _ in range(2)]
    other = office.do(sign_in.start, make.person("Sam"), is_own_device=True, now=NOW)

    office.do(sign_in.end_everywhere, nia, NOW)

    assert [who(office, key) for key in keys] == [None, None]
    assert who(office, other).name == "Sam"


@pytest.mark.parametrize(("is_own_device", "lasts"), [(False, timedelta(hours=12)), (True, timedelta(days=30))])
def test_being_signed_in_ends_at_the_latest(office, nia, is_own_device, lasts):
    key = office.do(sign_in.start, nia, is_own_device=is_own_device, now=NOW)
    office.now = NOW + lasts - timedelta(seconds=1)
    before = who(office, key)
    office.now = NOW + lasts

    assert (before.id, who(office, key)) == (nia.id, None)


def test_a_made_up_key_opens_nothing(office, nia):
    assert sign_in.session_of("nonsense", NOW) is None


def test_old_requests_and_sessions_are_forgotten_after_a_day(office, nia):
    _, token, _ = asked(office)
    by_link(office, token)
    office.now = NOW + timedelta(hours=36, seconds=1)

    office.deliver()

    assert (db.session.query(SignInRequest).count(), db.session.query(SignedIn).count()) == (0, 0)


def test_a_link_from_the_command_line_signs_in_once(office, nia):
    token = office.do(sign_in.link_for, "NIA@example.org", now=NOW)

    key, _ = by_link(office, token)

    assert who(office, key).id == nia.id
    with pytest.raises(Gone):
        by_link(office, token)


def test_the_command_line_knows_nobody_else(office):
    with pytest.raises(Faulty, match=r"Nobody here is known by the address nobody@elsewhere\.example\.net"):
        office.do(sign_in.link_for, "nobody@elsewhere.example.net", now=NOW)


def test_a_form_typed_too_late_is_kept_for_that_person_page_and_hour(office, nia):
    key = office.do(sign_in.start, nia, is_own_device=False, now=NOW)
    office.do(sign_in.keep_typed, key, "/sessions/ABC/book", {"access_needs": ["Large print"]}, NOW)

    typed = {
        "same": sign_in.typed_by(nia, "/sessions/ABC/book", NOW),
        "another page": sign_in.typed_by(nia, "/me", NOW),
        "another person": sign_in.typed_by(make.person("Sam"), "/sessions/ABC/book", NOW),
        "later": sign_in.typed_by(nia, "/sessions/ABC/book", NOW + timedelta(hours=1)),
    }

    assert typed == {
        "same": {"access_needs": ["Large print"]},
        "another page": None,
        "another person": None,
        "later": None,
    }


def test_a_letter_sent_again_brings_another_link(office, nia):
    _, first, _ = asked(office)
    office.say("UPDATE notices SET state = 'waiting', next_at = due_at, sent_at = NULL")
    second, _ = secrets_of(office.deliver()[0])

    with pytest.raises(Gone):
        by_link(office, first)
    assert by_link(office, second)
