"""The process that parses a workbook, separate from the one that sends.

It replies to requests until its input ends: `head` returns the first rows of a sheet as texts,
`rows` all its data rows. The only reply for an invalid file is `refused`. The worst that a file
can do is to end this process.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from bulk_update.errors import InputError
from bulk_update.readers.workbook.archive import damaged, refused
from bulk_update.readers.workbook.cells import RawCell
from bulk_update.readers.workbook.merged import MergedRows, merged_ranges
from bulk_update.readers.workbook.messages import Message, SheetKind, SilenceError, receive, send
from bulk_update.readers.workbook.package import SheetEntry, Workbook, open_workbook
from bulk_update.readers.workbook.sheet import LAST_COLUMN, SheetReader
from bulk_update.readers.workbook.xml_stream import XmlError
from bulk_update.reasons import stored
from bulk_update.records import Issue, Param

MEMORY_BYTES = 600 * 1024 * 1024


def main(cpu_seconds: float) -> None:
    """Serve standard input and output; each reply may take at most `cpu_seconds`."""
    gc.disable()  # cells form no cycles, and searching for them takes a fifth of the time
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the main process decides
    if sys.platform != "win32":
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
    _limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer, lambda: _limit_time(cpu_seconds))


def serve(
    inbox: IO[bytes], outbox: IO[bytes], before_reply: Callable[[], object] = lambda: None
) -> None:
    """Parse the workbook that the first message names, and reply to requests about it."""
    with suppress(SilenceError, BrokenPipeError):
        path = Path(receive(inbox)["path"])
        before_reply()
        for reply in _replies(path, inbox):
            send(outbox, reply)
            before_reply()


def _replies(path: Path, inbox: IO[bytes]) -> Iterator[Message]:
    # Prepared now, because there may be no memory left for it when it is needed.
    too_large = _refusal(_too_large(path))
    try:
        with open_workbook(path) as workbook:
            yield {"sheets": [[s.name, s.is_visible, s.kind] for s in workbook.sheets]}
            while True:
                yield from _replies_to(workbook, receive(inbox))
    except InputError as error:
        yield _refusal(error)
    except XmlError as error:
        yield _refusal(damaged(path, error.issue))
    except MemoryError:
        yield too_large


def _replies_to(workbook: Workbook, request: Message) -> Iterator[Message]:
    sheet = workbook.sheets[request["sheet"]]
    if sheet.kind is SheetKind.OUTSIDE:
        raise refused(workbook.path, Issue("input", {"name": sheet.name}, "sheet-outside"))
    if sheet.kind is not SheetKind.TABLE:
        raise damaged(workbook.path, Issue("input", {"name": sheet.name}, "sheet-missing"))
    if request["do"] == "head":
        yield {"rows": list(_head(workbook, sheet, request["until"]))}
    else:
        yield from _data(workbook, sheet, request)


def _head(workbook: Workbook, sheet: SheetEntry, last: int) -> Iterator[tuple[int, list[str]]]:
    for row in SheetReader(workbook, sheet, width=LAST_COLUMN).rows():
        if row.number > last:
            break
        yield row.number, [cell if isinstance(cell, str) else cell[1] for cell in row.cells]


def _data(workbook: Workbook, sheet: SheetEntry, request: Message) -> Iterator[Message]:
    """Yield blocks of rows, and finally the notes about them."""
    reader = SheetReader(workbook, sheet, width=request["width"])
    merged = MergedRows(merged_ranges(workbook, sheet), request["columns"])
    block: list[tuple[int, list[RawCell]]] = []
    merges: list[tuple[int, str, int]] = []
    hidden = 0
    for row in reader.rows():
        for start, end in reversed(request["gaps"]):
            del row.cells[start:end]
        if row.number <= request["after"] or _is_blank(row.cells):
            continue
        block.append((row.number, row.cells))
        if found := merged.find(row.number):
            merges.append((row.number, *found))
        hidden += row.is_hidden
        if len(block) >= request["rows"]:
            yield {"rows": block, "merged": merges}
            block, merges = [], []
    yield {"rows": block, "merged": merges}
    yield {
        "hidden_rows": hidden,
        "hidden_columns": _hidden(reader, request["columns"]),
        "asks_to_recalculate": reader.has_formulas and not workbook.is_calculated,
    }


def _hidden(reader: SheetReader, columns: list[int]) -> list[int]:
    return [c for c in columns if any(a <= c <= b for a, b in reader.hidden_columns)]


def _is_blank(cells: list[RawCell]) -> bool:
    return not any(not isinstance(cell, str) or cell.strip() for cell in cells)


def _too_large(path: Path) -> InputError:
    params: dict[str, Param] = {"path": str(path), "most": MEMORY_BYTES >> 20}
    return InputError(Issue("input", params, "memory"))


def _refusal(error: InputError) -> Message:
    return {"refused": stored(error.issues)}


def _limit_time(cpu_seconds: float) -> None:
    """Make the system end this process after this much more CPU time, if it supports that."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)


def _limit_memory() -> None:
    """Make the system refuse memory beyond the limit, if it supports that (not on Windows)."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - missing on Windows

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
