"""A corrected file: its rows with the originals that the ledger has, in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bulk_update.corrections import ColumnSurvey, Original, Restorer, programs_of
from bulk_update.errors import UsageError
from bulk_update.job.store import Store
from bulk_update.ledger import OriginalRow, Run
from bulk_update.mapping import Mapping
from bulk_update.readers import Spreadsheet
from bulk_update.reasons import restored
from bulk_update.records import Chunk, Issue, Param, Status

_MOST_DIGITS = 9
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the ledger knows about the rows that a chunk corrects.

    All are by the number of the row in the corrected file: the originals, the run of each (its
    key), and what is wrong with `_row` and `_run`.
    """

    originals: dict[int, Original] = field(default_factory=dict)
    runs: dict[int, int] = field(default_factory=dict)
    faults: dict[int, Issue] = field(default_factory=dict)


class Originals:
    """Looks up the rows that a corrected file names in `_row` and `_run`."""

    def __init__(self, ledger: Store) -> None:
        self._ledger = ledger
        self._runs: dict[str, Run | None] = {}
        self._headers: dict[str, tuple[str, ...]] = {}

    @property
    def unknown_runs(self) -> list[str]:
        """The runs that the file names but that are not in the ledger."""
        return [run_id for run_id, run in self._runs.items() if run is None]

    def of(self, chunk: Chunk) -> Resolved:
        """Return the originals of a chunk's rows; rows that are themselves faulty have none."""
        found = Resolved()
        wanted: dict[str, dict[int, list[int]]] = {}
        for number, (row, run_id) in zip(chunk.frame.index.tolist(), chunk.origins, strict=True):
            if number in chunk.faults or not (row or run_id):
                continue
            if not (row and run_id):
                found.faults[number] = _bad("half")
            elif (run := self._run(run_id)) is None:
                continue
            elif run.undoes is not None:
                found.faults[number] = _bad("undo", run=run_id)
            elif not (row.isdecimal() and row.isascii() and len(row) <= _MOST_DIGITS):
                found.faults[number] = _bad("number", row=row)
            else:
                wanted.setdefault(run_id, {}).setdefault(int(row), []).append(number)
        for run_id, rows in wanted.items():
            self._look_up(run_id, rows, found)
        return found

    def _look_up(self, run_id: str, rows: dict[int, list[int]], found: Resolved) -> None:
        run = self._run(run_id)
        if run is None:
            return
        known = {
            row.number: row
            for row in self._ledger.projection(run.id, waiting=Status.NOT_SENT).originals(
                list(rows)
            )
        }
        for row, numbers in rows.items():
            for number in numbers:
                if row in known:
                    found.originals[number] = self._original(run, known[row])
                    found.runs[number] = run.id
                else:
                    found.faults[number] = _bad("", row=str(row), run=run_id)

    def _original(self, run: Run, row: OriginalRow) -> Original:
        header = self._headers.get(run.run_id)
        if header is None:
            header = self._headers[run.run_id] = tuple(json.loads(run.header))
        return Original(
            header=header,
            cells=row.cells,
            reasons=restored(row.reasons),
            has_identifier=row.identifier is not None,
            http_status=row.http_status,
        )

    def _run(self, run_id: str) -> Run | None:
        if run_id not in self._runs:
            try:
                self._runs[run_id] = self._ledger.runs.find(run_id)
            except UsageError:
                self._runs[run_id] = None
        return self._runs[run_id]


def _bad(variant: str, **params: str) -> Issue:
    return Issue("bad-correction", params, variant)


class _Named:
    """Which original rows the file has named so far; a few bits for each."""

    _BITS = 13

    def __init__(self) -> None:
        self._blocks: dict[tuple[int, int], bytearray] = {}

    def add(self, run: int, row: int) -> bool:
        """Add a row; return whether it had already been added."""
        block, bit = row >> self._BITS, row & (1 << self._BITS) - 1
        bits = self._blocks.setdefault((run, block), bytearray(1 << self._BITS - 3))
        was_there = bool(bits[bit >> 3] & 1 << (bit & 7))
        bits[bit >> 3] |= 1 << (bit & 7)
        return was_there


class CorrectedFile:
    """A corrected `failed.csv`, without the changes that a program made by itself.

    The file is read twice, because each column is judged as a whole. A file of another kind passes
    through unchanged. `encoding` is that of the file if it is not UTF-8.
    """

    def __init__(
        self,
        spreadsheet: Spreadsheet,
        mapping: Mapping,
        ledger: Store,
        *,
        encoding: str | None = None,
    ) -> None:
        self._spreadsheet = spreadsheet
        self._originals = Originals(ledger)
        self._survey = ColumnSurvey(spreadsheet.header, programs_of(encoding))
        self._restorer = Restorer(self._survey, mapping.identifier.column)
        self._repeated: set[tuple[int, int]] = set()

    def chunks(self) -> Iterator[tuple[Chunk, dict[int, int]]]:
        """Yield the chunks with their original texts, and the run of each corrected row."""
        if not self._spreadsheet.names_origins:
            yield from ((chunk, {}) for chunk in self._spreadsheet.chunks())
            return
        self._look_through()
        for chunk in self._spreadsheet.chunks():
            resolved = self._originals.of(chunk)
            whole = replace(chunk, faults={**chunk.faults, **resolved.faults})
            whole = self._without_repeated(whole, resolved)
            yield self._restorer.restored(whole, resolved.originals), resolved.runs

    def notes(self) -> list[Issue]:
        """Return what was restored, and which runs are not in the ledger."""
        found = [
            Issue(
                "restored-cells",
                {
                    "count": each.cells,
                    "column": each.column,
                    "shown": each.shown,
                    "original": each.original,
                    "row": each.row,
                },
            )
            for each in self._restorer.counts.values()
        ]
        if unknown := self._originals.unknown_runs:
            left_out = max(0, len(unknown) - _MOST_NAMED)
            params: dict[str, Param] = {"runs": tuple(unknown[:_MOST_NAMED]), "left_out": left_out}
            found.append(Issue("unknown-run", params))
        return found

    def _look_through(self) -> None:
        named = _Named()
        for chunk in self._spreadsheet.chunks():
            resolved = self._originals.of(chunk)
            self._survey.see(chunk, resolved.originals)
            for pair in self._pairs(chunk, resolved).values():
                if named.add(*pair):
                    self._repeated.add(pair)

    def _pairs(self, chunk: Chunk, resolved: Resolved) -> dict[int, tuple[int, int]]:
        """Return the run and the row that each row corrects."""
        rows = zip(chunk.frame.index.tolist(), chunk.origins, strict=True)
        return {
            number: (resolved.runs[number], int(row))
            for number, (row, _) in rows
            if number in resolved.runs
        }

    def _without_repeated(self, chunk: Chunk, resolved: Resolved) -> Chunk:
        """Refuse all rows that correct the same row, since it is unknown which of them is meant."""
        if not self._repeated:
            return chunk
        faults = dict(chunk.faults)
        origins = dict(zip(chunk.frame.index.tolist(), chunk.origins, strict=True))
        for number, pair in self._pairs(chunk, resolved).items():
            if pair in self._repeated:
                row, run_id = origins[number]
                faults[number] = _bad("repeated", row=row, run=run_id)
        return replace(chunk, faults=faults)
