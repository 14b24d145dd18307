from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable

import psutil
import pytest
from scripted_server import (
    NO_CONTENT,
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
    says_in_turn,
    stays_silent,
)

from bulk_update.client import Channel, ThuliumClient
from bulk_update.client.dialing import alternating, first_to_connect
from bulk_update.messages import sentence_of
from bulk_update.records import Reply

CONFIRMED = Reply(may_have_been_sent=True, status=204, code="http-204")


@pytest.mark.parametrize(
    "ending",
    [resets, says_and_closes(b""), says_and_closes(b"HTTP/1.1 2")],
    ids=["reset", "closed", "closed half-way"],
)
def test_a_kept_connection_that_ends_under_a_request_is_never_tried_again(
    ending: Script, run: Run
) -> None:
    script = in_turn(says(NO_CONTENT), ending, says(NO_CONTENT), ending, says(NO_CONTENT))

    async def scenario() -> tuple[list[str], int, int]:
        async with ScriptedServer(script) as server:
            replies = await attempts(connection_to(server.url), count=5)
            return [reply.code for reply in replies], len(server.requests), server.connections

    codes = ["http-204", "disconnected", "http-204", "disconnected", "http-204"]
    assert run(scenario()) == (codes, 5, 3)


@pytest.mark.parametrize(
    "late",
    [
        says(b"hello" + NO_CONTENT),
        says_in_turn(b"hel", b"lo", NO_CONTENT),
        says_in_turn(b"hello HTT", b"P/1", b".1 204 No Content\r\n\r\n"),
        says_in_turn(b"HTTP", NO_CONTENT),
    ],
    ids=["with the next answer", "in segments", "torn", "nearly an answer"],
)
def test_a_body_behind_a_204_that_comes_late_disturbs_no_other_row(late: Script, run: Run) -> None:
    async def scenario() -> tuple[list[Reply], int, int]:
        async with ScriptedServer(in_turn(says(NO_CONTENT), late, says(NO_CONTENT))) as server:
            replies = await attempts(connection_to(server.url), count=3)
            return replies, len(server.requests), server.connections

    assert run(scenario()) == ([CONFIRMED] * 3, 3, 2)


def test_what_never_becomes_an_answer_behind_a_204_is_bounded(run: Run) -> None:
    async def scenario() -> list[str]:
        script = in_turn(says(NO_CONTENT), says(b"x" * 1_100_000))
        async with ScriptedServer(script) as server:
            replies = await attempts(connection_to(server.url), count=2)
            return [reply.code for reply in replies]

    assert run(scenario()) == ["http-204", "bad-answer"]


def test_a_kept_connection_that_was_closed_in_between_is_replaced(run: Run) -> None:
    async def scenario() -> tuple[list[Reply], int]:
        async with (
            ScriptedServer(says_and_closes(NO_CONTENT)) as server,
            ThuliumClient(connection_to(server.url), clock=lambda: 0.0) as client,
        ):
            replies = []
            for _ in range(3):
                replies.append(await client.send(UPDATE))
                await asyncio.sleep(0.02)  # the server's FIN arrives
            return replies, len(server.requests)

    assert run(scenario()) == ([CONFIRMED] * 3, 3)


def test_connections_are_kept(run: Run) -> None:
    async def scenario() -> int:
        async with ScriptedServer(says(NO_CONTENT)) as server:
            await attempts(connection_to(server.url), count=5)
            return server.connections

    assert run(scenario()) == 1


def test_bytes_that_came_unasked_are_not_taken_for_an_answer(run: Run) -> None:
    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(NO_CONTENT)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nNo.")

    async def scenario() -> tuple[list[Reply], int]:
        async with (
            ScriptedServer(script) as server,
            ThuliumClient(connection_to(server.url), clock=lambda: 0.0) as client,
        ):
            replies = []
            for _ in range(3):
                replies.append(await client.send(UPDATE))
                await asyncio.sleep(0.05)
            return replies, len(server.requests)

    assert run(scenario()) == ([CONFIRMED] * 3, 3)


def test_cookies_are_not_kept(run: Run) -> None:
    async def scenario() -> list[bytes]:
        answer = b"HTTP/1.1 204 No Content\r\nSet-Cookie: session=1; Path=/\r\n\r\n"
        async with ScriptedServer(says(answer)) as server:
            # By name: a cookie jar as it comes takes no cookies from addresses.
            await attempts(connection_to(f"http://localhost:{server.port}"), count=2)
            return server.requests

    first, second = run(scenario())
    assert second == first
    assert b"cookie" not in second.lower()


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


def test_an_earlier_attempt_does_not_make_a_later_one_leave(run: Run) -> None:
    async def scenario() -> list[tuple[bool, str]]:
        with refused_port() as port:
            pass
        async with ThuliumClient(connection_to(f"http://127.0.0.1:{port}")) as client:
            async with ScriptedServer(says_and_closes(NO_CONTENT), port=port):
                replies = [await client.send(UPDATE)]
            await asyncio.sleep(0.02)  # the server's FIN arrives
            replies.append(await client.send(UPDATE))
        return [(reply.may_have_been_sent, reply.code) for reply in replies]

    assert run(scenario()) == [(True, "http-204"), (False, "unreachable")]


