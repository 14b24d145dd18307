"""A cell rule, compiled into pure functions of one cell.

The steps, in this order: strip, clear token, blank words, remove, damage, blank (`default`, else
`on_blank`), case, lookup, pad, prefix, pattern, type, bounds, max_length. Typed cells of a
workbook are mapped like their text in a failed file (ISO dates, decimal points), whatever notation
the rule sets for text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bulk_update.cells.damage import may_be_damaged
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.cells.moments import MOMENTS, clock_text, joined_moment
from bulk_update.cells.typed_cells import BOOLEAN_WORDS, DATES, CellType, refusal
from bulk_update.cells.values import Converter
from bulk_update.mapping.cleaning import Cleaning
from bulk_update.mapping.rule_schema import CellRule, OnBlank
from bulk_update.mapping.steps import Notation, chained, first_steps, last_steps, middle_steps
from bulk_update.records import Cell, CellKind, Issue, TypedCell

_MOMENT_TYPES = frozenset({CellType.DATE, CellType.DATETIME})
_LISTED_KINDS = frozenset({CellKind.ERROR, CellKind.BOOLEAN})

Mapped = str | Issue | None
"""The result of a rule: the text to send (`""` clears the field), None to leave the field
unchanged, or the Issue that makes the row invalid."""


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What a rule needs to know about the rest of the mapping, the file and the day of the run.

    Only record fields can be cleared (`can_clear`). A `failed.csv` (`is_failed_csv`) may hold
    values in this tool's own notation. `blanks` are the words that count as a blank cell. If
    `today` is None, bounds that depend on it are not checked.
    """

    clear_token: str
    api_timezone: str
    can_clear: bool
    is_failed_csv: bool = False
    blanks: frozenset[str] = frozenset()
    today: date | None = None


