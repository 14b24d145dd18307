"""A file that a run has finished with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FinishedInput:
    """A file that a run has finished with.

    `modified_at_us` is None if it is not known, and for a corrected file. `folder` is absolute; it
    is None for standard input, and in runs of older versions.
    """

    run_id: str
    path: str
    sha256: str
    modified_at_us: int | None
    finished_at_us: int
    folder: str | None
