from datetime import date, timedelta
from io import StringIO

import pytest

from app import clock, rooms, timetable
from app.rooms import Description
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ON_THE_DAY = "/manage/rooms/day?on=2026-12-15"


@pytest.fixture
def cora(office):
    return make.coordinator("Cora Coordinator")


@pytest.fixture
def room(office):
    return make.room(capacity=10)


def close(office, room, starts_at=IN_TWO_WEEKS, ends_at=None, *, why="Decorating"):
    ends_at = ends_at or starts_at + DAY
    return office.do(timetable.close_room, room.id, starts_at, ends_at, why=why, by=None, now=office.now)


def filled_day(name, on):
    return {f"{name}-day": str(on.day), f"{name}-month": str(on.month), f"{name}-year": str(on.year)}


def text_of(tag):
    return " ".join(tag.get_text(" ").split())


# --- all rooms ---


def test_before_there_are_rooms_the_page_says_how_to_add_them(office, cora):
    browser = office.browser(cora).get("/manage/rooms")

    assert "There are no rooms yet" in browser.main
    assert browser.page.main.find("a", href="/manage/rooms/new")


def test_rooms_are_listed_by_site_with_what_they_hold_have_and_who_else_to_ask(office, cora):
    room = make.room("IT training room", capacity=12, access="Step-free")
    office.do(setattr, room, "equipment", "10 PCs; projector")
    office.do(setattr, room, "booked_with", "Education Centre, ext 4021")
    make.room("Boardroom", site="Fairfield House")

    browser = office.browser(cora).get("/manage/rooms")

    assert [h2.get_text(strip=True) for h2 in browser.page.main.find_all("h2")] == [
        "Fairfield House",
        "Northgate Hospital",
    ]
    line = text_of(browser.page.main.find("a", string="IT training room").find_parent("tr"))
    for told in ("12", "10 PCs; projector", "Step-free", "Also book it with Education Centre, ext 4021"):
        assert told in line


def test_a_room_that_is_closed_now_or_within_four_weeks_says_so_and_why(office, cora, room):
    close(office, room, NOW, NOW + HOUR, why="Burst pipe")
    close(office, room, NOW + timedelta(weeks=3), why="Decorating")
    close(office, room, NOW + timedelta(weeks=5), why="Inspection")

    shown = office.browser(cora).get("/manage/rooms").main

    assert "Closed now On Tuesday 1 December 2026, 9am to 10am: Burst pipe" in shown
    assert "Closed soon From 9am on Tuesday 22 December 2026 to 9am on Wednesday 23 December 2026: Decorating" in shown
    assert "Inspection" not in shown


def test_retired_rooms_stand_apart(office, cora, room):
    office.do(timetable.retire_room, room.id, by=None, now=NOW)

    main = office.browser(cora).get("/manage/rooms").page.main

    assert main.find("table") is None
    assert "IT training room" in text_of(main.find("h2", string="Retired rooms").find_next("ul"))


def test_a_site_without_rooms_offers_to_add_one_there(office, cora):
    office.do(rooms.add_site, name="Fairfield House", address="", by=None, now=NOW)

    browser = office.browser(cora).get("/manage/rooms")
    browser.get(browser.page.main.find("a", href=lambda address: "new?site=" in address)["href"])

    assert browser.page.find("option", selected=True).get_text() == "Fairfield House"


def test_the_list_is_given_out_in_the_columns_that_are_taken_in(office, cora, room):
    browser = office.browser(cora).get("/manage/rooms")
    browser.click("Download as a spreadsheet")

    assert browser.answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in browser.answer.headers["Content-Disposition"]
    assert StringIO(browser.answer.get_data().decode("utf-8-sig")).readline().strip() == ",".join(rooms.COLUMNS)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_as_often_for_three_rooms_as_for_one(office, cora, count):
    for number in range(count):
        closed_later = make.room(f"Room {number}", site=f"Site {number}")
        close(office, closed_later)

    assert len(statements_of(office, cora, "/manage/rooms")) == 4


# --- adding ---


def test_a_coordinator_adds_a_room_and_its_new_site_on_one_page(office, cora):
    browser = office.browser(cora).get("/manage/rooms/new")

    browser.submit("Add the room", site_name="Glan yr Afon", site_address="River Road", name="Room 1", capacity="8")

    room = rooms.get("glan-yr-afon-room-1")
    assert (room.capacity, room.site.address) == (8, "River Road")
    assert "Room 1, Glan yr Afon has been added." in browser.follow().main


