from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app import timetable
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.pages.scene import rows, token

TEN = {"day_1-day": "15", "day_1-month": "12", "day_1-year": "2026", "start_1": "10am"}
LINK = "https://meet.example.org/secret"


@pytest.fixture
def owner(office):
    return make.trainer("Olga Owner")


@pytest.fixture
def course(office, owner):
    return make.course("Copyright for the busy", slug="copyright", owner=owner, minimum=3)


def scheduling(office, person, query="", course="copyright"):
    return office.browser(person).get(f"/manage/courses/{course}/schedule{query}")


def to_rooms(browser, **fields):
    browser.submit("Choose a room", **{**TEN, **fields})
    return browser.follow() if browser.status == 303 else browser


def to_details(browser, **fields):
    browser.submit("Choose trainers and places", **fields)
    return browser.follow() if browser.status == 303 else browser


def saved(browser, button="Put it on the timetable"):
    browser.submit(button)
    assert browser.status == 303, browser.errors
    return timetable.get(browser.answer.headers["Location"].rpartition("/")[2])


# --- the whole way ---


def test_a_trainer_puts_a_session_on_the_timetable_in_four_pages(office, owner, course):
    room = make.room()
    browser = to_details(to_rooms(scheduling(office, owner)))

    browser.submit("Check the session")
    training_session = saved(browser)

    assert (training_session.starts_at, training_session.ends_at) == (IN_TWO_WEEKS, IN_TWO_WEEKS + timedelta(hours=2))
    assert [slot.room.id for slot in training_session.slots] == [room.id]
    assert [person.name for person in training_session.trainers] == ["Olga Owner"]
    assert (training_session.capacity, training_session.minimum, training_session.state) == (10, 3, "scheduled")
    assert (training_session.booking_opens_at, training_session.booking_closes_at) == (None, None)
    assert "It is on the timetable. People can book now." in browser.follow().main


def test_nothing_is_stored_before_the_last_button(office, owner, course):
    make.room()
    before = rows(apart_from=("signed_in",))

    browser = to_details(to_rooms(scheduling(office, owner))).submit("Check the session")

    assert browser.heading == "Check the session"
    assert rows(apart_from=("signed_in",)) == before


def test_the_check_page_says_everything(office, owner, course):
    room = make.room()
    office.do(setattr, room, "booked_with", "Education Centre, ext 4021")
    browser = to_details(to_rooms(scheduling(office, owner)))

    browser.submit("Check the session", joining_link=LINK, capacity="8", minimum="0")

    for said in (
        "Tuesday 15 December 2026, 10am to midday",
        "IT training room, Northgate Hospital",
        "Education Centre, ext 4021",
        LINK,
        "Olga Owner",
        "Places 8",
        "It runs for anybody who comes",
        "As soon as it is on the timetable",
        "When the session starts",
    ):
        assert said in browser.main


def test_going_back_from_the_check_page_keeps_everything_typed(office, owner, course):
    make.room()
    browser = to_details(to_rooms(scheduling(office, owner)))
    browser.submit("Check the session", joining_link=LINK, capacity="8", minimum="2", keep="draft")

    browser.submit("Change trainers, places or booking")

    shown = {name: browser.page.find(id=name)["value"] for name in ("joining_link", "capacity", "minimum")}
    assert shown == {"joining_link": LINK, "capacity": "8", "minimum": "2"}
    assert [box["value"] for box in browser.page.select("input[name=keep][checked]")] == ["draft"]


def test_changing_the_room_from_the_check_page_keeps_trainers_places_and_window(office, owner, course):
    make.room()
    suite = make.room("Suite", capacity=16)
    browser = to_details(to_rooms(scheduling(office, owner)))
    window = {"opens": "on", "opens_on-day": "7", "opens_on-month": "12", "opens_on-year": "2026", "opens_at": "9:00"}
    browser.submit("Check the session", capacity="8", minimum="2", keep="draft", **window)

    to_details(browser.get(change(browser, 1)), room_1=suite.slug)

    assert browser.page.find(id="capacity")["value"] == "8"
    assert browser.page.find(id="opens_on-day")["value"] == "7"
    assert [box["value"] for box in browser.page.select("input[name=keep][checked]")] == ["draft"]


def test_the_joining_link_gets_into_no_address(office, owner, course):
    browser = to_details(to_rooms(scheduling(office, owner)), room_1="-online")
    browser.submit("Check the session", joining_link=LINK)

    addresses = [browser.address, *(link["href"] for link in browser.page.find_all("a", href=True))]
    training_session = saved(browser)

    assert [address for address in addresses if "secret" in address] == []
    assert training_session.slots[0].joining_link == LINK
    assert "secret" not in browser.answer.headers["Location"]


