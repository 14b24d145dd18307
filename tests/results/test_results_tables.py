from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.errors import LedgerError
from bulk_update.records import Status, Stretch
from bulk_update.results import (
    FAILED,
    RESULTS,
    SUMMARY,
    Summary,
    summary_json,
    utc_text,
    write_failed,
    write_requests,
    write_results,
)

HEADER = (
    "row,campaign_id,identifier,outcome,code,message,http_status,attempts,request_id,sent_at,"
    "finished_at,elapsed_ms\r\n"
)
NEVER_SENT = (None, 0, None, None, None, None)
SENT = (204, 1, "r", 1, 2, 3)


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
        [rows],
        delimiter=delimiter,
        counts=dict(found) if counts is None else counts,
        data_rows=len(rows) if data_rows is None else data_rows,
    )
    return file.getvalue()


def test_results_are_byte_for_byte_as_promised() -> None:
    moment = 1_767_323_045_678_000
    rows = [
        (2, "00001", "1", "updated", "", "", 204, 2, "r1", moment, moment + 1_000_000, 31),
        (3, "00001", "=2", "rejected", "http-409", '=a "b"; c, d', 409, 1, "@r", moment, moment, 5),
        (4, None, None, "invalid", "no-identifier", 'column "ID": empty', *NEVER_SENT),
        (6, "00001", "+48 1", "planned", "", "", *NEVER_SENT),
        (7, "00001", "Zażółć", "not_sent", "signal", "stopped", *NEVER_SENT),
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
            st.text(max_size=3),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_every_row_has_exactly_one_line(
    ends: list[tuple[Status, str | None, str, bool]],
) -> None:
    rows = [
        (n, "00001", identifier, str(status), "code", message, *(SENT if sent else NEVER_SENT))
        for n, (status, identifier, message, sent) in enumerate(ends, start=2)
    ]
    lines = list(csv.reader(io.StringIO(results(rows), newline=""), strict=True))[1:]
    assert [(int(line[0]), line[3]) for line in lines] == [(row[0], row[3]) for row in rows]
    assert [line[2].removeprefix("'") for line in lines] == [row[2] or "" for row in rows]


def test_a_million_kinds_of_ends_are_all_counted() -> None:
    rows = [
        (n, "00001", "id", "invalid", "code", f"reason {n}", *NEVER_SENT) for n in range(2, 2500)
    ]
    assert results(rows).count("\r\n") == 2499


ALIKE = Stretch(2, 3, 5, "=0001", "not_sent", "signal", '=stopped, "so"', b"3\x1fa1\x1e5\x1fb-2")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_lines_of_a_stretch_are_those_of_its_rows(delimiter: str) -> None:
    ended = ("not_sent", "signal", '=stopped, "so"', *NEVER_SENT)
    rows = [(3, "=0001", "a1", *ended), (5, "=0001", "b-2", *ended)]
    file = io.StringIO(newline="")
    write_results(file, [ALIKE], delimiter=delimiter, counts={Status.NOT_SENT: 2}, data_rows=2)
    assert file.getvalue() == results(rows, delimiter=delimiter)


@pytest.mark.parametrize(
    "blocks",
    [[ALIKE, ALIKE], [[planned(3)], ALIKE], [ALIKE, [planned(5)]], [replace(ALIKE, count=3)]],
    ids=["twice", "overlaps before", "overlaps after", "torn"],
)
def test_a_stretch_out_of_order_or_torn_is_refused(blocks: list[Any]) -> None:
    with pytest.raises(LedgerError) as failure:
        write_results(
            io.StringIO(newline=""),
            blocks,
            delimiter=",",
            counts={Status.NOT_SENT: 3},
            data_rows=3,
        )
    assert failure.value.reason == "identity"


# --- failed.csv


def failed(*rows: tuple[list[str], str, str, str], delimiter: str = ";") -> str:
    file = io.StringIO(newline="")
    count = write_failed(
        file,
        [(json.dumps(cells).encode(), *rest) for cells, *rest in rows],  # type: ignore[misc]
        header=["ID", "=Miasto"],
        delimiter=delimiter,
    )
    assert count == len(rows)
    return file.getvalue()


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (["1", "Łódź"], "1;Łódź;invalid;bad-date;no date\r\n"),
        (["=1", "'x"], "'=1;''x;invalid;bad-date;no date\r\n"),
        (["1", "a;b"], '1;"a;b";invalid;bad-date;no date\r\n'),
        (["1", "a\nb"], '1;"a\nb";invalid;bad-date;no date\r\n'),
        (["1"], "1;;invalid;bad-date;no date;1 of 2 cells\r\n"),
        (["1", "2", "=3"], "1;2;invalid;bad-date;no date;'=3\r\n"),
    ],
    ids=["plain", "formulas", "delimiter", "line break", "too few cells", "too many cells"],
)
def test_a_row_to_mend_has_its_cells_its_outcome_and_what_was_too_much(
    cells: list[str], line: str
) -> None:
    assert failed((cells, "invalid", "bad-date", "no date")) == (
        "ID;'=Miasto;_outcome;_code;_message\r\n" + line
    )


