"""Looking at a ledger's folder changes nothing in it, and finds what would stop a run."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from command_line import Desk

from bulk_update.errors import LedgerError
from bulk_update.ledger import Ledger, inspect_folder, inspect_ledger
from bulk_update.ledger.schema import VERSION

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
not_root = pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() == 0, reason="root can write everywhere"
)


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {each.name: (each.stat().st_mode, each.read_bytes()) for each in folder.iterdir()}


def test_a_new_ledger_has_the_current_version_and_no_runs(tmp_path: Path) -> None:
    with Ledger(tmp_path):
        pass
    before = contents(tmp_path)
    found = inspect_ledger(tmp_path)
    assert found is not None
    assert (found.version, found.current_version, found.runs) == (VERSION, VERSION, 0)
    assert found.size == (tmp_path / "ledger.sqlite3").stat().st_size
    assert contents(tmp_path) == before


def test_an_open_ledger_is_read_with_its_log(desk: Desk) -> None:
    with Ledger(desk.state) as ledger:
        desk("check", desk.rows("1"), "-m", desk.mapping())
        found = inspect_ledger(desk.state)
        assert len(ledger.runs.all()) == 1
    assert found is not None
    assert found.runs == 1


def test_a_folder_without_a_ledger_stays_empty(tmp_path: Path) -> None:
    assert inspect_ledger(tmp_path) is None
    assert inspect_folder(tmp_path).exists
    assert contents(tmp_path) == {}


def test_a_folder_that_can_be_created_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    found = inspect_folder(folder)
    assert (found.exists, found.place) == (False, tmp_path)
    assert contents(tmp_path) == {}


def test_an_older_ledger_keeps_its_version(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as connection:
        connection.execute("CREATE TABLE run (id)")
        connection.execute("PRAGMA user_version = 1")
    for _ in range(2):
        found = inspect_ledger(tmp_path)
        assert found is not None
        assert (found.version, found.current_version) == (1, VERSION)


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 1000")
    with pytest.raises(LedgerError, match="newer version"):
        inspect_ledger(tmp_path)


def test_a_damaged_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(b"no database " * 100)
    with pytest.raises(LedgerError, match="damaged or not a ledger"):
        inspect_ledger(tmp_path)


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="file is a file, not a folder"):
        inspect_folder(tmp_path / name)


def test_a_folder_in_place_of_the_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").mkdir()
    with pytest.raises(LedgerError, match="is a folder, not a file"):
        inspect_folder(tmp_path)


def test_a_network_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"network share \(NFS\)"):
        inspect_folder(tmp_path, share_of=lambda _: "NFS")


@posix
@not_root
@pytest.mark.parametrize("name", [".", "new"])
def test_a_read_only_folder_is_refused(tmp_path: Path, name: str) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LedgerError, match="cannot be"):
        inspect_folder(tmp_path / name)


@posix
@pytest.mark.parametrize(
    ("folder_mode", "ledger_mode", "expected"),
    [
        (0o700, 0o600, (False, False)),
        (0o700, 0o644, (False, False)),
        (0o750, 0o640, (False, False)),
        (0o755, 0o600, (False, False)),
        (0o755, 0o644, (False, True)),
        (0o770, 0o640, (True, False)),
        (0o702, 0o600, (True, False)),
    ],
)
def test_what_other_users_could_do_is_found(
    tmp_path: Path, folder_mode: int, ledger_mode: int, expected: tuple[bool, bool]
) -> None:
    (tmp_path / "ledger.sqlite3").touch(ledger_mode)
    (tmp_path / "ledger.sqlite3").chmod(ledger_mode)
    tmp_path.chmod(folder_mode)
    found = inspect_folder(tmp_path)
    assert (found.others_can_write, found.others_can_read_ledger) == expected
