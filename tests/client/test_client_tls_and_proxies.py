from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import trustme
from client_attempts import PASSWORD, UPDATE, Run, attempts, connection_to
from scripted_server import (
    NO_CONTENT,
    Reaction,
    Script,
    ScriptedServer,
    always,
    in_turn,
    obliging,
)
from unreachable_ports import black_hole, refused_port

from bulk_update.client import Channel, Connection, ThuliumClient
from bulk_update.messages import sentence_of
from bulk_update.policy import Verdict, halt_code_of, verdict_of
from bulk_update.records import Reply

AUTHORITY = trustme.CA()
STRANGER = trustme.CA()
PROXY_PASSWORD = "opensesame"


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def trusting_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def secured_server(
    script: Script = obliging, *, authority: trustme.CA = AUTHORITY, name: str = "localhost"
) -> ScriptedServer:
    """Return a server with a certificate for a name, issued by an authority."""
    return ScriptedServer(script, ssl_context=server_context(authority, name))


def outcome(reply: Reply) -> tuple[bool, int | None, str]:
    return reply.may_have_been_sent, reply.status, reply.code


def test_requests_are_sent_to_a_trusted_server(run: Run) -> None:
    with secured_server() as server:
        connection = connection_to(server.url)
        replies = run(attempts(connection, count=2, ssl_context=trusting_context()))
    assert [outcome(reply) for reply in replies] == [(True, 204, "http-204")] * 2


