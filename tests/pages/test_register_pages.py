import csv
from datetime import timedelta
from io import StringIO

import pytest

from app import attendance
from tests import make
from tests.pages.scene import rows, token


@pytest.fixture
def trainer(office):
    return make.trainer()


@pytest.fixture
def today(office, trainer):
    """A session that begins in an hour, in a room of ten, with two people."""
    training_session = make.training_session(
        trainers=[trainer], starts_at=office.now + timedelta(hours=1), room=make.room()
    )
    make.booking(training_session, make.person("Nia Nurse"), access_needs="A hearing loop")
    make.booking(training_session, make.person("Olu Other", team="Pharmacy"))
    return training_session


def opened(office, person, training_session, query=""):
    return office.browser(person).get(f"/manage/sessions/{training_session.ref}/register{query}")


def marks(office, training_session):
    office.forget()
    return {line.name: line.mark for line in attendance.register_of(office.fresh(training_session))}


def field(browser, name):
    """What the field of somebody's line is called."""
    legend = next(tag for tag in browser.page.find_all("legend") if name in tag.get_text())
    return legend.find_parent("fieldset").find("input")["name"]


def chosen(browser):
    return [tag["value"] for tag in browser.page.select("fieldset input[checked]")]


def test_a_trainer_ticks_people_and_saves_with_one_press(office, trainer, today):
    browser = opened(office, trainer, today)

    browser.submit("Save the register", **{field(browser, "Nia"): "attended", field(browser, "Olu"): "absent"})

    assert browser.status == 303
    assert "2 marks saved." in browser.follow().main
    assert "2 people booked: 1 attended, 1 did not attend." in browser.main
    assert chosen(browser) == ["attended", "absent"]
    assert marks(office, today) == {"Nia Nurse": "attended", "Olu Other": "absent"}


def test_who_marked_somebody_and_when_stands_beside_the_name(office, trainer, today):
    browser = opened(office, trainer, today)

    browser.submit("Save the register", **{field(browser, "Nia"): "part"}).follow()

    assert "Nia Nurse Ward 7 Marked by Tom Trainer , Tue 1 Dec 2026, 9am" in browser.main


def test_everybody_who_has_no_mark_attended_at_one_press(office, trainer, today):
    browser = opened(office, trainer, today)

    browser.submit("Mark everybody who has no mark as attended", **{field(browser, "Olu"): "apologies"})

    assert marks(office, today) == {"Nia Nurse": "attended", "Olu Other": "apologies"}


def test_somebody_who_has_told_us_meanwhile_is_not_marked_as_attended(office, trainer, today):
    browser, cora = opened(office, trainer, today), make.coordinator()
    other = opened(office, cora, today)
    other.submit("Save the register", **{field(other, "Olu"): "apologies"})

    browser.submit("Mark everybody who has no mark as attended")

    assert marks(office, today) == {"Nia Nurse": "attended", "Olu Other": "apologies"}


def test_two_people_who_mark_at_once_do_not_wipe_out_each_others_marks(office, trainer, today):
    one, other = opened(office, trainer, today), opened(office, make.coordinator(), today)
    one.submit("Save the register", **{field(one, "Nia"): "attended"})

    other.submit("Save the register", **{field(other, "Olu"): "absent"})

    assert marks(office, today) == {"Nia Nurse": "attended", "Olu Other": "absent"}


def test_of_two_who_change_one_line_the_last_counts(office, trainer, today):
    one, other = opened(office, trainer, today), opened(office, make.coordinator(), today)
    one.submit("Save the register", **{field(one, "Nia"): "attended"})

    other.submit("Save the register", **{field(other, "Nia"): "part"})

    assert marks(office, today)["Nia Nurse"] == "part"


def test_a_mark_can_be_taken_away(office, trainer, today):
    browser = opened(office, trainer, today)
    browser.submit("Save the register", **{field(browser, "Nia"): "attended"}).follow()

    browser.submit("Save the register", **{field(browser, "Nia"): "none"})

    assert marks(office, today) == {"Nia Nurse": "", "Olu Other": ""}


