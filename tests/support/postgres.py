"""A PostgreSQL server of the tests' own, with a fresh database for each test.

It is started by the first test that needs it and stopped when the process ends. It listens on a
Unix socket alone, and it runs without `fsync`, so that it is fast: no test cuts the power.
"""

from __future__ import annotations

import atexit
import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import psycopg
import pytest

from bulk_update.ledger_postgres import PostgresLedger

MUST_HAVE_POSTGRES = "MUST_HAVE_POSTGRES"
"""The environment variable with which a missing PostgreSQL fails the tests that need it."""

_INSTALLED = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}
_TEMPLATE = "prepared"

_UNTIL_STDIN_ENDS = """
"$0" "$@" &
read -r _
kill -QUIT $!
wait
rm -rf "$PWD"
"""
"""Runs a server in its folder until the process that started it closes the pipe, or dies."""
_PATIENCE_SECONDS = 30.0


@dataclass
class Server:
    """A running server. Everything is in `folder`, whose path is short enough for a socket."""

    folder: Path
    process: subprocess.Popen[bytes]
    databases: dict[Path, str] = field(default_factory=dict)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def database_of(self, folder: Path) -> str:
        """Return the database that belongs to a folder; those of deleted folders are dropped."""
        if folder not in self.databases:
            for gone in [each for each in self.databases if not each.exists()]:
                self.execute(f"DROP DATABASE {self.databases.pop(gone)} WITH (FORCE)")
            folder.mkdir(parents=True, exist_ok=True)
            name = f"test_{time.monotonic_ns()}"
            self.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
            self.databases[folder] = name
        return self.databases[folder]

    def stop(self) -> None:
        self.process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def pooler(mode: str) -> Iterator[Path]:
    """Yield the folder of the socket of a PgBouncer in front of the server."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        _lack("no PgBouncer is installed")
    running = server()
    folder = running.folder / f"pooler-{time.monotonic_ns()}"
    folder.mkdir()
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={running.folder} user=postgres\n[pgbouncer]\nlisten_addr =\n"
        f"unix_socket_dir = {folder}\npool_mode = {mode}\nauth_type = any\nlogfile =\n"
        "pidfile =\nignore_startup_parameters = extra_float_digits\n",
        encoding="utf-8",
    )
    as_user = _as_unprivileged(folder)
    process = subprocess.Popen(  # type: ignore[call-overload] # noqa: S603 - the installed program
        [program, "-q", settings], cwd=folder, start_new_session=True, **as_user
    )
    try:
        _wait_until(lambda: any(folder.glob(".s.PGSQL.*")), process, folder / "log")
        yield folder
    finally:
        process.kill()
        process.wait()


def open_ledger(folder: Path) -> PostgresLedger:
    """Open the ledger on PostgreSQL that belongs to a folder."""
    return PostgresLedger(ledger_url(folder))


def ledger_url(folder: Path) -> str:
    """Return the URL of the ledger that belongs to a folder; its tables have been created."""
    return (running := server()).url(running.database_of(folder))


@cache
def server() -> Server:
    """Return the server; without PostgreSQL, the test is skipped, or fails if it must not be."""
    programs = _programs()
    if programs is None:
        _lack(f"no PostgreSQL server is installed (looked in {', '.join(_INSTALLED)})")
    started = _start(programs)
    atexit.register(started.stop)
    return started


def _lack(reason: str) -> NoReturn:
    if os.environ.get(MUST_HAVE_POSTGRES):
        pytest.fail(reason)
    pytest.skip(reason)


def _programs() -> Path | None:
    """Return the folder of the programs, from the newest version."""
    found = [path for pattern in _INSTALLED for path in Path("/").glob(pattern[1:])]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    return max((path for path in found if (path / "initdb").exists()), default=None, key=_major)


def _major(programs: Path) -> int:
    answer = subprocess.run(  # noqa: S603 - the installed program
        [programs / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return int(answer.split()[2].split(".")[0])


def _start(programs: Path) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    as_user = _as_unprivileged(folder)
    data = folder / "data"
    environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    subprocess.run(  # type: ignore[call-overload] # noqa: S603 - the installed program
        [
            *(programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        env=environment,
        **as_user,
    )
    settings = {**_SETTINGS, "unix_socket_directories": str(folder)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # type: ignore[call-overload] # noqa: S603 - as above
            ["/bin/sh", "-c", _UNTIL_STDIN_ENDS, programs / "postgres", "-D", data, *options],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=environment,
            start_new_session=True,
            **as_user,
        )
    started = Server(folder, process)
    _wait_until(lambda: _answers(started), process, folder / "log")
    started.execute(f"CREATE DATABASE {_TEMPLATE}")
    with PostgresLedger(started.url(_TEMPLATE)):
        pass
    return started


def _as_unprivileged(folder: Path) -> dict[str, object]:
    """Return how to start a program that refuses to run as root; it owns the folder."""
    if os.geteuid() != 0:
        return {}
    account = _unprivileged()
    for path in (folder, *folder.iterdir()):
        os.chown(path, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.fail(f"{getpass.getuser()} may not run PostgreSQL, and no other user is available")


def _answers(started: Server) -> bool:
    try:
        started.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _wait_until(is_ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(log.read_text(encoding="utf-8") if log.exists() else str(process.args))
        time.sleep(0.05)
