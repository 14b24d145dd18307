"""The fields that each row changes, or the reason why it cannot be sent.

A mask says which fields a row changes: one bit per field of the mapping for "set to a value", then
one bit per field for "cleared", packed by `numpy.packbits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.reasons import joined, stored_one
from bulk_update.records import Chunk, Issue, Status
from bulk_update.translation.column_rules import MappedColumns
from bulk_update.translation.mapped_columns import MappedColumn

_OMITTED, _SET, _CLEARED, _INVALID = range(4)

NOTHING_TO_UPDATE = Issue(IssueCode.NOTHING_TO_UPDATE)


@dataclass(frozen=True, slots=True)
class FieldCount:
    """The number of rows that set a field to a value, and of those that clear it."""

    name: str
    sets: int
    clears: int


@dataclass(frozen=True, slots=True)
class FieldMasks:
    """The mask of each row, whether the row changes no field, and which fields it clears.

    `clears` has one line per row, and one column per field.
    """

    masks: NDArray[np.object_]
    is_empty: NDArray[np.bool_]
    clears: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RowOutcomes:
    """The outcome, code and stored reasons of each row; all None for a row that can be sent.

    `masks` are the masks of rows that can be sent, and None for the others. `can_be_sent` and
    `is_filtered` say the same of each row as the outcomes.
    """

    masks: list[bytes | None]
    outcomes: list[str | None]
    codes: list[str | None]
    reasons: list[str | None]
    can_be_sent: NDArray[np.bool_]
    is_filtered: NDArray[np.bool_]


def field_masks(fields: Sequence[MappedColumn[str | None]]) -> FieldMasks:
    """Return which fields each row sets or clears; an invalid value does neither."""
    states = np.column_stack([_states(field) for field in fields])
    clears = states == _CLEARED
    packed = np.packbits(np.hstack((states == _SET, clears)), axis=1)
    masks = packed.view(f"V{packed.shape[1]}").ravel().astype(np.object_)
    return FieldMasks(masks, is_empty=(states == _OMITTED).all(axis=1), clears=clears)


def _states(field: MappedColumn[str | None]) -> NDArray[np.uint8]:
    states = [_SET if text else _OMITTED if text is None else _CLEARED for text in field.results]
    for index in field.issues:
        states[index] = _INVALID
    return field.spread(states, np.uint8)


def fields_in(mask: bytes, *, fields: int) -> list[bool]:
    """Return for each field whether a body with this mask contains it."""
    bits = _bits(mask, fields)
    return [bool(bits[index] or bits[fields + index]) for index in range(fields)]


def count_fields(
    masks: Iterable[tuple[bytes, int]], field_names: Sequence[str]
) -> tuple[FieldCount, ...]:
    """Count the changes of each field; `masks` are pairs of a mask and its number of rows."""
    fields = len(field_names)
    totals = np.zeros(2 * fields, dtype=np.int64)
    for mask, rows in masks:
        totals += _bits(mask, fields) * np.int64(rows)
    return tuple(
        FieldCount(name, int(totals[index]), int(totals[fields + index]))
        for index, name in enumerate(field_names)
    )


def mask_of(values: Mapping[str, str], field_names: Sequence[str]) -> bytes:
    """Return the mask of a row that sends these values, by field."""
    set_or_cleared = [name in values and bool(values[name]) for name in field_names]
    set_or_cleared += [name in values and not values[name] for name in field_names]
    return np.packbits(np.array(set_or_cleared, dtype=np.bool_)).tobytes()


def first_changes(
    first_rows: Iterable[tuple[bytes, int]], *, fields: int
) -> list[tuple[int | None, int | None]]:
    """Return for each field the first row that sets it, and the first that clears it.

    `first_rows` are pairs of a mask and the first row that has it.
    """
    found: list[int | None] = [None] * (2 * fields)
    for mask, row in first_rows:
        for index in np.flatnonzero(_bits(mask, fields)).tolist():
            known = found[index]
            found[index] = row if known is None else min(known, row)
    return list(zip(found[:fields], found[fields:], strict=True))


def _bits(mask: bytes, fields: int) -> NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(mask, np.uint8), count=2 * fields)


def row_outcomes(chunk: Chunk, columns: MappedColumns, fields: FieldMasks) -> RowOutcomes:
    """Decide the outcome of each row.

    A fault of the row itself (ragged, a control character) comes before `where` and is its only
    reason. The reasons of the other rows are in the order of the columns, followed by the reason
    that no field is changed.
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
    return RowOutcomes(
        masks.tolist(),
        outcomes.tolist(),
        codes,
        stored,
        can_be_sent=~(invalid | filtered),
        is_filtered=filtered,
    )


class _StoredTexts:
    """Makes the stored form of each issue once, since many rows of a chunk share an issue."""

    def __init__(self) -> None:
        self._by_identity: dict[int, str] = {}

    def of(self, issue: Issue) -> str:
        """Return the stored form of an issue, which must live as long as this object."""
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
