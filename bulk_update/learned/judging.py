"""The learned guards: what is unusual about a plan, compared with the job's earlier ones.

Each measure has a code of its own and looks only in the direction in which damage lies: the number
of rows in both, shares of invalid rows, blank cells, clears and single statuses only upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from math import ceil, floor
from statistics import median
from typing import TypeVar

from bulk_update.exits import ExitCode
from bulk_update.learned.profile import RARE, Profile
from bulk_update.learned.usual import Part, chance_of_all, usual_range, usual_share
from bulk_update.records import Issue, Param, Status

RUNS_COMPARED = 10
RUNS_TO_LEARN = 5

_ROWS_FLOOR = 50
_ROWS_FLOOR_SHARE = 0.3
_SHARE_FLOOR = 0.05
_SENT_FLOOR = 0.1

_RARE_CHANCE = 1e-4
"""A column has lost its values if chance alone makes it blank at most this often."""

_EXPECTED_PER_CENT = 1

_NOT_UPDATED = (Status.REJECTED, Status.FAILED, Status.IN_DOUBT)
_MOST_REFUSED = 0.05

LEARNED_CODES = (
    "unusual-rows",
    "blank-column",
    "unusual-invalid",
    "unusual-sent",
    "unusual-status",
    "unusual-blanks",
    "unusual-clears",
)

Key = TypeVar("Key")

_Excess = tuple[float, float, float]
"""By how much a share is above what is usual, the share, and the highest usual one."""


def history_of(stored: Iterable[str], *, shape: str) -> tuple[Profile, ...]:
    """Return the profiles to compare a plan with, given those of finished runs, latest first."""
    found = map(Profile.restored, stored)
    suitable = (profile for profile in found if profile.shape == shape and profile.teaches)
    return tuple(islice(suitable, RUNS_COMPARED))


def is_expected(count: int, *, expected: int) -> bool:
    """Return whether a number of rows is within one per cent of the expected one."""
    return abs(count - expected) * 100 <= expected * _EXPECTED_PER_CENT


def ended_well(exit_code: int, counts: Mapping[Status, int]) -> bool:
    """Return whether a run that was let through was right: the API took nearly all its rows."""
    refused = sum(counts[status] for status in _NOT_UPDATED)
    sent = counts[Status.UPDATED] + refused
    return exit_code in {ExitCode.SUCCESS, ExitCode.ROWS} and refused <= _MOST_REFUSED * sent


def unusual(plan: Profile, history: Sequence[Profile]) -> tuple[Issue, ...]:
    """Return what is unusual about a plan, at most one reason of each code.

    With fewer than `RUNS_TO_LEARN` earlier plans, only a column that lost all its values counts.
    """
    if not history:
        return ()
    found = [*_blank_columns(plan, history)]
    if len(history) >= RUNS_TO_LEARN:
        for judged in (_rows, _invalid, _sent, _statuses, _blanks, _clears):
            found += judged(plan, history)
    return tuple(sorted(found, key=lambda issue: LEARNED_CODES.index(issue.code)))


def _rows(plan: Profile, history: Sequence[Profile]) -> Iterator[Issue]:
    rows = [earlier.rows for earlier in history]
    usual = usual_range(rows, floor=max(_ROWS_FLOOR, _ROWS_FLOOR_SHARE * median(rows)))
    if not usual.low <= plan.rows <= usual.high:
        params: dict[str, Param] = {"rows": plan.rows, "runs": len(history)}
        params |= {"least": max(0, ceil(usual.low)), "most": floor(usual.high)}
        yield Issue("unusual-rows", params)


def _invalid(plan: Profile, history: Sequence[Profile]) -> Iterator[Issue]:
    excess = _above(plan, history, lambda profile: Part(profile.invalid, profile.rows))
    if excess:
        yield Issue("unusual-invalid", _shares(excess, history))


def _sent(plan: Profile, history: Sequence[Profile]) -> Iterator[Issue]:
    """Judge the rows to send; a file that changes nothing is never unusual, and teaches nothing."""
    lessons = [earlier for earlier in history if earlier.sent]
    excess = _above(plan, lessons, lambda profile: Part(profile.sent, profile.rows), _SENT_FLOOR)
    if excess:
        yield Issue("unusual-sent", _shares(excess, history))
    lack = _above(plan, history, _left_out, _SENT_FLOOR)
    if lack:
        yield Issue("unusual-sent", _shares(lack, history), "left-out")


def _left_out(profile: Profile) -> Part:
    return Part(profile.rows - profile.sent - profile.unchanged - profile.invalid, profile.rows)


def _statuses(plan: Profile, history: Sequence[Profile]) -> Iterator[Issue]:
    def part_of(field: str, value: str) -> Callable[[Profile], Part]:
        return lambda profile: Part(
            profile.file.statuses.get(field, {}).get(value, 0), profile.file.changes
        )

    excesses = {
        (field, value): _above(plan, history, part_of(field, value))
        for field, values in plan.file.statuses.items()
        for value in values
    }
    for (field, value), excess, more in _greatest(excesses):
        params = {**_shares(excess, history), "field": field, "value": value, "left_out": more}
        yield Issue("unusual-status", params, "rare" if value == RARE else "")


def _clears(plan: Profile, history: Sequence[Profile]) -> Iterator[Issue]:
    def part_of(field: str) -> Callable[[Profile], Part]:
        return lambda profile: Part(profile.file.clears.get(field, 0), profile.file.changes)

    excesses = {field: _above(plan, history, part_of(field)) for field in plan.file.clears}
    for field, excess, more in _greatest(excesses):
        params = {**_shares(excess, history), "field": field, "left_out": more}
        yield Issue("unusual-clears", params)


def _blanks(plan: Profile, history: Sequence[Profile]) -> Iterator[Issue]:
    """Judge the columns that have become blanker, but not those that lost all their values."""
    lost = set(_lost_columns(plan, history))
    excesses = {
        column: _above(plan, history, partial(_blank, column=column))
        for column in plan.file.blanks
        if column not in lost
    }
    for column, excess, more in _greatest(excesses):
        params = {**_shares(excess, history), "column": column, "left_out": more}
        yield Issue("unusual-blanks", params)


def _blank_columns(plan: Profile, history: Sequence[Profile]) -> Iterator[Issue]:
    lost = list(_lost_columns(plan, history))
    if lost:
        params: dict[str, Param] = {"column": lost[0], "left_out": len(lost) - 1}
        runs = len(history)
        yield Issue("blank-column", {**params, "runs": runs}, "one-run" if runs == 1 else "")


def _lost_columns(plan: Profile, history: Sequence[Profile]) -> Iterator[str]:
    """Yield the columns that are completely blank and never were before."""
    for column in plan.file.blanks:
        now = _blank(plan, column)
        earlier = [part for profile in history if (part := _blank(profile, column)).of]
        if not now.of or now.counted < now.of or not earlier:
            continue
        was_blank = any(part.counted == part.of for part in earlier)
        if not was_blank and chance_of_all(now, earlier) <= _RARE_CHANCE:
            yield column


def _blank(profile: Profile, column: str) -> Part:
    return Part(*profile.file.blanks.get(column, (0, 0)))


def _above(
    plan: Profile,
    history: Sequence[Profile],
    part_of: Callable[[Profile], Part],
    at_least: float = _SHARE_FLOOR,
) -> _Excess | None:
    """Return the excess if a share of the plan is higher than usual; None if it is not known."""
    now = part_of(plan)
    earlier = [part for profile in history if (part := part_of(profile)).of]
    if not now.of or len(earlier) < RUNS_TO_LEARN:
        return None
    high = usual_share(now, earlier, floor=at_least).high
    return (now.share - high, now.share, high) if now.share > high else None


def _greatest(excesses: Mapping[Key, _Excess | None]) -> Iterator[tuple[Key, _Excess, int]]:
    """Yield the key with the greatest excess, if there is one, and how many others there are."""
    found = {key: excess for key, excess in excesses.items() if excess}
    if found:
        key = max(found, key=lambda key: found[key][0])
        yield key, found[key], len(found) - 1


def _shares(excess: _Excess, history: Sequence[Profile]) -> dict[str, Param]:
    """Return a share and the highest usual one in per cent, rounded away from each other."""
    _, share, high = excess
    return {
        "share": ceil(share * 1000) / 10,
        "usual": floor(high * 1000) / 10,
        "runs": len(history),
    }
