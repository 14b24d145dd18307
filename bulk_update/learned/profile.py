"""The profile of a plan: counts of rows and cells, and no cell's text except ids of statuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self

RARE = "*"
"""Stands for all values of a status field that are too rare to be counted one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCounts:
    """The counts of a file that is translated.

    `changes` is the number of rows with a body. The others are, by field and value, how many of
    these set a status (`{"status_id": {"3": 410}}`); by field, how many clear it; and by column,
    the number of blank cells and of all cells.
    """

    changes: int = 0
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    clears: Mapping[str, int] = field(default_factory=dict)
    blanks: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The counts of a plan, and how the learned guards judged it.

    Only profiles of the same `shape` can be compared. `sent` counts rows to be sent and rows that
    were sent. `is_unusual`: a learned guard stopped the run, or would have. `let_through`: the
    operator has confirmed the plan. `ended_well` matters only for an unusual plan.
    """

    shape: str
    file: FileCounts = field(default_factory=FileCounts)
    rows: int = 0
    invalid: int = 0
    sent: int = 0
    unchanged: int = 0
    is_unusual: bool = False
    let_through: bool = False
    ended_well: bool = False

    @property
    def teaches(self) -> bool:
        """Whether later plans are compared with this one."""
        return self.ended_well or not self.is_unusual

    def stored(self) -> str:
        """Return the profile as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def restored(cls, stored: str) -> Self:
        """Return the profile that `stored` returned as JSON."""
        content = json.loads(stored)
        file = content.pop("file")
        blanks = {column: (blank, cells) for column, (blank, cells) in file.pop("blanks").items()}
        return cls(file=FileCounts(**file, blanks=blanks), **content)
