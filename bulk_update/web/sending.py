"""The commands that the page runs as processes of their own, so that its end never stops them.

Each is the ordinary command of the command line, whose events go to a file. Its folder, which lies
in the state folder, is made exactly once for each turn of a run: whoever makes it starts the
process, and everybody else finds it, also after the page was restarted.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from bulk_update.errors import LedgerError
from bulk_update.job.environment import now_us
from bulk_update.ledger import Run
from bulk_update.printable import printable
from bulk_update.records import Issue, Param
from bulk_update.web.liveness import STOPPING, is_alive, pid_in, send_stop, start_child
from bulk_update.web.storage import make_private

FOLDER = "commands"
"""The folder of all commands in a state folder."""

WAIT = "12h"
"""How long a command waits for another run to end; the page shows that it waits."""

_COMMAND, _ALIVE, _EVENTS, _STOPPING = "command.json", "alive", "events.jsonl", STOPPING
_RUN_ID = re.compile(r"[\w-]+", re.ASCII)
_STARTING_US = 10_000_000
"""How long a folder without a process may be that of one that is just being started."""


class Verb(StrEnum):
    """The commands that the page runs for a run that exists."""

    APPLY = "apply"
    RETRY = "retry"
    UNDO = "undo"
    VERIFY = "verify"


SENDING = ("--yes", "--snapshot")
"""The options of an `apply`: it was confirmed on the page, and can be undone later."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A command for a run. Without `--yes`, `retry` and `undo` end with a plan of a new run."""

    verb: Verb
    run_id: str
    options: tuple[str, ...] = ()

    def arguments(self, state: Path, *, folder: Path) -> list[str]:
        """Return the arguments of the command for the ledger in a state folder.

        The files of a new run are written to `folder`; those of a run that exists stay where they
        are.
        """
        begins_run = self.verb in {Verb.RETRY, Verb.UNDO}
        out = ("--out", str(folder / "results")) if begins_run else ()
        places = ("--state", str(state), *out, "--wait", WAIT, "--log-format", "json")
        return [self.verb, self.run_id, *self.options, *places]


class TurnTakenError(Exception):
    """This turn of a run has been started already, or an earlier one has not ended."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that was started."""

    folder: Path
    turn: int
    errand: Errand
    started_at_us: int
    arguments: tuple[str, ...] = ()

    @property
    def pid(self) -> int | None:
        """The id of its process; None if it has not begun, or could not be started."""
        return pid_in(self.folder / _ALIVE)

    @property
    def shown(self) -> str:
        """The command as a person could type it."""
        words = ["bulk-update", *self.arguments]
        return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)

    @property
    def new_run_id(self) -> str | None:
        """The run that it has begun, if it is a `retry` or an `undo`."""
        started = self.last("run.started")
        begins_run = self.errand.verb in {Verb.RETRY, Verb.UNDO}
        found = started.get("run_id") if started and begins_run else None
        return found if isinstance(found, str) and _RUN_ID.fullmatch(found) else None

    @property
    def is_running(self) -> bool:
        """Whether its process has not ended, or is just being started."""
        if is_alive(self.folder / _ALIVE):
            return True
        return self.pid is None and now_us() - self.started_at_us < _STARTING_US

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield its events so far; a line that is not an event, such as half a one, is left out."""
        try:
            text = (self.folder / _EVENTS).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        for line in text.splitlines():
            try:
                event = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(event, dict) and isinstance(event.get("event"), str):
                yield event

    def last(self, *names: str) -> dict[str, Any] | None:
        """Return its last event with one of these names."""
        found = None
        for event in self.events():
            if event["event"] in names:
                found = event
        return found

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to end."""
        return (self.folder / _STOPPING).exists()

    def stop(self) -> None:
        """Ask it to end after the requests in flight; without effect if it has ended."""
        if not is_alive(self.folder / _ALIVE):
            return
        (self.folder / _STOPPING).touch(mode=0o600)
        if (pid := self.pid) is not None:  # without one, it looks at the file before it begins
            with suppress(ProcessLookupError):
                send_stop(pid)

    def last_words(self) -> str:
        """Return the last line that is not an event, such as an error before the first one."""
        try:
            text = (self.folder / _EVENTS).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("{")]
        return printable(lines[-1]) if lines else ""


