"""Refusals that halt the run: a wrong campaign, missing rights, a wrong mapping.

One refusal concerns one row. The same refusal for every row means that the setup is wrong, and
sending the rest of the file would not help.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bulk_update.policy.verdicts import Verdict, verdict_of
from bulk_update.records import Issue, Reply, RunHistory

FORBIDDEN_IN_A_ROW = 20
NOT_FOUND_BEFORE_SUCCESS = 20
BAD_REQUESTS_BEFORE_SUCCESS = 5

_FORBIDDEN = 403
_NOT_FOUND = 404
_BAD_REQUESTS = frozenset({400, 422})
_NOTHING_YET = RunHistory()


@dataclass(frozen=True, slots=True)
class Halt:
    """Why the service refuses every row, and the rows that were refused for that reason.

    The rows in `row_ids` may be valid, so they are settled again, as halted.
    """

    reason: Issue
    row_ids: tuple[int, ...]

    @property
    def code(self) -> str:
        """The code of what stops the run."""
        return self.reason.code


class RefusalStreaks:
    """Watches the replies of one run in the order of their arrival.

    Responses that ask the client to wait (408, 423, 425, 429, 5xx, a 403 with `Retry-After`) and
    attempts without a response neither lengthen nor break a streak. `history` holds the replies of
    the run's earlier invocations: a streak continues after a stop, but ends with a halt.
    """

    def __init__(self, history: RunHistory = _NOTHING_YET) -> None:
        self.history = history
        self._succeeded = history.has_success
        self._forbidden: list[int] = []
        self._not_found: list[int] = []
        self._bad_requests: list[int] = []
        for row in history.refused:
            reply = row.attempts[-1].reply
            if reply is not None:
                self.record(row.row_id, reply)

    @property
    def row_ids(self) -> frozenset[int]:
        """The rows in streaks that are still open."""
        return frozenset((*self._forbidden, *self._not_found, *self._bad_requests))

    def record(self, row_id: int, reply: Reply) -> Halt | None:
        """Record a reply; return why the run must stop, or None."""
        match verdict_of(reply):
            case Verdict.ACCEPT:
                self._succeeded = True
                self.forget()
            case Verdict.REFUSE:
                return self._refused(row_id, reply)
            case _:
                pass
        return None

    def forget(self) -> None:
        """Restart all streaks."""
        for streak in (self._forbidden, self._not_found, self._bad_requests):
            streak.clear()

    def _refused(self, row_id: int, reply: Reply) -> Halt | None:
        if reply.status == _FORBIDDEN:
            self._forbidden.append(row_id)
        else:
            self._forbidden.clear()
        if reply.status == _NOT_FOUND and not self._succeeded:
            self._not_found.append(row_id)
        if reply.status in _BAD_REQUESTS and not self._succeeded:
            self._bad_requests.append(row_id)
        else:
            self._bad_requests.clear()
        return self._halt()

    def _halt(self) -> Halt | None:
        if len(self._forbidden) >= FORBIDDEN_IN_A_ROW:
            return _halt("halted-403", len(self._forbidden), self._forbidden)
        if len(self._not_found) >= NOT_FOUND_BEFORE_SUCCESS:
            return _halt("halted-404", len(self._not_found), self._not_found)
        if len(self._bad_requests) >= BAD_REQUESTS_BEFORE_SUCCESS:
            return _halt("halted-canary", len(self._bad_requests))
        return None


def _halt(code: str, count: int, row_ids: Iterable[int] = ()) -> Halt:
    return Halt(Issue(code, {"count": count}, "run"), tuple(row_ids))


def open_streaks(refusals: Iterable[tuple[int, Reply]], *, has_success: bool) -> list[int]:
    """Return which of a run's refused rows belong to a streak that is still open.

    `refusals` are row ids and replies, in the order of the replies; the result keeps this order.
    Refusals that have already halted the run do not count towards another halt.
    """
    streaks = RefusalStreaks(RunHistory(has_success=has_success))
    row_ids = []
    for row_id, reply in refusals:
        row_ids.append(row_id)
        if streaks.record(row_id, reply):
            streaks.forget()
    still_open = streaks.row_ids
    return [row_id for row_id in row_ids if row_id in still_open]
