"""The outcome of a row that was sent, judged by all the attempts it ever had.

A final response decides, whatever came before it. Without one, any attempt that was sent and got no
final response leaves the row in doubt, even after a resume, because the record may have been
changed. A row has failed only if each of its requests got a response or was never sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bulk_update.policy.verdicts import Verdict, halt_code_of, verdict_of
from bulk_update.records import Attempt, Issue, Outcome, Reply, Status

_INTERRUPTED = Reply(
    may_have_been_sent=True,
    status=None,
    code="halted-interrupted",
)
_UNCONFIRMED = Issue("unconfirmed")
_STREAK_STATUSES = {"halted-403": 403, "halted-404": 404}
"""Refusals that say nothing about their rows once a series of them has halted the run."""


class _Judgement(NamedTuple):
    status: Status
    code: str
    reasons: tuple[Issue, ...]


_UPDATED = _Judgement(Status.UPDATED, "", ())


def outcome_of(
    row_id: int, attempts: Sequence[Attempt], *, halted: str | None, finished_at_us: int
) -> Outcome:
    """Return a row's outcome, given all its attempts in the order they were sent.

    An attempt without a reply counts as sent and without a response. `halted` is the code
    (`halted-...`) of what stopped the run, given if the row still had retries or its last refusal
    is one of those that halted the run. It never changes any other final response. A reply that
    halts the run by itself provides its own code. An inherited attempt can still leave the row in
    doubt, but is not counted. Raises ValueError for a row without attempts of its own: it was never
    sent and has no outcome of this kind.
    """
    own = [attempt for attempt in attempts if not attempt.inherited]
    if not own:
        raise ValueError("a row without attempts was not sent")
    judgement = _judgement(_replies(attempts), halted)
    replies = _replies(own)
    responses = [reply for reply in replies if reply.status is not None]
    departures = zip(own, replies, strict=True)
    return Outcome(
        row_id=row_id,
        status=judgement.status,
        code=judgement.code,
        reasons=judgement.reasons,
        http_status=responses[-1].status if responses else None,
        attempts=len(own),
        request_id=responses[-1].request_id if responses else None,
        sent_at_us=next(
            (a.departed_at_us for a, reply in departures if reply.may_have_been_sent), None
        ),
        finished_at_us=finished_at_us,
        elapsed_ms=own[-1].reply.elapsed_ms if own[-1].reply else None,
    )


def doubtful_attempt(attempts: Sequence[Attempt]) -> tuple[Attempt, Reply] | None:
    """Return the last attempt that leaves a row in doubt, and the reply that counts for it."""
    for attempt, reply in zip(reversed(attempts), reversed(_replies(attempts)), strict=True):
        if _is_doubtful(reply):
            return attempt, reply
    return None


def _replies(attempts: Sequence[Attempt]) -> list[Reply]:
    return [attempt.reply or _INTERRUPTED for attempt in attempts]


def _judgement(replies: Sequence[Reply], halted: str | None) -> _Judgement:
    last = replies[-1]
    since_success = _since_success(replies)
    if not since_success:
        return _UPDATED
    halt_code = halt_code_of(last) or halted
    if verdict_of(last) is Verdict.REFUSE and not _is_in_halting_streak(last, halt_code):
        return _Judgement(Status.REJECTED, last.code, (last.reason,))
    doubtful = [reply for reply in since_success if _is_doubtful(reply)]
    if doubtful:
        return _in_doubt(doubtful[-1], halt_code)
    if len(since_success) < len(replies):
        return _UPDATED
    reasons = [last.reason]
    if halted and verdict_of(last) is Verdict.RETRY:
        reasons.append(Issue(halted))
    return _Judgement(Status.FAILED, halt_code or last.code, tuple(reasons))


def _in_doubt(doubtful: Reply, halt_code: str | None) -> _Judgement:
    reason = doubtful.reason
    if _is_contradiction(doubtful):
        params = {**reason.params, "status": doubtful.status or 0}
        reason = Issue("unexpected-body", params, reason.variant)
    return _Judgement(Status.IN_DOUBT, halt_code or reason.code, (reason, _UNCONFIRMED))


def _since_success(replies: Sequence[Reply]) -> Sequence[Reply]:
    """Return the replies after the last success; those before it no longer matter."""
    for index in reversed(range(len(replies))):
        if verdict_of(replies[index]) is Verdict.ACCEPT:
            return replies[index + 1 :]
    return replies


def _is_in_halting_streak(reply: Reply, halt_code: str | None) -> bool:
    """Return whether a refusal is part of the streak that halted the run, so it judges no row."""
    halting_status = _STREAK_STATUSES.get(halt_code or "")
    return halting_status is not None and reply.status == halting_status


def _is_doubtful(reply: Reply) -> bool:
    return (reply.may_have_been_sent and reply.status is None) or _is_contradiction(reply)


def _is_contradiction(reply: Reply) -> bool:
    return verdict_of(reply) is Verdict.DOUBT
