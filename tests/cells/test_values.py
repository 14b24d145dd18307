from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from words import in_words

from bulk_update.cells.date_formats import parse_date_format
from bulk_update.cells.numbers import (
    NumberNotation,
    decimal_converter,
    integer_converter,
)
from bulk_update.cells.values import (
    boolean_converter,
    date_converter,
    datetime_converter,
)
from bulk_update.records import Issue

WARSAW, LONDON, UTC = ZoneInfo("Europe/Warsaw"), ZoneInfo("Europe/London"), ZoneInfo("UTC")

NO_NUMBERS = [
    "",
    "1_000",
    "nan",
    "NaN",
    "inf",
    "1e5",
    "1E+05",
    "0x1F",
    "\u0661٢",
    "\uff11\uff12",
    "(123)",
    "12%",
    "$5",
    "5 zł",
    "--5",
    "+-5",
    "5-",
    "+",
    "-",
    "1 2",
    "1'234",
]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("0", "0"),
        ("7", "7"),
        ("+5", "5"),
        ("-5", "-5"),
        ("-0", "0"),
        ("007", "7"),
        ("-007", "-7"),
        ("000", "0"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_an_integer_is_sent_in_its_shortest_form(text: str, sent: str) -> None:
    assert integer_converter(NumberNotation())(text) == sent


@pytest.mark.parametrize("text", [*NO_NUMBERS, "1 234", "1.0", "1,0", "1,234", "1.234"])
def test_anything_but_a_plain_integer_is_refused(text: str) -> None:
    result = integer_converter(NumberNotation())(text)
    assert isinstance(result, Issue)
    assert result.code == "bad-integer"


@pytest.mark.parametrize(
    ("separator", "text", "sent"),
    [
        (".", "0.1", "0.1"),
        (".", "1234.50", "1234.50"),
        (".", "+007.00", "7.00"),
        (".", "-0.00", "0.00"),
        (".", "-0.01", "-0.01"),
        (".", ".5", "0.5"),
        (".", "0.30000000000000004", "0.30000000000000004"),
        (".", "12", "12"),
        (",", "1234,50", "1234.50"),
        (",", "-5", "-5"),
        (",", ",5", "0.5"),
        (",", "1 234,56", "1234.56"),
        (",", "1\u00a0234,56", "1234.56"),
        (",", "1\u202f234\u202f567", "1234567"),
        (",", "-12 345 678,9", "-12345678.9"),
    ],
)
def test_a_number_is_sent_with_a_point_and_its_own_digits(
    separator: str, text: str, sent: str
) -> None:
    assert decimal_converter(NumberNotation(separator))(text) == sent


@pytest.mark.parametrize(
    ("separator", "text"),
    [
        *((separator, text) for separator in ".," for text in NO_NUMBERS),
        (".", "1,5"),
        (".", "1 234.56"),
        (".", "1,234.56"),
        (".", "5."),
        (".", "."),
        (".", "1.2.3"),
        (",", "1.5"),
        (",", "5,"),
        (",", ","),
        (",", "1.234,56"),
        (",", "1,234.56"),
        (",", "12 34,5"),
        (",", "1234 567"),
        (",", "1 234\u00a0567"),
        (",", "1 234 "),
        (",", "1  234"),
        (",", "1\t234"),
        (",", "1 234 56"),
        (",", "1,5 00"),
    ],
)
def test_a_number_in_another_notation_is_refused(separator: str, text: str) -> None:
    result = decimal_converter(NumberNotation(separator))(text)
    assert isinstance(result, Issue)
    assert result.code == "bad-number"


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789+-., e_\u00a0\u202f")), st.sampled_from(".,"))
def test_a_number_keeps_its_value_or_is_refused(text: str, separator: str) -> None:
    result = decimal_converter(NumberNotation(separator))(text)
    if isinstance(result, str):
        plain = text.translate(str.maketrans(separator, ".", " \u00a0\u202f"))
        assert Decimal(result) == Decimal(plain)
        assert result.partition(".")[2] == plain.partition(".")[2]


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_plain_number_is_accepted(number: Decimal) -> None:
    result = decimal_converter(NumberNotation("."))(f"{number:f}")
    assert isinstance(result, str)
    assert Decimal(result) == number


@settings(deadline=None)
@given(st.text())
def test_every_accepted_number_can_be_read_by_decimal(text: str) -> None:
    result = decimal_converter(NumberNotation(","))(text)
    if isinstance(result, str):
        try:
            Decimal(result)
        except InvalidOperation:
            pytest.fail(f"{text!r} became {result!r}")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        *((word, "1") for word in ("1", "true", "TRUE", "Tak", "yes")),
        *((word, "0") for word in ("0", "false", "False", "NIE", "no")),
    ],
)
def test_a_boolean_is_sent_as_1_or_0(text: str, sent: str) -> None:
    assert boolean_converter(any_case=True)(text) == sent


