"""In which of several ways a column sets statuses or agents: found from its values.

A person chooses only "Status" or "Agent". Names that the campaign knows are sent as names, ids as
ids; for any other values, the screen of values asks what each one means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bulk_update.cells.comparison import as_seen
from bulk_update.proposals import ColumnEvidence
from bulk_update.web.answers import AGENTS, STATUSES, ColumnAnswer, Goal
from bulk_update.web.examining import Examined


def offered(goal: Goal | None) -> Goal | None:
    """Return the goal that stands for all ways to set the same field."""
    if goal in STATUSES:
        return Goal.STATUS_NAME
    return Goal.AGENT if goal in AGENTS else goal


def with_ways(
    examined: Examined, answers: Mapping[str, ColumnAnswer], *, is_rehearsal: bool
) -> dict[str, ColumnAnswer]:
    """Return answers in which "Status" and "Agent" are the way that fits the column's values.

    The sandbox of a rehearsal gets the names of a file with statuses or agents of its own, so that
    nothing has to be chosen for them.
    """
    return {
        name: replace(answer, goal=_way(examined, name, answer.goal, is_rehearsal=is_rehearsal))
        for name, answer in answers.items()
    }


def _way(examined: Examined, name: str, goal: Goal | None, *, is_rehearsal: bool) -> Goal | None:
    column = examined.column(name)
    if column is None or goal not in {Goal.STATUS_NAME, Goal.AGENT}:
        return goal
    known, shared = _names(examined, goal)
    texts = {as_seen(text) for text in _texts(column)}
    if goal is Goal.STATUS_NAME and texts and not texts & known and _are_ids(examined, texts):
        return Goal.STATUS_ID
    if column.values is None or (texts & known and not texts & shared):
        return goal
    if is_rehearsal and not texts & shared:
        return goal
    return Goal.STATUS_LOOKUP if goal is Goal.STATUS_NAME else Goal.AGENT_LOOKUP


def _texts(column: ColumnEvidence) -> tuple[str, ...]:
    """Return the different texts of a column, or examples of them, without those for no value."""
    if column.values is None:
        return tuple(column.examples)
    blank = {text for text, _ in column.blank_words}
    return tuple(text for text, _ in column.values if text not in blank)


def _names(examined: Examined, goal: Goal) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names or logins that the campaign knows, and names of several statuses."""
    live = examined.live
    if live is None:
        return frozenset(), frozenset()
    if goal is Goal.AGENT:
        return frozenset(map(as_seen, live.logins or ())), frozenset()
    unique = live.names or frozenset()
    listed = {
        as_seen(status.name) for each in examined.references for status in each.statuses or ()
    }
    return unique, frozenset(listed - unique)


def _are_ids(examined: Examined, texts: set[str]) -> bool:
    ids = (examined.live and examined.live.ids) or frozenset()
    return texts <= set(map(as_seen, ids)) or all(
        text.isascii() and text.isdecimal() for text in texts
    )
