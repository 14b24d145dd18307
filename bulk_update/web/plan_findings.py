"""Why rows of a plan would not be sent, grouped by what repairs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.language import ngettext
from bulk_update.ledger import FrequentReason
from bulk_update.messages import number
from bulk_update.records import Status
from bulk_update.web.finding_words import heading_of, repair_in_file, sentence_on_page


class Repair(StrEnum):
    """Where the reason for a refusal can be removed."""

    VALUES = "values"
    """On the screen of values."""
    COLUMNS = "columns"
    """On the screen of columns."""
    DUPLICATES = "duplicates"
    """With the choice which of several rows for one record is sent."""
    FILE = "file"
    """Only in the file."""


_AT_VALUES = frozenset(
    {
        IssueCode.NOT_IN_LOOKUP,
        IssueCode.UNKNOWN_STATUS,
        IssueCode.AMBIGUOUS_STATUS,
        IssueCode.UNKNOWN_AGENT,
        IssueCode.INACTIVE_AGENT,
        IssueCode.BAD_BOOLEAN,
    }
)
_AT_COLUMNS = frozenset(
    {
        IssueCode.NEEDS_TYPE,
        IssueCode.BAD_INTEGER,
        IssueCode.BAD_NUMBER,
        IssueCode.BAD_DATE,
        IssueCode.AMBIGUOUS_DATE,
        IssueCode.BAD_CAMPAIGN,
    }
)
_CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Case:
    """A reason of some rows: the sentence about one of them, `example`."""

    sentence: str
    rows: int
    example: int


@dataclass(frozen=True, slots=True)
class Finding:
    """All reasons with one code: its heading, what to do in the file, and the most frequent cases.

    `more` is how many cases are not listed. `columns` are those of the cells in question.
    """

    code: str
    heading: str
    remedy: str
    repair: Repair
    rows: int
    cases: tuple[Case, ...]
    more: int
    columns: tuple[str, ...] = ()


_MOST_CASES = 10


def findings_of(reasons: Iterable[FrequentReason]) -> tuple[Finding, ...]:
    """Return the findings, those that can be repaired here first, and identical rows never."""
    relevant = [each for each in reasons if each.code != "identical"]
    ordered = sorted(relevant, key=lambda each: (_place(each), each.code, each.place))
    groups = groupby(ordered, key=lambda each: each.code)
    return tuple(_finding(code, list(alike)) for code, alike in groups)


def outcome_counts(counts: Mapping[Status, int], *, identical: int = 0) -> tuple[str, ...]:
    """Return how many rows the plan does not send, as a sentence each.

    `identical` duplicates need no attention, and are counted apart from those that differ.
    """
    differing = counts[Status.DUPLICATE] - identical
    texts = (
        (
            counts[Status.INVALID],
            ngettext("{n} row is refused.", "{n} rows are refused.", counts[Status.INVALID]),
        ),
        (
            differing,
            ngettext(
                "{n} row is left out: it differs from another one for the same record.",
                "{n} rows are left out: they differ from others for the same record.",
                differing,
            ),
        ),
        (
            identical,
            ngettext(
                "{n} row only repeats another one.",
                "{n} rows only repeat others.",
                identical,
            ),
        ),
        (
            counts[Status.UNCHANGED],
            ngettext(
                "{n} row changes nothing.", "{n} rows change nothing.", counts[Status.UNCHANGED]
            ),
        ),
        (
            counts[Status.SUPERSEDED],
            ngettext(
                "{n} record has changed since.",
                "{n} records have changed since.",
                counts[Status.SUPERSEDED],
            ),
        ),
        (
            counts[Status.FILTERED],
            ngettext("{n} row is left out.", "{n} rows are left out.", counts[Status.FILTERED]),
        ),
    )
    return tuple(text.format(n=number(rows)) for rows, text in texts if rows)


def repair_of(code: str) -> Repair:
    """Return where a code's reason can be removed."""
    if code in _AT_VALUES:
        return Repair.VALUES
    if code in _AT_COLUMNS:
        return Repair.COLUMNS
    return Repair.DUPLICATES if code == _CONFLICT else Repair.FILE


def _place(reason: FrequentReason) -> int:
    return list(Repair).index(repair_of(reason.code))


def _finding(code: str, reasons: list[FrequentReason]) -> Finding:
    return Finding(
        code,
        heading_of(code),
        repair_in_file(code),
        repair_of(code),
        sum(each.rows for each in reasons),
        tuple(_cases(reasons[:_MOST_CASES])),
        max(0, len(reasons) - _MOST_CASES),
        tuple(dict.fromkeys(name for each in reasons for name in each.reason.columns)),
    )


def _cases(reasons: Iterable[FrequentReason]) -> Iterator[Case]:
    for each in reasons:
        yield Case(sentence_on_page(each.reason), each.rows, each.example)
