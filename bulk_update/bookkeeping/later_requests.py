"""Which later requests to a record still have an effect on a row of an undo."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import NamedTuple

from bulk_update.records import Status
from bulk_update.reversal import values_in


class LaterRequest(NamedTuple):
    """A request to the record of a row of an undo, whose fields are `fields`.

    `run` is whose request it was, and `undoes` the run that this one undoes, if any. `outcome` is
    None if its row has no outcome.
    """

    row_id: int
    fields: Collection[str]
    run: int
    undoes: int | None
    outcome: str | None
    body: bytes


def rows_in_effect(requests: Iterable[LaterRequest]) -> set[int]:
    """Return the rows of which a field was set by a later request that has not been undone.

    The requests are in their order.
    """
    runs: dict[int, dict[str, list[int]]] = {}
    for row_id, fields, run, undoes, outcome, body in requests:
        by_field = runs.setdefault(row_id, {name: [] for name in fields})
        for name, _ in values_in(json.loads(body)):
            setters = by_field.get(name)
            if setters is None:
                continue
            if undoes in setters and outcome == Status.UPDATED:
                setters.remove(undoes)
            else:
                setters.append(run)
    return {row_id for row_id, by_field in runs.items() if any(by_field.values())}
