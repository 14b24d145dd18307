from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from words import verbatim

from bulk_update.errors import LedgerError
from bulk_update.records import BETWEEN_ROWS, RowGroup, Status
from bulk_update.results import write_results, write_unsent_results

HEADER = (
    "row,campaign_id,identifier,outcome,code,message,http_status,attempts,request_id,sent_at,"
    "finished_at,elapsed_ms\r\n"
)
NEVER_SENT = (None, 0, None, None, None, None)
SENT = (204, 1, "r", 1, 2, 3)


def said(sentence: str) -> str:
    return verbatim("code", sentence)


def planned(number: int, identifier: str | None = "id") -> tuple[Any, ...]:
    return (number, "00001", identifier, "planned", "", "", *NEVER_SENT)


def results(
    rows: Sequence[tuple[Any, ...]],
    *,
    delimiter: str = ",",
    counts: dict[Status, int] | None = None,
    data_rows: int | None = None,
) -> str:
    file = io.StringIO(newline="")
    found = Counter(Status(row[3]) for row in rows)
    write_results(
        file,
        rows,
        delimiter=delimiter,
        counts=dict(found) if counts is None else counts,
        data_rows=len(rows) if data_rows is None else data_rows,
    )
    return file.getvalue()


def test_results_are_byte_for_byte_as_promised() -> None:
    moment = 1_767_323_045_678_000
    refused = said('=a "b"; c, d')
    rows = [
        (2, "00001", "1", "updated", "", "", 204, 2, "r1", moment, moment + 1_000_000, 31),
        (3, "00001", "=2", "rejected", "http-409", refused, 409, 1, "@r", moment, moment, 5),
        (4, None, None, "invalid", "no-identifier", said('column "ID": empty'), *NEVER_SENT),
        (6, "00001", "+48 1", "planned", "", "", *NEVER_SENT),
        (7, "00001", "Zażółć", "not_sent", "signal", said("stopped"), *NEVER_SENT),
    ]
    assert results(rows) == (
        HEADER + "2,00001,1,updated,,,204,2,r1,2026-01-02T03:04:05.678Z,"
        "2026-01-02T03:04:06.678Z,31\r\n"
        '3,00001,\'=2,rejected,http-409,"\'=a ""b""; c, d",409,1,\'@r,'
        "2026-01-02T03:04:05.678Z,2026-01-02T03:04:05.678Z,5\r\n"
        '4,,,invalid,no-identifier,"column ""ID"": empty",,0,,,,\r\n'
        "6,00001,+48 1,planned,,,,0,,,,\r\n"
        "7,00001,Zażółć,not_sent,signal,stopped,,0,,,,\r\n"
    )


def test_the_delimiter_can_be_polish_excels() -> None:
    text = results([planned(2, "a;b"), planned(3, "c,d")], delimiter=";")
    assert text == HEADER.replace(",", ";") + (
        '2;00001;"a;b";planned;;;;0;;;;\r\n3;00001;c,d;planned;;;;0;;;;\r\n'
    )


@pytest.mark.parametrize(
    ("rows", "counts", "data_rows"),
    [
        ([planned(2)], {Status.PLANNED: 1}, 2),
        ([planned(2), planned(3)], {Status.PLANNED: 2}, 1),
        ([planned(2)], {Status.UPDATED: 1}, 1),
        ([planned(2)], {}, 1),
        ([planned(2)], {Status.PLANNED: 2}, 1),
        ([planned(2), planned(2)], {Status.PLANNED: 2}, 2),
        ([planned(3), planned(2)], {Status.PLANNED: 2}, 2),
    ],
    ids=["too few", "too many", "other", "not counted", "counted twice", "twice", "disorder"],
)
def test_results_that_do_not_add_up_are_refused(
    rows: list[tuple[Any, ...]], counts: dict[Status, int], data_rows: int
) -> None:
    with pytest.raises(LedgerError) as failure:
        results(rows, counts=counts, data_rows=data_rows)
    assert (failure.value.exit_code, failure.value.reason) == (5, "identity")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Status)),
            st.none() | st.text(max_size=3),
            st.text(max_size=3).map(said),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_every_row_has_exactly_one_line(
    ends: list[tuple[Status, str | None, str, bool]],
) -> None:
    rows = [
        (
            n,
            "00001",
            identifier,
            str(status),
            "code",
            said(message),
            *(SENT if sent else NEVER_SENT),
        )
        for n, (status, identifier, message, sent) in enumerate(ends, start=2)
    ]
    lines = list(csv.reader(io.StringIO(results(rows), newline=""), strict=True))[1:]
    assert [(int(line[0]), line[3]) for line in lines] == [(row[0], row[3]) for row in rows]
    assert [line[2].removeprefix("'") for line in lines] == [row[2] or "" for row in rows]


