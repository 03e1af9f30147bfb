"""Every page, empty and crowded, at a desk and on a phone: axe, the width, the console."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import people, rooms
from app.db import db
from app.notices import links
from app.notices.links import Purpose
from tests import make
from tests.browser import crowd
from tests.browser.screen import DESK, PHONE

pytestmark = pytest.mark.slow

NOT_PAGES = {
    "static",
    "manage_courses.spreadsheet",
    "manage_timetable.spreadsheet",
    "feeds.whats_on",
    "feeds.course",
    "feeds.room",
    "feeds.trainer",
    "feeds.own",
    "health.live",
    "health.ready",
    "timetable.session_entry",
    "bookings.booking_entry",
    "manage_rooms.all_rooms_csv",
    "manage_rooms.room_day_csv",
    "manage_register.register_csv",
    "manage_notices.notices_csv",
    "manage_replies.mail",
    "manage_session_emails.emails_csv",
    "manage_sessions.history_csv",
    "manage_sessions.people_csv",
    "manage_waits.waiting_csv",
    "manage_waits.demand_csv",
    "manage_waits.of_course_csv",
    "manage_people.everybody_csv",
}
USUAL = (
    "timetable.whats_on",
    "timetable.month",
    "timetable.one_session",
    "bookings.book",
    "waits.for_session",
    "offers.offer",
    "bookings.mine",
    "sign_in.ask",
)


def signed(office, purpose, ref):
    secret = office.app.config["SETTINGS"].secret_key
    return f"/a/{links.sign(purpose, ref, office.now + timedelta(days=90), secret=secret)}"


def pages_of(office, found):
    """{endpoint or what is special about it: (address, whether somebody is signed in)} with `found` to look at."""
    office.do(people.claim_address, found.me, "another@example.org", now=office.now)
    room = next(known for known in rooms.all_rooms() if known.slug != found.larger.slug)
    declined = make.declined(make.training_session(starts_at=make.IN_TWO_WEEKS + timedelta(days=200)), found.me)
    reply = make.reply(declined, words=crowd.WORDS * 9, subject=crowd.WORDS[:200], state="open")
    released = make.reply(declined, did="released", why="", state="done", details=crowd.WORDS)
    claim, ref = db.session.scalars(select(people.AddressClaim)).one(), found.free.ref
    return {
        "timetable.whats_on": ("/", False),
        "timetable.signed_in": ("/", True),
        "timetable.last": ("/?page=99", False),
        "timetable.month": ("/?view=month&on=2026-12-01", False),
        "timetable.week": ("/?view=week&on=2026-12-14", False),
        "timetable.nothing": (f"/?q={'x' * 90}&places=yes", False),
        "timetable.faulty": (f"/?q={'x' * 101}&topic=none", False),
        "timetable.one_session": (f"/sessions/{ref}", False),
        "timetable.mine": (f"/sessions/{found.booking.training_session.ref}", True),
        "timetable.full": (f"/sessions/{found.full.ref}", False),
        "courses.catalogue": ("/courses/", False),
        "courses.course": (f"/courses/{found.course.slug}", False),
        "bookings.book": (f"/sessions/{ref}/book", True),
        "bookings.full": (f"/sessions/{found.full.ref}/book", True),
        "waits.for_session": (f"/sessions/{found.waited.ref}/wait", True),
        "waits.instead": (f"/sessions/{found.full.ref}/wait", True),
        "waits.for_course": (f"/courses/{found.course.slug}/wait", True),
        "waits.interest": (f"/courses/{found.bare.slug}/wait", True),
        "waits.wait": (f"/waits/{found.wait.ref}", True),
        "waits.paused": (f"/waits/{found.paused.ref}", True),
        "waits.leave": (f"/waits/{found.wait.ref}/leave", True),
        "offers.offer": (f"/offers/{found.offer.ref}", True),
        "timetable.held": (f"/sessions/{found.offer.training_session.ref}", True),
        "timetable.waiting": (f"/sessions/{found.wanted.ref}", True),
        "courses.bare": (f"/courses/{found.bare.slug}", False),
        "colleagues.book_for": (f"/sessions/{ref}/book-for", True),
        "colleagues.book_for_several": (f"/sessions/{ref}/book-for-several", True),
        "colleagues.full": (f"/sessions/{found.full.ref}/book-for", True),
        "colleagues.several_full": (f"/sessions/{found.full.ref}/book-for-several", True),
        "bookings.mine": ("/bookings/", True),
        "bookings.booking": (f"/bookings/{found.booking.ref}", True),
        "bookings.cancelled": (f"/bookings/{found.cancelled.ref}", True),
        "bookings.declined": (f"/bookings/{declined.ref}", True),
        "timetable.declined": (f"/sessions/{declined.training_session.ref}", True),
        "bookings.cancel": (f"/bookings/{found.booking.ref}/cancel", True),
        "changing_dates.change": (f"/bookings/{found.booking.ref}/change", True),
        "still_coming.coming": (f"/bookings/{found.booking.ref}/coming", True),
        "still_coming.too_late": (f"/bookings/{found.cancelled.ref}/coming", True),
        "links.coming": (signed(office, Purpose.COMING, found.booking.ref), False),
        "me.details": ("/me", True),
        "me.saved": ("/me?saved=yes", True),
        "me.name": ("/me/name", True),
        "me.add_address": ("/me/addresses", True),
        "me.letters": ("/me/emails", True),
        "my_calendar.choose": ("/me/calendar?saved=yes", True),
        "following.whats_on": (f"/calendars/whats-on?q={'x' * 90}", False),
        "following.course": (f"/calendars/courses/{found.course.slug}", False),
        "following.room": (f"/calendars/rooms/{room.slug}", False),
        "following.trainer": (f"/calendars/trainers/{found.me.ref}", True),
        "sign_in.ask": ("/sign-in?next=/sessions/x/book", False),
        "links.act": (signed(office, Purpose.CANCEL, found.booking.ref), False),
        "links.undo": (signed(office, Purpose.UNDO, declined.ref), False),
        "links.not_declined": (signed(office, Purpose.UNDO, found.cancelled.ref), False),
        "links.answer": (signed(office, Purpose.ANSWER, found.offer.ref), False),
        "links.ran_out": (signed(office, Purpose.ANSWER, found.ran_out.ref), False),
        "links.still_want": (signed(office, Purpose.STILL_WANT, found.paused.ref), False),
        "links.leave": (signed(office, Purpose.LEAVE, found.wait.ref), False),
        "links.wait_again": (signed(office, Purpose.WAIT_AGAIN, found.cancelled.ref), False),
        "links.confirm": (signed(office, Purpose.CONFIRM_ADDRESS, claim.ref), False),
        "links.unknown": ("/a/unknown", False),
        "manage_sessions.one_session": (f"/manage/sessions/{found.full.ref}", True),
        "manage_register.register": (f"/manage/sessions/{found.full.ref}/register", True),
        "manage_register.paper": (f"/manage/sessions/{found.full.ref}/register?copy=trainer", True),
        "manage_people.everybody": ("/manage/people", True),
        "manage_people.nobody": ("/manage/people?role=staff&page=99", True),
        "manage_people.new_person": ("/manage/people/new", True),
        "manage_people.one_person": (f"/manage/people/{found.me.ref}", True),
        "manage_people.add_address": (f"/manage/people/{found.me.ref}/addresses", True),
        "manage_people.remove_address": (f"/manage/people/{found.me.ref}/addresses/remove", True),
        "manage_people.letters": (f"/manage/people/{found.me.ref}/emails", True),
        "manage_people.find_other": (f"/manage/people/{found.me.ref}/merge", True),
        "manage_people.merge": (f"/manage/people/{found.me.ref}/merge/{make.person().ref}", True),
        "manage_sessions.session_history": (f"/manage/sessions/{found.full.ref}/history", True),
        "manage_sessions.remove": (
            f"/manage/sessions/{found.booking.training_session.ref}/bookings/{found.booking.ref}/remove",
            True,
        ),
        "manage_session_emails.emails": (f"/manage/sessions/{found.full.ref}/emails", True),
        "manage_session_emails.write": (f"/manage/sessions/{found.full.ref}/write", True),
        "manage_courses.editable": ("/manage/courses", True),
        "manage_courses.no_match": ("/manage/courses?q=nothing&state=draft", True),
        "manage_courses.new": ("/manage/courses/new", True),
        "manage_courses.one_course": (f"/manage/courses/{found.course.slug}", True),
        **{
            f"manage_courses.{name}": (f"/manage/courses/{found.course.slug}/{name}", True)
            for name in (
                *("about", "objectives", "audience", "booking", "questions", "trainers", "owner", "rooms", "plan"),
                *("preview", "archive"),
            )
        },
        "manage_courses.new_question": (f"/manage/courses/{found.course.slug}/questions/new", True),
        "manage_courses.question": (f"/manage/courses/{found.course.slug}/questions/2", True),
        "manage_changes.move": (f"/manage/sessions/{ref}/move", True),
        "manage_changes.room": (f"/manage/sessions/{ref}/room", True),
        "manage_changes.link": (f"/manage/sessions/{ref}/link", True),
        "manage_changes.places": (f"/manage/sessions/{ref}/places", True),
        "manage_changes.trainers": (f"/manage/sessions/{ref}/trainers", True),
        "manage_changes.swap": (f"/manage/sessions/{ref}/swap", True),
        "manage_changes.cancel": (f"/manage/sessions/{found.full.ref}/cancel", True),
        "manage_changes.larger": (f"/manage/sessions/{found.full.ref}/larger/{found.larger.slug}", True),
        "manage_changes.promote": (f"/manage/sessions/{ref}/promote", True),
        "manage_changes.run": (f"/manage/sessions/{found.few.ref}/run", True),
        "manage_waits.demand": ("/manage/demand", True),
        "manage_waits.nothing": (f"/manage/demand?q={'x' * 90}", True),
        "manage_waits.of_course": (f"/manage/demand/{found.full.course.slug}", True),
        "manage_waits.nobody": (f"/manage/demand/{found.free.course.slug}", True),
        "manage_waits.front": (f"/manage/waits/{found.in_line.ref}/front", True),
        "manage_waits.give_place": (f"/manage/waits/{found.in_line.ref}/place?session={found.full.ref}", True),
        "manage_waits.take_off": (f"/manage/waits/{found.in_line.ref}/off", True),
        "manage_waits.why": (f"/manage/waits/{found.in_line.ref}/why", True),
        "manage_timetable.teaching": ("/manage/timetable", True),
        "manage_timetable.past": ("/manage/timetable?view=past&mine=yes", True),
        "manage_timetable.choose_course": ("/manage/timetable/schedule", True),
        "manage_scheduling.when": (f"/manage/courses/{found.course.slug}/schedule?parts=2&go=room", True),
        "manage_scheduling.room": (f"/manage/courses/{found.course.slug}/schedule/room?{PLANNED}", True),
        "manage_scheduling.repeat": (f"/manage/sessions/{ref}/repeat?go=dates", True),
        "manage_scheduling.dates": (f"/manage/sessions/{ref}/repeat?often=week&more=26&go=dates", True),
        "manage_scheduling.details": (
            f"/manage/courses/{found.course.slug}/schedule/details?{PLANNED}&room={room.slug}&trainer=x&opens=20261201T0900Z",
            True,
        ),
        "manage_notices.notices": ("/manage/notices", True),
        "manage_replies.listing": ("/manage/replies", True),
        "manage_replies.all": ("/manage/replies?show=all", True),
        "manage_replies.one_reply": (f"/manage/replies/{reply.id}", True),
        "manage_replies.released": (f"/manage/replies/{released.id}", True),
        "manage_bookings.one_booking": (f"/manage/bookings/{found.booking.ref}", True),
        "manage_bookings.declined": (f"/manage/bookings/{declined.ref}", True),
        "manage_notices.failed": ("/manage/notices?state=failed&again=yes", True),
        "manage_rooms.all_rooms": ("/manage/rooms", True),
        "manage_rooms.new_room": ("/manage/rooms/new", True),
        "manage_rooms.one_room": (f"/manage/rooms/{room.slug}", True),
        "manage_rooms.close_room": (f"/manage/rooms/{room.slug}/close", True),
        "manage_rooms.retire_room": (f"/manage/rooms/{room.slug}/retire", True),
        "manage_rooms.room_day": ("/manage/rooms/day?on=2026-12-15", True),
        "manage_rooms.no_room": ("/manage/rooms/day?day-day=32&site=none", True),
        "manage_rooms.new_site": ("/manage/sites/new", True),
        "manage_rooms.one_site": (f"/manage/sites/{room.site_id}", True),
        "words.help_page": ("/help", False),
        "words.privacy": ("/privacy", False),
        "words.accessibility": ("/accessibility", False),
        "words.cookies": ("/cookies", False),
        "not_found": ("/nowhere", False),
    }


PLANNED = "part=20261215T0900Z-20261215T1000Z"
TYPED = {"sign_in.type_code", "sign_in.link"}  # reached by the journey of signing in, below


def faults_of(screen, name, address):
    screen.open(address)
    faults = screen.axe() + [f"beyond the edge: {what}" for what in screen.beyond_the_edge()]
    return [f"{name} at {screen.page.viewport_size['width']} px: {fault}" for fault in faults]


def looked_at(screens, pages, width, person):
    """What is wrong with the pages, each seen by whoever may see it."""
    somebody, nobody = screens(width=width, person=person), screens(width=width)
    return [
        fault
        for name, (address, is_signed_in) in pages.items()
        for fault in faults_of(somebody if is_signed_in else nobody, name, address)
    ]


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_pages_most_used_are_sound_on_a_busy_day(office, screens, width):
    found = crowd.fill(office, sessions=8, mine=4)
    pages = pages_of(office, found)
    assert looked_at(screens, {name: pages[name] for name in USUAL}, width, found.me) == []


@pytest.mark.long
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_every_page_is_sound_on_a_crowded_day(office, screens, width):
    found = crowd.fill(office, sessions=120, mine=40)
    assert looked_at(screens, pages_of(office, found), width, found.me) == []


@pytest.mark.long
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_every_page_is_sound_before_anything_is_there(screens, width):
    me = make.coordinator()
    addresses = ["/", "/?view=month", "/?view=week", "/courses/", "/bookings/", "/me", "/manage/notices", "/help"]
    addresses += ["/manage/demand"]
    assert looked_at(screens, {address: (address, True) for address in addresses}, width, me) == []


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_pages_of_signing_in_are_sound_and_so_are_their_errors(office, screens, width):
    screen = screens(width=width).open("/sign-in")
    faults = []

    def look():
        faults.extend(screen.axe() + screen.beyond_the_edge())

    screen.click("Email me a link")
    look()
    screen.fill("Your work email address", "newcomer@example.org").click("Email me a link")
    look()
    screen.click("Sign in")
    look()
    screen.open(re.search(r"http://\S+/sign-in/\S+", office.deliver()[0].text).group())
    look()
    screen.click("Sign in").open("/bookings/")
    look()
    screen.click("Continue")
    look()
    assert screen.heading == "Who are you?"
    assert faults == []


def test_no_page_is_forgotten(office):
    """A new page is added to `pages_of`."""
    found = crowd.fill(office, sessions=8, mine=4)
    routes = {rule.endpoint for rule in office.app.url_map.iter_rules() if "GET" in rule.methods}
    assert routes - NOT_PAGES - TYPED - set(pages_of(office, found)) == set()


def test_these_checks_notice_what_is_wrong(screens):
    """The negative control: a window that looks away would find every page sound."""
    screen = screens(width=PHONE).open("/help")
    screen.page.evaluate("""() => {
      const script = document.createElement("script")
      script.textContent = "document.title = ''"
      document.querySelector("main").append(script)
      document.querySelector("main").insertAdjacentHTML("beforeend", "<input><img width=900>")
    }""")
    assert any("Content Security Policy" in fault for fault in screen.faults)
    assert {fault.partition(":")[0] for fault in screen.axe()} >= {"label", "image-alt"}
    assert screen.beyond_the_edge()
    screen.faults.clear()
