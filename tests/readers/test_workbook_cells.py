"""A number of a workbook is read as its format shows it, unless the format hides its value."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_workbooks import made, shared, sheet, styles
from openpyxl.utils.datetime import WINDOWS_EPOCH

from bulk_update.errors import InputError
from bulk_update.readers.workbook.cells import RawCell, typed_cell
from bulk_update.readers.workbook.number_formats import (
    GENERAL,
    NumberFormat,
    Shape,
    built_in_format,
    number_format,
)
from bulk_update.readers.workbook.package import open_workbook
from bulk_update.readers.workbook.sheet import SheetReader
from bulk_update.records import CellKind, CellValue


def at(*parts: int) -> datetime:
    """Return a moment on a sheet's clock, which has no zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - it has no zone


def cells(*written: str, style: str | int = "General", properties: str = "") -> list[RawCell]:
    """Read cells with a number format as style 1, one cell per row."""
    rows = "".join(f'<row r="{number}">{cell}</row>' for number, cell in enumerate(written, 1))
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        styled = styles(style)
        path = made(Path(folder), sheet(rows, header=""), styled=styled, properties=properties)
        with open_workbook(path) as workbook:
            reader = SheetReader(workbook, workbook.sheets[0], width=1)
            return [row.cells[0] for row in reader.rows()]


def numbers(texts: Sequence[str], style: str | int, *, properties: str = "") -> list[RawCell]:
    written = [f'<c s="1"><v>{text}</v></c>' for text in texts]
    return cells(*written, style=style, properties=properties)


NUMBER, STYLED = Shape.NUMBER, Shape.STYLED_NUMBER


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("General", NumberFormat(NUMBER)),
        ("GENERAL", NumberFormat(NUMBER)),
        ("@", NumberFormat(NUMBER)),
        ("0", NumberFormat(NUMBER)),
        ("00000", NumberFormat(NUMBER, 5)),
        ("00000;-00000", NumberFormat(NUMBER, 5)),
        ("[Red]00000", NumberFormat(NUMBER, 5)),
        ("[$-415]00000", NumberFormat(NUMBER, 5)),
        ("000_)", NumberFormat(NUMBER, 3)),
        ("[<1000]00000;0", NumberFormat(STYLED)),
        ("[>=1000]0;00000", NumberFormat(STYLED)),
        ("[<1000]0;#,##0.00", NumberFormat(NUMBER)),
        ("0.00", NumberFormat(NUMBER)),
        ("#,##0.00_);[Red](#,##0.00)", NumberFormat(NUMBER)),
        ('_-* #,##0.00\\ _z_ł_-;\\-* #,##0.00\\ _z_ł_-;_-* "-"??\\ _z_ł_-;_-@_-', GENERAL),
        ("#\u00a0##0", NumberFormat(NUMBER)),
        ('#,##0.00\\ "zł"', NumberFormat(STYLED)),
        ("#,##0.00\\ [$zł-415]", NumberFormat(STYLED)),
        ("[$EUR] 0.00", NumberFormat(STYLED)),
        ("$#,##0", NumberFormat(STYLED)),
        ("€ 0", NumberFormat(STYLED)),
        ("0%", NumberFormat(STYLED)),
        ("0.00E+00", NumberFormat(STYLED)),
        ("##0.0e-0", NumberFormat(STYLED)),
        ("# ?/?", NumberFormat(STYLED)),
        ("# ??/100", NumberFormat(STYLED)),
        ('0" szt."', NumberFormat(STYLED)),
        ("00\\-000", NumberFormat(STYLED)),
        ("###-###-###", NumberFormat(STYLED)),
        ("(000) 000", NumberFormat(STYLED)),
        ("000 000", NumberFormat(STYLED)),
        ("0000.00", NumberFormat(STYLED)),
        ("+0;-0", NumberFormat(STYLED)),
        ('"PL"0', NumberFormat(STYLED)),
        ("yyyy-mm-dd", NumberFormat(Shape.DATE)),
        ("[$-415]d mmmm yyyy", NumberFormat(Shape.DATE)),
        ("mmm", NumberFormat(Shape.DATE)),
        ("DD.MM.YYYY", NumberFormat(Shape.DATE)),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", NumberFormat(Shape.DATE)),
        ('dd" de "mm', NumberFormat(Shape.DATE)),
        ("dd.mm.yyyy hh:mm", NumberFormat(Shape.DATETIME)),
        ("m/d/yy h:mm AM/PM", NumberFormat(Shape.DATETIME)),
        ("hh:mm:ss", NumberFormat(Shape.TIME)),
        ("h AM/PM", NumberFormat(Shape.TIME)),
        ("mm:ss.0", NumberFormat(Shape.TIME)),
        ("[$-411]ggge", NumberFormat(Shape.DATE)),
        ("[h]:mm", NumberFormat(Shape.ELAPSED)),
        ("[mm]:ss", NumberFormat(Shape.ELAPSED)),
        ('"open quote', NumberFormat(STYLED)),
        ("", NumberFormat(NUMBER)),
    ],
)
def test_a_number_format_shows_what_its_code_says(code: str, expected: NumberFormat) -> None:
    assert number_format(code) == expected


