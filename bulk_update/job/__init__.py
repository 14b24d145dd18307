"""The use cases: check a file, run it, apply a plan, retry what failed.

Each takes what the caller settled (`Request`), joins readers, mapping, ledger, client and results,
and returns a `Report`. Nothing here prints or asks: that is the caller's `Observer`.
"""

from bulk_update.job.applying import apply, retry
from bulk_update.job.checking import check
from bulk_update.job.observing import Observer
from bulk_update.job.reporting import Report
from bulk_update.job.request import Request, Terms
from bulk_update.job.running import run

__all__ = ["Observer", "Report", "Request", "Terms", "apply", "check", "retry", "run"]
