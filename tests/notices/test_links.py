from datetime import UTC, datetime, timedelta

import pytest

from app.errors import Gone, NotFound
from app.notices import links
from app.notices.links import Purpose

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=28)
SECRET = "a secret for tests only"


def sign(purpose=Purpose.CANCEL, subject="B00KED"):
    return links.sign(purpose, subject, LATER, secret=SECRET)


def test_a_link_says_what_it_is_for():
    link = links.opened(sign(), now=NOW, secret=SECRET)

    assert link == links.Link(purpose=Purpose.CANCEL, subject="B00KED", expires_at=LATER)


def test_the_same_link_is_always_the_same_text_and_fits_an_address():
    assert sign() == sign()
    assert sign(subject="B00KED") != sign(subject="0THER0")
    assert not set(sign()) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert len(sign()) < 130


def test_a_link_ends_at_its_time():
    with pytest.raises(Gone, match="expired"):
        links.opened(sign(), now=LATER, secret=SECRET)


@pytest.mark.parametrize("token", ["", "x", sign()[:-1], sign() + "x", "A" + sign()[1:], sign().replace(".", "")])
def test_a_link_that_was_tampered_with_is_unknown(token):
    with pytest.raises(NotFound):
        links.opened(token, now=NOW, secret=SECRET)


def test_a_link_of_another_service_is_unknown():
    with pytest.raises(NotFound):
        links.opened(sign(), now=NOW, secret="another service's secret")
