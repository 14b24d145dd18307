"""A file that must not be there yet: written whole or not at all, and never over another."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from bulk_update.errors import UsageError


def refuse_existing(path: Path) -> None:
    """Raise UsageError if something with this name exists, be it a link that leads nowhere."""
    if os.path.lexists(path):
        raise UsageError(
            f"{path} exists, and is never overwritten",
            hint="Name another file with -o, or remove this one.",
        )


def write_new(path: Path, text: str) -> None:
    """Write a text file in UTF-8 that only its owner can read.

    Raises UsageError if the name is taken, even at the last moment, or the folder cannot be
    written.
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
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="Name a file in a folder of your own with -o.",
        ) from error


def _give_name(temporary: Path, path: Path) -> None:
    """Give a file its name unless the name is taken: unlike renaming, linking never replaces."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: claim the name, then replace what claims it
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        temporary.replace(path)
