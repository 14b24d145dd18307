from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass
from itertools import pairwise

import pytest
from client_attempts import Run, attempts, connection_to
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_server import (
    NO_CONTENT,
    Reaction,
    ScriptedServer,
    always,
    dripping,
    in_parts,
)

from bulk_update.client.responses import ResponseParser
from bulk_update.messages import sentence_of
from bulk_update.records import BodyKind, Reply

BROKE = "the request was sent, and the connection broke"
NO_HTTP = "the request was sent, and the response is not valid HTTP"
TOO_LATE = "the request was sent, and no complete response arrived within 0.3 s"

Described = tuple[Reply, str]
"""A reply without its parameters, and the message that they make."""


def described(reply: Reply) -> Described:
    return reply._replace(variant="", params={}), sentence_of(reply.reason)


def responded(status: int, message: str = "", body: BodyKind = BodyKind.EMPTY) -> Described:
    reply = Reply(may_have_been_sent=True, status=status, code=f"http-{status}", body=body)
    return described(reply)[0], message


def no_response(code: str, message: str) -> Described:
    return described(Reply(may_have_been_sent=True, status=None, code=code))[0], message


@dataclass(frozen=True)
class Fault:
    name: str
    reaction: Reaction
    expected: Described


def chunked(chunks: bytes) -> bytes:
    return b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks


def sized(body: bytes, *, status: bytes = b"400 Bad Request", more: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return b"HTTP/1.1 " + status + b"\r\n" + more + length + b"\r\n" + body


def resetting(data: bytes) -> Reaction:
    """Write the data, and reset the connection once the client has read it."""
    return Reaction(data, then="reset", pause_seconds=0.02)


MANY_HEADERS = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(100))

