"""`doctor` names what is wrong with a set-up, whatever it is, and changes nothing."""

from __future__ import annotations

import json
import os
import signal
import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from command_line import CONNECTION, Desk, Ended, python, start
from console import listing
from scripted_server import NEVER_SECONDS, Reaction, ScriptedServer, always, response
from unreachable_ports import refused_port

from bulk_update.job.doctor import Mark, Topic
from bulk_update.job.doctor.service import clock_finding
from bulk_update.sandbox import (
    Answer,
    Endpoint,
    Fault,
    FaultPlan,
    SandboxSettings,
    running_sandbox,
)

READS = ("statuses", "agents", "records")
Finding = dict[str, Any]


def doctor(desk: Desk, *given: object, **environment: str) -> Ended:
    words = ["doctor", *map(str, given), "--state", str(desk.state)]
    return start(*words, environment={**desk.environment, **environment})


def findings(
    desk: Desk, *given: object, exit_code: int | None = None, **environment: str
) -> dict[str, Finding]:
    """Return the findings by topic."""
    ended = doctor(desk, *given, "--json", **environment)
    assert ended.stderr == ""
    assert set(ended.summary) == {"version", "exit_code", "findings"}
    assert ended.exit_code == ended.summary["exit_code"]
    assert exit_code in {None, ended.exit_code}
    return {each["topic"]: each for each in ended.summary["findings"]}


def marks(found: Mapping[str, Finding], *topics: str) -> list[str]:
    return [found[topic]["mark"] for topic in topics]


def wrong(found: Mapping[str, Finding]) -> dict[str, str]:
    return {topic: each["code"] for topic, each in found.items() if each["mark"] == "wrong"}


# --- a good set-up


def test_a_good_set_up_has_a_finding_for_every_topic(desk: Desk, server: ScriptedServer) -> None:
    server.script = listing()
    found = findings(desk, "-m", desk.mapping(), exit_code=0)
    assert list(found) == list(Topic)
    assert {each["mark"] for each in found.values()} == {"ok"}
    assert all(
        set(each) == {"topic", "campaign_id", "mark", "code", "message", "remedy"}
        for each in found.values()
    )
    assert [found[read]["campaign_id"] for read in READS] == ["00001"] * 3


