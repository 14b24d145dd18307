"""Chooses the sheet of a workbook (.xlsx, .xlsm), which a separate process parses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bulk_update.columns import ColumnSearch, column_key, find_columns
from bulk_update.errors import InputError, MappingError
from bulk_update.readers.frames import rows_a_chunk, workbook_chunk
from bulk_update.readers.headers import (
    HINT_ROWS,
    Header,
    gaps_of,
    header_of,
    header_row_among,
    joined_issues,
    misfit,
    positions_without_gaps,
    refuse_incomplete_failed_file,
    without_gaps,
)
from bulk_update.readers.row_structure import Layout
from bulk_update.readers.spreadsheet import Spreadsheet
from bulk_update.readers.workbook.messages import Message, SheetKind
from bulk_update.readers.workbook.process import workbook_process
from bulk_update.records import Chunk, Issue, Param, SourceOptions

_SURPLUS_COLUMNS = 100
"""How many cells to read beyond the columns of a failed file: they made a row ragged."""

_ABSENT = (SheetKind.MISSING, SheetKind.OUTSIDE)


class Parser(Protocol):
    """Parses one workbook and replies to requests about it; a refusal is raised as InputError."""

    def ask(self, request: Message) -> Message:
        """Send a request and return the first reply."""
        ...

    def next_reply(self) -> Message:
        """Wait for the next reply."""
        ...


StartParser = Callable[[Path], AbstractContextManager[Parser]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook; `index` counts all sheets from 0, including hidden ones."""

    index: int
    name: str
    is_visible: bool
    kind: SheetKind


@dataclass(frozen=True, slots=True)
class _Candidate:
    sheet: Sheet
    header: Header
    search: ColumnSearch
    rows: dict[int, list[str]]


@contextmanager
def open_workbook_sheet(
    path: Path,
    options: SourceOptions,
    override: SourceOptions,
    mapped: Sequence[str],
    *,
    start_parser: StartParser = workbook_process,
) -> Iterator[Spreadsheet]:
    """Open the only sheet of a workbook that has all mapped columns.

    `options` do not apply to a failed file that was saved as a workbook; `override` always applies.
    """
    with _opened(path, mapped, start_parser) as workbook:
        chosen, header_row = workbook.choose(options, override)
        place = Issue("mapping", {"path": str(path), "sheet": chosen.sheet.name}, "in-sheet")
        refuse_incomplete_failed_file(place, chosen.header)
        gaps = gaps_of(chosen.header)
        header = without_gaps(chosen.header, gaps)
        notes: list[Issue] = []
        if not chosen.sheet.is_visible:
            notes.append(Issue("hidden-sheet", {"name": chosen.sheet.name}))
        yield Spreadsheet(
            header=header.names,
            positions=positions_without_gaps(chosen.search.positions, gaps),
            is_failed_csv=chosen.header.is_failed_csv,
            delimiter=";",
            kind=f"sheet {chosen.sheet.name}",
            chunks=lambda: workbook.chunks(chosen, header_row, notes),
            notes=notes,
            sheet=chosen.sheet.name,
            names_origins=chosen.header.names_origins,
        )


@dataclass(frozen=True, slots=True)
class SheetHead:
    """The first rows of a sheet, by number."""

    name: str
    rows: Mapping[int, Sequence[str]]


def sheet_heads(
    path: Path, wanted: str | int | None, *, start_parser: StartParser = workbook_process
) -> list[SheetHead]:
    """Return the first rows of the wanted sheet, or of all visible sheets that are tables."""
    with _opened(path, (), start_parser) as workbook:
        return workbook.heads(wanted)


@contextmanager
def _opened(path: Path, mapped: Sequence[str], start_parser: StartParser) -> Iterator[_Workbook]:
    with start_parser(path) as parser:
        listed = parser.ask({"path": str(path.absolute())})["sheets"]
        sheets = [
            Sheet(index, name, is_visible, SheetKind(kind))
            for index, (name, is_visible, kind) in enumerate(listed)
        ]
        yield _Workbook(path, parser, sheets, mapped)


