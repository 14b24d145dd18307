"""The ledger works in batches, and no result depends on their size."""

from __future__ import annotations

import pytest
from store_runs import ACME, BUSY, NOT_FOUND, OK, Row, ends, invocation, send, staged

from bulk_update.ledger import KnownBefore, Ledger, sent_values


@pytest.mark.parametrize("size", [1, 2, 500])
def test_rows_halted_while_rows_are_fetched_are_not_sent_twice(ledger: Ledger, size: int) -> None:
    run = staged(ledger, *(Row(number) for number in range(2, 102)))
    updates = ledger.sending.to_send(run.id, size=size)
    assert [next(updates).number for _ in range(3)] == [2, 3, 4]
    invocation(ledger, run, [NOT_FOUND] * 3, halted="halted-404")
    assert [update.number for update in updates] == list(range(5, 102))


def test_rows_come_once_in_input_order_whatever_the_batch_size(ledger: Ledger) -> None:
    run = staged(ledger, *(Row(number) for number in (2, 3, 5, 8, 13, 21, 34)))
    for size in (1, 2, 7, 8):
        found = [update.number for update in ledger.sending.to_send(run.id, size=size)]
        assert found == [2, 3, 5, 8, 13, 21, 34]


def test_requests_are_merged_in_order_whatever_the_part_size(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that was sent several times since the last merge has the last values."""
    monkeypatch.setattr(sent_values, "_ATTEMPTS_A_PART", 3)
    for number in range(7):
        rows = (Row(2, status(number), "x"), Row(3, status(9), "y"))
        send(ledger, staged(ledger, *rows), BUSY, OK)
    again = [Row(row, status(number), "x") for row, number in ((2, 6), (3, 5))]
    run = staged(ledger, *again, known=KnownBefore(compared_at=ACME))
    assert ends(ledger, run) == {2: "unchanged same-as-last", 3: "planned"}


def status(number: int) -> bytes:
    return b'{"status_id":"%d"}' % number
