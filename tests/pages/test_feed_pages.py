"""Feeds as programs fetch them, and the pages that lead to them."""

import gzip
from datetime import timedelta

import icalendar
import pytest

from app import changes, people, timetable
from app.errors import NotAllowed
from app.pages.kept import MOST_FEEDS
from tests import make

DAY = timedelta(days=1)
LINK = "https://meet.example.org/secret"
HOSTILE = "Title\r\nEND:VEVENT\rBEGIN:VEVENT\u2028UID:2<script>alert(1)</script>"


class Program:
    """Somebody's calendar program: it knows an address, and fetches it again and again."""

    def __init__(self, office, address):
        self.office, self.address = office, address

    def fetch(self, method="GET", **headers):
        names = {"had": "If-None-Match", "takes": "Accept-Encoding", "since": "If-Modified-Since"}
        with self.office.app.app_context():
            return self.office.app.test_client().open(
                self.address, method=method, headers={names[name]: value for name, value in headers.items()}
            )

    def events(self):
        answer = self.fetch()
        assert answer.status_code == 200, answer.text
        return icalendar.Calendar.from_ical(answer.get_data()).walk("VEVENT")

    def titles(self):
        return [str(event["SUMMARY"]) for event in self.events()]

    def uids(self):
        return [str(event["UID"]).partition("@")[0] for event in self.events()]


@pytest.fixture
def follow(office):
    return lambda address: Program(office, address)


@pytest.fixture
def whats_on(follow):
    return follow("/calendars/whats-on.ics")


def own_feed(office, person):
    """The address of a new feed of their own."""
    return f"/calendars/me/{office.do(people.make_feed, person, by=person, now=office.now)}.ics"


def session_of(title="Using Social Media to Keep up to Date", **kwargs):
    return make.training_session(course=make.course(title), **kwargs)


# --- which sessions -------------------------------------------------------------------------------


def test_whats_on_shows_each_session_when_and_where_it_is(whats_on):
    room = make.room()
    training_session = make.training_session(room=room)

    [event] = whats_on.events()

    assert str(event["UID"]) == f"s{training_session.ref.lower()}-1@training.example.org"
    assert str(event["SUMMARY"]) == "Using Social Media to Keep up to Date"
    assert event["DTSTART"].dt == make.IN_TWO_WEEKS
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert str(event["LOCATION"]) == "IT training room, Northgate Hospital, Northgate Road, Northgate NG1 2AB"
    assert str(event["URL"]) == f"https://training.example.org/sessions/{training_session.ref}"


def test_a_download_has_the_same_uid_as_the_feeds(office, whats_on):
    later = make.IN_TWO_WEEKS + DAY
    training_session = make.training_session(
        slots=[make.slot(at, joining_link=LINK) for at in (make.IN_TWO_WEEKS, later)]
    )

    download = office.browser().get(f"/sessions/{training_session.ref}.ics").answer.get_data()

    in_download = icalendar.Calendar.from_ical(download).walk("VEVENT")
    assert [str(event["UID"]) for event in in_download] == [str(event["UID"]) for event in whats_on.events()]
    assert whats_on.titles() == [f"Using Social Media to Keep up to Date ({part} of 2)" for part in (1, 2)]


def test_a_session_that_is_moved_keeps_its_uid(office, whats_on):
    training_session = make.training_session()
    [before] = whats_on.events()
    office.now += DAY

    office.move(training_session, [make.slot(make.IN_TWO_WEEKS + DAY * 9, joining_link=LINK)])

    [after] = whats_on.events()
    assert str(after["UID"]) == str(before["UID"])
    assert after["DTSTART"].dt == make.IN_TWO_WEEKS + DAY * 9
    assert after["DTSTAMP"].dt == after["LAST-MODIFIED"].dt == office.now


