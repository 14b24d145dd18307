"""The rules of a mapping, bound to the columns that they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import pandas as pd

from bulk_update.cells.damage import unreadable
from bulk_update.cells.identifiers import campaign_refusal, read_campaign
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
from bulk_update.mapping.identifier_rules import CompiledIdentifier
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.mapping.schema import RECORD_FIELDS, ColumnReference, ExportColumn
from bulk_update.records import Issue, TypedCell
from bulk_update.translation.mapped_columns import ColumnRule, MappedColumn
from bulk_update.translation.marks import unless_marked
from bulk_update.translation.row_filter import RowFilter

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class MappedColumns:
    """The mapped values of a chunk's rows, column by column."""

    takes_part: MappedColumn[bool]
    campaigns: MappedColumn[str]
    identifiers: MappedColumn[str]
    fields: tuple[MappedColumn[str | None], ...]
    exported: MappedColumn[str | None] | None = None
    checks: tuple[MappedColumn[None], ...] = ()
    """The faults of the rows' values according to reference data."""

    def __iter__(self) -> Iterator[MappedColumn[Any]]:
        """Yield all columns, in the order in which the reasons of a row are listed."""
        yield self.takes_part
        yield self.campaigns
        yield self.identifiers
        yield from self.fields
        if self.exported is not None:
            yield self.exported
        yield from self.checks


@dataclass(frozen=True, slots=True)
class ColumnRules:
    """All rules of a mapping, bound to the columns of a file."""

    takes_part: ColumnRule[bool]
    campaign: ColumnRule[str]
    identifier: ColumnRule[str]
    fields: tuple[ColumnRule[str | None], ...]
    exported: ColumnRule[str | None] | None

    def map_frame(self, frame: pd.DataFrame) -> MappedColumns:
        """Map the rows of a chunk, column by column."""
        return MappedColumns(
            self.takes_part.map_cells(frame),
            self.campaign.map_cells(frame),
            self.identifier.map_cells(frame),
            tuple(field.map_cells(frame) for field in self.fields),
            None if self.exported is None else self.exported.map_cells(frame),
        )


def column_rules(
    mapping: Mapping, *, positions: MappingOf[str, int], is_failed_csv: bool, today: date
) -> ColumnRules:
    """Compile a mapping; `positions` are the positions of the mapped columns from 0, by name."""
    file = _File(positions, is_failed_csv, today)
    return ColumnRules(
        takes_part=_takes_part(mapping, file),
        campaign=_campaign(mapping, file),
        identifier=_identifier(mapping, file),
        fields=tuple(_fields(mapping, file)),
        exported=_exported(mapping, file),
    )


@dataclass(frozen=True, slots=True)
class _File:
    positions: MappingOf[str, int]
    is_failed_csv: bool
    today: date

    def rule(
        self,
        names: Sequence[str],
        read: Callable[[Any], Result | Issue],
        refusal: Callable[[TypedCell], Issue | None],
        *,
        joins: bool = False,
        read_at_once: ReadAtOnce = one_by_one,
        reader_for: Callable[[str], Callable[[Any], Result | Issue]] | None = None,
    ) -> ColumnRule[Result]:
        return ColumnRule(
            positions=tuple(self.positions[name] for name in names),
            read=unless_marked(read) if self.is_failed_csv else read,
            refusal=refusal,
            columns=tuple(names),
            joins=joins,
            read_at_once=one_by_one if self.is_failed_csv else read_at_once,
            reader_for=None if self.is_failed_csv else reader_for,
        )


def _constant(value: Result | Issue) -> ColumnRule[Result]:
    return ColumnRule(positions=(), read=lambda _: value, refusal=unreadable)


def _takes_part(mapping: Mapping, file: _File) -> ColumnRule[bool]:
    if not mapping.where:
        return _constant(value=True)
    row_filter = RowFilter(mapping.where)
    columns = [condition.column for condition in mapping.where]
    if len(columns) == 1:
        return file.rule(columns, row_filter.takes_part_by_cell, unreadable)
    return file.rule(columns, row_filter.takes_part, unreadable, joins=True)


def _identifier(mapping: Mapping, file: _File) -> ColumnRule[str]:
    rule = mapping.identifier
    compiled = CompiledIdentifier(rule, blanks=mapping.blank_words(rule))
    return file.rule(
        (rule.column,),
        compiled.of_cell,
        compiled.refusal,
        read_at_once=ordinary_identifiers if compiled.keeps_words else one_by_one,
    )


def _campaign(mapping: Mapping, file: _File) -> ColumnRule[str]:
    if isinstance(mapping.campaign, ColumnReference):
        return file.rule((mapping.campaign.column,), read_campaign, campaign_refusal)
    return _constant(mapping.campaign)


def _exported(mapping: Mapping, file: _File) -> ColumnRule[str | None] | None:
    if not isinstance(mapping.not_called_since, ExportColumn):
        return None
    rule = mapping.not_called_since.as_rule()
    compiled = CompiledRule(rule, _context(mapping, rule, file, can_clear=False))
    return file.rule(
        rule.column_names, compiled.of_cell, compiled.refusal, reader_for=compiled.reader_for
    )


def _context(mapping: Mapping, rule: CellRule, file: _File, *, can_clear: bool) -> RuleContext:
    return RuleContext(
        clear_token=mapping.clear_token,
        api_timezone=mapping.api_timezone,
        can_clear=can_clear,
        is_failed_csv=file.is_failed_csv,
        blanks=mapping.blank_words(rule),
        today=file.today,
    )


def _fields(mapping: Mapping, file: _File) -> Iterator[ColumnRule[str | None]]:
    for path, rule in mapping.update.rules():
        context = _context(mapping, rule, file, can_clear=path[0] == RECORD_FIELDS)
        compiled = CompiledRule(rule, context)
        if rule.value is not None:
            yield _constant(compiled.of_constant(rule.value))
        elif rule.columns:
            yield file.rule(
                rule.columns,
                compiled.of_cells,
                compiled.refusal,
                joins=True,
                reader_for=compiled.reader_for,
            )
        else:
            yield file.rule(
                rule.column_names,
                compiled.of_cell,
                compiled.refusal,
                reader_for=compiled.reader_for,
                read_at_once=_read_at_once(rule, (mapping.clear_token, *context.blanks)),
            )


def _read_at_once(rule: CellRule, words: Sequence[str]) -> ReadAtOnce:
    """Return how to read ordinary cells all at once, if the rule only reads a number.

    `words` have a special meaning and are not read as numbers.
    """
    if rule.lookup or rule.remove or rule.case or rule.pattern or rule.max_length:
        return one_by_one
    read: ReadAtOnce = one_by_one
    if rule.type is CellType.INTEGER:
        read = ordinary_integers
    elif rule.type is CellType.DECIMAL:
        read = ordinary_decimals(rule.decimal or ".")
    return one_by_one if any(read([word]) for word in words) else read
