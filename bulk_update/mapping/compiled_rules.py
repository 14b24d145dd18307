"""A cell rule, compiled into pure functions of one cell.

The steps, in this order: strip, clear token, blank (`default`, else `on_blank`), case, lookup,
pattern, type, max_length. A workbook's cell is mapped like the text that stands for it in files
of ours (ISO dates, decimal points), whatever notation the rule sets for text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.cells.typed_cells import CellType, refusal
from bulk_update.cells.values import Converter
from bulk_update.mapping.rule_schema import CellRule, OnBlank
from bulk_update.mapping.steps import Notation, chained, first_steps, last_steps
from bulk_update.records import Cell, Issue, TypedCell

Mapped = str | Issue | None
"""What a rule makes of a cell: the text to send (`""` clears the field), None to leave the field
alone, or the Issue that makes the row invalid."""


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What a rule takes from the rest of the mapping and from the file.

    Only record fields can be cleared (`can_clear`). A `failed.csv` (`is_failed_csv`) holds
    values in our own notation.
    """

    clear_token: str
    api_timezone: str
    can_clear: bool
    is_failed_csv: bool = False


class CompiledRule:
    """Maps a cell, several joined cells, or the constant of a rule."""

    def __init__(self, rule: CellRule, context: RuleContext) -> None:
        self._rule = rule
        self._context = context
        self._of_text = self._compiled(Notation.OURS if context.is_failed_csv else Notation.RULE)
        self._of_typed_text = self._compiled(Notation.CELL)

    def of_cell(self, cell: Cell) -> Mapped:
        """Map the cell of the rule's column."""
        if isinstance(cell, TypedCell):
            return self.refusal(cell) or self._of_typed_text(cell.text)
        return self._of_text(cell)

    def of_cells(self, cells: Iterable[Cell]) -> Mapped:
        """Map the cells of the rule's columns: stripped, without blanks, joined."""
        texts: list[str] = []
        for cell in cells:
            if not isinstance(cell, TypedCell):
                texts.append(cell.strip())
            elif issue := self.refusal(cell):
                return issue
            else:
                texts.append(cell.text)
        filled = [text for text in texts if text]
        if len(filled) > 1 and self._context.clear_token in filled:
            return Issue(IssueCode.CANNOT_CLEAR, {"token": self._context.clear_token}, "joined")
        return self._of_text((self._rule.join or "").join(filled))

    def of_constant(self, value: str) -> Mapped:
        """Map the rule's `value`, which is in the rule's own notation."""
        return self._compiled(Notation.RULE)(value)

    def of_found(self, value: str) -> Mapped:
        """Map a value of the rule's `lookup`, from the step `pattern` on."""
        zone = self._context.api_timezone
        return chained(last_steps(self._rule, api_timezone=zone, notation=Notation.RULE))(value)

    def refusal(self, cell: TypedCell) -> Issue | None:
        """Return why the rule cannot read a workbook's cell, whatever the cell's text is."""
        rule = self._rule
        if rule.columns:
            return refusal(cell, CellType.TEXT, may_have_type=False)
        return refusal(cell, rule.type, may_have_type=rule.lookup is None)

    def _compiled(self, notation: Notation) -> Callable[[str], Mapped]:
        token, strip = self._context.clear_token, self._rule.strip
        convert, when_blank = self._converter(notation), self._when_blank()
        when_cleared = _when_cleared(self._context)

        def of_text(text: str) -> Mapped:
            if strip:
                text = text.strip()
            if text == token:
                return when_cleared
            if not text or text.isspace():
                return when_blank
            return convert(text)

        return of_text

    def _converter(self, notation: Notation) -> Converter:
        zone = self._context.api_timezone
        if self._rule.lookup is not None:
            notation = Notation.RULE  # the values of a lookup were written by the rule's author
        last = last_steps(self._rule, api_timezone=zone, notation=notation)
        return chained((*first_steps(self._rule), *last))

    def _when_blank(self) -> Mapped:
        rule = self._rule
        if rule.default is not None:
            return self._converter(Notation.RULE)(rule.default)
        if rule.on_blank is OnBlank.ERROR:
            return Issue(IssueCode.BLANK)
        return "" if rule.on_blank is OnBlank.CLEAR else None


def _when_cleared(context: RuleContext) -> Mapped:
    if context.can_clear:
        return ""
    return Issue(IssueCode.CANNOT_CLEAR, {"token": context.clear_token})
