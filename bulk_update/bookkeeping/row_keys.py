"""The key of a row, `run << 32 | number`: that of its run, then its number in the spreadsheet.

The rows of a run are therefore stored together, in input order, and need no second index.
"""

from __future__ import annotations

ROW_BITS = 32
"""How many bits of a row's key its row number takes."""

NUMBER_MASK = (1 << ROW_BITS) - 1


def row_id_of(run: int, number: int) -> int:
    """Return the key of row `number` of the run with key `run`."""
    return run << ROW_BITS | number


def number_of(row_id: int) -> int:
    """Return the spreadsheet's row number that a key contains."""
    return row_id & NUMBER_MASK


def row_ids_of(run: int) -> tuple[int, int]:
    """Return the first and the last key that rows of a run can have."""
    return row_id_of(run, 0), row_id_of(run + 1, 0) - 1


def bounds_of(run: int) -> dict[str, int]:
    """Return the first and the last key that rows of a run can have, as parameters of SQL."""
    first, last = row_ids_of(run)
    return {"first": first, "last": last}
