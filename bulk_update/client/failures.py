"""What libcurl's errors mean: whether anything can have left, and what happened in words.

A word of an answer never gets into a failure: it may echo anything.
"""

from __future__ import annotations

import os
import re
from http import HTTPStatus

import httpx
import pycurl

from bulk_update.client.exchange import Exchange

_TLS_FAILURES = frozenset(
    {
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_SSL_CERTPROBLEM,
        pycurl.E_SSL_CIPHER,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_SSL_ISSUER_ERROR,
    }
)
# A connection that ends in the middle of the handshake is no fault of TLS.
_ENDED_IN_HANDSHAKE = re.compile(r"SSL_ERROR_SYSCALL|unexpected eof|reset by peer", re.IGNORECASE)

_TOO_LARGE = 100  # pycurl has no name for it

_NO_HTTP = {
    pycurl.E_UNSUPPORTED_PROTOCOL: "Bad status line",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "Bad headers",
    pycurl.E_BAD_CONTENT_ENCODING: "Bad encoding",
    _TOO_LARGE: "Too much of headers",
}
_BROKEN = {
    pycurl.E_GOT_NOTHING: "closed by the server",
    pycurl.E_COULDNT_CONNECT: "closed by the server",  # stopped before it was sent again
    pycurl.E_ABORTED_BY_CALLBACK: "closed by the server",  # the same
    pycurl.E_PARTIAL_FILE: "in the middle of the answer",
}


class TLSError(httpx.ConnectError):
    """The connection could not be secured; nothing left."""


def failure_of(
    exchange: Exchange, error: pycurl.error, *, through_proxy: bool
) -> httpx.TransportError:
    """Class what libcurl raised for an exchange."""
    code, message = error.args
    if exchange.departed:
        return _broken_exchange(exchange, code, message)
    return _no_connection(exchange, code, message, through_proxy=through_proxy)


def _broken_exchange(exchange: Exchange, code: int, message: str) -> httpx.TransportError:
    """Class an error after which the request may have been applied."""
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return httpx.ReadTimeout("")
    if code in _NO_HTTP:
        return httpx.RemoteProtocolError(_NO_HTTP[code])
    if code == pycurl.E_RECV_ERROR and "chunk" in message.lower():
        return httpx.RemoteProtocolError("Bad chunk")
    return httpx.ReadError(_BROKEN.get(code) or _system_words(exchange) or "the connection ended")


def _no_connection(
    exchange: Exchange, code: int, message: str, *, through_proxy: bool
) -> httpx.TransportError:
    """Class an error before which nothing can have left."""
    if code in _TLS_FAILURES and not _ENDED_IN_HANDSHAKE.search(message):
        return TLSError(message)
    words = _words(exchange, code) or _system_words(exchange) or message
    return (httpx.ProxyError if through_proxy else httpx.ConnectError)(words)


def _words(exchange: Exchange, code: int) -> str:
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return "no answer within the time limit"
    if status := exchange.handle.getinfo(pycurl.HTTP_CONNECTCODE):
        return f"it answered {status} {_phrase(status)}".rstrip()
    return ""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _system_words(exchange: Exchange) -> str:
    number = exchange.handle.getinfo(pycurl.OS_ERRNO)
    return os.strerror(number) if number else ""
