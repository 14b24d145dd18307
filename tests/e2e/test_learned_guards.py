"""The guards that learn from a job's history, with the whole program."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Desk, Ended
from scripted_server import Reaction, Received, ScriptedServer, obliging, response

LEARN = {"learn": True}


@pytest.fixture(scope="module")
def module_server() -> Iterator[ScriptedServer]:
    """The server of all tests: what a job has learned is about one base URL."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def server(module_server: ScriptedServer) -> ScriptedServer:
    module_server.forget()
    module_server.script = obliging
    return module_server


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, module_server: ScriptedServer) -> Desk:
    """A desk with five ordinary nights."""
    desk = Desk(tmp_path_factory.mktemp("school"), module_server.url)
    learned(desk)
    return desk


@pytest.fixture
def taught(desk: Desk, school: Desk) -> None:
    """Let five ordinary nights be in the past of the desk."""
    shutil.copytree(school.folder, desk.folder, dirs_exist_ok=True)


def night(desk: Desk, *, rows: int = 60, status: str = "3", town: str = "Gdynia") -> Path:
    """Write the file of one night; no two are the same."""
    number = len(list(desk.folder.glob("night-*")))
    lines = [f"{n};{status if n % 3 else '4'};{town and f'{town} {number}'}" for n in range(rows)]
    return desk.file("\n".join(["ID;Status;Miasto", *lines, ""]), name=f"night-{number}.csv")


def run(desk: Desk, file: Path, *more: object, learn: bool = True) -> Ended:
    return desk("run", file, "-m", desk.mapping(guards={"learn": learn}), "--yes", *more)


def learned(desk: Desk, nights: int = 5, *, learn: bool = False) -> None:
    for _ in range(nights):
        assert run(desk, night(desk), "--quiet", learn=learn).exit_code == 0


@pytest.mark.usefixtures("taught")
@pytest.mark.parametrize("command", ["run", "check"])
def test_an_unusual_file_is_stopped_before_anything_is_sent(
    desk: Desk, server: ScriptedServer, command: str
) -> None:
    sent = len(server.requests)
    file = night(desk, rows=600)
    more = ["--yes"] * (command == "run")
    ended = desk(command, file, "-m", desk.mapping(guards=LEARN), "--json", *more)
    assert (ended.exit_code, ended.summary["reason"]) == (3, "unusual-rows")
    assert "the file has 600 data rows, but 10 to 110 are usual (last 5 runs)" in ended.stderr
    assert len(server.requests) == sent
    assert set(desk.outcomes()) == {"not_sent unusual-rows" if command == "run" else "planned"}


def test_runs_from_before_the_guard_was_switched_on_have_taught_it(desk: Desk) -> None:
    learned(desk, 4)
    assert "learning: 4 of 5 runs" in run(desk, night(desk)).stderr
    assert "learning" not in run(desk, night(desk)).stderr
    assert run(desk, night(desk, rows=600)).exit_code == 3
    assert run(desk, night(desk, rows=600), learn=False).exit_code == 0


def test_a_column_that_became_blank_stops_the_second_run(desk: Desk) -> None:
    learned(desk, 1)
    ended = run(desk, night(desk, town=""), "--json")
    assert (ended.exit_code, ended.summary["reason"]) == (3, "blank-column")
    assert 'all cells of the column "Miasto" are blank, unlike in the last run' in ended.stderr


@pytest.mark.usefixtures("taught")
def test_the_guard_can_be_switched_off_for_one_run(desk: Desk) -> None:
    assert run(desk, night(desk, rows=600), "--guard", "learn=true", learn=False).exit_code == 3
    assert run(desk, night(desk, rows=600), "--guard", "learn=false").exit_code == 0


@pytest.mark.usefixtures("taught")
@pytest.mark.parametrize(
    ("expected", "exit_code"), [(600, 0), (606, 0), (595, 0), (607, 3), (594, 3), (60, 3)]
)
def test_a_plan_passes_if_the_operator_expects_its_number_of_rows(
    desk: Desk, expected: int, exit_code: int
) -> None:
    ended = run(desk, night(desk, rows=600), "--expect-changes", expected, "--json")
    assert ended.exit_code == exit_code
    if exit_code:
        assert ended.summary["reason"] == "expect-changes"
        assert f"--expect-changes is {expected}, but 600 rows would be sent" in ended.stderr
    else:
        assert "lifted by --expect-changes: unusual-rows" in ended.stderr


def test_a_wrong_expectation_stops_a_usual_plan_too(desk: Desk) -> None:
    """So that a scheduled command cannot carry the option for ever."""
    assert run(desk, night(desk), "--expect-changes", 600, learn=False).exit_code == 3
    assert desk.outcomes() == ["not_sent expect-changes"] * 60
    assert run(desk, night(desk), "--expect-changes", 60, learn=False).exit_code == 0


