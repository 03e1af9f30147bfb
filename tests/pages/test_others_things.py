"""A page of one's own, sent with what belongs to others: their sessions, bookings, emails, people and rooms by id."""

import pytest

from app import attendance, timetable
from tests import make
from tests.pages.scene import rows, token

# Who may go where, and what is shown there, is the same whatever the database.
pytestmark = pytest.mark.one_engine

DAY = make.timedelta(days=1)


class Desks:
    """Tom and Olu each run a session of a course of their own, in a room of its own, with somebody booked."""

    def __init__(self, office):
        self.office = office
        self.tom, self.olu = make.trainer("Tom Trainer"), make.trainer("Olu Other")
        self.rooms = make.room("Room 1", capacity=20), make.room("Room 2", capacity=20)
        starts_at = office.now + DAY
        self.own, self.others = (
            make.training_session(
                trainers=[who],
                room=room,
                course=self._course(who),
                starts_at=starts_at,
            )
            for who, room in zip((self.tom, self.olu), self.rooms, strict=True)
        )
        self.own_booking, self.others_booking = make.booking(self.own), make.booking(self.others, make.person("Otto"))
        self.own_notice, self.others_notice = office.notices("booked")
        office.say("UPDATE notices SET state = 'failed', next_at = NULL")

    @staticmethod
    def _course(who):
        return make.course(f"Course of {who.name}", owner=who)

    def browser(self, who=None):
        browser = self.office.browser(who or self.tom)
        self.token = token(browser)
        return browser

    def nothing_comes_of(self, address, /, *, who=None, **sent):
        """Whether a post does nothing at all; what it was answered."""
        browser, before = self.browser(who), rows(apart_from=("signed_in",))
        browser.post(address, csrf_token=self.token, **sent)
        assert rows(apart_from=("signed_in",)) == before
        return browser


@pytest.fixture
def desks(office):
    return Desks(office)


@pytest.mark.parametrize("pressed", [{}, {"go": "yes"}])
def test_rooms_are_not_swapped_with_a_session_that_one_does_not_run(desks, pressed):
    browser = desks.nothing_comes_of(f"/manage/sessions/{desks.own.ref}/swap", other=desks.others.ref, **pressed)

    assert browser.status == 422
    assert "Course of Olu Other" not in browser.text


def test_drafts_of_others_are_not_put_on_the_timetable(office, desks):
    make.training_session(trainers=[desks.tom], starts_at=make.IN_TWO_WEEKS, is_draft=True)
    draft = make.training_session(trainers=[desks.olu], starts_at=make.IN_TWO_WEEKS, is_draft=True)

    browser = desks.nothing_comes_of("/manage/timetable/publish", drafts=[draft.ref])

    assert browser.status == 422


@pytest.mark.parametrize("pressed", [{}, {"go": "yes"}])
def test_somebody_elses_booking_is_not_cancelled_by_way_of_a_session_of_ones_own(desks, pressed):
    address = f"/manage/sessions/{desks.own.ref}/bookings/{desks.others_booking.ref}/remove"

    browser = desks.nothing_comes_of(address, words="Out", **pressed)

    assert (browser.status, "Otto" in browser.text) == (404, False)


def test_emails_about_other_sessions_are_not_sent_again(desks):
    browser = desks.nothing_comes_of(f"/manage/sessions/{desks.own.ref}/emails/{desks.others_notice.id}/again")

    assert browser.status == 404


def test_nobody_on_another_sessions_register_is_marked_or_taken_off(office, desks):
    office.now += DAY
    office.do(attendance.add_walk_in, desks.others.id, "Wanda Walker", by=desks.olu, now=office.now)
    [walk_in] = [line.mark_id for line in attendance.register_of(desks.others) if line.is_walk_in]
    marks = {f"mark-{desks.others_booking.id}": "absent", f"was-{desks.others_booking.id}": "none"}

    desks.nothing_comes_of(f"/manage/sessions/{desks.own.ref}/register", **marks, remove=str(walk_in))


def test_no_session_is_begun_like_one_of_a_course_that_one_does_not_teach(office, desks):
    secret = make.training_session(
        trainers=[desks.olu],
        course=desks.others.course,
        starts_at=make.IN_TWO_WEEKS,
        slots=[make.slot(joining_link="https://meet.example.org/secret")],
    )
    browser, course = desks.browser(), desks.own.course.slug
    span = f"{make.IN_TWO_WEEKS + DAY:%Y%m%dT%H%MZ}-{make.IN_TWO_WEEKS + DAY * 1.1:%Y%m%dT%H%MZ}"

    asked = [
        browser.get(f"/manage/courses/{course}/schedule?like={secret.ref}").text,
        browser.get(
            f"/manage/courses/{course}/schedule/details?like={secret.ref}&room=-online&part={span}"
        ).answer.text,
    ]

    assert ["Like the session" in asked[0], "meet.example.org/secret" in asked[1]] == [False, False]


