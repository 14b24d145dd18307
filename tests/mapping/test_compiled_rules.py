from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CLEAR_TOKEN, cells, rules
from words import in_words

from bulk_update.mapping.compiled_rules import CompiledRule, Mapped, RuleContext
from bulk_update.mapping.rule_schema import CellRule, blank_words
from bulk_update.messages import sentence_of
from bulk_update.records import Cell, CellKind, Issue, TypedCell

TODAY = date(2026, 11, 30)


def rule(*, can_clear: bool = True, is_failed_csv: bool = False, **keys: Any) -> CompiledRule:
    content = {key: value if key == "lookup" else _text(value) for key, value in keys.items()}
    if not content.keys() & {"column", "columns", "value"}:
        content["column"] = "A"
    cell_rule = CellRule.model_validate(content)
    context = RuleContext(
        CLEAR_TOKEN,
        "Europe/Warsaw",
        can_clear=can_clear,
        is_failed_csv=is_failed_csv,
        blanks=blank_words(cell_rule.blanks),
        today=TODAY,
    )
    return CompiledRule(cell_rule, context)


def _text(value: Any) -> Any:
    return value if isinstance(value, list) else str(value)


def code_of(mapped: Mapped) -> str:
    assert isinstance(mapped, Issue), f"{mapped!r} is no issue"
    return str(mapped.code)


def number(text: str) -> TypedCell:
    return TypedCell(CellKind.NUMBER, text, Decimal(text))


STYLED = TypedCell(CellKind.STYLED_NUMBER, "0.25", Decimal("0.25"))
TRUE = TypedCell(CellKind.BOOLEAN, "TRUE", value=True)
FALSE = TypedCell(CellKind.BOOLEAN, "FALSE", value=False)
DAY = TypedCell(CellKind.DATE, "2026-03-04", date(2026, 3, 4))
MIDNIGHT = TypedCell(CellKind.DATETIME, "2026-03-04 00:00:00")
MORNING = TypedCell(CellKind.DATETIME, "2026-03-04 10:15:30")
TIME = TypedCell(CellKind.TIME, "10:15:00")
ERROR = TypedCell(CellKind.ERROR, "#N/A")
NO_VALUE = TypedCell(CellKind.NO_VALUE, "=A1")


@pytest.mark.parametrize(
    ("keys", "cell", "sent"),
    [
        ({}, "00123", "00123"),
        ({}, "NA", "NA"),
        ({}, "None", "None"),
        ({}, " \u00a0Łódź\t", "Łódź"),
        ({"strip": "false"}, " a ", " a "),
        ({"case": "upper"}, "łódź", "ŁÓDŹ"),
        ({"case": "lower"}, "ŁÓDŹ", "łódź"),
        ({"lookup": {"a": "1"}}, "a", "1"),
        ({"lookup": {"a": "1"}}, " a ", "1"),
        ({"default": "x"}, "", "x"),
        ({"default": "x"}, "y", "y"),
        ({"default": "x", "on_blank": "error"}, " ", "x"),
        ({"pattern": "[0-9]+"}, "12", "12"),
        ({"max_length": 3}, "żół", "żół"),
        ({"type": "integer"}, "+007", "7"),
        ({"type": "decimal"}, "1.50", "1.50"),
        ({"type": "decimal", "decimal": ","}, "1,50", "1.50"),
        ({"type": "boolean"}, "Tak", "1"),
        ({"type": "boolean", "true": ["x"], "false": ["-"]}, "-", "0"),
        ({"type": "date", "formats": ["%d.%m.%Y"]}, "1.3.2026", "2026-03-01"),
        ({"type": "datetime", "timezone": "UTC"}, "2026-03-01 10:00", "2026-03-01 11:00"),
    ],
)
def test_a_cell_becomes_what_its_rule_says(keys: dict[str, Any], cell: str, sent: str) -> None:
    assert rule(**keys).of_cell(cell) == sent


