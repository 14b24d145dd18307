"""Turns evidence into proposals: what is certain becomes an active line, the rest a question.

A wrong line is worse than a missing one. Status and agent are certain only if their values are
those that the service shows; the conditions for the other targets are given below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bulk_update.cells.comparison import as_seen
from bulk_update.cells.typed_cells import CellType
from bulk_update.columns import column_key
from bulk_update.mapping.schema import STATUS_NAME
from bulk_update.messages.remarks import Remark
from bulk_update.proposals.blank_words import is_blank_word
from bulk_update.proposals.column_reading import (
    RuleKeys,
    ambiguous_dates,
    blanks_of,
    date_fits,
    misfit,
    near_date_fit,
    reading_of,
)
from bulk_update.proposals.dictionary import (
    NameEvidence,
    NameMatch,
    Target,
    decides_rows,
    name_evidence,
)
from bulk_update.proposals.evidence import (
    MOST_LISTED,
    ColumnEvidence,
    KnownCampaign,
    LiveCampaigns,
    TableEvidence,
)
from bulk_update.proposals.header_words import words_of
from bulk_update.proposals.identifier import key_columns, objections, propose_identifier
from bulk_update.proposals.proposal import LeftOut, Proposal, ProposedMapping
from bulk_update.proposals.readings import Fit
from bulk_update.proposals.shapes import Shape

_MOSTLY = 0.5
_NEARLY_ALL = 0.95
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
    active = [each for each in _campaigns(table.columns, _evidence(table)) if each.is_active]
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
        *_campaigns(open_, evidence),
        *propose_identifier(open_, evidence, known),
        *_statuses(open_, evidence, live),
        *_agents(open_, evidence, live),
        *_next_calls(open_, evidence),
    ]
    taken = {each.column.name for each in found}
    found += _fields([each for each in open_ if each.name not in taken], evidence, known)
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


def _candidates(
    columns: Sequence[ColumnEvidence], evidence: Mapping[str, NameEvidence], target: Target
) -> list[ColumnEvidence]:
    """Return the columns named for a target; vague names count only if there is no clear one."""
    matches = [(evidence[column.name].match(target), column) for column in columns]
    is_clear = any(match > NameMatch.POSSIBLE for match, _ in matches)
    least = NameMatch.LIKELY if is_clear else NameMatch.POSSIBLE
    return [column for match, column in matches if match >= least]


def _without_ties(proposals: list[Proposal]) -> list[Proposal]:
    """Deactivate lines for which several columns have equal evidence."""
    if len([each for each in proposals if each.is_active]) <= 1:
        return proposals
    names = tuple(each.column.name for each in proposals if each.is_active)
    tie = Remark("equal-evidence", {"columns": names})
    return [
        replace(each, is_active=False, remarks=(tie, *each.remarks)) if each.is_active else each
        for each in proposals
    ]


def _campaigns(
    columns: Sequence[ColumnEvidence], evidence: Mapping[str, NameEvidence]
) -> list[Proposal]:
    found = []
    for column in _candidates(columns, evidence, Target.CAMPAIGN):
        is_active = (
            Shape.CAMPAIGN in column.shapes
            and not column.blanks
            and not column.blank_words
            and column.values is not None
        )
        remark = Remark("campaign-column" if is_active else "campaign-names")
        found.append(
            Proposal(
                Target.CAMPAIGN, Target.CAMPAIGN, column, is_active=is_active, remarks=(remark,)
            )
        )
    return _without_ties(found)


def _statuses(
    columns: Sequence[ColumnEvidence],
    evidence: Mapping[str, NameEvidence],
    live: LiveCampaigns | None,
) -> list[Proposal]:
    found = []
    for column in _candidates(columns, evidence, Target.STATUS):
        if named := live and _named_statuses(column, live):
            proposal = named
        elif column.values is None:
            proposal = _asking(Target.STATUS, column, "too-many-words")
        elif Shape.DIGITS in column.shapes:
            are_ids = live and live.ids and {text for text, _ in column.values} <= live.ids
            proposal = _asking(Target.STATUS, column, "known-ids" if are_ids else "status-ids")
        else:
            proposal = _asking(Target.STATUS, column, "which-statuses", words=column.values)
        if live and live.shown and not proposal.is_active:
            shown = Remark("campaign-statuses", {"statuses": live.shown[:MOST_LISTED]})
            proposal = replace(proposal, remarks=(*proposal.remarks, shown))
        found.append(proposal)
    return _without_ties(found)


def _named_statuses(column: ColumnEvidence, live: LiveCampaigns) -> Proposal | None:
    """Propose a column of names of statuses, if nearly all its cells are such names."""
    names, values = live.names or frozenset(), column.values or ()
    matched = sum(count for text, count in values if as_seen(text) in names)
    if column.blank_words or not matched or matched < _NEARLY_ALL * column.filled:
        return None
    remarks = [Remark("status-names", {"matched": matched, "filled": column.filled})]
    if other := next((text for text, _ in values if as_seen(text) not in names), None):
        remarks.append(Remark("other-words", {"text": other}))
    return Proposal(Target.STATUS, STATUS_NAME, column, is_active=True, remarks=tuple(remarks))


def _agents(
    columns: Sequence[ColumnEvidence],
    evidence: Mapping[str, NameEvidence],
    live: LiveCampaigns | None,
) -> list[Proposal]:
    found = []
    for column in _candidates(columns, evidence, Target.AGENT):
        if live and _are_logins(column, live):
            remark = Remark("agent-logins")
            proposal = Proposal(
                Target.AGENT, Target.AGENT, column, is_active=True, remarks=(remark,)
            )
        elif Shape.LOGIN in column.shapes:
            proposal = _asking(Target.AGENT, column, "logins")
        elif column.values is None:
            proposal = _asking(Target.AGENT, column, "too-many-words")
        else:
            proposal = _asking(Target.AGENT, column, "which-agents", words=column.values)
        found.append(proposal)
    return _without_ties(found)


def _are_logins(column: ColumnEvidence, live: LiveCampaigns) -> bool:
    """Return whether all cells are logins of active agents."""
    values = {text for text, _ in column.values or ()}
    return bool(values) and not column.blank_words and values <= (live.logins or frozenset())


def _asking(
    target: Target, column: ColumnEvidence, code: str, *, words: tuple[tuple[str, int], ...] = ()
) -> Proposal:
    distinct: Counter[str] = Counter()
    for text, count in words:
        if not is_blank_word(text):
            distinct[column_key(text)] += count
    keys, remarks = blanks_of(column)
    return Proposal(
        target,
        target,
        column,
        keys=keys,
        words=tuple(distinct.most_common()),
        remarks=(Remark(code), *remarks),
    )


def _next_calls(
    columns: Sequence[ColumnEvidence], evidence: Mapping[str, NameEvidence]
) -> list[Proposal]:
    """Propose date columns: certain if only one format fits and most dates are in the future."""
    found = []
    for column in _candidates(columns, evidence, Target.NEXT_CALL):
        fits = date_fits(column)
        match = evidence[column.name].match(Target.NEXT_CALL)
        if len(fits) == 1:
            found.append(_next_call(column, fits[0], match))
        else:
            found.append(_unclear_next_call(column, fits))
    return _without_ties(found)


def _unclear_next_call(column: ColumnEvidence, fits: list[Fit]) -> Proposal:
    question = Remark("next-call")
    if fits:
        return _dated(column, (), (question, ambiguous_dates(column, fits)))
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
    is_active = is_ahead and match >= NameMatch.LIKELY and not column.blank_words
    if not is_active:
        remarks.insert(0, Remark("next-call"))
    return _dated(column, _formats(fit), tuple(remarks), is_active=is_active)


def _dated(
    column: ColumnEvidence, keys: RuleKeys, remarks: tuple[Remark, ...], *, is_active: bool = False
) -> Proposal:
    blanks, questions = blanks_of(column)
    return Proposal(
        Target.NEXT_CALL,
        Target.NEXT_CALL,
        column,
        keys=(("type", CellType.DATETIME), *keys, *blanks),
        is_active=is_active,
        remarks=(*remarks, *questions),
    )


def _formats(fit: Fit) -> RuleKeys:
    return (("formats", fit.reading.formats),) if fit.reading.formats else ()


def _fields(
    columns: Sequence[ColumnEvidence],
    evidence: Mapping[str, NameEvidence],
    known: KnownCampaign | None,
) -> list[Proposal]:
    by_words = {words_of(name): name for name in known.fields} if known else {}
    wanted = [by_words.get(evidence[column.name].words) for column in columns]
    used: set[str] = set(by_words.values())
    found = []
    for column, name in zip(columns, wanted, strict=True):
        reading = reading_of(column, negated=evidence[column.name].negated)
        is_known = name is not None and wanted.count(name) == 1
        field = name if is_known and name is not None else _field_name(column.name, used)
        used.add(field)
        found.append(
            Proposal(
                Target.FIELD,
                field,
                column,
                keys=reading.keys,
                is_active=is_known and reading.is_certain,
                remarks=(Remark("known-field"), *reading.remarks) if is_known else reading.remarks,
            )
        )
    return found


def _field_name(name: str, used: set[str]) -> str:
    plain = "_".join(words_of(name)) or name
    numbered = (plain if number == 1 else f"{plain}_{number}" for number in range(1, len(used) + 3))
    return next(each for each in numbered if each not in used)


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
