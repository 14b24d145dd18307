"""The process that parses a workbook, apart from the one that sends: a file can only end it.

It answers orders until its input ends: `head` tells a sheet's first rows as texts, `rows` all
its data rows. A file that is not sound gets one answer, `refused`.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from bulk_update.errors import InputError
from bulk_update.readers.workbook_archive import damaged
from bulk_update.readers.workbook_cells import RawCell
from bulk_update.readers.workbook_facts import LAST_COLUMN, Range, SheetFacts, written_rows
from bulk_update.readers.workbook_messages import Message, SilenceError, receive, send
from bulk_update.readers.workbook_parts import Workbook, open_workbook
from bulk_update.readers.workbook_rows import read_rows
from bulk_update.readers.workbook_xml import XmlError

MEMORY_BYTES = 600 * 1024 * 1024


def main() -> None:
    """Serve standard input and output."""
    gc.disable()  # cells are no cycles, and looking for them takes a fifth of the time
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: the other side decides
    _limit_memory()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        outbox, sys.stdout = sys.stdout.buffer, nowhere  # openpyxl prints what it misses
        serve(sys.stdin.buffer, outbox)


def serve(inbox: IO[bytes], outbox: IO[bytes]) -> None:
    """Parse the workbook that the first message names, and answer orders about it."""
    with warnings.catch_warnings(), suppress(SilenceError, BrokenPipeError):
        warnings.simplefilter("ignore")  # openpyxl tells what it leaves away: nothing of a cell
        path = Path(receive(inbox)["path"])
        for answer in _answers(path, inbox):
            send(outbox, answer)


def _answers(path: Path, inbox: IO[bytes]) -> Iterator[Message]:
    # Made beforehand: where memory is used up, there may be none left to say so.
    too_large = _refusal(_too_large(path))
    try:
        with open_workbook(path) as workbook:
            yield {"sheets": [[s.name, s.is_visible, s.part is not None] for s in workbook.sheets]}
            while True:
                yield from _answer(workbook, receive(inbox))
    except InputError as error:
        yield _refusal(error)
    except XmlError as error:
        yield _refusal(damaged(path, str(error)))
    except MemoryError:
        yield too_large


def _answer(workbook: Workbook, order: Message) -> Iterator[Message]:
    if order["do"] == "head":
        yield {"rows": list(_head(workbook, order["sheet"], order["until"]))}
    else:
        yield from _data(workbook, order)


def _head(workbook: Workbook, index: int, last: int) -> Iterator[tuple[int, list[str]]]:
    sheet = workbook.sheets[index]
    width = 1
    for written in written_rows(workbook, sheet, width=LAST_COLUMN, facts=SheetFacts()):
        if written.number > last:
            break
        width = max(width, *(column + 1 for column in written.cells))
    for row in read_rows(workbook, sheet, width=width, facts=SheetFacts(), last=last):
        yield row.number, [c if isinstance(c, str) else c[1] for c in row.cells]


def _data(workbook: Workbook, order: Message) -> Iterator[Message]:
    """Answer with blocks of rows, and in the end with what is noteworthy about them."""
    facts = SheetFacts()
    sheet = workbook.sheets[order["sheet"]]
    block: list[tuple[int, list[RawCell]]] = []
    hidden = last = 0
    for row in read_rows(workbook, sheet, width=order["width"], facts=facts):
        for start, end in reversed(order["gaps"]):
            del row.cells[start:end]
        if row.number <= order["after"] or _is_blank(row.cells):
            continue
        block.append((row.number, row.cells))
        hidden += row.is_hidden
        last = row.number
        if len(block) >= order["rows"]:
            yield {"rows": block}
            block = []
    yield {"rows": block}
    columns = set(order["columns"])
    merged = [r.name for r in facts.merged if _covers(r, columns, order["after"], last)]
    yield {
        "hidden_rows": hidden,
        "hidden_columns": [c for c in columns if any(a <= c <= b for a, b in facts.hidden_columns)],
        "merged": merged[:_MOST_NAMED],
    }


_MOST_NAMED = 5


def _is_blank(cells: list[RawCell]) -> bool:
    return not any(not isinstance(cell, str) or cell.strip() for cell in cells)


def _covers(merged: Range, columns: set[int], after: int, last: int) -> bool:
    """Tell whether a merged range hides the cell of a data row in one of these columns."""
    if merged.last_row <= after or merged.first_row > last:
        return False
    touched = {c for c in columns if merged.first_column <= c <= merged.last_column}
    is_tall = merged.last_row > merged.first_row
    return (is_tall and bool(touched)) or bool(touched - {merged.first_column})


def _too_large(path: Path) -> InputError:
    return InputError(
        f"{path}: the workbook needs more than {MEMORY_BYTES >> 20} MB of memory",
        hint="Save the sheet as .csv (UTF-8): text files of any size are read.",
    )


def _refusal(error: InputError) -> Message:
    return {"refused": [error.message, error.hint]}


def _limit_memory() -> None:
    """Let the system refuse memory beyond the limit, where it can (Windows cannot)."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows has no such module

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
