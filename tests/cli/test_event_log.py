"""The event log: what each event is on stderr, with a clock of the test's."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass
from typing import Any, get_args

import pytest
from documents import REFERENCE

from bulk_update.cli.ending import Ending
from bulk_update.cli.event_log import EventLog
from bulk_update.cli.library_warnings import library_warnings_to
from bulk_update.cli.log_lines import LogFormat
from bulk_update.errors import ConsentError
from bulk_update.events import (
    AttemptMade,
    BugFound,
    CircuitChanged,
    CommandEnded,
    Event,
    FilesWritten,
    InputChosen,
    LimitChanged,
    MappingLoaded,
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
from bulk_update.exits import SUCCESS, RunEnd
from bulk_update.job.ports import Target
from bulk_update.plan import Plan
from bulk_update.records import Attempt, Issue, Outcome, Status

COUNTS = {**dict.fromkeys(Status, 0), Status.PLANNED: 2, Status.INVALID: 1}
LOOK_ALIKES = Issue("look-alikes", {"count": 2, "one": "A0", "first": 2, "other": "AO", "last": 9})
GUARD = RunEnd(3, (Issue("max-rows", {"rows": 500, "limit": "100"}),))
HALT = RunEnd(4, (Issue("halted-401", variant="run"),))
SIGNAL = RunEnd(143, (Issue("signal", {"signal": "SIGTERM"}),))


@dataclass
class Desk:
    """A log in JSON, and what it has written."""

    capsys: pytest.CaptureFixture[str]
    seconds: float = 0.0
    yes: bool = True
    verbose: bool = False

    def __post_init__(self) -> None:
        self.log = EventLog(
            LogFormat.JSON,
            yes=self.yes,
            verbose=self.verbose,
            clock=lambda: self.seconds,
            now_us=lambda: round(self.seconds * 1_000_000),
        )

    def lines(self, *events: Event) -> list[dict[str, Any]]:
        """Return the lines for these events."""
        for event in events:
            self.log.on_event(event)
        written = self.capsys.readouterr()
        assert written.out == ""
        return [json.loads(line) for line in written.err.splitlines()]

    def fields(self, *events: Event) -> list[dict[str, Any]]:
        """Return the lines for these events, without what every line has."""
        common = {"ts", "run_id", "job"}
        return [
            {name: value for name, value in line.items() if name not in common}
            for line in self.lines(*events)
        ]


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(capsys)


def settled(status: Status, number: int = 7) -> RowSettled:
    outcome = Outcome(
        row_id=1,
        status=status,
        code="http-404",
        reasons=(),
        http_status=404,
        attempts=1,
        request_id="",
        sent_at_us=0,
        elapsed_ms=0,
        finished_at_us=0,
    )
    return RowSettled(outcome, number)


EXAMPLES: dict[type, tuple[Event, str | None]] = {
    InputChosen: (InputChosen("crm.csv"), None),
    MappingLoaded: (MappingLoaded("nightly", "crm.yaml"), None),
    RunBegan: (RunBegan("r", "crm.csv", None, continues=False), "run.started"),
    PlanMade: (PlanMade(3, COUNTS, 2, ()), "plan"),
    PlanApproved: (PlanApproved(asked=True), "consent"),
    RunStopped: (RunStopped(GUARD), "guard"),
    FilesWritten: (FilesWritten("out", ("results.csv",)), "files"),
    CommandEnded: (CommandEnded(SUCCESS, COUNTS, 2), "run.ended"),
    StageBegan: (StageBegan(Stage.SENDING, 2), "sending.started"),
    StageEnded: (StageEnded(Stage.SENDING), "sending.ended"),
    RowsRead: (RowsRead(1), None),
    RecordsRead: (RecordsRead(1), None),
    AttemptMade: (AttemptMade(1, Attempt(1, 0)), None),
    RowSettled: (settled(Status.UPDATED), None),
    StillSending: (StillSending(2), "sending"),
    PauseBegan: (PauseBegan(5.0), None),
    CircuitChanged: (CircuitChanged(is_open=True), "service.unavailable"),
    LimitChanged: (LimitChanged(3), None),
    Notice: (Notice(LOOK_ALIKES), "notice"),
    BugFound: (BugFound(ZeroDivisionError()), "bug"),
}
"""An example of every event, and the name of its line, if it has one."""


def test_every_event_has_its_line_or_none_on_purpose(desk: Desk) -> None:
    assert set(EXAMPLES) == set(get_args(Event))
    for event, name in EXAMPLES.values():
        desk.lines(StageBegan(Stage.SENDING, 1))
        assert [line["event"] for line in desk.lines(event)] == ([name] if name else [])


def test_the_reference_names_every_event(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(capsys, verbose=True)
    stages: list[Event] = [
        event for stage in Stage for event in (StageBegan(stage, 1), StageEnded(stage))
    ]
    others: list[Event] = [RunStopped(HALT), RunStopped(SIGNAL), CircuitChanged(is_open=False)]
    desk.log.write_library_warning("py.warnings", "old")
    examples = [event for event, _ in EXAMPLES.values()]
    lines = desk.lines(*others, *examples, *stages)
    lines += desk.lines(StageBegan(Stage.SENDING, 1), StillSending(1), settled(Status.UPDATED))
    table = REFERENCE.read_text(encoding="utf-8").partition("## Logs")[2].partition("\n## ")[0]
    documented = set()
    for row in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE):
        documented |= set(re.findall(r"`([a-z.]+)`", row))
    assert documented == {line["event"] for line in lines}


def test_every_line_has_time_level_event_run_and_job(desk: Desk) -> None:
    desk.seconds = 1_767_225_600.25
    refused = desk.lines(CommandEnded(GUARD, None, None))
    begun = desk.lines(
        MappingLoaded("nightly", "m.yaml"), RunBegan("r-1", "f", None, continues=True)
    )
    assert [list(line)[:5] for line in (*refused, *begun)] == [
        ["ts", "level", "event", "run_id", "job"]
    ] * 2
    assert refused[0]["run_id"] is None
    assert (begun[0]["ts"], begun[0]["run_id"], begun[0]["job"]) == (
        "2026-01-01T00:00:00.250Z",
        "r-1",
        "nightly",
    )


@pytest.mark.parametrize(("end", "name"), [(GUARD, "guard"), (HALT, "halt"), (SIGNAL, "stop")])
def test_what_ends_a_run_early_is_an_error(desk: Desk, end: RunEnd, name: str) -> None:
    (line,) = desk.fields(RunStopped(end))
    assert (line["event"], line["level"], line["code"]) == (name, "error", end.code)
    assert line["message"]


@pytest.mark.parametrize(
    ("exit_code", "level"), [(0, "info"), (1, "warning"), (2, "error"), (70, "error")]
)
def test_the_end_needs_as_much_attention_as_its_exit_code(
    desk: Desk, exit_code: int, level: str
) -> None:
    (line,) = desk.fields(CommandEnded(RunEnd(exit_code), COUNTS, 5))
    assert (line["level"], line["exit_code"], line["attempts"]) == (level, exit_code, 5)
    assert line["outcomes"] == {str(status): count for status, count in COUNTS.items()}


def test_a_notice_shows_numbers_but_no_cells(desk: Desk) -> None:
    (line,) = desk.fields(Notice(LOOK_ALIKES))
    assert line["params"] == {"count": 2, "first": 2, "last": 9}
    assert "AO" not in json.dumps(line)


def test_a_notice_that_needs_nothing_is_information(desk: Desk) -> None:
    issues = [Issue("unmapped-columns", {"count": 1}), LOOK_ALIKES]
    assert [line["level"] for line in desk.fields(*map(Notice, issues))] == ["info", "warning"]


def test_notices_of_a_plan_are_written_once(desk: Desk) -> None:
    later = Issue("limited", {"count": 1})
    plan = Plan(3, dict(COUNTS), 2, (), (), notices=(later, LOOK_ALIKES))
    written = desk.lines(PlanMade(3, COUNTS, 2, (LOOK_ALIKES,)))
    assert desk.log.consents(plan, Target("host", "user"))
    desk.log.say_notes(plan)
    written += desk.lines()
    assert [line["code"] for line in written if line["event"] == "notice"] == [
        "look-alikes",
        "limited",
    ]


def test_nothing_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(capsys, yes=False)
    plan = Plan(3, dict(COUNTS), 2, (), ())
    with pytest.raises(ConsentError):
        desk.log.consents(plan, Target("host", "user"))


def test_while_sending_a_line_says_how_far_and_how_fast(desk: Desk) -> None:
    attempt = AttemptMade(1, Attempt(1, 0))
    desk.lines(StageBegan(Stage.SENDING, 100), *[attempt] * 60, *[settled(Status.UPDATED)] * 50)
    desk.seconds = 30.0
    desk.lines(settled(Status.FAILED), PauseBegan(12.0), CircuitChanged(is_open=True))
    assert desk.fields(StillSending(4)) == [
        {
            "level": "info",
            "event": "sending",
            "rows": 51,
            "total": 100,
            "rate_per_second": 2.0,
            "in_flight": 4,
            "pause_seconds": 12.0,
            "is_available": False,
            "outcomes": {"updated": 50, "failed": 1},
        }
    ]
    desk.seconds = 60.0
    (line,) = desk.fields(StillSending(4))
    assert (line["rate_per_second"], line["pause_seconds"]) == (0.0, 0.0)


def test_the_end_of_a_stage_says_what_it_did(desk: Desk) -> None:
    desk.lines(StageBegan(Stage.SENDING, 2), *[AttemptMade(1, Attempt(1, 0))] * 20)
    desk.lines(settled(Status.UPDATED))
    desk.seconds = 4.0
    (line,) = desk.fields(StageEnded(Stage.SENDING))
    assert (line["rows"], line["seconds"], line["rate_per_second"]) == (1, 4.0, 5.0)


def test_rows_are_written_only_if_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert Desk(capsys, verbose=True).fields(settled(Status.REJECTED)) == [
        {"level": "info", "event": "row", "row": 7, "outcome": "rejected", "code": "http-404"}
    ]


def test_a_bug_is_one_line_with_its_traceback(desk: Desk) -> None:
    with pytest.raises(ValueError, match="invalid literal") as raised:
        int("two\nlines")
    desk.log.say_failure(Ending("run", RunEnd(70), error=raised.value))
    (line,) = desk.fields()
    assert (line["event"], line["level"], line["error"]) == ("bug", "error", "ValueError")
    assert "test_event_log.py" in line["traceback"]


def test_a_warning_of_a_library_is_an_event(desk: Desk) -> None:
    with library_warnings_to(desk.log), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old\nfunction", DeprecationWarning, stacklevel=1)
    (line,) = desk.fields()
    assert (line["event"], line["logger"], line["level"]) == ("library", "py.warnings", "warning")
    assert "old\nfunction" in line["message"]


@pytest.mark.parametrize(
    ("ended", "hint"),
    [
        (CommandEnded(SUCCESS, COUNTS, 2), None),
        (CommandEnded(RunEnd(1, (Issue("rows"),)), COUNTS, 2), None),
        (
            CommandEnded(HALT, COUNTS, 2),
            "correct the user name and password; `run` or `apply` continues",
        ),
        (
            CommandEnded(HALT, COUNTS, 2, is_undo=True),
            "correct the user name and password; `apply` continues",
        ),
        (
            CommandEnded(RunEnd(2, (Issue("no-consent", variant="log-format"),)), COUNTS, 0),
            "Pass --yes to send without confirmation.",
        ),
        (CommandEnded(RunEnd(2, (Issue("usage"),)), None, None), None),
    ],
)
def test_the_end_says_what_to_do_about_it(desk: Desk, ended: CommandEnded, hint: str) -> None:
    (line,) = desk.fields(ended)
    assert line["hint"] == hint
