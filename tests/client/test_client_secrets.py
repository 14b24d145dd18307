"""A canary password and where it must never sing."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import traceback
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import (
    NO_CONTENT,
    UPDATE,
    Script,
    ScriptedServer,
    attempts,
    connection_to,
    resets,
    says,
    says_and_closes,
    stays_silent,
)

from bulk_update.client import ThuliumClient
from bulk_update.client.redaction import Redactor
from bulk_update.records import Reply

CANARY = "Kanárek/zażółć \"<&1>'+%"
PROXY_CANARY = "proxykanarek~1"
CREDENTIALS = f"robot:{CANARY}"

SPELLINGS = {
    "plain": CANARY,
    "shouted": CANARY.upper(),
    "percent": quote(CANARY, safe=""),
    "percent, lower case": quote(CANARY, safe="").lower(),
    "percent, slashes kept": quote(CANARY),
    "form": quote_plus(CANARY),
    "html": html.escape(CANARY),
    "html by PHP": html.escape(CANARY).replace("&#x27;", "&#039;"),
    "json": json.dumps(CANARY),
    "json in UTF-8": json.dumps(CANARY, ensure_ascii=False),
    "json by PHP": json.dumps(CANARY).replace("/", "\\/"),
    "Latin-1": CANARY.encode().decode("latin-1"),
    "base64": b64encode(CANARY.encode()).decode(),
    "base64 for URLs": urlsafe_b64encode(CANARY.encode()).decode(),
    "header": "Authorization: Basic " + b64encode(CREDENTIALS.encode()).decode(),
}


def sings(text: str) -> list[str]:
    """Return the spellings of the canary that a text holds."""
    folded = text.lower()
    return [
        name
        for name, spelling in SPELLINGS.items()
        if spelling.removeprefix("Authorization: Basic ").strip('"=').lower() in folded
    ]


def test_the_canary_is_heard_in_every_spelling() -> None:
    assert all(name in sings(f"<{spelling}>") for name, spelling in SPELLINGS.items())


def answer_of(body: str, *, headers: str = "", status: int = 400) -> bytes:
    encoded = body.encode()
    head = f"HTTP/1.1 {status} No\r\n{headers}Content-Length: {len(encoded)}\r\n\r\n"
    return head.encode() + encoded


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_server_that_echoes_the_password_is_not_repeated(spelling: str) -> None:
    answers = [
        answer_of(f"You sent {spelling} to us"),
        answer_of(json.dumps({"errors": [{"message": spelling, "code": spelling}]})),
        answer_of(json.dumps({"request_id": spelling, "errors": [spelling]})),
        answer_of(json.dumps({spelling: [spelling]})),
        answer_of(f"<html><title>{spelling}</title>"),
        answer_of(f"<html><title>{html.escape(spelling)}</title>"),
        answer_of(f"<html><p>{html.escape(spelling)}"),
        answer_of("x" * 480 + spelling),
    ]

    async def scenario() -> list[Reply]:
        replies = []
        for answer in answers:
            async with ScriptedServer(says(answer)) as server:
                replies += await attempts(connection_to(server.url, password=CANARY))
        return replies

    replies = asyncio.run(scenario())
    assert [reply.status for reply in replies] == [400] * len(answers)
    assert sings(repr(replies) + "".join(f"{r.message} {r.request_id}" for r in replies)) == []


def test_a_redirect_that_echoes_the_password_is_not_repeated() -> None:
    location = f"Location: https://acme.thulium.com/?pw={quote(CANARY)}\r\n"
    answer = answer_of("", headers=location, status=302)

    async def scenario() -> list[Reply]:
        async with ScriptedServer(says(answer)) as server:
            return await attempts(connection_to(server.url, password=CANARY))

    (reply,) = asyncio.run(scenario())
    assert reply.message == "redirected to https://acme.thulium.com/?pw=[secret]"


@pytest.mark.parametrize(
    "script",
    [
        resets,
        stays_silent,
        says_and_closes(b""),
        says(f"HTTP/1.1 {CANARY}\r\n\r\n".encode()),
        says(f"{b64encode(CREDENTIALS.encode()).decode()}\r\n\r\n".encode()),
        says(f"HTTP/1.1 200 OK\r\n{quote(CANARY)}\r\n\r\n".encode()),
        says(f"HTTP/1.1 200 OK\r\nContent-Length: {CANARY}\r\n\r\n".encode()),
        says(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{CANARY}\r\n".encode()),
        says(f"HTTP/1.1 407 {PROXY_CANARY} {quote(CANARY)}\r\n\r\n".encode()),
    ],
)
@pytest.mark.parametrize("through_proxy", [False, True])
def test_no_failure_tells_a_password(
    script: Script, *, through_proxy: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> list[Reply]:
        async with ScriptedServer(script) as server:
            proxy = f"http://me:{PROXY_CANARY}@127.0.0.1:{server.port}"
            connection = connection_to(
                "https://acme.thulium.test" if through_proxy else server.url,
                password=CANARY,
                proxy=proxy if through_proxy else None,
                timeout_seconds=0.2,
            )
            return await attempts(connection)

    with caplog.at_level(logging.DEBUG):
        replies = asyncio.run(scenario())
    told = repr(replies) + "".join(reply.message for reply in replies) + caplog.text
    assert sings(told) == []
    assert PROXY_CANARY not in told
    assert b64encode(f"me:{PROXY_CANARY}".encode()).decode() not in told


def test_a_bug_does_not_bring_the_password_to_light() -> None:
    async def scenario() -> None:
        async with (
            ScriptedServer(says(NO_CONTENT)) as server,
            ThuliumClient(connection_to(server.url, password=CANARY)) as client,
        ):
            await client.send(UPDATE._replace(campaign_id=""))

    with pytest.raises(ValueError, match="part of a path") as caught:
        asyncio.run(scenario())
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert sings("".join(told.format())) == []


@given(text=st.text(max_size=80), secret=st.text("ABCĄŻ!/+%&", min_size=4, max_size=9))
def test_a_secret_never_survives(text: str, secret: str) -> None:
    assert secret not in Redactor([secret]).message(f"{text}{secret}{text}")


def test_a_message_is_one_line_of_bounded_length_that_a_terminal_does_not_obey() -> None:
    assert Redactor(()).message(" a\r\n\tb \x1b[31m\u202e\x00\u2028ż ") == (
        "a b \\x1b[31m\\u202e\\x00 ż"
    )
    assert len(Redactor(()).message("\x1b" * 1000)) == 500
    assert Redactor(["", "x"]).message("") == ""
