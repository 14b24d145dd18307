"""A week in the life of a nightly job.

Every night the CRM exports its customers, and a schedule starts the command of samples/schedules.
Things go wrong as they do, and nobody looks at them but a person who reads the mails.
"""

from __future__ import annotations

import os
import signal
import stat
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from command_line import Ended, ended, killed_at_the_end
from nightly_job import CAMPAIGN, CUSTOMERS, WORKERS, Customer, NightlyJob, nightly_job
from prometheus_client.parser import text_string_to_metric_families

from bulk_update.results import RunFile
from bulk_update.sandbox.faults import Answer, Fault

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")

OLD_PASSWORD, NEW_PASSWORD = "correct horse", "battery staple"


@dataclass(slots=True)
class Law:
    """How many updates each record should have had, and who may have had one more."""

    updates: Counter[str] = field(default_factory=Counter)
    perhaps_twice: set[str] = field(default_factory=set)
    _last: dict[str, Customer] = field(default_factory=dict)

    def changed(self, customers: Sequence[Customer]) -> Sequence[Customer]:
        """Return the rows that differ from what was last sent."""
        return [each for each in customers if self._last.get(each.identifier) != each]

    def sends(self, customers: Sequence[Customer]) -> int:
        """Note that these rows are sent as far as they have changed; return how many have."""
        changed = self.changed(customers)
        self.updates.update(each.identifier for each in changed)
        self._last |= {each.identifier: each for each in changed}
        return len(changed)


@dataclass(slots=True)
class Week:
    """The job, what the law says, and the runs that the ledger should know."""

    job: NightlyJob
    law: Law = field(default_factory=Law)
    cells: set[str] = field(default_factory=set)
    runs: list[tuple[str, str, int, str | None, dict[str, int]]] = field(default_factory=list)

    @property
    def customers(self) -> Sequence[Customer]:
        return self.job.crm.customers

    def export(self, text: str | None = None) -> None:
        """Let the CRM write its export, or another text in its place."""
        self.job.deliver(text)
        self.cells |= {cell for each in self.customers for cell in each.cells}

    def remember(self, exit_code: int, reason: str | None, **outcomes: int) -> None:
        """Note a run that the ledger should tell of."""
        state = "unfinished" if outcomes.get("not_sent") else "finished"
        story = {name: count for name, count in outcomes.items() if count}
        self.runs.append((self.job.crm.file_name, state, exit_code, reason, story))

    def remember_success(self) -> int:
        """Note a run that sent all changes of the present export; return how many."""
        sent = self.law.sends(self.customers)
        self.remember(0, None, updated=sent, unchanged=len(self.customers) - sent)
        return sent

    def remember_outage(self, reason: str, *, reached: Sequence[Customer]) -> None:
        """Note a run that sent the changes of these rows of the present export only."""
        changed = len(self.law.changed(self.customers))
        sent, unchanged = self.law.sends(reached), len(self.customers) - changed
        self.remember(4, reason, updated=sent, unchanged=unchanged, not_sent=changed - sent)


def test_a_week_of_nights_needs_nobody_but_a_reader_of_eight_mails(tmp_path: Path) -> None:
    with nightly_job(tmp_path, password=OLD_PASSWORD) as job:
        week = Week(job)
        monday_is_clean(week)
        tuesday_the_service_goes_down(week)
        wednesday_the_machine_kills_the_run(week)
        thursday_a_column_is_shifted(week)
        friday_the_password_has_changed(week)
        saturday_the_job_starts_twice(week)
        sunday_the_upload_breaks_off(week)
        assert_the_records_are_as_in_the_last_export(week)
        assert_nothing_was_sent_twice_but_what_the_kill_left_in_doubt(week)
        assert_the_ledger_tells_every_night(week)
        assert_every_row_has_one_outcome(week)
        assert_the_mails_are_these(week)
        assert_no_mail_gives_anything_away(week)
        assert_the_metrics_are_those_of_the_last_night(week)
        assert_nothing_is_left_behind(week)


# --- the nights


def monday_is_clean(week: Week) -> None:
    """Every customer is new, and everything is sent."""
    week.export()
    assert_silent_success(week.job.run())
    assert len(week.job.sent) == week.remember_success() == len(week.customers)


def tuesday_the_service_goes_down(week: Week) -> None:
    """From some row on, the service answers with 503: the rest stays unsent."""
    opted_out = week.job.crm.let_a_day_pass()
    week.export()
    before = len(week.job.sent)
    unreached = frozenset(each.identifier for each in week.customers[30:])
    with week.job.faults(Fault(answer=Answer.UNAVAILABLE, identifiers=unreached)):
        assert_failure(week.job.run(), 4, "unavailable")
    first = [identifier for identifier, _ in week.job.sent[before:][:WORKERS]]
    assert opted_out.identifier in first, "who opts out comes first"
    week.remember_outage("halted-patience", reached=week.customers[:30])


