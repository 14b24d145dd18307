from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, count, islice

import pytest
from store_runs import ACME, OK, Row, chunk, ends, invalid, new_run, send, staged

from bulk_update.ledger import KnownBefore, Ledger
from bulk_update.ledger.staging import _ROWS_A_STATEMENT as STATEMENT
from bulk_update.records import Status

CHUNKS = {
    "one row": [1],
    "less than a statement, twice": [STATEMENT - 1, STATEMENT - 1],
    "exactly a statement, and one more": [STATEMENT, 1],
    "several statements": [2 * STATEMENT + 7, 3],
}


def some_rows() -> Iterator[Row]:
    for number in count(2):
        yield invalid(number) if number % 7 == 0 else Row(number, f'{{"x":"{number} Ł"}}'.encode())


@pytest.mark.parametrize("sizes", CHUNKS.values(), ids=CHUNKS.keys())
@pytest.mark.parametrize(
    ("known", "end"),
    [
        (KnownBefore(), "planned"),
        (KnownBefore(compared_at=ACME, already_sent_by="r"), "unchanged already-sent"),
        (KnownBefore(compared_at=ACME), "unchanged same-as-last"),
    ],
)
def test_every_row_is_staged_once_whatever_the_chunk_sizes(
    ledger: Ledger, sizes: list[int], known: KnownBefore, end: str
) -> None:
    made = some_rows()
    chunks = [list(islice(made, size)) for size in sizes]
    rows = list(chain.from_iterable(chunks))
    known_rows = [row for row in (*rows[:1], *rows[1:][-1:]) if row.body]
    send(ledger, staged(ledger, *known_rows), OK)
    key = ledger.runs.begin(new_run())
    with ledger.planning.staging(key, known) as stage:
        for part in chunks:
            stage(chunk(part))
    expected = {row.number: "planned" if row.body else "invalid bad-date" for row in rows}
    are_known = known_rows if known.compared_at else [row for row in rows if row.body]
    expected |= {row.number: end for row in are_known}
    assert ends(ledger, ledger.runs.get(key)) == expected
    for row in rows[:: STATEMENT // 3]:
        found = ledger.projection(key, waiting=Status.PLANNED).detail(row.number)
        assert found is not None
        assert (found.cells, found.body) == ((f"cell {row.number}",), row.body)


def test_long_rows_do_not_wait_in_memory(ledger: Ledger) -> None:
    rows = [Row(2), Row(3), invalid(4), Row(5)]
    long = replace(chunk(rows), cells=[b'["x"]', b'["%b"]' % (b"x" * 5_000_000), b"[]", b"[]"])
    key = ledger.runs.begin(new_run())
    with ledger.planning.staging(key) as stage:
        stage(chunk([Row(1)]))
        assert ends(ledger, ledger.runs.get(key)) == {}
        stage(long)
        assert ends(ledger, ledger.runs.get(key)) == {
            1: "planned", 2: "planned", 3: "planned", 4: "invalid bad-date", 5: "planned"
        }  # fmt: skip
