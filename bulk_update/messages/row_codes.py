"""The codes of rows that are `invalid`: how they are read, and their validation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.entries import Entry

_TYPE_AGAIN = "enter the value again"
_AS_TEXT = "format the column as text"
_WHOLE_AGAIN = f"{_AS_TEXT}, and export the file or enter the value again"
_AMBIGUOUS = "{text} is ambiguous: it can be read as {first:plain} or as {second:plain}"

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
            "a cell in a used column contains a control character, such as NUL",
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
            "in a corrected file, a valid identifier was changed",
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
                "undo": "run {run:plain} is an undo, and this row has the values that it takes "
                "back",
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
            "the identifier is `.` or `..`, contains a control character, or has more than 500 "
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
                f"of the identifier are lost ({_AS_TEXT} and enter the identifier again, or export "
                "the file again)",
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
            "fix its formula or value",
            {
                "serial": "{text} is not a valid date serial, or too large or too small for a "
                f"number ({_TYPE_AGAIN})",
                "date": "{text} is not a valid date and time in a workbook, which has no time "
                "zones (enter it again, for example 2024-03-01 12:30)",
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
            f"({_WHOLE_AGAIN})",
            _WHOLE_AGAIN,
            {
                "shortened": "{text} is a number that a spreadsheet program has shortened: digits "
                f"are lost ({_WHOLE_AGAIN})",
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
            "enter digits only, or set the rule's `grouping`, `negative` or `remove`",
            {
                "cell": "{text} is {kind:kind} (expected a whole number)",
                "ambiguous": _AMBIGUOUS,
            },
        ),
        "bad-number": Entry(
            "not a number in the notation that the rule sets",
            "{text} is not a valid number (expected a number such as {example:plain})",
            "enter a number like the example, or set the rule's `decimal`, `grouping`, `negative` "
            "or `remove`",
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
            "{text} is not a valid date (expected {formats:dates})",
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
        "unknown-status": Entry(
            "the campaign has no such status (with `live`)",
            "{text} is not a status of campaign {campaign:plain} (expected one of {known}"
            "{left_out:more})",
            "enter a status of this campaign",
            {
                "near": "{text} is not a status of campaign {campaign:plain} (did you mean "
                "{near}, status {id:plain}?)",
                "none": "{text} is not a status of campaign {campaign:plain}, which has none",
                "looked-up": "the rule turns {text} into {id:plain}, which is not a status of "
                "campaign {campaign:plain} (expected one of {known}{left_out:more})",
                "looked-up-none": "the rule turns {text} into {id:plain}, which is not a status of "
                "campaign {campaign:plain}: it has none",
                "id": "{text} is the id, not the name, of the status {near} of campaign "
                "{campaign:plain} (map status_id instead of status)",
                "renamed": "status {id:plain} of campaign {campaign:plain} was {text} when the row "
                "was planned, and is {near} now",
                "name": "{text} is the name, not the id, of status {id:plain} of campaign "
                "{campaign:plain} (map status instead of status_id, or add a lookup)",
            },
        ),
        "ambiguous-status": Entry(
            "the campaign has several statuses with this name (with `status`)",
            "{text} is the name of several statuses of campaign {campaign:plain} ({ids:list})",
            "rename one of them in the campaign, or map `status_id` with a `lookup`",
        ),
        "unknown-agent": Entry(
            "the campaign has no such agent (with `live`)",
            "{text} is not an agent of campaign {campaign:plain} (active agents: {known}"
            "{left_out:more})",
            "enter the login of an agent of this campaign",
            {
                "near": "{text} is not an agent of campaign {campaign:plain} (did you mean "
                "{near}?)",
                "none": "{text} is not an agent of campaign {campaign:plain}, which has no active "
                "ones",
            },
        ),
        "inactive-agent": Entry(
            "the agent is not active, or not active in the campaign (with `live`)",
            "the account of the agent {text} is not active",
            "enter the login of an active agent, or activate this one",
            {"campaign": "the agent {text} is not active in campaign {campaign:plain}"},
        ),
        "agent-missing": Entry(
            "the status requires an agent, and the row sets none (with `live`)",
            "status {id:plain} ({text}) of campaign {campaign:plain} requires an agent, and the "
            "row sets none",
            "enter an agent, and map the column as `agent_login`",
        ),
        "date-missing": Entry(
            "the status requires the date of the next call, and the row sets none (with `live`)",
            "status {id:plain} ({text}) of campaign {campaign:plain} requires the date of the next "
            "call, and the row sets none",
            "enter a date, and map the column as `next_call_date`",
        ),
        "nothing-to-update": Entry(
            "all mapped cells are blank: there is nothing to send",
            "all mapped cells are blank: there is nothing to update",
            "enter a value, or delete the row",
        ),
        "undo-unknown": Entry(
            "`undo` does not know what the record had before",
            "{field:plain} is not restored: this ledger does not know what was sent to it before",
            "correct the record, if that is needed",
            {
                "no-snapshot": "{field:plain} is not restored: the run has no snapshot of the "
                "record",
                "unreadable": "{field:plain} is not restored: the date in the snapshot cannot be "
                "read",
            },
        ),
        "undo-unverifiable": Entry(
            "the API does not show the field, so `undo` cannot see whether somebody has changed it",
            "{field:plain} is not restored: the API does not show it, so somebody may have changed "
            "it since",
            "`undo` the run with `--trust-last-sent` to send what was sent before",
        ),
        "undo-irreversible": Entry(
            "no documented request restores what the record had before",
            "{field:plain} is not restored: it was blank, and the API does not document how to "
            "clear it",
            "correct the record in Thulium, if that is needed",
            {
                "dictionary": "{field:plain} is not restored: the API does not show it",
            },
        ),
    }
)
"""Rows that are `invalid`: according to the mapping, or because nothing can be restored."""
