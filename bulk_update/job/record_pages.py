"""Reading the records of a campaign page by page, and saying beforehand how long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from bulk_update.events import Events, Notice, RecordsRead
from bulk_update.records import Issue, Param
from bulk_update.reference import RecordPage, RecordState


class RecordReader(Protocol):
    """What is read of a system; `job.reference.CampaignReader` implements it."""

    def records(self, campaign_id: str) -> Iterator[RecordPage]:
        """Yield the pages of a campaign's records."""


@dataclass(frozen=True, slots=True)
class RecordPages:
    """Reads the records of campaigns; `rate` is in requests per second, None for unlimited."""

    reader: RecordReader
    events: Events
    rate: float | None

    def of(self, campaign_id: str) -> Iterator[tuple[RecordState, ...]]:
        """Yield the records of a campaign, some at a time; announce how many there are."""
        for number, page in enumerate(self.reader.records(campaign_id), start=1):
            if number == 1:
                self._announce(campaign_id, page)
            self.events.on_event(RecordsRead(len(page.records)))
            yield page.records

    def _announce(self, campaign_id: str, first: RecordPage) -> None:
        reads = ceil(first.count / max(len(first.records), 1))
        if reads <= 1:
            return
        params: dict[str, Param] = {
            "records": first.count,
            "campaign": campaign_id,
            "reads": reads,
        }
        variant = "unlimited"
        if self.rate is not None:
            variant, params["seconds"] = "", round(reads / self.rate) or 1
        self.events.on_event(Notice(Issue("reading-cost", params, variant)))
