from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from store_runs import OK, Row, ends, journal_of, send, staged

from bulk_update.errors import LedgerError, LockedError
from bulk_update.ledger import Holder, Ledger, Run, sending_lock
from bulk_update.ledger.folder import FILE_NAME
from bulk_update.ledger.sqlite_errors import ledger_error

posix_only = pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
not_as_root = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root can write everywhere"
)

ME = Holder(os.getpid(), "here", "ana", "2026-01-02T03:04:05.000Z")
HOLD = """
import os, sys
from pathlib import Path
from bulk_update.ledger import Holder, sending_lock

holder = Holder(os.getpid(), "there", "ewa", "2026-01-01T00:00:00.000Z")
with sending_lock(Path(sys.argv[1]), holder):
    print("held", flush=True)
    sys.stdin.read()
"""


@posix_only
@pytest.mark.parametrize(
    ("group_readable", "folder_mode", "file_mode"), [(False, 0o700, 0o600), (True, 0o750, 0o640)]
)
def test_only_the_owner_or_the_group_can_read_the_ledger_and_its_folder(
    tmp_path: Path,
    group_readable: bool,  # noqa: FBT001 - a table
    folder_mode: int,
    file_mode: int,
) -> None:
    folder = tmp_path / "state"
    with (
        Ledger(folder, group_readable=group_readable) as ledger,
        sending_lock(folder, ME),
    ):
        assert ledger.runs.all() == []
        assert folder.stat().st_mode & 0o777 == folder_mode
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert {mode for name, mode in modes.items() if name.startswith(FILE_NAME)} == {file_mode}
    assert {mode for name, mode in modes.items() if name.startswith("sending")} == {0o600}


@posix_only
def test_a_ledger_stays_readable_by_the_group_when_it_is_opened_without_the_option(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state" / FILE_NAME
    for group_readable, file_mode in [(False, 0o600), (True, 0o640), (False, 0o640)]:
        with Ledger(path.parent, group_readable=group_readable):
            modes = {file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
            assert modes == {file_mode}
    assert path.parent.stat().st_mode & 0o777 == 0o750
    path.chmod(0o666)
    with Ledger(path.parent):
        assert path.stat().st_mode & 0o777 == 0o640, (
            "only the group can read it, and only the owner can write it"
        )


@contextmanager
def group_member(folder: Path) -> Iterator[None]:
    """Become a user who can read a ledger and its folder, but not write them."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        modes = {path: path.stat().st_mode & 0o777 for path in (*folder.iterdir(), folder)}
        for path, mode in modes.items():
            path.chmod(mode & 0o550)
        try:
            yield
        finally:
            for path, mode in reversed(modes.items()):
                path.chmod(mode)


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that other users can reach, unlike pytest's temporary folders."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "state"


@posix_only
@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_a_member_of_the_group_reads_a_ledger_without_writing(
    shared_folder: Path,
    is_open: bool,  # noqa: FBT001 - a table
) -> None:
    with Ledger(shared_folder, group_readable=True) as ledger:
        run = staged(ledger, Row(2))
        if is_open:
            assert_readable(shared_folder, run)
    if not is_open:
        assert_readable(shared_folder, run)


def assert_readable(folder: Path, run: Run) -> None:
    before = sorted(path.name for path in folder.iterdir())
    with group_member(folder), Ledger(folder, to_look_at=True) as ledger:
        assert [found.run_id for found in ledger.runs.all()] == [run.run_id]
        assert ends(ledger, run) == {2: "planned"}
        with pytest.raises(LedgerError, match="it cannot be written"):
            ledger.runs.record_exit_code(run.id, 1)
    assert sorted(path.name for path in folder.iterdir()) == before


@posix_only
def test_the_error_for_an_old_read_only_ledger_says_who_can_upgrade_it(
    shared_folder: Path,
) -> None:
    with Ledger(shared_folder, group_readable=True):
        pass
    with closing(sqlite3.connect(shared_folder / FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 1")
    with (
        group_member(shared_folder),
        pytest.raises(LedgerError, match="older format 1") as failure,
    ):
        Ledger(shared_folder, to_look_at=True)
    assert "owner" in failure.value.hint


@posix_only
@not_as_root
def test_the_error_for_a_folder_that_cannot_be_written_has_a_hint(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LedgerError, match="--state"):
        Ledger(tmp_path / "state")
    tmp_path.chmod(0o700)


def test_the_error_for_a_file_in_place_of_the_folder_has_a_hint(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("x", encoding="utf-8")
    with pytest.raises(LedgerError, match="state is a file, not a folder") as failure:
        Ledger(tmp_path / "state")
    assert "--state" in failure.value.hint


def test_a_newer_ledger_is_refused_and_not_changed(tmp_path: Path) -> None:
    with Ledger(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match="format 99") as failure:
        Ledger(tmp_path)
    assert (failure.value.exit_code, failure.value.reason) == (5, "ledger-newer")


@pytest.mark.parametrize(
    "content", [b"no ledger at all " * 100, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_damaged_ledger_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(LedgerError, match="it is damaged or not a ledger") as failure:
        Ledger(tmp_path)
    assert failure.value.exit_code == 5
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_a_ledger_opened_twice_at_once_is_created_once(tmp_path: Path) -> None:
    with Ledger(tmp_path) as one, Ledger(tmp_path) as other:
        assert one.runs.all() == other.runs.all() == []


OPEN_AT = """
import sys, time
from pathlib import Path
from bulk_update.ledger import Ledger

time.sleep(max(0, float(sys.argv[2]) - time.time()))
with Ledger(Path(sys.argv[1])) as ledger:
    print(len(ledger.runs.all()))
"""


def test_a_new_ledger_opened_by_many_processes_at_once_is_created_once(tmp_path: Path) -> None:
    at = time.time() + 2
    openers = [
        subprocess.Popen(  # noqa: S603 - this Python
            [sys.executable, "-c", OPEN_AT, str(tmp_path / "state"), str(at)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    assert [opener.communicate() for opener in openers] == [("0\n", "")] * 8


@contextmanager
def another_program_writing(path: Path, *, seconds: float) -> Iterator[None]:
    """Keep a write transaction of another program open for some seconds."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(seconds, lambda: writer.execute("COMMIT"))
        timer.start()
        try:
            yield
        finally:
            timer.join()


def test_opening_waits_for_another_process_that_is_creating_the_ledger(tmp_path: Path) -> None:
    """SQLite itself gives up immediately here, whatever its timeout."""
    with another_program_writing(tmp_path / FILE_NAME, seconds=0.5), Ledger(tmp_path) as ledger:
        assert ledger.runs.all() == []


def test_a_write_waits_for_another_programs_lock(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))
    ledger.patience_seconds = 20.0
    with another_program_writing(ledger.path, seconds=2.5):
        send(ledger, run, OK)
    assert ends(ledger, run) == {2: "updated"}


def test_a_write_fails_if_another_lock_outlasts_its_patience(ledger: Ledger) -> None:
    run = staged(ledger, Row(2))
    ledger.patience_seconds = 0.5
    with another_program_writing(ledger.path, seconds=6):
        with pytest.raises(LedgerError, match="another program is using it"):
            ledger.runs.record_exit_code(run.id, 1)
        with pytest.raises(LedgerError, match="another program is using it"):
            asyncio.run(depart(ledger, run))


async def depart(ledger: Ledger, run: Run) -> None:
    async with journal_of(ledger) as journal:
        (update,) = ledger.sending.to_send(run.id)
        await journal.record_intent(update.row_id)


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("SQLITE_FULL", "the disk is full"),
        ("SQLITE_IOERR_SHMSIZE", "the disk is full"),
        ("SQLITE_IOERR_FSYNC", "the disk reports an error"),
        ("SQLITE_READONLY", "it cannot be written"),
        ("SQLITE_CANTOPEN", "it cannot be written"),
        ("SQLITE_CORRUPT_INDEX", "it is damaged or not a ledger"),
        ("SQLITE_BUSY", "another program is using it"),
        ("SQLITE_ERROR", "SQLite error: something"),
        ("", "SQLite error: something"),
    ],
)
def test_errors_of_sqlite_are_explained(name: str, finding: str) -> None:
    error = sqlite3.OperationalError("something")
    error.sqlite_errorname = name
    said = ledger_error(error, Path("ledger"))
    assert finding in said.message
    assert said.hint


