"""What our own mail server's Authentication-Results vouch for, and how others would like them read."""

import time

import pytest

from app.replies.trust import Verdict, verdict_of

OURS = "mx.training.example.org"
OF_A_BIG_PROVIDER = (
    "mx.training.example.org; dkim=pass header.i=@example.com header.s=20230601 header.b=Ab1/+cD=;"
    " spf=pass (mx: domain of bounce+1-a=b@example.com designates 192.0.2.1 as permitted sender)"
    " smtp.mailfrom=bounce+1-a=b@example.com; dmarc=pass (p=NONE) header.from=example.com"
)
PASS, NONE, FAIL = Verdict.PASS, Verdict.NONE, Verdict.FAIL


def judged(*results, ours=OURS, domain="example.com"):
    return verdict_of(results, authserv_id=ours, sender_domain=domain)


@pytest.mark.parametrize(
    "result",
    [
        "mx.training.example.org; dmarc=pass header.from=example.com",
        "mx.training.example.org;\r\n dkim=pass header.d=example.com;\r\n\tdmarc=pass\r\n header.from=example.com",
        "MX.Training.Example.ORG 1; DMARC=PASS Header.From=EXAMPLE.COM",
        '"mx.training.example.org"; dmarc=pass header.from="example.com"',
        "(ours) mx.training.example.org (it is); dmarc (yes) = (so) pass (p=NONE sp=NONE) header . from = example.com;",
        'mx.training.example.org; dmarc/1=pass reason="it; says (so)" header.from=example.com',
        OF_A_BIG_PROVIDER,
        "mx.training.example.org; iprev=pass policy.iprev=2001:db8::1; dmarc=pass action=none header.from=example.com",
        "mx.training.example.org; spf=none smtp.mailfrom=; dmarc=pass header.from=example.com",
        "mx.training.example.org; dmarc=pass header.from=example.com; dmarc=pass header.from=example.com",
    ],
)
def test_our_own_server_vouches_for_a_sender(result):
    assert judged(result) is PASS


@pytest.mark.parametrize(
    "results",
    [
        [],
        ["mx.training.example.org; none"],
        ["mx.training.example.org; dmarc=none header.from=example.com"],
        ["mx.training.example.org; dmarc=temperror header.from=example.com"],
        ["mx.training.example.org; dmarc=permerror header.from=example.com; dmarc=none"],
        ["mx.training.example.org; spf=pass smtp.mailfrom=example.com; dkim=pass header.d=example.com"],
        # Said in a comment, in quotes, or as the value of something else.
        ["mx.training.example.org; spf=pass (dmarc=pass header.from=example.com)"],
        ["mx.training.example.org; spf=pass (a; dmarc=pass header.from=example.com)"],
        ['mx.training.example.org; spf=pass reason="; dmarc=pass header.from=example.com"'],
        ['mx.training.example.org; spf=pass smtp.mailfrom="a; dmarc=pass header.from=example.com; "@evil.example'],
        ["mx.training.example.org; spf=pass smtp.helo=dmarc=pass header.from=example.com"],
        ["mx.training.example.org; spf=pass header.dmarc=pass header.from=example.com"],
        # Not ours.
        ["mx.evil.example; dmarc=pass header.from=example.com"],
        ["mx.training.example.org.evil.example; dmarc=pass header.from=example.com"],
        ["mx.training.example.org/evil; dmarc=pass header.from=example.com"],
        ["evil.mx.training.example.org; dmarc=pass header.from=example.com"],
        ["mx.training.example.org evil; dmarc=pass header.from=example.com"],
        ["(mx.training.example.org); dmarc=pass header.from=example.com"],
        ["spf=pass; dmarc=pass header.from=example.com"],
        ["mx.evil.example; spf=(", "mx.training.example.org; dmarc=pass header.from=example.com"],
        # Ours may stand below: whoever sent the mail can have written it.
        ["mx.evil.example; dmarc=fail", "mx.training.example.org; dmarc=pass header.from=example.com"],
        ["mx.training.example.org; none", "mx.training.example.org; dmarc=pass header.from=example.com"],
    ],
)
def test_nothing_is_known_of_a_sender(results):
    assert judged(*results) is NONE


@pytest.mark.parametrize(
    "result",
    [
        "mx.training.example.org; dmarc=fail header.from=example.com",
        "mx.training.example.org; dmarc=bestguesspass header.from=example.com",
        "mx.training.example.org; dmarc=pass",
        "mx.training.example.org; dmarc=pass header.from=evil.example",
        "mx.training.example.org; dmarc=pass header.from=mail.example.com",
        "mx.training.example.org; dmarc=pass header.from=example.com.evil.example",
        "mx.training.example.org; dmarc=pass header.from=example.com header.from=evil.example",
        "mx.training.example.org; dmarc=pass policy.from=example.com",
        "mx.training.example.org; dmarc=pass smtp.mailfrom=header.from=example.com",
        "mx.training.example.org; header.from=example.com dmarc=pass",
        "mx.training.example.org; x=dmarc=pass header.from=example.com",
        "mx.training.example.org; spf=pass dmarc=fail; dmarc=pass header.from=example.com",
        "mx.training.example.org; dmarc==pass header.from=example.com",
        "mx.training.example.org; dmarc=pass=pass header.from=example.com",
        "mx.training.example.org; dmarc=passheader.from=example.com",
        "mx.training.example.org; dmarc/2=pass header.from=example.com",
        "mx.training.example.org; dmarc=pass header.from=example.com; dmarc=fail header.from=example.com",
        "mx.training.example.org; dmarc=pass header.from=example.com; dmarc=none",
        "mx.training.example.org; dmarc=pass header.from=example.com; dmarc=pass header.from=evil.example",
        "mx.training.example.org; dmarc=pass header.from=example.com; and so on",
        "mx.training.example.org; dmarc=pass header.from=example.com (unclosed",
        "mx.training.example.org; dmarc=pass header.from=example.com) ",
        'mx.training.example.org; dmarc=pass header.from="example.com',
        "mx.training.example.org; dmarc=pass header.from=example.com\x00",
        "mx.training.example.org; dmarc=pass header.from=example.com" + "; spf=pass" * 1000,
    ],
)
def test_what_our_server_does_not_plainly_say_vouches_for_nobody(result):
    assert judged(result) is FAIL


def test_a_service_without_a_mail_server_of_its_own_knows_nothing():
    assert judged("; dmarc=pass header.from=example.com", ours="") is NONE


def test_a_mail_from_two_people_is_vouched_for_by_nobody():
    assert judged("mx.training.example.org; dmarc=pass header.from=", domain="") is FAIL


@pytest.mark.parametrize("piece", ["(", ")", '"', "\\", '\\"', ";", " ", "=", ".", "a.", "a=b ", " (a)", "\r\n ", "/1"])
def test_a_very_long_result_is_read_at_once(piece):
    began_at = time.process_time()

    judged("mx.training.example.org; dmarc=pass " + piece * 100_000)
    judged(("mx.training.example.org; dmarc=pass " + piece * 8000)[:8000])

    assert time.process_time() - began_at < 0.5
