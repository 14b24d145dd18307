"""A run: who planned what from which file, and its progress."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum


class RunState(StrEnum):
    """The progress of a run."""

    STAGING = "staging"
    """Its rows are being written, or were when its process died; it does not count yet."""
    PLANNED = "planned"
    SENDING = "sending"
    """It is sending, or was sending when its process died."""
    UNFINISHED = "unfinished"
    """It stopped before it was complete; `run` and `apply` continue it."""
    FINISHED = "finished"
    DELETED = "deleted"
    """Its rows are being deleted, some at a time; it no longer counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """What is known about a run before its first row is staged.

    `is_failed_csv` is whether the file is a `failed.csv`, `again` whether `--again` was given, and
    `claimed` whether the process with the sending lock is working on the run. `exported_at_us` is
    when the file was last modified, and `input_folder` its folder, absolute and without links (both
    None for standard input). `undoes` is the key of the run that this one undoes.
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
    exported_at_us: int | None = None
    input_folder: str | None = None
    undoes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(NewRun):
    """A recorded run: what was known at first, and what has been added since.

    `origin` is the key of the run that read the file: this run, or the first of a chain of retries.
    `profile` is what its plan counted (JSON), if later plans can be compared with it.
    `status_names` is JSON: what statuses were called when the run was planned, by campaign and id.
    `verified_at_us` is when its records were last read back. `own_folders` is JSON: the folders of
    its files that no `--out` named. `given` is JSON: the guards and the pace of the last command.
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
    status_names: str
    verified_at_us: int | None
    profile: str | None = None
    own_folders: str = "[]"
    given: str = "{}"

    def as_new(self) -> NewRun:
        """Return what was known about the run before its first row was staged."""
        return NewRun(**{field.name: getattr(self, field.name) for field in fields(NewRun)})


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationEnd:
    """How an invocation of a run ended; `out` is None to keep the recorded output folder."""

    now_us: int
    stop_code: str
    stop_reasons: str
    exit_code: int | None = None
    out: str | None = None
    files_written: bool = True
