"""The program as a process that dies at a moment of one's choice, as if by kill -9.

Moments are counted: every statement that writes to an SQLite database, on whatever connection,
and every file that is opened for writing, renamed or removed in a folder. The program itself runs
as it is: only Python's `sqlite3.connect` hands out connections that are traced, and an audit hook
sees the files.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pkgutil
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from command_line import start

import bulk_update

DIED = 137
"""The exit code of a process that kill -9 ended, as shells report it."""

_WRITES = ("INSERT", "UPDATE", "DELETE", "COMMIT")
_WRITING = os.O_WRONLY | os.O_RDWR
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    # All that a run imports, now or later: each process would take a second for it.
    [
        "unittest.mock",
        "uvloop",
        "truststore",
        "openpyxl",
        *(module.name for module in pkgutil.walk_packages(bulk_update.__path__, "bulk_update.")),
    ]
)


def live_until(
    moment: int, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str]
) -> int:
    """Start a command in a process of its own; return its exit code, or `DIED`."""
    process = _FORKS.Process(target=_live, args=(moment, arguments, folder, environment))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def _live(
    moment: int, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> None:
    moments = itertools.count(1)

    def pass_moment() -> None:
        if next(moments) == moment:
            os._exit(DIED)

    def trace(statement: str) -> None:
        if statement.lstrip().startswith(_WRITES):
            pass_moment()

    def traced(*given: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **named)
        connection.set_trace_callback(trace)
        return connection

    def hook(event: str, values: tuple[object, ...]) -> None:
        if _changes_a_file(event, values, folder):
            pass_moment()

    connect = sqlite3.connect
    setattr(sqlite3, "connect", traced)  # noqa: B010 - no type checker likes it otherwise
    sys.addaudithook(hook)
    sys.exit(start(*arguments, environment=environment).exit_code)


def _changes_a_file(event: str, values: tuple[object, ...], folder: Path) -> bool:
    if event not in {"open", "os.rename", "os.remove", "os.mkdir"}:
        return False
    if event == "open" and not (isinstance(values[2], int) and values[2] & _WRITING):
        return False
    with suppress(TypeError):
        return str(values[0]).startswith(str(folder))
    return False
