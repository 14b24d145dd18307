"""Writing the page about a run: among its other files, or again later."""

from __future__ import annotations

from pathlib import Path

from bulk_update import __version__
from bulk_update.errors import UsageError
from bulk_update.job.inspect import folder_of, opened_ledger, rows_of, sender_of
from bulk_update.job.ledger_place import where_options
from bulk_update.job.request import RunOptions
from bulk_update.job.run_page import RunStanding, page_of
from bulk_update.job.store import Store
from bulk_update.ledger import Run, RunState
from bulk_update.reasons import NO_REASONS, restored
from bulk_update.records import Issue
from bulk_update.report import Page, page_text
from bulk_update.results import OutputFolder, Purpose, RunFile


def write_page(folder: OutputFolder, page: Page) -> None:
    """Write the page into the folder of a run's files."""
    text = page_text(page, version=__version__)
    with folder.binary(RunFile.REPORT) as file:
        file.write(text.encode(errors="backslashreplace"))


def recorded_page(store: Store, run: Run, options: RunOptions, *, folder: Path) -> Page:
    """Return the page of a run from the ledger, which must stay open until its rows are read.

    A run that is sending is shown as it is now. `folder` is that of its files.
    """
    rows = rows_of(store, run)
    standing = RunStanding(
        is_plan=run.state is RunState.PLANNED,
        reasons=restored(run.stop_reasons or NO_REASONS),
        folder=folder.absolute(),
        where=where_options(options.settings),
        is_sending=run.state is RunState.SENDING and sender_of(options, [run]) is not None,
    )
    return page_of(run, rows, rows.tally(), standing)


def write_page_again(run_id: str, options: RunOptions) -> Path:
    """Write the page of a run from the ledger, beside its other files; return its path.

    With `out`, it is written there. A run that is sending is shown as it is now. Raises UsageError
    if there is no such run, and LedgerError if the page cannot be written.
    """
    with opened_ledger(options) as store:
        run = store.runs.find(run_id)
        path = options.out or folder_of(run)
        if path is None:
            raise UsageError(Issue("usage", {"run": run_id}, "no-files"))
        page = recorded_page(store, run, options, folder=folder_of(run) or path)
        source = Path(run.input_path)
        with OutputFolder(path, run_id=run_id, source=source, purpose=Purpose.PAGE) as folder:
            write_page(folder, page)
            return folder.commit(keep_others=True)[RunFile.REPORT]