def change(browser, number):
    """The address behind the n-th 'Change' of the page."""
    links = [link for link in browser.page.find("main").find_all("a") if link.get_text().startswith("Change")]
    return links[number]["href"]


# --- when ---


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"start_1": ""}, "Enter the start time"),
        ({"start_1": "2:00"}, "Enter the start time like 9:30am, 2pm or 14:00"),
        ({"end_1": "9am"}, "The end must be later than the start, on the same day"),
        ({"day_1-year": "2025"}, "Choose a day that is still to come"),
        ({"day_1-year": "0001"}, "Choose a day that is still to come"),
        ({"day_1-year": "9999"}, "Choose a day before Friday 5 December 2031"),
        ({"day_1-day": "1", "start_1": "8am"}, "Choose a time that is still to come"),
        ({"day_1-day": "32"}, "The day must be a real date, like 6 10 2026"),
    ],
)
def test_a_time_that_will_not_do_is_refused_beside_its_field(office, owner, course, fields, sentence):
    browser = to_rooms(scheduling(office, owner), **fields)

    assert (browser.status, browser.errors) == (422, [sentence])
    assert browser.page.find(id="day_1-month")["value"] == "12"


def test_a_time_that_the_clocks_skip_is_refused(office, owner, course):
    browser = to_rooms(
        scheduling(office, owner), **{"day_1-day": "28", "day_1-month": "3", "day_1-year": "2027", "start_1": "1:30am"}
    )

    assert browser.errors == ["1:30am does not exist on Sunday 28 March 2027: the clocks go forward over it"]


@pytest.mark.parametrize(("which", "hour"), [("first", 0), ("second", 1)])
def test_a_time_that_comes_twice_is_asked_about(office, owner, course, which, hour):
    night = {"day_1-day": "31", "day_1-month": "10", "day_1-year": "2027", "start_1": "01:30", "end_1": "04:00"}
    browser = to_rooms(scheduling(office, owner), **night)
    assert browser.errors == [
        "Select which 1:30am you mean: it comes twice on Sunday 31 October 2027, as the clocks go back"
    ]

    browser.submit("Choose a room", start_1_which=which)

    part = parse_qs(urlsplit(browser.answer.headers["Location"]).query)["part"]
    assert part == [f"20271031T0{hour}30Z-20271031T0400Z"]


def test_two_hours_are_two_hours_over_a_clock_change(office, owner, course):
    night = {"day_1-day": "28", "day_1-month": "3", "day_1-year": "2027", "start_1": "12:30am"}

    browser = to_rooms(scheduling(office, owner), **night)

    assert "Sunday 28 March 2027, 12:30am to 3:30am" in browser.main


def test_a_course_in_three_parts_asks_for_three(office, owner, course):
    office.do(setattr, course, "parts", 3)

    assert "Part 3 of 3" in scheduling(office, owner).main


def test_a_part_is_added_and_taken_out_and_what_was_typed_stays(office, owner, course):
    browser = scheduling(office, owner).submit("Add another part", **TEN)
    assert ("Part 2 of 2" in browser.main, browser.page.find(id="start_1")["value"]) == (True, "10am")

    browser.submit("Take out part 2")

    assert ("Part 2" in browser.main, browser.page.find(id="start_1")["value"]) == (False, "10am")


def test_the_parts_follow_one_another(office, owner, course):
    second = {name.replace("_1", "_2"): value for name, value in TEN.items()}

    browser = to_rooms(scheduling(office, owner, "?parts=2"), **second)

    assert browser.errors == ["Part 2 must start after part 1 has ended"]


# --- where ---


def test_the_first_room_that_fits_is_chosen_beforehand(office, owner, course):
    make.room("Hall", capacity=60)
    suite = make.room("Suite", capacity=16)

    browser = to_rooms(scheduling(office, owner))

    assert [box["value"] for box in browser.page.select("input[name=room_1][checked]")] == [suite.slug]


def test_rooms_that_cannot_be_had_say_why_and_cannot_be_chosen(office, owner, course):
    taken = make.room("Suite", capacity=16)
    make.training_session(room=taken, course=make.course("Searching"))
    make.room("Quiet room", capacity=6)
    browser = to_rooms(scheduling(office, owner))
    assert "Taken on Tuesday 15 December 2026, 10am to midday with ‘Searching’." in browser.main
    assert "Too small: it holds 6 people" in browser.main

    browser.submit("Choose trainers and places", room_1=taken.slug)

    assert (browser.status, browser.errors) == (422, ["Select where it is from the list"])


