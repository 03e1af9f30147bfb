import threading
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from app import changes, people, settings
from app.bookings.tables import Invite
from app.db import db, transaction
from app.notices import kinds, ledger, mailer, outbox
from app.notices.mailer import OutOfReach, RefusedForGood, TryLater
from app.notices.worker import LEASE, Worker
from tests import make
from tests.notices import letters, mail_server
from tests.notices.letters import NOW

pytestmark = pytest.mark.both_engines


class Van:
    """A transport that says what it is told to say, and keeps what it carries."""

    def __init__(self, *faults):
        self.faults = list(faults)
        self.carried = []
        self.on_the_way = lambda: None

    def deliver(self, envelope):
        self.on_the_way()
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.carried.append(envelope)

    def close(self):
        pass


def minutes(number):
    return NOW + timedelta(minutes=number)


BUSY = TryLater("The mail server said: 451 busy", may_have_left=False)
AWAY = OutOfReach("No connection to the mail server.", may_have_left=False)
UNKNOWN = RefusedForGood("The mail server said: 550 no such person", may_have_left=False)


def test_a_due_letter_is_sent_once(post_room, worker_for):
    notice, van = post_room.queue(), Van()
    worker = worker_for(van)

    assert worker.run_once(NOW) == {"sent": 1}
    assert worker.run_once(NOW) == {}

    sent = post_room.fresh(notice)
    assert (sent.state, sent.next_at, sent.lease, sent.fault) == ("sent", None, "", "")
    assert NOW <= sent.sent_at <= minutes(1)
    assert [envelope.address for envelope in van.carried] == ["rosa.diaz@hospital.nhs.uk"]


def test_without_a_mail_server_letters_arrive_in_the_instance_folder(post_room, worker_for):
    notice = post_room.queue()

    worker_for().run_once(NOW)

    [file] = post_room.mail.iterdir()
    assert file.name == f"{notice.id}-booked.eml"
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["Subject"].startswith("Booked: ")


def test_a_letter_that_is_not_due_yet_waits(post_room, worker_for):
    post_room.queue(due_at=minutes(60))

    assert worker_for(Van()).run_once(NOW) == {}


def test_no_transaction_is_open_while_the_mail_server_talks(post_room, worker_for):
    post_room.queue()
    van, open_ones = Van(), []
    van.on_the_way = lambda: open_ones.append(db.session().in_transaction())

    worker_for(van).run_once(NOW)

    assert open_ones == [False]


def test_a_letter_refused_for_now_is_tried_again_after_longer_and_longer_pauses(post_room, worker_for):
    notice, worker = post_room.queue(), worker_for(Van(*[BUSY] * 99))
    now, pauses = NOW, []

    while post_room.fresh(notice).state == "waiting":
        worker.run_once(now)
        if notice.next_at:
            pauses.append((notice.next_at - now) // timedelta(minutes=1))
            now = notice.next_at

    assert pauses == [1, 5, 30, 120, 360, 360, 360, 360, 360, 360, 360, 204]
    assert (notice.state, notice.fault) == ("failed", "The mail server said: 451 busy")
    assert now == NOW + timedelta(days=2)


def test_an_unknown_address_fails_at_once_and_holds_up_nobody(post_room, worker_for):
    notice = post_room.queue(key="1")
    post_room.queue(key="2")

    assert worker_for(Van(UNKNOWN)).run_once(NOW) == {"failed": 1, "sent": 1}

    failed = post_room.fresh(notice)
    assert (failed.state, failed.fault) == ("failed", "The mail server said: 550 no such person")
    assert not failed.may_have_left


def test_when_the_server_is_out_of_reach_the_other_letters_are_not_tried(post_room, worker_for):
    for number in range(3):
        post_room.queue(key=str(number))
    van = Van(AWAY, AWAY)

    assert worker_for(van).run_once(NOW) == {"out of reach": 1}
    assert worker_for(van).run_once(NOW) == {"out of reach": 1}
    assert worker_for(van).run_once(minutes(1)) == {"sent": 3}


def test_an_outage_of_an_hour_delays_no_letter_for_long_after_it(post_room, worker_for):
    notice, worker = post_room.queue(), worker_for(Van(*[AWAY] * 99))
    now = NOW

    while now < minutes(60):
        worker.run_once(now)
        now = post_room.fresh(notice).next_at

    assert now <= minutes(66)
    assert not notice.may_have_left


def test_a_worker_killed_after_sending_sends_the_same_mail_again(post_room, worker_for):
    post_room.queue(thread="booking:1")
    van, died = Van(), RuntimeError("kill -9")

    def die(*_):
        raise died

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "held", die)
        with pytest.raises(RuntimeError):
            worker_for(van).run_once(NOW)
    assert worker_for(van).run_once(NOW) == {}  # the lease still runs
    assert worker_for(van).run_once(minutes(5)) == {"sent": 1}

    first, second = (envelope.mail for envelope in van.carried)
    assert first["Message-ID"] == second["Message-ID"]
    assert calendar_of(first) == calendar_of(second)


