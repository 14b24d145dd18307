"""The keys of a cell rule below `update`, and the allowed combinations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bulk_update.cells.comparison import as_seen
from bulk_update.cells.date_bounds import parse_date_bound
from bulk_update.cells.numbers import Negative
from bulk_update.cells.typed_cells import CellType
from bulk_update.mapping.faults import finding
from bulk_update.mapping.scalars import (
    ColumnName,
    FilledText,
    KeysGiven,
    ListGiven,
    Positive,
    Switch,
    Text,
    one_of,
    words_of,
)
from bulk_update.mapping.value_scalars import (
    Characters,
    DateBoundText,
    Format,
    Grouping,
    PadLength,
    Pattern,
    Separator,
    TimeOfDay,
    TimeZone,
)
from bulk_update.records import Issue


class OnBlank(StrEnum):
    """What a blank cell does to its field."""

    OMIT = "omit"
    CLEAR = "clear"
    ERROR = "error"


class Case(StrEnum):
    """The case that a value is converted to."""

    UPPER = "upper"
    LOWER = "lower"


class RuleFaultsError(ValueError):
    """Faults of a section as a whole, by key (`""` is the section itself)."""

    def __init__(self, faults: list[tuple[str, Issue]]) -> None:
        super().__init__(faults)
        self.faults = faults


class KeysExpectedError(ValueError):
    """A value where a section's keys are expected, such as `first_key`."""

    def __init__(self, value: object, *, first_key: str) -> None:
        super().__init__(value, first_key)
        self.value = value
        self.first_key = first_key


class Section(BaseModel):
    """A section of the mapping: immutable, without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _is_keys(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        names = [field.alias or name for name, field in cls.model_fields.items()]
        raise KeysExpectedError(value, first_key=names[0])


BlankWords = Annotated[
    tuple[FilledText, ...] | None,
    ListGiven,
    Field(description="words that count as a blank cell, besides those of the whole mapping"),
]
RemovedCharacters = Annotated[
    Characters | None, Field(description="characters to remove wherever they are in the cell")
]
CaseWanted = Annotated[
    Case | None,
    one_of(Case),
    words_of(Case),
    Field(description="convert to upper or lower case"),
]
PadTo = Annotated[
    PadLength | None,
    Field(description="put zeros before a value of digits, up to this many characters"),
]
PrefixWanted = Annotated[
    FilledText | None, Field(description="a text to put before the value unless it is there")
]
WholePattern = Annotated[
    Pattern | None, Field(description="a regular expression that the whole value must match")
]

Formats = Annotated[
    tuple[Format, ...] | None,
    ListGiven,
    Field(
        description=(
            "the date formats of text cells, made of %d %m %b %B %Y %y %H %I %p %M %S %f %z. "
            "Without it: ISO 8601"
        )
    ),
]
ZoneOfCells = Annotated[
    TimeZone | None,
    Field(description="the zone of datetimes without an offset; without it: api_timezone"),
]
TimeWithoutOne = Annotated[
    TimeOfDay | None,
    Field(description="the time of day of a date without one: 09:00; without it: midnight"),
]


def blank_words(*lists: Iterable[str] | None) -> frozenset[str]:
    """Return the words of several `blanks` lists, as they appear in cells."""
    return frozenset(word.strip() for words in lists for word in words or ())


class IdentifierRule(Section):
    """The column that holds each record's identifier, and how to read it."""

    column: Annotated[ColumnName, Field(description="the column's name")]
    blanks: BlankWords = None
    remove: RemovedCharacters = None
    case: CaseWanted = None
    pad: PadTo = None
    prefix: PrefixWanted = None
    pattern: WholePattern = None

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        faults = [*_prefix_faults(self)]
        if faults:
            raise RuleFaultsError(faults)
        return self


class CellRule(Section):
    """How a cell of a row, or a constant, becomes the value of one field."""

    column: Annotated[ColumnName | None, Field(description="the column whose cells are sent")] = (
        None
    )
    value: Annotated[Text | None, Field(description="one value for every row")] = None
    columns: Annotated[
        tuple[ColumnName, ...] | None,
        ListGiven,
        Field(description="columns whose cells are joined; blank cells are skipped"),
    ] = None
    join: Annotated[Text | None, Field(description="the text between joined cells")] = None
    type: Annotated[
        CellType,
        one_of(CellType),
        words_of(CellType),
        Field(description="what the cells hold"),
    ] = CellType.TEXT
    formats: Formats = None
    timezone: ZoneOfCells = None
    time: TimeWithoutOne = None
    earliest: Annotated[
        DateBoundText | None,
        Field(description="the earliest valid day: a date, today, or days from today (-30d)"),
    ] = None
    latest: Annotated[
        DateBoundText | None,
        Field(description="the latest valid day: a date, today, or days from today (365d)"),
    ] = None
    decimal: Annotated[
        Separator | None,
        Field(description="the decimal separator of text cells; without it: the point"),
    ] = None
    grouping: Annotated[
        Grouping | None,
        Field(description="the separator of groups of three digits in text cells"),
    ] = None
    negative: Annotated[
        Negative,
        one_of(Negative),
        words_of(Negative),
        Field(description="how text cells mark negative numbers"),
    ] = Negative.LEADING
    true_words: Annotated[
        tuple[FilledText, ...] | None,
        ListGiven,
        Field(alias="true", description="the words for true; without lists: 1, true, yes, tak"),
    ] = None
    false_words: Annotated[
        tuple[FilledText, ...] | None,
        ListGiven,
        Field(alias="false", description="the words for false; without lists: 0, false, no, nie"),
    ] = None
    lookup: Annotated[
        dict[str, FilledText] | None,
        KeysGiven,
        Field(description="the value for each text that a cell may hold"),
    ] = None
    default: Annotated[FilledText | None, Field(description="the value of a blank cell")] = None
    on_blank: Annotated[
        OnBlank,
        one_of(OnBlank),
        words_of(OnBlank),
        Field(description="a blank cell leaves the field unchanged, clears it, or is an error"),
    ] = OnBlank.OMIT
    strip: Annotated[Switch, Field(description="trim white space around the cell")] = True
    blanks: BlankWords = None
    remove: RemovedCharacters = None
    case: CaseWanted = None
    pad: PadTo = None
    prefix: PrefixWanted = None
    pattern: WholePattern = None
    max_length: Annotated[
        Positive | None, Field(description="the most characters that the value may have")
    ] = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        return self.columns or ((self.column,) if self.column is not None else ())

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        faults = [
            *_source_faults(self),
            *_type_faults(self),
            *_word_faults(self),
            *_number_faults(self),
            *_bound_faults(self),
            *_prefix_faults(self),
        ]
        if faults:
            raise RuleFaultsError(faults)
        return self