def test_a_room_that_may_lack_something_comes_with_what_and_may_be_chosen(office, owner, course):
    office.do(setattr, course, "room_needs", ["PCs"])
    room = make.room()
    browser = to_rooms(scheduling(office, owner))
    assert "May not have: PCs." in browser.main
    assert browser.page.select("input[name=room_1][checked]") == []

    assert to_details(browser, room_1=room.slug).heading == "Who runs it, and for how many?"


def test_a_smaller_room_shows_for_fewer_places(office, owner, course):
    quiet = make.room("Quiet room", capacity=6)
    browser = to_rooms(scheduling(office, owner))

    browser.submit("Show rooms for this many", places="6")
    to_details(browser, room_1=quiet.slug)

    assert browser.page.find(id="capacity")["value"] == "6"


def test_a_course_that_is_held_online_is_online_beforehand(office, owner, course):
    make.room()
    office.do(setattr, course, "is_online", True)

    browser = to_rooms(scheduling(office, owner))

    assert [box["value"] for box in browser.page.select("input[name=room_1][checked]")] == ["-online"]


def test_each_part_may_have_a_room_of_its_own(office, owner, course):
    busy, free = make.room("Suite", capacity=12), make.room("Hall", capacity=60)
    later = IN_TWO_WEEKS + timedelta(days=7)
    make.training_session(room=busy, starts_at=later)
    second = {"day_2-day": "22", "day_2-month": "12", "day_2-year": "2026", "start_2": "10am"}
    browser = to_rooms(scheduling(office, owner, "?parts=2"), **second).click("Choose a room for each part")

    training_session = saved(to_details(browser).submit("Check the session"))

    assert [slot.room.id for slot in training_session.slots] == [busy.id, free.id]


def test_without_rooms_a_coordinator_is_led_to_add_one(office, course):
    browser = to_rooms(scheduling(office, make.coordinator()))

    assert browser.page.main.find("a", href="/manage/rooms/new")


# --- who, how many, and when people can book ---


def test_an_online_session_needs_its_link(office, owner, course):
    browser = to_details(to_rooms(scheduling(office, owner)), room_1="-online")

    assert browser.submit("Check the session").errors == ["Enter the joining link"]
    assert browser.submit("Check the session", joining_link="meet.example.org").errors == [
        "Enter the joining link as it begins: with https://"
    ]


def test_a_busy_trainer_shows_with_what_and_is_refused_before_anything_is_saved(office, owner, course):
    make.room()
    tess = make.trainer("Tess Trainer")
    make.training_session(trainers=[tess], course=make.course("Searching"))
    browser = to_details(to_rooms(scheduling(office, owner)))
    assert "Busy on Tuesday 15 December 2026, 10am to midday with ‘Searching’." in browser.main

    browser.submit("Check the session", trainers=[tess.ref])

    assert browser.status == 409
    assert browser.errors == ["Tess Trainer is busy on Tuesday 15 December 2026, 10am to midday with ‘Searching’."]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"trainers": []}, "Select who runs it"),
        ({"trainers": ["222222"]}, "Select who runs it from the list"),
        ({"capacity": "11"}, "IT training room holds 10 people, so it cannot give 11 places."),
        ({"capacity": "4", "minimum": "5"}, "The minimum cannot be 5 when there are 4 places."),
        ({"opens": "on"}, "Enter the day booking opens"),
        (
            {"closes": "on", "closes_on-day": "15", "closes_on-month": "12", "closes_on-year": "2026"},
            "Enter the time booking closes",
        ),
        ({"closes": "on", "closes_at": "10:01"}, "Booking must close before the session starts, or when it starts."),
        ({"opens": "on", "opens_at": "10am"}, "Booking must open before it closes."),
        (
            {"closes": "on", "closes_on-day": "1", "closes_at": "8:59"},
            "Choose a day and time that are still to come, or nobody can book",
        ),
    ],
)
def test_what_will_not_do_is_refused_beside_its_field(office, owner, course, fields, sentence):
    make.room()
    browser = to_details(to_rooms(scheduling(office, owner)))
    names = {name.partition("_")[0] for name in fields if name.endswith("_at")}
    day = {
        f"{name}_on-{part}": value
        for name in names
        for part, value in (("day", "15"), ("month", "12"), ("year", "2026"))
    }

    browser.submit("Check the session", **{**day, **fields})

    assert browser.status in {409, 422}
    assert browser.errors[0] == sentence
    assert browser.page.find(class_="nhsuk-error-message")


