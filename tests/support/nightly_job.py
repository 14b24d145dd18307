"""A nightly job: a CRM that exports, and the command that a schedule starts every night."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from subprocess import Popen
from typing import Any

from command_line import Ended, ended, python, start
from inboxes import Mail, MailInbox, mail_inbox

from bulk_update.sandbox import RunningSandbox, SandboxSettings, running_sandbox
from bulk_update.sandbox.faults import NO_FAULTS, Fault, FaultPlan, FaultyAttempts

CAMPAIGN = "00001"
WORKERS = 4

OPTED_OUT = "Nie dzwonić"
STATUS_IDS = {"Kontakt": "3", OPTED_OUT: "4", "Sprzedaż": "8"}
HEADER = ("ID", "Nazwisko", "Miasto", "Telefon", "Status")

FIRST_DAY = 48
"""How many customers the CRM has on the first day."""
NEW_EVERY_DAY = 6
DAYS = 7

_SURNAMES = ("Brzechwa", "Głąb", "Kościelniak", "Mazurkiewicz", "Źrebiec")
_TOWNS = ("Białystok", "Gdynia", "Jelenia Góra", "Zduńska Wola")

MAPPING: Mapping[str, Any] = {
    "version": 1,
    "name": "nightly-crm",
    "source": {"complete": True},
    "campaign": CAMPAIGN,
    "identifier": {"column": "ID"},
    "update": {
        "status_id": {"column": "Status", "lookup": STATUS_IDS},
        "record_fields": {
            "nazwisko": {"column": "Nazwisko"},
            "miasto": {"column": "Miasto"},
            "telefon": {"column": "Telefon"},
        },
    },
    "priority": {"column": "Status", "first": [OPTED_OUT]},
    "guards": {"max_invalid": "10%"},
    "delivery": {"rate": 100, "workers": WORKERS, "patience": 1},
    "retention": "90d",
}


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as the CRM knows one."""

    identifier: str
    surname: str
    town: str
    phone: str
    status: str = "Kontakt"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the export."""
        return (self.identifier, self.surname, self.town, self.phone, self.status)

    @property
    def record(self) -> tuple[str, Mapping[str, str]]:
        """The status and the fields that the record in Thulium should have."""
        fields = {"nazwisko": self.surname, "miasto": self.town, "telefon": self.phone}
        return STATUS_IDS[self.status], fields


def _customer(number: int) -> Customer:
    """Make up a customer."""
    return Customer(
        f"{100_000 + 7 * number:08}",
        _SURNAMES[number % len(_SURNAMES)],
        _TOWNS[number % len(_TOWNS)],
        f"+48 600 100 {number:03}",
    )


CUSTOMERS = tuple(_customer(number) for number in range(FIRST_DAY + NEW_EVERY_DAY * (DAYS - 1)))
"""All customers of the week, those of its last day included."""


@dataclass(slots=True)
class Crm:
    """A CRM whose customers change from day to day."""

    day: int = 1
    customers: list[Customer] = field(default_factory=lambda: [*CUSTOMERS[:FIRST_DAY]])

    def let_a_day_pass(self) -> Customer:
        """Add customers, give some another number, and return the one who opted out."""
        self.day += 1
        for index in range(self.day, len(self.customers), DAYS):
            known = self.customers[index]
            self.customers[index] = replace(known, phone=f"+48 7{self.day}0 200 {index:03}")
        opting_out = 5 * self.day
        self.customers[opting_out] = replace(self.customers[opting_out], status=OPTED_OUT)
        count = len(self.customers)
        self.customers += CUSTOMERS[count : count + NEW_EVERY_DAY]
        return self.customers[opting_out]

    def export(self) -> str:
        """Return the export of the day."""
        return _table([each.cells for each in self.customers])

    def shifted_export(self) -> str:
        """Return it as it is when a column was inserted, but not into the header."""
        return _table([(each.cells[0], "", *each.cells[1:-1]) for each in self.customers])

    @property
    def file_name(self) -> str:
        return f"export-2027-01-{10 + self.day}.csv"


def _table(rows: list[tuple[str, ...]]) -> str:
    return "".join(";".join(cells) + "\n" for cells in (HEADER, *rows))


@dataclass(frozen=True, slots=True)
class NightlyJob:
    """The folders, the services and the command line of the job."""

    folder: Path
    service: RunningSandbox
    inbox: MailInbox
    mail_port: int
    crm: Crm = field(default_factory=Crm)

    @property
    def exports(self) -> Path:
        return self.folder / "exports"

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def results(self) -> Path:
        return self.folder / "bulk-update-results"

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics" / "bulk-update-crm.prom"

    def deliver(self, text: str | None = None) -> Path:
        """Put the export of the day where the job looks for it, written an hour ago."""
        path = self.exports / self.crm.file_name
        path.write_text(text or self.crm.export(), encoding="utf-8", newline="")
        written_at = time.time() - 3600 + 60 * self.crm.day
        os.utime(path, (written_at, written_at))
        return path

    def set_password(self, password: str) -> None:
        """Write the file from which the job reads its password."""
        path = self.folder / "password"
        path.touch(mode=0o600)
        path.write_text(f"{password}\n", encoding="utf-8")

    def begin(self) -> Popen[str]:
        """Start the command of the schedule."""
        words = (
            "-m", "bulk_update", "run", f"{self.exports}/export-*.csv", "--newest",
            "--max-age", "20h", "--mapping", self.folder / "crm.yaml", "--yes", "--only-changed",
            "--archive", self.archive, "--metrics", self.metrics, "--quiet", "--no-progress",
        )  # fmt: skip
        return python(*words, environment=self._environment, folder=self.folder)

    def run(self) -> Ended:
        """Start the command of the schedule and wait for its end."""
        return ended(self.begin())

    def asks(self, *words: str) -> Ended:
        """Start a command that looks at the ledger."""
        return start(*words, "--state", str(self.state))

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs in the ledger, the first one first."""
        found: list[dict[str, Any]] = json.loads(self.asks("runs", "--json").stdout)["runs"]
        return sorted(found, key=lambda run: str(run["run_id"]))

    def rows(self, run_id: str) -> list[dict[str, str]]:
        """Return the lines of results.csv of a run."""
        text = (self.results / run_id / "results.csv").read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    @property
    def mails(self) -> list[Mail]:
        return self.inbox.mails

    @property
    def sent(self) -> list[tuple[str, int | None]]:
        """The identifiers of all requests so far, with the status of the response."""
        return [(each.raw_path.rpartition("/")[2], each.status) for each in self.service.received]

    def wait_until_sent(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        deadline = time.monotonic() + 30
        while len(self.service.received) < count:
            assert time.monotonic() < deadline
            time.sleep(0.005)

    @contextmanager
    def faults(self, *faults: Fault) -> Iterator[None]:
        """Let the service have these faults for a while."""
        self.service.sandbox.attempts = FaultyAttempts(FaultPlan(faults))
        try:
            yield
        finally:
            self.service.sandbox.attempts = FaultyAttempts(NO_FAULTS)

    @property
    def _environment(self) -> dict[str, str]:
        mail = f"mailto://127.0.0.1:{self.mail_port}?from=robot@example.com&to=ops@example.com"
        return {
            "BULK_UPDATE_BASE_URL": self.service.url,
            "BULK_UPDATE_USERNAME": self.service.sandbox.username,
            "BULK_UPDATE_PASSWORD_FILE": str(self.folder / "password"),
            "BULK_UPDATE_STATE": str(self.state),
            "BULK_UPDATE_NOTIFY": f"{mail}&format=text",
        }


@contextmanager
def nightly_job(folder: Path, *, password: str) -> Iterator[NightlyJob]:
    """Set the job up, with a sandbox that has a record for each customer of the week."""
    settings = SandboxSettings(
        username="api-user",
        password=password,
        records=[(CAMPAIGN, each.identifier) for each in CUSTOMERS],
    )
    with running_sandbox(settings) as service, mail_inbox() as (inbox, port):
        job = NightlyJob(folder, service, inbox, port)
        job.exports.mkdir()
        job.metrics.parent.mkdir()
        mapping = json.dumps(MAPPING, ensure_ascii=False)
        (folder / "crm.yaml").write_text(mapping, encoding="utf-8")
        job.set_password(password)
        yield job
