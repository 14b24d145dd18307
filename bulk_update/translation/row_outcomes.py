"""Which rows can be sent, and why the others cannot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.reasons import joined, stored_one
from bulk_update.records import Chunk, Issue, Status
from bulk_update.translation.column_rules import MappedColumns
from bulk_update.translation.field_masks import FieldMasks

NOTHING_TO_UPDATE = Issue(IssueCode.NOTHING_TO_UPDATE)


@dataclass(frozen=True, slots=True)
class RowOutcomes:
    """An outcome, a code and stored reasons for each row; all None for a row that can be sent.

    `masks` say which fields a row that can be sent sets or clears, and are None for the others.
    """

    masks: list[bytes | None]
    outcomes: list[str | None]
    codes: list[str | None]
    reasons: list[str | None]


def row_outcomes(chunk: Chunk, columns: MappedColumns, fields: FieldMasks) -> RowOutcomes:
    """Decide about each row.

    A fault of the row itself (ragged, a control character) comes before `where` and is its only
    reason. The reasons of the other rows come in the order of the columns; the last one is that
    all fields are left alone.
    """
    rows = len(chunk.frame)
    faults = _faults_by_index(chunk)
    takes_part = columns.takes_part
    filtered = takes_part.spread([result is False for result in takes_part.results], np.bool_)
    filtered[list(faults)] = False
    invalid = np.any([column.is_invalid for column in columns], axis=0) | fields.is_empty
    invalid[list(faults)] = True
    outcomes = np.full(rows, None, dtype=object)
    outcomes[invalid] = Status.INVALID.value
    outcomes[filtered] = Status.FILTERED.value
    masks = fields.masks.copy()
    masks[invalid | filtered] = None
    codes: list[str | None] = [None] * rows
    stored: list[str | None] = [None] * rows
    texts = _StoredTexts()
    for index in np.flatnonzero(invalid & ~filtered).tolist():
        issues = [faults[index]] if index in faults else _issues(columns, fields, index)
        codes[index] = str(issues[0].code)
        stored[index] = joined(map(texts.of, issues))
    return RowOutcomes(masks.tolist(), outcomes.tolist(), codes, stored)


class _StoredTexts:
    """Makes the stored form of each issue once: many rows of a chunk share one."""

    def __init__(self) -> None:
        self._by_identity: dict[int, str] = {}

    def of(self, issue: Issue) -> str:
        """Return the stored form of an issue that lives as long as this."""
        key = id(issue)
        text = self._by_identity.get(key)
        if text is None:
            text = self._by_identity[key] = stored_one(issue)
        return text


def _faults_by_index(chunk: Chunk) -> dict[int, Issue]:
    if not chunk.faults:
        return {}
    numbers = chunk.frame.index.tolist()
    return {
        index: chunk.faults[number]
        for index, number in enumerate(numbers)
        if number in chunk.faults
    }


def _issues(columns: MappedColumns, fields: FieldMasks, index: int) -> list[Issue]:
    issues = [issue for column in columns if (issue := column.issue_at(index))]
    return [*issues, NOTHING_TO_UPDATE] if fields.is_empty[index] else issues