@pytest.mark.parametrize(
    "name", ["SQLITE_PROTOCOL", "SQLITE_IOERR_LOCK", "SQLITE_IOERR_SHMMAP", "SQLITE_IOERR_SHMLOCK"]
)
def test_the_error_for_locks_that_do_not_work_names_network_shares(name: str) -> None:
    error = sqlite3.OperationalError("locking protocol")
    error.sqlite_errorname = name
    said = ledger_error(error, Path("ledger"))
    assert "because it is on a network share" in said.message
    assert said.hint == "Choose a folder on a local disk with --state."


def test_the_error_for_a_folder_that_cannot_be_created_names_the_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="file is a file, not a folder"):
        Ledger(tmp_path / "file" / "a" / "state")


@not_as_root
def test_the_error_for_a_folder_in_a_foreign_folder_names_that_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LedgerError, match="it does not exist and cannot be created in") as failure:
        Ledger(tmp_path / "a" / "state")
    assert f"{tmp_path} (Permission denied)" in failure.value.message


def test_a_missing_parent_is_created(tmp_path: Path) -> None:
    with Ledger(tmp_path / "a" / "state") as ledger:
        assert ledger.runs.all() == []


def test_a_folder_in_place_of_the_ledger_is_an_error(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(LedgerError, match="is a folder, not a file"):
        Ledger(tmp_path)


# --- the lock


def hold(folder: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock until its input is closed."""
    process = subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_sender_is_rejected_with_the_name_of_the_first(tmp_path: Path) -> None:
    with hold(tmp_path) as process:
        with pytest.raises(LockedError) as refusal, sending_lock(tmp_path, ME):
            pass
        process.communicate()
    assert f"process {process.pid} on there, user ewa, since 2026" in refusal.value.message
    assert refusal.value.exit_code == 5


@posix_only
def test_the_lock_is_released_when_its_holder_is_killed(tmp_path: Path) -> None:
    with hold(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with sending_lock(tmp_path, ME):
        pass


def test_a_waiting_process_gets_the_lock_when_it_is_free(tmp_path: Path) -> None:
    with hold(tmp_path) as process:
        assert process.stdin is not None
        process.stdin.close()
        with sending_lock(tmp_path, ME, wait_seconds=20.0):
            pass


def test_a_holder_that_cannot_be_read_is_an_unknown_process(tmp_path: Path) -> None:
    with sending_lock(tmp_path, ME):
        (tmp_path / "sending.json").write_text("{", encoding="utf-8")
        with pytest.raises(LockedError, match="an unknown process"), sending_lock(tmp_path, ME):
            pass


def test_a_deleted_folder_is_not_a_lock(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(LedgerError), sending_lock(tmp_path / "file" / "state", ME):
        pass


def test_the_lock_is_released_if_its_holder_cannot_be_recorded(tmp_path: Path) -> None:
    (tmp_path / "sending.json").mkdir()
    with pytest.raises(LedgerError, match="cannot be written"), sending_lock(tmp_path, ME):
        pass
    (tmp_path / "sending.json").rmdir()
    with sending_lock(tmp_path, ME):
        pass
