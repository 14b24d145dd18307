"""What was last told of each job, so that only changes are told."""

from __future__ import annotations

from collections.abc import Sequence

from bulk_update.bookkeeping.told import Told
from bulk_update.ledger.database import Database


class Tellings:
    """The last ending that each target was told, by subject and kind of command.

    A subject is a job in one system or, while its mapping cannot be read, the mapping's path. A
    target is named without any part of its URL but the scheme.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self, subjects: Sequence[str], *, kind: str, target: str) -> Told | None:
        """Return what was last told of any of these subjects; None: nothing yet."""
        marks = ", ".join("?" * len(subjects))
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT exit_code, reason FROM telling WHERE kind = ? AND target = ?"
                f" AND subject IN ({marks}) ORDER BY told_at_us DESC, subject LIMIT 1",
                (kind, target, *subjects),
            ).fetchone()
        return Told(*found) if found else None

    def record(
        self, subjects: Sequence[str], *, kind: str, target: str, told: Told, told_at_us: int
    ) -> None:
        """Record that a target was told an ending, under the first subject and in place of all."""
        marks = ", ".join("?" * len(subjects))
        with self._database.writing() as connection:
            connection.execute(
                f"DELETE FROM telling WHERE kind = ? AND target = ? AND subject IN ({marks})",
                (kind, target, *subjects),
            )
            connection.execute(
                "INSERT INTO telling (subject, kind, target, exit_code, reason, told_at_us)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (subjects[0], kind, target, *told, told_at_us),
            )
