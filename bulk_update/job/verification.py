"""Verification: reading back what the records show after rows were sent to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bulk_update.errors import BulkUpdateError, ReadRefusedError
from bulk_update.events import Notice, Stage
from bulk_update.job.environment import now_us
from bulk_update.job.ports import Observer, stage_of
from bulk_update.job.record_pages import RecordPages, RecordReader
from bulk_update.job.store import Store
from bulk_update.ledger import ReadBack, Run, SentRow
from bulk_update.mapping import Mapping
from bulk_update.readback import READABLE, Verified, is_all_readable, verdict_on
from bulk_update.records import Issue


@dataclass(frozen=True, slots=True)
class Verifier:
    """Reads back the records of a run's sent rows.

    A row in doubt ends `updated` if its record shows everything that was sent. Nothing is sent.
    """

    ledger: Store
    reader: RecordReader
    observer: Observer
    rate: float | None

    def verify(self, run: Run, *, again: bool = True) -> ReadRefusedError | None:
        """Read back the rows that were sent; without `again`, those not read back yet.

        What a page shows is recorded before the next one is read. Rows of campaigns whose records
        the API refuses to show stay as they were; the last refusal is returned. Raises another
        ServiceError if nothing can be read, and Interrupted if a stop is requested.
        """
        expected = self.ledger.readings.expect_after(run.id, again=again)
        if not expected:
            return None
        refused, read = None, []
        with stage_of(self.observer, Stage.VERIFYING):
            for campaign_id, _ in expected:
                try:
                    self._read_back(run, campaign_id)
                    read.append(campaign_id)
                except ReadRefusedError as error:
                    refused = error
                    self.observer.on_event(Notice(unverified(error)))
        if read:
            self.ledger.readings.finish_read_back(run.id, campaign_ids=read, now_us=now_us())
        return refused

    def _read_back(self, run: Run, campaign_id: str) -> None:
        readings = self.ledger.readings
        for records in RecordPages(self.reader, self.observer, self.rate).of(campaign_id):
            sent = readings.sent_rows(campaign_id, records)
            readings.record_read_back(run.id, _judged(sent), now_us=now_us())
            if readings.is_complete(campaign_id):
                return


def unverified(error: BulkUpdateError) -> Issue:
    """Return the notice that rows are not verified because of an error."""
    return Issue("not-verified", {"words": error.issues[0]})


def unreadable(mapping: Mapping) -> Issue | None:
    """Return the notice about fields of a mapping that cannot be read back, if it has some."""
    sections = dict.fromkeys(str(path[0]) for path in mapping.body_paths)
    fields = tuple(name for name in sections if name not in READABLE)
    return Issue("not-readable", {"fields": fields}) if fields else None


def _judged(rows: Iterable[SentRow]) -> Iterator[ReadBack]:
    for row in rows:
        verdict = verdict_on(row.body, now=row.now, before=row.before, in_doubt=row.in_doubt)
        if verdict is not None:
            settles = row.in_doubt and verdict is Verified.YES and is_all_readable(row.body)
            yield ReadBack(row.row_id, verdict, settles=settles)
