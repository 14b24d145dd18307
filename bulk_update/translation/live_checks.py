"""Checks of rows against what is known of their campaigns; names of statuses become ids.

Few combinations of campaign, status and agent occur in a file, so each is judged once per chunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.mapping import Mapping
from bulk_update.mapping.schema import STATUS_ID, STATUS_NAME
from bulk_update.records import Chunk, Issue
from bulk_update.reference import CampaignReference
from bulk_update.translation.campaign_rules import CampaignRules, looked_up
from bulk_update.translation.column_rules import MappedColumns
from bulk_update.translation.mapped_columns import MappedColumn

Result = TypeVar("Result")


class References(Protocol):
    """A source of reference data."""

    def of(self, campaign_id: str) -> CampaignReference:
        """Return what is known of a campaign; raises whatever ends the run."""


class _Values(NamedTuple):
    """The values of a row that are judged together.

    `status` and `agent` are None where a row does not set them, or where its own rule has already
    refused the cell. `has_agent` and `has_call_date` are False only where a row does not set them.
    """

    campaign_id: str
    status: str | None
    agent: str | None
    has_agent: bool
    has_call_date: bool


class _Judgement(NamedTuple):
    """The status to send, as an id, or why it is refused; and what else is wrong with the row."""

    status: str | Issue | None = None
    faults: tuple[Issue, ...] = ()

    def fault(self, *codes: IssueCode) -> Issue | None:
        """Return the fault with one of these codes, or None."""
        return next((issue for issue in self.faults if issue.code in codes), None)


_UNJUDGED = _Judgement()


def live_checks(mapping: Mapping, references: References | None) -> LiveChecks | None:
    """Return the checks of a mapping; None without reference data."""
    return None if references is None else LiveChecks(mapping, references)


class LiveChecks:
    """Checks chunks of rows."""

    def __init__(self, mapping: Mapping, references: References) -> None:
        keys = [path[0] for path, _ in mapping.update.rules()]

        def position(*names: str) -> int | None:
            return next((index for index, key in enumerate(keys) if key in names), None)

        self._campaign_id = mapping.campaign if isinstance(mapping.campaign, str) else None
        self._references = references
        self._by_name = STATUS_NAME in keys
        self._status = position(STATUS_ID, STATUS_NAME)
        self._agent = position("agent_login")
        self._call_date = position("next_call_date")
        self._rules: dict[str, CampaignRules] = {}

    def checked(self, chunk: Chunk, columns: MappedColumns) -> MappedColumns:
        """Return the columns with ids in place of names, and with what is wrong as `checks`.

        Rows that do not take part, or have a fault of their own, are not judged.
        """
        combinations = _Combinations(
            [
                columns.campaigns.index_of_distinct,
                _index(columns, self._status),
                _index(columns, self._agent),
                _has_value(columns, self._call_date),
            ],
            left_out=_left_out(chunk, columns),
        )
        judgements = [
            _UNJUDGED if indices is None else self._judged(columns, indices)
            for indices in combinations.indices
        ]
        return replace(
            columns,
            fields=tuple(self._fields(columns, judgements, combinations)),
            checks=tuple(self._checks(columns, judgements, combinations)),
        )

    def _judged(self, columns: MappedColumns, indices: Sequence[int]) -> _Judgement:
        campaign, status, agent, has_call_date = indices
        campaign_id = columns.campaigns.results[campaign]
        if isinstance(campaign_id, Issue):
            return _UNJUDGED
        named, login = (
            self._result(columns, self._status, status),
            self._result(columns, self._agent, agent),
        )
        return self._judge(
            _Values(
                campaign_id,
                status=named if isinstance(named, str) else None,
                agent=login if isinstance(login, str) else None,
                has_agent=login is not None,
                has_call_date=bool(has_call_date),
            )
        )

    def _result(
        self, columns: MappedColumns, position: int | None, index: int
    ) -> str | Issue | None:
        return None if position is None else columns.fields[position].results[index]

    def _judge(self, values: _Values) -> _Judgement:
        rules = self._rules_of(values.campaign_id)
        faults: list[Issue] = []
        status: str | Issue | None = values.status
        if isinstance(status, str) and self._by_name:
            named = rules.status_named(status)
            status = named if isinstance(named, Issue) else named.status_id
        elif isinstance(status, str) and (fault := rules.status_fault(status)):
            faults.append(fault)
        if values.agent is not None and (fault := rules.agent_fault(values.agent)):
            faults.append(fault)
        if isinstance(status, str):
            faults += rules.missing(
                status, has_agent=values.has_agent, has_call_date=values.has_call_date
            )
        return _Judgement(status, tuple(faults))

    def _rules_of(self, campaign_id: str) -> CampaignRules:
        if campaign_id not in self._rules:
            self._rules[campaign_id] = CampaignRules(self._references.of(campaign_id))
        return self._rules[campaign_id]

    def _fields(
        self, columns: MappedColumns, judgements: Sequence[_Judgement], rows: _Combinations
    ) -> Iterable[MappedColumn[str | None]]:
        """Yield the fields, with the ids of statuses in place of their names."""
        for position, field in enumerate(columns.fields):
            if not (self._by_name and position == self._status):
                yield field
                continue
            refused = (
                self._result(columns, position, indices[1]) if indices else None
                for indices in rows.indices
            )
            yield rows.column(
                field,
                [
                    own if isinstance(own, Issue) else judgement.status
                    for own, judgement in zip(refused, judgements, strict=True)
                ],
            )

    def _checks(
        self, columns: MappedColumns, judgements: Sequence[_Judgement], rows: _Combinations
    ) -> Iterable[MappedColumn[Any]]:
        """Yield a column per check; a field that is not mapped is missing in the status's cell."""
        checks = (
            (self._status, (IssueCode.UNKNOWN_STATUS,)),
            (self._agent, (IssueCode.UNKNOWN_AGENT, IssueCode.INACTIVE_AGENT)),
            (_first(self._agent, self._status), (IssueCode.AGENT_MISSING,)),
            (_first(self._call_date, self._status), (IssueCode.DATE_MISSING,)),
        )
        for position, codes in checks:
            if position is None:
                continue
            found = [judgement.fault(*codes) for judgement in judgements]
            if any(found):
                if codes == (IssueCode.UNKNOWN_STATUS,):
                    cells = columns.fields[position].distinct
                    found = [
                        looked_up(issue, cell=cells[indices[1]]) if issue and indices else None
                        for issue, indices in zip(found, rows.indices, strict=True)
                    ]
                yield rows.column(columns.fields[position], found)


