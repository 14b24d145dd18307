"""Running a command as a whole process: wall time and the most memory of any process in it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


_BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024  # getrusage(2)


@dataclass(frozen=True, slots=True)
class Measured:
    """`peak_bytes` is the most that the process, or one that it waited for, had in memory."""

    seconds: float
    peak_bytes: int


@dataclass(slots=True)
class Table:
    """Rows of text, printed as Markdown."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        self.rows.append(tuple(f"{c:.2f}" if isinstance(c, float) else str(c) for c in cells))

    def __str__(self) -> str:
        lines = [self.head, tuple("---" for _ in self.head), *self.rows]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


# As programs run unless told otherwise: with the bytecode that their first run left.
_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}


def measured(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    allowed: Sequence[int] = (0,),
) -> Measured:
    """Run a command to its end; raises when it ends with another exit code than allowed."""
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**_ENVIRONMENT, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said = process.stderr.read() if process.stderr else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode not in allowed:
        raise RuntimeError(f"{command}: exit code {process.returncode}\n{said}")
    return Measured(seconds, usage.ru_maxrss * _BYTES_OF_MAXRSS)


def bulk_update(
    *arguments: str, state: Path, environment: Mapping[str, str] | None = None
) -> Measured:
    """Run our own command line."""
    command = [sys.executable, "-m", "bulk_update", *arguments]
    settings = {"BULK_UPDATE_STATE": str(state), "BULK_UPDATE_PASSWORD": "bench"}
    return measured(command, environment={**settings, **(environment or {})})
