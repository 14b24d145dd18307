"""One response at a time, mocked with respx, and the path of a request."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote, urlsplit

import httpx
import pytest
import respx
from client_attempts import UPDATE, attempts, connection_to
from hypothesis import given, settings
from hypothesis import strategies as st
from mocked_links import MockedLinks
from scripted_server import ScriptedServer

from bulk_update.client import Channel, ThuliumClient, request_path
from bulk_update.messages import sentence_of
from bulk_update.records import BodyKind, RecordUpdate, Reply

ACME = "https://acme.thulium.com"
PATH = "/api/outbounds/00001/records_by_identifier/1234567890"

IDENTIFIERS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(
    lambda text: text not in {".", ".."}
)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (httpx.Response(204), Reply(may_have_been_sent=True, status=204, code="http-204")),
        (
            httpx.Response(
                422,
                json={
                    "request_id": "53678450401cf",
                    "errors": [{"message": "Wrong format of phone number.", "code": 111111}],
                },
            ),
            Reply(
                may_have_been_sent=True,
                status=422,
                code="http-422",
                params={"words": "Wrong format of phone number. (code 111111)"},
                request_id="53678450401cf",
                body=BodyKind.ERRORS,
            ),
        ),
        (
            httpx.Response(503, headers={"Retry-After": "7"}, html="<html><title>Busy</title>"),
            Reply(
                may_have_been_sent=True,
                status=503,
                code="http-503",
                variant="page",
                params={"words": "Busy", "content_type": "text/html; charset=utf-8"},
                retry_after_seconds=7.0,
                body=BodyKind.HTML,
            ),
        ),
        (
            httpx.Response(
                429,
                headers={
                    "Retry-After": "Mon, 02 Mar 2026 05:01:00 GMT",
                    "Date": "Mon, 02 Mar 2026 05:00:00 GMT",
                },
            ),
            Reply(
                may_have_been_sent=True,
                status=429,
                code="http-429",
                variant="bare",
                params={"status": 429},
                retry_after_seconds=60.0,
            ),
        ),
        (
            httpx.Response(307, headers={"Location": "https://elsewhere.pl"}),
            Reply(
                may_have_been_sent=True,
                status=307,
                code="http-307",
                variant="redirect",
                params={"location": "https://elsewhere.pl"},
            ),
        ),
    ],
    ids=lambda value: str(value.status_code) if isinstance(value, httpx.Response) else "",
)
def test_a_response_becomes_a_reply(response: httpx.Response, expected: Reply) -> None:
    router = respx.MockRouter()
    router.put(f"{ACME}{PATH}").mock(return_value=response)
    links = MockedLinks(router)
    assert asyncio.run(attempts(connection_to(ACME), links=links)) == [expected]


@pytest.mark.parametrize(
    ("error", "left", "code"),
    [
        (httpx.ConnectError("x"), False, "unreachable"),
        (httpx.ConnectTimeout("x"), False, "unreachable"),
        (httpx.PoolTimeout("x"), False, "unreachable"),
        (httpx.ProxyError("x"), False, "proxy"),
        (httpx.ReadTimeout("x"), True, "timeout"),
        (httpx.WriteTimeout("x"), True, "timeout"),
        (httpx.ReadError("x"), True, "disconnected"),
        (httpx.WriteError("x"), True, "disconnected"),
        (httpx.CloseError("x"), True, "disconnected"),
        (httpx.RemoteProtocolError("x"), True, "bad-answer"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_of_httpx_shows_whether_anything_was_sent(
    error: httpx.TransportError, *, left: bool, code: str
) -> None:
    router = respx.MockRouter()
    router.put(f"{ACME}{PATH}").mock(side_effect=error)
    links = MockedLinks(router, error=None if left else error)
    (reply,) = asyncio.run(attempts(connection_to(ACME), links=links))
    assert (reply.may_have_been_sent, reply.status, reply.code) == (left, None, code)


def test_a_channel_that_closed_unused_names_the_server() -> None:
    async def scenario() -> Reply:
        async with ThuliumClient(
            connection_to(ACME), links=MockedLinks(respx.MockRouter())
        ) as client:
            channel = await client.connect()
            assert isinstance(channel, Channel)
            channel.release()
            return channel.reply_if_closed()

    reply = asyncio.run(scenario())
    assert (reply.may_have_been_sent, reply.status, reply.code) == (False, None, "unreachable")
    assert sentence_of(reply.reason) == (
        "acme.thulium.com:443: the server closed the connection before the request was sent"
    )


def test_the_mocked_request_is_the_whole_request() -> None:
    router = respx.MockRouter()
    route = router.put(f"{ACME}{PATH}").respond(204)
    asyncio.run(attempts(connection_to(ACME), links=MockedLinks(router)))
    request = route.calls.last.request
    assert (request.read(), request.headers["Content-Type"]) == (UPDATE.body, "application/json")


def test_an_attempt_takes_as_long_as_connecting_and_the_exchange() -> None:
    ticks = iter([10.0, 10.25, 50.0, 50.0625])
    router = respx.MockRouter()
    router.put(f"{ACME}{PATH}").respond(204)

    async def scenario() -> Reply:
        async with ThuliumClient(
            connection_to(ACME), links=MockedLinks(router), clock=lambda: next(ticks)
        ) as client:
            channel = await client.connect()
            assert isinstance(channel, Channel)
            return await channel.send(UPDATE)

    assert asyncio.run(scenario()).elapsed_ms == 312


@pytest.mark.parametrize(
    ("campaign_id", "identifier", "path"),
    [
        ("00001", "1234567890", PATH),
        ("00001", "a/b", "/api/outbounds/00001/records_by_identifier/a%2Fb"),
        ("00001", "%2e%2e", "/api/outbounds/00001/records_by_identifier/%252e%252e"),
        ("00001", "...", "/api/outbounds/00001/records_by_identifier/..."),
        ("1", "a;b=c&", "/api/outbounds/1/records_by_identifier/a%3Bb%3Dc%26"),
        ("1", ",@:?#+~", "/api/outbounds/1/records_by_identifier/%2C%40%3A%3F%23%2B~"),
        ("A B", "żółć", "/api/outbounds/A%20B/records_by_identifier/%C5%BC%C3%B3%C5%82%C4%87"),
    ],
)
def test_an_identifier_is_a_single_path_segment(
    campaign_id: str, identifier: str, path: str
) -> None:
    assert request_path(campaign_id, identifier) == path


@pytest.mark.parametrize("part", ["", ".", "..", "\ud800"])
def test_a_path_segment_that_names_another_resource_is_rejected(part: str) -> None:
    for campaign_id, identifier in [(part, "1"), ("00001", part)]:
        with pytest.raises(ValueError, match=r"cannot be a part of a path|surrogates not allowed"):
            request_path(campaign_id, identifier)


def test_an_identifier_too_long_for_a_url_is_not_sent() -> None:
    links = MockedLinks(respx.MockRouter())

    async def scenario() -> Reply:
        async with ThuliumClient(connection_to(ACME), links=links) as client:
            return await client.send(UPDATE._replace(identifier="ż" * 20_000))

    assert asyncio.run(scenario()) == Reply(
        may_have_been_sent=False,
        status=None,
        code="address-too-long",
        params={"length": 20_000},
    )
    assert links.released == 1


@given(identifier=IDENTIFIERS)
def test_decoding_the_segment_returns_the_identifier(identifier: str) -> None:
    segments = urlsplit(f"{ACME}{request_path('00001', identifier)}").path.split("/")
    assert segments[:5] == ["", "api", "outbounds", "00001", "records_by_identifier"]
    assert [unquote(segment) for segment in segments[5:]] == [identifier]


@settings(max_examples=20, deadline=None)
@given(updates=st.lists(st.builds(UPDATE._replace, identifier=IDENTIFIERS), min_size=8))
def test_the_path_that_is_shown_is_the_path_that_is_sent(
    lasting_server: ScriptedServer, updates: list[RecordUpdate]
) -> None:
    lasting_server.forget()

    async def scenario() -> None:
        async with ThuliumClient(connection_to(lasting_server.url)) as client:
            for update in updates:
                await client.send(update)

    asyncio.run(scenario())
    shown = [f"PUT {request_path('00001', update.identifier)}" for update in updates]
    assert [request.target for request in lasting_server.requests] == shown
