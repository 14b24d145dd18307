"""One process at a time sends from a ledger."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from bulk_update.bookkeeping import Holder
from bulk_update.errors import LockedError
from bulk_update.job.store import Store

JAN = Holder(4711, "vm", "jan", "2026-01-02T03:04:05Z")
EWA = Holder(4712, "vm", "ewa", "2026-01-02T03:04:06Z")


def test_a_second_sender_is_refused_until_the_first_has_ended(
    store: Store, open_store: Callable[[], AbstractContextManager[Store]]
) -> None:
    with open_store() as other:
        with (
            store.sending_lock(JAN),
            pytest.raises(LockedError, match="process 4711 on vm"),
            other.sending_lock(EWA),
        ):
            pass
        with other.sending_lock(EWA, wait_seconds=5):
            pass
