"""The files of a run: their names, their keys in the summary, and when they are written."""

from __future__ import annotations

from enum import StrEnum


class RunFile(StrEnum):
    """A file of a run, by its name and in the order of the summary."""

    RESULTS = "results.csv"
    FAILED = "failed.csv"
    FAILED_XLSX = "failed.xlsx"
    REQUESTS = "requests.jsonl"
    SUMMARY = "summary.json"
    REPORT = "report.html"

    @property
    def key(self) -> str:
        """The key of the file's path in `summary.json`."""
        return self.name.lower()


def files_of(
    *,
    is_plan: bool,
    has_failed_rows: bool,
    fits_a_workbook: bool = True,
) -> tuple[RunFile, ...]:
    """Return the files to write for a run or, with `is_plan`, for a plan of `check`.

    The report is one of them unless it is not wanted, and the summary lists the others.
    `fits_a_workbook` is whether a sheet can hold all failed rows.
    """
    omitted = {
        *([] if has_failed_rows else [RunFile.FAILED]),
        *([] if has_failed_rows and fits_a_workbook else [RunFile.FAILED_XLSX]),
        *([] if is_plan else [RunFile.REQUESTS]),
    }
    return tuple(file for file in RunFile if file not in omitted)
