"""Which requests make a correction of an earlier row obsolete."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any


class RunFamily:
    """Which runs come from which, as retries and corrections: pairs of a run and its parent."""

    def __init__(self, pairs: Iterable[tuple[int, int]]) -> None:
        self._parents: dict[int, set[int]] = {}
        for run, parent in pairs:
            self._parents.setdefault(run, set()).add(parent)

    def descends(self, run: int, other: int) -> bool:
        """Return whether a run is a retry or a correction of another, or of its first run."""
        found, pending = {run}, [run]
        while pending:
            for parent in self._parents.get(pending.pop(), set()) - found:
                found.add(parent)
                pending.append(parent)
        return other in found


def differ(body: bytes, newer: bytes | str) -> bool:
    """Return whether two bodies set the same field, and to different values."""
    sent = dict(_fields(json.loads(newer)))
    return any(name in sent and sent[name] != value for name, value in _fields(json.loads(body)))


def _fields(body: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, value in body.items():
        if isinstance(value, dict):
            yield from (((name, inner), each) for inner, each in value.items())
        else:
            yield (name,), value
