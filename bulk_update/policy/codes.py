"""The codes that sending can give a row, and what they mean. The README's table shows them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        "http-<status>": "the API answered with this HTTP status; the message is the API's own",
        "unreachable": "no connection came about (host name, port, network); nothing was sent",
        "proxy": "the proxy refused or was out of reach; nothing was sent",
        "proxy-407": "the proxy refused its user name or password; nothing was sent",
        "address-too-long": "the identifier is too long for a URL; nothing was sent",
        "tls": "the connection could not be secured; nothing was sent",
        "timeout": "the request was sent and no whole answer came within --timeout",
        "disconnected": "the request was sent and the connection broke before the whole answer",
        "bad-answer": "the request was sent and what came back was no HTTP answer",
        "unexpected-body": "a 2xx whose body is a web page or an error, or cannot be read: "
        "the update is not confirmed",
        "halted-401": "the API refused the user name or the password; the run stopped",
        "halted-407": "a proxy refused its user name or password; the run stopped",
        "halted-redirect": "the answer was a redirect, which is never followed; the run stopped",
        "halted-tls": "the server's certificate is not trusted, or TLS failed; the run stopped",
        "halted-login-page": "the answer was a login page; the run stopped",
        "halted-403": "20 answers of 403 in a row: the user may not do this; the run stopped",
        "halted-404": "20 answers of 404 before any success: most likely the campaign is wrong; "
        "the run stopped",
        "halted-canary": "five refusals with 400 or 422 in a row before any success: most likely "
        "the mapping is wrong; the run stopped",
        "halted-patience": "the API was unavailable for longer than --patience; the run stopped",
        "halted-no-answer": "no attempt of the run got any answer from the API",
    }
)

CONDEMNED_STATUSES: Mapping[str, frozenset[int]] = MappingProxyType(
    {
        "halted-403": frozenset({403}),
        "halted-404": frozenset({404}),
    }
)
"""The refusals that say nothing about their rows once a streak of them has halted the run."""