@pytest.mark.parametrize("text", ["2", "t", "x", "", "prawda", "tak!"])
def test_a_word_that_is_not_listed_is_refused(text: str) -> None:
    assert in_words(boolean_converter()(text)) == (
        "bad-boolean",
        (
            f'"{text}" is neither true nor false '
            '(expected one of "1", "true", "yes", "tak", "0", "false", "no", "nie")'
        ),
    )


def test_words_in_the_rule_replace_the_default_ones() -> None:
    convert = boolean_converter(["x"], ["-"])
    assert [convert("x"), convert("-")] == ["1", "0"]
    assert isinstance(convert("tak"), Issue)


def test_the_words_in_a_rule_are_compared_with_exactly_these_letters() -> None:
    convert = boolean_converter(["tak"], ["nie teraz"])
    assert [convert(text) for text in ("tak\u200b", "nie\u00a0 teraz")] == ["1", "0"]
    assert [type(convert(text)) for text in ("Tak", "TAK", "Nie teraz")] == [Issue] * 3


@pytest.mark.parametrize(
    ("written", "text", "sent"),
    [
        ("%d.%m.%Y", "01.03.2026", "2026-03-01"),
        ("%d.%m.%Y", "1.3.2026", "2026-03-01"),
        ("%Y-%m-%d", "2024-3-1", "2024-03-01"),
        ("%m/%d/%Y", "03/04/2024", "2024-03-04"),
        ("%d.%m.%y", "01.03.24", "2024-03-01"),
        ("%d.%m.%y", "01.03.68", "2068-03-01"),
        ("%d.%m.%y", "01.03.69", "1969-03-01"),
        ("%Y%m%d", "20240301", "2024-03-01"),
        ("%d%%%m%%%Y", "1%3%2024", "2024-03-01"),
        ("%d. %m. %Y", "1.  3.\u00a02024", "2024-03-01"),
        ("%Y-%m-%d %H:%M:%S", "2024-03-01 00:00:00", "2024-03-01"),
        ("%Y-%m-%d", "0900-01-02", "0900-01-02"),
    ],
)
def test_a_date_is_sent_as_iso_8601(written: str, text: str, sent: str) -> None:
    assert date_converter([parse_date_format(written)], zone=WARSAW)(text) == sent


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("%d.%m.%Y", "31.02.2026"),
        ("%d.%m.%Y", "29.02.1900"),
        ("%d.%m.%Y", "01.03.26"),
        ("%d.%m.%Y", "01.03.02026"),
        ("%d.%m.%Y", "01-03-2026"),
        ("%d.%m.%Y", "01.03.2026 "),
        ("%d.%m.%Y", "x01.03.2026"),
        ("%d.%m.%Y", "001.03.2026"),
        ("%d.%m.%Y", "\u0660\u0661.03.2026"),
        ("%d.%m.%Y", "01.03.0000"),
        ("%d.%m.%y", "01.03.2024"),
        ("%Y%m%d", "2024311"),
        ("%Y-%m-%d", "2024-W05-1"),
        ("%Y-%m-%d", "45000"),
        ("%Y-%m-%d", "tomorrow"),
        ("%d.%m.%Y", ""),
    ],
)
def test_a_date_that_does_not_match_the_format_is_refused(written: str, text: str) -> None:
    known = parse_date_format(written)
    expected = f'"{text}" is not a valid date (expected {known.shown})'
    assert in_words(date_converter([known], zone=WARSAW)(text)) == ("bad-date", expected)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("2024-03-01", "2024-03-01"),
        ("2024-03-01 00:00", "2024-03-01"),
        ("2024-03-01T00:00:00", "2024-03-01"),
        ("2024-03-01\u00a000:00", "2024-03-01"),
        ("2024-03-01  00:00", "2024-03-01"),
        ("2024-03-01 00:00:00.000", "2024-03-01"),
        ("2024-3-1", None),
        ("20240301", None),
        ("2024-03-01 10:00", None),
        ("2024-03-01 00:00Z", "2024-03-01"),
        ("2024-03-01T00:00:00.0000000Z", "2024-03-01"),
        ("2024-02-29T23:00:00.000Z", "2024-03-01"),
        ("2024-03-01T00:00:00+05:00", "2024-03-01"),
        ("2024-03-01T10:00:00Z", None),
        ("24/13/01", None),
    ],
)
def test_without_formats_a_date_is_iso_8601(text: str, sent: str | None) -> None:
    result = date_converter([], zone=WARSAW)(text)
    assert (result if isinstance(result, str) else None) == sent


