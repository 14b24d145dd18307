"""Responses in the API's error format."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import JSONResponse

CHALLENGE = {"WWW-Authenticate": 'Basic realm="sandbox", charset="UTF-8"'}
"""The header of every 401 (RFC 9110, section 15.5.2)."""


@dataclass(frozen=True, slots=True)
class ApiError:
    """One entry of a response's `errors`. The codes are the sandbox's own."""

    message: str
    code: int


class RefusalError(Exception):
    """Ends a request with a status and errors."""

    def __init__(
        self, status: int, *errors: ApiError, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, *errors)
        self.status = status
        self.errors = errors
        self.headers = headers

    def response(self) -> JSONResponse:
        """Return `{"request_id", "errors": [{"message", "code"}, ...]}`, with a new request id."""
        content = {
            "request_id": uuid.uuid4().hex[:13],
            "errors": [{"message": error.message, "code": error.code} for error in self.errors],
        }
        return JSONResponse(content, status_code=self.status, headers=self.headers)
