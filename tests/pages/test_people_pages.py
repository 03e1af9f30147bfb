from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert

from app import people
from app.db import db
from app.people import Person
from tests import make
from tests.office import NOW
from tests.pages.scene import rows, token

HOSTILE = "<b>Zoë</b> =1+1 \u202eevil\u202c " + "x" * 80


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator", address="cora@example.org")


@pytest.fixture
def desk(office, cora):
    return office.browser(cora)


def lines(browser):
    return [" ".join(row.find("a").get_text().split()) for row in browser.page.main.select("tbody tr")]


def page_of(browser, person):
    return browser.get(f"/manage/people/{person.ref}")


# --- the list


@pytest.mark.both_engines
def test_everybody_is_listed_by_name(desk):
    make.person("Nia Nurse")
    make.trainer("Ädan Trainer")

    assert lines(desk.get("/manage/people")) == ["Ädan Trainer", "Cora Coordinator", "Nia Nurse"]
    assert "3 people" in desk.main


def test_somebody_who_has_not_said_their_name_is_listed_by_their_address(office, desk):
    office.do(people.join, "newt@example.org", now=NOW)

    assert "newt@example.org" in lines(desk.get("/manage/people"))


def test_a_search_shows_who_is_found_and_what_was_looked_for(desk):
    make.person("Łucja Żółć")

    desk.get("/manage/people").submit("Show these people", q="lucja").follow()

    assert (lines(desk), desk.page.find(id="q")["value"]) == (["Łucja Żółć"], "lucja")
    assert desk.click("Show everybody").page.find(id="q").get("value", "") == ""


@pytest.mark.parametrize("q", ["nia@example.org", "Nia Nurse"])
def test_what_somebody_looks_for_stands_in_no_address(desk, q):
    make.person("Nia Nurse", address="nia@example.org")

    desk.get("/manage/people").submit("Show these people", q=q, role="staff")

    assert desk.answer.headers["Location"] == "/manage/people?found=yes&role=staff"
    assert lines(desk.follow()) == ["Nia Nurse"]
    assert not any("nia" in link.get("href", "") for link in desk.page.find_all("a"))


@pytest.mark.both_engines
def test_a_search_goes_on_over_the_pages_and_into_the_file(office, desk):
    office.do(db.session.execute, insert(Person), [{"name": f"Nia {n:03}", "added_at": NOW} for n in range(60)])
    desk.get("/manage/people").submit("Show these people", q="nia").follow()
    assert "60 people found, page 1 of 2." in desk.main

    desk.click("Later in the list")

    assert lines(desk) == [f"Nia {n:03}" for n in range(50, 60)]
    address = desk.page.find("a", string="Download as a spreadsheet (CSV)")["href"]
    assert len(desk.get(address).answer.get_data(as_text=True).splitlines()) == 61


def test_words_are_forgotten_when_whoever_searched_signs_out(desk):
    desk.get("/manage/people").submit("Show these people", q="nia").follow()

    desk.get("/help").submit("Sign out")

    with desk.client.session_transaction(base_url=desk.base) as session:
        assert "nia" not in str(dict(session))


def test_nobody_found_says_so(desk):
    desk.get("/manage/people").submit("Show these people", q="nobody of this name").follow()

    assert "Nobody found" in desk.main


def test_people_are_shown_by_role(desk):
    make.trainer("Tom Trainer")

    desk.get("/manage/people").submit("Show these people", role="trainer").follow()

    assert lines(desk) == ["Tom Trainer"]


@pytest.mark.parametrize("query", ["page=x", "page=-1", "page=99999999999999999999", "role=x", "found=yes", "role=%00"])
def test_an_address_that_somebody_changed_by_hand_still_gives_a_page(desk, query):
    assert lines(desk.get(f"/manage/people?{query}")) == ["Cora Coordinator"]


def test_the_file_has_the_columns_of_an_import(desk):
    make.trainer("Tom Trainer", address="tom@example.org", is_coordinator=True, team="Library")

    answer = desk.get("/manage/people.csv").answer

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.get_data(as_text=True).lstrip("\ufeff").splitlines() == [
        "email,name,role,team",
        "cora@example.org,Cora Coordinator,coordinator,Ward 7",
        "tom@example.org,Tom Trainer,trainer;coordinator,Library",
    ]


