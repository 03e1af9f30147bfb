"""What a service may set, each with its type and default (docs/settings.md explains them one by one).

They come from `settings.toml` in the instance folder and from `ROOMFUL_<NAME>` in the environment, which wins.
An unknown name or a value of the wrong kind stops the start, by name: a typo must not pass for a default.
"""

import os
import re
import secrets
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import current_app
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app import wording

PREFIX = "ROOMFUL_"
PACKAGE = Path(__file__).resolve().parent
PLACES = {"instance"}  # ROOMFUL_INSTANCE says where to look; it is not a setting of its own
SWITCHES = {"browser_tests"}  # read by the tests alone


class BadSettings(Exception):
    """The settings cannot be used. Its text is one plain sentence that names each of them."""


class Settings(BaseModel):
    """The settings of one service, checked. Names are those of docs/settings.md in small letters."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    instance: Path
    secret_key: str = Field(min_length=16)
    database_url: str = ""
    site_name: str = Field(default="Training", min_length=1, max_length=80)
    organisation: str = Field(default="Library and Knowledge Service", max_length=120)
    base_url: str = "http://127.0.0.1:8000"
    time_zone: str = "Europe/London"
    contact_email: str = ""
    contact_phone: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    replies: Literal["none", "imap", "pipe"] = "none"
    reply_mailbox: str = ""
    mail_authserv_id: str = ""
    sign_in_domains: str = ""
    proxies: int = Field(default=0, ge=0, le=9)
    demo: bool = False
    trust_proxy_user: str = ""

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as fault:
            raise ValueError("is not a time zone such as Europe/London") from fault
        return value

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        """PostgreSQL's own way to write it, without a driver, will do."""
        try:
            engine = make_url(value).get_backend_name() if value else "sqlite"
        except ArgumentError as fault:
            raise ValueError("must look like postgresql+psycopg://user:password@host/name") from fault
        if engine not in {"sqlite", "postgresql"}:
            raise ValueError("must be a PostgreSQL or SQLite database")
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", value)

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an address such as https://training.example.org")
        if len(parts.hostname) > 100:  # calendar entries are known by it
            raise ValueError("must have a host name of 100 characters or fewer")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
            raise ValueError("must look like smtp://user:password@host:587?starttls=1")
        return value

    @field_validator("reply_mailbox")
    @classmethod
    def _is_a_mailbox_to_read(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username):
            raise ValueError("must look like imaps://user:password@mail.example.org/INBOX")
        return value

    @field_validator("mail_from", "contact_email")
    @classmethod
    def _is_a_mailbox(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
            raise ValueError("must be an email address")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def database(self) -> str:
        """The database's address: DATABASE_URL, or the SQLite file of the instance."""
        return self.database_url or f"sqlite:///{self.instance / 'roomful.sqlite'}"

    @cached_property
    def host(self) -> str:
        """The host of BASE_URL: the right-hand side of calendar UIDs and Message-IDs."""
        return cast(str, urlsplit(self.base_url).hostname)

    @property
    def sender(self) -> str:
        """The one mailbox that letters and invites come from."""
        return self.mail_from or self.contact_email or f"training@{self.host}"

    @property
    def domains(self) -> frozenset[str]:
        """Mail domains whose owners may sign in without being known beforehand, in small letters."""
        return frozenset(re.split(r"[\s,;]+", self.sign_in_domains.lower().strip())) - {""}


def current() -> Settings:
    """The settings of the app that is at work."""
    return cast(Settings, current_app.config["SETTINGS"])


def carried(name: str) -> Path:
    """A folder that travels with the code: inside the package in a wheel, beside it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def load(instance: Path | None = None) -> Settings:
    """Read the settings, and make the instance folder and its secret key if they are not there yet.

    instance: the folder; by default what ROOMFUL_INSTANCE says, or `./instance`. Raises BadSettings.
    """
    folder = (instance or Path(os.environ.get(PREFIX + "INSTANCE", "instance"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    written, spoken = _written(folder / "settings.toml"), _spoken()
    _refuse_strangers(written, spoken)
    chosen = {**written, **spoken}
    if "secret_key" not in chosen:
        chosen["secret_key"] = _kept_secret(folder / "secret_key")
    try:
        return Settings(instance=folder, **chosen)
    except ValidationError as fault:
        found = "; ".join(_by_name(sentence) for sentence in wording.sentences(fault))
        raise BadSettings(f"Some settings cannot be used. {found}.") from None


def _written(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        return {name.lower(): value for name, value in tomllib.loads(file.read_text("utf-8")).items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadSettings(f"{file.name} cannot be read: {fault}.") from fault


def _spoken() -> dict[str, str]:
    """What the environment says; a variable that is empty says nothing."""
    said = {name[len(PREFIX) :].lower(): value for name, value in os.environ.items() if name.startswith(PREFIX)}
    return {name: value for name, value in said.items() if value and name not in PLACES | SWITCHES}


def _refuse_strangers(written: dict[str, Any], spoken: dict[str, str]) -> None:
    names = set(Settings.model_fields) - {"instance"}
    strangers = [name.upper() for name in written if name not in names]
    strangers += [PREFIX + name.upper() for name in spoken if name not in names]
    if strangers:
        listed = ", ".join(sorted(strangers))
        raise BadSettings(f"There is no setting called {listed}: docs/settings.md lists them all.")


def _kept_secret(file: Path) -> str:
    """The secret made at the first start. Two first starts at once agree on one, and nobody reads half of it."""
    if not file.exists():
        made = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as kept:
            kept.write(secrets.token_hex(32))
        try:
            # A link is there whole or not at all, and only one can be made under a name.
            file.hardlink_to(made)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return file.read_text("ascii").strip()


def _by_name(sentence: str) -> str:
    """'base_url: …' as docs and files write it: 'BASE_URL: …'."""
    name, colon, said = sentence.partition(":")
    return name.upper() + colon + said
