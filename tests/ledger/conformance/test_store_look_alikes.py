"""Identifiers that a person mistakes for one another are found, with the rows they are in."""

from __future__ import annotations

import pytest
from store_runs import Row, staged

from bulk_update.cells.look_alikes import has_look_alikes, look_alike_key
from bulk_update.job.store import Store
from bulk_update.ledger import LookAlikes


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
def test_look_alikes_are_counted_and_the_first_is_named(
    store: Store, identifiers: tuple[str, ...], expected: LookAlikes
) -> None:
    assert found(store, *identifiers) == expected
