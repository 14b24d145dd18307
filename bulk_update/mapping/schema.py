"""The sections of a mapping: their keys and allowed values."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    Tag,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from bulk_update.cells.typed_cells import CellType
from bulk_update.invalid_value import InvalidValueError
from bulk_update.mapping.document import Path
from bulk_update.mapping.faults import finding
from bulk_update.mapping.rule_schema import (
    CellRule,
    Formats,
    OnBlank,
    RuleFaultsError,
    Section,
    TimeWithoutOne,
    ZoneOfCells,
)
from bulk_update.mapping.scalars import (
    CampaignId,
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
from bulk_update.mapping.source_scalars import Delimiter, Encoding, Marker, Sheet
from bulk_update.records import FileKind

RECORD_FIELDS = "record_fields"
"""The key of a campaign's own fields, in the mapping and in a request."""

STATUS_ID = "status_id"
"""The key of a status by its id, in the mapping and in a request."""

STATUS_NAME = "status"
"""The mapping's key of a status by its name; a request contains its id."""


class Duplicates(StrEnum):
    """Which row to send if several differing rows are for the same record."""

    ERROR = "error"
    FIRST = "first"
    LAST = "last"


class Quoting(StrEnum):
    """What quotation marks mean in a text file."""

    NONE = "none"


class SourceSection(Section):
    """How to read the spreadsheet; whatever is not set is detected from the file."""

    kind: Annotated[
        FileKind | None,
        one_of(FileKind),
        words_of(FileKind),
        Field(description="the kind of file, if its name does not say (`.dat`)"),
    ] = None
    sheet: Annotated[
        Sheet | None, Field(description="a workbook's sheet: its name, or its number from 1")
    ] = None
    header_row: Annotated[Positive, Field(description="the row that holds the columns' names")] = 1
    encoding: Annotated[
        Encoding | None, Field(description="a text file's encoding, such as cp1250")
    ] = None
    delimiter: Annotated[
        Delimiter | None, Field(description="the character that separates a text file's cells")
    ] = None
    quote: Annotated[
        Quoting | None,
        one_of(Quoting),
        words_of(Quoting),
        Field(description="`none`: quotation marks in a text file are text"),
    ] = None
    complete: Annotated[
        Switch, Field(description="refuse a text file whose last line has no line end")
    ] = False
    marker: Annotated[
        Marker | None,
        Field(
            description="read a file only if the sender has written this one beside it; `{}` is "
            "the file's name, as in `{}.done`"
        ),
    ] = None


class ColumnReference(Section):
    """A column of the spreadsheet."""

    column: Annotated[ColumnName, Field(description="the column's name")]


def _form_of(value: Any) -> str:
    return "keys" if isinstance(value, dict | Section) else "text"


Campaign = Annotated[
    Annotated[CampaignId, Tag("text")] | Annotated[ColumnReference, Tag("keys")],
    Discriminator(_form_of),
]


class ExportMoment(StrEnum):
    """What says when the rows were exported, other than a column."""

    EXPORT = "export"
    """The time when the file was last modified."""


_TOMORROW = "1d"


class ExportColumn(Section):
    """The column that says when a row was exported, and how to read it."""

    column: Annotated[ColumnName, Field(description="the column's name")]
    formats: Formats = None
    timezone: ZoneOfCells = None
    time: TimeWithoutOne = None

    def as_rule(self) -> CellRule:
        """Return the rule of a field that would have this value.

        A blank cell is an error, and so is a time in the future, after which nobody can have
        called. A day is allowed for clocks and time zones that differ.
        """
        given = {name: getattr(self, name) for name in type(self).model_fields}
        rule = CellRule(
            column=self.column, type=CellType.DATETIME, on_blank=OnBlank.ERROR, latest=_TOMORROW
        )
        return rule.model_copy(update=given)


NotCalledSince = Annotated[
    Annotated[ExportMoment, one_of(ExportMoment), words_of(ExportMoment), Tag("text")]
    | Annotated[ExportColumn, Tag("keys")],
    Discriminator(_form_of),
]


def _never_clears(rule: CellRule) -> CellRule:
    if rule.on_blank is OnBlank.CLEAR:
        raise RuleFaultsError([("on_blank", finding("cannot-clear"))])
    return rule


PlainField = Annotated[CellRule, AfterValidator(_never_clears)]
"""The rule of a field outside `record_fields`: the API documents no way to clear one."""


class UpdateSection(Section):
    """The fields that a request sets, in the order of the mapping."""

    status_id: Annotated[
        PlainField | None, Field(description="the record's status in the campaign")
    ] = None
    status: Annotated[
        PlainField | None,
        Field(description="the record's status, by the name that the campaign itself uses"),
    ] = None
    dictionary_status_id: Annotated[
        PlainField | None, Field(description="the dictionary status")
    ] = None
    agent_login: Annotated[
        PlainField | None, Field(description="the agent that the record is assigned to")
    ] = None
    next_call_date: Annotated[
        PlainField | None, Field(description="when to call next; use type: datetime")
    ] = None
    record_fields: Annotated[
        dict[FilledText, CellRule] | None,
        KeysGiven,
        Field(description="the campaign's own fields, each with its rule"),
    ] = None
    _order: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="wrap")
    @classmethod
    def _keeps_order(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        section = validate(value)
        section._order = tuple(value)  # noqa: SLF001 - on an instance of this very class
        if not value:
            raise InvalidValueError(finding("no-field"))
        if section.status and section.status_id:
            raise RuleFaultsError([("status", finding("two-statuses"))])
        return section

    def rules(self) -> Iterator[tuple[Path, CellRule]]:
        """Yield each field's path and rule, in body order."""
        for key in self._order:
            section = getattr(self, key)
            if isinstance(section, CellRule):
                yield (key,), section
            else:
                yield from (((key, name), rule) for name, rule in section.items())


class WhereSection(Section):
    """A condition for rows to take part: whether the trimmed cell is one of the listed texts."""

    column: Annotated[ColumnName, Field(description="the column that decides")]
    included: Annotated[
        tuple[Text, ...] | None,
        ListGiven,
        Field(alias="in", description="a row takes part if its cell is one of these"),
    ] = None
    excluded: Annotated[
        tuple[Text, ...] | None,
        ListGiven,
        Field(alias="not_in", description="a row takes part unless its cell is one of these"),
    ] = None

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if (self.included is None) == (self.excluded is None):
            raise InvalidValueError(finding("in-or-not-in"))
        return self


class _OneOrMore:
    """Accepts one section in place of a list of them."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(_conditions, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        several = handler(schema)
        return {"anyOf": [several["items"], {**several, "minItems": 1}]}


def _conditions(value: Any) -> Any:
    if value == []:
        raise InvalidValueError(finding("empty-list"))
    return value if isinstance(value, list | tuple) else [value]


Conditions = Annotated[tuple[WhereSection, ...], _OneOrMore()]
"""Conditions that must all hold."""


class PrioritySection(Section):
    """Which rows are sent first: those whose cell is one of the listed texts."""

    column: Annotated[ColumnName, Field(description="the column that decides")]
    first: Annotated[
        tuple[Text, ...],
        ListGiven,
        Field(description="a row is sent first if its cell is one of these"),
    ]