@pytest.mark.parametrize(
    ("authority", "name", "finding"),
    [
        (STRANGER, "localhost", "unable to get local issuer certificate"),
        (AUTHORITY, "other.example", "Hostname mismatch"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*ssl.*:ResourceWarning")
def test_nothing_is_sent_to_a_server_with_the_wrong_certificate(
    authority: trustme.CA, name: str, finding: str, run: Run
) -> None:
    with secured_server(authority=authority, name=name) as server:
        (reply,) = run(attempts(connection_to(server.url), ssl_context=trusting_context()))
    assert (outcome(reply), server.requests) == ((False, None, "tls"), [])
    assert finding in sentence_of(reply.reason)


def test_a_certificate_of_an_unknown_authority_is_not_trusted(run: Run) -> None:
    with secured_server() as server:
        (reply,) = run(attempts(connection_to(server.url)))
    assert (outcome(reply), server.requests) == ((False, None, "tls"), [])


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        (Reaction(b"HTTP/1.1 400 No\r\n\r\n"), (False, None, "tls")),
        (Reaction(None, then="close"), (False, None, "unreachable")),
        (Reaction(None, then="reset"), (False, None, "unreachable")),
        (Reaction(None), (False, None, "unreachable")),
    ],
    ids=["speaks plain http", "closes", "resets", "stays silent"],
)
def test_a_broken_handshake_is_a_tls_failure_only_if_tls_is_at_fault(
    server: ScriptedServer, greeting: Reaction, expected: tuple[bool, int | None, str], run: Run
) -> None:
    server.greeting = lambda _number: greeting
    connection = connection_to(
        f"https://localhost:{server.port}",
        connect_timeout_seconds=0.3 if greeting == Reaction(None) else 10.0,
    )
    (reply,) = run(attempts(connection, ssl_context=trusting_context()))
    assert outcome(reply) == expected, reply.params


def test_an_authority_that_ssl_cert_file_names_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    file = tmp_path / "authority.pem"
    file.write_bytes(AUTHORITY.cert_pem.bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with secured_server() as server:
        (reply,) = run(attempts(connection_to(server.url)))
    assert outcome(reply) == (True, 204, "http-204")


async def statuses_over_tls(
    server: ScriptedServer, *, count: int, pause_seconds: float
) -> list[int | None]:
    """Return the status of each of several attempts."""
    connection = connection_to(server.url)
    async with ThuliumClient(connection, ssl_context=trusting_context()) as client:
        statuses = []
        for _ in range(count):
            statuses.append((await client.send(UPDATE)).status)
            await asyncio.sleep(pause_seconds)
        return statuses


REFUSAL = Reaction(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nNo.")


@pytest.mark.parametrize("pause_seconds", [0.0, 0.02])
@pytest.mark.parametrize(
    "records",
    [
        (NO_CONTENT, NO_CONTENT),
        (NO_CONTENT, b"\r\n"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b"hello"),
        (b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\n"),
    ],
    ids=["another response", "an empty line", "a body", "the end of a body"],
)
def test_a_tls_record_after_a_response_is_not_taken_for_the_next_response(
    records: tuple[bytes, bytes], pause_seconds: float, run: Run
) -> None:
    together = Reaction(records[0], further_parts=records[1:])
    with secured_server(in_turn(together, REFUSAL, together, REFUSAL)) as server:
        statuses = run(statuses_over_tls(server, count=4, pause_seconds=pause_seconds))
    assert (statuses, len(server.requests)) == ([204, 400, 204, 400], 4)


def test_a_secured_connection_that_the_server_closed_is_replaced(run: Run) -> None:
    with secured_server(always(Reaction(then="close"))) as server:
        # The server's close_notify arrives during the pause.
        statuses = run(statuses_over_tls(server, count=3, pause_seconds=0.025))
    assert (statuses, len(server.requests)) == ([204] * 3, 3)


WITHOUT_LENGTH = b"HTTP/1.1 200 OK\r\n\r\nSaved."
WITH_LENGTH = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nSaved."


@pytest.mark.parametrize(
    ("reaction", "code"),
    [
        (Reaction(WITHOUT_LENGTH, then="close"), "http-200"),
        (Reaction(WITHOUT_LENGTH, then="abort", pause_seconds=0.02), "disconnected"),
        (Reaction(WITHOUT_LENGTH, then="reset", pause_seconds=0.02), "disconnected"),
        (Reaction(WITH_LENGTH, then="close"), "http-200"),
        (Reaction(WITH_LENGTH, then="abort", pause_seconds=0.02), "http-200"),
        (Reaction(WITH_LENGTH, then="reset", pause_seconds=0.02), "http-200"),
    ],
    ids=["close_notify", "none", "reset", "length, close_notify", "length, none", "length, reset"],
)
def test_a_body_without_a_length_is_complete_only_if_tls_says_so(
    reaction: Reaction, code: str, run: Run
) -> None:
    with secured_server(always(reaction)) as server:
        connection = connection_to(server.url)
        replies = run(attempts(connection, count=2, ssl_context=trusting_context()))
    assert [reply.code for reply in replies] == [code] * 2


def test_a_waiting_channel_over_tls_notices_the_end(run: Run) -> None:
    async def scenario(server: ScriptedServer) -> tuple[bool, bool, Reply]:
        connection = connection_to(server.url)
        async with ThuliumClient(connection, ssl_context=trusting_context()) as client:
            channel = await client.connect()
            assert isinstance(channel, Channel)
            await asyncio.sleep(0.05)
            before = channel.is_ready
            server.close_connections()
            await asyncio.sleep(0.1)
            reply = await channel.send(UPDATE)
            return before, channel.is_ready, reply

    with secured_server() as server:
        before, after, reply = run(scenario(server))
    assert (before, after, outcome(reply)) == (True, False, (False, None, "unreachable"))
    assert server.requests == []


OPENING = b"HTTP/1.1 200 Connection established\r\n\r\n"


def tunnelling_proxy(server: ScriptedServer, *, opening: bytes = OPENING) -> ScriptedServer:
    """Return a proxy that connects to one server, whatever host a request names."""
    return ScriptedServer(always(Reaction(opening, tunnel_to=server.port)))


def proxied(proxy: ScriptedServer, *, connect_timeout_seconds: float = 5.0) -> Connection:
    return connection_to(
        "https://acme.thulium.test",
        proxy=f"http://me:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}",
        connect_timeout_seconds=connect_timeout_seconds,
    )


def test_a_proxy_sees_the_host_and_its_own_password_and_nothing_else(run: Run) -> None:
    with (
        secured_server(name="acme.thulium.test") as server,
        tunnelling_proxy(server) as proxy,
    ):
        replies = run(attempts(proxied(proxy), count=2, ssl_context=trusting_context()))
    assert [outcome(reply) for reply in replies] == [(True, 204, "http-204")] * 2
    assert len(server.requests) == 2
    (request,) = proxy.requests
    head = request.head.split("\r\n")
    assert head[0] == "CONNECT acme.thulium.test:443 HTTP/1.1"
    token = b64encode(f"me:{PROXY_PASSWORD}".encode()).decode()
    assert f"Proxy-Authorization: Basic {token}" in head
    own = b64encode(f"robot:{PASSWORD}".encode()).decode()
    assert own not in request.head


@pytest.mark.parametrize(
    ("reaction", "finding"),
    [
        (Reaction(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), "HTTP 502: Bad Gateway"),
        (Reaction(None, then="close"), "the proxy closed the connection"),
        (Reaction(b"garbage\r\n\r\n"), "invalid HTTP (Expected HTTP/, RTSP/ or ICE/)"),
        (Reaction(None, then="reset"), "connection reset"),
        (Reaction(None), "no connection within 0.3 s"),
        (
            Reaction(b"HTTP/1.1 200 OK\r\n\r\nhello"),
            "the proxy sent data or closed the connection before TLS began",
        ),
    ],
    ids=["bad gateway", "closes", "garbage", "resets", "stays silent", "speaks before TLS"],
)
def test_nothing_is_sent_when_the_proxy_gives_no_connection(
    server: ScriptedServer, reaction: Reaction, finding: str, run: Run
) -> None:
    server.script = always(reaction)
    connection = proxied(server, connect_timeout_seconds=0.3)
    (reply,) = run(attempts(connection, ssl_context=trusting_context()))
    assert outcome(reply) == (False, None, "proxy")
    assert sentence_of(reply.reason) == f"proxy 127.0.0.1:{server.port}: {finding}"


def test_a_proxy_that_is_not_there_is_named(run: Run) -> None:
    with refused_port() as port:
        connection = connection_to("https://acme.thulium.test", proxy=f"http://127.0.0.1:{port}")
        (reply,) = run(attempts(connection, ssl_context=trusting_context()))
    assert outcome(reply) == (False, None, "proxy")
    assert sentence_of(reply.reason) == f"proxy 127.0.0.1:{port}: connection refused"


REFUSED_BY_PROXY = [
    b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 407 No\r\nProxy-Authenticate: Basic\r\n\r\n<html>Who are you?",
    b"HTTP/1.1 407\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 407 No\r\n\r\n",
]


@pytest.mark.parametrize("refusal", REFUSED_BY_PROXY)
def test_a_proxy_that_refuses_its_password_halts_the_run_and_nothing_is_sent(
    server: ScriptedServer, refusal: bytes, run: Run
) -> None:
    server.script = always(Reaction(refusal))
    (reply,) = run(attempts(proxied(server), ssl_context=trusting_context()))
    assert outcome(reply) == (False, None, "proxy-407")
    assert (verdict_of(reply), halt_code_of(reply)) == (Verdict.HALT, "halted-407")
    assert "HTTP 407" in sentence_of(reply.reason)


def test_any_2xx_response_with_any_headers_opens_a_tunnel(run: Run) -> None:
    opening = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 299 Fine\r\nContent-Length: 5\r\n\r\n"
    with (
        secured_server(name="acme.thulium.test") as server,
        tunnelling_proxy(server, opening=opening) as proxy,
    ):
        connection = connection_to(
            "https://acme.thulium.test", proxy=f"http://127.0.0.1:{proxy.port}"
        )
        (reply,) = run(attempts(connection, ssl_context=trusting_context()))
    assert outcome(reply) == (True, 204, "http-204")


@pytest.mark.parametrize("unreachable", [refused_port, black_hole])
def test_nothing_is_sent_when_the_proxy_is_unreachable(
    unreachable: Callable[[], AbstractContextManager[int]], run: Run
) -> None:
    with unreachable() as port:
        connection = connection_to(
            "https://acme.thulium.test",
            proxy=f"http://127.0.0.1:{port}",
            connect_timeout_seconds=0.3,
        )
        (reply,) = run(attempts(connection, ssl_context=trusting_context()))
    assert outcome(reply) == (False, None, "proxy")


def test_a_wrong_certificate_behind_a_proxy_is_a_tls_failure(run: Run) -> None:
    with (
        secured_server(authority=STRANGER, name="acme.thulium.test") as server,
        tunnelling_proxy(server) as proxy,
    ):
        (reply,) = run(attempts(proxied(proxy), ssl_context=trusting_context()))
    assert (outcome(reply), server.requests) == ((False, None, "tls"), [])
