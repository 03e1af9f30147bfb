import csv
import re
from io import StringIO

import pytest

from tests import make
from tests.pages.scene import rows, token

DAY = make.timedelta(days=1)
UPSTAIRS = "Two steps at the front"


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator", address="cora@example.org")


def page_of(office, training_session, person, part=""):
    return office.browser(person).get(f"/manage/sessions/{training_session.ref}{part}")


def actions_on(browser):
    return [
        " ".join(a.get_text().split()) for a in browser.page.main.select("nav a, a.nhsuk-button, form > .nhsuk-button")
    ]


def names_on(browser):
    return [name.get_text(strip=True) for name in browser.page.main.select(".app-person__name")]


def lines_of(browser):
    return list(csv.reader(StringIO(browser.answer.get_data().decode("utf-8-sig"))))


# --- what the page says ---


def test_a_trainer_sees_who_is_coming_and_what_would_help_them(office):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    make.booking(training_session, make.person("Nia Nurse"), access_needs="A hearing loop\nand large print")
    make.booking(training_session, make.person("Otto Other"))

    browser = page_of(office, training_session, trainer)

    assert names_on(browser) == ["Nia Nurse", "Otto Other"]
    assert "What to bring and prepare A hearing loop and large print Nia Nurse" in browser.main
    assert "2 of 10 taken" in browser.main


def test_each_person_stands_there_with_how_to_reach_them_and_what_they_answered(office, cora):
    training_session = make.training_session()
    make.booking(training_session, make.person("Nia Nurse", address="nia@example.org"), answers=[("Why?", "To learn")])

    browser = page_of(office, training_session, cora)

    [person] = browser.page.main.select(".app-person")
    assert " ".join(person.get_text(" ").split()) == (
        "Nia Nurse Ward 7 nia@example.org Why? To learn Booking of Nia Nurse Take off Nia Nurse"
    )


def test_somebody_without_an_address_is_reached_through_whoever_booked(office, cora):
    training_session = make.training_session()
    office.book(make.person("Otto Other", address=None), training_session, by=cora)

    browser = page_of(office, training_session, cora)

    assert "Booked by Cora Coordinator No email address: emails go to Cora Coordinator" in browser.main


def test_a_need_that_the_room_does_not_meet_is_said_in_words(office, cora):
    training_session = make.training_session(room=make.room("Boardroom", access=UPSTAIRS))
    make.booking(training_session, make.person("Nia Nurse"), access_needs="I use a wheelchair")
    make.booking(training_session, make.person("Olu Other"), access_needs="Large print")

    browser = page_of(office, training_session, cora)

    [unmet] = browser.page.main.select(".app-needs .nhsuk-tag")
    assert " ".join(unmet.parent.get_text(" ").split()) == (
        "Check the room Boardroom, Northgate Hospital: no step-free access that we know of. "
        "Please tell Nia Nurse what you can do."
    )


def test_the_person_reads_on_their_bookings_page_that_we_will_contact_them(office):
    person, training_session = make.person(), make.training_session(room=make.room(access=UPSTAIRS))
    booking = make.booking(training_session, person, access_needs="No stairs")
    fine = make.booking(make.training_session(starts_at=make.IN_TWO_WEEKS + DAY, room=make.room()), person)

    shown = [office.browser(person).get(f"/bookings/{each.ref}").main for each in (booking, fine)]

    assert ["We will contact you about what would help you take part." in main for main in shown] == [True, False]


def test_the_courses_owner_sees_who_comes_but_not_what_would_help_them(office):
    owner = make.trainer("Olga Owner")
    training_session = make.training_session(course=make.course(owner=owner), room=make.room(access=UPSTAIRS))
    make.booking(training_session, access_needs="Wheelchair, and large print")

    shown = page_of(office, training_session, owner).main

    assert ("Nia Nurse" in shown, "arge print" in shown, "Check the room" in shown) == (True, False, False)
    assert "Only the session’s own trainers and our coordinators see what would help people" in shown


def test_whoever_cancelled_is_not_among_those_who_come(office, cora):
    training_session = make.training_session()
    office.cancel(make.booking(training_session, make.person("Nia Nurse"), access_needs="A hearing loop"))

    browser = page_of(office, training_session, cora)

    assert "Nobody has booked yet" in browser.main
    assert "hearing loop" not in browser.main