@pytest.mark.parametrize("pressed", [{}, {"go": "yes"}])
def test_nobody_runs_a_session_who_is_no_trainer(desks, pressed):
    staff = make.person("Sam Staff")

    browser = desks.nothing_comes_of(f"/manage/sessions/{desks.own.ref}/trainers", trainers=[staff.ref], **pressed)

    assert (browser.status, "Sam Staff" in browser.text) == (422, False)


def test_nobody_teaches_a_course_who_is_no_trainer(desks):
    staff = make.person("Sam Staff")

    browser = desks.nothing_comes_of(f"/manage/courses/{desks.own.course.slug}/trainers", trainers=[staff.ref])

    assert (browser.status, "Sam Staff" in browser.text) == (422, False)


def test_no_session_is_scheduled_for_a_person_who_is_no_trainer_or_in_a_retired_room(office, desks):
    staff, old = make.person("Sam Staff"), make.room("Old room", capacity=20)
    office.do(timetable.retire_room, old.id, by=None, now=office.now)
    span = f"{make.IN_TWO_WEEKS:%Y%m%dT%H%MZ}-{make.IN_TWO_WEEKS + DAY / 24:%Y%m%dT%H%MZ}"
    address = f"/manage/courses/{desks.own.course.slug}/schedule/details?part={span}&room="
    sound = {"capacity": "5", "minimum": "0", "opens": "at once", "closes": "at start", "keep": "now", "go": "yes"}

    statuses = [
        desks.nothing_comes_of(f"{address}{desks.rooms[0].slug}", trainers=[staff.ref], **sound).status,
        desks.nothing_comes_of(f"{address}{old.slug}", trainers=[desks.tom.ref], **sound).status,
    ]

    assert statuses[0] == 422
    assert statuses[1] in {409, 422}


@pytest.mark.parametrize("pressed", [{}, {"go": "yes"}])
def test_no_session_goes_into_a_retired_room_or_one_that_is_closed(office, desks, pressed):
    old, closed = make.room("Old room", capacity=20), make.room("Closed room", capacity=20)
    office.do(timetable.retire_room, old.id, by=None, now=office.now)
    office.do(timetable.close_room, closed.id, office.now, office.now + DAY * 3, why="Paint", by=None, now=office.now)

    for room in (old, closed):
        sent = {"room": room.slug, "capacity": "10", "joining_link": ""}
        assert desks.nothing_comes_of(f"/manage/sessions/{desks.own.ref}/room", **sent, **pressed).status in {409, 422}


def test_a_closure_ends_only_by_way_of_its_own_room_and_no_session_does_so(office, desks):
    cora = make.coordinator()
    closure = office.do(
        timetable.close_room,
        desks.rooms[0].id,
        make.IN_TWO_WEEKS,
        make.IN_TWO_WEEKS + DAY,
        why="Paint",
        by=None,
        now=office.now,
    )
    own, other = (room.slug for room in desks.rooms)

    answers = [
        desks.nothing_comes_of(f"/manage/rooms/{other}/closures/{closure.id}/reopen", who=cora).status,
        desks.nothing_comes_of(f"/manage/rooms/{own}/closures/{desks.own.slots[0].id}/reopen", who=cora).status,
    ]

    assert answers == [409, 409]


@pytest.mark.parametrize("pressed", [{}, {"go": "yes"}])
def test_only_the_two_records_that_are_compared_can_stay(desks, pressed):
    cora, [one, two, third] = make.coordinator(), [make.person(f"Kit {number}") for number in range(3)]

    browser = desks.nothing_comes_of(f"/manage/people/{one.ref}/merge/{two.ref}", who=cora, stays=third.ref, **pressed)

    assert browser.status == 422


@pytest.mark.parametrize("page", ["emails", "addresses/remove"])
def test_an_address_of_somebody_else_is_neither_chosen_nor_removed(desks, page):
    cora, kit, nia = make.coordinator(), make.person("Kit Known"), make.person("Nia Nurse")

    browser = desks.nothing_comes_of(f"/manage/people/{kit.ref}/{page}", who=cora, address=nia.address)

    assert (browser.status == 303, nia.address in browser.text) == (False, False)


def test_a_course_that_one_may_not_see_cannot_be_copied_published_or_archived(desks):
    make.course("Secret course", slug="secret", state="draft", owner=desks.olu)

    for button in ("copy", "publish", "draft", "archive", "restore"):
        browser = desks.nothing_comes_of(f"/manage/courses/secret/{button}")
        assert (button, browser.status, "Secret course" in browser.text) == (button, 404, False)