# --- requests.jsonl


def requests(block: Stretch | list[tuple[int, str, str, bytes]]) -> str:
    file = io.BytesIO()
    write_requests(file, [block], path_of=lambda campaign, name: f"/api/{campaign}/{name}")
    return file.getvalue().decode()


def test_requests_are_exactly_what_would_be_sent() -> None:
    body = '{"record_fields":{"miasto":"Łódź"}}'.encode()
    assert requests([(2, "00001", "a%2Fb", body)]) == (
        '{"row": 2, "method": "PUT", "path": "/api/00001/a%2Fb", '
        '"body": {"record_fields":{"miasto":"Łódź"}}}\n'
    )


def test_requests_of_a_stretch_are_those_of_its_rows() -> None:
    rows = [(2, "00001", "a1", '{"x":"Łódź"}'.encode()), (7, "00001", "b-2", b'{"x":"{}"}')]
    text = '2\x1fa1\x1d{"x":"Łódź"}\x1e7\x1fb-2\x1d{"x":"{}"}'.encode()
    assert requests(Stretch(2, 2, 7, "00001", "", "", "", text)) == requests(rows)


# --- summary.json


def test_a_summary_has_all_keys_with_null_where_nothing_is_known() -> None:
    assert json.loads(summary_json(Summary(exit_code=2, reason="input"))) == {
        "version": 1,
        "run_id": None,
        "exit_code": 2,
        "reason": "input",
        "input": {"path": None, "sha256": None, "rows": None},
        "campaign_ids": None,
        "outcomes": dict.fromkeys(map(str, Status)),
        "attempts": None,
        "started_at": None,
        "finished_at": None,
        "files": {"results": None, "failed": None, "requests": None, "summary": None},
    }


def test_a_summary_tells_a_run_in_numbers() -> None:
    summary = Summary(
        exit_code=1,
        reason="rows",
        run_id="run-1",
        input_path="zamówienia.csv",
        input_sha256="ab",
        input_rows=3,
        campaign_ids=("00001",),
        outcomes={Status.UPDATED: 2, Status.INVALID: 1},
        attempts=2,
        started_at_us=1_767_323_045_678_000,
        finished_at_us=1_767_323_046_000_000,
        files={name: Path("out") / name for name in (RESULTS, FAILED, SUMMARY)},
    )
    text = summary_json(summary)
    found = json.loads(text)
    assert "zamówienia.csv" in text
    assert text.endswith("}\n")
    assert found["outcomes"] == {**dict.fromkeys(map(str, Status), 0), "updated": 2, "invalid": 1}
    assert (found["started_at"], found["finished_at"]) == (
        "2026-01-02T03:04:05.678Z",
        "2026-01-02T03:04:06.000Z",
    )
    assert found["files"] == {
        "results": str(Path("out/results.csv")),
        "failed": str(Path("out/failed.csv")),
        "requests": None,
        "summary": str(Path("out/summary.json")),
    }


def test_a_path_that_is_no_text_is_still_json() -> None:
    text = summary_json(Summary(exit_code=0, input_path="a\udcff.csv"))
    assert json.loads(text.encode())["input"]["path"] == "a\udcff.csv"


@given(st.integers(0, 4_000_000_000_000_000))
def test_times_are_utc_with_milliseconds(microseconds: int) -> None:
    text = utc_text(microseconds)
    assert len(text) == len("2026-01-02T03:04:05.678Z")
    assert int(text[-4:-1]) == microseconds // 1000 % 1000
