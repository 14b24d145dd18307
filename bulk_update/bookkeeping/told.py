"""What was last told of a job."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """The exit code that was told, and its reason (empty if there was none)."""

    exit_code: int
    reason: str