def calendar_of(mail):
    return next(part for part in mail.walk() if part.get_content_type() == "text/calendar").get_payload(decode=True)


def test_a_worker_that_lost_its_lease_settles_nothing(post_room, worker_for):
    notice, van = post_room.queue(), Van()

    def another_worker_takes_it():
        van.on_the_way = lambda: None
        with transaction():
            outbox.take(minutes(5), lease=timedelta(minutes=5))

    van.on_the_way = another_worker_takes_it

    assert worker_for(van).run_once(NOW) == {"lost": 1}
    assert post_room.fresh(notice).state == "sending"


def test_a_letter_that_became_untrue_while_it_was_refused_is_not_tried_again(post_room, worker_for):
    notice, van = post_room.queue(), Van(BUSY)

    def cancel():
        with transaction():
            outbox.withdraw(post_room.rosa, now=NOW)

    van.on_the_way = cancel

    assert worker_for(van).run_once(NOW) == {"withdrawn": 1}
    assert post_room.fresh(notice).state == "withdrawn"


def test_a_letter_that_became_untrue_while_it_was_refused_for_good_is_nobodys_to_put_right(post_room, worker_for):
    notice, van = post_room.queue(), Van(UNKNOWN)

    def cancel():
        with transaction():
            outbox.withdraw(post_room.rosa, now=NOW)

    van.on_the_way = cancel

    assert worker_for(van).run_once(NOW) == {"withdrawn": 1}
    assert post_room.fresh(notice).fault == "The mail server said: 550 no such person"


def test_letters_of_one_booking_leave_in_order_through_an_outage(post_room, worker_for):
    post_room.queue(key="booked:1", thread="booking:1")
    post_room.queue(letters.CANCELLED, key="cancelled:1", thread="booking:1")
    van = Van(BUSY)

    assert worker_for(van).run_once(NOW) == {"put off": 1}
    assert worker_for(van).run_once(minutes(1)) == {"sent": 2}

    assert [envelope.mail["Subject"].split(":")[0] for envelope in van.carried] == ["Booked", "You cancelled"]


def test_an_old_mailbox_that_no_longer_answers_does_not_hold_up_the_new_address(office):
    nia = make.person(address="old@example.org")
    make.booking(make.training_session(), nia)
    office.deliver()
    office.do(people.give_address, nia, "new@example.org", by=nia, now=NOW)
    office.do(changes.send_letters_to, nia, "new@example.org", by=nia, now=NOW)
    van = Van(BUSY)

    done = Worker(office.app.extensions["notice_worker"].errands, transport=van).run_once(NOW)

    assert done == {"put off": 1, "sent": 1}
    assert [envelope.address for envelope in van.carried] == ["new@example.org"]


def test_a_reminder_says_what_is_true_when_it_falls_due(post_room, worker_for):
    notice = post_room.queue_reminder()
    van = Van()

    worker_for(van, facts_now={"reminder": lambda notice, now: letters.REMINDER}).run_once(NOW)

    assert van.carried[0].mail["Subject"].startswith("Reminder: Using Social Media")
    assert kinds.from_json("reminder", post_room.fresh(notice).facts) == letters.REMINDER  # what was said is kept


