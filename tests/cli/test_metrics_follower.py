"""What `--metrics` writes after each kind of end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bulk_update.cli.ending import Ending
from bulk_update.cli.metrics_follower import MetricsFollower
from bulk_update.errors import MappingError
from bulk_update.events import AttemptMade, Event, Notice, Stage, StageBegan, StageEnded
from bulk_update.exits import SUCCESS, RunEnd
from bulk_update.job.report import Report
from bulk_update.plan import Plan
from bulk_update.records import Attempt, Issue, Status
from bulk_update.results import Summary

COUNTS = {**dict.fromkeys(Status, 0), Status.UPDATED: 3}
REPORT = Report(
    Summary(exit_code=0, run_id="20260101-000000-aaaa", outcomes=COUNTS, attempts=4),
    SUCCESS,
    Plan(data_rows=3, counts=COUNTS, to_send=0, campaigns=(), fields=()),
)
SUCCEEDED = Ending("run", SUCCESS, REPORT, job="nightly")
REFUSED = Ending("run", RunEnd(2, (Issue("input"),)), job="nightly")
UNREADABLE = Ending("run", RunEnd(2, (Issue("mapping"),)), error=MappingError("no"))


@dataclass
class Desk:
    """A file, a clock, and the notices that were said."""

    path: Path
    seconds: float = 100.0
    seen: list[Event] = field(default_factory=list)

    def on_event(self, event: Event) -> None:
        self.seen.append(event)

    def follower(self, *inputs: Path) -> MetricsFollower:
        return MetricsFollower(
            self.path,
            self,
            inputs=inputs,
            clock=lambda: self.seconds,
            now_us=lambda: round(self.seconds * 1_000_000),
        )

    def after(self, ending: Ending) -> dict[str, float]:
        """Return the metrics after a command that ended so, without the outcomes that are 0."""
        assert self.follower().follow(ending) == ending
        return self.written()

    def written(self) -> dict[str, float]:
        text = self.path.read_text(encoding="utf-8")
        return {
            " ".join((sample.name.removeprefix("bulk_update_"), *sample.labels.values())): (
                sample.value
            )
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.value or "outcome" not in sample.labels
        }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "nightly.prom")


def test_a_run_that_succeeds_is_the_last_success(desk: Desk) -> None:
    assert desk.after(SUCCEEDED) == {
        "rows nightly updated": 3,
        "exit_code nightly": 0,
        "last_run_timestamp_seconds nightly": 100,
        "last_success_timestamp_seconds nightly": 100,
        "duration_seconds nightly": 0,
        "attempts nightly": 4,
        "rate_per_second nightly": 0,
    }


@pytest.mark.parametrize("ending", [REFUSED, UNREADABLE])
def test_a_refusal_keeps_the_last_success_and_the_job(desk: Desk, ending: Ending) -> None:
    desk.after(SUCCEEDED)
    desk.seconds = 250.0
    assert desk.after(ending) == {
        "exit_code nightly": 2,
        "last_run_timestamp_seconds nightly": 250,
        "last_success_timestamp_seconds nightly": 100,
        "duration_seconds nightly": 0,
        "attempts nightly": 0,
        "rate_per_second nightly": 0,
    }


def test_another_job_does_not_inherit_the_last_success(desk: Desk) -> None:
    desk.after(SUCCEEDED)
    found = desk.after(replace(REFUSED, job="weekly"))
    assert found["last_success_timestamp_seconds weekly"] == 0


def test_a_damaged_file_is_replaced(desk: Desk) -> None:
    desk.after(SUCCEEDED)
    desk.path.write_bytes(desk.path.read_bytes()[:100])
    assert desk.after(REFUSED)["exit_code nightly"] == 2
    assert desk.seen == []


def test_the_rate_is_that_of_sending_and_the_duration_that_of_the_command(desk: Desk) -> None:
    follower = desk.follower()
    desk.seconds += 30
    for _ in range(2):  # what never arrived is sent once more
        follower.on_event(StageBegan(Stage.SENDING, 10))
        for number in range(10):
            follower.on_event(AttemptMade(number, Attempt(number, 0)))
        desk.seconds += 2
        follower.on_event(StageEnded(Stage.SENDING))
    follower.follow(SUCCEEDED)
    written = desk.written()
    assert written["rate_per_second nightly"] == 5
    assert written["duration_seconds nightly"] == 34


def test_a_file_that_cannot_be_written_is_a_notice(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "none" / "nightly.prom")
    assert desk.follower().follow(SUCCEEDED) == SUCCEEDED
    (notice,) = desk.seen
    assert isinstance(notice, Notice)
    assert notice.issue.code == "metrics-not-written"


def test_a_file_that_the_command_reads_is_never_replaced(desk: Desk) -> None:
    desk.path.write_text("ID;Miasto\n", encoding="utf-8")
    desk.follower(desk.path).follow(SUCCEEDED)
    assert desk.path.read_text(encoding="utf-8") == "ID;Miasto\n"
    assert len(desk.seen) == 1
