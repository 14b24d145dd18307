"""Why a file's header does not fit: its columns are missing, occur twice or were moved.

`COLUMNS` are variants of the code `mapping`, `FAILED` of the code `input`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_MISFIT = "{place:plain}: {faults:plain}. {header:plain}"

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "columns-in-other-row": _MISFIT,
        "columns-missing": _MISFIT,
        "columns-doubled": _MISFIT,
        "of-all-sheets": "{misfit:plain}. The sheets are {sheets}",
        "in-sheet": '{path:plain}, sheet "{sheet:plain}"',
        "in-best-sheet": "{path:plain}: no visible sheet has all mapped columns; sheet "
        '"{sheet:plain}"',
        "and-fault": "{one:plain}; {other:plain}",
        "missing-column": 'the mapped column "{name:plain}" is missing',
        "missing-column-near": 'the mapped column "{name:plain}" is missing (did you mean '
        '"{near:plain}"?)',
        "doubled-column": 'the mapped column "{name:plain}" occurs more than once (columns '
        "{first:list} and {last})",
        "blank-header": "The header row is blank",
        "header": "The header has {count:columns}: {names}{left_out:more}",
    }
)
COLUMNS_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "columns-in-other-row": 'The header seems to be in row {row}: add "header_row: {row}" '
        'under "source:" in the mapping.',
        "columns-missing": "Correct the names in the mapping, or the header of the file.",
        "columns-doubled": "Give each of these columns a name of its own, or remove those that you "
        "do not need.",
    }
)

FAILED: Mapping[str, str] = MappingProxyType(
    {
        "torn-failed-file": "{path:plain}: this seems to be a failed file of bulk-update that "
        "lacks some of its last columns, or has others behind them (found: {found:list})",
    }
)
FAILED_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "torn-failed-file": "Its last columns must be {columns:list}: add what is missing, and "
        "move other columns before them. In _outcome, _code and _message, the cells may be blank; "
        "_row and _run must be as they were written.",
    }
)
