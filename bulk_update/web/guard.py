"""Lets in only the browser of the person who started the page.

Listening on loopback is not enough: a website can make a browser send requests here, under this
page's name (DNS rebinding) or under its own, and other programs on this machine have web pages too.
Every request must therefore be for this page by `Host`, come from it by `Sec-Fetch-Site` and
`Origin`, and carry the cookie of a session that was started with a ticket. The cookie's name
contains the port, because cookies ignore ports: two pages would otherwise end each other's session.

This is plain ASGI, so that streams end when a browser leaves.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bulk_update.web.refusals import Refusal, refusal_page
from bulk_update.web.tickets import Tickets

TICKET_PATH = "/open"
STATIC = "/static/"
_READING = frozenset({"GET", "HEAD"})
_HTTP_PORT = 80

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # With `no-referrer`, browsers post `Origin: null`, which the guard refuses.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def cookie_name(port: int) -> str:
    """Return the name of the session's cookie."""
    return f"bulk-update-{port}"


class Guard:
    """Refuses requests that do not come from the page itself, and adds the security headers."""

    def __init__(self, app: ASGIApp, *, port: int, tickets: Tickets) -> None:
        self._app = app
        self._tickets = tickets
        self._cookie = cookie_name(port)
        names = ("127.0.0.1", "localhost")
        self._hosts = {f"{name}:{port}" for name in names}
        if port == _HTTP_PORT:
            self._hosts |= set(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":  # the page has no web sockets
            return
        answer = self._answer(scope) or self._app
        await answer(scope, receive, _with_security_headers(send))

    def _answer(self, scope: Scope) -> ASGIApp | None:
        """Return the guard's own answer; None: the request may pass."""
        headers = Headers(scope=scope)
        refused = self._wrong_address(scope["method"], headers)
        if refused:
            return refusal_page(refused)
        has_session = self._has_session(headers)
        if scope["path"] == TICKET_PATH:
            return self._let_in(scope, has_session=has_session)
        if has_session or scope["path"].startswith(STATIC):
            return None
        return refusal_page(Refusal.NO_SESSION)

    def _wrong_address(self, method: str, headers: Headers) -> Refusal | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return Refusal.WRONG_HOST
        if method not in _READING and method != "POST":
            return Refusal.METHOD
        sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
        ours = [f"http://{hosts[0].lower()}"]
        if method == "POST":
            is_ours = sites == ["same-origin"] and origins == ours
        else:
            is_ours = sites in ([], ["same-origin"], ["none"]) and origins in ([], ours)
        return None if is_ours else Refusal.OTHER_SITE

    def _has_session(self, headers: Headers) -> bool:
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        return self._tickets.is_session(cookies.get(self._cookie, ""))

    def _let_in(self, scope: Scope, *, has_session: bool) -> Response:
        if scope["method"] != "GET":
            return refusal_page(Refusal.METHOD)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        session = self._tickets.redeem(query.get("ticket", [""])[0])
        if session is None and not has_session:
            return refusal_page(Refusal.TICKET)
        response = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
        if session is not None:
            response.set_cookie(self._cookie, session, httponly=True, samesite="strict")
        return response


def _with_security_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
        await send(message)

    return sending
