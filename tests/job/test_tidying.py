"""Nothing piles up: what old runs left is deleted with them, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Desk, start
from scripted_server import Reaction, ScriptedServer, response


@pytest.fixture
def desk(tmp_path: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, server.url)


def run(desk: Desk, identifier: str, *more: str, retention: str = "90d") -> str:
    """Run a file of one row without `--out`; return the run's id."""
    file, mapping = desk.rows(identifier), desk.mapping(retention=retention)
    words = ["run", str(file), "-m", str(mapping), "--state", str(desk.state), "--yes", "--json"]
    ended = start(*words, *more, environment=desk.environment)
    return str(json.loads(ended.stdout)["run_id"])


def age(desk: Desk, *run_ids: str) -> None:
    for run_id in run_ids:
        desk.change_ledger(f"UPDATE run SET finished_at_us = 1 WHERE run_id = '{run_id}'")  # noqa: S608 - our own id


def folders(desk: Desk) -> list[str]:
    return sorted(path.name for path in (desk.folder / "bulk-update-results").iterdir())


def listed(desk: Desk) -> list[str]:
    return [line.split()[0] for line in desk("runs").stdout.splitlines()[1:]]


def test_retention_deletes_the_folder_that_an_old_run_chose_itself(desk: Desk) -> None:
    old, named = run(desk, "1"), run(desk, "2", "--out", "named")
    age(desk, old, named)
    latest = run(desk, "3")
    assert listed(desk) == [latest]
    assert folders(desk) == [latest]
    assert (desk.folder / "named" / "results.csv").exists()


def test_the_files_of_a_run_go_although_its_deletion_was_interrupted(desk: Desk) -> None:
    killed = run(desk, "1")
    desk.change_ledger("UPDATE run SET state = 'deleted'")
    assert folders(desk) == [killed]
    latest = run(desk, "2")
    assert folders(desk) == [latest]


def test_a_run_with_rows_to_correct_goes_after_retention_and_one_with_doubt_stays(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = lambda _each, _count: Reaction(response(409))
    refused = run(desk, "1")
    server.script = lambda each, _count: (
        Reaction(None, then="reset") if each.identifier == "2" else Reaction(response(204))
    )
    doubtful = run(desk, "2", "--retries", "0")
    age(desk, refused, doubtful)
    latest = run(desk, "3")
    assert sorted(listed(desk)) == sorted([doubtful, latest])
    assert folders(desk) == sorted([doubtful, latest])


@pytest.mark.parametrize("command", ["undo", "retry", "apply", "verify", "show"])
def test_a_command_about_a_deleted_run_says_that_it_may_have_been_deleted(
    desk: Desk, command: str
) -> None:
    old = run(desk, "1")
    age(desk, old)
    run(desk, "2")
    ended = desk(command, old, *([] if command in {"show", "verify", "apply"} else ["--yes"]))
    assert ended.exit_code == 2
    assert "retention" in ended.stderr


def test_prune_deletes_folders_of_checks_too_and_says_what_it_did(desk: Desk) -> None:
    words = ["check", str(desk.rows("1")), "-m", str(desk.mapping()), "--state", str(desk.state)]
    assert start(*words).exit_code == 0
    assert len(folders(desk)) == 1
    pruned = desk("runs", "--prune", "0s")
    assert pruned.stderr.startswith("1 run deleted")
    assert folders(desk) == []


def test_runs_as_json_has_the_size_of_each_run_and_of_its_files(desk: Desk) -> None:
    run_id = run(desk, "1")
    found = desk("runs", "--json").summary
    assert found["ledger"]["path"] == str(desk.state / "ledger.sqlite3")
    assert found["ledger"]["bytes"] > 10_000
    (only,) = found["runs"]
    folder = desk.folder / "bulk-update-results" / run_id
    assert (only["run_id"], only["state"], only["outcomes"]["updated"]) == (run_id, "finished", 1)
    assert only["folder"] == str(folder)
    assert only["files_bytes"] == sum(path.stat().st_size for path in folder.iterdir())
    assert 0 < only["ledger_bytes"] < 10_000
    assert "files" in desk("show", run_id).stdout


def test_runs_as_json_without_a_ledger_has_no_runs(desk: Desk) -> None:
    found = desk("runs", "--json").summary
    assert (found["runs"], found["ledger"]["bytes"]) == ([], 0)


def test_a_nightly_job_with_retention_does_not_let_the_ledger_grow(desk: Desk) -> None:
    """Space that deleted runs leave is used again."""
    ledger = desk.state / "ledger.sqlite3"
    names = [str(number) for number in range(300)]
    sizes: list[int] = []
    for night in range(8):
        file, mapping = desk.rows(*names), desk.mapping(retention="90d")
        ended = desk("run", file, "-m", mapping, "--yes", "--again", "--guard", "max_rows=400")
        assert ended.exit_code == 0, night
        sizes.append(ledger.stat().st_size)
        age(desk, desk.run_id())
    assert max(sizes[3:]) <= sizes[2] * 1.1