def wednesday_the_machine_kills_the_run(week: Week) -> None:
    """Something kills the run while it is sending; the same command brings it to its end."""
    week.job.crm.let_a_day_pass()
    week.export()
    before = len(week.job.sent)
    with week.job.faults(Fault(answer=Answer.SLOW, share=1.0, seconds=0.05)):
        with killed_at_the_end(week.job.begin()) as process:
            week.job.wait_until_sent(before + 10)
        assert process.returncode == -signal.SIGKILL
    killed = week.job.runs()[-1]
    assert (killed["state"], killed["exit_code"]) == ("interrupted", None)
    week.law.perhaps_twice |= {identifier for identifier, _ in week.job.sent[before:]}
    assert len(week.job.mails) == 1, "the killed run can tell nobody"

    assert_silent_success(week.job.run())
    assert week.job.runs()[-1]["run_id"] == killed["run_id"], "it is continued"
    changed = week.remember_success()
    repeated = [row for row in week.job.rows(killed["run_id"]) if row["attempts"] == "2"]
    assert len(repeated) <= WORKERS
    # A row whose intent was on disk may have been killed before its request was sent.
    assert changed <= len(week.job.sent) - before <= changed + len(repeated)


def thursday_a_column_is_shifted(week: Week) -> None:
    """A guard stops the export; the corrected one comes later that night, under the same name."""
    week.job.crm.let_a_day_pass()
    before = len(week.job.sent)
    week.export(week.job.crm.shifted_export())
    assert_failure(week.job.run(), 3, "max_invalid")
    week.remember(3, "max-invalid", invalid=len(week.customers))
    assert len(week.job.sent) == before

    week.export()
    assert_silent_success(week.job.run())
    assert len(week.job.sent) - before == week.remember_success()


def friday_the_password_has_changed(week: Week) -> None:
    """The service refuses the old password: nothing takes effect."""
    week.job.crm.let_a_day_pass()
    week.export()
    week.job.service.sandbox.password = NEW_PASSWORD
    before = len(week.job.sent)
    assert_failure(week.job.run(), 4, "password")
    refused = [status for _, status in week.job.sent[before:]]
    assert set(refused) == {401}
    assert len(refused) <= WORKERS
    week.remember_outage("halted-401", reached=[])


def saturday_the_job_starts_twice(week: Week) -> None:
    """With the new password, one of the two runs sends, and the other one finds the lock."""
    week.job.crm.let_a_day_pass()
    week.export()
    week.job.set_password(NEW_PASSWORD)
    before = len(week.job.sent)
    with (
        killed_at_the_end(week.job.begin()) as one,
        killed_at_the_end(week.job.begin()) as other,
    ):
        with week.job.faults(Fault(answer=Answer.SLOW, share=1.0, seconds=1.0)):
            while one.poll() is None and other.poll() is None:
                time.sleep(0.01)
        done = sorted((ended(one), ended(other)), key=lambda each: each.exit_code)
    assert_silent_success(done[0])
    assert_failure(done[1], 5, "another run is sending")
    assert len(week.job.sent) - before == week.remember_success()


