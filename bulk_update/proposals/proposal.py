"""A proposed mapping: certain lines, possible lines, and open questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bulk_update.messages.remarks import Remark
from bulk_update.proposals.column_reading import RuleKeys
from bulk_update.proposals.evidence import ColumnEvidence, TableEvidence
from bulk_update.proposals.names import Target


@dataclass(frozen=True, slots=True)
class Proposal:
    """A line of the mapping that a column may fill.

    `key` is the target's own key, or the name of a record field. `words` are texts with their
    counts that each need an id: the line cannot be used until these ids are entered. `remarks`
    state the evidence for and against the line, and what a person has to decide.
    """

    target: Target
    key: str
    column: ColumnEvidence
    keys: RuleKeys = ()
    words: tuple[tuple[str, int], ...] = ()
    is_active: bool = False
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that is not proposed, and why."""

    column: str
    remark: Remark


@dataclass(frozen=True, slots=True)
class ProposedMapping:
    """All proposals for a file; `campaign_id` is the campaign proved by earlier runs, or None.

    `left_to_answer` holds, by key, the questions to answer before the mapping can be used.
    """

    table: TableEvidence
    proposals: tuple[Proposal, ...]
    left_out: tuple[LeftOut, ...]
    left_to_answer: Mapping[str, Remark]
    campaign_id: str | None = None
    campaign_remarks: tuple[Remark, ...] = ()
    identifier_remarks: tuple[Remark, ...] = ()

    def of(self, target: Target) -> tuple[Proposal, ...]:
        """Return the proposals for a target, in the file's order."""
        return tuple(found for found in self.proposals if found.target is target)
