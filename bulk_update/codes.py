"""The codes of `results.csv` that come from reading, from the plan and from a stop.

`mapping.ISSUE_CODES` and `policy.CODES` have the others. The table in `REFERENCE.md` is made from
all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

READING_CODES: Mapping[str, str] = MappingProxyType(
    {
        "ragged-row": "the row has fewer or more cells than the header",
        "control-character": "a cell contains a control character, such as NUL",
        "merged": "mapped cells of the row are merged with others (workbooks)",
    }
)
"""Rows that are `invalid` whatever the mapping says."""

PLAN_CODES: Mapping[str, str] = MappingProxyType(
    {
        "identical": "another row asks for the same change; it is sent once",
        "conflict": "rows for the same record disagree, and none of them is sent",
        "not-chosen": "rows for the same record disagree, and `duplicates` chose another one",
        "already-sent": "the job's last successful run used the same file, and the record still "
        "has these values",
        "same-as-last": "the record already has these values",
        "superseded": "a later run has sent something to this record; this row is not sent again",
    }
)
"""Rows that the plan does not send."""

STOP_CODES: Mapping[str, str] = MappingProxyType(
    {
        "limit": "held back by `--limit`",
        "no-consent": "the plan was not approved",
        "signal": "SIGHUP, SIGINT or SIGTERM stopped the run",
        "no-rows": "the file has no data rows, or `where` leaves out all of them",
        "expect-rows": "the number of data rows is not what `expect_rows` says",
        "max-invalid": "more rows are invalid than `max_invalid` allows",
        "max-rows": "more rows would be sent than `max_rows` allows",
        "max-clears": "more fields would be cleared than `max_clears` allows",
        "max-failures": "more rows failed than `max_failures` allows",
        "max-duration": "sending took longer than `max_duration` allows",
        "ledger": "the ledger could not be written",
        "bug": "a bug in bulk-update",
        "halted-interrupted": "the run was killed while the row's request was in flight",
        "halted-signal": "a signal stopped the run while the row still had retries left",
        "halted-max-failures": "`max_failures` stopped the run while the row still had retries "
        "left",
        "halted-max-duration": "`max_duration` stopped the run while the row still had retries "
        "left",
    }
)
"""Rows that a stopped run left unsent, or (`halted-...`) has to send again."""
