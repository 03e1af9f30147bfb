"""One letter of each kind, with facts such as a service has, and the links that go with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.notices import kinds, render
from app.notices.invites import Mailbox
from app.settings import Settings

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
BASE = "https://training.library.nhs.uk"
AMINA = Mailbox(name="Amina Khan", address="amina.khan@hospital.nhs.uk")
UID = "b0123456789abcdef0123456789abcdef@training.library.nhs.uk"


def settings(instance, **chosen):
    usual = {
        "secret_key": "a secret for tests only",
        "base_url": BASE,
        "site_name": "Training at Northgate",
        "organisation": "Northgate Library and Knowledge Service",
        "contact_phone": "01632 960 001",
        "contact_email": "library@example.org",
        "mail_from": "training@library.nhs.uk",
    }
    return Settings(instance=instance, **(usual | chosen))


def invite(method="REQUEST", *, sequence=0, part=0):
    return kinds.Invite(method=method, uid=UID, sequence=sequence, stamped_at=NOW, part=part)


IT_ROOM = kinds.Part(
    starts_at=datetime(2027, 1, 12, 14, tzinfo=UTC),
    ends_at=datetime(2027, 1, 12, 16, tzinfo=UTC),
    room="IT training room",
    site="Northgate Hospital",
    address="Northgate Road, Northgate NG1 2AB",
    access="Step-free; accessible toilet on the same floor",
    directions="Education Centre, first floor, turn left out of the lift",
)
ONLINE = kinds.Part(
    starts_at=datetime(2027, 7, 6, 8, 30, tzinfo=UTC),
    ends_at=datetime(2027, 7, 6, 10, tzinfo=UTC),
    joining_link="https://meet.example.org/j/98765432101?pwd=abcdefghijklmnopqrstuvwxyz",
)
SOCIAL_MEDIA = kinds.About(
    course="Using Social Media to Keep up to Date",
    course_ref="using-social-media-to-keep-up-to-date",
    session_ref="K7QX2M",
    parts=(IT_ROOM,),
    summary="Practical ways to use social media to follow the latest news in your field.",
    bring="Your staff card, to sign in at the PCs",
    trainers=("Rosa Díaz", "Tomasz Wiśniewski"),
)
WEBINAR = replace(
    SOCIAL_MEDIA, course="Job shadowing: how to make the most of it", session_ref="W3BNR4", parts=(ONLINE,), bring=""
)
TWO_PARTS = replace(
    SOCIAL_MEDIA,
    course="Critical appraisal in two afternoons",
    parts=(
        IT_ROOM,
        replace(
            IT_ROOM, starts_at=datetime(2027, 1, 19, 14, tzinfo=UTC), ends_at=datetime(2027, 1, 19, 16, tzinfo=UTC)
        ),
    ),
)
SEMINAR_ROOM = replace(
    IT_ROOM,
    starts_at=IT_ROOM.starts_at + timedelta(days=7, hours=-4),
    ends_at=IT_ROOM.ends_at + timedelta(days=7, hours=-4),
    room="Seminar room 1",
    directions="Education Centre, ground floor",
)
OTHER_DATES = (
    kinds.OtherDate(session_ref="PL9XQ2", starts_at=datetime(2027, 2, 9, 14, tzinfo=UTC), where="IT training room"),
    kinds.OtherDate(session_ref="ZT4RW8", starts_at=datetime(2027, 4, 13, 8, 30, tzinfo=UTC), where="Fairfield House"),
)

SIGN_IN = kinds.SignIn(request_id=1)
CONFIRM_ADDRESS = kinds.ConfirmAddress(claim_ref="CL41MS", person_name="Amina Khan")
BOOKED = kinds.Booked(about=SOCIAL_MEDIA, booking_ref="B00KED", person_name="Amina Khan", invite=invite())
MOVED = kinds.Moved(
    about=replace(SOCIAL_MEDIA, parts=(SEMINAR_ROOM,)),
    before=SOCIAL_MEDIA,
    booking_ref="B00KED",
    invite=invite(sequence=1),
    changed=("time", "room"),
    words="The PCs are being replaced that week. We are sorry for the trouble.",
    clashes=("Reflective practice, Tue 19 Jan 2027, 9:30am",),
)
CANCELLED = kinds.Cancelled(
    about=SOCIAL_MEDIA, booking_ref="B00KED", invite=invite("CANCEL", sequence=1), other_dates=OTHER_DATES
)
DECLINED = replace(CANCELLED, by_calendar=True, held_until=NOW + timedelta(minutes=15))
AGAIN = kinds.EntryAgain(about=SOCIAL_MEDIA, booking_ref="B00KED", invite=invite(), why="words")
GIVE_UP_ASKED = kinds.GiveUpAsked(about=SOCIAL_MEDIA, booking_ref="B00KED")
PARTS_DECLINED = kinds.PartsDeclined(about=TWO_PARTS, booking_ref="B00KED", declined=(1,))
NOT_BOOKED = kinds.NotBooked(about=SOCIAL_MEDIA, booking_ref="B00KED")
NEWS = kinds.SessionNews(
    about=MOVED.about,
    before=SOCIAL_MEDIA,
    news="changed",
    by_name="Cora Coordinator",
    words="The PCs are being replaced that week. We are sorry for the trouble.",
)
TRAINER_ENTRY = kinds.TrainerEntry(about=SOCIAL_MEDIA, invite=invite())
NOTE = kinds.CalendarNote(
    about=SOCIAL_MEDIA,
    booking_ref="B00KED",
    person_name="Nia Nurse",
    what="other time",
    words="Could we start at 3pm?\n\nMy shift ends at half past two, and the bus needs a while.",
)
TRAINER_DECLINED = kinds.TrainerDeclined(about=SOCIAL_MEDIA, trainer_name="Rosa Díaz", words="I am on leave that week.")
MANY_DECLINES = kinds.ManyDeclines(about=SOCIAL_MEDIA, released_count=5)
PASSED_ON = kinds.PassedOn(
    sender="nia.nurse@hospital.nhs.uk",
    subject="Re: Booked: Using Social Media to Keep up to Date",
    words="Hello,\nis there parking?\n\n> Stuck? Please ring 01632 960 001.\n---\nNorthgate Library",
)
NEED_UNMET = kinds.NeedUnmet(about=SOCIAL_MEDIA, room="Boardroom, Fairfield House", booking_refs=("B00KED",))
WRITTEN = kinds.Written(
    about=SOCIAL_MEDIA,
    booking_ref="B00KED",
    headline="Please bring your laptop",
    words="The PCs in the room are being replaced, so please bring a laptop.\n\nWe can lend you one.",
    written_by="Rosa Díaz",
)
JOAN = "Joan Armah"
HAD = kinds.OtherDate(session_ref="PL9XQ2", starts_at=datetime(2027, 2, 9, 14, tzinfo=UTC), where="Seminar room 1")
UNTIL = datetime(2026, 12, 3, 14, tzinfo=UTC)


def of_wait(kind, **facts):
    """The facts of a letter to Amina, who waits for a place."""
    usual = {"wait_ref": "WA1TED2345", "course": SOCIAL_MEDIA.course, "course_ref": SOCIAL_MEDIA.course_ref}
    return kind(**(usual | facts))


WAITING = of_wait(
    kinds.Waiting,
    wants="these",
    dates=(kinds.WaitedDate(session_ref="K7QX2M", starts_at=IT_ROOM.starts_at, where=IT_ROOM.room, ahead_count=2),),
)
WAITING_FOR_ANY = replace(
    WAITING,
    wants="any",
    dates=(*WAITING.dates, kinds.WaitedDate(session_ref="PL9XQ2", starts_at=HAD.starts_at, where="", ahead_count=0)),
)
OFFERED = of_wait(kinds.Offered, about=SOCIAL_MEDIA, offer_ref="0FFER34567", lapses_at=UNTIL)
OFFER_ENDING = of_wait(kinds.OfferEnding, about=SOCIAL_MEDIA, offer_ref="0FFER34567", lapses_at=UNTIL)
OFFER_LAPSED = of_wait(kinds.OfferLapsed, about=SOCIAL_MEDIA)
PLACE_FREE = of_wait(kinds.PlaceFree, about=SOCIAL_MEDIA, places_left=1)
NEW_DATE = of_wait(kinds.NewDate, about=SOCIAL_MEDIA, ahead_count=2)
WAIT_MOVED = of_wait(kinds.WaitMoved, about=MOVED.about, before=SOCIAL_MEDIA, words=MOVED.words)
WAIT_CANCELLED = of_wait(kinds.WaitCancelled, about=SOCIAL_MEDIA, words="The trainer is ill.", other_dates=OTHER_DATES)
WAIT_GOES_ON = of_wait(kinds.WaitGoesOn, about=SOCIAL_MEDIA, other_dates=OTHER_DATES)
STILL_WAITING = of_wait(
    kinds.StillWaiting,
    asked_on=datetime(2026, 6, 1, 9, tzinfo=UTC),
    ends_at=datetime(2026, 12, 15, 9, tzinfo=UTC),
)
WAIT_ENDED = of_wait(kinds.WaitEnded)
STILL_COMING = kinds.StillComing(about=SOCIAL_MEDIA, booking_ref="B00KED")
SESSION_CANCELLED = kinds.SessionCancelled(
    about=SOCIAL_MEDIA,
    booking_ref="B00KED",
    invite=invite("CANCEL", sequence=1),
    words="The trainer is ill.",
    other_dates=OTHER_DATES,
)
FULL = kinds.SessionFull(about=SOCIAL_MEDIA, booked_count=10, capacity=10)
TRAINER_REMINDER = kinds.TrainerReminder(about=SOCIAL_MEDIA, booked_count=8, capacity=10, needs_count=2)
LOW_NUMBERS = kinds.LowNumbers(about=SOCIAL_MEDIA, booked_count=2, minimum=5)
LAST_PLACES = kinds.LastPlaces(about=SOCIAL_MEDIA, places_left=3)
REMINDER = kinds.Reminder(about=SOCIAL_MEDIA, booking_ref="B00KED", days_before=7)

EVERY: dict[str, kinds.Facts] = {
    "sign_in": SIGN_IN,
    "confirm_address": CONFIRM_ADDRESS,
    "booked": BOOKED,
    "booked_by_another": replace(BOOKED, booked_by="Bryn Jones"),
    "booked_online": replace(BOOKED, about=WEBINAR),
    "booked_two_parts": replace(BOOKED, about=TWO_PARTS),
    "booked_by_somebody_who_follows_a_feed": replace(BOOKED, invite=None, has_entry=False),
    "booked_for_somebody_without_address": replace(BOOKED, person_name=JOAN, for_name=JOAN, invite=None),
    "booked_from_the_list": replace(BOOKED, from_list=True),
    "booked_from_the_list_where_another_put_them": replace(BOOKED, from_list=True, booked_by="Bryn Jones"),
    "booked_by_change": replace(BOOKED, changed_from=HAD),
    "booked_from_the_list_for_somebody_without_address": replace(
        BOOKED, person_name=JOAN, for_name=JOAN, invite=None, from_list=True, changed_from=HAD
    ),
    "entry": kinds.Entry(about=TWO_PARTS, booking_ref="B00KED", invite=invite(part=1)),
    "entry_moved": kinds.Entry(about=TWO_PARTS, booking_ref="B00KED", invite=invite(part=1, sequence=1)),
    "entry_cancelled": kinds.Entry(about=TWO_PARTS, booking_ref="B00KED", invite=invite("CANCEL", part=1, sequence=1)),
    "entry_again_with_new_words": AGAIN,
    "entry_again_with_other_trainers": replace(AGAIN, why="trainers"),
    "entry_again_after_an_answer_about_an_earlier_time": replace(
        AGAIN, about=MOVED.about, invite=invite(sequence=1), why="earlier time"
    ),
    "entry_again_as_asked": replace(AGAIN, about=TWO_PARTS, invite=invite(part=1), why="asked"),
    "entry_again_put_right": replace(AGAIN, about=WEBINAR, why="put right"),
    "moved": MOVED,
    "moved_link": replace(
        MOVED,
        about=replace(WEBINAR, parts=(replace(ONLINE, joining_link="https://meet.example.org/j/555"),)),
        before=WEBINAR,
        changed=("link",),
        words="",
        clashes=(),
    ),
    "moved_back": replace(MOVED, about=SOCIAL_MEDIA, changed=(), words="", clashes=()),
    "cancelled": CANCELLED,
    "cancelled_by_another": replace(
        CANCELLED, cancelled_by="Rosa Díaz", why="You asked me to on the telephone.", invite=None, other_dates=()
    ),
    "cancelled_by_change": replace(CANCELLED, changed_to=HAD, other_dates=()),
    "cancelled_by_a_change_of_another": replace(CANCELLED, changed_to=HAD, cancelled_by="Rosa Díaz", other_dates=()),
    "cancelled_in_silence": replace(CANCELLED, was_silent=True),
    "cancelled_by_calendar": DECLINED,
    "cancelled_by_calendar_on_the_last_day": replace(DECLINED, held_until=None, other_dates=()),
    "give_up_asked": GIVE_UP_ASKED,
    "parts_declined": PARTS_DECLINED,
    "parts_declined_of_three": replace(
        PARTS_DECLINED, about=replace(TWO_PARTS, parts=(IT_ROOM, SEMINAR_ROOM, TWO_PARTS.parts[1])), declined=(0, 2)
    ),
    "not_booked": NOT_BOOKED,
    "not_booked_any_more": replace(NOT_BOOKED, may_undo=True),
    "session_cancelled": SESSION_CANCELLED,
    "session_cancelled_for_somebody_without_address": replace(
        SESSION_CANCELLED, for_name=JOAN, invite=None, other_dates=()
    ),
    "session_full": FULL,
    "session_full_and_waited_for": replace(
        FULL,
        booked_count=9,
        held_count=1,
        waiting_count=3,
        larger_rooms=(
            kinds.LargerRoom(ref="seminar-room-1", name="Seminar room 1, Northgate Hospital", capacity=16),
            kinds.LargerRoom(ref="lecture-theatre", name="Lecture theatre, Northgate Hospital", capacity=80),
        ),
    ),
    "session_news": NEWS,
    "session_news_back": replace(NEWS, about=SOCIAL_MEDIA, words=""),
    "session_news_added": replace(NEWS, about=TWO_PARTS, before=None, news="added", words=""),
    "session_news_removed": replace(NEWS, about=SOCIAL_MEDIA, news="removed", words="Tomasz is back next week."),
    "session_news_cancelled": replace(NEWS, about=SOCIAL_MEDIA, news="cancelled", words="The trainer is ill."),
    "session_news_with_an_entry": replace(NEWS, invite=invite(sequence=1)),
    "session_news_added_with_an_entry": replace(NEWS, about=TWO_PARTS, before=None, news="added", invite=invite()),
    "session_news_removed_with_an_entry": replace(
        NEWS, about=SOCIAL_MEDIA, news="removed", words="", invite=invite("CANCEL", sequence=1)
    ),
    "trainer_entry": TRAINER_ENTRY,
    "trainer_entry_moved": replace(TRAINER_ENTRY, about=TWO_PARTS, invite=invite(part=1, sequence=1)),
    "trainer_entry_removed": replace(TRAINER_ENTRY, about=WEBINAR, invite=invite("CANCEL", sequence=1)),
    "calendar_note_of_another_time": NOTE,
    "calendar_note_of_a_decline_too_late": replace(NOTE, what="too late", words=""),
    "calendar_note_of_some_parts": replace(NOTE, about=TWO_PARTS, what="some parts", words=""),
    "calendar_note_of_somebody_else": replace(NOTE, what="somebody else", words="Bryn comes for me."),
    "trainer_declined": TRAINER_DECLINED,
    "trainer_declined_a_part": replace(TRAINER_DECLINED, about=TWO_PARTS, part=1, words=""),
    "many_declines": MANY_DECLINES,
    "passed_on": replace(PASSED_ON, about=SOCIAL_MEDIA),
    "passed_on_about_no_session": replace(PASSED_ON, subject="Parking"),
    "need_unmet": NEED_UNMET,
    "need_unmet_of_several": replace(NEED_UNMET, about=TWO_PARTS, booking_refs=("B00KED", "B11KED")),
    "written": WRITTEN,
    "written_for_somebody_without_address": replace(WRITTEN, for_name="Joan Armah"),
    "written_afterwards": replace(WRITTEN, headline="The slides", words="Here they are.", has_begun=True),
    "reminder": REMINDER,
    "reminder_tomorrow": replace(REMINDER, about=WEBINAR, days_before=1),
    "still_coming": STILL_COMING,
    "still_coming_again": replace(STILL_COMING, about=WEBINAR, is_second=True),
    "still_coming_for_somebody_without_address": replace(STILL_COMING, for_name=JOAN, may_be_released=False),
    "trainer_reminder": TRAINER_REMINDER,
    "trainer_reminder_of_a_waited_for_session": replace(TRAINER_REMINDER, waiting_count=1, unconfirmed_count=3),
    "last_places": LAST_PLACES,
    "last_place": replace(LAST_PLACES, about=TWO_PARTS, places_left=1),
    "low_numbers": LOW_NUMBERS,
    "low_numbers_nobody": replace(LOW_NUMBERS, booked_count=0),
    "waiting": WAITING,
    "waiting_for_any_date": replace(WAITING_FOR_ANY, books_at_once=True, would_suit="Mondays, at Northgate"),
    "waiting_for_any_date_where_there_is_none": replace(WAITING, wants="any", dates=()),
    "waiting_for_a_new_date": replace(WAITING, wants="new", dates=(), would_suit="Early shifts"),
    "waiting_put_there_by_another": replace(WAITING, asked_by="Bryn Jones"),
    "waiting_to_change": replace(WAITING, keeps=HAD),
    "waiting_for_somebody_without_address": replace(
        WAITING_FOR_ANY, for_name=JOAN, asked_by="Cora Coordinator", books_at_once=True, keeps=HAD
    ),
    "offered": OFFERED,
    "offered_with_clashes": replace(OFFERED, clashes=MOVED.clashes),
    "offered_though_wanted_at_once": replace(OFFERED, clashes=MOVED.clashes, wanted_at_once=True),
    "offered_unseen": replace(OFFERED, wanted_at_once=True),
    "offered_to_change": replace(OFFERED, about=TWO_PARTS, course=TWO_PARTS.course, instead_of=HAD),
    "offered_for_somebody_without_address": replace(OFFERED, for_name=JOAN, wanted_at_once=True, instead_of=HAD),
    "offer_ending": OFFER_ENDING,
    "offer_ending_for_somebody_without_address": replace(OFFER_ENDING, for_name=JOAN),
    "offer_lapsed": OFFER_LAPSED,
    "offer_lapsed_open_to_all": replace(OFFER_LAPSED, is_open_to_all=True),
    "offer_lapsed_for_somebody_without_address": replace(OFFER_LAPSED, for_name=JOAN),
    "place_free": PLACE_FREE,
    "place_free_of_several": replace(PLACE_FREE, about=WEBINAR, course=WEBINAR.course, places_left=2),
    "place_free_for_somebody_without_address": replace(PLACE_FREE, for_name=JOAN),
    "new_date": NEW_DATE,
    "new_date_for_somebody_without_address": replace(NEW_DATE, for_name=JOAN),
    "wait_moved": WAIT_MOVED,
    "wait_moved_with_an_offer": replace(
        WAIT_MOVED, clashes=MOVED.clashes, offer_ref="0FFER34567", lapses_at=UNTIL, words=""
    ),
    "wait_moved_for_somebody_without_address": replace(WAIT_MOVED, for_name=JOAN),
    "wait_cancelled": WAIT_CANCELLED,
    "wait_cancelled_with_an_offer": replace(WAIT_CANCELLED, was_offered=True, words="", other_dates=()),
    "wait_cancelled_the_last": replace(WAIT_CANCELLED, goes_on=True),
    "wait_cancelled_for_somebody_without_address": replace(WAIT_CANCELLED, for_name=JOAN, goes_on=True),
    "wait_goes_on": WAIT_GOES_ON,
    "wait_goes_on_for_somebody_without_address": replace(WAIT_GOES_ON, for_name=JOAN, other_dates=()),
    "still_waiting": STILL_WAITING,
    "still_waiting_for_somebody_without_address": replace(STILL_WAITING, for_name=JOAN),
    "wait_ended": WAIT_ENDED,
    "wait_ended_by_another": replace(WAIT_ENDED, ended_by="Rosa Díaz", why="You told me that you are leaving."),
    "wait_ended_for_somebody_without_address": replace(WAIT_ENDED, for_name=JOAN),
}


def links_for(facts):
    """As create_app's errands make them."""
    links = {}
    if facts.session_meant or isinstance(facts, kinds.OfWait):
        links["course"] = f"{BASE}/courses/using-social-media-to-keep-up-to-date"
    if facts.session_meant:
        links |= links_of_session(facts)
    if isinstance(facts, kinds.OfBooking):
        links |= links_of_booking(facts)
    if isinstance(facts, kinds.OfWait):
        links |= links_of_wait(facts)
    if isinstance(facts, kinds.SignIn):
        links |= {"sign_in": f"{BASE}/sign-in/dGhlIHRva2VuIG9mIGEgbGluayB0byBzaWduIGluIHdpdGg", "code": "042917"}
    if isinstance(facts, kinds.ConfirmAddress):
        links["confirm"] = f"{BASE}/a/WyJjb25maXJtX2FkZHJlc3MiLCJDTDQxTVMiLDE3OTY5ODI0MDBd.c2lnbmF0dXJl"
    return links


