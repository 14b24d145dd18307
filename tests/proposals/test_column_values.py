"""The shapes of whole columns, and the only type that reads all their cells."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from proposed_tables import table_of

from bulk_update.proposals import ColumnEvidence
from bulk_update.proposals.column_reading import date_fits, reading_of
from bulk_update.proposals.shapes import Shape, has_shape
from bulk_update.records import Cell, CellKind, TypedCell


def column(*cells: Cell, rows_a_chunk: int = 1_000) -> ColumnEvidence:
    """Survey one column, with a name that makes its cells be checked for repeats."""
    return table_of({"ID": cells}, rows_a_chunk=rows_a_chunk).columns[0]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("a.b@example.com", Shape.EMAIL),
        ("600100200", Shape.PHONE),
        ("600 100 200", Shape.PHONE),
        ("+48 58 123-45-67", Shape.PHONE),
        ("0048600100200", Shape.PHONE),
        ("(555) 123-4567", Shape.PHONE),
        ("44051401359", Shape.PESEL),
        ("526-025-09-95", Shape.NIP),
        ("PL5260250995", Shape.NIP),
        ("123456785", Shape.REGON),
        ("80-180", Shape.POSTCODE),
        ("PL61109010140000071219812874", Shape.BANK_ACCOUNT),
        ("https://example.com/1", Shape.URL),
        ("1 234,50 zł", Shape.AMOUNT),
        ("12.50", Shape.AMOUNT),
        ("{6F9619FF-8B86-D011-B42D-00CF4FC964FF}", Shape.GUID),
        ("00001", Shape.CAMPAIGN),
        ("j.kowalska", Shape.LOGIN),
        ("KM/17/2026", Shape.KEY),
    ],
)
def test_a_text_has_its_shape(text: str, shape: Shape) -> None:
    assert has_shape(text, shape)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("1234567890", Shape.PHONE),
        ("100000001", Shape.PHONE),
        ("00100007", Shape.PHONE),
        ("44051401358", Shape.PESEL),
        ("44991401359", Shape.PESEL),
        ("5260250994", Shape.NIP),
        ("Jan Kowalski", Shape.LOGIN),
        ("12345", Shape.LOGIN),
        ("Kowalski", Shape.KEY),
        ("KM 17/2026", Shape.KEY),
        ("10001", Shape.CAMPAIGN),
        ("9" * 1_000_000, Shape.DIGITS),
    ],
)
def test_a_similar_text_does_not_have_the_shape(text: str, shape: Shape) -> None:
    assert not has_shape(text, shape)


@pytest.mark.parametrize(
    ("cells", "keys"),
    [
        (["Gdańsk", "Łódź"], {}),
        (["00123", "00124"], {}),
        (["1", "20", "300"], {}),
        (["1234567890123456,5", "1,5"], {}),
        (["0012,50", "1,5"], {}),
        (["600100200", "601100200"], {}),
        (["600 100 200", "601100200"], {"remove": " -()"}),
        (["+48 58.123.45.67", "(555) 123-4567"], {"remove": " -()."}),
        (["600 100 200", "4,86E+10"], {"remove": " -()"}),
        (["4,86E+10", "5,01E+10"], {}),
        (["31.01.2027", "#N/D!"], {"type": "date", "formats": ("%d.%m.%Y",)}),
        (["526-025-09-95"], {}),
        (["1,50", "20", "-3,5"], {"type": "decimal", "decimal": ","}),
        (["1.50", "20"], {"type": "decimal"}),
        (["1,500", "20,250"], {}),
        (["1,500", "20,25"], {"type": "decimal", "decimal": ","}),
        (["1.234,50", "2,50"], {"type": "decimal", "decimal": ",", "grouping": "."}),
        (["1 234,50", "2,50"], {"type": "decimal", "decimal": ","}),
        (["1 234,50", "1.234,50"], {"type": "decimal", "decimal": ",", "grouping": "."}),
        (["1,234", "2.50"], {"type": "decimal", "grouping": ","}),
        (["1 234.50", "2.50"], {"type": "decimal", "grouping": " "}),
        (["1'234.50", "1\u2019234.50"], {"type": "decimal", "grouping": "'"}),
        (["1'234,50", "1.234,50"], {}),
        (["12.34,50", "1,50"], {}),
        (["1.234,50", "1.234.56"], {}),
        (["123,50-", "12,00"], {"type": "decimal", "decimal": ",", "negative": "trailing"}),
        (["(123.50)", "12.00"], {"type": "decimal", "negative": "parentheses"}),
        (["(123,50)", "12,00-"], {}),
        (["-(123,50)", "12,00"], {}),
        (["\u2212 5,50", "+1,20"], {"type": "decimal", "decimal": ","}),
        (["1,500-", "2,250"], {}),
        (["1.234.567", "12"], {"type": "integer", "grouping": "."}),
        (["12 500", "900"], {"type": "integer", "grouping": " "}),
        (["100-", "20"], {"type": "integer", "negative": "trailing"}),
        (["1,50", "-"], {"type": "decimal", "decimal": ",", "blanks": ("-",)}),
        (["2027-01-31", "NULL", "NULL", "brak"], {"type": "date", "blanks": ("NULL", "brak")}),
        (["600 100 200", "n/d"], {"remove": " -()", "blanks": ("n/d",)}),
        (["tak", "nie", "\\N"],
         {"type": "boolean", "true": ("tak",), "false": ("nie",), "blanks": ("\\N",)}),
        (["Brak", "Gdynia"], {"blanks": ("Brak",)}),
        (["-", "-"], {"blanks": ("-",)}),
        (["brak prądu", "n/dx"], {}),
        (["tak", "nie", "Tak"], {"type": "boolean", "true": ("tak", "Tak"), "false": ("nie",)}),
        (["tak", "nie", "może"], {}),
        (["tak", "nie", "tak"], {"type": "boolean", "true": ("tak",), "false": ("nie",)}),
        (["TAK", "NIE"], {"type": "boolean", "true": ("TAK",), "false": ("NIE",)}),
        (["tak", "tak"], {}),
        (["1", "0"], {}),
        (["31.01.2027", "01.02.2027"], {"type": "date", "formats": ("%d.%m.%Y",)}),
        (["2027-01-31", "2027-02-01"], {"type": "date"}),
        (["2027-01-31T10:00:00Z", "2027-02-01 08:00"], {"type": "datetime"}),
        (["31/01/2027 10:00", "1/2/2027 8:15"],
         {"type": "datetime", "formats": ("%d/%m/%Y %H:%M",)}),
        (["01/31/2027", "02/01/2027"], {"type": "date", "formats": ("%m/%d/%Y",)}),
        (["01/02/2027", "03/04/2027"], {}),
        (["05.06.2027", "07.08.2027"], {}),
        (["20270131", "20270201"], {"type": "date", "formats": ("%Y%m%d",)}),
        (["10010131", "10010201"], {}),
    ],
)  # fmt: skip
def test_a_type_is_proposed_only_if_nothing_else_fits_the_whole_column(
    cells: list[Cell], keys: dict[str, object]
) -> None:
    assert dict(reading_of(column(*cells)).keys) == keys


def test_a_date_that_can_be_read_in_two_ways_names_both() -> None:
    (remark,) = reading_of(column("01/02/2027", "03/04/2027")).remarks
    assert remark.code == "several-formats"
    assert remark.params["formats"] == ("DD/MM/YYYY", "MM/DD/YYYY")
    assert remark.params["examples"] == ("01/02/2027", "03/04/2027")


def test_a_single_cell_that_does_not_fit_is_reported() -> None:
    days = [f"{day:02}.01.2027" for day in range(1, 32)]
    found = reading_of(column(*days, "31.02.2027"))
    assert [remark.code for remark in found.remarks] == ["some-do-not-fit"]
    assert found.remarks[0].params["text"] == "31.02.2027"
    assert not found.is_certain


@pytest.mark.parametrize("header_negates", [True, False])
def test_a_negated_column_is_never_a_boolean(*, header_negates: bool) -> None:
    found = reading_of(column("tak", "nie"), negated=header_negates)
    assert ("type" in dict(found.keys)) is not header_negates
    assert bool(found.remarks) is header_negates


DAY = TypedCell(CellKind.DATE, "2027-01-31", date(2027, 1, 31))
MOMENT = TypedCell(CellKind.DATETIME, "2027-01-31 08:00:00", datetime(2027, 1, 31, 8))  # noqa: DTZ001
SUM = TypedCell(CellKind.STYLED_NUMBER, "12.5", Decimal("12.5"))
HALF = TypedCell(CellKind.NUMBER, "12.5", Decimal("12.5"))
NUMBER = TypedCell(CellKind.NUMBER, "12", Decimal(12))
TRUE = TypedCell(CellKind.BOOLEAN, "TRUE", value=True)
PHONE = TypedCell(CellKind.NUMBER, "601100200", Decimal(601100200))
CLOCK = TypedCell(CellKind.TIME, "08:00:00", timedelta(hours=8))
ERROR = TypedCell(CellKind.ERROR, "#N/A")


@pytest.mark.parametrize(
    ("cells", "keys", "certain"),
    [
        ([DAY, DAY], {"type": "date"}, True),
        ([DAY, MOMENT], {"type": "datetime"}, True),
        ([DAY, "31.01.2027"], {"type": "date", "formats": ("%d.%m.%Y",)}, True),
        ([DAY, "brak"], {"type": "date", "blanks": ("brak",)}, False),
        ([DAY, "bliski"], {}, False),
        ([DAY, DAY, DAY, DAY, "31.02.2027"], {"type": "date"}, False),
        ([SUM, NUMBER], {"type": "decimal"}, True),
        ([NUMBER, NUMBER], {}, True),
        ([NUMBER, "x"], {}, True),
        ([*4 * [HALF], "ok. 100"], {"type": "decimal"}, False),
        ([HALF, "12a"], {}, True),
        ([*4 * [NUMBER], "12a"], {}, True),
        ([TRUE, TRUE], {"type": "boolean"}, True),
        ([TRUE, "x"], {}, False),
        ([CLOCK], {}, False),
        ([NUMBER, ERROR], {}, False),
        ([DAY, ERROR], {"type": "date"}, False),
        ([PHONE, "600 100 200"], {"remove": " -()"}, False),
    ],
)
def test_cells_of_a_workbook_need_the_type_that_reads_them(
    cells: list[Cell], keys: dict[str, object], *, certain: bool
) -> None:
    found = reading_of(column(*cells))
    assert (dict(found.keys), found.is_certain) == (keys, certain)


@pytest.mark.parametrize("rows_a_chunk", [1, 2, 7, 1_000])
def test_the_size_of_chunks_does_not_matter(rows_a_chunk: int) -> None:
    cells = ["00100", "00101", "", "00103", " 00104 ", "00105", "00106"]
    assert column(*cells, rows_a_chunk=rows_a_chunk) == column(*cells)
    assert column(*cells).unique


@pytest.mark.parametrize("rows_a_chunk", [1, 2, 1_000])
@pytest.mark.parametrize("cells", [["a1", "a2", "a1"], ["a1", "a2", " a1 "], ["a1", "a1", "a2"]])
def test_a_repeated_value_is_detected(cells: list[str], rows_a_chunk: int) -> None:
    assert column(*cells, rows_a_chunk=rows_a_chunk).unique is False


def test_at_most_forty_values_are_listed() -> None:
    assert len(column(*(f"a{n}" for n in range(40)), "a1").values or ()) == 40
    assert column(*(f"a{n}" for n in range(41))).values is None
    assert column("x" * 101).values is None


def test_the_most_frequent_value_comes_first() -> None:
    assert column("b", "a", "b ").values == (("b", 2), ("a", 1))


def test_memory_does_not_grow_with_what_is_listed() -> None:
    found = column(*(f"a{n}" for n in range(10_000)))
    assert (len(found.sample), len(found.examples)) == (300, 3)


def test_future_dates_are_counted() -> None:
    (fit,) = date_fits(column("2026-11-29", "2026-11-30", "2027-01-01"))
    assert (fit.cells, fit.future, fit.timed) == (3, 2, 0)
