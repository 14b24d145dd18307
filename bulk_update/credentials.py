"""Where the password comes from.

The sources are a file, the environment, systemd's credential `password` and the system's keyring,
in this order. The password is never taken from the command line, where every user of the machine
could read it. One line break at the end of a user name or password is removed, since editors and
`echo` add one.
"""

from __future__ import annotations

import importlib
import os
import stat
import unicodedata
from enum import StrEnum
from pathlib import Path
from typing import Literal, NamedTuple

from bulk_update.errors import UsageError
from bulk_update.records import Issue
from bulk_update.settings import Settings

KEYRING_SERVICE = "bulk-update"
_LONGEST = 10_000
"""In characters; a password file of this length or more was named by mistake."""

_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_CREDENTIAL = "password"


class Source(StrEnum):
    """Where a password was found."""

    FILE = "file"
    ENVIRONMENT = "environment"
    CREDENTIAL = "credential"
    KEYRING = "keyring"


class FoundPassword(NamedTuple):
    """A password and its source; `path` is the file of a file or a credential."""

    password: str
    source: Source
    path: Path | None = None

    def __repr__(self) -> str:
        """Describe the source alone."""
        return f"FoundPassword(source={self.source!r}, path={self.path!r})"


def password_of(settings: Settings, *, base_url: str, username: str) -> str:
    """Return the password for one user of one system.

    Raises UsageError if there is none, if other users can read its file, or if it contains a
    control character.
    """
    return find_password(settings, base_url=base_url, username=username).password


def find_password(settings: Settings, *, base_url: str, username: str) -> FoundPassword:
    """Return the password and where it was found; raises UsageError like `password_of`."""
    found = _found_password(settings, base_url=base_url, username=username)
    return found._replace(password=without_line_break(found.password, of="password"))


def without_line_break(text: str, *, of: Literal["user-name", "password"]) -> str:
    """Return a user name or password without the line break at its end.

    Raises UsageError if it is empty or contains any other control character; the message never
    repeats the text.
    """
    line = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    if not line:
        raise UsageError(Issue("usage", variant=f"{of}-empty"))
    if any(unicodedata.category(character) == "Cc" for character in line):
        raise UsageError(Issue("usage", variant=f"{of}-control"))
    return line


def _found_password(settings: Settings, *, base_url: str, username: str) -> FoundPassword:
    file = settings.password_file
    if file is not None:
        return FoundPassword(_from_file(file), Source.FILE, file)
    if settings.password is not None:
        return FoundPassword(settings.password.get_secret_value(), Source.ENVIRONMENT)
    credential = Path(os.environ.get(_CREDENTIALS, ""), _CREDENTIAL)
    if credential.is_absolute() and credential.exists():
        return FoundPassword(_from_file(credential), Source.CREDENTIAL, credential)
    found = _from_keyring(f"{username}@{base_url}")
    if found is None:
        params = {"user": username, "url": base_url, "service": KEYRING_SERVICE}
        raise UsageError(Issue("usage", params, "no-password"))
    return FoundPassword(found, Source.KEYRING)


def _from_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:  # Notepad may add a byte order mark
            _require_private(path, file.fileno())
            text = file.read(_LONGEST)
    except OSError as error:
        raise _unusable(path, "unreadable", str(error.strerror)) from error
    except UnicodeDecodeError:
        raise _unusable(path, "not-utf8") from None
    password = text.removesuffix("\n")
    if not password or "\n" in password or len(text) == _LONGEST:
        raise _unusable(path, "lines")
    return password


def _unusable(path: Path, variant: str, error: str = "") -> UsageError:
    params = {"path": str(path), "error": error}
    return UsageError(Issue("usage", params, f"password-file-{variant}"))


def _require_private(path: Path, descriptor: int) -> None:
    """Refuse an open file that others can read; raises UsageError."""
    if os.name != "posix":
        return
    found = os.fstat(descriptor)
    exposure = exposure_of(
        found.st_mode,
        owner=found.st_uid,
        user=os.geteuid(),
        is_read_only=bool(os.fstatvfs(descriptor).f_flag & os.ST_RDONLY),
    )
    if exposure is not None:
        raise _unusable(path, exposure)


class Exposure(StrEnum):
    """Why a password file is not private."""

    OWNER = "owner"
    """It belongs to neither this user nor root."""
    READABLE = "readable"
    """Others can read it, and this user could change that."""
    MOUNTED = "mounted"
    """All users can read it, and this user cannot change that."""


def exposure_of(mode: int, *, owner: int, user: int, is_read_only: bool) -> Exposure | None:
    """Return why a file is not private, or None; `is_read_only` refers to its file system.

    The group may read a mounted secret that this user cannot change: Kubernetes gives it to the
    `fsGroup`, and systemd's access lists look like group permissions.
    """
    if owner not in {user, 0}:
        return Exposure.OWNER
    can_change = user == owner and not is_read_only
    if can_change and mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Exposure.READABLE
    return Exposure.MOUNTED if mode & stat.S_IRWXO else None


def ledger_password(name: str) -> str | None:
    """Return the password for the server of a ledger from the system's keyring, if it is there.

    `name` is the ledger's URL without options, such as `postgresql://ana@db.example.com/runs`.
    Raises UsageError if the keyring cannot be read.
    """
    return _from_keyring(name)


def _from_keyring(account: str) -> str | None:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:  # the extra is not installed
        return None
    try:
        found = keyring.get_password(KEYRING_SERVICE, account)
    except keyring.errors.KeyringError as error:
        raise UsageError(Issue("usage", {"error": str(error)}, "keyring")) from error
    return str(found) if found is not None else None