def test_a_title_or_a_rooms_name_that_is_put_right_is_a_change(office, whats_on):
    training_session = make.training_session(room=make.room())
    office.now += DAY
    office.do(changes.describe_course, training_session.course_id, {"title": "Social media"}, by=None, now=office.now)

    [event] = whats_on.events()

    assert (str(event["SUMMARY"]), event["LAST-MODIFIED"].dt) == ("Social media", office.now)


def test_drafts_are_in_no_feed_not_even_when_they_are_cancelled(office, whats_on):
    make.training_session(is_draft=True)
    dropped = make.training_session(is_draft=True, starts_at=make.IN_TWO_WEEKS + DAY)
    office.cancel_session(dropped)
    make.training_session(course=make.course(state="draft"), starts_at=make.IN_TWO_WEEKS + DAY * 2)

    assert whats_on.titles() == []


def test_a_feed_reaches_from_60_days_ago_to_18_months_from_now(office, whats_on):
    old = session_of("Old")
    session_of("Far off", starts_at=office.now + DAY * 560)
    session_of("Next year", starts_at=office.now + DAY * 500)

    assert whats_on.titles() == ["Old", "Next year"]
    office.now = old.ends_at + DAY * 60
    assert whats_on.titles() == ["Old", "Next year", "Far off"]
    office.now += DAY
    assert whats_on.titles() == ["Next year", "Far off"]


def test_a_cancelled_session_stays_for_60_days_and_says_so(office, whats_on):
    training_session = session_of("Far off", starts_at=office.now + DAY * 200)
    office.cancel_session(training_session)

    [event] = whats_on.events()
    assert (str(event["SUMMARY"]), str(event["STATUS"])) == ("CANCELLED: Far off", "CANCELLED")
    office.now += DAY * 60
    assert whats_on.titles() == ["CANCELLED: Far off"]
    office.now += DAY
    assert whats_on.titles() == []


def test_what_is_over_stays_when_its_course_is_archived(office, whats_on):
    training_session = session_of("Over")
    office.now = training_session.ends_at + DAY
    office.do(timetable.archive_course, training_session.course_id, by=None, now=office.now)

    assert whats_on.titles() == ["Over"]


def test_a_feed_can_be_of_what_somebody_looks_for(follow):
    room = make.room("Seminar room", site="Fairfield House")
    make.training_session(course=make.course("Searching", topic="Databases"), room=room)
    make.full_session(course=make.course("Reading"), starts_at=make.IN_TWO_WEEKS + DAY)
    address = "/calendars/whats-on.ics?"

    assert follow(address + "q=search").titles() == ["Searching"]
    assert follow(address + "topic=Databases").titles() == ["Searching"]
    assert follow(address + "site=Fairfield+House").titles() == ["Searching"]
    assert follow(address + "format=online").titles() == ["Reading"]
    assert follow(address + "places=yes").titles() == ["Searching"]
    assert follow(address + "from=2026-12-16").titles() == ["Reading"]
    assert follow(address + "view=month&page=7").titles() == ["Searching", "Reading"]


@pytest.mark.one_engine
@pytest.mark.parametrize("asked", ["topic=Cooking", "format=moon", "from=yesterday", "q=" + "x" * 101, "q=a&q=b"])
def test_a_filter_that_cannot_be_used_is_answered_in_one_line(follow, asked):
    answer = follow(f"/calendars/whats-on.ics?{asked}").fetch()

    assert (answer.status_code, answer.mimetype, answer.text.count("\n")) == (422, "text/plain", 1)


def test_a_courses_feed_has_its_dates_alone(follow):
    training_session = session_of("Searching")
    session_of("Reading")

    assert follow(f"/calendars/courses/{training_session.course.slug}.ics").titles() == ["Searching"]


def test_a_rooms_feed_has_what_is_in_it_and_no_more(follow):
    here, there = make.room("Here"), make.room("There")
    make.training_session(slots=[make.slot(room=here), make.slot(make.IN_TWO_WEEKS + DAY, room=there)])
    make.training_session(starts_at=make.IN_TWO_WEEKS + DAY * 2, room=there)

    assert follow(f"/calendars/rooms/{here.slug}.ics").titles() == ["Using Social Media to Keep up to Date (1 of 2)"]


