"""Restores the cells of a corrected file that a program changed by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
from pydantic_core import to_json

from bulk_update.columns import column_key
from bulk_update.corrections.originals import Original
from bulk_update.corrections.programs import PROGRAMS, Program
from bulk_update.records import Cell, Chunk, Issue, TypedCell

_SHORT_NUMBER_DIGITS = 8
"""No program shows a whole number with this many digits in scientific notation."""

Originals = Mapping[int, Original]
"""Originals, by the number of the row that corrects them."""


@dataclass(slots=True)
class ColumnSurvey:
    """Finds out which programs may have changed each column.

    A program is ruled out for a column as soon as one cell has kept a text that it would have
    changed. The whole file is surveyed before anything is restored.
    """

    header: Sequence[str]
    programs: Sequence[Program] = PROGRAMS
    _possible: dict[int, list[Program]] = field(default_factory=dict)

    def see(self, chunk: Chunk, originals: Originals) -> None:
        """Survey a chunk for cells that have kept their text."""
        pairs, rows = _Pairs(self.header), chunk.frame.to_numpy(dtype=object)
        for index, number in enumerate(chunk.frame.index.tolist()):
            original = originals.get(number)
            if original is None or not original.is_whole or number in chunk.faults:
                continue
            for position, place in pairs.of(original):
                if rows[index, position] == original.cells[place]:
                    self._refute(position, original.cells[place])

    def possible(self, position: int) -> Sequence[Program]:
        """Return the programs that may have changed a column."""
        return self._possible.get(position, self.programs)

    def _refute(self, position: int, kept: str) -> None:
        if not kept or kept.isalpha() or (kept.isdigit() and _is_plain(kept)):
            return  # no program changes such a text, and most are like this
        possible = self._possible.setdefault(position, list(self.programs))
        possible[:] = [program for program in possible if not program.changes(kept)]


def _is_plain(digits: str) -> bool:
    return len(digits) <= _SHORT_NUMBER_DIGITS and not digits.startswith("0")


@dataclass(frozen=True, slots=True)
class Restored:
    """How many cells of a column were restored, with one example."""

    column: str
    cells: int
    row: int
    shown: str
    original: str


@dataclass(slots=True)
class Restorer:
    """Restores the original texts of cells, and refuses identifiers that a person changed."""

    survey: ColumnSurvey
    identifier: str
    counts: dict[int, Restored] = field(default_factory=dict)

    def restored(self, chunk: Chunk, originals: Originals) -> Chunk:
        """Return the chunk with the original text of each cell that a program changed."""
        if not originals:
            return chunk
        numbers = chunk.frame.index.tolist()
        rows = chunk.frame.to_numpy(dtype=object, copy=True)
        cells, faults = list(chunk.cells), dict(chunk.faults)
        pairs = _Pairs(self.survey.header)
        for index, number in enumerate(numbers):
            original = originals.get(number)
            if original is None or number in faults:
                continue
            own: list[str] = json.loads(cells[index])
            changed = False
            for position, place in pairs.of(original) if original.is_whole else ():
                text = original.cells[place]
                cell = rows[index, position]
                if self._is_disguise(cell, own[position], original, position, place):
                    if own[position] != text:
                        self._count(position, number, own[position], text)
                    rows[index, position] = own[position] = text
                    changed = True
            if changed:
                cells[index] = to_json(own)
            issue = self._changed_identifier(own, original)
            if issue:
                faults[number] = issue
        frame = pd.DataFrame(rows, index=chunk.frame.index, dtype=object, copy=False)
        return replace(chunk, frame=frame, cells=cells, faults=faults)

    def _is_disguise(
        self, cell: Cell, shown: str, original: Original, position: int, place: int
    ) -> bool:
        """Return whether a cell shows the original text in another form, without a real change."""
        if column_key(self.survey.header[position]) in original.named_columns:
            return False
        text = original.cells[place]
        if shown == text:
            return isinstance(cell, TypedCell)  # 2027-01-29 became a date that looks the same
        return any(program.may_show(text, shown) for program in self.survey.possible(position))

    def _count(self, position: int, row: int, shown: str, original: str) -> None:
        known = self.counts.get(position)
        if known is None:
            name = self.survey.header[position]
            self.counts[position] = Restored(name, 1, row, shown, original)
        else:
            self.counts[position] = replace(known, cells=known.cells + 1)

    def _changed_identifier(self, own: Sequence[str], original: Original) -> Issue | None:
        keys = list(map(column_key, self.survey.header))
        column = column_key(self.identifier)
        if column not in keys:
            return None
        expected = original.expected_identifier(column)
        found = own[keys.index(column)]
        if expected is None or found.strip() == expected.strip():
            return None
        params = {"text": found, "original": expected}
        return Issue("changed-identifier", params, columns=(self.identifier,))


class _Pairs:
    """Matches the columns of a corrected file with the original ones, even if they were moved."""

    def __init__(self, header: Sequence[str]) -> None:
        self._header = header
        self._known: dict[tuple[str, ...], list[tuple[int, int]]] = {}

    def of(self, original: Original) -> list[tuple[int, int]]:
        """Return pairs of positions, in this file and in the original."""
        key = tuple(original.header)
        found = self._known.get(key)
        if found is None:
            places = _places(original.header)
            found = self._known[key] = [
                (position, places[name])
                for name, position in _places(self._header).items()
                if name in places
            ]
        return found


def _places(header: Sequence[str]) -> dict[tuple[str, int], int]:
    """Return the positions of columns by name; columns with the same name keep their order."""
    places: dict[tuple[str, int], int] = {}
    seen: dict[str, int] = {}
    for position, name in enumerate(map(column_key, header)):
        seen[name] = seen.get(name, 0) + 1
        places[name, seen[name]] = position
    return places
