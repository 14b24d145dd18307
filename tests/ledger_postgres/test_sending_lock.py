"""The lease that allows one sender per ledger, whatever becomes of its process."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from postgres import ledger_url, open_ledger

from bulk_update.bookkeeping import Holder
from bulk_update.errors import LedgerError, LockedError
from bulk_update.ledger_postgres import LedgerDatabase, PostgresLedger
from bulk_update.ledger_postgres.connection import Connection, address_of, connect
from bulk_update.ledger_postgres.sending_lock import sending_lease
from bulk_update.messages import sentence_of

ME = Holder(4711, "vm", "jan", "2026-01-02T03:04:05Z")
OTHER = Holder(4712, "node-2", "ewa", "2026-01-02T03:05:06Z")
LEASE_SECONDS = 0.6


def opened(folder: Path) -> Connection:
    return connect(address_of(ledger_url(folder)))


def holder_at(place: LedgerDatabase) -> str:
    """Return who is sending, in words."""
    holder = place.current_holder()
    return sentence_of(holder) if holder else "nobody"


def test_a_second_sender_is_refused_and_told_who_is_sending(tmp_path: Path) -> None:
    place = LedgerDatabase(ledger_url(tmp_path))
    with place.opened() as first, place.opened() as second:
        assert place.current_holder() is None
        with first.sending_lock(ME):
            with (
                pytest.raises(LockedError, match="process 4711 on vm, user jan"),
                ExitStack() as it,
            ):
                it.enter_context(second.sending_lock(OTHER))
            assert "process 4711 on vm" in holder_at(place)
        with second.sending_lock(OTHER):
            assert "process 4712 on node-2" in holder_at(place)
        assert place.current_holder() is None


def test_a_sender_can_wait_for_another(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as waiting, opened(tmp_path) as connection:
        connection.execute(
            "UPDATE sender SET epoch = 1, holder = NULL,"
            " leased_until = clock_timestamp() + interval '0.7 s'"
        )
        began = time.monotonic()
        with waiting.sending_lock(ME, wait_seconds=20):
            assert time.monotonic() - began >= 0.6


def test_the_lease_of_a_living_sender_does_not_end(tmp_path: Path) -> None:
    lease = sending_lease(
        lambda: opened(tmp_path), ME, name="it", wait_seconds=0, lease_seconds=LEASE_SECONDS
    )
    with lease as held, opened(tmp_path) as connection:
        time.sleep(3 * LEASE_SECONDS)
        held.require(connection)


def test_the_lease_goes_on_after_the_server_cut_its_connection(tmp_path: Path) -> None:
    lease = sending_lease(lambda: opened(tmp_path), ME, name="it", wait_seconds=0, lease_seconds=3)
    with lease as held, opened(tmp_path) as connection:
        time.sleep(0.3)
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        time.sleep(4)
        held.require(connection)


def take_over(folder: Path) -> None:
    """Do what another sender does once the lease of the first has ended."""
    with opened(folder) as connection:
        connection.execute("UPDATE sender SET leased_until = clock_timestamp()")
        with open_ledger(folder) as ledger, ledger.sending_lock(OTHER):
            pass


def test_a_sender_whose_lease_has_ended_records_nothing(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger, ledger.sending_lock(ME):
        take_over(tmp_path)
        with pytest.raises(LedgerError, match="did not renew its lease in time"):
            ledger.sending.settle_dead_runs(now_us=1)
        with pytest.raises(LedgerError, match="did not renew its lease in time"):
            asyncio.run(record_an_intent(ledger))
        with opened(tmp_path) as connection:
            assert connection.execute("SELECT count(*) FROM attempt").fetchone() == (0,)


async def record_an_intent(ledger: PostgresLedger) -> None:
    async with ledger.sending.journal(now_us=lambda: 1) as journal:
        await journal.record_intent(1)


def test_a_take_over_waits_for_the_commit_of_the_sender_before(tmp_path: Path) -> None:
    lease = sending_lease(lambda: opened(tmp_path), ME, name="it", wait_seconds=0)
    with lease as held, opened(tmp_path) as committing, opened(tmp_path) as other:
        other.execute("SET lock_timeout = 200")
        with committing.transaction():
            held.require(committing)
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("UPDATE sender SET epoch = epoch + 1")
        other.execute("UPDATE sender SET epoch = epoch + 1")
