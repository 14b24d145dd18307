"""Why a workbook cannot be read, as variants of the code `input`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SAVE_AS_CSV = "Save the sheet as .csv (UTF-8), or open the workbook and save it again."
_CHOOSE = "Choose one of them."

WORKBOOKS: Mapping[str, str] = MappingProxyType(
    {
        "damaged-workbook": "{path:plain}: the workbook is damaged: {finding:plain}",
        "refused-workbook": "{path:plain}: the workbook is refused: {finding:plain}",
        "not-parsed": "{path:plain}: the workbook could not be parsed",
        "no-reply": "{path:plain}: the workbook took more than {seconds} s without a reply",
        "cpu-time": "{path:plain}: the workbook took more than {seconds} s of CPU time",
        "memory": "{path:plain}: the workbook needs more than {most} MB of memory",
        # --- damage
        "parts-missing": "its list of parts is missing or damaged, as if the file was cut off",
        "part-missing": "the part {name:repr} is missing",
        "part-changed": "bytes of the part {name:repr} are missing or changed",
        "malformed": "the part {name:repr} is malformed, in line {line}, column {column}",
        "text-elements": "the part {name:repr} is malformed: elements are misplaced in a text",
        "no-main-part": "it does not say which part is the workbook",
        "two-main-parts": "it names two parts as the workbook",
        "no-sheets-listed": "it lists no sheets",
        "sheet-missing": 'the sheet "{name:plain}" is listed, but missing',
        "in-sheet": 'sheet "{name:plain}": {finding:plain}',
        "no-shared-string": "the text of cell {cell:plain} is not in the table of shared strings",
        "not-a-number": "the cell {cell:plain} holds {text:repr} (expected a number)",
        "not-a-boolean": "the cell {cell:plain} holds {text:repr} (expected 0 or 1)",
        "unordered-rows": "row {row:plain} comes after row {before}",
        "cell-of-another-row": "row {row} has a cell that claims to be {cell:plain}",
        "no-such-cell": "there is a cell that claims to be {cell:plain}",
        "two-cells": "two cells claim to be {cell:plain}",
        "two-values": "the cell {cell:plain} has two values",
        "no-typed-value": "the cell {cell:plain} has no value of its type",
        "unknown-type": "the cell {cell:plain} has an unknown type, {kind:repr}",
        "misplaced-elements": "in or after row {row}, elements are misplaced",
        # --- what is refused
        "many-parts": "it has {count:number} parts (at most {most:number})",
        "outside-archive": "a part's name points outside the zip archive: {name:repr}",
        "two-parts": "two parts have the name {name:repr}",
        "part-password": "the part {name:repr} needs a password",
        "part-method": "the part {name:repr} is compressed with an unknown method",
        "too-deep": "the part {name:repr} nests elements more than {most} deep",
        "expands": "it expands to more than {most:number} bytes",
        "part-expands": "the part {name:repr} expands to more than {ratio} times its size, as in "
        "an attack",
        "part-encoding": "the part {name:repr} is encoded as {encoding:repr}",
        "document-type": "the part {name:repr} declares a document type (DTD)",
        "sheet-outside": 'the sheet "{name:plain}" is outside the file',
    }
)
WORKBOOKS_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "damaged-workbook": "It was damaged in transit, or the program that wrote it (a report "
        "generator, for example) does not follow the format: get it again, or open it in Excel or "
        "LibreOffice and save it as .xlsx.",
        "refused-workbook": "Open it in Excel or LibreOffice and save it as .xlsx.",
        "not-parsed": _SAVE_AS_CSV,
        "no-reply": _SAVE_AS_CSV,
        "cpu-time": _SAVE_AS_CSV,
        "memory": "Save the sheet as .csv (UTF-8): text files of any size are read.",
    }
)

SHEETS: Mapping[str, str] = MappingProxyType(
    {
        "no-table": "{path:plain}: no visible sheet has a table",
        "several-sheets": "{path:plain}: {count} sheets have all mapped columns: {sheets}",
        "no-sheet": "{path:plain}: {finding:plain}; the sheets are {sheets:plain}",
        "hidden-sheet": '"{name:plain}" (hidden)',
        "visible-sheet": '"{name:plain}"',
        "and-sheet": "{one:plain}, {other:plain}",
        "sheet-name": 'no sheet is named "{name:plain}"',
        "sheet-number": "there is no sheet number {number}",
        "sheet-name-or-number": '{number} is the name of a sheet, and "{name:plain}" is sheet '
        "number {number}",
        "sheet-hidden-before": "sheet number {number} is ambiguous, because some sheets are hidden",
        "several-alike": 'several sheets could be "{name:plain}"',
        "chart": 'the sheet "{name:plain}" is a chart, not a table',
        "no-visible-table": "the workbook has no visible sheet with a table",
    }
)
SHEETS_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "no-table": "Name a sheet with --sheet.",
        "several-sheets": 'Choose one: add "sheet: {name:plain}" under "source:" in the mapping, '
        'or pass --sheet "{name:plain}".',
        "sheet-name": _CHOOSE,
        "sheet-number": _CHOOSE,
        "sheet-name-or-number": 'For sheet number {number}, write sheet: "{name:plain}" in the '
        'mapping; for the other, write sheet: "{number}", with the quotes.',
        "sheet-hidden-before": _CHOOSE,
        "several-alike": "Write its name exactly.",
        "chart": _CHOOSE,
        "no-visible-table": 'Unhide the one that is meant, or name it with "sheet".',
    }
)
