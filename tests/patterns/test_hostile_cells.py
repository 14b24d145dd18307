"""No cell and no header takes quadratic time, in what the standard library does with it too.

C functions have no steps to count, so CPU time is compared: of a text, and of one eight times as
long. Linear time takes eight times as much, quadratic time 64 times.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable

import pytest
from identifiers import read_identifier

from bulk_update.cells.identifiers import read_campaign
from bulk_update.cells.typed_cells import CellType
from bulk_update.columns import column_key, nearest_name
from bulk_update.mapping.compiled_rules import CompiledRule, RuleContext
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.printable import printable, quoted
from bulk_update.readers.workbook.cell_values import iso_cell
from bulk_update.readers.workbook.number_formats import number_format
from bulk_update.results import without_formula

LENGTH = 4_000
GROWTH = 8
MOST_GROWTH = 24
NOTICEABLE_SECONDS = 0.05

TEXTS = {
    "spaces": " ",
    "no-break spaces": "\u00a0",
    "digits": "9",
    "zeros": "0",
    "letters": "a",
    "Polish letters": "Ł",
    "accents out of order": "\u0301\u0316",
    "Arabic ligatures": "\ufdfa",
    "sharp s": "ß",
    "minus signs": "-",
    "quotes": "'\"",
    "brackets": "[$",
    "groups of digits": " 123",
    "escapes": "\x1b[",
    "dates": "2024-01-01 ",
}
ENDINGS = ("", "x", "=")

RULES = {
    cell_type.value: CompiledRule(
        CellRule.model_validate({"column": "A", "type": cell_type.value}),
        RuleContext("--CLEAR--", "Europe/Warsaw", can_clear=True, is_failed_csv=True),
    )
    for cell_type in CellType
}
LOOKUP = CompiledRule(
    CellRule.model_validate({"column": "A", "lookup": {"Kontakt": "3", "Nie dzwonić": "4"}}),
    RuleContext("--CLEAR--", "Europe/Warsaw", can_clear=True),
)
READERS: dict[str, Callable[[str], object]] = {
    **{f"a rule of type {name}": rule.of_cell for name, rule in RULES.items()},
    "a lookup": LOOKUP.of_cell,
    "an identifier": read_identifier,
    "a campaign": read_campaign,
    "a header": column_key,
    "a header that is nearly a name": lambda text: nearest_name("Miasto", [text]),
    "a name that is nearly a header": lambda text: nearest_name(text, [text[1:], "Miasto"]),
    "a cell of the results": without_formula,
    "a message": printable,
    "a quotation": quoted,
    "a number format": number_format,
    "a date of a workbook": iso_cell,
}


@pytest.mark.parametrize("reader", READERS)
def test_the_time_grows_no_faster_than_the_text(reader: str) -> None:
    read = READERS[reader]
    slow = [
        (name, ending)
        for name, repeated in TEXTS.items()
        for ending in ENDINGS
        if takes_quadratic_time(read, repeated, ending)
    ]
    assert slow == []


def test_quadratic_time_is_noticed() -> None:
    def read(text: str) -> None:
        unicodedata.normalize("NFKD", text)

    assert takes_quadratic_time(read, TEXTS["accents out of order"], "", length=LENGTH // 2)


def takes_quadratic_time(
    read: Callable[[str], object], repeated: str, ending: str, *, length: int = LENGTH
) -> bool:
    short, long = (
        "a" + repeated * (size // len(repeated)) + ending for size in (length, length * GROWTH)
    )
    if cpu_seconds(read, long) < NOTICEABLE_SECONDS:  # and the least of several would be, too
        return False
    return least_cpu_seconds(read, long) > MOST_GROWTH * least_cpu_seconds(read, short)


def least_cpu_seconds(read: Callable[[str], object], text: str) -> float:
    """Return the least of three measurements: what else the machine does only adds to them."""
    return min(cpu_seconds(read, text) for _ in range(3))


def cpu_seconds(read: Callable[[str], object], text: str) -> float:
    before = time.process_time()
    read(text)
    return time.process_time() - before
