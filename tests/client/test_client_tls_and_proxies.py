from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest
import trustme
from scripted_server import (
    NO_CONTENT,
    PASSWORD,
    UPDATE,
    Run,
    Script,
    ScriptedServer,
    attempts,
    black_hole,
    connection_to,
    in_turn,
    refused_port,
    resets,
    says,
    says_and_closes,
    stays_silent,
)

from bulk_update.client import Channel, ThuliumClient
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


def outcome(reply: Reply) -> tuple[bool, int | None, str]:
    return reply.may_have_been_sent, reply.status, reply.code


def test_a_trusted_server_is_spoken_to(run: Run) -> None:
    async def scenario() -> list[Reply]:
        context = server_context(AUTHORITY, "localhost")
        async with ScriptedServer(says(NO_CONTENT), ssl_context=context) as server:
            connection = connection_to(f"https://localhost:{server.port}")
            return await attempts(connection, count=2, ssl_context=trusting_context())

    assert [outcome(reply) for reply in run(scenario())] == [(True, 204, "http-204")] * 2


@pytest.mark.parametrize(
    ("authority", "name", "finding"),
    [
        (STRANGER, "localhost", "unable to get local issuer certificate"),
        (AUTHORITY, "other.example", "Hostname mismatch"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*ssl.*:ResourceWarning")
def test_a_wrong_certificate_means_that_nothing_leaves(
    authority: trustme.CA, name: str, finding: str, run: Run
) -> None:
    async def scenario() -> tuple[list[Reply], int]:
        context = server_context(authority, name)
        async with ScriptedServer(says(NO_CONTENT), ssl_context=context) as server:
            connection = connection_to(f"https://localhost:{server.port}")
            replies = await attempts(connection, ssl_context=trusting_context())
            return replies, len(server.requests)

    (reply,), received = run(scenario())
    assert (outcome(reply), received) == ((False, None, "tls"), 0)
    assert finding in sentence_of(reply.reason)


def test_the_system_does_not_trust_a_certificate_of_anybody(run: Run) -> None:
    async def scenario() -> list[Reply]:
        context = server_context(AUTHORITY, "localhost")
        async with ScriptedServer(says(NO_CONTENT), ssl_context=context) as server:
            return await attempts(connection_to(f"https://localhost:{server.port}"))

    assert [outcome(reply) for reply in run(scenario())] == [(False, None, "tls")]


def says_at_once(answer: bytes) -> Script:
    """Answer without being asked, and then wait."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await stays_silent(writer)

    return script


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (says_at_once(b"HTTP/1.1 400 No\r\n\r\n"), (False, None, "tls")),
        (says_and_closes(b""), (False, None, "unreachable")),
        (resets, (False, None, "unreachable")),
        (stays_silent, (False, None, "unreachable")),
    ],
    ids=["speaks plain http", "closes", "resets", "stays silent"],
)
def test_a_broken_handshake_is_a_tls_failure_only_if_tls_is_at_fault(
    script: Script, expected: tuple[bool, int | None, str], run: Run
) -> None:
    async def scenario() -> list[Reply]:
        async with ScriptedServer(script, reads=False) as server:
            connection = connection_to(
                f"https://localhost:{server.port}",
                connect_timeout_seconds=0.3 if script is stays_silent else 10.0,
            )
            return await attempts(connection, ssl_context=trusting_context())

    (reply,) = run(scenario())
    assert outcome(reply) == expected, reply.params


def test_an_authority_that_ssl_cert_file_names_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    file = tmp_path / "authority.pem"
    file.write_bytes(AUTHORITY.cert_pem.bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))

    async def scenario() -> list[Reply]:
        context = server_context(AUTHORITY, "localhost")
        async with ScriptedServer(says(NO_CONTENT), ssl_context=context) as server:
            return await attempts(connection_to(f"https://localhost:{server.port}"))

    assert [outcome(reply) for reply in run(scenario())] == [(True, 204, "http-204")]


def says_in_records(*records: bytes) -> Script:
    """Answer in several TLS records that arrive together."""

    async def script(writer: asyncio.StreamWriter) -> None:
        for record in records:
            writer.write(record)
        await writer.drain()

    return script


async def statuses_over_tls(
    script: Script, *, count: int, pause_seconds: float
) -> tuple[list[int | None], int]:
    """Return the status of each of several attempts, and how many requests were received."""
    context = server_context(AUTHORITY, "localhost")
    async with (
        ScriptedServer(script, ssl_context=context) as server,
        ThuliumClient(
            connection_to(f"https://localhost:{server.port}"), ssl_context=trusting_context()
        ) as client,
    ):
        statuses = []
        for _ in range(count):
            statuses.append((await client.send(UPDATE)).status)
            await asyncio.sleep(pause_seconds)
        return statuses, len(server.requests)


REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nNo."


@pytest.mark.parametrize("pause_seconds", [0.0, 0.02])
@pytest.mark.parametrize(
    "records",
    [
        (NO_CONTENT, NO_CONTENT),
        (NO_CONTENT, b"\r\n"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b"hello"),
        (b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\n"),
    ],
    ids=["another answer", "an empty line", "a body", "the end of a body"],
)
def test_what_follows_an_answer_in_a_record_of_its_own_answers_nothing(
    records: tuple[bytes, ...], pause_seconds: float, run: Run
) -> None:
    script = in_turn(
        says_in_records(*records), says(REFUSAL), says_in_records(*records), says(REFUSAL)
    )

    told, received = run(statuses_over_tls(script, count=4, pause_seconds=pause_seconds))
    assert (told, received) == ([204, 400, 204, 400], 4)


def test_a_secured_connection_that_was_closed_in_between_is_replaced(run: Run) -> None:
    script = says_and_closes(NO_CONTENT)  # in the pause, its close_notify arrives
    told, received = run(statuses_over_tls(script, count=3, pause_seconds=0.025))
    assert (told, received) == ([204] * 3, 3)


def ends_in_good_order(answer: bytes) -> Script:
    """Answer, and close with TLS's close_notify."""
    return says_and_closes(answer)


def merely_stops(answer: bytes) -> Script:
    """Answer, and close the TCP connection below TLS without a word."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.transport.abort()

    return script


def resets_below_tls(answer: bytes) -> Script:
    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        await asyncio.sleep(0.02)
        await resets(writer)

    return script


WITHOUT_LENGTH = b"HTTP/1.1 200 OK\r\n\r\nSaved."
WITH_LENGTH = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nSaved."


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (ends_in_good_order(WITHOUT_LENGTH), "http-200"),
        (merely_stops(WITHOUT_LENGTH), "disconnected"),
        (resets_below_tls(WITHOUT_LENGTH), "disconnected"),
        (ends_in_good_order(WITH_LENGTH), "http-200"),
        (merely_stops(WITH_LENGTH), "http-200"),
        (resets_below_tls(WITH_LENGTH), "http-200"),
    ],
    ids=["close_notify", "none", "reset", "length, close_notify", "length, none", "length, reset"],
)
def test_a_body_without_a_length_is_whole_only_if_tls_says_so(
    script: Script, code: str, run: Run
) -> None:
    async def scenario() -> list[Reply]:
        context = server_context(AUTHORITY, "localhost")
        async with ScriptedServer(script, ssl_context=context) as server:
            connection = connection_to(f"https://localhost:{server.port}")
            return await attempts(connection, count=2, ssl_context=trusting_context())

    assert [reply.code for reply in run(scenario())] == [code] * 2


def test_a_channel_over_tls_waits_and_notices_the_end(run: Run) -> None:
    async def scenario() -> tuple[bool, bool, list[str]]:
        context = server_context(AUTHORITY, "localhost")
        closing = asyncio.Event()

        async def closes_then(writer: asyncio.StreamWriter) -> None:
            await closing.wait()
            writer.close()

        async with (
            ScriptedServer(closes_then, reads=False, ssl_context=context) as server,
            ThuliumClient(
                connection_to(f"https://localhost:{server.port}"), ssl_context=trusting_context()
            ) as client,
        ):
            channel = await client.connect()
            assert isinstance(channel, Channel)
            await asyncio.sleep(0.05)
            before = channel.is_ready
            closing.set()
            await asyncio.sleep(0.1)
            reply = await channel.send(UPDATE)
            return before, channel.is_ready, [reply.code, str(reply.may_have_been_sent)]

    assert run(scenario()) == (True, False, ["unreachable", "False"])


class TunnellingProxy(ScriptedServer):
    """A proxy that connects to one server, whatever name it is given, and passes bytes on."""

    def __init__(
        self, target_port: int, *, opening: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n"
    ) -> None:
        super().__init__(self._tunnel)
        self._target_port = target_port
        self._opening = opening
        self._pumps: list[asyncio.Task[None]] = []

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        await super()._answer(reader, writer)

    async def _tunnel(self, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        writer.write(self._opening)
        await asyncio.gather(_pump(self._reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def test_a_proxy_sees_the_host_and_its_own_password_and_nothing_else(run: Run) -> None:
    async def scenario() -> tuple[list[Reply], list[bytes], int]:
        context = server_context(AUTHORITY, "acme.thulium.test")
        async with (
            ScriptedServer(says(NO_CONTENT), ssl_context=context) as server,
            TunnellingProxy(server.port) as proxy,
        ):
            connection = connection_to(
                "https://acme.thulium.test",
                proxy=f"http://me:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}",
            )
            replies = await attempts(connection, count=2, ssl_context=trusting_context())
            return replies, proxy.requests, len(server.requests)

    replies, seen, received = run(scenario())
    assert [outcome(reply) for reply in replies] == [(True, 204, "http-204")] * 2
    assert received == 2
    (request,) = seen
    head = request.split(b"\r\n")
    assert head[0] == b"CONNECT acme.thulium.test:443 HTTP/1.1"
    token = b64encode(f"me:{PROXY_PASSWORD}".encode())
    assert b"Proxy-Authorization: Basic " + token in head
    own = b64encode(f"robot:{PASSWORD}".encode())
    assert own not in request


@pytest.mark.parametrize(
    ("script", "finding"),
    [
        (says(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), "HTTP 502: Bad Gateway"),
        (says_and_closes(b""), "the proxy closed the connection"),
        (says(b"garbage\r\n\r\n"), "invalid HTTP (Expected HTTP/, RTSP/ or ICE/)"),
        (resets, "connection reset"),
        (stays_silent, "no connection within 0.3 s"),
        (
            says(b"HTTP/1.1 200 OK\r\n\r\nhello"),
            "the proxy sent data or closed the connection before TLS began",
        ),
    ],
    ids=["bad gateway", "closes", "garbage", "resets", "stays silent", "speaks before TLS"],
)
def test_nothing_left_when_the_proxy_gives_no_connection(
    script: Script, finding: str, run: Run
) -> None:
    async def scenario() -> tuple[Reply, str]:
        async with ScriptedServer(script) as proxy:
            connection = connection_to(
                "https://acme.thulium.test",
                proxy=f"http://me:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}",
                connect_timeout_seconds=0.3,
            )
            (reply,) = await attempts(connection, ssl_context=trusting_context())
            return reply, f"127.0.0.1:{proxy.port}"

    reply, address = run(scenario())
    assert outcome(reply) == (False, None, "proxy")
    assert sentence_of(reply.reason) == f"proxy {address}: {finding}"


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


@pytest.mark.parametrize("answer", REFUSED_BY_PROXY)
def test_a_proxy_that_refuses_its_password_halts_the_run_and_nothing_left(
    answer: bytes, run: Run
) -> None:
    async def scenario() -> list[Reply]:
        async with ScriptedServer(says(answer)) as proxy:
            connection = connection_to(
                "https://acme.thulium.test",
                proxy=f"http://me:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}",
            )
            return await attempts(connection, ssl_context=trusting_context())

    (reply,) = run(scenario())
    assert outcome(reply) == (False, None, "proxy-407")
    assert (verdict_of(reply), halt_code_of(reply)) == (Verdict.HALT, "halted-407")
    assert "HTTP 407" in sentence_of(reply.reason)


def test_a_tunnel_may_open_with_any_2xx_and_any_headers(run: Run) -> None:
    async def scenario() -> list[Reply]:
        context = server_context(AUTHORITY, "acme.thulium.test")
        opening = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 299 Fine\r\nContent-Length: 5\r\n\r\n"
        async with (
            ScriptedServer(says(NO_CONTENT), ssl_context=context) as server,
            TunnellingProxy(server.port, opening=opening) as proxy,
        ):
            connection = connection_to(
                "https://acme.thulium.test", proxy=f"http://127.0.0.1:{proxy.port}"
            )
            return await attempts(connection, ssl_context=trusting_context())

    assert [outcome(reply) for reply in run(scenario())] == [(True, 204, "http-204")]


@pytest.mark.parametrize("unreachable", [refused_port, black_hole])
def test_nothing_left_when_the_proxy_is_out_of_reach(
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
    async def scenario() -> list[Reply]:
        context = server_context(STRANGER, "acme.thulium.test")
        async with (
            ScriptedServer(says(NO_CONTENT), ssl_context=context) as server,
            TunnellingProxy(server.port) as proxy,
        ):
            connection = connection_to(
                "https://acme.thulium.test", proxy=f"http://127.0.0.1:{proxy.port}"
            )
            return await attempts(connection, ssl_context=trusting_context())

    assert [outcome(reply) for reply in run(scenario())] == [(False, None, "tls")]