class _Workbook:
    """A workbook that a parser has open."""

    def __init__(
        self, path: Path, parser: Parser, sheets: list[Sheet], mapped: Sequence[str]
    ) -> None:
        self._path, self._parser, self._sheets = path, parser, sheets
        self._mapped = mapped

    def choose(self, options: SourceOptions, override: SourceOptions) -> tuple[_Candidate, int]:
        """Return the sheet to read, and the number of its header row."""
        candidates = self._candidates(override.sheet, 1)
        failed = [candidate for candidate in candidates if candidate.header.is_failed_csv]
        if failed:
            return self._only(failed, override.sheet), 1
        wanted = options.sheet if override.sheet is None else override.sheet
        found = self._candidates(wanted, options.header_row)
        return self._only(found, wanted), options.header_row

    def heads(self, wanted: str | int | None) -> list[SheetHead]:
        """Return the first rows of the wanted sheet, or of each sheet that a mapping can choose."""
        found = self._candidates(wanted, 1)
        return [SheetHead(candidate.sheet.name, candidate.rows) for candidate in found]

    def chunks(self, chosen: _Candidate, header_row: int, notes: list[Issue]) -> Iterator[Chunk]:
        """Yield the data rows, then add the notes about the sheet to `notes`."""
        gaps = gaps_of(chosen.header)
        header = without_gaps(chosen.header, gaps)
        positions = positions_without_gaps(chosen.search.positions, gaps)
        layout = Layout(header, sorted(positions.values()))
        request = {
            "do": "rows",
            "sheet": chosen.sheet.index,
            "after": header_row,
            "width": chosen.header.named_width + (_SURPLUS_COLUMNS if header.is_failed_csv else 0),
            "gaps": gaps,
            "rows": rows_a_chunk(header.named_width),
            "columns": sorted(chosen.search.positions.values()),
        }
        reply = self._parser.ask(request)
        while "rows" in reply:
            if reply["rows"]:
                merged = {row: _merged(chosen.header, *found) for row, *found in reply["merged"]}
                yield workbook_chunk(reply["rows"], layout=layout, faults=merged)
            reply = self._parser.next_reply()
        notes += [note for note in _notes(reply, chosen.header) if note not in notes]

    def _candidates(self, wanted: str | int | None, header_row: int) -> list[_Candidate]:
        if wanted is not None:
            return [self._candidate(self._sheet_called(wanted), header_row)]
        visible = [sheet for sheet in self._sheets if sheet.is_visible]
        tables = [sheet for sheet in visible if sheet.kind is SheetKind.TABLE]
        missing = [sheet for sheet in visible if sheet.kind in _ABSENT]
        return [self._candidate(sheet, header_row) for sheet in tables or missing]

    def _candidate(self, sheet: Sheet, header_row: int) -> _Candidate:
        until = max(header_row, HINT_ROWS)
        reply = self._parser.ask({"do": "head", "sheet": sheet.index, "until": until})
        rows: dict[int, list[str]] = dict(reply["rows"])
        header = header_of(rows.get(header_row, []))
        return _Candidate(sheet, header, find_columns(header.names, self._mapped), rows)

    def _sheet_called(self, wanted: str | int) -> Sheet:
        """Return the sheet with this name or number (from 1).

        Digits in quotes are a name, and a number only if no sheet has that name. Digits without
        quotes are refused if one sheet has that name and another one that number.
        """
        named = self._by_name(str(wanted))
        if named and (isinstance(wanted, str) or named.index + 1 == wanted):
            return self._table(named)
        if isinstance(wanted, str) and not wanted.isdecimal():
            raise self._no_sheet({"name": wanted}, "sheet-name")
        number = int(wanted)
        if not 1 <= number <= len(self._sheets):
            if named:
                return self._table(named)
            raise self._no_sheet({"number": number}, "sheet-number")
        counted = self._sheets[number - 1]
        if named:
            params: dict[str, Param] = {"number": number, "name": counted.name}
            raise self._no_sheet(params, "sheet-name-or-number")
        if not all(sheet.is_visible for sheet in self._sheets[:number]):
            raise self._no_sheet({"number": number}, "sheet-hidden-before")
        return self._table(counted)

    def _by_name(self, wanted: str) -> Sheet | None:
        """Return the sheet with exactly this name, or the only one whose name looks the same."""
        for sheet in self._sheets:
            if sheet.name == wanted:
                return sheet
        folded = column_key(wanted).casefold()
        similar = [sheet for sheet in self._sheets if column_key(sheet.name).casefold() == folded]
        if len(similar) > 1:
            raise self._no_sheet({"name": wanted}, "several-alike")
        return similar[0] if similar else None

    def _table(self, sheet: Sheet) -> Sheet:
        if sheet.kind is SheetKind.CHART:
            raise self._no_sheet({"name": sheet.name}, "chart")
        return sheet

    def _only(self, found: list[_Candidate], wanted: str | int | None) -> _Candidate:
        if not found:
            raise self._no_sheet({}, "no-visible-table")
        fitting = [candidate for candidate in found if candidate.search.complete]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise self._several([candidate.sheet for candidate in fitting])
        if len(found) == 1 or wanted is not None:
            [best] = found
            place = self._place(best, "in-sheet")
            raise misfit(place, best.header, best.search, rows=best.rows, mapped=self._mapped)
        raise self._none(found)

    def _several(self, sheets: list[Sheet]) -> InputError:
        params: dict[str, Param] = {
            "path": str(self._path),
            "count": len(sheets),
            "sheets": tuple(sheet.name for sheet in sheets),
            "name": sheets[0].name,
        }
        return InputError(Issue("input", params, "several-sheets"))

    def _none(self, found: list[_Candidate]) -> MappingError:
        best = max(found, key=self._fitness)
        place = self._place(best, "in-best-sheet")
        error = misfit(place, best.header, best.search, rows=best.rows, mapped=self._mapped)
        params: dict[str, Param] = {
            "misfit": error.issues[0],
            "sheets": tuple(candidate.sheet.name for candidate in found),
        }
        return MappingError(Issue("mapping", params, "of-all-sheets"), columns=error.columns)

    def _place(self, candidate: _Candidate, variant: str) -> Issue:
        params = {"path": str(self._path), "sheet": candidate.sheet.name}
        return Issue("mapping", params, variant)

    def _fitness(self, candidate: _Candidate) -> tuple[bool, int]:
        is_lower = bool(header_row_among(candidate.rows, self._mapped))
        return is_lower, len(candidate.search.positions)

    def _no_sheet(self, found: dict[str, Param], variant: str) -> InputError:
        sheets = [
            Issue(
                "input", {"name": each.name}, "visible-sheet" if each.is_visible else "hidden-sheet"
            )
            for each in self._sheets
        ]
        params: dict[str, Param] = {
            "path": str(self._path),
            "finding": Issue("input", found, variant),
            "sheets": joined_issues(sheets, variant="and-sheet"),
        }
        return InputError(Issue("input", params, "no-sheet"))


def _merged(header: Header, cells: str, column: int) -> Issue:
    return Issue("merged", {"cells": cells}, columns=(header.names[column],))


def _notes(reply: Message, header: Header) -> Iterator[Issue]:
    if reply["hidden_rows"]:
        yield Issue("hidden-rows", {"count": reply["hidden_rows"]})
    for index in reply["hidden_columns"]:
        yield Issue("hidden-column", {"name": header.names[index]})
    if reply["asks_to_recalculate"]:
        yield Issue("recalculate")
