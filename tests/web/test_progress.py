"""What the page says of a command, from its events and the ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from store_runs import Row, staged

from bulk_update.job.environment import now_us
from bulk_update.job.inspect import RunProgress
from bulk_update.job.store import Store
from bulk_update.records import Issue, Status
from bulk_update.results import utc_text
from bulk_update.web.progress import Phase, Progress, progress_of
from bulk_update.web.sending import Command, Errand, Verb

PID = 4711
ERRAND = Errand(Verb.APPLY, "run")
COUNTS = dict.fromkeys(Status, 0)
HEARTBEAT: dict[str, Any] = {"rate_per_second": 4.0, "pause_seconds": 0.0, "is_available": True}


def event(name: str, *, seconds_ago: float = 0.0, **fields: Any) -> Mapping[str, Any]:
    return {"event": name, "ts": utc_text(now_us() - round(seconds_ago * 1e6)), **fields}


BEGUN = (event("run.started", run_id="run"), event("plan", to_send=10))
SENDS = (*BEGUN, event("sending.started"))


class Told:
    """A command that has told some events."""

    def __init__(self, folder: Path, standing: RunProgress) -> None:
        self.folder, self.standing = folder, standing

    def progress(
        self, *events: Mapping[str, Any], is_running: bool = True, verb: Verb = Verb.APPLY
    ) -> Progress:
        lines = "".join(f"{json.dumps(each)}\n" for each in events)
        (self.folder / "events.jsonl").write_text(f'{lines}{{"event": "half a li', encoding="utf-8")
        command = Command(self.folder, 0, Errand(verb, "run"), now_us())
        return progress_of(command, self.standing, is_running=is_running)


@pytest.fixture
def told(tmp_path: Path, store: Store) -> Told:
    return Told(tmp_path, RunProgress(staged(store, Row(2)), COUNTS, 4, None))


def test_rows_are_counted_by_the_ledger_and_the_rate_by_the_command(told: Told) -> None:
    progress = told.progress(*SENDS, event("sending", **HEARTBEAT))
    assert (progress.phase, progress.done, progress.total) == (Phase.SENDING, 6, 10)
    assert (progress.rate, progress.seconds_left, progress.waits) == (4.0, 1.0, ())
    assert progress.sentence == "6 of 10 sent, 60 %, about 1 s left"


def test_a_rate_that_was_said_long_ago_is_not_the_present_one(told: Told) -> None:
    began = event("sending.started", seconds_ago=2)
    progress = told.progress(*BEGUN, began, event("sending", seconds_ago=60, **HEARTBEAT))
    assert progress.rate == pytest.approx(3.0, rel=0.2)


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (event("sending", **HEARTBEAT | {"pause_seconds": 3600}), "asked to wait for"),
        (event("sending", **HEARTBEAT | {"is_available": False}), "unavailable"),
        (event("service.unavailable"), "unavailable"),
    ],
)
def test_a_wait_is_shown_with_its_reason(told: Told, last: Mapping[str, Any], said: str) -> None:
    (wait,) = told.progress(*SENDS, last).waits
    assert said in wait


def test_a_wait_that_is_over_is_not_shown(told: Told) -> None:
    paused = event("sending", seconds_ago=20, **HEARTBEAT | {"pause_seconds": 10})
    unavailable = event("service.unavailable")
    assert told.progress(*SENDS, unavailable, event("service.available"), paused).waits == ()


def test_the_run_that_another_one_waits_for_is_named(told: Told) -> None:
    holder = Issue("locked", {"pid": PID, "host": "vm", "user": "jan", "since": 0}, "process")
    standing = told.standing
    told.standing = RunProgress(standing.run, standing.counts, 4, holder)
    (told.folder / "alive").write_text(str(PID))
    assert told.progress().phase is Phase.STARTING  # it holds the lock itself
    other = Issue("locked", {**holder.params, "pid": PID + 1}, "process")
    told.standing = RunProgress(standing.run, standing.counts, 4, other)
    waiting = told.progress()
    assert (waiting.phase, "jan" in waiting.waits[0]) == (Phase.WAITING, True)


def test_a_command_that_ended_without_saying_so_has_died(told: Told) -> None:
    assert told.progress(*BEGUN, is_running=False).phase is Phase.DIED
    ended = event("run.ended", exit_code=0)
    assert told.progress(*BEGUN, ended, is_running=False).phase is Phase.ENDED


def test_a_command_that_plans_shows_no_numbers_of_the_run_that_it_is_about(told: Told) -> None:
    events = (event("run.started", run_id="new"), event("snapshot.started"))
    progress = told.progress(*events, verb=Verb.UNDO)
    assert (progress.phase, progress.total, progress.outcomes) == (Phase.READING, None, ())


@pytest.mark.parametrize(
    "hostile",
    [
        event("plan"),
        event("plan", to_send="<img src=x>"),
        event("plan", to_send=[9]),
        event("sending"),
        event("sending", **HEARTBEAT | {"rate_per_second": "<script>"}),
        event("sending", **HEARTBEAT | {"rate_per_second": float("nan")}),
        event("sending", **HEARTBEAT | {"pause_seconds": float("inf")}),
        {"event": "sending", "ts": "yesterday", **HEARTBEAT},
        {"event": "sending.started"},
        {"event": ["plan"], "to_send": 9},
        event("run.ended", message="without a code"),
    ],
)
def test_an_event_with_a_strange_value_is_left_out(told: Told, hostile: Mapping[str, Any]) -> None:
    known = told.progress(*SENDS, event("sending", **HEARTBEAT))
    assert told.progress(*SENDS, event("sending", **HEARTBEAT), hostile) == known


@pytest.mark.parametrize("run_id", ["//evil.example", "../x", "a b", "<b>", None])
def test_what_is_no_runs_id_leads_nowhere(tmp_path: Path, run_id: str | None) -> None:
    (tmp_path / "events.jsonl").write_text(json.dumps(event("run.started", run_id=run_id)))
    assert Command(tmp_path, 0, Errand(Verb.UNDO, "run"), now_us()).new_run_id is None


def test_the_last_words_are_not_events(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(f"{json.dumps(event('plan'))}\nError: \u202eno such option{os.linesep}")
    command = Command(tmp_path, 0, ERRAND, now_us())
    assert command.last_words() == r"Error: \u202eno such option"
