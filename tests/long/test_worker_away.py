"""The worker was away for two days. When it is back, what fell due is done in order, and nothing stale is said.

All else went on: people booked, cancelled and answered, and the web processes passed places on.
"""

from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from app import bookings, changes, clock, doctor, waiting_list
from app.db import db, transaction
from app.notices.outbox import Notice
from app.waiting_list import Offer
from tests import make
from tests.make import IN_TWO_WEEKS
from tests.office import NOW

TWO_DAYS, HOUR = timedelta(days=2), timedelta(hours=1)


def in_line(place, *names, **kwargs):
    """They wait, in this order."""
    return [make.wait(place, make.person(name), **kwargs) for name in names]


def offered_to(wait):
    """The open offer of somebody who waits, or None."""
    db.session.rollback()
    return waiting_list.open_offer_of(waiting_list.by_id(wait.id))


def free_a_place(office, training_session):
    booking = bookings.live_on(training_session)[0]
    office.cancel(booking)


def sent(office, *kinds):
    """What has left: (kind, name) each, in the order in which it was queued."""
    return [(one.kind, one.recipient_name) for one in office.notices(state="sent") if one.kind in kinds]


def test_offers_that_ran_out_meanwhile_pass_on_in_order(office):
    later = make.full_session(starts_at=IN_TWO_WEEKS)
    sooner = make.full_session(course=later.course, starts_at=NOW + timedelta(days=6))
    ann, bea, col, dee = in_line(later.course, "Ann", "Bea", "Col", "Dee")
    free_a_place(office, later)  # Ann has two working days
    free_a_place(office, sooner)  # Bea has a day
    office.deliver()
    assert [offered_to(wait).training_session_id for wait in (ann, bea)] == [later.id, sooner.id]

    office.now = NOW + TWO_DAYS + HOUR
    office.deliver()

    assert [offered_to(wait) for wait in (ann, bea)] == [None, None]
    assert [offered_to(wait).training_session_id for wait in (col, dee)] == [sooner.id, later.id]
    assert sent(office, "offer_lapsed") == [("offer_lapsed", "Bea"), ("offer_lapsed", "Ann")]
    assert sent(office, "offered")[2:] == [("offered", "Col"), ("offered", "Dee")]
    assert doctor.examine(office.now) == []


def test_a_new_offer_has_its_full_time_from_when_it_is_made(office):
    training_session = make.full_session(starts_at=IN_TWO_WEEKS)
    _, bea = in_line(training_session, "Ann", "Bea")
    free_a_place(office, training_session)

    office.now = NOW + TWO_DAYS + HOUR
    office.deliver()

    assert offered_to(bea).lapses_at == waiting_list.deadline(training_session.course, IN_TWO_WEEKS, office.now)


def test_nobody_is_warned_of_an_offer_that_has_run_out(office):
    training_session = make.full_session(starts_at=IN_TWO_WEEKS)
    in_line(training_session, "Ann")
    free_a_place(office, training_session)
    office.deliver()
    assert [one.state for one in office.notices("offer_ending")] == ["waiting"]

    office.now = NOW + TWO_DAYS + HOUR
    office.deliver()

    assert [one.state for one in office.notices("offer_ending")] == ["withdrawn"]
    assert sent(office, "offer_lapsed") == [("offer_lapsed", "Ann")]


def test_an_offer_that_nobody_was_told_of_is_not_sent_when_it_has_run_out(office):
    """The worker died before the letter left: whoever reads of it then could not take the place."""
    training_session = make.full_session(starts_at=IN_TWO_WEEKS)
    in_line(training_session, "Ann")
    free_a_place(office, training_session)

    office.now = NOW + TWO_DAYS + HOUR
    office.deliver()

    assert [one.state for one in office.notices("offered")] == ["withdrawn"]
    assert sent(office, "offer_lapsed") == [("offer_lapsed", "Ann")]


