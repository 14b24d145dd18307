"""The files of a run that can be downloaded: those that the run itself has written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bulk_update.job.inspect import folder_of
from bulk_update.language import gettext as _
from bulk_update.ledger import Run
from bulk_update.results import RunFile

MAPPING = "mapping.yaml"

_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".html": "text/html; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Download:
    """A file of a run: its name for people, where it is, and its media type."""

    name: str
    path: Path
    media_type: str


def downloads_of(run: Run) -> tuple[Download, ...]:
    """Return the files that the run's summary lists and that lie in its own folder.

    A summary of another run, a link, or a path elsewhere lists nothing.
    """
    folder = folder_of(run)
    if folder is None:
        return ()
    try:
        summary = json.loads((folder / RunFile.SUMMARY).read_bytes())
        listed = summary["files"] if summary["run_id"] == run.run_id else {}
        found = {file: Path(listed[file.key]) for file in RunFile if listed.get(file.key)}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ()
    return tuple(
        Download(str(file), path, _TYPES[Path(file).suffix])
        for file, path in found.items()
        if path.parent.absolute() == folder.absolute() and path.is_file() and not path.is_symlink()
    )


def description_of(name: str) -> str:
    """Return what a file of a run is for."""
    return {
        RunFile.RESULTS: _("every row of the file with its outcome"),
        RunFile.FAILED: _("the rows that need attention, as text"),
        RunFile.FAILED_XLSX: _("the rows that need attention, to be corrected in Excel"),
        RunFile.REQUESTS: _("what would be sent, request by request, for programs"),
        RunFile.SUMMARY: _("the numbers of this run, for programs"),
        RunFile.REPORT: _("a page about this run, to be passed on or printed"),
        MAPPING: _("what each column means, for the command line and schedules"),
    }.get(name, "")
