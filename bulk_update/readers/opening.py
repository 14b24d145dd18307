"""Opens a spreadsheet of any kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_update.errors import InputError, UsageError
from bulk_update.readers.kinds import kind_of
from bulk_update.readers.spreadsheet import Spreadsheet
from bulk_update.records import FileKind, Issue, SourceOptions

if TYPE_CHECKING:
    from bulk_update.readers.workbook.selection import StartParser

_NO_OPTIONS = SourceOptions()


@contextmanager
def open_spreadsheet(
    path: Path,
    options: SourceOptions,
    *,
    mapped_columns: Sequence[str],
    override: SourceOptions = _NO_OPTIONS,
    start_parser: StartParser | None = None,
) -> Iterator[Spreadsheet]:
    """Open a spreadsheet that has all mapped columns.

    `options` are those of the mapping; they do not apply to a failed file that this tool wrote.
    `override` are those of the command line (which cannot set a header row) and always take
    precedence. Whatever neither sets is detected, never guessed. `start_parser` starts what parses
    a workbook: by default, a process of its own.

    Raises InputError if the file is damaged, ambiguous or not of the kind that its name says,
    MappingError if a mapped column is missing or occurs twice, and UsageError for an invalid
    option. In these cases, the rows have not been read and nothing remains open.
    """
    # The process that parses workbooks imports this package, too. It does not need pandas and the
    # mapping, which would cost it half a second and half its memory.
    if kind_of(path, override.kind or options.kind) is FileKind.TEXT:
        if override.sheet is not None:
            params = {"sheet": str(override.sheet), "path": str(path)}
            raise UsageError(Issue("usage", params, "no-sheets"))
        from bulk_update.readers.text import open_text  # noqa: PLC0415 - loads pandas

        try:
            spreadsheet = open_text(path, options, override, mapped_columns)
        except OSError as error:
            params = {"path": str(path), "error": str(error)}
            raise InputError(Issue("input", params, "not-readable")) from error
        yield spreadsheet
        return
    from bulk_update.readers.workbook import process, selection  # noqa: PLC0415 - loads pandas

    with selection.open_workbook_sheet(
        path,
        options,
        override,
        mapped_columns,
        start_parser=start_parser or process.workbook_process,
    ) as spreadsheet:
        yield spreadsheet
