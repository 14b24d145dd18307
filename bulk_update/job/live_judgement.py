"""Checking the rows of an earlier plan against their campaigns before they are sent.

A plan rests on what was known when it was made. Before its rows are sent, reference data that is
older than `--reference-age` is read again, and rows that no longer fit become invalid. Rows that
were sent before are left alone: only a response can decide about them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.errors import ServiceError, UsageError
from bulk_update.exits import RunEnd
from bulk_update.job.live_references import (
    LiveReferences,
    is_live,
    live_references,
)
from bulk_update.job.request import LoadedMapping, RunOptions
from bulk_update.job.store import Store
from bulk_update.ledger import Run
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.records import Issue, RecordUpdate
from bulk_update.reference import CampaignReference
from bulk_update.translation.campaign_rules import CampaignRules


@dataclass(frozen=True, slots=True)
class LiveVerdict:
    """What there is to say about a plan; `end` is set if nothing may be sent."""

    notices: tuple[Issue, ...] = ()
    end: RunEnd | None = None


NOT_LIVE = LiveVerdict()


def judge_live(options: RunOptions, loaded: LoadedMapping, ledger: Store, run: Run) -> LiveVerdict:
    """Settle the rows that no longer fit their campaigns; the caller holds the sending lock."""
    if not is_live(options, loaded):
        return NOT_LIVE
    try:
        with live_references(
            options, loaded, base_url=run.base_url, sends=True, is_planned=True
        ) as references:
            if references is None:
                return NOT_LIVE
            judge = _PlanJudge(loaded, references, names=json.loads(run.status_names))
            refused = {
                update.row_id: issues
                for update in ledger.sending.to_send(run.id)
                if not update.earlier and (issues := judge.issues(update))
            }
            notices = references.notices()
    except (UsageError, ServiceError) as error:
        return LiveVerdict(end=error.run_end)
    ledger.planning.refuse(run.id, refused)
    return LiveVerdict(notices)


class _PlanJudge:
    """Judges requests as they are stored.

    `names` are the names that statuses had when the rows were planned, by campaign and id.
    """

    def __init__(
        self,
        loaded: LoadedMapping,
        references: LiveReferences,
        *,
        names: Mapping[str, Mapping[str, str]],
    ) -> None:
        update = loaded.mapping.update
        self._references = references
        self._names = names if update.status else {}
        self._status = _columns(update.status or update.status_id)
        self._agent = _columns(update.agent_login)
        self._call_date = _columns(update.next_call_date)
        self._rules: dict[str, CampaignRules] = {}
        self._judged: dict[_Asked, tuple[Issue, ...]] = {}

    def issues(self, update: RecordUpdate) -> tuple[Issue, ...]:
        """Return why a row no longer fits its campaign; nothing if it does."""
        body = json.loads(update.body)
        asked = _Asked(
            update.campaign_id,
            body.get("status_id"),
            body.get("agent_login"),
            has_call_date="next_call_date" in body,
        )
        if asked not in self._judged:
            self._judged[asked] = tuple(self._issues(asked))
        return self._judged[asked]

    def _issues(self, asked: _Asked) -> Iterator[Issue]:
        rules, status = self._rules_of(asked.campaign_id), asked.status_id
        if status is not None:
            name = self._names.get(asked.campaign_id, {}).get(status)
            fault = rules.status_fault(status) or (rules.renaming(status, name) if name else None)
            if fault:
                yield replace(fault, columns=self._status)
        if asked.agent is not None and (fault := rules.agent_fault(asked.agent)):
            yield replace(fault, columns=self._agent)
        if status is None:
            return
        for issue in rules.missing(
            status, has_agent=asked.agent is not None, has_call_date=asked.has_call_date
        ):
            is_agent = issue.code == IssueCode.AGENT_MISSING
            own = self._agent if is_agent else self._call_date
            yield replace(issue, columns=own or self._status)

    def _rules_of(self, campaign_id: str) -> CampaignRules:
        if campaign_id not in self._rules:
            self._rules[campaign_id] = CampaignRules(self._references.of(campaign_id))
        return self._rules[campaign_id]


class _Asked(NamedTuple):
    """What a request asks for, as far as its campaign decides about it."""

    campaign_id: str
    status_id: str | None
    agent: str | None
    has_call_date: bool


def _columns(rule: CellRule | None) -> tuple[str, ...]:
    return () if rule is None else rule.column_names


def names_of_statuses(references: Sequence[CampaignReference]) -> str:
    """Return the names of all statuses, by campaign and id, as JSON for the ledger."""
    names: dict[str, Any] = {
        each.campaign_id: {status.status_id: status.name for status in each.statuses or ()}
        for each in references
    }
    return json.dumps(names, ensure_ascii=False)
