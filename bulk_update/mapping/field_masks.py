"""Which fields a body sets or clears, as a few bits for each row.

A mask holds one bit for each of the mapping's fields that is set to a value, then one for each
that is cleared, as `numpy.packbits` packs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FieldCount:
    """How many rows set a field to a value, and how many clear it."""

    name: str
    sets: int
    clears: int


def pack_fields(sets: NDArray[np.bool_], clears: NDArray[np.bool_]) -> list[bytes]:
    """Return each row's mask; both matrices have one line a row and one column a field."""
    packed = np.packbits(np.hstack((sets, clears)), axis=1)
    width, data = packed.shape[1], packed.tobytes()
    if data == data[:width] * len(packed):  # all rows set the same fields, as most do
        return [data[:width]] * len(packed)
    return [data[start : start + width] for start in range(0, len(data), width)]


def count_fields(
    masks: Iterable[tuple[bytes, int]], field_names: Sequence[str]
) -> tuple[FieldCount, ...]:
    """Count what rows change, from their masks and how many rows have each."""
    fields = len(field_names)
    totals = np.zeros(2 * fields, dtype=np.int64)
    for mask, rows in masks:
        totals += np.unpackbits(np.frombuffer(mask, np.uint8), count=2 * fields) * np.int64(rows)
    return tuple(
        FieldCount(name, int(totals[index]), int(totals[fields + index]))
        for index, name in enumerate(field_names)
    )
