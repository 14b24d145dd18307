"""Screen 2: which table of the file, and how to read it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulk_update.web.pages import page, service_of


async def _show(request: Request) -> Response:
    draft = service_of(request).drafts.get(request.path_params["draft_id"])
    return page(request, "sheet.html", step="sheet", draft=draft)


routes = [Route("/draft/{draft_id}/sheet", _show)]
