from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl
from base64 import b64encode

import psutil
import pytest
from client_attempts import UPDATE, Run, attempts, connection_to
from scripted_server import NO_CONTENT, Reaction, ScriptedServer, always, in_parts, in_turn
from unreachable_ports import black_hole, refused_port

from bulk_update.client import Channel, ThuliumClient
from bulk_update.client.dialing import alternating, first_to_connect
from bulk_update.messages import sentence_of
from bulk_update.records import Reply

CONFIRMED = Reply(may_have_been_sent=True, status=204, code="http-204")
TAKES = Reaction()
TAKES_AND_CLOSES = Reaction(then="close")
NEVER_RESPONDS = Reaction(None)


def client_of(server: ScriptedServer, *, timeout_seconds: float = 5.0) -> ThuliumClient:
    """Return a client whose clock does not move."""
    connection = connection_to(server.url, timeout_seconds=timeout_seconds)
    return ThuliumClient(connection, clock=lambda: 0.0)


async def send_with_pauses(client: ThuliumClient, *, count: int, seconds: float) -> list[Reply]:
    """Send requests one after another, leaving the connection idle after each."""
    replies = []
    for _ in range(count):
        replies.append(await client.send(UPDATE))
        await asyncio.sleep(seconds)
    return replies


@pytest.mark.parametrize(
    "ending",
    [
        Reaction(None, then="reset"),
        Reaction(None, then="close"),
        Reaction(b"HTTP/1.1 2", then="close"),
    ],
    ids=["reset", "closed", "closed half-way"],
)
def test_a_request_is_not_repeated_when_its_kept_connection_ends(
    server: ScriptedServer, ending: Reaction, run: Run
) -> None:
    server.script = in_turn(TAKES, ending, TAKES, ending, TAKES)
    replies = run(attempts(connection_to(server.url), count=5))
    codes = ["http-204", "disconnected", "http-204", "disconnected", "http-204"]
    assert [reply.code for reply in replies] == codes
    assert (len(server.requests), server.connections) == (5, 3)


@pytest.mark.parametrize(
    "late",
    [
        Reaction(b"hello" + NO_CONTENT),
        in_parts(b"hel", b"lo", NO_CONTENT),
        in_parts(b"hello HTT", b"P/1", b".1 204 No Content\r\n\r\n"),
        in_parts(b"HTTP", NO_CONTENT),
    ],
    ids=["with the next response", "in segments", "torn", "nearly a response"],
)
def test_a_late_body_of_a_204_does_not_affect_the_next_row(
    server: ScriptedServer, late: Reaction, run: Run
) -> None:
    server.script = in_turn(TAKES, late, TAKES)
    replies = run(attempts(connection_to(server.url), count=3))
    assert replies == [CONFIRMED] * 3
    assert (len(server.requests), server.connections) == (3, 2)


def test_data_after_a_204_that_is_not_http_is_bounded(server: ScriptedServer, run: Run) -> None:
    server.script = in_turn(TAKES, Reaction(b"x" * 1_100_000))
    replies = run(attempts(connection_to(server.url), count=2))
    assert [reply.code for reply in replies] == ["http-204", "bad-answer"]


def test_a_kept_connection_that_the_server_closed_is_replaced(
    server: ScriptedServer, run: Run
) -> None:
    server.script = always(TAKES_AND_CLOSES)

    async def scenario() -> list[Reply]:
        async with client_of(server) as client:
            return await send_with_pauses(client, count=3, seconds=0.02)  # the FIN arrives

    assert run(scenario()) == [CONFIRMED] * 3
    assert len(server.requests) == 3


def test_connections_are_kept(server: ScriptedServer, run: Run) -> None:
    run(attempts(connection_to(server.url), count=5))
    assert server.connections == 1


