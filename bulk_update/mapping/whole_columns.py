"""Columns whose cells are all ordinary, mapped at once instead of cell by cell.

A shortcut looks at all cells of a column together. It answers just what the rule makes of each of
them, or None where one cell needs a closer look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Shortcut = Callable[[Sequence[str]], Sequence[str] | None]

_IDENTIFIERS = re.compile(r"(?>\+?[0-9A-Za-z_]{1,100}\n)*+")
_NUMBERS = {
    separator: re.compile(rf"(?>(?:0|[1-9][0-9]*)(?:[{separator}][0-9]+)?\n)*+")
    for separator in (".", ",")
}
"""Numbers without a sign, as lines: canonical but for their separator."""


def ordinary_identifiers(cells: Sequence[str]) -> Sequence[str] | None:
    """Take identifiers of ASCII letters and digits as they are, and phone numbers with a plus."""
    stripped = list(map(str.strip, cells))
    return stripped if _are_all(stripped, _IDENTIFIERS) else None


def stripped_texts(clear_token: str) -> Shortcut:
    """Make the shortcut for texts that are sent as they are, but for the space around them."""

    def shortcut(cells: Sequence[str]) -> Sequence[str] | None:
        stripped = list(map(str.strip, cells))
        return stripped if all(stripped) and clear_token not in stripped else None

    return shortcut


def plain_decimals(separator: str, clear_token: str) -> Shortcut:
    """Make the shortcut for numbers without a sign, leading zeros or thousands separators."""
    pattern = _NUMBERS[separator]

    def shortcut(cells: Sequence[str]) -> Sequence[str] | None:
        stripped = list(map(str.strip, cells))
        if clear_token in stripped or not _are_all(stripped, pattern):
            return None
        return "\n".join(stripped).replace(separator, ".").split("\n")

    return shortcut


def _are_all(texts: Sequence[str], pattern: re.Pattern[str]) -> bool:
    """Tell whether the texts are lines of which the pattern matches any number."""
    lines = "\n".join(texts) + "\n"
    return bool(pattern.fullmatch(lines)) and lines.count("\n") == len(texts)
