"""The codes of notices: in the plan of a run, and while a command runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.entries import Entry

NOTICES: Mapping[str, Entry] = MappingProxyType(
    {
        "reference-age": Entry(
            "the age of the statuses and agents that rows are checked against",
            "the statuses and agents of campaign {campaigns:list}{left_out:more} were read "
            "{age:seconds} ago",
            "nothing to do; without `--offline` they are read again",
        ),
        "unchecked-reference": Entry(
            "the API user cannot read the statuses or agents of a campaign, so rows are not "
            "checked against them",
            "the {what:plain} of campaign {campaign:plain} cannot be read (HTTP {status}), so rows "
            "are not checked against them",
            "give the API user the permission to read them",
            {
                "last": "the {what:plain} of campaign {campaign:plain} could not be read last "
                "time, so rows are not checked against them",
            },
        ),
        "guarded-cells": Entry(
            'cells such as `="00123"`, which spreadsheet programs show as `00123`',
            "formulas such as {text} (row {row}) are read as the text inside the quotation marks, "
            "in {count:rows}",
            "nothing to do",
        ),
        "null-words": Entry(
            "cells that read `NULL` or `\\N`, in a column without `blanks`",
            "the word {text} (row {row}) is read as text, in {count:rows}; if it means that the "
            'value is missing, add blanks: ["NULL", "\\\\N"] to the mapping',
            "if they mean that the value is missing, add them to `blanks`",
        ),
        "doubled-prefix": Entry(
            "numbers that already have the digits of `prefix` without its sign, such as "
            "`48600100200` with `+48`",
            "prefix is added to numbers that already have its digits, such as {text} (row {row}), "
            "in {count:rows}; a pattern refuses them",
            "correct these cells, or add a `pattern` to the rule",
        ),
        "past-calls": Entry(
            "values of `next_call_date` in the past, without `earliest`",
            "calls in the past, such as {text} (row {row}), in {count:rows}; earliest: today "
            "refuses them",
            "if they are not intended, add `earliest: today` to the rule",
        ),
        "distant-calls": Entry(
            "values of `next_call_date` more than five years ahead, without `latest`",
            "calls more than five years ahead, such as {text} (row {row}), in {count:rows}; "
            "latest: 365d refuses them",
            "if they are not intended, add `latest` to the rule",
        ),
        "capitals": Entry(
            "rows that `where` leaves out or keeps only because of upper or lower case",
            "where leaves out {count:rows} only because of upper or lower case, such as {text} "
            "(row {row})",
            "if you mean the other spelling too, add it to `where`",
            {
                "kept": "where keeps {count:rows} only because of upper or lower case, such as "
                "{text} (row {row})",
            },
        ),
        "filter-words": Entry(
            "the values in the columns of `where`, if it leaves out every row",
            "{words:counted}{left_out:more}",
            "correct `where`, or the file",
        ),
        "unseen-priority": Entry(
            "a text of `priority` that no row of the file has",
            "no row has {text}, which priority lists",
            "if there should be such rows, correct the text under `first`, or the file",
        ),
        "not-listed": Entry(
            "identifiers that the campaign does not list (`--snapshot`)",
            "{count:rows} with an identifier that the campaign does not list, such as "
            "{identifier} (row {row}, campaign {campaign:plain})",
            "check the campaign and the identifiers: the API probably refuses them",
        ),
        "undo-of": Entry(
            "which run an `undo` undoes",
            "undoes run {run:plain}",
            "nothing to do",
        ),
        "undo-leaves": Entry(
            "fields that `undo` does not restore",
            "{field:plain} is not restored in {count:rows}, such as row {row}",
            "correct these records, if that is needed",
            {
                "undo-unknown": "{field:plain} is not restored in {count:rows}, such as row {row}: "
                "this ledger does not know what was sent to it before",
                "undo-unknown-no-snapshot": "{field:plain} is not restored in {count:rows}, such "
                "as row {row}: the run has no snapshot of the record",
                "undo-unknown-unreadable": "{field:plain} is not restored in {count:rows}, such as "
                "row {row}: the date in the snapshot cannot be read",
                "undo-unverifiable": "{field:plain} is not restored in {count:rows}, such as row "
                "{row}: the API does not show it (--trust-last-sent sends what was sent before)",
                "undo-irreversible": "{field:plain} is not restored in {count:rows}, such as row "
                "{row}: it was blank, and the API does not document how to clear it",
                "undo-irreversible-dictionary": "{field:plain} is not restored in {count:rows}, "
                "such as row {row}: the API does not show it",
            },
        ),
        "undo-calls": Entry(
            "records that were called since the run that `undo` undoes",
            "{count:rows} with records that were called since, such as row {row}: a call cannot be "
            "undone",
            "nothing to do; `not_called_since` in the mapping leaves such records alone",
        ),
        "reading-cost": Entry(
            "how long it takes to read a campaign's records",
            "reading the {records:number} records of campaign {campaign:plain} takes up to "
            "{reads:number} requests, about {seconds:seconds}",
            "nothing to do; only `--snapshot`, `--verify`, `not_called_since`, `verify` and `undo` "
            "read records",
            {
                "unlimited": "reading the {records:number} records of campaign {campaign:plain} "
                "takes up to {reads:number} requests",
            },
        ),
        "not-readable": Entry(
            "fields that cannot be read back, so that they stay unverified",
            "the API does not show these fields, so they cannot be verified: {fields:list}",
            "nothing to do",
        ),
        "report-failed": Entry(
            "`report.html` could not be written",
            "report.html was not written ({error:plain}); the other files are complete",
            "`bulk-update report RUN` writes it; if it fails again, please report that as a bug",
        ),
        "not-verified": Entry(
            "the records could not be read back after sending",
            "not all rows are verified: {words:plain}",
            "`verify` the run later",
        ),
        "lost-zeros": Entry(
            "identifiers that differ only in leading zeros",
            "identifiers that differ only in leading zeros: {one} (row {first}) and {other} (row "
            "{last}){left_out:more}; each is a separate record. If a program removed the zeros, "
            "add pad to the identifier",
            "if a program removed the zeros, add `pad` to the identifier",
        ),
        "look-alikes": Entry(
            "different identifiers that look alike, for example because of `O` and `0`",
            "{count:number} identifiers look like another one but differ, such as {one:ascii} "
            "(row {first}) and {other:ascii} (row {last}): each is a separate record",
            "make sure that both are meant",
            {
                "one": "an identifier looks like another one but differs: {one:ascii} (row "
                "{first}) and {other:ascii} (row {last}); each is a separate record",
            },
        ),
        "disguised": Entry(
            "identifiers with characters that resemble ordinary ones, such as a Cyrillic letter",
            "{count:rows} {count:have} identifiers with characters that resemble ordinary ones, "
            "such as {text:ascii} (row {row})",
            "if they are not intended, enter the identifiers again",
        ),
        "unmapped-columns": Entry(
            "columns of the file that the mapping does not mention",
            "{count:columns} of the file {count:are} not mapped",
            "nothing to do, unless one of them should be sent",
        ),
        "both-statuses": Entry(
            "`status_id` and `dictionary_status_id` are both set",
            "status_id and dictionary_status_id are sent together: the API's documentation does "
            "not say what happens then",
            "remove one of them from `update`",
        ),
        "call-without-time": Entry(
            "`next_call_date` is not a `datetime`",
            "next_call_date is sent as {type:plain}: the API expects YYYY-MM-DD hh:mm (add type: "
            "datetime)",
            "add `type: datetime` to the rule",
        ),
        "outside-window": Entry(
            "it is outside the hours that `window` allows",
            "rows are sent only from {begins:plain} to {ends:plain} ({zone:plain}); before "
            "{opens:plain}, `run` and `apply` send nothing",
            "`run` or `apply` within these hours",
        ),
        "limited": Entry(
            "`--limit` holds back some of the rows",
            "--limit: sending only {count:rows} now",
            "`run` or `apply` sends the others",
        ),
    }
)
"""Notices in the plan; they do not change any outcome."""
ANNOUNCEMENTS: Mapping[str, Entry] = MappingProxyType(
    {
        "continuing": Entry(
            "an earlier run of the same file and mapping is not finished, and is continued",
            "continuing unfinished run {run:plain}",
            "nothing to do",
        ),
        "metrics-not-written": Entry(
            "the file of `--metrics` cannot be written",
            "the metrics cannot be written to {path:plain}: {error:plain}",
            "check the file's folder, its permissions and the free space",
        ),
        "unknown-campaign": Entry(
            "`mapping init --live` does not know the file's campaign",
            "--live: the file's campaign is unknown; name it with --campaign",
            "name it with `--campaign`",
        ),
        "visible-url": Entry(
            "`--notify` or `--ping` is on the command line, which other users can see",
            "other users of this machine can see the URLs of {options:plain} while the command "
            "runs; set {variables:plain} instead",
            "set `BULK_UPDATE_NOTIFY` or `BULK_UPDATE_PING` instead",
        ),
        "not-notified": Entry(
            "a notification was not delivered, or the monitoring service was not pinged",
            "the {target:plain} notification failed: {fault:plain}",
            "check the URL and the service; the exit code is not affected",
            {"ping": "the ping to {target:plain} failed: {fault:plain}"},
        ),
        "undelivered": Entry(
            "why a notification or ping failed (`notifications` in `summary.json`)",
            "not delivered",
            "check the URL and the service",
            {
                "timeout": "no response in time",
                "interrupted": "interrupted by a signal",
                "ended": "the process that sends it ended unexpectedly",
                "http": "HTTP {status:status}",
                "system": "{error:system}",
                "certificate": "the server's certificate is not trusted",
                "said": "{words:plain}",
            },
        ),
        "untold": Entry(
            "what was told could not be recorded, so it may be told again",
            "what was told cannot be recorded, so it may be told again: {fault:plain}",
            "follow the message",
        ),
        "no-summary": Entry(
            "`notifications` could not be added to `summary.json`",
            "the notifications cannot be added to {path:plain}: {fault:plain}",
            "nothing to do, unless a program reads them there",
        ),
        "no-history": Entry(
            "`mapping init` cannot read the ledger, and proposes without it",
            "earlier runs cannot be read: {error:plain}",
            "follow the message",
        ),
    }
)
"""What a command says while it runs."""
