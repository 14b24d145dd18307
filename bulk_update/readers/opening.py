"""Open a spreadsheet of any kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bulk_update.errors import InputError, UsageError
from bulk_update.readers.kinds import kind_of
from bulk_update.readers.spreadsheet import Spreadsheet
from bulk_update.records import FileKind, SourceOptions

_NOTHING_SAID = SourceOptions()


@contextmanager
def open_spreadsheet(
    path: Path,
    options: SourceOptions,
    *,
    mapped_columns: Sequence[str],
    override: SourceOptions = _NOTHING_SAID,
) -> Iterator[Spreadsheet]:
    """Open a spreadsheet that has all mapped columns.

    `options` are the mapping's; they do not apply to a file that this program wrote for
    correction. `override` is the command line's (which cannot name a header row) and wins over
    them, always. What neither says is found out, never guessed.

    Raises InputError where the file is damaged, ambiguous or of another kind than its name says,
    MappingError where it lacks a mapped column or has it twice, and UsageError for an option that
    makes no sense. Nothing has been read into memory then, and nothing stays open.
    """
    # The process that parses workbooks imports this package, too: pandas and the mapping, which
    # it has no use for, would cost it half a second and half its memory.
    if kind_of(path, override.kind or options.kind) is FileKind.TEXT:
        if override.sheet is not None:
            raise UsageError(
                f"--sheet {override.sheet}: {path} is a text file, which has no sheets",
                hint="Leave --sheet out, or name a workbook.",
            )
        from bulk_update.readers.text import open_text  # noqa: PLC0415 - loads pandas

        try:
            spreadsheet = open_text(path, options, override, mapped_columns)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error})") from error
        yield spreadsheet
        return
    from bulk_update.readers.workbook import selection  # noqa: PLC0415 - loads pandas

    with selection.open_workbook_sheet(path, options, override, mapped_columns) as spreadsheet:
        yield spreadsheet
