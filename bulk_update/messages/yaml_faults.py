"""The sentences about a mapping's text and its YAML, as variants of the code `mapping`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SPREADSHEET = "the mapping is the YAML file, the spreadsheet is FILE"
_EXPECTED_KEYS = "(expected keys such as campaign:)"
_MISSING = "missing value: add one or remove the key"

FILE: Mapping[str, str] = MappingProxyType(
    {
        "unreadable": "the mapping {path:plain} cannot be read: {error:plain}",
        "secret-urls": "the URLs of notify cannot be removed from the text that the ledger keeps",
    }
)
FILE_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "unreadable": "Give the path of the mapping's YAML file.",
        "listed": "bulk-update mapping check {path:plain} shows the lines that are wrong.",
        "secret-urls": "Set BULK_UPDATE_NOTIFY in place of the key notify.",
    }
)

TEXT: Mapping[str, str] = MappingProxyType(
    {
        "zip": f"this is an Excel workbook or another zip archive: {_SPREADSHEET}",
        "office": f"this is an Office document: {_SPREADSHEET}",
        "pdf": "this is a PDF document: the mapping is a YAML file",
        "markup": "this is an HTML or XML document: the mapping is a YAML file",
        "table": f"this looks like a table of cells: {_SPREADSHEET}",
        "too-large": "the mapping is larger than 1 MB ({bytes} bytes)",
        "utf-16": "the mapping is in UTF-16 (Unicode): save it as UTF-8",
        "not-utf-8": "byte {byte:plain} is not UTF-8: save the mapping as UTF-8",
        "not-utf-8-likely": "byte {byte:plain} is not UTF-8 (in {codec:plain} it is {likely}): "
        "save the mapping as UTF-8",
        "forbidden": "the character {character} is not allowed in a mapping: delete it",
        "forbidden-nul": "the character {character} is not allowed in a mapping: save it as UTF-8 "
        "text",
        "control-character": "{text} contains a control character",
    }
)

STRUCTURE: Mapping[str, str] = MappingProxyType(
    {
        "too-deep": "more than {most} levels of nesting",
        "second-document": "a second document begins here",
        "empty-mapping": f"the mapping is empty {_EXPECTED_KEYS}",
        "list-not-mapping": f"this is a list, not a mapping {_EXPECTED_KEYS}",
        "no-mapping": f"this is not a mapping {_EXPECTED_KEYS}",
        "anchor": "the anchor &{name:line} is not allowed: put text that begins with & in quotes",
        "tag": "the tag {tag} is not allowed: put a text that begins with ! in quotes",
        "alias": "the alias *{name:line} is not allowed: write the value itself, or the text in "
        "quotes",
        "merge-key": "the merge key << is not allowed: write the keys themselves",
        "duplicate-key": "duplicate key {key} (first in line {line})",
        "bracket-in-key": "a key must be a single word or text; put a text with brackets in quotes",
        "missing-item": "missing value: add one or remove the dash",
        "missing-value": _MISSING,
        "missing-value-comma": f"{_MISSING}; if the comma belongs to the text before it, put that "
        "text in quotes",
        "missing-value-sign": f"{_MISSING}; a value that begins with # must be in quotes",
        "missing-value-comment": f'{_MISSING}; to use a line below it that begins with "# ", '
        'delete the "# "',
        "missing-value-indent": f"{_MISSING}; lines that belong to it must be indented further",
        "missing-in-lookup": "missing value: fill in the value for {key} or remove the key",
        "missing-id": "missing value: fill in the id for {key} or remove the key",
        "missing-campaign": "missing value: enter the campaign's id, five characters such as "
        '"00001", or the column that holds it: {{column: NAME}}',
    }
)

SYNTAX: Mapping[str, str] = MappingProxyType(
    {
        "syntax": "this is not valid YAML",
        "unexpected-colon": 'a colon is not expected here: put a text that contains ": " in '
        "quotes, or indent less",
        "unlike-lines-above": "this does not fit the lines above: check indentation, quotes and "
        "brackets",
        "no-key-and-value": 'expected "key: value", with a colon and a space',
        "open-brace": "the {{ that begins here is not closed, or a comma is missing",
        "open-bracket": "the [ that begins here is not closed, or a comma is missing",
        "open-quote": "the quote that begins here is never closed",
        "escape": r"in double quotes, \ begins an escape: use single quotes",
        "mark-without-quotes": "a text that begins with this character must be in quotes",
        "list-after-key": "a list begins on a line of its own",
        "text-after-end": "more text follows after the end of the mapping",
    }
)

REPAIRS: Mapping[str, str] = MappingProxyType(
    {
        "write": "{fault:plain}: write {text:line}",
        "also-in": "{fault:plain}{others:more_lines}",
        # --- indentation
        "tab": "the line is indented with a TAB: use spaces{others:more_lines}",
        "no-break-space": "the line is indented with a no-break space: use ordinary "
        "spaces{others:more_lines}",
        "indented": "the line is indented by {found:spaces}, line {line} by {wanted:spaces}: lines "
        "that belong together begin in the same column",
        "line-has-value": "line {line} already has a value: begin this line in the same column, or "
        "remove that value",
        # --- lists, keys and colons
        "bullet": 'a list item begins with "- "',
        "list-on-its-line": "a list begins on a line of its own: write {text:line} here",
        "no-colon": 'a colon is missing: expected "key: value"',
        "colon-after-word": "a colon is missing",
        "glued-colon": "a space is missing after the colon",
        "no-break-after-colon": "the space after the colon is a no-break space",
        "equals-sign": "a key is followed by a colon, not by =",
        # --- quotes
        "mark-first": "a text that begins with {mark} must be in quotes",
        "mark-first-in-key": "a key that begins with {mark} must be in quotes",
        "colon-inside": 'a text that contains ": " must be in quotes',
        "comment-inside": 'a text that contains " #" must be in quotes',
        "comma-or-quotes": "a comma is missing before {word}, or all of the text must be in quotes",
        "brackets-inside": "inside brackets, a text with brackets must be in quotes",
        "quote-inside": "a quote inside the text ends it too early",
        "after-quote": "nothing may follow the closing quote",
        "escape-begins": r"in double quotes, \ begins an escape",
        "typographic": "{text:line} is in typographic quotes",
        "quote-to-close": "the quote that begins here is never closed: add {mark:plain} at the end "
        "of the text",
        # --- brackets
        "closes-nothing": 'this {mark:plain} closes nothing: remove "{text:line}"',
        "after-bracket": 'nothing may follow the {mark:plain}: remove "{text:line}"',
        "wrong-bracket": "this {mark:plain} does not close the {opener:plain}: write "
        "{closer:plain}",
        "bracket-to-close": "the {opener:plain} that begins here is never closed: add "
        "{closers:plain} at the end",
    }
)
