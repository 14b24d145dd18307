"""Conversion of a cell's text to the number that is sent, from the notations of many programs.

No number becomes a float on the way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.cells.values import Converter
from bulk_update.records import Issue


class Negative(StrEnum):
    """How negative numbers are written; a leading minus is always accepted."""

    LEADING = "leading"
    TRAILING = "trailing"
    PARENTHESES = "parentheses"


_SPACES = " \u00a0\u2009\u202f"
_MINUSES = frozenset("-\u2212")
_SIGNS = _MINUSES | {"+"}
GROUPINGS: dict[str, str] = {" ": _SPACES, "'": "'\u2019", ".": ".", ",": ","}
"""The characters that count as each grouping separator, including look-alikes."""

_WITHOUT_GROUPING = str.maketrans("", "", "".join(GROUPINGS.values()))
_PLAIN = {
    separator: re.compile(rf"(?:0|[1-9][0-9]*)(?:[{separator}][0-9]+)?") for separator in ".,"
}
"""Most numbers: canonical except for the decimal separator."""


def _whole(groupings: str) -> str:
    if not groupings:
        return "[0-9]*"
    grouped = f"[0-9]{{1,3}}(?P<group>[{groupings}])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*"
    return f"[0-9]*|{grouped}"


_ALL_GROUPINGS: list[tuple[str | None, str]] = [(None, ""), *GROUPINGS.items()]
_INTEGERS = {
    grouping: re.compile(f"(?:{_whole(characters)})(?<=[0-9])")
    for grouping, characters in _ALL_GROUPINGS
}
# With a decimal comma, spaces are always accepted between thousands, as Polish Excel writes them.
_DECIMALS = {
    (separator, grouping): re.compile(
        f"(?P<whole>{_whole(characters + (_SPACES if separator == ',' else ''))})"
        f"(?:[{separator}](?P<fraction>[0-9]+))?(?<=[0-9])"
    )
    for separator in ".,"
    for grouping, characters in _ALL_GROUPINGS
    if grouping != separator
}


@dataclass(frozen=True, slots=True)
class NumberNotation:
    """The decimal separator, thousands separator and negative sign of numbers."""

    decimal: str = "."
    grouping: str | None = None
    negative: Negative = Negative.LEADING

    def without_sign(self, text: str) -> tuple[str, bool]:
        """Return the number without its sign, and whether it is negative."""
        if text[:1] in _SIGNS:
            return text[1:].lstrip(_SPACES), text[0] != "+"
        if self.negative is Negative.TRAILING and text[-1:] in _MINUSES:
            return text[:-1].rstrip(_SPACES), True
        if self.negative is Negative.PARENTHESES and text[:1] == "(" and text[-1:] == ")":
            return text[1:-1].strip(_SPACES), True
        return text, False


def integer_converter(notation: NumberNotation) -> Converter:
    """Make the converter for integers: a sign and ASCII digits; `+007` becomes `7`."""
    pattern = _INTEGERS[notation.grouping]

    def convert(text: str) -> str | Issue:
        number, is_negative = notation.without_sign(text)
        if not pattern.fullmatch(number):
            return Issue(IssueCode.BAD_INTEGER, {"text": text})
        return _canonical(number, None, is_negative=is_negative)

    return convert


def decimal_converter(notation: NumberNotation) -> Converter:
    """Make the converter for numbers in this notation; any other grouping is refused."""
    separator = notation.decimal
    plain, pattern = _PLAIN[separator], _DECIMALS[separator, notation.grouping]

    def convert(text: str) -> str | Issue:
        if plain.fullmatch(text):
            return text.replace(separator, ".")
        number, is_negative = notation.without_sign(text)
        found = pattern.fullmatch(number)
        if found is None:
            return Issue(IssueCode.BAD_NUMBER, {"text": text, "example": f"1234{separator}56"})
        return _canonical(found["whole"], found["fraction"], is_negative=is_negative)

    return convert


def _canonical(whole: str, fraction: str | None, *, is_negative: bool) -> str:
    digits = whole.translate(_WITHOUT_GROUPING).lstrip("0") or "0"
    number = digits if fraction is None else f"{digits}.{fraction}"
    is_zero = not number.strip("0.")
    return f"-{number}" if is_negative and not is_zero else number
