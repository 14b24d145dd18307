"""Settings from the command line, the environment and the mapping.

The command line takes precedence, then the environment (`BULK_UPDATE_` plus the option's name),
then the mapping, then the default.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_state_path
from pydantic import (
    BaseModel,
    ConfigDict,
    PlainValidator,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from bulk_update.errors import UsageError
from bulk_update.invalid_value import InvalidValueError
from bulk_update.limits import (
    parse_duration,
    parse_positive_duration,
    parse_rate,
    parse_retries,
    parse_workers,
)
from bulk_update.records import Issue

PREFIX = "BULK_UPDATE_"

_SECRETS = frozenset({"password", "proxy"})
"""Settings whose values never appear in a message; a proxy's may contain a password."""


def _parsed_by(read: Callable[[str], Any]) -> PlainValidator:
    """Return a validator that parses a setting's text."""
    return PlainValidator(lambda value: read(str(value)))


Rate = Annotated[float | Literal["unlimited"], _parsed_by(parse_rate)]
Workers = Annotated[int, _parsed_by(parse_workers)]
Retries = Annotated[int, _parsed_by(parse_retries)]
Duration = Annotated[float, _parsed_by(parse_duration)]
PositiveDuration = Annotated[float, _parsed_by(parse_positive_duration)]


class _EnvironmentSettings(BaseModel):
    """Settings that are taken from the environment unless they are given.

    The names of variables are compared without regard to case; empty ones count as not set.
    """

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, given: dict[str, Any]) -> dict[str, Any]:
        variables = {name.upper(): value for name, value in os.environ.items()}
        found = {name: variables.get(PREFIX + name.upper()) for name in cls.model_fields}
        return {**{name: value for name, value in found.items() if value}, **given}


class Settings(_EnvironmentSettings):
    """The settings that the environment can provide; None: set neither there nor as an option.

    `rate` is in requests per second; `timeout` and `patience` are in seconds. `ledger` is the URL
    of a ledger on PostgreSQL, without a password.
    """

    base_url: str | None = None
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    proxy: SecretStr | None = None
    state: Path | None = None
    ledger: str | None = None
    rate: Rate | None = None
    workers: Workers | None = None
    timeout: PositiveDuration | None = None
    retries: Retries | None = None
    patience: Duration | None = None

    @property
    def state_folder(self) -> Path:
        """The folder of the ledger, unless it is on a server, and of caches and drafts."""
        return _state_folder(self.state)


def _state_folder(given: Path | None) -> Path:
    return given or user_state_path("bulk-update", appauthor=False)


class TellingSettings(_EnvironmentSettings):
    """The settings of notifications and pings, which are needed even if others are wrong.

    `notify` holds URLs, separated by white space. `base_url` need not be valid.
    """

    notify: SecretStr | None = None
    ping: SecretStr | None = None
    base_url: str | None = None
    state: Path | None = None
    ledger: str | None = None

    @property
    def state_folder(self) -> Path:
        """The folder of the ledger, unless it is on a server, and of caches and drafts."""
        return _state_folder(self.state)


def load_settings(given: Mapping[str, Any]) -> Settings:
    """Combine the command line's settings (None: not given) with the environment's.

    Raises UsageError that lists every invalid setting and where it was set.
    """
    said = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**said)
    except ValidationError as errors:
        faults: dict[str, list[ErrorDetails]] = {}
        for error in errors.errors():
            faults.setdefault(str(error["loc"][0]), []).append(error)
        issues = (_fault(name, found, said) for name, found in faults.items())
        raise UsageError(*issues) from None


def _fault(name: str, found: list[ErrorDetails], said: Mapping[str, Any]) -> Issue:
    """Return one issue for a setting, even if several types were tried for it."""
    place = f"--{name.replace('_', '-')}" if name in said else f"{PREFIX}{name.upper()}"
    cause = found[0].get("ctx", {}).get("error")
    if isinstance(cause, InvalidValueError):
        return Issue("usage", {"option": place, "fault": cause.issue}, "option")
    wrong = tuple(error["msg"].lower() for error in found)
    if name in _SECRETS:
        return Issue("usage", {"option": place, "wrong": wrong}, "secret")
    text = str(found[0]["input"])
    return Issue("usage", {"option": place, "text": text, "wrong": wrong}, "setting")


@dataclass(frozen=True, slots=True)
class Delivery:
    """How fast to send, and how persistently to retry. `rate` None: unlimited."""

    rate: float | None
    workers: int
    timeout_seconds: float
    retries: int
    patience_seconds: float


DEFAULT_RATE = 5.0
DEFAULT_WORKERS = 4
DEFAULT_TIMEOUT_SECONDS = 30.0
DEFAULT_RETRIES = 4
DEFAULT_PATIENCE_SECONDS = 60.0
