"""A run: who planned what from which file, and how far it came."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """What is known of a run before its first row is staged.

    `is_failed_csv` is whether the file was a `failed.csv`, `again` whether `--again` was given.
    `claimed` says that the process which has the sending lock is working on it.
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
    is_failed_csv: bool
    user: str
    host: str
    pid: int
    created_at_us: int
    again: bool = False
    claimed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(NewRun):
    """A run on record: what was known of it at first, and what came since.

    `origin` is the key of the run whose file this is: of itself, or of the first that a chain of
    retries began with.
    """

    id: int
    origin: int
    state: RunState
    data_rows: int | None
    planned_at_us: int | None
    started_at_us: int | None
    finished_at_us: int | None
    stop_code: str | None
    stop_reasons: str | None
    exit_code: int | None
    notices: str
    out: str | None

    def as_new(self) -> NewRun:
        """Return what was known of it before its first row was staged."""
        return NewRun(**{field.name: getattr(self, field.name) for field in fields(NewRun)})


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationEnd:
    """How an invocation of a run ended; `out` None leaves the folder of its files as it was."""

    now_us: int
    stop_code: str
    stop_reasons: str
    exit_code: int | None = None
    out: str | None = None
    files_written: bool = True
