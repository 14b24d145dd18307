"""A ledger of the first format is upgraded at once, and every command works on with it.

`old_ledgers/format-1.sqlite3` was written by the program of that time: runs that finished, that had
a row refused, that were held back by `--limit`, that got no response, that were only checked, and
one whose process was killed while a request was in flight.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import Desk, start
from mortal import DIED, live_until
from scripted_campaign import ScriptedCampaign, Shown
from scripted_server import ScriptedServer

from bulk_update.ledger import Ledger
from bulk_update.ledger.folder import FILE_NAME
from bulk_update.ledger.schema import VERSION

FIRST_FORMAT = Path(__file__).parent / "old_ledgers" / "format-1.sqlite3"
COPY = f"{FILE_NAME}.format-1"

FINISHED = "20261130-223051-m3qd"
REFUSED = "20261130-223055-tbya"
LIMITED = "20261130-223058-ff5p"
IN_DOUBT = "20261130-223100-j5h6"
PLANNED = "20261130-223103-2kxm"
KILLED = "20261130-223106-qe4n"

RUNS = {
    KILLED: ("interrupted", "1 updated, 1 in_doubt, 1 not_sent"),
    PLANNED: ("planned", "2 planned"),
    IN_DOUBT: ("unfinished", "1 updated, 1 in_doubt"),
    LIMITED: ("unfinished", "1 updated, 2 not_sent"),
    REFUSED: ("finished", "1 rejected"),
    FINISHED: ("finished", "3 updated"),
}
"""The state and the outcomes of each run, the latest first."""


@pytest.fixture
def desk(tmp_path: Path, server: ScriptedServer) -> Desk:
    """Return a desk with the old ledger, whose runs were for the system of the server."""
    desk = Desk(tmp_path, server.url)
    place_ledger(desk.state, server.url)
    return desk


def place_ledger(folder: Path, base_url: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / FILE_NAME
    shutil.copyfile(FIRST_FORMAT, path)
    path.chmod(0o600)
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in ("run", "last_sent"):
            connection.execute(f"UPDATE {table} SET base_url = ?", (base_url,))  # noqa: S608 - ours


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def test_runs_and_show_say_of_every_run_how_it_ended(desk: Desk) -> None:
    listed = desk("runs").stdout.splitlines()[1:]
    assert [line.split()[0] for line in listed] == list(RUNS)
    for line, (state, outcomes) in zip(listed, RUNS.values(), strict=True):
        assert re.search(rf" {outcomes} +{state} ", line)
    assert f"{KILLED} (run, interrupted)" in desk("show", KILLED).stdout
    assert "HTTP 409" in desk("show", REFUSED, "--row", 2).stdout
    assert (version_of(desk.state / FILE_NAME), version_of(desk.state / COPY)) == (VERSION, 1)


@pytest.mark.parametrize(
    ("run_id", "sent"),
    [
        (FINISHED, 0),
        (REFUSED, 0),
        (LIMITED, 2),
        (IN_DOUBT, 1),
        (PLANNED, 2),
        (KILLED, 2),
    ],
)
def test_apply_sends_what_is_left_of_each_run(
    desk: Desk, server: ScriptedServer, run_id: str, sent: int
) -> None:
    ended = desk("apply", run_id, "--yes")
    assert ended.exit_code == (1 if run_id == REFUSED else 0)
    assert len(server.requests) == sent
    expected = ["rejected http-409"] if run_id == REFUSED else ["updated"] * len(desk.results())
    assert desk.outcomes() == expected


def test_retry_sends_the_rows_that_failed(desk: Desk, server: ScriptedServer) -> None:
    assert desk("retry", REFUSED, "--yes").exit_code == 0
    assert desk("retry", IN_DOUBT, "--yes").exit_code == 0
    assert len(server.requests) == 2


def test_what_was_sent_is_still_known(desk: Desk, server: ScriptedServer) -> None:
    file = desk.rows("1", "2", "3", "99")
    assert desk("run", file, "-m", desk.mapping(), "--yes", "--only-changed").exit_code == 0
    assert desk.outcomes() == ["unchanged same-as-last"] * 3 + ["updated"]
    assert server.identifiers == ["99"]


def test_an_undo_is_refused_because_nothing_is_known_from_before(
    desk: Desk, server: ScriptedServer
) -> None:
    ended = desk("undo", FINISHED, "--yes")
    assert ended.exit_code == 2
    assert "took no snapshot" in ended.stderr
    assert server.requests == []


def test_verify_reads_back_what_a_run_of_the_old_ledger_sent(
    desk: Desk, server: ScriptedServer
) -> None:
    records = {"1": Shown("3"), "2": Shown("7"), "3": Shown("3")}
    server.script = ScriptedCampaign(records).react
    assert desk("verify", FINISHED).exit_code == 1
    assert desk.outcomes() == ["updated"] * 3
    assert [row["verified"] for row in desk.results()] == ["yes", "differs", "yes"]


def test_the_copy_is_deleted_by_a_run_that_ends_thirty_days_later(desk: Desk) -> None:
    desk("runs")
    copy, later = desk.state / COPY, "99"
    recent = copy.stat().st_mtime - 29 * 86400
    os.utime(copy, (recent, recent))
    assert desk("run", desk.rows(later), "-m", desk.mapping(), "--yes").exit_code == 0
    assert copy.exists()
    os.utime(copy, (recent - 2 * 86400, recent - 2 * 86400))
    assert desk("run", desk.rows("100"), "-m", desk.mapping(), "--yes").exit_code == 0
    assert not copy.exists()


def test_a_kill_at_any_moment_of_the_upgrade_leaves_a_ledger_that_can_be_used(
    tmp_path: Path,
) -> None:
    died = 0
    for moment in range(1, 400, 2):
        folder = tmp_path / str(moment)
        place_ledger(folder, "https://acme.thulium.com")
        arguments = ["runs", "--state", str(folder)]
        code = live_until(moment, arguments, folder=folder, environment={})
        assert version_of(folder / FILE_NAME) in {1, VERSION}
        listed = start(*arguments).stdout.splitlines()[1:]
        assert [line.split()[0] for line in listed] == list(RUNS)
        assert version_of(folder / FILE_NAME) == VERSION
        assert version_of(folder / COPY) == 1
        assert sorted(path.name for path in folder.iterdir()) == [FILE_NAME, COPY]
        if code != DIED:
            break
        died += 1
    assert died >= 4
    with Ledger(folder) as ledger:
        assert len(ledger.runs.all()) == len(RUNS)