def test_unrequested_bytes_are_not_taken_for_a_response(server: ScriptedServer, run: Run) -> None:
    unrequested = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nNo."
    server.script = always(in_parts(NO_CONTENT, unrequested, pause_seconds=0.01))

    async def scenario() -> list[Reply]:
        async with client_of(server) as client:
            return await send_with_pauses(client, count=3, seconds=0.05)

    assert run(scenario()) == [CONFIRMED] * 3
    assert len(server.requests) == 3


def test_cookies_are_not_kept(server: ScriptedServer, run: Run) -> None:
    cookie = b"HTTP/1.1 204 No Content\r\nSet-Cookie: session=1; Path=/\r\n\r\n"
    server.script = always(Reaction(cookie))
    # By host name, because a default cookie jar accepts no cookies from IP addresses.
    run(attempts(connection_to(f"http://localhost:{server.port}"), count=2))
    first, second = server.requests
    assert second == first
    assert "cookie" not in second.head.lower()


def test_nothing_is_sent_when_no_server_listens(run: Run) -> None:
    with refused_port() as port:
        base_url = f"http://127.0.0.1:{port}"
        replies = run(attempts(connection_to(base_url)))
    assert replies == [
        Reply(
            may_have_been_sent=False,
            status=None,
            code="unreachable",
            variant="system",
            params={
                "host": "127.0.0.1",
                "port": port,
                "error": "ECONNREFUSED",
                "number": errno.ECONNREFUSED,
            },
        )
    ]


def test_an_earlier_attempt_does_not_make_a_later_one_count_as_sent(run: Run) -> None:
    with refused_port() as port:
        pass

    async def scenario() -> list[tuple[bool, str]]:
        async with ThuliumClient(connection_to(f"http://127.0.0.1:{port}")) as client:
            with ScriptedServer(always(TAKES_AND_CLOSES), port=port):
                replies = [await client.send(UPDATE)]
            await asyncio.sleep(0.02)  # the server's FIN arrives
            replies.append(await client.send(UPDATE))
        return [(reply.may_have_been_sent, reply.code) for reply in replies]

    assert run(scenario()) == [(True, "http-204"), (False, "unreachable")]


def test_nothing_is_sent_when_the_name_is_unknown(run: Run) -> None:
    (reply,) = run(attempts(connection_to("https://acme.invalid")))
    assert (reply.may_have_been_sent, reply.status, reply.code) == (False, None, "unreachable")
    assert re.fullmatch(r"acme\.invalid:443: host name .*", sentence_of(reply.reason))


@pytest.mark.parametrize(("whole", "connect"), [(5.0, 0.2), (0.2, 5.0)])
def test_nothing_is_sent_when_connecting_times_out(whole: float, connect: float, run: Run) -> None:
    with black_hole() as port:
        base_url = f"http://127.0.0.1:{port}"
        connection = connection_to(base_url, timeout_seconds=whole, connect_timeout_seconds=connect)
        replies = run(asyncio.wait_for(attempts(connection), 2.0))
    assert replies == [
        Reply(
            may_have_been_sent=False,
            status=None,
            code="unreachable",
            variant="late",
            params={"host": "127.0.0.1", "port": port, "seconds": 0.2},
        )
    ]


def test_each_attempt_on_a_kept_connection_has_a_time_limit_of_its_own(
    server: ScriptedServer, run: Run
) -> None:
    server.script = in_turn(TAKES, TAKES, NEVER_RESPONDS)

    async def scenario() -> tuple[list[str], float]:
        async with client_of(server, timeout_seconds=0.6) as client:
            replies = await send_with_pauses(client, count=2, seconds=0.2)
            began = asyncio.get_running_loop().time()
            replies.append(await client.send(UPDATE))
            seconds = asyncio.get_running_loop().time() - began
            return [reply.code for reply in replies], seconds

    codes, seconds = run(asyncio.wait_for(scenario(), 30.0))
    assert (codes, server.connections) == (["http-204", "http-204", "timeout"], 1)
    assert 0.59 <= seconds < 20.0


