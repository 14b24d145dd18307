"""The program as its users start it: within this process, or as a process of its own."""

from __future__ import annotations

import csv
import gc
import io
import json
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any, TextIO
from unittest import mock

import bulk_update
from bulk_update.__main__ import main
from bulk_update.ledger import Holder, sending_lock

CONNECTION = {"BULK_UPDATE_USERNAME": "robot", "BULK_UPDATE_PASSWORD": "correct horse"}

SIGNALS = [
    signal.Signals[name]
    for name in ("SIGHUP", "SIGINT", "SIGTERM")
    if name in signal.Signals.__members__
]
"""The signals that end a run, as far as this platform has them."""

A_MINUTE = 60.0

HOLDER = Holder(4711, "vm", "jan", "2026-01-02T03:04:05Z")

MAPPING: Mapping[str, Any] = {
    "version": 1,
    "name": "nightly",
    "campaign": "00001",
    "identifier": {"column": "ID"},
    "update": {
        "status_id": {"column": "Status"},
        "record_fields": {"miasto": {"column": "Miasto"}},
    },
}
"""A small mapping; tests lay what they need over it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def summary(self) -> dict[str, Any]:
        """The object that `--json` printed: all of stdout, and nothing else."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder with somebody's files, ledger and results."""

    folder: Path
    base_url: str | None = None

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def file(self, text: str, *, name: str = "crm.csv", encoding: str = "utf-8") -> Path:
        """Write a spreadsheet."""
        path = self.folder / name
        path.write_text(text, encoding=encoding, newline="")
        let_rest(path)
        return path

    def rows(self, *identifiers: str, name: str = "crm.csv") -> Path:
        """Write a spreadsheet of good rows."""
        lines = [f"{identifier};3;Gdynia\n" for identifier in identifiers]
        return self.file("ID;Status;Miasto\n" + "".join(lines), name=name)

    def mapping(self, *, name: str = "mapping.yaml", **content: Any) -> Path:
        """Write the small mapping with other keys laid over it. JSON is YAML."""
        path = self.folder / name
        path.write_text(json.dumps({**MAPPING, **content}, ensure_ascii=False), encoding="utf-8")
        return path

    @property
    def environment(self) -> dict[str, str]:
        base_url = {"BULK_UPDATE_BASE_URL": self.base_url} if self.base_url else {}
        return {**CONNECTION, "BULK_UPDATE_RATE": "unlimited", **base_url}

    def __call__(self, command: str, *given: object) -> Ended:
        """Start a command within this process, with this desk's ledger and results."""
        return start(*self.arguments(command, *given), environment=self.environment)

    def arguments(self, command: str, *given: object) -> list[str]:
        """Return the arguments of a command at this desk, consent included."""
        arguments = [command, *map(str, given), "--state", str(self.state)]
        if command not in {"runs", "show"}:
            arguments += ["--out", str(self.out)]
        return arguments

    def process(self, command: str, *given: object, output: int = PIPE) -> Popen[str]:
        """Start a command as a process of its own."""
        let_rest(*given)
        words = ["-m", "bulk_update", *self.arguments(command, *given)]
        return python(*words, environment=self.environment, output=output)

    def results(self) -> list[dict[str, str]]:
        """Return the lines of results.csv."""
        return list(csv.DictReader(io.StringIO(self.text("results.csv"))))

    def outcomes(self) -> list[str]:
        """Return each row's outcome, with its code where it has one."""
        return [f"{row['outcome']} {row['code']}".strip() for row in self.results()]

    def text(self, name: str) -> str:
        """Return a file of the results, without its byte order mark."""
        return (self.out / name).read_bytes().decode("utf-8-sig")

    @contextmanager
    def holding_the_lock(self) -> Iterator[None]:
        """Be another run that is sending."""
        self.state.mkdir(exist_ok=True)
        with sending_lock(self.state, HOLDER):
            yield

    def wait_for_ledger(self, *, seconds: float = 20.0) -> None:
        """Wait until a process has opened the ledger."""
        deadline = time.monotonic() + seconds
        while not (self.state / "ledger.sqlite3").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def change_ledger(self, statement: str) -> None:
        """Do to the ledger what time or another version would."""
        with closing(sqlite3.connect(self.state / "ledger.sqlite3")) as ledger, ledger:
            ledger.execute(statement)

    def run_id(self) -> str:
        """Return the id of the run whose files lie in the results' folder."""
        return str(json.loads(self.text("summary.json"))["run_id"])

    def names(self) -> list[str]:
        """Return what lies in the results' folder."""
        return sorted(path.name for path in self.out.iterdir())


def python(
    *words: object,
    environment: Mapping[str, str] | None = None,
    stdin: int = DEVNULL,
    output: int = PIPE,
    new_session: bool = False,
    folder: Path | None = None,
) -> Popen[str]:
    """Start a Python that finds this very code, in a folder; both its outputs go to `output`."""
    where = {"PYTHONPATH": str(Path(bulk_update.__file__).parents[1])}
    return Popen(  # noqa: S603 - our own program
        [sys.executable, *map(str, words)],
        cwd=folder,
        env={**os.environ, **where, **(environment or {})},
        stdin=stdin,
        stdout=output,
        stderr=output,
        text=True,
        encoding="utf-8",
        start_new_session=new_session,
    )


def ended(process: Popen[str], *, seconds: float = 60.0) -> Ended:
    """Wait for a process and return how it ended."""
    stdout, stderr = process.communicate(timeout=seconds)
    return Ended(process.returncode, stdout or "", stderr or "")


def let_rest(*given: object) -> None:
    """Make files that were just written look a minute old, since nobody waits for such files."""
    now = time.time()
    for path in map(Path, map(str, given)):
        with suppress(OSError, ValueError):
            if path.is_file() and 0 <= now - path.stat().st_mtime < A_MINUTE:
                os.utime(path, (now - A_MINUTE, path.stat().st_mtime - A_MINUTE))


def start(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> Ended:
    """Start the program within this process, as its console script would.

    What is written to a terminal or a file of the caller is not returned.
    """
    let_rest(*arguments)
    stdout, stderr = stdout or io.StringIO(), stderr or io.StringIO()
    with (
        mock.patch.dict(os.environ, environment or {}),
        mock.patch.object(sys, "argv", ["bulk-update", *arguments]),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
        signals_restored(),
        collector_restored(),
    ):
        try:
            main()
            code: object = 0
        except SystemExit as left:
            code = left.code or 0
    assert isinstance(code, int)
    return Ended(code, _text_of(stdout), _text_of(stderr))


def _text_of(stream: TextIO) -> str:
    return stream.getvalue() if isinstance(stream, io.StringIO) else ""


@contextmanager
def signals_restored() -> Iterator[None]:
    """Take back what the program does with signals, since this process lives on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def collector_restored() -> Iterator[None]:
    """Take back what the program does with the garbage collector, and collect its cycles.

    Each run leaves half a megabyte behind, which would pile up in a process that lives on.
    """
    before = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.collect()


@contextmanager
def killed_at_the_end(process: Popen[str]) -> Iterator[Popen[str]]:
    """Leave no process behind."""
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
