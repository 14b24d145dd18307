"""Splits column names into words; names that people consider the same give the same words.

Case, diacritics, punctuation and `camelCase` are normalized, so `NR SPRAWY`, `NrSprawy` and
`nr_sprawy` give the same words.
"""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 200
"""Characters of a name that are considered; real names are shorter."""
_WITHOUT_STROKE = str.maketrans("łŁøØđĐ", "lLoOdD")
_JOINTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
_WORD = re.compile("[^\\W_]+")

Words = tuple[str, ...]


def words_of(name: str) -> Words:
    """Return the normalized words of a column's name."""
    decomposed = unicodedata.normalize("NFKD", name[:_LONGEST]).translate(_WITHOUT_STROKE)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return tuple(word.casefold() for word in _WORD.findall(_JOINTS.sub(" ", bare)))
