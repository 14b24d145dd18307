"""The contract, pinned: the files of a run and what `--json` prints."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import Desk, Ended, start
from openpyxl import load_workbook
from scripted_server import Reaction, Received, ScriptedServer, response

RESULT_COLUMNS = [
    "row", "campaign_id", "identifier", "outcome", "code", "message", "http_status", "attempts",
    "request_id", "sent_at", "finished_at", "elapsed_ms", "verified",
]  # fmt: skip
OUTCOMES = [
    "updated", "rejected", "failed", "in_doubt", "invalid", "duplicate", "unchanged",
    "superseded", "filtered", "not_sent", "planned",
]  # fmt: skip
REFUSAL = '{"request_id": "5367845", "errors": [{"message": "=No record.", "code": 404}]}'


def refuses_nine(request: Received, _count: int) -> Reaction:
    return Reaction(response(404, REFUSAL)) if request.identifier == "9" else Reaction()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(refuses_nine) as running:
        yield running


@pytest.fixture
def ended(desk: Desk) -> Ended:
    file = desk.file('ID;Status;Miasto\n1;3;"Gdy\nnia"\n\n9;4;+x\n,;3;"=1+1"\n')
    return desk("run", file, "-m", desk.mapping(), "--yes", "--json")


def test_results_have_one_line_for_each_data_row_in_these_columns(desk: Desk, ended: Ended) -> None:
    assert ended.exit_code == 1
    assert (desk.out / "results.csv").read_bytes().startswith(b"\xef\xbb\xbfrow,campaign_id,")
    lines = desk.results()
    assert list(lines[0]) == RESULT_COLUMNS
    assert [line["row"] for line in lines] == ["2", "4", "5"]
    refused = lines[1]
    names = ("identifier", "outcome", "code", "message", "http_status", "attempts", "request_id")
    assert [refused[name] for name in names] == [
        "9", "rejected", "http-404", "'=No record. (code 404)", "404", "1", "5367845",
    ]  # fmt: skip
    assert refused["elapsed_ms"].isdigit()


@pytest.mark.skipif(os.name != "posix", reason="only POSIX can set a process's zone")
def test_the_tests_run_in_a_zone_that_is_neither_utc_nor_polands() -> None:
    assert time.timezone == -(10 * 3600 + 30 * 60)


def test_every_time_on_disk_is_utc(desk: Desk) -> None:
    before = datetime.now(UTC)
    summary = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--json").summary
    after = datetime.now(UTC)
    (line,) = desk.results()
    written = [
        summary["started_at"], line["sent_at"], line["finished_at"], summary["finished_at"],
    ]  # fmt: skip
    moments = [datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z") for text in written]
    assert [moment.utcoffset() for moment in moments] == [timedelta()] * len(moments)
    within_the_millisecond = before - timedelta(milliseconds=1)
    assert [within_the_millisecond, *moments, after] == sorted(
        [within_the_millisecond, *moments, after]
    )
    named_for = datetime.strptime(f"{summary['run_id'][:15]}+0000", "%Y%m%d-%H%M%S%z")
    assert before - timedelta(seconds=1) <= named_for <= after


def test_failed_has_the_original_columns_and_five_more(desk: Desk, ended: Ended) -> None:
    assert ended.exit_code == 1
    assert (desk.out / "failed.csv").read_bytes().startswith(b"\xef\xbb\xbfID;Status;Miasto;_row")
    head, refused, *_ = desk.text("failed.csv").splitlines()
    assert head == "ID;Status;Miasto;_row;_run;_outcome;_code;_message"
    run_id = ended.summary["run_id"]
    assert refused == f"9;4;'+x;4;{run_id};rejected;http-404;'=No record. (code 404)"


def test_the_failed_workbook_has_the_same_cells(desk: Desk, ended: Ended) -> None:
    assert ended.exit_code == 1
    sheet = load_workbook(desk.out / "failed.xlsx")["failed"]
    cells = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert cells == list(csv.reader(io.StringIO(desk.text("failed.csv")), delimiter=";"))


def test_results_can_be_written_for_polish_excel(desk: Desk) -> None:
    arguments = ["run", desk.rows("1"), "-m", desk.mapping(), "--yes"]
    assert desk(*map(str, arguments), "--results-delimiter", ";").exit_code == 0
    assert desk.text("results.csv").splitlines()[0] == ";".join(RESULT_COLUMNS)


def test_a_run_without_bad_rows_writes_no_failed(desk: Desk) -> None:
    assert desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes").exit_code == 0
    assert desk.names() == ["report.html", "results.csv", "summary.json"]


def test_check_writes_what_would_be_sent_byte_for_byte(desk: Desk, server: ScriptedServer) -> None:
    file = desk.file("ID;Status;Miasto\na/b;3;Łódź\n2;;\n")
    assert desk("check", file, "-m", desk.mapping()).exit_code == 1
    requests = [json.loads(line) for line in desk.text("requests.jsonl").splitlines()]
    body = {"status_id": "3", "record_fields": {"miasto": "Łódź"}}
    path = "/api/outbounds/00001/records_by_identifier/a%2Fb"
    assert requests == [{"row": 2, "method": "PUT", "path": path, "body": body}]
    assert list(requests[0]) == ["row", "method", "path", "body"]
    assert desk.outcomes() == ["planned", "invalid nothing-to-update"]
    written = desk.text("requests.jsonl")
    desk("run", file, "-m", desk.mapping(), "--yes")
    assert f'"body": {server.requests[0].body.decode()}}}\n' in written


def test_files_of_an_earlier_run_are_removed(desk: Desk) -> None:
    bad = desk.file("ID;Status;Miasto\n1;3;x\n2;;\n")
    assert desk("check", bad, "-m", desk.mapping()).exit_code == 1
    written = ["failed.csv", "failed.xlsx", "report.html", "requests.jsonl", "results.csv"]
    assert desk.names() == [*written, "summary.json"]
    (desk.out / "mine.txt").touch()
    assert desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes").exit_code == 0
    assert desk.names() == ["mine.txt", "report.html", "results.csv", "summary.json"]


def test_json_output_is_exactly_the_summary_file(desk: Desk, ended: Ended) -> None:
    assert ended.stdout == desk.text("summary.json")
    summary = ended.summary
    assert list(summary) == [
        "version", "run_id", "exit_code", "reason", "input", "campaign_ids", "outcomes",
        "verified", "attempts", "started_at", "finished_at", "files", "notifications",
    ]  # fmt: skip
    assert list(summary["outcomes"]) == OUTCOMES
    assert summary["version"] == 1
    assert (summary["exit_code"], summary["reason"]) == (1, "rows")
    assert list(summary["input"]) == ["path", "sha256", "rows"]
    assert summary["input"]["path"] == str(desk.folder / "crm.csv")
    assert len(summary["input"]["sha256"]) == 64
    assert summary["input"]["rows"] == 3
    assert summary["campaign_ids"] == ["00001"]
    assert summary["attempts"] == 3
    assert summary["started_at"] <= summary["finished_at"]
    names = {
        "results": "results.csv",
        "failed": "failed.csv",
        "failed_xlsx": "failed.xlsx",
        "summary": "summary.json",
        "report": "report.html",
    }
    paths = {key: str(desk.out / name) for key, name in names.items()}
    assert summary["files"] == {**paths, "requests": None}


def test_a_corrected_failed_file_is_accepted_with_the_same_mapping(
    desk: Desk, server: ScriptedServer
) -> None:
    mapping = desk.mapping(
        update={
            "record_fields": {
                "miasto": {"column": "Miasto"},
                "saldo": {"column": "Saldo", "type": "decimal", "decimal": ","},
                "dzien": {"column": "Dzień", "type": "date", "formats": ["%d.%m.%Y"]},
            }
        },
        source={"encoding": "cp1250", "delimiter": ";"},
        guards={"expect_rows": 3},
    )
    text = "ID;Miasto;Saldo;Dzień\n1;Łódź;1,5;01.02.2026\n;'=x;2,5;02.02.2026\n3;a;x;31.02.2026\n"
    file = desk.file(text, encoding="cp1250")
    assert desk("run", file, "-m", mapping, "--yes").exit_code == 1
    assert desk.outcomes() == ["updated", "invalid no-identifier", "invalid bad-number"]
    corrected = desk.text("failed.csv").replace("\n;", "\n2;").replace(";x;31.02", ";7,25;28.02")
    (desk.folder / "corrected.csv").write_text(corrected, encoding="utf-8-sig", newline="")
    again = desk("run", desk.folder / "corrected.csv", "-m", mapping, "--yes")
    assert (again.exit_code, desk.outcomes()) == (0, ["updated", "updated"])
    bodies = [json.loads(request.body)["record_fields"] for request in server.requests]
    assert bodies == [
        {"miasto": "Łódź", "saldo": "1.5", "dzien": "2026-02-01"},
        {"miasto": "'=x", "saldo": "2.5", "dzien": "2026-02-02"},
        {"miasto": "a", "saldo": "7.25", "dzien": "2026-02-28"},
    ]


def test_files_are_readable_only_by_their_owner_unless_the_group_is_allowed(desk: Desk) -> None:
    file, mapping = desk.rows("1"), desk.mapping()
    desk("check", file, "-m", mapping)
    assert modes(desk) == {0o600}
    desk("check", file, "-m", mapping, "--group-readable")
    assert modes(desk) == {0o640}


def modes(desk: Desk) -> set[int]:
    ledger = desk.state / "ledger.sqlite3"
    return {path.stat().st_mode & 0o777 for path in (*desk.out.iterdir(), ledger)}


def test_a_check_whose_files_cannot_be_written_recommends_nothing_that_sends(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "taken").write_text("a file, and no folder", encoding="utf-8")
    ended = start(
        "check", str(desk.rows("1")), "-m", str(desk.mapping()),
        "--state", str(desk.state), "--out", str(tmp_path / "taken"),
    )  # fmt: skip
    assert ended.exit_code == 5
    assert "Run `check` again, and choose another folder with --out." in ended.stdout + ended.stderr
    assert "apply" not in ended.stderr