@pytest.mark.both_engines
@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_as_much_for_three_as_for_one(office, desk, count):
    for _ in range(count):
        make.person(HOSTILE)

    with office.statements() as said:
        desk.get("/manage/people")

    assert len(said) <= 3


# --- adding somebody


def test_a_coordinator_adds_somebody(desk):
    desk.get("/manage/people").click("Add a person")

    desk.submit("Add this person", name="Nele New", email="Nele@Example.org", team="Library", roles="trainer").follow()

    assert (desk.heading, "This person has been added." in desk.main) == ("Nele New", True)
    person = people.known("nele@example.org")
    assert (person.name, person.team, person.is_trainer, person.is_coordinator) == ("Nele New", "Library", True, False)


def test_somebody_may_be_added_without_an_address(desk):
    desk.get("/manage/people/new").submit("Add this person", name="Joan Armah").follow()

    assert "None. Our emails about them go to whoever booked for them" in desk.main


def test_an_address_that_is_known_leads_to_whoever_has_it(desk):
    nia = make.person("Nia Nurse", address="nia@example.org")

    desk.get("/manage/people/new").submit("Add this person", name="Nia N", email="nia@example.org")

    assert desk.errors == ["Somebody is known by the address nia@example.org already."]
    assert (desk.page.find(id="name")["value"], desk.page.find("a", string="Nia Nurse")["href"]) == (
        "Nia N",
        f"/manage/people/{nia.ref}",
    )


# --- one person


def test_somebodys_page_says_what_they_may_do_and_how_many_places_they_have(office, desk):
    trainer = make.trainer("Tom Trainer")
    make.training_session(course=make.course("Copyright"), trainers=[trainer])
    make.booking(make.training_session(course=make.course("A private matter")), trainer, despite_overlaps=True)

    page_of(desk, trainer)

    assert "1 place on sessions that are still to come" in desk.main
    assert desk.page.find("a", string="Copyright")
    assert "A private matter" not in desk.main


def test_changes_are_saved_and_can_be_read_back(desk):
    nia = make.person("Nia Nurse")

    page_of(desk, nia).submit("Save the changes", name="Nia Jones", roles=["trainer", "coordinator"]).follow()

    assert (desk.heading, "The changes have been saved." in desk.main) == ("Nia Jones", True)
    assert "Cora Coordinator gave Nia Jones the trainer role" in desk.main


@pytest.mark.both_engines
def test_whoever_saves_second_reads_who_changed_what_and_loses_nothing(office, desk):
    nia, other = make.person("Nia Nurse"), office.browser(make.coordinator("Olu Other"))
    page_of(desk, nia)
    page_of(other, nia).submit("Save the changes", team="Theatres")

    desk.submit("Save the changes", team="Ward 9")

    assert (desk.status, desk.page.find(id="team")["value"]) == (409, "Ward 9")
    assert "Olu Other changed the team" in desk.main
    desk.submit("Save the changes")
    assert office.fresh(nia).team == "Ward 9"


def test_taking_the_role_from_a_trainer_who_is_needed_names_the_sessions(office, desk):
    trainer = make.trainer("Tom Trainer")
    make.training_session(course=make.course("Copyright"), trainers=[trainer])

    page_of(desk, trainer).submit("Save the changes", roles=[])

    assert desk.errors == [
        "Tom Trainer still runs ‘Copyright’ (Tue 15 Dec 2026, 10am). Give these to another trainer first."
    ]
    assert office.fresh(trainer).is_trainer


def test_a_coordinator_who_gives_up_their_own_role_is_asked_first(office, desk, cora):
    make.coordinator("Olu Other")
    before = rows(apart_from=("signed_in",))

    page_of(desk, cora).submit("Save the changes", roles=[])

    assert (desk.status, "If you stop being a coordinator" in desk.main) == (409, True)
    assert rows(apart_from=("signed_in",)) == before


def test_a_coordinator_who_goes_on_is_one_no_more_at_once(office, desk, cora):
    make.coordinator("Olu Other")
    page_of(desk, cora).submit("Save the changes", roles=[])

    desk.submit("Save, and stop being a coordinator")

    assert (desk.status, desk.follow().heading) == (303, "My details")
    assert desk.get("/manage/people").status == 403


