"""Writing, reading and streaming on PostgreSQL, beside other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psycopg
import pytest
from postgres import ledger_url, server
from store_runs import new_run

from bulk_update.errors import LedgerError
from bulk_update.ledger_postgres import PostgresLedger
from bulk_update.ledger_postgres.connection import Connection, address_of, connect
from bulk_update.ledger_postgres.database import Database

PROCESSES = 6

INSERT = "INSERT INTO attempt (row_id, departed_at_us) VALUES (1, 2)"
MANY = "INSERT INTO attempt (row_id, departed_at_us) SELECT n, n FROM generate_series(1, 9000) AS n"
AFTER = "SELECT row_id FROM attempt WHERE row_id > %(after)s ORDER BY 1"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Opens the same database again and again, as a process beside another does."""
    address = address_of(ledger_url(tmp_path))
    with ExitStack() as connections:

        def opener() -> Connection:
            return connections.enter_context(closing(connect(address)))

        yield lambda: Database(address.name, opener=opener, patience_seconds=5)


def test_processes_that_create_the_tables_at_once_all_find_them(tmp_path: Path) -> None:
    name = f"empty_{abs(hash(tmp_path))}"
    server().execute(f"CREATE DATABASE {name}")
    server().databases[tmp_path] = name
    url = server().url(name)

    def begin_a_run(_number: int) -> int:
        with PostgresLedger(url) as ledger:
            return ledger.runs.begin(new_run())

    with ThreadPoolExecutor(PROCESSES) as processes:
        runs = list(processes.map(begin_a_run, range(PROCESSES)))
    assert sorted(runs) == list(range(1, PROCESSES + 1))


def test_a_writer_waits_for_another_one_up_to_its_patience(opened: Callable[[], Database]) -> None:
    first, second = opened(), opened()
    second.patience_seconds = 0.1
    with first.writing():
        with pytest.raises(LedgerError, match="other programs are using it"), second.writing():
            pass
        with second.reading() as connection:
            assert connection.execute("SELECT count(*) FROM ledger").fetchone() == (1,)
    with second.writing() as connection:
        connection.execute("SELECT 1")


def test_an_append_waits_for_no_writer(opened: Callable[[], Database]) -> None:
    first, second = opened(), opened()
    with first.writing(), second.appending() as connection:
        connection.execute(INSERT)
    with second.reading() as connection:
        assert connection.execute("SELECT row_id FROM attempt").fetchall() == [(1,)]


def test_what_fails_halfway_is_not_written(opened: Callable[[], Database]) -> None:
    database = opened()
    for transaction in database.writing, database.appending:
        with suppress(KeyboardInterrupt), transaction() as connection:
            connection.execute(INSERT)
            raise KeyboardInterrupt
    with database.reading() as connection:
        assert connection.execute("SELECT row_id FROM attempt").fetchall() == []


def test_a_stream_shows_one_moment_while_others_write(opened: Callable[[], Database]) -> None:
    database = opened()
    with database.writing() as connection:
        connection.execute(MANY)
    rows = database.stream(AFTER, {"after": 0})
    found = [next(rows)[0]]
    with database.writing() as connection:
        connection.execute("DELETE FROM attempt")
    found += [row_id for (row_id,) in rows]
    assert found == list(range(1, 9001))


def test_a_connection_that_is_lost_is_an_error_of_the_ledger(
    opened: Callable[[], Database], tmp_path: Path
) -> None:
    database = opened()
    with closing(psycopg.connect(ledger_url(tmp_path), autocommit=True)) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [database.connection.info.backend_pid])
    with pytest.raises(LedgerError, match="cannot be reached"), database.writing():
        pass
