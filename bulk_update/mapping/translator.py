"""The mapping applied to a chunk of rows, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bulk_update.mapping.cell_rules import CompiledRule, Mapped, RuleContext
from bulk_update.mapping.codes import IssueCode
from bulk_update.mapping.columnwise import MappedColumn, Objects, map_cells, same_for_all
from bulk_update.mapping.fields import pack_fields
from bulk_update.mapping.header import positions_of
from bulk_update.mapping.identifiers import read_campaign, read_identifier
from bulk_update.mapping.mapping import Mapping
from bulk_update.mapping.quoting import quoted
from bulk_update.mapping.row_filter import RowFilter
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.mapping.schema import RECORD_FIELDS, ColumnReference
from bulk_update.records import Cell, Chunk, Issue, MappedChunk, Status

NOTHING_TO_UPDATE = Issue(
    IssueCode.NOTHING_TO_UPDATE, "every mapped cell is blank: there is nothing to update"
)

Columns = Callable[[str], Objects]
"""Answers the cells of a column of the chunk at hand, by the name that the mapping uses."""


class Translator:
    """Turns chunks of a file's rows into the changes that the mapping makes of them.

    A row is `invalid` with all its reasons (its own fault, then `where`, campaign, identifier and
    the fields in the mapping's order), or `filtered`, or has a body. Raises MappingError when
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
        self._positions = positions_of(
            mapping, header=header, mapping_path=mapping_path, file_name=file_name
        )
        self._mapping = mapping
        self._filter = RowFilter(mapping.where) if mapping.where else None
        self._campaign = _labelled(read_campaign, mapping.campaign)
        self._identifier = _labelled(read_identifier, mapping.identifier)
        self._fields = tuple(_fields(mapping, ours=ours))

    def translate(self, chunk: Chunk) -> MappedChunk:
        """Map every row of a chunk: it has one entry in each of the result's sequences."""
        rows = len(chunk.frame)
        columns = self._columns_of(chunk.frame)
        takes_part = self._takes_part(columns, rows=rows)
        campaigns = self._campaigns(columns, rows=rows)
        identifiers = map_cells(columns(self._mapping.identifier.column), self._identifier)
        fields = [field.map(columns, rows=rows) for field in self._fields]
        verdicts = _verdicts(
            chunk, takes_part=takes_part, keys=(campaigns, identifiers), fields=fields
        )
        sent = verdicts.sent
        return MappedChunk(
            numbers=chunk.frame.index.tolist(),
            campaign_ids=campaigns.each(_text_or_none, object).tolist(),
            identifiers=identifiers.each(_text_or_none, object).tolist(),
            cells=chunk.cells,
            bodies=_where_sent(sent, self._bodies(fields)),
            fields=_where_sent(sent, _masks(fields)),
            outcomes=verdicts.outcomes,
            codes=verdicts.codes,
            messages=verdicts.messages,
        )
