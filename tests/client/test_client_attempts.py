from __future__ import annotations

import asyncio
import gzip
from base64 import b64encode
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_server import (
    NO_CONTENT,
    UPDATE,
    Script,
    ScriptedServer,
    attempts,
    black_hole,
    connection_to,
    drips,
    in_turn,
    refused_port,
    resets,
    says,
    says_and_closes,
    says_without_end,
    stays_silent,
)

from bulk_update.client import ThuliumClient
from bulk_update.client.transport import forbid_resends
from bulk_update.errors import UsageError
from bulk_update.records import BodyKind, Reply

BROKE = "the request was sent, and the connection broke"
NO_HTTP = "the request was sent, and the answer is no HTTP"
TOO_LATE = "the request was sent, and no whole answer within 0.3 s"


def answered(status: int, message: str = "", body: BodyKind = BodyKind.EMPTY) -> Reply:
    return Reply(left=True, status=status, code=f"http-{status}", message=message, body=body)


def unanswered(code: str, message: str) -> Reply:
    return Reply(left=True, status=None, code=code, message=message)


@dataclass(frozen=True)
class Fault:
    name: str
    script: Script
    expected: Reply
    reads: bool = True


def chunked(chunks: bytes) -> bytes:
    return b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks


def sized(body: bytes, *, status: bytes = b"400 Bad Request", more: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return b"HTTP/1.1 " + status + b"\r\n" + more + length + b"\r\n" + body


SHOUTED = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(100))