def test_the_only_site_is_chosen_beforehand(office, cora, room):
    browser = office.browser(cora).get("/manage/rooms/new")

    browser.submit("Add the room", name="Seminar room", capacity="24")

    assert rooms.get("northgate-hospital-seminar-room").site_id == room.site_id


def test_a_coordinator_adds_a_room_at_a_site_that_is_there(office, cora, room):
    browser = office.browser(cora).get("/manage/rooms/new")

    browser.submit("Add the room", site=str(room.site_id), name="Seminar room", capacity="24", booked_with="Estates")

    made = rooms.get("northgate-hospital-seminar-room")
    assert (made.site_id, made.booked_with) == (room.site_id, "Estates")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"site": ""}, "Select the site, or name a new one"),
        ({"site": "1", "site_name": "Another"}, "Leave this and the address empty, or select ‘A new site’ above"),
        ({"site": "", "site_name": "Northgate HOSPITAL"}, "There is a site called Northgate HOSPITAL already."),
        (
            {"site": "1", "name": "IT training ROOM"},
            "There is a room called IT training room at Northgate Hospital already.",
        ),
    ],
)
def test_what_is_wrong_with_a_new_room_is_said_beside_it_and_nothing_is_lost(office, cora, room, given, said):
    browser = office.browser(cora).get("/manage/rooms/new")

    browser.submit("Add the room", **{"name": "New room", "capacity": "8", "directions": "Upstairs", **given})

    assert (browser.status, browser.errors) == (422, [said])
    assert text_of(browser.page.find(id="directions")) == "Upstairs"
    assert len(rooms.sites()) == 1


def test_where_there_is_no_site_yet_its_name_is_asked_for(office, cora):
    browser = office.browser(cora).get("/manage/rooms/new")

    browser.submit("Add the room", name="New room", capacity="8")

    assert browser.errors == ["Enter the name of the site"]
    assert browser.page.find(id="site") is None


def test_a_coordinator_adds_a_site_and_corrects_its_address(office, cora):
    browser = office.browser(cora).get("/manage/sites/new")
    browser.submit("Add the site", site_name="Fairfield House", site_address="2 Fairfeld Lane").follow()

    browser.click("Change").submit("Save the site", site_address="2 Fairfield Lane")

    assert "The site has been saved." in browser.follow().main
    assert rooms.sites()[0].address == "2 Fairfield Lane"


# --- editing ---


def test_a_coordinator_changes_what_people_are_told_of_a_room(office, cora, room):
    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}")

    browser.submit("Save the room", access="Two steps; ramp at the side door").follow()

    assert "The room has been saved." in browser.main
    assert "Cora Coordinator changed the words on access" in browser.main
    assert office.fresh(room).access == "Two steps; ramp at the side door"


def test_a_room_that_is_to_be_smaller_than_its_sessions_names_them_with_links(office, cora, room):
    training_session = make.training_session(room=room, capacity=10)
    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}")

    browser.submit("Save the room", capacity="8", access="Changed")

    assert browser.status == 409
    [said] = browser.errors
    assert said.startswith("IT training room cannot hold 8: 1 session has more places.")
    assert browser.page.main.find("a", href=f"/manage/sessions/{training_session.ref}/places")
    assert "10 places" in browser.main
    assert browser.page.find(id="capacity")["value"] == "8"
    assert office.fresh(room).access == "Step-free"


def test_whoever_saves_a_room_second_is_told_and_loses_nothing(office, cora, room):
    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}")
    office.browser(make.coordinator("Olu Other")).get(f"/manage/rooms/{room.slug}").submit(
        "Save the room", name="New name"
    )

    browser.submit("Save the room", directions="Second floor")

    assert browser.status == 409
    assert "Olu Other changed the name" in browser.main
    assert text_of(browser.page.find(id="directions")) == "Second floor"
    browser.submit("Save the room")
    assert (browser.status, office.fresh(room).directions) == (303, "Second floor")


def test_whoever_saves_a_site_second_is_told_too(office, cora, room):
    address = f"/manage/sites/{room.site_id}"
    browser = office.browser(cora).get(address)
    office.browser(make.coordinator("Olu Other")).get(address).submit("Save the site", site_address="North Street")

    browser.submit("Save the site", site_address="South Street")

    assert (browser.status, "Olu Other changed the address" in browser.main) == (409, True)


