"""Runs of files from S3 and SFTP servers, from the command line to the archive."""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest
from command_line import Desk, ended, start
from remote_places import Place, S3Place, SftpPlace
from scripted_server import ScriptedServer
from sftp_server import Home

from bulk_update.exits import ExitCode

ROWS = b"ID;Status;Miasto\n1;3;Gdynia\n2;3;Sopot\n"
QUICKLY_SECONDS = 20.0


def aged(place: Place, name: str) -> None:
    """Make a file old enough that nobody needs to watch it; S3 never watches."""
    if isinstance(place, SftpPlace):
        yesterday = time.time() - 86_400
        os.utime(place.root / name, (yesterday, yesterday))


def shown(place: Place) -> str:
    scheme, _, rest = place.url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def test_the_newest_file_is_sent_once_and_archived(
    place: Place, desk: Desk, server: ScriptedServer
) -> None:
    place.put("crm 30.csv", ROWS)
    place.make_folder("done")
    aged(place, "crm 30.csv")
    url, name = f"{place.url}/*.csv", f"{shown(place)}/crm 30.csv"
    mapping = desk.mapping()

    checked = desk("check", url, "--newest", "-m", mapping, "--json")
    assert (checked.exit_code, checked.summary["input"]["path"]) == (0, name)
    assert server.identifiers == []

    archive = f"{place.url}/done"
    ran = desk("run", url, "--newest", "-m", mapping, "--yes", "--archive", archive)
    assert ran.exit_code == 0, ran.stderr
    assert server.identifiers == ["1", "2"]
    assert f"moved {name} to {shown(place)}/done/crm 30.csv" in ran.stderr
    assert place.content("done/crm 30.csv") == ROWS
    assert place.content("crm 30.csv") is None
    assert list((desk.state / "inputs").iterdir()) == []

    place.put("crm 31.csv", ROWS)
    aged(place, "crm 31.csv")
    again = desk("run", url, "--newest", "-m", mapping, "--yes")
    assert again.exit_code == 2
    assert "has already finished" in again.stderr
    assert server.identifiers == ["1", "2"]


def test_apply_archives_the_file_of_a_run_that_was_stopped(
    place: Place, desk: Desk, server: ScriptedServer
) -> None:
    place.put("crm.csv", ROWS)
    place.make_folder("done")
    aged(place, "crm.csv")
    archive = f"{place.url}/done"
    desk("run", f"{place.url}/crm.csv", "-m", desk.mapping(), "--yes", "--limit", 1)
    applied = desk("apply", desk.run_id(), "--yes", "--archive", archive)
    assert applied.exit_code == 0, applied.stderr
    assert server.identifiers == ["1", "2"]
    assert place.content("done/crm.csv") == ROWS


def test_a_mapping_is_proposed_for_a_remote_file(s3: S3Place, desk: Desk) -> None:
    s3.put("crm.csv", ROWS)
    proposed = start("mapping", "init", f"{s3.url}/crm.csv", "--state", str(desk.state))
    assert f"from {s3.url}/crm.csv (2 data rows, 3 columns)" in proposed.stdout


@pytest.mark.parametrize("url", ["sftp://bu:geheim@host/crm.csv", "s3://key:geheim@bucket/crm.csv"])
def test_a_password_in_a_url_is_shown_nowhere(url: str, desk: Desk) -> None:
    refused = desk("check", url, "-m", desk.mapping(), "--json")
    assert refused.exit_code == 2
    assert "contains a password" in refused.stderr
    assert "geheim" not in refused.stderr + refused.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
@pytest.mark.parametrize("scheme", ["s3", "sftp"])
def test_a_signal_interrupts_the_wait_for_a_silent_server(
    scheme: str,
    desk: Desk,
    aws: pytest.MonkeyPatch,
    ssh_home: Home,
) -> None:
    assert ssh_home
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(QUICKLY_SECONDS)
        port = silent.getsockname()[1]
        aws.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        url = "s3://exports/crm.csv" if scheme == "s3" else f"sftp://127.0.0.1:{port}/crm.csv"
        with desk.process("check", url, "-m", desk.mapping()) as process:
            connection, _ = silent.accept()
            with connection:
                assert connection.recv(1)
                process.send_signal(signal.SIGTERM)
                assert ended(process, seconds=QUICKLY_SECONDS).exit_code == ExitCode.SIGTERM
