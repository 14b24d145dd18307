"""The codes of whole runs and files: how runs end, and what is noted about files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.command_errors import (
    COMMANDS,
    COMMANDS_HINTS,
    NO_LEDGER,
    NO_LEDGER_HINTS,
    RESULTS,
    RESULTS_HINTS,
)
from bulk_update.messages.connection_errors import CONNECTION, CONNECTION_HINTS
from bulk_update.messages.entries import Entry
from bulk_update.messages.header_faults import COLUMNS, COLUMNS_HINTS, FAILED, FAILED_HINTS
from bulk_update.messages.kind_faults import DISGUISES, DISGUISES_HINTS, KINDS, KINDS_HINTS
from bulk_update.messages.ledger_errors import (
    IDENTITY,
    IDENTITY_HINTS,
    LOCKED,
    LOCKED_HINTS,
    RUNS,
    RUNS_HINTS,
)
from bulk_update.messages.mapping_faults import KEYS
from bulk_update.messages.source_codes import INPUT, INPUT_HINTS, USAGE, USAGE_HINTS
from bulk_update.messages.text_faults import (
    ENCODINGS,
    ENCODINGS_HINTS,
    TABLES,
    TABLES_HINTS,
)
from bulk_update.messages.value_faults import OPTIONS, OPTIONS_HINTS, VALUES
from bulk_update.messages.workbook_faults import (
    SHEETS,
    SHEETS_HINTS,
    WORKBOOKS,
    WORKBOOKS_HINTS,
)
from bulk_update.messages.yaml_faults import FILE, FILE_HINTS, REPAIRS, STRUCTURE, SYNTAX, TEXT

_NO_CAMPAIGN = (
    "{host:plain} has no campaign {campaign:plain}: it shows neither its statuses nor its agents "
    "nor its records (HTTP 404)"
)

ENDS: Mapping[str, Entry] = MappingProxyType(
    {
        "rows": Entry(
            "the run finished, but some rows need attention",
            "{outcomes:list}",
            "correct the rows in `failed.csv` and `run` that file, or `retry` the run",
        ),
        "differs": Entry(
            "records no longer show, or never showed, what was sent to them (`--verify`, `verify`)",
            "{rows:rows} whose records do not show what was sent",
            "look for `differs` in the column `verified` of `results.csv`, and check these records",
        ),
        "unknown-export": Entry(
            "it is not known when the file was exported, which `not_called_since` needs",
            "it is not known when the file was exported, which not_called_since needs: an earlier "
            "version of bulk-update planned the run",
            "check the file again, or name the column that has the time of the export",
            {
                "old-version": "it is not known when the file was exported, because an earlier "
                "version of bulk-update planned the run",
                "future": "{path:plain} was last modified in the future, so its time cannot be "
                "that of the export, which not_called_since needs",
                "stdin": "standard input does not say when it was exported, which "
                "not_called_since needs",
            },
            {
                "old-version": "Check or run the file again.",
                "stdin": "Name the file, or the column that has the time of the export.",
                "future": "Set this machine's clock and the file's time right, or name the column "
                "that has the time of the export.",
            },
        ),
        "usage": Entry(
            "an option or a setting is missing or wrong, or the command does not fit the run",
            "the command or a setting cannot be used",
            "follow the message",
            {**RUNS, **OPTIONS, **USAGE, **CONNECTION, **COMMANDS},
            {
                **RUNS_HINTS,
                **OPTIONS_HINTS,
                **USAGE_HINTS,
                **CONNECTION_HINTS,
                **COMMANDS_HINTS,
            },
        ),
        "mapping": Entry(
            "the mapping is wrong, or does not fit the file",
            "the mapping cannot be used",
            "correct the mapping at the places that the message names",
            {**KEYS, **VALUES, **FILE, **TEXT, **STRUCTURE, **SYNTAX, **REPAIRS, **COLUMNS},
            {**FILE_HINTS, **COLUMNS_HINTS},
        ),
        "input": Entry(
            "the file is missing, damaged or ambiguous, or its kind does not match its name",
            "the file cannot be used",
            "follow the message, or export the file again",
            {**INPUT, **DISGUISES, **KINDS, **ENCODINGS, **TABLES, **WORKBOOKS, **SHEETS, **FAILED},
            {
                **INPUT_HINTS,
                **DISGUISES_HINTS,
                **KINDS_HINTS,
                **ENCODINGS_HINTS,
                **TABLES_HINTS,
                **WORKBOOKS_HINTS,
                **SHEETS_HINTS,
                **FAILED_HINTS,
            },
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
            NO_LEDGER,
            NO_LEDGER_HINTS,
        ),
        "locked": Entry(
            "another run is sending from the same ledger",
            "another run is sending",
            "wait until it has finished, or use `--wait`",
            LOCKED,
            LOCKED_HINTS,
        ),
        "ledger-newer": Entry(
            "a newer version of bulk-update wrote the ledger",
            "the ledger was written by a newer version of bulk-update",
            "update bulk-update, or choose another folder with `--state`",
            {
                "format": "the ledger was written by a newer version of bulk-update (format "
                "{found}; this version supports {supported})",
            },
            {"format": "Update bulk-update, or choose another folder with --state."},
        ),
        "no-room": Entry(
            "the disk has too little space for the ledger",
            "the disk has too little free space",
            "free some space, or choose another folder with `--state`",
            {
                "needed": "the disk of {folder:plain} has {free:size} free; {file:plain} "
                "({bytes:size}) may need {needed:size}, and {kept:size} have to stay free",
                "copy": "the disk of {folder:plain} has too little free space for a copy of "
                "{file:plain}",
            },
            {
                "copy": "Free some space, or choose a folder on another disk with --state.",
                "needed": "Free some space, or choose a folder on another disk with --state.",
            },
        ),
        "service": Entry(
            "the service cannot be used",
            "the service cannot be used",
            "follow the message",
        ),
        "no-campaign": Entry(
            "the system has no such campaign",
            _NO_CAMPAIGN,
            "check the campaign and the base URL",
            {"mapped-names": _NO_CAMPAIGN, "live": _NO_CAMPAIGN},
            {
                "mapped-names": "Check the campaign and the base URL; if the system lacks these "
                "endpoints, map status_id instead of status, without `live`.",
                "live": "Check the campaign and the base URL; if the system lacks these "
                "endpoints, leave out --live and `live`.",
            },
        ),
        "unread-reference": Entry(
            "statuses, agents or records of a campaign cannot be read",
            "the {what:plain} of campaign {campaign:plain} cannot be read (HTTP {status})",
            "check the campaign, and give the API user the permission to read it",
            {
                "unexpected": "the response with the {what:plain} of campaign {campaign:plain} is "
                "not in the API's documented format",
                "incomplete": "campaign {campaign:plain} has {count:number} {what:plain}, but the "
                "API lists only {listed:number} of them",
                "refused": "the {what:plain} of campaign {campaign:plain} cannot be read (HTTP "
                "{status}): {reply:plain}",
                "unresolved": "{error:plain}; the names in the column of status cannot be resolved "
                "without them",
            },
            {
                "refused": "Check the campaign, and give the API user the permission to read it.",
                "unresolved": "Give the API user the permission to read GET "
                "/api/outbounds/{campaign:plain}/statuses, or map status_id.",
                "unexpected": "Check the base URL; a login page can come from the network's portal "
                "or a proxy.",
                "incomplete": "Give the API user the permission to read all of them, or report it "
                "to the service's operator.",
            },
        ),
        "results": Entry(
            "the results cannot be written",
            "the results cannot be written",
            "`apply` writes them again; `--out` selects another folder",
            RESULTS,
            RESULTS_HINTS,
        ),
        "identity": Entry(
            "the outcomes in the ledger do not add up to the data rows",
            "the outcomes do not add up",
            "report it, with the ledger's folder; the results were not replaced",
            IDENTITY,
            IDENTITY_HINTS,
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
            "the file may not be {named:plain}: {text} has a symbol between letters, but reads "
            "{reading} in {likely:plain} (encoding: {codec:plain})",
            "check the results, and set the right `encoding`",
        ),
        "misread-text": Entry(
            "the text was decoded with a wrong encoding before the file was saved",
            "{text} seems to be {reading}, decoded with a wrong encoding before the file was saved",
            "export the file again from its source, in UTF-8",
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
            "{count:cells} of the column {column}, which a spreadsheet program had changed, got "
            "the original text back: {shown} is {original} again (row {row})",
            "nothing to do; to change such a cell, enter another value",
        ),
        "unknown-run": Entry(
            "a corrected file names a run that the ledger does not have",
            "the ledger does not have the run {runs:list}{left_out:more}, so the rows that "
            "correct it are read like those of any other file",
            "use the ledger of that run (`--state`), or check that no program changed the cells",
        ),
        "proven-encoding": Entry(
            "a corrected file is not UTF-8, and its unchanged cells show its encoding",
            "the file is not UTF-8 but {encoding:plain}, as its unchanged cells show",
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
