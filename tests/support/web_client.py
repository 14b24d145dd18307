"""A browser without a screen: requests to the page's application, with cookies and headers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr
from starlette.types import ASGIApp

from bulk_update.settings import Settings
from bulk_update.web.app import create_app
from bulk_update.web.drafts import Draft, Drafts
from bulk_update.web.rehearsal import rehearsing
from bulk_update.web.service import Service
from bulk_update.web.tickets import Tickets

PORT = 54321
ORIGIN = f"http://127.0.0.1:{PORT}"
LIVE_URL = "https://acme.thulium.com"

Content = bytes | AsyncIterator[bytes]


@dataclass
class Browser:
    """Sends requests as a browser would send them from the page itself; `service` is behind it."""

    app: ASGIApp
    service: Service
    tickets: Tickets
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def serve(self, service: Service) -> None:
        """Continue with another service, as the same browser."""
        self.service = service
        self.app = create_app(service, port=PORT, tickets=self.tickets)

    def let_in(self) -> Browser:
        """Open a new link, as from the terminal."""
        self.get(f"/open?ticket={self.tickets.issue()}", headers={"Sec-Fetch-Site": "none"})
        return self

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Open an address; redirects are not followed."""
        return self.request(
            "GET", url, headers={"Sec-Fetch-Site": "same-origin", **(headers or {})}
        )

    def follow(self, response: httpx.Response) -> httpx.Response:
        """Follow redirects to the page that a form ends with."""
        while response.has_redirect_location:
            target = urlsplit(response.headers["location"])
            response = self.get(target.path + (f"?{target.query}" if target.query else ""))
        return response

    def post(
        self,
        url: str,
        fields: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """Send a form as the page's own does; `files` make it a multipart one."""
        own = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
        sent = None if fields is None else dict(fields)
        return self.request("POST", url, headers={**own, **(headers or {})}, data=sent, **more)

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], **more: Any
    ) -> httpx.Response:
        """Send a request with exactly these headers, and the cookies."""
        return asyncio.run(self._request(method, url, headers, more))

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], more: dict[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url=ORIGIN, cookies=self.cookies
        ) as client:
            response = await client.request(method, url, headers=dict(headers), **more)
            self.cookies = client.cookies
            return response

    def upload(
        self, name: str, content: bytes, *, rehearsal: bool = True, follow: bool = True
    ) -> httpx.Response:
        """Upload a file on the first screen."""
        fields = {"rehearsal": "yes"} if rehearsal else {}
        response = self.post("/upload", fields, files={"file": (name, content)})
        return self.follow(response) if follow else response


@contextmanager
def browsing(
    state: Path,
    *,
    base_url: str | None = LIVE_URL,
    password: str | None = None,
    ledger: str | None = None,
    language: str = "en",
) -> Iterator[Browser]:
    """Provide a browser that has been let in; nothing listens on a port."""
    secret = None if password is None else SecretStr(password)
    settings = Settings(
        base_url=base_url, username="api", password=secret, state=state, ledger=ledger
    )
    with rehearsing(state / "rehearsal") as rehearsal:
        service = Service(
            settings, Drafts(state / "drafts"), state, rehearsal, language=language, environ={}
        )
        tickets = Tickets()
        app = create_app(service, port=PORT, tickets=tickets)
        yield Browser(app, service, tickets).let_in()


def text_of(response: httpx.Response) -> str:
    """Return the words of a page, without markup, in one line."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def drafted(browser: Browser, name: str, content: bytes, *, rehearsal: bool = False) -> Draft:
    """Return a new draft of a file, as after its upload."""
    draft = browser.service.drafts.create(name, rehearsal=rehearsal)
    browser.service.drafts.input_path(draft.id).write_bytes(content)
    return draft