@pytest.mark.parametrize(
    ("number", "shape"),
    [(0, NUMBER), (9, STYLED), (14, Shape.DATE), (22, Shape.DATETIME), (46, Shape.ELAPSED),
     (20, Shape.TIME), (44, STYLED), (49, NUMBER), (57, Shape.DATE),
     (60, NUMBER), (71, Shape.DATE), (74, Shape.DATE), (75, Shape.TIME), (77, Shape.DATETIME),
     (79, Shape.ELAPSED), (81, Shape.DATE)],
)  # fmt: skip
def test_a_built_in_format_is_known_by_its_number(number: int, shape: Shape) -> None:
    assert built_in_format(number) == NumberFormat(shape)


def test_an_unknown_number_names_no_format() -> None:
    assert built_in_format(163) is None


@pytest.mark.parametrize("code", [67, 70, 163])
def test_a_number_in_an_unknown_format_is_not_a_plain_number(code: int) -> None:
    assert numbers(["45000"], code) == [(CellKind.STYLED_NUMBER, "45000")]


@pytest.mark.parametrize(
    ("text", "code", "kind", "shown", "value"),
    [
        ("5", "General", CellKind.NUMBER, "5", Decimal(5)),
        (" 5 ", "General", CellKind.NUMBER, "5", Decimal(5)),
        ("5.0", "General", CellKind.NUMBER, "5", Decimal(5)),
        ("-0", "General", CellKind.NUMBER, "0", Decimal(0)),
        ("-5", "00000", CellKind.STYLED_NUMBER, "-5", Decimal(-5)),
        ("123", "00000", CellKind.NUMBER, "00123", Decimal(123)),
        ("1234567", "00000", CellKind.NUMBER, "1234567", Decimal(1234567)),
        ("1.5", "00000", CellKind.STYLED_NUMBER, "1.5", Decimal("1.5")),
        ("1E3", "General", CellKind.NUMBER, "1000", Decimal(1000)),
        ("1.5E-7", "General", CellKind.NUMBER, "0.00000015", Decimal("1.5E-7")),
        (".5", "General", CellKind.NUMBER, "0.5", Decimal("0.5")),
        ("0.10", "General", CellKind.NUMBER, "0.1", Decimal("0.1")),
        ("0.30000000000000004", "General", CellKind.NUMBER, "0.3", Decimal("0.3")),
        ("19.989999999999998", "0.00", CellKind.NUMBER, "19.99", Decimal("19.99")),
        ("123456789012345", "0", CellKind.NUMBER, "123456789012345", Decimal(123456789012345)),
        ("1.2345678901234567E+19", "0", CellKind.NUMBER, "12345678901234567000",
         Decimal(12345678901234567000)),
        ("1234567890123456", "0", CellKind.NUMBER, "1234567890123456", Decimal(1234567890123456)),
        ("0.23", "0%", CellKind.STYLED_NUMBER, "0.23", Decimal("0.23")),
        ("1E+300", "0.0E+0", CellKind.STYLED_NUMBER, "1" + "0" * 300, Decimal("1E+300")),
        ("45352", "yyyy-mm-dd", CellKind.DATE, "2024-03-01", date(2024, 3, 1)),
        ("45352.5", "yyyy-mm-dd", CellKind.DATETIME, "2024-03-01 12:00:00",
         at(2024, 3, 1, 12)),
        ("45352", "d.m.yy h:mm", CellKind.DATETIME, "2024-03-01 00:00:00", at(2024, 3, 1)),
        ("45352.520833333336", "d.m.yy h:mm", CellKind.DATETIME, "2024-03-01 12:30:00",
         at(2024, 3, 1, 12, 30)),
        ("45352.00000289352", "d.m.yy h:mm", CellKind.DATETIME, "2024-03-01 00:00:00.250",
         at(2024, 3, 1, 0, 0, 0, 250_000)),
        ("45352.99999999999", "d.m.yy", CellKind.DATE, "2024-03-02", date(2024, 3, 2)),
        ("1", "d.m.yy", CellKind.DATE, "1900-01-01", date(1900, 1, 1)),
        ("59", "d.m.yy", CellKind.DATE, "1900-02-28", date(1900, 2, 28)),
        ("61", "d.m.yy", CellKind.DATE, "1900-03-01", date(1900, 3, 1)),
        ("2958465", "d.m.yy", CellKind.DATE, "9999-12-31", date(9999, 12, 31)),
        ("0.75", "h:mm", CellKind.TIME, "18:00:00", time(18)),
        ("45352.75", "h:mm", CellKind.DATETIME, "2024-03-01 18:00:00", at(2024, 3, 1, 18)),
        ("1.25", "[h]:mm", CellKind.TIME, "30:00:00", timedelta(hours=30)),
        ("0.25", "[h]:mm", CellKind.TIME, "06:00:00", time(6)),
        ("-0.000000001", "[h]:mm", CellKind.TIME, "00:00:00", time(0)),
        ("2958465.9", "[h]:mm", CellKind.TIME, "71003181:36:00",
         timedelta(days=2958465, hours=21, minutes=36)),
        ("-0.25", "[h]:mm", CellKind.TIME, "-06:00:00", timedelta(hours=-6)),
        ("1.0000000115740741", "[h]:mm", CellKind.TIME, "24:00:00.001",
         timedelta(hours=24, milliseconds=1)),
    ],
)  # fmt: skip
def test_a_number_is_what_its_format_shows(
    text: str, code: str, kind: CellKind, shown: str, value: CellValue
) -> None:
    assert numbers([text], code) == [(kind, shown)]
    cell = typed_cell(kind, shown)
    assert (cell.value, type(cell.value)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2958466", 57),
        ("60", "d.m.yy"),
        ("60.5", "d.m.yy h:mm"),
        ("0", "d.m.yy"),
        ("0.5", "d.m.yy h:mm"),
        ("-1", "d.m.yy"),
        ("-0.5", "h:mm"),
        ("2958466", "d.m.yy"),
        ("2958467", "[h]:mm"),
        ("1E+300", "d.m.yy"),
        ("1E+300", "[h]:mm"),
        ("9" * 400, "[hhh]:mm"),
        ("1E+309", "General"),
        ("1E-400", "General"),
        ("1E-400", "h:mm"),
    ],
)
def test_a_value_out_of_range_is_an_error_cell_that_shows_it(text: str, code: str | int) -> None:
    assert numbers([f" {text} "], code) == [(CellKind.ERROR, text)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("<c><v>NaN</v></c>", "a number"),
        ("<c><v>INF</v></c>", "a number"),
        ("<c><v>1_000</v></c>", "a number"),
        ("<c><v>\u0661</v></c>", "a number"),
        ("<c><v>1,5</v></c>", "a number"),
        ("<c><v>abc</v></c>", "a number"),
        ("<c><v>.</v></c>", "a number"),
        ('<c t="b"><v>2</v></c>', "0 or 1"),
        ('<c t="b"><v>-1</v></c>', "0 or 1"),
        ('<c t="b"><v>true</v></c>', "0 or 1"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_damage(cell: str, expected: str) -> None:
    with pytest.raises(InputError, match=rf"the cell A1 holds '.*' \(expected {expected}"):
        cells(cell)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", (CellKind.DATE, "1904-01-01")),
        ("0.5", (CellKind.DATETIME, "1904-01-01 12:00:00")),
        ("60", (CellKind.DATE, "1904-03-01")),
        ("43890", (CellKind.DATE, "2024-03-01")),
        ("-1", (CellKind.ERROR, "-1")),
        ("2957004", (CellKind.ERROR, "2957004")),
    ],
)
def test_dates_count_from_1904_if_the_workbook_says_so(
    text: str, expected: tuple[CellKind, str]
) -> None:
    properties = '<workbookPr date1904="1"/>'
    assert numbers([text], "d.m.yy", properties=properties) == [expected]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("*s0", (CellKind.NUMBER, "7")),
        ("*s00000", (CellKind.NUMBER, "00007")),
        ('0"szt', (CellKind.STYLED_NUMBER, "7")),
        ("[hhh]:mm", (CellKind.TIME, "168:00:00")),
        (57, (CellKind.DATE, "1900-01-07")),
        (33, (CellKind.DATETIME, "1900-01-07 00:00:00")),
    ],
)
def test_a_format_that_openpyxl_takes_for_another_is_read_as_it_shows(
    code: str | int, expected: RawCell
) -> None:
    assert numbers(["7"], code) == [expected]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.datetimes(at(1900, 3, 1), at(9999, 12, 31, 23, 59)), min_size=1))
