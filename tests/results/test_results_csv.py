from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from words import verbatim

from bulk_update.errors import LedgerError
from bulk_update.records import Status
from bulk_update.results import in_blocks, write_results

HEADER = (
    "row,campaign_id,identifier,outcome,code,message,http_status,attempts,request_id,sent_at,"
    "finished_at,elapsed_ms,verified\r\n"
)
NEVER_SENT = (None, 0, None, None, None, None, None)
SENT = (204, 1, "r", 1, 2, 3, "yes")


def said(sentence: str) -> str:
    return verbatim("code", sentence)


def planned(number: int, identifier: str | None = "id") -> tuple[Any, ...]:
    return (number, "00001", identifier, "planned", "", "", None, *NEVER_SENT)


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
        in_blocks(rows),
        delimiter=delimiter,
        counts=dict(found) if counts is None else counts,
        data_rows=len(rows) if data_rows is None else data_rows,
    )
    return file.getvalue()


def test_results_are_byte_for_byte_as_promised() -> None:
    at, later = 1_767_323_045_678_000, 1_767_323_046_678_000
    refused = said('=a "b"; c, d')
    rows = [
        (2, "00001", "1", "updated", "", "", None, 204, 2, "r1", at, later, 31, "yes"),
        (3, "00001", "=2", "rejected", "http-409", refused, None, 409, 1, "@r", at, at, 5, None),
        (4, None, None, "invalid", "no-identifier", said('column "ID": empty'), None, *NEVER_SENT),
        (6, "00001", "+48 1", "planned", "", "", None, *NEVER_SENT),
        (7, "00001", "Zażółć", "not_sent", "signal", said("stopped"), None, *NEVER_SENT),
    ]
    assert results(rows) == (
        HEADER + "2,00001,1,updated,,,204,2,r1,2026-01-02T03:04:05.678Z,"
        "2026-01-02T03:04:06.678Z,31,yes\r\n"
        '3,00001,\'=2,rejected,http-409,"\'=a ""b""; c, d",409,1,\'@r,'
        "2026-01-02T03:04:05.678Z,2026-01-02T03:04:05.678Z,5,\r\n"
        '4,,,invalid,no-identifier,"column ""ID"": empty",,0,,,,,\r\n'
        "6,00001,+48 1,planned,,,,0,,,,,\r\n"
        "7,00001,Zażółć,not_sent,signal,stopped,,0,,,,,\r\n"
    )


def test_the_delimiter_can_be_polish_excels() -> None:
    text = results([planned(2, "a;b"), planned(3, "c,d")], delimiter=";")
    assert text == HEADER.replace(",", ";") + (
        '2;00001;"a;b";planned;;;;0;;;;;\r\n3;00001;c,d;planned;;;;0;;;;;\r\n'
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
            None,
            *(SENT if sent else NEVER_SENT),
        )
        for n, (status, identifier, message, sent) in enumerate(ends, start=2)
    ]
    lines = list(csv.reader(io.StringIO(results(rows), newline=""), strict=True))[1:]
    assert [(int(line[0]), line[3]) for line in lines] == [(row[0], row[3]) for row in rows]
    assert [line[2].removeprefix("'") for line in lines] == [row[2] or "" for row in rows]


def test_a_million_kinds_of_ends_are_all_counted() -> None:
    rows = [
        (n, "00001", "id", "invalid", "code", said(f"reason {n}"), None) for n in range(2, 2500)
    ]
    assert results(rows).count("\r\n") == 2499


IDENTIFIERS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=4) | st.from_regex(
    r"[=+@'-]?[0-9A-Za-z_+][0-9A-Za-z_.~@/:# ,;-]{0,5}", fullmatch=True
)
ENDS = (
    ("invalid", "bad-date", said("=no; date")),
    ("unchanged", "same-as-last", said("the record, already")),
    ("not_sent", "signal", said('=stopped, "so"')),
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["00001", "=0002", None]),
            st.none() | IDENTIFIERS,
            st.sampled_from(ENDS),
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([",", ";", "\t", "|", "-"]),
)
@example([("00001", "\u3164-1", ENDS[2])], ",")  # an invisible letter before a hyphen
def test_rows_that_were_never_sent_get_the_same_line_with_and_without_the_omitted_fields(
    found: list[tuple[str | None, str | None, tuple[str, str, str]]], delimiter: str
) -> None:
    short = [
        (number, campaign_id, identifier, *end, None)
        for number, (campaign_id, identifier, end) in enumerate(found, start=2)
    ]
    whole = [(*row, *NEVER_SENT) for row in short]
    assert results(short, delimiter=delimiter) == results(whole, delimiter=delimiter)
