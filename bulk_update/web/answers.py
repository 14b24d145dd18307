"""What a person answered about the columns and values of a file, as a draft keeps it.

Columns are named as `columns.column_key` writes them. An answer that is missing is a question that
is still open: nothing is assumed in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bulk_update.cells.numbers import Negative
from bulk_update.cells.typed_cells import CellType
from bulk_update.mapping import Duplicates
from bulk_update.proposals import Reading


class Goal(StrEnum):
    """Where the cells of a column go."""

    UNUSED = "unused"
    CAMPAIGN = "campaign"
    IDENTIFIER = "identifier"
    STATUS_NAME = "status"
    """A status by the name that the campaign uses."""
    STATUS_LOOKUP = "status_lookup"
    """A status that the person chooses for each value."""
    STATUS_ID = "status_id"
    AGENT = "agent_login"
    AGENT_LOOKUP = "agent_lookup"
    """An agent that the person chooses for each value."""
    NEXT_CALL = "next_call_date"
    FIELD = "record_fields"


STATUSES = frozenset({Goal.STATUS_NAME, Goal.STATUS_LOOKUP, Goal.STATUS_ID})
AGENTS = frozenset({Goal.AGENT, Goal.AGENT_LOOKUP})
LOOKUPS = frozenset({Goal.STATUS_LOOKUP, Goal.AGENT_LOOKUP})
"""Where every value needs an answer of its own."""


@dataclass(frozen=True, slots=True)
class ColumnAnswer:
    """Where a column goes (None: not decided), under which name of a field, and how it is read.

    `reading` is None if that is not decided; it counts only for fields and for the next call.
    """

    goal: Goal | None = None
    field: str = ""
    reading: Reading | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the answer for `from_json`."""
        reading = self.reading and reading_json(self.reading)
        return {"goal": self.goal, "field": self.field, "reading": reading}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ColumnAnswer:
        """Return a stored answer."""
        goal, reading = stored["goal"], stored["reading"]
        return cls(
            goal and Goal(goal), str(stored["field"]), reading and reading_from_json(reading)
        )


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """What was decided about the values of a column.

    `lookup` is the value to send for each text; rows with a text of `left_out` do not take part.
    `blanks` are words that count as a blank cell, `removed` characters that are removed. `padded`
    is the length up to which zeros are added, and `time` the time of dates without one; both are
    blank if there is none.
    """

    lookup: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    true_words: tuple[str, ...] = ()
    false_words: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    removed: str = ""
    padded: str = ""
    time: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the answers for `from_json`."""
        return {
            "lookup": dict(self.lookup),
            "left_out": list(self.left_out),
            "true": list(self.true_words),
            "false": list(self.false_words),
            "blanks": list(self.blanks),
            "remove": self.removed,
            "pad": self.padded,
            "time": self.time,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ColumnValues:
        """Return stored answers."""
        return cls(
            lookup={str(text): str(value) for text, value in stored["lookup"].items()},
            left_out=_texts(stored["left_out"]),
            true_words=_texts(stored["true"]),
            false_words=_texts(stored["false"]),
            blanks=_texts(stored["blanks"]),
            removed=str(stored["remove"]),
            padded=str(stored["pad"]),
            time=str(stored["time"]),
        )


NO_VALUES = ColumnValues()


@dataclass(frozen=True, slots=True)
class ValueAnswers:
    """What was decided about values, by column, and about rows for the same record.

    `job` names the runs of the mapping; if it is blank, the file's name does. `like` is the file
    whose answers were taken over, if they were; its columns did not include the `new` ones.
    """

    columns: Mapping[str, ColumnValues] = field(default_factory=dict)
    duplicates: Duplicates = Duplicates.ERROR
    job: str = ""
    like: str = ""
    new: tuple[str, ...] = ()

    def of(self, column: str) -> ColumnValues:
        """Return what was decided about the values of a column."""
        return self.columns.get(column, NO_VALUES)

    def to_json(self) -> dict[str, Any]:
        """Return the answers for `from_json`."""
        return {
            "columns": {name: values.to_json() for name, values in self.columns.items()},
            "duplicates": self.duplicates,
            "job": self.job,
            "like": self.like,
            "new": list(self.new),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ValueAnswers:
        """Return stored answers."""
        columns = {
            str(name): ColumnValues.from_json(each) for name, each in stored["columns"].items()
        }
        return cls(
            columns,
            Duplicates(stored["duplicates"]),
            str(stored["job"]),
            str(stored["like"]),
            _texts(stored["new"]),
        )


def reading_json(reading: Reading) -> list[Any]:
    """Return a reading for `reading_from_json`."""
    return [
        reading.type,
        list(reading.formats),
        reading.decimal,
        reading.grouping,
        reading.negative,
    ]


def reading_from_json(stored: list[Any]) -> Reading:
    """Return a stored reading; raises ValueError if it is none."""
    kind, formats, decimal, grouping, negative = stored
    return Reading(CellType(kind), _texts(formats), str(decimal), str(grouping), Negative(negative))


def _texts(stored: list[Any]) -> tuple[str, ...]:
    return tuple(map(str, stored))
