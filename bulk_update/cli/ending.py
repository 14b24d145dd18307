"""How a command that plans or sends ends: with a report, an error, a stop request or a bug."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from bulk_update.cli.signals import ignore_signals
from bulk_update.errors import BulkUpdateError
from bulk_update.events import Event, InputChosen, MappingLoaded
from bulk_update.exits import ExitCode, RunEnd, end_of_stop
from bulk_update.job.report import Report
from bulk_update.records import Issue
from bulk_update.results import Told
from bulk_update.stop_request import StopCause, StopRequest


@dataclass(frozen=True, slots=True)
class Ending:
    """How a command ended.

    `report` is None if the command was refused, stopped or failed before there was a run to report;
    `error` is then what ended it, or None for a stop request. `job` is empty if no mapping could be
    loaded; `mapping_path` is then the one that was given, or empty. `input_path` is the
    file that was chosen; until then, what was given; empty for a command that reads none.
    `notifications` are those that were sent about it.
    """

    command: str
    end: RunEnd
    report: Report | None = None
    error: Exception | None = None
    job: str = ""
    mapping_path: str = ""
    input_path: str = ""
    notifications: Sequence[Told] | None = None

    @property
    def exit_code(self) -> int:
        """The exit code, which is final."""
        return self.end.exit_code

    @property
    def run_id(self) -> str | None:
        """The id of the run that was reported."""
        return self.report.summary.run_id if self.report else None


@dataclass(slots=True)
class KnownInputs:
    """The reader of events that remembers which mapping and which file are used."""

    job: str = ""
    mapping_path: str = ""
    input_path: str = ""

    def on_event(self, event: Event) -> None:
        """Remember a mapping or a file."""
        match event:
            case MappingLoaded(job, path):
                self.job, self.mapping_path = job, path
            case InputChosen(path):
                self.input_path = path


def ending_of(
    act: Callable[[], Report], *, command: str, stop: StopRequest, inputs: KnownInputs
) -> Ending:
    """Run a command's use case and return how it ended, whatever happens.

    A stop request takes precedence over any error. After one, further signals are ignored, so that
    they cannot replace the exit code.
    """
    report: Report | None = None
    failure: Exception | None = None
    try:
        report = act()
        end = report.end
    except BulkUpdateError as error:
        end, failure = error.run_end, error
    except (KeyboardInterrupt, click.Abort):
        end = _stopped(stop)
    except Exception as error:  # noqa: BLE001 - a bug has its own exit code
        end, failure = RunEnd(ExitCode.BUG, (Issue("bug", {"error": repr(error)}),)), error
    if stop.cause and failure:  # an interrupted operation may fail in any way
        end, failure = _stopped(stop), None
    return Ending(
        command,
        end,
        report,
        failure,
        job=inputs.job,
        mapping_path=inputs.mapping_path,
        input_path=inputs.input_path,
    )


def _stopped(stop: StopRequest) -> RunEnd:
    ignore_signals()
    return end_of_stop(stop.cause or StopCause.SIGINT)