@pytest.mark.usefixtures("taught")
def test_a_stopped_run_is_continued_when_it_is_expected(desk: Desk, server: ScriptedServer) -> None:
    file = night(desk, rows=600)
    assert run(desk, file).exit_code == 3
    run_id = desk.run_id()
    assert desk("apply", run_id).exit_code == 3
    assert desk("apply", run_id, "--expect-changes", 600, "--limit", 100).exit_code == 0
    assert run(desk, file, "--limit", 100).exit_code == 0, "it stays let through"
    assert run(desk, file, "--expect-changes", 600).exit_code == 0, "of the whole run"
    assert desk.outcomes() == ["updated"] * 600
    assert len(server.identifiers) == 600


@pytest.mark.usefixtures("taught")
def test_a_plan_that_check_has_stopped_is_stopped_by_apply(desk: Desk) -> None:
    mapping = desk.mapping(guards=LEARN)
    stopped = desk("check", night(desk, rows=600), "-m", mapping, "--json").summary["run_id"]
    assert desk("apply", stopped, "--json").summary["reason"] == "unusual-rows"
    file = night(desk, rows=600)
    passed = desk("check", file, "-m", mapping, "--expect-changes", 600, "--json").summary
    assert passed["exit_code"] == 0
    assert desk("apply", passed["run_id"]).exit_code == 0


@pytest.mark.usefixtures("taught")
def test_a_run_that_was_let_through_teaches_only_if_it_ended_well(
    desk: Desk, server: ScriptedServer
) -> None:
    def refuses(received: Received, _count: int) -> Reaction:
        return Reaction(response(409 if received.identifier.endswith("7") else 204))

    server.script = refuses
    assert run(desk, night(desk, rows=600), "--expect-changes", 600).exit_code == 1
    server.script = obliging
    assert run(desk, night(desk, rows=600)).exit_code == 3
    assert run(desk, night(desk, rows=600), "--expect-changes", 600).exit_code == 0
    assert run(desk, night(desk, rows=600)).exit_code == 0


@pytest.mark.usefixtures("taught")
def test_retries_and_corrected_files_are_neither_judged_nor_learned_from(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = lambda received, _count: Reaction(
        response(409 if received.identifier == "7" else 204)
    )
    mapping = desk.mapping(guards=LEARN)
    assert desk("run", night(desk), "-m", mapping, "--yes").exit_code == 1
    failed = desk.file(desk.text("failed.csv"), name="corrected.csv")
    first = desk.run_id()
    server.script = obliging
    assert desk("retry", first, "--yes").exit_code == 0
    for _ in range(6):
        ended = desk("run", failed, "-m", mapping, "--yes", "--again")
        assert (ended.exit_code, "learning" in ended.stderr) == (0, False)
    assert desk("run", night(desk), "-m", mapping, "--yes").exit_code == 0


@pytest.mark.usefixtures("taught")
def test_another_mapping_of_the_fields_begins_to_learn_anew(desk: Desk) -> None:
    file = night(desk, rows=600)
    fewer = desk.mapping(guards=LEARN, update={"status_id": {"column": "Status"}})
    assert "learning: 0 of 5 runs" in desk("run", file, "-m", fewer, "--yes").stderr
    renamed = desk.mapping(guards=LEARN, name="renamed.yaml")
    content = json.loads(renamed.read_text("utf-8"))
    renamed.write_text(json.dumps({**content, "name": "weekly"}), "utf-8")
    assert "learning: 0 of 5 runs" in desk("run", file, "-m", renamed, "--yes").stderr
    some = desk.mapping(guards=LEARN, where={"column": "Status", "in": ["3"]})
    assert "learning: 0 of 5 runs" in desk("run", file, "-m", some, "--yes").stderr


def test_the_files_of_a_finished_run_can_be_written_again(
    desk: Desk,
) -> None:
    learned(desk, 1)
    first = desk.run_id()
    for _ in range(6):
        assert run(desk, night(desk, rows=600), learn=False).exit_code == 0
    assert desk("apply", first, "--guard", "learn=true").exit_code == 0


def test_without_a_base_url_a_check_says_that_it_cannot_compare(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    ended = desk("check", night(desk), "-m", desk.mapping(guards=LEARN))
    assert (ended.exit_code, "need the base URL" in ended.stdout) == (0, True)


def test_a_short_retention_does_not_forget_what_is_usual(desk: Desk) -> None:
    mapping = desk.mapping(guards=LEARN, retention="0.000001s")
    for _ in range(5):
        assert desk("run", night(desk), "-m", mapping, "--yes").exit_code == 0
    assert desk("runs").stdout.count("nightly") <= 1
    assert desk("run", night(desk, rows=600), "-m", mapping, "--yes").exit_code == 3