def test_who_cancelled_stands_apart_with_when_by_whom_and_why(office, cora):
    training_session = make.training_session()
    first = make.booking(training_session, make.person("Nia Nurse"))
    second = make.booking(training_session, make.person("Otto Other"))
    office.cancel(first)
    office.now += make.timedelta(hours=1)
    office.cancel(second, by=cora, why="You asked me to.")

    browser = page_of(office, training_session, cora)

    assert [" ".join(item.get_text().split()) for item in browser.page.main.select("details li")] == [
        "Otto Other, Tue 1 Dec 2026, 10am, by Cora Coordinator: You asked me to.",
        "Nia Nurse, Tue 1 Dec 2026, 9am",
    ]


def test_those_whose_session_was_cancelled_did_not_cancel(office, cora):
    training_session = make.training_session()
    make.booking(training_session, make.person("Nia Nurse"))
    office.cancel_session(training_session, by=cora, words="The trainer is ill.")

    browser = page_of(office, training_session, cora)

    [line] = browser.page.main.select("details li")
    assert " ".join(line.get_text().split()) == "Nia Nurse, Tue 1 Dec 2026, 9am, with the session"
    assert "Nobody: the session has been cancelled." in browser.main


def test_trainers_see_the_joining_link_beforehand(office, cora):
    training_session = make.training_session(slots=[make.slot(joining_link="https://meet.example.org/room")])

    assert page_of(office, training_session, cora).page.main.find("a", href="https://meet.example.org/room")


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_those_who_run_a_session_see_it_whatever_its_state(office, cora, state):
    training_session = make.training_session()
    if state == "cancelled":
        office.cancel_session(training_session)
    else:
        office.do(setattr, training_session, "state", "draft")

    browser = page_of(office, training_session, cora)

    assert (browser.status, state.capitalize() in browser.main) == (200, True)


def test_the_smallest_number_worth_running_says_how_many_are_missing(office, cora):
    training_session = make.training_session(minimum=2)
    said = [page_of(office, training_session, cora).main]
    for _ in range(2):
        make.booking(training_session)
        said.append(page_of(office, training_session, cora).main)

    expected = ("2 people. 2 more are needed.", "2 people. 1 more is needed.", "2 people. Enough have booked.")
    assert [words in main for words, main in zip(expected, said, strict=True)] == [True] * 3


def test_whom_a_room_is_also_booked_with_is_there(office, cora):
    room = make.room()
    office.do(setattr, room, "booked_with", "Education Centre, ext 4021")

    assert "Education Centre, ext 4021" in page_of(office, make.training_session(room=room), cora).main


def test_emails_that_failed_are_pointed_out(office, cora):
    training_session = make.training_session()
    make.booking(training_session)
    office.say("UPDATE notices SET state = 'failed', next_at = NULL WHERE kind = 'booked'")

    browser = page_of(office, training_session, cora).click("See why, and send again")

    assert (len(browser.page.main.select("tbody tr")), "Failed" in browser.main) == (1, True)


@pytest.mark.parametrize("count", [1, 40])
def test_forty_people_ask_the_database_as_often_as_one(office, cora, count):
    training_session = make.training_session(capacity=40, room=make.room(capacity=40, access=UPSTAIRS))
    cancelled = make.booking(training_session)
    office.cancel(cancelled)
    make.booking(training_session, access_needs="Wheelchair")
    if count > 1:
        make.crowd(training_session, count - 1)
    browser = office.browser(cora)

    counts = {}
    for part in ("", "/people.csv", "/history", "/emails"):
        with office.statements() as said:
            assert browser.get(f"/manage/sessions/{training_session.ref}{part}").status == 200
        counts[part] = len(said)

    own = 12 if count == 40 else 10  # of a full session also which larger rooms are free
    assert counts == {"": own, "/people.csv": 3, "/history": 7, "/emails": 3}


# --- what can be done ---

TO_COME = [
    "Change the date or time",
    "Put it in a room",
    "Change the joining link",
    "Change the places or when booking opens",
    "Change the trainers",
    "Add another like this",
    "Repeat this session…",
    "See it as staff do",
    "Cancel the session",
]


MORE_PEOPLE = "Tell more people about it"


def test_a_coming_session_offers_to_book_for_somebody_first(office, cora):
    training_session = make.training_session()
    make.booking(training_session)

    browser = page_of(office, training_session, cora)

    people = ["Book a place for somebody", "Write to everybody", "Open the register"]
    assert actions_on(browser) == [*people, MORE_PEOPLE, *TO_COME]


