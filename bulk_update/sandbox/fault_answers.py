"""The responses of faults, sent instead of the endpoint's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response

from bulk_update.sandbox.connection import ResetConnection
from bulk_update.sandbox.faults import Answer, Fault
from bulk_update.sandbox.refusals import CHALLENGE, ApiError, RefusalError

_PAGE = "<!doctype html><title>{0}</title><h1>{0}</h1><p>This page was sent instead of JSON.</p>"
_MESSAGES = {
    Answer.UNAUTHORIZED: "Unauthorized.",
    Answer.FORBIDDEN: "Access denied.",
    Answer.NOT_FOUND: "Resource not found.",
    Answer.TOO_MANY: "Too many requests.",
    Answer.SERVER_ERROR: "Internal error.",
    Answer.UNAVAILABLE: "Service unavailable.",
}


def fault_response(fault: Fault) -> Response:
    """Return the response of a fault that prevents the request from taking effect."""
    if fault.answer is Answer.RESET:
        return ResetConnection()
    if fault.answer is Answer.HTML:
        is_failure = fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        title = "Bad Gateway" if is_failure else "Welcome"
        return HTMLResponse(_PAGE.format(title), status_code=fault.status)
    status = int(fault.answer)
    error = ApiError(_MESSAGES[fault.answer], 100_000 + status)
    return RefusalError(status, error, headers=_headers(fault)).response()


def _headers(fault: Fault) -> Mapping[str, str]:
    return CHALLENGE if fault.answer is Answer.UNAUTHORIZED else _retry_after(fault)


def _retry_after(fault: Fault) -> dict[str, str]:
    """Return the header in either form of RFC 9110, section 10.2.3: seconds or a date."""
    if fault.retry_after is None:
        return {}
    if fault.retry_after_as == "seconds":
        return {"Retry-After": str(fault.retry_after)}
    moment = datetime.now(UTC) + timedelta(seconds=fault.retry_after)
    return {"Retry-After": format_datetime(moment, usegmt=True)}
