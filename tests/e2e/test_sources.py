"""Files as they come at night: newest of a folder, piped, compressed, unfinished, archived."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from command_line import Desk, Ended, ended, killed_at_the_end, let_rest, python, start
from scripted_server import Reaction, Received, ScriptedServer, obliging

HEADER = "ID;Status;Miasto\n"
DAY = 86_400.0


def rows(*identifiers: str) -> str:
    return HEADER + "".join(f"{each};3;Gdynia\n" for each in identifiers)


def export(desk: Desk, name: str, text: str, *, days_old: float = 0.0) -> Path:
    """Write a file as the CRM would, days ago."""
    path = desk.folder / "in" / name
    path.parent.mkdir(exist_ok=True)
    content = text.encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    written_at = time.time() - 3600 - days_old * DAY
    os.utime(path, (written_at, written_at))
    return path


def newest(desk: Desk, *more: object, **mapping: Any) -> Ended:
    pattern = f"{desk.folder}/in/*.csv*"
    return desk("run", pattern, "--newest", "-m", desk.mapping(**mapping), "--yes", *more)


def piped(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def copies(desk: Desk) -> list[str]:
    return [path.name for path in (desk.state / "inputs").iterdir()]


def refused(done: Ended, reason: str) -> str:
    """Return the message of a command that refused its file."""
    assert (done.exit_code, done.summary["exit_code"], done.summary["reason"]) == (2, 2, reason)
    return done.stderr


# --- newest


def test_the_newest_file_is_sent_and_not_once_more(desk: Desk, server: ScriptedServer) -> None:
    export(desk, "a.csv", rows("1"), days_old=1)
    latest = export(desk, "b.csv", rows("2"))
    export(desk, "c.csv.part", rows("3"))
    done = newest(desk, "--json")
    assert (done.exit_code, done.summary["input"]["path"]) == (0, str(latest))
    assert server.identifiers == ["2"]
    message = refused(newest(desk, "--json"), "nothing-new")
    assert f"b.csv is the newest file, and run {done.summary['run_id']}" in message
    assert "pass --again." in message
    assert "it would undo what the newer one has set." in message
    assert desk("run", latest.with_name("a.csv"), "-m", desk.mapping(), "--yes").exit_code == 0
    assert server.identifiers == ["2", "1"]


def test_the_same_content_under_another_name_is_not_new(desk: Desk, server: ScriptedServer) -> None:
    export(desk, "a.csv", rows("1"), days_old=1)
    assert newest(desk).exit_code == 0
    export(desk, "b.csv.gz", rows("1"))
    refused(newest(desk, "--json"), "nothing-new")
    assert newest(desk, "--again").exit_code == 0
    assert server.identifiers == ["1", "1"]


def test_a_file_older_than_an_archived_one_is_never_taken(
    desk: Desk, server: ScriptedServer
) -> None:
    export(desk, "late.csv", rows("1"), days_old=1)
    export(desk, "b.csv", rows("2"))
    assert newest(desk, "--archive", desk.folder / "done").exit_code == 0
    for more in (), ("--again",):
        message = refused(newest(desk, "--json", *more), "nothing-new")
        assert "late.csv is the newest file, but older than " in message
    assert server.identifiers == ["2"]


def test_a_file_stays_too_old_however_its_folder_is_named(
    desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(desk, "late.csv", rows("1"), days_old=1)
    export(desk, "b.csv", rows("2"))
    assert newest(desk, "--archive", desk.folder / "done").exit_code == 0
    (desk.folder / "link").symlink_to("in")
    monkeypatch.chdir(desk.folder / "in")
    for pattern in "*.csv", "./*.csv", "../in/*.csv", f"{desk.folder}/link/*.csv":
        done = desk("run", pattern, "--newest", "-m", desk.mapping(), "--yes", "--json")
        refused(done, "nothing-new")
    assert server.identifiers == ["2"]


def test_files_of_equal_paths_in_other_folders_are_not_compared(
    desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, days_old, text in ("north", 0, rows("1")), ("south", 1, rows("2")):
        path = desk.folder / name / "in" / "crm.csv"
        path.parent.mkdir(parents=True)
        export(desk, "crm.csv", text, days_old=days_old).rename(path)
        monkeypatch.chdir(desk.folder / name)
        done = desk("run", "in/*.csv", "--newest", "-m", desk.mapping(), "--yes")
        assert done.exit_code == 0
    assert server.identifiers == ["1", "2"]


def test_the_file_that_was_read_is_archived_even_if_another_began_the_run(
    desk: Desk, server: ScriptedServer
) -> None:
    begun = export(desk, "a.csv", rows("1", "2"), days_old=1)
    assert newest(desk, "--limit", 1).exit_code == 0
    same = export(desk, "b.csv", rows("1", "2"))
    assert newest(desk, "--archive", desk.folder / "done").exit_code == 0
    assert server.identifiers == ["1", "2"]
    assert (begun.exists(), same.exists()) == (True, False)
    assert (desk.folder / "done" / "b.csv").exists()


def test_an_archived_file_is_no_candidate_of_a_pattern_that_covers_the_archive(
    desk: Desk, server: ScriptedServer
) -> None:
    export(desk, "a.csv", rows("1"))
    pattern, archive = f"{desk.folder}/in/**/*.csv", desk.folder / "in" / "done"
    given = [pattern, "--newest", "-m", desk.mapping(), "--yes", "--archive", archive]
    assert desk("run", *given).exit_code == 0
    assert "no file matches" in refused(desk("run", *given, "--json"), "input")
    assert server.identifiers == ["1"]


def test_apply_archives_the_file_from_any_current_folder(
    desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = export(desk, "a.csv", rows("1", "2"))
    monkeypatch.chdir(path.parent)
    assert desk("run", "a.csv", "-m", desk.mapping(), "--yes", "--limit", 1).exit_code == 0
    run_id = json.loads(desk.text("summary.json"))["run_id"]
    monkeypatch.chdir(desk.folder)
    assert desk("apply", run_id, "--archive", desk.folder / "done").exit_code == 0
    assert server.identifiers == ["1", "2"]
    assert [each.name for each in (desk.folder / "done").iterdir()] == ["a.csv"]
    assert not path.exists()


def test_an_archive_without_a_name_is_refused_instead_of_the_current_folder(desk: Desk) -> None:
    path = export(desk, "a.csv", rows("1"))
    done = desk("run", path, "-m", desk.mapping(), "--yes", "--archive", "", "--json")
    assert "--archive names no folder" in refused(done, "usage")
    assert path.exists()


def test_a_file_that_could_not_be_archived_is_reported_even_when_quiet(
    desk: Desk, server: ScriptedServer
) -> None:
    path = export(desk, "a.csv", rows("1"))
    (desk.folder / "taken").write_text("")
    given = ["--yes", "--quiet", "--archive", desk.folder / "taken"]
    done = desk("run", path, "-m", desk.mapping(), *given)
    assert (done.exit_code, server.identifiers) == (0, ["1"])
    assert "the file was not moved to " in done.stderr


def test_an_unfinished_file_is_continued_until_a_newer_one_comes(
    desk: Desk, server: ScriptedServer
) -> None:
    export(desk, "a.csv", rows("1", "2"), days_old=1)
    assert newest(desk, "--limit", 1).exit_code == 0
    done = newest(desk, "--limit", 1)
    assert "continuing unfinished run" in done.stderr
    export(desk, "b.csv", rows("3"))
    assert newest(desk).exit_code == 0
    assert server.identifiers == ["1", "2", "3"]


def test_a_file_is_new_for_another_job(desk: Desk, server: ScriptedServer) -> None:
    export(desk, "a.csv", rows("1"))
    assert newest(desk).exit_code == 0
    other = desk.folder / "other.yaml"
    other.write_text(desk.mapping().read_text(encoding="utf-8").replace("nightly", "weekly"))
    pattern = f"{desk.folder}/in/*.csv"
    assert desk("run", pattern, "--newest", "-m", other, "--yes").exit_code == 0
    assert server.identifiers == ["1", "1"]


def test_a_corrected_file_does_not_make_the_next_export_old(
    desk: Desk, server: ScriptedServer
) -> None:
    export(desk, "a.csv", rows("1") + "2;wrong;x\n", days_old=2)
    lookup = {"status_id": {"column": "Status", "lookup": {"3": 3}}}
    assert newest(desk, update=lookup).exit_code == 1
    corrected = desk.text("failed.csv").replace("wrong", "3")
    export(desk, "fixed.csv", corrected, days_old=0)
    assert newest(desk, update=lookup).exit_code == 0
    refused(newest(desk, "--json", update=lookup), "nothing-new")
    (desk.folder / "in" / "fixed.csv").unlink()
    export(desk, "b.csv", rows("3"), days_old=1)
    assert newest(desk, update=lookup).exit_code == 0
    assert server.identifiers == ["1", "2", "3"]


def test_a_pattern_without_newest_is_refused_with_the_remedy(desk: Desk) -> None:
    export(desk, "a.csv", rows("1"))
    done = desk("check", f"{desk.folder}/in/*.csv", "-m", desk.mapping(), "--json")
    assert "with --newest" in refused(done, "usage")
    folder = desk("check", f"{desk.folder}/in", "--newest", "-m", desk.mapping(), "--json")
    assert "in quotes: '" in refused(folder, "usage")


def test_a_pattern_that_the_shell_has_replaced_is_refused_with_the_remedy(desk: Desk) -> None:
    files = [export(desk, name, rows("1")) for name in ("a.csv", "b.csv")]
    done = desk("check", *files, "--newest", "-m", desk.mapping(), "--json")
    assert "Quote the pattern" in refused(done, "usage")


# --- age and completeness


def test_a_file_older_than_max_age_is_refused(desk: Desk, server: ScriptedServer) -> None:
    path = export(desk, "a.csv", rows("1"), days_old=2)
    done = newest(desk, "--max-age", "26h", "--json")
    assert "--max-age allows 1 d 2 h" in refused(done, "stale-input")
    assert done.summary["input"]["path"] == str(path)
    assert newest(desk, "--max-age", "3d").exit_code == 0
    assert server.identifiers == ["1"]


WRITER = """
import sys, time
with open(sys.argv[1], "a") as file:
    file.write("ID;Status;Miasto\\n")
    for number in range(1000):
        file.write(f"{number};3;Gdynia\\n")
        file.flush()
        time.sleep(0.1)
