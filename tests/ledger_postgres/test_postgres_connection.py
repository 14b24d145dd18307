"""Connecting to a ledger on PostgreSQL: what is refused, and who gives the password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from postgres import Server, pooler, server

from bulk_update.errors import LedgerError, UsageError
from bulk_update.ledger_postgres import PostgresLedger
from bulk_update.ledger_postgres.connection import address_of, obstacle

PASSWORD = "hunter2"


@pytest.fixture
def running() -> Iterator[Server]:
    """The server, whose role `ana` needs a password."""
    running = server()
    with suppress(psycopg.errors.DuplicateObject):
        running.execute(f"CREATE ROLE ana LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    rules = running.folder / "data" / "pg_hba.conf"
    before = rules.read_text(encoding="utf-8")
    rules.write_text(f"local all ana scram-sha-256\n{before}", encoding="utf-8")
    running.execute("SELECT pg_reload_conf()")
    yield running
    rules.write_text(before, encoding="utf-8")


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database of the test's own, without tables."""
    name = f"empty_{abs(hash(tmp_path))}"
    server().execute(f"CREATE DATABASE {name}")
    server().databases[tmp_path] = name
    return name


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ana:{PASSWORD}@db.example.com/runs",
        f"postgres://ana@db.example.com/runs?password={PASSWORD}",
    ],
)
def test_a_url_with_a_password_is_refused_and_never_shown(url: str) -> None:
    with pytest.raises(UsageError, match="contains a password") as refused:
        PostgresLedger(url)
    assert refused.value.issues[0].variant == "ledger-url-password"
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["", "mysql://db/runs", "db.example.com", f"postgresql://ana:{PASSWORD}@[", "runs=7"]
)
def test_a_url_that_is_wrong_is_refused_and_never_shown(url: str) -> None:
    with pytest.raises(UsageError, match="not valid") as refused:
        PostgresLedger(url)
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://db.example.com/runs", "postgresql://db.example.com/runs"),
        ("postgres://ana@db:5433/runs?sslmode=require", "postgresql://ana@db:5433/runs"),
        ("postgresql://one:1,two:2/runs", "postgresql://one,two:1,2/runs"),
        ("postgresql:///runs?host=/run/pg", "postgresql://%2Frun%2Fpg/runs"),
    ],
)
def test_a_ledger_is_called_by_its_url_without_options(url: str, name: str) -> None:
    assert address_of(url).name == name


@pytest.mark.parametrize(
    ("found", "variant"),
    [
        ({}, None),
        ({"synchronous_commit": "remote_apply", "major": 13}, None),
        ({"major": 12}, "old-postgres"),
        ({"synchronous_commit": "off"}, "asynchronous-commit"),
        ({"encoding": "LATIN2"}, "not-utf8"),
    ],
)
def test_a_server_that_cannot_keep_the_law_is_refused(
    found: dict[str, object], variant: str | None
) -> None:
    suitable = {"major": 15, "synchronous_commit": "on", "encoding": "UTF8"}
    issue = obstacle("postgresql://db/runs", **{**suitable, **found})  # type: ignore[arg-type]
    assert (issue and issue.variant) == variant


def test_a_database_that_does_not_wait_for_its_disk_is_refused(database: str) -> None:
    server().execute(f"ALTER DATABASE {database} SET synchronous_commit = off")
    with pytest.raises(LedgerError, match="synchronous_commit is off"):
        PostgresLedger(server().url(database))


def test_a_database_with_another_encoding_is_refused(tmp_path: Path) -> None:
    name = f"latin_{abs(hash(tmp_path))}"
    server().execute(
        f"CREATE DATABASE {name} ENCODING 'LATIN2' TEMPLATE template0 LOCALE_PROVIDER libc"
        " LOCALE 'C'"
    )
    server().databases[tmp_path] = name
    with pytest.raises(LedgerError, match="has the encoding LATIN2, not UTF8"):
        PostgresLedger(server().url(name))


def test_a_server_that_cannot_be_reached_is_named() -> None:
    with pytest.raises(LedgerError, match="cannot be reached") as refused:
        PostgresLedger("postgresql://127.0.0.1:9/runs")
    assert "postgresql://127.0.0.1:9/runs" in refused.value.message


def test_the_password_is_asked_for_only_if_the_server_wants_one(database: str) -> None:
    asked: list[str] = []
    with PostgresLedger(server().url(database), password_of=asked.append) as ledger:
        assert ledger.runs.all() == []
    assert asked == []


def test_a_password_that_libpq_lacks_is_asked_for_by_the_name_of_the_ledger(
    running: Server, database: str
) -> None:
    url = running.url(database).replace("postgres@", "ana@")
    with pytest.raises(LedgerError, match="no password supplied"):
        PostgresLedger(url)
    asked: list[str] = []

    def password_of(name: str) -> str:
        asked.append(name)
        return PASSWORD

    with PostgresLedger(url, password_of=password_of) as ledger:
        assert ledger.runs.all() == []
    assert asked == [address_of(url).name]


def test_the_password_of_the_environment_comes_first(
    running: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = running.url(database).replace("postgres@", "ana@")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with PostgresLedger(url, password_of=lambda _name: "wrong") as ledger:
        assert ledger.runs.all() == []
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(LedgerError, match="password authentication failed"):
        PostgresLedger(url, password_of=lambda _name: PASSWORD)


def test_a_password_file_of_libpq_is_used(
    running: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:ana:{PASSWORD}\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    url = running.url(database).replace("postgres@", "ana@")
    with PostgresLedger(url) as ledger:
        assert ledger.runs.all() == []


def test_a_ledger_of_a_newer_version_is_refused(database: str) -> None:
    url = server().url(database)
    with PostgresLedger(url):
        pass
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("UPDATE ledger SET version = 99")
    with pytest.raises(LedgerError) as refused:
        PostgresLedger(url)
    assert refused.value.reason == "ledger-newer"


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_a_pooler_is_refused_unless_each_connection_has_a_session_of_its_own(
    database: str, mode: str
) -> None:
    with pooler(mode) as folder:
        url = f"postgresql://postgres@:6432/{database}?host={folder}"
        if mode == "session":
            with PostgresLedger(url) as ledger:
                assert ledger.runs.all() == []
        else:
            with pytest.raises(LedgerError, match="a pooler gives each transaction another"):
                PostgresLedger(url)
