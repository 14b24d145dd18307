"""How long to wait after a reply that asks for another attempt."""

from __future__ import annotations

from bulk_update.records import Reply

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
_DOUBLINGS_TO_THE_LONGEST = 6

_WHOLE_CLIENT_WAITS = frozenset({429, 503})
_FORBIDDEN = 403


def waits_for_all(reply: Reply) -> bool:
    """Return whether the whole client must wait, not only this row.

    Some services send a 403 with `Retry-After` for too many requests. 423 delays only its own row.
    """
    return reply.status in _WHOLE_CLIENT_WAITS or (
        reply.status == _FORBIDDEN and reply.retry_after_seconds is not None
    )


def backoff_seconds(attempt_number: int, *, random: float) -> float:
    """Return the pause after an attempt (the first is 1): exponential, with full jitter.

    `random` is uniform in [0, 1). Full jitter spreads the retries of workers that failed together
    over the whole span (AWS Architecture Blog, "Exponential Backoff And Jitter").
    """
    doublings = min(attempt_number - 1, _DOUBLINGS_TO_THE_LONGEST)
    return random * min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2.0**doublings)


def pause_seconds(reply: Reply, attempt_number: int, *, random: float) -> float:
    """Return the pause before the next attempt: the backoff, but never less than Retry-After."""
    return max(backoff_seconds(attempt_number, random=random), reply.retry_after_seconds or 0.0)
