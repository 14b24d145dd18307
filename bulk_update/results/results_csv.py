"""`results.csv`: the outcome of every row, in exactly one line."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import IO, Any

from bulk_update.errors import LedgerError
from bulk_update.messages import told
from bulk_update.reasons import NO_REASONS
from bulk_update.records import BETWEEN_ROWS, RowGroup, Status
from bulk_update.results.formulas import without_formula
from bulk_update.results.row_groups import are_ascending, lines_in_order
from bulk_update.results.times import utc_text

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


_ROWS_AT_ONCE = 1000


def write_results(
    file: IO[str],
    rows: Iterable[tuple[Any, ...]],
    *,
    delimiter: str,
    counts: Mapping[Status, int],
    data_rows: int,
) -> None:
    """Write one line for each data row, which has an entry for each of `RESULT_COLUMNS`.

    In place of its message a row has its stored reasons.

    Raises LedgerError, before anything is put in place, unless the lines written are the data
    rows, each once and in order, and their outcomes add up to what was counted.
    """
    written = _Written()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(RESULT_COLUMNS)
    remaining = iter(rows)
    while block := list(islice(remaining, _ROWS_AT_ONCE)):
        written.follow([row[0] for row in block])
        for outcome, lines in Counter(row[3] for row in block).items():
            written.count(outcome, lines)
        writer.writerows(_result_cells((*row[:5], told(row[5]), *row[6:])) for row in block)
    written.check(counts, data_rows)


def write_unsent_results(
    file: IO[str],
    spans: Iterable[Sequence[RowGroup]],
    *,
    waiting: tuple[str, str, str],
    delimiter: str,
    counts: Mapping[Status, int],
    data_rows: int,
) -> None:
    """Write what `write_results` does of a run that has sent nothing.

    `waiting` are outcome, code and stored reasons of the rows that wait. The rows of one span come
    after those of the last.
    """
    written = _Written()
    lines = _UnsentLines(delimiter, waiting)
    csv.writer(file, delimiter=delimiter).writerow(RESULT_COLUMNS)
    for span in spans:
        numbers, found = lines_in_order(span, lines.of)
        written.follow(numbers)
        file.write("".join(found))
        for rows in span:
            written.count(rows.outcome or waiting[0], rows.numbers.count(BETWEEN_ROWS) + 1)
    written.check(counts, data_rows)


class _Written:
    """Counts the lines as they are written: nothing else can vouch for them."""

    def __init__(self) -> None:
        self._last_number = 0
        self._counts: Counter[str] = Counter()

    def follow(self, numbers: Sequence[int]) -> None:
        """Raise LedgerError unless these rows come after those before, each after the other."""
        if not are_ascending((self._last_number, *numbers)):
            found = f"rows {numbers[0]} to {numbers[-1]} come after row {self._last_number}"
            raise LedgerError(found, reason="identity")
        self._last_number = numbers[-1]

    def count(self, outcome: str, lines: int) -> None:
        """Count lines of rows with this outcome."""
        self._counts[outcome] += lines

    def check(self, counts: Mapping[Status, int], data_rows: int) -> None:
        """Raise LedgerError unless the lines written add up to these rows and outcomes."""
        written = self._counts
        if written.total() != data_rows or written != Counter(counts):
            raise LedgerError(
                f"the outcomes do not add up: {data_rows} data rows, {written.total()} lines "
                f"({dict(written)}), counted {dict(counts)}",
                hint="The results were not put in place. Please report this, with the ledger's "
                "folder.",
                reason="identity",
            )


class _UnsentLines:
    """Makes the lines of rows that were never sent: all but number and identifier is made once."""

    def __init__(self, delimiter: str, waiting: tuple[str, str, str]) -> None:
        self._delimiter = delimiter
        self._waiting = waiting
        self._line = csv.writer(_Echo(), delimiter=delimiter).writerow

    def of(self, rows: RowGroup, numbers: Sequence[int]) -> list[str]:
        """Return each row's line."""
        outcome, code, reasons = self._waiting
        if rows.outcome:
            outcome, code, reasons = rows.outcome, rows.code or "", rows.reasons or NO_REASONS
        ended = (outcome, code, told(reasons))
        cells = _result_cells((None, rows.campaign_id, "", *ended, *_NEVER_SENT))
        before = f"{self._line(cells[:2]).removesuffix(_LINE_END)}{self._delimiter}"
        behind = f"{self._delimiter}{self._line(cells[3:])}"
        return [
            f"{number}{before}{identifier}{behind}"
            for number, identifier in zip(numbers, self._identifiers(rows), strict=True)
        ]

    def _identifiers(self, rows: RowGroup) -> Sequence[str]:
        identifiers = rows.identifiers.split(BETWEEN_ROWS)
        if self._delimiter in _USUAL_DELIMITERS and _PLAIN.fullmatch(rows.identifiers):
            return identifiers
        return [self._cell(without_formula(identifier)) for identifier in identifiers]

    def _cell(self, text: str) -> str:
        line: str = self._line((text, ""))
        return line.removesuffix(f"{self._delimiter}{_LINE_END}")


class _Echo:
    """Hands a line of CSV back to its writer."""

    def write(self, line: str) -> str:
        return line


_LINE_END = "\r\n"

_USUAL_DELIMITERS = ",;\t|"

_PLAIN = re.compile(rf"(?>(?:\+?[0-9]+|\w[\w.~@/:# -]*)?(?:{BETWEEN_ROWS}|$))*+", re.ASCII)
"""Identifiers that need no quotes in a CSV cell, with any usual delimiter."""


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