def test_on_the_day_the_register_comes_first(office, cora):
    training_session = make.training_session()
    make.booking(training_session)
    office.now = make.IN_TWO_WEEKS - make.timedelta(hours=2)

    browser = page_of(office, training_session, cora)

    assert [a.get_text(strip=True) for a in browser.page.main.select("a.nhsuk-button")] == ["Open the register"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("empty", ["Book a place for somebody", "Open the register", MORE_PEOPLE, *TO_COME]),
        ("full", ["Write to everybody", "Open the register", *TO_COME]),
        ("draft", ["Put it on the timetable", *[action for action in TO_COME if action != "See it as staff do"]]),
        ("cancelled", ["Add another like this", "Repeat this session…", "See it as staff do"]),
        (
            "over",
            [
                "Open the register",
                "Write to everybody",
                "Add another like this",
                "Repeat this session…",
                "See it as staff do",
            ],
        ),
    ],
)
def test_only_what_makes_sense_is_offered(office, cora, state, expected):
    training_session = make.training_session(capacity=1)
    if state in {"full", "over", "cancelled"}:
        make.booking(training_session)
    if state == "draft":
        office.do(setattr, training_session, "state", "draft")
    if state == "cancelled":
        office.cancel_session(training_session)
    if state == "over":
        office.now = make.IN_TWO_WEEKS + DAY

    assert actions_on(page_of(office, training_session, cora)) == expected


def test_a_draft_goes_on_the_timetable_from_its_own_page(office, cora):
    draft = make.training_session(is_draft=True)

    browser = page_of(office, draft, cora).submit("Put it on the timetable").follow()

    assert office.fresh(draft).state == "scheduled"
    assert (browser.address, "1 session is now on the timetable." in browser.main) == (
        f"/manage/sessions/{draft.ref}",
        True,
    )


@pytest.mark.parametrize(
    ("state", "expected"), [("draft", "Publish the course first"), ("archived", "Bring the course back first")]
)
def test_a_draft_of_a_course_that_is_not_published_leads_to_its_course(office, cora, state, expected):
    course = make.course("Copyright")
    draft = make.training_session(course=course, is_draft=True)
    office.do(setattr, course, "state", state)

    browser = page_of(office, draft, cora)

    assert actions_on(browser)[0] == expected
    assert browser.click(expected).heading == "Copyright"


def test_who_only_runs_a_draft_is_not_sent_to_its_course(office):
    trainer = make.trainer()
    draft = make.training_session(course=make.course(state="draft"), trainers=[trainer], is_draft=True)

    assert actions_on(page_of(office, draft, trainer))[0] == "Change the date or time"


def test_when_booking_opens_and_closes_is_said_as_things_stand(office, cora):
    training_session = make.training_session(
        booking_opens_at=make.IN_TWO_WEEKS - 3 * DAY, booking_closes_at=make.IN_TWO_WEEKS - DAY
    )
    said = []
    for days in (4, 2, 0):
        office.now = make.IN_TWO_WEEKS - days * DAY
        main = page_of(office, training_session, cora).main
        said += [" ".join(re.findall("(Opens|Opened|Closes|Closed) (?:Sat|Sun|Mon|Tue|Wed|Thu|Fri) ", main))]

    assert said == ["Opens Closes", "Opened Closes", "Opened Closed"]


def test_only_a_session_that_is_in_one_room_offers_to_swap_it(office, cora):
    parts = [make.slot(room=make.room("One")), make.slot(make.IN_TWO_WEEKS + DAY, room=make.room("Two"))]

    browser = page_of(office, make.training_session(slots=parts), cora)

    assert "Change the room" in actions_on(browser)
    assert "Swap rooms with another session" not in actions_on(browser)


def test_a_session_in_a_room_may_swap_it(office, cora):
    training_session = make.training_session(room=make.room())

    assert {"Change the room", "Swap rooms with another session", "Add a joining link"} <= set(
        actions_on(page_of(office, training_session, cora))
    )


def test_nobody_is_taken_off_once_the_session_has_begun(office, cora):
    training_session = make.training_session()
    make.booking(training_session)
    office.now = make.IN_TWO_WEEKS

    assert "Take off" not in page_of(office, training_session, cora).main


# --- taking somebody off ---


@pytest.fixture
def nias(office):
    return make.booking(make.training_session(), make.person("Nia Nurse", address="nia@example.org"))


