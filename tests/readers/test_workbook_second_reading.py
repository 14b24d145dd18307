"""openpyxl reads every workbook with its own code and finds the same."""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_workbooks import MAIN, packed, parts, shared, styles
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as OpenpyxlCell
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.cell import get_column_letter
from openpyxl.utils.datetime import MAC_EPOCH
from openpyxl.worksheet.worksheet import Worksheet
from reading import CORPORA

from bulk_update.errors import InputError
from bulk_update.readers.workbook.cells import RawCell, typed_cell
from bulk_update.readers.workbook.merged import Range, merged_ranges
from bulk_update.readers.workbook.messages import SheetKind
from bulk_update.readers.workbook.package import open_workbook
from bulk_update.readers.workbook.sheet import LAST_COLUMN, SheetReader
from bulk_update.readers.workbook.xml_stream import XmlError
from bulk_update.records import CellKind

ERROR, NO_VALUE = CellKind.ERROR, CellKind.NO_VALUE
_SNAP = timedelta(milliseconds=44)
"""Our reader rounds a moment this close to a whole second."""


@dataclass(frozen=True)
class Sheet:
    """The content of a sheet: cells that are not blank, by row and column from 1."""

    cells: dict[tuple[int, int], object]
    merged: set[tuple[int, int, int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def our_reading(path: Path) -> dict[str, Sheet]:
    found = {}
    with open_workbook(path) as workbook:
        for entry in workbook.sheets:
            if entry.kind is SheetKind.TABLE:
                reader = SheetReader(workbook, entry, width=LAST_COLUMN)
                rows = list(reader.rows())
                found[entry.name] = Sheet(
                    {
                        (row.number, column): our_value(cell)
                        for row in rows
                        for column, cell in enumerate(row.cells, 1)
                        if cell != ""
                    },
                    {bounds_of(merged) for merged in merged_ranges(workbook, entry)},
                    {row.number for row in rows if row.is_hidden and row.cells},
                    {
                        column + 1
                        for first, last in reader.hidden_columns
                        for column in range(first, last + 1)
                    },
                )
    return found


def bounds_of(merged: Range) -> tuple[int, int, int, int]:
    columns = merged.first_column + 1, merged.last_column + 1
    return columns[0], merged.first_row, columns[1], merged.last_row


def our_value(cell: RawCell) -> object:
    if isinstance(cell, str):
        return cell
    kind, text = cell
    if kind in {ERROR, NO_VALUE}:
        return kind
    return comparable(typed_cell(kind, text).value)


def second_reading(path: Path) -> dict[str, Sheet]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # From memory: openpyxl leaves a file open if it refuses the workbook.
        data = path.read_bytes()
        formulas = load_workbook(BytesIO(data))
        # Without formulas, both would be the same.
        values = load_workbook(BytesIO(data), data_only=True) if has_formula(formulas) else formulas
    # openpyxl treats a missing `fullCalcOnLoad` as set (ECMA-376, part 1, 18.2.2).
    with zipfile.ZipFile(path) as archive:
        is_calculated = b'fullCalcOnLoad="1"' not in archive.read("xl/workbook.xml")
    return {
        sheet.title: second_reading_of(sheet, formulas[sheet.title], is_calculated=is_calculated)
        for sheet in values.worksheets
    }


def has_formula(workbook: Workbook) -> bool:
    return any(
        cell.data_type == "f" for sheet in workbook.worksheets for row in sheet.rows for cell in row
    )


def second_reading_of(values: Worksheet, formulas: Worksheet, *, is_calculated: bool) -> Sheet:
    cells = {
        (cell.row, cell.column): value
        for row in values.iter_rows()
        for cell in row
        if isinstance(cell, OpenpyxlCell)
        if (value := second_value(cell, formulas[cell.coordinate], is_calculated)) is not None
    }
    dimensions = values.column_dimensions.values()
    return Sheet(
        cells,
        {merged.bounds for merged in values.merged_cells.ranges},
        {
            number
            for number, row in values.row_dimensions.items()
            if row.hidden and any(place[0] == number for place in cells)
        },
        {
            column
            for found in dimensions
            if found.hidden
            for column in range(found.min or 0, (found.max or 0) + 1)
        },
    )


def second_value(value: OpenpyxlCell, formula: Any, is_calculated: bool) -> object:  # noqa: FBT001
    is_formula = formula.data_type == "f"
    if is_formula and (not is_calculated or value.value is None):
        return NO_VALUE
    if value.data_type == "e":
        return ERROR
    return comparable(value.value)


def comparable(value: object) -> object:
    """Return a value in the form in which both readings are compared."""
    match value:
        case bool() | str() | None:
            return value
        case int() | float() | Decimal():
            number = Decimal(repr(value) if isinstance(value, float) else value)
            return f"{number:.14e}" if number else "0"
        case datetime():
            return ("moment", to_the_second(value))
        case date():
            return ("moment", datetime(value.year, value.month, value.day))  # noqa: DTZ001 - a sheet has no zone
        case time():
            return ("span", to_the_second(MAC_EPOCH + as_span(value)) - MAC_EPOCH)
        case timedelta():
            return ("span", to_the_second(MAC_EPOCH + value) - MAC_EPOCH)
        case _:  # pragma: no cover - openpyxl has no other types
            raise TypeError(value)


def to_the_second(moment: datetime) -> datetime:
    second = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return second if abs(moment - second) < _SNAP else moment


def as_span(moment: time) -> timedelta:
    return datetime.combine(MAC_EPOCH, moment) - MAC_EPOCH


WORKBOOKS = {
    path.name: path
    for folder in ("xlsx", "workbooks")
    for path in sorted((CORPORA / folder).glob("*.xlsx"))
}
UNREADABLE = {
    "billion_laughs_sheet.xlsx", "bitflip.xlsx", "csv_named.xlsx", "deep_xml.xlsx",
    "dup_cell_refs.xlsx", "lock_file_owner.xlsx", "sharedstrings_missing.xlsx", "truncated.xlsx",
    "xxe_file.xlsx", "xxe_http.xlsx", "zero.xlsx", "zip_no_workbook.xlsx", "zip_of_txt.xlsx",
    "zipbomb_150MB_ws.xlsx",
}  # fmt: skip
"""Workbooks that our reader refuses."""
REFUSED_BY_OPENPYXL = {
    "bad_align.xlsx", "bad_border.xlsx", "bad_color.xlsx", "bad_fill.xlsx", "bad_view.xlsx",
    "empty_namedstyle.xlsx", "fill_extlst.xlsx", "font_family_34.xlsx",
    "styles_cellstyle_without_name.xlsx", "styles_color_not_hex.xlsx", "styles_empty_fill.xlsx",
    "styles_unknown_attribute.xlsx",
}  # fmt: skip
"""Workbooks that openpyxl refuses because of their formatting."""
KNOWN: dict[str, dict[tuple[int, int], object]] = {
    "builtin_thai_date_71.xlsx": {(2, 2): ("moment", datetime(2023, 3, 15))},  # noqa: DTZ001
    "date_era_format.xlsx": {(2, 2): ("moment", datetime(2023, 3, 15))},  # noqa: DTZ001
    "dates_1900.xlsx": {(6, 2): ERROR},
    "formula_cached_as_inlineStr.xlsx": {(2, 2): "Lodz"},
}
"""Cells that openpyxl reads wrongly: it does not know eras and Thai dates, accepts 1900-02-29, and
looks for the text of a formula in only one place."""


@pytest.mark.parametrize("name", sorted(WORKBOOKS.keys() - UNREADABLE - REFUSED_BY_OPENPYXL))
def test_both_readings_of_a_workbook_of_the_corpus_agree(name: str, tmp_path: Path) -> None:
    path = cut_short(WORKBOOKS[name], tmp_path)
    expected = second_reading(path)
    for place, value in KNOWN.get(name, {}).items():
        [sheet] = expected.values()
        assert sheet.cells[place] != value
        sheet.cells[place] = value
    assert our_reading(path) == expected


def cut_short(path: Path, folder: Path) -> Path:
    """Return a workbook with at most 20,000 rows a sheet, which is many pieces of XML."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    rows_left = {name: xml.partition(b'<row r="20001"')[0] for name, xml in contents.items()}
    if rows_left == contents:
        return path
    ended = {
        name: xml if xml == contents[name] else xml + b"</sheetData></worksheet>"
        for name, xml in rows_left.items()
    }
    return packed(folder / path.name, ended)


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_a_workbook_that_has_no_certain_reading_has_none(name: str) -> None:
    with pytest.raises((InputError, XmlError)):
        our_reading(WORKBOOKS[name])


@pytest.mark.parametrize("name", sorted(REFUSED_BY_OPENPYXL))
def test_a_workbook_whose_formatting_openpyxl_refuses_is_read(name: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        second_reading(WORKBOOKS[name])
    assert our_reading(WORKBOOKS[name])


texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]) | st.sampled_from("\t\n <&]>"),
    min_size=1,
    max_size=12,
).filter(lambda text: "_x" not in text and not text.startswith("="))
days = st.integers(61, 2_958_000)
day_seconds = st.integers(0, 86_399)
spans_ms = st.integers(0, 10**10)
numbers = (
    st.integers(-(10**18), 10**18).map(str)
    | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False).map(repr)
    | st.decimals(-9999, 9999, places=4).map(str)
)
FORMATS = ("00000", "yyyy-mm-dd", "d.m.yy h:mm", "h:mm", "[h]:mm:ss", "0%", 14, 22)
NUMBERS_OF_STYLES: tuple[st.SearchStrategy[str], ...] = (
    numbers,
    numbers,
    days.map(str),
    st.builds(lambda day, second: repr(day + second / 86_400), days, day_seconds),
    day_seconds.map(lambda second: repr(second / 86_400)),
    spans_ms.map(lambda span: repr(span / 86_400_000)),
    numbers,
    days.map(str),
    days.map(str),
)
"""Values for the cells of a style that both readings accept as a date or a number."""
STRINGS_TYPE = (
    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
"""openpyxl finds shared strings only by their type."""
STRINGS = ("shared", " two  words ", "Żółć")
between = st.sampled_from(("", "\n  ", "<!-- c -->", "<?p i?>"))
within = between | st.just('<y xmlns="other"><v>9</v></y>')
"""openpyxl treats every child of a row as a cell."""


@st.composite
def marked_texts(draw: st.DrawFn) -> str:
    """Write a text in one of the ways that XML allows."""
    text = draw(texts)
    ways = [escape(text), "".join(f"&#{ord(character)};" for character in text)]
    if "]]>" not in text:
        ways.append(f"<![CDATA[{text}]]>")
    return draw(st.sampled_from(ways))


@st.composite
def contents(draw: st.DrawFn) -> tuple[str, str]:
    """Draw the attributes and the content of a cell."""
    kind = draw(st.sampled_from(("n", "s", "str", "inlineStr", "b", "e", "d", "")))
    space = draw(within)
    if kind == "n":
        style = draw(st.integers(0, len(FORMATS)))
        number = draw(NUMBERS_OF_STYLES[style])
        formula = draw(st.sampled_from(("", "<f>A1</f>")))
        return f' s="{style}"', f"{formula}{space}<v> {number}\n</v>"
    value = {
        "s": st.integers(0, len(STRINGS) - 1).map(str),
        "str": marked_texts(),
        "b": st.sampled_from("01"),
        "e": st.sampled_from(("#N/A", "#DIV/0!")),
        "d": st.dates().map(str) | st.datetimes().map(lambda m: m.isoformat()[:19]),
    }.get(kind)
    if value is not None:
        return f' t="{kind}"', f"{space}<v>{draw(value)}</v>{space}"
    if not kind:
        return "", draw(st.sampled_from(("", "<v/>", "<f>A1+1</f>", space)))
    first, second = draw(marked_texts()), draw(marked_texts())
    runs = f"<r><rPr><b/></rPr><t>{first}</t></r>{space}<r><t>{second}</t></r>"
    spoken = f'<rPh sb="0" eb="1"><t>{first}</t></rPh>'
    text = draw(st.sampled_from((f"<t>{first}</t>", runs, runs + spoken)))
    return ' t="inlineStr"', f"<is>{text}</is>"


@st.composite
def rows(draw: st.DrawFn) -> str:
    """Write rows in unusual but valid forms."""
    written, row = [], 0
    for _ in range(draw(st.integers(1, 6))):
        has_number = draw(st.booleans())
        row += draw(st.integers(1, 3)) if has_number else 1
        hidden = draw(st.sampled_from(("", ' hidden="1"', ' spans="1:9" customHeight="true"')))
        number = f' r="{row}"' if has_number else ""
        cells, column = [], 0
        has_references = True
        for attributes, content in draw(st.lists(contents(), max_size=5)):
            has_reference = draw(st.booleans())
            has_references = has_references and has_reference
            column += draw(st.integers(1, 3)) if has_reference else 1
            reference = f' r="{get_column_letter(column)}{row}"' if has_reference else ""
            cells.append(f'<c{attributes}{reference} x="?">{content}</c>{draw(between)}')
        if has_references:
            cells = draw(st.permutations(cells))
        written.append(f"<row{hidden}{number}>{''.join(cells)}</row>{draw(between)}")
    return "".join(written)


@settings(max_examples=60, deadline=None)
@given(
    rows=rows(),
    hidden=st.lists(st.booleans(), min_size=4, max_size=4),
    merged=st.lists(st.integers(1, 9).map(lambda n: f"Z{n * 3}:AB{n * 3 + 1}"), unique=True),
    encoding=st.sampled_from(("utf-8", "utf-16")),
    date1904=st.booleans(),
)
def test_both_readings_of_a_workbook_in_any_legal_form_agree(
    *, rows: str, hidden: list[bool], merged: list[str], encoding: str, date1904: bool
) -> None:
    columns = "".join(
        f'<col min="{n}" max="{n}" width="9" hidden="{int(is_hidden)}"/>'
        for n, is_hidden in enumerate(hidden, 1)
    )
    ranges = "".join(f'<mergeCell ref="{name}"/>' for name in merged)
    ranges = f"<mergeCells>{ranges}</mergeCells>" if merged else ""
    sheet = (
        f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><cols>{columns}</cols>'
        f"<sheetData>{rows}</sheetData>{ranges}</worksheet>"
    )
    files = parts(
        {"Data": sheet},
        styled=styles(*FORMATS),
        strings=shared(*(f"<t>{text}</t>" for text in STRINGS)),
        properties='<workbookPr date1904="1"/>' if date1904 else "",
    )
    files["xl/worksheets/sheet0.xml"] = f'<?xml version="1.0" encoding="{encoding}"?>{sheet}'
    files["[Content_Types].xml"] = files["[Content_Types].xml"].replace("</Types>", STRINGS_TYPE)
    with TemporaryDirectory() as folder:
        coded = {name: text.encode(encoding) for name, text in files.items()}
        path = packed(Path(folder) / "made.xlsx", coded)
        assert our_reading(path) == second_reading(path)


values = (
    texts
    | texts.map("={}".format)
    | st.integers(-(10**15) + 1, 10**15 - 1)
    | st.floats(-1e15, 1e15)
    | st.booleans()
    | st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 30))  # noqa: DTZ001 - a sheet has no zone
    | st.times()
    | st.timedeltas(timedelta(0), timedelta(days=9999))
    | st.sampled_from(("#N/A", "#REF!"))
    | st.none()
)


@settings(max_examples=40, deadline=None)
@given(
    table=st.lists(st.lists(values, min_size=3, max_size=3), min_size=1, max_size=9),
    number_format=st.sampled_from(("General", "00000", "0.00%", "#,##0.00 zł")),
    hidden=st.sets(st.integers(1, 9)),
    titles=st.lists(st.sampled_from("ABĄ "), min_size=1, max_size=3, unique_by=str.strip),
)
def test_both_readings_of_a_workbook_that_openpyxl_wrote_agree(
    table: list[list[Any]], number_format: str, hidden: set[int], titles: list[str]
) -> None:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for title in titles:
        sheet = workbook.create_sheet(title)
        for row in table:
            sheet.append(row)
        for cell in sheet["A"]:
            if not is_date_format(cell.number_format):
                cell.number_format = number_format
        for number in hidden:
            sheet.row_dimensions[number].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet.merge_cells("F2:G3")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "written.xlsx"
        workbook.save(path)
        assert our_reading(path) == second_reading(path)
