"""How a file can be read, and its first rows as read that way, for a person to choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bulk_update.errors import UnusableError
from bulk_update.proposals import SourceEvidence, SourceOption
from bulk_update.readers.kinds import kind_of
from bulk_update.readers.survey import survey_source
from bulk_update.readers.text import head
from bulk_update.readers.text_check import open_text_file
from bulk_update.readers.workbook.selection import listed_sheets, sheet_heads
from bulk_update.records import FileKind, SourceOptions

SHOWN_ROWS = 20
_LONGEST_CELL = 200


@dataclass(frozen=True, slots=True)
class PreviewedSheet:
    """A sheet of a workbook; `is_table` is False for charts and the like."""

    name: str
    is_visible: bool
    is_table: bool


@dataclass(frozen=True, slots=True)
class FilePreview:
    """How a file is read: the options, what is certain or open, and its first rows by number.

    `rows` are at most twenty, with cells of at most 200 characters. `sheets` are those of a
    workbook, in its order. `alternatives` are the choices, even those that have been made.
    """

    kind: FileKind
    options: SourceOptions
    evidence: SourceEvidence
    alternatives: tuple[SourceOption, ...]
    rows: Mapping[int, Sequence[str]]
    sheets: tuple[PreviewedSheet, ...] = ()

    @property
    def questions(self) -> frozenset[str]:
        """The keys that a person has to decide."""
        return frozenset(self.evidence.open)

    @property
    def width(self) -> int:
        """The number of cells of the longest of the rows."""
        return max(map(len, self.rows.values()), default=0)


def preview_file(path: Path, named: SourceOptions, *, header_row: int | None = None) -> FilePreview:
    """Survey a file, and return its first rows; `named` options and a `header_row` are certain.

    Raises InputError if it cannot be read, and UsageError for an option that does not fit it.
    """
    source = survey_source(path, named, header_row=header_row)
    kind = kind_of(path, source.options.kind)
    alternatives = _alternatives(path, named, source.evidence)
    if kind is FileKind.WORKBOOK:
        rows: Mapping[int, Sequence[str]] = sheet_heads(path, source.options.sheet)[0].rows
        sheets = tuple(PreviewedSheet(*each) for each in listed_sheets(path))
    else:
        rows, sheets = _text_rows(path, source.options), ()
    return FilePreview(kind, source.options, source.evidence, alternatives, _cut(rows), sheets)


def _alternatives(
    path: Path, named: SourceOptions, evidence: SourceEvidence
) -> tuple[SourceOption, ...]:
    """Return what could have been chosen in place of each named option, and the open choices."""
    found = {(option.key, option.value): option for option in evidence.options}
    without = [replace(named, encoding=None)] if named.encoding else []
    without += [replace(named, delimiter=None)] if named.delimiter else []
    without += [replace(named, sheet=None)] if named.sheet is not None else []
    for options in without:
        with suppress(UnusableError):
            for option in survey_source(path, options).evidence.options:
                found.setdefault((option.key, option.value), option)
    return tuple(found.values())


def _text_rows(path: Path, options: SourceOptions) -> Mapping[int, Sequence[str]]:
    file = open_text_file(path, options.encoding, quotes_are_text=options.quotes_are_text)
    return dict(enumerate(head(file, options.delimiter or ",", SHOWN_ROWS), 1))


def _cut(rows: Mapping[int, Sequence[str]]) -> Mapping[int, Sequence[str]]:
    shown = {
        number: [_shortened(cell) for cell in cells]
        for number, cells in rows.items()
        if number <= SHOWN_ROWS
    }
    return dict(sorted(shown.items()))


def _shortened(cell: str) -> str:
    return cell if len(cell) <= _LONGEST_CELL else f"{cell[:_LONGEST_CELL]}…"
