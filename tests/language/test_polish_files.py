"""The files of a run in Polish: only sentences are translated, and none of them is stored."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from openpyxl import load_workbook

from bulk_update.language import speaking
from bulk_update.reasons import stored
from bulk_update.records import FailedRow, Issue, Status
from bulk_update.results import (
    FailedTable,
    in_blocks,
    write_failed,
    write_failed_workbook,
    write_results,
)

REASONS = stored(
    [
        Issue("no-identifier", columns=("ID",)),
        Issue("not-in-lookup", {"text": "Kontkt", "near": "Kontakt"}, "near", ("Status",)),
    ]
)
ROW = (4, "00001", None, "invalid", "no-identifier", REASONS, None)
NEVER_SENT = (None, 0, None, None, None, None, None)
POLISH = (
    'kolumna "ID": identyfikator jest pusty; kolumna "Status": "Kontkt" nie występuje w lookup '
    '(czy chodziło o "Kontakt"?)'
)
ENGLISH = (
    'column "ID": the identifier is blank; column "Status": "Kontkt" is not in the lookup '
    '(did you mean "Kontakt"?)'
)
TABLE = FailedTable(("ID", "Status"), "run-1")
FAILED = FailedRow(4, json.dumps(["", "Kontkt"]).encode(), "invalid", "no-identifier", REASONS)


def results() -> list[dict[str, str]]:
    file = io.StringIO(newline="")
    rows = in_blocks([(*ROW, *NEVER_SENT), (5, "00001", "7", *ROW[3:]), (6, *ROW[1:])])
    write_results(file, rows, delimiter=",", counts={Status.INVALID: 3}, data_rows=3)
    return list(csv.DictReader(io.StringIO(file.getvalue())))


def failed() -> list[str]:
    file = io.StringIO(newline="")
    write_failed(file, [FAILED], table=TABLE, delimiter=";")
    return file.getvalue().splitlines()


def workbook() -> Any:
    file = io.BytesIO()
    choices = {"Status": ("Kontakt", "Nie dzwonić")}
    write_failed_workbook(file, [FAILED], table=TABLE, choices=choices)
    return load_workbook(file)


@pytest.mark.parametrize(("name", "message"), [("pl", POLISH), ("en", ENGLISH)])
def test_only_the_messages_of_results_are_translated(name: str, message: str) -> None:
    with speaking(name):
        lines = results()
    assert [line.pop("message") for line in lines] == [message] * 3
    with speaking("en"):
        english = results()
    assert lines == [{k: v for k, v in line.items() if k != "message"} for line in english]


@pytest.mark.parametrize(("name", "message"), [("pl", POLISH), ("en", ENGLISH)])
def test_only_the_messages_of_failed_rows_are_translated(name: str, message: str) -> None:
    with speaking(name):
        heading, line = failed()
    assert heading == "ID;Status;_row;_run;_outcome;_code;_message"
    (cells,) = csv.reader([line], delimiter=";")
    assert cells == ["", "Kontkt", "4", "run-1", "invalid", "no-identifier", message]


def test_only_the_messages_and_notes_of_the_workbook_are_translated() -> None:
    with speaking("pl"):
        polish = workbook()
    english = workbook()
    assert polish.sheetnames == english.sheetnames == ["failed", "lists"]
    rows, others = (
        [[cell.value for cell in row] for row in found["failed"].iter_rows()]
        for found in (polish, english)
    )
    assert rows[0] == others[0]
    assert rows[1][:-1] == others[1][:-1]
    assert (rows[1][-1], others[1][-1]) == (POLISH, ENGLISH)
    assert polish["failed"]["A2"].comment.text == (
        'kolumna "ID": identyfikator jest pusty\nWpisz identyfikator albo usuń wiersz'
    )
    assert polish["failed"]["B2"].comment.text.endswith("\nPopraw komórkę albo dodaj ją do lookup")
    (rule,) = polish["failed"].data_validations.dataValidation
    assert rule.error == "Tej wartości nie ma w lookup tej kolumny."
