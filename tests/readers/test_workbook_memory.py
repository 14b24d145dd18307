"""The rows of a sheet are streamed; rows that have been read take no memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from random import Random

from made_workbooks import made, sheet

from bulk_update.readers.workbook.package import open_workbook
from bulk_update.readers.workbook.sheet import SheetReader


def test_inline_texts_are_released_row_by_row(tmp_path: Path) -> None:
    chance = Random(1)
    rows = (
        f'<row r="{n}"><c r="B{n}" t="inlineStr"><is><t>'
        f"{chance.randbytes(250).hex()}</t></is></c></row>"
        for n in range(2, 5002)
    )
    path = made(tmp_path, sheet("".join(rows)))
    with open_workbook(path) as workbook:
        tracemalloc.start()
        (entry,) = workbook.sheets
        found = sum(1 for _ in SheetReader(workbook, entry, width=2).rows())
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert found == 5001
    assert peak_bytes < 1_500_000
