"""What is wrong with a mapping file, and where. Lines and columns count from 1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bulk_update.errors import MappingError

MOST_SHOWN = 100
"""The most faults that a message lists."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the mapping file, as an editor numbers it."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to fix."""

    place: Place
    message: str


def mapping_error(faults: Iterable[Fault], *, path: str) -> MappingError:
    """Return the error that lists all faults, in the order of the file, each with its place."""
    in_order = sorted(set(faults))
    lines = [
        f"{path}:{fault.place.line}:{fault.place.column}: {fault.message}"
        for fault in in_order[:MOST_SHOWN]
    ]
    if len(in_order) > MOST_SHOWN:
        lines.append(f"{path}: and {len(in_order) - MOST_SHOWN} more faults")
    return MappingError("\n".join(lines))
