"""Connecting to the database of a ledger on PostgreSQL.

Every commit has to be durable when it returns, so a server that does not promise this is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import NamedTuple
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from bulk_update.errors import LedgerError, UsageError
from bulk_update.ledger_postgres.postgres_errors import ledger_errors
from bulk_update.records import Issue, Param

Connection = psycopg.Connection[TupleRow]

SCHEMES = ("postgresql://", "postgres://")

OLDEST_SERVER = 13
"""The first major version on which this tool is used; it is also the oldest that is supported."""

_DEFAULTS = {"application_name": "bulk-update", "connect_timeout": "10", "client_encoding": "utf8"}

PasswordOf = Callable[[str], str | None]
"""A function that returns the password for a ledger's name, or None."""


class Address(NamedTuple):
    """Where a ledger is: its name, which messages show, and what libpq needs to connect."""

    name: str
    conninfo: str


def address_of(url: str) -> Address:
    """Return what a URL says about a ledger; raises UsageError if it is wrong.

    A URL is seen in the list of processes and in the history of a shell, so one with a password is
    refused. libpq takes the password from `PGPASSFILE` or `PGPASSWORD`.
    """
    try:
        parts = conninfo_to_dict(url) if url.startswith(SCHEMES) else {}
    except psycopg.ProgrammingError:
        parts = {}
    if not parts:
        raise UsageError(Issue("usage", variant="ledger-url"))
    if "password" in parts:
        raise UsageError(Issue("usage", variant="ledger-url-password"))
    return Address(
        _name_of(parts),
        make_conninfo(
            url, **{name: value for name, value in _DEFAULTS.items() if name not in parts}
        ),
    )


def _name_of(parts: dict[str, str | int | None]) -> str:
    """Return a ledger's URL without its options."""
    user = f"{quote(str(parts['user']))}@" if parts.get("user") else ""
    host = quote(str(parts.get("host") or ""), safe=",[]:")
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{user}{host}{port}/{quote(str(parts.get('dbname') or ''))}"


def connect(address: Address, *, password_of: PasswordOf = lambda _name: None) -> Connection:
    """Connect to a ledger's server, in autocommit mode.

    `password_of` is asked only if the server wants a password and libpq found none. Raises
    LedgerError if the server cannot be reached or does not keep what it commits.
    """
    with ledger_errors(address.name):
        connection, conninfo = _connect(address, password_of)
        try:
            _require_suitable(connection, address.name)
            _require_own_session(connection, conninfo, address.name)
        except BaseException:
            connection.close()
            raise
    return connection


def _connect(address: Address, password_of: PasswordOf) -> tuple[Connection, str]:
    """Return a connection, and what libpq needs for another."""
    try:
        return _opened(address.conninfo), address.conninfo
    except psycopg.OperationalError as error:
        wants_password = error.pgconn is not None and error.pgconn.needs_password
        password = password_of(address.name) if wants_password else None
        if password is None:
            raise
        conninfo = make_conninfo(address.conninfo, password=password)
        return _opened(conninfo), conninfo


def _opened(conninfo: str) -> Connection:
    return psycopg.connect(conninfo, autocommit=True)


def _require_own_session(connection: Connection, conninfo: str, name: str) -> None:
    """Refuse a pooler that gives each transaction another session; raises LedgerError.

    Temporary tables and open cursors are kept between the transactions of a session. A pooler
    reports a process of its own instead of the server's. It is tried with a second connection,
    which such a pooler gives the session of the first.
    """
    session = _session_of(connection)
    if session == connection.info.backend_pid:
        return
    with closing(_opened(conninfo)) as other, other.transaction():
        is_shared = _session_of(other) == session or _session_of(connection) != session
    if is_shared:
        raise LedgerError(Issue("ledger", {"path": name}, "transaction-pooler"))


def _session_of(connection: Connection) -> int:
    found = connection.execute("SELECT pg_backend_pid()").fetchone()
    return int(found[0]) if found else 0


def _require_suitable(connection: Connection, name: str) -> None:
    found = connection.execute(
        "SELECT current_setting('synchronous_commit'), current_setting('server_encoding')"
    ).fetchone()
    synchronous_commit, encoding = found or ("", "")
    issue = obstacle(
        name,
        major=connection.info.server_version // 10_000,
        synchronous_commit=synchronous_commit,
        encoding=encoding,
    )
    if issue is not None:
        raise LedgerError(issue)


def obstacle(name: str, *, major: int, synchronous_commit: str, encoding: str) -> Issue | None:
    """Return why a server cannot keep a ledger, or None; `major` is its major version."""
    params: dict[str, Param] = {"path": name}
    if major < OLDEST_SERVER:
        return Issue("ledger", {**params, "found": major, "oldest": OLDEST_SERVER}, "old-postgres")
    if synchronous_commit == "off":
        return Issue("ledger", params, "asynchronous-commit")
    if encoding != "UTF8":
        return Issue("ledger", {**params, "encoding": encoding}, "not-utf8")
    return None
