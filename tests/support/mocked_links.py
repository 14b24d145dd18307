"""A client's network, replaced with routes of respx."""

from __future__ import annotations

import httpx
import respx


class MockedLinks:
    """Connections that are always available and respond as a router says.

    An error that means that nothing was sent is raised when connecting, as in reality.
    """

    def __init__(self, router: respx.MockRouter, *, error: Exception | None = None) -> None:
        self.released = 0
        self._transport = httpx.MockTransport(router.async_handler)
        self._error = error

    is_ready = True

    def open_link(self) -> None:
        """Keep no connection open."""

    async def connect(self) -> MockedLinks:
        if self._error is not None:
            raise self._error
        return self

    def release(self) -> None:
        self.released += 1

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Route by the target as it is sent."""
        url = request.url.copy_with(raw_path=request.extensions["target"])
        wired = httpx.Request(request.method, url, headers=request.headers, stream=request.stream)
        return await self._transport.handle_async_request(wired)

    async def aclose(self) -> None:
        """Do nothing."""
