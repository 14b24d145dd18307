"""Which column of a file a mapping means.

Names are compared as people see them: what a spreadsheet shows alike is alike. So a no-break
space is a space, a run of white space (a line break in a header cell, too) is one space, white
space around a name and characters without width do not count, and the Unicode form is NFC, except
in a text that is too long to be a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

ORIGIN_COLUMNS = ("_row", "_run")
"""What `failed.csv` says of the row that a line is to correct."""

OUTCOME_COLUMNS = ("_outcome", "_code", "_message")

FAILED_COLUMNS = (*ORIGIN_COLUMNS, *OUTCOME_COLUMNS)
"""What `failed.csv` adds to the original columns, and what it is recognised by.

Older versions of the program added only the last three.
"""

_LONGEST_NORMALISED = 500
"""Characters. Unicode's canonical order takes quadratic time to make of a run of accents."""
_LONGEST_SUGGESTED = 100
"""Characters. To compare longer names takes quadratic time, and nobody mistypes one."""

WITHOUT_WIDTH = re.compile("[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]")
"""Characters that nobody sees in a name."""

_SPACES = re.compile(r"\s+")


def column_key(name: str) -> str:
    """Return the form in which column names are compared; empty for a name of spaces alone."""
    if len(name) <= _LONGEST_NORMALISED:
        name = unicodedata.normalize("NFC", name)
    visible = WITHOUT_WIDTH.sub("", name)
    return _SPACES.sub(" ", visible).strip()


@dataclass(frozen=True, slots=True)
class ColumnSearch:
    """Where wanted columns stand in a header: positions from 0 by the name that was wanted."""

    positions: dict[str, int]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every wanted column is there, and only once."""
        return not self.missing and not self.doubled


def find_columns(header: Sequence[str], wanted: Iterable[str]) -> ColumnSearch:
    """Look for the wanted column names in a header."""
    places: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        places.setdefault(column_key(name), []).append(index)
    positions: dict[str, int] = {}
    missing: list[str] = []
    doubled: list[str] = []
    for name in dict.fromkeys(wanted):
        match places.get(column_key(name), []):
            case [only]:
                positions[name] = only
            case []:
                missing.append(name)
            case _:
                doubled.append(name)
    return ColumnSearch(positions, tuple(missing), tuple(doubled))


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a mistyped one most likely means, or None."""
    if len(name) > _LONGEST_SUGGESTED:
        return None
    short = (candidate for candidate in known if len(candidate) <= _LONGEST_SUGGESTED)
    by_folded = {candidate.casefold(): candidate for candidate in short}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
