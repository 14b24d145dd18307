"""`report.html`: written with the other files of a run, and again by `report RUN`."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from command_line import Desk, start
from scripted_server import Reaction, Received, ScriptedServer, response

FILE = "ID;Status;Miasto\n1;3;Gdynia\n9;4;x\n9;4;x\n;3;</script>\n2;3;a\n"
REFUSAL = '{"errors": [{"message": "</script><b>No record.", "code": 404}]}'


def refuses_nine(request: Received, _count: int) -> Reaction:
    return Reaction(response(404, REFUSAL)) if request.identifier == "9" else Reaction()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(refuses_nine) as running:
        yield running


def rows_in(text: str) -> list[list[Any]]:
    found = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)
    rows: list[list[Any]] = json.loads(found[1])["rows"] if found else []
    return rows


def cells_in(text: str) -> list[list[str]]:
    found = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)
    cells: list[list[str]] = json.loads(found[1])["cells"] if found else []
    return cells


def failed_rows(desk: Desk) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(desk.text("failed.csv")), delimiter=";"))


def test_the_rows_of_the_report_are_those_of_failed_csv(desk: Desk) -> None:
    ended = desk("run", desk.file(FILE), "-m", desk.mapping(), "--yes", "--json")
    failed = failed_rows(desk)
    assert [
        [row["_row"], row["ID"], row["_outcome"], row["_code"], row["_message"]] for row in failed
    ] == [[str(row[0]), row[2], *row[3:]] for row in rows_in(desk.text("report.html"))]
    assert len(failed) == 2
    assert cells_in(desk.text("report.html")) == [
        [row["ID"], row["Status"], row["Miasto"]] for row in failed
    ]
    assert ended.summary["files"]["report"] == str(desk.out / "report.html")
    if os.name == "posix":
        assert (desk.out / "report.html").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", ["run", "check", "limited"])
def test_report_writes_the_same_page_again(desk: Desk, command: str) -> None:
    file, mapping = desk.file(FILE), desk.mapping()
    more = {"run": ["--yes"], "check": [], "limited": ["--yes", "--limit", "1"]}[command]
    desk("check" if command == "check" else "run", file, "-m", mapping, *more)
    first = desk.text("report.html")
    (desk.out / "report.html").unlink()
    ended = desk("report", desk.run_id())
    assert ended.exit_code == 0
    assert ended.stdout.strip().endswith("report.html")
    assert desk.text("report.html") == first


def test_a_refused_plan_says_which_guard_refused_it(desk: Desk) -> None:
    mapping = desk.mapping(guards={"max_rows": 1})
    assert desk("check", desk.file(FILE), "-m", mapping).exit_code == 3
    assert "max_rows allows 1" in desk.text("report.html")
    first = desk.text("report.html")
    desk("report", desk.run_id())
    assert desk.text("report.html") == first
    desk.change_ledger("UPDATE run SET stop_code = '', stop_reasons = '[]'")  # as it was once
    desk("report", desk.run_id())
    assert "A guard refused this plan" in desk.text("report.html")


def test_show_says_which_guard_refused_a_plan_and_leaves_its_rows_planned(desk: Desk) -> None:
    mapping = desk.mapping(guards={"max_rows": 1})
    assert desk("check", desk.file(FILE), "-m", mapping).exit_code == 3
    assert re.search("stopped +max-rows: .*max_rows allows 1", desk("show", desk.run_id()).stdout)
    shown = desk("show", desk.run_id(), "--row", "2").stdout
    assert "planned" in shown
    assert "max_rows" not in shown


@pytest.mark.parametrize(
    ("rate", "shown"),
    [("unlimited", "unlimited, 3 workers"), ("200", "200 requests a second, 3 workers")],
)
def test_the_report_names_the_pace_and_the_guards_that_were_given(
    desk: Desk, rate: str, shown: str
) -> None:
    mapping = desk.mapping(guards={"max_rows": 1, "max_invalid": "50%"})
    file, pace = desk.file(FILE), ("--rate", rate, "--workers", "3")
    desk("run", file, "-m", mapping, "--yes", "--guard", "max_rows=7", *pace)
    text = desk.text("report.html")
    assert "<dt>Guards</dt><dd>max_rows: 7 (--guard)\nmax_invalid: 50 %</dd>" in text
    assert f"<dt>Rate limit</dt><dd>{shown}</dd>" in text
    desk("report", desk.run_id())
    assert desk.text("report.html") == text


def test_no_report_leaves_it_out_and_removes_an_earlier_one(desk: Desk) -> None:
    file, mapping = desk.file(FILE), desk.mapping()
    desk("check", file, "-m", mapping)
    assert "report.html" in desk.names()
    ended = desk("check", file, "-m", mapping, "--no-report", "--json")
    assert "report.html" not in desk.names()
    assert ended.summary["files"]["report"] is None


def test_a_report_of_an_unknown_run_is_refused_as_by_show(desk: Desk) -> None:
    desk("check", desk.file(FILE), "-m", desk.mapping())
    ended = desk("report", "20260101-000000-aaaa")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr == desk("show", "20260101-000000-aaaa").stderr


def test_a_report_can_be_written_elsewhere(desk: Desk) -> None:
    desk("check", desk.file(FILE), "-m", desk.mapping())
    first, run_id, elsewhere = desk.text("report.html"), desk.run_id(), desk.folder / "elsewhere"
    ended = start("report", run_id, "--state", str(desk.state), "--out", str(elsewhere))
    assert ended.exit_code == 0
    assert (elsewhere / "report.html").read_text(encoding="utf-8") == first


def test_a_page_that_cannot_be_placed_is_a_notice_beside_complete_results(desk: Desk) -> None:
    in_its_place = desk.out / "report.html"
    in_its_place.mkdir(parents=True)
    ended = desk("run", desk.file(FILE), "-m", desk.mapping(), "--yes", "--json")
    assert ended.exit_code == 1
    assert "report.html was not written" in ended.stderr
    assert ended.summary["files"]["report"] is None
    assert len(desk.results()) == 5
    assert in_its_place.is_dir()


def test_a_page_that_cannot_be_rendered_is_a_notice_beside_complete_results(desk: Desk) -> None:
    file, mapping = desk.file(FILE), desk.mapping()
    assert desk("run", file, "-m", mapping, "--yes", "--limit", "1").exit_code == 1
    desk.change_ledger("UPDATE attempt SET departed_at_us = 9e18")  # a year with six digits
    ended = desk("apply", desk.run_id(), "--json")
    assert ended.exit_code == 1
    assert re.search(r"report.html was not written \(\w+Error", ended.stderr)
    assert ended.summary["files"]["report"] is None
    assert ended.summary["outcomes"]["not_sent"] == 0
    assert "report.html" not in desk.names()
