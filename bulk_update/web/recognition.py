"""Recognises the columns of an earlier file, so that its answers need not be given again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bulk_update.columns import column_key
from bulk_update.proposals import Reading, TableEvidence
from bulk_update.web.answers import ColumnAnswer, ColumnValues, Goal, ValueAnswers
from bulk_update.web.drafts import Draft, Drafts
from bulk_update.web.mapping_text import job_name

_LEAST_SHARED = 0.5
"""Of all columns of both files; fewer do not show that it is the same export."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """An earlier draft with the same columns, but for those that are `new`.

    `names` are the columns of the present file by how the earlier one called them.
    """

    draft: Draft
    names: dict[str, str]
    new: tuple[str, ...]


def recognise(drafts: Drafts, draft: Draft, table: TableEvidence) -> Recognised | None:
    """Return the newest of the most similar earlier drafts that were checked, if there is one.

    Every column that it uses has to be there. Names are compared without capitals, in any order.
    """
    present = {folded(column.name): column.name for column in table.columns}
    found = [
        each
        for each in drafts.recent()
        if each.id != draft.id and each.run_id is not None and _fits(each, present)
    ]
    if not found:
        return None
    best = max(found, key=lambda each: _similarity(each, present))  # the first of equals
    names = {name: present[folded(name)] for name in best.columns if folded(name) in present}
    known = set(names.values())
    new = tuple(column.name for column in table.columns if column.name not in known)
    return Recognised(best, names, new)


def taken_over(draft: Draft, recognised: Recognised) -> Draft:
    """Return a draft with the answers of an earlier one; new columns are not used.

    Ids of statuses are those of one system: from a rehearsal or another system,
    they are not taken over.
    """
    earlier, names = recognised.draft, recognised.names
    is_same_system = earlier.is_for_system_of(draft)
    unused = {name: ColumnAnswer(Goal.UNUSED, name, Reading()) for name in recognised.new}
    columns = unused | {now: earlier.columns[before] for before, now in names.items()}
    values = {
        names[before]: each if is_same_system else _without_lookup(each)
        for before, each in earlier.values.columns.items()
        if before in names
    }
    return replace(
        draft,
        campaign=earlier.campaign if is_same_system else draft.campaign,
        columns=columns,
        values=ValueAnswers(
            values,
            earlier.values.duplicates,
            job=earlier.values.job or job_name(earlier.file_name),
            like=earlier.file_name,
            new=recognised.new,
        ),
        run_id=None,
    )


def folded(name: str) -> str:
    """Return the form in which the columns of two files are compared."""
    return column_key(name).casefold()


def _fits(earlier: Draft, present: Iterable[str]) -> bool:
    used = [
        name for name, answer in earlier.columns.items() if answer.goal not in {None, Goal.UNUSED}
    ]
    return (
        bool(used)
        and set(map(folded, used)) <= set(present)
        and _similarity(earlier, present) >= _LEAST_SHARED
    )


def _similarity(earlier: Draft, present: Iterable[str]) -> float:
    """Return the share of the columns of either file that both have."""
    before, now = set(map(folded, earlier.columns)), set(present)
    return len(before & now) / max(1, len(before | now))


def _without_lookup(values: ColumnValues) -> ColumnValues:
    return replace(values, lookup={})