def test_a_moment_survives_its_serial_number(moments: list[datetime]) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]
    serials = [repr((moment - WINDOWS_EPOCH) / timedelta(days=1)) for moment in moments]
    assert numbers(serials, "d.m.yy h:mm") == [
        (CellKind.DATETIME, moment.isoformat(" ")) for moment in moments
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 6)), min_size=1))
def test_a_decimal_of_fifteen_digits_survives_its_float(parts: list[tuple[int, int]]) -> None:
    decimals = [Decimal(digits).scaleb(-scale) for digits, scale in parts]
    found = numbers([repr(float(number)) for number in decimals], "General")
    assert [(cell[0], Decimal(cell[1])) for cell in found] == [
        (CellKind.NUMBER, number) for number in decimals
    ]
    assert "e" not in "".join(cell[1] for cell in found).lower()


@given(st.integers(-(10**40), 10**40))
@settings(max_examples=25, deadline=None)
def test_a_whole_number_keeps_all_its_digits(number: int) -> None:
    assert numbers([str(number)], "General") == [(CellKind.NUMBER, str(number))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-01", (CellKind.DATE, "2024-03-01")),
        ("2024-03-01T12:30:00", (CellKind.DATETIME, "2024-03-01 12:30:00")),
        ("2024-03-01T00:00:00", (CellKind.DATETIME, "2024-03-01 00:00:00")),
        ("2024-03-01T12:30:00.250", (CellKind.DATETIME, "2024-03-01 12:30:00.250")),
        ("12:30:00", (CellKind.TIME, "12:30:00")),
        ("T12:30:00", (CellKind.TIME, "12:30:00")),
        ("2024-03-01T12:30", (CellKind.DATETIME, "2024-03-01 12:30:00")),
        ("2024-03-01T12:30:00.2501239", (CellKind.DATETIME, "2024-03-01 12:30:00.250")),
        ("PT0H11M0.000S", (CellKind.TIME, "00:11:00")),
        ("PT30H", (CellKind.TIME, "30:00:00")),
        ("PT1.5S", (CellKind.TIME, "00:00:01.500")),
        ("2024-12-31T23:59:59.9999999", (CellKind.DATETIME, "2025-01-01 00:00:00")),
    ],
)
def test_a_date_may_be_stored_as_text(text: str, expected: RawCell) -> None:
    assert cells(f'<c t="d"><v>{text}</v></c>') == [expected]


