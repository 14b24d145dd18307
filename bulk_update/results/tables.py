"""The tables of a run, streamed from the ledger: what became of every row, and what to mend."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(RESULT_COLUMNS)
    written: Counter[str] = Counter()
    writer.writerows(_result_lines(rows, written))
    if written.total() != data_rows or any(written[status] != counts[status] for status in counts):
        raise LedgerError(
            f"the outcomes do not add up: {data_rows} data rows, {written.total()} lines "
            f"({dict(written)}), counted {dict(counts)}",
            hint="The results were not put in place. Please report this, with the ledger's folder.",
            reason="identity",
        )


def _result_lines(rows: Iterable[tuple[Any, ...]], written: Counter[str]) -> Iterator[list[object]]:
    last_number = 0
    for row in rows:
        number, campaign_id, identifier, outcome, code, message, *numbers = row
        if number <= last_number:
            raise LedgerError(f"row {number} comes after row {last_number}", reason="identity")
        last_number = number
        written[outcome] += 1
        http_status, attempts, request_id, sent_at_us, finished_at_us, elapsed_ms = numbers
        yield [
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
        f'{{"row": {number}, "method": "PUT", '
        f'"path": {json.dumps(path_of(campaign_id, identifier))}, "body": {body.decode()}}}\n'
        for number, campaign_id, identifier, body in rows
    )


def utc_text(microseconds: int) -> str:
    """Return a moment as files of ours write it: ISO 8601, UTC, milliseconds."""
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
