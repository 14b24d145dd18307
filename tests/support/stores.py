"""The stores that keep what `job.store.Store` promises: the conformance suite runs on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy
from postgres import open_ledger

from bulk_update.job.store import Store
from bulk_update.ledger import Ledger

Opener = Callable[[Path], AbstractContextManager[Store]]
"""Opens the store that belongs to a folder; every time the same, in whatever process."""

STORES: Mapping[str, Opener] = {
    "sqlite": Ledger,
    "postgres": cast("Opener", open_ledger),
}


def on_every_store(
    *, examples: int, **strategies: SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[[Opener], None]]:
    """Turn a property of an `opener` into a test of every store.

    PostgreSQL, where each example creates databases, gets a quarter of the examples.
    """

    def decorate(test: Callable[..., None]) -> Callable[[Opener], None]:
        def tried(opener: Opener) -> None:
            count = examples if opener is Ledger else examples // 4
            settings(max_examples=count, deadline=None)(given(**strategies)(test))(opener=opener)

        tried.__name__, tried.__doc__ = test.__name__, test.__doc__
        return pytest.mark.parametrize("opener", STORES.values(), ids=list(STORES))(tried)

    return decorate
