"""Checking that a mapping is valid and fits a file, without a ledger.

The mapping is loaded, and the file is opened and read, exactly as in `check`.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bulk_update.errors import UnusableError
from bulk_update.events import Events, RowsRead, Stage
from bulk_update.exits import ExitCode
from bulk_update.job.input_file import called, file_of
from bulk_update.job.mapped_file import opened
from bulk_update.job.ports import stage_of
from bulk_update.job.request import (
    LoadedMapping,
    Request,
    RunOptions,
    load_file,
    path_text,
)
from bulk_update.mapping import Mapping
from bulk_update.mapping.document import Path as KeyPath
from bulk_update.readers import Spreadsheet
from bulk_update.records import Issue, SourceOptions
from bulk_update.settings import Settings
from bulk_update.stop_request import StopRequest


@dataclass(frozen=True, slots=True)
class UsedColumn:
    """A mapped column and the keys that use it, such as `record_fields.miasto`."""

    column: str
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FittingFile:
    """A file that fits the mapping, and how it is read.

    `encoding` and `delimiter` are set for a text file, `sheet` for a workbook. `unused` contains
    the columns that are not mapped.
    """

    path: str
    rows: int
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header: tuple[str, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MappingReport:
    """The result of checking a mapping, which is valid if there are no problems.

    `name` and `columns` are set if the mapping could be loaded, `file` if it fits the file.
    """

    path: str
    problems: tuple[UnusableError, ...] = ()
    name: str | None = None
    columns: tuple[UsedColumn, ...] = ()
    file: FittingFile | None = None
    notices: tuple[Issue, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """0 if the mapping is valid and fits the file, otherwise 2."""
        return ExitCode.UNUSABLE if self.problems else ExitCode.SUCCESS


def check_mapping(
    path: Path,
    file: str | None,
    source: SourceOptions,
    *,
    events: Events,
    stop: StopRequest,
) -> MappingReport:
    """Load a mapping and, if a file is given, open it and read all of its rows."""
    problems: list[UnusableError] = []
    loaded: LoadedMapping | None = None
    fitting: FittingFile | None = None
    notices: list[Issue] = []
    try:
        with stop.interruptible():
            loaded = load_file(path, source)
        notices += loaded.mapping.warnings()
    except UnusableError as error:
        problems.append(error)
    try:
        if file is not None:
            options = RunOptions(Settings.model_construct(), stop=stop)
            kind_is_named = loaded is not None and loaded.mapping.source.kind is not None
            with ExitStack() as stack:
                with stop.interruptible():
                    input_file = stack.enter_context(file_of(file, kind_is_named=kind_is_named))
                if loaded is not None:
                    request = Request(input_file.path, path, options, source, given=file)
                    fitting = _fitting(request, loaded, events, notices)
    except UnusableError as error:
        problems.append(error)
    return MappingReport(
        path=path_text(path),
        problems=tuple(problems),
        name=loaded.mapping.name if loaded else None,
        columns=_used_columns(loaded.mapping) if loaded else (),
        file=fitting,
        notices=tuple(notices),
    )


def _fitting(
    request: Request, loaded: LoadedMapping, events: Events, notices: list[Issue]
) -> FittingFile:
    with opened(request, loaded) as (spreadsheet, _), request.options.stop.interruptible():
        rows = _count_rows(spreadsheet, events)
        notices += spreadsheet.notes
        return _file_of(request, spreadsheet, rows=rows)


def _count_rows(spreadsheet: Spreadsheet, events: Events) -> int:
    """Read and count all rows, because a file can be damaged anywhere."""
    rows = 0
    with stage_of(events, Stage.READING):
        for chunk in spreadsheet.chunks():
            rows += len(chunk.cells)
            events.on_event(RowsRead(len(chunk.cells)))
    return rows


def _file_of(request: Request, spreadsheet: Spreadsheet, *, rows: int) -> FittingFile:
    is_text = spreadsheet.sheet is None
    used = set(spreadsheet.positions.values())
    return FittingFile(
        path=path_text(called(request.text)),
        rows=rows,
        encoding=spreadsheet.kind if is_text else None,
        delimiter=spreadsheet.delimiter if is_text else None,
        sheet=spreadsheet.sheet,
        header=spreadsheet.header,
        unused=tuple(name for index, name in enumerate(spreadsheet.header) if index not in used),
    )


def _used_columns(mapping: Mapping) -> tuple[UsedColumn, ...]:
    users: dict[str, dict[str, None]] = {name: {} for name in mapping.column_names}
    for path, column in mapping.mentioned_columns():
        users[column][_user(path)] = None
    return tuple(UsedColumn(column, tuple(by)) for column, by in users.items())


def _user(path: KeyPath) -> str:
    """Return a column's key: `record_fields.miasto` for `update.record_fields.miasto.columns.0`."""
    steps = path[:-2] if isinstance(path[-1], int) else path[:-1]
    return ".".join(str(step) for step in steps if not isinstance(step, int)).removeprefix(
        "update."
    )
