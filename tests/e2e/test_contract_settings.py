"""The contract, pinned: connection, precedence of settings, and consent."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import sqlite3
import sys
import time
from contextlib import closing
from typing import Any
from unittest import mock

import pytest
from command_line import Desk, Ended, start
from scripted_server import Reaction, ScriptedServer

POSIX = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")


def run(
    desk: Desk, *more: object, environment: dict[str, str] | None = None, **mapping: Any
) -> Ended:
    """Run a good row with nothing said about the connection but what is given."""
    arguments = ["run", desk.rows("1"), "-m", desk.mapping(**mapping), "--yes", *more]
    places = ["--state", desk.state, "--out", desk.out]
    return start(*map(str, [*arguments, *places]), environment=environment)


def environment(desk: Desk, **more: str) -> dict[str, str]:
    return {**desk.environment, **more}


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("BULK_UPDATE_BASE_URL", "--base-url"),
        ("BULK_UPDATE_USERNAME", "--username"),
        ("BULK_UPDATE_PASSWORD", "BULK_UPDATE_PASSWORD"),
    ],
)
def test_a_missing_connection_setting_is_named(desk: Desk, missing: str, expected: str) -> None:
    given = environment(desk)
    del given[missing]
    ended = run(desk, environment=given)
    assert ended.exit_code == 2
    assert expected in ended.stderr


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://robot:secret@acme.thulium.com", "contains a user name or a password"),
        ("http://acme.thulium.com", "not encrypted"),
        ("acme.thulium.com", "https://"),
        ("ftp://acme.thulium.com", "https://"),
        ("https://acme.thulium.com/?a=b", "base URL"),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_base_url_that_will_not_do_is_refused(
    desk: Desk, base_url: str, expected: str, command: str
) -> None:
    more = ["--yes"] if command == "run" else []
    file, mapping = desk.rows("1"), desk.mapping()
    ended = desk(command, file, "-m", mapping, "--base-url", base_url, *more)
    assert ended.exit_code == 2
    assert expected in ended.stderr
    assert "secret" not in ended.stderr


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_mapping_for_another_host_is_refused(desk: Desk, command: str) -> None:
    more = ["--yes"] if command == "run" else []
    mapping = desk.mapping(host="acme.thulium.com")
    ended = desk(command, desk.rows("1"), "-m", mapping, *more)
    assert ended.exit_code == 2
    assert "acme.thulium.com" in ended.stderr
    assert "127.0.0.1" in ended.stderr


def test_a_mapping_for_this_host_is_taken(desk: Desk) -> None:
    assert run(desk, environment=environment(desk), host="127.0.0.1").exit_code == 0


def test_the_command_line_overrides_the_environment(desk: Desk, server: ScriptedServer) -> None:
    given = environment(
        desk, BULK_UPDATE_BASE_URL="https://elsewhere.invalid", BULK_UPDATE_USERNAME="nobody"
    )
    more = ["--base-url", server.url, "--username", "Łukasz"]
    assert run(desk, *more, environment=given).exit_code == 0
    (request,) = server.requests
    credentials = base64.b64encode("Łukasz:correct horse".encode()).decode()
    assert f": Basic {credentials}\r\n" in request.head


def test_the_environment_overrides_the_mapping_which_overrides_the_default(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = lambda _each, _count: Reaction(None, then="close")
    wishes = {"retries": 2, "patience": 9}
    given = environment(desk, BULK_UPDATE_RETRIES="0")
    assert run(desk, environment=given, delivery=wishes).exit_code == 4
    assert len(server.requests) == 1
    server.forget()
    more = ["--retries", "1", "--again"]
    assert run(desk, *more, environment=given, delivery=wishes).exit_code == 4
    assert len(server.requests) == 2


def test_a_setting_of_the_mapping_applies_if_nothing_overrides_it(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = lambda _each, _count: Reaction(None, then="close")
    assert run(desk, environment=environment(desk), delivery={"retries": 0}).exit_code == 4
    assert len(server.requests) == 1


def test_a_timeout_of_the_command_line_is_kept(desk: Desk, server: ScriptedServer) -> None:
    server.script = lambda _each, _count: Reaction(None)
    more = ["--timeout", "0.2", "--retries", "0"]
    assert run(desk, *more, environment=environment(desk)).exit_code == 4
    assert desk.outcomes() == ["in_doubt timeout"]


def test_a_wrong_variable_is_named(desk: Desk) -> None:
    ended = run(desk, environment=environment(desk, BULK_UPDATE_RATE="fast"))
    assert ended.exit_code == 2
    assert "BULK_UPDATE_RATE" in ended.stderr
    assert "fast" in ended.stderr


@POSIX
def test_a_password_file_is_read_unless_others_can_read_it(
    desk: Desk, server: ScriptedServer
) -> None:
    given = environment(desk)
    del given["BULK_UPDATE_PASSWORD"]
    secret = desk.folder / "secret"
    secret.write_text("pässword\n", encoding="utf-8")
    secret.chmod(0o644)
    ended = run(desk, "--password-file", secret, environment=given)
    assert ended.exit_code == 2
    assert "chmod 600" in ended.stderr
    secret.chmod(0o600)
    assert run(desk, "--password-file", secret, environment=given).exit_code == 0
    credentials = base64.b64encode("robot:pässword".encode()).decode()
    assert credentials in server.requests[0].head


def test_a_proxy_that_is_none_is_refused(desk: Desk) -> None:
    ended = run(desk, "--proxy", "socks5://127.0.0.1:9", environment=environment(desk))
    assert ended.exit_code == 2


def test_no_command_takes_a_password(desk: Desk) -> None:
    ended = run(desk, "--password", "x", environment=environment(desk))
    assert ended.exit_code == 2
    assert "--password-file" in ended.stderr


def test_the_password_is_in_no_file_and_no_output(desk: Desk) -> None:
    ended = run(desk, "--verbose", "--json", environment=environment(desk))
    written = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert {"results.csv", "summary.json", "ledger.sqlite3"} <= {path.name for path in written}
    texts = [ended.stdout.encode(), ended.stderr.encode(), *(path.read_bytes() for path in written)]
    assert ended.exit_code == 0
    for text in texts:
        assert b"correct horse" not in text
        assert base64.b64encode(b"robot:correct horse") not in text


class Typed(io.StringIO):
    """A terminal at which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "exit_code", "sent"),
    [("y\n", 0, ["1"]), ("n\n", 2, []), ("\n", 2, []), ("", 2, [])],
)
def test_the_plan_is_shown_and_asked_about(
    desk: Desk, server: ScriptedServer, typed: str, exit_code: int, sent: list[str]
) -> None:
    arguments = desk.arguments("run", desk.rows("1"), "-m", desk.mapping(), "--limit", 1)
    ended = at_a_terminal(arguments, Typed(typed), desk)
    assert ended.exit_code == exit_code
    assert server.identifiers == sent
    for expected in ("127.0.0.1", "robot", "00001", "status_id", "record_fields.miasto", "Send 1 "):
        assert expected in ended.stderr


