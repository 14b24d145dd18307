"""The mapping applied to a chunk of rows, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from bulk_update.mapping.columnwise import MappedColumn, Objects, map_cells, same_for_all
from bulk_update.mapping.header import positions_of
from bulk_update.mapping.identifiers import (
    campaign_refusal,
    identifier_refusal,
    read_campaign,
    read_identifier,
)
from bulk_update.mapping.mapping import Mapping
from bulk_update.mapping.marks import Use, marked_cells, unless_marked
from bulk_update.mapping.quoting import quoted
from bulk_update.mapping.request_fields import (
    Columns,
    FieldState,
    bodies_of,
    field_mappers,
    masks_of,
    states_of,
)
from bulk_update.mapping.row_filter import RowFilter
from bulk_update.mapping.schema import ColumnReference
from bulk_update.mapping.typed_cells import unreadable
from bulk_update.mapping.verdicts import Verdicts, judge
from bulk_update.mapping.whole_columns import Shortcut, ordinary_identifiers
from bulk_update.records import Cell, Chunk, Issue, MappedChunk

Part = TypeVar("Part")


class Translator:
    """Turns chunks of a file's rows into the changes that the mapping makes of them.

    A row is `invalid` with all its reasons (its own fault; or `where`, campaign, identifier and
    the fields in the mapping's order), or `filtered`, or it has a body. Raises MappingError when
    mapped columns are missing from the header, or stand there twice.
    """

    def __init__(
        self,
        mapping: Mapping,
        *,
        header: Sequence[str],
        mapping_path: str,
        file_name: str,
        ours: bool = False,
    ) -> None:
        self._mapping = mapping
        self._positions = positions_of(
            mapping, header=header, mapping_path=mapping_path, file_name=file_name
        )
        self._ours = ours
        self._mappers = tuple(field_mappers(mapping, ours=ours))

    def translate(self, chunk: Chunk) -> MappedChunk:
        """Map every row of a chunk: it has one entry in each of the result's sequences."""
        rows = len(chunk.frame)
        columns = self._columns_of(chunk.frame)
        campaigns = self._campaigns(columns, rows=rows)
        identifiers = self._keys(
            columns, self._mapping.identifier, read_identifier, shortcut=ordinary_identifiers
        )
        mapped = [mapper.map(columns, rows=rows) for mapper in self._mappers]
        states = states_of(mapped)
        takes_part = self._takes_part(columns, rows=rows)
        verdicts = judge(
            chunk,
            takes_part=takes_part,
            checked=(campaigns, identifiers, *mapped),
            empty=(states == FieldState.OMITTED).all(axis=1),
        )
        return MappedChunk(
            numbers=chunk.frame.index.tolist(),
            campaign_ids=_texts(campaigns),
            identifiers=_texts(identifiers),
            cells=marked_cells(
                chunk,
                self._uses(takes_part, campaigns, identifiers, mapped),
                outcomes=verdicts.outcomes,
            ),
            bodies=_where_sent(bodies_of(self._mappers, mapped), verdicts),
            fields=_where_sent(masks_of(states), verdicts),
            outcomes=verdicts.outcomes,
            codes=verdicts.codes,
            messages=verdicts.messages,
        )

    def _columns_of(self, frame: pd.DataFrame) -> Columns:
        def cells(name: str) -> Objects:
            return frame[self._positions[name]].to_numpy(dtype=object)

        return cells

    def _takes_part(self, columns: Columns, *, rows: int) -> MappedColumn[bool]:
        where = self._mapping.where
        if where is None:
            return same_for_all(result=True, rows=rows)
        decide: Callable[[Cell], bool | Issue] = RowFilter(where).takes_part
        if self._ours:
            decide = unless_marked(decide, label=_label_of(where.column))
        return map_cells(columns(where.column), decide)

    def _campaigns(self, columns: Columns, *, rows: int) -> MappedColumn[str]:
        campaign = self._mapping.campaign
        if isinstance(campaign, str):
            return same_for_all(result=campaign, rows=rows)
        return self._keys(columns, campaign, read_campaign)

    def _keys(
        self,
        columns: Columns,
        named: ColumnReference,
        read: Callable[[Cell], str | Issue],
        *,
        shortcut: Shortcut | None = None,
    ) -> MappedColumn[str]:
        label = _label_of(named.column)
        if self._ours:
            return map_cells(columns(named.column), unless_marked(read), label=label)
        return map_cells(columns(named.column), read, label=label, shortcut=shortcut)

    def _uses(
        self,
        takes_part: MappedColumn[bool],
        campaigns: MappedColumn[str],
        identifiers: MappedColumn[str],
        fields: Sequence[MappedColumn[str | None]],
    ) -> Iterator[Use]:
        """Yield every use of a column: one may be used more than once."""
        mapping, positions = self._mapping, self._positions
        if mapping.where:
            yield Use(positions[mapping.where.column], takes_part, unreadable)
        if isinstance(mapping.campaign, ColumnReference):
            yield Use(positions[mapping.campaign.column], campaigns, campaign_refusal)
        yield Use(positions[mapping.identifier.column], identifiers, identifier_refusal)
        for mapper, mapped in zip(self._mappers, fields, strict=True):
            for name in mapper.rule.column_names:
                yield Use(positions[name], mapped, mapper.compiled.refusal)


def _label_of(column: str) -> Callable[[Issue], Issue]:
    def label(issue: Issue) -> Issue:
        return replace(issue, message=f"column {quoted(column)}: {issue.message}", column=column)

    return label


def _texts(column: MappedColumn[str]) -> list[str | None]:
    texts: list[Any] = column.results
    if column.issues:
        texts = [None if isinstance(result, Issue) else result for result in texts]
    spread: list[str | None] = column.spread(texts, np.object_).tolist()
    return spread


def _where_sent(parts: Sequence[Part], verdicts: Verdicts) -> Sequence[Part | None]:
    """Return the parts of the rows that have no outcome yet."""
    if not any(verdicts.outcomes):
        return parts
    found = zip(parts, verdicts.outcomes, strict=True)
    return [None if outcome else part for part, outcome in found]
