"""The files of a run: projections of the ledger, put in place whole or not at all."""

from bulk_update.results.formulas import without_formula
from bulk_update.results.placement import Placement
from bulk_update.results.summary import Summary, summary_json
from bulk_update.results.tables import (
    FAILED,
    REQUESTS,
    RESULTS,
    SUMMARY,
    utc_text,
    write_failed,
    write_requests,
    write_results,
)

__all__ = [
    "FAILED",
    "REQUESTS",
    "RESULTS",
    "SUMMARY",
    "Placement",
    "Summary",
    "summary_json",
    "utc_text",
    "without_formula",
    "write_failed",
    "write_requests",
    "write_results",
]
