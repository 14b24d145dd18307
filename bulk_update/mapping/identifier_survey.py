"""What a file's identifiers cannot be, learned while they pass by: then nobody looks for it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise, starmap
from operator import lt


class IdentifierSurvey:
    """Sees all identifiers of a file in input order, and tells what may be among them.

    `may_repeat`: one that comes twice. Never where they ascend, as those of most exports do.
    `may_look_alike`: some that `look_alike_key` takes for the same, or that `has_look_alikes`.
    Never among those of ASCII without capitals, or without small letters.
    """

    def __init__(self) -> None:
        self._last = (0, "")
        self._letters = [False, False]
        self.may_repeat = False
        self.may_look_alike = False

    def see(self, identifiers: Iterable[str | None]) -> None:
        """Take note of the next identifiers; None is one that cannot be read."""
        known = list(filter(None, identifiers))
        self.may_repeat = self.may_repeat or not self._ascend(known)
        self.may_look_alike = self.may_look_alike or not self._are_distinct("".join(known))

    def _ascend(self, identifiers: list[str]) -> bool:
        """Tell whether they ascend from the last on; a longer one is greater, as of numbers."""
        keys = [self._last, *zip(map(len, identifiers), identifiers, strict=True)]
        self._last = keys[-1]
        return all(starmap(lt, pairwise(keys)))

    def _are_distinct(self, text: str) -> bool:
        small, capital = self._letters
        self._letters = [small or text.upper() != text, capital or text.lower() != text]
        return text.isascii() and not all(self._letters)
