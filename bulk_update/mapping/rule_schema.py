"""The keys of a cell rule below `update`, and which of them can be combined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bulk_update.cells.typed_cells import CellType
from bulk_update.mapping.scalars import (
    ColumnName,
    FilledText,
    Format,
    KeysGiven,
    ListGiven,
    Pattern,
    Positive,
    Separator,
    Switch,
    Text,
    TimeZone,
    one_of,
    words_of,
)


class OnBlank(StrEnum):
    """What a blank cell does to its field."""

    OMIT = "omit"
    CLEAR = "clear"
    ERROR = "error"


class Case(StrEnum):
    """To which case a value is converted."""

    UPPER = "upper"
    LOWER = "lower"


class RuleFaultsError(ValueError):
    """What is wrong with a section as a whole: messages by key (`""` is the section itself)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(message for _, message in faults))
        self.faults = faults


class KeysExpectedError(ValueError):
    """A value where a section's keys are expected, such as `first_key`."""

    def __init__(self, value: object, *, first_key: str) -> None:
        super().__init__(f"expected keys such as {{{first_key}: ...}}")
        self.value = value
        self.first_key = first_key


class Section(BaseModel):
    """A section of the mapping: only known keys, and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _is_keys(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        names = [field.alias or name for name, field in cls.model_fields.items()]
        raise KeysExpectedError(value, first_key=names[0])


class CellRule(Section):
    """How a cell of a row, or a constant, becomes the value of one field."""

    column: Annotated[ColumnName | None, Field(description="the column whose cells are sent")] = (
        None
    )
    value: Annotated[Text | None, Field(description="one value for every row")] = None
    columns: Annotated[
        tuple[ColumnName, ...] | None,
        ListGiven,
        Field(description="columns whose cells are joined; blank cells are left out"),
    ] = None
    join: Annotated[Text | None, Field(description="the text between joined cells")] = None
    type: Annotated[
        CellType,
        one_of(CellType),
        words_of(CellType),
        Field(description="what the cells hold"),
    ] = CellType.TEXT
    formats: Annotated[
        tuple[Format, ...] | None,
        ListGiven,
        Field(
            description=(
                "how text cells write dates, made of %d %m %Y %y %H %M %S %f %z; the first that "
                "matches is used. Without it: ISO 8601"
            )
        ),
    ] = None
    timezone: Annotated[
        TimeZone | None,
        Field(description="the zone of datetimes without an offset; without it: api_timezone"),
    ] = None
    decimal: Annotated[
        Separator | None,
        Field(description="the decimal separator of text cells; without it: the point"),
    ] = None
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
        Field(description="the value for each text that a cell may hold, compared exactly"),
    ] = None
    default: Annotated[FilledText | None, Field(description="the value of a blank cell")] = None
    on_blank: Annotated[
        OnBlank,
        one_of(OnBlank),
        words_of(OnBlank),
        Field(description="a blank cell leaves the field alone, clears it, or is an error"),
    ] = OnBlank.OMIT
    strip: Annotated[Switch, Field(description="trim white space around the cell")] = True
    case: Annotated[
        Case | None,
        one_of(Case),
        words_of(Case),
        Field(description="convert to upper or lower case"),
    ] = None
    pattern: Annotated[
        Pattern | None,
        Field(description="a regular expression that the whole value must match"),
    ] = None
    max_length: Annotated[
        Positive | None, Field(description="the most characters that the value may have")
    ] = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        return self.columns or ((self.column,) if self.column is not None else ())

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        faults = [*_source_faults(self), *_type_faults(self), *_word_faults(self)]
        if faults:
            raise RuleFaultsError(faults)
        return self


def _source_faults(rule: CellRule) -> Iterator[tuple[str, str]]:
    given = [key for key in ("column", "value", "columns") if getattr(rule, key) is not None]
    if not given:
        yield "", "nothing to send: expected column, value, or columns with join"
    for key in given[1:]:
        yield key, f"{key} cannot be combined with {given[0]}"
    if rule.columns and rule.join is None:
        yield "columns", 'columns needs join, such as join: " "'
    if rule.join is not None and rule.columns is None:
        yield "join", "join needs columns"
    if rule.value is None:
        return
    for key in ("default", "on_blank"):
        if key in rule.model_fields_set:
            yield key, f"{key} cannot be combined with value: a value is never blank"


_TYPES_OF_A_KEY = {
    "formats": (CellType.DATE, CellType.DATETIME),
    "timezone": (CellType.DATETIME,),
    "decimal": (CellType.DECIMAL,),
    "true_words": (CellType.BOOLEAN,),
    "false_words": (CellType.BOOLEAN,),
}


def _type_faults(rule: CellRule) -> Iterator[tuple[str, str]]:
    for name, types in _TYPES_OF_A_KEY.items():
        if getattr(rule, name) is not None and rule.type not in types:
            yield _needs_type(name, rule.type)
    if rule.type is CellType.DATE and any("%z" in text for text in rule.formats or ()):
        yield "formats", "%z needs type: datetime"


def _needs_type(name: str, found: CellType) -> tuple[str, str]:
    key = CellRule.model_fields[name].alias or name
    wanted = " or ".join(f"type: {cell_type}" for cell_type in _TYPES_OF_A_KEY[name])
    return key, f"{key} needs {wanted} (the type is {found})"


def missing_types(keys: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say which keys need another type, for a rule with a wrong value that hides it."""
    written = keys.get("type", CellType.TEXT)
    if not isinstance(written, str) or written not in list(CellType):
        return
    for name, types in _TYPES_OF_A_KEY.items():
        key = CellRule.model_fields[name].alias or name
        if key in keys and written not in types:
            yield _needs_type(name, CellType(written))


def _word_faults(rule: CellRule) -> Iterator[tuple[str, str]]:
    true = {word.casefold() for word in rule.true_words or ()}
    for word in rule.false_words or ():
        if word.casefold() in true:
            yield "false", f'"{word}" is listed for both true and false (case does not matter)'
