"""The table of runs."""

from __future__ import annotations

import sqlite3
from dataclasses import fields, replace
from typing import Any

from bulk_update.bookkeeping.row_keys import row_ids_of
from bulk_update.bookkeeping.run import NewRun, Run, RunState

IS_ON_RECORD = f"state NOT IN ('{RunState.STAGING}', '{RunState.DELETED}')"
"""Whether users and other runs can see a run."""

_NEW_COLUMNS = tuple(field.name for field in fields(NewRun))
_COLUMNS = tuple(field.name for field in fields(Run))


def insert_run(connection: sqlite3.Connection, new: NewRun, *, origin: int | None = None) -> int:
    """Insert a run in state `staging` and return its key."""
    places = ", ".join("?" for _ in _NEW_COLUMNS)
    values = tuple(getattr(new, name) for name in _NEW_COLUMNS)
    (key,) = connection.execute(
        f"INSERT INTO run ({', '.join(_NEW_COLUMNS)}, state, origin)"
        f" VALUES ({places}, ?, 0) RETURNING id",
        (*values, RunState.STAGING),
    ).fetchone()
    connection.execute("UPDATE run SET origin = ? WHERE id = ?", (origin or key, key))
    return int(key)


def update_run(connection: sqlite3.Connection, key: int, **values: object) -> None:
    """Set columns of a run."""
    assignments = ", ".join(f"{name} = ?" for name in values)
    connection.execute(
        f"UPDATE run SET {assignments} WHERE id = ?",
        (*values.values(), key),
    )


def end_invocation(connection: sqlite3.Connection, key: int) -> None:
    """Release a run, and record its last attempt."""
    connection.execute(
        """
        UPDATE run SET claimed = 0,
            last_attempt_id = (SELECT max(id) FROM attempt WHERE row_id BETWEEN ? AND ?)
        WHERE id = ?
        """,
        (*row_ids_of(key), key),
    )


def release_all(connection: sqlite3.Connection) -> None:
    """Release the runs of processes that died."""
    connection.execute("UPDATE run SET claimed = 0 WHERE claimed")


def select_runs(connection: sqlite3.Connection, where: str, *values: object) -> list[Run]:
    """Return the runs that meet an SQL condition, the latest first.

    The condition must not contain any input; its parameters are passed as values.
    """
    found = connection.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM run WHERE {where} ORDER BY id DESC",
        values,
    )
    return [_run(entry) for entry in found]


def _run(entry: tuple[Any, ...]) -> Run:
    run = Run(**dict(zip(_COLUMNS, entry, strict=True)))
    return replace(
        run,
        state=RunState(run.state),
        is_failed_csv=bool(run.is_failed_csv),
        again=bool(run.again),
        claimed=bool(run.claimed),
    )