def remove_page(office, booking, person):
    return office.browser(person).get(f"/manage/sessions/{booking.training_session.ref}/bookings/{booking.ref}/remove")


def test_somebody_is_taken_off_with_a_reason_that_they_read(office, cora, nias):
    office.deliver()
    browser = remove_page(office, nias, cora).submit("Continue", words="The day is for nurses only.")
    assert "1 person will get the email ‘Place cancelled" in browser.main
    assert "The day is for nurses only." in browser.main
    assert office.fresh(nias).state == "booked"

    browser.submit("Take Nia Nurse off").follow()

    assert "This person no longer has a place. We are emailing 1 person: Nia Nurse." in browser.main
    [letter] = office.deliver()
    assert (letter.to, letter.method) == ("nia@example.org", "CANCEL")
    assert "Cora Coordinator cancelled it." in letter.text
    assert "The day is for nurses only." in letter.text


def test_nobody_is_taken_off_without_a_reason(office, cora, nias):
    browser = remove_page(office, nias, cora).submit("Continue", words=" ")

    assert (browser.status, browser.errors) == (422, ["Enter the reason"])


def test_a_booking_of_another_session_is_not_found_here(office, cora, nias):
    other = make.training_session(starts_at=make.IN_TWO_WEEKS + DAY)
    address = f"/manage/sessions/{other.ref}/bookings/{nias.ref}/remove"

    assert office.browser(cora).get(address).status == 404


def test_whoever_has_no_place_any_more_is_not_taken_off_again(office, cora, nias):
    office.cancel(nias)

    browser = remove_page(office, nias, cora)

    assert (browser.status, "Nia Nurse has no place on this session any more." in browser.main) == (409, True)


def test_another_sessions_trainer_takes_nobody_off(office, nias):
    browser = office.browser(make.trainer("Olu Other"))

    browser.post(
        f"/manage/sessions/{nias.training_session.ref}/bookings/{nias.ref}/remove",
        csrf_token=token(browser),
        words="x",
        go="yes",
    )

    assert (browser.status, office.fresh(nias).state) == (403, "booked")


# --- writing to everybody ---


def write_page(office, training_session, person):
    return office.browser(person).get(f"/manage/sessions/{training_session.ref}/write")


MESSAGE = {"headline": "Please bring your laptop", "words": "The PCs are being replaced.\n\nWe can lend you one."}


def test_everybody_who_has_a_place_gets_the_same_words(office, cora):
    training_session = make.training_session()
    make.booking(training_session, make.person("Nia Nurse", address="nia@example.org"))
    make.booking(training_session, make.person("Olu Other", address="olu@example.org"))
    office.cancel(make.booking(training_session))
    office.deliver()
    browser = write_page(office, training_session, cora).submit("Continue", **MESSAGE)
    assert "2 people will get the email ‘Please bring your laptop: Using Social Media" in browser.main

    browser.submit("Send the message").follow()

    assert "Your message is on its way. We are emailing 2 people: Nia Nurse, Olu Other." in browser.main
    letters = office.deliver()
    assert [letter.to for letter in letters] == ["nia@example.org", "olu@example.org"]
    for letter in letters:
        assert letter.subject.startswith("Please bring your laptop: Using Social Media")
        assert "The PCs are being replaced.\n\nWe can lend you one." in letter.text
        assert "Cora Coordinator writes to everybody booked" in letter.text
        assert letter.message["Reply-To"] == "Northgate Library <library@example.org>"


def test_before_it_is_sent_nothing_is_kept(office, cora):
    training_session = make.training_session()
    make.booking(training_session)
    browser = write_page(office, training_session, cora)
    before = rows()

    browser.submit("Continue", **MESSAGE)

    assert rows() == before


def test_what_was_typed_is_there_again_for_whoever_goes_back(office, cora):
    training_session = make.training_session()
    make.booking(training_session)
    browser = write_page(office, training_session, cora).submit("Continue", **MESSAGE)

    browser.submit("Change something")

    assert browser.page.find(id="headline")["value"] == MESSAGE["headline"]
    assert "The PCs are being replaced." in browser.page.find(id="words").get_text()


def test_a_message_for_somebody_without_an_address_goes_to_whoever_booked(office, cora):
    training_session = make.training_session()
    office.book(make.person("Otto Other", address=None), training_session, by=cora)
    office.deliver()

    browser = write_page(office, training_session, cora).submit("Continue", **MESSAGE).submit("Send the message")

    assert "Cora Coordinator (for Otto Other)" in browser.follow().main
    [letter] = office.deliver()
    assert (letter.to, "This is for Otto Other" in letter.text) == ("cora@example.org", True)


