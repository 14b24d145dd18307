"""Proposes columns for the campaign, status, agent and fields.

Status and agent are certain only if their values are those that the service shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bulk_update.cells.comparison import as_seen
from bulk_update.columns import column_key
from bulk_update.mapping.schema import STATUS_NAME
from bulk_update.messages.remarks import Remark
from bulk_update.proposals.blank_words import is_blank_word
from bulk_update.proposals.candidates import candidates, without_ties
from bulk_update.proposals.column_reading import blanks_of, reading_of
from bulk_update.proposals.evidence import MOST_LISTED, ColumnEvidence, KnownCampaign, LiveCampaigns
from bulk_update.proposals.header_words import words_of
from bulk_update.proposals.names import NameEvidence, Target
from bulk_update.proposals.proposal import Proposal
from bulk_update.proposals.shapes import Shape

_NEARLY_ALL = 0.95


def propose_campaigns(
    columns: Sequence[ColumnEvidence], evidence: Mapping[str, NameEvidence]
) -> list[Proposal]:
    """Propose columns of campaign ids; certain if every cell is one."""
    found = []
    for column in candidates(columns, evidence, Target.CAMPAIGN):
        is_active = (
            Shape.CAMPAIGN in column.shapes
            and not column.blanks
            and not column.blank_words
            and not column.unreadable
            and column.values is not None
        )
        remark = Remark("campaign-column" if is_active else "campaign-names")
        found.append(
            Proposal(
                Target.CAMPAIGN, Target.CAMPAIGN, column, is_active=is_active, remarks=(remark,)
            )
        )
    return without_ties(found)


def propose_statuses(
    columns: Sequence[ColumnEvidence],
    evidence: Mapping[str, NameEvidence],
    live: LiveCampaigns | None,
) -> list[Proposal]:
    """Propose columns of statuses."""
    found = []
    for column in candidates(columns, evidence, Target.STATUS):
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
    return without_ties(found)


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


def propose_agents(
    columns: Sequence[ColumnEvidence],
    evidence: Mapping[str, NameEvidence],
    live: LiveCampaigns | None,
) -> list[Proposal]:
    """Propose columns of agents."""
    found = []
    for column in candidates(columns, evidence, Target.AGENT):
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
    return without_ties(found)


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


def propose_fields(
    columns: Sequence[ColumnEvidence],
    evidence: Mapping[str, NameEvidence],
    known: KnownCampaign | None,
) -> list[Proposal]:
    """Propose a field of the campaign for each column.

    It is certain if earlier runs of a `known` campaign sent the field, and all cells can be read.
    """
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
