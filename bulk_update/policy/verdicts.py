"""What one reply means for its row, read from a table.

The API documents hardly any status codes, so a status counts by its class. A response that asks the
client to wait is retried: 408, 423, 425, 429, 5xx, and a 403 with Retry-After, with which some
firewalls limit the rate. Any other 4xx refuses the row. A retry delays only its own row, except
after the statuses in `waits_for_all`. Anything that halts the whole run takes precedence.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

from bulk_update.records import BodyKind, Reply


class Verdict(StrEnum):
    """What to do after a reply."""

    ACCEPT = "accept"
    """The record was changed; the row is updated."""
    REFUSE = "refuse"
    """The API refused this row for good; another attempt would change nothing."""
    DOUBT = "doubt"
    """A 2xx whose body contradicts it. Not retried: a person must check."""
    RETRY = "retry"
    """No final response: retry after a pause, while retries are left."""
    HALT = "halt"
    """Every other request would end the same way; the run stops."""


_NO_CONTENT = int(HTTPStatus.NO_CONTENT)
_FORBIDDEN = int(HTTPStatus.FORBIDDEN)
_SUCCESSFUL, _REDIRECTION, _REFUSAL = range(200, 300), range(300, 400), range(400, 500)
_RETRIED = frozenset({408, 423, 425, 429})
_CONFIRMS = frozenset({BodyKind.EMPTY, BodyKind.OTHER})
_HALTING_STATUSES = {401: "halted-401", 407: "halted-407"}
_HALTING_FAILURES = {"tls": "halted-tls", "proxy-407": "halted-407"}
"""Codes of attempts that sent nothing."""


def verdict_of(reply: Reply) -> Verdict:
    """Judge one reply by itself; `RefusalStreaks` judges series of refusals."""
    if reply.status == _NO_CONTENT and reply.body is BodyKind.EMPTY:  # nearly always
        return Verdict.ACCEPT
    if halt_code_of(reply) is not None:
        return Verdict.HALT
    if reply.status in _SUCCESSFUL:
        return Verdict.ACCEPT if reply.body in _CONFIRMS else Verdict.DOUBT
    if reply.status in _REFUSAL and not _asks_for_patience(reply):
        return Verdict.REFUSE
    return Verdict.RETRY


def halt_code_of(reply: Reply) -> str | None:
    """Return the code if this reply alone halts the run, or None."""
    status = reply.status
    if status is None:
        return _HALTING_FAILURES.get(reply.code)
    if status in _SUCCESSFUL:
        return "halted-login-page" if reply.body is BodyKind.LOGIN_PAGE else None
    if status in _REDIRECTION:
        return "halted-redirect"
    return _HALTING_STATUSES.get(status)


def _asks_for_patience(reply: Reply) -> bool:
    is_paced = reply.status == _FORBIDDEN and reply.retry_after_seconds is not None
    return is_paced or reply.status in _RETRIED
