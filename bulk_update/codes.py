"""The codes of `results.csv` that neither the mapping nor an answer brings about.

`mapping.ISSUE_CODES` and `policy.CODES` have the others; the README's table shows them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

READING_CODES: Mapping[str, str] = MappingProxyType(
    {
        "ragged-row": "the row has fewer or more cells than the header",
        "control-character": "a cell holds a control character, such as NUL",
        "merged": "mapped cells of the row are merged with others (workbooks)",
    }
)
"""Of rows that are `invalid` as such."""

PLAN_CODES: Mapping[str, str] = MappingProxyType(
    {
        "identical": "the same change as another row, which is sent for both",
        "conflict": "rows for the same record do not agree, and none of them is sent",
        "not-chosen": "rows for the same record do not agree, and `duplicates` chose another",
        "already-sent": "the last successful run of this job had the same file, and the record "
        "still has exactly these values",
        "same-as-last": "the record already has exactly these values",
        "superseded": "a later run has sent something for this record; it is not sent again",
    }
)
"""Of rows that the plan does not send."""

STOP_CODES: Mapping[str, str] = MappingProxyType(
    {
        "limit": "held back by `--limit`",
        "no-consent": "nobody agreed to the plan",
        "signal": "the run was stopped by SIGHUP, SIGINT or SIGTERM",
        "no-rows": "the file has no data rows, or `where` leaves out every one",
        "expect-rows": "the file has another number of data rows than `expect_rows` says",
        "max-invalid": "more rows are invalid than `max_invalid` allows",
        "max-rows": "more rows would be sent than `max_rows` allows",
        "max-clears": "more fields would be erased than `max_clears` allows",
        "max-failures": "more rows went wrong than `max_failures` allows",
        "max-duration": "sending took longer than `max_duration`",
        "ledger": "the ledger could not be written",
        "bug": "a bug in bulk-update",
        "halted-interrupted": "the run was killed while the row was on its way",
        "halted-signal": "the run was stopped before the row's retries were used up",
        "halted-max-failures": "a guard stopped the run before the row's retries were used up",
        "halted-max-duration": "a guard stopped the run before the row's retries were used up",
    }
)
"""Of rows that a run which stopped left unsent, or (`halted-...`) has to send again."""
