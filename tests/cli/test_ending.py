"""How a command that plans or sends ends, and what follows its end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from bulk_update.cli.ending import Ending, KnownInputs, ending_of
from bulk_update.cli.session import followed
from bulk_update.errors import LockedError, UsageError
from bulk_update.events import BugFound, Event, InputChosen, MappingLoaded
from bulk_update.exits import SUCCESS, ExitCode
from bulk_update.job.report import Report
from bulk_update.plan import Plan
from bulk_update.records import Status
from bulk_update.results import Summary
from bulk_update.stop_request import Interrupted, StopCause, StopRequest

COUNTS = dict.fromkeys(Status, 0)
REPORT = Report(
    Summary(exit_code=0, run_id="20260101-000000-aaaa", outcomes=COUNTS),
    SUCCESS,
    Plan(data_rows=0, counts=COUNTS, to_send=0, campaigns=(), fields=()),
)
ENDING = Ending("run", SUCCESS, REPORT, job="nightly")


def failing(error: BaseException) -> Ending:
    """Return how a command ends whose use case loads a mapping and then raises this."""
    stop, inputs = StopRequest(), KnownInputs()

    def act() -> Report:
        inputs.on_event(MappingLoaded("nightly", "crm.yaml"))
        inputs.on_event(InputChosen("crm.csv"))
        if isinstance(error, Interrupted):
            stop.request(StopCause.SIGHUP)
        raise error

    return ending_of(act, command="run", stop=stop, inputs=inputs)


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [
        (UsageError("no such run"), ExitCode.UNUSABLE, "usage"),
        (LockedError("another run is sending"), ExitCode.LEDGER, "locked"),
        (Interrupted(), ExitCode.SIGHUP, "signal"),
        (KeyboardInterrupt(), ExitCode.SIGINT, "signal"),
        (ZeroDivisionError(), ExitCode.BUG, "bug"),
    ],
)
def test_a_refusal_a_stop_and_a_bug_are_endings_that_name_the_job_and_the_file(
    error: BaseException, exit_code: int, code: str
) -> None:
    ending = failing(error)
    assert (ending.exit_code, ending.end.code, ending.run_id) == (exit_code, code, None)
    assert (ending.job, ending.mapping_path) == ("nightly", "crm.yaml")
    assert ending.input_path == "crm.csv"
    assert ending.error is (error if isinstance(error, Exception) else None)


def test_a_stop_request_outranks_the_error_that_it_caused() -> None:
    stop = StopRequest()
    stop.request(StopCause.SIGTERM)

    def act() -> Report:
        raise UsageError("cut off")

    ending = ending_of(act, command="check", stop=stop, inputs=KnownInputs())
    assert (ending.exit_code, ending.error) == (ExitCode.SIGTERM, None)


def test_a_report_is_an_ending_with_its_run() -> None:
    ending = ending_of(
        lambda: REPORT, command="run", stop=StopRequest(), inputs=KnownInputs("nightly", "m.yaml")
    )
    assert ending == replace(ENDING, mapping_path="m.yaml")
    assert ending.run_id == "20260101-000000-aaaa"


@dataclass
class Desk:
    """Keeps the events that it receives."""

    seen: list[Event] = field(default_factory=list)

    def on_event(self, event: Event) -> None:
        self.seen.append(event)


def test_a_follower_cannot_change_the_exit_code() -> None:
    worse = replace(SUCCESS, exit_code=ExitCode.LEDGER)
    desk = Desk()
    assert followed(ENDING, [lambda each: replace(each, end=worse)], desk) == ENDING


def test_a_follower_can_add_to_the_report() -> None:
    summary = replace(REPORT.summary, input_path="crm.csv")

    def follow(ending: Ending) -> Ending:
        return replace(ending, report=replace(REPORT, summary=summary))

    ending = followed(ENDING, [follow], Desk())
    assert ending.report
    assert ending.report.summary == summary


def test_a_bug_in_a_follower_is_an_event_and_the_others_still_follow() -> None:
    bug, followers_called = ZeroDivisionError(), []

    def broken(_: Ending) -> Ending:
        raise bug

    def sound(ending: Ending) -> Ending:
        followers_called.append(ending)
        return ending

    desk = Desk()
    assert followed(ENDING, [broken, sound], desk) == ENDING
    assert (desk.seen, followers_called) == ([BugFound(bug)], [ENDING])