def test_pressing_save_without_a_change_says_so_and_writes_nothing(office, trainer, today):
    browser = opened(office, trainer, today)
    before = rows()

    browser.submit("Save the register").follow()

    assert "There was nothing to save" in browser.main
    assert rows() == before


@pytest.mark.parametrize("wrong", ["came", "", "<script>", "x" * 9000, "\x00", "-1"])
def test_a_mark_that_there_is_not_is_refused_beside_its_line_and_the_others_are_kept(office, trainer, today, wrong):
    browser = opened(office, trainer, today)
    before, nia, olu = rows(), field(browser, "Nia"), field(browser, "Olu")

    browser.submit("Save the register", **{nia: wrong or "none of these", olu: "part"})

    assert (browser.status, browser.errors) == (422, ["Select a mark for Nia Nurse from the list"])
    assert chosen(browser) == ["part"]
    assert rows() == before


def test_whoever_walks_in_is_added_and_taken_off_by_name(office, trainer, today):
    browser = opened(office, trainer, today)

    browser.submit("Add this person", walk_in="Wanda Walker").follow()
    assert "1 person has been added." in browser.main
    assert "1 person walked in." in browser.main

    browser.submit("Take off").follow()
    assert "1 person has been taken off." in browser.main
    assert list(marks(office, today)) == ["Nia Nurse", "Olu Other"]


def test_marks_that_were_chosen_are_saved_with_whoever_is_added(office, trainer, today):
    browser = opened(office, trainer, today)

    browser.submit("Add this person", walk_in="Wanda", **{field(browser, "Nia"): "attended"})

    assert marks(office, today) == {"Nia Nurse": "attended", "Olu Other": "", "Wanda": "attended"}


def test_enter_in_the_form_takes_nobody_off(office, trainer, today):
    browser = opened(office, trainer, today).submit("Add this person", walk_in="Wanda").follow()

    first = next(button for button in browser.page.main.find("form").find_all("button"))

    assert first["name"] == "add"


def test_adding_nobody_asks_for_a_name(office, trainer, today):
    browser = opened(office, trainer, today)

    browser.submit("Add this person")

    assert (browser.status, browser.errors) == (422, ["Enter the name of whoever came without booking"])


def test_when_the_room_is_full_nothing_is_saved_and_nothing_chosen_is_lost(office, trainer):
    full = make.training_session(
        trainers=[trainer],
        capacity=1,
        starts_at=office.now + timedelta(hours=1),
        room=make.room("Small room", capacity=1),
    )
    make.booking(full, make.person("Nia Nurse"))
    browser = opened(office, trainer, full)

    browser.submit("Add this person", walk_in="Wanda Walker", **{field(browser, "Nia"): "part"})

    assert browser.status == 409
    assert "Small room holds 1, and it is full" in browser.errors[0]
    assert browser.errors[0].endswith("Nothing has been saved yet")
    assert browser.page.find(id="walk_in")["value"] == "Wanda Walker"
    assert chosen(browser) == ["part"]
    assert marks(office, full) == {"Nia Nurse": ""}


def test_somebody_on_the_register_already_is_not_added_again(office, trainer, today):
    browser = opened(office, trainer, today)

    browser.submit("Add this person", walk_in="nia nurse")

    assert browser.status == 422
    assert "nia nurse is on the register already" in browser.errors[0]


@pytest.mark.slow
@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 5000, "１２"])
def test_a_button_that_is_not_ours_takes_nobody_off(office, trainer, today, number):
    browser = opened(office, trainer, today).submit("Add this person", walk_in="Wanda").follow()

    browser.post(browser.address, csrf_token=token(browser), remove=number)

    assert browser.status == 303
    assert "Wanda" in marks(office, today)


