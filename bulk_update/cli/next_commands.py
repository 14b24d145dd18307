"""Suggestions for the next commands, ready to paste into a shell."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from bulk_update.cli.layout import COLUMNS, pieces, width_of
from bulk_update.cli.paths import shown
from bulk_update.exits import ExitCode
from bulk_update.job.report import Report
from bulk_update.learned import LEARNED_CODES
from bulk_update.records import Status
from bulk_update.results import RunFile
from bulk_update.sources import STANDARD_INPUT, with_user_of

_LEDGER = ("state", "ledger")
_CONNECTION = ("base_url", "username", "password_file")
_DELIVERY = ("rate", "workers", "timeout", "retries", "patience")
_ONLY_READING = ("rate", "timeout", "patience")
_FILES = ("out", "results_delimiter", "group_readable", "no_report")
_READING = ("snapshot", "verify")
_SOURCE = ("encoding", "delimiter", "sheet")

_LIVE = ("live", "reference_age")
_SWITCHES = {"only_changed": "--full", "live": "--offline"}
"""Options with an opposite, which may be given, too."""

_ONLY_PLANNED = {
    "no-rows", "expect-rows", "max-invalid", "max-rows", "max-clears", "expect-changes",
}  # fmt: skip
"""Guards that reject a plan; the next step is to look at the file."""

_BY_FILE = {"halted-canary", "halted-redirect"}
"""Halts that require another mapping or base URL, so `apply`, which keeps both, does not help."""

_LONGEST_QUOTED = len("""'"'"'""")
"""The length of a quoted single quotation mark."""

_ENDED = {ExitCode.SUCCESS, ExitCode.ROWS}

_RESENT = (Status.REJECTED, Status.FAILED)
"""What `retry` sends if nothing is left for `apply`: rows in doubt are superseded then."""


def next_commands(report: Report, *, command: str, given: Mapping[str, Any]) -> list[list[str]]:
    """Return the words of each command; `given` are the parameters of the ended command."""
    after = _Next(report, given)
    if command == "check":
        return after.a_check()
    if command == "verify" and report.end.exit_code not in {ExitCode.SUCCESS, ExitCode.ROWS}:
        return after.an_unfinished_verify()
    return after.a_run()


class _Next:
    """Builds the commands to suggest after a command has ended."""

    def __init__(self, report: Report, given: Mapping[str, Any]) -> None:
        self._report = report
        self._given = given

    def a_check(self) -> list[list[str]]:
        if self._report.end.code in LEARNED_CODES:
            return self._unusual()
        if self._report.end.exit_code not in _ENDED:
            return [self._with_file("check")]
        commands = self._with_failed_file("check")
        return [self._with_run("apply"), *commands] if self._report.left_to_send else commands

    def a_run(self) -> list[list[str]]:
        end = self._report.end
        if self._report.is_undo:
            return self._an_undo()
        if end.code in LEARNED_CODES:
            return self._unusual()
        if end.code in _ONLY_PLANNED:
            return [self._with_file("check")]
        if end.code in _BY_FILE:
            return [self._with_file("run")]
        if end.exit_code not in _ENDED:
            return [self._with_run("apply"), self._show()]
        commands = []
        outcomes = self._report.summary.outcomes
        if self._report.left_to_send:
            commands.append(self._with_run("apply"))
        elif any(outcomes[status] for status in _RESENT):
            commands.append(self._with_run("retry"))
        commands += self._with_failed_file("run")
        return commands or [self._show()]

    def _an_undo(self) -> list[list[str]]:
        """Leave out its file: that would send what the undo has restored."""
        outcomes = self._report.summary.outcomes
        if self._report.left_to_send or self._report.end.exit_code not in _ENDED:
            return [self._with_run("apply"), self._show()]
        if any(outcomes[status] for status in _RESENT):
            return [self._with_run("retry"), self._show()]
        return [self._show()]

    def an_unfinished_verify(self) -> list[list[str]]:
        """Return how to read back again: whether rows are left to send does not matter."""
        return [self._with_run("verify"), self._show()]

    def _unusual(self) -> list[list[str]]:
        """Return how to look at an unusual plan, and how to let it pass if it is right."""
        rows = self._report.left_to_send
        passing = [*self._with_run("apply"), "--expect-changes", str(rows)]
        return [self._with_file("check"), *([passing] if rows else [])]

    def _show(self) -> list[str]:
        return [*_words("show", str(self._report.summary.run_id)), *self._carried(_LEDGER)]

    def _with_run(self, command: str) -> list[str]:
        """Return a command for the run; a retry is another run, with its own files."""
        files = _FILES[1:] if command == "retry" else _FILES
        archive = () if command == "retry" else ("archive",)
        names = (*archive, *_LEDGER, *files, *_CONNECTION, *_LIVE, *_DELIVERY, *_READING, "guards")
        return [*_words(command, str(self._report.summary.run_id)), *self._carried(names)]

    def _with_file(self, command: str) -> list[str]:
        names = (*_SOURCE, "only_changed", *_LEDGER, *_FILES, *self._how(command))
        given = str(self._given.get("file", ""))
        file = with_user_of(str(self._report.summary.input_path), given=given)
        return [*_words(command, _operand(file)), *self._mapping(), *self._carried(names)]

    def _with_failed_file(self, command: str) -> list[list[str]]:
        """Return a command for the corrected rows, which does not overwrite this run's files."""
        failed = self._report.summary.files.get(RunFile.FAILED)
        if failed is None:
            return []
        names = ("only_changed", *_LEDGER, *_FILES[1:], *self._how(command))
        file = _operand(shown(failed))
        return [[*_words(command, file), *self._mapping(), *self._carried(names)]]

    def _how(self, command: str) -> tuple[str, ...]:
        is_check = command == "check"
        sending = (*_ONLY_READING, "snapshot") if is_check else (*_DELIVERY, *_READING)
        return (*_CONNECTION, *_LIVE, *sending)

    def _mapping(self) -> list[str]:
        return ["-m", self._report.mapping_path]

    def _carried(self, names: tuple[str, ...]) -> list[str]:
        """Return the options of the ended command that the next one also needs."""
        return [word for name in names for word in _option(name, self._given.get(name))]


