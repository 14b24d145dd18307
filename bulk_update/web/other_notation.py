"""Files like an earlier one in which dates or numbers are written in another way."""

from __future__ import annotations

from collections.abc import Iterable

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.plan import Plan
from bulk_update.web.drafts import Draft
from bulk_update.web.examining import table_of
from bulk_update.web.plan_findings import Finding
from bulk_update.web.service import Service

_CODES = frozenset(
    {
        IssueCode.AMBIGUOUS_DATE,
        IssueCode.BAD_DATE,
        IssueCode.BAD_INTEGER,
        IssueCode.BAD_NUMBER,
        IssueCode.NEEDS_TYPE,
    }
)
"""Refusals that show, in most rows, that the column is read in the wrong way."""


def reading_links(service: Service, draft: Draft) -> dict[str, str]:
    """Return, by column, the address at which a person can change how it is read.

    Raises InputError if the file cannot be read.
    """
    columns = table_of(service, draft).columns
    return {
        column.name: f"/draft/{draft.id}/columns#reading-{index}"
        for index, column in enumerate(columns)
    }


def columns_in_other_notation(
    draft: Draft, plan: Plan, findings: Iterable[Finding]
) -> tuple[str, ...]:
    """Return the columns for which at least half of the rows are refused, after "as last time".

    They are none if the answers are not those about an earlier file.
    """
    if not draft.values.like:
        return ()
    found = (each for each in findings if each.code in _CODES and 2 * each.rows >= plan.data_rows)
    return tuple(dict.fromkeys(name for each in found for name in each.columns))