@pytest.mark.parametrize(
    "text",
    ["2024-02-30", "2024-03-01 12:30:00", "2024-03-01T12:30:00.000Z", "2024-03-01T12:30+01:00",
     "24:00:00", "12:3000", "20240301", "T", "2024-03-01T", "soon", "9999-12-31T23:59:59.999",
     "PT", "P1D", "PT1H1H", "PT999999999H"],
)  # fmt: skip
def test_a_stored_date_that_is_invalid_or_has_a_zone_is_an_error_cell(text: str) -> None:
    found = cells(f'<c t="d"><v>{text}</v></c>', '<c t="str"><v>next</v></c>')
    assert [cell[0] for cell in found] == [CellKind.ERROR, "n"]


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        ("45000.9999999", "2023-03-16 00:00:00"),
        ("45000.5208333", "2023-03-15 12:30:00"),
        ("45000.520833", "2023-03-15 12:30:00"),
        ("45000.5208339", "2023-03-15 12:30:00.049"),
        ("45000.5208333333", "2023-03-15 12:30:00"),
        ("45000.520827", "2023-03-15 12:29:59.453"),
        ("58.9999999", "1900-02-28 00:00:00"),
    ],
)
def test_a_moment_close_to_a_whole_second_is_that_second(serial: str, expected: str) -> None:
    assert numbers([serial], "d.m.yy h:mm") == [(CellKind.DATETIME, expected)]


def test_a_moment_close_to_the_non_existent_day_is_not_a_date() -> None:
    assert numbers(["59.9999999"], "d.m.yy") == [(CellKind.ERROR, "59.9999999")]


@pytest.mark.parametrize(("text", "value"), [("1", True), (" 0 ", False)])
def test_a_boolean_is_true_or_false(text: str, *, value: bool) -> None:
    shown = str(value).upper()
    assert cells(f'<c t="b"><v>{text}</v></c>') == [(CellKind.BOOLEAN, shown)]
    assert typed_cell(CellKind.BOOLEAN, shown).value is value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_x000D_b", "a\rb"),
        ("_x005F_x000D_", "_x000D_"),
        ("_x0041_x0042_", "Ax0042_"),
        ("ax005F_b", "ax005F_b"),
        ("_x00", "_x00"),
        ("_X000D_", "_X000D_"),
        ("_xZZZZ_", "_xZZZZ_"),
    ],
)
def test_an_escaped_character_is_decoded_once(tmp_path: Path, text: str, expected: str) -> None:
    rows = (
        f'<row><c t="s"><v>0</v></c></row><row><c t="str"><v>{text}</v></c></row>'
        f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>'
    )
    path = made(tmp_path, sheet(rows, header=""), strings=shared(f"<t>{text}</t>"))
    with open_workbook(path) as workbook:
        reader = SheetReader(workbook, workbook.sheets[0], width=1)
        assert [row.cells for row in reader.rows()] == [[expected]] * 3
