"""Letting the rows of some statuses be sent before all others, once a run is planned.

The order of sending is not part of a plan: the mapping that the ledger keeps is changed for it.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from bulk_update.errors import BulkUpdateError, UsageError
from bulk_update.job.apply import loaded_mapping_of
from bulk_update.job.inspect import opened_ledger
from bulk_update.job.request import RunOptions, reload
from bulk_update.ledger import Run
from bulk_update.mapping import Mapping
from bulk_update.records import Issue


def words_of_status(mapping: Mapping, status_id: str, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the column that sets a status, and the cells' texts that do, as far as known.

    The column is empty if no column sets it.
    """
    if (rule := mapping.update.status_id) is not None:
        words = tuple(word for word, found in (rule.lookup or {}).items() if found == status_id)
        return rule.column or "", words or (() if rule.lookup else (status_id,))
    if (rule := mapping.update.status) is not None and not rule.lookup:
        return rule.column or "", (name,) if name else ()
    return "", ()


def can_send_first(run: Run, mapping: Mapping) -> bool:
    """Return whether a run's order of sending can be chosen, because its mapping has none."""
    return mapping.priority is None and run.command not in {"retry", "undo"}


def send_first(run_id: str, statuses: Collection[tuple[str, str]], options: RunOptions) -> None:
    """Send the rows that set one of these statuses (ids and names) before the other rows of a run.

    Raises UsageError if the order of this run cannot be chosen.
    """
    with opened_ledger(options, to_look_at=False) as store:
        run = store.runs.find(run_id)
        mapping = loaded_mapping_of(run).mapping
        found = [words_of_status(mapping, status_id, name) for status_id, name in statuses]
        words = [word for _, words in found for word in words]
        if not words or not can_send_first(run, mapping):
            raise _not_possible(run)
        store.runs.replace_mapping(
            run.id,
            _with_priority(run, mapping, column=found[0][0], words=words),
            path=run.mapping_path,
            job=run.job,
            overrides=run.overrides,
            again=run.again,
        )


def _with_priority(run: Run, mapping: Mapping, *, column: str, words: list[str]) -> bytes:
    """Return the text of a run's mapping with a priority, which must change nothing else."""
    priority = json.dumps({"column": column, "first": words}, ensure_ascii=False)
    data = run.mapping.rstrip() + f"\npriority: {priority}\n".encode()
    try:
        changed = reload(data, path=run.mapping_path, overrides=run.overrides).mapping
    except BulkUpdateError:
        raise _not_possible(run) from None
    if changed.priority is None or changed.shape() != mapping.shape():
        raise _not_possible(run)
    return data


def _not_possible(run: Run) -> UsageError:
    return UsageError(Issue("usage", {"run": run.run_id}, "order"))
