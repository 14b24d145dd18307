"""Reading the records of a run before and after it is sent, as its options and mapping ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bulk_update.client import Connection
from bulk_update.exits import SUCCESS, RunEnd, end_of_stop
from bulk_update.job.endings import Ending, ended_by_errors
from bulk_update.job.plan_run import Planned
from bulk_update.job.ports import Observer
from bulk_update.job.reference import CampaignReader, campaign_reader
from bulk_update.job.replan import counted_again
from bulk_update.job.request import LoadedMapping, RunOptions, delivery_of
from bulk_update.job.reversing import ReversalJudge
from bulk_update.job.snapshot import SnapshotTaker
from bulk_update.job.store import Store
from bulk_update.job.turns import wait_a_turn
from bulk_update.job.verification import Verifier
from bulk_update.ledger import Run
from bulk_update.records import Issue
from bulk_update.settings import Delivery
from bulk_update.stop_request import StopCause


@dataclass(frozen=True, slots=True)
class RecordReading:
    """Reads the records of a run, over a connection, at the rate of sending.

    Errors and stop requests are returned as the end of the run: what was read until then is kept.
    """

    options: RunOptions
    loaded: LoadedMapping
    ledger: Store
    observer: Observer
    connection: Connection

    def is_wanted_before(self, run: Run) -> bool:
        """Return whether the records have to be read before anything is sent."""
        options = self.options
        return (
            options.snapshot
            or options.verifies
            or self.loaded.mapping.not_called_since is not None
            or run.undoes is not None
        )

    def look(self, planned: Planned) -> tuple[Planned, tuple[Issue, ...], RunEnd]:
        """Take the snapshot of a plan.

        Returns the plan that is left, what is new among its notices, and why nothing may be sent.
        """
        notices, end = self.before(self.ledger.runs.get(planned.run))
        planned = counted_again(self.options, self.loaded, self.ledger, planned, notices=notices)
        return planned, notices, planned.guard_end if end is SUCCESS and planned.guard_end else end

    def before(self, run: Run) -> tuple[tuple[Issue, ...], RunEnd]:
        """Take the snapshot; return notices for the plan, and why nothing may be sent, if so."""
        mapping = self.loaded.mapping
        zone = None if mapping.not_called_since is None else ZoneInfo(mapping.api_timezone)
        notices: tuple[Issue, ...] = ()
        with ended_by_errors(self.observer) as ending, self._reader(ending) as reader:
            judge = ReversalJudge(self.ledger, reader, mapping.field_names)
            taker = SnapshotTaker(
                self.ledger,
                reader,
                self.observer,
                self._delivery.rate,
                leaves_called=zone,
                reversals=None if run.undoes is None else judge,
            )
            notices = taker.take(run)
        return notices, ending.end

    def after(self, run: Run, *, again: bool = True, must_read: bool = False) -> RunEnd:
        """Read back what was sent; return why that is not complete, or SUCCESS.

        Without `again`, only rows that were not read back yet. With `must_read`, a campaign whose
        records the API does not show counts, too.
        """
        refused = None
        with ended_by_errors(self.observer) as ending, self._reader(ending) as reader:
            verifier = Verifier(self.ledger, reader, self.observer, self._delivery.rate)
            refused = verifier.verify(run, again=again)
        if ending.end is SUCCESS and refused is not None and must_read:
            return refused.run_end
        return ending.end

    @contextmanager
    def _reader(self, ending: Ending) -> Iterator[CampaignReader]:
        """Yield a reader; a stop request ends reading, and then the run.

        The first read keeps to the rate after what was sent, as does what is sent after the last.
        """
        stop = self.options.stop
        wait_a_turn(self._delivery.rate, stop)
        try:
            with campaign_reader(self.connection, self._delivery, stop) as reader:
                yield reader
        except KeyboardInterrupt:
            ending.end = end_of_stop(stop.cause or StopCause.SIGINT)

    @property
    def _delivery(self) -> Delivery:
        return delivery_of(self.options.settings, self.loaded.mapping)