def test_at_most_twenty_dates_are_listed_on_the_page_of_a_room(office, cora, room):
    for number in range(22):
        make.training_session(room=room, starts_at=IN_TWO_WEEKS + number * DAY)

    shown = office.browser(cora).get(f"/manage/rooms/{room.slug}").main

    assert "And 2 more dates." in shown


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_room_asks_the_database_as_often_whatever_is_in_it(office, cora, room, count):
    for number in range(count):
        make.training_session(room=room, starts_at=IN_TWO_WEEKS + number * DAY)
        close(office, room, IN_TWO_WEEKS + (number + 10) * DAY)

    assert len(statements_of(office, cora, f"/manage/rooms/{room.slug}")) == 7


@pytest.mark.parametrize("end", ["", "/close", "/retire"])
def test_a_room_that_is_not_there_is_no_page(office, cora, end):
    assert office.browser(cora).get(f"/manage/rooms/nowhere{end}").status == 404


@pytest.mark.parametrize("number", ["0", "99", "2147483648", "x"])
def test_a_site_that_is_not_there_is_no_page(office, cora, number):
    assert office.browser(cora).get(f"/manage/sites/{number}").status == 404


# --- closing ---


def closing(office, person, room, **given):
    return (
        office.browser(person)
        .get(f"/manage/rooms/{room.slug}/close")
        .submit("Close the room", **{"why": "Decorating", **given})
    )


def spans(office, room):
    return [(each.starts_at, each.ends_at) for each in timetable.closures(now=office.now).get(room.id, [])]


def test_a_day_without_times_is_the_whole_day(office, cora, room):
    browser = closing(office, cora, room, **filled_day("from_on", date(2026, 12, 15)))

    assert spans(office, room) == [(clock.midnight(date(2026, 12, 15)), clock.midnight(date(2026, 12, 16)))]
    assert "The room is closed all day on Tuesday 15 December 2026. Nobody has been told." in browser.follow().main


def test_several_days_without_times_are_whole_days(office, cora, room):
    closing(
        office, cora, room, **filled_day("from_on", date(2026, 12, 15)), **filled_day("until_on", date(2026, 12, 17))
    )

    assert spans(office, room) == [(clock.midnight(date(2026, 12, 15)), clock.midnight(date(2026, 12, 18)))]


def test_times_are_the_wall_clocks_also_in_summer(office, cora, room):
    day = filled_day("from_on", date(2027, 7, 1))

    closing(office, cora, room, from_time="9am", until_time="1pm", **day)

    at_eight = clock.midnight(date(2027, 7, 1)) + 9 * HOUR
    assert spans(office, room) == [(at_eight, at_eight + 4 * HOUR)]


def test_a_room_that_is_closed_today_is_closed_from_now_on(office, cora, room):
    closing(office, cora, room, **filled_day("from_on", date(2026, 12, 1)))

    assert spans(office, room) == [(NOW, clock.midnight(date(2026, 12, 2)))]


def test_a_time_that_the_clocks_skip_is_refused_and_one_that_comes_twice_is_asked_about(office, cora, room):
    skipped = closing(office, cora, room, from_time="01:30", **filled_day("from_on", date(2027, 3, 28)))
    twice = closing(office, cora, room, from_time="01:30", **filled_day("from_on", date(2027, 10, 31)))

    assert skipped.errors == ["1:30am does not exist on Sunday 28 March 2027: the clocks go forward over it"]
    assert "it comes twice on Sunday 31 October 2027" in twice.errors[0]
    twice.submit("Close the room", from_time_which="second")
    assert [begins for begins, _ in spans(office, room)] == [clock.midnight(date(2027, 10, 31)) + 2.5 * HOUR]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (filled_day("from_on", date(2026, 11, 30)), "The first day must be today or later"),
        (
            filled_day("from_on", date(2026, 12, 3)) | filled_day("until_on", date(2026, 12, 2)),
            "The last day must not be before the first",
        ),
        (filled_day("from_on", date(2060, 1, 1)), "Choose a day within the next five years"),
        (
            filled_day("from_on", date(2026, 12, 3)) | {"from_time": "2pm", "until_time": "1pm"},
            "The end of the closure must come after its beginning",
        ),
        (
            filled_day("from_on", date(2026, 12, 1)) | {"from_time": "8am"},
            "The beginning of the closure must be still to come",
        ),
    ],
)
def test_a_closure_at_an_impossible_time_is_sent_back(office, cora, room, given, said):
    browser = closing(office, cora, room, **given)

    assert (browser.status, browser.errors, spans(office, room)) == (422, [said], [])


