"""Where the password comes from: a file, the environment, the system's keyring; in this order.

It is never taken from the command line, where every user of the machine could read it. User name
and password lose one line break at their end, which editors and `echo` add.
"""

from __future__ import annotations

import importlib
import os
import stat
import unicodedata
from pathlib import Path

from bulk_update.errors import UsageError
from bulk_update.settings import Settings

KEYRING_SERVICE = "bulk-update"
_LONGEST = 10_000
"""Characters of a password file: what is longer was named by mistake."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def password_of(settings: Settings, *, base_url: str, username: str) -> str:
    """Return the password for one user of one system.

    Raises UsageError where there is none, where others could read its file, or where it holds a
    control character.
    """
    password = _found_password(settings, base_url=base_url, username=username)
    return without_line_break(password, name="the password")


def without_line_break(text: str, *, name: str) -> str:
    """Return a user name or password without the line break at its end.

    Raises UsageError for any other control character, and never repeats the text.
    """
    line = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    if any(unicodedata.category(character) == "Cc" for character in line):
        raise UsageError(
            f"{name} contains a control character, such as a line break or a TAB",
            hint="Set it again without one; a single line break at its end does no harm.",
        )
    return line


def _found_password(settings: Settings, *, base_url: str, username: str) -> str:
    if settings.password_file is not None:
        return _from_file(settings.password_file)
    if settings.password is not None:
        return settings.password.get_secret_value()
    found = _from_keyring(base_url, username)
    if found is None:
        raise UsageError(
            f"there is no password for {username} at {base_url}",
            hint="Set BULK_UPDATE_PASSWORD, name a file with --password-file, or store it in the "
            f"system's keyring: keyring set {KEYRING_SERVICE} {username}@{base_url}",
        )
    return found


def _from_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:  # Windows' Notepad begins with a mark
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_LONGEST)
    except OSError as error:
        raise UsageError(f"the password file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"the password file {path} is not UTF-8") from None
    if os.name == "posix" and mode & _OTHERS:
        raise UsageError(
            f"others can read the password file {path}", hint=f"Close it to them: chmod 600 {path}"
        )
    password = text.removesuffix("\n")
    if not password or "\n" in password or len(text) == _LONGEST:
        raise UsageError(f"the password file {path} must hold the password alone, in one line")
    return password


def _from_keyring(base_url: str, username: str) -> str | None:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:  # the extra is not installed
        return None
    try:
        found = keyring.get_password(KEYRING_SERVICE, f"{username}@{base_url}")
    except keyring.errors.KeyringError as error:
        raise UsageError(
            f"the system's keyring cannot be read: {error}",
            hint="Set BULK_UPDATE_PASSWORD, or name a file with --password-file.",
        ) from error
    return str(found) if found is not None else None