def test_the_booking_window_starts_from_the_courses_habit(office, owner, course):
    make.room()
    office.do(setattr, course, "opens_days_before", 7)
    office.do(setattr, course, "closes_hours_before", 24)
    browser = to_details(to_rooms(scheduling(office, owner)))

    training_session = saved(browser.submit("Check the session"))

    assert training_session.booking_opens_at == datetime(2026, 12, 8, 9, tzinfo=UTC)
    assert training_session.booking_closes_at == IN_TWO_WEEKS - timedelta(days=1)
    assert "Booking opens on Tuesday 8 December 2026 at 9am." in browser.follow().main


def test_a_habit_that_has_gone_by_closes_nothing(office, owner, course):
    make.room()
    office.do(setattr, course, "opens_days_before", 30)
    office.do(setattr, course, "closes_hours_before", 600)

    training_session = saved(to_details(to_rooms(scheduling(office, owner))).submit("Check the session"))

    assert (training_session.booking_opens_at, training_session.booking_closes_at) == (None, None)


def test_the_courses_people_are_ticked_for_a_coordinator_but_not_whoever_is_busy(office, owner, course):
    make.room()
    make.training_session(trainers=[owner])

    browser = to_details(to_rooms(scheduling(office, make.coordinator())))

    assert browser.page.select("input[name=trainers][checked]") == []


def test_a_draft_is_kept_as_one(office, owner, course):
    make.room()
    browser = to_details(to_rooms(scheduling(office, owner))).submit("Check the session", keep="draft")
    assert "only trainers and coordinators see it" in browser.main

    training_session = saved(browser, "Keep it as a draft")

    assert training_session.state == "draft"
    assert "It is kept as a draft" in browser.follow().main


def test_a_session_of_an_unpublished_course_can_only_be_a_draft_and_the_page_says_so(office, owner, course):
    make.room()
    office.do(setattr, course, "state", "draft")
    browser = to_details(to_rooms(scheduling(office, owner)))
    assert "Put it on the timetable now" not in browser.main

    browser.submit("Check the session")

    assert "the course is not published yet" in browser.main
    assert saved(browser, "Keep it as a draft").state == "draft"


def test_a_room_that_somebody_takes_meanwhile_is_refused_and_nothing_typed_is_lost(office, owner, course):
    room = make.room()
    browser = to_details(to_rooms(scheduling(office, owner))).submit("Check the session", joining_link=LINK)
    make.training_session(room=room, course=make.course("Searching"))

    browser.submit("Put it on the timetable")

    assert browser.status == 409
    assert browser.errors == ["IT training room is taken on Tuesday 15 December 2026, 10am to midday with ‘Searching’."]
    assert browser.page.find(id="joining_link")["value"] == LINK
    assert "Choose another room" in browser.main


# --- another like this ---


def test_another_like_this_is_a_week_later_with_everything_else_the_same(office, owner, course):
    room, trainer = make.room(capacity=12), make.trainer()
    first = make.training_session(
        course=course,
        room=room,
        trainers=[trainer],
        capacity=7,
        minimum=2,
        booking_closes_at=IN_TWO_WEEKS - timedelta(days=1),
    )

    browser = scheduling(office, owner, f"?like={first.ref}").submit("Choose a room").follow()
    training_session = saved(to_details(browser).submit("Check the session"))

    week = timedelta(days=7)
    assert training_session.starts_at == first.starts_at + week
    assert [slot.room_id for slot in training_session.slots] == [room.id]
    assert [person.id for person in training_session.trainers] == [trainer.id]
    assert (training_session.capacity, training_session.minimum) == (7, 2)
    assert training_session.booking_closes_at == first.booking_closes_at + week


def test_another_like_one_of_several_weeks_comes_after_its_last_part(office, owner, course):
    week = timedelta(days=7)
    first = make.training_session(
        course=course, slots=[make.slot(IN_TWO_WEEKS + number * week, joining_link=LINK) for number in range(3)]
    )

    browser = scheduling(office, owner, f"?like={first.ref}")

    days = [browser.page.find(id=f"day_{number}-day")["value"] for number in (1, 2, 3)]
    assert days == [str((IN_TWO_WEEKS + weeks * week).day) for weeks in (3, 4, 5)]