def test_sessions_in_the_way_of_a_closure_are_listed_with_links_that_move_them(office, cora, room):
    refs = [make.training_session(room=room, starts_at=IN_TWO_WEEKS + number * 3 * HOUR).ref for number in range(2)]

    browser = closing(office, cora, room, **filled_day("from_on", date(2026, 12, 15)))

    assert browser.status == 409
    needed = "IT training room is needed then for 2 sessions."
    assert browser.errors == [f"{needed} Find another room or time first, or close this room at another time."]
    ways = [f"/manage/sessions/{ref}/{way}" for ref in refs for way in ("room", "move")]
    assert all(browser.page.main.find("a", href=way) for way in ways)
    assert browser.page.find(id="why")["value"] == "Decorating"


def test_a_closure_over_another_says_which(office, cora, room):
    close(office, room)

    browser = closing(office, cora, room, **filled_day("from_on", date(2026, 12, 15)))

    assert browser.status == 409
    assert "closed from 10am on Tuesday 15 December 2026 to 10am on Wednesday 16 December 2026" in browser.errors[0]


def test_a_closure_is_taken_back_by_its_button(office, cora, room):
    close(office, room)
    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}")

    browser.submit("Cancel this closure").follow()

    assert "The room is no longer closed from 10am on Tuesday 15 December 2026" in browser.main
    assert spans(office, room) == []


def test_a_room_is_reopened_early_by_its_button(office, cora, room):
    close(office, room, NOW, NOW + DAY)
    office.now += HOUR
    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}")

    browser.submit("Reopen the room now")

    assert spans(office, room) == []


def test_a_button_on_a_page_that_is_out_of_date_says_that_the_room_is_open(office, cora, room):
    closure = close(office, room)
    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}")
    office.do(timetable.reopen_room, room.id, closure.id, by=None, now=NOW)

    browser.submit("Cancel this closure")

    assert (browser.status, "The room is open again already." in browser.main) == (409, True)


# --- retiring ---


def test_a_room_is_retired_and_brought_back(office, cora, room):
    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}").click("Retire this room")

    browser.submit("Retire the room", why="It is an office now").follow()
    assert (office.fresh(room).is_retired, "This room has been retired." in browser.main) == (True, True)

    browser.submit("Bring the room back into use").follow()
    assert (office.fresh(room).is_retired, "The room is in use again." in browser.main) == (False, True)


def test_a_room_with_coming_sessions_lists_them_instead_of_the_button(office, cora, room):
    training_session = make.training_session(room=room)

    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}/retire")

    assert browser.page.main.find("a", href=f"/manage/sessions/{training_session.ref}/room")
    assert not any("Retire" in button.get_text() for button in browser.page.main.find_all("button"))


def test_a_session_that_came_meanwhile_stops_the_retiring(office, cora, room):
    browser = office.browser(cora).get(f"/manage/rooms/{room.slug}/retire")
    make.training_session(room=room)

    browser.submit("Retire the room")

    assert (browser.status, office.fresh(room).is_retired) == (409, False)
    assert "cannot be retired while coming sessions are in it" in browser.main


# --- a day ---


def cells(browser, number=0):
    """The cells of a room's line, as (words, columns)."""
    line = browser.page.main.find("tbody").find_all("tr")[number]
    return [(text_of(cell), int(cell["colspan"])) for cell in line.find_all("td")]


def hours(browser):
    return [text_of(cell) for cell in browser.page.main.find("thead").find_all("th")[1:]]


def test_a_day_shows_what_is_in_a_room_and_when_it_is_free(office, cora, room):
    make.training_session(course=make.course("Copyright"), room=room)

    browser = office.browser(cora).get(ON_THE_DAY)

    assert browser.heading == "Rooms on Tuesday 15 December 2026"
    assert hours(browser) == ["8am", "9am", "10am", "11am", "midday", "1pm", "2pm", "3pm", "4pm", "5pm"]
    assert cells(browser) == [("Free until 10am", 24), ("10am to midday Copyright", 24), ("Free from midday", 72)]


