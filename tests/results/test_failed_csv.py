from __future__ import annotations

import io
import json

import pytest
from words import verbatim

from bulk_update.results import write_failed


def failed(*rows: tuple[list[str], str, str, str], delimiter: str = ";") -> str:
    file = io.StringIO(newline="")
    count = write_failed(
        file,
        [(json.dumps(cells).encode(), *rest) for cells, *rest in rows],  # type: ignore[misc]
        header=["ID", "=Miasto"],
        delimiter=delimiter,
    )
    assert count == len(rows)
    return file.getvalue()


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (["1", "Łódź"], "1;Łódź;invalid;bad-date;no date\r\n"),
        (["=1", "'x"], "'=1;''x;invalid;bad-date;no date\r\n"),
        (["1", "a;b"], '1;"a;b";invalid;bad-date;no date\r\n'),
        (["1", "a\nb"], '1;"a\nb";invalid;bad-date;no date\r\n'),
        (["1"], "1;;invalid;bad-date;no date;1 of 2 cells\r\n"),
        (["1", "2", "=3"], "1;2;invalid;bad-date;no date;'=3\r\n"),
    ],
    ids=["plain", "formulas", "delimiter", "line break", "too few cells", "too many cells"],
)
def test_a_row_to_fix_has_its_cells_its_outcome_and_surplus_cells(
    cells: list[str], line: str
) -> None:
    assert failed((cells, "invalid", "bad-date", verbatim("bad-date", "no date"))) == (
        "ID;'=Miasto;_outcome;_code;_message\r\n" + line
    )
