"""The files of a run: made from the ledger, and put in place whole or not at all."""

from bulk_update.results.failed_csv import write_failed
from bulk_update.results.failed_rows import FailedTable
from bulk_update.results.failed_xlsx import fits_a_workbook, write_failed_workbook
from bulk_update.results.files import RunFile, files_of
from bulk_update.results.formulas import without_formula
from bulk_update.results.output_folder import OutputFolder, Purpose
from bulk_update.results.own_folder import files_size, remove_own_folder
from bulk_update.results.requests_jsonl import writing_requests
from bulk_update.results.results_csv import write_results
from bulk_update.results.row_blocks import in_blocks
from bulk_update.results.summary import Summary, Told, summary_json
from bulk_update.results.times import utc_text

__all__ = [
    "FailedTable",
    "OutputFolder",
    "Purpose",
    "RunFile",
    "Summary",
    "Told",
    "files_of",
    "files_size",
    "fits_a_workbook",
    "in_blocks",
    "remove_own_folder",
    "summary_json",
    "utc_text",
    "without_formula",
    "write_failed",
    "write_failed_workbook",
    "write_results",
    "writing_requests",
]