def test_a_room_with_nothing_in_it_is_free_all_day(office, cora, room):
    assert cells(office.browser(cora).get(ON_THE_DAY)) == [("Free all day", 120)]


def test_sessions_back_to_back_leave_no_gap_and_short_gaps_are_said_too(office, cora, room):
    for title, minutes in (("One", 0), ("Two", 125), ("Three", 260)):
        starts_at = IN_TWO_WEEKS + timedelta(minutes=minutes)
        make.training_session(course=make.course(title), slots=[make.slot(starts_at, room=room, minutes=125)])

    assert cells(office.browser(cora).get(ON_THE_DAY)) == [
        ("Free until 10am", 24),
        ("10am to 12:05pm One", 25),
        ("12:05pm to 2:10pm Two", 25),
        ("Free 2:10pm to 2:20pm", 2),
        ("2:20pm to 4:25pm Three", 25),
        ("Free from 4:25pm", 19),
    ]


def test_the_grid_grows_for_what_begins_early_and_ends_late(office, cora, room):
    make.training_session(room=room, starts_at=IN_TWO_WEEKS - 4 * HOUR)
    make.training_session(room=room, starts_at=IN_TWO_WEEKS + 8.5 * HOUR)

    browser = office.browser(cora).get(ON_THE_DAY)

    assert (hours(browser)[0], hours(browser)[-1], len(hours(browser))) == ("6am", "8pm", 15)
    assert sum(columns for _, columns in cells(browser)) == 15 * 12


def test_a_room_that_is_closed_all_day_does_not_make_the_grid_grow(office, cora, room):
    close(office, room, clock.midnight(date(2026, 12, 15)), clock.midnight(date(2026, 12, 17)))

    browser = office.browser(cora).get(ON_THE_DAY)

    assert (len(hours(browser)), cells(browser)) == (10, [("Closed all day Decorating", 120)])


def test_a_closure_for_part_of_a_day_says_until_when(office, cora, room):
    close(office, room, clock.midnight(date(2026, 12, 14)), IN_TWO_WEEKS)

    shown = cells(office.browser(cora).get(ON_THE_DAY))

    assert shown == [("Closed until 10am Decorating", 24), ("Free from 10am", 96)]


def test_a_closure_in_the_evening_is_shown_though_the_day_has_ended(office, cora, room):
    close(office, room, IN_TWO_WEEKS + 9 * HOUR, clock.midnight(date(2026, 12, 16)))

    assert cells(office.browser(cora).get(ON_THE_DAY))[-1] == ("Closed 7pm to midnight Decorating", 60)


@pytest.mark.parametrize(("on", "count"), [("2027-03-28", 23), ("2027-10-31", 25)])
def test_the_grid_holds_on_the_days_when_the_clocks_change(office, cora, room, on, count):
    midnight = clock.midnight(date.fromisoformat(on))
    make.training_session(slots=[make.slot(midnight + timedelta(minutes=5), room=room, minutes=60 * 20)])
    make.training_session(slots=[make.slot(midnight + count * HOUR - HOUR, room=room, minutes=55)])

    browser = office.browser(cora).get(f"/manage/rooms/day?on={on}")

    assert len(hours(browser)) == count
    assert sum(columns for _, columns in cells(browser)) == count * 12


def test_trainers_open_their_own_sessions_from_the_day_and_only_read_the_others(office):
    tom = make.trainer()
    mine = make.training_session(room=make.room("A"), trainers=[tom])
    owned = make.training_session(room=make.room("B"), course=make.course(owner=tom))
    make.training_session(course=make.course("Copyright"), room=make.room("C"))

    browser = office.browser(tom).get(ON_THE_DAY)

    links = {a["href"] for a in browser.page.main.find("tbody").find_all("a")}
    assert links == {f"/manage/sessions/{each.ref}" for each in (mine, owned)}
    assert "10am to midday Copyright" in browser.main


def test_a_cancelled_session_leaves_its_room_free(office, cora, room):
    office.cancel_session(make.training_session(room=room))

    assert cells(office.browser(cora).get(ON_THE_DAY)) == [("Free all day", 120)]


