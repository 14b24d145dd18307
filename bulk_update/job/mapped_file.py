"""Opening a spreadsheet for its mapping; errors name the mapping's lines of missing columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bulk_update.errors import MappingError
from bulk_update.job.environment import today_in
from bulk_update.job.request import LoadedMapping, Request
from bulk_update.readers import Spreadsheet, open_spreadsheet
from bulk_update.records import Issue, Param
from bulk_update.translation import References, Translator


@contextmanager
def opened(
    request: Request, loaded: LoadedMapping, references: References | None = None
) -> Iterator[tuple[Spreadsheet, Translator]]:
    """Open the request's file and fit the mapping to its header.

    With `references`, rows are checked against what is known of their campaigns.

    Raises InputError, UsageError or MappingError; a MappingError names the mapping's lines.
    """
    with placing_columns(loaded), ExitStack() as stack:
        with request.options.stop.interruptible():
            spreadsheet = stack.enter_context(
                open_spreadsheet(
                    request.file,
                    loaded.mapping.source_options,
                    mapped_columns=loaded.mapping.column_names,
                    override=request.source,
                )
            )
            translator = Translator(
                loaded.mapping,
                positions=spreadsheet.positions,
                today=today_in(loaded.mapping.api_timezone),
                is_failed_csv=spreadsheet.is_failed_csv,
                references=references,
            )
        yield spreadsheet, translator


@contextmanager
def placing_columns(loaded: LoadedMapping) -> Iterator[None]:
    """Let a MappingError about columns name the mapping's lines that mention them."""
    try:
        yield
    except MappingError as error:
        if not error.columns:
            raise
        places = map(loaded.mapping.place_of, error.columns)
        named = tuple(f"{loaded.path}:{at.line}:{at.column}" for at in places if at)
        params: dict[str, Param] = {"places": named, "fault": error.issues[0]}
        raise MappingError(Issue("mapping", params, "at-columns"), *error.issues[1:]) from None
