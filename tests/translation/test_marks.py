from __future__ import annotations

import json
from datetime import date

import pytest
from translating import ERROR, row, translate, update

from bulk_update.messages import told
from bulk_update.records import Cell, CellKind, MappedChunk, TypedCell


def own_cells(mapped: MappedChunk) -> list[list[str]]:
    return [json.loads(cells) for cells in mapped.cells]


DAY = TypedCell(CellKind.DATE, "2026-03-04", date(2026, 3, 4))


FALSE = TypedCell(CellKind.BOOLEAN, "FALSE", value=False)


@pytest.mark.parametrize(
    ("cells", "marked"),
    [
        (row(identifier=DAY, status="1"), [0]),
        (row(identifier=TypedCell(CellKind.NUMBER, "1234567890123456"), status="1"), [0]),
        (row(campaign=FALSE, status="1"), [1]),
        (row(status=DAY), [2]),
        (row(status="1", city=DAY, day=ERROR), [3, 4]),
        (row(status="1", export=ERROR), [5]),
        (row(status="1", city=TypedCell(CellKind.NO_VALUE, "=A1")), [3]),
        (row(status="x", city=TypedCell(CellKind.NUMBER, "5")), []),
        (row(status=TypedCell(CellKind.NUMBER, "1.5")), []),
        (row(identifier="..", city="#N/A"), []),
        (row(status=DAY, export="nie"), []),
    ],
)
def test_cells_refused_for_their_kind_are_marked(
    cells: tuple[Cell, ...], marked: list[int]
) -> None:
    texts = [cell if isinstance(cell, str) else cell.text for cell in cells]
    expected = [f"{text} [!]" if i in marked else text for i, text in enumerate(texts)]
    mapped = translate([row(status="1"), cells])
    assert own_cells(mapped) == [list(row(status="1")), expected]
    assert mapped.outcomes[1] is not None


def test_a_refused_cell_of_a_column_that_is_not_mapped_has_no_mark() -> None:
    content = update(record_fields={"a": {"column": "Miasto"}})
    mapped = translate([row(identifier="..", status=ERROR, city="x")], content=content)
    assert own_cells(mapped) == [["..", "00001", "#N/A", "x", "", "tak"]]


def test_all_joined_cells_are_marked_if_they_are_refused() -> None:
    rule = {"columns": ["Miasto", "Termin", "Status"], "join": " "}
    mapped = translate(
        [row(city="x", day=DAY, status=ERROR)], content=update(record_fields={"a": rule})
    )
    assert own_cells(mapped) == [["7", "00001", "#N/A [!]", "x", "2026-03-04 [!]", "tak"]]


STILL_MARKED = "(enter the value again, without the mark)"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (row(identifier="2026-03-04 [!]", status="1"), "ID"),
        (row(campaign="FALSE [!] ", status="1"), "Kampania"),
        (row(status="1 [!]"), "Status"),
        (row(status="1", city="#N/A [!]"), "Miasto"),
        (row(status="1", export="#N/A [!]"), "Eksport"),
    ],
)
def test_a_mark_in_a_failed_file_makes_its_row_invalid(
    cells: tuple[Cell, ...], column: str
) -> None:
    mapped = translate([cells], is_failed_csv=True)
    assert (mapped.outcomes, mapped.codes) == (["invalid"], ["no-value"])
    message = told(mapped.reasons[0])
    assert message.startswith(f'column "{column}": "')
    assert message.endswith(
        f'still has the mark "[!]" of a cell that could not be read {STILL_MARKED}'
    )
    assert own_cells(mapped) == [list(cells)]


def test_a_mark_in_a_joined_cell_makes_its_row_invalid() -> None:
    rule = {"columns": ["Miasto", "Termin"], "join": " "}
    content = update(record_fields={"a": rule})
    mapped = translate([row(city="#N/A [!]", day="x")], content=content, is_failed_csv=True)
    assert mapped.codes == ["no-value"]


def test_a_mark_matters_only_in_mapped_cells_of_failed_files() -> None:
    content = update(record_fields={"a": {"column": "Miasto"}, "b": {"value": "x [!]"}})
    rows = [row(city="Kraków [!]")]
    assert translate(rows, content=content).outcomes == [None]
    assert translate([row(status="#N/A [!]")], content=content, is_failed_csv=True).outcomes == [
        None
    ]