def test_a_draft_is_marked_as_one(office, cora, room):
    office.do(setattr, make.training_session(room=room), "state", "draft")

    assert cells(office.browser(cora).get(ON_THE_DAY))[1][0].endswith("Draft")


def test_a_retired_room_is_shown_only_on_days_when_something_was_in_it(office, cora, room):
    make.training_session(room=room)
    office.now = IN_TWO_WEEKS + DAY
    office.do(timetable.retire_room, room.id, by=None, now=office.now)
    browser = office.browser(cora)

    shown = ["IT training room" in browser.get(f"/manage/rooms/day?on=2026-12-{day}").main for day in (15, 16)]

    assert shown == [True, False]


def test_another_day_and_a_site_are_asked_for_and_stay_asked_for(office, cora, room):
    make.room("Boardroom", site="Fairfield House")
    browser = office.browser(cora).get("/manage/rooms/day")

    browser.submit("Show that day", site=str(room.site_id), **filled_day("day", date(2026, 12, 15))).follow()

    assert browser.heading == "Rooms on Tuesday 15 December 2026"
    assert len(browser.page.main.find("tbody").find_all("tr")) == 1
    browser.click("Next")
    assert browser.heading == "Rooms on Wednesday 16 December 2026"
    assert len(browser.page.main.find("tbody").find_all("tr")) == 1
    assert browser.click("Today").heading == "Rooms on Tuesday 1 December 2026"


@pytest.mark.parametrize("query", ["on=x", "on=0001-01-01", "on=9999-12-31", "on=2199-12-31", "site=99", "day-day=32"])
def test_an_address_of_a_day_that_somebody_changed_by_hand_still_gives_a_page(office, cora, room, query):
    browser = office.browser(cora)

    assert browser.get(f"/manage/rooms/day?{query}").heading.startswith("Rooms on")
    assert browser.get(f"/manage/rooms/day.csv?{query}").status == 200


def test_before_there_are_rooms_the_day_says_so(office, cora):
    assert (
        "There are no rooms to show yet. A coordinator can add them."
        in office.browser(make.trainer()).get(ON_THE_DAY).main
    )
    assert "Add a room" in office.browser(cora).get(ON_THE_DAY).main


def test_a_day_is_given_out_as_a_spreadsheet(office, cora, room):
    make.training_session(course=make.course("Copyright"), room=room)
    close(office, room, IN_TWO_WEEKS + 3 * HOUR, IN_TWO_WEEKS + 4 * HOUR)
    browser = office.browser(cora).get(ON_THE_DAY)

    browser.click("Download as a spreadsheet")

    assert browser.answer.get_data().decode("utf-8-sig").splitlines() == [
        "site,room,from,to,what",
        "Northgate Hospital,IT training room,2026-12-15 10:00,2026-12-15 12:00,Copyright",
        "Northgate Hospital,IT training room,2026-12-15 13:00,2026-12-15 14:00,Closed: Decorating",
    ]


@pytest.mark.parametrize("who", [make.trainer, make.coordinator])
@pytest.mark.parametrize("count", [1, 3])
def test_the_day_asks_the_database_as_often_for_many_rooms_and_sessions(office, who, count):
    person = who("Wanda Watcher")
    for number in range(count):
        make.training_session(room=make.room(f"Room {number}"))
        make.training_session(room=make.room(f"Room {number}, upstairs"), starts_at=IN_TWO_WEEKS + 4 * HOUR)

    assert len(statements_of(office, person, ON_THE_DAY)) == 4


def test_hostile_words_are_only_words(office, cora):
    words = "<b>\"Bold\" & 'co'</b>"
    site = office.do(rooms.add_site, name=words, address=words, by=None, now=NOW)
    told = dict.fromkeys(("equipment", "access", "directions", "booked_with"), words)
    room = office.do(rooms.add, site, Description(words, 8, **told), by=None, now=NOW)
    close(office, room, why=words)
    browser = office.browser(cora)

    addresses = ["", f"/{room.slug}", f"/{room.slug}/close", f"/{room.slug}/retire", "/day?on=2026-12-15"]
    pages = [browser.get(f"/manage/rooms{address}").page for address in addresses]

    assert [page.main.find("b") for page in pages] == [None] * len(addresses)
    assert all(words in text_of(page) for page in pages)


def statements_of(office, person, address):
    browser = office.browser(person)
    with office.statements() as said:
        assert browser.get(address).status == 200
    return said
