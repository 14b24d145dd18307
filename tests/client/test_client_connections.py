from __future__ import annotations

import asyncio
from base64 import b64encode

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
    stays_silent,
)

from bulk_update.client import ThuliumClient
from bulk_update.records import Reply

CONFIRMED = Reply(left=True, status=204, code="http-204")


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


def test_nothing_left_when_nobody_listens(run: Run) -> None:
    with refused_port() as port:
        base_url = f"http://127.0.0.1:{port}"
        replies = run(attempts(connection_to(base_url)))
    assert replies == [
        Reply(
            left=False,
            status=None,
            code="unreachable",
            message=f"no connection to {base_url}: Connection refused",
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
        return [(reply.left, reply.code) for reply in replies]

    assert run(scenario()) == [(True, "http-204"), (False, "unreachable")]


def test_nothing_left_when_the_name_is_unknown(run: Run) -> None:
    (reply,) = run(attempts(connection_to("https://acme.invalid")))
    assert (reply.left, reply.status, reply.code) == (False, None, "unreachable")


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
            left=False,
            status=None,
            code="unreachable",
            message=f"no connection to {base_url}: no answer within the time limit",
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
