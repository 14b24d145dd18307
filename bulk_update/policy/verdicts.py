"""What one answer says about its row, read from a table.

The API documents hardly any status numbers, so a status counts by its class: whatever asks for
patience is tried again, any other 4xx refuses the row. What condemns the whole run comes first.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

from bulk_update.records import BodyKind, Reply


class Verdict(StrEnum):
    """What to do after a reply."""

    ACCEPT = "accept"
    """The record was changed: the row is updated."""
    REFUSE = "refuse"
    """The API refused this row for good: trying again would change nothing."""
    DOUBT = "doubt"
    """A 2xx whose body says something else. Not tried again: a person has to look."""
    RETRY = "retry"
    """No final answer: try again after a pause, while retries are left."""
    HALT = "halt"
    """Whatever comes next would end the same way: the run stops."""


_NO_CONTENT = int(HTTPStatus.NO_CONTENT)
_UNAUTHORIZED = int(HTTPStatus.UNAUTHORIZED)
_SUCCESSFUL, _REDIRECTION, _REFUSAL = range(200, 300), range(300, 400), range(400, 500)
_RETRIED = frozenset({408, 425, 429})
_CONTRADICTS_SUCCESS = frozenset({BodyKind.HTML, BodyKind.ERRORS, BodyKind.TOO_LONG})


def verdict_of(reply: Reply) -> Verdict:
    """Judge one reply by itself; streaks of refusals are judged by `RefusalStreaks`."""
    if reply.status == _NO_CONTENT and reply.body is BodyKind.EMPTY:  # nearly always
        return Verdict.ACCEPT
    if halt_code_of(reply) is not None:
        return Verdict.HALT
    if reply.status in _SUCCESSFUL:
        return Verdict.DOUBT if reply.body in _CONTRADICTS_SUCCESS else Verdict.ACCEPT
    if reply.status in _REFUSAL and reply.status not in _RETRIED:
        return Verdict.REFUSE
    return Verdict.RETRY


def halt_code_of(reply: Reply) -> str | None:
    """Return the code with which one reply alone condemns the run, or None."""
    status = reply.status
    if status is None:
        return "halted-tls" if reply.code == "tls" else None
    if status in _SUCCESSFUL:
        return "halted-login-page" if reply.body is BodyKind.LOGIN_PAGE else None
    if status in _REDIRECTION:
        return "halted-redirect"
    return "halted-401" if status == _UNAUTHORIZED else None
