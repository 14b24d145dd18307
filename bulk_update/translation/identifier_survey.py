"""A check of a file's identifiers that shows which searches among them can be skipped."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise, starmap
from operator import lt


class IdentifierSurvey:
    """Looks at all identifiers of a file in input order and reports what they may include.

    `may_repeat`: duplicates. There are none if the identifiers ascend, as in most exports.
    `may_look_alike`: identifiers that differ but look the same. There are none in ASCII without
    upper-case letters, or without lower-case letters. `may_lack_zeros`: identifiers that differ
    only in leading zeros. There are none if none begins with a zero, or if all have the same
    length.
    """

    def __init__(self) -> None:
        self._last = (0, "")
        self._letters = [False, False]
        self.may_repeat = False
        self.may_look_alike = False
        self._lengths: set[int] = set()
        self._has_zero = False

    @property
    def may_lack_zeros(self) -> bool:
        """Whether some identifiers may differ only in leading zeros."""
        return self._has_zero and len(self._lengths) > 1

    def see(self, identifiers: Iterable[str | None]) -> None:
        """Look at the next identifiers; None is one that cannot be read."""
        known = list(filter(None, identifiers))
        self.may_repeat = self.may_repeat or not self._ascend(known)
        text = "\n".join(["", *known])
        self.may_look_alike = self.may_look_alike or not self._are_distinct(text)
        self._has_zero = self._has_zero or "\n0" in text
        self._lengths.update(map(len, known))

    def _ascend(self, identifiers: list[str]) -> bool:
        """Return whether they ascend from the last one; a longer one is greater, as in numbers."""
        keys = [self._last, *zip(map(len, identifiers), identifiers, strict=True)]
        self._last = keys[-1]
        return all(starmap(lt, pairwise(keys)))

    def _are_distinct(self, text: str) -> bool:
        small, capital = self._letters
        self._letters = [small or text.upper() != text, capital or text.lower() != text]
        return text.isascii() and not all(self._letters)
