"""The rule of the identifier, compiled into pure functions of one cell.

The steps, in this order: strip, blank words, remove, damage, blank, case, pad, prefix, pattern.
Finally, the identifier must be able to address a record.
"""

from __future__ import annotations

from bulk_update.cells.damage import identifier_damage
from bulk_update.cells.identifiers import identifier_fault, identifier_refusal, is_ordinary
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.mapping.cleaning import Cleaning
from bulk_update.mapping.rule_schema import IdentifierRule
from bulk_update.mapping.steps import chained, identifier_steps
from bulk_update.records import Cell, CellKind, Issue, TypedCell


class CompiledIdentifier:
    """Reads the identifier of a record from a cell.

    If it `keeps_words`, an ordinary cell is used as the identifier unchanged.
    """

    def __init__(self, rule: IdentifierRule, *, blanks: frozenset[str] = frozenset()) -> None:
        self._rule = rule
        self._blanks = blanks
        steps = identifier_steps(rule)
        self._convert = chained(steps)
        self.keeps_words = not steps and not blanks and not rule.remove
        self._cleaning = Cleaning(
            blanks=blanks,
            removed=rule.remove,
            strips=True,
            accepts=self._accepts,
            damage=identifier_damage,
        )

    def of_cell(self, cell: Cell) -> str | Issue:
        """Return the identifier in a cell, or the Issue if there is none."""
        if isinstance(cell, TypedCell):
            return self.refusal(cell) or self._of_text(cell.text)
        if self.keeps_words and is_ordinary(text := cell.strip()):  # nearly all cells
            return text
        return self._of_text(self._cleaning.stripped(cell))

    def refusal(self, cell: TypedCell) -> Issue | None:
        """Return why this kind of workbook cell is not an identifier, or None if it may be one."""
        if cell.kind is CellKind.ERROR and cell.text in self._blanks:
            return None
        return identifier_refusal(cell)

    def _of_text(self, stripped: str) -> str | Issue:
        text = self._cleaning.cleaned(stripped)
        if not text:
            return Issue(IssueCode.NO_IDENTIFIER)
        return text if isinstance(text, Issue) else self._addressing(text)

    def _addressing(self, text: str) -> str | Issue:
        result = self._convert(text)
        if isinstance(result, Issue) or is_ordinary(result):
            return result
        return identifier_fault(result) or result

    def _accepts(self, text: str) -> bool:
        return self._rule.pattern is not None and isinstance(self._convert(text), str)