def test_the_client_goes_on_after_a_cancelled_attempt(server: ScriptedServer, run: Run) -> None:
    server.script = in_turn(NEVER_RESPONDS, TAKES)

    async def scenario() -> tuple[bool, Reply]:
        async with client_of(server) as client:
            task = asyncio.create_task(client.send(UPDATE))
            await asyncio.to_thread(server.wait_for, 1)
            task.cancel()
            await asyncio.wait([task])
            return task.cancelled(), await client.send(UPDATE)

    assert run(scenario()) == (True, CONFIRMED)


def test_concurrent_attempts_each_get_their_own_response(server: ScriptedServer, run: Run) -> None:
    async def scenario() -> list[Reply]:
        async with client_of(server) as client:
            return await asyncio.gather(*(client.send(UPDATE) for _ in range(90)))

    assert run(scenario()) == [CONFIRMED] * 90
    assert len(server.requests) == 90


def test_a_request_is_sent_byte_for_byte_as_described(server: ScriptedServer, run: Run) -> None:
    run(attempts(connection_to(server.url, password="zażółć:1")))
    (request,) = server.requests
    assert request.body == b'{"status_id":"3"}'
    credentials = b64encode("robot:zażółć:1".encode()).decode()
    assert request.head.split("\r\n") == [
        "PUT /api/outbounds/00001/records_by_identifier/1234567890 HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"Authorization: Basic {credentials}",
        "Content-Type: application/json",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "Accept-Language: en",
        "User-Agent: bulk-update/0.1.0",
        "Content-Length: 17",
        "",
        "",
    ]


async def channel_of(client: ThuliumClient) -> Channel:
    channel = await client.connect()
    assert isinstance(channel, Channel)
    return channel


def test_the_connection_of_a_channel_is_used_again(server: ScriptedServer, run: Run) -> None:
    async def scenario() -> list[Reply]:
        async with client_of(server) as client:
            return [await (await channel_of(client)).send(UPDATE) for _ in range(3)]

    assert run(scenario()) == [CONFIRMED] * 3
    assert server.connections == 1


def test_a_channel_writes_before_its_first_await(server: ScriptedServer, run: Run) -> None:
    async def scenario() -> None:
        async with client_of(server) as client:
            sending = (await channel_of(client)).send(UPDATE)
            sending.send(None)  # until it first waits
            await asyncio.to_thread(server.wait_for, 1, seconds=5.0)
            sending.close()

    run(scenario())
    assert len(server.requests) == 1


def test_a_released_connection_is_used_by_one_other_channel(
    server: ScriptedServer, run: Run
) -> None:
    async def scenario() -> list[Reply]:
        async with client_of(server) as client:
            for _ in range(3):
                channel = await channel_of(client)
                channel.release()
                channel.release()
            first, second = await channel_of(client), await channel_of(client)
            return list(await asyncio.gather(first.send(UPDATE), second.send(UPDATE)))

    assert run(scenario()) == [CONFIRMED] * 2
    assert (len(server.requests), server.connections) == (2, 2)


def test_no_two_channels_share_a_connection(server: ScriptedServer, run: Run) -> None:
    async def scenario() -> list[Reply]:
        async with client_of(server) as client:
            channels = [await channel_of(client) for _ in range(5)]
            return await asyncio.gather(*(channel.send(UPDATE) for channel in channels))

    assert run(scenario()) == [CONFIRMED] * 5
    assert server.connections == 5


@pytest.mark.parametrize(
    "greeting",
    [
        Reaction(None, then="reset", delay_seconds=0.1),
        Reaction(None, then="close"),
        Reaction(b"\r\n"),
        Reaction(NO_CONTENT),
    ],
    ids=["reset", "closed", "an empty line", "a response"],
)
def test_a_waiting_channel_notices_what_the_server_does(
    server: ScriptedServer, greeting: Reaction, run: Run
) -> None:
    server.greeting = lambda _number: greeting

    async def scenario() -> tuple[bool, Reply]:
        async with client_of(server) as client:
            channel = await channel_of(client)
            await asyncio.sleep(0.2)
            return channel.is_ready, await channel.send(UPDATE)

    is_ready, reply = run(scenario())
    assert not is_ready
    assert (reply.may_have_been_sent, reply.status, reply.code) == (False, None, "unreachable")
    assert server.requests == []


