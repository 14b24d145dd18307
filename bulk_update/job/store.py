"""The port for storing runs, rows, attempts and outcomes, as the use cases need it.

`ledger.Ledger` implements it. Runs are identified by the key that `Runs.begin` returns. Every
method raises LedgerError if the store cannot be read or written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from bulk_update.job.store_rows import Pages, Planning, Readings, Reversals, RunRows
from bulk_update.ledger import (
    CampaignRecords,
    FinishedInput,
    InvocationEnd,
    NewRun,
    Run,
    Told,
)
from bulk_update.reasons import NO_REASONS
from bulk_update.records import (
    RecordUpdate,
    RowTest,
    RunHistory,
    Status,
)

if TYPE_CHECKING:  # `check` loads nothing that can send
    from bulk_update.runner import Journal


class Runs(Protocol):
    """The recorded runs."""

    def begin(self, new: NewRun, *, origin: int | None = None) -> int:
        """Record a run whose rows are about to be staged; return its key.

        Later runs have greater keys. A retry passes the `origin` of the run that it retries.
        """

    def abandon(self, run: int) -> None:
        """Delete a run and its rows, as if it had never been staged."""

    def claim(self, run: int) -> Run:
        """Protect a run from deletion until `Sending.close`, and return it.

        The caller must hold the sending lock. Raises UsageError if the run has been deleted.
        """

    def release(self, run: int) -> None:
        """End the protection of a run that `claim` began, if `Sending.close` does not."""

    def record_plan(
        self,
        run: int,
        *,
        data_rows: int,
        planned_at_us: int,
        notices: str = "[]",
        profile: str | None = None,
        is_visible: bool = True,
    ) -> None:
        """Record that the rows of a run are staged and judged.

        From now on, the run is visible; without `is_visible`, only after `publish`.
        """

    def publish(self, run: int) -> None:
        """Make a run visible that was planned without being so."""

    def record_profile(self, run: int, profile: str) -> None:
        """Replace the profile of a run's plan."""

    def record_status_names(self, run: int, names: str) -> None:
        """Record what statuses were called when a run was planned, by campaign and id, as JSON."""

    def record_base_url(self, run: int, base_url: str) -> None:
        """Record the system of a run that was planned without one."""

    def replace_mapping(
        self, run: int, mapping: bytes, *, path: str, job: str, overrides: str, again: bool
    ) -> None:
        """Record the mapping that a run is continued with."""

    def record_output_folder(self, run: int, folder: str) -> None:
        """Record where the files of a run are written, unless a later command overrides it."""

    def record_own_folder(self, run: int, folder: str) -> None:
        """Record a folder that the run chose itself for its files, besides those known already."""

    def record_exit_code(
        self, run: int, exit_code: int, *, stop_code: str = "", stop_reasons: str = NO_REASONS
    ) -> None:
        """Record the exit code of a command that only planned, and why it refused the plan."""

    def record_given(self, run: int, given: str) -> None:
        """Record the guards and the pace that a command was given, as JSON."""

    def get(self, run: int) -> Run:
        """Return a run by its key; raises UsageError if it has been deleted."""

    def find(self, run_id: str) -> Run:
        """Return a planned or sent run by its id; raises UsageError if there is none."""

    def all(self) -> list[Run]:
        """Return all planned and sent runs, the latest first."""

    def unfinished(self, *, identity: str, base_url: str) -> Run | None:
        """Return the latest run of this identity that `run` would continue.

        A run that has been undone since is over.
        """

    def undone_by(self, run: int) -> Run | None:
        """Return the latest run that has begun to undo this one, if there is one."""

    def latest_success(self, *, job: str, base_url: str, besides: int = 0) -> Run | None:
        """Return the job's run with exit code 0, except `besides`, that was the last to send."""

    def finished_inputs(self, *, job: str, base_url: str | None) -> list[FinishedInput]:
        """Return the files of a job's runs that finished with exit code 0 or 1, the latest first.

        They outlive their runs; only the latest of the deleted ones are kept. Corrected files are
        not included. If `base_url` is None, the files for any system are returned.
        """

    def profiles(self, *, job: str, base_url: str, besides: int) -> list[str]:
        """Return the profiles of a job's finished runs with exit code 0 or 1, the latest first.

        They outlive their runs; only the latest of the deleted ones are kept. That of the run
        `besides` is not included.
        """