def test_the_same_words_twice_reach_only_those_who_have_not_had_them(office, cora):
    training_session = make.training_session()
    make.booking(training_session, make.person(address="nia@example.org"))
    write_page(office, training_session, cora).submit("Continue", **MESSAGE).submit("Send the message")
    again = write_page(office, training_session, cora).submit("Continue", **MESSAGE)
    assert (again.status, again.errors) == (
        409,
        ["Everybody who can be reached by email has had this message already."],
    )
    make.booking(training_session, make.person(address="olu@example.org"))

    write_page(office, training_session, cora).submit("Continue", **MESSAGE).submit("Send the message")

    assert [notice.address for notice in office.notices("written")] == ["nia@example.org", "olu@example.org"]


def test_where_nobody_has_a_place_there_is_nobody_to_write_to(office, cora):
    browser = write_page(office, make.training_session(), cora)

    assert (browser.status, "nobody to write to" in browser.main) == (409, True)


def test_after_the_session_the_message_does_not_offer_to_cancel(office, cora):
    training_session = make.training_session()
    make.booking(training_session)
    office.now = make.IN_TWO_WEEKS + DAY
    office.deliver()

    write_page(office, training_session, cora).submit("Continue", **MESSAGE).submit("Send the message")

    [letter] = office.deliver()
    assert "Cancel my place" not in letter.text


def test_whoever_gives_up_their_place_does_not_get_a_message_that_has_not_left(office, cora):
    training_session = make.training_session()
    booking = make.booking(training_session)
    write_page(office, training_session, cora).submit("Continue", **MESSAGE).submit("Send the message")

    office.cancel(booking)

    assert [notice.state for notice in office.notices("written")] == ["withdrawn"]


def test_the_message_stands_in_the_history_with_its_words(office, cora):
    training_session = make.training_session()
    make.booking(training_session)
    write_page(office, training_session, cora).submit("Continue", **MESSAGE).submit("Send the message")

    main = page_of(office, training_session, cora, "/history").main

    assert (
        "Cora Coordinator wrote to everybody who has a place: ‘Please bring your laptop’ : The PCs are being replaced."
        in main
    )


# --- its emails ---


def test_a_sessions_emails_are_those_about_it_and_no_others(office, cora):
    training_session = make.training_session()
    office.cancel(make.booking(training_session))
    make.booking(make.training_session(starts_at=make.IN_TWO_WEEKS + DAY), make.person("Otto Other"))

    browser = page_of(office, training_session, cora, "/emails")

    assert "Nia Nurse" in browser.main
    assert "Otto Other" not in browser.main


def test_a_sessions_own_trainer_sends_its_emails_again(office):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    make.booking(training_session, make.person(address="nia@example.org"))
    office.say("UPDATE notices SET state = 'failed', next_at = NULL, fault = 'It is full' WHERE kind = 'booked'")
    browser = page_of(office, training_session, trainer, "/emails?state=failed")
    assert "It is full" in browser.main

    browser.submit("Send again").follow()

    assert "The email is on its way again." in browser.main
    assert "nia@example.org" in [letter.to for letter in office.deliver()]
    assert (
        "had the email ‘Booked’ to Nia Nurse sent again" in page_of(office, training_session, trainer, "/history").main
    )


def test_an_email_about_another_session_is_not_sent_again_from_here(office):
    trainer = make.trainer()
    training_session = make.training_session(trainers=[trainer])
    make.booking(make.training_session(trainers=[make.trainer("Olu Other")]))
    office.deliver()
    [other] = office.notices("booked")
    browser, before = office.browser(trainer), office.notices("booked")[0].due_at

    browser.post(f"/manage/sessions/{training_session.ref}/emails/{other.id}/again", csrf_token=token(browser))

    assert (browser.status, office.notices("booked")[0].due_at) == (404, before)


def test_a_sessions_emails_come_as_a_spreadsheet(office, cora):
    training_session = make.training_session()
    make.booking(training_session, make.person(address="nia@example.org"))
    office.deliver()

    browser = page_of(office, training_session, cora, "/emails").click("Download as a spreadsheet")

    lines = lines_of(browser)
    assert len(lines) == 1 + len(office.notices())
    assert ["Booked", "Using Social Media to Keep up to Date", "Nia Nurse", "nia@example.org", "Sent"] in [
        line[:5] for line in lines
    ]


