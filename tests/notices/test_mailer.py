from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from app.notices import mailer
from app.notices.invites import Mailbox
from app.notices.mailer import Folder, OutOfReach, RefusedForGood, Smtp, TryLater
from tests.notices import letters, mail_server
from tests.notices.letters import NOW

ROSA = Mailbox(name="Rosa Díaz", address="rosa.diaz@hospital.nhs.uk")
LIBRARY = Mailbox(name="Northgate Library", address="training@library.nhs.uk")
ID = "<n7.0.0123456789abcdef0123@training.library.nhs.uk>"


@pytest.fixture
def server():
    with mail_server.serving() as running:
        yield running


@pytest.fixture
def smtp(server):
    transport = Smtp(server.address, timeout_s=0.5)
    yield transport
    transport.close()


@pytest.fixture
def write(instance):
    def envelope(facts=letters.BOOKED, *, to=ROSA, sender=LIBRARY):
        return mailer.envelope(
            letters.write(facts, instance, to=to),
            to=to,
            sender=sender,
            message_id=ID,
            sent_at=NOW,
            file_name="7-booked.eml",
        )

    return envelope


def test_an_invite_is_built_as_calendars_want_it(write):
    mail = message_from_bytes(write().mail.as_bytes(), policy=policy.default)

    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    *_, calendar, attached = mail.walk()
    assert b"\r\nContent-Type: text/calendar; method=REQUEST; charset=UTF-8\r\n" in write().mail.as_bytes()
    assert calendar["Content-Transfer-Encoding"] == "base64"
    assert calendar["Content-Disposition"] is None
    assert attached.get_filename() == "invite.ics"
    assert attached.get_content_disposition() == "attachment"
    assert attached.get_payload(decode=True) == calendar.get_payload(decode=True)


def test_a_letter_without_an_entry_is_text_and_html_alone(write):
    mail = message_from_bytes(write(letters.SIGN_IN).mail.as_bytes(), policy=policy.default)

    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_the_headers_name_one_sender_and_one_recipient(write):
    mail = message_from_bytes(write().mail.as_bytes(), policy=policy.default)

    assert dict(mail.items()) | {"Content-Type": ""} == {
        "From": "Northgate Library <training@library.nhs.uk>",
        "Reply-To": "Northgate Library <training@library.nhs.uk>",
        "To": "Rosa Díaz <rosa.diaz@hospital.nhs.uk>",
        "Subject": "Booked: Using Social Media to Keep up to Date, Tue 12 Jan 2027, 2pm",
        "Date": "Tue, 01 Dec 2026 09:00:00 +0000",
        "Message-ID": ID,
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": "",
    }


def test_a_mail_is_plain_ascii_on_the_wire_with_no_long_lines(write):
    raw = write(to=Mailbox(name="أمينة خان", address=ROSA.address)).mail.as_bytes()

    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) < 200
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert message_from_bytes(raw, policy=policy.default)["To"].addresses[0].display_name == "أمينة خان"


def test_the_same_letter_is_the_same_mail(write):
    assert write().mail.as_bytes() == write().mail.as_bytes()


@pytest.mark.parametrize("name", ["Rosa\r\nBcc: all@example.org", 'Rosa" <all@example.org>, "', "Rosa\x00\n\n<p>"])
def test_a_hostile_name_adds_neither_header_nor_recipient(write, name):
    written = write(to=Mailbox(name=name, address=ROSA.address), sender=Mailbox(name=name, address=LIBRARY.address))

    mail = message_from_bytes(written.mail.as_bytes(), policy=policy.default)

    assert "Bcc" not in mail
    assert [address.addr_spec for address in mail["To"].addresses] == [ROSA.address]
    assert [address.addr_spec for address in mail["From"].addresses] == [LIBRARY.address]


@pytest.mark.parametrize(
    "address", ["", "rosa", "a@b, c@d", "a@b\r\nBcc: c@d", "<a@b>", "a b@c", "zoë@c", "a@" + "b" * 260]
)
def test_what_is_no_address_is_refused_for_good(write, address):
    with pytest.raises(RefusedForGood):
        write(to=Mailbox(name="Rosa", address=address))


def test_a_message_id_belongs_to_one_edition_of_one_notice(tmp_path):
    settings = letters.settings(tmp_path)

    first, same, again, other = (
        mailer.message_id(7, edition, dedupe_key=key, settings=settings)
        for edition, key in ((0, "booked:1"), (0, "booked:1"), (1, "booked:1"), (0, "booked:2"))
    )

    assert first == same
    assert len({first, again, other}) == 3
    assert first.startswith("<n7.0.")
    assert first.endswith("@training.library.nhs.uk>")


def test_without_a_mail_server_letters_are_files(write, tmp_path):
    folder = tmp_path / "instance" / "mail"

    Folder(folder).deliver(write())
    Folder(folder).deliver(write())

    assert [file.name for file in folder.iterdir()] == ["7-booked.eml"]
    assert message_from_bytes((folder / "7-booked.eml").read_bytes())["Message-ID"] == ID