def test_a_trainers_feed_has_what_they_run_without_the_joining_links(follow):
    tom = make.trainer()
    make.training_session(course=make.course("Searching"), trainers=[tom], slots=[make.slot(joining_link=LINK)])
    session_of("Reading")
    feed = follow(f"/calendars/trainers/{tom.ref.lower()}.ics")

    assert feed.titles() == ["Searching"]
    assert LINK not in feed.fetch().text


@pytest.mark.one_engine
@pytest.mark.parametrize("address", ["courses/none", "rooms/none", "trainers/NONE22", "me/none"])
def test_what_is_not_there_is_answered_in_one_line(follow, address):
    answer = follow(f"/calendars/{address}.ics").fetch()

    assert (answer.status_code, answer.mimetype, answer.text.count("\n")) == (404, "text/plain", 1)


def test_neither_a_draft_of_a_course_nor_somebody_who_runs_nothing_has_a_feed(follow):
    draft, nia = make.course(state="draft"), make.person()

    assert follow(f"/calendars/courses/{draft.slug}.ics").fetch().status_code == 404
    assert follow(f"/calendars/trainers/{nia.ref}.ics").fetch().status_code == 404


# --- who is in it, and who reads it ---------------------------------------------------------------


def test_nobody_who_is_booked_is_named_in_any_feed_and_no_link_stands_in_an_open_one(office, follow):
    tom, nia, otto = make.trainer(), make.person("Nia Nurse"), make.person("Otto Other")
    room = make.room()
    training_session = make.training_session(trainers=[tom], slots=[make.slot(room=room, joining_link=LINK)])
    for who in (nia, otto):
        make.booking(training_session, who, access_needs="A hearing loop")
    open_to_all = [
        "/calendars/whats-on.ics",
        f"/calendars/courses/{training_session.course.slug}.ics",
        f"/calendars/rooms/{room.slug}.ics",
        f"/calendars/trainers/{tom.ref}.ics",
    ]
    texts = [follow(address).fetch().text.replace("\r\n ", "") for address in open_to_all]

    for text in [*texts, *(follow(own_feed(office, who)).fetch().text for who in (nia, tom))]:
        assert [word in text for word in ("Nia", "Otto", "nia", "hearing", "mailto:")] == [False] * 5
    assert [LINK in text for text in texts] == [False] * 4
    assert ["Online. We send the link when you book." in text for text in texts] == [True] * 4


def test_a_hostile_title_stays_a_title(whats_on):
    make.training_session(course=make.course(HOSTILE), room=make.room(HOSTILE))

    [event] = whats_on.events()

    assert str(event["SUMMARY"]) == "Title END:VEVENT BEGIN:VEVENT UID:2<script>alert(1)</script>"


def test_a_hostile_search_breaks_out_of_neither_the_page_nor_the_calendar(follow):
    make.training_session(course=make.course("<script> END:VCALENDAR; 1"))
    asked = "?q=%3Cscript%3E+END:VCALENDAR;"

    page, feed = (follow(f"/calendars/whats-on{ending}{asked}").fetch().text for ending in ("", ".ics"))

    assert "‘<script>" not in page
    assert "‘&lt;script&gt; END:VCALENDAR;’" in page
    assert feed.split("\r\n").count("END:VCALENDAR") == feed.split("\r\n").count("BEGIN:VEVENT") == 1
    assert follow("/calendars/whats-on.ics?q=a%0D%0AEND:VCALENDAR").fetch().status_code == 422


# --- one's own -------------------------------------------------------------------------------------


