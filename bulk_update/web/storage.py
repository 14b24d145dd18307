"""What the page keeps on disk: files and folders that only their owner can read."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bulk_update.errors import LedgerError
from bulk_update.language import gettext as _

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def storing() -> Iterator[None]:
    """Raise LedgerError for what the system refuses to store in this block."""
    try:
        yield
    except OSError as error:
        raise unwritable(error) from error


def make_private(folder: Path) -> Path:
    """Make a folder, and those above it, for its owner only; return it."""
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)
    return folder


def replace_text(path: Path, text: str) -> None:
    """Write a file that is either the old or the new one, whatever happens."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def unwritable(error: OSError) -> LedgerError:
    """Return why nothing can be stored."""
    if error.errno in _NO_SPACE:
        return disk_full()
    return LedgerError(
        _("the file cannot be stored: {error}").format(error=error.strerror or error),
        hint=_("Ask whoever looks after this computer."),
    )


def disk_full() -> LedgerError:
    """Return that the disk is full."""
    return LedgerError(
        _("there is not enough free space on this computer"),
        hint=_("Free some space, then try again."),
    )