def _option(name: str, value: Any) -> list[str]:
    """Return an option with its given value; nothing if it was not given."""
    option = f"--{name.replace('_', '-')}"
    if name == "guards":
        return [word for guard in value or () for word in ("--guard", guard)]
    if value is None or (name, value) == ("results_delimiter", ","):
        return []
    if name in _SWITCHES:
        return [option if value else _SWITCHES[name]]
    if isinstance(value, bool):
        return [option] if value else []
    return [option, str(value)]


def _words(*words: str) -> list[str]:
    return ["bulk-update", *words]


def _operand(path: str) -> str:
    """Return a path in a form that cannot be mistaken for an option."""
    return f".{os.sep}{path}" if path.startswith("-") and path != STANDARD_INPUT else path


def command_lines(words: list[str], *, indent: str) -> list[str]:
    r"""Return a command as lines that can be pasted into a shell.

    A POSIX shell joins lines that end in a backslash, even within a word. On Windows, a command
    is always one line.
    """
    if os.name == "nt":
        return [indent + subprocess.list2cmdline(words)]
    lines, line = [], indent.removesuffix(" ")
    for group in _with_values(words):
        quoted = shlex.join(group)
        if width_of(f"{line} {quoted} \\") <= COLUMNS:
            line += f" {quoted}"
            continue
        lines.append(f"{line} \\")
        *full, line = _parts(group, COLUMNS - len(indent) - len("\\"))
        lines += [f"{indent if n == 0 else ''}{part}\\" for n, part in enumerate(full)]
        line = line if full else indent + line
    return [*lines, line]


def _with_values(words: list[str]) -> Iterator[list[str]]:
    """Yield the words, with each option and its value together."""
    left = list(words)
    while left:
        is_option = left[0].startswith("-") and len(left) > 1 and not left[1].startswith("-")
        taken, left = left[: 1 + is_option], left[1 + is_option :]
        yield taken


def _parts(words: list[str], columns: int) -> list[str]:
    """Return the quoted words; if there are several parts, each goes on its own line."""
    quoted = shlex.join(words)
    if width_of(quoted) <= columns:
        return [quoted]
    *before, word = words
    option = "".join(f"{each} " for each in before)
    room = columns - len(option) - len("''")
    parts = pieces(word, room // _LONGEST_QUOTED if "'" in word else room)
    return [option + shlex.quote(parts[0]), *map(shlex.quote, parts[1:])]
