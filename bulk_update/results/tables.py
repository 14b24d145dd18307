"""The tables of a run, streamed from the ledger: what became of every row, and what to mend."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO, Any

from bulk_update.errors import LedgerError
from bulk_update.records import Status, Stretch
from bulk_update.results.formulas import without_formula

RESULTS = "results.csv"
FAILED = "failed.csv"
REQUESTS = "requests.jsonl"
SUMMARY = "summary.json"

RESULT_COLUMNS = (
    "row",
    "campaign_id",
    "identifier",
    "outcome",
    "code",
    "message",
    "http_status",
    "attempts",
    "request_id",
    "sent_at",
    "finished_at",
    "elapsed_ms",
)

OUTCOME_COLUMNS = ("_outcome", "_code", "_message")
"""What `failed.csv` adds to the original columns, and what it is recognised by."""


def write_results(
    file: IO[str],
    blocks: Iterable[Stretch | Sequence[tuple[Any, ...]]],
    *,
    delimiter: str,
    counts: Mapping[Status, int],
    data_rows: int,
) -> None:
    """Write one line for each data row.

    Raises LedgerError, before anything is put in place, unless the lines written are the data
    rows, each once and in order, and their outcomes add up to what was counted.
    """
    lines = _ResultLines(delimiter)
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(RESULT_COLUMNS)
    for block in blocks:
        if isinstance(block, Stretch):
            file.write(lines.of_stretch(block))
        else:
            writer.writerows(map(lines.cells, block))
    written = lines.written
    if written.total() != data_rows or written != Counter(counts):
        raise LedgerError(
            f"the outcomes do not add up: {data_rows} data rows, {written.total()} lines "
            f"({dict(written)}), counted {dict(counts)}",
            hint="The results were not put in place. Please report this, with the ledger's folder.",
            reason="identity",
        )


class _ResultLines:
    """Makes the lines of `results.csv`, and counts the outcomes from what it makes."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._last_number = 0
        self.written: Counter[str] = Counter()

    def cells(self, row: tuple[Any, ...]) -> list[object]:
        """Return the cells of one row; raises LedgerError where it does not follow the last."""
        self._follow(row[0], row[0])
        self.written[row[3]] += 1
        return _result_cells(row)

    def of_stretch(self, rows: Stretch) -> str:
        """Return the lines of rows that differ in number and identifier alone.

        Raises LedgerError where they do not follow the last, or are not as many as they say.
        """
        self._follow(rows.first, rows.last)
        if rows.text.count(Stretch.BETWEEN_ROWS) != rows.count - 1:
            raise LedgerError(f"rows {rows.first} to {rows.last} are not whole", reason="identity")
        self.written[rows.outcome] += rows.count
        ended = (rows.campaign_id, "", rows.outcome, rows.code, rows.message, *_NEVER_SENT)
        _, campaign, _, *after = _result_cells(("", *ended))
        before = self._line(("", campaign, "")).rstrip("\r\n")
        behind = self._line(("", *after))
        text = rows.text.replace(Stretch.BEFORE_IDENTIFIER, before.encode())
        return f"{text.replace(Stretch.BETWEEN_ROWS, behind.encode()).decode()}{behind}"

    def _follow(self, first: int, last: int) -> None:
        if first <= self._last_number:
            raise LedgerError(f"row {first} comes after {self._last_number}", reason="identity")
        self._last_number = last

    def _line(self, cells: Iterable[object]) -> str:
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=self._delimiter).writerow(cells)
        return buffer.getvalue()


_NEVER_SENT = (None, 0, None, None, None, None)


def _result_cells(row: tuple[Any, ...]) -> list[object]:
    number, campaign_id, identifier, outcome, code, message, *sent = row
    http_status, attempts, request_id, sent_at_us, finished_at_us, elapsed_ms = sent
    return [
        number,
        without_formula(campaign_id or ""),
        without_formula(identifier or ""),
        outcome,
        code,
        without_formula(message or ""),
        http_status,
        attempts,
        without_formula(request_id or ""),
        sent_at_us and utc_text(sent_at_us),
        finished_at_us and utc_text(finished_at_us),
        elapsed_ms,
    ]


def write_failed(
    file: IO[str],
    rows: Iterable[tuple[bytes, str, str, str]],
    *,
    header: Sequence[str],
    delimiter: str,
) -> int:
    """Write the rows that need a person, with their original cells; return how many.

    A row with too few or too many cells keeps the outcome in its columns, and stays one that does
    not fit: what it has too much, or a note of what it lacks, follows after them.
    """
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow([*map(without_formula, header), *OUTCOME_COLUMNS])
    count = 0
    for cells, outcome, code, message in rows:
        original = json.loads(cells)
        fitting = [*original[: len(header)], *[""] * (len(header) - len(original))]
        surplus = original[len(header) :]
        if len(original) < len(header):
            surplus = [f"{len(original)} of {len(header)} cells"]
        writer.writerow(map(without_formula, (*fitting, outcome, code, message, *surplus)))
        count += 1
    return count


def write_requests(
    file: IO[bytes],
    blocks: Iterable[Stretch | Sequence[tuple[int, str, str, bytes]]],
    *,
    path_of: Callable[[str, str], str],
) -> None:
    """Write what would be sent, one JSON object a line, the body byte for byte.

    `path_of` a campaign and an identifier ends with the identifier, where that is plain.
    """
    for block in blocks:
        if isinstance(block, Stretch):
            file.write(_request_lines(block, path_of))
        else:
            file.writelines(_request_line(row, path_of) for row in block)


_ROW, _IDENTIFIER = b'{"row": ', b', "method": "PUT", "path": "'
_BODY, _END = b'", "body": ', b"}\n"
"""What stands before each part of a line of `requests.jsonl`, and behind the last."""


def _request_line(row: tuple[int, str, str, bytes], path_of: Callable[[str, str], str]) -> bytes:
    number, campaign_id, identifier, body = row
    path = path_of(campaign_id, identifier).encode()
    return b"%b%d%b%b%b%b%b" % (_ROW, number, _IDENTIFIER, path, _BODY, body, _END)


def _request_lines(rows: Stretch, path_of: Callable[[str, str], str]) -> bytes:
    """Return the lines of rows whose identifiers are plain: bytes, since bodies are many of them.

    As text they would be decoded, copied at two bytes a character and encoded again.
    """
    folder = path_of(rows.campaign_id, "x").removesuffix("x").encode()
    text = (
        rows.text.replace(Stretch.BEFORE_IDENTIFIER, _IDENTIFIER + folder)
        .replace(Stretch.BEFORE_BODY, _BODY)
        .replace(Stretch.BETWEEN_ROWS, _END + _ROW)
    )
    return b"%b%b%b" % (_ROW, text, _END)


def utc_text(microseconds: int) -> str:
    """Return a moment as files of ours write it: ISO 8601, UTC, milliseconds."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{_utc_second(seconds)}.{rest // 1000:03}Z"


@lru_cache(maxsize=1024)
def _utc_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
