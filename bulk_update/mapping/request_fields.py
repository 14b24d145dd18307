"""The fields of the requests, for all rows of a chunk at once: states, bodies and masks.

A body is compact JSON whose values are all strings, with its keys in the mapping's order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from json.encoder import encode_basestring

import numpy as np
from numpy.typing import NDArray

from bulk_update.mapping.cell_rules import CompiledRule, RuleContext
from bulk_update.mapping.columnwise import (
    MappedColumn,
    Objects,
    is_text,
    map_cells,
    same_for_all,
)
from bulk_update.mapping.field_masks import pack_fields
from bulk_update.mapping.mapping import Mapping
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.mapping.schema import RECORD_FIELDS

_RECORD_FIELDS = encode_basestring(RECORD_FIELDS)

Columns = Callable[[str], Objects]
"""Answers a chunk's cells in a column, by the name that the mapping uses."""


class FieldState(IntEnum):
    """What a row does to a field."""

    OMITTED = 0
    SET = 1
    CLEARED = 2
    INVALID = 3


@dataclass(frozen=True, slots=True)
class FieldMapper:
    """Maps the cells of a rule's columns, or its constant, to one field of the request.

    A nested field stands in `record_fields`.
    """

    name: str
    rule: CellRule
    compiled: CompiledRule
    nested: bool

    def map(self, columns: Columns, *, rows: int) -> MappedColumn[str | None]:
        """Map a chunk's cells to the texts that are sent (None: the field is left alone)."""
        if self.rule.value is not None:
            return same_for_all(result=self.compiled.of_constant(self.rule.value), rows=rows)
        if self.rule.column is not None:
            cells = columns(self.rule.column)
            if is_text(cells):
                return map_cells(
                    cells,
                    self.compiled.of_text_cell,
                    label=self.compiled.labelled,
                    shortcut=self.compiled.shortcut,
                )
            return map_cells(cells, self.compiled.of_cell)
        parts = [columns(name) for name in self.rule.column_names]
        tuples = np.fromiter(zip(*parts, strict=True), dtype=object, count=rows)
        return map_cells(tuples, self.compiled.of_cells)

    def fragments(
        self,
        column: MappedColumn[str | None],
        *,
        before: str = "",
        comma_before: str = "",
        comma_behind: str = "",
        behind: str = "",
    ) -> Objects:
        """Return each row's part of its body; commas are there only where the field is."""
        start = f"{before}{comma_before}{encode_basestring(self.name)}:"
        end = f"{comma_behind}{behind}"
        nothing = f"{before}{behind}"
        parts = [
            f"{start}{encode_basestring(text)}{end}" if isinstance(text, str) else nothing
            for text in column.results
        ]
        return column.spread(parts, np.object_)


def field_mappers(mapping: Mapping, *, ours: bool) -> Iterator[FieldMapper]:
    """Yield the mapper of each field, in body order."""
    for path, rule in mapping.update.rules():
        nested = path[0] == RECORD_FIELDS
        context = RuleContext(
            clear_token=mapping.clear_token,
            api_timezone=mapping.api_timezone,
            can_clear=nested,
            ours=ours,
        )
        compiled = CompiledRule(rule, context)
        yield FieldMapper(str(path[-1]), rule, compiled, nested)


def states_of(columns: Sequence[MappedColumn[str | None]]) -> NDArray[np.uint8]:
    """Return a FieldState for each row and field."""
    return np.column_stack([_states(column) for column in columns])


def _states(column: MappedColumn[str | None]) -> NDArray[np.uint8]:
    done, omitted, cleared = FieldState.SET, FieldState.OMITTED, FieldState.CLEARED
    if not column.issues and all(column.results):
        return np.full(len(column.codes), done, dtype=np.uint8)
    states = [done if text else omitted if text is None else cleared for text in column.results]
    for place in column.issues:
        states[place] = FieldState.INVALID
    return column.spread(states, np.uint8)


def masks_of(states: NDArray[np.uint8]) -> list[bytes]:
    """Return, for each row, which fields its body sets and which it clears."""
    return pack_fields(sets=states == FieldState.SET, clears=states == FieldState.CLEARED)


Field = tuple[FieldMapper, MappedColumn[str | None]]


def bodies_of(
    mappers: Sequence[FieldMapper], columns: Sequence[MappedColumn[str | None]]
) -> list[str]:
    """Return each row's body; one of a row without any value is `{}`.

    Where every row has a certain field, commas hang on the others: behind those before it, in
    front of those after it. Rows then need only be joined.
    """
    fields = list(zip(mappers, columns, strict=True))
    certain = _certain_field(fields)
    if certain is None:
        return _bodies_with_gaps(fields)
    places = [index for index, (mapper, _) in enumerate(fields) if mapper.nested]
    opening = dict.fromkeys(places[:1], f"{_RECORD_FIELDS}:{{")
    closing = dict.fromkeys(places[-1:], "}")
    parts = [
        mapper.fragments(
            column,
            before=opening.get(index, ""),
            comma_before="," * (index > certain),
            comma_behind="," * (index < certain),
            behind=closing.get(index, ""),
        )
        for index, (mapper, column) in enumerate(fields)
    ]
    return [f"{{{text}}}" for text in _joined(parts)]


def _certain_field(fields: Sequence[Field]) -> int | None:
    """Return the place of a field that every row has: a nested one, where there are any."""
    is_nested = any(mapper.nested for mapper, _ in fields)
    for index, (mapper, column) in enumerate(fields):
        if mapper.nested == is_nested and None not in column.results:
            return index
    return None


def _bodies_with_gaps(fields: Sequence[Field]) -> list[str]:
    members: list[Iterable[str]] = []
    for nested, group in groupby(fields, key=lambda field: field[0].nested):
        fragments = [mapper.fragments(column, comma_behind=",") for mapper, column in group]
        members.extend([_record_fields(fragments)] if nested else fragments)
    return [f"{{{text[:-1]}}}" for text in _joined(members)]


def _joined(members: Iterable[Iterable[str]]) -> Iterator[str]:
    return map("".join, zip(*members, strict=True))


def _record_fields(fragments: Iterable[Iterable[str]]) -> list[str]:
    return [f"{_RECORD_FIELDS}:{{{text[:-1]}}}," if text else "" for text in _joined(fragments)]
