"""A proposed mapping: lines that are certain, lines that may be right, and open questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bulk_update.messages.remarks import Remark
from bulk_update.proposals.column_reading import RuleKeys
from bulk_update.proposals.dictionary import Target
from bulk_update.proposals.evidence import ColumnEvidence, TableEvidence


@dataclass(frozen=True, slots=True)
class Proposal:
    """One line of the mapping that a column may fill.

    `key` is the target's own key, or the name of a record field. `words` are texts that need an
    id each, with how often they occur: then the line cannot be used before these are entered.
    `remarks` hold what speaks for it and against it, and what a person has to decide.
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
    """All proposals for a file; `campaign_id` is what earlier runs prove, else None.

    `left_to_answer` says, by key, what keeps the mapping from being used.
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
