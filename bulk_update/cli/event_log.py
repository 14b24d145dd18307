"""The observer for `--log-format`: writes every event to stderr as one line, and nothing else."""

from __future__ import annotations

import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

import click

from bulk_update.cli.ending import Ending, KnownInputs
from bulk_update.cli.log_lines import Field, LogFormat, line_of_event
from bulk_update.cli.wording import remedy_of_end
from bulk_update.errors import BulkUpdateError, ConsentError
from bulk_update.events import (
    AttemptMade,
    BugFound,
    CircuitChanged,
    CommandEnded,
    Event,
    Events,
    FilesWritten,
    Notice,
    PauseBegan,
    PlanApproved,
    PlanMade,
    RecordsRead,
    RowSettled,
    RowsRead,
    RunBegan,
    RunStopped,
    Stage,
    StageBegan,
    StageEnded,
    StillSending,
)
from bulk_update.exits import ExitCode, RunEnd
from bulk_update.job.environment import now_us
from bulk_update.job.ports import Target
from bulk_update.job.report import Report
from bulk_update.language import language, speaking
from bulk_update.messages import discreet_sentence, hint_of, numbers_of, remedy_of
from bulk_update.plan import Plan
from bulk_update.records import Issue, Status
from bulk_update.results import utc_text


class Level(StrEnum):
    """How much attention an event needs."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_NO_REMEDY = "nothing to do"
"""How the remedy of a notice begins that needs no attention."""


class EventLog:
    """Writes events as lines; with `verbose`, also the outcome of every row.

    Lines contain neither identifiers nor cells, unless an error's own words do. A plan is never
    shown, so it can only be sent with `yes`. `inputs` is what the events have said about the
    mapping and the file. Texts are in the current language; those of JSON are always English.
    """

    lines_shown = 0

    def __init__(
        self,
        log_format: LogFormat,
        *,
        yes: bool,
        verbose: bool,
        clock: Callable[[], float] = time.monotonic,
        now_us: Callable[[], int] = now_us,
    ) -> None:
        self._format = log_format
        self._language = "en" if log_format is LogFormat.JSON else language()
        self._yes = yes
        self._verbose = verbose
        self._clock = clock
        self._now_us = now_us
        self._run_id: str | None = None
        self._stage: _StageNumbers | None = None
        self._noted: list[Issue] = []
        self.inputs = KnownInputs()
        self.readers: list[Events] = [self.inputs]

    def on_event(self, event: Event) -> None:
        """Write a line about an event, and pass it to all readers."""
        for reader in self.readers:
            reader.on_event(event)
        with speaking(self._language):
            self._write_event(event)

    def _write_event(self, event: Event) -> None:
        match event:
            case RunBegan(run_id, path, base_url, continues):
                self._run_id = run_id
                self._write("run.started", file=path, base_url=base_url, continues=continues)
            case PlanMade(data_rows, counts, to_send, notices):
                self._write("plan", rows=data_rows, to_send=to_send, outcomes=_nonzero(counts))
                self._write_notices(notices)
            case PlanApproved(asked):
                self._write("consent", by="--yes" if asked else "run id")
            case RunStopped(end):
                self._write(_stop_name(end), Level.ERROR, code=end.code, message=_message_of(end))
            case FilesWritten(folder, names):
                self._write("files", folder=folder, names=names)
            case Notice(issue):
                self._write_notices((issue,))
            case BugFound(error):
                self._write_bug(error)
            case CommandEnded():
                self._write_end(event)
            case _:
                self._on_progress(event)

    def _on_progress(self, event: Event) -> None:
        match event:
            case StageBegan(stage, total):
                self._stage = _StageNumbers(stage, total, self._clock)
                self._write(f"{stage}.started", total=total)
            case StageEnded(stage) if self._stage:
                self._write(f"{stage}.ended", **self._stage.totals())
                self._stage = None
            case StillSending(in_flight) if self._stage:
                self._write("sending", **self._stage.now(in_flight))
            case CircuitChanged(is_open):
                name = "service.unavailable" if is_open else "service.available"
                self._write(name, Level.WARNING if is_open else Level.INFO)
            case RowSettled(outcome, number) if self._verbose:
                self._write("row", row=number, outcome=str(outcome.status), code=outcome.code)
        if self._stage:
            self._stage.on_event(event)

    def consents(self, plan: Plan, target: Target) -> bool:  # noqa: ARG002 - the protocol's
        """Approve the plan if `yes` was given; raises ConsentError otherwise."""
        self._write_notices(plan.notices)
        if not self._yes:
            raise ConsentError(Issue("no-consent", variant="log-format"))
        return True

    def say_notes(self, plan: Plan) -> None:
        """Write the notes of a plan that were not written with it."""
        self._write_notices(plan.notices)

    def say_failure(self, ending: Ending) -> None:
        """Write which bug ended a command; the event of its end has the reason otherwise."""
        if ending.error and not isinstance(ending.error, BulkUpdateError):
            self._write_bug(ending.error)

    def say_end(self, report: Report) -> None:
        """Write nothing: the event of the command's end has the reason."""

    def write_library_warning(self, logger: str, text: str) -> None:
        """Write what a library has logged, or a warning of Python's."""
        self._write("library", Level.WARNING, logger=logger, message=text)

    def _write_notices(self, issues: Iterable[Issue]) -> None:
        """Write each issue once: those of a plan also come with the question."""
        for issue in issues:
            if issue in self._noted:
                continue
            self._noted.append(issue)
            with speaking(self._language):
                message = discreet_sentence(issue)
            self._write(
                "notice",
                Level.INFO if _needs_nothing(issue) else Level.WARNING,
                code=issue.code,
                message=message,
                params=numbers_of(issue) or None,
            )

    def _write_end(self, ended: CommandEnded) -> None:
        end, outcomes = ended.end, ended.outcomes
        self._write(
            "run.ended",
            _level_of(end),
            exit_code=end.exit_code,
            reason=end.code,
            message=_message_of(end),
            hint=_hint_of(ended),
            attempts=ended.attempts,
            outcomes=None if outcomes is None else _all(outcomes),
        )

    def _write_bug(self, error: Exception) -> None:
        """Write where a bug occurred: the lines of code, without values of variables."""
        trace = "".join(traceback.format_exception(error))
        self._write("bug", Level.ERROR, error=type(error).__name__, traceback=trace)

    def _write(self, name: str, level: Level = Level.INFO, /, **fields: Field) -> None:
        line: dict[str, Field] = {
            "ts": utc_text(self._now_us()),
            "level": str(level),
            "event": name,
            "run_id": self._run_id,
            "job": self.inputs.job or None,
            **fields,
        }
        click.echo(line_of_event(line, self._format), file=sys.stderr)


