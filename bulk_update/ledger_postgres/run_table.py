"""The table of runs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from bulk_update.bookkeeping import NewRun, Run, RunState
from bulk_update.bookkeeping.row_keys import bounds_of
from bulk_update.ledger_postgres.connection import Connection

IS_ON_RECORD = f"state NOT IN ('{RunState.STAGING}', '{RunState.DELETED}')"
"""Whether users and other runs can see a run."""

_NEW_COLUMNS = tuple(field.name for field in fields(NewRun))
_COLUMNS = tuple(field.name for field in fields(Run))


def _quoted(names: tuple[str, ...]) -> str:
    """Return columns for SQL, in which `user` alone is the user of the database."""
    return ", ".join(f'"{name}"' for name in names)


def insert_run(connection: Connection, new: NewRun, *, origin: int | None = None) -> int:
    """Insert a run in state `staging` and return its key."""
    places = ", ".join(f"%({name})s" for name in _NEW_COLUMNS)
    values = {name: getattr(new, name) for name in _NEW_COLUMNS}
    found = connection.execute(
        f"INSERT INTO run ({_quoted(_NEW_COLUMNS)}, state, origin)"
        f" VALUES ({places}, %(state)s, 0) RETURNING id",
        {**values, "state": RunState.STAGING},
    ).fetchone()
    key = int(found[0]) if found else 0
    connection.execute("UPDATE run SET origin = %s WHERE id = %s", (origin or key, key))
    return key


def update_run(connection: Connection, key: int, **values: object) -> None:
    """Set columns of a run."""
    assignments = ", ".join(f'"{name}" = %({name})s' for name in values)
    connection.execute(f"UPDATE run SET {assignments} WHERE id = %(id)s", {**values, "id": key})


def end_invocation(connection: Connection, key: int) -> None:
    """Release a run, and record its last attempt."""
    connection.execute(
        """
        UPDATE run SET claimed = false, last_attempt_id = (
            SELECT max(id) FROM attempt WHERE row_id BETWEEN %(first)s AND %(last)s)
        WHERE id = %(id)s
        """,
        {**bounds_of(key), "id": key},
    )


def release_all(connection: Connection) -> None:
    """Release the runs of processes that died."""
    connection.execute("UPDATE run SET claimed = false WHERE claimed")


def select_runs(connection: Connection, where: str, **values: object) -> list[Run]:
    """Return the runs that meet an SQL condition, the latest first.

    The condition must not contain any input; its parameters are passed as values.
    """
    found = connection.execute(
        f"SELECT {_quoted(_COLUMNS)} FROM run WHERE {where} ORDER BY id DESC", values
    )
    return [_run(entry) for entry in found]


def _run(entry: tuple[Any, ...]) -> Run:
    run = Run(**dict(zip(_COLUMNS, entry, strict=True)))
    return replace(run, state=RunState(run.state))
