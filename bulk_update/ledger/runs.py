"""Runs on record: who planned what from which file, and how far it came."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from bulk_update.ledger.schema import row_ids_of


class RunState(StrEnum):
    """How far a run came."""

    STAGING = "staging"
    """Its rows are being written; a crash leaves it so, and nothing of it counts."""
    PLANNED = "planned"
    SENDING = "sending"
    """It is sending, or was when its process died."""
    UNFINISHED = "unfinished"
    """It stopped with rows that `run` and `apply` send again."""
    FINISHED = "finished"
    DELETED = "deleted"
    """Its rows are being deleted, some at a time; nothing of it counts."""


IS_ON_RECORD = f"state NOT IN ('{RunState.STAGING}', '{RunState.DELETED}')"
"""Of a run: whether people and other runs see it."""


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is known of a run before its first row is staged.

    `again` is whether `--again` was given. `claimed` says that the process which has the sending
    lock is working on it.
    """

    run_id: str
    command: str
    job: str
    identity: str
    base_url: str | None
    mapping_path: str
    mapping: bytes
    overrides: str
    input_path: str
    input_sha256: str
    header: str
    delimiter: str
    ours: bool
    user: str
    host: str
    pid: int
    created_at_us: int
    again: bool = False
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the ledger has it."""

    id: int
    run_id: str
    command: str
    origin: int
    state: RunState
    job: str
    identity: str
    base_url: str | None
    mapping_path: str
    mapping: bytes
    overrides: str
    input_path: str
    input_sha256: str
    header: str
    delimiter: str
    ours: bool
    data_rows: int | None
    user: str
    host: str
    pid: int
    created_at_us: int
    planned_at_us: int | None
    started_at_us: int | None
    finished_at_us: int | None
    stop_code: str | None
    stop_reasons: str | None
    exit_code: int | None
    notices: str
    out: str | None
    again: bool


_NEW_COLUMNS = tuple(field.name for field in fields(NewRun))
_COLUMNS = ", ".join(field.name for field in fields(Run))


def insert_run(connection: sqlite3.Connection, new: NewRun, *, origin: int | None = None) -> int:
    """Put a run on record in state `staging` and return its key."""
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
    """Let go of a run, and note how far its attempts came."""
    connection.execute(
        """
        UPDATE run SET claimed = 0,
            last_attempt_id = (SELECT max(id) FROM attempt WHERE row_id BETWEEN ? AND ?)
        WHERE id = ?
        """,
        (*row_ids_of(key), key),
    )


def release_all(connection: sqlite3.Connection) -> None:
    """Let go of the runs of processes that died."""
    connection.execute("UPDATE run SET claimed = 0 WHERE claimed")


def select_runs(connection: sqlite3.Connection, where: str, *values: object) -> list[Run]:
    """Return the runs for which an SQL condition of ours holds, the latest first."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM run WHERE {where} ORDER BY id DESC",
        values,
    )
    return [_run(entry) for entry in found]


def _run(entry: tuple[Any, ...]) -> Run:
    run = Run(*entry)
    return replace(run, state=RunState(run.state), ours=bool(run.ours), again=bool(run.again))
