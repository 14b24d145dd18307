"""Why a command does not fit a run, and why its options cannot be used.

`COMMANDS` are variants of the code `usage`, `RESULTS` of `results`, `NO_LEDGER` of `no-ledger`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_NO_NAME_FOR = "the run's mapping has no such field"
_DEMO_FOLDER = "Start the demo in a folder that you can write to, or move what is in its way."
_RESULTS = "the results cannot be written to {folder:plain}: {error:plain}"

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        # --- runs
        "undone": "run {run:plain} has been undone by {undo:plain}, so its rows are not sent again",
        "other-system": "run {run:plain} is for {url:plain}, but the settings say {named:plain}",
        "not-sent": "run {run:plain} has not sent anything yet",
        "nothing-to-undo": "run {run:plain} has not sent anything, so there is nothing to undo",
        "not-a-field": f"--only {{name:plain}}: {_NO_NAME_FOR}",
        "not-a-field-near": f"--only {{name:plain}}: {_NO_NAME_FOR} ({{near:plain}}?)",
        "unknown-values": "nothing is known that undoing run {run:plain} could restore: it took no "
        "snapshot, and this ledger has not sent these fields to its records before",
        "no-snapshot": "run {run:plain} took no snapshot, so it is not known what its records "
        "showed before",
        "order": "the order of sending of run {run:plain} cannot be chosen",
        "port": "port {port} cannot be used: {error:plain}",
        "no-files": "run {run:plain} has no files: no command has written its results yet",
        "no-row": "run {run:plain} has no data row {row}",
        # --- guards and other options
        "as-found": "{fault:plain}",
        "unknown-guard": "--guard {name:plain}: unknown guard",
        "unknown-guard-near": "--guard {name:plain}: unknown guard ({near:plain}?)",
        "guard-without-value": "--guard {text:repr}: NAME=VALUE is expected",
        "campaign": "--campaign {text:ascii} is not a valid campaign id",
        "needs-file": "--encoding, --delimiter and --sheet need FILE",
        "unstorable-name": "{option:plain} {path:ascii}: the folder's name is not in this system's "
        "encoding",
        "no-sheets": "--sheet {sheet:plain}: {path:plain} is a text file, which has no sheets",
        # --- reference data that was stored
        "offline-without-url": "--offline needs the base URL: reference data is kept per system",
        "offline-unknown": "--offline: nothing is stored about the statuses and agents of campaign "
        "{campaign:plain}, or it cannot be read",
        "offline-old": "--offline: the statuses and agents of campaign {campaign:plain} were read "
        "{age:seconds} ago, and --reference-age is {most:seconds}",
        "offline-no-names": "--offline: the statuses of campaign {campaign:plain} could not be "
        "read, so their names cannot be resolved",
        # --- files that are written
        "exists": "{path:plain} already exists",
        "unwritable": "{path:plain} cannot be written: {error:plain}",
        "demo-folder": "{error:plain}",
        "demo-unwritable": "{path:plain} cannot be written: {error:plain}",
    }
)

COMMANDS_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "undone": "To send its file all the same, `run` the file again.",
        "other-system": "Omit --base-url and BULK_UPDATE_BASE_URL, or use the run's own URL.",
        "not-sent": "`bulk-update apply {run:plain}` sends it.",
        "nothing-to-undo": "`bulk-update runs` lists the runs and what they sent.",
        "not-a-field": "Its fields are {fields:list}.",
        "not-a-field-near": "Its fields are {fields:list}.",
        "unknown-values": "Take a snapshot of the next run with --snapshot.",
        "no-snapshot": "--trust-last-sent restores record_fields to what was sent to them before; "
        "--snapshot makes the next run possible to undo.",
        "order": "Add the key `priority` to its mapping, and check the file again.",
        "port": "Choose another with --port; --port 0 picks a free one.",
        "no-files": "Use --out to choose a folder for the report.",
        "no-row": "Rows are numbered as in the spreadsheet program; the column `row` of "
        "results.csv lists them.",
        "unknown-guard": "The guards are {guards:list}.",
        "unknown-guard-near": "The guards are {guards:list}.",
        "guard-without-value": "For example: --guard max_rows=500",
        "campaign": "Pass the campaign's five characters, such as --campaign 00001.",
        "unstorable-name": "Name a folder with plain letters, or set the locale to UTF-8 "
        "(LC_ALL=C.UTF-8).",
        "no-sheets": "Leave --sheet out, or name a workbook.",
        "offline-without-url": "Pass --base-url https://acme.thulium.com, or set "
        "BULK_UPDATE_BASE_URL.",
        "offline-unknown": "Run `bulk-update check --live` with this file once.",
        "offline-old": "Omit --offline to read them again, or allow their age with "
        "--reference-age.",
        "offline-no-names": "Give the API user the permission to read them, or map status_id.",
        "exists": "Choose another file with -o, or remove this one.",
        "unwritable": "Choose a file in another folder with -o.",
        "demo-folder": _DEMO_FOLDER,
        "demo-unwritable": _DEMO_FOLDER,
    }
)

NO_LEDGER: Mapping[str, str] = MappingProxyType(
    {
        "folder": "there is no ledger in {folder:plain}: nothing has been checked or run there yet",
        "database": "there is no ledger in {path:plain}: nothing has been checked or run there yet",
    }
)
NO_LEDGER_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "database": "Check the URL of --ledger; `bulk-update runs` lists the runs in it.",
        "folder": "Use --state to choose another folder; `bulk-update runs` lists the runs in it.",
    }
)

RESULTS: Mapping[str, str] = MappingProxyType(
    {"folder": _RESULTS, "sent": _RESULTS, "planned": _RESULTS, "page": _RESULTS}
)
RESULTS_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "sent": "Nothing is lost: `bulk-update apply {run:plain}` sends the remaining rows and "
        "rewrites the results; choose another folder with --out.",
        "planned": "Run `check` again, and choose another folder with --out.",
        "page": "Choose another folder with --out.",
    }
)
