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
NEWS = kinds.SessionNews(
    about=MOVED.about,
    before=SOCIAL_MEDIA,
    news="changed",
    by_name="Cora Coordinator",
    words="The PCs are being replaced that week. We are sorry for the trouble.",
)
NEED_UNMET = kinds.NeedUnmet(about=SOCIAL_MEDIA, room="Boardroom, Fairfield House", booking_refs=("B00KED",))
WRITTEN = kinds.Written(
    about=SOCIAL_MEDIA,
    booking_ref="B00KED",
    headline="Please bring your laptop",
    words="The PCs in the room are being replaced, so please bring a laptop.\n\nWe can lend you one.",
    written_by="Rosa Díaz",
)
REMINDER = kinds.Reminder(about=SOCIAL_MEDIA, booking_ref="B00KED", days_before=7)

EVERY: dict[str, kinds.Facts] = {
    "sign_in": SIGN_IN,
    "confirm_address": CONFIRM_ADDRESS,
    "booked": BOOKED,
    "booked_by_another": replace(BOOKED, booked_by="Bryn Jones"),
    "booked_online": replace(BOOKED, about=WEBINAR),
    "booked_two_parts": replace(BOOKED, about=TWO_PARTS),
    "booked_for_somebody_without_address": replace(BOOKED, person_name="Joan Armah", invite=None),
    "entry": kinds.Entry(about=TWO_PARTS, booking_ref="B00KED", invite=invite(part=1)),
    "entry_moved": kinds.Entry(about=TWO_PARTS, booking_ref="B00KED", invite=invite(part=1, sequence=1)),
    "entry_cancelled": kinds.Entry(about=TWO_PARTS, booking_ref="B00KED", invite=invite("CANCEL", part=1, sequence=1)),
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
    "session_cancelled": kinds.SessionCancelled(
        about=SOCIAL_MEDIA,
        booking_ref="B00KED",
        invite=invite("CANCEL", sequence=1),
        words="The trainer is ill.",
        other_dates=OTHER_DATES,
    ),
    "session_full": kinds.SessionFull(about=SOCIAL_MEDIA, booked_count=10, capacity=10),
    "session_news": NEWS,
    "session_news_back": replace(NEWS, about=SOCIAL_MEDIA, words=""),
    "session_news_added": replace(NEWS, about=TWO_PARTS, before=None, news="added", words=""),
    "session_news_removed": replace(NEWS, about=SOCIAL_MEDIA, news="removed", words="Tomasz is back next week."),
    "session_news_cancelled": replace(NEWS, about=SOCIAL_MEDIA, news="cancelled", words="The trainer is ill."),
    "need_unmet": NEED_UNMET,
    "need_unmet_of_several": replace(NEED_UNMET, about=TWO_PARTS, booking_refs=("B00KED", "B11KED")),
    "written": WRITTEN,
    "written_for_somebody_without_address": replace(WRITTEN, for_name="Joan Armah"),
    "written_afterwards": replace(WRITTEN, headline="The slides", words="Here they are.", has_begun=True),
    "reminder": REMINDER,
    "reminder_tomorrow": replace(REMINDER, about=WEBINAR, days_before=1),
    "trainer_reminder": kinds.TrainerReminder(about=SOCIAL_MEDIA, booked_count=8, capacity=10, needs_count=2),
}


def links_for(facts):
    """As create_app's errands make them."""
    links = {
        "sign_in": f"{BASE}/sign-in/dGhlIHRva2VuIG9mIGEgbGluayB0byBzaWduIGluIHdpdGg",
        "code": "042917",
        "confirm": f"{BASE}/a/WyJjb25maXJtX2FkZHJlc3MiLCJDTDQxTVMiLDE3OTY5ODI0MDBd.c2lnbmF0dXJl",
        "booking": f"{BASE}/bookings/B00KED",
        "cancel": f"{BASE}/a/WyJjYW5jZWwiLCJCMDBLRUQiLDE4MDE3NTI0MDBd.c2lnbmF0dXJlIG9mIGEgbGluaw",
        "session": f"{BASE}/sessions/K7QX2M",
        "course": f"{BASE}/courses/using-social-media-to-keep-up-to-date",
        "manage": f"{BASE}/manage/sessions/K7QX2M",
        "register": f"{BASE}/manage/sessions/K7QX2M/register",
    }
    return links | {
        date.session_ref: f"{BASE}/sessions/{date.session_ref}" for date in getattr(facts, "other_dates", ())
    }


def write(facts, instance, *, to=AMINA, **chosen):
    return render.render(facts, links_for(facts), settings=settings(instance, **chosen), recipient=to)
