"""The first steps of a rule: they clean the text of a cell."""

from __future__ import annotations

from collections.abc import Callable

from bulk_update.cells.damage import GUARD, damage_of, unguarded
from bulk_update.records import Issue

_LOOK_ALIKES = {" ": "\u00a0\u2007\u2009\u202f", "-": "\u2010\u2011"}
"""Characters that people cannot tell from a space or a hyphen, and that `remove` treats alike."""


class Cleaning:
    """Applies `strip`, `blanks` and `remove` to the text of a cell, and detects damage.

    `accepts` returns whether the rule expects a text, such as `#N/A` in its `lookup`. Such a text
    does not count as damaged.
    """

    def __init__(
        self,
        *,
        blanks: frozenset[str],
        removed: str | None,
        strips: bool,
        accepts: Callable[[str], bool],
        damage: Callable[[str], Issue | None] = damage_of,
    ) -> None:
        self.blanks = blanks
        alike = (f"{sign}{_LOOK_ALIKES.get(sign, '')}" for sign in removed or "")
        self._removed = str.maketrans("", "", "".join(alike))
        self._strips = strips
        self._accepts = accepts
        self._damage = damage

    @property
    def removes(self) -> bool:
        """Whether characters are removed from each cell."""
        return bool(self._removed)

    def stripped(self, cell: str) -> str:
        """Return the text of a cell, stripped and without a `="..."` formula around it."""
        text = cell.strip() if self._strips else cell
        if text.startswith(GUARD) and not self._accepts(text):
            text = unguarded(text)
            text = text.strip() if self._strips else text
        return text

    def cleaned(self, text: str) -> str | Issue:
        """Return a stripped text after `remove` and the damage check; `""` if it is blank."""
        if text in self.blanks or text.isspace():
            return ""
        if self._removed:
            text = self.stripped(text.translate(self._removed))
        issue = self._damage(text)
        if issue and not self._accepts(text):
            return issue
        return "" if text.isspace() else text