def test_ones_own_feed_has_what_one_booked_and_what_one_runs_with_the_joining_links(office, follow):
    tom = make.trainer()
    booked = session_of("Booked", slots=[make.slot(joining_link=LINK)])
    runs = make.training_session(course=make.course("Runs"), trainers=[tom], starts_at=make.IN_TWO_WEEKS + DAY)
    session_of("Neither", starts_at=make.IN_TWO_WEEKS + DAY * 2)
    booking = make.booking(booked, tom)
    feed = follow(own_feed(office, tom))

    first, second = feed.events()

    assert feed.titles() == ["Booked", "Runs"]
    assert feed.uids() == [f"p{booking.ref.lower()}-1", f"t{runs.ref.lower()}-1"]
    assert (str(first["LOCATION"]), str(first["CONFERENCE"])) == (LINK, LINK)
    assert str(first["URL"]) == f"https://training.example.org/bookings/{booking.ref}"
    assert str(second["URL"]) == f"https://training.example.org/manage/sessions/{runs.ref}"


def test_what_is_waited_for_offered_or_given_up_is_not_in_ones_own_feed(office, follow):
    nia = make.person()
    full, held = make.full_session(), make.full_session(starts_at=make.IN_TWO_WEEKS + DAY)
    make.wait(full, nia)
    make.wait(held, nia)
    office.free(held)
    office.cancel(make.booking(session_of("Given up", starts_at=make.IN_TWO_WEEKS + DAY * 2), nia))

    assert follow(own_feed(office, nia)).titles() == []


def test_a_place_that_fell_with_its_session_is_said_to_be_cancelled(office, follow):
    nia = make.person()
    fell, left = session_of("Fell"), session_of("Left", starts_at=make.IN_TWO_WEEKS + DAY)
    make.booking(fell, nia)
    office.cancel(make.booking(left, nia))
    office.now += DAY
    for training_session in (fell, left):
        office.cancel_session(training_session)
    feed = follow(own_feed(office, nia))

    assert feed.titles() == ["CANCELLED: Fell"]
    assert "meet.example.org" not in feed.fetch().text


def test_a_booking_is_stamped_when_it_was_made(office, follow):
    nia, training_session = make.person(), make.training_session()
    office.now += DAY
    office.book(nia, training_session)

    [event] = follow(own_feed(office, nia)).events()

    assert event["DTSTAMP"].dt == office.now


def test_a_new_address_makes_the_old_one_stop(office, follow):
    nia = make.person()
    old = follow(own_feed(office, nia))
    assert old.fetch().status_code == 200

    new = follow(own_feed(office, nia))

    assert (old.fetch().status_code, new.fetch().status_code) == (404, 200)
    office.do(people.end_feed, office.fresh(nia), by=nia, now=office.now)
    assert new.fetch().status_code == 404


def test_a_feeds_secret_is_kept_nowhere(office, follow):
    address = own_feed(office, make.person())
    secret = address.removeprefix("/calendars/me/").removesuffix(".ics")
    follow(address).fetch()

    assert len(secret) >= 22
    assert len(f"https://training.example.org{address}") <= 256
    assert secret not in office.kept()
    assert secret not in str(office.app.extensions["kept_feeds"].pages.keys())


def test_nobody_else_makes_the_address_of_ones_feed(office):
    with pytest.raises(NotAllowed):
        office.do(people.make_feed, make.person(), by=make.coordinator(), now=office.now)


# --- asked for again and again --------------------------------------------------------------------


