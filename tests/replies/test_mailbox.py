import os
import time
from datetime import date, timedelta

import pytest

from app.replies.mailbox import Mailbox, MailboxFault
from tests.replies.imap_server import PASSWORD, Dovecot, Misbehaving, free_port, is_installed

LARGEST = 256 * 1024
LONG_AGO = date(2026, 1, 1)


@pytest.fixture(scope="module")
def dovecot():
    """One for all tests, each in a folder of its own. Without it they are skipped, unless it is required."""
    if not is_installed():
        missing = "There is no IMAP server here: apt install dovecot-imapd openssl."
        required = os.environ.get("ROOMFUL_BROWSER_TESTS") == "required"
        pytest.fail(missing) if required else pytest.skip(missing)
    with Dovecot() as server:
        yield server


@pytest.fixture
def folder(dovecot, request):
    """An empty folder of the mailbox, named after the test."""
    name = request.node.name
    with dovecot.person() as person:
        person.create_folder(name)
    return name


def mail(number):
    return b"Subject: %d\r\n\r\nhello\r\n" % number


def post(dovecot, folder, *mails):
    with dovecot.person() as person:
        for raw in mails:
            person.append(folder, raw)


def read(dovecot, folder, *, after=0, most=100, since=None):
    with Mailbox(dovecot.address(folder), timeout_s=5) as mailbox:
        return list(mailbox.after(after, most=most, since=since))


def fault_of(address, **timeouts):
    with pytest.raises(MailboxFault) as fault, Mailbox(address, **{"timeout_s": 0.5, **timeouts}) as mailbox:
        list(mailbox.after(0, most=100, since=None))
    said = str(fault.value)
    assert "secret" not in said
    assert PASSWORD not in said
    assert fault.value.__cause__ is None
    return said


def test_mails_come_in_the_order_in_which_they_arrived(dovecot, folder):
    post(dovecot, folder, mail(1), mail(2), mail(3))

    assert read(dovecot, folder) == [(1, mail(1)), (2, mail(2)), (3, mail(3))]


def test_no_mail_comes_twice(dovecot, folder):
    post(dovecot, folder, mail(1), mail(2))
    assert read(dovecot, folder, after=1) == [(2, mail(2))]
    assert read(dovecot, folder, after=2) == []
    assert read(dovecot, folder, after=9) == []

    post(dovecot, folder, mail(3))

    assert read(dovecot, folder, after=2) == [(3, mail(3))]


def test_an_empty_mailbox_has_no_mails(dovecot, folder):
    assert read(dovecot, folder) == []


def test_no_more_mails_come_than_asked_for_the_oldest_first(dovecot, folder):
    post(dovecot, folder, *map(mail, range(1, 6)))

    assert [uid for uid, _ in read(dovecot, folder, after=1, most=3)] == [2, 3, 4]


def test_a_mailbox_that_is_full_at_first_is_read_from_a_day_on(dovecot, folder):
    post(dovecot, folder, mail(1))

    assert read(dovecot, folder, since=LONG_AGO) == [(1, mail(1))]
    assert read(dovecot, folder, since=date.today() + timedelta(days=2)) == []  # noqa: DTZ011 - dovecot's own day


def test_a_mail_that_somebody_deleted_is_passed_over(dovecot, folder):
    post(dovecot, folder, mail(1), mail(2), mail(3))
    with Mailbox(dovecot.address(folder), timeout_s=5) as mailbox:
        mails = mailbox.after(0, most=100, since=None)
        assert next(mails) == (1, mail(1))
        with dovecot.person() as person:
            person.select_folder(folder)
            person.delete_messages([2])
            person.expunge()

        assert list(mails) == [(3, mail(3))]


def test_a_big_mail_is_cut_a_byte_after_what_is_read_of_it(dovecot, folder):
    post(dovecot, folder, b"Subject: big\r\n\r\n" + b"x" * 3_000_000, mail(2))

    (_, big), second = read(dovecot, folder)

    assert len(big) == LARGEST + 1
    assert second == (2, mail(2))


def test_reading_changes_nothing_for_people_who_read_the_mailbox_too(dovecot, folder):
    post(dovecot, folder, mail(1))
    read(dovecot, folder)

    with dovecot.person() as person:
        person.select_folder(folder)
        flags = person.get_flags([1])[1]

    assert [flag for flag in flags if flag != b"\\Recent"] == []


def test_a_mailbox_made_anew_says_so(dovecot, folder):
    post(dovecot, folder, mail(1))
    with Mailbox(dovecot.address(folder), timeout_s=5) as mailbox:
        before = mailbox.validity
    with dovecot.person() as person:
        person.delete_folder(folder)
        person.create_folder(folder)

    with Mailbox(dovecot.address(folder), timeout_s=5) as mailbox:
        assert mailbox.validity > 0
        assert mailbox.validity != before


def test_a_folder_may_have_any_name(dovecot):
    with dovecot.person() as person:
        person.create_folder("Réponses & more")
    post(dovecot, "Réponses & more", mail(1))

    assert read(dovecot, "R%C3%A9ponses%20%26%20more") == [(1, mail(1))]


def test_the_inbox_is_read_unless_another_folder_is_named(dovecot):
    post(dovecot, "INBOX", mail(1))

    assert read(dovecot, "") == [(1, mail(1))]