def test_a_date_with_a_time_of_day_is_refused_with_that_reason() -> None:
    assert in_words(date_converter([], zone=WARSAW)("2024-03-01 10:00")) == (
        "bad-date",
        '"2024-03-01 10:00" has a time of day (expected only a date)',
    )


@pytest.mark.parametrize(
    ("written", "zone", "text", "sent"),
    [
        ("%d.%m.%Y %H:%M", WARSAW, "01.03.2026 9:05", "2026-03-01 09:05"),
        ("%d.%m.%Y %H:%M:%S", WARSAW, "01.03.2026 10:15:59", "2026-03-01 10:15"),
        ("%d.%m.%Y %H:%M:%S.%f", WARSAW, "01.03.2026 10:15:59.5", "2026-03-01 10:15"),
        ("%d.%m.%Y %H", WARSAW, "01.03.2026 10", "2026-03-01 10:00"),
        ("%d.%m.%Y", WARSAW, "01.03.2026", "2026-03-01 00:00"),
        ("%d.%m.%Y %H:%M", LONDON, "01.03.2026 23:30", "2026-03-02 00:30"),
        ("%d.%m.%Y %H:%M", UTC, "01.07.2026 10:00", "2026-07-01 12:00"),
        ("%d.%m.%Y %H:%M %z", LONDON, "01.07.2026 10:00 +02:00", "2026-07-01 10:00"),
        ("%d.%m.%Y %H:%M%z", LONDON, "01.07.2026 10:00Z", "2026-07-01 12:00"),
        ("%d.%m.%Y %H:%M%z", LONDON, "01.07.2026 10:00-0130", "2026-07-01 13:30"),
        ("%d.%m.%Y %H:%M%z", LONDON, "01.07.2026 10:00+01", "2026-07-01 11:00"),
        ("%Y%m%d%H%M", WARSAW, "202607011000", "2026-07-01 10:00"),
    ],
)
def test_a_datetime_is_sent_in_the_zone_of_the_api(
    written: str, zone: ZoneInfo, text: str, sent: str
) -> None:
    convert = datetime_converter([parse_date_format(written)], zone=zone, sent_in=WARSAW)
    assert convert(text) == sent


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("2026-03-01", "2026-03-01 00:00"),
        ("2026-03-01 10:15", "2026-03-01 10:15"),
        ("2026-03-01T10:15:30", "2026-03-01 10:15"),
        ("2026-03-01T10:15:30.123Z", "2026-03-01 11:15"),
        ("2026-03-01 10:15+01:00", "2026-03-01 10:15"),
    ],
)
def test_without_formats_a_datetime_is_iso_8601(text: str, sent: str) -> None:
    assert datetime_converter([], zone=WARSAW, sent_in=WARSAW)(text) == sent


@pytest.mark.parametrize(
    "text",
    [
        "31.02.2026 10:00",
        "01.03.2026 24:00",
        "01.03.2026 10:60",
        "01.03.2026 10:5",
        "01.03.2026",
        "2026-03-01 10:00",
    ],
)
def test_a_datetime_that_does_not_match_the_format_is_refused(text: str) -> None:
    formats = [parse_date_format("%d.%m.%Y %H:%M")]
    assert in_words(datetime_converter(formats, zone=WARSAW, sent_in=WARSAW)(text)) == (
        "bad-date",
        f'"{text}" is not a valid date (expected DD.MM.YYYY hh:mm)',
    )


