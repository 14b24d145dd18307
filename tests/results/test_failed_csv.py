from __future__ import annotations

import io
import json

import pytest
from words import verbatim

from bulk_update.records import FailedRow
from bulk_update.results import FailedTable, write_failed


def failed(*rows: FailedRow, delimiter: str = ";") -> str:
    file = io.StringIO(newline="")
    write_failed(file, rows, table=FailedTable(["ID", "=Miasto"], "run-1"), delimiter=delimiter)
    return file.getvalue()


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (["1", "Łódź"], "1;Łódź;7;run-1;invalid;bad-date;no date\r\n"),
        (["=1", "'x"], "'=1;''x;7;run-1;invalid;bad-date;no date\r\n"),
        (["1", "a;b"], '1;"a;b";7;run-1;invalid;bad-date;no date\r\n'),
        (["1", "a\nb"], '1;"a\nb";7;run-1;invalid;bad-date;no date\r\n'),
        (["1"], "1;;7;run-1;invalid;bad-date;no date;1 of 2 cells\r\n"),
        (["1", "2", "=3"], "1;2;7;run-1;invalid;bad-date;no date;'=3\r\n"),
    ],
    ids=["plain", "formulas", "delimiter", "line break", "too few cells", "too many cells"],
)
def test_a_row_to_fix_has_its_cells_its_outcome_and_surplus_cells(
    cells: list[str], line: str
) -> None:
    reasons = verbatim("bad-date", "no date")
    row = FailedRow(7, json.dumps(cells).encode(), "invalid", "bad-date", reasons)
    assert failed(row) == "ID;'=Miasto;_row;_run;_outcome;_code;_message\r\n" + line