def test_a_mailbox_is_read_over_an_encrypted_line(dovecot, folder, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    post(dovecot, folder, mail(1))
    plain = dovecot.address(folder)
    encrypted = plain.replace("imap://", "imaps://").replace(str(dovecot.port), str(dovecot.tls_port))

    for address in (encrypted, f"{plain}?starttls=1"):
        with Mailbox(address, timeout_s=5) as mailbox:
            assert list(mailbox.after(0, most=1, since=None)) == [(1, mail(1))]


def test_a_certificate_that_nobody_vouches_for_is_refused(dovecot):
    plain = dovecot.address()
    encrypted = plain.replace("imap://", "imaps://").replace(str(dovecot.port), str(dovecot.tls_port))

    for address in (encrypted, f"{plain}?starttls=1"):
        assert fault_of(address, timeout_s=5) == ("The mail server 127.0.0.1 has a certificate that cannot be trusted.")


def test_a_wrong_password_is_told_to_coordinators(dovecot):
    assert fault_of(dovecot.address(password="secret"), timeout_s=5) == (
        "The mail server 127.0.0.1 does not accept the user name or password of REPLY_MAILBOX."
    )


def test_an_unknown_folder_is_told_to_coordinators(dovecot):
    assert fault_of(dovecot.address("Nowhere"), timeout_s=5) == (
        "There is no folder 'Nowhere' in the mailbox of bookings@training.example.org."
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "imap.example.org",
        "pop3://a:secret@example.org",
        "imaps://example.org/INBOX",
        "imaps://a:secret@/INBOX",
        "imaps://a:secret@example.org:port/",
        "imaps://a:secret@example.org:99999/",
        "imaps://a:secret@[example.org/",
        "imaps://a:secret%0D%0Aa2%20DELETE%20INBOX@example.org/",
        "imaps://a:secret@example.org/INBOX%00",
    ],
)
def test_an_address_that_is_none_is_told_to_coordinators(address):
    assert fault_of(address) == (
        "REPLY_MAILBOX is not the address of a mailbox, such as imaps://user:password@mail.example.org/INBOX."
    )


# Asked what it can do at first, and once more when somebody has signed in.
GREETED = (Misbehaving.GREETING, Misbehaving.CAPABLE)
OPENED = (*GREETED, Misbehaving.SIGNED_IN, Misbehaving.OPENED, Misbehaving.CAPABLE)
SAID = (*OPENED, Misbehaving.FOUND)
HALF_A_MAIL = b"* 1 FETCH (UID 1 BODY[]<0> {500}\r\nSubject: half"


@pytest.mark.parametrize("steps", range(len(SAID) + 1))
def test_a_mail_server_that_hangs_is_not_waited_for(steps):
    with Misbehaving(*SAID[:steps], then="hang") as server:
        began_at = time.monotonic()

        assert fault_of(server.address) == "The mail server 127.0.0.1 did not answer within 0.5 seconds."

        assert time.monotonic() - began_at < 3


@pytest.mark.parametrize("steps", range(len(SAID) + 1))
def test_a_mail_server_that_hangs_up_is_told_to_coordinators(steps):
    with Misbehaving(*SAID[:steps], then="drop") as server:
        assert fault_of(server.address) == "The mail server 127.0.0.1 cannot be reached, or has hung up."


@pytest.mark.parametrize("then", ["hang", "drop"])
def test_half_a_mail_is_no_mail(then):
    with Misbehaving(*SAID, b"%s" + HALF_A_MAIL, then=then) as server:
        assert fault_of(server.address).startswith("The mail server 127.0.0.1 ")


def test_a_mail_server_that_dribbles_is_cut_off():
    with Misbehaving(*OPENED[:3], then="dribble") as server:
        began_at = time.monotonic()

        assert fault_of(server.address, longest_s=0.5) == "The mail server 127.0.0.1 cannot be reached, or has hung up."

        assert time.monotonic() - began_at < 3


@pytest.mark.parametrize(
    "lines",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        (b"\0\xff" * 100 + b"\r\n",),
        (*GREETED, b"%s NO\r\n"),
        (*OPENED[:3], b"* OK [UIDVALIDITY many] ok\r\n%s OK open\r\n"),
        (*OPENED[:3], b"%s OK open\r\n"),
        (*OPENED, b"* SEARCH one\r\n%s OK found\r\n"),
        (*OPENED, b"%s BAD what?\r\n"),
        (*SAID, b'* 1 FETCH (UID 1 BODY[]<0> "open)\r\n%s OK done\r\n'),
        (*SAID, b"* 1 FETCH ((((((((\r\n%s OK done\r\n"),
        (*SAID, b"* 1 FETCH (UID one BODY[]<0> {1}\r\nx)\r\n%s OK done\r\n"),
        (*SAID, b"* 1 FETCH (" + b"(" * 5000 + b"\r\n%s OK done\r\n"),
    ],
)
def test_what_a_mail_server_should_not_say_is_told_to_coordinators(lines):
    with Misbehaving(*lines, then="drop") as server:
        assert fault_of(server.address).startswith("The mail server 127.0.0.1 ")


def test_nobody_at_the_other_end_is_told_to_coordinators():
    assert fault_of(f"imap://a:secret@127.0.0.1:{free_port()}/") == (
        "The mail server 127.0.0.1 cannot be reached, or has hung up."
    )


def test_the_password_is_not_shown_where_the_mailbox_is():
    assert "secret" not in repr(Mailbox("imaps://a:secret@example.org/")._address)
