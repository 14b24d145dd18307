"""The codes of attempts, and of what is read back after them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.entries import (
    CORRECT_IT,
    RETRY_LATER,
    RUN_CONTINUES,
    STOPPED_BEFORE,
    Entry,
)

_WHERE = "{host:host}:{port}"
_LOST: Mapping[str, str] = {
    "system": "{error:system}",
    "closed": "closed by the server",
    "incomplete": "closed in the middle of the response",
}
_NOT_HTTP: Mapping[str, str] = {
    "parser": "{words:plain}",
    "long-line": "a header line of more than {most} bytes",
    "long-head": "headers of more than {most} bytes",
    "not-final": "status {status} is not a final response",
    "stray": "the response does not begin with a status line",
}
_UNCONNECTED: Mapping[str, str] = {
    "system": "{error:system}",
    "late": "no connection within {seconds:seconds}",
    "handshake": "the connection was closed during the TLS handshake",
    "bad-name": "not a valid host name",
}
_BODIES: Mapping[str, str] = {
    "page": "a web page{words:after}",
    "many-encodings": "the body has {encodings} encodings{words:after}",
    "unknown-encoding": "the body has an unknown encoding ({encoding:plain}){words:after}",
    "broken-encoding": "the body is truncated or not valid {encoding:plain}{words:after}",
}
_UNCONFIRMED = "HTTP {status} with a body that does not confirm the update"


def _behind(beginning: str, endings: Mapping[str, str]) -> dict[str, str]:
    """Return sentences with the same beginning, by variant."""
    return {variant: f"{beginning}: {ending}" for variant, ending in endings.items()}


SENDING: Mapping[str, Entry] = MappingProxyType(
    {
        "http-<status>": Entry(
            "the API responded with this HTTP status; the message is the API's",
            "{words:given}",
            f"{CORRECT_IT}; after 408, 423, 425, 429 or 5xx, {RETRY_LATER}",
            {
                "redirect": "redirected to {location:plain}",
                "bare": "HTTP {status:status} without an explanation",
                **_BODIES,
            },
        ),
        "unreachable": Entry(
            "no connection (host name, port or network); nothing was sent",
            f"{_WHERE}: no connection",
            "check the base URL and the network, then `retry`",
            _behind(
                _WHERE,
                {
                    **_UNCONNECTED,
                    "closed": "the server closed the connection before the request was sent",
                },
            ),
        ),
        "proxy": Entry(
            "the proxy refused the connection or is unreachable; nothing was sent",
            f"proxy {_WHERE}: no connection",
            "check `--proxy` and the proxy's rules, then `retry`",
            _behind(
                f"proxy {_WHERE}",
                {
                    **_UNCONNECTED,
                    **_LOST,
                    **{name: f"invalid HTTP ({text})" for name, text in _NOT_HTTP.items()},
                    "closed": "the proxy closed the connection",
                    "incomplete": "the proxy closed the connection in the middle of its response",
                    "refused": "HTTP {status}{words:after}",
                    "early": "the proxy sent data or closed the connection before TLS began",
                },
            ),
        ),
        "proxy-407": Entry(
            "the proxy refused its user name or password; nothing was sent",
            f"proxy {_WHERE}: HTTP {{status}}{{words:after}}",
            "correct the user name and password in the proxy's address, then `retry`",
        ),
        "address-too-long": Entry(
            "the identifier is too long for a URL; nothing was sent",
            "the identifier has {length:number} characters, which is too long for a URL",
            "correct the identifier",
        ),
        "tls": Entry(
            "the TLS connection failed; nothing was sent",
            f"{_WHERE}: the TLS connection failed",
            "check the server's certificate and this machine's trusted certificates",
            _behind(
                _WHERE,
                {
                    "certificate": "the server's certificate is not trusted: {words:plain}",
                    "library": "the TLS connection failed: {words:plain}",
                    "no-tls": "the server does not use TLS",
                },
            ),
        ),
        "timeout": Entry(
            "the request was sent, and no complete response arrived within `--timeout`",
            "the request was sent, and no complete response arrived within {seconds:seconds}",
            "`retry`, with a longer `--timeout` if the service is slow",
        ),
        "disconnected": Entry(
            "the request was sent, and the connection broke before the response was complete",
            "the request was sent, and the connection broke",
            "`retry`",
            _behind("the request was sent, and the connection broke", _LOST),
        ),
        "bad-answer": Entry(
            "the request was sent, and the response is not valid HTTP",
            "the request was sent, and the response is not valid HTTP",
            "check that the base URL is the API's, then `retry`",
            _behind("the request was sent, and the response is not valid HTTP", _NOT_HTTP),
        ),
        "unexpected-body": Entry(
            "a 2xx response whose body is a web page, an error or unreadable: the update is not "
            "confirmed",
            f"{_UNCONFIRMED}: {{words:plain}}",
            "check the record; `retry` sends the row again",
            _behind(_UNCONFIRMED, _BODIES),
        ),
        "halted-401": Entry(
            "the API refused the user name or password; the run stopped",
            f"a refused user name or password {STOPPED_BEFORE}",
            f"correct the user name and password; {RUN_CONTINUES}",
            {"run": "the API refused the user name or password (401)"},
        ),
        "halted-407": Entry(
            "a proxy refused its user name or password; the run stopped",
            f"a proxy that refused its user name or password {STOPPED_BEFORE}",
            f"correct the user name and password of the proxy; {RUN_CONTINUES}",
            {"run": "a proxy refused its user name or password (407)"},
        ),
        "halted-redirect": Entry(
            "the response is a redirect, and redirects are never followed; the run stopped",
            f"a redirect {STOPPED_BEFORE}",
            "set the base URL to the API's real address, and `run` the file again",
            {"run": "the response is a redirect, and redirects are never followed"},
            remedy_of_undo="find out why the API redirects requests; then `apply` continues",
        ),
        "halted-tls": Entry(
            "the server's certificate is not trusted, or TLS failed; the run stopped",
            f"a failed TLS connection {STOPPED_BEFORE}",
            f"fix the certificate or this machine's trust store; {RUN_CONTINUES}",
            {"run": "there is no secure connection to the API"},
        ),
        "halted-login-page": Entry(
            "the response is a login page; the run stopped",
            f"a login page in place of a response {STOPPED_BEFORE}",
            f"check the base URL, and whether a proxy asks for a login; {RUN_CONTINUES}",
            {"run": "the response is a login page"},
        ),
        "halted-403": Entry(
            "20 consecutive 403 responses: the user probably lacks the permission; the run stopped",
            f"a series of 403 responses {STOPPED_BEFORE}",
            f"give the API user the permission; {RUN_CONTINUES}",
            {"run": "{count} consecutive 403 responses: the user probably lacks the permission"},
        ),
        "halted-404": Entry(
            "20 responses with 404 before any success: the campaign is probably wrong; the run "
            "stopped",
            f"a series of 404 responses {STOPPED_BEFORE}",
            f"check the campaign and the identifiers; {RUN_CONTINUES}",
            {
                "run": "{count} responses with 404 before any success: the campaign is probably "
                "wrong",
            },
        ),
        "halted-canary": Entry(
            "five consecutive refusals with 400 or 422 before any success: the mapping is probably "
            "wrong; the run stopped",
            f"a series of refusals with 400 or 422 {STOPPED_BEFORE}",
            f"correct the mapping and `run` the file again; if it is right, {RUN_CONTINUES}",
            {
                "run": "{count} consecutive refusals with 400 or 422 before any success: the "
                "mapping is probably wrong",
            },
            remedy_of_undo="check what the API refuses; if the undo is right, `apply` continues",
        ),
        "halted-patience": Entry(
            "the API was unavailable for longer than `--patience`; the run stopped",
            f"an outage longer than --patience {STOPPED_BEFORE}",
            f"wait until the API is available; {RUN_CONTINUES}",
            {
                "run": "the API was unavailable for longer than --patience "
                "({patience_seconds:seconds})",
                "pause": "the API is unavailable and asks for a pause of {pause_seconds:seconds}; "
                "--patience is {patience_seconds:seconds}",
            },
        ),
        "halted-no-answer": Entry(
            "no attempt of the run got a response from the API",
            "no attempt of the run got a response from the API",
            f"check the base URL and the network; {RUN_CONTINUES}",
        ),
    }
)
"""Rows that were sent, or whose connection failed."""

READ_BACK: Mapping[str, Entry] = MappingProxyType(
    {
        "verified": Entry(
            "there was no final response, but the record shows all values that were sent",
            "there was no final response, but the record shows the values that were sent",
            "nothing to do",
        ),
    }
)
"""Rows that are `updated` because of what their records show."""

NOTES: Mapping[str, Entry] = MappingProxyType(
    {
        "unconfirmed": Entry(
            "an attempt may have changed the record, but there was no final response",
            "the record may or may not have been changed; check it in the campaign, or send the "
            "row again",
            f"check the record; {RUN_CONTINUES} and sends the row again",
        ),
    }
)
"""Sentences that follow other reasons and are never the code of a row."""
