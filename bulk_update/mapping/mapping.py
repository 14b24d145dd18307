"""The mapping, version 1: which cells of a row set which fields of a record.

The model is the one source of the JSON Schema and of the documentation's table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr

from bulk_update.cells.typed_cells import CellType
from bulk_update.errors import UsageError
from bulk_update.mapping import scalars
from bulk_update.mapping.document import Path, Unquoted
from bulk_update.mapping.faults import Place
from bulk_update.mapping.rule_schema import CellRule, Section
from bulk_update.mapping.scalars import (
    AnyLimit,
    ClearToken,
    Host,
    KeysGiven,
    Name,
    PositiveDuration,
    Switch,
    TimeZone,
    Version,
    one_of,
    words_of,
)
from bulk_update.mapping.schema import (
    TOLERABLE_KEYS,
    Campaign,
    ColumnReference,
    DeliverySection,
    Duplicates,
    GuardsSection,
    Quoting,
    SourceSection,
    Tolerable,
    UpdateSection,
    WhereSection,
)
from bulk_update.records import SourceOptions

_SHAPING = {
    "source",
    "campaign",
    "identifier",
    "where",
    "duplicates",
    "clear_token",
    "only_changed",
    "api_timezone",
}
DEFAULT_CLEARING = "--CLEAR--"
"""A text that does not occur in real data. It clears a field; `max_clears` limits how many."""

DEFAULT_TIMEZONE = "Europe/Warsaw"

_SETS = frozenset({"true", "false", "in", "not_in"})


def _version_1(version: int) -> int:
    if version != 1:
        raise ValueError(f"version {version} is unknown (this program reads version 1)")
    return version


class Mapping(Section):
    """What to send for each row of a spreadsheet, and under which conditions."""

    version: Annotated[
        Version, AfterValidator(_version_1), Field(description="the version of this format: 1")
    ]
    name: Annotated[
        Name, Field(description="the job's name in runs and notices; without it: the file's name")
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
        ColumnReference, Field(description="the column that holds each record's identifier")
    ]
    update: Annotated[UpdateSection, Field(description="the fields to set")]
    where: Annotated[WhereSection | None, Field(description="which rows take part")] = None
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
    api_timezone: Annotated[
        TimeZone, Field(description="the zone in which the service reads dates")
    ] = DEFAULT_TIMEZONE
    guards: Annotated[GuardsSection, Field(description="what stops a run")] = GuardsSection()
    tolerate: Annotated[
        dict[Tolerable, AnyLimit],
        KeysGiven,
        Field(
            description="how many rows with these outcomes (or N%) still give exit code 0",
            json_schema_extra=TOLERABLE_KEYS,
        ),
    ] = Field(default_factory=dict)
    delivery: Annotated[DeliverySection, Field(description="how requests are sent")] = (
        DeliverySection()
    )
    retention: Annotated[
        PositiveDuration | None,
        Field(description="finished runs that ended longer ago are deleted: 90d"),
    ] = None
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
        """The columns that the mapping mentions, in its order, each once."""
        return tuple(dict.fromkeys(name for _, name in self.mentioned_columns()))

    @property
    def field_names(self) -> tuple[str, ...]:
        """What a request can set, in body order: `status_id`, `record_fields.miasto`."""
        return tuple(".".join(map(str, path)) for path, _ in self.update.rules())

    @property
    def source_options(self) -> SourceOptions:
        """How the spreadsheet is to be read."""
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
        """Return where the mapping file first mentions a column, if it came from a file."""
        return self._places.get(column)

    def mentioned_columns(self) -> Iterator[tuple[Path, str]]:
        """Yield the path of each key or list item that names a column, and the column."""
        if isinstance(self.campaign, ColumnReference):
            yield ("campaign", "column"), self.campaign.column
        yield ("identifier", "column"), self.identifier.column
        for path, rule in self.update.rules():
            if rule.column is not None:
                yield ("update", *path, "column"), rule.column
            for index, name in enumerate(rule.columns or ()):
                yield ("update", *path, "columns", index), name
        if self.where:
            yield ("where", "column"), self.where.column

    def placed(self, places: dict[Path, Place]) -> Self:
        """Return the mapping, with the places where its file first mentions each column."""
        for path, name in self.mentioned_columns():
            self._places.setdefault(name, places[path])
        return self

    def with_source(
        self,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        sheet: str | int | None = None,
    ) -> Self:
        """Return the mapping with the command line's options; None keeps the mapping's own.

        A sheet that is all digits is a number. Raises UsageError for a value that cannot be.
        """
        options = (
            ("encoding", encoding, scalars.encoding),
            ("delimiter", delimiter, scalars.delimiter),
            ("sheet", sheet, scalars.sheet),
        )
        changes: dict[str, Any] = {}
        for name, value, read in options:
            if value is None:
                continue
            try:
                changes[name] = read(Unquoted(value))
            except ValueError as error:
                raise UsageError(f"--{name}: {error}") from None
        return self.model_copy(update={"source": self.source.model_copy(update=changes)})

    def with_only_changed(self, *, value: bool) -> Self:
        """Return the mapping with another `only_changed`."""
        return self.model_copy(update={"only_changed": value})

    def shape(self) -> str:
        """Return all that determines the requests, as canonical JSON: part of a run's identity.

        It is the same for mappings that differ only in guards, tolerances, delivery, names,
        comments or an order without meaning. The order of fields matters: bodies are compared
        byte by byte.
        """
        content = self.model_dump(by_alias=True, include=_SHAPING, exclude_defaults=True)
        content["update"] = [
            (path, rule.model_dump(by_alias=True, exclude_defaults=True))
            for path, rule in self.update.rules()
        ]
        ordered = _without_order(content)
        return json.dumps(ordered, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def warnings(self) -> tuple[str, ...]:
        """Return what is allowed but may not do what its author expects."""
        found: list[str] = []
        if self.update.status_id and self.update.dictionary_status_id:
            found.append(
                "status_id and dictionary_status_id go in one request: the API's documentation "
                "does not say what happens then"
            )
        call = self.update.next_call_date
        if call and call.type is not CellType.DATETIME:
            found.append(
                f"next_call_date is sent as {call.type}: the API expects YYYY-MM-DD hh:mm "
                "(add type: datetime)"
            )
        return tuple(found)


SECTIONS: dict[str, type[Section]] = {
    "": Mapping,
    "source": SourceSection,
    "campaign": ColumnReference,
    "identifier": ColumnReference,
    "update": UpdateSection,
    "update.FIELD": CellRule,
    "where": WhereSection,
    "guards": GuardsSection,
    "delivery": DeliverySection,
}
"""The sections of a mapping by their dotted keys; `FIELD` is any field of `update`."""


def keys_of(section: type[Section]) -> dict[str, str]:
    """Return the keys of a section as a file has them, with their descriptions."""
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
