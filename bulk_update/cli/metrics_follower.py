"""What `--metrics` does: it counts while a command runs, and writes the file after its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bulk_update.cli.ending import Ending
from bulk_update.events import AttemptMade, Event, Events, Notice, Stage, StageBegan, StageEnded
from bulk_update.exits import ExitCode
from bulk_update.job.environment import now_us
from bulk_update.metrics import Metrics, last_of, metrics_text, write_textfile
from bulk_update.records import Issue


class MetricsFollower:
    """Follows one command. A file that cannot be written is a notice to `events`.

    `inputs` are the command's other files, which are never replaced, whatever `path` says.
    """

    def __init__(
        self,
        path: Path,
        events: Events,
        *,
        inputs: Sequence[Path] = (),
        clock: Callable[[], float] = time.monotonic,
        now_us: Callable[[], int] = now_us,
    ) -> None:
        self._path = path
        self._events = events
        self._inputs = inputs
        self._clock = clock
        self._now_us = now_us
        self._began_at = clock()
        self._attempts = 0
        self._sending_seconds = 0.0
        self._sending_since: float | None = None

    def on_event(self, event: Event) -> None:
        """Count attempts, and the time that is spent on sending."""
        match event:
            case StageBegan(Stage.SENDING):
                self._sending_since = self._clock()
            case StageEnded(Stage.SENDING) if self._sending_since is not None:
                self._sending_seconds += self._clock() - self._sending_since
                self._sending_since = None
            case AttemptMade():
                self._attempts += 1

    def follow(self, ending: Ending) -> Ending:
        """Write the file, and return the ending unchanged."""
        try:
            self._require_own_file()
            write_textfile(self._path, metrics_text(self._metrics(ending)))
        except OSError as error:
            params = {"path": str(self._path), "error": error.strerror or str(error)}
            self._events.on_event(Notice(Issue("metrics-not-written", params)))
        return ending

    def _require_own_file(self) -> None:
        for path in self._inputs:
            if self._path.exists() and path.exists() and self._path.samefile(path):
                raise FileExistsError(None, "the command reads this file", str(self._path))

    def _metrics(self, ending: Ending) -> Metrics:
        """Return the numbers; a command that could not read its mapping keeps the file's job."""
        last, now = last_of(self._path), self._now_us() / 1_000_000
        job = ending.job or last.job
        succeeded_at = last.success_at if job == last.job else 0.0
        summary = ending.report.summary if ending.report else None
        rate = self._attempts / self._sending_seconds if self._sending_seconds > 0 else 0.0
        return Metrics(
            job,
            exit_code=ending.exit_code,
            ended_at=now,
            last_success_at=now if ending.exit_code == ExitCode.SUCCESS else succeeded_at,
            duration_seconds=self._clock() - self._began_at,
            attempts=(summary.attempts or 0) if summary else 0,
            requests_per_second=rate,
            outcomes=summary.outcomes if summary else {},
        )
