"""The rules of a mapping, each with the columns that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from bulk_update.cells.damage import unreadable
from bulk_update.cells.identifiers import (
    campaign_refusal,
    identifier_refusal,
    read_campaign,
    read_identifier,
)
from bulk_update.cells.ordinary import (
    ReadAtOnce,
    one_by_one,
    ordinary_decimals,
    ordinary_identifiers,
    ordinary_integers,
)
from bulk_update.cells.typed_cells import CellType
from bulk_update.mapping import Mapping
from bulk_update.mapping.compiled_rules import CompiledRule, RuleContext
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.mapping.schema import RECORD_FIELDS, ColumnReference
from bulk_update.records import Issue, TypedCell
from bulk_update.translation.mapped_columns import ColumnRule, MappedColumn
from bulk_update.translation.marks import unless_marked
from bulk_update.translation.row_filter import row_filter

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class MappedColumns:
    """What the mapping makes of the rows of a chunk, column by column."""

    takes_part: MappedColumn[bool]
    campaigns: MappedColumn[str]
    identifiers: MappedColumn[str]
    fields: tuple[MappedColumn[str | None], ...]

    def __iter__(self) -> Iterator[MappedColumn[Any]]:
        """Yield all columns, in the order in which a row's reasons are listed."""
        yield self.takes_part
        yield self.campaigns
        yield self.identifiers
        yield from self.fields


@dataclass(frozen=True, slots=True)
class ColumnRules:
    """All rules of a mapping, for a file whose columns are known."""

    takes_part: ColumnRule[bool]
    campaign: ColumnRule[str]
    identifier: ColumnRule[str]
    fields: tuple[ColumnRule[str | None], ...]

    def map_frame(self, frame: pd.DataFrame) -> MappedColumns:
        """Map the rows of a chunk, column by column."""
        return MappedColumns(
            self.takes_part.map_cells(frame),
            self.campaign.map_cells(frame),
            self.identifier.map_cells(frame),
            tuple(field.map_cells(frame) for field in self.fields),
        )


def column_rules(
    mapping: Mapping, *, positions: MappingOf[str, int], is_failed_csv: bool
) -> ColumnRules:
    """Compile a mapping; `positions` count the mapped columns from 0, by name."""
    file = _File(positions, is_failed_csv)
    return ColumnRules(
        takes_part=_takes_part(mapping, file),
        campaign=_campaign(mapping, file),
        identifier=file.rule(
            (mapping.identifier.column,),
            read_identifier,
            identifier_refusal,
            read_at_once=ordinary_identifiers,
        ),
        fields=tuple(_fields(mapping, file)),
    )


@dataclass(frozen=True, slots=True)
class _File:
    positions: MappingOf[str, int]
    is_failed_csv: bool

    def rule(
        self,
        names: Sequence[str],
        read: Callable[[Any], Result | Issue],
        refusal: Callable[[TypedCell], Issue | None],
        *,
        joins: bool = False,
        read_at_once: ReadAtOnce = one_by_one,
    ) -> ColumnRule[Result]:
        return ColumnRule(
            positions=tuple(self.positions[name] for name in names),
            read=unless_marked(read) if self.is_failed_csv else read,
            refusal=refusal,
            columns=tuple(names),
            joins=joins,
            read_at_once=one_by_one if self.is_failed_csv else read_at_once,
        )


def _constant(value: Result | Issue) -> ColumnRule[Result]:
    return ColumnRule(positions=(), read=lambda _: value, refusal=unreadable)


def _takes_part(mapping: Mapping, file: _File) -> ColumnRule[bool]:
    if mapping.where is None:
        return _constant(value=True)
    return file.rule((mapping.where.column,), row_filter(mapping.where), unreadable)


def _campaign(mapping: Mapping, file: _File) -> ColumnRule[str]:
    if isinstance(mapping.campaign, ColumnReference):
        return file.rule((mapping.campaign.column,), read_campaign, campaign_refusal)
    return _constant(mapping.campaign)


def _fields(mapping: Mapping, file: _File) -> Iterator[ColumnRule[str | None]]:
    for path, rule in mapping.update.rules():
        context = RuleContext(
            clear_token=mapping.clear_token,
            api_timezone=mapping.api_timezone,
            can_clear=path[0] == RECORD_FIELDS,
            is_failed_csv=file.is_failed_csv,
        )
        compiled = CompiledRule(rule, context)
        if rule.value is not None:
            yield _constant(compiled.of_constant(rule.value))
        elif rule.columns:
            yield file.rule(rule.columns, compiled.of_cells, compiled.refusal, joins=True)
        else:
            yield file.rule(
                rule.column_names,
                compiled.of_cell,
                compiled.refusal,
                read_at_once=_read_at_once(rule, mapping.clear_token),
            )


def _read_at_once(rule: CellRule, clear_token: str) -> ReadAtOnce:
    """Return how to read ordinary cells at once, where a rule does nothing but read a number."""
    if rule.lookup or rule.case or rule.pattern or rule.max_length:
        return one_by_one
    read: ReadAtOnce = one_by_one
    if rule.type is CellType.INTEGER:
        read = ordinary_integers
    elif rule.type is CellType.DECIMAL:
        read = ordinary_decimals(rule.decimal or ".")
    return read if read([clear_token]) is None else one_by_one