def links_of_session(facts):
    session, manage = f"{BASE}/sessions/K7QX2M", f"{BASE}/manage/sessions/K7QX2M"
    links = {
        "session": session,
        "book": f"{session}/book",
        "manage": manage,
        "register": f"{manage}/register",
        "trainers": f"{manage}/trainers",
        "run": f"{manage}/run",
        "promote": f"{manage}/promote",
        "cancel_session": f"{manage}/cancel",
        "replies": f"{BASE}/manage/replies",
        "another_date": f"{BASE}/manage/courses/using-social-media-to-keep-up-to-date/schedule?like=K7QX2M",
    }
    rooms = {f"larger:{room.ref}": f"{manage}/larger/{room.ref}" for room in getattr(facts, "larger_rooms", ())}
    dates = {date.session_ref: f"{BASE}/sessions/{date.session_ref}" for date in getattr(facts, "other_dates", ())}
    return links | rooms | dates


def links_of_booking(facts):
    links = {
        "booking": f"{BASE}/bookings/B00KED",
        "cancel": f"{BASE}/a/WyJjYW5jZWwiLCJCMDBLRUQiLDE4MDE3NTI0MDBd.c2lnbmF0dXJlIG9mIGEgbGluaw",
    }
    if getattr(facts, "by_calendar", False) or getattr(facts, "may_undo", False):
        links["undo"] = f"{BASE}/a/WyJ1bmRvIiwiQjAwS0VEIiwxODAxNzUyNDAwXQ.c2lnbmF0dXJl"
    if isinstance(facts, kinds.StillComing):
        links["coming"] = f"{BASE}/a/WyJjb21pbmciLCJCMDBLRUQiLDE4MDE3NTI0MDBd.c2lnbmF0dXJlIG9mIGEgbGluaw"
    if isinstance(facts, kinds.SessionCancelled):
        links["wait_again"] = f"{BASE}/a/WyJ3YWl0X2FnYWluIiwiQjAwS0VEIiwxODAxNzUyNDAwXQ.c2lnbmF0dXJl"
    return links


def links_of_wait(facts):
    links = {
        "leave": f"{BASE}/a/WyJsZWF2ZSIsIldBMVRFRDIzNDUiLDE4MzA2ODE2MDBd.c2lnbmF0dXJl",
        "still_want": f"{BASE}/a/WyJzdGlsbF93YW50IiwiV0ExVEVEMjM0NSIsMTgzMDY4MTYwMF0.c2lnbmF0dXJl",
    }
    if getattr(facts, "offer_ref", ""):
        links["answer"] = f"{BASE}/a/WyJhbnN3ZXIiLCIwRkZFUjM0NTY3IiwxODAxNzUyNDAwXQ.c2lnbmF0dXJl"
    if not facts.for_another:
        links["wait"] = f"{BASE}/waits/WA1TED2345"
    return links


def write(facts, instance, *, to=AMINA, **chosen):
    return render.render(facts, links_for(facts), settings=settings(instance, **chosen), recipient=to)