def test_another_like_this_keeps_its_wall_time_over_a_clock_change(office, owner, course):
    march = datetime(2027, 3, 23, 14, tzinfo=UTC)
    first = make.training_session(course=course, starts_at=march)

    browser = scheduling(office, owner, f"?like={first.ref}")

    assert browser.page.find(id="start_1")["value"] == "14:00"
    assert "14:00" not in browser.submit("Choose a room").answer.headers["Location"]
    assert "part=20270330T1300Z-20270330T1500Z" in browser.answer.headers["Location"]


def test_another_like_an_old_one_is_in_the_first_week_to_come(office, owner, course):
    first = make.training_session(course=course, starts_at=office.now - timedelta(days=70))

    browser = scheduling(office, owner, f"?like={first.ref}")

    assert [browser.page.find(id=f"day_1-{part}")["value"] for part in ("day", "month", "year")] == ["1", "12", "2026"]


def test_another_like_an_online_one_has_its_link(office, owner, course):
    first = make.training_session(course=course, slots=[make.slot(joining_link=LINK)])

    browser = to_details(scheduling(office, owner, f"?like={first.ref}").submit("Choose a room").follow())

    assert browser.page.find(id="joining_link")["value"] == LINK


def test_the_session_of_another_course_gives_nothing_away(office, owner, course):
    others = make.training_session(slots=[make.slot(joining_link=LINK)])

    browser = to_details(to_rooms(scheduling(office, owner, f"?like={others.ref}")), room_1="-online")

    assert browser.page.find(id="joining_link").get("value", "") == ""


# --- who may, and what an address may say ---


def test_a_stranger_cannot_open_the_steps_of_somebody_elses_course(office, course):
    stranger = make.trainer("Sam Stranger")
    part = "?part=20261215T1000Z-20261215T1200Z&room=-online"

    statuses = [
        office.browser(stranger).get(f"/manage/courses/copyright/schedule{step}{part}").status
        for step in ("", "/room", "/details")
    ]

    assert statuses == [403, 403, 403]


def test_a_course_in_the_archive_is_brought_back_first(office, owner, course):
    office.do(setattr, course, "state", "archived")

    browser = scheduling(office, owner)

    assert browser.status == 409
    assert "Bring it back before you put a session of it on the timetable" in browser.main


@pytest.mark.parametrize(
    ("step", "leads_to"),
    [
        ("/room", "/schedule"),
        ("/room?part=x", "/schedule"),
        ("/room?part=99991231T2300Z-99991231T2359Z", "/schedule"),
        ("/room?part=20261215T1200Z-20261215T1000Z", "/schedule"),
        ("/details?part=20261215T1000Z-20261215T1200Z", "/schedule/room"),
        ("/details?part=20261215T1000Z-20261215T1200Z&room=none", "/schedule/room"),
        ("/details", "/schedule/room"),
    ],
)
def test_an_address_that_somebody_changed_by_hand_leads_to_the_step_that_is_missing(
    office, owner, course, step, leads_to
):
    browser = office.browser(owner).get(f"/manage/courses/copyright/schedule{step}")

    assert browser.status == 303
    assert urlsplit(browser.answer.headers["Location"]).path == f"/manage/courses/copyright{leads_to}"


@pytest.mark.parametrize(
    "query", ["parts=x", "parts=-1", "parts=999", "like=%00", "like=222222", "places=x", "minimum=-1"]
)
def test_an_address_that_makes_no_sense_still_gives_the_first_page(office, owner, course, query):
    assert scheduling(office, owner, f"?{query}").status == 200


def test_a_start_that_has_gone_by_while_somebody_typed_is_refused(office, owner, course):
    make.room()
    browser = to_details(to_rooms(scheduling(office, owner)))
    address = browser.address
    office.now = IN_TWO_WEEKS
    browser = office.browser(owner).get(address)

    browser.submit("Check the session")

    assert browser.errors == ["The start has gone by. Choose another day or time."]


def test_hostile_words_stay_words(office, owner):
    title = "<b>Bold</b> العربية " + "W" * 90
    make.course(title, slug="hostile", owner=owner)
    make.room("<i>Room</i>", capacity=12)

    browser = to_details(to_rooms(scheduling(office, owner, course="hostile"))).submit("Check the session")

    assert browser.page.main.find(["b", "i"]) is None
    assert title in browser.main


def test_a_button_pressed_by_somebody_else_saves_nothing(office, course):
    stranger = office.browser(make.trainer("Sam Stranger"))
    before = rows(apart_from=("signed_in",))

    stranger.post(
        "/manage/courses/copyright/schedule/details?part=20261215T1000Z-20261215T1200Z&room=-online",
        csrf_token=token(stranger),
        go="yes",
    )

    assert stranger.status == 403
    assert rows(apart_from=("signed_in",)) == before