class Sending(Protocol):
    """Sending the rows of a run; the caller must hold the sending lock."""

    def begin(self, run: int, *, now_us: int) -> None:
        """Record that a run is about to send."""

    def to_send(
        self, run: int, *, first: RowTest | None = None, never_arrived: bool = False
    ) -> Iterator[RecordUpdate]:
        """Yield each row to be sent once, in sending order.

        The rows for whose cells `first` holds come before the others, both in input order.
        Whether it holds is asked again for each call, so that another order applies at once.
        With `never_arrived`, only the rows in doubt whose requests never reached their record,
        according to what was read back.
        """

    def count_to_send(self, run: int) -> int:
        """Return how many rows are still to be sent."""

    def run_history(self, run: int) -> RunHistory:
        """Return what earlier invocations of a run learned."""

    def journal(self, *, now_us: Callable[[], int]) -> AbstractAsyncContextManager[Journal]:
        """Return the writer of attempts and outcomes."""

    def settle(self, run: int, *, now_us: int) -> None:
        """Settle the rows of a run whose attempts were interrupted."""

    def close(self, run: int, end: InvocationEnd) -> None:
        """Record how an invocation ended; the run is finished if nothing is left to do."""

    def settle_dead_runs(self, *, now_us: int) -> None:
        """Settle the runs of crashed processes."""


class Tellings(Protocol):
    """What was last told of each job: of a subject, by kind of command and by target.

    A subject is a job or, while its mapping cannot be read, the mapping's path.
    """

    def last(self, subjects: Sequence[str], *, kind: str, target: str) -> Told | None:
        """Return what the target was last told of any of these subjects; None: nothing yet."""

    def record(
        self, subjects: Sequence[str], *, kind: str, target: str, told: Told, told_at_us: int
    ) -> None:
        """Record that the target was told, under the first subject and in place of all."""


class Housekeeping(Protocol):
    """Deleting old runs, and summing up what was sent.

    `on_deletion` is called with each run once it no longer counts.
    """

    def prune(
        self, *, before_us: int, on_deletion: Callable[[Run], object] = lambda _run: None
    ) -> int:
        """Delete the runs that ended before a point in time; return how many."""

    def delete(
        self,
        run_id: str,
        *,
        now_us: int,
        on_deletion: Callable[[Run], object] = lambda _run: None,
    ) -> bool:
        """Delete a run that `prune` would delete if it were old enough; return whether it was."""

    def apply_retention(
        self, *, job: str, before_us: int, on_deletion: Callable[[Run], object] = lambda _run: None
    ) -> int:
        """Delete a job's finished runs that ended before a point in time; return how many."""

    def finish_deletions(self, *, on_deletion: Callable[[Run], object] = lambda _run: None) -> None:
        """Delete what is left of runs whose deletion was interrupted."""

    def delete_copies(self, *, before_us: int) -> int:
        """Delete the copies of an older format that were made before a point in time.

        Returns how many there were. One that cannot be deleted stays.
        """

    def compact(self) -> int:
        """Give unused space back, if there is much; return how many bytes.

        The caller must hold the sending lock.
        """

    def remember_what_was_sent(self) -> None:
        """Update the known values of each record."""


class KnownRecords(Protocol):
    """The campaigns that earlier runs sent to, as far as the known values are up to date."""

    def campaigns_with(self, identifiers: Sequence[str]) -> list[CampaignRecords]:
        """Return the campaigns in which runs sent something to records with these identifiers."""

    def campaigns_of(self, base_url: str) -> list[str]:
        """Return the campaigns of a system to which runs sent something."""

    def systems_of(self, campaign_id: str) -> list[str]:
        """Return the base URLs of the systems in which runs sent something to a campaign."""

    def confirmed_fields(self, *, base_url: str, campaign_id: str) -> tuple[str, ...]:
        """Return the record fields that the service has accepted for records of a campaign."""


class Store(Protocol):
    """Runs with their rows, attempts and outcomes.

    `patience_seconds` is how long to wait for another writer.
    """

    patience_seconds: float

    @property
    def runs(self) -> Runs:
        """The recorded runs."""

    @property
    def planning(self) -> Planning:
        """Staging rows and deciding which of them to send."""

    @property
    def sending(self) -> Sending:
        """Sending the rows of a run."""

    @property
    def readings(self) -> Readings:
        """What was read of the records, before and after sending."""

    @property
    def reversals(self) -> Reversals:
        """The rows of runs that undo others."""

    @property
    def pages(self) -> Pages:
        """The rows of a run, a page at a time."""

    @property
    def tellings(self) -> Tellings:
        """What was last told of each job."""

    @property
    def housekeeping(self) -> Housekeeping:
        """Deleting old runs, and summing up what was sent."""

    @property
    def known_records(self) -> KnownRecords:
        """What earlier runs show about campaigns."""

    def projection(
        self,
        run: int,
        *,
        waiting: Status,
        waiting_code: str = "",
        waiting_reasons: str = NO_REASONS,
    ) -> RunRows:
        """Return the rows of a run; unsent ones have the outcome `waiting`."""