class _StageNumbers:
    """What has happened in the current stage, in numbers."""

    def __init__(self, stage: Stage, total: int | None, clock: Callable[[], float]) -> None:
        self._stage = stage
        self._total = total
        self._clock = clock
        self._done = 0
        self._attempts = 0
        self._outcomes: Counter[str] = Counter()
        self._paused_until = self._began_at = self._last_at = clock()
        self._attempts_then = 0
        self._is_available = True

    def on_event(self, event: Event) -> None:
        """Count an event."""
        match event:
            case RowsRead(count) | RecordsRead(count):
                self._done += count
            case RowSettled(outcome):
                self._done += 1
                self._outcomes[outcome.status] += 1
            case AttemptMade():
                self._attempts += 1
            case PauseBegan(seconds):
                self._paused_until = max(self._paused_until, self._clock() + seconds)
            case CircuitChanged(is_open):
                self._is_available = not is_open

    def now(self, in_flight: int) -> dict[str, Field]:
        """Return the fields of `sending`; the rate is that since the last call."""
        now = self._clock()
        rate = _per_second(self._attempts - self._attempts_then, now - self._last_at)
        self._last_at, self._attempts_then = now, self._attempts
        return {
            "rows": self._done,
            "total": self._total,
            "rate_per_second": rate,
            "in_flight": in_flight,
            "pause_seconds": round(max(0.0, self._paused_until - now), 1),
            "is_available": self._is_available,
            "outcomes": dict(self._outcomes),
        }

    def totals(self) -> dict[str, Field]:
        """Return the fields of the stage's end."""
        seconds = self._clock() - self._began_at
        found: dict[str, Field] = {"rows": self._done, "seconds": round(seconds, 1)}
        if self._stage is Stage.SENDING:
            found |= {
                "rate_per_second": _per_second(self._attempts, seconds),
                "outcomes": dict(self._outcomes),
            }
        return found


def _needs_nothing(issue: Issue) -> bool:
    with speaking("en"):
        return remedy_of(issue.code).startswith(_NO_REMEDY)


def _per_second(count: int, seconds: float) -> float:
    return round(count / seconds, 1) if seconds > 0 else 0.0


def _message_of(end: RunEnd) -> str | None:
    return "; ".join(filter(None, map(discreet_sentence, end.reasons))) or None


def _hint_of(ended: CommandEnded) -> str | None:
    """Return what to do next; a refusal without a run says it in its message or its hint."""
    end = ended.end
    if ended.outcomes is None:
        return (hint_of(end.reasons[0]) or None) if end.reasons else None
    return remedy_of_end(end, is_undo=ended.is_undo) or None


def _stop_name(end: RunEnd) -> str:
    match end.exit_code:
        case ExitCode.GUARD:
            return "guard"
        case ExitCode.SERVICE:
            return "halt"
        case _:
            return "stop"


def _level_of(end: RunEnd) -> Level:
    if end.exit_code == ExitCode.SUCCESS:
        return Level.INFO
    return Level.WARNING if end.exit_code == ExitCode.ROWS else Level.ERROR


def _nonzero(counts: Mapping[Status, int]) -> dict[str, int]:
    return {str(status): count for status, count in counts.items() if count}


def _all(counts: Mapping[Status, int]) -> dict[str, int]:
    return {str(status): counts.get(status, 0) for status in Status}