def test_a_reminder_of_nothing_is_withdrawn(post_room, worker_for):
    notice = post_room.queue_reminder()

    assert worker_for(Van(), facts_now={"reminder": lambda notice, now: None}).run_once(NOW) == {"withdrawn": 1}
    assert post_room.fresh(notice).withdrawn_at == NOW


def test_a_sign_in_letter_gets_its_secrets_when_it_is_taken_and_they_are_not_kept(post_room, worker_for):
    notice, van = post_room.queue(letters.SIGN_IN, key="sign_in:1"), Van()
    secret = {"sign_in": "https://training.library.nhs.uk/sign-in/secret", "code": "314159"}

    worker_for(van, links=lambda n, f: {}, secret_links={"sign_in": lambda facts, now: secret}).run_once(NOW)

    text = van.carried[0].mail.get_body(("plain",)).get_content()
    assert "314159" in text
    assert secret["sign_in"] in text
    assert "314159" not in str(post_room.fresh(notice).facts)


def test_each_edition_of_a_sign_in_letter_is_meant_to_arrive(post_room, worker_for):
    post_room.queue(letters.SIGN_IN, key="sign_in:1")
    van, ids = Van(BUSY), []
    secrets = {"sign_in": lambda facts, now: {"sign_in": "https://x.example/1", "code": "314159"}}
    worker = worker_for(van, secret_links=secrets)
    carry = van.deliver
    van.deliver = lambda envelope: (ids.append(envelope.mail["Message-ID"]), carry(envelope))

    worker.run_once(NOW)
    worker.run_once(minutes(1))

    assert len(set(ids)) == 2


def test_a_sign_in_letter_is_withdrawn_when_it_is_of_no_use_any_more(post_room, worker_for):
    notice = post_room.queue(letters.SIGN_IN, key="sign_in:1")

    assert worker_for(Van()).run_once(minutes(10)) == {"withdrawn": 1}
    assert "too late" in post_room.fresh(notice).fault


def test_a_sign_in_letter_that_was_refused_until_it_was_of_no_use_is_withdrawn(post_room, worker_for):
    notice = post_room.queue(letters.SIGN_IN, key="sign_in:1")
    secrets = {"sign_in": lambda facts, now: {"sign_in": "https://x.example/1", "code": "314159"}}
    worker = worker_for(Van(*[BUSY] * 9), secret_links=secrets)

    while post_room.fresh(notice).state == "waiting":
        worker.run_once(notice.next_at)

    assert (notice.state, notice.withdrawn_at) == ("withdrawn", minutes(10))
    assert "too late" in notice.fault


def test_a_slip_in_a_template_is_shown_and_holds_up_no_other_letter(post_room, worker_for):
    folder = settings.current().instance / "templates" / "notices"
    folder.mkdir(parents=True)
    slip = folder / "booked.jinja"
    slip.write_text(
        '{% extends "notices/letter.jinja" %}{% block subject %}x{% endblock %}\n'
        "{% block body %}\n{{ abuot }}{% endblock %}"
    )
    notice = post_room.queue(key="1")
    post_room.queue(letters.CANCELLED, key="2")

    try:
        assert worker_for(Van()).run_once(NOW) == {"put off": 1, "sent": 1}
    finally:
        slip.unlink()

    assert post_room.fresh(notice).fault == (
        "The email could not be written: 'abuot' is undefined in booked.jinja, line 3."
    )
    assert not notice.may_have_left


def test_a_letter_whose_links_cannot_be_made_holds_up_no_other_letter(post_room, worker_for):
    notice = post_room.queue(key="1")
    post_room.queue(letters.CANCELLED, key="2")

    def links(notice, facts):
        if facts.name == "booked":
            raise LookupError("Rosa Díaz")
        return letters.links_for(facts)

    assert worker_for(Van(), links=links).run_once(NOW) == {"put off": 1, "sent": 1}
    assert post_room.fresh(notice).fault == "The email could not be written (LookupError)."