def test_only_reading_requests_are_sent_and_nothing_is_created(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = listing()
    mapping = desk.mapping()
    doctor(desk, "-m", mapping)
    assert [request.target.split()[0] for request in server.requests] == ["GET"] * 3
    assert list(desk.folder.iterdir()) == [mapping]


@pytest.mark.parametrize("campaign", [None, {"column": "Kampania"}])
def test_without_a_campaign_only_the_statuses_of_00001_are_read(
    desk: Desk, server: ScriptedServer, campaign: object
) -> None:
    server.script = listing()
    mapping = () if campaign is None else ("-m", desk.mapping(campaign=campaign))
    assert "agents" not in findings(desk, *mapping, exit_code=0)
    assert [request.target for request in server.requests] == ["GET /api/outbounds/00001/statuses"]


def test_a_sandbox_is_a_good_set_up(desk: Desk) -> None:
    with running_sandbox() as running:
        found = findings(
            *(Desk(desk.folder, running.url), "-m", desk.mapping()),
            exit_code=0,
            BULK_UPDATE_USERNAME="sandbox",
            BULK_UPDATE_PASSWORD="sandbox",
        )
    assert found["agents"]["message"] == "can be read (4, active in the campaign: 3)"
    assert found["clock"]["mark"] == "ok"


# --- settings


def test_every_missing_setting_is_reported_at_once(desk: Desk) -> None:
    found = findings(
        Desk(desk.folder), BULK_UPDATE_USERNAME="", BULK_UPDATE_PASSWORD="", exit_code=2
    )
    assert wrong(found) == {"base-url": "usage", "username": "usage"}
    assert marks(found, "password", "host-name", "statuses") == ["skipped"] * 3
    assert "--base-url" in found["base-url"]["remedy"]


def test_a_missing_password_is_reported_with_what_to_do(desk: Desk) -> None:
    found = findings(desk, BULK_UPDATE_PASSWORD="", exit_code=2)
    assert wrong(found) == {"password": "usage"}
    assert "BULK_UPDATE_PASSWORD" in found["password"]["remedy"]


def test_the_password_is_never_shown_but_its_source_is(desk: Desk, server: ScriptedServer) -> None:
    server.script = listing()
    file = desk.folder / "password"
    file.write_text("hunter-2-secret\n")
    file.chmod(0o600)
    for given in ((), ("--json",)):
        ended = doctor(desk, "--password-file", file, *given)
        assert str(file) in ended.stdout.replace("\n                       ", "")
        assert "hunter-2-secret" not in ended.stdout + ended.stderr
        assert CONNECTION["BULK_UPDATE_PASSWORD"] not in ended.stdout + ended.stderr


def test_an_invalid_setting_leaves_the_rest_unchecked(desk: Desk) -> None:
    found = findings(desk, BULK_UPDATE_TIMEOUT="soon", exit_code=2)
    assert wrong(found) == {"settings": "usage"}
    assert "BULK_UPDATE_TIMEOUT" in found["settings"]["message"]
    assert marks(found, "program", "base-url", "ledger") == ["ok", "skipped", "skipped"]


@pytest.mark.parametrize(
    ("option", "value", "topic"),
    [
        ("--base-url", "http://acme.thulium.com", "base-url"),
        ("--base-url", "https://robot:secret@acme.thulium.com", "base-url"),
        ("--username", "robot:secret", "username"),
        ("--proxy", "socks5://proxy:1", "proxy"),
    ],
)
def test_an_unusable_setting_is_named(desk: Desk, option: str, value: str, topic: str) -> None:
    base_url = () if option == "--base-url" else ("--base-url", "https://localhost:9")
    found = findings(desk, *base_url, option, value, exit_code=2)
    assert list(wrong(found)) == [topic]
    assert "secret" not in json.dumps(found)


def test_a_mapping_for_another_host_is_not_tried_on_this_one(
    desk: Desk, server: ScriptedServer
) -> None:
    found = findings(desk, "-m", desk.mapping(host="acme.thulium.com"), exit_code=2)
    assert wrong(found) == {"base-url": "usage"}
    assert server.requests == []


def test_errors_of_a_mapping_are_listed_without_its_lines(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = listing()
    mapping = desk.mapping(key1=1, key2=1, key3=1, key4=1, key5=1)
    found = findings(desk, "-m", mapping, exit_code=2)
    lines = found["mapping"]["message"].splitlines()
    assert (len(lines), lines[-1]) == (4, "2 more errors")
    assert wrong(found) == {"mapping": "mapping"}


def test_a_mapping_that_is_not_there_is_named(desk: Desk, server: ScriptedServer) -> None:
    server.script = listing()
    found = findings(desk, "-m", desk.folder / "none.yaml", exit_code=2)
    assert "cannot be read" in found["mapping"]["message"]


# --- the way to the service


def test_a_host_without_an_address_is_named(desk: Desk) -> None:
    found = findings(desk, "--base-url", "https://no-such-host.invalid", exit_code=2)
    assert wrong(found) == {"host-name": "no-connection"}
    assert found["host-name"]["message"].startswith("no-such-host.invalid:443: host name")
    assert marks(found, "connection", "tls", "clock", "statuses") == ["skipped"] * 4


def test_a_refused_port_is_named(desk: Desk) -> None:
    with refused_port() as port:
        found = findings(desk, "--base-url", f"http://127.0.0.1:{port}", exit_code=2)
    assert wrong(found) == {"connection": "no-connection"}
    assert found["connection"]["message"] == f"127.0.0.1:{port}: connection refused"


def test_a_proxy_that_refuses_is_named_without_its_password(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = always(Reaction(response(407)))
    proxy = f"http://me:opensesame@127.0.0.1:{server.port}"
    found = findings(desk, "--base-url", "https://acme.test", "--proxy", proxy, exit_code=2)
    assert found["proxy"]["message"] == f"http://127.0.0.1:{server.port}"
    assert wrong(found) == {"connection": "no-tunnel"}
    assert "opensesame" not in json.dumps(found)


def test_a_proxy_of_the_environment_that_is_not_used_is_mentioned(desk: Desk) -> None:
    with refused_port() as port:
        found = findings(
            desk,
            *("--base-url", f"https://localhost:{port}"),
            HTTPS_PROXY="http://proxy.test:3128",
        )
    assert found["proxy"]["message"] == "HTTPS_PROXY is not used for this host"


@contextmanager
def secured(authority: trustme.CA, *, ends_at: datetime | None = None) -> Iterator[ScriptedServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_after=ends_at).configure_cert(context)
    with ScriptedServer(listing(), ssl_context=context) as server:
        yield server


@pytest.mark.parametrize(
    ("days", "mark", "code"), [(90, "ok", "sound"), (5, "note", "certificate-ends")]
)
def test_the_days_that_are_left_of_a_certificate_are_shown(
    desk: Desk, tmp_path: Path, days: int, mark: str, code: str
) -> None:
    authority = trustme.CA()
    file = tmp_path / "authority.pem"
    file.write_bytes(authority.cert_pem.bytes())
    ends_at = datetime.now(UTC) + timedelta(days=days, hours=1)
    with secured(authority, ends_at=ends_at) as server:
        found = findings(desk, "--base-url", server.url, exit_code=0, SSL_CERT_FILE=str(file))
    assert (found["tls"]["mark"], found["tls"]["code"]) == (mark, code)
    assert f"{days} " in found["tls"]["message"]
    assert f"{ends_at:%Y-%m-%d}" in found["tls"]["message"]


@pytest.mark.filterwarnings("ignore:.*ssl.*:ResourceWarning")
def test_a_certificate_that_is_not_trusted_stops_the_credentials(desk: Desk) -> None:
    with secured(trustme.CA()) as server:
        found = findings(desk, "--base-url", server.url, exit_code=2)
    assert wrong(found) == {"tls": "no-trust"}
    assert marks(found, "connection", "statuses") == ["ok", "skipped"]
    assert server.requests == []


# --- what the API answers


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("read", READS)
def test_a_missing_permission_is_a_note(
    desk: Desk, server: ScriptedServer, read: str, status: int
) -> None:
    server.script = listing(**{read: response(status, '{"errors": [{"message": "No."}]}')})
    found = findings(desk, "-m", desk.mapping(), exit_code=0)
    assert (found[read]["mark"], found[read]["code"]) == ("note", "read-refused")
    assert "No." in found[read]["message"]
    assert len(server.requests) == 3


def test_statuses_that_the_mapping_names_have_to_be_readable(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = listing(statuses=response(403))
    mapping = desk.mapping(update={"status": {"column": "Status"}})
    found = findings(desk, "-m", mapping, exit_code=2)
    assert wrong(found) == {"statuses": "names-unreadable"}
    assert marks(found, "agents", "records") == ["ok"] * 2


def test_a_refused_password_is_tried_once(desk: Desk, server: ScriptedServer) -> None:
    server.script = always(Reaction(response(401)))
    found = findings(desk, "-m", desk.mapping(), exit_code=2)
    assert wrong(found) == {"statuses": "credentials-refused"}
    assert marks(found, "agents", "records") == ["skipped"] * 2
    assert len(server.requests) == 1


def test_the_sandbox_can_refuse_each_endpoint(desk: Desk) -> None:
    faults = FaultPlan(
        (
            Fault(answer=Answer.FORBIDDEN, endpoint=Endpoint.AGENTS, share=1.0),
            Fault(answer=Answer.UNAUTHORIZED, endpoint=Endpoint.RECORDS, share=1.0),
        )
    )
    with running_sandbox(SandboxSettings(faults=faults, password="x")) as running:
        found = findings(
            *(Desk(desk.folder, running.url), "-m", desk.mapping()),
            BULK_UPDATE_USERNAME="sandbox",
            BULK_UPDATE_PASSWORD="x",
        )
    assert marks(found, *READS) == ["ok", "note", "wrong"]


PORTAL = "<html><title>Hotel: sign in</title><form><input type=password></form></html>"
HTML = "Content-Type: text/html\r\n"


@pytest.mark.parametrize(
    ("reply", "code", "shown"),
    [
        (response(200, PORTAL, headers=HTML), "unexpected-answer", "a web page: Hotel: sign in"),
        (response(404, PORTAL, headers=HTML), "unexpected-answer", "a web page: Hotel: sign in"),
        (response(302, headers="Location: https://x.test/\r\n"), "unexpected-answer", "https://x"),
        (response(200, '{"a": 1}'), "unexpected-answer", "not what the API"),
        (response(204), "unexpected-answer", "not what the API"),
        (response(418), "unexpected-answer", "418"),
        (response(500, "oops"), "service-error", "500 Internal Server Error: oops"),
        (response(429, headers="Retry-After: 9\r\n"), "service-error", "429 Too Many Requests"),
        (b"garbage\r\n\r\n", "unexpected-answer", "not valid HTTP"),
        (response(200, "\x1b[31m\u202e" + "x" * 10_000, headers=HTML), "unexpected-answer", "HTTP"),
    ],
)
def test_what_is_not_the_api_is_described(
    desk: Desk, server: ScriptedServer, reply: bytes, code: str, shown: str
) -> None:
    server.script = listing(statuses=reply)
    found = findings(desk, exit_code=2)
    assert wrong(found) == {"statuses": code}
    assert shown in found["statuses"]["message"]
    printed = doctor(desk).stdout
    assert all(character.isprintable() for character in printed.replace("\n", ""))
    assert max(map(len, printed.splitlines())) <= 80


def test_a_slow_service_is_given_up_after_the_timeout(desk: Desk, server: ScriptedServer) -> None:
    server.script = always(Reaction(None, delay_seconds=NEVER_SECONDS))
    started = time.monotonic()
    found = findings(desk, "-m", desk.mapping(), "--timeout", "0.3", exit_code=2)
    assert time.monotonic() - started < 5
    assert wrong(found) == {"statuses": "no-answer"}
    assert "0.3 s" in found["statuses"]["message"]
    assert len(server.requests) == 1


# --- the clock


@pytest.mark.parametrize(
    ("seconds_ahead", "mark", "shown"),
    [
        (0, Mark.OK, "differs from the server's by less than 1 min"),
        (-59, Mark.OK, "differs from the server's by less than 1 min"),
        (60, Mark.NOTE, "1 min ahead of the server's"),
        (-3599, Mark.NOTE, "59 min 59 s behind the server's"),
        (3600, Mark.WRONG, "1 h ahead of the server's"),
        (-86_400 * 400, Mark.WRONG, "400 d behind the server's"),
    ],
)
def test_a_clock_is_judged_by_the_difference(seconds_ahead: int, mark: Mark, shown: str) -> None:
    finding = clock_finding(seconds_ahead)
    assert (finding.mark, finding.sentence) == (mark, shown)


def test_the_date_of_any_response_is_enough_for_the_clock(
    desk: Desk, server: ScriptedServer
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    server.script = always(Reaction(response(401, headers=f"Date: {date}\r\n")))
    found = findings(desk, exit_code=2)
    assert wrong(found) == {"clock": "clock-differs", "statuses": "credentials-refused"}
    assert "behind the server's" in found["clock"]["message"]


@pytest.mark.parametrize("date", ["", "Date: yesterday\r\n", f"Date: {'9' * 5000}\r\n"])
def test_a_response_without_a_date_says_nothing_of_the_clock(
    desk: Desk, server: ScriptedServer, date: str
) -> None:
    server.script = always(Reaction(response(200, "[]", headers=date)))
    assert findings(desk, exit_code=0)["clock"]["mark"] == "skipped"


# --- the state folder


def test_a_ledger_with_runs_is_described_and_left_as_it_is(
    desk: Desk, server: ScriptedServer
) -> None:
    desk("run", desk.rows("1", "2"), "-m", desk.mapping(), "--yes")
    server.script = listing()
    before = {each.name: each.read_bytes() for each in desk.state.iterdir()}
    found = findings(desk, exit_code=0)
    assert ", 1 run, " in found["ledger"]["message"]
    assert {each.name: each.read_bytes() for each in desk.state.iterdir()} == before


def test_a_newer_ledger_is_wrong(desk: Desk, server: ScriptedServer) -> None:
    server.script = listing()
    desk("check", desk.rows("1"), "-m", desk.mapping())
    desk.change_ledger("PRAGMA user_version = 1000")
    assert wrong(findings(desk, exit_code=2)) == {"ledger": "ledger-newer"}


def test_an_older_ledger_is_a_note(desk: Desk, server: ScriptedServer) -> None:
    server.script = listing()
    desk("check", desk.rows("1"), "-m", desk.mapping())
    desk.change_ledger("PRAGMA user_version = 3")
    found = findings(desk, exit_code=0)
    assert (found["ledger"]["mark"], found["ledger"]["code"]) == ("note", "ledger-older")


def test_a_run_that_is_sending_is_a_note(desk: Desk, server: ScriptedServer) -> None:
    server.script = listing()
    with desk.holding_the_lock():
        found = findings(desk, exit_code=0)
    assert found["lock"]["mark"] == "note"
    assert "process 4711" in found["lock"]["message"]


def test_a_file_in_place_of_the_state_folder_is_wrong(desk: Desk, server: ScriptedServer) -> None:
    server.script = listing()
    desk.state.touch()
    found = findings(desk, exit_code=2)
    assert list(wrong(found)) == ["state-folder"]
    assert marks(found, "disk", "ledger", "lock") == ["skipped"] * 3


# --- as a process


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_a_doctor_that_waits(desk: Desk, server: ScriptedServer) -> None:
    server.script = always(Reaction(None, delay_seconds=NEVER_SECONDS))
    words = ["-m", "bulk_update", "doctor", "--state", desk.state]
    with python(*words, environment=desk.environment) as process:
        server.wait_for(1)
        os.kill(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "SIGINT" in stderr
    assert "Traceback" not in stderr
