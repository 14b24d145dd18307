"""Notices about the identifiers of a run that a person may confuse."""

from __future__ import annotations

from bulk_update.cells.look_alikes import has_look_alikes, look_alike_key
from bulk_update.job.store import Store
from bulk_update.records import Issue, Param


def lost_zeros(ledger: Store, run: int) -> tuple[Issue, ...]:
    """Return a warning if some identifiers may have lost their leading zeros."""
    found = ledger.planning.lost_zeros(run)
    if found is None:
        return ()
    one, first, other, last = found.pair
    params: dict[str, Param] = {"one": one, "first": first, "other": other, "last": last}
    params["left_out"] = found.groups - 1
    return (Issue("lost-zeros", params),)


def look_alikes(ledger: Store, run: int) -> tuple[Issue, ...]:
    """Return warnings about identifiers that a person can confuse."""
    found = ledger.planning.look_alikes(run, key=look_alike_key, disguised=has_look_alikes)
    notices: list[Issue] = []
    if found.pair:
        one, first, other, last = found.pair
        pair: dict[str, Param] = {"one": one, "first": first, "other": other, "last": last}
        variant = "one" if found.groups == 1 else ""
        notices.append(Issue("look-alikes", {"count": found.groups, **pair}, variant))
    if found.example:
        text, row = found.example
        params: dict[str, Param] = {"count": found.disguised, "text": text, "row": row}
        notices.append(Issue("disguised", params))
    return tuple(notices)
