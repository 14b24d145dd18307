"""Random histories of runs, compared with a model of the service and of what can be known about it.

Whatever happened before, the values of an `unchanged` row are those of its record, and every row
that has to be sent is sent.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from command_line import collector_restored, let_rest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_server import Reaction, Received, ScriptedServer, response

from bulk_update.events import BugFound, Event, RowSettled
from bulk_update.job.apply import apply_run
from bulk_update.job.check import check_file
from bulk_update.job.inspect import list_runs, show_run
from bulk_update.job.ports import Target
from bulk_update.job.report import Report
from bulk_update.job.request import Request, RunOptions
from bulk_update.job.retry import retry_run
from bulk_update.job.run import run_file
from bulk_update.ledger import Run, RunState
from bulk_update.plan import Plan
from bulk_update.settings import Settings, load_settings

IDENTIFIERS = ("1", "2")
COLUMNS = {"status_id": "Status", "miasto": "Miasto", "saldo": "Saldo"}
JOBS = {"crm": ("status_id", "miasto"), "towns": ("miasto",), "billing": ("saldo",)}
"""The fields that each job sets: two jobs share a field, the third has a separate one."""

REPLIES = {
    "takes it": response(204),
    "takes it, loses the response": None,
    "loses the request": None,
    "refuses it": response(409),
    "fails": response(500),
    "rejects the password": response(401),
}
SENT = ("updated", "rejected", "failed", "in_doubt")
TAKES = {"takes it", "takes it, loses the response"}


class Death(BaseException):
    """The process is killed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and how the service responds for each record.

    `target` selects the run for `apply` and `retry` among the existing ones. `dies_after` is the
    number of settled rows after which the process is killed.
    """

    command: str
    job: str
    values: Mapping[str, str]
    replies: Mapping[str, str]
    only_changed: bool
    again: bool
    limit: int | None
    dies_after: int | None
    target: int


REPLY = st.sampled_from(["takes it"] * 8 + ["takes it, loses the response"] * 2 + [*REPLIES])
VALUE = st.sampled_from("34")
ONE_VALUE = VALUE.map(lambda value: dict.fromkeys(IDENTIFIERS, value))
ANY_VALUES = st.dictionaries(st.sampled_from(IDENTIFIERS), VALUE, min_size=1)

STEPS = st.builds(
    Step,
    command=st.sampled_from(["run"] * 7 + ["check", "apply", "apply", "retry"]),
    job=st.sampled_from(["crm", "crm", *JOBS]),
    values=st.one_of(ONE_VALUE, ONE_VALUE, ONE_VALUE, ANY_VALUES),
    replies=st.fixed_dictionaries(dict.fromkeys(IDENTIFIERS, REPLY)),
    only_changed=st.sampled_from([True, True, False]),
    again=st.sampled_from([False] * 5 + [True]),
    limit=st.sampled_from([None] * 5 + [1]),
    dies_after=st.sampled_from([None] * 9 + [1]),
    target=st.integers(0, 9),
)
"""Few records and values, so that runs overlap; most requests succeed, so that much is known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the results."""

    identifier: str
    outcome: str
    code: str


@dataclass(slots=True)
class Sent:
    """What the model knows about a run."""

    run_id: str
    job: str
    fields: Mapping[str, Mapping[str, str]]
    only_changed: bool
    again: bool
    created: int
    family: int
    last_request: int = 0
    exit_code: int | None = None


@dataclass(slots=True)
class World:
    """The service, and what can be known about it.

    `holds` contains the values of each record, `known` those that the last request with the field
    confirmed, and `touched_by` the runs that may have sent something to a record.
    """

    server: ScriptedServer
    settings: Settings
    folder: Path
    holds: dict[str, dict[str, str]] = field(default_factory=dict)
    known: dict[str, dict[str, str]] = field(default_factory=dict)
    touched_by: dict[str, list[Sent]] = field(default_factory=dict)
    runs: list[Sent] = field(default_factory=list)
    requests: int = 0

    def take(self, step: Step) -> None:
        """Execute one command and compare its results with the model."""
        if step.command in {"apply", "retry"} and not self.runs:
            return
        self._serve(step)
        observer = Killer(step.dies_after)
        before = self._before(step)
        try:
            report = self._carry_out(step, observer, before)
        except Death:
            self.server.wait_until_idle()
            self._note_death(step, before)
            return
        self._note(step, before, report)

    def _before(self, step: Step) -> tuple[Sent | None, Run | None]:
        """Return the run that `apply` or `retry` is for, and its state before."""
        if step.command in {"run", "check"}:
            return None, None
        target = self.runs[step.target % len(self.runs)]
        return target, show_run(target.run_id, self._run_options(step)).run

    def _serve(self, step: Step) -> None:
        def script(request: Received, _count: int) -> Reaction:
            reply = step.replies[request.identifier]
            if reply in TAKES:
                sent = json.loads(request.body)
                values = {**sent, **sent.pop("record_fields", {})}
                values.pop("record_fields", None)
                self.holds.setdefault(request.identifier, {}).update(values)
            data = REPLIES[reply]
            return Reaction(data, then="keep" if data else "close")

        self.server.forget()
        self.server.script = script

    def _run_options(self, step: Step) -> RunOptions:
        out = self.folder / "out"
        return RunOptions(self.settings, out=out, limit=step.limit, with_page=False)

    def _carry_out(
        self, step: Step, observer: Killer, before: tuple[Sent | None, Run | None]
    ) -> Report:
        options, (target, _) = self._run_options(step), before
        if target is not None:
            command = apply_run if step.command == "apply" else retry_run
            return command(target.run_id, options, observer)
        request = Request(
            self._file(step),
            self._mapping(step.job),
            options,
            only_changed=step.only_changed,
            again=step.again,
        )
        return (run_file if step.command == "run" else check_file)(request, observer)

    def _file(self, step: Step) -> Path:
        path = self.folder / "crm.csv"
        rows = [(each, *[step.values[each]] * 3) for each in sorted(step.values)]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows([("ID", *COLUMNS.values()), *rows])
        let_rest(path)
        return path

    def _mapping(self, name: str) -> Path:
        rules = {each: {"column": COLUMNS[each]} for each in JOBS[name]}
        update: dict[str, Any] = {k: rule for k, rule in rules.items() if k == "status_id"}
        own = {k: rule for k, rule in rules.items() if k != "status_id"}
        content = {
            "version": 1,
            "name": name,
            "campaign": "00001",
            "identifier": {"column": "ID"},
            "update": {**update, **({"record_fields": own} if own else {})},
        }
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    # --- after a command

    def _note_death(self, step: Step, before: tuple[Sent | None, Run | None]) -> None:
        """Forget the values that a killed process may have sent."""
        (latest, *_) = list_runs(self._run_options(step))
        target, _ = before
        if step.command == "apply":
            assert target is not None
            run = target
        else:
            run = self._run_of(latest.run.run_id, step, target)
        run.exit_code = None
        self._note_requests(run)
        for identifier, fields in run.fields.items():
            self.touched_by.setdefault(identifier, []).append(run)
            self._forget(identifier, fields)

    def _note(self, step: Step, before: tuple[Sent | None, Run | None], report: Report) -> None:
        target, state = before
        if report.summary.run_id is None:  # a retry with nothing to send adds no run
            assert (step.command, self.server.identifiers) == ("retry", [])
            return
        run = self._run_of(str(report.summary.run_id), step, target)
        requested = set(self.server.identifiers)
        rows = self._results()
        is_history = step.command == "apply" and state and state.state is RunState.FINISHED
        if is_history:
            assert not requested
        elif report.summary.outcomes:
            self._compare(run, rows, requested, stopped=report.end.exit_code not in {0, 1})
        if step.command != "check":
            run.exit_code = report.end.exit_code
        self._note_requests(run)
        for row in rows:
            if row.identifier in requested:
                self.touched_by.setdefault(row.identifier, []).append(run)
                fields = run.fields[row.identifier]
                if row.outcome == "updated":
                    self.known.setdefault(row.identifier, {}).update(fields)
                else:
                    self._forget(row.identifier, fields)

    def _run_of(self, run_id: str, step: Step, target: Sent | None) -> Sent:
        for run in self.runs:
            if run.run_id == run_id:
                run.again = run.again or (step.again and step.command == "run")
                return run
        created = len(self.runs)
        if target is None:
            names = JOBS[step.job]
            fields = {each: dict.fromkeys(names, value) for each, value in step.values.items()}
            new = Sent(run_id, step.job, fields, step.only_changed, step.again, created, created)
        else:
            new = Sent(
                run_id,
                target.job,
                target.fields,
                only_changed=target.only_changed,
                again=False,
                created=created,
                family=target.family,
            )
        self.runs.append(new)
        return new

    def _results(self) -> Sequence[Row]:
        with (self.folder / "out" / "results.csv").open(encoding="utf-8-sig", newline="") as file:
            return [
                Row(each["identifier"], each["outcome"], each["code"])
                for each in csv.DictReader(file)
            ]

    def _note_requests(self, run: Sent) -> None:
        if self.server.requests:
            self.requests += 1
            run.last_request = self.requests

    def _forget(self, identifier: str, fields: Mapping[str, str]) -> None:
        for name in fields:
            self.known.get(identifier, {}).pop(name, None)

    # --- the comparison

    def _compare(
        self, run: Sent, rows: Sequence[Row], requested: set[str], *, stopped: bool
    ) -> None:
        for row in rows:
            fields = run.fields[row.identifier]
            known = self.known.get(row.identifier, {})
            is_known = fields.items() <= known.items()
            if row.outcome == "unchanged":
                holds = self.holds.get(row.identifier, {})
                assert fields.items() <= holds.items(), f"{row}: the record holds {holds}"
                assert row.identifier not in requested
                assert row.code == self._reason(run), row
            elif row.outcome == "superseded":
                assert any(
                    (each.created > run.family and each.family != run.family)
                    or each.created > run.created
                    for each in self.touched_by.get(row.identifier, ())
                ), row
            elif row.identifier in requested:
                assert not (is_known and self._reason(run)), f"{row} was sent for nothing"
            elif not stopped and row.code != "limit":
                assert row.outcome in {*SENT, "planned"}, row

    def _reason(self, run: Sent) -> str | None:
        """Return why the rows of a run with known values are skipped, or None if they are not."""
        others = [
            each
            for each in self.runs
            if each.job == run.job and each is not run and each.exit_code == 0
            and each.last_request
        ]  # fmt: skip
        latest = max(others, key=lambda each: each.last_request, default=None)
        if latest and not run.again and self._identity(latest) == self._identity(run):
            return "already-sent"
        return "same-as-last" if run.only_changed else None

    def _identity(self, run: Sent) -> str:
        options = RunOptions(self.settings)
        return show_run(run.run_id, options).run.identity


class Killer:
    """An observer that agrees, and kills the process after some rows have been settled."""

    def __init__(self, dies_after: int | None) -> None:
        self._left = dies_after

    def on_event(self, event: Event) -> None:
        match event:
            case BugFound(error):
                raise error
            case RowSettled() if self._left is not None:
                self._left -= 1
                if not self._left:
                    raise Death

    def consents(self, plan: Plan, target: Target) -> bool:
        assert plan.to_send
        return bool(target.host)


@given(steps=st.lists(STEPS, min_size=6, max_size=14))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_outcome_is_true_whatever_happened_before(
    lasting_server: ScriptedServer, steps: list[Step]
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {"BULK_UPDATE_PASSWORD": "correct horse"}),
        collector_restored(),
    ):
        given_settings = {
            "state": Path(folder) / "state",
            "base_url": lasting_server.url,
            "username": "robot",
            "rate": "unlimited",
            "workers": 2,
            "retries": 0,
            "patience": 5,
        }
        world = World(lasting_server, load_settings(given_settings), Path(folder))
        for step in steps:
            world.take(step)
