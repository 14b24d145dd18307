"""The use cases: check a file, run it, apply a plan, retry what failed, look at what happened.

Each takes what the caller settled (`Request`), joins readers, mapping, ledger, client and results,
and returns a `Report`. Nothing here prints or asks: that is the caller's `Observer`.
"""

from bulk_update.job.applying import apply, retry
from bulk_update.job.checking import check
from bulk_update.job.inspecting import (
    RowView,
    RunView,
    prune,
    refused_rows,
    runs,
    show,
    show_row,
)
from bulk_update.job.observing import Observer
from bulk_update.job.rehearsing import record_keys
from bulk_update.job.reporting import Report
from bulk_update.job.request import Request, Terms
from bulk_update.job.running import run

__all__ = [
    "Observer",
    "Report",
    "Request",
    "RowView",
    "RunView",
    "Terms",
    "apply",
    "check",
    "prune",
    "record_keys",
    "refused_rows",
    "retry",
    "run",
    "runs",
    "show",
    "show_row",
]