FAULTS = [
    Fault("a 204", Reaction(NO_CONTENT), responded(204)),
    Fault(
        "a 204 with a body",
        Reaction(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
        responded(204),
    ),
    Fault(
        "a 204 with a long body",
        Reaction(b"HTTP/1.1 204 No Content\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000),
        responded(204),
    ),
    Fault("a 204 with a body of unknown length", Reaction(NO_CONTENT + b"hello"), responded(204)),
    Fault(
        "a 204 that looks like two responses",
        Reaction(NO_CONTENT + sized(b"stray", status=b"200 OK")),
        responded(204),
    ),
    Fault(
        "a 204 with a body in a segment of its own",
        in_parts(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b"hel", b"lo"),
        responded(204),
    ),
    Fault(
        "a 204 with a body in chunks",
        Reaction(
            b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nNo\r\n0\r\n\r\n"
        ),
        responded(204),
    ),
    Fault(
        "a 304 with a body",
        Reaction(sized(b"hello", status=b"304 Not Modified")),
        responded(304, "HTTP 304 Not Modified without an explanation"),
    ),
    Fault(
        "a 204 and a reset",
        resetting(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
        responded(204),
    ),
    Fault(
        "a 2xx whose body ends with the connection",
        Reaction(b"HTTP/1.1 200 OK\r\n\r\nSaved.", then="close"),
        responded(200, "Saved.", BodyKind.OTHER),
    ),
    Fault(
        "a 2xx whose body ends with a reset",
        resetting(b"HTTP/1.1 200 OK\r\n\r\nSaved."),
        no_response("disconnected", f"{BROKE}: connection reset"),
    ),
    Fault(
        "a 2xx without a body that ends with a reset",
        resetting(b"HTTP/1.1 200 OK\r\n\r\n"),
        no_response("disconnected", f"{BROKE}: connection reset"),
    ),
    Fault(
        "an old 2xx whose body ends with a reset",
        resetting(b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nSaved."),
        no_response("disconnected", f"{BROKE}: connection reset"),
    ),
    Fault(
        "a whole 2xx before a reset",
        resetting(sized(b"Saved.", status=b"200 OK", more=b"Connection: close\r\n")),
        responded(200, "Saved.", BodyKind.OTHER),
    ),
    Fault(
        "a body in an unknown transfer encoding that ends with the connection",
        Reaction(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: br\r\n\r\nSaved.", then="close"),
        responded(200, "the body has an unknown encoding (br): Saved.", BodyKind.UNREADABLE),
    ),
    Fault("an empty 200", Reaction(sized(b"", status=b"200 OK")), responded(200)),
    Fault(
        "a body that ends with the connection",
        Reaction(b"HTTP/1.0 400 Bad Request\r\n\r\nNo.", then="close"),
        responded(400, "No.", BodyKind.OTHER),
    ),
    Fault(
        "a body in chunks",
        Reaction(chunked(b"2\r\nNo\r\n1\r\n.\r\n0\r\n\r\n")),
        responded(400, "No.", BodyKind.OTHER),
    ),
    Fault(
        "a compressed body",
        Reaction(sized(gzip.compress(b"No.", mtime=0), more=b"Content-Encoding: gzip\r\n")),
        responded(400, "No.", BodyKind.OTHER),
    ),
    Fault(
        "a body that only claims to be compressed",
        Reaction(sized(b"No.", more=b"Content-Encoding: gzip\r\n")),
        responded(400, "the body is truncated or not valid gzip: No.", BodyKind.UNREADABLE),
    ),
    Fault(
        "2 MB of body",
        Reaction(sized(b"No " * 700_000)),
        responded(400, ("No " * 200)[:499] + "…", BodyKind.TOO_LONG),
    ),
    Fault(
        "an error behind 1 MB",
        Reaction(
            sized(b'{"padding": "' + b"." * 1_000_000 + b'", "error": "No."}', status=b"200 OK")
        ),
        responded(200, ('{"padding": "' + "." * 500)[:499] + "…", BodyKind.TOO_LONG),
    ),
    Fault(
        "a body of just 1 MB",
        Reaction(sized(b"No." + b" " * 999_997)),
        responded(400, "No.", BodyKind.OTHER),
    ),
    Fault(
        "a web page of 2 MB",
        Reaction(sized(b"<html><title>Sorry</title>" + b"." * 2_000_000, status=b"200 OK")),
        responded(200, "a web page: Sorry", BodyKind.HTML),
    ),
    Fault(
        "an endless body",
        Reaction(b"HTTP/1.1 400 Bad Request\r\n\r\n", again=b"No " * 10_000),
        responded(400, ("No " * 200)[:499] + "…", BodyKind.TOO_LONG),
    ),
    Fault(
        "a bomb of zeros",
        Reaction(
            sized(gzip.compress(b"\0" * 20_000_000, mtime=0), more=b"Content-Encoding: gzip\r\n")
        ),
        responded(400, ("\\x00" * 200)[:499] + "…", BodyKind.TOO_LONG),
    ),
    Fault(
        "interim responses",
        Reaction(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + NO_CONTENT),
        responded(204),
    ),
    Fault(
        "an interim response in a segment of its own, and a 200",
        in_parts(
            b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n",
            sized(b"Saved.", status=b"200 OK"),
        ),
        responded(200, "Saved.", BodyKind.OTHER),
    ),
    Fault(
        "an interim response that ends its connection, and goes on",
        Reaction(b"HTTP/1.0 103 Early Hints\r\nConnection: close\r\n\r\n" + NO_CONTENT),
        responded(204),
    ),
    Fault(
        "an interim response, and the end",
        Reaction(b"HTTP/1.1 100 Continue\r\n\r\n", then="close"),
        no_response("disconnected", f"{BROKE}: closed by the server"),
    ),
    Fault(
        "an offer of another protocol",
        Reaction(
            sized(
                b"Saved.",
                status=b"200 OK",
                more=b"Upgrade: h2,h2c\r\nConnection: Upgrade, Keep-Alive\r\n",
            )
        ),
        responded(200, "Saved.", BodyKind.OTHER),
    ),
    Fault(
        "9 kB of headers in one line",
        Reaction(sized(b"", status=b"200 OK", more=b"X: " + b"a" * 9_000 + b"\r\n")),
        responded(200),
    ),
    Fault(
        "130 headers",
        Reaction(sized(b"", status=b"200 OK", more=b"X-Y: z\r\n" * 130)),
        responded(200),
    ),
    Fault(
        "headers as old programs write them",
        Reaction(
            b"HTTP/1.1 200\nX-Odd: \xb1\x01\nX-Empty:\nX-Folded: a\n b\nContent-Length: 6\n\nSaved."
        ),
        responded(200, "Saved.", BodyKind.OTHER),
    ),
    Fault(
        "a redirect to another host",
        Reaction(
            sized(b"", status=b"307 Temporary Redirect", more=b"Location: https://elsewhere.pl\r\n")
        ),
        responded(307, "redirected to https://elsewhere.pl"),
    ),
    Fault(
        "100 kB of headers",
        Reaction(b"HTTP/1.1 200 OK\r\n" + MANY_HEADERS + b"Content-Length: 0\r\n\r\n"),
        responded(200),
    ),
    Fault(
        "a header of 100 kB",
        Reaction(sized(b"", status=b"200 OK", more=b"X: " + b"a" * 100_000 + b"\r\n")),
        no_response("bad-answer", f"{NO_HTTP}: a header line of more than 65536 bytes"),
    ),
    Fault(
        "a header without end",
        Reaction(b"HTTP/1.1 200 OK\r\nX: ", again=b"a" * 10_000),
        no_response("bad-answer", f"{NO_HTTP}: a header line of more than 65536 bytes"),
    ),
    Fault(
        "headers without end",
        Reaction(b"HTTP/1.1 200 OK\r\n", again=b"X: y\r\n" * 1000),
        no_response("bad-answer", f"{NO_HTTP}: headers of more than 262144 bytes"),
    ),
    Fault(
        "a trailer without end",
        Reaction(chunked(b"0\r\nX: "), again=b"a" * 10_000),
        no_response("bad-answer", f"{NO_HTTP}: a header line of more than 65536 bytes"),
    ),
    Fault(
        "a body of two lengths",
        Reaction(sized(b"No.", more=b"Content-Length: 4\r\n")),
        no_response("bad-answer", f"{NO_HTTP}: Duplicate Content-Length"),
    ),
    Fault(
        "another protocol",
        Reaction(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        no_response("bad-answer", f"{NO_HTTP}: status 101 is not a final response"),
    ),
    Fault(
        "a status that HTTP does not have",
        Reaction(sized(b"", status=b"007 Bond")),
        no_response("bad-answer", f"{NO_HTTP}: status 7 is not a final response"),
    ),
    Fault(
        "garbage",
        Reaction(b"\x00\xff\x1b[2Jgarbage\r\n\r\n"),
        no_response("bad-answer", f"{NO_HTTP}: Expected HTTP/, RTSP/ or ICE/"),
    ),
    Fault(
        "a chunk without a size",
        Reaction(chunked(b"zz\r\nNo.\r\n")),
        no_response("bad-answer", f"{NO_HTTP}: Invalid character in chunk size"),
    ),
    Fault(
        "half a status line",
        Reaction(b"HTTP/1.1 2", then="close"),
        no_response("disconnected", f"{BROKE}: closed by the server"),
    ),
    Fault(
        "half of the headers",
        Reaction(b"HTTP/1.1 200 OK\r\nConte", then="close"),
        no_response("disconnected", f"{BROKE}: closed by the server"),
    ),
    Fault(
        "a 200 with a cut body",
        Reaction(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", then="close"),
        no_response("disconnected", f"{BROKE}: closed in the middle of the response"),
    ),
    Fault(
        "a cut chunk",
        Reaction(chunked(b"5\r\nhel"), then="close"),
        no_response("disconnected", f"{BROKE}: closed in the middle of the response"),
    ),
    Fault(
        "no response, and the end",
        Reaction(b"", then="close"),
        no_response("disconnected", f"{BROKE}: closed by the server"),
    ),
    Fault(
        "a reset after reading",
        Reaction(None, then="reset"),
        no_response("disconnected", f"{BROKE}: connection reset"),
    ),
]
SLOW_FAULTS = [
    Fault("no response at all", Reaction(None), no_response("timeout", TOO_LATE)),
    Fault(
        "one byte at a time",
        dripping(sized(b"", status=b"200 OK"), pause_seconds=0.05),
        no_response("timeout", TOO_LATE),
    ),
    Fault(
        "a body of one byte at a time",
        dripping(sized(b"x" * 50, status=b"200 OK"), pause_seconds=0.01),
        no_response("timeout", TOO_LATE),
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_reply_says_what_happened_and_each_attempt_is_one_request(
    server: ScriptedServer, fault: Fault, run: Run
) -> None:
    server.script = always(fault.reaction)
    replies = run(attempts(connection_to(server.url), count=3))
    assert [described(reply) for reply in replies] == [fault.expected] * 3
    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", SLOW_FAULTS, ids=lambda fault: fault.name)
def test_the_time_limit_applies_to_the_whole_attempt(
    server: ScriptedServer, fault: Fault, run: Run
) -> None:
    server.script = always(fault.reaction)
    replies = run(attempts(connection_to(server.url, timeout_seconds=0.3)))
    assert [described(reply) for reply in replies] == [fault.expected]


def test_the_time_limit_applies_when_the_server_does_not_read(
    server: ScriptedServer, run: Run
) -> None:
    server.greeting = lambda _number: Reaction(None)
    replies = run(attempts(connection_to(server.url, timeout_seconds=0.3)))
    assert [described(reply) for reply in replies] == [no_response("timeout", TOO_LATE)]


def test_a_request_may_have_been_sent_when_the_server_resets_before_reading(
    server: ScriptedServer, run: Run
) -> None:
    server.greeting = lambda _number: Reaction(None, then="reset", delay_seconds=0.1)
    replies = run(attempts(connection_to(server.url), count=3))
    assert [(reply.may_have_been_sent, reply.status, reply.code) for reply in replies] == [
        (True, None, "disconnected")
    ] * 3


RESPONSES = [
    NO_CONTENT,
    sized(b"Saved.", status=b"200 OK", more=b"X-Empty:\r\nX-Long: " + b"a" * 300 + b"\r\n"),
    chunked(b"2\r\nNo\r\n1;x=y\r\n.\r\n0\r\nX-Trailer: z\r\n\r\n"),
    b"HTTP/1.1 100 Continue\r\n\r\n" + sized(b"", status=b"200 OK"),
    b"HTTP/1.0 200 OK\r\n\r\nSaved.",
]


@settings(deadline=None)
@given(response=st.sampled_from(RESPONSES), cuts=st.lists(st.integers(0, 500), max_size=20))
def test_a_response_is_the_same_in_any_segmentation(response: bytes, cuts: list[int]) -> None:
    whole, in_parts = ResponseParser(), ResponseParser()
    whole.feed(response)
    edges = sorted({0, *(min(cut, len(response)) for cut in cuts), len(response)})
    for start, end in pairwise(edges):
        in_parts.feed(response[start:end])
    for parser in (whole, in_parts):
        parser.feed_end()
    assert whole.response is not None
    assert (in_parts.response, in_parts.keeps_connection) == (
        whole.response,
        whole.keeps_connection,
    )


@settings(deadline=None)
@given(response=st.sampled_from(RESPONSES), length=st.integers(0, 500))
def test_a_truncated_response_is_complete_only_if_it_ends_with_the_connection(
    response: bytes, length: int
) -> None:
    beginning = response[: min(length, len(response) - 1)]
    parser = ResponseParser()
    parser.feed(beginning)
    assert parser.response is None
    parser.feed_end()
    is_old = response.startswith(b"HTTP/1.0")
    assert (parser.response is not None) is (is_old and b"\r\n\r\n" in beginning)


@settings(max_examples=60, deadline=None)
@given(
    response=st.one_of(
        st.binary(max_size=60),
        st.binary(max_size=60).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail + b"\r\n\r\n"),
        st.binary(max_size=40).map(chunked),
    )
)
def test_no_response_makes_an_attempt_raise_or_sends_a_request_twice(
    lasting_server: ScriptedServer, response: bytes
) -> None:
    lasting_server.forget()
    lasting_server.script = always(Reaction(response, then="close"))
    replies = asyncio.run(attempts(connection_to(lasting_server.url), count=3))
    assert [reply.may_have_been_sent for reply in replies] == [True] * 3
    assert len(lasting_server.requests) <= 3
