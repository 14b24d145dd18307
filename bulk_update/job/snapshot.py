"""The snapshot: what the records of a plan show before anything is sent to them.

It is what an undo restores and what a verification compares with, and it shows which records an
agent has called since the rows were exported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from bulk_update.errors import UsageError
from bulk_update.events import Stage
from bulk_update.job.environment import now_us
from bulk_update.job.ports import Observer, stage_of
from bulk_update.job.record_pages import RecordPages, RecordReader
from bulk_update.job.reversing import ReversalJudge
from bulk_update.job.store import Store
from bulk_update.ledger import Run, WaitingRow
from bulk_update.readback import called_since
from bulk_update.records import Issue, Param


@dataclass(frozen=True, slots=True)
class SnapshotTaker:
    """Takes the snapshot of a run.

    `leaves_called` is the zone of the API's times if rows whose records were called since their
    export are to be left out, else None. `reversals` judges the rows of a run that undoes another.
    """

    ledger: Store
    reader: RecordReader
    observer: Observer
    rate: float | None
    leaves_called: ZoneInfo | None = None
    reversals: ReversalJudge | None = None

    def take(self, run: Run) -> tuple[Issue, ...]:
        """Keep what the records of the rows to be sent show now, and leave out what is called.

        Returns notices about the records, for the plan. A campaign is read until all of its records
        in the plan were found. Raises ServiceError if it cannot be read, and Interrupted if a stop
        is requested; what was kept until then stays.
        """
        pages = RecordPages(self.reader, self.observer, self.rate)
        with stage_of(self.observer, Stage.SNAPSHOT):
            for campaign_id, _ in self.ledger.readings.expect_before(run.id):
                for records in pages.of(campaign_id):
                    rows = self.ledger.readings.keep_snapshot(
                        run.id, campaign_id, records, read_at_us=now_us()
                    )
                    self._leave_called(run, rows)
                    if self.reversals:
                        self.reversals.judge(run, campaign_id, rows)
                    if self.ledger.readings.is_complete(campaign_id):
                        break
            if self.reversals:
                self.reversals.judge_unseen(run)
        called = self.reversals.notices() if self.reversals else ()
        return (*self._unlisted(), *called)

    def _leave_called(self, run: Run, rows: Sequence[WaitingRow]) -> None:
        if self.leaves_called is None:
            return
        reasons: dict[int, Issue] = {}
        for row in rows:
            if row.exported_at_us is None:
                raise UsageError(Issue("unknown-export", variant="old-version"))
            issue = called_since(
                row.now, exported_at_us=row.exported_at_us, api_timezone=self.leaves_called
            )
            if issue:
                reasons[row.row_id] = replace(issue, variant="undo") if run.undoes else issue
        if reasons:
            self.ledger.readings.supersede(run.id, reasons)

    def _unlisted(self) -> Iterator[Issue]:
        unseen = self.ledger.readings.unseen()
        if unseen is not None:
            params: dict[str, Param] = {
                "count": unseen.records,
                "identifier": unseen.identifier,
                "row": unseen.number,
                "campaign": unseen.campaign_id,
            }
            yield Issue("not-listed", params)
