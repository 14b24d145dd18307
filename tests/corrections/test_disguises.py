from __future__ import annotations

import pytest

from bulk_update.corrections.programs import PROGRAMS, programs_of

DISGUISES = [
    ("00123", "123"),
    ("-0012", "-12"),
    ("+48600100200", "48600100200"),
    ("48600100200", "4,86E+10"),
    ("48600100200", "4.86E+10"),
    ("48600100200", "4,86001E+10"),
    ("48600100200", "4,86E+010"),
    ("600100200", "6E+08"),
    ("12345678901234567890", "12345678901234500000"),
    ("12345678901234567890", "1,23457E+19"),
    ("12345678901234567890", "1,23456789012346E+019"),
    ("2698.75", "2698,75"),
    ("2698,75", "2698.75"),
    ("2698.70", "2698.7"),
    ("2698.70", "2698,7"),
    ("2698,00", "2698"),
    ("1234.56", "1 234,56"),
    ("1234567", "1,234,567"),
    ("1 234,50", "1234,5"),
    (".5", "0.5"),
    ("0.000012", "1.2E-05"),
    ("1E5", "1,00E+05"),
    ("1E5", "100000"),
    ("(5)", "-5"),
    ("50%", "0.5"),
    ("12.5%", "12.50%"),
    ("12,5%", "12,50%"),
    (" 123 ", "123"),
    ("2027-01-29", "29.01.2027"),
    ("2027-01-29", "29.01.27"),
    ("2027-01-29", "1/29/2027"),
    ("2027-01-29", "01/29/27"),
    ("2027-01-29", "29/01/2027"),
    ("2027-01-29", "46416"),
    ("2027-01-29", "29-sty-27"),
    ("2027-01-29", "29-Jan-27"),
    ("29.01.2027", "2027-01-29"),
    ("1/29/2027", "2027-01-29"),
    ("2027-01-29 08:15", "29.01.2027 08:15"),
    ("2027-01-29 08:15", "1/29/2027 8:15"),
    ("2027-01-29 20:15", "1/29/2027 8:15 PM"),
    ("2027-01-29 08:15:30", "29.01.2027 08:15"),
    ("2027-01-29 00:00", "2027-01-29"),
    ("2027-01-29T08:15", "2027-01-29 08:15:00"),
    ("8:15", "08:15:00"),
    ("12.05", "12.maj"),
    ("12.05", "12-May"),
    ("12.05", "maj.12"),
    ("12.05", "2026-05-12"),
    ("3/4", "4-Mar"),
    ("3-4", "03.kwi"),
    ("12.2027", "gru.27"),
    ("5/2027", "May-27"),
    ("TRUE", "PRAWDA"),
    ("true", "TRUE"),
    ("FALSE", "FAŁSZ"),
    ("'quoted", "quoted"),
    ("=1+1", "'=1+1"),
    ("a\r\nb", "a\nb"),
    ("a_x0041_b", "aAb"),
    ("x" * 40_000, "x" * 32_767),
]

CHANGES = [
    ("00123", "0123"),
    ("00123", "00124"),
    ("00123", "124"),
    ("00123", ""),
    ("48600100200", "4,87E+10"),
    ("48600100200", "48600100201"),
    ("2698.75", "2698.76"),
    ("2698.75", "2699"),
    ("2698.75", "269875"),
    ("2027-01-29", "30.01.2027"),
    ("2027-01-29", "29.01.2028"),
    ("2027-01-29 08:15", "29.01.2027 09:15"),
    ("2027-01-29 08:15", "29.01.2027"),
    ("12.05", "12.cze"),
    ("12.05", "13.maj"),
    ("TRUE", "FAŁSZ"),
    ("abc", "ABC"),
    ("80-001", "80001"),
    ("=1+1", "2"),
    ("", "0"),
    ("x", ""),
]


def may_show(text: str, shown: str) -> bool:
    return any(program.may_show(text, shown) for program in PROGRAMS)


@pytest.mark.parametrize(("text", "shown"), DISGUISES)
def test_a_form_that_some_program_gives_to_a_text_is_recognised(text: str, shown: str) -> None:
    assert may_show(text, shown)


@pytest.mark.parametrize(("text", "shown"), CHANGES)
def test_a_form_that_no_program_gives_to_a_text_is_a_change(text: str, shown: str) -> None:
    assert not may_show(text, shown)


@pytest.mark.parametrize(
    "text",
    [
        "", "Łódź", "80-001", "600-100-200", "a1", "1-2-3-4", "31.02.2027x", "1.2.3.4", "12:75",
        "99/99/9999", "1e", "E5", "--5", "5-", "1,2,3", "+", ".", "٣", "²", "1E999", "x" * 100,
        "9" * 59, "(1", "1)", "%", "5 %%", "1 2 3",
    ],
)  # fmt: skip
def test_odd_texts_are_read_without_an_error(text: str) -> None:
    for program in programs_of("cp1250"):
        assert program.may_show(text, "nothing") is False
        program.changes(text)


@pytest.mark.parametrize("text", ["Łódź", "80-001", "600-100-200", "1.2.3.4", "0", "12345678"])
def test_no_program_changes_a_text_that_is_not_a_value_or_is_shown_unchanged(text: str) -> None:
    assert not any(program.changes(text) for program in PROGRAMS)


@pytest.mark.parametrize("text", ["00123", " 5", "1E5", "+5"])
def test_every_spreadsheet_program_changes_these(text: str) -> None:
    assert sum(program.changes(text) for program in PROGRAMS) >= len(PROGRAMS) - 5