def sunday_the_upload_breaks_off(week: Week) -> None:
    """Half an export is not read; when it is complete, the same command sends it."""
    week.job.crm.let_a_day_pass()
    before, whole = len(week.job.sent), week.job.crm.export()
    week.export(whole[: len(whole) // 2])
    assert_failure(week.job.run(), 2, "cut off")
    assert len(week.job.sent) == before

    week.export()
    assert_silent_success(week.job.run())
    assert len(week.job.sent) - before == week.remember_success()


def assert_silent_success(done: Ended) -> None:
    """One line for whoever looks, and nothing that cron would mail."""
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def assert_failure(done: Ended, exit_code: int, about: str) -> None:
    assert done.exit_code == exit_code, done.stderr
    assert about in done.stderr.splitlines()[0]


# --- after the week


def assert_the_records_are_as_in_the_last_export(week: Week) -> None:
    assert [each.identifier for each in week.customers] == [each.identifier for each in CUSTOMERS]
    for customer in week.customers:
        record = week.job.service.record(CAMPAIGN, customer.identifier)
        assert record is not None
        assert (record.status_id, record.record_fields) == customer.record


def assert_nothing_was_sent_twice_but_what_the_kill_left_in_doubt(week: Week) -> None:
    accepted = Counter(identifier for identifier, status in week.job.sent if status == 204)
    assert week.law.updates - accepted == Counter()
    repeated = accepted - week.law.updates
    assert set(repeated) <= week.law.perhaps_twice
    assert repeated.total() <= WORKERS
    changes = {
        each.identifier: record.changes
        for each in CUSTOMERS
        if (record := week.job.service.record(CAMPAIGN, each.identifier))
    }
    assert changes == accepted


def assert_the_ledger_tells_every_night(week: Week) -> None:
    told = [_story_of(run) for run in week.job.runs()]
    assert told == week.runs
    for run in week.job.runs():
        shown = week.job.asks("show", run["run_id"]).stdout
        assert f"exit code  {run['exit_code']}\n" in shown
        assert f"{run['reason']}: " in shown or run["exit_code"] == 0


def _story_of(run: dict[str, Any]) -> tuple[str, str, int, str | None, dict[str, int]]:
    """Return a run without what depends on the time: how many rows had a try when it stopped."""
    outcomes = {name: count for name, count in run["outcomes"].items() if count}
    if failed := outcomes.pop("failed", 0):
        assert failed <= WORKERS
        outcomes["not_sent"] = outcomes.get("not_sent", 0) + failed
    name = Path(run["input"]["path"]).name
    return name, run["state"], run["exit_code"], run["reason"], outcomes


def assert_every_row_has_one_outcome(week: Week) -> None:
    for run in week.job.runs():
        rows = week.job.rows(run["run_id"])
        assert [row["row"] for row in rows] == [
            str(number) for number in range(2, run["input"]["rows"] + 2)
        ]
        counted = Counter(row["outcome"] for row in rows)
        assert counted == Counter(run["outcomes"])


def assert_the_mails_are_these(week: Week) -> None:
    failed, recovered = "failed with exit code", "succeeded again"
    expected = [
        (f"{failed} 4", "halted-patience"), (recovered, ""),
        (f"{failed} 3", "max-invalid"), (recovered, ""),
        (f"{failed} 4", "halted-401"), (recovered, ""),
        (f"{failed} 2", "input"), (recovered, ""),
    ]  # fmt: skip
    found = []
    for mail in week.job.mails:
        lines = dict(line.split(": ", 1) for line in mail.text.splitlines() if ": " in line)
        found.append((mail.subject, lines.get("Reason", "").partition(":")[0], lines["File"]))
    files = [f"export-2027-01-{day}.csv" for day in (12, 13, 14, 14, 15, 16, 17, 17)]
    assert found == [
        (f"bulk-update: nightly-crm {what}", why, file)
        for (what, why), file in zip(expected, files, strict=True)
    ]


def assert_no_mail_gives_anything_away(week: Week) -> None:
    secrets = {OLD_PASSWORD, NEW_PASSWORD, week.job.service.sandbox.username}
    for mail in week.job.mails:
        assert mail.recipients == ("ops@example.com",)
        text = f"{mail.subject}\n{mail.text}\n{mail.html}"
        assert [word for word in secrets | week.cells if word in text] == []


def assert_the_metrics_are_those_of_the_last_night(week: Week) -> None:
    text = week.job.metrics.read_text(encoding="utf-8")
    found = {
        (sample.name, sample.labels.get("outcome", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    last = week.job.runs()[-1]
    rows = {name: found["bulk_update_rows", name] for name in last["outcomes"]}
    assert rows == last["outcomes"]
    assert found["bulk_update_exit_code", ""] == 0
    assert found["bulk_update_attempts", ""] == last["outcomes"]["updated"]
    success = found["bulk_update_last_success_timestamp_seconds", ""]
    assert success == found["bulk_update_last_run_timestamp_seconds", ""]
    assert 0 <= time.time() - success < 60


def assert_nothing_is_left_behind(week: Week) -> None:
    """No copies and temporary files, and no export where it does not belong."""
    job = week.job
    assert _names(job.state) == ["ledger.sqlite3", "sending.json", "sending.lock"]
    assert _names(job.metrics.parent) == [job.metrics.name]
    assert _names(job.results) == [run["run_id"] for run in job.runs()]
    for folder in job.results.iterdir():
        assert set(_names(folder)) <= set(RunFile)
    assert _names(job.exports) == ["export-2027-01-12.csv", "export-2027-01-15.csv"]
    assert _names(job.archive) == [f"export-2027-01-{day}.csv" for day in (11, 13, 14, 16, 17)]
    private = [*_files(job.state), *_files(job.results)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
