"""Read a whole spreadsheet, and hand out what the tests compare."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from workbook_thread import workbook_thread

from bulk_update.errors import UnusableError
from bulk_update.messages import sentence_of
from bulk_update.printable import printable
from bulk_update.readers import Spreadsheet, open_spreadsheet
from bulk_update.readers.workbook.messages import Message, receive, send
from bulk_update.readers.workbook.selection import StartParser
from bulk_update.readers.workbook.server import serve
from bulk_update.records import Cell, SourceOptions

CORPORA = Path(__file__).parents[1] / "corpora"


@dataclass(frozen=True, slots=True)
class Reading:
    """A spreadsheet as read: cells by row number, codes of faults by row number."""

    header: tuple[str, ...]
    rows: dict[int, tuple[Cell, ...]]
    cells: list[list[str]]
    faults: dict[int, str]
    notices: list[str]
    is_failed_csv: bool
    delimiter: str
    kind: str


def read(
    path: Path,
    mapped: Sequence[str] = ("id",),
    *,
    options: SourceOptions | None = None,
    override: SourceOptions | None = None,
    start_parser: StartParser = workbook_thread,
) -> Reading:
    """Read a spreadsheet to its end."""
    with open_spreadsheet(
        path,
        options or SourceOptions(),
        mapped_columns=mapped,
        override=override or SourceOptions(),
        start_parser=start_parser,
    ) as spreadsheet:
        return read_all(spreadsheet)


def read_all(spreadsheet: Spreadsheet) -> Reading:
    """Read all chunks of an open spreadsheet."""
    rows: dict[int, tuple[Cell, ...]] = {}
    cells: list[list[str]] = []
    faults: dict[int, str] = {}
    for chunk in spreadsheet.chunks():
        assert len(chunk.cells) == len(chunk.frame) > 0
        assert chunk.frame.columns.tolist() == [*range(len(spreadsheet.header))]
        assert set(map(str, chunk.frame.dtypes)) == {"object"}
        columns = [chunk.frame[index].tolist() for index in chunk.frame.columns]
        rows |= dict(zip(chunk.frame.index.tolist(), zip(*columns, strict=True), strict=True))
        cells += [json.loads(row) for row in chunk.cells]
        faults |= {number: issue.code for number, issue in chunk.faults.items()}
    return Reading(
        spreadsheet.header,
        rows,
        cells,
        faults,
        list(map(sentence_of, spreadsheet.notes)),
        spreadsheet.is_failed_csv,
        spreadsheet.delimiter,
        spreadsheet.kind,
    )


def refusal(
    path: Path,
    mapped: Sequence[str] = ("id",),
    *,
    options: SourceOptions | None = None,
    override: SourceOptions | None = None,
    start_parser: StartParser = workbook_thread,
) -> str:
    """Return what the refusal of a spreadsheet says: finding and remedy."""
    with pytest.raises(UnusableError) as caught:
        read(path, mapped, options=options, override=override, start_parser=start_parser)
    assert printable(str(path)) in str(caught.value)
    return str(caught.value)


def served(path: Path) -> list[Message]:
    """Run a server in this process, and return its replies to every request about a workbook."""
    inbox, outbox = io.BytesIO(), io.BytesIO()
    send(inbox, {"path": str(path)})
    send(inbox, {"do": "head", "sheet": 0, "until": 20})
    order = {"do": "rows", "sheet": 0, "after": 1, "width": 2, "gaps": [], "rows": 9}
    send(inbox, order | {"columns": [0]})
    inbox.seek(0)
    serve(inbox, outbox)
    replies, end = [], outbox.tell()
    outbox.seek(0)
    while outbox.tell() < end:
        replies.append(receive(outbox))
    return replies


def write(folder: Path, content: str | bytes, name: str = "contacts.csv") -> Path:
    """Write a file as it is, without translating line ends."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