@pytest.mark.parametrize(
    ("keys", "cell", "code", "message"),
    [
        ({"on_blank": "error"}, " ", "blank", "the cell is blank"),
        (
            {"lookup": {"Kontakt": "1", "Nie dzwonić": "2"}},
            "kontkt",
            "not-in-lookup",
            '"kontkt" is not in the lookup (did you mean "Kontakt"?)',
        ),
        (
            {"lookup": {"a": "1", "b": "2"}},
            "A B",
            "not-in-lookup",
            '"A B" is not in the lookup (expected one of "a", "b")',
        ),
        (
            {"pattern": "[0-9]+"},
            "12a",
            "pattern",
            '"12a" does not match the pattern [0-9]+',
        ),
        (
            {"max_length": 2},
            "abc",
            "too-long",
            '"abc" has 3 characters (expected at most 2)',
        ),
        (
            {"type": "integer"},
            "1.0",
            "bad-integer",
            '"1.0" is not a whole number (expected digits such as 1234)',
        ),
        (
            {"type": "decimal", "decimal": ","},
            "1.5",
            "bad-number",
            '"1.5" is not a valid number (expected a number such as 1234,56)',
        ),
        (
            {"type": "datetime", "formats": ["%d.%m.%Y %H:%M"]},
            "31.02.2026 10:00",
            "bad-date",
            '"31.02.2026 10:00" is not a valid date (expected DD.MM.YYYY hh:mm)',
        ),
    ],
)
def test_a_cell_that_its_rule_refuses_says_what_was_expected(
    keys: dict[str, Any], cell: str, code: str, message: str
) -> None:
    assert in_words(rule(**keys).of_cell(cell)) == (code, message)


def test_a_message_shows_long_and_hidden_text_safely() -> None:
    mapped = rule(type="integer").of_cell("\u202e\x1b" + "9" * 100 + "x")
    assert isinstance(mapped, Issue)
    assert sentence_of(mapped) == (
        r'"\u202e\x1b' + "9" * 78 + '…" is not a whole number (expected digits such as 1234)'
    )


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\t"])
@pytest.mark.parametrize(("strip"), ["true", "false"])
def test_a_blank_cell_leaves_its_field_unchanged(blank: str, strip: str) -> None:
    assert rule(strip=strip).of_cell(blank) is None


def test_a_blank_cell_clears_its_field_if_the_rule_says_so() -> None:
    assert rule(on_blank="clear").of_cell(" ") == ""


def test_the_clear_token_clears_a_record_field() -> None:
    assert rule().of_cell(f" {CLEAR_TOKEN} ") == ""


def test_the_clear_token_is_refused_elsewhere() -> None:
    assert in_words(rule(can_clear=False).of_cell(CLEAR_TOKEN)) == (
        "cannot-clear",
        f'"{CLEAR_TOKEN}" clears only record_fields',
    )


@pytest.mark.parametrize(
    ("keys", "cell", "expected"),
    [
        # strip comes before the clear token
        ({}, f" {CLEAR_TOKEN} ", ""),
        ({"strip": "false"}, f" {CLEAR_TOKEN} ", f" {CLEAR_TOKEN} "),
        # the clear token before blank, case, lookup, pattern and type
        ({"case": "lower", "lookup": {"a": "1"}}, CLEAR_TOKEN, ""),
        ({"pattern": "[0-9]+", "type": "integer"}, CLEAR_TOKEN, ""),
        # blank before everything else: a default goes through what follows
        ({"default": "a", "case": "upper"}, "", "A"),
        ({"default": "a", "lookup": {"a": "1"}}, "", "1"),
        ({"on_blank": "clear", "pattern": "[0-9]+"}, "", ""),
        # case before lookup
        ({"case": "upper", "lookup": {"A": "x"}}, "a", "x"),
        # lookup before pattern, type and max_length
        ({"lookup": {"Kontakt": "3"}, "pattern": "[0-9]", "max_length": "1"}, "Kontakt", "3"),
        ({"lookup": {"jeden": "1,5"}, "type": "decimal", "decimal": ","}, "jeden", "1.5"),
        # pattern before type
        ({"pattern": r"\+.*", "type": "integer"}, "+5", "5"),
        # type before max_length
        ({"type": "integer", "max_length": "1"}, "+007", "7"),
    ],
)
def test_the_steps_are_applied_in_order(keys: dict[str, Any], cell: str, expected: str) -> None:
    assert rule(**keys).of_cell(cell) == expected


