"""The key that a mistyped text most likely means, found without comparing it to all keys.

A column that is mapped by mistake misses its lookup in every row, so a miss must be cheap. Texts
are compared in folded form (without case, accents and runs of spaces), complete and with each
single character removed. That finds one wrong, missing, extra or swapped character.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

_SHORTEST, _LONGEST = 4, 40
"""Shorter texts become too similar with a character removed; longer ones have too many forms."""
_LONGEST_FOLDED = 500
"""Characters. Normalizing a long run of combining accents takes quadratic time."""
_WITHOUT_STROKE = str.maketrans("łøđ", "lod")


class NearestKeys:
    """Finds the key that is nearest to a text."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._whole: dict[str, str] = {}
        self._shortened: dict[str, str] = {}
        for key in keys:
            if len(key) > _LONGEST_FOLDED:
                continue
            folded = _folded(key)
            self._whole.setdefault(folded, key)
            for form in _shortened(folded):
                self._shortened.setdefault(form, key)

    def of(self, text: str) -> str | None:
        """Return the nearest key, or None if no key is near."""
        if len(text) > _LONGEST_FOLDED:
            return None
        folded = _folded(text)
        if folded in self._whole:
            return self._whole[folded]
        if folded in self._shortened:
            return self._shortened[folded]
        forms = list(_shortened(folded))
        near = (self._whole.get(form) or self._shortened.get(form) for form in forms)
        return next((key for key in near if key is not None), None)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold().translate(_WITHOUT_STROKE)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.split())


def _shortened(folded: str) -> Iterator[str]:
    if _SHORTEST <= len(folded) <= _LONGEST:
        for index in range(len(folded)):
            yield folded[:index] + folded[index + 1 :]
