from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identifiers import read_identifier

from bulk_update.cells.damage import unguarded
from bulk_update.cells.identifiers import read_campaign
from bulk_update.messages import sentence_of
from bulk_update.records import Cell, CellKind, Issue, TypedCell


def number(text: str) -> TypedCell:
    return TypedCell(CellKind.NUMBER, text, Decimal(text))


def code_of(result: str | Issue) -> str | None:
    return str(result.code) if isinstance(result, Issue) else None


@pytest.mark.parametrize(
    "text",
    [
        "00123",
        "0x1F",
        "12345678901234567890",
        "'A123",
        '=00123"',
        "12\u20093",
        "12\u200b3",
        "\u0420123",
        "\uff11\uff12\uff13",
        "٣٤٥",
        "../admin",
        "...",
        "a/b",
        "a%2Fb",
        "%2e%2e",
        "a?x=1",
        "a#f",
        "a\\b",
        "//evil.example/x",
        "NULL",
        "nan",
        "N/A",
        "#1",
        "-",
        "TRUE",
        "1-Mar",
        "-5",
        "+48123456789",
        "=1+1",
        "x\u202egnp",
        "é",
        "e\u0301",
        "\ufeff1",
        "%00",
        "7.5",
        "7.0a",
        "1E5",
        "12E3",
        "12E4",
        "x" * 300,
    ],
)
def test_an_identifier_is_sent_as_it_is(text: str) -> None:
    assert read_identifier(text) == text


@pytest.mark.parametrize("text", [" 123 ", "\u00a0123", "\t123\n", "\u3000123\u2009"])
def test_white_space_around_an_identifier_is_ignored(text: str) -> None:
    assert read_identifier(text) == "123"


@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        ("", "no-identifier", "is blank"),
        (" \u00a0", "no-identifier", "is blank"),
        (".", "bad-identifier", "another resource"),
        (" .. ", "bad-identifier", "another resource"),
        ("a\x00b", "bad-identifier", r'"a\x00b" contains a control character'),
        ("a\tb", "bad-identifier", r'"a\tb"'),
        ("a\r\nX: 1", "bad-identifier", r'"a\r\nX: 1"'),
        ("a\x7fb", "bad-identifier", "control character"),
        ("a\x85b", "bad-identifier", "control character"),
        ("a\ud800b", "bad-identifier", r'"a\ud800b"'),
        ("1,23E+09", "damaged-identifier", "shortened"),
        ("1.23457E+12", "damaged-identifier", "format the column as text"),
        ("1.23e9", "damaged-identifier", "shortened"),
        ("-1E-05", "damaged-identifier", "shortened"),
        ("12E+10", "damaged-identifier", "shortened"),
        ("4.86E10", "damaged-identifier", "shortened"),
        ("100001.0", "damaged-identifier", "is a number with a fraction"),
        ("100001,00", "damaged-identifier", "is a number with a fraction"),
        ("'00100001", "damaged-identifier", "begins with an apostrophe"),
        ("#N/D!", "error-cell", 'the cell shows "#N/D!"'),
        ("########", "error-cell", "########"),
        ("12\ufffd", "damaged-text", "contains U+FFFD"),
        (number("1234567890123456"), "damaged-identifier", "more than 15 digits"),
        (number("12345678901234567890"), "damaged-identifier", "more than 15 digits"),
        (number("1234567890123450"), "damaged-identifier", "more than 15 digits"),
        (
            TypedCell(CellKind.STYLED_NUMBER, "1230000000"),
            "damaged-identifier",
            "is a number cell that shows something else (a percentage, currency",
        ),
        (TypedCell(CellKind.DATE, "2026-03-01"), "damaged-identifier", "is a date cell"),
        (TypedCell(CellKind.DATETIME, "2026-03-01 10:00:00"), "damaged-identifier", "datetime"),
        (
            TypedCell(CellKind.TIME, "10:00:00"),
            "damaged-identifier",
            "is a cell with a time of day",
        ),
        (TypedCell(CellKind.BOOLEAN, "TRUE"), "damaged-identifier", "is a boolean cell"),
        (TypedCell(CellKind.ERROR, "#N/A"), "error-cell", 'the cell shows "#N/A"'),
        (
            TypedCell(CellKind.NO_VALUE, "=A1"),
            "no-value",
            'the formula "=A1" has no calculated value',
        ),
    ],
)
def test_an_identifier_that_cannot_be_trusted_is_refused(cell: Cell, code: str, words: str) -> None:
    result = read_identifier(cell)
    assert isinstance(result, Issue)
    assert result.code == code
    assert words in sentence_of(result)


