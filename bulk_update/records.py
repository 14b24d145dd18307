"""The data types that a row passes through, from the spreadsheet to the results.

All are immutable values; those created for every request are named tuples, which take half the
time. A row always keeps the number that a spreadsheet program shows for it, so that a person can
find it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:  # pandas takes 0.4 s to import, too long for --help
    import pandas as pd


class Status(StrEnum):
    """The outcomes; every data row ends with exactly one."""

    UPDATED = "updated"
    REJECTED = "rejected"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    FILTERED = "filtered"
    NOT_SENT = "not_sent"
    PLANNED = "planned"


class CellKind(StrEnum):
    """The kind of a workbook's cell, beyond text. Cells of text files are always plain `str`."""

    NUMBER = "number"
    """An ordinary number; `text` is canonical, zero-padded if its format consists of zeros."""
    STYLED_NUMBER = "styled number"
    """A number shown as a percentage, currency, fraction or in scientific notation."""
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    """A time of day or a duration."""
    ERROR = "error"
    """`#N/A` and the like, or an invalid date serial. `text` is what the sheet shows."""
    NO_VALUE = "formula without a value"
    """A formula that has never been calculated. `text` is the formula."""


CellValue = Decimal | bool | date | datetime | time | timedelta | None


@dataclass(frozen=True, slots=True)
class TypedCell:
    """A workbook's cell that is more than text.

    `text` is in the notation that this program writes: ISO 8601 dates, numbers with a point.
    """

    kind: CellKind
    text: str
    value: CellValue = None


Cell = str | TypedCell
"""One cell as read. A blank cell is `""`."""


Param: TypeAlias = "str | int | float | tuple[str, ...] | Issue"
"""A parameter of a message: a text as the file or the server had it, a number, texts, or another
issue, whose message becomes part of this one."""

NO_PARAMS: Mapping[str, Param] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Issue:
    """Why a row got its outcome: a stable code, and the parameters for its message.

    `columns` are the columns of the cells in question. `variant` selects one of the code's more
    specific messages, if it has several.
    """

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)
    variant: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive data rows of a sheet, as read, column by column.

        `frame` has the row numbers as its index and one column of `Cell` (dtype object) for each
    header position 0, 1, ...; it contains no row whose cells are all blank. `cells` holds each
    row's cells as a JSON array of texts, exactly as in the file (a ragged row has fewer or more
    than the header). `faults` says, by row number, what is wrong with a row as a whole: it is
    ragged or contains a control character. In a `failed.csv`, `origins` holds for each row what
    the columns `_row` and `_run` say of the row that it corrects; it is empty where there are no
    such columns.
    """

    frame: pd.DataFrame
    cells: Sequence[bytes]
    faults: Mapping[int, Issue]
    origins: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class MappedChunk:
    """A mapped chunk; each sequence has one entry per row.

    A row with an outcome (`invalid` or `filtered`) has no body. `reasons` are stored issues (see
    `reasons`). `campaign_ids` and `identifiers` are None if they cannot be read. `fields` says
    which fields a body sets or clears (the mapping's `field_names` explains how). `exported_at_us`
    is empty if no column says when the rows were exported.
    """

    numbers: Sequence[int]
    campaign_ids: Sequence[str | None]
    identifiers: Sequence[str | None]
    cells: Sequence[bytes]
    bodies: Sequence[str | None]
    fields: Sequence[bytes | None]
    outcomes: Sequence[str | None]
    codes: Sequence[str | None]
    reasons: Sequence[str | None]
    exported_at_us: Sequence[int | None] = ()


class RecordUpdate(NamedTuple):
    """One planned change, ready to send: the PUT's two path segments and its exact body.

    `row_id` is the store's key for the row. `earlier` are the row's attempts from earlier
    invocations.
    """

    row_id: int
    number: int
    campaign_id: str
    identifier: str
    body: bytes
    earlier: tuple[Attempt, ...] = ()


RowText = Callable[[Sequence[str]], str | None]
"""Returns what a row shows, given the texts of all its cells as they were read."""

RowTest = Callable[[Sequence[str]], bool]
"""Decides something about a row, given the texts of all its cells as they were read."""


class BodyKind(StrEnum):
    """The kind of a response body."""

    EMPTY = "empty"
    HTML = "html"
    LOGIN_PAGE = "login page"
    ERRORS = "errors"
    """It reports an error, in one of the API's error formats or another."""
    TOO_LONG = "too long"
    """Longer than the limit; the part that was read is neither a page nor an error."""
    UNREADABLE = "unreadable"
    """Incomplete, in an encoding or charset that cannot be decoded, or invalid JSON."""
    OTHER = "other"


class Reply(NamedTuple):
    """The result of one attempt.

    `may_have_been_sent` is False only if it is certain that no part of the request was sent.
    `status` is None if no complete response arrived; `code` then says why (`timeout`, ...).
    Otherwise `code` is `http-<status>`. `variant` and `params` add detail, as in an `Issue`, and
    never contain credentials. `retry_after_seconds` counts from the arrival of the response.
    """

    may_have_been_sent: bool
    status: int | None
    code: str
    variant: str = ""
    params: Mapping[str, Param] = NO_PARAMS
    request_id: str | None = None
    retry_after_seconds: float | None = None
    body: BodyKind = BodyKind.EMPTY
    elapsed_ms: int = 0

    @property
    def reason(self) -> Issue:
        """The reply as a reason for the row's outcome."""
        return Issue(self.code, self.params, self.variant)


class Attempt(NamedTuple):
    """One recorded attempt: its intent, and its reply unless a crash came in between."""

    attempt_id: int
    departed_at_us: int
    """UTC, microseconds since the epoch: when the intent was recorded, or the request sent."""
    reply: Reply | None = None
    inherited: bool = False
    """Made by the run that this run retries; counts only for whether the row is in doubt."""


class Outcome(NamedTuple):
    """The outcome of a row that was sent, as shown in the results."""

    row_id: int
    status: Status
    code: str
    reasons: tuple[Issue, ...]
    http_status: int | None
    attempts: int
    request_id: str | None
    sent_at_us: int | None
    finished_at_us: int
    elapsed_ms: int | None


class FailedRow(NamedTuple):
    """A row that needs attention: its original cells (JSON), its stored reasons, and its record."""

    number: int
    cells: bytes
    outcome: str
    code: str
    reasons: str
    campaign_id: str | None = None
    identifier: str | None = None


class RefusedRow(NamedTuple):
    """A row whose last reply is a refusal, with all its attempts in the order they were sent."""

    row_id: int
    attempts: tuple[Attempt, ...]


class RunHistory(NamedTuple):
    """What a run's earlier invocations learned, so that a resume judges like one long run.

    `refused` are the rows that may belong to a streak of refusals that is still open, in the order
    of their replies.
    """

    has_response: bool = False
    """Whether any attempt of the run got a response."""
    has_success: bool = False
    """Whether any row of the run was accepted."""
    refused: tuple[RefusedRow, ...] = ()


class FileKind(StrEnum):
    """The two kinds of files that can be read."""

    TEXT = "text"
    WORKBOOK = "workbook"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How to read a spreadsheet, from the mapping or the command line; None: detect it.

    `kind` counts only if the file's name does not say. `quotes_are_text`: quotation marks do not
    enclose cells. `must_be_complete`: the last line must end with a line break.
    """

    sheet: str | int | None = None
    header_row: int = 1
    encoding: str | None = None
    delimiter: str | None = None
    kind: FileKind | None = None
    quotes_are_text: bool = False
    must_be_complete: bool = False