def test_nobody_looks_at_a_booking_of_a_session_that_one_does_not_run_or_sends_its_entry_again(desks):
    address = f"/manage/bookings/{desks.others_booking.ref}"

    shown, sent = desks.browser().get(address), desks.nothing_comes_of(f"{address}/put-right")

    assert [(browser.status, "Otto" in browser.text) for browser in (shown, sent)] == [(403, False), (403, False)]


def test_nobody_sends_entries_to_the_trainers_of_a_session_that_one_does_not_run(desks):
    browser = desks.nothing_comes_of(f"/manage/sessions/{desks.others.ref}/emails/put-right")

    assert browser.status == 403


def test_nobody_takes_back_what_somebody_else_has_declined(desks):
    declined = make.declined(desks.others, make.person("Otta"))

    for who in (desks.tom, desks.olu):
        browser = desks.nothing_comes_of(f"/bookings/{declined.ref}/undo", who=who)
        assert (browser.status, "Otta" in browser.text) == (404, False)


@pytest.mark.parametrize("end", ["change", "coming"])
def test_somebody_elses_booking_is_neither_changed_nor_confirmed_not_even_by_who_runs_the_session(desks, end):
    other = make.training_session(course=desks.others.course, trainers=[desks.tom], starts_at=make.IN_TWO_WEEKS + DAY)

    for who in (desks.tom, desks.olu):
        browser = desks.nothing_comes_of(f"/bookings/{desks.others_booking.ref}/{end}", who=who, date=other.ref)
        assert (browser.status, "Otto" in browser.text) == (404, False)


def test_nobody_changes_to_a_session_of_another_course(office, desks):
    nia = make.person("Nia Nurse")
    booking = make.booking(desks.own, nia)
    make.training_session(course=desks.own.course, trainers=[desks.tom], starts_at=make.IN_TWO_WEEKS)

    browser = desks.nothing_comes_of(
        f"/bookings/{booking.ref}/change", who=nia, date=desks.others.ref, go_ahead=desks.others.ref
    )

    assert browser.status == 422


def test_staff_do_not_book_all_the_same_where_only_those_who_run_it_may(office, desks):
    nia = make.person("Nia Nurse")
    make.booking(desks.own, nia)
    twin = make.training_session(starts_at=desks.own.starts_at)
    sent = {"name": "Nia", "email": nia.address, "go_ahead": nia.address, "access_needs": ""}
    browser = desks.browser(make.person("Sam Staff"))

    browser.post(f"/sessions/{twin.ref}/book-for", csrf_token=desks.token, **sent)

    assert browser.status == 409
    assert office.fresh(twin).places_taken == 0


@pytest.mark.parametrize("end", ["", "/leave", "/still-want"])
def test_somebody_elses_place_in_line_is_theirs_alone_even_to_those_who_run_training(desks, end):
    wait = make.wait(desks.own.course, make.person("Otto"), wants="new")

    for who in (desks.tom, make.coordinator()):
        browser = desks.nothing_comes_of(f"/waits/{wait.ref}{end}", who=who)
        assert browser.status in {404, 405}


@pytest.mark.parametrize("answer", ["take", "take as well", "not this date", "take me off", "still want"])
def test_nobody_answers_an_offer_to_somebody_else_by_its_address(office, desks, answer):
    full = make.full_session(course=desks.own.course, trainers=[desks.tom], starts_at=make.IN_TWO_WEEKS)
    make.wait(full, make.person("Otto"))
    office.free(full)

    for who in (desks.tom, make.coordinator()):
        browser = desks.nothing_comes_of(f"/offers/{office.offer_on(full).ref}", who=who, answer=answer)
        assert (browser.status, "Otto" in browser.text) == (404, False)


def test_nobody_gives_up_somebody_elses_place_by_waiting_instead_of_it(office, desks):
    full = make.full_session(course=desks.others.course, trainers=[desks.olu], starts_at=make.IN_TWO_WEEKS)
    nia, sent = make.person("Nia Nurse"), {"wants": "this", "how": "book", "instead_of": desks.others.ref}
    browser = desks.browser(nia)

    browser.post(f"/sessions/{full.ref}/wait", csrf_token=desks.token, **sent)
    office.free(full)

    assert office.names_on(full)[0] == ["Nia Nurse"]
    assert office.fresh(desks.others_booking).state == "booked"


@pytest.mark.parametrize("pressed", [{}, {"go": "yes"}])
def test_nobody_who_waits_is_given_a_place_on_a_session_of_another_course(office, desks, pressed):
    wait = make.wait(desks.own.course, make.person("Wim Waiting"), wants="new")

    browser = desks.nothing_comes_of(
        f"/manage/waits/{wait.ref}/place", who=make.coordinator(), session=desks.others.ref, words="Please", **pressed
    )

    assert browser.status == 422
