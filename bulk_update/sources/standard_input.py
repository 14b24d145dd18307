"""Standard input, which is read once into a private copy."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from bulk_update.errors import InputError, UsageError
from bulk_update.records import Issue
from bulk_update.sources.copying import new_private_file
from bulk_update.sources.source import Found

NAME = "-"


class StandardInput:
    """The bytes that another program writes; they have no name, no time and no place."""

    def matching(self) -> list[Found]:
        """Return standard input; its size is not known yet.

        Raises InputError if it is closed or a terminal.
        """
        if sys.stdin is None or sys.stdin.closed:
            raise InputError(Issue("input", variant="no-stdin"))
        if sys.stdin.isatty():
            raise InputError(Issue("input", variant="terminal"))
        return [Found(NAME, 0, 0)]

    def seen_again(self, found: Found) -> Found | None:
        """Return the same: what has been read does not change."""
        return found

    def has(self, name: str) -> bool:  # noqa: ARG002 - the protocol's signature
        """Return False: nothing lies beside standard input."""
        return False

    def fetch(self, found: Found, target: Path) -> None:  # noqa: ARG002 - there is only one
        """Copy everything up to the end."""
        with new_private_file(target) as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy, 1 << 20)

    def archive(
        self,
        found: Found,  # noqa: ARG002 - the protocol's signature
        folder: str,  # noqa: ARG002
        *,
        run_id: str,  # noqa: ARG002
    ) -> str:
        """Raise UsageError: there is nothing to move."""
        raise UsageError(Issue("usage", {"option": "--archive"}, "not-for-stdin"))

    def close(self) -> None:
        """Leave standard input open, since others may use it."""
