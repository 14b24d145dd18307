"""Which of the data about campaigns a mapping needs."""

from __future__ import annotations

from dataclasses import dataclass

from bulk_update.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Needs:
    """What a mapping needs of reference data: names need the statuses, the others are checks."""

    names: bool
    statuses: bool
    agents: bool


def needs_of(mapping: Mapping) -> Needs:
    """Return what a mapping needs."""
    update = mapping.update
    names = update.status is not None
    return Needs(names, names or update.status_id is not None, update.agent_login is not None)
