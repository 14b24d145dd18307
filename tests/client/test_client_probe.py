"""Connecting without a request: addresses, certificates, and what goes wrong."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

import pytest
import trustme
from client_attempts import Run, connection_to
from scripted_server import Reaction, ScriptedServer, always
from unreachable_ports import refused_port

from bulk_update.client import Certificate, Connection, Peer, Probe
from bulk_update.messages import sentence_of
from bulk_update.records import Reply

AUTHORITY = trustme.CA()
ENDS_AT = datetime(2031, 5, 4, 12, tzinfo=UTC)


def secured_server() -> ScriptedServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost", not_after=ENDS_AT).configure_cert(context)
    return ScriptedServer(ssl_context=context)


def trusting_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def connect(
    run: Run, connection: Connection, *, ssl_context: ssl.SSLContext | None = None
) -> Peer | Reply:
    async def connected() -> Peer | Reply:
        return await Probe(connection, ssl_context=ssl_context).connect()

    found: Peer | Reply = run(connected())
    return found


def look_up(run: Run, connection: Connection) -> tuple[str, ...] | Reply:
    async def looked_up() -> tuple[str, ...] | Reply:
        return await Probe(connection).addresses()

    found: tuple[str, ...] | Reply = run(looked_up())
    return found


def test_a_probe_sends_no_request(server: ScriptedServer, run: Run) -> None:
    assert connect(run, connection_to(server.url)) == Peer(None)
    assert server.requests == []


def test_a_probe_shows_how_long_the_certificate_is_valid(run: Run) -> None:
    with secured_server() as server:
        peer = connect(run, connection_to(server.url), ssl_context=trusting_context())
    assert peer == Peer(Certificate(ENDS_AT))
    assert server.requests == []


def test_a_context_that_shows_no_certificate_still_connects(run: Run) -> None:
    """On Windows and macOS the system judges certificates, and `ssl` sees none."""
    context = trusting_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with secured_server() as server:
        assert connect(run, connection_to(server.url), ssl_context=context) == Peer(
            Certificate(None)
        )


@pytest.mark.filterwarnings("ignore:.*ssl.*:ResourceWarning")
def test_a_certificate_that_is_not_trusted_is_a_tls_failure(run: Run) -> None:
    with secured_server() as server:
        reply = connect(run, connection_to(server.url))
    assert isinstance(reply, Reply)
    assert reply.code == "tls"


def test_a_refused_port_is_unreachable(run: Run) -> None:
    with refused_port() as port:
        reply = connect(run, connection_to(f"http://127.0.0.1:{port}"))
    assert isinstance(reply, Reply)
    assert sentence_of(reply.reason) == f"127.0.0.1:{port}: connection refused"


def test_a_proxy_without_its_password_in_a_finding(server: ScriptedServer, run: Run) -> None:
    server.script = always(Reaction(b"HTTP/1.1 407 opensesame\r\nContent-Length: 0\r\n\r\n"))
    proxy = f"http://me:opensesame@127.0.0.1:{server.port}"
    connection = connection_to("https://acme.thulium.test", proxy=proxy)
    assert look_up(run, connection) == ("127.0.0.1",)
    reply = connect(run, connection)
    assert isinstance(reply, Reply)
    assert reply.code == "proxy-407"
    assert "opensesame" not in sentence_of(reply.reason)


def test_an_address_needs_no_lookup(run: Run) -> None:
    assert look_up(run, connection_to("http://127.0.0.1:9")) == ("127.0.0.1",)
