"""Attempts as they are stored."""

from __future__ import annotations

from typing import Any

from bulk_update.bookkeeping.entries import reason_of
from bulk_update.records import Attempt, BodyKind, Reply


def stored_attempt(entry: tuple[Any, ...]) -> Attempt:
    """Return an attempt of the row itself, from the columns of its table from `id` on."""
    attempt_id, departed_at_us, answered, left, status, code, reasons, request_id, kind, ms = entry
    if not answered:
        return Attempt(attempt_id, departed_at_us)
    reason = reason_of(code, reasons)
    reply = Reply(
        may_have_been_sent=bool(left),
        status=status,
        code=code,
        variant=reason.variant,
        params=reason.params,
        request_id=request_id,
        body=BodyKind(kind),
        elapsed_ms=ms,
    )
    return Attempt(attempt_id, departed_at_us, reply)


def inherited_attempt(
    attempt_id: int, departed_at_us: int, status: int | None, code: str, reasons: str, kind: str
) -> Attempt:
    """Return the attempt that left a row in doubt in the run that its own run retries."""
    reason = reason_of(code, reasons)
    reply = Reply(
        may_have_been_sent=True,
        status=status,
        code=code,
        variant=reason.variant,
        params=reason.params,
        body=BodyKind(kind),
    )
    return Attempt(attempt_id, departed_at_us, reply, inherited=True)