FAULTS = [
    Fault("a 204", says(NO_CONTENT), answered(204)),
    Fault(
        "a 204 with a body",
        says(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
        answered(204),
    ),
    Fault(
        "a 204 with a long body",
        says(b"HTTP/1.1 204 No Content\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000),
        answered(204),
    ),
    Fault("a 204 with a body of unknown length", says(NO_CONTENT + b"hello"), answered(204)),
    Fault(
        "a 204 that looks like two answers",
        says(NO_CONTENT + sized(b"stray", status=b"200 OK")),
        answered(204),
    ),
    Fault("an empty 200", says(sized(b"", status=b"200 OK")), answered(200)),
    Fault(
        "a body that ends with the connection",
        says_and_closes(b"HTTP/1.0 400 Bad Request\r\n\r\nNo."),
        answered(400, "No.", BodyKind.OTHER),
    ),
    Fault(
        "a body in chunks",
        says(chunked(b"2\r\nNo\r\n1\r\n.\r\n0\r\n\r\n")),
        answered(400, "No.", BodyKind.OTHER),
    ),
    Fault(
        "a compressed body",
        says(sized(gzip.compress(b"No."), more=b"Content-Encoding: gzip\r\n")),
        answered(400, "No.", BodyKind.OTHER),
    ),
    Fault(
        "a body that only claims to be compressed",
        says(sized(b"No.", more=b"Content-Encoding: gzip\r\n")),
        answered(400, "No.", BodyKind.OTHER),
    ),
    Fault(
        "2 MB of body",
        says(sized(b"No " * 700_000)),
        answered(400, ("No " * 200)[:499] + "…", BodyKind.OTHER),
    ),
    Fault(
        "an endless body",
        says_without_end(b"HTTP/1.1 400 Bad Request\r\n\r\n", again=b"No " * 10_000),
        answered(400, ("No " * 200)[:499] + "…", BodyKind.OTHER),
    ),
    Fault(
        "a bomb of zeros",
        says(sized(gzip.compress(b"\0" * 20_000_000), more=b"Content-Encoding: gzip\r\n")),
        answered(400, ("\\x00" * 200)[:499] + "…", BodyKind.OTHER),
    ),
    Fault(
        "interim answers",
        says(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + NO_CONTENT),
        answered(204),
    ),
    Fault(
        "a redirect to another host",
        says(
            sized(b"", status=b"307 Temporary Redirect", more=b"Location: https://elsewhere.pl\r\n")
        ),
        answered(307, "redirected to https://elsewhere.pl"),
    ),
    Fault(
        "100 kB of headers",
        says(b"HTTP/1.1 200 OK\r\n" + SHOUTED + b"Content-Length: 0\r\n\r\n"),
        answered(200),
    ),
    Fault(
        "a header of 100 kB",
        says(sized(b"", status=b"200 OK", more=b"X: " + b"a" * 100_000 + b"\r\n")),
        unanswered("bad-answer", f"{NO_HTTP}: Got more than 8190 bytes when reading"),
    ),
    Fault(
        "another protocol",
        says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        unanswered("bad-answer", f"{NO_HTTP}: 101 Switching Protocols was not asked for"),
    ),
    Fault(
        "garbage",
        says(b"\x00\xff\x1b[2Jgarbage\r\n\r\n"),
        unanswered("bad-answer", f"{NO_HTTP}: Bad status line"),
    ),
    Fault(
        "a chunk without a size",
        says(chunked(b"zz\r\nNo.\r\n")),
        unanswered("bad-answer", f"{NO_HTTP}: Invalid character in chunk size"),
    ),
    Fault(
        "half a status line",
        says_and_closes(b"HTTP/1.1 2"),
        unanswered("disconnected", f"{BROKE}: closed by the server"),
    ),
    Fault(
        "half of the headers",
        says_and_closes(b"HTTP/1.1 200 OK\r\nConte"),
        unanswered("disconnected", f"{BROKE}: closed by the server"),
    ),
    Fault(
        "a 200 with a cut body",
        says_and_closes(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"),
        unanswered("disconnected", f"{BROKE}: in the middle of the answer"),
    ),
    Fault(
        "a cut chunk",
        says_and_closes(chunked(b"5\r\nhel")),
        unanswered("disconnected", f"{BROKE}: in the middle of the answer"),
    ),
    Fault(
        "no answer, and the end",
        says_and_closes(b""),
        unanswered("disconnected", f"{BROKE}: closed by the server"),
    ),
    Fault(
        "a reset after reading",
        resets,
        unanswered("disconnected", f"{BROKE}: Connection reset by peer"),
    ),
]
SLOW_FAULTS = [
    Fault("no answer at all", stays_silent, unanswered("timeout", TOO_LATE)),
    Fault(
        "one byte at a time",
        drips(sized(b"", status=b"200 OK"), seconds=0.05),
        unanswered("timeout", TOO_LATE),
    ),
    Fault(
        "a body of one byte at a time",
        drips(sized(b"x" * 50, status=b"200 OK"), seconds=0.01),
        unanswered("timeout", TOO_LATE),
    ),
    Fault(
        "a server that does not read", stays_silent, unanswered("timeout", TOO_LATE), reads=False
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_reply_tells_what_happened_and_each_attempt_is_one_request(fault: Fault) -> None:
    async def scenario() -> tuple[list[Reply], int]:
        async with ScriptedServer(fault.script) as server:
            replies = await attempts(connection_to(server.url), count=3)
            return replies, len(server.requests)

    assert asyncio.run(scenario()) == ([fault.expected] * 3, 3)


@pytest.mark.parametrize("fault", SLOW_FAULTS, ids=lambda fault: fault.name)
def test_the_time_limit_holds_for_the_whole_attempt(fault: Fault) -> None:
    async def scenario() -> list[Reply]:
        async with ScriptedServer(fault.script, reads=fault.reads) as server:
            return await attempts(connection_to(server.url, timeout_seconds=0.3))

    assert asyncio.run(scenario()) == [fault.expected]


def test_a_reset_before_reading_leaves_it_open_whether_the_request_arrived() -> None:
    async def scenario() -> list[Reply]:
        async with ScriptedServer(resets, reads=False) as server:
            return await attempts(connection_to(server.url), count=3)

    replies = asyncio.run(scenario())
    assert [(reply.left, reply.status, reply.code) for reply in replies] == [
        (True, None, "disconnected")
    ] * 3


@pytest.mark.parametrize(
    "ending", [resets, says_and_closes(b""), says_and_closes(b"HTTP/1.1 2")], ids=repr
)
def test_a_kept_connection_that_ends_under_a_request_is_never_tried_again(ending: Script) -> None:
    script = in_turn(says(NO_CONTENT), ending, says(NO_CONTENT), ending, says(NO_CONTENT))

    async def scenario() -> tuple[list[str], int, int]:
        async with ScriptedServer(script) as server:
            replies = await attempts(connection_to(server.url), count=5)
            return [reply.code for reply in replies], len(server.requests), server.connections

    codes = ["http-204", "disconnected", "http-204", "disconnected", "http-204"]
    assert asyncio.run(scenario()) == (codes, 5, 3)


def test_a_kept_connection_that_was_closed_in_between_is_replaced() -> None:
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

    assert asyncio.run(scenario()) == ([answered(204)] * 3, 3)


def test_connections_are_kept() -> None:
    async def scenario() -> int:
        async with ScriptedServer(says(NO_CONTENT)) as server:
            await attempts(connection_to(server.url), count=5)
            return server.connections

    assert asyncio.run(scenario()) == 1


def test_bytes_that_came_unasked_are_not_taken_for_an_answer() -> None:
    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(NO_CONTENT)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(sized(b"No.", status=b"400 Bad Request"))

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

    assert asyncio.run(scenario()) == ([answered(204)] * 3, 3)


def test_cookies_are_not_kept() -> None:
    async def scenario() -> list[bytes]:
        cookie = b"Set-Cookie: session=1; Path=/\r\n"
        async with ScriptedServer(says(sized(b"", status=b"200 OK", more=cookie))) as server:
            # By name: a cookie jar as it comes takes no cookies from addresses.
            await attempts(connection_to(f"http://localhost:{server.port}"), count=2)
            return server.requests

    first, second = asyncio.run(scenario())
    assert second == first
    assert b"cookie" not in second.lower()


def test_nothing_left_when_nobody_listens() -> None:
    with refused_port() as port:
        base_url = f"http://127.0.0.1:{port}"
        replies = asyncio.run(attempts(connection_to(base_url)))
    assert replies == [
        Reply(
            left=False,
            status=None,
            code="unreachable",
            message=f"no connection to {base_url}: Connection refused",
        )
    ]


def test_an_earlier_attempt_does_not_make_a_later_one_leave() -> None:
    async def scenario() -> list[tuple[bool, str]]:
        with refused_port() as port:
            pass
        async with ThuliumClient(connection_to(f"http://127.0.0.1:{port}")) as client:
            async with ScriptedServer(says_and_closes(NO_CONTENT), port=port):
                replies = [await client.send(UPDATE)]
            await asyncio.sleep(0.02)  # the server's FIN arrives
            replies.append(await client.send(UPDATE))
        return [(reply.left, reply.code) for reply in replies]

    assert asyncio.run(scenario()) == [(True, "http-204"), (False, "unreachable")]


def test_nothing_left_when_the_name_is_unknown() -> None:
    (reply,) = asyncio.run(attempts(connection_to("https://acme.invalid")))
    assert (reply.left, reply.status, reply.code) == (False, None, "unreachable")


@pytest.mark.parametrize(("whole", "connect"), [(5.0, 0.2), (0.2, 5.0)])
def test_nothing_left_when_the_time_runs_out_while_connecting(whole: float, connect: float) -> None:
    with black_hole() as port:
        base_url = f"http://127.0.0.1:{port}"
        connection = connection_to(base_url, timeout_seconds=whole, connect_timeout_seconds=connect)
        replies = asyncio.run(asyncio.wait_for(attempts(connection), 2.0))
    assert replies == [
        Reply(
            left=False,
            status=None,
            code="unreachable",
            message=f"no connection to {base_url}: no answer within the time limit",
        )
    ]


def test_a_cancelled_attempt_is_cancelled_and_the_client_goes_on() -> None:
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

    assert asyncio.run(scenario()) == (True, answered(204))


def test_many_attempts_at_once_each_get_their_own_answer() -> None:
    async def scenario() -> tuple[set[int | None], int]:
        async with (
            ScriptedServer(says(NO_CONTENT)) as server,
            ThuliumClient(connection_to(server.url)) as client,
        ):
            replies = await asyncio.gather(*(client.send(UPDATE) for _ in range(90)))
            return {reply.status for reply in replies}, len(server.requests)

    assert asyncio.run(scenario()) == ({204}, 90)


def test_a_request_is_sent_byte_for_byte_as_described() -> None:
    async def scenario() -> bytes:
        async with ScriptedServer(says(NO_CONTENT)) as server:
            await attempts(connection_to(server.url, password="zażółć:1"))
            return server.requests[0].replace(str(server.port).encode(), b"PORT")

    head, _, body = asyncio.run(scenario()).partition(b"\r\n\r\n")
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


@settings(max_examples=60, deadline=None)
@given(
    answer=st.one_of(
        st.binary(max_size=60),
        st.binary(max_size=60).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail + b"\r\n\r\n"),
        st.binary(max_size=40).map(chunked),
    )
)
def test_no_answer_whatsoever_makes_an_attempt_raise(answer: bytes) -> None:
    async def scenario() -> tuple[list[bool], int]:
        async with ScriptedServer(says_and_closes(answer)) as server:
            replies = await attempts(connection_to(server.url), count=2)
            return [reply.left for reply in replies], len(server.requests)

    assert asyncio.run(scenario()) == ([True, True], 2)


def test_an_aiohttp_that_could_resend_by_itself_is_refused() -> None:
    class WithoutSwitch:
        pass

    with pytest.raises(UsageError, match="cannot be told not to send a request twice"):
        forbid_resends(WithoutSwitch())  # type: ignore[arg-type]


def test_a_client_is_used_as_a_context_manager() -> None:
    client = ThuliumClient(connection_to("http://127.0.0.1:9"))
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(client.send(UPDATE))