def test_a_folder_that_cannot_be_written_is_out_of_reach(write, tmp_path):
    (tmp_path / "mail").write_text("a file where the folder should be")

    with pytest.raises(OutOfReach, match="could not be written"):
        Folder(tmp_path / "mail").deliver(write())


def test_a_mail_reaches_the_server_as_it_was_written(server, smtp, write):
    smtp.deliver(write())

    assert server.raw == [write().mail.as_bytes()]
    assert server.to == ["rosa.diaz@hospital.nhs.uk"]


def test_letters_share_one_connection(server, smtp, write):
    for _ in range(3):
        smtp.deliver(write())

    assert server.connection_count == 1


def test_an_unknown_address_is_refused_for_good_and_the_next_letter_goes(server, smtp, write):
    server.refuse["rosa.diaz@hospital.nhs.uk"] = "550 5.1.1 No such person"

    with pytest.raises(RefusedForGood, match=r"550 5\.1\.1 No such person") as refused:
        smtp.deliver(write())
    smtp.deliver(write(to=letters.AMINA))

    assert not refused.value.may_have_left
    assert server.to == [letters.AMINA.address]


@pytest.mark.parametrize(
    "reply", ["450 4.2.0 Greylisted", "452 4.2.2 Mailbox full", "550 5.7.1 Relaying denied", "530 5.7.0 Log in first"]
)
def test_a_refusal_that_may_pass_is_tried_later(server, smtp, write, reply):
    server.refuse["rosa.diaz@hospital.nhs.uk"] = reply

    with pytest.raises(TryLater, match=reply):
        smtp.deliver(write())


def test_a_mail_refused_as_a_whole_is_tried_later(server, smtp, write):
    server.refuse_data["rosa.diaz@hospital.nhs.uk"] = "451 4.3.0 Scanner is busy"

    with pytest.raises(TryLater, match="Scanner is busy"):
        smtp.deliver(write())


def test_a_server_that_is_closing_is_out_of_reach(server, smtp, write):
    server.refuse["rosa.diaz@hospital.nhs.uk"] = "421 4.3.2 Going down"

    with pytest.raises(OutOfReach, match="Going down"):
        smtp.deliver(write())


def test_no_server_is_out_of_reach_and_nothing_has_left(write):
    smtp = Smtp(f"smtp://127.0.0.1:{mail_server.free_port()}", timeout_s=0.5)

    with pytest.raises(OutOfReach, match="Connection refused") as fault:
        smtp.deliver(write())

    assert not fault.value.may_have_left


def test_a_silent_server_is_given_up_after_a_while(server, smtp, write):
    server.hang = 5

    with pytest.raises(OutOfReach, match="did not answer in time") as fault:
        smtp.deliver(write())

    assert fault.value.may_have_left  # it may have taken the mail all the same


def test_a_connection_that_was_hung_up_is_made_anew_once(server, smtp, write):
    smtp.deliver(write())
    server.hang_up = 1

    smtp.deliver(write())

    assert server.connection_count == 2
    assert len(server.raw) == 2


def test_a_mail_after_which_the_server_died_may_have_left_although_it_cannot_be_reached_again(server, smtp, write):
    smtp.deliver(write())
    server.hang_up, server.dies = 1, True

    with pytest.raises(OutOfReach, match="No connection") as fault:
        smtp.deliver(write())

    assert fault.value.may_have_left


def test_a_server_that_keeps_hanging_up_is_out_of_reach(server, smtp, write):
    server.hang_up = 9

    with pytest.raises(OutOfReach, match="broke off"):
        smtp.deliver(write())


def test_a_server_that_does_not_know_our_password_is_out_of_reach(server, write):
    smtp = Smtp(f"smtp://training%40library:pa%3Ass@127.0.0.1:{server.port}", timeout_s=0.5)

    with pytest.raises(OutOfReach) as fault:
        smtp.deliver(write())

    assert "pa:ss" not in fault.value.sentence


def test_a_server_without_starttls_gets_no_letter_that_asks_for_it(server, write):
    with pytest.raises(OutOfReach):
        Smtp(f"{server.address}?starttls=1", timeout_s=0.5).deliver(write())

    assert server.raw == []


def test_a_domain_in_another_script_goes_by_its_ascii_name(server, smtp, write):
    smtp.deliver(write(to=Mailbox(name="Zoë", address="zoe@bücher.example")))

    assert server.to == ["zoe@xn--bcher-kva.example"]


@pytest.mark.parametrize("title", ["Using Social Media to Keep up to Date", "Reflexión: ¿qué pasó? " * 3, "a" * 90])
def test_a_long_subject_begins_on_its_own_line_and_comes_back_whole(write, title):
    facts = replace(letters.CANCELLED, about=replace(letters.SOCIAL_MEDIA, course=title))

    raw = write(facts).mail.as_bytes()

    [line] = [line for line in raw.split(b"\r\n") if line.startswith(b"Subject:")]
    assert len(line) > len("Subject: You")
    subject = message_from_bytes(raw, policy=policy.default)["Subject"]
    assert subject.startswith("You cancelled: ")
    assert subject.endswith(", Tue 12 Jan 2027, 2pm")