class Commands:
    """The commands for the runs of one ledger, by run and turn; turns count from 0."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._folder = state / FOLDER

    def of(self, run_id: str) -> tuple[Command, ...]:
        """Return the commands for a run, the first one first."""
        turns = []
        folder = self._folder / run_id
        if folder.is_dir():
            turns = sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())
        return tuple(self._command(run_id, turn) for turn in turns)

    def latest(self, run_id: str) -> Command | None:
        """Return the latest command for a run."""
        return next(reversed(self.of(run_id)), None)

    def next_turn(self, run_id: str) -> int:
        """Return the turn that the next command for a run takes."""
        return latest.turn + 1 if (latest := self.latest(run_id)) else 0

    def forget(self, run: Run) -> None:
        """Delete what is kept of a run's commands, which must have ended.

        The files of other runs that they began stay; those of this run are deleted if the page
        chose their place.
        """
        emptied = [*(self._folder / run.run_id).glob("*"), self._folder / run.run_id]
        for folder in emptied:
            for name in (_COMMAND, _ALIVE, _EVENTS, _STOPPING):
                with suppress(OSError):
                    (folder / name).unlink()
        if run.out is not None and self._folder in Path(run.out).parents:
            shutil.rmtree(run.out, ignore_errors=True)
            emptied += [Path(run.out).parent, Path(run.out).parent.parent]
        for folder in emptied:
            with suppress(OSError):  # it is not empty, or not there
                folder.rmdir()

    def start(self, errand: Errand, *, turn: int, environment: Mapping[str, str]) -> Command:
        """Start a command; `environment` is that of the process, secrets included.

        Raises TurnTakenError if the turn is not the next one, or if the command before it has not
        ended, and LedgerError if the state folder cannot be written. Of several callers with the
        same turn, one starts the process.
        """
        try:
            return self._start(errand, turn=turn, environment=environment)
        except OSError as error:
            params: dict[str, Param] = {"path": str(self._folder), "error": str(error.strerror)}
            raise LedgerError(Issue("ledger", params, "unwritable-file")) from error

    def _start(self, errand: Errand, *, turn: int, environment: Mapping[str, str]) -> Command:
        latest = self.latest(errand.run_id)
        if turn != self.next_turn(errand.run_id) or (latest and latest.is_running):
            raise _taken(errand)
        folder = self._folder / errand.run_id / str(turn)
        make_private(folder.parent)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            raise _taken(errand) from None
        arguments = errand.arguments(self._state, folder=folder)
        known = {
            "verb": errand.verb,
            "options": errand.options,
            "arguments": arguments,
        }
        temporary = folder / f".{_COMMAND}.tmp"
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(known), encoding="utf-8")
        temporary.replace(folder / _COMMAND)
        start_child(
            ["bulk_update", *arguments],
            alive=folder / _ALIVE,
            events=folder / _EVENTS,
            environment=environment,
        )
        return self._command(errand.run_id, turn)

    def _command(self, run_id: str, turn: int) -> Command:
        folder = self._folder / run_id / str(turn)
        began_us = folder.stat().st_mtime_ns // 1000
        try:
            known = json.loads((folder / _COMMAND).read_text(encoding="utf-8"))
            errand = Errand(Verb(known["verb"]), run_id, tuple(known["options"]))
            arguments = tuple(known["arguments"])
            return Command(folder, turn, errand, began_us, arguments)
        except (OSError, ValueError, KeyError, TypeError):
            return Command(folder, turn, Errand(Verb.APPLY, run_id), began_us)


def _taken(errand: Errand) -> TurnTakenError:
    return TurnTakenError(f"`{errand.verb}` of run {errand.run_id} has been started already")