def test_before_the_day_the_register_lists_who_is_booked_and_can_be_printed(office, trainer):
    training_session = make.training_session(trainers=[trainer])
    make.booking(training_session, make.person("Nia Nurse"))

    browser = opened(office, trainer, training_session)

    assert "You can mark people from Tuesday 15 December 2026." in browser.main
    assert "Nia Nurse" in browser.main
    assert browser.page.main.find("form") is None
    assert browser.click("Print for signing").status == 200


def test_before_the_day_nobody_is_marked(office, trainer):
    training_session = make.training_session(trainers=[trainer])
    nia = make.booking(training_session)
    browser = opened(office, trainer, training_session)

    browser.post(browser.address, csrf_token=token(browser), **{f"mark-{nia.id}": "attended"})

    assert browser.status == 409
    assert "can be marked from Tuesday 15 December 2026" in browser.main


def test_a_session_that_nobody_has_booked_says_so(office, trainer):
    browser = opened(
        office, trainer, make.training_session(trainers=[trainer], starts_at=office.now + timedelta(hours=1))
    )

    assert "Nobody has booked." in browser.main
    assert browser.page.main.find(id="walk_in")


@pytest.mark.parametrize("end", ["", "?copy=signing", "?copy=trainer", ".csv"])
def test_a_cancelled_session_has_no_register(office, trainer, today, end):
    office.cancel_session(today)

    browser = opened(office, trainer, today, end)

    assert browser.status == 404
    assert "has been cancelled, so it has no register" in browser.main


@pytest.mark.parametrize("end", ["", "?copy=signing", "?copy=trainer", ".csv"])
def test_another_trainer_sees_nothing_of_it(office, today, end):
    browser = opened(office, make.trainer("Olga Outside"), today, end)

    assert browser.status == 403
    assert "Nia" not in browser.text


def lines_on_paper(browser):
    """The cells of each line of the sheet."""
    return [[cell.get_text(strip=True) for cell in row.find_all(["th", "td"])] for row in browser.page.select("tr")]


def test_the_sheet_to_sign_has_names_in_the_same_order_and_lines_for_walk_ins_but_nothing_that_would_help(
    office, trainer, today
):
    browser = opened(office, trainer, today, "?copy=signing")

    assert lines_on_paper(browser) == [
        ["Number", "Name", "Signature"],
        ["1", "Nia Nurse", ""],
        ["2", "Olu Other", ""],
        *[["", "", ""]] * 3,
    ]
    assert "hearing loop" not in browser.text
    assert "Tuesday 1 December 2026, 10am to midday, IT training room, Northgate Hospital" in browser.main
    assert "Trainer: Tom Trainer" in browser.main


def test_the_trainers_copy_says_what_would_help(office, trainer, today):
    browser = opened(office, trainer, today, "?copy=trainer")

    assert lines_on_paper(browser)[:3] == [
        ["Number", "Name", "What would help", "Came"],
        ["1", "Nia Nurse", "A hearing loop", ""],
        ["2", "Olu Other", "", ""],
    ]


def test_whoever_sent_apologies_is_so_on_the_trainers_copy_and_nobody_elses(office, trainer, today):
    browser = opened(office, trainer, today)
    browser.submit("Save the register", **{field(browser, "Olu"): "apologies"})

    assert lines_on_paper(opened(office, trainer, today, "?copy=trainer"))[2] == ["2", "Olu Other", "", "Apologies"]
    assert lines_on_paper(opened(office, trainer, today, "?copy=signing"))[2] == ["2", "Olu Other", ""]


def test_a_session_of_two_parts_is_signed_for_each(office, trainer):
    slots = [make.slot(make.IN_TWO_WEEKS + timedelta(days=day), joining_link="https://x.example") for day in (0, 7)]

    browser = opened(office, trainer, make.training_session(trainers=[trainer], slots=slots), "?copy=signing")

    assert lines_on_paper(browser)[0] == ["Number", "Name", "Signature, part 1", "Signature, part 2"]


