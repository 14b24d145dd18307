"""Proposes columns for the date of the next call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bulk_update.cells.typed_cells import CellType
from bulk_update.messages.remarks import Remark
from bulk_update.proposals.candidates import candidates, without_ties
from bulk_update.proposals.column_reading import (
    RuleKeys,
    ambiguous_dates,
    blanks_of,
    date_fits,
    misfit,
    near_date_fit,
)
from bulk_update.proposals.evidence import ColumnEvidence
from bulk_update.proposals.names import NameEvidence, NameMatch, Target
from bulk_update.proposals.proposal import Proposal
from bulk_update.proposals.readings import Fit

_MOSTLY = 0.5


def propose_next_calls(
    columns: Sequence[ColumnEvidence], evidence: Mapping[str, NameEvidence]
) -> list[Proposal]:
    """Propose date columns: certain if only one format fits and most dates are in the future."""
    found = []
    for column in candidates(columns, evidence, Target.NEXT_CALL):
        fits = date_fits(column)
        match = evidence[column.name].match(Target.NEXT_CALL)
        if len(fits) == 1:
            found.append(_next_call(column, fits[0], match))
        else:
            found.append(_unclear_next_call(column, fits))
    return without_ties(found)


def _unclear_next_call(column: ColumnEvidence, fits: list[Fit]) -> Proposal:
    question = Remark("next-call")
    if fits:
        return _dated(column, _formats(*fits), (question, ambiguous_dates(column, fits)))
    near = near_date_fit(column)
    if near is None:
        return _dated(column, (), (question, Remark("no-dates")))
    return _dated(column, _formats(near), (question, misfit(near)))


def _next_call(column: ColumnEvidence, fit: Fit, match: NameMatch) -> Proposal:
    numbers = {"future": fit.future, "filled": fit.cells}
    is_ahead = fit.future > _MOSTLY * fit.cells
    if is_ahead:
        remarks = [Remark("fits-dates", {"format": fit.reading.shown, **numbers})]
    else:
        remarks = [Remark("mostly-past", numbers)]
    if not fit.timed:
        remarks.append(Remark("no-time"))
    is_active = is_ahead and match >= NameMatch.LIKELY
    is_active = is_active and not column.blank_words and not column.unreadable
    if not is_active:
        remarks.insert(0, Remark("next-call"))
    return _dated(column, _formats(fit), tuple(remarks), is_active=is_active)


def _dated(
    column: ColumnEvidence, keys: RuleKeys, remarks: tuple[Remark, ...], *, is_active: bool = False
) -> Proposal:
    blanks, questions = blanks_of(column)
    if column.unreadable:
        questions = (*questions, Remark("error-cells", {"count": column.unreadable}))
    return Proposal(
        Target.NEXT_CALL,
        Target.NEXT_CALL,
        column,
        keys=(("type", CellType.DATETIME), *keys, *blanks),
        is_active=is_active,
        remarks=(*remarks, *questions),
    )


def _formats(*fits: Fit) -> RuleKeys:
    """Return the key with the formats of the fits, of which the user keeps one."""
    formats = tuple(dict.fromkeys(each for fit in fits for each in fit.reading.formats))
    return (("formats", formats),) if formats else ()
