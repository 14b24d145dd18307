"""The demo where something is in its way: another demo, a full place, an impatient person."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from subprocess import Popen

import httpx
import pytest
from command_line import ended, killed_at_the_end, python, start

FOLDER = Path("bulk-update-demo")
SENDING = "Now send it."


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def sending() -> Iterator[Popen[str]]:
    """Start a demo, and let it come to its sending."""
    with killed_at_the_end(python("-u", "-m", "bulk_update", "demo", "--no-progress")) as process:
        assert process.stdout is not None
        assert any(line.startswith(SENDING) for line in process.stdout)
        yield process


def test_a_second_demo_reports_the_running_one_and_does_not_disturb_it(sending: Popen[str]) -> None:
    second = start("demo", "--no-progress")
    assert (second.exit_code, second.stdout) == (5, "")
    assert f"process {sending.pid} on " in second.stderr
    assert "--wait" not in second.stderr
    first = ended(sending)
    assert (first.exit_code, first.stderr) == (0, "")
    assert "289  updated" in first.stdout


def test_a_demo_keeps_the_runs_of_earlier_ones() -> None:
    shown = [
        re.findall(r"bulk-update (show \S+ --row \d+ --state \S+)", start("demo").stdout)
        for _ in range(2)
    ]
    assert shown[0] != shown[1]
    for (command,) in shown:
        looked_at = start(*command.split())
        assert looked_at.exit_code == 0
        assert "is not a valid date" in looked_at.stdout


@pytest.mark.parametrize("name", ["", "state", "check", "run"])
def test_a_file_in_place_of_a_folder_of_the_demo_is_reported(name: str) -> None:
    path = FOLDER / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    assert_error_names(path)
    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["crm-utf8.yaml", "crm-export-utf8.csv"])
def test_a_folder_in_place_of_a_file_of_the_demo_is_reported(name: str) -> None:
    (FOLDER / name).mkdir(parents=True)
    assert_error_names(FOLDER / name)


def test_a_lock_that_cannot_be_taken_is_reported() -> None:
    (FOLDER / "sending.lock").mkdir(parents=True)
    assert start("demo").exit_code == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a folder in which a process is")
def test_a_demo_in_a_deleted_folder_is_reported(tmp_path: Path) -> None:
    tmp_path.rmdir()
    assert_error_names(FOLDER)


def assert_error_names(path: Path) -> None:
    refused = start("demo")
    assert (refused.exit_code, refused.stdout) == (2, "")
    finding, hint = refused.stderr.splitlines()
    assert finding.startswith(f"bulk-update: {path} cannot be written: ")
    assert hint.startswith("Start the demo in a folder that you can write to")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGINT for one process alone")
def test_a_stopped_demo_calls_no_row_wrong_on_purpose_that_its_stopping_left_in_doubt(
    sending: Popen[str],
) -> None:
    wait_for_a_lost_response()
    sending.send_signal(signal.SIGINT)
    stopped = ended(sending)
    assert stopped.exit_code == 130
    reported, _, listed = stopped.stdout.partition("These rows are wrong on purpose:")
    assert re.search(r"^ +\d+  in_doubt", reported, re.MULTILINE)
    outcomes = re.findall(r"^  row +\d+  (\w+)", listed, re.MULTILINE)
    assert {"invalid", "duplicate"} <= set(outcomes) <= {"invalid", "duplicate", "rejected"}
    assert "  bulk-update demo " in listed


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGINT for one process alone")
def test_the_page_of_the_demo_shows_its_run_and_offers_its_spreadsheet() -> None:
    words = ("-u", "-m", "bulk_update", "demo", "--web", "--no-browser", "--no-progress")
    with (
        killed_at_the_end(python(*words)) as process,
        httpx.Client(follow_redirects=True) as client,
    ):
        assert process.stdout is not None
        printed = ""
        while not (link := re.search(r"http://\S+/open\?ticket=\S+", printed)):
            line = process.stdout.readline()
            assert line, printed
            printed += line
        opened = client.get(link[0])
        history = client.get(opened.url.join("/history"))
        (draft,) = re.findall(r"/draft/[\w-]+/columns", opened.text)
        columns = client.get(opened.url.join(draft))
        process.send_signal(signal.SIGINT)
        stopped = ended(process)
    assert (stopped.exit_code, stopped.stderr) == (0, "")
    assert "crm-export-utf8.csv" in opened.text
    assert all("SANDBOX" in shown.text for shown in (opened, history, columns))
    (run_id,) = re.findall(r"bulk-update show (\S+)", printed)
    assert run_id in history.text
    assert columns.status_code == 200
    assert "Termin" in columns.text


def wait_for_a_lost_response(*, seconds: float = 20.0) -> None:
    """Wait until a row of the demo is to be sent again because its response was lost."""
    deadline = time.monotonic() + seconds
    lost = (
        "SELECT count(*) FROM attempt LEFT JOIN outcome USING (row_id) "
        "WHERE attempt.code = 'disconnected' AND outcome.row_id IS NULL"
    )
    with closing(sqlite3.connect(FOLDER / "state" / "ledger.sqlite3")) as ledger:
        while not ledger.execute(lost).fetchone()[0]:
            assert time.monotonic() < deadline
            time.sleep(0.005)
