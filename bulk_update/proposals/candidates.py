"""The columns that compete for a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bulk_update.messages.remarks import Remark
from bulk_update.proposals.evidence import ColumnEvidence
from bulk_update.proposals.names import NameEvidence, NameMatch, Target
from bulk_update.proposals.proposal import Proposal


def candidates(
    columns: Sequence[ColumnEvidence], evidence: Mapping[str, NameEvidence], target: Target
) -> list[ColumnEvidence]:
    """Return the columns named for a target; vague names count only if there is no clear one."""
    matches = [(evidence[column.name].match(target), column) for column in columns]
    is_clear = any(match > NameMatch.POSSIBLE for match, _ in matches)
    least = NameMatch.LIKELY if is_clear else NameMatch.POSSIBLE
    return [column for match, column in matches if match >= least]


def without_ties(proposals: list[Proposal]) -> list[Proposal]:
    """Deactivate lines for which several columns have equal evidence."""
    if len([each for each in proposals if each.is_active]) <= 1:
        return proposals
    names = tuple(each.column.name for each in proposals if each.is_active)
    tie = Remark("equal-evidence", {"columns": names})
    return [
        replace(each, is_active=False, remarks=(tie, *each.remarks)) if each.is_active else each
        for each in proposals
    ]