def test_only_a_channel_on_a_used_connection_expires(server: ScriptedServer, run: Run) -> None:
    async def scenario() -> tuple[bool, bool, bool]:
        async with client_of(server) as client:
            new = await channel_of(client)
            await (await channel_of(client)).send(UPDATE)
            used = await channel_of(client)
            was_ready = used.is_ready
            await asyncio.sleep(4.3)
            return was_ready, used.is_ready, new.is_ready

    assert run(scenario()) == (True, False, True)


def test_waiting_between_connecting_and_sending_does_not_count(
    server: ScriptedServer, run: Run
) -> None:
    async def scenario() -> Reply:
        async with ThuliumClient(connection_to(server.url, timeout_seconds=0.5)) as client:
            channel = await channel_of(client)
            await asyncio.sleep(0.8)
            return await channel.send(UPDATE)

    reply = run(scenario())
    assert (reply.code, reply.elapsed_ms < 500) == ("http-204", True)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.05])
def test_a_cancelled_connect_leaves_nothing_behind(
    server: ScriptedServer, seconds: float, run: Run
) -> None:
    server.greeting = lambda _number: NEVER_RESPONDS

    async def scenario() -> tuple[bool, int]:
        connection = connection_to(f"https://localhost:{server.port}")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        async with ThuliumClient(connection, ssl_context=context) as client:
            connecting = asyncio.create_task(client.connect())
            await asyncio.sleep(seconds)
            connecting.cancel()
            await asyncio.wait([connecting])
            await asyncio.sleep(0.05)
            return connecting.cancelled(), len(open_connections_to(server.port))

    assert run(scenario()) == (True, 0)


def test_a_closed_client_leaves_no_connection_open(server: ScriptedServer, run: Run) -> None:
    async def scenario() -> int:
        async with client_of(server) as client:
            await channel_of(client)  # a channel that is never used
            await client.send(UPDATE)
            with pytest.raises(ValueError, match="part of a path"):
                await client.send(UPDATE._replace(campaign_id=""))
        await asyncio.sleep(0.05)
        return len(open_connections_to(server.port))

    assert run(scenario()) == 0


def open_connections_to(port: int) -> list[object]:
    return [
        connection
        for connection in psutil.Process().net_connections("tcp")
        if connection.raddr
        and connection.raddr.port == port
        and connection.status == psutil.CONN_ESTABLISHED
    ]


def test_the_first_address_that_responds_is_used(server: ScriptedServer, run: Run) -> None:
    """The name has two addresses, and the first one never responds."""

    async def scenario(silent_port: int) -> float:
        loop = asyncio.get_running_loop()
        addresses = [("127.0.0.1", silent_port), ("127.0.0.1", server.port)]
        began = loop.time()
        sock = await first_to_connect(
            [(socket.AF_INET, socket.SOCK_STREAM, 0, "", where) for where in addresses]
        )
        with sock:
            assert sock.getpeername() == addresses[1]
        return loop.time() - began

    with black_hole() as port:
        assert 0.2 <= run(scenario(port)) < 3.0


def test_the_error_of_the_first_address_is_reported_when_all_fail(run: Run) -> None:
    async def scenario() -> None:
        with refused_port() as one, refused_port() as other:
            await first_to_connect(
                [
                    (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))
                    for port in (one, other)
                ]
            )

    with pytest.raises(ConnectionRefusedError):
        run(scenario())


def test_addresses_of_two_families_take_turns() -> None:
    six, four = socket.AF_INET6, socket.AF_INET
    found = [
        (family, socket.SOCK_STREAM, 0, "", (str(index),))
        for index, family in enumerate([six, six, six, four])
    ]
    assert [address[0] for address in alternating(found)] == [six, four, six, six]