def test_the_courses_owner_marks_people_but_gets_no_trainers_copy(office, today):
    owner = make.trainer("Olga Owner")
    office.do(setattr, today.course, "owner_id", owner.id)

    browser = opened(office, owner, today)

    assert browser.status == 200
    assert "hearing loop" not in browser.text
    assert "trainer’s copy" not in browser.main
    assert browser.get(f"{browser.address}?copy=trainer").status == 403


def test_the_register_as_a_spreadsheet(office, trainer, today):
    browser = opened(office, trainer, today)
    browser.submit("Add this person", walk_in="=1+1", **{field(browser, "Nia"): "absent"}).follow()

    answer = browser.click("Download as a spreadsheet").answer

    assert answer.headers["Content-Disposition"] == f'attachment; filename="register-{today.ref}.csv"'
    assert list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig")))) == [
        ["Name", "Team", "Came with", "Mark", "Marked at", "Marked by"],
        ["Nia Nurse", "Ward 7", "A booking", "did not attend", "2026-12-01 09:00", "Tom Trainer"],
        ["Olu Other", "Pharmacy", "A booking", "", "", ""],
        ["'=1+1", "", "No booking", "attended", "2026-12-01 09:00", "Tom Trainer"],
    ]


@pytest.mark.parametrize("count", [1, 40])
@pytest.mark.parametrize(("query", "most"), [("", 4), ("?copy=trainer", 5), (".csv", 4)])
def test_forty_people_cost_the_database_no_more_than_one(office, trainer, count, query, most):
    training_session = make.training_session(
        trainers=[trainer], capacity=count, starts_at=office.now + timedelta(hours=1)
    )
    make.crowd(training_session, count)
    browser = office.browser(trainer)

    with office.statements() as said:
        browser.get(f"/manage/sessions/{training_session.ref}/register{query}")

    assert browser.status == 200
    assert len(said) <= most, "\n".join(said)


# --- apologies: what the person does, and what they see ---


@pytest.fixture
def booking(office):
    return make.booking(make.training_session(), make.person("Nia Nurse"))


def test_once_the_session_has_started_the_booking_offers_to_send_apologies(office, booking):
    office.now = booking.training_session.starts_at
    nia = office.browser(booking.person).get(f"/bookings/{booking.ref}")

    nia.click("Send apologies")
    assert nia.heading == "This session has started"
    nia.submit("Send apologies")

    assert nia.heading == "You have sent your apologies"
    assert marks(office, booking.training_session) == {"Nia Nurse": "apologies"}
    assert "You have sent your apologies" in nia.get(f"/bookings/{booking.ref}").main
    assert "Send apologies" not in nia.main


def test_before_the_start_there_are_no_apologies_to_send(office, booking):
    nia = office.browser(booking.person).get(f"/bookings/{booking.ref}")

    assert "Send apologies" not in nia.main
    assert "Send apologies" not in nia.get(f"/bookings/{booking.ref}/cancel").main


@pytest.mark.parametrize(
    ("mark", "said"),
    [("attended", "attended"), ("part", "attended part of it"), ("absent", "did not attend")],
)
def test_after_the_session_people_see_how_they_were_marked(office, booking, mark, said):
    nia, training_session, address = booking.person, booking.training_session, f"/bookings/{booking.ref}"
    office.now = training_session.starts_at
    office.do(attendance.mark, training_session.id, {booking.id: mark}, by=make.coordinator(), now=office.now)
    during = office.browser(nia).get(address).main
    office.now = training_session.ends_at

    after = office.browser(nia).get(address).main

    assert "We have you down as" not in during
    assert f"We have you down as: {said}. If that is not right, ask us." in after


def test_whoever_was_not_marked_reads_nothing_of_a_register(office, booking):
    office.now = booking.training_session.ends_at + timedelta(days=3)

    shown = office.browser(booking.person).get(f"/bookings/{booking.ref}").main

    assert ("register" in shown, "apologies" in shown, "down as" in shown) == (False, False, False)
