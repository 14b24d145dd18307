"""The stores that keep what `job.store.Store` promises: the conformance suite runs on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

from postgres import open_ledger

from bulk_update.job.store import Store
from bulk_update.ledger import Ledger

Opener = Callable[[Path], AbstractContextManager[Store]]
"""Opens the store that belongs to a folder; every time the same, in whatever process."""

STORES: Mapping[str, Opener] = {
    "sqlite": Ledger,
    "postgres": cast("Opener", open_ledger),
}
