"""Why a text file cannot be read, as variants of the code `input`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_AGAIN = "Export it again."
_COPY_AGAIN = "Export or copy it again."
_QUOTE_NONE = (
    "If quotation marks are text in this file and never enclose cells (SQL tools, SAP, Oracle), "
    'add "quote: none" under "source:" in the mapping.'
)
_AFTER_QUOTE = (
    "{path:plain}: row {row}: there is text after a closing quote, so it is unclear where the cell "
    "ends"
)
_NOT_IN_ENCODING = (
    "{path:plain}: the file is not {label:plain}: byte {byte} (offset {offset}), in row {row}, "
    "cell {cell}, is {hex:plain}. These cells would read:"
)
_RIGHT_READING = "If the first text of each line is right, add"
_OTHER_READING = (
    "if another one is, write {others:plain} instead. If none is, the file may be from an old DOS "
    "program (cp852) or a Mac (mac-latin2), or a part of it is in another encoding: export it "
    "again as UTF-8."
)
_NOT_THIS = "{path:plain}: the file is UTF-8, not {encoding:plain}"

ENCODINGS: Mapping[str, str] = MappingProxyType(
    {
        "other-encoding": _NOT_IN_ENCODING,
        "other-encoding-failed": _NOT_IN_ENCODING,
        "would-read": "  row {row}, cell {cell}: {one} in {codec:plain}, {two} in "
        "{codec_two:plain}, {three} in {codec_three:plain}",
        "utf-8-in-mapping": _NOT_THIS,
        "utf-8-in-option": _NOT_THIS,
        "damaged-utf-8": "{path:plain}: the file is UTF-8, but damaged in {count:place}, first in "
        "row {row}, cell {cell}, at byte {byte} (offset {offset}): {text}",
        "cut-character": "{path:plain}: the file was cut off inside a character, at byte {byte} "
        "(offset {offset})",
        "not-valid": "{path:plain}: the file is not valid {label:plain}: at byte {byte} (offset "
        "{offset}): {error:plain}",
        "no-byte-order-mark": "{path:plain}: the file has no byte order mark, which "
        "{encoding:plain} requires",
        "wide-text": "{path:plain}: the file looks like {label:plain} without a byte order mark",
        "not-text": "{path:plain}: this is not a text file",
    }
)
ENCODINGS_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "other-encoding": f'{_RIGHT_READING} "encoding: {{codec:plain}}" under "source:" in the '
        f"mapping, or --encoding {{codec:plain}}; {_OTHER_READING}",
        "other-encoding-failed": f"{_RIGHT_READING} --encoding {{codec:plain}}; {_OTHER_READING}",
        "utf-8-in-mapping": 'Remove "encoding: {encoding:plain}" from the mapping.',
        "utf-8-in-option": "Leave out --encoding {encoding:plain}.",
        "damaged-utf-8": "Correct these cells at their source, and export the file again.",
        "cut-character": _AGAIN,
        "not-valid": "It was cut off or damaged, or has another encoding: export or copy it again.",
        "no-byte-order-mark": "Set the encoding to {codec:plain}.",
        "wide-text": 'If so, add "encoding: {codec:plain}" under "source:", or --encoding '
        "{codec:plain}.",
        "not-text": "Export the table as .csv.",
    }
)

TABLES: Mapping[str, str] = MappingProxyType(
    {
        "no-text": "{path:plain}: the file is empty",
        "blank-lines": "{path:plain}: the file has only blank lines",
        "zero-bytes": "{path:plain}: the file ends with {count} zero bytes: it was cut off while "
        "it was written",
        "zero-bytes-or-more": "{path:plain}: the file ends with {count} or more zero bytes: it was "
        "cut off while it was written",
        "no-last-line-end": "{path:plain}: the last line has no line end: the file may have been "
        "cut off",
        "shorter": "{path:plain}: the file became shorter while it was read",
        "changed": "{path:plain}: the file changed while it was read",
        "long-line": "{path:plain}: a line is longer than {most:number} bytes: this is not a table",
        "open-quote": "{path:plain}: row {row}: a quote opens in this row and is never closed: it "
        "hides the rows after it",
        "long-cell": "{path:plain}: row {row}: a cell has more than {most:number} characters: a "
        "quote is not closed, or this is not a table",
        "text-after-quote": _AFTER_QUOTE,
        "backslashes": _AFTER_QUOTE,
        "delimiters": "{path:plain}: the delimiter is ambiguous: all mapped columns are found with "
        "{delimiters:plain}, and the rows would be read differently",
        "split-header": "{path:plain}: the header has {cells} cells, and all rows have {width}: "
        "{finding:plain} that contains the delimiter ({delimiter:plain}), which would shift the "
        "columns after it",
        "parts-of-a-name": "{one} and {other} look like parts of one name",
        "part-of-a-name": "{names:plain} may be part of a name",
    }
)
TABLES_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "no-text": _AGAIN,
        "blank-lines": _AGAIN,
        "zero-bytes": _COPY_AGAIN,
        "zero-bytes-or-more": _COPY_AGAIN,
        "no-last-line-end": 'Export or copy it again, or remove "complete: true" from the mapping.',
        "changed": "Run the command again.",
        "open-quote": f'Close the quote, or double it ("") where it belongs to the text. '
        f"{_QUOTE_NONE}",
        "long-cell": _QUOTE_NONE,
        "text-after-quote": 'Double the quotes that belong to the text (""), or export the file '
        f"again. {_QUOTE_NONE}",
        "backslashes": 'Quotes seem to be escaped with a backslash (\\"): export with doubled '
        'quotes ("").',
        "delimiters": 'Choose one: add "delimiter: \'{example:plain}\'" under "source:" in the '
        "mapping, or pass --delimiter '{example:plain}'.",
        "split-header": "Quote that name in the header, or remove names from it that have no "
        "column.",
    }
)