def test_the_last_coordinator_cannot_give_up_the_role(office, desk, cora):
    page_of(desk, cora).submit("Save the changes", roles=[])

    assert "Save, and stop being a coordinator" not in desk.main
    assert desk.errors == ["This would leave the service without a coordinator. Give somebody else that role first."]
    assert office.fresh(cora).is_coordinator


def test_a_role_that_was_taken_away_is_gone_on_the_next_page(office, desk):
    olu = make.coordinator("Olu Other")
    theirs = office.browser(olu)
    assert theirs.get("/manage/people").status == 200

    page_of(desk, olu).submit("Save the changes", roles=[])

    assert theirs.get("/manage/people").status == 403


def test_that_somebody_came_and_went_is_not_in_their_history(office, desk):
    nia = make.person("Nia Nurse", address="nia@example.org")
    nias = office.browser().get("/sign-in").submit("Email me a link", email="nia@example.org")
    code = next(line.strip() for line in office.deliver()[0].text.splitlines() if line.strip().isdigit())
    nias.follow().submit("Sign in", code=code)

    assert "signed in" not in page_of(desk, nia).page.find("details").get_text()


# --- addresses


def test_an_address_is_added_chosen_for_letters_and_the_old_one_removed(office, desk):
    nia = make.person("Nia Nurse", address="old@example.org")

    page_of(desk, nia).click("Add an address").submit("Add the address", email="new@example.org").follow()
    desk.click("Choose where our emails go").submit("Save", address="new@example.org").follow()
    desk.click("Remove an address").submit("Remove the address", address="old@example.org").follow()

    assert [row.address for row in people.addresses_of(nia)] == ["new@example.org"]
    assert "Cora Coordinator removed an email address of Nia Nurse" in desk.main


def test_an_address_of_somebody_else_leads_to_putting_the_two_together(desk):
    nia, double = make.person("Nia Nurse"), make.person("Nia N", address="double@example.org")

    desk.get(f"/manage/people/{nia.ref}/addresses").submit("Add the address", email="double@example.org")

    assert (desk.status, desk.page.find(id="email")["value"]) == (422, "double@example.org")
    desk.click("put the two records together")
    assert desk.address == f"/manage/people/{nia.ref}/merge/{double.ref}"


def test_no_address_of_ours_carries_an_email_address(office, desk):
    nia = make.person("Nia Nurse", address="old@example.org")
    office.do(people.give_address, nia, "new@example.org", by=nia, now=NOW)
    ends = ("", "/addresses", "/addresses/remove", "/emails", "/merge")

    found = {
        value
        for end in ends
        for tag in desk.get(f"/manage/people/{nia.ref}{end}").page.find_all(["a", "form"])
        for value in (tag.get("href") or "", tag.get("action") or "")
        if "example.org" in value and not value.startswith("mailto:")
    }

    assert found == set()


# --- two records of one person


def test_two_records_are_found_compared_checked_and_put_together(office, desk):
    nia = make.person("Nia Nurse", address="work@example.org")
    double = make.person("Double Nia", address="home@example.org", is_trainer=True)
    training_session = make.training_session(course=make.course("Copyright"))
    make.booking(training_session, nia)
    make.booking(training_session, double)
    make.booking(make.training_session(starts_at=make.IN_TWO_WEEKS + make.timedelta(days=2)), double)
    office.deliver()

    page_of(desk, nia).click("put the two together").submit("Search", q="home@example.org").follow().click("Double Nia")
    desk.submit("Continue", stays=nia.ref)

    assert desk.heading == "Check before you put them together"
    for sentence in (
        "The record of Nia Nurse stays. That of Double Nia becomes part of it.",
        "They are a trainer.",
        "All these addresses sign them in: work@example.org, home@example.org. Our emails go to work@example.org.",
        "1 coming booking of Double Nia moves over.",
        "Both have a place on Copyright, Tue 15 Dec 2026, 10am. The one booked first stays, the other becomes free.",
        "home@example.org gets 2 emails that take entries out of their calendar.",
        "work@example.org gets 1 email that puts an entry into their calendar.",
    ):
        assert sentence in desk.main
    desk.submit("Put the two together").follow()
    assert "The other record is part of this one now. 1 coming booking moved over." in desk.main
    assert sorted(letter.to for letter in office.deliver()) == [
        "home@example.org",
        "home@example.org",
        "work@example.org",
    ]
    assert desk.get(f"/manage/people/{double.ref}").status == 404


