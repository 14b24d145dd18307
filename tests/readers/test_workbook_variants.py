"""Workbooks as saved by other programs: their formatting never changes their content."""

from __future__ import annotations

from datetime import date, time

import pytest
from reading import CORPORA, read

from bulk_update.records import Cell, CellKind, TypedCell

WORKBOOKS = CORPORA / "workbooks"

GDYNIA: list[tuple[Cell, ...]] = [("00100001", "Gdynia")]
LODZ: list[tuple[Cell, ...]] = [("00100007", "Lodz")]
DAY = TypedCell(CellKind.DATE, "2027-01-11", date(2027, 1, 11))
EXPECTED: dict[str, list[tuple[Cell, ...]]] = {
    **dict.fromkeys(
        (
            "bad_align", "bad_border", "bad_color", "bad_fill", "bad_view", "empty_namedstyle",
            "fill_extlst",
        ),
        GDYNIA,
    ),
    **dict.fromkeys(
        (
            "font_family_34", "formula_cached_as_inlineStr", "numfmt_missing",
            "shared_strings_rel_dangling", "sheet_listed_without_id",
            "styles_cellstyle_without_name", "styles_color_not_hex", "styles_empty_fill",
            "styles_unknown_attribute",
        ),
        LODZ,
    ),
    "builtin_thai_date_71": [
        ("00100007", TypedCell(CellKind.DATE, "2023-03-15", date(2023, 3, 15)))
    ],
    "date_and_time": [
        ("00100001", DAY, TypedCell(CellKind.TIME, "08:15:00", time(8, 15))),
        ("00100002", DAY, "08:15"),
        ("00100003", "11.01.2027", "08:15"),
    ],
    "date_era_format": [
        ("00100007", TypedCell(CellKind.DATE, "2023-03-15", date(2023, 3, 15)))
    ],
    "full_calc_on_load_text": [
        ("00100007", TypedCell(CellKind.NO_VALUE, '="Lo"&"dz"'))
    ],
    "iso_duration_cell": [("00100007", TypedCell(CellKind.TIME, "00:11:00", time(0, 11)))],
    "merged_section_heading": [*LODZ, ("Region North", ""), ("00100008", "Opole")],
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_workbook_of_another_program_is_read(name: str) -> None:
    found = read(WORKBOOKS / f"{name}.xlsx", ["ID"])
    assert list(found.rows.values()) == EXPECTED[name]
    assert found.faults == {}


def test_a_merged_heading_among_the_rows_makes_only_its_own_row_invalid() -> None:
    found = read(WORKBOOKS / "merged_section_heading.xlsx", ["ID", "City"])
    assert found.faults == {3: "merged"}


def test_every_workbook_has_an_expectation() -> None:
    assert {path.stem for path in WORKBOOKS.iterdir()} == set(EXPECTED)
