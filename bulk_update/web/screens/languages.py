"""The switch between the languages."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulk_update.language import LANGUAGES
from bulk_update.web.pages import redirect
from bulk_update.web.spoken import COOKIE

_YEAR_SECONDS = 365 * 86_400
_OWN_PATH = re.compile(r"/(?!/)[!-\[\]-~]*")
"""A path on this page: browsers read backslashes as slashes, and leave out control characters."""


async def _choose(request: Request) -> Response:
    form = await request.form(max_files=0, max_fields=5)
    back, chosen = str(form.get("back", "")), str(form.get("language", ""))
    response = redirect(back if _OWN_PATH.fullmatch(back) else "/")
    if chosen in LANGUAGES:
        response.set_cookie(COOKIE, chosen, max_age=_YEAR_SECONDS, httponly=True, samesite="strict")
    return response


routes = [Route("/language", _choose, methods=["POST"])]
