"""Refusals that condemn the run and not their rows: wrong campaign, wrong rights, wrong mapping.

One refused row is that row's affair. The same refusal for everybody is a mistake in the set-up,
and sending a whole file into it would help nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from bulk_update.policy.verdicts import Verdict, verdict_of
from bulk_update.records import Reply, RunHistory

FORBIDDEN_IN_A_ROW = 20
NOT_FOUND_BEFORE_SUCCESS = 20
BAD_REQUESTS_BEFORE_SUCCESS = 5

_FORBIDDEN = 403
_NOT_FOUND = 404
_BAD_REQUESTS = frozenset({400, 422})

_NO_HISTORY = RunHistory()


@dataclass(frozen=True, slots=True)
class Halt:
    """The run is to stop: why, in a code and in words, and whose refusals were part of it.

    The rows of `row_ids` were refused for the run's sake: settle them again with this code.
    """

    code: str
    message: str
    row_ids: tuple[int, ...]


class RefusalStreaks:
    """Watches the answers of a run, in the order of their arrival; `history` came before.

    Answers that ask for patience (408, 423, 425, 429, 5xx, a 403 with `Retry-After`) and attempts
    without an answer neither lengthen nor break a streak.
    """

    def __init__(self, history: RunHistory = _NO_HISTORY) -> None:
        self._succeeded = False
        self._forbidden: list[int] = []
        self._not_found: list[int] = []
        self._bad_requests: list[int] = []
        for row in history.refused:
            if last := row.attempts[-1].reply:
                self.record(row.row_id, last)
        self._succeeded = history.has_success

    @property
    def row_ids(self) -> frozenset[int]:
        """The rows of the streaks that are not over yet: a halt would condemn some of them."""
        return frozenset((*self._forbidden, *self._not_found, *self._bad_requests))

    @property
    def before_first_success(self) -> bool:
        """Whether nothing has been accepted yet: until then requests should go one by one."""
        return not self._succeeded

    def record(self, row_id: int, reply: Reply) -> Halt | None:
        """Take note of a reply; return why the run must stop, if it must."""
        match verdict_of(reply):
            case Verdict.ACCEPT:
                self._succeeded = True
                self._clear()
            case Verdict.REFUSE:
                return self._refused(row_id, reply)
            case _:
                pass
        return None

    def _clear(self) -> None:
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
            message = f"{len(self._forbidden)} answers of 403 in a row: may this user do this?"
            return Halt("halted-403", message, tuple(self._forbidden))
        if len(self._not_found) >= NOT_FOUND_BEFORE_SUCCESS:
            message = (
                f"{len(self._not_found)} answers of 404 before any success: "
                "most likely the campaign's identifier is wrong"
            )
            return Halt("halted-404", message, tuple(self._not_found))
        return self._canary()

    def _canary(self) -> Halt | None:
        if len(self._bad_requests) < BAD_REQUESTS_BEFORE_SUCCESS:
            return None
        message = (
            f"the first {len(self._bad_requests)} rows were refused with 400 or 422: "
            "look at the mapping, or at these rows"
        )
        return Halt("halted-canary", message, tuple(self._bad_requests))