def _source_faults(rule: CellRule) -> Iterator[tuple[str, Issue]]:
    given = [key for key in ("column", "value", "columns") if getattr(rule, key) is not None]
    if not given:
        yield "", finding("nothing-to-send")
    for key in given[1:]:
        yield key, finding("not-with", key=key, other=given[0])
    if rule.columns and rule.join is None:
        yield "columns", finding("columns-need-join")
    if rule.join is not None and rule.columns is None:
        yield "join", finding("join-needs-columns")
    if rule.value is None:
        return
    for key in ("default", "on_blank", "blanks"):
        if key in rule.model_fields_set:
            yield key, finding("not-with-value", key=key)


_TYPES_OF_A_KEY = {
    "formats": (CellType.DATE, CellType.DATETIME),
    "timezone": (CellType.DATETIME,),
    "time": (CellType.DATETIME,),
    "earliest": (CellType.DATE, CellType.DATETIME),
    "latest": (CellType.DATE, CellType.DATETIME),
    "decimal": (CellType.DECIMAL,),
    "grouping": (CellType.INTEGER, CellType.DECIMAL),
    "negative": (CellType.INTEGER, CellType.DECIMAL),
    "pad": (CellType.TEXT,),
    "prefix": (CellType.TEXT,),
    "true_words": (CellType.BOOLEAN,),
    "false_words": (CellType.BOOLEAN,),
}


def _type_faults(rule: CellRule) -> Iterator[tuple[str, Issue]]:
    for name, types in _TYPES_OF_A_KEY.items():
        if name in rule.model_fields_set and rule.type not in types:
            yield _needs_type(name, rule.type)
    if rule.type is CellType.DATE and any("%z" in text for text in rule.formats or ()):
        yield "formats", finding("offset-needs-datetime")


def _needs_type(name: str, found: CellType) -> tuple[str, Issue]:
    key = CellRule.model_fields[name].alias or name
    types = tuple(f"type: {cell_type}" for cell_type in _TYPES_OF_A_KEY[name])
    return key, finding("needs-type", key=key, types=types, found=found)


def missing_types(keys: Mapping[str, Any]) -> Iterator[tuple[str, Issue]]:
    """Yield the keys that need another type, if a wrong value in the rule hides this."""
    written = keys.get("type", CellType.TEXT)
    if not isinstance(written, str) or written not in list(CellType):
        return
    for name, types in _TYPES_OF_A_KEY.items():
        key = CellRule.model_fields[name].alias or name
        if key in keys and written not in types:
            yield _needs_type(name, CellType(written))


def _word_faults(rule: CellRule) -> Iterator[tuple[str, Issue]]:
    true = set(map(as_seen, rule.true_words or ()))
    for word in rule.false_words or ():
        if as_seen(word) in true:
            yield "false", finding("true-and-false", word=word)


_OF_A_SIGN = frozenset("+-\u2212()")


def _number_faults(rule: CellRule) -> Iterator[tuple[str, Issue]]:
    if rule.type not in {CellType.INTEGER, CellType.DECIMAL}:
        return
    decimal = rule.decimal or "."
    if rule.grouping == decimal and rule.type is CellType.DECIMAL:
        yield "grouping", finding("decimal-as-grouping", mark=decimal)
    removed = set(rule.remove or "")
    if removed & _OF_A_SIGN:
        yield "remove", finding("removes-sign")
    if decimal in removed:
        yield "remove", finding("removes-decimal", mark=decimal)


_ANY_DAY = date(2000, 1, 1)


def _bound_faults(rule: CellRule) -> Iterator[tuple[str, Issue]]:
    if rule.earliest is None or rule.latest is None:
        return
    first, last = parse_date_bound(rule.earliest), parse_date_bound(rule.latest)
    if (first.day is None) != (last.day is None):
        return  # whether any day is left depends on the day of the run
    if first.on(_ANY_DAY) > last.on(_ANY_DAY):
        yield "earliest", finding("no-day-left", earliest=rule.earliest, latest=rule.latest)


def _prefix_faults(rule: CellRule | IdentifierRule) -> Iterator[tuple[str, Issue]]:
    prefix = rule.prefix or ""
    if prefix.isdigit() and rule.pattern is None:
        yield "prefix", finding("prefix-of-digits", prefix=prefix)
