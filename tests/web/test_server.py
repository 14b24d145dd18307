"""The page as a process: its link, its end, and the folder that it works in."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen

import httpx
import pytest
from command_line import Desk, ended, killed_at_the_end, python, start

from bulk_update.errors import LedgerError, UsageError
from bulk_update.settings import Settings
from bulk_update.web.server import IDLE_SECONDS, running_page

SOON_SECONDS = 15.0
"""Much longer than anything here takes, even on a loaded machine."""


@contextmanager
def started(state: Path, *options: str, stdin: int = DEVNULL) -> Iterator[tuple[Popen[str], str]]:
    """Start the page as a process; provide it with its first link."""
    words = ("-m", "bulk_update", "web", "--no-browser", "--state", state, *options)
    with killed_at_the_end(python(*words, stdin=stdin)) as process:
        yield process, next_link(process)


def next_link(process: Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+/open\?ticket=\S{43}", line):
            return found[0]
    raise AssertionError(ended(process).stderr)


# --- the link


def test_the_printed_link_opens_the_page_once(tmp_path: Path) -> None:
    with started(tmp_path) as (_, link), httpx.Client(follow_redirects=True) as client:
        assert "<h1" in client.get(link).text
        assert httpx.get(link).status_code == 403


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_enter_in_the_terminal_prints_a_new_link(tmp_path: Path) -> None:
    terminal, inner = os.openpty()
    with started(tmp_path, stdin=inner) as (process, link):
        httpx.get(link)
        os.write(terminal, b"\n")
        assert httpx.get(next_link(process)).status_code == 303
    os.close(terminal)
    os.close(inner)


def test_the_page_listens_on_one_address_only(tmp_path: Path) -> None:
    with running_page(Settings(state=tmp_path)) as running, socket.socket() as client:
        assert client.connect_ex(("127.0.0.2", running.port)) == errno.ECONNREFUSED


# --- the end


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_page_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path) as (process, link), httpx.Client() as client:
        client.get(link)  # and keep the connection open
        began = time.monotonic()
        process.send_signal(number)
        end = ended(process)
    assert time.monotonic() - began < SOON_SECONDS
    assert end.exit_code == 128 + number
    assert "Traceback" not in end.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without signals")
def test_ctrl_c_does_not_wait_for_an_upload(tmp_path: Path) -> None:
    with started(tmp_path) as (process, link), httpx.Client() as client:
        client.get(link)
        host = link.removeprefix("http://").partition("/")[0]
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        with socket.create_connection(("127.0.0.1", int(host.partition(":")[2]))) as connection:
            lines = (
                f"POST /upload HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
                f"Sec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\nContent-Length: 1000000\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
            )
            connection.sendall(lines.encode())
            wait_for(tmp_path / "drafts" / "incoming", files=1)
            process.send_signal(signal.SIGINT)
            end = ended(process, seconds=SOON_SECONDS)
    assert end.exit_code == 130
    assert "Traceback" not in end.stderr
    assert list((tmp_path / "drafts" / "incoming").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without signals")
def test_the_end_of_the_page_says_that_sending_goes_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with started(desk.state) as (process, _), desk.holding_the_lock():
        process.send_signal(signal.SIGINT)
        end = ended(process)
    assert "A run is still being sent" in end.stdout


def test_a_page_that_nobody_uses_ends(tmp_path: Path) -> None:
    now = [0.0]
    with running_page(Settings(state=tmp_path), monotonic=lambda: now[0]) as running:
        now[0] = IDLE_SECONDS - 60
        httpx.get(running.link())
        now[0] = IDLE_SECONDS + 60
        httpx.get(running.link())
        now[0] = 2 * IDLE_SECONDS + 61
        running.wait()


def test_a_page_stays_while_a_run_is_sent(tmp_path: Path) -> None:
    times = iter([0.0, IDLE_SECONDS + 1, 2 * IDLE_SECONDS + 2, 3 * IDLE_SECONDS + 3])
    desk, asked = Desk(tmp_path), []

    def monotonic() -> float:
        asked.append(next(times, 9 * IDLE_SECONDS))
        return asked[-1]

    with running_page(Settings(state=desk.state), monotonic=monotonic) as running:
        with desk.holding_the_lock():
            assert running.is_sending
        running.wait()
        assert not running.is_sending


# --- the port and the folder


def test_a_port_in_use_is_said_so(tmp_path: Path) -> None:
    with (
        running_page(Settings(state=tmp_path)) as running,
        pytest.raises(UsageError, match=f"port {running.port} cannot be used"),
        running_page(Settings(state=tmp_path), port=running.port),
    ):
        pass


def test_a_malformed_base_url_is_said_so_at_once(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="acme"),
        running_page(Settings(state=tmp_path, base_url="acme.thulium.com")),
    ):
        pass


def test_a_second_page_works_on_the_same_drafts(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    with running_page(settings) as one, running_page(settings) as other:
        host = f"http://127.0.0.1:{one.port}"
        with httpx.Client(follow_redirects=True) as client:
            client.get(one.link())
            own = {"Sec-Fetch-Site": "same-origin", "Origin": host}
            form = {"file": ("klienci.csv", b"ID;Miasto\n1;Lublin\n")}
            client.post(f"{host}/upload", files=form, headers=own)
        with httpx.Client(follow_redirects=True) as client:
            assert "klienci.csv" in client.get(other.link()).text


def test_a_state_folder_on_a_network_share_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(LedgerError, match="NFS"),
        running_page(Settings(state=tmp_path), share_of=lambda _: "NFS"),
    ):
        pass


def test_a_state_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    end = start("web", "--no-browser", "--state", str(tmp_path / "file" / "state"))
    assert end.exit_code == 5
    assert "Traceback" not in end.stderr


def wait_for(folder: Path, *, files: int) -> None:
    """Wait until a folder has so many files."""
    deadline = time.monotonic() + SOON_SECONDS
    while not folder.is_dir() or len(list(folder.iterdir())) < files:
        assert time.monotonic() < deadline
        time.sleep(0.01)
