"""Moving the file of a finished run away. What fails here never changes how the run ended."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from bulk_update.errors import BulkUpdateError, InputError, UsageError
from bulk_update.events import Notice
from bulk_update.exits import ExitCode
from bulk_update.job.input_file import only_file, readable
from bulk_update.job.ports import Observer
from bulk_update.job.report import Report
from bulk_update.job.request import LoadedMapping, RunOptions, path_text
from bulk_update.ledger import Run
from bulk_update.records import Issue, Param
from bulk_update.sources import STANDARD_INPUT, Found, Source, source_of
from bulk_update.sources.newest import marker_of

_ENDED = {ExitCode.SUCCESS, ExitCode.ROWS}


def archive_finished(
    report: Report,
    run: Run,
    options: RunOptions,
    loaded: LoadedMapping,
    observer: Observer,
    *,
    name: str | None = None,
) -> None:
    """Move the file of a run to `options.archive`, if the run has nothing left to send.

    `name` is the file that the command has read, if it has: the run may have begun with another one
    of the same content. Emits a notice with the new name, or with what went wrong.
    """
    folder = options.archive
    if folder is None or report.end.exit_code not in _ENDED or report.left_to_send:
        return
    name = name or _path_of(run)
    params: dict[str, Param] = {"path": path_text(name), "folder": folder}
    try:
        target = _archive(run, name, folder, loaded, options.settings.state_folder)
        notice = Issue("archived", {**params, "target": path_text(target)})
    except BulkUpdateError as error:
        notice = Issue("not-archived", {**params, "error": error.issues[0]})
    except OSError as error:
        reason = error.strerror or str(error)
        notice = Issue("not-archived", {**params, "error": f"{error.filename or folder}: {reason}"})
    observer.on_event(Notice(notice))


def _path_of(run: Run) -> str:
    """Return the file that a run has read, wherever the present command was started."""
    path = Path(run.input_path)
    if run.input_folder is None or "://" in run.input_path or path.is_absolute():
        return run.input_path
    return str(Path(run.input_folder, path.name))


def _archive(run: Run, name: str, folder: str, loaded: LoadedMapping, state_folder: Path) -> str:
    """Move the file, if it still is the one that the run has read; return its new name.

    Its marker is moved first: beside no file, it could declare the next one of this name complete
    while it is still being written.
    """
    if run.undoes is not None or run.origin != run.id:
        raise InputError(Issue("input", {"run": run.run_id}, "no-own-file"))
    if name == STANDARD_INPUT:
        raise UsageError(Issue("usage", {"option": "--archive"}, "not-for-stdin"))
    with closing(source_of(name, archive=folder)) as source:
        found = only_file(source, name)
        with readable(source, found, state_folder=state_folder, kind_is_named=True) as file:
            if file.fingerprint.sha256 != run.input_sha256:
                raise InputError(Issue("input", {"path": found.name}, "replaced"))
        if marker := loaded.mapping.source.marker:
            _archive_marker(source, marker_of(found.name, marker), folder, run_id=run.run_id)
        return source.archive(found, folder, run_id=run.run_id)


def _archive_marker(source: Source, name: str, folder: str, *, run_id: str) -> None:
    if source.has(name):
        marker = source.seen_again(Found(name, 0, 0))
        if marker is not None:
            source.archive(marker, folder, run_id=run_id)
