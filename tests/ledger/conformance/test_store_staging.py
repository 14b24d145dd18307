"""Rows are staged as they were read, whatever the chunk sizes."""

from __future__ import annotations

from itertools import islice

import pytest
from store_runs import ACME, OK, Row, chunk, ends, invalid, new_run, send, staged

from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore
from bulk_update.records import Status

ROWS = [
    invalid(number) if number % 7 == 0 else Row(number, b'{"x":"%d \xc5\x81"}' % number)
    for number in range(2, 9002, 3)
]


@pytest.mark.parametrize("sizes", [[1, 1, 2998], [2999, 1], [3000], [700, 0, 2300]], ids=str)
@pytest.mark.parametrize(
    ("known", "end"),
    [
        (KnownBefore(), "planned"),
        (KnownBefore(compared_at=ACME), "unchanged same-as-last"),
        (KnownBefore(compared_at=ACME, already_sent_by="r"), "unchanged already-sent"),
    ],
    ids=["nothing known", "only changed", "already sent"],
)
def test_every_row_is_staged_once_whatever_the_chunk_sizes(
    store: Store, sizes: list[int], known: KnownBefore, end: str
) -> None:
    before = [ROWS[0], ROWS[-2]]
    send(store, staged(store, *before), OK)
    key, rows = store.runs.begin(new_run()), iter(ROWS)
    with store.planning.staging(key, known) as stage:
        for size in sizes:
            stage(chunk(islice(rows, size)))
    found = ends(store, store.runs.get(key))
    assert list(found) == [row.number for row in ROWS]
    assert found == {
        row.number: "invalid bad-date" if row.body is None else end if row in before else "planned"
        for row in ROWS
    }
    projection = store.projection(key, waiting=Status.PLANNED)
    for row in ROWS[::500]:
        detail = projection.detail(row.number)
        assert detail is not None
        assert (detail.cells, detail.body) == ((f"cell {row.number}",), row.body)