@pytest.mark.parametrize(
    ("keys", "cell", "sent"),
    [
        ({}, number("007"), "007"),
        ({}, number("1.5"), "1.5"),
        ({"lookup": {"3": "x"}}, number("3"), "x"),
        ({"type": "integer"}, number("007"), "7"),
        ({"type": "integer"}, TypedCell(CellKind.STYLED_NUMBER, "5"), "5"),
        ({"type": "decimal", "decimal": ","}, number("1.5"), "1.5"),
        ({"type": "decimal"}, STYLED, "0.25"),
        ({"type": "boolean"}, TRUE, "1"),
        ({"type": "boolean"}, FALSE, "0"),
        ({"type": "boolean"}, number("1"), "1"),
        ({"type": "boolean", "true": ["x"]}, TRUE, "1"),
        ({"type": "boolean", "true": ["7"], "false": ["8"]}, number("8"), "0"),
        ({"type": "date"}, DAY, "2026-03-04"),
        ({"type": "date", "formats": ["%Y-%d-%m"]}, DAY, "2026-03-04"),
        ({"type": "date"}, MIDNIGHT, "2026-03-04"),
        ({"type": "datetime"}, DAY, "2026-03-04 00:00"),
        ({"type": "datetime", "formats": ["%d.%m.%Y"]}, MORNING, "2026-03-04 10:15"),
        ({"type": "datetime", "timezone": "UTC"}, MORNING, "2026-03-04 11:15"),
    ],
)
def test_a_workbook_cell_keeps_its_own_type(
    keys: dict[str, Any], cell: TypedCell, sent: str
) -> None:
    assert rule(**keys).of_cell(cell) == sent


@pytest.mark.parametrize(
    ("keys", "cell", "code"),
    [
        *(({}, cell, "needs-type") for cell in (STYLED, TRUE, DAY, MORNING, TIME)),
        *(({"type": "integer"}, cell, "bad-integer") for cell in (TRUE, DAY, TIME, number("7.5"))),
        *(({"type": "decimal"}, cell, "bad-number") for cell in (TRUE, DAY, TIME)),
        *(({"type": "boolean"}, cell, "bad-boolean") for cell in (STYLED, DAY, number("2"))),
        *(({"type": "date"}, cell, "bad-date") for cell in (number("45000"), TIME, MORNING)),
        *(({"type": "datetime"}, cell, "bad-date") for cell in (number("45000.5"), TIME, TRUE)),
        ({"type": "boolean", "true": ["x"]}, number("1"), "bad-boolean"),
        ({"type": "boolean", "false": ["TRUE"]}, TRUE, "bad-boolean"),
        ({"lookup": {"1": "1"}}, TRUE, "needs-type"),
        ({}, number("1234567890123456"), "damaged-number"),
        ({"type": "integer"}, number("1234567890123456"), "damaged-number"),
        *(({"type": kind}, ERROR, "error-cell") for kind in ("text", "date", "decimal")),
        *(({"type": kind}, NO_VALUE, "no-value") for kind in ("text", "boolean", "integer")),
    ],
)
def test_a_workbook_cell_of_another_type_is_refused(
    keys: dict[str, Any], cell: TypedCell, code: str
) -> None:
    assert code_of(rule(**keys).of_cell(cell)) == code


@pytest.mark.parametrize(
    ("keys", "cell", "words"),
    [
        ({}, DAY, '"2026-03-04" is a date cell (add type: date to the rule, or '),
        ({}, TRUE, '"TRUE" is a boolean cell (add type: boolean to the rule, or '),
        ({}, STYLED, "fraction, padding or the like) (add type: decimal to the rule, or "),
        ({}, TIME, "is a cell with a time of day or a time span ("),
        ({"lookup": {"1": "1"}}, TRUE, '"TRUE" is a boolean cell ('),
    ],
)
def test_a_cell_that_needs_a_type_says_what_helps(
    keys: dict[str, Any], cell: TypedCell, words: str
) -> None:
    issue = rule(**keys).of_cell(cell)
    assert isinstance(issue, Issue)
    assert issue.code == "needs-type"
    remedy = f"{words}format the column as text and enter the value again)"
    assert sentence_of(issue).endswith(remedy)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("60", "is not a valid date serial"),
        ("-0.5", "is not a valid date serial"),
        ("1E+309", "too large or too small for a number"),
        (
            "2024-03-01T12:30:00Z",
            "is not a valid date and time in a workbook, which has no time zones",
        ),
        ("#N/A", 'the cell shows "#N/A" (fix its formula or value)'),
    ],
)
def test_an_error_cell_says_what_is_wrong_with_it(text: str, words: str) -> None:
    issue = rule().of_cell(TypedCell(CellKind.ERROR, text))
    assert isinstance(issue, Issue)
    assert words in sentence_of(issue)


