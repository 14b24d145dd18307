"""Writing a new file atomically, without ever overwriting an existing one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from bulk_update.errors import UsageError
from bulk_update.records import Issue


def refuse_existing(path: Path) -> None:
    """Raise UsageError if something with this name exists, even a broken link."""
    if os.path.lexists(path):
        raise UsageError(Issue("usage", {"path": str(path)}, "exists"))


def write_new(path: Path, text: str) -> None:
    """Write a UTF-8 text file that only its owner can read.

    Raises UsageError if the file exists, even if it was created at the last moment, or if the
    folder cannot be written.
    """
    refuse_existing(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            _give_name(temporary, path)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()
    except FileExistsError:
        refuse_existing(path)
        raise
    except OSError as error:
        params = {"path": str(path), "error": error.strerror or str(error)}
        raise UsageError(Issue("usage", params, "unwritable")) from error


def _give_name(temporary: Path, path: Path) -> None:
    """Rename a file unless the new name is taken, with a link, which never replaces a file."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: claim the name, then replace that file
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        temporary.replace(path)
