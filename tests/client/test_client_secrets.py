"""A canary password, and the places where it must never appear."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import traceback
from base64 import b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from client_attempts import UPDATE, attempts, connection_to
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scripted_server import Reaction, ScriptedServer, always, in_turn

from bulk_update.client import ThuliumClient
from bulk_update.client.redaction import SHORTEST_SECRET, Redactor
from bulk_update.messages import sentence_of

CANARY = "Kanárek/zażółć \"<&1>'+%"
PROXY_USER = "proxyuser"
PROXY_CANARY = "proxykanarek~1?>"
PROXY_TOKEN = b64encode(f"{PROXY_USER}:{PROXY_CANARY}".encode()).decode()
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
    """Return the spellings of the canary that a text contains."""
    folded = text.lower()
    return [
        name
        for name, spelling in SPELLINGS.items()
        if spelling.removeprefix("Authorization: Basic ").strip('"=').lower() in folded
    ]


def test_the_canary_is_recognised_in_every_spelling() -> None:
    assert all(name in sings(f"<{spelling}>") for name, spelling in SPELLINGS.items())


def response_of(body: str, *, headers: str = "", status: int = 400) -> bytes:
    encoded = body.encode()
    head = f"HTTP/1.1 {status} No\r\n{headers}Content-Length: {len(encoded)}\r\n\r\n"
    return head.encode() + encoded


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_password_that_the_server_echoes_is_not_repeated(
    server: ScriptedServer, spelling: str
) -> None:
    responses = [
        response_of(f"You sent {spelling} to us"),
        response_of(json.dumps({"errors": [{"message": spelling, "code": spelling}]})),
        response_of(json.dumps({"request_id": spelling, "errors": [spelling]})),
        response_of(json.dumps({spelling: [spelling]})),
        response_of(f"<html><title>{spelling}</title>"),
        response_of(f"<html><title>{html.escape(spelling)}</title>"),
        response_of(f"<html><p>{html.escape(spelling)}"),
        response_of("x" * 480 + spelling),
    ]

    server.script = in_turn(*map(Reaction, responses))
    connection = connection_to(server.url, password=CANARY)
    replies = asyncio.run(attempts(connection, count=len(responses)))
    assert [reply.status for reply in replies] == [400] * len(responses)
    assert (
        sings(repr(replies) + "".join(f"{sentence_of(r.reason)} {r.request_id}" for r in replies))
        == []
    )


def test_a_password_in_a_redirect_is_not_repeated(server: ScriptedServer) -> None:
    location = f"Location: https://acme.thulium.com/?pw={quote(CANARY)}\r\n"
    server.script = always(Reaction(response_of("", headers=location, status=302)))
    (reply,) = asyncio.run(attempts(connection_to(server.url, password=CANARY)))
    assert sentence_of(reply.reason) == "redirected to https://acme.thulium.com/?pw=[secret]"


@pytest.mark.parametrize(
    "reaction",
    [
        Reaction(None, then="reset"),
        Reaction(None),
        Reaction(None, then="close"),
        Reaction(f"HTTP/1.1 {CANARY}\r\n\r\n".encode()),
        Reaction(f"{b64encode(CREDENTIALS.encode()).decode()}\r\n\r\n".encode()),
        Reaction(f"HTTP/1.1 200 OK\r\n{quote(CANARY)}\r\n\r\n".encode()),
        Reaction(f"HTTP/1.1 200 OK\r\nContent-Length: {CANARY}\r\n\r\n".encode()),
        Reaction(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{CANARY}\r\n".encode()),
        Reaction(f"HTTP/1.1 407 {PROXY_CANARY} {quote(CANARY)}\r\n\r\n".encode()),
        Reaction(f"HTTP/1.1 407 {PROXY_TOKEN}\r\n\r\n{PROXY_TOKEN}".encode()),
        Reaction(f"HTTP/1.1 502 Basic {PROXY_TOKEN[:14]}...\r\n\r\n".encode()),
        Reaction(f"HTTP/1.1 502 {quote(PROXY_TOKEN, safe='')} {PROXY_USER}\r\n\r\n".encode()),
        Reaction(f"HTTP/1.1 403 {PROXY_TOKEN.replace('/', '_')}\r\n\r\n".encode()),
    ],
)
@pytest.mark.parametrize("through_proxy", [False, True])
def test_no_failure_reveals_a_password(
    server: ScriptedServer,
    reaction: Reaction,
    *,
    through_proxy: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.script = always(reaction)
    proxy = f"http://{PROXY_USER}:{quote(PROXY_CANARY)}@127.0.0.1:{server.port}"
    connection = connection_to(
        "https://acme.thulium.test" if through_proxy else server.url,
        password=CANARY,
        proxy=proxy if through_proxy else None,
        timeout_seconds=0.2,
    )
    with caplog.at_level(logging.DEBUG):
        replies = asyncio.run(attempts(connection))
    assert len(server.requests) == 1
    shown = repr(replies) + "".join(sentence_of(reply.reason) for reply in replies) + caplog.text
    assert sings(shown) == []
    assert PROXY_CANARY not in shown
    assert PROXY_USER not in shown
    assert not any(PROXY_TOKEN[start : start + 8] in shown for start in range(len(PROXY_TOKEN) - 8))


def test_a_bug_does_not_reveal_the_password(server: ScriptedServer) -> None:
    async def scenario() -> None:
        connection = connection_to(server.url, password=CANARY)
        async with ThuliumClient(connection) as client:
            await client.send(UPDATE._replace(campaign_id=""))

    with pytest.raises(ValueError, match="part of a path") as caught:
        asyncio.run(scenario())
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert sings("".join(shown.format())) == []


@settings(deadline=None)
@given(text=st.text(max_size=80), secret=st.text("ABCĄŻ!/+%&", min_size=4, max_size=9))
def test_a_secret_is_always_redacted(text: str, secret: str) -> None:
    assert secret not in Redactor([secret]).message(f"{text}{secret}{text}")


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "form": quote_plus,
    "html": html.escape,
    "json": lambda text: json.dumps(text)[1:-1],
    "json in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "json by PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "shouted": lambda text: "".join(c.upper() if c.isascii() else c for c in text),
}
TOKENS: dict[str, Callable[[bytes], bytes]] = {
    "base64": b64encode,
    "base64 for URLs": urlsafe_b64encode,
    "base64 behind a byte": lambda data: b64encode(b":" + data),
    "base64 behind two bytes": lambda data: b64encode(b"x:" + data),
    "base64 in lines": encodebytes,
}


def letters_of(text: str) -> str:
    return "".join(text.split()).lower()


@settings(deadline=None)
@given(
    secret=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=4).filter(
        lambda text: len(letters_of(text)) >= SHORTEST_SECRET
    ),
    form=st.sampled_from([*FORMS]),
    around=st.sampled_from(["", " ", '"', "You sent {} to us", "?a={}&b=1", "<b>{}</b>"]),
)
def test_a_secret_is_redacted_in_every_encoding(secret: str, form: str, around: str) -> None:
    written = FORMS[form](secret)
    text = around.format(written) if "{}" in around else f"{around}{written}{around}"
    assert written not in Redactor([secret]).message(text)


@settings(deadline=None)
@given(
    secret=st.text(st.characters(codec="utf-8"), min_size=8, max_size=90),
    token=st.sampled_from([*TOKENS]),
    form=st.sampled_from([name for name in FORMS if name != "shouted"]),
    scheme=st.sampled_from(["", "Basic ", "basic%20", "Authorization: Basic "]),
)
def test_a_token_is_redacted_in_every_encoding_with_or_without_its_scheme(
    secret: str, token: str, form: str, scheme: str
) -> None:
    assume(token != "base64 in lines" or form in {"plain", "html", "json in UTF-8"})
    encoded = TOKENS[token](f"robot:{secret}".encode()).decode().strip()
    message = Redactor([f"robot:{secret}"]).message(f"{scheme}{FORMS[form](encoded)}")
    kept = message.replace("[secret]", " ").split()
    assert not any(letters_of(encoded)[3:-4] in letters_of(part) for part in kept)
    assert sum(len(part) for part in kept) <= len(scheme) + 20


@settings(deadline=None)
@given(
    secret=st.text(st.characters(codec="utf-8"), min_size=8, max_size=40),
    start=st.integers(0, 40),
    length=st.integers(8, 40),
)
def test_a_part_of_a_token_is_redacted(secret: str, start: int, length: int) -> None:
    token = b64encode(f"robot:{secret}".encode()).decode().rstrip("=")[:-1]
    piece = token[start : start + length]
    if len(piece) >= 8:
        message = Redactor([f"robot:{secret}"]).message(f"got {piece}... from you")
        assert message == "got [secret]... from you"


@pytest.mark.parametrize("secret", ["", "a", "ab", "abc", "1"])
def test_a_very_short_secret_is_redacted_only_in_tokens(secret: str) -> None:
    redactor = Redactor([secret, f"robot:{secret}"])
    token = b64encode(f"robot:{secret}".encode()).decode()
    said = "a web page about 1 cab: abacus"
    assert redactor.message(said) == said
    redacted = redactor.message(f"<robot:{secret}> Basic {token}")
    assert redacted.rstrip("=") == "<[secret]> Basic [secret]"


def test_truncating_a_long_text_leaves_no_part_of_a_secret() -> None:
    secret = "k" * 200 + "anarek"
    text = f"{secret} " * 1000
    assert "kk" not in Redactor([secret]).message(text)


def test_an_ordinary_text_is_not_changed() -> None:
    said = "Wrong format of phone number 48600100200 (code 111111); aHR0cHM6Ly9leGFtcGxlLmNvbQ=="
    assert Redactor([CANARY, CREDENTIALS, PROXY_CANARY]).message(said) == said


def test_a_message_is_one_short_line_without_control_characters() -> None:
    assert Redactor(()).message(" a\r\n\tb \x1b[31m\u202e\x00\u2028ż ") == (
        "a b \\x1b[31m\\u202e\\x00 ż"
    )
    assert len(Redactor(()).message("\x1b" * 1000)) == 500
    assert Redactor(["", "x"]).message("") == ""
