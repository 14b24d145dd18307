"""The tables of a run, streamed from the ledger: what became of every row, and what to mend."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from bulk_update.errors import LedgerError
from bulk_update.records import Status
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
    rows: Iterable[tuple[Any, ...]],
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
    file.write(lines.header)
    file.writelines(map(lines.line, rows))
    written = lines.counts()
    if written.total() != data_rows or written != Counter(counts):
        raise LedgerError(
            f"the outcomes do not add up: {data_rows} data rows, {written.total()} lines "
            f"({dict(written)}), counted {dict(counts)}",
            hint="The results were not put in place. Please report this, with the ledger's folder.",
            reason="identity",
        )


class _ResultLines:
    """Makes lines of `results.csv`, a million of them in a second or two.

    Rows that were not sent differ in little but number and identifier: what follows these is made
    once for each kind of end. It is also what counts the outcomes, from what is written.
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._buffer = io.StringIO(newline="")
        self._writer = csv.writer(self._buffer, delimiter=delimiter)
        self._ends: dict[tuple[object, ...], _End] = {}
        self._written: Counter[str] = Counter()
        self._last_number = 0
        self.header = self._text(RESULT_COLUMNS)

    def counts(self) -> Counter[str]:
        """Return how many lines of each outcome were made."""
        counts = Counter(self._written)
        for end in self._ends.values():
            counts[end.outcome] += end.count
        return counts

    def line(self, row: tuple[Any, ...]) -> str:
        """Return the line of one row; raises LedgerError where it does not follow the last."""
        number, campaign_id, identifier, outcome, code, message, *sent = row
        if number <= self._last_number:
            raise LedgerError(f"row {number} comes after {self._last_number}", reason="identity")
        self._last_number = number
        if sent != _NOT_SENT or identifier is None or not identifier.isalnum():
            self._written[outcome] += 1
            return self._text(_result_cells(row))
        key = (campaign_id, outcome, code, message)
        end = self._ends.get(key)
        if end is None:
            self._forget_if_many()
            end = self._ends[key] = self._end(row)
        end.count += 1
        return f"{number}{end.before}{identifier}{end.after}"

    def _end(self, row: tuple[Any, ...]) -> _End:
        _, campaign, _, *after = _result_cells(row)
        return _End(row[3], self._text(("", campaign, ""))[:-2], self._text(("", *after)))

    def _forget_if_many(self) -> None:
        """Bound the memory: messages may differ in every row."""
        if len(self._ends) > _MOST_ENDS:
            self._written = self.counts()
            self._ends = {}

    def _text(self, cells: Iterable[object]) -> str:
        self._buffer.seek(0)
        self._buffer.truncate()
        self._writer.writerow(cells)
        return self._buffer.getvalue()


@dataclass(slots=True)
class _End:
    """What lines of one kind have before and after the identifier, and how many were made."""

    outcome: str
    before: str
    after: str
    count: int = 0


_MOST_ENDS = 1000
_NOT_SENT = [None, 0, None, None, None, None]


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
    file: IO[str],
    rows: Iterable[tuple[int, str, str, bytes]],
    *,
    path_of: Callable[[str, str], str],
) -> None:
    """Write what would be sent, one JSON object a line, the body byte for byte."""
    file.writelines(
        f'{{"row": {number}, "method": "PUT", "path": "{path_of(campaign_id, identifier)}", '
        f'"body": {body.decode()}}}\n'
        for number, campaign_id, identifier, body in rows
    )


def utc_text(microseconds: int) -> str:
    """Return a moment as files of ours write it: ISO 8601, UTC, milliseconds."""
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
