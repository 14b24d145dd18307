"""`results.csv`: the outcome of every row, in exactly one line."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise, starmap
from operator import itemgetter, lt
from typing import IO, Any

from bulk_update.errors import LedgerError
from bulk_update.messages import told
from bulk_update.records import Issue, Status
from bulk_update.results.formulas import without_formula
from bulk_update.results.row_blocks import Block
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
    "verified",
)


_number_of, _outcome_of = itemgetter(0), itemgetter(3)


def write_results(
    file: IO[str],
    blocks: Iterable[Block],
    *,
    delimiter: str,
    counts: Mapping[Status, int],
    data_rows: int,
) -> None:
    """Write one line for each data row, which has an entry for each of `RESULT_COLUMNS`.

    In place of its message, a row has its stored reasons, followed by an entry that is ignored
    here. A row that was never sent may end there.

    Raises LedgerError, before anything is put in place, unless the lines written are the data
    rows, each once and in order, and their outcomes add up to what was counted.
    """
    written, lines = _Written(), _Lines(delimiter)
    file.write(lines.of_cells(RESULT_COLUMNS))
    for block in blocks:
        written.follow(list(map(_number_of, block)))
        written.count(map(_outcome_of, block))
        file.write("".join(map(lines.of_row, block)))
    written.check(counts, data_rows)


class _Written:
    """Counts the lines as they are written: nothing else can vouch for them."""

    def __init__(self) -> None:
        self._last_number = 0
        self._counts: Counter[str] = Counter()

    def follow(self, numbers: Sequence[int]) -> None:
        """Raise LedgerError unless these rows come after those before, each after the other."""
        if not all(starmap(lt, pairwise((self._last_number, *numbers)))):
            params = {"first": numbers[0], "last": numbers[-1], "before": self._last_number}
            raise LedgerError(Issue("identity", params, "order"))
        self._last_number = numbers[-1]

    def count(self, outcomes: Iterable[str]) -> None:
        """Count the lines of rows with these outcomes."""
        self._counts.update(outcomes)

    def check(self, counts: Mapping[Status, int], data_rows: int) -> None:
        """Raise LedgerError unless the lines written add up to these rows and outcomes."""
        written = self._counts
        if written.total() != data_rows or written != Counter(counts):
            sums = {"rows": data_rows, "lines": written.total()}
            texts = {"written": str(dict(written)), "counted": str(dict(counts))}
            raise LedgerError(Issue("identity", {**sums, **texts}, "sums"))


class _Lines:
    """Makes a row's line of CSV.

    Most rows were never sent, and their lines differ only in the number and the identifier. The
    rest of such a line is made only once.
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._writer = csv.writer(_Echo(), delimiter=delimiter)
        self._around = lru_cache(1000)(self._made_around)

    def of_row(self, row: tuple[Any, ...]) -> str:
        """Return the line of a row."""
        identifier = row[2]
        if len(row) > _WIDTH_UNSENT or not identifier or not identifier.isalnum():
            return self.of_cells(_result_cells(row))
        before, after = self._around(row[1], row[3], row[4], row[5])
        return f"{row[0]}{before}{identifier}{after}"

    def of_cells(self, cells: Iterable[object]) -> str:
        """Return the line of these cells."""
        line: str = self._writer.writerow(cells)
        return line

    def _made_around(self, *end: str | None) -> tuple[str, str]:
        campaign_id, *ended = end
        cells = _result_cells((None, campaign_id, "", *ended, None))
        before = self.of_cells(cells[:2]).removesuffix(_LINE_END)
        return f"{before}{self._delimiter}", f"{self._delimiter}{self.of_cells(cells[3:])}"


class _Echo:
    """A file for csv.writer, whose `writerow` then returns the line."""

    def write(self, line: str) -> str:
        return line


_LINE_END = "\r\n"

_NEVER_SENT = (None, 0, None, None, None, None, None)
_WIDTH_UNSENT = 7


def _result_cells(row: Sequence[Any]) -> list[object]:
    number, campaign_id, identifier, outcome, code, reasons, _, *sent = row
    http_status, attempts, request_id, sent_at_us, finished_at_us, elapsed_ms, verified = (
        sent or _NEVER_SENT
    )
    return [
        number,
        without_formula(campaign_id or ""),
        without_formula(identifier or ""),
        outcome,
        code,
        without_formula(told(reasons)),
        http_status,
        attempts,
        without_formula(request_id or ""),
        sent_at_us and utc_text(sent_at_us),
        finished_at_us and utc_text(finished_at_us),
        elapsed_ms,
        verified,
    ]