def test_a_million_kinds_of_ends_are_all_counted() -> None:
    rows = [
        (n, "00001", "id", "invalid", "code", said(f"reason {n}"), *NEVER_SENT)
        for n in range(2, 2500)
    ]
    assert results(rows).count("\r\n") == 2499


# --- a run that has sent nothing

WAITING = ("not_sent", "signal", '=stopped, "so"')
STORED_WAITING = (*WAITING[:2], said(WAITING[2]))
ENDS = (
    ("invalid", "bad-date", said("=no; date")),
    ("unchanged", "same-as-last", said("the record, already")),
    (None, None, None),
)


def unsent_results(
    spans: Iterable[Sequence[RowGroup]],
    *,
    delimiter: str = ",",
    counts: dict[Status, int],
    data_rows: int,
) -> str:
    file = io.StringIO(newline="")
    write_unsent_results(
        file,
        spans,
        waiting=STORED_WAITING,
        delimiter=delimiter,
        counts=counts,
        data_rows=data_rows,
    )
    return file.getvalue()


def alike(rows: list[tuple[Any, ...]]) -> list[RowGroup]:
    """Return rows (number, identifier, campaign, end) by campaign and end."""

    def key(row: tuple[Any, ...]) -> str:
        return repr(row[2:])

    found = []
    for _, group in groupby(sorted(rows, key=key), key=key):
        numbers, identifiers, campaigns, ends = zip(*group, strict=True)
        texts = (BETWEEN_ROWS.join(map(str, numbers)), BETWEEN_ROWS.join(identifiers), b"")
        outcome, code, reasons = ends[0]
        found.append(RowGroup(campaigns[0], outcome, code, reasons, *texts))
    return found


IDENTIFIERS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=4) | st.from_regex(
    r"[=+@'-]?[0-9A-Za-z_+][0-9A-Za-z_.~@/:# ,;-]{0,5}", fullmatch=True
)


@given(
    st.lists(
        st.tuples(IDENTIFIERS, st.sampled_from(["00001", "=0002", None]), st.sampled_from(ENDS)),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 10),
    st.sampled_from([",", ";", "\t", "|", "-"]),
)
@example([("\u3164-1", "00001", ENDS[2])], 1, ",")  # a letter that nobody sees before a hyphen
def test_lines_of_rows_that_are_alike_are_those_of_each_row(
    rows: list[tuple[Any, ...]], size: int, delimiter: str
) -> None:
    numbered = [(number, *row) for number, row in enumerate(rows, start=2)]
    one_by_one = [
        (number, campaign_id, identifier, *(ended if ended[0] else STORED_WAITING), *NEVER_SENT)
        for number, identifier, campaign_id, ended in numbered
    ]
    spans = [alike(numbered[start : start + size]) for start in range(0, len(rows), size)]
    assert unsent_results(
        spans,
        delimiter=delimiter,
        counts=Counter(Status(row[3]) for row in one_by_one),
        data_rows=len(rows),
    ) == results(one_by_one, delimiter=delimiter)


def waiting(numbers: str, identifiers: str) -> RowGroup:
    numbers, identifiers = (text.replace("|", BETWEEN_ROWS) for text in (numbers, identifiers))
    return RowGroup("00001", None, None, None, numbers, identifiers, b"")


@pytest.mark.parametrize(
    "spans",
    [
        [[waiting("2|3|4", "a|b|c")], [waiting("4", "d")]],
        [[waiting("3|4", "a|b")], [waiting("2|5", "c|d")]],
        [[waiting("2|3", "a|b"), waiting("3|4", "c|d")]],
        [[waiting("2|3", "a|b")]],
    ],
    ids=["twice", "disorder", "twice in a span", "too few"],
)
def test_rows_that_are_alike_and_do_not_add_up_are_refused(spans: list[list[RowGroup]]) -> None:
    with pytest.raises(LedgerError) as failure:
        unsent_results(spans, counts={Status.NOT_SENT: 4}, data_rows=4)
    assert failure.value.reason == "identity"


def test_a_row_without_its_identifier_is_never_written() -> None:
    with pytest.raises(ValueError, match="zip"):
        unsent_results([[waiting("2|3", "a")]], counts={Status.NOT_SENT: 2}, data_rows=2)