def _first(*positions: int | None) -> int | None:
    return next((position for position in positions if position is not None), None)


class _Combinations:
    """The combinations that occur in the rows of a chunk.

    `indices` holds, for each combination, the index of the distinct cell of campaign, status and
    agent, and whether there is a call date; None stands for the rows that are not judged.
    """

    def __init__(self, parts: Sequence[NDArray[np.intp]], *, left_out: NDArray[np.bool_]) -> None:
        sizes = [int(part.max(initial=0)) + 1 for part in parts]
        codes = np.where(left_out, -1, np.ravel_multi_index(parts, sizes))
        self._index_of_combination, distinct = pd.factorize(codes)
        self.indices: list[tuple[int, ...] | None] = [
            None if code < 0 else tuple(map(int, np.unravel_index(code, sizes)))
            for code in distinct.tolist()
        ]

    def column(
        self, like: MappedColumn[Any], results: Sequence[Result | Issue]
    ) -> MappedColumn[Result]:
        """Return a column with one result per combination, and the names of another column."""
        named: list[Any] = [
            replace(result, columns=like.rule.columns) if isinstance(result, Issue) else result
            for result in results
        ]
        return MappedColumn(
            like.rule,
            self._index_of_combination,
            distinct=[None] * len(named),
            text="",
            results=named,
            issues={index: each for index, each in enumerate(named) if isinstance(each, Issue)},
        )


def _index(columns: MappedColumns, position: int | None) -> NDArray[np.intp]:
    """Return the index of each row's cell in a field; 0 if it is not mapped."""
    if position is None:
        return np.zeros_like(columns.campaigns.index_of_distinct)
    return columns.fields[position].index_of_distinct


def _has_value(columns: MappedColumns, position: int | None) -> NDArray[np.intp]:
    """Return 1 for each row that has a value in a field, even one that its rule refuses."""
    if position is None:
        return np.zeros_like(columns.campaigns.index_of_distinct)
    field = columns.fields[position]
    return field.spread([result is not None for result in field.results], np.intp)


def _left_out(chunk: Chunk, columns: MappedColumns) -> NDArray[np.bool_]:
    takes_part = columns.takes_part
    left_out = takes_part.spread([result is not True for result in takes_part.results], np.bool_)
    if chunk.faults:
        left_out |= chunk.frame.index.isin(list(chunk.faults))
    return left_out
