"""Dates and times of day in separate cells of a workbook."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bulk_update.cells.typed_cells import DATES
from bulk_update.records import Cell, CellKind, TypedCell

MOMENTS = DATES | {CellKind.TIME}

_MIDNIGHT = " 00:00:00"
_NO_SECONDS = ":00"
_SHORT_HOUR = re.compile("[0-9]:")


def joined_moment(cells: Sequence[Cell]) -> str:
    """Join a date cell and the times of the other cells to one text in ISO 8601.

    The date comes first, wherever its column is. If another cell is not a time, the result is not
    a valid moment.
    """
    days = [cell.text for cell in cells if isinstance(cell, TypedCell) and cell.kind in DATES]
    others = [cell for cell in cells if not (isinstance(cell, TypedCell) and cell.kind in DATES)]
    if len(cells) == 1:
        return days[0]
    times = [clock_text(cell, seconds=True) for cell in others]
    times = [f"0{text}" if _SHORT_HOUR.match(text) else text for text in times]
    return " ".join([*(day.removesuffix(_MIDNIGHT) for day in days), *times])


def clock_text(cell: Cell, *, seconds: bool) -> str:
    """Return the text of a cell; zero seconds of a time cell are omitted unless `seconds`."""
    if not isinstance(cell, TypedCell):
        return cell
    if seconds or cell.kind is not CellKind.TIME:
        return cell.text
    return cell.text.removesuffix(_NO_SECONDS)
