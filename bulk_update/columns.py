"""The search for the columns that a mapping names.

Names are compared as people see them: two names that look the same in a spreadsheet are the same.
So a no-break space is a space; a run of white space, including a line break in a header cell, is
one space; white space around a name and zero-width characters do not count. Names are compared in
Unicode form NFC, unless the text is too long to be a name.
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
"""In characters. Normalising a long run of accents takes quadratic time."""
_LONGEST_SUGGESTED = 100
"""In characters. Comparing long names takes quadratic time, and they are not typed by hand."""

WITHOUT_WIDTH = re.compile("[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]")
"""Characters that are invisible in a name."""

_SPACES = re.compile(r"\s+")


def column_key(name: str) -> str:
    """Return the form in which column names are compared; empty for a name of only spaces."""
    if len(name) <= _LONGEST_NORMALISED:
        name = unicodedata.normalize("NFC", name)
    visible = WITHOUT_WIDTH.sub("", name)
    return _SPACES.sub(" ", visible).strip()


@dataclass(frozen=True, slots=True)
class ColumnSearch:
    """The positions (from 0) of wanted columns in a header, by wanted name."""

    positions: dict[str, int]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every wanted column occurs exactly once."""
        return not self.missing and not self.doubled


def find_columns(header: Sequence[str], wanted: Iterable[str]) -> ColumnSearch:
    """Find the wanted column names in a header."""
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