def test_looking_at_what_would_happen_changes_nothing(office, desk):
    nia, double = make.person("Nia Nurse"), make.person("Nia N")
    make.booking(make.training_session(), double)
    desk.get(f"/manage/people/{nia.ref}/merge/{double.ref}")
    before = rows()

    desk.submit("Continue", stays=double.ref)

    assert (desk.status, rows()) == (200, before)


def test_the_other_record_may_be_the_one_that_stays(office, desk):
    nia, double = make.person("Nia Nurse"), make.person("Nia N")
    desk.get(f"/manage/people/{nia.ref}/merge/{double.ref}").submit("Continue", stays=double.ref)

    desk.submit("Put the two together").follow()

    assert (desk.status, desk.heading) == (200, "Nia N")


def test_whoever_looks_again_finds_their_choice(desk):
    nia, double = make.person("Nia Nurse"), make.person("Nia N")
    desk.get(f"/manage/people/{nia.ref}/merge/{double.ref}").submit("Continue", stays=double.ref)

    desk.submit("Change something")

    assert [tag["value"] for tag in desk.page.select("input[type=radio][checked]")] == [double.ref]


def test_records_of_the_same_name_are_offered_before_anybody_searches(desk):
    nia, double = make.person("Nia Nurse"), make.person("NIA NÜRSE")

    desk.get(f"/manage/people/{nia.ref}/merge")

    assert [link["href"] for link in desk.page.main.select(".app-history a")] == [
        f"/manage/people/{nia.ref}/merge/{double.ref}"
    ]


def test_the_search_for_the_other_record_stands_in_no_address(desk):
    nia = make.person("Nia Nurse")

    desk.get(f"/manage/people/{nia.ref}/merge").submit("Search", q="home@example.org")

    assert parse_qs(urlsplit(desk.answer.headers["Location"]).query) == {"found": ["yes"]}
    assert "Nobody else is found by these words" in desk.follow().main


def test_trainers_in_two_places_are_told_where(desk):
    one, other = make.trainer("Tom"), make.trainer("Tom T")
    make.training_session(course=make.course("Copyright"), trainers=[one])
    make.training_session(course=make.course("Reflection"), trainers=[other])

    desk.get(f"/manage/people/{one.ref}/merge/{other.ref}").submit("Continue", stays=one.ref)

    assert desk.status == 409
    assert "‘Copyright’" in desk.errors[0]
    assert "‘Reflection’" in desk.errors[0]


def test_the_record_that_somebody_is_signed_in_by_has_to_stay(desk, cora):
    double = make.person("Cora C")

    desk.get(f"/manage/people/{cora.ref}/merge/{double.ref}").submit("Continue", stays=double.ref)

    assert desk.errors == ["You are signed in by this record. Choose it as the one that stays."]


def test_somebody_who_was_slower_is_told_so(office, desk):
    nia, double = make.person("Nia Nurse"), make.person("Nia N")
    address = f"/manage/people/{nia.ref}/merge/{double.ref}"
    ours = token(desk)
    desk.post(address, csrf_token=ours, stays=nia.ref, go="yes")

    desk.post(address, csrf_token=ours, stays=nia.ref, go="yes")

    assert desk.status == 404
    assert "Perhaps somebody has just put them together" in desk.main


def test_a_record_is_not_put_together_with_itself(desk):
    nia = make.person("Nia Nurse")

    desk.get(f"/manage/people/{nia.ref}/merge/{nia.ref}")

    assert desk.status == 404


# --- hostile words


def test_hostile_names_are_shown_as_typed_and_do_nothing(office, desk):
    person = make.person(HOSTILE[:120], team=HOSTILE[:120])
    double = make.person(HOSTILE[:119])
    addresses = ["/manage/people", f"/manage/people/{person.ref}", f"/manage/people/{person.ref}/merge"]
    addresses += [f"/manage/people/{person.ref}/merge/{double.ref}", f"/manage/people/{person.ref}/addresses"]

    for address in addresses:
        desk.get(address)
        assert (desk.status, "<b>Zoë</b>" in desk.main) == (200, True)
        assert not desk.page.main.find("b")