def test_a_letter_whose_address_no_mail_can_bear_is_put_off_and_holds_up_no_other_letter(post_room, worker_for):
    notice = post_room.queue(key="1", to=outbox.Recipient("a..b@example.org", "Somebody"))
    post_room.queue(key="2")

    assert worker_for(Van()).run_once(NOW) == {"put off": 1, "sent": 1}

    put_off = post_room.fresh(notice)
    assert (put_off.state, put_off.next_at > NOW, put_off.may_have_left) == ("waiting", True, False)
    assert put_off.fault.startswith("The email could not be written (")


def test_logs_name_nobody(post_room, worker_for, caplog):
    caplog.set_level("DEBUG", logger="app")
    post_room.queue(key="1")
    post_room.queue(key="2")

    def links(notice, facts):
        raise LookupError("Rosa Díaz")

    worker_for(Van(UNKNOWN, BUSY)).run_once(NOW)
    worker_for(Van(), links=links).run_once(minutes(1))

    assert "Notice" in caplog.text
    assert not {"rosa", "díaz", "hospital", "amina"} & set(caplog.text.lower().replace("@", " ").split())


def test_the_log_says_what_led_to_a_fault_and_names_nobody(post_room, worker_for, caplog):
    post_room.queue()

    def links(notice, facts):
        try:
            raise LookupError(notice.recipient_name)
        except LookupError as fault:
            raise RuntimeError(notice.address) from fault

    worker_for(Van(), links=links).run_once(NOW)

    said = caplog.messages[0]
    assert said.index("LookupError\n") < said.index("which led to RuntimeError\n")
    assert "in links" in said
    assert "rosa" not in said.lower()


def test_due_work_is_done_in_a_transaction_each_and_a_fault_stops_only_itself(post_room, worker_for):
    done = []

    def faulty(now):
        raise LookupError("a bug")

    def honest(now):
        done.append((now, db.session.info["in_transaction"]))
        return 1

    worker_for(Van(), due_work=(faulty, honest)).run_once(NOW)

    assert done == [(NOW, True)]


def test_the_ledger_notes_what_a_calendar_was_told(post_room, worker_for):
    notice = post_room.queue()
    assert ledger.belief(letters.UID) is None

    worker_for(Van()).run_once(NOW)

    belief = ledger.belief(letters.UID)
    assert (belief.method, belief.sequence, belief.notice_id) == ("REQUEST", 0, notice.id)
    assert belief.shown == ledger.shown(letters.SOCIAL_MEDIA, 0)
    assert (belief.shown.title, belief.shown.place) == (
        letters.SOCIAL_MEDIA.course,
        "IT training room, Northgate Hospital",
    )
    assert (belief.sent_at, belief.address) == (NOW, "rosa.diaz@hospital.nhs.uk")
    assert belief.is_in_calendar


def test_a_calendar_believes_the_last_thing_it_was_told(post_room, worker_for):
    post_room.queue(key="booked:1", thread="booking:1")
    post_room.queue(letters.CANCELLED, key="cancelled:1", thread="booking:1")

    worker_for(Van()).run_once(NOW)

    assert not ledger.belief(letters.UID).is_in_calendar


def test_a_calendar_does_not_believe_what_was_not_sent(post_room, worker_for):
    post_room.queue()

    worker_for(Van(UNKNOWN)).run_once(NOW)

    assert ledger.belief(letters.UID) is None
    assert ledger.may_know([letters.UID]) == set()


def test_a_calendar_may_know_of_what_left_without_an_answer(post_room, worker_for):
    post_room.queue()

    worker_for(Van(OutOfReach("The mail server did not answer in time."))).run_once(NOW)

    belief = ledger.belief(letters.UID)
    assert (belief.sent_at, belief.is_in_calendar) == (None, True)
    assert ledger.may_know([letters.UID, "another"]) == {letters.UID}


def test_the_longest_uid_has_room_wherever_it_is_kept(post_room, worker_for):
    uid = f"b{'0' * 32}@{'h' * 221}"
    told = replace(letters.BOOKED, invite=replace(letters.invite(), uid=uid, sequence=2**31 - 1))
    post_room.queue(told, key=f"booked:{uid}:{2**31 - 1}")

    worker_for(Van()).run_once(NOW)

    assert len(uid) == Invite.uid.type.length
    assert ledger.may_know([uid]) == {uid}


