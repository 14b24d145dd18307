"""What a number format shows for a number: a plain number, a date, or something else.

Rules and built-in formats: ECMA-376, part 1, 18.8.30 and 18.8.31.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from openpyxl.styles.numbers import BUILTIN_FORMATS

_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"?           # literal text
    | \\(?P<escaped>.)               # one literal character
    | _.                             # room as wide as a character
    | \*.                            # a character that fills the cell
    | \[\$(?P<currency>[^\]\[-]*+)[^\]\[]*+\]   # currency, and language
    | \[(?P<elapsed>h+|m+|s+)\]      # elapsed time
    | \[(?P<condition>[<>=][^\]\[]*+)\]  # for which numbers the section is
    | \[[^\]\[]*+\]                  # colour
    | (?P<general>General)
    | (?P<meridiem>AM/PM|A/P)
    | (?P<plain>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_SPACES = " \u00a0\u202f"
_DIGITS = frozenset("0#?.,@" + _SPACES)


class Shape(StrEnum):
    """What a cell shows, by its number format."""

    NUMBER = "number"
    STYLED_NUMBER = "styled number"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    ELAPSED = "elapsed time"


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """The effect of a number format; `digits` is the length to which zeros pad an integer."""

    shape: Shape
    digits: int = 0


GENERAL = NumberFormat(Shape.NUMBER)
_STYLED = NumberFormat(Shape.STYLED_NUMBER)
UNKNOWN = _STYLED
"""The effect of an unknown format."""

_BUILT_IN_ELSEWHERE = {
    **dict.fromkeys((*range(27, 32), 36, *range(50, 59)), Shape.DATE),
    **dict.fromkeys((32, 33, 34, 35), Shape.TIME),
    **dict.fromkeys((59, 60, 61, 62), Shape.NUMBER),
    **dict.fromkeys((71, 72, 73, 74, 81), Shape.DATE),
    **dict.fromkeys((75, 76, 78, 80), Shape.TIME),
    77: Shape.DATETIME,
    79: Shape.ELAPSED,
}
"""Formats of Chinese, Japanese, Korean and Thai programs; openpyxl has all others."""


def built_in_format(number: int) -> NumberFormat | None:
    """Return a format that workbooks refer to only by number; None if there is none."""
    if number in BUILTIN_FORMATS:
        return number_format(BUILTIN_FORMATS[number])
    shape = _BUILT_IN_ELSEWHERE.get(number)
    return None if shape is None else NumberFormat(shape)


def number_format(code: str) -> NumberFormat:
    """Parse a format code such as `00000`, `#,##0.00` or `yyyy-mm-dd`.

    Only the first section counts, which is for positive numbers and dates.
    """
    plain, literals, elapsed = _first_section(code)
    if elapsed:
        return NumberFormat(Shape.ELAPSED)
    shape = _date_shape(plain)
    if shape is not None:
        return NumberFormat(shape)
    if literals.strip() or not _DIGITS.issuperset(plain):
        return _STYLED
    zeros = _least_digits(plain)
    # Zeros among other characters, or on a condition, pad in ways that only the program shows.
    if _pads_on_condition(code) or (zeros > 1 and plain.strip("0")):
        return _STYLED
    return NumberFormat(Shape.NUMBER, zeros) if zeros > 1 else GENERAL


def _least_digits(plain: str) -> int:
    return plain.partition(".")[0].count("0")


def _pads_on_condition(code: str) -> bool:
    tokens = list(_TOKEN.finditer(code))
    if not any(token["condition"] for token in tokens):
        return False
    sections = "".join(token["plain"] or "" for token in tokens).split(";")
    return any(_least_digits(section) > 1 for section in sections)


def _first_section(code: str) -> tuple[str, str, bool]:
    """Return the placeholders, the literal text around them, and whether time is elapsed time."""
    plain: list[str] = []
    literals: list[str] = []
    elapsed = False
    for token in _TOKEN.finditer(code):
        if token["plain"] == ";":
            break
        literals.append(token["quoted"] or token["escaped"] or token["currency"] or "")
        elapsed = elapsed or bool(token["elapsed"])
        plain.append("h" if token["meridiem"] else token["plain"] or "")
    return "".join(plain), "".join(literals), elapsed


def _date_shape(plain: str) -> Shape | None:
    letters = set(plain.lower())
    if "e" in letters and letters & set("0#?"):
        return None
    has_date = bool(letters & set("dye"))
    has_time = bool(letters & set("hs"))
    if has_date:
        return Shape.DATETIME if has_time else Shape.DATE
    if has_time:
        return Shape.TIME
    return Shape.DATE if "m" in letters else None
