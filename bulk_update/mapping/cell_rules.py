"""A cell rule, compiled into a pure function of one cell.

The steps, in this order: strip, clear token, blank (`default`, else `on_blank`), case, lookup,
pattern, type, max_length. A workbook's cell goes the same way as the text that stands for it in
files of ours (ISO dates, decimal points), whatever notation the rule names for text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bulk_update.mapping.codes import IssueCode
from bulk_update.mapping.marks import unless_marked, unmended
from bulk_update.mapping.quoting import quoted, quoted_list
from bulk_update.mapping.rule_schema import CellRule, OnBlank
from bulk_update.mapping.steps import Notation, first_steps, last_steps, through
from bulk_update.mapping.typed_cells import CellType, refusal
from bulk_update.mapping.values import Converter
from bulk_update.mapping.whole_columns import Shortcut, plain_decimals, stripped_texts
from bulk_update.records import Cell, Issue, TypedCell

Mapped = str | Issue | None
"""What a rule makes of a cell: the text to send (`""` clears the field), None to leave the field
alone, or the Issue that makes the row invalid."""


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What a rule takes from the rest of the mapping and from the file.

    `can_clear` is for record fields only, `ours` for files that hold our own notation.
    """

    clear_token: str
    api_timezone: str
    can_clear: bool
    ours: bool = False


class CompiledRule:
    """Answers what a rule makes of a cell, of several joined cells, or of its constant."""

    def __init__(self, rule: CellRule, context: RuleContext) -> None:
        self._rule = rule
        self._context = context
        self._of_text = self._compiled(Notation.OURS if context.ours else Notation.RULE)
        self.of_text_cell = unless_marked(self._of_text) if context.ours else self._of_text
        """Map a cell that is text, as `of_cell` does, but without a label on the Issue."""
        self._of_cell_text = self._compiled(Notation.CELL)
        self.shortcut = _shortcut(rule, context)
        names = quoted_list(rule.column_names)
        self._label = f"columns {names}" if rule.columns else f"column {names}"

    def of_cell(self, cell: Cell) -> Mapped:
        """Map the cell of the rule's column."""
        if isinstance(cell, TypedCell):
            mapped = self.refusal(cell) or self._of_cell_text(cell.text)
        else:
            mapped = self.of_text_cell(cell)
        return self.labelled(mapped) if isinstance(mapped, Issue) else mapped

    def refusal(self, cell: TypedCell) -> Issue | None:
        """Return why the rule cannot read a workbook's cell, whatever its text says."""
        rule = self._rule
        if rule.columns:
            return refusal(cell, CellType.TEXT, may_have_type=False)
        return refusal(cell, rule.type, may_have_type=rule.lookup is None)

    def of_cells(self, cells: Iterable[Cell]) -> Mapped:
        """Map the cells of the rule's columns: stripped, blanks left out, joined."""
        text = self._joined(cells)
        mapped = text if isinstance(text, Issue) else self._of_text(text)
        return self.labelled(mapped) if isinstance(mapped, Issue) else mapped

    def of_constant(self, value: str) -> Mapped:
        """Map the rule's own `value`, or its `default`."""
        return self._of_text(value)

    def of_found(self, value: str) -> Mapped:
        """Map what a lookup finds: it takes part from the step `pattern` on."""
        return through(value, self._last_steps(Notation.RULE))

    def _compiled(self, notation: Notation) -> Callable[[str], Mapped]:
        if self._rule.lookup is not None:
            notation = Notation.RULE  # what a lookup finds was written by the rule's author
        steps = (*first_steps(self._rule), *self._last_steps(notation))
        return _text_rule(self._rule, self._context, steps)

    def _last_steps(self, notation: Notation) -> tuple[Converter, ...]:
        zone = self._context.api_timezone
        return last_steps(self._rule, api_timezone=zone, notation=notation)

    def _joined(self, cells: Iterable[Cell]) -> str | Issue:
        texts: list[str] = []
        for cell in cells:
            if isinstance(cell, TypedCell):
                issue, text = self.refusal(cell), cell.text
            else:
                issue, text = unmended(cell) if self._context.ours else None, cell.strip()
            if issue:
                return issue
            texts.append(text)
        filled = [text for text in texts if text]
        if len(filled) > 1 and self._context.clear_token in filled:
            message = f"the clear token {quoted(self._context.clear_token)} stands beside text"
            return Issue(IssueCode.CANNOT_CLEAR, message)
        return (self._rule.join or "").join(filled)

    def labelled(self, issue: Issue) -> Issue:
        """Say in an Issue which column it is about."""
        message = f"{self._label}: {issue.message}"
        return replace(issue, message=message, column=self._rule.column)


def _text_rule(
    rule: CellRule, context: RuleContext, steps: Sequence[Converter]
) -> Callable[[str], Mapped]:
    strip, token, default = rule.strip, context.clear_token, rule.default
    cleared, when_blank = _when_cleared(context), _when_blank(rule)
    convert = steps[0] if len(steps) == 1 else partial(through, steps=steps)

    def of_text(text: str) -> Mapped:
        if strip:
            text = text.strip()
        if text == token:
            return cleared
        if not text or (not strip and text.isspace()):
            if default is None:
                return when_blank
            text = default
        return convert(text) if steps else text

    return of_text


def _shortcut(rule: CellRule, context: RuleContext) -> Shortcut | None:
    """Return how ordinary cells of text are mapped all at once, where the rule allows it."""
    if context.ours or not rule.strip or first_steps(rule) or rule.pattern or rule.max_length:
        return None
    match rule.type:
        case CellType.TEXT:
            return stripped_texts(context.clear_token)
        case CellType.DECIMAL:
            return plain_decimals(rule.decimal or ".", context.clear_token)
        case _:
            return None


def _when_cleared(context: RuleContext) -> Mapped:
    if context.can_clear:
        return ""
    message = f"{quoted(context.clear_token)} clears record_fields only"
    return Issue(IssueCode.CANNOT_CLEAR, message)


def _when_blank(rule: CellRule) -> Mapped:
    if rule.on_blank is OnBlank.ERROR:
        return Issue(IssueCode.BLANK, "the cell is blank")
    return "" if rule.on_blank is OnBlank.CLEAR else None