def test_a_letter_sent_again_is_one_line_in_the_ledger_and_meant_to_arrive(post_room, worker_for):
    notice, van = post_room.queue(), Van()
    worker = worker_for(van)
    worker.run_once(NOW)

    with transaction():
        outbox.send_again(post_room.fresh(notice), by=post_room.rosa, now=minutes(1))
    worker.run_once(minutes(1))

    first, second = (envelope.mail["Message-ID"] for envelope in van.carried)
    assert first != second  # a mailbox drops what it has seen
    assert ledger.belief(letters.UID).sent_at >= minutes(1)


def test_a_lease_outlasts_the_slowest_conversation_with_a_mail_server():
    signing_in = ["connecting", "banner", "EHLO", "STARTTLS", "handshake", "EHLO", "AUTH", "password"]
    handing_over = ["MAIL", "RCPT", "DATA", "the mail itself"]

    assert timedelta(seconds=mailer.TIMEOUT_S) * len(signing_in + handing_over) < LEASE


def test_the_worker_stops_when_told_to(post_room, worker_for):
    stop = threading.Event()
    van = Van()
    van.on_the_way = stop.set
    post_room.queue(key="1")
    post_room.queue(key="2")

    worker_for(van).run(stop)

    assert len(van.carried) == 1  # the letter in hand was finished, the other waits


def test_two_workers_send_each_letter_once_and_each_thread_in_order(post_room, worker_for):
    for number in range(8):
        post_room.queue(key=f"booked:{number}", thread=f"booking:{number}")
        post_room.queue(letters.CANCELLED, key=f"cancelled:{number}", thread=f"booking:{number}")
    vans, app = [Van(), Van()], post_room.office.app

    def deliver(van):
        with app.app_context():
            try:
                worker_for(van).run_once(NOW)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=deliver, args=[van]) for van in vans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worker_for(vans[0]).run_once(NOW)  # one may have ended while the other held the first letter of a thread

    carried = [envelope.file_name for van in vans for envelope in van.carried]
    assert len(carried) == len(set(carried)) == 16
    assert outbox.counts(NOW)["sent"] == 16


# --- with a real mail server ----------------------------------------------------------------------


def test_a_letter_for_an_address_that_the_server_refuses_fails_and_the_rest_arrive(post_room, worker_for):
    with mail_server.serving() as server:
        server.refuse["nobody@hospital.nhs.uk"] = "550 5.1.1 No such person"
        for number, address in enumerate(["a@hospital.nhs.uk", "nobody@hospital.nhs.uk", "b@hospital.nhs.uk"]):
            post_room.queue(key=str(number), to=outbox.Recipient(address, "Somebody"))

        done = worker_for(mailer.Smtp(server.address, timeout_s=1)).run_once(NOW)

    assert done == {"sent": 2, "failed": 1}
    assert server.to == ["a@hospital.nhs.uk", "b@hospital.nhs.uk"]
    assert server.connection_count == 1


def test_a_hanging_server_costs_one_time_out_and_not_one_for_each_letter(post_room, worker_for):
    with mail_server.serving() as server:
        server.hang = 5
        for number in range(3):
            post_room.queue(key=str(number))

        assert worker_for(mailer.Smtp(server.address, timeout_s=0.5)).run_once(NOW) == {"out of reach": 1}


def test_everything_is_delivered_in_order_once_the_server_is_back(post_room, worker_for):
    port = mail_server.free_port()
    worker = worker_for(mailer.Smtp(f"smtp://127.0.0.1:{port}", timeout_s=1))
    for number in range(3):
        post_room.queue(key=f"booked:{number}", thread=f"booking:{number}")
        post_room.queue(letters.CANCELLED, key=f"cancelled:{number}", thread=f"booking:{number}")
    worker.run_once(NOW)

    with mail_server.serving(port) as server:
        assert worker.run_once(minutes(2)) == {"sent": 6}

    subjects = [mail["Subject"].split(":")[0] for mail in server.mails]
    assert sorted(subjects) == ["Booked"] * 3 + ["You cancelled"] * 3
    assert subjects[-1] == "You cancelled"
