"""Answers in the API's error shape."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from starlette.responses import JSONResponse

from bulk_update.sandbox.validation import ApiError


class RefusalError(Exception):
    """Ends a request with this status and these errors."""

    def __init__(
        self, status: int, *errors: ApiError, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, *errors)
        self.status = status
        self.errors = errors
        self.headers = headers

    def response(self) -> JSONResponse:
        """Return the answer."""
        return refusal(self.status, self.errors, headers=self.headers)


def refusal(
    status: int, errors: Sequence[ApiError], *, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return `{"request_id", "errors": [{"message", "code"}, ...]}`, a new request id in it."""
    content = {
        "request_id": uuid.uuid4().hex[:13],
        "errors": [{"message": error.message, "code": error.code} for error in errors],
    }
    return JSONResponse(content, status_code=status, headers=headers)
