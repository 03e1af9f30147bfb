import pytest

from app import settings
from app.settings import BadSettings

SOUND = 'site_name = "Book training"\n'


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Settings of a folder with this file and nothing from outside."""
    for name in list(settings.os.environ):
        if name.startswith("ROOMFUL_"):
            monkeypatch.delenv(name)

    def loaded(written=""):
        (tmp_path / "settings.toml").write_text(written, encoding="utf-8")
        return settings.load(tmp_path)

    return loaded


def test_a_service_starts_without_any(load, tmp_path):
    chosen = load()

    assert (chosen.site_name, chosen.time_zone, chosen.demo) == ("Training", "Europe/London", False)
    assert chosen.database == f"sqlite:///{tmp_path / 'roomful.sqlite'}"


def test_the_folder_is_made_at_the_first_start(load, tmp_path):
    assert settings.load(tmp_path / "new" / "instance").instance.is_dir()


def test_a_secret_is_made_once_and_kept(load, tmp_path):
    first, second = load().secret_key, load().secret_key

    assert (first == second, len(first)) == (True, 64)
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_file_is_read_in_capitals_or_small_letters(load):
    assert load('SITE_NAME = "Learn here"').site_name == "Learn here"


def test_the_environment_wins(load, monkeypatch):
    monkeypatch.setenv("ROOMFUL_SITE_NAME", "From outside")

    assert load(SOUND).site_name == "From outside"


def test_a_setting_nobody_knows_stops_the_start_by_name(load):
    with pytest.raises(BadSettings, match=r"There is no setting called SITE_NAM: docs/settings\.md lists them all\."):
        load('site_nam = "Typo"')


def test_a_variable_nobody_knows_stops_the_start_by_name(load, monkeypatch):
    monkeypatch.setenv("ROOMFUL_SITE_NAM", "Typo")

    with pytest.raises(BadSettings, match="ROOMFUL_SITE_NAM"):
        load()


def test_the_folder_is_not_a_setting_of_the_file(load):
    with pytest.raises(BadSettings, match="INSTANCE"):
        load('instance = "/tmp"')


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('time_zone = "Europe/Londonium"', "TIME_ZONE: is not a time zone such as Europe/London"),
        ('time_zone = "../etc/passwd"', "TIME_ZONE"),
        ('base_url = "training.example.org"', "BASE_URL: must be an address"),
        ('base_url = "https://example.org/?a=1"', "BASE_URL"),
        ('smtp_url = "http://mail.example.org"', "SMTP_URL"),
        ('mail_from = "Training <training@example.org>"', "MAIL_FROM: must be an email address"),
        ('contact_email = "library"', "CONTACT_EMAIL"),
        ('replies = "post"', "REPLIES"),
        ("proxies = 10", "PROXIES"),
        ('proxies = "many"', "PROXIES"),
        ('secret_key = "short"', "SECRET_KEY"),
        ('site_name = ""', "SITE_NAME"),
        ('demo = "perhaps"', "DEMO"),
    ],
)
def test_a_bad_value_stops_the_start_by_name(load, written, name):
    with pytest.raises(BadSettings, match=r"Some settings cannot be used\.") as refused:
        load(written)

    assert name in str(refused.value)


def test_every_bad_value_is_named_at_once(load):
    with pytest.raises(BadSettings) as refused:
        load('time_zone = "Nowhere"\nreplies = "post"')

    assert ("TIME_ZONE" in str(refused.value), "REPLIES" in str(refused.value)) == (True, True)


def test_a_bad_secret_is_not_repeated_in_the_sentence(load):
    with pytest.raises(BadSettings) as refused:
        load('secret_key = "hunter2"')

    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_not_toml_is_refused_in_a_sentence(load):
    with pytest.raises(BadSettings, match=r"settings\.toml cannot be read"):
        load("site_name: Training")


def test_the_address_of_the_service_ends_without_a_slash(load):
    assert load('base_url = "https://training.example.org/learn/"').base_url == "https://training.example.org/learn"


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ('mail_from = "a@example.org"\ncontact_email = "b@example.org"', "a@example.org"),
        ('contact_email = "b@example.org"', "b@example.org"),
        ('base_url = "https://training.example.org"', "training@training.example.org"),
    ],
)
def test_letters_come_from_one_mailbox(load, written, sender):
    assert load(written).sender == sender


def test_own_domains_are_told_apart_by_commas_and_blanks(load):
    assert load('sign_in_domains = "Example.org, nhs.uk;a.org  b.org"').domains == {
        "example.org",
        "nhs.uk",
        "a.org",
        "b.org",
    }