"""


@pytest.mark.parametrize("by_pattern", [False, True])
def test_a_file_that_another_process_still_writes_is_refused(
    desk: Desk, server: ScriptedServer, *, by_pattern: bool
) -> None:
    path = desk.folder / "in" / "crm.csv"
    path.parent.mkdir()
    writer: Popen[str] = python("-c", WRITER, path)
    with killed_at_the_end(writer):
        while not (path.exists() and path.stat().st_size):
            time.sleep(0.01)
        given = [f"{desk.folder}/in/*.csv", "--newest"] if by_pattern else [path]
        words = desk.arguments("run", *given, "-m", desk.mapping(), "--yes", "--json")
        process = python("-m", "bulk_update", *words, environment=desk.environment)
        message = refused(ended(process), "still-written")
    assert f"{path} is still being written" in message
    assert server.requests == []


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_file_without_its_marker_is_not_read(
    desk: Desk, server: ScriptedServer, name: str
) -> None:
    path = export(desk, name, rows("1"))
    source = {"marker": "{}.done"}
    given = "run", path, "-m", desk.mapping(source=source), "--yes", "--json"
    for done in desk(*given), newest(desk, "--json", source=source):
        assert f"its marker {path}.done is missing" in refused(done, "no-marker")
    path.with_name(f"{name}.done").touch()
    assert desk(*given).exit_code == 0
    assert server.identifiers == ["1"]


def test_a_refusal_names_newer_files_that_wait_for_their_marker(desk: Desk) -> None:
    source = {"marker": "{}.done"}
    export(desk, "a.csv", rows("1"), days_old=1).with_name("a.csv.done").touch()
    assert newest(desk, source=source).exit_code == 0
    waiting = export(desk, "b.csv", rows("2"))
    message = refused(newest(desk, "--json", source=source), "nothing-new")
    assert f"newer, but without a marker: {waiting}" in message


def test_a_corrected_file_needs_no_marker(desk: Desk, server: ScriptedServer) -> None:
    lookup = {"status_id": {"column": "Status", "lookup": {"3": 3}}}
    mapping = desk.mapping(source={"marker": "{}.done"}, update=lookup)
    path = export(desk, "a.csv", HEADER + "2;wrong;x\n")
    path.with_name("a.csv.done").touch()
    assert desk("run", path, "-m", mapping, "--yes").exit_code == 1
    fixed = desk.file(desk.text("failed.csv").replace("wrong", "3"), name="fixed.csv")
    assert desk("run", fixed, "-m", mapping, "--yes").exit_code == 0
    assert server.identifiers == ["2"]


@pytest.mark.parametrize("marker", ["{}", "done/{}", "{name}.done", "  "])
def test_a_marker_that_cannot_lie_beside_the_file_is_a_mapping_error(
    desk: Desk, marker: str
) -> None:
    done = desk("check", desk.rows("1"), "-m", desk.mapping(source={"marker": marker}), "--json")
    refused(done, "mapping")


def test_a_file_that_is_cut_off_anywhere_is_refused_if_it_has_to_be_complete(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rows("1", "2").encode()
    mapping = desk.mapping(source={"complete": True})
    accepted = []
    for length in range(len(HEADER) + 1, len(whole) + 1):
        path = export(desk, "a.csv.gz", whole[:length].decode())
        piped(monkeypatch, whole[:length])
        codes = {desk("check", given, "-m", mapping, "--quiet").exit_code for given in ("-", path)}
        if codes == {0}:
            accepted.append(length)
        else:
            assert codes == {2}
    assert accepted == [at + 1 for at, byte in enumerate(whole) if byte == 10][1:]


# --- copies


def test_a_compressed_file_is_the_same_file(desk: Desk, server: ScriptedServer) -> None:
    path = export(desk, "crm.csv", rows("1", "2"))
    mapping = desk.mapping()
    first = desk("run", path, "-m", mapping, "--yes", "--limit", 1, "--json")
    packed = export(desk, "crm.csv.gz", rows("1", "2"))
    second = desk("run", packed, "-m", mapping, "--yes", "--json")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.summary["run_id"] == second.summary["run_id"]
    assert first.summary["input"] == second.summary["input"]
    assert server.identifiers == ["1", "2"]
    assert copies(desk) == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_standard_input_is_sent_and_the_run_can_be_shown_and_retried(
    desk: Desk,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    pack: Callable[[bytes], bytes],
) -> None:
    piped(monkeypatch, pack(rows("1", "2").encode()))
    server.script = lambda request, _: Reaction(None) if request.identifier == "2" else Reaction()
    given = "-m", desk.mapping(), "--retries", 0, "--timeout", 1
    done = desk("run", "-", *given, "--yes", "--json")
    assert (done.exit_code, done.summary["input"]["path"]) == (1, "-")
    assert copies(desk) == []
    server.script = obliging
    run_id = done.summary["run_id"]
    assert desk("apply", run_id).exit_code == 0
    assert desk("retry", run_id, "--yes").exit_code == 0
    assert desk("show", run_id).exit_code == desk("runs").exit_code == 0
    assert set(server.identifiers) == {"1", "2"}


def test_a_question_is_never_read_from_the_rows(
    desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, rows("1").encode() + b"y\ny\n")
    done = desk("run", "-", "-m", desk.mapping(), "--json")
    assert (done.exit_code, done.summary["reason"]) == (2, "no-consent")
    assert server.requests == []
    assert "--yes" in done.stderr


def test_a_workbook_is_recognised_on_standard_input(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = Path(__file__).parents[2]
    content = (samples / "samples" / "crm-workbook.xlsx").read_bytes()
    mapping = samples / "mappings" / "workbook.yaml"
    for packed in content, gzip.compress(content):
        piped(monkeypatch, packed)
        assert desk("check", "-", "-m", mapping, "--json").summary["outcomes"]["planned"] == 57


@pytest.mark.parametrize("option", [["--newest"], ["--max-age", "1h"], ["--archive", "done"]])
def test_standard_input_has_no_time_and_no_place(desk: Desk, option: list[str]) -> None:
    done = desk("run", "-", "-m", desk.mapping(), "--yes", "--json", *option)
    assert f"{option[0]} cannot be used with standard input" in refused(done, "usage")


BROKEN = {
    "empty": b"",
    "no header": b"a;b\n1;2\n",
    "blank": b"\n\n",
    "cut": b'ID;Status;Miasto\n1;3;"x\n',
    "bytes": "ID;Status;Miasto\n1;3;Łódź\n".encode("cp1250"),
    "zeros": b"ID;Status;Miasto\n1;3;x\n" + bytes(64),
    "page": b"<!doctype html><html></html>",
    "twice": gzip.compress(gzip.compress(b"ID\n")),
    "archive": b"PK\x03\x04" + bytes(64),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_messages_name_the_source_and_never_the_copy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    path = desk.folder / "crm.csv.gz"
    path.write_bytes(gzip.compress(content))
    mapping = desk.mapping()
    for given, name in ("-", "standard input"), (path, str(path)):
        for command, *more in ["check"], ["run", "--yes"]:
            piped(monkeypatch, content)
            done = desk(command, given, "-m", mapping, *more)
            assert done.exit_code == 2
            assert name in done.stderr
            for hidden in "inputs", str(desk.state), "input.":
                assert hidden not in done.stderr + done.stdout
    assert copies(desk) == []


def test_the_copy_of_a_killed_run_is_removed_by_the_next_one(
    desk: Desk, server: ScriptedServer
) -> None:
    left = desk.state / "inputs" / "left"
    left.mkdir(parents=True)
    (left / "input.csv").write_bytes(b"secret")
    assert desk("check", desk.rows("1"), "-m", desk.mapping()).exit_code == 0
    assert left.exists()
    assert desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes").exit_code == 0
    assert (copies(desk), server.identifiers) == ([], ["1"])


def test_the_export_of_a_compressed_file_has_the_time_of_the_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = desk.mapping(not_called_since="export")
    path = export(desk, "crm.csv.gz", rows("1"))
    assert desk("check", path, "-m", mapping).exit_code == 0
    os.utime(path, (time.time() + DAY,) * 2)
    done = desk("check", path, "-m", mapping, "--json")
    assert f"{path}" in refused(done, "unknown-export")
    piped(monkeypatch, rows("1").encode())
    done = desk("check", "-", "-m", mapping, "--json")
    assert "standard input does not say when" in refused(done, "unknown-export")


def test_the_mapping_commands_read_compressed_files_and_standard_input(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = export(desk, "crm.csv.gz", rows("1"))
    words = desk.mapping()
    for given, name in ("-", "standard input"), (str(path), str(path)):
        piped(monkeypatch, rows("1").encode())
        checked = start("mapping", "check", str(words), given)
        assert (checked.exit_code, checked.stderr) == (0, "")
        assert f"{name}: fits the mapping" in checked.stdout
        piped(monkeypatch, rows("1").encode())
        proposed = start("mapping", "init", given).stdout
        assert f"Proposed by bulk-update from {name}" in proposed.replace("\n##   ", " ")


# --- archive


def test_a_finished_file_is_archived_and_remembered_even_if_its_run_is_deleted_at_once(
    desk: Desk, server: ScriptedServer
) -> None:
    export(desk, "late.csv", rows("1"), days_old=1)
    export(desk, "b.csv", rows("2"))
    retention = "0.000001s"
    assert newest(desk, "--archive", desk.folder / "done", retention=retention).exit_code == 0
    assert (desk.folder / "done" / "b.csv").exists()
    refused(newest(desk, "--json", retention=retention), "nothing-new")
    assert server.identifiers == ["2"]


@pytest.mark.parametrize("name", ["crm.csv", "crm.csv.gz"])
def test_a_finished_file_is_archived_with_its_marker(
    desk: Desk, server: ScriptedServer, name: str
) -> None:
    path = export(desk, name, rows("1"))
    path.with_name(f"{name}.done").touch()
    source = {"marker": "{}.done"}
    done = newest(desk, "--archive", desk.folder / "done", source=source)
    assert (done.exit_code, server.identifiers) == (0, ["1"])
    assert f"moved {path} to {desk.folder}/done/{name}" in " ".join(done.stderr.split())
    assert sorted(each.name for each in (desk.folder / "done").iterdir()) == [name, f"{name}.done"]
    assert list(path.parent.iterdir()) == []


def test_a_file_with_rows_left_to_send_is_archived_when_apply_has_finished_it(
    desk: Desk, server: ScriptedServer
) -> None:
    path = export(desk, "crm.csv", rows("1", "2"))
    archive = "--archive", desk.folder / "done"
    assert newest(desk, "--limit", 1, *archive).exit_code == 0
    assert path.exists()
    assert desk("apply", desk.run_id(), *archive).exit_code == 0
    assert (path.exists(), (desk.folder / "done" / "crm.csv").exists()) == (False, True)
    assert server.identifiers == ["1", "2"]


def test_rows_that_need_attention_do_not_keep_a_file_from_its_archive(desk: Desk) -> None:
    path = export(desk, "crm.csv", rows("1") + ";3;x\n")
    assert newest(desk, "--archive", desk.folder / "done").exit_code == 1
    assert not path.exists()


def test_a_stopped_run_keeps_its_file(desk: Desk) -> None:
    path = export(desk, "crm.csv", rows("1", "2"))
    guarded = newest(desk, "--guard", "max_rows=1", "--archive", desk.folder / "done")
    assert guarded.exit_code == 3
    assert path.exists()


def test_a_file_that_was_replaced_while_it_was_sent_is_not_archived(
    desk: Desk, server: ScriptedServer
) -> None:
    path = export(desk, "crm.csv", rows("1"))

    def replaces(_request: Received, _count: int) -> Reaction:
        export(desk, "crm.csv", rows("7"))
        return Reaction()

    server.script = replaces
    done = newest(desk, "--archive", desk.folder / "done")
    assert done.exit_code == 0
    assert "no longer the file that the run has read" in " ".join(done.stderr.split())
    assert path.read_text(encoding="utf-8") == rows("7")


def test_an_archive_that_cannot_be_used_does_not_change_how_the_run_ended(desk: Desk) -> None:
    path = export(desk, "crm.csv", rows("1"))
    (desk.folder / "done").touch()
    done = newest(desk, "--archive", desk.folder / "done", "--json")
    assert (done.exit_code, done.summary["exit_code"]) == (0, 0)
    assert "the file was not moved to" in done.stderr
    assert path.exists()


def test_the_folder_of_the_file_itself_is_no_archive(desk: Desk, server: ScriptedServer) -> None:
    export(desk, "crm.csv", rows("1"))
    done = newest(desk, "--archive", desk.folder / "in", "--json")
    assert "is in this folder already" in refused(done, "usage")
    assert server.requests == []
    assert done.summary["input"]["path"].endswith("/in/crm.csv")


def test_apply_does_not_archive_what_it_did_not_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, rows("1").encode())
    done = desk("check", "-", "-m", desk.mapping(), "--json")
    archived = desk("apply", done.summary["run_id"], "--archive", desk.folder / "done")
    assert archived.exit_code == 0
    assert "--archive cannot be used with standard input" in " ".join(archived.stderr.split())


def test_a_file_that_rests_is_not_waited_for(desk: Desk) -> None:
    path = desk.rows("1")
    let_rest(path)
    began = time.monotonic()
    assert desk("check", path, "-m", desk.mapping()).exit_code == 0
    assert time.monotonic() - began < 2
