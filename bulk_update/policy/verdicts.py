"""What one answer says about its row, read from a table.

The API documents hardly any status numbers, so a status counts by its class: whatever asks for
patience (408, 423, 425, 429, 5xx, and a 403 with Retry-After, which is how some firewalls limit the
rate) is tried again, any other 4xx refuses the row. Each holds up its own row alone, except for 429
and 503 (`waits_for_all`). What halts the whole run comes first.
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
_FORBIDDEN = int(HTTPStatus.FORBIDDEN)
_SUCCESSFUL, _REDIRECTION, _REFUSAL = range(200, 300), range(300, 400), range(400, 500)
_RETRIED = frozenset({408, 423, 425, 429})
_CONFIRMS = frozenset({BodyKind.EMPTY, BodyKind.OTHER})
_HALTING_STATUSES = {401: "halted-401", 407: "halted-407"}
_HALTING_FAILURES = {"tls": "halted-tls", "proxy-407": "halted-407"}
"""Codes of attempts of which nothing left."""


def verdict_of(reply: Reply) -> Verdict:
    """Judge one reply by itself; streaks of refusals are judged by `RefusalStreaks`."""
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
    """Return the code with which one reply alone halts the run, or None."""
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
