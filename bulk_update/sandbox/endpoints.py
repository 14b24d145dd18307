"""The API's endpoints, as far as they are documented, on a sandbox's records.

The identifier is one segment of the path as it was sent, percent-decoded, so an encoded slash in it
is not a separator.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bulk_update.sandbox.campaigns import Campaign
from bulk_update.sandbox.connection import LostAnswer
from bulk_update.sandbox.fault_answers import fault_response
from bulk_update.sandbox.faults import Answer, Endpoint, Fault
from bulk_update.sandbox.reference import agents_of, records_page, statuses_of
from bulk_update.sandbox.refusals import CHALLENGE, ApiError, RefusalError
from bulk_update.sandbox.state import Sandbox
from bulk_update.sandbox.validation import parse_body, validate

MAX_BODY_BYTES = 1_000_000
MAX_PAGE = 100

_UPDATE = re.compile(rb"/api/outbounds/([^/]+)/records_by_identifier/([^/]+)")
_REFERENCE = re.compile(rb"/api/outbounds/([^/]+)/(statuses|agents|records)")
_WHOLE_NUMBER = re.compile("[0-9]{1,9}")
_JSON = re.compile(r'application/json(;\s*charset="?utf-8"?)?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settled:
    """The response to a request, and the fault that affected it."""

    response: Response
    fault: Fault | None = None


class Endpoints:
    """Decides the response to each request, and changes the records."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def settle(self, request: Request, body: bytes) -> Settled:
        """Process one request; all its changes have been made when this returns.

        A body longer than `MAX_BODY_BYTES` may be cut off anywhere beyond this length.
        """
        try:
            self._admit(request)
            return self._routed(request, body)
        except RefusalError as error:
            return Settled(error.response())

    def _admit(self, request: Request) -> None:
        # Looked up each time: a test changes the password of a running sandbox.
        expected = f"{self._sandbox.username}:{self._sandbox.password}".encode()
        if not hmac.compare_digest(_credentials(request), expected):
            raise RefusalError(401, ApiError("Unauthorized.", 100_401), headers=CHALLENGE)

    def _routed(self, request: Request, body: bytes) -> Settled:
        path: bytes = request.scope["raw_path"]
        if found := _UPDATE.fullmatch(path):
            _expect_method(request, "PUT")
            return self._update(request, body, *(_decoded(segment) for segment in found.groups()))
        if found := _REFERENCE.fullmatch(path):
            _expect_method(request, "GET")
            return self._read(request, _decoded(found[1]), Endpoint(found[2].decode()))
        raise RefusalError(404, ApiError("Resource not found.", 100_404))

    def _update(self, request: Request, body: bytes, campaign_id: str, identifier: str) -> Settled:
        fault = self._sandbox.attempts.next_fault((campaign_id, identifier))
        return _affected(fault, lambda: self._apply(request, body, campaign_id, identifier))

    def _read(self, request: Request, campaign_id: str, endpoint: Endpoint) -> Settled:
        offset = request.query_params.get("offset", "0") if endpoint is Endpoint.RECORDS else ""
        fault = self._sandbox.attempts.next_fault((campaign_id, offset), endpoint=endpoint)
        return _affected(fault, lambda: self._reference(request, campaign_id, endpoint))

    def _apply(self, request: Request, body: bytes, campaign_id: str, identifier: str) -> Response:
        campaign = self._campaign(campaign_id)
        record = self._sandbox.records.get(campaign_id, identifier)
        if record is None:
            raise RefusalError(404, ApiError("Record not found.", 100_404))
        if not _JSON.fullmatch(request.headers.get("content-type", "").strip()):
            raise RefusalError(415, ApiError("Content-Type is not application/json.", 100_415))
        if len(body) > MAX_BODY_BYTES:
            raise RefusalError(413, ApiError("The body is too large.", 100_413))
        self._sandbox.update(record, validate(parse_body(body), campaign))
        return Response(status_code=204)

    def _campaign(self, campaign_id: str) -> Campaign:
        campaign = self._sandbox.campaigns.get(campaign_id)
        if campaign is None:
            raise RefusalError(404, ApiError("Outbound not found.", 100_404))
        return campaign

    def _reference(self, request: Request, campaign_id: str, endpoint: Endpoint) -> Response:
        campaign = self._campaign(campaign_id)
        if endpoint is Endpoint.STATUSES:
            return JSONResponse(statuses_of(campaign))
        if endpoint is Endpoint.AGENTS:
            return JSONResponse(agents_of(campaign))
        limit, offset = _paging(request)
        records = self._sandbox.records
        page = records.of_campaign(campaign_id, slice(offset, offset + limit))
        return JSONResponse(records_page(campaign, page, count=records.count_of(campaign_id)))


def _affected(fault: Fault | None, respond: Callable[[], Response]) -> Settled:
    """Return the response to a request, or what its fault makes of it."""
    if fault and not fault.answer.lets_through:
        return Settled(fault_response(fault), fault)
    try:
        response = respond()
    except RefusalError as error:
        response = error.response()
    return Settled(LostAnswer() if fault and fault.answer is Answer.LOST else response, fault)


def _credentials(request: Request) -> bytes:
    """Return `user:password` as sent, or nothing if there is none or it cannot be read."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except ValueError:  # not Base64, or not even ASCII
        return b""


def _expect_method(request: Request, method: str) -> None:
    if request.method != method:
        error = ApiError(f"Method {request.method} is not allowed here.", 100_405)
        raise RefusalError(405, error, headers={"Allow": method})


def _decoded(segment: bytes) -> str:
    try:
        return unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError:
        raise RefusalError(400, ApiError("The path is not UTF-8.", 100_005)) from None


def _paging(request: Request) -> tuple[int, int]:
    limit = request.query_params.get("limit", "100")
    offset = request.query_params.get("offset", "0")
    if not (_is_whole(limit) and 1 <= int(limit) <= MAX_PAGE and _is_whole(offset)):
        message = f"Wrong paging (expected limit from 1 to {MAX_PAGE}, offset from 0)."
        raise RefusalError(400, ApiError(message, 100_006))
    return int(limit), int(offset)


def _is_whole(text: str) -> bool:
    return _WHOLE_NUMBER.fullmatch(text) is not None
