"""Which fields a body sets or clears, as a few bits for each row.

A mask holds one bit for each of the mapping's fields that is set to a value, then one for each
that is cleared, as `numpy.packbits` packs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulk_update.translation.mapped_columns import MappedColumn

_OMITTED, _SET, _CLEARED, _INVALID = range(4)


@dataclass(frozen=True, slots=True)
class FieldCount:
    """How many rows set a field to a value, and how many clear it."""

    name: str
    sets: int
    clears: int


@dataclass(frozen=True, slots=True)
class FieldMasks:
    """The mask of each row, and whether the row leaves all its fields alone."""

    masks: NDArray[np.object_]
    is_empty: NDArray[np.bool_]


def field_masks(fields: Sequence[MappedColumn[str | None]]) -> FieldMasks:
    """Look up what each row does to each field; an invalid value neither sets nor clears."""
    states = np.column_stack([_states(field) for field in fields])
    packed = np.packbits(np.hstack((states == _SET, states == _CLEARED)), axis=1)
    masks = packed.view(f"V{packed.shape[1]}").ravel().astype(np.object_)
    return FieldMasks(masks, is_empty=(states == _OMITTED).all(axis=1))


def _states(field: MappedColumn[str | None]) -> NDArray[np.uint8]:
    states = [_SET if text else _OMITTED if text is None else _CLEARED for text in field.results]
    for index in field.issues:
        states[index] = _INVALID
    return field.spread(states, np.uint8)


def fields_in(mask: bytes, *, fields: int) -> list[bool]:
    """Return for each field whether a body with this mask holds it."""
    bits = _bits(mask, fields)
    return [bool(bits[index] or bits[fields + index]) for index in range(fields)]


def count_fields(
    masks: Iterable[tuple[bytes, int]], field_names: Sequence[str]
) -> tuple[FieldCount, ...]:
    """Count what rows change, from their masks and how many rows have each."""
    fields = len(field_names)
    totals = np.zeros(2 * fields, dtype=np.int64)
    for mask, rows in masks:
        totals += _bits(mask, fields) * np.int64(rows)
    return tuple(
        FieldCount(name, int(totals[index]), int(totals[fields + index]))
        for index, name in enumerate(field_names)
    )


def _bits(mask: bytes, fields: int) -> NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(mask, np.uint8), count=2 * fields)