def test_a_session_without_emails_says_so(office, cora):
    trainers, starts_at = [make.trainer(address=None)], office.now + make.timedelta(hours=20)
    training_session = make.training_session(starts_at=starts_at, trainers=trainers)

    assert "No email has been sent about this session yet." in page_of(office, training_session, cora, "/emails").main


# --- its history ---


def test_what_happened_reads_as_sentences_the_newest_first(office, cora):
    training_session = make.training_session()
    booking = make.booking(training_session, make.person("Nia Nurse"))
    office.book(make.person("Otto Other"), training_session, by=cora)
    office.cancel(booking, by=cora, why="You asked me to.")
    office.cancel(office.book(make.person("Petra Person"), training_session))

    lines = page_of(office, training_session, cora, "/history").page.main.select(".app-history li")

    assert [" ".join(line.get_text(" ").split()).removesuffix(" Tue 1 Dec 2026, 9am") for line in lines] == [
        "Petra Person gave up their place",
        "Petra Person booked a place",
        "Cora Coordinator cancelled the place of Nia Nurse : You asked me to.",
        "Cora Coordinator booked a place for Otto Other",
        "Nia Nurse booked a place",
        "Roomful put it on the timetable",
    ]


def test_the_sessions_own_page_shows_the_newest_of_it(office, cora):
    training_session = make.training_session()
    for _ in range(7):
        make.booking(training_session)

    assert len(page_of(office, training_session, cora).page.main.select(".app-history li")) == 5


def test_the_history_holds_nothing_of_what_would_help_anybody(office, cora):
    training_session = make.training_session(room=make.room(access=UPSTAIRS))
    office.cancel(make.booking(training_session, access_needs="I use a wheelchair"))

    for part in ("/history", "/history.csv", "/emails", "/emails.csv"):
        assert "wheelchair" not in page_of(office, training_session, cora, part).answer.get_data(as_text=True)


def test_the_history_comes_as_a_spreadsheet(office, cora):
    training_session = make.training_session()
    office.cancel(make.booking(training_session), by=cora, why="=You asked me to.")

    browser = page_of(office, training_session, cora, "/history.csv")

    assert lines_of(browser)[:2] == [
        ["When", "Who", "What", "Why, or the words"],
        ["2026-12-01 09:00", "Cora Coordinator", "cancelled the place of Nia Nurse", "'=You asked me to."],
    ]


# --- its people as a spreadsheet ---


def test_who_is_booked_comes_as_a_spreadsheet_with_their_answers_and_needs(office, cora):
    training_session = make.training_session()
    make.booking(
        training_session,
        make.person("=Nia", address="nia@example.org"),
        answers=[("Why?", "@once")],
        access_needs="Large print",
    )
    office.book(make.person("Otto Other", address=None), training_session, by=cora, answers=[("When?", "Now")])

    browser = page_of(office, training_session, cora).click("Download as a spreadsheet")

    assert browser.answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert browser.answer.headers["Content-Disposition"].startswith("attachment")
    assert lines_of(browser) == [
        ["Name", "Team", "Email", "Phone", "Booked", "Booked by", "Why?", "When?", "What would help them take part"],
        ["'=Nia", "Ward 7", "nia@example.org", "", "2026-12-01 09:00", "", "'@once", "", "Large print"],
        ["Otto Other", "Ward 7", "", "", "2026-12-01 09:00", "Cora Coordinator", "", "Now", ""],
    ]


def test_the_courses_owner_gets_the_spreadsheet_without_needs(office):
    owner = make.trainer("Olga Owner")
    training_session = make.training_session(course=make.course(owner=owner))
    make.booking(training_session, access_needs="Large print")

    text = page_of(office, training_session, owner, "/people.csv").answer.get_data(as_text=True)

    assert ("Nia Nurse" in text, "Large print" in text, "What would help" in text) == (True, False, False)


@pytest.mark.parametrize("part", ["", "/emails", "/emails.csv", "/history", "/history.csv", "/people.csv", "/write"])
def test_another_sessions_trainer_sees_nothing_of_it(office, part):
    training_session = make.training_session()
    make.booking(training_session)

    browser = page_of(office, training_session, make.trainer("Olu Other"), part)

    assert (browser.status, "Nia" in browser.text) == (403, False)
