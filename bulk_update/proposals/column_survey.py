"""Surveys every cell of a file once, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import islice, pairwise

import numpy as np

from bulk_update.cells.damage import damage_of
from bulk_update.cells.typed_cells import CellType
from bulk_update.mapping.identifier_rules import CompiledIdentifier
from bulk_update.mapping.rule_schema import IdentifierRule
from bulk_update.proposals.blank_words import is_blank_word
from bulk_update.proposals.evidence import MOST_LISTED, ColumnEvidence
from bulk_update.proposals.readings import Fit, Reading, trials
from bulk_update.proposals.shapes import PHONE_SIGNS, Shape, has_shape
from bulk_update.records import Cell, CellKind, Chunk, Issue, TypedCell

SAMPLE = 300
_PROPOSED_IDENTIFIER = CompiledIdentifier(IdentifierRule(column="identifier"))
_EXAMPLES = 3
_MOST_COMPARED_ROWS = 5_000_000
"""Eight bytes of memory are used per cell as long as all cells of a column differ."""
_LONGEST_LISTED = 100
_SHORTEST_KEY = 5
"""Fewest digits of unordered numbers that can be keys."""
_DATES = frozenset({CellKind.DATE, CellKind.DATETIME})


class TableSurvey:
    """Surveys the columns of a table, chunk by chunk.

    `keys` are the columns that may hold identifiers; their cells are checked for repeats.
    """

    def __init__(self, names: Sequence[str], *, keys: Iterable[str], today: date) -> None:
        compared = set(keys)
        self._columns = [
            ColumnSurvey(name, is_compared=name in compared, today=today) for name in names
        ]
        self.rows = self.ragged = 0

    def add(self, chunk: Chunk) -> None:
        """Survey a chunk; rows that do not fit the header are counted and skipped."""
        frame = chunk.frame.drop(index=list(chunk.faults)) if chunk.faults else chunk.frame
        self.rows += len(frame)
        self.ragged += len(chunk.faults)
        for index, column in enumerate(self._columns):
            column.add(frame[index].tolist())

    def columns(self) -> tuple[ColumnEvidence, ...]:
        """Return the evidence for each column so far."""
        return tuple(column.evidence() for column in self._columns)


class ColumnSurvey:
    """Surveys one column."""

    def __init__(self, name: str, *, is_compared: bool, today: date) -> None:
        self._name = name
        self._rows = self._blanks = 0
        self._today = today
        self._counted: Counter[str] | None = Counter()
        self._sample: dict[str, None] = {}
        self._kinds: Counter[CellKind | None] = Counter()
        self._shapes = set(Shape)
        self._trials = list(trials(today))
        self._dates = _TypedDates(today)
        self._hashes: list[np.ndarray] | None = [] if is_compared else None
        self._repeats = False
        self._is_compared = is_compared
        self._damaged, self._damaged_example = 0, ""
        self._damaged_texts = 0
        self._counts_rows = True
        self._digits = _Digits()
        self._blank_words: Counter[str] = Counter()
        self._phone_characters: set[str] = set()
        self._first_text = ""
        self._has_fractions = False

    def add(self, cells: list[Cell]) -> None:
        """Survey the next cells, in file order."""
        self._count_rows(cells)
        self._rows += len(cells)
        texts: list[tuple[str, int]] = []
        typed: list[tuple[TypedCell, int]] = []
        for cell, count in Counter(cells).items():
            if isinstance(cell, TypedCell):
                typed.append((cell, count))
            elif text := cell.strip():
                texts.append((text, count))
            else:
                self._blanks += count
        self._add_typed(typed)
        self._add_texts(texts)
        filled = [*texts, *((cell.text, count) for cell, count in typed)]
        self._compare(filled)
        self._list(filled)

    def evidence(self) -> ColumnEvidence:
        """Return the evidence so far."""
        filled = self._rows - self._blanks
        has_values = filled > self._blank_words.total() + self._damaged_texts
        return ColumnEvidence(
            name=self._name,
            rows=self._rows,
            blanks=self._blanks,
            values=None if self._counted is None else tuple(self._counted.most_common()),
            examples=tuple(islice(self._sample, _EXAMPLES)),
            kinds=dict(self._kinds),
            shapes=frozenset(self._shapes if has_values else ()),
            fits=self._fits(),
            date_cells=self._dates.fit(),
            unique=self._is_unique(filled),
            sample=tuple(islice(self._sample, SAMPLE)),
            damaged=self._damaged,
            damaged_example=self._damaged_example,
            counts_rows=self._counts_rows and filled > 0,
            lost_zeros=Shape.DIGITS in self._shapes and self._digits.lost_zeros,
            padded_length=self._digits.padded_length if Shape.DIGITS in self._shapes else 0,
            is_like_quantity=Shape.DIGITS in self._shapes and self._digits.are_like_quantities,
            blank_words=tuple(self._blank_words.most_common()),
            phone_signs=self._phone_signs(),
            misplaced_text=self._first_text if len(self._kinds) > 1 else "",
            has_fractions=self._has_fractions,
        )

    def _add_typed(self, cells: list[tuple[TypedCell, int]]) -> None:
        for cell, count in cells:
            self._kinds[cell.kind] += count
            if cell.kind is CellKind.NUMBER:
                self._has_fractions = self._has_fractions or "." in cell.text
            if cell.kind in _DATES:
                self._dates.take(cell, count)
        self._check_identifiers(cells)
        if all(cell.kind is CellKind.NUMBER for cell, _ in cells):
            self._check_shapes([cell.text for cell, _ in cells])
        else:
            self._shapes.clear()

    def _add_texts(self, filled: list[tuple[str, int]]) -> None:
        self._check_identifiers(filled)
        texts = []
        for text, count in filled:
            if is_blank_word(text):
                self._blank_words[text] += count
            elif damage_of(text):
                self._damaged_texts += count
                self._kinds[CellKind.ERROR] += count
            else:
                texts.append((text, count))
        if texts:
            self._first_text = self._first_text or texts[0][0]
            self._kinds[None] += sum(count for _, count in texts)
        self._check_shapes([text for text, _ in texts])
        self._trials = [trial for trial in self._trials if trial.take(texts)]

    def _check_identifiers(self, cells: Sequence[tuple[Cell, int]]) -> None:
        if not self._is_compared:
            return
        for cell, count in cells:
            if isinstance(_PROPOSED_IDENTIFIER.of_cell(cell), Issue):
                self._damaged += count
                text = cell.text if isinstance(cell, TypedCell) else cell
                self._damaged_example = self._damaged_example or text

    def _check_shapes(self, texts: list[str]) -> None:
        for shape in tuple(self._shapes):
            if not all(has_shape(text, shape) for text in texts):
                self._shapes.remove(shape)
        if Shape.PHONE in self._shapes:
            self._phone_characters.update(*texts)
        if self._is_compared and Shape.DIGITS in self._shapes:
            self._digits.take(texts)

    def _phone_signs(self) -> str:
        if Shape.PHONE not in self._shapes:
            return ""
        return "".join(sign for sign in PHONE_SIGNS if sign in self._phone_characters)

    def _count_rows(self, cells: list[Cell]) -> None:
        if not self._counts_rows:
            return
        texts = [cell.text if isinstance(cell, TypedCell) else cell.strip() for cell in cells]
        start = self._rows
        self._counts_rows = any(
            all(map(_is_number, texts, range(start + first, start + first + len(texts))))
            for first in (0, 1)
        )

    def _compare(self, filled: list[tuple[str, int]]) -> None:
        if self._hashes is None:
            return
        if any(count > 1 for _, count in filled) or len(dict(filled)) < len(filled):
            self._repeats, self._hashes = True, None
        elif self._rows > _MOST_COMPARED_ROWS:
            self._hashes = None
        else:
            texts = (hash(text) for text, _ in filled)
            self._hashes.append(np.fromiter(texts, dtype=np.int64, count=len(filled)))

    def _is_unique(self, filled: int) -> bool | None:
        if self._hashes is None:
            return False if self._repeats else None
        if not filled:
            return False
        return len(np.unique(np.concatenate(self._hashes))) == filled

    def _list(self, filled: list[tuple[str, int]]) -> None:
        if len(self._sample) < SAMPLE:
            self._sample |= dict.fromkeys(text for text, _ in islice(filled, SAMPLE))
        if self._counted is None:
            return
        for text, count in filled:
            self._counted[text] += count
            if len(self._counted) > MOST_LISTED or len(text) > _LONGEST_LISTED:
                self._counted = None
                return

    def _fits(self) -> tuple[Fit, ...]:
        found = (trial.fit() for trial in self._trials)
        return tuple(fit for fit in found if fit is not None)


class _Digits:
    """What the digits and the order of integers show about their meaning."""

    def __init__(self) -> None:
        self._lengths: set[int] = set()
        self._padded_lengths: set[int] = set()
        self._are_round = self._ascend = self._descend = True
        self._last: int | None = None

    def take(self, texts: Sequence[str]) -> None:
        """Survey the next numbers, in file order."""
        self._lengths.update(map(len, texts))
        self._padded_lengths.update(map(len, filter(_has_leading_zero, texts)))
        self._are_round = self._are_round and all(text.endswith("0") for text in texts)
        if self._ascend or self._descend:
            self._order([*([] if self._last is None else [self._last]), *map(int, texts)])

    def _order(self, numbers: Sequence[int]) -> None:
        self._ascend = self._ascend and all(a < b for a, b in pairwise(numbers))
        self._descend = self._descend and all(a > b for a, b in pairwise(numbers))
        self._last = numbers[-1] if numbers else None

    @property
    def lost_zeros(self) -> bool:
        """Whether only some numbers have leading zeros, as if the others had lost theirs."""
        return bool(self._padded_lengths) and len(self._lengths) > 1

    @property
    def padded_length(self) -> int:
        """How long all numbers are if zeros were lost; 0 if that is not certain."""
        longest = max(self._lengths, default=0)
        return longest if self.lost_zeros and self._padded_lengths == {longest} else 0

    @property
    def are_like_quantities(self) -> bool:
        """Whether the numbers are round, or short, or unordered and of varying length."""
        if self._are_round:
            return True
        if self._ascend or self._descend or self._padded_lengths:
            return False
        return len(self._lengths) > 1 or max(self._lengths, default=0) < _SHORTEST_KEY


class _TypedDates:
    """The date cells of a workbook, which need no format."""

    def __init__(self, today: date) -> None:
        self._today = datetime(today.year, today.month, today.day)  # noqa: DTZ001 - a sheet has no time zone
        self._cells = self._future = self._timed = 0

    def take(self, cell: TypedCell, count: int) -> None:
        value = cell.value
        if isinstance(value, date):
            moment = (
                value
                if isinstance(value, datetime)
                else datetime.combine(value, datetime.min.time())
            )
            self._cells += count
            self._future += count * (moment >= self._today)
            self._timed += count * (cell.kind is CellKind.DATETIME)

    def fit(self) -> Fit | None:
        if not self._cells:
            return None
        cell_type = CellType.DATETIME if self._timed else CellType.DATE
        return Fit(Reading(cell_type), cells=self._cells, future=self._future, timed=self._timed)


def _has_leading_zero(text: str) -> bool:
    return len(text) > 1 and text.startswith("0")


def _is_number(text: str, number: int) -> bool:
    return text == str(number)
