"""The codes and sentences about where an input file comes from, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.entries import Entry

_SEND_AGAIN = (
    "Wait for the next file. To send this one once more, pass --again. To send an older one, name "
    "it without --newest: it would undo what the newer one has set."
)
_NAME_OLDER = (
    "Wait for the next file. To send this one all the same, name it without --newest: it would "
    "undo what the newer one has set."
)

REFUSED: Mapping[str, Entry] = MappingProxyType(
    {
        "still-written": Entry(
            "the file is still being written: its size or time changed within two seconds",
            "{path:plain} is still being written",
            "run the command again when the file is complete",
            hints={"": "Run the command again when the file is complete."},
        ),
        "stale-input": Entry(
            "the file is older than `--max-age` allows",
            "{path:plain} is too old: it was last modified at {moment:moment}, and --max-age "
            "allows {limit:seconds}",
            "find out why there is no newer file",
            hints={"": "Find out why there is no newer file."},
        ),
        "no-marker": Entry(
            "the file has no marker beside it, which the mapping's `source: {marker: …}` requires",
            "{path:plain} is not complete yet: its marker {marker:plain} is missing",
            "wait until the sender has written the marker",
            {
                "newer": "; newer, but without a marker: {paths:list}{left_out:more}",
                "stdin": "standard input has no marker, which the mapping requires",
            },
            {
                "": "Wait until the sender has written it. The mapping requires it (source: "
                "{{marker: ...}}).",
                "stdin": 'Name the file, or remove "marker" from "source:" in the mapping.',
            },
        ),
        "several-newest": Entry(
            "two files are the newest, so it is not known which one is meant (`--newest`)",
            "{one:plain} and {other:plain}{left_out:more} were last modified at the same time, "
            "{moment:moment}",
            "name one of them without `--newest`",
            hints={"": "Name one of them without --newest."},
        ),
        "nothing-new": Entry(
            "the newest file has already been sent, or is older than one that was (`--newest`)",
            "there is no new file",
            "wait for the next file, pass `--again`, or name an older one without `--newest`",
            {
                "finished": "{path:plain} is the newest file, and run {run:plain} has already "
                "finished with its content at {moment:moment}{unmarked:given}",
                "older": "{path:plain} is the newest file, but older than {other:plain}, with "
                "which run {run:plain} has already finished at {moment:moment}{unmarked:given}",
            },
            {"finished": _SEND_AGAIN, "older": _NAME_OLDER},
        ),
    }
)
"""Why a file is not read; variants of an entry without a hint are parts of its sentences."""

INPUT: Mapping[str, str] = MappingProxyType(
    {
        "no-file": "there is no file {path:plain}",
        "no-match": "no file matches {pattern:plain}",
        "only-ignored": "no file matches {pattern:plain}, apart from lock files, hidden files, "
        "empty files and unfinished uploads ({ignored:number} in all)",
        "folder": "{path:plain} is a folder",
        "special": "{path:plain} is not a regular file",
        "unreadable": "{path:plain}: cannot be read ({error:plain})",
        "no-stdin": "there is no standard input to read",
        "terminal": "standard input is a terminal",
        "not-gzip": "{path:plain}: this is not compressed with gzip, despite its name",
        "gzip-empty": "{path:plain}: the file is empty (0 bytes)",
        "gzip-cut": "{path:plain}: the compressed file was cut off",
        "gzip-damaged": "{path:plain}: the compressed file is damaged",
        "gzip-large": "{path:plain}: the file is larger than {most:size} when it is unpacked",
        "link": "{path:plain} is a symbolic link",
        "archived": "{path:plain} is in {folder:plain} already",
        "no-own-file": "run {run:plain} has read no file itself",
        "changing": "{path:plain} changed while it was being read",
        "replaced": "{path:plain} is no longer the file that the run has read",
    }
)
INPUT_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "no-file": "Check the name and the folder.",
        "no-match": "Wait for the next file, or check the pattern and the folder.",
        "only-ignored": "Wait until a file is complete.",
        "folder": "Give the path of one spreadsheet, or a pattern in quotes with --newest.",
        "special": "Give the path of a spreadsheet, or pass - and redirect it to standard input.",
        "unreadable": "Check the name and the permissions.",
        "no-stdin": "Redirect a file or the output of a program to it.",
        "terminal": "Redirect a file or the output of a program to it, or name a file.",
        "not-gzip": "Remove .gz from its name, or compress it again.",
        "gzip-empty": "Export or copy it again.",
        "gzip-cut": "Export or copy it again.",
        "gzip-damaged": "Export or copy it again.",
        "gzip-large": "Unpack it and split it.",
        "changing": "Run the command again when the file is complete.",
    }
)

USAGE: Mapping[str, str] = MappingProxyType(
    {
        "pattern": "{pattern:plain} is a pattern, and there is no file of that name",
        "not-for-stdin": "{option:plain} cannot be used with standard input, which has no name and "
        "no time",
        "newest-folder": "{path:plain} is a folder, not a pattern of files",
        "archive-in-place": "--archive {folder:plain}: the file {path:plain} is in this folder "
        "already",
        "archive-empty": "--archive names no folder",
    }
)
USAGE_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "pattern": "Put it in quotes and use `check` or `run` with --newest, or name one file.",
        "not-for-stdin": "Leave the option out, or name a file.",
        "newest-folder": "Add what its files are called, in quotes: '{path:plain}/*.csv'.",
        "archive-in-place": "Choose another folder.",
        "archive-empty": "Give the folder, or leave the option out.",
    }
)

ARCHIVING: Mapping[str, Entry] = MappingProxyType(
    {
        "archived": Entry(
            "the finished file was moved (`--archive`)",
            "moved {path:plain} to {target:plain}",
            "nothing to do",
        ),
        "not-archived": Entry(
            "the finished file could not be moved (`--archive`); the run is not affected",
            "the file was not moved to {folder:plain}: {error:plain}",
            "follow the message; `apply` with `--archive` tries again",
        ),
    }
)
"""What becomes of a file after its run."""