@pytest.mark.parametrize(
    ("cell", "identifier"),
    [
        (number("123"), "123"),
        (number("00123"), "00123"),
        (number("123456789012345"), "123456789012345"),
        (number("0000123456789012345"), "0000123456789012345"),
        (number("-5"), "-5"),
        (number("12.5"), "12.5"),
    ],
)
def test_an_identifier_in_a_number_cell_is_its_text(cell: Cell, identifier: str) -> None:
    assert read_identifier(cell) == identifier


def test_an_identifier_is_read_without_the_guard_of_a_formula() -> None:
    assert read_identifier(' ="00123" ') == "00123"
    assert code_of(read_identifier('=""')) == "no-identifier"


@settings(deadline=None)
@given(st.text())
def test_an_identifier_is_refused_or_is_the_trimmed_cell(text: str) -> None:
    result = read_identifier(text)
    if isinstance(result, str):
        assert result == unguarded(text.strip()).strip()
        assert result not in {"", ".", ".."}
        assert not {unicodedata.category(c) for c in result} & {"Cc", "Cs"}


def test_a_campaign_is_read_without_the_guard_of_a_formula() -> None:
    assert read_campaign('="00001"') == "00001"


@pytest.mark.parametrize("cell", ["00001", " 00001 ", "AB-1_", number("00001"), number("12345")])
def test_a_campaign_has_five_characters(cell: Cell) -> None:
    text = cell if isinstance(cell, str) else cell.text
    assert read_campaign(cell) == text.strip()


@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        ("", "bad-campaign", "expected five characters such as 00001"),
        (
            "1",
            "bad-campaign",
            "; if it is 00001, format the column as text and enter the zeros again",
        ),
        (number("12"), "bad-campaign", "; if it is 00012, format"),
        ("000001", "bad-campaign", '"000001" is not a valid campaign id'),
        ("#N/A", "error-cell", "#N/A"),
        ("0000\ufffd", "damaged-text", "U+FFFD"),
        ("1E+04", "damaged-number", "shortened"),
        ("1E-04", "damaged-number", "shortened"),
        ("0/../", "bad-campaign", "is not a valid campaign id"),
        ("\uff10\uff10\uff1001", "bad-campaign", "is not a valid campaign id"),
        (TypedCell(CellKind.STYLED_NUMBER, "12345"), "bad-campaign", "is not a valid campaign id"),
        (TypedCell(CellKind.ERROR, "#REF!"), "error-cell", "#REF!"),
        (TypedCell(CellKind.NO_VALUE, "=A1"), "no-value", "=A1"),
    ],
)
def test_a_campaign_is_never_padded_or_guessed(cell: Cell, code: str, words: str) -> None:
    result = read_campaign(cell)
    assert isinstance(result, Issue)
    assert result.code == code
    assert words in sentence_of(result)


@pytest.mark.parametrize(("length", "code"), [(500, None), (501, "bad-identifier")])
@pytest.mark.parametrize("character", ["7", "ż"])
def test_an_identifier_that_makes_too_long_a_url_is_refused(
    character: str, length: int, code: str | None
) -> None:
    assert code_of(read_identifier(character * length)) == code