def test_of_two_reminders_that_are_due_one_leaves(office):
    days = [IN_TWO_WEEKS, IN_TWO_WEEKS + timedelta(days=1)]
    slots = [make.slot(at, joining_link="https://meet.example.org/room") for at in days]
    make.booking(make.training_session(slots=slots))
    office.now = IN_TWO_WEEKS - TWO_DAYS
    office.deliver()
    before = len(sent(office, "reminder"))

    office.now = IN_TWO_WEEKS - HOUR / 2  # at half past nine on the first day both last reminders are due
    office.deliver()

    assert len(sent(office, "reminder")) - before == 1


def test_nothing_is_sent_twice(office):
    training_session = make.full_session(starts_at=IN_TWO_WEEKS)
    in_line(training_session, "Ann", "Bea", "Col")
    free_a_place(office, training_session)
    office.now = NOW + TWO_DAYS + HOUR

    first, second = office.deliver(), office.deliver()

    assert len({letter.id for letter in first}) == len(first)
    assert second == []
    twice = Counter((one.kind, one.about, one.about_id, one.address) for one in office.notices(state="sent"))
    assert [what for what, count in twice.items() if count > 1] == []


def test_whoever_waits_is_told_of_a_free_place_when_the_last_day_has_begun_meanwhile(office):
    training_session = make.full_session(starts_at=NOW + timedelta(days=2, hours=20))
    ann, bea, col = in_line(training_session, "Ann", "Bea", "Col")
    free_a_place(office, training_session)  # Ann has a day
    office.deliver()

    office.now = NOW + TWO_DAYS
    office.deliver()
    office.deliver()

    assert [offered_to(wait) for wait in (ann, bea, col)] == [None, None, None]
    assert sent(office, "place_free") == [("place_free", "Bea"), ("place_free", "Col")]
    [lapsed] = office.notices("offer_lapsed")
    assert lapsed.facts["is_open_to_all"]
    assert doctor.examine(office.now) == []


def test_booking_that_opened_meanwhile_is_for_whoever_is_first_in_line(office):
    full = make.full_session(starts_at=IN_TWO_WEEKS)
    ann, bea = in_line(full.course, "Ann", "Bea")
    opens_at = NOW + timedelta(days=1)
    new = make.training_session(
        course=full.course, capacity=1, starts_at=IN_TWO_WEEKS + TWO_DAYS, booking_opens_at=opens_at
    )
    assert offered_to(ann) is None

    office.now = NOW + TWO_DAYS
    office.deliver()

    assert offered_to(ann).training_session_id == new.id
    assert offered_to(bea) is None


def test_a_worker_that_is_started_after_two_days_does_what_fell_due(on_either):
    """The same with the real one, in a process of its own."""
    now, then = clock.now(), clock.now() - TWO_DAYS - HOUR
    with on_either.records():
        with transaction():
            training_session = changes.schedule(
                make.course(),
                slots=[make.slot(now + timedelta(days=4), joining_link="https://meet.example.org/room")],
                trainers=[make.trainer()],
                capacity=1,
                by=None,
                now=then - TWO_DAYS,
            )
            people = [make.person(name) for name in ("Nia", "Ann", "Bea")]
            nia, *waiting = people
            booking = bookings.book(nia, training_session.id, by=nia, now=then - HOUR)
        for person in waiting:
            with transaction():
                bookings.wait(person, training_session.course_id, wants="any", by=person, now=then - HOUR)
        with transaction():
            bookings.cancel(bookings.get(booking.ref), by=nia, now=then)

    on_either.roomful("worker", "--once")
    on_either.roomful("worker", "--once")

    with on_either.records() as session:
        offers = session.scalars(select(Offer).order_by(Offer.id)).all()
        assert [offer.state for offer in offers] == ["lapsed", "open"]
        about_offers = select(Notice.kind).where(Notice.about == "offers", Notice.state == "sent").order_by(Notice.id)
        assert session.scalars(about_offers).all() == ["offer_lapsed", "offered"]
    subjects = Counter((letter.to, letter.subject) for letter in on_either.letters())
    assert set(subjects.values()) == {1}
    on_either.doctor()
