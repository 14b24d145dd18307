"""What a person may type into a cell to correct: only texts with one meaning."""

from __future__ import annotations

from typing import Any

import pytest

from bulk_update.language import speaking
from bulk_update.mapping.compiled_rules import CompiledRule, RuleContext
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.messages import sentence_of
from bulk_update.records import Issue

DATE, DATETIME = {"type": "date"}, {"type": "datetime", "time": "09:00"}
AMERICAN = {"type": "date", "formats": ["%m/%d/%Y"]}
DECIMAL, COMMA = {"type": "decimal"}, {"type": "decimal", "decimal": ","}
INTEGER = {"type": "integer"}


def converted(text: str, keys: dict[str, Any], *, is_failed_csv: bool = True) -> str:
    """Return what is sent for a text, or the code of the issue with its variant."""
    context = RuleContext("--CLEAR--", "Europe/Warsaw", can_clear=True, is_failed_csv=is_failed_csv)
    found = CompiledRule(CellRule.model_validate({"column": "A", **keys}), context).of_cell(text)
    return f"{found.code} {found.variant}".strip() if isinstance(found, Issue) else str(found)


@pytest.mark.parametrize(
    ("keys", "text", "expected"),
    [
        (DATE, "28.02.2027", "2027-02-28"),
        (DATE, "8.2.2027", "2027-02-08"),
        (DATE, "28 lutego 2027", "2027-02-28"),
        (DATE, "28 February 2027", "2027-02-28"),
        (DATE, "2027-02-28", "2027-02-28"),
        (DATE, "03/04/2027", "bad-date"),
        (DATE, "28/02/2027", "bad-date"),
        (DATE, "31.02.2027", "bad-date"),
        (DATE, "28.02.2027 10:00", "bad-date time-of-day"),
        (AMERICAN, "03/04/2027", "2027-03-04"),
        (AMERICAN, "2027-02-28", "2027-02-28"),
        (AMERICAN, "03.04.2027", "bad-date"),
        (AMERICAN, "3 April 2027", "2027-04-03"),
        ({"type": "date", "formats": ["%d.%m.%y"]}, "28.02.2027", "2027-02-28"),
        ({"type": "date", "formats": ["%m.%d.%Y"]}, "03.04.2027", "2027-03-04"),
        ({"type": "date", "formats": ["%m.%d.%Y"]}, "28.02.2027", "bad-date"),
        ({"type": "date", "formats": ["%d.%m.%Y", "%m.%d.%Y"]}, "03.04.2027", "ambiguous-date"),
        (DATETIME, "28.02.2027 10:30", "2027-02-28 10:30"),
        (DATETIME, "28.02.2027 10:30:15", "2027-02-28 10:30"),
        (DATETIME, "28.02.2027", "2027-02-28 09:00"),
        (DATETIME, "28.03.2027 02:30", "no-such-time"),
        (DATETIME, "03/04/2027 10:30", "bad-date"),
        ({**DATE, "latest": "2027-01-31"}, "28.02.2027", "out-of-bounds late"),
        (DECIMAL, "12,5", "12.5"),
        (DECIMAL, "-1 234,50", "-1234.50"),
        (DECIMAL, "1\u00a0234", "1234"),
        (DECIMAL, "1.234,56", "1234.56"),
        (DECIMAL, "1,234.56", "1234.56"),
        (DECIMAL, "1'234.56", "1234.56"),
        (DECIMAL, "0,125", "0.125"),
        (DECIMAL, "1234,567", "1234.567"),
        (DECIMAL, "1,234", "bad-number ambiguous"),
        (DECIMAL, "12,5 zł", "bad-number"),
        (COMMA, "1,234", "1.234"),
        (COMMA, "12.5", "12.5"),
        (COMMA, "1,234.56", "1234.56"),
        (INTEGER, "1 234", "1234"),
        (INTEGER, "1.234", "bad-integer"),
        (INTEGER, "12,0", "bad-integer"),
    ],
)
def test_a_text_is_read_in_its_rules_notation_or_if_it_has_one_meaning(
    keys: dict[str, Any], text: str, expected: str
) -> None:
    assert converted(text, keys) == expected


@pytest.mark.parametrize(
    ("keys", "text"), [(DATE, "28.02.2027"), (DECIMAL, "12,5"), (INTEGER, "1 234")]
)
def test_any_other_file_is_read_only_in_the_notation_of_its_rule(
    keys: dict[str, Any], text: str
) -> None:
    assert converted(text, keys, is_failed_csv=False).startswith("bad-")


def test_a_refused_date_names_what_is_accepted_in_the_letters_of_the_language() -> None:
    context = RuleContext("--CLEAR--", "Europe/Warsaw", can_clear=True, is_failed_csv=True)
    rule = CellRule.model_validate({"column": "A", "type": "datetime", "formats": ["%d/%m/%y %H"]})
    issue = CompiledRule(rule, context).of_cell("soon")
    assert isinstance(issue, Issue)
    assert "DD/MM/YY hh or YYYY-MM-DD hh:mm or DD.MM.YYYY hh:mm" in sentence_of(issue)
    with speaking("pl"):
        assert "DD/MM/RR gg lub RRRR-MM-DD gg:mm lub DD.MM.RRRR gg:mm" in sentence_of(issue)
