"""Pings tell a monitoring service when a run began and how it ended."""

from __future__ import annotations

import socket
import ssl
import time
from uuid import UUID

import pytest
import trustme
from inboxes import WebInbox, web_inbox
from scripted_server import ScriptedServer
from unreachable_ports import refused_port

from bulk_update.errors import UsageError
from bulk_update.messages import sentence_of
from bulk_update.records import Issue
from bulk_update.telling.ping import LARGEST_BODY, Pinger, host_of, ping_url, rid_of

RUN = "20261130-021500-k3f9"


def finished(pinger: Pinger, *, exit_code: int = 0, body: str = "", seconds: float = 8.0) -> str:
    """Return why the last ping failed; empty: it did not."""
    fault = pinger.finish(
        exit_code, body, deadline=time.monotonic() + seconds, is_urgent=lambda: False
    )
    return sentence_of(fault) if isinstance(fault, Issue) else ""


def pinger_of(inbox: WebInbox, path: str = "/ping/uuid", *, timeout: float = 2.0) -> Pinger:
    return Pinger(f"http://127.0.0.1:{inbox.port}{path}", timeout_seconds=timeout)


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://hc-ping.com/uuid", "https://hc-ping.com/uuid/start?rid=R"),
        ("https://hc-ping.com/uuid/", "https://hc-ping.com/uuid/start?rid=R"),
        ("https://h:8443/ping/key/slug?create=1", "https://h:8443/ping/key/slug/start?create=1&rid=R"),
        ("https://h/a%2Fb?x=%20", "https://h/a%2Fb/start?x=%20&rid=R"),
        ("https://h#part", "https://h/start?rid=R"),
        ("https://u:p@h/x", "https://u:p@h/x/start?rid=R"),
    ],
)  # fmt: skip
def test_the_address_of_a_ping_keeps_the_rest_of_the_url(base: str, url: str) -> None:
    assert ping_url(base, "start", rid="R") == url


@pytest.mark.parametrize(
    "url",
    ["", "hc-ping.com/x", "ftp://h/x", "mailto://h", "http://", "https:///x", "http://h:x/",
     "http://[::1/x", "http://h/a b", "http://h/\x00", "file:///etc/passwd"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        host_of(url, said_in="BULK_UPDATE_PING")
    assert str(refused.value) == (
        "BULK_UPDATE_PING: not a valid address to ping (expected http:// or https://)"
    )


def test_only_the_host_of_a_ping_is_ever_named() -> None:
    assert host_of("https://ana:geheim@hc.example:8443/geheim?geheim#geheim") == "hc.example:8443"
    assert "geheim" not in repr(Pinger("https://hc.example/geheim"))


def test_the_service_hears_of_the_start_and_of_the_exit_code_of_one_run() -> None:
    with web_inbox() as inbox:
        pinger = pinger_of(inbox)
        pinger.start(RUN)
        assert finished(pinger, exit_code=4, body="Rows: 3 failed") == ""
    rid = rid_of(RUN)
    assert inbox.paths == [f"/ping/uuid/start?rid={rid}", f"/ping/uuid/4?rid={rid}"]
    assert [post.body for post in inbox.posts] == ["", "Rows: 3 failed"]
    assert not {"Authorization", "Cookie"} & set(inbox.posts[1].headers)


def test_a_resumed_run_closes_what_an_interrupted_one_began() -> None:
    assert UUID(rid_of(RUN)).version == 5
    assert rid_of(RUN) == rid_of(RUN) != rid_of("another")


def test_a_command_without_a_run_tells_its_exit_code_alone() -> None:
    with web_inbox() as inbox:
        assert finished(pinger_of(inbox), exit_code=2) == ""
        assert finished(pinger_of(inbox), exit_code=2) == ""
    (first, one), (second, other) = (path.split("?rid=") for path in inbox.paths)
    assert first == second == "/ping/uuid/2"
    assert one != other


def test_a_run_begins_once() -> None:
    with web_inbox() as inbox:
        pinger = pinger_of(inbox)
        pinger.start(RUN)
        pinger.start("another")
        finished(pinger)
    assert len(inbox.posts) == 2


def test_a_long_text_is_cut() -> None:
    with web_inbox() as inbox:
        finished(pinger_of(inbox), body="x" * (LARGEST_BODY + 1))
    assert len(inbox.posts[0].body) == LARGEST_BODY


@pytest.mark.parametrize(
    ("status", "tries", "fault"),
    [
        (204, 1, ""),
        (404, 1, "HTTP 404 Not Found"),
        (301, 1, "HTTP 301 Moved Permanently"),
        (503, 2, "HTTP 503 Service Unavailable"),
    ],
)
def test_a_ping_is_tried_again_only_after_an_error_of_the_server(
    status: int, tries: int, fault: str
) -> None:
    with web_inbox(lambda _path: status) as inbox:
        assert finished(pinger_of(inbox)) == fault
    assert inbox.paths == [inbox.paths[0]] * tries


def test_a_service_that_cannot_be_reached_is_named_without_the_url() -> None:
    with refused_port() as port:
        assert finished(Pinger(f"http://127.0.0.1:{port}/geheim")) == "connection refused"


def test_a_service_with_an_untrusted_certificate_hears_nothing() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with ScriptedServer(ssl_context=context) as server:
        url = f"https://localhost:{server.port}/geheim"
        assert finished(Pinger(url)) == "the server's certificate is not trusted"
        assert server.requests == []


def test_a_service_that_never_responds_is_left_in_time() -> None:
    with web_inbox(lambda _path: None) as inbox:
        pinger = pinger_of(inbox, timeout=0.2)
        began = time.monotonic()
        pinger.start(RUN)
        assert time.monotonic() - began < 0.2
        assert finished(pinger) == "no response in time"
        assert time.monotonic() - began < 3.0
        assert finished(pinger_of(inbox, timeout=60.0), seconds=0.3) == "no response in time"
        assert time.monotonic() - began < 4.0


def test_a_response_that_drips_does_not_hold_up_the_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        began = time.monotonic()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        assert finished(Pinger(url), seconds=0.3) == "no response in time"
        assert time.monotonic() - began < 2.0