@pytest.mark.parametrize(
    ("keys", "cell", "sent"),
    [
        ({"type": "date", "formats": ["%d.%m.%Y"]}, "2026-03-04", "2026-03-04"),
        ({"type": "date", "formats": ["%d.%m.%Y"]}, "04.03.2026", "2026-03-04"),
        ({"type": "datetime", "formats": ["%d.%m.%Y"]}, "2026-03-04T10:15:30", "2026-03-04 10:15"),
        ({"type": "decimal", "decimal": ","}, "1.5", "1.5"),
        ({"type": "decimal", "decimal": ","}, "1,5", "1.5"),
        ({"type": "boolean", "true": ["x"], "false": ["-"]}, "TRUE", "1"),
        ({"type": "boolean", "true": ["x"], "false": ["-"]}, "-", "0"),
        ({"type": "integer"}, "5", "5"),
    ],
)
def test_a_failed_file_may_use_our_notation_or_that_of_the_rule(
    keys: dict[str, Any], cell: str, sent: str
) -> None:
    assert rule(is_failed_csv=True, **keys).of_cell(cell) == sent


def test_a_text_that_our_notation_and_the_rule_read_differently_is_refused() -> None:
    mapped = rule(is_failed_csv=True, type="date", formats=["%Y-%d-%m"]).of_cell("2026-03-04")
    assert in_words(mapped) == (
        "bad-date",
        '"2026-03-04" is ambiguous: it can be read as 2026-04-03 or as 2026-03-04',
    )


def test_in_a_failed_file_a_wrong_date_is_refused_with_the_formats_that_are_accepted() -> None:
    mapped = rule(is_failed_csv=True, type="date", formats=["%d.%m.%Y"]).of_cell("31.02.2026")
    assert in_words(mapped) == (
        "bad-date",
        '"31.02.2026" is not a valid date (expected DD.MM.YYYY or YYYY-MM-DD)',
    )


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (("Jan", "Kowalski"), "Jan Kowalski"),
        ((" Jan ", ""), "Jan"),
        (("", "\u00a0"), None),
        (("Jan", number("7")), "Jan 7"),
        ((CLEAR_TOKEN, " "), ""),
    ],
)
def test_joined_cells_are_stripped_and_blanks_are_skipped(
    cell: tuple[Cell, ...], expected: str | None
) -> None:
    assert rule(columns=["A", "B"], join=" ").of_cells(cell) == expected


@pytest.mark.parametrize(
    ("cell", "issue"),
    [
        (
            ("Jan", CLEAR_TOKEN),
            (
                "cannot-clear",
                f'the clear token "{CLEAR_TOKEN}" is next to other text',
            ),
        ),
        (
            (ERROR, "x"),
            (
                "error-cell",
                'the cell shows "#N/A" (fix its formula or value)',
            ),
        ),
        (
            ("a", "b"),
            ("too-long", '"a b" has 3 characters (expected at most 2)'),
        ),
    ],
)
def test_joined_cells_that_cannot_be_sent_say_why(
    cell: tuple[Cell, ...], issue: tuple[str, str]
) -> None:
    mapped = rule(columns=["A", "B"], join=" ", max_length=2).of_cells(cell)
    assert in_words(mapped) == issue


def test_date_and_time_columns_can_be_joined_and_read_as_one() -> None:
    joined = rule(columns=["A", "B"], join=" ", type="datetime", formats=["%d.%m.%Y %H:%M"])
    assert joined.of_cells(("1.3.2026", "9:05")) == "2026-03-01 09:05"


@settings(deadline=None)
@given(rules(), st.sampled_from(["", " ", "\u00a0", "\t", "\u2003"]))
def test_a_blank_cell_never_erases_anything_unless_its_rule_says_so(
    content: dict[str, Any], blank: str
) -> None:
    mapped = rule(**content).of_cell(blank)
    if content["on_blank"] != "clear":
        assert mapped is None or isinstance(mapped, Issue)


@settings(deadline=None)
@given(rules(can_clear=False), cells())
def test_a_field_that_cannot_be_cleared_is_never_sent_empty(
    content: dict[str, Any], cell: Cell
) -> None:
    assert rule(can_clear=False, **content).of_cell(cell) != ""


@settings(deadline=None)
@given(rules(), cells())
def test_a_rule_gives_the_same_result_each_time(content: dict[str, Any], cell: Cell) -> None:
    compiled = rule(**content)
    assert compiled.of_cell(cell) == compiled.of_cell(cell)