def test_nothing_left_when_the_name_is_unknown(run: Run) -> None:
    (reply,) = run(attempts(connection_to("https://acme.invalid")))
    assert (reply.may_have_been_sent, reply.status, reply.code) == (False, None, "unreachable")
    assert re.fullmatch(r"acme\.invalid:443: host name .*", sentence_of(reply.reason))


@pytest.mark.parametrize(("whole", "connect"), [(5.0, 0.2), (0.2, 5.0)])
def test_nothing_left_when_the_time_runs_out_while_connecting(
    whole: float, connect: float, run: Run
) -> None:
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


def test_each_attempt_on_a_kept_connection_has_a_time_limit_of_its_own(run: Run) -> None:
    async def scenario() -> tuple[list[str], float, int]:
        script = in_turn(says(NO_CONTENT), says(NO_CONTENT), stays_silent)
        async with (
            ScriptedServer(script) as server,
            ThuliumClient(connection_to(server.url, timeout_seconds=1.0)) as client,
        ):
            codes = []
            for _ in range(2):
                codes.append((await client.send(UPDATE)).code)
                await asyncio.sleep(0.3)
            began = asyncio.get_running_loop().time()
            codes.append((await client.send(UPDATE)).code)
            return codes, asyncio.get_running_loop().time() - began, server.connections

    codes, seconds, connections = run(asyncio.wait_for(scenario(), 30.0))
    assert (codes, connections) == (["http-204", "http-204", "timeout"], 1)
    assert 0.99 <= seconds < 20.0


def test_a_cancelled_attempt_is_cancelled_and_the_client_goes_on(run: Run) -> None:
    async def scenario() -> tuple[bool, Reply]:
        script = in_turn(stays_silent, says(NO_CONTENT))
        async with (
            ScriptedServer(script) as server,
            ThuliumClient(connection_to(server.url), clock=lambda: 0.0) as client,
        ):
            task = asyncio.create_task(client.send(UPDATE))
            await server.has_request.wait()
            task.cancel()
            await asyncio.wait([task])
            return task.cancelled(), await client.send(UPDATE)

    assert run(scenario()) == (True, CONFIRMED)


def test_many_attempts_at_once_each_get_their_own_answer(run: Run) -> None:
    async def scenario() -> tuple[set[int | None], int]:
        async with (
            ScriptedServer(says(NO_CONTENT)) as server,
            ThuliumClient(connection_to(server.url)) as client,
        ):
            replies = await asyncio.gather(*(client.send(UPDATE) for _ in range(90)))
            return {reply.status for reply in replies}, len(server.requests)

    assert run(scenario()) == ({204}, 90)


def test_a_request_is_sent_byte_for_byte_as_described(run: Run) -> None:
    async def scenario() -> bytes:
        async with ScriptedServer(says(NO_CONTENT)) as server:
            await attempts(connection_to(server.url, password="zażółć:1"))
            return server.requests[0].replace(str(server.port).encode(), b"PORT")

    head, _, body = run(scenario()).partition(b"\r\n\r\n")
    assert body == b'{"status_id":"3"}'
    credentials = b64encode("robot:zażółć:1".encode())
    assert head.split(b"\r\n") == [
        b"PUT /api/outbounds/00001/records_by_identifier/1234567890 HTTP/1.1",
        b"Host: 127.0.0.1:PORT",
        b"Authorization: Basic " + credentials,
        b"Content-Type: application/json",
        b"Accept: application/json",
        b"Accept-Encoding: identity",
        b"Accept-Language: en",
        b"User-Agent: bulk-update/0.1.0",
        b"Content-Length: 17",
    ]


async def channel_of(client: ThuliumClient) -> Channel:
    channel = await client.connect()
    assert isinstance(channel, Channel)
    return channel


def test_a_channel_carries_a_request_and_its_connection_is_used_again(run: Run) -> None:
    async def scenario() -> tuple[list[Reply], int]:
        async with (
            ScriptedServer(says(NO_CONTENT)) as server,
            ThuliumClient(connection_to(server.url), clock=lambda: 0.0) as client,
        ):
            replies = [await (await channel_of(client)).send(UPDATE) for _ in range(3)]
            return replies, server.connections

    assert run(scenario()) == ([CONFIRMED] * 3, 1)


def test_a_channel_writes_before_its_first_await(run: Run) -> None:
    async def scenario() -> bool:
        async with (
            ScriptedServer(says(NO_CONTENT)) as server,
            ThuliumClient(connection_to(server.url)) as client,
        ):
            sending = (await channel_of(client)).send(UPDATE)
            sending.send(None)  # as far as it goes by itself
            await asyncio.wait_for(server.has_request.wait(), 5.0)
            sending.close()
            return True

    assert run(scenario())


