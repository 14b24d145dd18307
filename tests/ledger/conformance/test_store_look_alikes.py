"""Identifiers that a person can confuse are found, with their rows."""

from __future__ import annotations

import pytest
from store_runs import Row, staged

from bulk_update.cells.look_alikes import has_look_alikes, look_alike_key
from bulk_update.job.store import Store
from bulk_update.ledger import LookAlikes, LostZeros


def found(store: Store, *identifiers: str) -> LookAlikes:
    rows = [Row(number, b"{}", each) for number, each in enumerate(identifiers, start=2)]
    run = staged(store, *rows)
    return store.planning.look_alikes(run.id, key=look_alike_key, disguised=has_look_alikes)


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        (("1", "2", "007", "7"), LookAlikes(0, None, 0, None)),
        (("A1", "A1"), LookAlikes(0, None, 0, None)),
        (("b", "x", "B"), LookAlikes(1, ("b", 2, "B", 4), 0, None)),
        (("Z9", "z9", "a", "A"), LookAlikes(2, ("Z9", 2, "z9", 3), 0, None)),
        (("e\u0301", "\u00e9"), LookAlikes(1, ("e\u0301", 2, "\u00e9", 3), 0, None)),
        (("12\u200b3",), LookAlikes(0, None, 1, ("12\u200b3", 2))),
        (
            ("\uff11\uff12", "x", "1\u200b2"),
            LookAlikes(1, ("\uff11\uff12", 2, "1\u200b2", 4), 2, ("\uff11\uff12", 2)),
        ),
    ],
)
def test_look_alikes_are_counted_with_the_first_as_example(
    store: Store, identifiers: tuple[str, ...], expected: LookAlikes
) -> None:
    assert found(store, *identifiers) == expected


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        (("00100001", "100001", "100002"), LostZeros(1, ("00100001", 2, "100001", 3))),
        (("7", "1", "0007", "01"), LostZeros(2, ("7", 2, "0007", 4))),
        (("0A1", "A1"), LostZeros(1, ("0A1", 2, "A1", 3))),
        (("0", "00"), LostZeros(1, ("0", 2, "00", 3))),
        (("100", "10", "1"), None),
        (("007", "007"), None),
    ],
)
def test_identifiers_that_differ_only_in_leading_zeros_are_found(
    store: Store, identifiers: tuple[str, ...], expected: LostZeros | None
) -> None:
    rows = [Row(number, b"{}", each) for number, each in enumerate(identifiers, start=2)]
    assert store.planning.lost_zeros(staged(store, *rows).id) == expected
