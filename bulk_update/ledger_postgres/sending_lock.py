"""The lock that allows one sender per ledger, and names its holder.

It is a lease, not a lock of PostgreSQL's: a pooler may hand a session, and its locks, to others.
Each holder gets an epoch of its own, and every commit of the sender requires that its epoch is the
latest and its lease still runs. A process that was stopped for longer than its lease can therefore
neither begin a request nor record anything once another has taken over.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict

import psycopg

from bulk_update.bookkeeping.holder import Holder
from bulk_update.errors import LedgerError, LockedError
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.records import Issue

LEASE_SECONDS = 30.0
"""How long the lock outlives the last sign of life of its holder."""

_SECONDS_BETWEEN_TRIES = 0.5

_TAKE = """
UPDATE sender SET epoch = epoch + 1, holder = %(holder)s,
    leased_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE leased_until < clock_timestamp() RETURNING epoch
"""
_RENEW = """
UPDATE sender SET leased_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE epoch = %(epoch)s AND leased_until >= clock_timestamp()
"""
_RELEASE = "UPDATE sender SET leased_until = '-infinity' WHERE epoch = %s"
_REQUIRE = """
SELECT FROM sender WHERE epoch = %s AND leased_until >= clock_timestamp() FOR SHARE
"""
_HOLDER = "SELECT holder FROM sender WHERE leased_until >= clock_timestamp()"


class Lease:
    """A lease of the lock; `epoch` tells it from those of all other holders."""

    def __init__(self, epoch: int, *, name: str) -> None:
        self.epoch = epoch
        self._name = name

    def require(self, connection: Connection) -> None:
        """Raise LedgerError if the lease has ended; otherwise, it lasts until the next commit."""
        if connection.execute(_REQUIRE, [self.epoch]).fetchone() is None:
            raise LedgerError(Issue("ledger", {"path": self._name}, "lease-lost"))


@contextmanager
def sending_lease(
    opener: Callable[[], Connection],
    holder: Holder,
    *,
    name: str,
    wait_seconds: float,
    lease_seconds: float = LEASE_SECONDS,
) -> Iterator[Lease]:
    """Hold the sending lock of a ledger, and renew its lease on a connection of its own.

    Raises LockedError if another process holds it for longer than `wait_seconds`.
    """
    deadline = time.monotonic() + wait_seconds
    values: dict[str, object] = {
        "holder": json.dumps(asdict(holder)),
        "seconds": lease_seconds,
    }
    with opener() as connection:
        while (taken := connection.execute(_TAKE, values).fetchone()) is None:
            if time.monotonic() >= deadline:
                described = holder_of(connection) or Issue("locked", variant="unknown-process")
                raise LockedError(
                    Issue("locked", {"folder": name, "holder": described}, "by-ledger")
                )
            time.sleep(_SECONDS_BETWEEN_TRIES)
    (epoch,) = taken
    renewal = {"epoch": epoch, "seconds": lease_seconds}
    is_over = threading.Event()
    heart = threading.Thread(
        target=_renew_until, args=(is_over, opener, renewal), name="lease", daemon=True
    )
    heart.start()
    try:
        yield Lease(epoch, name=name)
    finally:
        is_over.set()
        heart.join()
        with suppress(psycopg.Error, LedgerError), opener() as connection:
            connection.execute(_RELEASE, [epoch])


def holder_of(connection: Connection) -> Issue | None:
    """Describe the process that holds the lock; None if there is none."""
    found = connection.execute(_HOLDER).fetchone()
    return None if found is None else Holder(**json.loads(found[0])).described()


def _renew_until(
    is_over: threading.Event, opener: Callable[[], Connection], renewal: dict[str, object]
) -> None:
    """Renew the lease three times in each; after an error, connect again."""
    seconds = float(str(renewal["seconds"])) / 3
    while not is_over.is_set():
        with suppress(psycopg.Error, LedgerError), opener() as connection:
            while not is_over.wait(seconds):
                if not connection.execute(_RENEW, renewal).rowcount:
                    return
        is_over.wait(seconds / 3)