class Interrupted(Typed):
    """A terminal where a user presses Ctrl-C, or that is closed."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__()
        self._number = number

    def readline(self, _size: int | None = -1, /) -> str:  # type: ignore[override]  # as StringIO's
        os.kill(os.getpid(), self._number)
        return ""


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_signal_instead_of_an_answer_sends_nothing_and_every_row_is_listed(
    desk: Desk, server: ScriptedServer, number: signal.Signals, exit_code: int
) -> None:
    arguments = desk.arguments("run", desk.rows("1"), "-m", desk.mapping())
    ended = at_a_terminal(arguments, Interrupted(number), desk)
    assert ended.exit_code == exit_code
    assert "Traceback" not in ended.stderr
    assert desk.outcomes() == ["not_sent signal"]
    assert server.requests == []


def at_a_terminal(arguments: list[str], stdin: Typed, desk: Desk) -> Ended:
    """Start the program in a process that believes in its terminal."""
    with (
        mock.patch.object(sys, "stdin", stdin),
        mock.patch.dict(os.environ, desk.environment),
    ):
        return start(*arguments, stderr=Typed())


def test_progress_is_shown_on_a_terminal_unless_disabled(desk: Desk) -> None:
    arguments = [*desk.arguments("run", desk.rows("1"), "-m", desk.mapping()), "--yes", "--again"]
    assert "sending" in at_a_terminal(arguments, Typed(), desk).stderr
    assert at_a_terminal([*arguments, "--no-progress"], Typed(), desk).stderr == ""


def test_applying_a_fresh_plan_does_not_ask_and_an_old_one_does(
    desk: Desk, server: ScriptedServer
) -> None:
    checked = desk("check", desk.rows("1"), "-m", desk.mapping(), "--json").summary["run_id"]
    assert desk("apply", checked).exit_code == 0
    old = desk("check", desk.rows("2"), "-m", desk.mapping(), "--json").summary["run_id"]
    desk.change_ledger("UPDATE run SET planned_at_us = planned_at_us - 25 * 3600000000")
    refused = desk("apply", old, "--json")
    assert (refused.exit_code, refused.summary["reason"]) == (2, "no-consent")
    assert desk("apply", old, "--yes").exit_code == 0
    assert server.identifiers == ["1", "2"]


def test_retry_asks(desk: Desk, server: ScriptedServer) -> None:
    server.script = lambda _each, _count: Reaction(b"HTTP/1.1 409 No\r\ncontent-length: 0\r\n\r\n")
    ended = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--json")
    assert ended.exit_code == 1
    assert desk("retry", ended.summary["run_id"]).exit_code == 2


def test_the_schema_is_json() -> None:
    ended = start("mapping", "schema")
    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["type"] == "object"


def test_a_user_name_with_a_control_character_is_refused(
    desk: Desk, server: ScriptedServer
) -> None:
    ended = run(desk, environment=environment(desk, BULK_UPDATE_USERNAME="ap\ti"))
    assert ended.exit_code == 2
    assert "the user name contains a control character" in ended.stderr
    assert run(desk, environment=environment(desk, BULK_UPDATE_USERNAME="robot\n")).exit_code == 0
    (request,) = server.requests
    credentials = base64.b64encode(b"robot:correct horse").decode()
    assert f": Basic {credentials}\r\n" in request.head


def test_a_ledger_that_another_program_writes_to_is_waited_for_within_patience(
    desk: Desk, server: ScriptedServer
) -> None:
    assert run(desk, environment=environment(desk)).exit_code == 0
    server.forget()
    other = sqlite3.connect(desk.state / "ledger.sqlite3", isolation_level=None)
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        ended = run(desk, "--again", "--patience", "1s", environment=environment(desk))
    assert ended.exit_code == 5
    assert "another program is using it" in ended.stderr
    assert time.monotonic() - started < 30
    assert not server.requests