@pytest.mark.parametrize(
    "text",
    ["2024-12-31T23:59:60Z", "2026-03-01 10:00+24:00", "2026-03-01 10:00+01:60", "12:00"],
)
def test_an_impossible_moment_is_refused(text: str) -> None:
    result = datetime_converter([], zone=WARSAW, sent_in=WARSAW)(text)
    assert isinstance(result, Issue)
    assert result.code == "bad-date"


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        (
            WARSAW,
            "2026-03-29 02:30",
            (
                "no-such-time",
                '"2026-03-29 02:30" does not exist in Europe/Warsaw: the clocks go forward then',
            ),
        ),
        (
            WARSAW,
            "2026-10-25 02:30",
            (
                "ambiguous-time",
                '"2026-10-25 02:30" occurs twice in Europe/Warsaw: the clocks go back then',
            ),
        ),
        (
            LONDON,
            "2026-03-29 01:30",
            (
                "no-such-time",
                '"2026-03-29 01:30" does not exist in Europe/London: the clocks go forward then',
            ),
        ),
        (
            UTC,
            "2026-10-25 00:30",
            (
                "ambiguous-time",
                '"2026-10-25 00:30" occurs twice in Europe/Warsaw: the clocks go back then',
            ),
        ),
        (WARSAW, "2026-03-29 01:59", "2026-03-29 01:59"),
        (WARSAW, "2026-03-29 03:00", "2026-03-29 03:00"),
        (WARSAW, "2026-10-25 03:00", "2026-10-25 03:00"),
        (
            UTC,
            "2026-10-25 01:30",
            (
                "ambiguous-time",
                '"2026-10-25 01:30" occurs twice in Europe/Warsaw: the clocks go back then',
            ),
        ),
        (UTC, "2026-03-29 01:30", "2026-03-29 03:30"),
    ],
)
def test_a_local_time_that_does_not_exist_or_occurs_twice_is_refused(
    zone: ZoneInfo, text: str, expected: str | tuple[str, str]
) -> None:
    result = datetime_converter([], zone=zone, sent_in=WARSAW)(text)
    assert (in_words(result) if isinstance(result, Issue) else result) == expected


@pytest.mark.parametrize("text", ["0001-01-01 00:00+10:00", "9999-12-31 23:59-10:00"])
def test_a_moment_beyond_the_calendar_is_refused(text: str) -> None:
    result = datetime_converter([], zone=WARSAW, sent_in=WARSAW)(text)
    assert isinstance(result, Issue)
    assert result.code == "bad-date"


@settings(deadline=None)
@given(st.datetimes(), st.sampled_from([WARSAW, LONDON, UTC, ZoneInfo("Australia/Lord_Howe")]))
def test_a_datetime_that_is_sent_is_the_moment_that_was_written(
    moment: datetime, zone: ZoneInfo
) -> None:
    written = moment.replace(second=0, microsecond=0)
    result = datetime_converter([], zone=zone, sent_in=WARSAW)(written.isoformat(" ", "minutes"))
    if isinstance(result, str):
        sent = datetime.strptime(result, "%Y-%m-%d %H:%M").replace(tzinfo=WARSAW)
        difference = sent - written.replace(tzinfo=zone)
        assert abs(difference.total_seconds()) < 60


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("13/04/2024", "2024-04-13"),
        ("04/13/2024", "2024-04-13"),
        ("04/04/2024", "2024-04-04"),
        (
            "03/04/2024",
            (
                "ambiguous-date",
                (
                    '"03/04/2024" is ambiguous: it can be read as 2024-04-03 00:00 or as '
                    "2024-03-04 00:00"
                ),
            ),
        ),
    ],
)
def test_a_text_that_two_formats_read_differently_is_refused_with_both_readings(
    text: str, result: str | tuple[str, str]
) -> None:
    formats = [parse_date_format("%d/%m/%Y"), parse_date_format("%m/%d/%Y")]
    mapped = date_converter(formats, zone=WARSAW)(text)
    assert (in_words(mapped) if isinstance(mapped, Issue) else mapped) == result
