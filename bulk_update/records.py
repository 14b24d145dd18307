"""The nouns that travel from a spreadsheet to its results.

All are frozen values; those that each request makes are named tuples, which take half the time.
A row keeps the number that a spreadsheet program shows for it from the first to the last, so that
a person can always find the place again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # pandas costs 0.4 s: whoever only asks for help does not pay it
    import pandas as pd


class Status(StrEnum):
    """The outcomes: every data row ends with exactly one."""

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
    """What a workbook says a cell is, beyond text. Cells of text files are always plain `str`."""

    NUMBER = "number"
    """A number as people write it; `text` is canonical, zero-padded where its format is zeros."""
    STYLED_NUMBER = "styled number"
    """A number shown as per cent, currency, fraction or in scientific notation."""
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    """A time of day or a duration."""
    ERROR = "error"
    """`#N/A` and its kin, or a date serial that is no date. `text` is what the sheet shows."""
    NO_VALUE = "formula without a value"
    """A formula that no spreadsheet program has calculated. `text` is the formula."""


CellValue = Decimal | bool | date | datetime | time | timedelta | None


@dataclass(frozen=True, slots=True)
class TypedCell:
    """A workbook's cell that is more than text.

    `text` is how files of ours write it: dates ISO 8601, numbers with a point.
    """

    kind: CellKind
    text: str
    value: CellValue = None


Cell = str | TypedCell
"""One cell as read. A blank cell is `""`."""


Param = str | int | float | tuple[str, ...]
"""What a sentence needs to know: a text as the file or the server had it, a number, or texts."""

NO_PARAMS: Mapping[str, Param] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Issue:
    """Why a row ended as it did: a stable code, and what `messages` needs to put it into words.

    `columns` are the columns of the cell or cells that it is about. `variant` picks one of the
    code's more precise sentences, where it has several.
    """

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)
    variant: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive data rows of a sheet, as read, column by column.

    `frame` has the row numbers as its index, one column of `Cell` (dtype object) for each header
    position 0, 1, ..., and no row whose cells are all blank. `cells` holds each row's cells as a
    JSON array of texts, just as the file had them (a ragged row has fewer or more than the
    header). `faults` tells, by row number, what is wrong with a row as such: it is ragged, or
    holds a control character. In a `failed.csv`, `origins` holds for each row what the columns
    `_row` and `_run` say of the row that it corrects; it is empty where there are no such columns.
    """

    frame: pd.DataFrame
    cells: Sequence[bytes]
    faults: Mapping[int, Issue]
    origins: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class MappedChunk:
    """What the mapping made of a chunk: one entry a row in each of the sequences.

    A row with an outcome (`invalid` or `filtered`) has no body. `reasons` are stored issues (the
    room `reasons`). `campaign_ids` and `identifiers` are None where they cannot be read. `fields`
    says which fields a body sets or clears (the mapping's `field_names` tells how).
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


class RecordUpdate(NamedTuple):
    """One planned change, ready to be sent: the PUT's two path segments and its exact body.

    `row_id` is the store's key of the row. `earlier` are the attempts that this row already had, in
    an invocation before this one.
    """

    row_id: int
    number: int
    campaign_id: str
    identifier: str
    body: bytes
    earlier: tuple[Attempt, ...] = ()


class BodyKind(StrEnum):
    """What an answer's body turned out to be."""

    EMPTY = "empty"
    HTML = "html"
    LOGIN_PAGE = "login page"
    ERRORS = "errors"
    """It says that something went wrong: in one of the API's error shapes, or another."""
    TOO_LONG = "too long"
    """Longer than is ever read, and in what was read neither a page nor an error."""
    UNREADABLE = "unreadable"
    """Not whole, in an encoding or a charset that cannot be undone, or broken JSON."""
    OTHER = "other"


class Reply(NamedTuple):
    """The result of one attempt.

    `may_have_been_sent` is False only if it is certain that nothing of the request was sent.
    `status` is None if no complete answer came; `code` then says why (`timeout`, ...), else it
    is `http-<status>`. `variant` and `params` say more, as those of an `Issue` do, and never hold
    credentials. `retry_after_seconds` is counted from the answer's arrival.
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
        """What the reply says of its row."""
        return Issue(self.code, self.params, self.variant)


class Attempt(NamedTuple):
    """One attempt on record: its intent, and the reply unless a crash came in between."""

    attempt_id: int
    departed_at_us: int
    """UTC, microseconds since the epoch: when the intent was put on record."""
    reply: Reply | None = None
    inherited: bool = False
    """Whether the run that this one retries made it: it counts for the row's doubt alone."""


class Outcome(NamedTuple):
    """How a row that was sent ended, as the results tell it."""

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
    """A row that needs a person: its original cells (JSON), and its stored reasons."""

    number: int
    cells: bytes
    outcome: str
    code: str
    reasons: str


class RefusedRow(NamedTuple):
    """A row whose last answer refused it, with all its attempts in the order of departure."""

    row_id: int
    attempts: tuple[Attempt, ...]


class RunHistory(NamedTuple):
    """What earlier invocations of a run learned, so that a resume judges as one go would.

    `refused` are the rows that may belong to a streak of refusals which is not over yet, in the
    order in which their answers came.
    """

    has_answer: bool = False
    """Whether any attempt of the run got an answer."""
    has_success: bool = False
    """Whether any row of the run was accepted."""
    refused: tuple[RefusedRow, ...] = ()


class FileKind(StrEnum):
    """The two families of files that are read."""

    TEXT = "text"
    WORKBOOK = "workbook"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How the mapping or the command line says a spreadsheet is to be read; None: find out.

    `kind` counts only where the file's name does not tell. `quotes_are_text`: quotation marks do
    not enclose cells. `must_be_complete`: the last line has to have a line end.
    """

    sheet: str | int | None = None
    header_row: int = 1
    encoding: str | None = None
    delimiter: str | None = None
    kind: FileKind | None = None
    quotes_are_text: bool = False
    must_be_complete: bool = False
