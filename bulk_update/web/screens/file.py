"""Screen 1: the file."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulk_update.web.pages import page, service_of

UPLOADS = ("/upload",)
"""The paths that limit their request's body themselves."""


async def _show(request: Request) -> Response:
    return page(request, "file.html", step="file", drafts=service_of(request).drafts.recent()[:10])


routes = [Route("/", _show)]
