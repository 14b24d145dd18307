"""Every code with its meaning, the sentence about a row that has it, and what to do about it.

The table in `REFERENCE.md` is generated from this catalogue. `rendering` documents the
placeholders of the sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Entry:
    """The texts of a code: `meaning` and `remedy` for the reference, `sentence` for one row.

    `variants` contains more specific sentences, by an issue's `variant`.
    """

    meaning: str
    sentence: str
    remedy: str
    variants: Mapping[str, str] = field(default_factory=dict)


_TYPE_AGAIN = "enter the value again"
_AS_TEXT = "format the column as text"
_CORRECT_IT = "correct what the message names"
_RETRY_LATER = "`retry` later"
_RETRIED = re.compile("http-(408|423|425|429|5..)")
_RUN_CONTINUES = "`run` or `apply` continues"
_AMBIGUOUS = "{text} is ambiguous: it can be read as {first:plain} or as {second:plain}"
_STOPPED = "stopped the run before the next attempt"

READING: Mapping[str, Entry] = MappingProxyType(
    {
        "ragged-row": Entry(
            "the row has fewer or more cells than the header",
            "the row has {found:cells}, but the header has {expected} columns",
            "add the missing cells, or quote the value that contains a delimiter",
            {
                "decimal-comma": "the row has {found:cells}, but the header has {expected} "
                "columns; either it has too many cells, or a decimal comma splits a value (then "
                "quote it, or export with semicolons)",
                "noted": "the row had {note:plain}; fill in the others, or delete {note} at its "
                "end to leave them blank",
            },
        ),
        "not-a-record": Entry(
            "the row repeats the header, or consists of dashes only",
            "the row repeats the header (a joined file?); delete it",
            "delete the row",
            {"dashes": "the row consists of dashes only; delete it"},
        ),
        "control-character": Entry(
            "a used cell contains a control character, such as NUL",
            "the cell contains a control character ({character:plain}); remove it",
            "remove the character",
            {
                "half": "the cell contains half a character ({character:plain}); remove it",
                "invisible": "the cell contains an invisible character ({character:plain}), most "
                "likely because the file was once converted with a wrong encoding; enter the value "
                "again",
            },
        ),
        "merged": Entry(
            "mapped cells of the row are merged with others (workbooks)",
            "the cells {cells:plain} are merged, so that only the first of them has a value; "
            "unmerge them and enter the value in each row that it is meant for",
            "unmerge the cells and fill in each row",
        ),
        "changed-identifier": Entry(
            "in a corrected file, the identifier of a row is another than it was",
            "{text} is not the identifier of the row that this one corrects ({original})",
            "enter the original identifier again, or empty `_row` and `_run` if it is a new row",
        ),
        "bad-correction": Entry(
            "`_row` and `_run` of a corrected file do not name one row of an earlier run",
            "run {run:plain} has no row {row:plain}",
            "enter `_row` and `_run` as they were, or empty both if the row is a new one",
            {
                "half": "only one of _row and _run has a value",
                "number": "_row is {row} (expected the number of a row)",
                "repeated": "several rows of the file correct row {row:plain} of run {run:plain}",
            },
        ),
    }
)
"""Rows that are `invalid` regardless of the mapping."""

INVALID: Mapping[str, Entry] = MappingProxyType(
    {
        "no-identifier": Entry(
            "the identifier's cell is blank",
            "the identifier is blank",
            "enter the identifier, or delete the row",
        ),
        "bad-identifier": Entry(
            "the identifier is `.` or `..`, contains a control character, or has over 500 "
            "characters",
            "{text} contains a control character",
            "correct the identifier",
            {
                "line-break": "{text} has a line break in the cell (enter it on one line)",
                "dots": "{text} would address another resource (expected an identifier)",
                "too-long": "{text} has {length:number} characters (expected at most {most})",
            },
        ),
        "damaged-identifier": Entry(
            "a spreadsheet program changed the identifier (`1,23E+09`, `100001.0`, `'00123`, more "
            "than 15 digits, a date)",
            "{text} is {kind:kind}: a spreadsheet program has changed the identifier "
            f"({_AS_TEXT} and enter the identifier again)",
            f"{_AS_TEXT} and enter the identifier again",
            {
                "shortened": "{text} is a number that a spreadsheet program has shortened: digits "
                "of the identifier are lost (format this column as text and export the file again)",
                "digits": "{text} is a number cell with more than {most} digits: the last ones "
                f"are lost ({_AS_TEXT} and enter the identifier again)",
                "fraction": "{text} is a number with a fraction: a program treated the "
                "identifier as a number (export it as text)",
                "guarded": "{text} begins with an apostrophe, which marks text in spreadsheet "
                'programs (export the file again without it, or add remove: "\'" to the '
                "identifier)",
            },
        ),
        "bad-campaign": Entry(
            "the campaign is not five letters or digits such as `00001`",
            "{text} is not a valid campaign id (expected five characters such as 00001)",
            "enter the campaign's five characters, in a column that is formatted as text",
            {
                "zeros": "{text} is not a valid campaign id (expected five characters such as "
                "00001); if it is {padded:plain}, format the column as text and enter the zeros "
                "again",
            },
        ),
        "error-cell": Entry(
            "a cell in a mapped column shows an error such as `#N/A`, `#ADR!` or `####`",
            "the cell shows {text} (fix its formula or value)",
            "fix the cell's formula or value",
            {
                "serial": "{text} is not a valid date serial, or too large or too small for a "
                f"number ({_TYPE_AGAIN})",
                "date": "{text} is not a valid date and time of a workbook, which has no time "
                "zone (enter it again, for example 2024-03-01 12:30)",
            },
        ),
        "no-value": Entry(
            "a cell in a mapped column has a formula that was never calculated or, in "
            "`failed.csv`, still has the mark `[!]` of a cell that could not be read",
            "the formula {text} has no calculated value, or the file asks to be recalculated (open "
            "the file in Excel and save it; in LibreOffice, press Ctrl+Shift+F9 first)",
            "open the file in Excel and save it; in `failed.csv`, enter the value without the mark",
            {
                "marked": "{text} still has the mark {mark} of a cell that could not be read "
                f"({_TYPE_AGAIN}, without the mark)",
            },
        ),
        "needs-type": Entry(
            "a date, boolean, percentage, currency or similar cell under `type: text`",
            f"{{text}} is {{kind:kind}} ({_AS_TEXT} and {_TYPE_AGAIN})",
            f"add a `type` to the rule, or {_AS_TEXT} and {_TYPE_AGAIN}",
            {
                "typed": "{text} is {kind:kind} (add type: {type:plain} to the rule, or "
                f"{_AS_TEXT} and {_TYPE_AGAIN})",
            },
        ),
        "damaged-number": Entry(
            "a number that a spreadsheet program shortened: `4,86E+10`, or a number cell with more "
            "than 15 digits",
            "{text} is a number cell with more than {most} digits: the last ones are lost "
            f"({_AS_TEXT} and {_TYPE_AGAIN})",
            f"{_AS_TEXT} and {_TYPE_AGAIN}",
            {
                "shortened": "{text} is a number that a spreadsheet program has shortened: digits "
                "are lost (format this column as text and export the file again)",
            },
        ),
        "damaged-text": Entry(
            "a cell in a mapped column contains `U+FFFD`, which replaces a lost character",
            "{text} contains U+FFFD: the program that wrote the file could not decode a character "
            "(export the file again in the correct encoding)",
            "export the file again in the correct encoding, or correct the cell",
        ),
        "blank": Entry(
            "a blank cell under `on_blank: error`",
            "the cell is blank",
            "enter a value",
        ),
        "cannot-clear": Entry(
            "the clear token in a field that cannot be cleared, or next to other text",
            "{token} clears only record_fields",
            "delete the clear token",
            {"joined": "the clear token {token} is next to other text"},
        ),
        "not-in-lookup": Entry(
            "the cell is not a key of the rule's `lookup`",
            "{text} is not in the lookup (expected one of {expected}{left_out:more})",
            "correct the cell, or add it to the `lookup`",
            {"near": "{text} is not in the lookup (did you mean {near}?)"},
        ),
        "pattern": Entry(
            "the value does not match the rule's `pattern`",
            "{text} does not match the pattern {pattern:plain}",
            "correct the cell, or the `pattern`",
        ),
        "bad-integer": Entry(
            "not a whole number",
            "{text} is not a whole number (expected digits such as 1234)",
            "enter digits only",
            {
                "cell": "{text} is {kind:kind} (expected a whole number)",
                "ambiguous": _AMBIGUOUS,
            },
        ),
        "bad-number": Entry(
            "not a number in the notation that the rule sets",
            "{text} is not a valid number (expected a number such as {example:plain})",
            "enter a number with the decimal separator of the rule, or set the rule's `decimal`",
            {"cell": "{text} is {kind:kind} (expected a number)", "ambiguous": _AMBIGUOUS},
        ),
        "bad-boolean": Entry(
            "not one of the words for true and false",
            "{text} is neither true nor false (expected one of {expected}{left_out:more})",
            'enter one of the words, or list it under the rule\'s `"true"` or `"false"`',
            {"cell": "{text} is {kind:kind} (expected TRUE or FALSE)", "ambiguous": _AMBIGUOUS},
        ),
        "bad-date": Entry(
            "not a valid date, or not in one of the rule's `formats`",
            "{text} is not a valid date (expected {formats:plain})",
            "correct the date, or add its format to `formats`",
            {
                "time-of-day": "{text} has a time of day (expected only a date)",
                "cell": "{text} is {kind:kind} (expected a date cell, or a date as text)",
                "ambiguous": _AMBIGUOUS,
            },
        ),
        "ambiguous-date": Entry(
            "two of the rule's `formats` read the cell as different dates",
            _AMBIGUOUS,
            "write the date so that it matches only one of the `formats`, or remove one of them",
        ),
        "out-of-bounds": Entry(
            "the date is before `earliest` or after `latest`",
            "{text} is before {bound:plain}, the earliest date that the mapping allows",
            "correct the date, or change the bounds",
            {"late": "{text} is after {bound:plain}, the latest date that the mapping allows"},
        ),
        "no-such-time": Entry(
            "a local time that is skipped when the clocks go forward",
            "{text} does not exist in {zone:plain}: the clocks go forward then",
            "enter a time at least an hour earlier or later",
        ),
        "ambiguous-time": Entry(
            "a local time that occurs twice when the clocks go back",
            "{text} occurs twice in {zone:plain}: the clocks go back then",
            "enter the time with its offset, such as `+02:00`, or another time",
        ),
        "too-long": Entry(
            "the value is longer than `max_length`",
            "{text} has {length:number} characters (expected at most {most:number})",
            "shorten the value",
        ),
        "nothing-to-update": Entry(
            "all mapped cells are blank: there is nothing to send",
            "all mapped cells are blank: there is nothing to update",
            "enter a value, or delete the row",
        ),
    }
)
"""Rows that are `invalid` according to the mapping."""

PLAN: Mapping[str, Entry] = MappingProxyType(
    {
        "identical": Entry(
            "another row requests the same change, which is sent only once",
            "the same change as row {row}, which is sent for both",
            "nothing to do",
        ),
        "conflict": Entry(
            "rows for the same record differ, and none of them is sent",
            "{rows:rows} (the first is row {first}, the last is row {last}) are for the same "
            "record, but differ; none of them is sent",
            "keep one of the rows, or set `duplicates: first` or `last`",
        ),
        "not-chosen": Entry(
            "rows for the same record differ, and `duplicates` chose another one",
            "another one of {rows:rows} for the same record (rows {first} to {last}) was chosen",
            "nothing to do if the other row is right",
        ),
        "already-sent": Entry(
            "the job's last successful run used the same file, and the record still has these "
            "values",
            "run {run:plain} sent this file, and the record still has exactly these values; "
            "--again sends them again",
            "nothing to do; `--again` sends the row again",
        ),
        "same-as-last": Entry(
            "the record already has these values",
            "the record already has exactly these values",
            "nothing to do; `--full` sends the row anyway",
        ),
        "superseded": Entry(
            "a later run has sent something to this record; this row is not sent again",
            "a later run has already sent something for this record",
            "check the record; if this row is right, run its file again",
            {
                "correction": "a run that began after the one which this row corrects has sent "
                "another value for this record",
                "in-doubt": "a later run has sent something for this record, so this row is not "
                "sent again",
            },
        ),
    }
)
"""Rows that the plan does not send."""

_WHERE = "{host:host}:{port}"
_LOST: Mapping[str, str] = {
    "system": "{error:system}",
    "closed": "closed by the server",
    "incomplete": "closed in the middle of the response",
}
_NOT_HTTP: Mapping[str, str] = {
    "parser": "{words:plain}",
    "long-line": "a header line of more than {most} bytes",
    "long-head": "headers of more than {most} bytes",
    "not-final": "status {status} is not a final response",
    "stray": "the response does not begin with a status line",
}
_UNCONNECTED: Mapping[str, str] = {
    "system": "{error:system}",
    "late": "no connection within {seconds:seconds}",
    "handshake": "the connection was closed during the TLS handshake",
    "bad-name": "not a valid host name",
}
_BODIES: Mapping[str, str] = {
    "page": "a web page{words:after}",
    "many-encodings": "the body has {encodings} encodings{words:after}",
    "unknown-encoding": "the body has an unknown encoding ({encoding:plain}){words:after}",
    "broken-encoding": "the body is truncated or not valid {encoding:plain}{words:after}",
}
_UNCONFIRMED = "HTTP {status} with a body that does not confirm the update"


def _behind(beginning: str, endings: Mapping[str, str]) -> dict[str, str]:
    """Return sentences with the same beginning, by variant."""
    return {variant: f"{beginning}: {ending}" for variant, ending in endings.items()}


SENDING: Mapping[str, Entry] = MappingProxyType(
    {
        "http-<status>": Entry(
            "the API responded with this HTTP status; the message is the API's own",
            "{words:given}",
            f"{_CORRECT_IT}; after 408, 423, 425, 429 or 5xx, {_RETRY_LATER}",
            {
                "redirect": "redirected to {location:plain}",
                "bare": "HTTP {status:status} without an explanation",
                **_BODIES,
            },
        ),
        "unreachable": Entry(
            "no connection (host name, port or network); nothing was sent",
            f"{_WHERE}: no connection",
            "check the base URL and the network, then `retry`",
            _behind(
                _WHERE,
                {
                    **_UNCONNECTED,
                    "closed": "the server closed the connection before the request was sent",
                },
            ),
        ),
        "proxy": Entry(
            "the proxy refused the connection or is unreachable; nothing was sent",
            f"proxy {_WHERE}: no connection",
            "check `--proxy` and the proxy's rules, then `retry`",
            _behind(
                f"proxy {_WHERE}",
                {
                    **_UNCONNECTED,
                    **_LOST,
                    **{name: f"invalid HTTP ({text})" for name, text in _NOT_HTTP.items()},
                    "closed": "the proxy closed the connection",
                    "incomplete": "the proxy closed the connection in the middle of its response",
                    "refused": "HTTP {status}{words:after}",
                    "early": "the proxy sent data or closed the connection before TLS began",
                },
            ),
        ),
        "proxy-407": Entry(
            "the proxy refused its user name or password; nothing was sent",
            f"proxy {_WHERE}: HTTP {{status}}{{words:after}}",
            "correct the user name and password in the proxy's address, then `retry`",
        ),
        "address-too-long": Entry(
            "the identifier is too long for a URL; nothing was sent",
            "the identifier has {length:number} characters, which is too long for a URL",
            "correct the identifier",
        ),
        "tls": Entry(
            "the TLS connection failed; nothing was sent",
            f"{_WHERE}: the TLS connection failed",
            "check the server's certificate and this machine's trusted certificates",
            _behind(
                _WHERE,
                {
                    "certificate": "the server's certificate is not trusted: {words:plain}",
                    "library": "the TLS connection failed: {words:plain}",
                    "no-tls": "the server does not use TLS",
                },
            ),
        ),
        "timeout": Entry(
            "the request was sent, and no complete response arrived within `--timeout`",
            "the request was sent, and no complete response arrived within {seconds:seconds}",
            "`retry`, with a longer `--timeout` if the service is slow",
        ),
        "disconnected": Entry(
            "the request was sent, and the connection broke before the response was complete",
            "the request was sent, and the connection broke",
            "`retry`",
            _behind("the request was sent, and the connection broke", _LOST),
        ),
        "bad-answer": Entry(
            "the request was sent, and the response is not valid HTTP",
            "the request was sent, and the response is not valid HTTP",
            "check that the base URL is the API's, then `retry`",
            _behind("the request was sent, and the response is not valid HTTP", _NOT_HTTP),
        ),
        "unexpected-body": Entry(
            "a 2xx response whose body is a web page, an error or unreadable: the update is not "
            "confirmed",
            f"{_UNCONFIRMED}: {{words:plain}}",
            "check the record; `retry` sends the row again",
            _behind(_UNCONFIRMED, _BODIES),
        ),
        "halted-401": Entry(
            "the API refused the user name or password; the run stopped",
            f"a refused user name or password {_STOPPED}",
            f"correct the user name and password; {_RUN_CONTINUES}",
            {"run": "the API refused the user name or password (401)"},
        ),
        "halted-407": Entry(
            "a proxy refused its user name or password; the run stopped",
            f"a proxy that refused its user name or password {_STOPPED}",
            f"correct the user name and password of the proxy; {_RUN_CONTINUES}",
            {"run": "a proxy refused its user name or password (407)"},
        ),
        "halted-redirect": Entry(
            "the response is a redirect, and redirects are never followed; the run stopped",
            f"a redirect {_STOPPED}",
            "set the base URL to the API's real address, and `run` the file again",
            {"run": "the response is a redirect, and redirects are never followed"},
        ),
        "halted-tls": Entry(
            "the server's certificate is not trusted, or TLS failed; the run stopped",
            f"a failed TLS connection {_STOPPED}",
            f"fix the certificate or this machine's trust store; {_RUN_CONTINUES}",
            {"run": "there is no secure connection to the API"},
        ),
        "halted-login-page": Entry(
            "the response is a login page; the run stopped",
            f"a login page in place of a response {_STOPPED}",
            f"check the base URL, and whether a proxy asks for a login; {_RUN_CONTINUES}",
            {"run": "the response is a login page"},
        ),
        "halted-403": Entry(
            "20 consecutive 403 responses: the user probably lacks the permission; the run stopped",
            f"a series of 403 responses {_STOPPED}",
            f"give the API user the permission; {_RUN_CONTINUES}",
            {"run": "{count} consecutive 403 responses: the user probably lacks the permission"},
        ),
        "halted-404": Entry(
            "20 responses with 404 before any success: the campaign is probably wrong; the run "
            "stopped",
            f"a series of 404 responses {_STOPPED}",
            f"check the campaign and the identifiers; {_RUN_CONTINUES}",
            {
                "run": "{count} responses with 404 before any success: the campaign is probably "
                "wrong",
            },
        ),
        "halted-canary": Entry(
            "five consecutive refusals with 400 or 422 before any success: the mapping is probably "
            "wrong; the run stopped",
            f"a series of refusals with 400 or 422 {_STOPPED}",
            f"correct the mapping and `run` the file again; if it is right, {_RUN_CONTINUES}",
            {
                "run": "{count} consecutive refusals with 400 or 422 before any success: the "
                "mapping is probably wrong",
            },
        ),
        "halted-patience": Entry(
            "the API was unavailable for longer than `--patience`; the run stopped",
            f"an outage longer than --patience {_STOPPED}",
            f"wait until the API is available; {_RUN_CONTINUES}",
            {
                "run": "the API was unavailable for longer than --patience "
                "({patience_seconds:seconds})",
                "pause": "the API is unavailable and asks for a pause of {pause_seconds:seconds}; "
                "--patience is {patience_seconds:seconds}",
            },
        ),
        "halted-no-answer": Entry(
            "no attempt of the run got a response from the API",
            "no attempt of the run got a response from the API",
            f"check the base URL and the network; {_RUN_CONTINUES}",
        ),
    }
)
"""Rows that were sent, or whose connection failed."""

STOPPED: Mapping[str, Entry] = MappingProxyType(
    {
        "limit": Entry(
            "held back by `--limit`",
            "held back by --limit",
            f"{_RUN_CONTINUES}",
        ),
        "no-consent": Entry(
            "the plan was not approved",
            "the plan was not approved",
            "`apply` the plan to send it",
        ),
        "signal": Entry(
            "SIGHUP, SIGINT or SIGTERM stopped the run",
            "stopped by {signal:plain}",
            f"{_RUN_CONTINUES}",
        ),
        "no-rows": Entry(
            "the file has no data rows, or `where` leaves out all of them",
            "the file has no data rows",
            "check the file and `where`; if this may happen, set `expect_rows: [0, N]` or "
            "`allow_none: true` under `guards`",
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
            f"check the file, or raise `max_rows`; {_RUN_CONTINUES}",
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
            f"check the failed rows; {_RUN_CONTINUES}",
        ),
        "max-duration": Entry(
            "sending took longer than `max_duration` allows",
            "sending took {seconds:seconds}, and max_duration allows {limit:seconds}",
            f"{_RUN_CONTINUES}",
        ),
        "ledger": Entry(
            "the ledger could not be written",
            "the ledger could not be written",
            f"free some space or fix the folder's permissions; {_RUN_CONTINUES}",
        ),
        "bug": Entry(
            "a bug in bulk-update",
            "a bug in bulk-update stopped the run: {error:plain}",
            f"report it; nothing is lost, and {_RUN_CONTINUES}",
        ),
        "halted-interrupted": Entry(
            "the run was killed while the row's request was in flight",
            "the run was killed before the response was recorded",
            f"{_RUN_CONTINUES} and sends the row again",
            {"run": "the run was killed"},
        ),
        "halted-signal": Entry(
            "a signal stopped the run while the row still had retries left",
            f"a signal {_STOPPED}",
            f"{_RUN_CONTINUES}",
        ),
        "halted-max-failures": Entry(
            "`max_failures` stopped the run while the row still had retries left",
            f"max_failures {_STOPPED}",
            f"check the failed rows; {_RUN_CONTINUES}",
        ),
        "halted-max-duration": Entry(
            "`max_duration` stopped the run while the row still had retries left",
            f"max_duration {_STOPPED}",
            f"{_RUN_CONTINUES}",
        ),
    }
)
"""Rows that a stopped run did not send, or (`halted-...`) has to send again."""

NOTES: Mapping[str, Entry] = MappingProxyType(
    {
        "unconfirmed": Entry(
            "an attempt may have changed the record, but there was no final response",
            "the record may or may not have been changed; check it in the campaign, or send the "
            "row again",
            f"check the record; {_RUN_CONTINUES} and sends the row again",
        ),
    }
)
"""Sentences that follow other reasons and are never the code of a row."""

ENDS: Mapping[str, Entry] = MappingProxyType(
    {
        "rows": Entry(
            "the run finished, but some rows need attention",
            "{outcomes:list}",
            "correct the rows in `failed.csv` and `run` that file, or `retry` the run",
        ),
        "usage": Entry(
            "an option, a setting or an environment variable is missing or wrong",
            "the command or a setting cannot be used",
            "follow the message",
        ),
        "mapping": Entry(
            "the mapping is wrong, or does not fit the file",
            "the mapping cannot be used",
            "correct the mapping at the places that the message names",
        ),
        "input": Entry(
            "the file is damaged or ambiguous, or its kind does not match its name",
            "the file cannot be used",
            "follow the message, or export the file again",
        ),
        "faults": Entry(
            "the sandbox's fault file is wrong",
            "the fault file cannot be used",
            "correct the fault file and start the sandbox again",
        ),
        "no-ledger": Entry(
            "there is no ledger in the state folder",
            "there is no ledger",
            "set the state folder with `--state`",
        ),
        "locked": Entry(
            "another run is sending from the same ledger",
            "another run is sending",
            "wait until it has finished, or use `--wait`",
        ),
        "ledger-newer": Entry(
            "a newer version of bulk-update wrote the ledger",
            "the ledger was written by a newer version of bulk-update",
            "update bulk-update, or choose another folder with `--state`",
        ),
        "no-room": Entry(
            "the disk has too little space for the ledger",
            "the disk has too little free space",
            "free some space, or choose another folder with `--state`",
        ),
        "results": Entry(
            "the results cannot be written",
            "the results cannot be written",
            "`apply` writes them again; `--out` selects another folder",
        ),
        "identity": Entry(
            "the outcomes in the ledger do not add up to the data rows",
            "the outcomes do not add up",
            "report it, with the ledger's folder; the results were not replaced",
        ),
    }
)
"""Ends of runs and commands; most codes occur only as `reason` in `summary.json`."""

FILE_NOTES: Mapping[str, Entry] = MappingProxyType(
    {
        "byte-order-mark": Entry(
            "the file's byte order mark contradicts `encoding`",
            "the file's byte order mark says {label:plain}, so it was not read as {named:plain}",
            "remove `encoding` from the mapping",
        ),
        "odd-signs": Entry(
            "the text has symbols between letters, so `encoding` is probably wrong",
            "the file may not be {named:plain}: {text} has a symbol between letters, and would be "
            "{reading} in {likely:plain} (encoding: {codec:plain})",
            "check the results, and set the right `encoding`",
        ),
        "end-mark": Entry(
            "a DOS end mark (^Z) ends the file",
            "a DOS end mark (^Z) after the last row was dropped",
            "nothing to do",
        ),
        "no-line-end": Entry(
            "the last line has no line end",
            "the last row has no line end: the file may have been cut off",
            "compare the last row with its source; `source: {complete: true}` refuses such files",
        ),
        "short-rows": Entry(
            "rows lack cells at their end, in columns that are not used",
            "{count:rows} with cells missing at the end, in columns that are not used (the first "
            "is row {row})",
            "nothing to do",
        ),
        "surplus-cells": Entry(
            "rows have blank cells beyond the last column",
            "{count:rows} with blank cells beyond the last column, which are ignored (the first "
            "is row {row})",
            "nothing to do",
        ),
        "rows-in-cells": Entry(
            "lines in a cell look like rows: quotation marks may have enclosed them by chance",
            "row {row} spans {lines} lines, some of which look like rows of their own; if "
            'quotation marks are text, add "quote: none" under "source:" ({count:rows} like this)',
            "look at these rows; if quotation marks are text in this file and never enclose cells, "
            "add `source: {quote: none}` to the mapping",
        ),
        "recalculate": Entry(
            "the workbook asks to be recalculated, so the stored values of its formulas are not "
            "used",
            "the workbook asks to be recalculated, so the values of its formulas are not used "
            "until it has been opened in a spreadsheet program and saved",
            "open the file in Excel and save it; in LibreOffice, press Ctrl+Shift+F9 first",
        ),
        "hidden-sheet": Entry(
            "the sheet that is read is hidden",
            "the sheet {name} is hidden",
            "make sure that this is the right sheet",
        ),
        "hidden-rows": Entry(
            "hidden rows are processed like all others",
            "hidden rows among the data rows: {count}",
            "delete the rows that should not be sent",
        ),
        "restored-cells": Entry(
            "cells of a corrected file got their original text back",
            "{count:cells} of the column {column} got the original text back, which a spreadsheet "
            "program had changed: {shown} is {original} again (row {row})",
            "nothing to do; to change such a cell, enter another value",
        ),
        "unknown-run": Entry(
            "a corrected file names a run that the ledger does not have",
            "the ledger does not have the run {runs:list}{left_out:more}: the rows that correct it "
            "are read as they are, like those of any other file",
            "use the ledger of that run (`--state`), or check that no program changed the cells",
        ),
        "proven-encoding": Entry(
            "a corrected file is not UTF-8, and its unchanged cells prove what it is",
            "the file is not UTF-8: its unchanged cells prove {encoding:plain}",
            "nothing to do",
        ),
        "hidden-column": Entry(
            "a mapped column is hidden",
            "the mapped column {name} is hidden",
            "make sure that this is the right column",
        ),
    }
)
"""Notes about a file as a whole rather than a single row."""

NOTICES: Mapping[str, Entry] = MappingProxyType(
    {
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
            "rows that `where` leaves out or keeps only because of capitals",
            "where leaves out {count:rows} only because of capitals, such as {text} (row {row})",
            "if the other spelling is meant too, add it to `where`",
            {
                "kept": "where keeps {count:rows} only because of capitals, such as {text} "
                "(row {row})",
            },
        ),
        "filter-words": Entry(
            "the values in the columns of `where`, if it leaves out every row",
            "{words:counted}{left_out:more}",
            "correct `where`, or the file",
        ),
        "lost-zeros": Entry(
            "identifiers that differ only in leading zeros",
            "identifiers that differ only in leading zeros: {one} (row {first}) and {other} (row "
            "{last}){left_out:more}; each is a separate record. If a program removed the zeros, "
            "add pad to the identifier",
            "if a program removed the zeros, add `pad` to the identifier",
        ),
    }
)
"""Notices in the plan about a file's content; they do not change any outcome."""

CATALOGUE: Mapping[str, Entry] = MappingProxyType(
    {
        **READING,
        **INVALID,
        **PLAN,
        **SENDING,
        **STOPPED,
        **NOTES,
        **ENDS,
        **FILE_NOTES,
        **NOTICES,
    }
)


def entry_of(code: str) -> Entry | None:
    """Return the entry of a code, or None if the catalogue does not have it."""
    return CATALOGUE.get("http-<status>" if code.startswith("http-") else code)


def remedy_of(code: str) -> str:
    """Return what to do about a code, or an empty text if the catalogue does not have it."""
    entry = CATALOGUE.get(code)
    if entry is None and code.startswith("http-"):
        return _RETRY_LATER if _RETRIED.fullmatch(code) else _CORRECT_IT
    return entry.remedy if entry else ""
