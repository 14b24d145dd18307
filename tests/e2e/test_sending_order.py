"""`priority`: the rows that are sent before all others, from the mapping to the wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk, Ended, ended
from openpyxl import Workbook
from scripted_server import Reaction, Received, ScriptedServer, obliging, response

FIRST = {"column": "Status", "first": ["Nie dzwonić"]}
UPDATE = {
    "status_id": {"column": "Status", "lookup": {"Kontakt": 3, "Nie dzwonić": 4, "Sprzedaż": 8}}
}
ROWS = "ID;Status\n1;Kontakt\n2;Nie dzwonić\n3;Sprzedaż\n4;Nie  dzwonić \n5;Kontakt\n"


def mapping(desk: Desk, **content: Any) -> Path:
    """Write the mapping with other keys laid over it; None leaves a key out."""
    keys = {"update": UPDATE, "priority": FIRST, **content}
    return desk.mapping(**{key: value for key, value in keys.items() if value is not None})


def run(desk: Desk, *more: object, **content: Any) -> Ended:
    words = ("--yes", "--workers", 1, "--json", *more)
    return desk("run", desk.file(ROWS), "-m", mapping(desk, **content), *words)


def test_named_rows_are_sent_first_and_the_results_stay_in_input_order(
    desk: Desk, server: ScriptedServer
) -> None:
    assert run(desk).exit_code == 0
    assert server.identifiers == ["2", "4", "1", "3", "5"]
    assert [row["identifier"] for row in desk.results()] == ["1", "2", "3", "4", "5"]


def test_a_limited_run_and_its_continuation_keep_the_order(
    desk: Desk, server: ScriptedServer
) -> None:
    assert run(desk, "--limit", 1).exit_code == 0
    assert run(desk, "--limit", 2).exit_code == 0
    assert desk("apply", desk.run_id(), "--workers", 1).exit_code == 0
    assert server.identifiers == ["2", "4", "1", "3", "5"]


def test_a_plan_is_applied_in_that_order(desk: Desk, server: ScriptedServer) -> None:
    desk("check", desk.file(ROWS), "-m", mapping(desk))
    assert desk("apply", desk.run_id(), "--workers", 1).exit_code == 0
    assert server.identifiers == ["2", "4", "1", "3", "5"]


def test_another_priority_applies_at_once_when_a_run_is_continued(
    desk: Desk, server: ScriptedServer
) -> None:
    first = run(desk, "--limit", 1)
    changed = {"column": "Status", "first": ["Sprzedaż"]}
    second = run(desk, priority=changed)
    assert second.summary["run_id"] == first.summary["run_id"]
    assert server.identifiers == ["2", "3", "1", "4", "5"]


def test_a_run_without_a_priority_continues_in_input_order(
    desk: Desk, server: ScriptedServer
) -> None:
    run(desk, "--limit", 1)
    run(desk, priority=None)
    assert server.identifiers == ["2", "1", "3", "4", "5"]


def test_a_retry_keeps_the_order(desk: Desk, server: ScriptedServer) -> None:
    gone = response(409, '{"errors": [{"message": "Conflict."}]}')
    server.script = lambda each, _n: Reaction(gone) if each.identifier in "124" else Reaction()
    assert run(desk).exit_code == 1
    server.forget()
    server.script = obliging
    assert desk("retry", desk.run_id(), "--yes", "--workers", 1).exit_code == 0
    assert server.identifiers == ["2", "4", "1"]


def test_a_run_halted_by_404s_continues_behind_the_refused_rows_in_that_order(
    desk: Desk, server: ScriptedServer
) -> None:
    """The first 20 rows of the priority are refused, which halts the run."""
    stale = "".join(f"s{n};Nie dzwonić\n" for n in range(20))
    file = desk.file(f"ID;Status\n1;Kontakt\n{stale}2;Kontakt\n3;Nie dzwonić\n")
    missing = response(404, '{"errors": [{"message": "Record not found."}]}')

    def script(request: Received, _count: int) -> Reaction:
        return Reaction(missing) if request.identifier.startswith("s") else Reaction()

    server.script = script
    words = ("run", file, "-m", mapping(desk), "--yes", "--workers", 1)
    assert desk(*words).exit_code == 4
    assert server.identifiers == [f"s{n}" for n in range(20)]
    server.forget()
    assert desk(*words).exit_code == 1
    assert server.identifiers[:3] == ["3", "1", "2"]
    assert sorted(server.identifiers[3:]) == sorted(f"s{n}" for n in range(20))


def test_the_order_survives_a_kill(desk: Desk, server: ScriptedServer) -> None:
    words = ("run", desk.file(ROWS), "-m", mapping(desk), "--yes", "--workers", 1)
    process = desk.process(*words)

    def script(request: Received, _count: int) -> Reaction:
        if request.identifier == "4":
            process.kill()
            return Reaction(None, then="close")
        return Reaction()

    server.script = script
    ended(process)
    server.wait_until_idle()
    server.script = obliging
    assert desk(*words).exit_code == 0
    assert server.identifiers == ["2", "4", "4", "1", "3", "5"]


def test_the_plan_counts_the_rows_that_are_sent_first(desk: Desk) -> None:
    shown = desk("check", desk.file(ROWS), "-m", mapping(desk)).stdout
    assert '  first     2 rows: "Nie dzwonić"\n' in shown


def test_a_text_that_no_row_shows_gets_a_note(desk: Desk) -> None:
    wanted = {"column": "Status", "first": ["Nie dzwonic", "Sprzedaż"]}
    note = 'column "Status": no row has "Nie dzwonic", which priority lists'
    assert note in desk("check", desk.file(ROWS), "-m", mapping(desk, priority=wanted)).stdout
    run(desk, "--limit", 1)
    assert note in run(desk, priority=wanted).stderr


def test_the_column_need_not_be_used_otherwise(desk: Desk, server: ScriptedServer) -> None:
    file = desk.file("ID;Status;Pilne\n1;Kontakt;nie\n2;Kontakt;tak\n")
    content = mapping(desk, priority={"column": "Pilne", "first": ["tak"]})
    assert desk("run", file, "-m", content, "--yes", "--workers", 1).exit_code == 0
    assert server.identifiers == ["2", "1"]


@pytest.mark.parametrize("header", ["ID;Status", "ID;Status;Pilne;Pilne"])
def test_a_column_that_the_file_lacks_or_has_twice_is_an_error(
    desk: Desk, server: ScriptedServer, header: str
) -> None:
    file = desk.file(f"{header}\n1;Kontakt;x;y\n")
    content = mapping(desk, priority={"column": "Pilne", "first": ["x"]})
    refused = desk("run", file, "-m", content, "--yes")
    assert refused.exit_code == 2
    assert 'the mapped column "Pilne" ' in refused.stderr
    assert f"{content}:1:" in refused.stderr
    assert server.requests == []


def test_a_continued_run_refuses_a_column_that_its_file_lacks(
    desk: Desk, server: ScriptedServer
) -> None:
    run(desk, "--limit", 1)
    refused = run(desk, priority={"column": "Statu", "first": ["x"]})
    assert refused.exit_code == 2
    assert 'the mapped column "Statu" is missing (did you mean "Status"?)' in refused.stderr
    assert "mapping.yaml:1:" in refused.stderr
    assert run(desk).exit_code == 0
    assert server.identifiers == ["2", "4", "1", "3", "5"]


def test_boolean_cells_of_a_workbook_are_compared_in_both_languages(
    desk: Desk, server: ScriptedServer
) -> None:
    file, workbook = desk.folder / "crm.xlsx", Workbook()
    for cells in ("ID", "Status", "RODO"), (1, "Kontakt", False), (2, "Kontakt", True):
        workbook.worksheets[0].append(cells)
    workbook.save(file)
    content = mapping(desk, priority={"column": "RODO", "first": ["PRAWDA"]})
    assert desk("run", file, "-m", content, "--yes", "--workers", 1).exit_code == 0
    assert server.identifiers == ["2", "1"]


def test_a_corrected_file_is_sent_in_that_order(desk: Desk, server: ScriptedServer) -> None:
    file = desk.file("ID;Status;Pilne\n1;kontakt;nie\n2;kontakt;tak\n")
    content = mapping(desk, priority={"column": "Pilne", "first": ["tak"]})
    assert desk("run", file, "-m", content, "--yes").exit_code == 1
    corrected = desk.text("failed.csv").replace(";kontakt;", ";Kontakt;")
    again = desk.file(corrected.replace(",kontakt,", ",Kontakt,"), name="again.csv")
    assert desk("run", again, "-m", content, "--yes", "--workers", 1).exit_code == 0
    assert server.identifiers == ["2", "1"]


def test_priority_is_not_part_of_the_identity_of_a_run(desk: Desk) -> None:
    assert run(desk).exit_code == 0
    assert run(desk, priority=None).exit_code == 0
    assert set(desk.outcomes()) == {"unchanged already-sent"}
    assert json.loads(desk.text("summary.json"))["attempts"] == 0
