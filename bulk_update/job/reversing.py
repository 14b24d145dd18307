"""Judging the rows of an undo by what their records show now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.errors import ReadRefusedError
from bulk_update.job.environment import now_us
from bulk_update.job.store import Store
from bulk_update.ledger import Judged, Run, WaitingRow
from bulk_update.records import Issue, Param, Status
from bulk_update.reference import CampaignReference, CampaignStatus, RecordState
from bulk_update.reversal import verdict_on, was_called
from bulk_update.translation import mask_of
from bulk_update.translation.campaign_rules import CampaignRules


class StatusReader(Protocol):
    """What is read besides the records; `job.reference.CampaignReader` implements it."""

    def statuses(self, campaign_id: str) -> tuple[CampaignStatus, ...]:
        """Return the statuses of a campaign."""


@dataclass(slots=True)
class ReversalJudge:
    """Decides what the rows of an undo send, page by page of their records.

    `field_names` are those of the mapping. Records that have changed since the undone run are left
    alone.
    """

    ledger: Store
    reader: StatusReader
    field_names: Sequence[str]
    called: int = 0
    first_called: int = 0
    rules: dict[str, CampaignRules] = field(default_factory=dict)

    def judge(self, run: Run, campaign_id: str, rows: Sequence[WaitingRow]) -> None:
        """Judge rows by what their records show."""
        self._judge(run, campaign_id, {row.row_id: row.now for row in rows})

    def judge_unseen(self, run: Run) -> None:
        """Judge the rows whose records were on no page."""
        after = 0
        while row_ids := self.ledger.reversals.unseen(after=after):
            self._judge(run, None, dict.fromkeys(row_ids))
            after = row_ids[-1]

    def notices(self) -> Iterator[Issue]:
        """Yield what the plan says about the records."""
        if self.called:
            params: dict[str, Param] = {"count": self.called, "row": self.first_called}
            yield Issue("undo-calls", params)

    def _judge(
        self, run: Run, campaign_id: str | None, now: Mapping[int, RecordState | None]
    ) -> None:
        changed: dict[int, Issue] = {}
        judged: list[Judged] = []
        for row_id, (number, reversal) in self.ledger.reversals.of([*now]).items():
            state = now[row_id]
            verdict = verdict_on(reversal, state, needs=partial(self._needed_by, campaign_id))
            if verdict.outcome is Status.SUPERSEDED:
                changed[row_id] = verdict.reasons[0]
                continue
            if verdict.outcome is None and state is not None and was_called(reversal, state):
                self.called += 1
                self.first_called = self.first_called or number
            fields = mask_of(verdict.values, self.field_names) if verdict.values else None
            judged.append(Judged(row_id, verdict, fields))
        self.ledger.reversals.settle(judged)
        self.ledger.readings.supersede(run.id, changed)

    def _needed_by(self, campaign_id: str | None, status_id: str) -> list[str]:
        """Return the fields that a request for a status has to contain, as far as that is known."""
        if campaign_id is None:
            return []
        missing = self._rules_of(campaign_id).missing(
            status_id, has_agent=False, has_call_date=False
        )
        codes = {issue.code for issue in missing}
        agent = ["agent_login"] if IssueCode.AGENT_MISSING in codes else []
        return [*agent, *(["next_call_date"] if IssueCode.DATE_MISSING in codes else [])]

    def _rules_of(self, campaign_id: str) -> CampaignRules:
        if campaign_id not in self.rules:
            statuses = None
            with suppress(ReadRefusedError):
                statuses = self.reader.statuses(campaign_id)
            reference = CampaignReference(campaign_id, statuses, agents=None, read_at_us=now_us())
            self.rules[campaign_id] = CampaignRules(reference)
        return self.rules[campaign_id]