class CompiledRule:
    """A rule that maps a cell, several joined cells, or its own constant."""

    def __init__(self, rule: CellRule, context: RuleContext) -> None:
        self._rule = rule
        self._context = context
        self._first_steps = (*first_steps(rule), *middle_steps(rule))
        self._before_type = chained(self._first_steps)
        self._cleaning = Cleaning(
            blanks=context.blanks,
            removed=rule.remove,
            strips=rule.strip,
            accepts=self._accepts,
        )
        self._when_blank = self._blank()
        self._convert = self._converter(
            Notation.FAILED_FILE if context.is_failed_csv else Notation.RULE
        )
        self._of_text = self._compiled(self._convert)
        self._of_sound_text = self._compiled_for_sound_texts()
        self._of_typed_text = self._compiled(self._converter(Notation.CELL))

    def reader_for(self, text: str) -> Callable[[Any], Mapped]:
        """Return the fastest function that maps these cells (or tuples of cells).

        `text` is the text of all of them. Hardly any column holds damage, so one search in the
        whole text usually saves a search in each cell.
        """
        is_sound = not self._cleaning.removes and not may_be_damaged(text)
        if self._rule.columns:
            return self._of_sound_cells if is_sound else self.of_cells
        return self._of_sound_cell if is_sound else self.of_cell

    def of_cell(self, cell: Cell) -> Mapped:
        """Map the cell of the rule's column."""
        return self._of_typed(cell) if isinstance(cell, TypedCell) else self._of_text(cell)

    def _of_sound_cell(self, cell: Cell) -> Mapped:
        return self._of_typed(cell) if isinstance(cell, TypedCell) else self._of_sound_text(cell)

    def _of_typed(self, cell: TypedCell) -> Mapped:
        issue = self.refusal(cell)
        return issue or self._of_typed_text(self._text_of(cell))

    def of_cells(self, cells: Iterable[Cell]) -> Mapped:
        """Map the cells of the rule's columns: clean them, skip blanks, join the rest."""
        return self._joined(map(self._part, cells))

    def _of_sound_cells(self, cells: Iterable[Cell]) -> Mapped:
        return self._joined(map(self._sound_part, cells))

    def _joined(self, parts: Iterable[Cell | Issue]) -> Mapped:
        filled: list[Cell] = []
        for part in parts:
            if isinstance(part, Issue):
                return part
            if part:
                filled.append(part)
        texts = [cell.text if isinstance(cell, TypedCell) else cell for cell in filled]
        if self._context.clear_token in texts:
            if len(texts) == 1:
                return self._when_cleared()
            return Issue(IssueCode.CANNOT_CLEAR, {"token": self._context.clear_token}, "joined")
        if not texts:
            return self._when_blank
        if TypedCell in map(type, filled):
            return self._of_moment(filled)
        return self._convert((self._rule.join or "").join(texts))

    def of_constant(self, value: str) -> Mapped:
        """Map the rule's `value`, which is written in the rule's notation."""
        text = value.strip() if self._rule.strip else value
        if text == self._context.clear_token:
            return self._when_cleared()
        if not text or text.isspace():
            return self._when_blank
        return self._converter(Notation.RULE)(text)

    def of_found(self, value: str) -> Mapped:
        """Map a value found in the rule's `lookup`: apply the steps from `pad` on."""
        return chained((*middle_steps(self._rule), *self._last_steps(Notation.RULE)))(value)

    def refusal(self, cell: TypedCell) -> Issue | None:
        """Return why the rule cannot read this kind of workbook cell, or None if it can."""
        rule = self._rule
        if self._expects(cell):
            return None
        if rule.columns:
            if rule.type in _MOMENT_TYPES and cell.kind in MOMENTS:
                return None
            return refusal(cell, CellType.TEXT, may_have_type=False)
        return refusal(cell, rule.type, may_have_type=rule.lookup is None)

    def _expects(self, cell: TypedCell) -> bool:
        """Return whether the mapping lists the text that an error or boolean cell shows."""
        if cell.kind is CellKind.ERROR and cell.text in self._context.blanks:
            return True
        if self._rule.lookup is None or cell.kind not in _LISTED_KINDS:
            return False
        return self._accepts(self._text_of(cell))

    def _text_of(self, cell: TypedCell) -> str:
        """Return a cell's text; for a boolean, in the language that the lookup uses."""
        if cell.kind is CellKind.BOOLEAN and self._rule.lookup is not None:
            return next(filter(self._accepts, BOOLEAN_WORDS[cell.text]), cell.text)
        return cell.text

    def _accepts(self, text: str) -> bool:
        """Return whether the rule's `lookup` or `pattern` expects a text."""
        if self._rule.lookup is None and self._rule.pattern is None:
            return False
        return isinstance(self._before_type(text), str)

    def _part(self, cell: Cell) -> Cell | Issue:
        """Clean a cell that will be joined; return `""` if it is blank."""
        if not isinstance(cell, TypedCell):
            return self._cleaning.cleaned(self._cleaning.stripped(cell))
        issue = self.refusal(cell)
        if issue or cell.kind in MOMENTS:
            return issue or cell
        return self._cleaning.cleaned(cell.text)

    def _sound_part(self, cell: Cell) -> Cell | Issue:
        if isinstance(cell, TypedCell):
            return self._part(cell)
        text = cell.strip() if self._rule.strip else cell
        return "" if text in self._cleaning.blanks or text.isspace() else text

    def _of_moment(self, cells: Sequence[Cell]) -> Mapped:
        """Map joined cells that include date or time cells of a workbook."""
        if any(isinstance(cell, TypedCell) and cell.kind in DATES for cell in cells):
            return self._of_typed_text(joined_moment(cells))
        join = self._rule.join or ""
        short, long = (
            join.join(clock_text(cell, seconds=s) for cell in cells) for s in (False, True)
        )
        mapped = self._convert(short)
        return self._convert(long) if isinstance(mapped, Issue) and long != short else mapped

    def _compiled(self, convert: Converter) -> Callable[[str], Mapped]:
        token, when_blank = self._context.clear_token, self._when_blank
        stripped, cleaned = self._cleaning.stripped, self._cleaning.cleaned

        def of_text(cell: str) -> Mapped:
            text = stripped(cell)
            if text == token:
                return self._when_cleared()
            result = cleaned(text)
            if isinstance(result, Issue):
                return result
            return convert(result) if result else when_blank

        return of_text

    def _compiled_for_sound_texts(self) -> Callable[[str], Mapped]:
        strips, convert, when_blank = self._rule.strip, self._convert, self._when_blank
        special: dict[str, Mapped] = dict.fromkeys(["", *self._cleaning.blanks], when_blank)
        special[self._context.clear_token] = self._when_cleared()

        def of_text(cell: str) -> Mapped:
            text = cell.strip() if strips else cell
            if text in special:
                return special[text]
            if not strips and text.isspace():
                return when_blank
            return convert(text)

        return of_text

    def _converter(self, notation: Notation) -> Converter:
        if self._rule.lookup is not None:
            notation = Notation.RULE  # the values of a lookup were written by the rule's author
        return chained((*self._first_steps, *self._last_steps(notation)))

    def _last_steps(self, notation: Notation) -> tuple[Converter, ...]:
        return last_steps(
            self._rule,
            api_timezone=self._context.api_timezone,
            notation=notation,
            today=self._context.today,
        )

    def _blank(self) -> Mapped:
        rule = self._rule
        if rule.default is not None:
            return self._converter(Notation.RULE)(rule.default)
        if rule.on_blank is OnBlank.ERROR:
            return Issue(IssueCode.BLANK)
        return "" if rule.on_blank is OnBlank.CLEAR else None

    def _when_cleared(self) -> Mapped:
        if self._context.can_clear:
            return ""
        return Issue(IssueCode.CANNOT_CLEAR, {"token": self._context.clear_token})
