"""The codes of rows that were not sent because the run stopped, and of what stopped it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.entries import RUN_CONTINUES, STOPPED_BEFORE, Entry
from bulk_update.messages.ledger_errors import LEDGER, LEDGER_HINTS

STOPPED: Mapping[str, Entry] = MappingProxyType(
    {
        "limit": Entry(
            "held back by `--limit`",
            "held back by --limit",
            f"{RUN_CONTINUES}",
        ),
        "no-consent": Entry(
            "the plan was not approved",
            "the plan was not approved",
            "`apply` the plan to send it",
            {
                "no-terminal": "confirmation needs a terminal; nothing was sent",
                "log-format": "--log-format cannot ask for confirmation; nothing was sent",
            },
            {
                "no-terminal": "Pass --yes to send without confirmation.",
                "log-format": "Pass --yes to send without confirmation.",
            },
        ),
        "signal": Entry(
            "SIGHUP, SIGINT or SIGTERM stopped the run",
            "stopped by {signal:plain}",
            f"{RUN_CONTINUES}",
            {
                "waiting": "stopped by {signal:plain}: waiting for the responses to requests in "
                "flight",
            },
        ),
        "no-rows": Entry(
            "the file has no data rows, or `where` leaves out all of them",
            "the file has no data rows",
            "check the file, or allow it under `guards`: `expect_rows: [0, N]` if the file has no "
            "rows, `allow_none: true` if `where` leaves out all",
            {
                "filtered-one": "where leaves out the only data row",
                "filtered": "where leaves out all {rows:data_rows}",
            },
        ),
        "expect-rows": Entry(
            "the number of data rows does not match `expect_rows`",
            "the file has {rows:data_rows}, but expect_rows is {least:number}: it may be "
            "incomplete or the wrong file",
            "check whether the file is complete, or change `expect_rows`",
            {
                "range": "the file has {rows:data_rows}, but expect_rows is {least:number} to "
                "{most:number}: it may be incomplete or the wrong file",
            },
        ),
        "max-invalid": Entry(
            "more rows are invalid than `max_invalid` allows",
            "{invalid:number} of {rows:data_rows} failed validation, and max_invalid allows "
            "{limit:number}",
            "correct the invalid rows, or raise `max_invalid`",
        ),
        "max-rows": Entry(
            "more rows would be sent than `max_rows` allows",
            "{rows:rows} would be sent, and max_rows allows {limit:number}",
            f"check the file, or raise `max_rows`; {RUN_CONTINUES}",
        ),
        "max-clears": Entry(
            "more fields would be cleared than `max_clears` allows",
            "{fields:fields} would be cleared, and max_clears allows {limit:number}",
            "check the file; if it is right, raise `max_clears` under `guards` or with "
            "`--guard max_clears=N`",
        ),
        "max-failures": Entry(
            "more rows failed than `max_failures` allows",
            "{failures:number} of {rows:rows} sent so far ended rejected, failed or in_doubt, and "
            "max_failures allows {limit:number}",
            f"check the failed rows; {RUN_CONTINUES}",
        ),
        "max-duration": Entry(
            "sending took longer than `max_duration` allows",
            "sending took {seconds:seconds}, and max_duration allows {limit:seconds}",
            f"{RUN_CONTINUES}",
        ),
        "window": Entry(
            "it is outside the hours that `window` allows",
            "rows are sent only from {begins:plain} to {ends:plain} ({zone:plain}), next on "
            "{opens:plain}",
            f"{RUN_CONTINUES} within these hours",
        ),
        "ledger": Entry(
            "the ledger could not be written",
            "the ledger could not be written",
            f"free some space or fix the folder's permissions; {RUN_CONTINUES}",
            LEDGER,
            LEDGER_HINTS,
        ),
        "bug": Entry(
            "a bug in bulk-update",
            "a bug in bulk-update stopped the run: {error:plain}",
            f"report it; nothing is lost, and {RUN_CONTINUES}",
        ),
        "halted-interrupted": Entry(
            "the run was killed while the row's request was in flight",
            "the run was killed before the response was recorded",
            f"{RUN_CONTINUES} and sends the row again",
            {"run": "the run was killed"},
        ),
        "halted-signal": Entry(
            "a signal stopped the run while the row still had retries left",
            f"a signal {STOPPED_BEFORE}",
            f"{RUN_CONTINUES}",
        ),
        "halted-max-failures": Entry(
            "`max_failures` stopped the run while the row still had retries left",
            f"max_failures {STOPPED_BEFORE}",
            f"check the failed rows; {RUN_CONTINUES}",
        ),
        "halted-window": Entry(
            "`window` closed while the row still had retries left",
            f"window {STOPPED_BEFORE}",
            f"{RUN_CONTINUES} within its hours",
        ),
        "halted-max-duration": Entry(
            "`max_duration` stopped the run while the row still had retries left",
            f"max_duration {STOPPED_BEFORE}",
            f"{RUN_CONTINUES}",
        ),
    }
)
"""Rows that a stopped run did not send, or (`halted-...`) has to send again."""
