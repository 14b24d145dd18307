"""Turns evidence into proposals: what is certain becomes an active line, the rest a question.

A wrong line is worse than a missing one. Status and agent are certain only if their values are
those that the service shows; the conditions for the other targets are given below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bulk_update.columns import column_key
from bulk_update.messages.remarks import Remark
from bulk_update.proposals.evidence import (
    ColumnEvidence,
    KnownCampaign,
    LiveCampaigns,
    TableEvidence,
)
from bulk_update.proposals.identifier import key_columns, objections, propose_identifier
from bulk_update.proposals.names import NameEvidence, Target, decides_rows, name_evidence
from bulk_update.proposals.next_call import propose_next_calls
from bulk_update.proposals.proposal import LeftOut, Proposal, ProposedMapping
from bulk_update.proposals.targets import (
    propose_agents,
    propose_campaigns,
    propose_fields,
    propose_statuses,
)

_MOST_CANDIDATES = 5
_FEW_WORDS = range(2, 4)


def names_of(header: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the column names that a mapping can use, and those that occur twice."""
    named = [name for name in map(column_key, header) if name]
    doubled = {name for name in named if named.count(name) > 1}
    return tuple(dict.fromkeys(named)), tuple(
        name for name in dict.fromkeys(named) if name in doubled
    )


def compared_columns(header: Sequence[str]) -> list[str]:
    """Return the columns that may hold identifiers, by their names."""
    names, doubled = names_of(header)
    evidence = _evidence_of(names)
    return key_columns([name for name in names if name not in doubled], evidence)


def identifier_candidates(table: TableEvidence) -> list[ColumnEvidence]:
    """Return the columns that could be looked up among the records of earlier runs."""
    return [column for column in table.columns if not objections(column)][:_MOST_CANDIDATES]


def campaign_ids(table: TableEvidence) -> tuple[str, ...]:
    """Return the campaigns that the file itself names; none if this is not certain."""
    active = [each for each in propose_campaigns(table.columns, _evidence(table)) if each.is_active]
    return tuple(text for text, _ in active[0].column.values or ()) if active else ()


def propose(
    table: TableEvidence,
    known: KnownCampaign | None = None,
    *,
    live: LiveCampaigns | None = None,
    campaign_id: str | None = None,
) -> ProposedMapping:
    """Propose a mapping for a table; `campaign_id` is a campaign that a person has named."""
    evidence = _evidence(table)
    columns = [
        column
        for column in table.columns
        if column.name not in table.doubled and column.name.isprintable()
    ]
    open_ = [
        column
        for column in columns
        if not evidence[column.name].veto and (column.filled or not table.rows)
    ]
    found = [
        *propose_campaigns(open_, evidence),
        *propose_identifier(open_, evidence, known),
        *propose_statuses(open_, evidence, live),
        *propose_agents(open_, evidence, live),
        *propose_next_calls(open_, evidence),
    ]
    taken = {each.column.name for each in found}
    found += propose_fields([each for each in open_ if each.name not in taken], evidence, known)
    proposals = tuple(
        each if _may_be_active(each, table) else replace(each, is_active=False) for each in found
    )
    remarks = () if campaign_id is None else (Remark("named-campaign"),)
    if campaign_id is None and known and known.column:
        campaign_id, remarks = known.campaign_id, (_known_campaign(known),)
    return ProposedMapping(
        table,
        proposals,
        tuple(_left_out(table, evidence)),
        _left_to_answer(table, proposals, campaign_id),
        campaign_id,
        remarks,
        _identifier_remarks(proposals, open_),
    )


def _evidence(table: TableEvidence) -> dict[str, NameEvidence]:
    return _evidence_of([column.name for column in table.columns])


def _evidence_of(names: Sequence[str]) -> dict[str, NameEvidence]:
    return {
        name: name_evidence(name, beside=[other for other in names if other != name])
        for name in names
    }


def _may_be_active(proposal: Proposal, table: TableEvidence) -> bool:
    source = table.source
    if not source.is_table_certain:
        return False
    texts = [proposal.column.name, *(text for text, _ in proposal.words)]
    return source.is_encoding_certain or all(map(str.isascii, texts))


def filter_columns(proposed: ProposedMapping) -> list[ColumnEvidence]:
    """Return the columns that may say which rows take part."""
    return [
        each.column
        for each in proposed.of(Target.FIELD)
        if decides_rows(each.column.name) and len(each.column.values or ()) in _FEW_WORDS
    ]


def _left_out(table: TableEvidence, evidence: Mapping[str, NameEvidence]) -> Iterator[LeftOut]:
    for column in table.columns:
        veto = evidence[column.name].veto
        if column.name in table.doubled:
            yield LeftOut(column.name, Remark("doubled"))
        elif not column.name.isprintable():
            yield LeftOut(column.name, Remark("unwritable-name"))
        elif veto:
            yield LeftOut(column.name, Remark(veto))
        elif not column.filled and table.rows:
            yield LeftOut(column.name, Remark("blank-column"))


def _identifier_remarks(
    proposals: Sequence[Proposal], columns: Sequence[ColumnEvidence]
) -> tuple[Remark, ...]:
    if any(each.target is Target.IDENTIFIER for each in proposals):
        return ()
    names = tuple(column.name for column in columns if column.unique and not column.blanks)
    if names:
        return (Remark("no-identifier-column", {"columns": names}),)
    return (Remark("no-unique-column"),)


def _known_campaign(known: KnownCampaign) -> Remark:
    return Remark("known-campaign", {"hits": known.hits, "sampled": known.sampled})


def _left_to_answer(
    table: TableEvidence, proposals: Sequence[Proposal], campaign_id: str | None
) -> dict[str, Remark]:
    left = dict(table.source.open)
    active = {each.target for each in proposals if each.is_active}
    if campaign_id is None and Target.CAMPAIGN not in active:
        left[Target.CAMPAIGN] = Remark("left-campaign")
    if Target.IDENTIFIER not in active:
        left[Target.IDENTIFIER] = Remark("left-identifier")
    if not active - {Target.CAMPAIGN, Target.IDENTIFIER}:
        left["update"] = Remark("left-field")
    return left
