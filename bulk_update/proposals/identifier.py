"""Finds the column that holds the records' identifiers.

Neither a name nor values alone make a line active. All cells must be filled, distinct, undamaged
and look like keys. In addition, the name must mean a record's key, or earlier runs must have
updated records with these identifiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bulk_update.messages.remarks import Remark
from bulk_update.proposals.column_reading import RuleKeys, blanks_of, date_fits
from bulk_update.proposals.evidence import ColumnEvidence, KnownCampaign
from bulk_update.proposals.names import NameEvidence, NameMatch, Target, is_read_only_key
from bulk_update.proposals.proposal import Proposal
from bulk_update.proposals.shapes import NEVER_A_KEY, Shape
from bulk_update.records import CellKind, Param

_FEWEST_ROWS = 3
"""In fewer rows, almost any column has only distinct values."""
_MOST_KEYS = 4


def key_columns(names: Sequence[str], evidence: Mapping[str, NameEvidence]) -> list[str]:
    """Return the likeliest keys: the columns whose cells should be checked for repeats."""
    ranked = sorted(
        (name for name in names if not evidence[name].veto),
        key=lambda name: -evidence[name].match(Target.IDENTIFIER),
    )
    likely = [name for name in ranked if evidence[name].match(Target.IDENTIFIER)]
    named = [name for name in ranked if is_read_only_key(name)]
    return [*likely, *named, *ranked][: max(_MOST_KEYS, len(likely) + len(named))]


def objections(column: ColumnEvidence) -> list[Remark]:
    """Return the evidence against a column's values being identifiers."""
    return list(_objections(column))


def propose_identifier(
    columns: Sequence[ColumnEvidence],
    evidence: Mapping[str, NameEvidence],
    known: KnownCampaign | None,
) -> list[Proposal]:
    """Return the columns that may be the identifier; at most one of them is active."""
    found = []
    for column in columns:
        match = _match(column, evidence[column.name])
        is_known = known is not None and known.column == column.name
        if match or is_known:
            found.append((match, is_known, _proposal(column, match, known if is_known else None)))
    best = max(((is_known, match) for match, is_known, _ in found), default=None)
    leading = [each for match, is_known, each in found if (is_known, match) == best]
    if len(leading) <= 1:
        return [each if each in leading else replace(each, is_active=False) for _, _, each in found]
    names = tuple(each.column.name for each in leading)
    tie = Remark("equal-evidence", {"columns": names})
    return [
        replace(
            each,
            is_active=False,
            remarks=(tie, *each.remarks) if each in leading else each.remarks,
        )
        for _, _, each in found
    ]


def _match(column: ColumnEvidence, evidence: NameEvidence) -> NameMatch:
    if is_read_only_key(column.name):
        return NameMatch.LIKELY if Shape.GUID in column.shapes else NameMatch.NONE
    return evidence.match(Target.IDENTIFIER)


def _proposal(column: ColumnEvidence, match: NameMatch, known: KnownCampaign | None) -> Proposal:
    against = objections(column)
    if column.is_like_quantity and not known and not against:
        against.append(Remark("like-quantities"))
    remarks = list(against)
    if known:
        remarks.append(_hits(known))
    elif not against:
        remarks.append(Remark("check-one-row" if match >= NameMatch.LIKELY else "vague-name"))
    is_active = not against and (known is not None or match >= NameMatch.LIKELY)
    return Proposal(
        Target.IDENTIFIER,
        Target.IDENTIFIER,
        column,
        keys=_keys(column),
        is_active=is_active,
        remarks=tuple(remarks),
    )


def _keys(column: ColumnEvidence) -> RuleKeys:
    """Return what a proposed line may need; a column that needs it is never certain."""
    blanks, _ = blanks_of(column)
    return (*blanks, *((("pad", str(column.padded_length)),) if column.padded_length else ()))


def _hits(known: KnownCampaign) -> Remark:
    params: dict[str, Param] = {
        "hits": known.hits,
        "sampled": known.sampled,
        "campaign": known.campaign_id,
    }
    return Remark("known-identifiers", params)


def _objections(column: ColumnEvidence) -> Iterator[Remark]:
    if column.blanks:
        yield Remark("blank-cells", {"count": column.blanks})
    if column.unique is False and column.filled:
        yield Remark("repeated-values")
    if column.unique is None:
        yield Remark("not-compared")
    if column.damaged:
        params: dict[str, Param] = {"count": column.damaged, "text": column.damaged_example}
        yield Remark("damaged-values", params)
    yield from blanks_of(column)[1]
    yield from _looks(column)
    if column.lost_zeros:
        yield Remark("lost-zeros")
    if column.padded_length:
        yield Remark("zeros-to-add", {"length": column.padded_length})
    if column.rows < _FEWEST_ROWS:
        yield Remark("few-rows")


def _looks(column: ColumnEvidence) -> Iterator[Remark]:
    alike = [shape for shape in NEVER_A_KEY if shape in column.shapes]
    if column.counts_rows:
        yield Remark("row-numbers")
    elif alike:
        yield from (Remark(f"looks-like-{shape}") for shape in alike)
    elif date_fits(column):
        yield Remark("looks-like-date")
    elif Shape.KEY not in column.shapes or set(column.kinds) - {None, CellKind.NUMBER}:
        yield Remark("no-key")
