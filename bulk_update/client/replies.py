"""The parts of a response that matter, and the reply made from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from bulk_update.client.bodies import Body, read_body
from bulk_update.client.redaction import Redactor
from bulk_update.records import BodyKind, Param, Reply

_OF_ANOTHER_KIND = {BodyKind.HTML, BodyKind.LOGIN_PAGE, BodyKind.TOO_LONG, BodyKind.UNREADABLE}
_SUCCESSFUL, _REDIRECTION = range(200, 300), range(300, 400)

_LONGEST_WAIT_SECONDS = 1e9
_LONGEST_DATE = 100
_DECIMAL_SECONDS = re.compile(r"(?P<whole>[0-9]+)(?:\.[0-9]+)?")
_MOST_DIGITS = 9


class Response(NamedTuple):
    """A complete HTTP response: its status, its undecoded body and the relevant headers.

    `is_cut_off`: the body continues beyond what was read. `encodings` are the content and transfer
    encodings, separated by commas.
    """

    status: int
    body: bytes = b""
    is_cut_off: bool = False
    content_type: str = ""
    encodings: str = ""
    retry_after: str = ""
    date: str = ""
    location: str = ""


def reply_to(
    response: Response, *, redactor: Redactor, now: Callable[[], datetime], elapsed_ms: int
) -> Reply:
    """Return the reply for a response; `now` is called only if the response has no date."""
    body = read_body(
        response.body,
        content_type=response.content_type,
        encodings=response.encodings,
        is_cut_off=response.is_cut_off,
    )
    variant, params = _reason(response, body)
    return Reply(
        may_have_been_sent=True,
        status=response.status,
        code=f"http-{response.status}",
        variant=variant,
        params=redactor.params(params),
        request_id=redactor.message(body.request_id) if body.request_id else None,
        retry_after_seconds=_retry_after_seconds(response, now),
        body=body.kind,
        elapsed_ms=elapsed_ms,
    )


def _reason(response: Response, body: Body) -> tuple[str, Mapping[str, Param]]:
    """Return the variant and parameters of the reply; the texts are the server's."""
    if response.location and response.status in _REDIRECTION:
        return "redirect", {"location": response.location}
    if body.variant or body.words:
        params = {**body.params, "words": body.words}
        if response.content_type and body.kind in _OF_ANOTHER_KIND:
            params["content_type"] = response.content_type
        return body.variant, params
    if response.status in _SUCCESSFUL:
        return "", {}
    return "bare", {"status": response.status}


def _retry_after_seconds(response: Response, now: Callable[[], datetime]) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date relative to the response's own."""
    text = response.retry_after.strip()
    if seconds := _DECIMAL_SECONDS.fullmatch(text):
        is_long = len(seconds["whole"].lstrip("0")) > _MOST_DIGITS
        return _LONGEST_WAIT_SECONDS if is_long else float(text)
    until = http_date(text)
    if until is None:
        return None
    return max(0.0, (until - (http_date(response.date) or now())).total_seconds())


def http_date(text: str) -> datetime | None:
    """Read a date of a header (RFC 9110, 5.6.7); return None if it is not one."""
    if not text or len(text) > _LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
