"""The changes of a session, as those who run it make them: form, check page, done."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import bookings, changes, timetable
from app.db import db
from app.timetable import Slot
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.pages.scene import rows, token

NEXT_DAY = IN_TWO_WEEKS + timedelta(days=1)
OTHER_LINK = "https://meet.example.org/other"
KEPT_APART = ("signed_in",)


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator", address="cora@example.org")


@pytest.fixture
def room(office):
    return make.room(capacity=20)


@pytest.fixture
def seminar(office):
    return make.room("Seminar room 1", capacity=24)


@pytest.fixture
def training_session(office, room):
    """In a room, run by Tom, with Nia and Sam booked and told."""
    session = make.training_session(room=room, capacity=10, trainers=[make.trainer(address="tom@example.org")])
    for name in ("Nia Nurse", "Sam Staff"):
        make.booking(session, make.person(name, address=f"{name.split()[0].lower()}@example.org"))
    office.deliver()
    return session


def at(office, person, training_session, page, query=""):
    return office.browser(person).get(f"/manage/sessions/{training_session.ref}/{page}{query}")


def on(day, month=12, year=2026, *, number=1, **times):
    """What is typed for the day of a part, and its times."""
    boxes = {"day": day, "month": month, "year": year}
    typed = {f"day_{number}-{box}": str(value) for box, value in boxes.items()}
    return typed | {f"{name}_{number}": value for name, value in times.items()}


def slot_of(training_session):
    db.session.rollback()
    query = select(Slot).where(Slot.training_session_id == training_session.id).order_by(Slot.position)
    return db.session.scalars(query.execution_options(populate_existing=True)).first()


def heard(office):
    return [(letter.to, letter.subject.partition(":")[0]) for letter in office.deliver()]


def banner(browser):
    return browser.page.find(class_="nhsuk-notification-banner").get_text(" ", strip=True)


def test_a_session_is_moved_after_a_look_at_what_that_does(office, cora, training_session):
    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))
    assert browser.heading == "Check before you move the session"
    assert (
        "Now Tuesday 15 December 2026, 10am to midday After Wednesday 16 December 2026, 10am to midday" in browser.main
    )
    assert "2 people will get the email ‘New time: Using Social Media to Keep up to Date" in browser.main

    browser.submit("Move the session").follow()

    assert "The session has been moved. We are emailing 3 people: Nia Nurse, Sam Staff, Tom Trainer." in banner(browser)
    assert slot_of(training_session).starts_at == NEXT_DAY
    assert heard(office) == [
        ("nia@example.org", "New time"),
        ("sam@example.org", "New time"),
        ("tom@example.org", "Your session has a new time"),
    ]


def test_nothing_is_kept_and_nobody_is_told_before_the_second_press(office, cora, training_session):
    browser = at(office, cora, training_session, "move")
    before = rows(apart_from=KEPT_APART)

    browser.submit("Continue", **on(16))

    assert rows(apart_from=KEPT_APART) == before
    assert office.deliver() == []


def test_a_sentence_of_ones_own_is_seen_in_the_email_before_it_leaves(office, cora, training_session):
    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))

    browser.submit("Show the email", words="The PCs are being replaced.")
    assert "The PCs are being replaced." in browser.page.find("pre").get_text()
    browser.submit("Move the session")

    assert all("The PCs are being replaced." in letter.text for letter in office.deliver())


def test_the_links_in_somebodys_email_are_not_shown_to_whoever_sends_it(office, cora, training_session):
    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))

    letters = " ".join(pre.get_text() for pre in browser.page.find_all("pre"))
    assert "Cancel my place:\n[a link of their own]" in letters
    assert "/a/" not in letters


def test_whoever_sends_it_sees_how_many_have_something_else_then_but_not_what(office, cora, training_session):
    nia = bookings.live_on(training_session)[0].person
    make.booking(make.training_session(course=make.course("Secret course"), starts_at=NEXT_DAY), nia)

    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))

    assert "1 of them has a place on something else at that time. Their email says so." in browser.main
    assert "Secret course" not in browser.main


def test_people_whom_no_email_reaches_are_named_to_be_told_by_hand(office, cora, training_session):
    ines = make.person("Ines Offline", address=None)
    office.do(setattr, ines, "phone", "ext 4021")
    make.booking(training_session, ines)

    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))

    callout = browser.page.find(class_="nhsuk-warning-callout").get_text(" ", strip=True)
    assert "1 person has no email address" in callout
    assert "Ines Offline , ext 4021" in callout


def test_whoever_reads_for_somebody_without_an_address_is_named_with_them(office, cora, training_session):
    office.book(make.person("Otto Offline", address=None), training_session, by=cora)
    office.deliver()

    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))

    assert "Cora Coordinator (for Otto Offline)" in browser.main


def test_on_the_way_back_nothing_that_was_typed_is_lost(office, cora, training_session):
    browser = at(office, cora, training_session, "move").submit("Continue", **on(16, start="2pm", end="16:30"))

    browser.submit("Change something", words="The PCs are being replaced.")

    assert browser.heading == "Change the date or time"
    assert [browser.page.find(id=name)["value"] for name in ("day_1-day", "start_1", "end_1")] == ["16", "2pm", "16:30"]
    browser.submit("Continue")
    assert browser.page.find(id="words").get_text().strip() == "The PCs are being replaced."


def test_a_sentence_that_is_too_long_comes_back_on_the_check_page(office, cora, training_session):
    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))

    browser.submit("Move the session", words="x" * 1001)

    assert (browser.status, browser.heading) == (422, "Check before you move the session")
    assert browser.errors == ["Your sentence must be 1,000 characters or fewer"]
    assert slot_of(training_session).starts_at == IN_TWO_WEEKS


def test_a_form_that_changes_nothing_says_so(office, cora, training_session):
    browser = at(office, cora, training_session, "move").submit("Continue")

    assert (browser.status, browser.errors) == (422, ["You have not changed anything yet."])


def test_a_draft_is_moved_and_nobody_is_told(office, cora, room):
    training_session = make.training_session(room=room)
    office.do(setattr, training_session, "state", "draft")

    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))
    assert "Nobody. No email is sent." in browser.main
    browser.submit("Move the session").follow()

    assert "Nobody needed to be told." in banner(browser)
    assert slot_of(training_session).starts_at == NEXT_DAY


# --- two people at once ---


def test_whoever_is_second_sees_who_changed_what_and_can_press_again(office, cora, training_session, seminar):
    browser = at(office, cora, training_session, "move")
    tom = training_session.trainers[0]
    office.do(changes.change_room, training_session.id, seminar, capacity=10, by=tom, now=office.now)

    browser.submit("Continue", **on(16, start="2pm", end="4pm"))

    assert browser.status == 409
    callout = browser.page.find(class_="nhsuk-warning-callout").get_text(" ", strip=True)
    assert "Tom Trainer moved it from IT training room, Northgate Hospital to Seminar room 1" in callout
    assert browser.page.find(id="start_1")["value"] == "2pm"
    browser.submit("Continue").submit("Move the session")
    assert (browser.status, slot_of(training_session).starts_at) == (303, NEXT_DAY + timedelta(hours=4))
    assert slot_of(training_session).room_id == seminar.id


def test_a_change_between_the_check_page_and_the_second_press_is_seen_too(office, cora, training_session):
    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))
    tom = training_session.trainers[0]
    office.do(changes.change_capacity, training_session.id, 12, by=tom, now=office.now)

    browser.submit("Move the session", words="Sorry.")

    assert (browser.status, browser.heading) == (409, "Change the date or time")
    assert "Tom Trainer changed the number of places from 10 to 12" in browser.main
    browser.submit("Continue")
    assert browser.page.find(id="words").get_text().strip() == "Sorry."
    assert browser.submit("Move the session").status == 303


def test_two_people_cancel_at_once_and_the_second_reads_that_it_is_cancelled(office, cora, training_session):
    browser = at(office, cora, training_session, "cancel").submit("Continue")
    office.cancel_session(training_session)

    browser.submit("Cancel the session")

    assert browser.status == 409
    assert "This session has been cancelled, so it cannot be changed any more." in browser.main


# --- days and times ---


def test_a_time_that_the_clocks_skip_is_refused_beside_its_field(office, cora, training_session):
    browser = at(office, cora, training_session, "move").submit(
        "Continue", **on(28, 3, 2027, start="1:30am", end="3am")
    )

    assert browser.errors == [
        "1:30am does not exist on Sunday 28 March 2027: the clocks go forward over it",
    ]
    assert "1:30am does not exist" in browser.page.find(id="start_1-error").get_text()


def test_a_time_that_comes_twice_is_asked_about(office, cora, training_session):
    browser = at(office, cora, training_session, "move")

    browser.submit("Continue", **on(31, 10, 2027, start="1:30am", end="3am"))
    assert browser.errors == [
        "Select which 1:30am you mean: it comes twice on Sunday 31 October 2027, as the clocks go back"
    ]
    browser.submit("Continue", start_1_which="second").submit("Move the session")

    assert slot_of(training_session).starts_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_the_first_of_the_two_is_an_hour_before(office, cora, training_session):
    browser = at(office, cora, training_session, "move")

    browser.submit("Continue", start_1_which="first", **on(31, 10, 2027, start="1:30am", end="3am"))
    browser.submit("Move the session")

    assert slot_of(training_session).starts_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_session_at_such_a_time_shows_which_it_is(office, cora):
    training_session = make.training_session(starts_at=datetime(2027, 10, 31, 1, 30, tzinfo=UTC))

    browser = at(office, cora, training_session, "move")

    assert browser.page.find("input", {"name": "start_1_which", "value": "second"}).has_attr("checked")


def test_an_end_before_the_start_is_refused_beside_the_end(office, cora, training_session):
    browser = at(office, cora, training_session, "move").submit("Continue", **on(16, start="2pm", end="1pm"))

    assert browser.errors == ["The end must be later than the start, on the same day"]


def test_a_time_earlier_today_is_refused_beside_the_start(office, cora, training_session):
    browser = at(office, cora, training_session, "move").submit("Continue", **on(1, start="8am", end="8:30am"))

    assert browser.errors == ["Choose a time that is still to come."]
    assert browser.page.find(id="start_1-error")


def test_each_part_has_a_day_and_times_of_its_own(office, cora, room):
    slots = [make.slot(room=room), make.slot(IN_TWO_WEEKS + timedelta(days=7), room=room)]
    training_session = make.training_session(slots=slots)

    browser = at(office, cora, training_session, "move").submit("Continue", **on(23, number=2, start="2pm", end="4pm"))

    assert "When, part 2" in browser.main
    assert "When, part 1" not in browser.main


def test_a_trainer_who_is_busy_then_is_named_beside_the_start(office, cora, training_session):
    tom = training_session.trainers[0]
    make.training_session(trainers=[tom], starts_at=NEXT_DAY, course=make.course("Copyright for the busy"))

    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))

    assert (browser.status, browser.errors) == (
        409,
        ["Tom Trainer is busy on Wednesday 16 December 2026, 10am to midday with ‘Copyright for the busy’."],
    )


def test_if_its_room_is_taken_then_another_can_be_chosen_at_once(office, cora, training_session, room, seminar):
    make.training_session(room=room, starts_at=NEXT_DAY, course=make.course("Copyright for the busy"))
    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))
    assert browser.errors[0] == (
        "IT training room is taken on Wednesday 16 December 2026, 10am to midday with ‘Copyright for the busy’. "
        "Seminar room 1 (24 people) is free then."
    )

    browser.submit("Continue", room=seminar.slug)
    assert "Where Now IT training room, Northgate Hospital After Seminar room 1, Northgate Hospital" in browser.main
    browser.submit("Move the session")

    assert (slot_of(training_session).starts_at, slot_of(training_session).room_id) == (NEXT_DAY, seminar.id)


# --- room and link ---


def test_a_room_is_chosen_among_those_that_are_free_and_large_enough(office, cora, training_session, room, seminar):
    make.room("Cupboard", capacity=1)
    make.training_session(room=make.room("Lecture theatre", capacity=60), course=make.course("Copyright"))

    browser = at(office, cora, training_session, "room")

    radios = [radio["value"] for radio in browser.page.select("input[name=room]")]
    assert radios == [room.slug, seminar.slug, "-online"]
    assert "Cupboard, Northgate Hospital Too small: it holds 1 people, and 2 people have a place." in browser.main
    assert "Taken on Tuesday 15 December 2026, 10am to midday with ‘Copyright’" in browser.main


def test_a_session_goes_into_another_room_with_other_places(office, cora, training_session, seminar):
    browser = at(office, cora, training_session, "room").submit("Continue", room=seminar.slug, capacity="24")

    browser.submit("Change the room").follow()

    assert "We are emailing 3 people" in banner(browser)
    assert (slot_of(training_session).room_id, office.fresh(training_session).capacity) == (seminar.id, 24)


def test_more_places_than_the_room_holds_say_which_room_would_do(office, cora, training_session, seminar):
    make.room("Lecture theatre", capacity=60)

    browser = at(office, cora, training_session, "room").submit("Continue", room=seminar.slug, capacity="30")

    assert (browser.status, browser.errors) == (
        409,
        ["Seminar room 1 holds 24 people, so it cannot give 30 places. Lecture theatre (60 people) is free then."],
    )
    assert browser.page.find(id="capacity")["value"] == "30"


def test_a_room_that_is_too_small_for_those_booked_is_refused_with_figures(office, cora, training_session, seminar):
    quiet = make.room("Library quiet room", capacity=6)
    make.crowd(training_session, 6)
    browser = at(office, cora, training_session, "room")

    browser.submit("Continue", room=quiet.slug, capacity="6")

    assert browser.errors[0] == (
        "Library quiet room holds 6 people; 8 have a place: 2 would have to go. "
        "IT training room (20 people) and Seminar room 1 (24 people) are free then."
    )


def test_a_room_that_somebody_has_taken_meanwhile_says_by_what_and_what_is_free(
    office, cora, training_session, seminar
):
    make.room("Lecture theatre", capacity=60)
    browser = at(office, cora, training_session, "room")
    make.training_session(room=seminar, course=make.course("Copyright"))

    browser.submit("Continue", room=seminar.slug)

    assert browser.errors[0] == (
        "Seminar room 1 is taken on Tuesday 15 December 2026, 10am to midday with ‘Copyright’. "
        "IT training room (20 people) and Lecture theatre (60 people) are free then."
    )
    assert seminar.slug not in [radio["value"] for radio in browser.page.select("input[name=room]")]


def test_a_closed_room_says_why(office, cora, training_session, seminar):
    browser = at(office, cora, training_session, "room")
    closed = (IN_TWO_WEEKS, IN_TWO_WEEKS + timedelta(hours=1))
    office.do(timetable.close_room, seminar.id, *closed, why="Redecoration", by=None, now=office.now)

    browser.submit("Continue", room=seminar.slug)

    assert browser.errors[0].startswith(
        "Seminar room 1 is closed on Tuesday 15 December 2026, 10am to 11am: Redecoration."
    )


def test_a_session_goes_online(office, cora, training_session):
    browser = at(office, cora, training_session, "room").submit("Continue", room="-online")
    assert browser.errors == ["Enter the joining link"]

    browser.submit("Continue", joining_link=OTHER_LINK).submit("Change the room")

    assert (slot_of(training_session).room_id, slot_of(training_session).joining_link) == (None, OTHER_LINK)
    assert heard(office)[0] == ("nia@example.org", "New room and joining link")


def test_one_part_alone_goes_into_another_room(office, cora, room, seminar):
    slots = [make.slot(room=room), make.slot(IN_TWO_WEEKS + timedelta(days=7), room=room)]
    training_session = make.training_session(slots=slots)

    browser = at(office, cora, training_session, "room").click("Part 2 only")
    browser.submit("Continue", room=seminar.slug)
    assert "Where, part 2" in browser.main
    browser.submit("Change the room")

    assert slot_of(training_session).room_id == room.id


def test_a_joining_link_is_changed(office, cora):
    training_session = make.training_session()
    make.booking(training_session)
    office.deliver()

    browser = at(office, cora, training_session, "link").submit("Continue", joining_link=OTHER_LINK)
    browser.submit("Change the joining link")

    assert slot_of(training_session).joining_link == OTHER_LINK
    assert heard(office)[0][1] == "New joining link"


def test_a_session_online_keeps_a_joining_link(office, cora):
    browser = at(office, cora, make.training_session(), "link").submit("Continue", joining_link="")

    assert browser.errors == ["Enter the joining link"]


def test_a_session_in_a_room_can_lose_its_joining_link(office, cora, room):
    training_session = make.training_session(slots=[make.slot(room=room, joining_link=OTHER_LINK)])

    browser = at(office, cora, training_session, "link").submit("Continue", joining_link="")
    browser.submit("Change the joining link")

    assert slot_of(training_session).joining_link == ""


# --- places, trainers ---


def test_places_and_the_booking_window_are_set_and_nobody_is_told(office, cora, training_session):
    browser = at(office, cora, training_session, "places")
    typed = {
        "closes": "on",
        "closes_on-day": "14",
        "closes_on-month": "12",
        "closes_on-year": "2026",
        "closes_at": "5pm",
    }

    browser.submit("Continue", capacity="12", minimum="4", **typed)
    assert "Nobody. No email is sent." in browser.main
    browser.submit("Save the changes").follow()

    kept = office.fresh(training_session)
    assert (kept.capacity, kept.minimum) == (12, 4)
    assert kept.booking_closes_at == datetime(2026, 12, 14, 17, tzinfo=UTC)
    assert office.deliver() == []


def test_a_window_that_is_there_is_shown_and_can_be_taken_away(office, cora):
    opens_at = IN_TWO_WEEKS - timedelta(days=7)
    training_session = make.training_session(booking_opens_at=opens_at)
    browser = at(office, cora, training_session, "places")
    assert [browser.page.find(id=name)["value"] for name in ("opens_on-day", "opens_at")] == ["8", "10:00"]

    browser.submit("Continue", opens="at once").submit("Save the changes")

    assert office.fresh(training_session).booking_opens_at is None


def test_fewer_places_than_are_taken_are_refused_beside_the_field(office, cora, training_session):
    browser = at(office, cora, training_session, "places").submit("Continue", capacity="1")

    assert browser.errors == ["2 places are taken: 1 person would have to go to make it 1."]
    assert browser.page.find(id="capacity-error")


def test_more_places_than_its_room_holds_are_refused_beside_the_field(office, cora, training_session):
    browser = at(office, cora, training_session, "places").submit("Continue", capacity="30")

    sentence = "IT training room holds 20 people, so it cannot give 30 places. No room for 30 people is free then."
    assert browser.errors == [sentence]
    assert sentence in browser.page.find(id="capacity-error").get_text()


def test_a_day_without_a_time_is_asked_for(office, cora, training_session):
    typed = {"opens": "on", "opens_on-day": "8", "opens_on-month": "12", "opens_on-year": "2026"}

    browser = at(office, cora, training_session, "places").submit("Continue", **typed)

    assert browser.errors == ["Enter the time booking opens"]


def test_a_window_in_which_nobody_could_book_is_refused_beside_its_day(office, cora, training_session):
    typed = {
        "closes": "on",
        "closes_on-day": "16",
        "closes_on-month": "12",
        "closes_on-year": "2026",
        "closes_at": "9am",
    }

    browser = at(office, cora, training_session, "places").submit("Continue", **typed)

    assert browser.errors == ["Booking must close before the session starts, or when it starts."]
    assert browser.page.find(id="closes_on-error")


def test_other_trainers_are_chosen_and_what_they_are_busy_with_is_seen(office, cora, training_session):
    busy, free = make.trainer("Bea Busy"), make.trainer("Fay Free", address="fay@example.org")
    make.training_session(trainers=[busy], course=make.course("Copyright"))
    office.deliver()  # her own entry
    browser = at(office, cora, training_session, "trainers")
    assert "Bea Busy Busy on Tuesday 15 December 2026, 10am to midday with ‘Copyright’." in browser.main

    browser.submit("Continue", trainers=free.ref)
    assert "Trainers Now Tom Trainer After Fay Free" in browser.main
    browser.submit("Change the trainers")

    assert heard(office) == [
        ("tom@example.org", "You are no longer running"),
        ("fay@example.org", "You are running"),
        ("nia@example.org", "Calendar entry updated"),
        ("sam@example.org", "Calendar entry updated"),
    ]


def test_a_busy_trainer_is_refused_with_what(office, cora, training_session):
    busy = make.trainer("Bea Busy")
    make.training_session(trainers=[busy], course=make.course("Copyright"))

    browser = at(office, cora, training_session, "trainers").submit("Continue", trainers=busy.ref)

    assert browser.errors == ["Bea Busy is busy on Tuesday 15 December 2026, 10am to midday with ‘Copyright’."]


def test_somebody_must_run_it(office, cora, training_session):
    browser = at(office, cora, training_session, "trainers").submit("Continue", trainers=[])

    assert browser.errors == ["Select who runs it"]


def test_whoever_takes_themselves_off_comes_back_to_what_they_teach(office, training_session):
    tom, fay = training_session.trainers[0], make.trainer("Fay Free")

    browser = at(office, tom, training_session, "trainers").submit("Continue", trainers=fay.ref)
    browser.submit("Change the trainers")

    assert (browser.status, browser.answer.headers["Location"]) == (303, "/manage/timetable")


# --- swap and cancel ---


def test_two_sessions_swap_rooms_and_both_are_shown_first(office, cora, training_session, room, seminar):
    other = make.training_session(room=seminar, starts_at=NEXT_DAY, course=make.course("Copyright for the busy"))

    browser = at(office, cora, training_session, "swap").submit("Continue", other=other.ref)
    assert "What changes: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am" in browser.main
    assert "What changes: Copyright for the busy, Wed 16 Dec 2026, 10am" in browser.main
    browser.submit("Swap the rooms").follow()

    assert "The two sessions have swapped rooms. We are emailing" in banner(browser)
    assert (slot_of(training_session).room_id, slot_of(other).room_id) == (seminar.id, room.id)


def test_a_swap_pressed_twice_is_one_swap(office, cora, training_session, seminar):
    other = make.training_session(room=seminar, starts_at=NEXT_DAY)
    browser = at(office, cora, training_session, "swap").submit("Continue", other=other.ref)
    page, address = browser.page, browser.address
    browser.submit("Swap the rooms")

    browser.page, browser.address = page, address
    browser.submit("Swap the rooms")

    assert browser.status == 409
    assert slot_of(training_session).room_id == seminar.id


def test_a_change_of_the_other_session_after_the_check_page_is_seen(office, cora, training_session, seminar):
    other = make.training_session(room=seminar, starts_at=NEXT_DAY)
    browser = at(office, cora, training_session, "swap").submit("Continue", other=other.ref)
    office.do(changes.change_capacity, other.id, 5, by=cora, now=office.now)

    browser.submit("Swap the rooms")

    assert browser.status == 409
    assert "Cora Coordinator changed the number of places from 10 to 5" in browser.main
    browser.submit("Continue", other=other.ref).submit("Swap the rooms")
    assert browser.status == 303


def test_sessions_that_would_not_fit_are_named_with_why(office, cora, training_session):
    make.training_session(room=make.room("Cupboard", capacity=4), capacity=4, course=make.course("Small talk"))

    browser = at(office, cora, training_session, "swap")

    assert "1 session you cannot choose, and why not" in browser.main
    assert "Cupboard holds 4 people, and this session has 10 places." in browser.main
    assert "There is no other session that fits" in browser.main


def test_a_session_online_has_no_room_to_swap(office, cora):
    browser = at(office, cora, make.training_session(), "swap")

    assert browser.status == 409
    assert "so it has no room to swap" in browser.main


def test_a_trainer_swaps_only_with_sessions_of_their_own(office, training_session, seminar):
    theirs = make.training_session(room=seminar, course=make.course("Not mine"))
    browser = at(office, training_session.trainers[0], training_session, "swap")
    assert "Not mine" not in browser.main

    browser.post(browser.address, other=theirs.ref, seen="999999", go="yes", csrf_token=token(browser))

    assert browser.status == 422
    assert slot_of(theirs).room_id == seminar.id


def test_cancelling_says_how_many_lose_their_places(office, cora, training_session):
    browser = at(office, cora, training_session, "cancel")
    assert "2 people lose their places" in browser.main

    browser.submit("Continue", words="The trainer is ill.")
    assert "2 people will get the email ‘Session cancelled: " in browser.main
    assert "The trainer is ill." in browser.page.find("pre").get_text()
    browser.submit("Cancel the session").follow()

    assert "The session has been cancelled. We are emailing 3 people: Nia Nurse, Sam Staff, Tom Trainer." in banner(
        browser
    )
    assert all("The trainer is ill." in letter.text for letter in office.deliver())


def test_cancelling_with_nobody_booked_says_so(office, cora, room):
    browser = at(office, cora, make.training_session(room=room), "cancel")

    assert "Nobody has booked, so nobody loses a place." in browser.main


@pytest.mark.slow
@pytest.mark.parametrize("page", ["move", "room", "link", "places", "trainers", "swap", "cancel"])
@pytest.mark.parametrize("why", ["is over", "has been cancelled"])
def test_what_is_past_change_says_so(office, cora, training_session, page, why):
    if why == "is over":
        office.now = IN_TWO_WEEKS + timedelta(days=1)
    else:
        office.cancel_session(training_session)

    browser = at(office, cora, training_session, page)

    assert browser.status == 409
    assert f"This session {why}, so it cannot be changed any more." in browser.main


# --- lists of any length, names of any kind ---


@pytest.mark.parametrize("page", ["room", "trainers", "swap"])
def test_a_list_takes_as_many_statements_at_three_lines_as_at_one(office, cora, training_session, page):
    counts = []
    browser = at(office, cora, training_session, page)
    for number in range(3):
        theirs = make.room(f"Room {number}", capacity=20)
        starts_at = IN_TWO_WEEKS + timedelta(days=number + 1)
        make.training_session(room=theirs, starts_at=starts_at, trainers=[make.trainer(f"Trainer {number}")])
        with office.statements() as said:
            browser.get(browser.address)
        counts.append(len(said))

    assert len({*counts}) == 1


@pytest.mark.slow
def test_a_banner_names_no_more_people_than_a_cookie_holds(office, cora, room):
    training_session = make.training_session(room=room, capacity=20)
    for number in range(20):
        make.booking(training_session, make.person(f"عبد الرحمن {number} {'الحسيني ' * 12}"))
    office.deliver()

    browser = at(office, cora, training_session, "move").submit("Continue", **on(16))
    browser.submit("Move the session")

    assert max(len(value) for name, value in browser.answer.headers if name == "Set-Cookie") < 4000
    assert "We are emailing 21 people" in banner(browser.follow())


def test_names_and_titles_are_inert_on_the_check_page(office, cora, room):
    course = make.course('<b>Bold</b> & "quoted"')
    training_session = make.training_session(room=room, course=course)
    make.booking(training_session, make.person("<i>Ida</i>", address="ida@example.org"))
    office.deliver()

    browser = at(office, cora, training_session, "move").submit("Continue", **on(16), words="<script>alert(1)</script>")

    assert "<b>Bold</b>" in browser.main
    assert "<i>Ida</i>" in browser.main
    assert not browser.page.main.find(["b", "i", "script"])


def test_no_name_travels_in_the_browsers_cookie_to_the_page_that_says_who_is_told(office):
    tom = make.trainer()
    training_session = make.training_session(trainers=[tom], room=make.room(capacity=20))
    for person in (make.person("Nia Nurse"), make.person("عبد الرحمن بن محمد")):
        make.booking(training_session, person)
    browser = office.browser(make.coordinator()).get(f"/manage/sessions/{training_session.ref}/cancel")

    browser.submit("Continue").submit("Cancel the session")
    with browser.client.session_transaction(base_url=browser.base) as kept:
        carried = str(dict(kept))

    assert browser.status == 303
    assert [name in carried for name in ("Nia", "عبد", "Tom", "@")] == [False] * 4
    assert "We are emailing 3 people: Nia Nurse, عبد الرحمن بن محمد, Tom Trainer." in banner(browser.follow())
    assert "We are emailing" not in browser.get(f"/manage/sessions/{training_session.ref}").main


def test_a_change_that_leaves_only_the_last_few_places_is_checked_and_made_like_any_other(office, cora, seminar):
    soon = make.training_session(room=seminar, capacity=10, starts_at=office.now + timedelta(days=9))
    make.booking(soon)

    browser = at(office, cora, soon, "places").submit("Continue", capacity="3").submit("Save the changes").follow()

    assert "The changes have been saved." in browser.main
