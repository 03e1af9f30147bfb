"""What a service may set, each with its type and default (docs/settings.md explains them one by one).

They come from `settings.toml` in the instance folder and from `ROOMFUL_<NAME>` in the environment, which wins.
An unknown name or a value of the wrong kind stops the start, by name: a typo must not pass for a default.
"""

import os
import re
import secrets
import tomllib
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import current_app
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "ROOMFUL_"
PLACES = {"instance"}  # ROOMFUL_INSTANCE says where to look; it is not a setting of its own
SWITCHES = {"browser_tests"}  # read by the tests alone


class BadSettings(Exception):
    """The settings cannot be used. Its text is one plain sentence that names each of them."""


class Settings(BaseSettings):
    """The settings of one service, checked. Names are those of docs/settings.md in small letters."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, case_sensitive=False, validate_default=True
    )

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

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an address such as https://training.example.org")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
            raise ValueError("must look like smtp://user:password@host:587?starttls=1")
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

    @property
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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def current() -> Settings:
    """The settings of the app that is at work."""
    return cast(Settings, current_app.config["SETTINGS"])


def load(instance: Path | None = None) -> Settings:
    """Read the settings, and make the instance folder and its secret key if they are not there yet.

    instance: the folder; by default what ROOMFUL_INSTANCE says, or `./instance`. Raises BadSettings.
    """
    folder = (instance or Path(os.environ.get(PREFIX + "INSTANCE", "instance"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    written = _written(folder / "settings.toml")
    strangers = _strangers(written)
    if strangers:
        raise BadSettings(f"There is no setting called {', '.join(strangers)}: docs/settings.md lists them all.")
    if "secret_key" not in written and PREFIX + "SECRET_KEY" not in os.environ:
        written["secret_key"] = _kept_secret(folder / "secret_key")
    try:
        return Settings(**{**written, "instance": folder})
    except ValidationError as fault:
        raise BadSettings(_sentence(fault)) from None


def _written(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        return {name.lower(): value for name, value in tomllib.loads(file.read_text("utf-8")).items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadSettings(f"{file.name} cannot be read: {fault}.") from fault


def _strangers(written: dict[str, Any]) -> list[str]:
    names = set(Settings.model_fields) - {"instance"}
    spoken = {name[len(PREFIX) :].lower() for name in os.environ if name.startswith(PREFIX)}
    strangers = {name.upper() for name in set(written) - names}
    return sorted(strangers | {PREFIX + name.upper() for name in spoken - names - PLACES - SWITCHES})


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


def _sentence(fault: ValidationError) -> str:
    told = [
        f"{'_'.join(str(part) for part in error['loc']).upper()}: {error['msg'].removeprefix('Value error, ')}"
        for error in fault.errors(include_input=False, include_url=False)
    ]
    return "Some settings cannot be used. " + "; ".join(told) + "."
