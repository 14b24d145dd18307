"""The mapping, version 1: which cells of a row set which fields of a record.

The model is the only source of the JSON Schema and of the documentation's table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr

from bulk_update.cells.typed_cells import CellType
from bulk_update.errors import UsageError
from bulk_update.invalid_value import InvalidValueError
from bulk_update.mapping import source_scalars
from bulk_update.mapping.document import Path, Unquoted
from bulk_update.mapping.faults import Place, finding
from bulk_update.mapping.rule_schema import CellRule, IdentifierRule, Section, blank_words
from bulk_update.mapping.run_schema import TOLERABLE_KEYS, DeliverySection, GuardsSection, Tolerable
from bulk_update.mapping.scalars import (
    AnyLimit,
    ClearToken,
    FilledText,
    Host,
    KeysGiven,
    ListGiven,
    Name,
    NotifyUrl,
    PositiveDuration,
    Switch,
    UrlsGiven,
    Version,
    one_of,
    words_of,
)
from bulk_update.mapping.schema import (
    STATUS_ID,
    STATUS_NAME,
    Campaign,
    ColumnReference,
    Conditions,
    Duplicates,
    ExportColumn,
    NotCalledSince,
    PrioritySection,
    Quoting,
    SourceSection,
    UpdateSection,
    WhereSection,
)
from bulk_update.mapping.value_scalars import TimeZone
from bulk_update.records import Issue, Param, SourceOptions

_SHAPING = {
    "source",
    "campaign",
    "identifier",
    "where",
    "blanks",
    "duplicates",
    "clear_token",
    "only_changed",
    "api_timezone",
}
DEFAULT_CLEARING = "--CLEAR--"
"""Clears a field. The text does not occur in real data; `max_clears` limits its use."""

DEFAULT_TIMEZONE = "Europe/Warsaw"

_SETS = frozenset({"true", "false", "in", "not_in", "blanks"})


def _version_1(version: int) -> int:
    if version != 1:
        raise InvalidValueError(finding("version", version=version))
    return version


class Mapping(Section):
    """What to send for each row of a spreadsheet, and on which conditions."""

    version: Annotated[
        Version, AfterValidator(_version_1), Field(description="the version of this format: 1")
    ]
    name: Annotated[
        Name, Field(description="the name of the job; without it: the mapping file's name")
    ]
    host: Annotated[
        Host | None, Field(description="the only host that this mapping may be used with")
    ] = None
    source: Annotated[SourceSection, Field(description="how to read the spreadsheet")] = (
        SourceSection()
    )
    campaign: Annotated[
        Campaign, Field(description="the campaign: five characters, or the column that holds it")
    ]
    identifier: Annotated[
        IdentifierRule, Field(description="the column that holds each record's identifier")
    ]
    update: Annotated[UpdateSection, Field(description="the fields to set")]
    where: Annotated[
        Conditions,
        Field(description="which rows take part: a condition, or a list of which all must hold"),
    ] = ()
    blanks: Annotated[
        tuple[FilledText, ...] | None,
        ListGiven,
        Field(description="words that count as a blank cell: NULL"),
    ] = None
    duplicates: Annotated[
        Duplicates,
        one_of(Duplicates),
        words_of(Duplicates),
        Field(description="which row is sent if rows for one record differ"),
    ] = Duplicates.ERROR
    clear_token: Annotated[
        ClearToken, Field(description="the text of a cell that clears its field")
    ] = DEFAULT_CLEARING
    only_changed: Annotated[
        Switch, Field(description="skip records that already have exactly these values")
    ] = False
    not_called_since: Annotated[
        NotCalledSince | None,
        Field(
            description="leave alone what an agent called after the export: `export` (the time "
            "of the file), or the column that holds the time"
        ),
    ] = None
    priority: Annotated[
        PrioritySection | None, Field(description="which rows are sent before all others")
    ] = None
    api_timezone: Annotated[
        TimeZone, Field(description="the zone in which the service reads dates")
    ] = DEFAULT_TIMEZONE
    live: Annotated[
        Switch,
        Field(description="check every row against the campaign's statuses and agents"),
    ] = False
    guards: Annotated[GuardsSection, Field(description="limits that stop a run")] = GuardsSection()
    tolerate: Annotated[
        dict[Tolerable, AnyLimit],
        KeysGiven,
        Field(
            description="how many rows (or N%) may have these outcomes with exit code 0",
            json_schema_extra=TOLERABLE_KEYS,
        ),
    ] = Field(default_factory=dict)
    delivery: Annotated[DeliverySection, Field(description="how to send requests")] = (
        DeliverySection()
    )
    retention: Annotated[
        PositiveDuration | None,
        Field(description="delete finished runs that ended longer ago: 90d"),
    ] = None
    notify: Annotated[
        tuple[NotifyUrl, ...],
        UrlsGiven,
        Field(description="whom to notify, as URLs of apprise; better in BULK_UPDATE_NOTIFY"),
    ] = ()
    _places: dict[str, Place] = PrivateAttr(default_factory=dict)

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Return the words of each column that a `lookup` reads.

        Where several lookups read one column, those that all of them have.
        """
        words: dict[str, dict[str, None]] = {}
        for _, rule in self.update.rules():
            if rule.column is not None and rule.lookup is not None:
                known = words.setdefault(rule.column, dict.fromkeys(rule.lookup))
                words[rule.column] = {word: None for word in known if word in rule.lookup}
        return {column: tuple(known) for column, known in words.items()}

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns that the mapping mentions, without repeats, in its order."""
        return tuple(dict.fromkeys(name for _, name in self.mentioned_columns()))

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields that a request can set, in body order: `status_id`, `record_fields.miasto`."""
        return tuple(".".join(map(str, path)) for path in self.body_paths)

    @property
    def body_paths(self) -> tuple[Path, ...]:
        """Where a request contains each field: a `status` is sent as its id."""
        return tuple(
            (STATUS_ID,) if path == (STATUS_NAME,) else path for path, _ in self.update.rules()
        )

    @property
    def source_options(self) -> SourceOptions:
        """How to read the spreadsheet."""
        source = self.source
        return SourceOptions(
            sheet=source.sheet,
            header_row=source.header_row,
            encoding=source.encoding,
            delimiter=source.delimiter,
            kind=source.kind,
            quotes_are_text=source.quote is Quoting.NONE,
            must_be_complete=source.complete,
        )

    def place_of(self, column: str) -> Place | None:
        """Return where the mapping file first mentions a column; None if there is no file."""
        return self._places.get(column)

    def mentioned_columns(self) -> Iterator[tuple[Path, str]]:
        """Yield each column name with the path of the key or list item that contains it."""
        if isinstance(self.campaign, ColumnReference):
            yield ("campaign", "column"), self.campaign.column
        yield ("identifier", "column"), self.identifier.column
        for path, rule in self.update.rules():
            if rule.column is not None:
                yield ("update", *path, "column"), rule.column
            for index, name in enumerate(rule.columns or ()):
                yield ("update", *path, "columns", index), name
        if isinstance(self.not_called_since, ExportColumn):
            yield ("not_called_since", "column"), self.not_called_since.column
        for index, condition in enumerate(self.where):
            yield ("where", index, "column"), condition.column
        if self.priority is not None:
            yield ("priority", "column"), self.priority.column

    def placed(self, places: dict[Path, Place]) -> Self:
        """Return the mapping with the place of each column's first mention in its file."""
        for path, name in self.mentioned_columns():
            place = places.get(path) or places[path[0], path[-1]]  # a condition without a list
            self._places.setdefault(name, place)
        return self

    def blank_words(self, rule: CellRule | IdentifierRule) -> frozenset[str]:
        """Return the words that count as a blank cell for a rule."""
        return blank_words(self.blanks, rule.blanks)

    def with_source(
        self,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        sheet: str | int | None = None,
    ) -> Self:
        """Return the mapping with the command line's options; None keeps the mapping's value.

        A sheet that is all digits is a number. Raises UsageError for an invalid value.
        """
        options = (
            ("encoding", encoding, source_scalars.encoding),
            ("delimiter", delimiter, source_scalars.delimiter),
            ("sheet", sheet, source_scalars.sheet),
        )
        changes: dict[str, Any] = {}
        for name, value, read in options:
            if value is None:
                continue
            try:
                changes[name] = read(Unquoted(value))
            except InvalidValueError as error:
                params: dict[str, Param] = {"option": f"--{name}", "fault": error.issue}
                raise UsageError(Issue("usage", params, "option")) from None
        return self.model_copy(update={"source": self.source.model_copy(update=changes)})

    def with_only_changed(self, *, value: bool) -> Self:
        """Return the mapping with another `only_changed`."""
        return self.model_copy(update={"only_changed": value})

    def shape(self) -> str:
        """Return everything that determines the requests, as canonical JSON.

        The shape is part of a run's identity. It is the same for mappings that differ only in
        guards, tolerances, delivery, priority, names, comments or an insignificant order. The order
        of fields matters, because bodies are compared byte by byte.
        """
        content = self.model_dump(by_alias=True, include=_SHAPING, exclude_defaults=True)
        content["update"] = [
            (path, rule.model_dump(by_alias=True, exclude_defaults=True))
            for path, rule in self.update.rules()
        ]
        if isinstance(self.not_called_since, ExportColumn):  # rows without a valid time are invalid
            content["not_called_since"] = self.not_called_since.model_dump(exclude_defaults=True)
        if len(self.where) == 1:
            content["where"] = content["where"][0]  # as stored by earlier versions
        ordered = _without_order(content)
        return json.dumps(ordered, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def warnings(self) -> tuple[Issue, ...]:
        """Return warnings about settings that are valid but may not do what the author expects."""
        found: list[Issue] = []
        if self.update.dictionary_status_id and (self.update.status_id or self.update.status):
            found.append(Issue("both-statuses"))
        call = self.update.next_call_date
        if call and call.type is not CellType.DATETIME:
            found.append(Issue("call-without-time", {"type": call.type}))
        return tuple(found)


SECTIONS: dict[str, type[Section]] = {
    "": Mapping,
    "source": SourceSection,
    "campaign": ColumnReference,
    "identifier": IdentifierRule,
    "update": UpdateSection,
    "update.FIELD": CellRule,
    "where": WhereSection,
    "not_called_since": ExportColumn,
    "priority": PrioritySection,
    "guards": GuardsSection,
    "delivery": DeliverySection,
}
"""The sections of a mapping by their dotted keys; `FIELD` is any field of `update`."""


def keys_of(section: type[Section]) -> dict[str, str]:
    """Return the keys of a section as they are written in a file, with their descriptions."""
    return {
        field.alias or name: str(field.description) for name, field in section.model_fields.items()
    }


def _without_order(content: Any) -> Any:
    """Sort the lists whose order does not matter."""
    if isinstance(content, list | tuple):
        return [_without_order(item) for item in content]
    if not isinstance(content, dict):
        return content
    return {
        key: sorted(item) if key in _SETS and isinstance(item, tuple) else _without_order(item)
        for key, item in content.items()
    }