def test_a_feed_says_how_it_may_be_kept_and_that_it_is_not_to_be_found(whats_on):
    make.training_session()
    answer = whats_on.fetch()

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, max-age=900"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["ETag"].startswith('"')
    assert answer.headers["Last-Modified"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.one_engine
@pytest.mark.parametrize("takes", ["gzip", "gzip, deflate, br", "br, zstd", "gzip;q=0", "", "*"])
def test_a_feed_is_packed_for_those_who_can_read_it(whats_on, takes):
    make.training_session()
    plain, answer = whats_on.fetch(), whats_on.fetch(takes=takes)

    is_packed = answer.headers.get("Content-Encoding") == "gzip"
    assert is_packed == (takes in {"gzip", "gzip, deflate, br", "*"})
    assert (gzip.decompress(answer.data) if is_packed else answer.data) == plain.data
    assert (answer.headers["ETag"] == plain.headers["ETag"]) == (not is_packed)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.content_length == len(answer.data)


@pytest.mark.one_engine
@pytest.mark.parametrize("takes", ["", "gzip"])
def test_only_asking_for_the_headers_gives_the_same_ones(whats_on, takes):
    make.training_session()
    answer, head = whats_on.fetch(takes=takes), whats_on.fetch("HEAD", takes=takes)

    assert (head.status_code, head.data) == (200, b"")
    assert dict(head.headers) == dict(answer.headers)


@pytest.mark.one_engine
@pytest.mark.parametrize("takes", ["", "gzip"])
@pytest.mark.parametrize("had", ["{0}", "W/{0}", '"other", {0}', 'W/"other",W/{0}', "*", "{1}", "W/{1}"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_a_program_has_already_is_not_sent_again(whats_on, takes, had, method):
    make.training_session()
    tags = [whats_on.fetch(takes=each).headers["ETag"] for each in ("", "gzip")]

    answer = whats_on.fetch(method, takes=takes, had=had.format(*tags))

    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == tags[bool(takes)]
    assert answer.headers["Cache-Control"] == "private, max-age=900"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert {"Content-Type", "Content-Encoding", "Content-Length"} & set(answer.headers.keys()) == set()


@pytest.mark.one_engine
@pytest.mark.parametrize("had", ['"other"', "nonsense", '"', "W/", ",,"])
def test_a_program_that_has_something_else_gets_it_all(whats_on, had):
    make.training_session()

    assert whats_on.fetch(had=had).status_code == 200


def test_a_time_is_too_coarse_to_say_that_nothing_has_changed(whats_on):
    make.training_session()

    assert whats_on.fetch(since=whats_on.fetch().headers["Last-Modified"]).status_code == 200


def test_an_unchanged_feed_costs_one_question_and_ones_own_no_more(office, follow):
    tom = make.trainer()
    training_session = make.training_session(trainers=[tom], room=make.room())
    addresses = [
        "/calendars/whats-on.ics?q=social",
        f"/calendars/courses/{training_session.course.slug}.ics",
        f"/calendars/trainers/{tom.ref}.ics",
        own_feed(office, tom),
    ]
    for program in map(follow, addresses):
        had = program.fetch().headers["ETag"]
        with office.statements() as said:
            assert program.fetch(had=had).status_code == 304
        assert (
            said == []
        )  # the one of the journal's version, which all kept pages ask, is asked past what is noted here


@pytest.mark.parametrize("feed", ["whats-on", "course", "room", "trainer", "own"])
def test_a_feed_of_three_costs_as_many_questions_as_a_feed_of_one(office, follow, feed):
    tom, course, room = make.trainer(), make.course(), make.room()
    address = {
        "whats-on": "/calendars/whats-on.ics",
        "course": f"/calendars/courses/{course.slug}.ics",
        "room": f"/calendars/rooms/{room.slug}.ics",
        "trainer": f"/calendars/trainers/{tom.ref}.ics",
        "own": own_feed(office, tom),
    }[feed]
    counts, program = [], follow(address)
    for number in (1, 2, 3):
        made = make.training_session(
            course=course, trainers=[tom], room=room, starts_at=make.IN_TWO_WEEKS + DAY * number
        )
        make.booking(made)
        with office.statements() as said:
            assert len(program.events()) == number
        counts.append(len(said))

    assert counts[0] == counts[2] <= 4


def test_a_feed_whose_sessions_have_not_changed_is_the_same_whatever_else_was_done(office, whats_on):
    make.training_session()
    had = whats_on.fetch().headers["ETag"]
    office.now += DAY
    make.person("Somebody else")

    assert whats_on.fetch(had=had).status_code == 304


@pytest.mark.parametrize("deed", ["move", "cancel", "new date", "title", "room", "summary"])
def test_a_program_that_asks_again_gets_what_has_changed(office, whats_on, deed):
    room = make.room()
    training_session = make.training_session(room=room)
    course_id, by_nobody = training_session.course_id, {"by": None, "now": office.now}
    had = whats_on.fetch().headers["ETag"]

    {
        "move": lambda: office.move(training_session, [make.slot(make.IN_TWO_WEEKS + DAY, room=room)]),
        "cancel": lambda: office.cancel_session(training_session),
        "new date": lambda: make.training_session(starts_at=make.IN_TWO_WEEKS + DAY),
        "title": lambda: office.do(changes.describe_course, course_id, {"title": "Social media"}, **by_nobody),
        "room": lambda: office.do(
            changes.describe_site, room.site_id, name="Northgate", address="Northgate Road", **by_nobody
        ),
        "summary": lambda: office.do(changes.describe_course, course_id, {"summary": "News."}, **by_nobody),
    }[deed]()

    assert whats_on.fetch(had=had).status_code == 200


def test_a_booking_shows_in_ones_own_feed_at_once_and_goes_out_of_it(office, follow):
    nia, training_session = make.person(), make.training_session()
    feed = follow(own_feed(office, nia))
    assert feed.titles() == []

    booking = office.book(nia, training_session)
    assert len(feed.titles()) == 1

    office.cancel(booking)
    assert feed.titles() == []


def test_however_many_feeds_are_asked_for_only_some_are_kept(office, follow):
    make.training_session()
    for number in range(MOST_FEEDS + 5):
        follow(f"/calendars/whats-on.ics?q={number}").fetch()

    assert len(office.app.extensions["kept_feeds"].pages) == MOST_FEEDS


def test_a_stranger_to_our_filters_makes_no_feed_of_its_own(office, follow):
    for number in range(5):
        follow(f"/calendars/whats-on.ics?utm={number}").fetch()

    assert len(office.app.extensions["kept_feeds"].pages) == 1


# --- the pages that lead there --------------------------------------------------------------------


def test_whats_on_leads_to_its_calendar_with_the_filters_kept(office):
    make.training_session()
    browser = office.browser().get("/?view=week&topic=Keeping+up+to+date&page=2")

    browser.click("Subscribe to these sessions")

    assert browser.heading == "Subscribe to this calendar"
    assert "Sessions for Keeping up to date" in browser.main
    assert "https://training.example.org/calendars/whats-on.ics?topic=Keeping+up+to+date" in browser.main
    links = [link["href"] for link in browser.page.main.find_all("a")]
    assert "webcal://training.example.org/calendars/whats-on.ics?topic=Keeping+up+to+date" in links
    assert browser.page.find(class_="nhsuk-back-link__link")["href"] == "/?topic=Keeping+up+to+date"


def test_the_whole_timetable_can_be_followed_too(office):
    browser = office.browser().get("/").click("Subscribe to this calendar")

    assert "All sessions on the timetable" in browser.main


def test_a_filter_that_cannot_be_used_leads_to_no_calendar(office):
    assert office.browser().get("/calendars/whats-on?topic=Cooking").status == 422


def test_a_course_a_room_and_a_trainer_lead_to_their_calendars(office):
    tom, cora, room = make.trainer(), make.coordinator(), make.room()
    course = make.course()
    make.training_session(course=course, trainers=[tom], room=room)

    to_course = office.browser().get(f"/courses/{course.slug}").click("Subscribe to the dates of this course")
    to_room = office.browser(cora).get(f"/manage/rooms/{room.slug}").click("Subscribe to this room")
    to_trainer = office.browser(tom).get("/manage/timetable").click("Your calendar").click("a calendar of the sessions")

    assert f"/calendars/courses/{course.slug}.ics" in to_course.main
    assert f"/calendars/rooms/{room.slug}.ics" in to_room.main
    assert f"/calendars/trainers/{tom.ref}.ics" in to_trainer.main
    assert [browser.status for browser in (to_course, to_room, to_trainer)] == [200] * 3
    assert "Only the sessions that you have a place on?" in to_course.main
