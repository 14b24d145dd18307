"""The sandbox as a real server: connections, network faults, starting and stopping."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from bulk_update.errors import UsageError
from bulk_update.sandbox import (
    Answer,
    Fault,
    FaultPlan,
    RunningSandbox,
    SandboxSettings,
    running_sandbox,
    serve,
)

IDENTIFIER = "00100007"
PATH = f"/api/outbounds/00001/records_by_identifier/{IDENTIFIER}"
EVERYBODY = {"share": 1.0}


def settings(**fault: Any) -> SandboxSettings:
    return SandboxSettings(faults=FaultPlan((Fault(**(EVERYBODY | fault)),)))


def put(running: RunningSandbox, *, timeout: float = 10) -> httpx.Response:
    with httpx.Client(auth=("sandbox", "sandbox"), trust_env=False, timeout=timeout) as client:
        return client.put(running.url + PATH, json={"status_id": "3"})


def changes(running: RunningSandbox) -> int:
    record = running.record("00001", IDENTIFIER)
    assert record is not None
    return record.changes


def test_a_running_sandbox_answers_on_loopback_and_remembers() -> None:
    before = datetime.now(UTC)
    with running_sandbox() as running:
        assert running.url.startswith("http://127.0.0.1:")
        assert put(running).status_code == 204
        assert changes(running) == 1
        (received,) = running.received
    assert (received.method, received.raw_path) == ("PUT", PATH)
    assert (received.body, received.status, received.fault) == (b'{"status_id":"3"}', 204, None)
    assert before <= received.arrived_at <= datetime.now(UTC)


def test_the_path_is_recorded_as_it_was_sent() -> None:
    with running_sandbox(SandboxSettings(records=[("00001", "a/b c%")])) as running:
        path = "/api/outbounds/00001/records_by_identifier/a%2Fb%20c%25"
        request = (
            f"PUT {path} HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\n"
            "Authorization: Basic c2FuZGJveDpzYW5kYm94\r\nContent-Length: 17\r\n\r\n"
            '{"status_id":"3"}'
        )
        answer = raw(running, request.encode())
        assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
        assert running.received[0].raw_path == path


def raw(running: RunningSandbox, request: bytes, *, enough: bytes = b"\r\n\r\n") -> bytes:
    host, port = running.url.removeprefix("http://").split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        while enough not in received and (piece := connection.recv(65_536)):
            received += piece
    return received


def test_an_update_whose_response_is_lost_is_applied_and_the_connection_closed() -> None:
    with running_sandbox(settings(answer=Answer.LOST, times=1)) as running:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            put(running)
        assert changes(running) == 1
        assert put(running).status_code == 204
        assert changes(running) == 2
        assert [each.answer for each in running.received] == ["lost", "204"]


def test_the_response_to_a_rejected_request_can_be_lost_too() -> None:
    faults = FaultPlan((Fault(answer=Answer.LOST, share=1.0),))
    with running_sandbox(SandboxSettings(records=(), faults=faults)) as running:
        with pytest.raises(httpx.RemoteProtocolError):
            put(running)
        assert running.received[0].status is None


def test_an_update_whose_connection_is_reset_is_not_applied() -> None:
    with running_sandbox(settings(answer=Answer.RESET, times=1)) as running:
        with pytest.raises((httpx.ReadError, httpx.WriteError)):
            put(running)
        assert changes(running) == 0
        assert put(running).status_code == 204
        assert [each.answer for each in running.received] == ["reset", "204"]


def test_an_update_with_a_slow_response_is_applied_at_once() -> None:
    with running_sandbox(settings(answer=Answer.SLOW, seconds=60)) as running:
        with pytest.raises(httpx.ReadTimeout):
            put(running, timeout=0.3)
        assert changes(running) == 1
        assert running.received[0].status == 204


def test_a_slow_response_arrives_in_the_end() -> None:
    with running_sandbox(settings(answer=Answer.SLOW, seconds=0.2)) as running:
        started = time.monotonic()
        assert put(running).status_code == 204
        assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("answer", [Answer.TOO_MANY, Answer.SERVER_ERROR, Answer.UNAVAILABLE])
def test_a_status_fault_responds_in_the_format_of_the_api_and_changes_nothing(
    answer: Answer,
) -> None:
    with running_sandbox(settings(answer=answer, retry_after=7)) as running:
        response = put(running)
        assert response.status_code == int(answer)
        assert response.headers["Retry-After"] == "7"
        assert set(response.json()) == {"request_id", "errors"}
        assert changes(running) == 0


def test_retry_after_can_be_a_date_or_absent() -> None:
    fault = {"answer": Answer.UNAVAILABLE, "retry_after": 90, "retry_after_as": "date"}
    with running_sandbox(settings(**fault)) as running:
        headers = put(running).headers
    wait = parsedate_to_datetime(headers["Retry-After"]) - parsedate_to_datetime(headers["Date"])
    assert headers["Retry-After"].endswith(" GMT")
    assert 88 <= wait.total_seconds() <= 91
    with running_sandbox(settings(answer=Answer.TOO_MANY)) as running:
        assert "Retry-After" not in put(running).headers


@pytest.mark.parametrize("status", [200, 502])
def test_a_fault_can_respond_with_a_web_page(status: int) -> None:
    with running_sandbox(settings(answer=Answer.HTML, status=status)) as running:
        response = put(running)
        assert response.status_code == status
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.text.startswith("<!doctype html>")
        assert changes(running) == 0


def test_only_the_listed_records_are_affected() -> None:
    named = settings(answer=Answer.LOST, share=0.0, identifiers=frozenset({"other"}))
    with running_sandbox(named) as running:
        assert put(running).status_code == 204


def test_faults_do_not_apply_to_a_wrong_password() -> None:
    with running_sandbox(settings(answer=Answer.LOST)) as running:
        response = httpx.put(running.url + PATH, json={}, trust_env=False)
        assert response.status_code == 401


def test_an_incomplete_request_changes_nothing() -> None:
    with running_sandbox() as running:
        host, port = running.url.removeprefix("http://").split(":")
        head = f"PUT {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{"
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode())
        assert put(running).status_code == 204
        assert len(running.received) == 1


def test_a_body_truncated_by_its_content_length_is_rejected() -> None:
    # A length counted in characters instead of bytes truncates JSON with Polish letters.
    body = '{"record_fields": {"miasto": "Łódź"}}'
    request = (
        f"PUT {PATH} HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\n"
        "Authorization: Basic c2FuZGJveDpzYW5kYm94\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    )
    with running_sandbox() as running:
        answer = raw(running, request.encode(), enough=b"never")
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert changes(running) == 0


def test_a_body_that_is_too_large_gets_a_response_with_and_without_expect() -> None:
    # A client that wants the connection closed would lose a response sent before its last byte.
    size = 20_000_000
    head = (
        f"PUT {PATH} HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\n"
        "Authorization: Basic c2FuZGJveDpzYW5kYm94\r\n"
        f"Content-Length: {size}\r\nConnection: close\r\n\r\n"
    )
    with running_sandbox() as running:
        answer = raw(running, head.encode() + bytes(size))
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert put(running).status_code == 204


def test_the_page_needs_no_password_and_may_run_no_script() -> None:
    with running_sandbox() as running:
        put(running)
        response = httpx.get(running.url, trust_env=False)
    assert response.status_code == 200
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert IDENTIFIER in response.text


def test_records_can_be_added_while_the_sandbox_is_running() -> None:
    with running_sandbox(SandboxSettings(records=())) as running:
        assert put(running).status_code == 404
        running.sandbox.add_records([("00001", IDENTIFIER)])
        assert put(running).status_code == 204
        running.sandbox.add_records([("00001", IDENTIFIER)])
        assert changes(running) == 1


def test_a_limited_log_keeps_the_latest_requests_and_all_counts() -> None:
    with running_sandbox(SandboxSettings(received_limit=2)) as running:
        for _ in range(5):
            put(running)
        assert len(running.received) == 2
        assert running.sandbox.received.counts == {"204": 5}


def test_the_sandbox_stops_when_its_block_ends() -> None:
    with running_sandbox() as running:
        pass
    with pytest.raises(httpx.ConnectError):
        put(running)
    assert all(thread.name != "sandbox" for thread in threading.enumerate())


def test_connections_are_served_concurrently() -> None:
    with running_sandbox(settings(answer=Answer.SLOW, seconds=0.3)) as running:
        threads = [threading.Thread(target=put, args=(running,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        arrivals = [each.arrived_at for each in running.received]
    assert changes(running) == 8
    one_after_the_other = 7 * 0.3
    assert (max(arrivals) - min(arrivals)).total_seconds() < one_after_the_other


def test_a_port_in_use_is_rejected_with_a_hint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} cannot be used") as caught:
            serve(SandboxSettings(), port=port)
    assert "--port 0 picks a free one" in caught.value.hint


def test_an_invalid_port_is_rejected() -> None:
    with pytest.raises(UsageError, match="port 70000 cannot be used"):
        serve(SandboxSettings(), port=70_000)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process alone")
def test_ctrl_c_stops_a_sandbox_quietly() -> None:
    program = (
        "from bulk_update.sandbox import SandboxSettings, serve\n"
        "serve(SandboxSettings(), port=0, announce=lambda url: print(url, flush=True))\n"
        "print('ended')\n"
    )
    with subprocess.Popen(  # noqa: S603 - the program is above
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(url, trust_env=False).status_code == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "ended\n", "")
