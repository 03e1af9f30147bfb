import gzip

import pytest
from sqlalchemy import select

from app import create_app
from app.db import db
from app.sign_in import SignInRequest
from tests import make
from tests.conftest import settings_for
from tests.pages.scene import Scene, token

PAGES = ["/", "/courses/", "/sign-in", "/help", "/health/live", "/nowhere", "/me", "/bookings/"]
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.mark.parametrize("address", PAGES)
def test_every_answer_carries_the_headers_that_keep_browsers_safe(office, address):
    headers = office.browser().get(address).answer.headers

    assert dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_file_to_download_carries_them_too(office):
    training_session = make.training_session()

    headers = office.browser().get(f"/sessions/{training_session.ref}.ics").answer.headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" in headers


def test_pages_load_nothing_from_another_host(office):
    scene = Scene(office)
    browser = scene.browser("coordinator")

    for address in ("/", "/sign-in", f"/sessions/{scene.free.ref}", "/manage/notices"):
        page = browser.get(address).page or office.browser().get(address).page
        loaded = [tag.get("src") or tag["href"] for tag in page.find_all(["script", "link", "img"])]
        assert [source for source in loaded if not source.startswith("/static/")] == []


def test_a_first_visit_is_at_most_four_requests_and_sixty_kilobytes(office):
    browser = office.browser()
    first = browser.client.get("/", base_url=browser.base, headers={"Accept-Encoding": "gzip"}).get_data()
    page = gzip.decompress(first).decode()
    assets = {line.split('"')[0] for line in page.split('"/static/')[1:]}

    sizes = [len(first)]
    for asset in assets:
        got = browser.client.get(f"/static/{asset}", headers={"Accept-Encoding": "gzip"})
        sizes.append(len(got.get_data()))
        got.close()

    assert len(sizes) <= 4
    assert sum(sizes) <= 60_000


def test_assets_are_kept_for_a_year(office):
    browser = office.browser().get("/")
    got = browser.client.get(browser.page.find("link", rel="stylesheet")["href"])

    assert got.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    got.close()


def test_what_a_signed_in_person_saw_is_kept_by_no_browser(office):
    browser = office.browser(make.person())

    assert {browser.get(address).answer.headers["Cache-Control"] for address in ("/", "/me", "/nowhere")} == {
        "no-store"
    }


def test_what_everybody_sees_may_be_kept_but_is_asked_for_again(office):
    assert office.browser().get("/").answer.headers["Cache-Control"] == "private, no-cache"


def test_an_answer_is_compressed_for_those_who_can_read_it(office):
    make.training_session()
    browser = office.browser(make.person())

    packed = browser.client.get("/", base_url=browser.base, headers={"Accept-Encoding": "gzip"})
    plain = browser.client.get("/", base_url=browser.base)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert "What’s on" in gzip.decompress(packed.get_data()).decode()


def test_a_cookie_is_for_https_for_the_server_and_for_our_own_pages_only(office):
    cookie = office.browser().get("/sign-in").answer.headers["Set-Cookie"]

    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_without_https_a_cookie_goes_without_it(database):
    with serving(database, base_url="http://127.0.0.1:8000") as client:
        cookie = client.get("/sign-in").headers["Set-Cookie"]

    assert "Secure" not in cookie
    assert "HttpOnly" in cookie


def test_a_cookie_names_nobody(office):
    browser = office.browser(make.person("Zebedee Zephyr", address="zebedee@example.org")).get("/me")
    with browser.client.session_transaction(base_url=browser.base) as session:
        kept = str(dict(session))

    assert "ebedee" not in kept


FORWARDED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "training.example.org",
    "X-Forwarded-Prefix": "/training",
}


def test_nobody_is_believed_about_where_they_come_from_unless_a_proxy_is_set(database):
    with serving(database, base_url="http://127.0.0.1:8000") as client:
        answer = client.get("/bookings/", headers=FORWARDED)

    assert answer.headers["Location"].startswith("/sign-in")
    assert "Strict-Transport-Security" not in answer.headers


def test_behind_a_proxy_its_word_counts(database):
    with serving(database, base_url="http://127.0.0.1:8000", proxies=1) as client:
        answer = client.get("/bookings/", headers=FORWARDED)

    assert answer.headers["Location"].startswith("/training/sign-in")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_only_the_proxys_own_word_counts_not_what_came_before_it(office, database):
    spoofed = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
    with serving(database, base_url="http://localhost", proxies=1) as client:
        page = client.get("/sign-in", headers=spoofed).text
        ours = page.split('name="csrf_token" value="')[1].split('"')[0]
        asked = [
            client.post(
                "/sign-in",
                data={"email": f"a{number}@example.org", "csrf_token": ours},
                headers={"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.7"},
            ).status_code
            for number in range(3)
        ]
        db.session.rollback()
        clients = {row.client for row in requests_made()}

    assert asked == [303] * 3
    assert len(clients) == 1


def test_signing_out_is_for_pages_of_ours_alone(office):
    browser = office.browser(make.person())

    browser.post("/sign-out")
    assert browser.get("/me").status == 200
    browser.post("/sign-out", csrf_token=token(browser))
    assert browser.get("/me").status == 303


def requests_made():

    return db.session.scalars(select(SignInRequest)).all()


class serving:  # noqa: N801 - read as a phrase
    """A client of an app with other settings on the same database."""

    def __init__(self, database, **chosen):
        self.app = create_app(settings_for(database, **chosen))

    def __enter__(self):
        self.context = self.app.app_context()
        self.context.push()
        return self.app.test_client()

    def __exit__(self, *_):
        db.session.remove()
        db.engine.dispose()
        self.context.pop()
