"""What was last told of each job, so that only changes are told."""

from __future__ import annotations

from collections.abc import Sequence

from bulk_update.bookkeeping import Told
from bulk_update.ledger_postgres.database import Database

_LAST = """
SELECT exit_code, reason FROM telling
WHERE kind = %(kind)s AND target = %(target)s AND subject = ANY(%(subjects)s)
ORDER BY told_at_us DESC, subject LIMIT 1
"""

_FORGET = """
DELETE FROM telling
WHERE kind = %(kind)s AND target = %(target)s AND subject = ANY(%(subjects)s)
"""

_RECORD = """
INSERT INTO telling (subject, kind, target, exit_code, reason, told_at_us)
VALUES (%(subject)s, %(kind)s, %(target)s, %(exit_code)s, %(reason)s, %(told_at_us)s)
"""


class Tellings:
    """The last ending that each target was told, by subject and kind of command.

    A subject is a job in one system or, while its mapping cannot be read, the mapping's path. A
    target is named without any part of its URL but the scheme.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self, subjects: Sequence[str], *, kind: str, target: str) -> Told | None:
        """Return what was last told of any of these subjects; None: nothing yet."""
        values = {"subjects": list(subjects), "kind": kind, "target": target}
        with self._database.reading() as connection:
            found = connection.execute(_LAST, values).fetchone()
        return Told(*found) if found else None

    def record(
        self, subjects: Sequence[str], *, kind: str, target: str, told: Told, told_at_us: int
    ) -> None:
        """Record that a target was told an ending, under the first subject and in place of all."""
        values = {"kind": kind, "target": target}
        with self._database.writing() as connection:
            connection.execute(_FORGET, {**values, "subjects": list(subjects)})
            connection.execute(
                _RECORD,
                {**values, **told._asdict(), "subject": subjects[0], "told_at_us": told_at_us},
            )