def test_a_channel_that_is_released_is_lent_again_and_to_one_alone(run: Run) -> None:
    async def scenario() -> tuple[list[Reply], int, int]:
        async with (
            ScriptedServer(says(NO_CONTENT)) as server,
            ThuliumClient(connection_to(server.url), clock=lambda: 0.0) as client,
        ):
            for _ in range(3):
                channel = await channel_of(client)
                channel.release()
                channel.release()
            first, second = await channel_of(client), await channel_of(client)
            replies = await asyncio.gather(first.send(UPDATE), second.send(UPDATE))
            return list(replies), server.connections, len(server.requests)

    assert run(scenario()) == ([CONFIRMED] * 2, 2, 2)


def test_no_two_channels_share_a_connection(run: Run) -> None:
    async def scenario() -> tuple[set[str], int]:
        async with (
            ScriptedServer(says(NO_CONTENT)) as server,
            ThuliumClient(connection_to(server.url)) as client,
        ):
            channels = [await channel_of(client) for _ in range(5)]
            replies = await asyncio.gather(*(channel.send(UPDATE) for channel in channels))
            return {reply.code for reply in replies}, server.connections

    assert run(scenario()) == ({"http-204"}, 5)


@pytest.mark.parametrize(
    "script",
    [
        lambda: resets,
        lambda: says_and_closes(b""),
        lambda: in_turn(says(b"\r\n"), stays_silent),
        lambda: in_turn(says(NO_CONTENT), stays_silent),
    ],
    ids=["reset", "closed", "an empty line", "an answer"],
)
def test_a_channel_that_waits_notices_what_the_server_does(
    script: Callable[[], Script], run: Run
) -> None:
    async def scenario() -> tuple[bool, Reply]:
        async with (
            ScriptedServer(script(), reads=False) as server,
            ThuliumClient(connection_to(server.url), clock=lambda: 0.0) as client,
        ):
            channel = await channel_of(client)
            await asyncio.sleep(0.1)
            return channel.is_ready, await channel.send(UPDATE)

    is_ready, reply = run(scenario())
    assert not is_ready
    assert (reply.may_have_been_sent, reply.status, reply.code) == (False, None, "unreachable")


def test_a_new_channel_may_wait_and_a_used_connection_may_not(run: Run) -> None:
    async def scenario() -> tuple[bool, bool, bool]:
        async with (
            ScriptedServer(says(NO_CONTENT)) as server,
            ThuliumClient(connection_to(server.url)) as client,
        ):
            new = await channel_of(client)
            await (await channel_of(client)).send(UPDATE)
            used = await channel_of(client)
            was_ready = used.is_ready
            await asyncio.sleep(4.3)
            return was_ready, used.is_ready, new.is_ready

    assert run(scenario()) == (True, False, True)


def test_waiting_between_connecting_and_sending_does_not_count(run: Run) -> None:
    async def scenario() -> Reply:
        async with (
            ScriptedServer(says(NO_CONTENT)) as server,
            ThuliumClient(connection_to(server.url, timeout_seconds=0.5)) as client,
        ):
            channel = await channel_of(client)
            await asyncio.sleep(0.8)
            return await channel.send(UPDATE)

    reply = run(scenario())
    assert (reply.code, reply.elapsed_ms < 500) == ("http-204", True)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.05])
def test_a_cancelled_connect_leaves_nothing_behind(seconds: float, run: Run) -> None:
    async def scenario() -> tuple[bool, int]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        async with (
            ScriptedServer(stays_silent, reads=False) as server,
            ThuliumClient(
                connection_to(f"https://localhost:{server.port}"), ssl_context=context
            ) as client,
        ):
            connecting = asyncio.create_task(client.connect())
            await asyncio.sleep(seconds)
            connecting.cancel()
            await asyncio.wait([connecting])
            await asyncio.sleep(0.05)
            return connecting.cancelled(), len(open_connections_to(server.port))

    assert run(scenario()) == (True, 0)


def test_a_client_that_is_closed_leaves_no_connection_open(run: Run) -> None:
    async def scenario() -> int:
        async with ScriptedServer(says(NO_CONTENT)) as server:
            async with ThuliumClient(connection_to(server.url)) as client:
                await channel_of(client)  # is never used
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


def test_the_first_address_that_answers_is_taken(run: Run) -> None:
    """The name has two addresses, and nobody answers on the first."""

    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        async with ScriptedServer(says(NO_CONTENT)) as server:
            with black_hole() as port:
                addresses = [("127.0.0.1", port), ("127.0.0.1", server.port)]
                began = loop.time()
                sock = await first_to_connect(
                    [(socket.AF_INET, socket.SOCK_STREAM, 0, "", where) for where in addresses]
                )
                with sock:
                    assert sock.getpeername() == addresses[1]
                return loop.time() - began

    assert 0.2 <= run(scenario()) < 3.0


def test_where_no_address_answers_the_first_one_says_why(run: Run) -> None:
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
