"""The contract, pinned: continuing, applying, retrying, and looking at what happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import MAPPING, Desk, Ended, python, start
from scripted_server import Reaction, Received, Script, ScriptedServer, obliging, response

REFUSED = response(404, '{"request_id": "77", "errors": [{"message": "Record not found."}]}')


def run(desk: Desk, *identifiers: str, more: tuple[object, ...] = ()) -> Ended:
    file = desk.rows(*identifiers)
    return desk("run", file, "-m", desk.mapping(), "--yes", "--json", *more)


def refuses(*identifiers: str) -> Script:
    def script(request: Received, _count: int) -> Reaction:
        return Reaction(REFUSED) if request.identifier in identifiers else Reaction()

    return script


def test_a_limit_holds_rows_back_and_the_next_run_continues(
    desk: Desk, server: ScriptedServer
) -> None:
    first = run(desk, "1", "2", "3", more=("--limit", 2))
    assert first.exit_code == 0
    assert desk.outcomes() == ["updated", "updated", "not_sent limit"]
    second = run(desk, "1", "2", "3")
    assert second.exit_code == 0
    assert second.summary["run_id"] == first.summary["run_id"]
    assert first.summary["run_id"] in second.stderr
    assert desk.outcomes() == ["updated"] * 3
    assert server.identifiers == ["1", "2", "3"]


def test_a_limit_of_nothing_sends_nothing(desk: Desk, server: ScriptedServer) -> None:
    assert run(desk, "1", more=("--limit", 0)).exit_code == 0
    assert desk.outcomes() == ["not_sent limit"]
    assert server.requests == []


def test_rows_that_were_updated_are_not_sent_again_unless_requested(
    desk: Desk, server: ScriptedServer
) -> None:
    assert run(desk, "1").exit_code == 0
    assert run(desk, "1").exit_code == 0
    assert desk.outcomes() == ["unchanged already-sent"]
    assert run(desk, "1", more=("--again",)).exit_code == 0
    assert desk.outcomes() == ["updated"]
    assert server.identifiers == ["1", "1"]


def test_another_mapping_of_the_same_shape_is_the_same_run(desk: Desk) -> None:
    assert run(desk, "1").exit_code == 0
    mapping = desk.mapping(guards={"max_rows": 10}, delivery={"workers": 1})
    assert desk("run", desk.rows("1"), "-m", mapping, "--yes").exit_code == 0
    assert desk.outcomes() == ["unchanged already-sent"]


def test_a_file_with_a_bad_row_is_sent_again_as_a_whole(desk: Desk, server: ScriptedServer) -> None:
    server.script = refuses("2")
    assert run(desk, "1", "2").exit_code == 1
    assert run(desk, "1", "2").exit_code == 1
    assert sorted(server.identifiers) == ["1", "1", "2", "2"]


def test_only_changed_sends_what_the_record_did_not_get_last(
    desk: Desk, server: ScriptedServer
) -> None:
    def outcomes_of(town: str) -> list[str]:
        file = desk.file(f"ID;Status;Miasto\n1;3;{town}\n2;3;same\n")
        assert desk("run", file, "-m", desk.mapping(), "--yes", "--only-changed").exit_code == 0
        return desk.outcomes()

    assert outcomes_of("A") == ["updated", "updated"]
    assert outcomes_of("B") == ["updated", "unchanged same-as-last"]
    assert outcomes_of("A") == ["updated", "unchanged same-as-last"]
    assert server.identifiers == ["1", "2", "1", "1"]


def test_only_changed_of_the_mapping_gives_way_to_full(desk: Desk) -> None:
    mapping = desk.mapping(only_changed=True)
    for more, outcome in ([], "updated"), ([], "unchanged"), (["--full"], "updated"):
        desk("run", desk.rows("1", name=f"{len(more)}.csv"), "-m", mapping, "--yes", *more)
        assert desk.results()[0]["outcome"] == outcome


def test_only_changed_never_trusts_a_refused_row(desk: Desk, server: ScriptedServer) -> None:
    server.script = refuses("1")
    for _ in range(2):
        assert run(desk, "1", more=("--only-changed",)).exit_code == 1
    assert server.identifiers == ["1", "1"]


def test_an_old_plan_does_not_undo_what_a_later_run_sent(
    desk: Desk, server: ScriptedServer
) -> None:
    old = desk.file("ID;Status;Miasto\n1;3;old\n2;3;old\n")
    plan = desk("check", old, "-m", desk.mapping(), "--json").summary["run_id"]
    assert run(desk, "1").exit_code == 0
    applied = desk("apply", plan, "--json")
    assert applied.exit_code == 1
    assert desk.outcomes() == ["superseded superseded", "updated"]
    assert server.identifiers == ["1", "2"]
    assert "superseded" in desk.text("failed.csv")


def test_a_plan_without_a_base_url_takes_it_at_apply(
    tmp_path: Path, server: ScriptedServer
) -> None:
    nowhere, desk = Desk(tmp_path), Desk(tmp_path, server.url)
    plan = nowhere("check", nowhere.rows("1"), "-m", nowhere.mapping(), "--json")
    run_id = plan.summary["run_id"]
    assert nowhere("apply", run_id).exit_code == 2
    assert desk("apply", run_id).exit_code == 0
    assert server.identifiers == ["1"]
    assert desk.names() == ["report.html", "results.csv", "summary.json"]
    assert desk("apply", run_id, "--base-url", "https://acme.thulium.com").exit_code == 2
    assert nowhere("apply", run_id).exit_code == 0, "the run knows its own by now"


@pytest.mark.parametrize("command", ["apply", "retry"])
def test_a_run_is_never_sent_to_another_system(
    desk: Desk, server: ScriptedServer, command: str
) -> None:
    run_id = desk("check", desk.rows("1"), "-m", desk.mapping(), "--json").summary["run_id"]
    ended = desk(command, run_id, "--base-url", "https://acme.thulium.com", "--yes")
    assert ended.exit_code == 2
    assert server.url in ended.stderr
    assert "https://acme.thulium.com" in ended.stderr
    assert server.requests == []


@pytest.mark.parametrize("command", ["apply", "retry", "show"])
def test_a_missing_run_is_reported(desk: Desk, command: str) -> None:
    ended = desk(command, "20260101-000000-aaaa")
    assert ended.exit_code == 2
    assert "bulk-update runs" in ended.stderr


def test_apply_sends_what_a_stopped_run_left_and_writes_all_its_files(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = lambda each, _count: Reaction(response(401 if each.identifier == "2" else 204))
    stopped = run(desk, "1", "2", "", "3", more=("--workers", 1))
    assert stopped.exit_code == 4
    server.script = obliging
    applied = desk("apply", stopped.summary["run_id"], "--json")
    assert applied.summary["run_id"] == stopped.summary["run_id"]
    assert desk.outcomes() == ["updated", "updated", "invalid no-identifier", "updated"]
    assert [line["attempts"] for line in desk.results()] == ["1", "2", "0", "1"]
    assert (applied.summary["attempts"], server.identifiers) == (4, ["1", "2", "2", "3"])


def test_retry_sends_only_what_failed_under_its_old_row_numbers(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = refuses("2", "4")
    first = run(desk, "1", "2", "", "4").summary["run_id"]
    server.script = refuses("4")
    retried = desk("retry", first, "--yes", "--json")
    assert retried.exit_code == 1
    assert retried.summary["run_id"] != first
    assert retried.summary["input"]["rows"] == 2
    outcomes = [(line["row"], line["identifier"], line["outcome"]) for line in desk.results()]
    assert outcomes == [("3", "2", "updated"), ("5", "4", "rejected")]
    corrects = f"5;{retried.summary['run_id']}"
    failed = desk.text("failed.csv").splitlines()[1]
    assert failed.startswith(f"4;3;Gdynia;{corrects};rejected;http-404;")
    again = desk("retry", retried.summary["run_id"], "--yes", "--json")
    assert again.summary["input"]["rows"] == 1


def test_a_retry_of_nothing_says_so_and_adds_no_run(desk: Desk) -> None:
    run_id = run(desk, "1").summary["run_id"]
    retried = desk("retry", run_id, "--yes")
    assert (retried.exit_code, retried.stderr) == (0, "")
    assert retried.stdout == (
        "nothing to send: no row of the run is rejected, failed or in doubt\n"
    )
    assert desk.outcomes() == ["updated"]
    assert len(desk("runs").stdout.splitlines()) == 2
    summary = desk("retry", run_id, "--yes", "--json").summary
    assert (summary["run_id"], summary["exit_code"], summary["attempts"]) == (None, 0, 0)
    assert set(summary["outcomes"].values()) == {0}
    assert set(summary["files"].values()) == {None}


def test_a_wrong_guard_leaves_no_retry_behind(desk: Desk, server: ScriptedServer) -> None:
    server.script = refuses("1")
    run_id = run(desk, "1").summary["run_id"]
    assert desk("retry", run_id, "--yes", "--guard", "nope=1").exit_code == 2
    assert len(desk("runs").stdout.splitlines()) == 2


def test_runs_lists_time_user_file_and_state(desk: Desk) -> None:
    assert "no runs" in desk("runs").stdout
    run_id = run(desk, "1", "").summary["run_id"]
    head, line = desk("runs").stdout.splitlines()
    assert head.split() == [
        "run",
        "when",
        "who",
        "job",
        "file",
        "outcomes",
        "state",
        "size",
        "files",
    ]
    for expected in (
        run_id, "finished", "@", "nightly", "crm.csv", "1 updated, 1 invalid", " UTC ", " bytes",
    ):  # fmt: skip
        assert expected in line


def test_show_says_how_a_run_went(desk: Desk, server: ScriptedServer) -> None:
    server.script = lambda _each, _count: Reaction(response(401))
    run_id = run(desk, "1", "2").summary["run_id"]
    shown = desk("show", run_id)
    assert shown.exit_code == 0
    for expected in (run_id, "unfinished", "crm.csv", server.url, "halted-401", "exit code  4"):
        assert expected in shown.stdout


def test_show_prints_everything_known_about_one_row(desk: Desk, server: ScriptedServer) -> None:
    script = iter([Reaction(response(500)), Reaction(REFUSED)])
    server.script = lambda _each, _count: next(script)
    run_id = run(desk, "a/b").summary["run_id"]
    shown = desk("show", run_id, "--row", 2)
    assert shown.exit_code == 0
    for expected in (
        "ID      a/b", "Miasto  Gdynia", "PUT /api/outbounds/00001/records_by_identifier/a%2Fb",
        '"miasto": "Gdynia"', "2 attempts", "500 after", "404 after", "Record not found.",
        "request 77", "rejected (http-404)",
    ):  # fmt: skip
        assert expected in shown.stdout
    assert desk("show", run_id, "--row", 3).exit_code == 2


def test_show_prints_rows_that_were_not_sent(desk: Desk) -> None:
    file = desk.file("ID;Status;Miasto\n;3;x\n1;3;x;y\n1;3\n")
    run_id = desk("check", file, "-m", desk.mapping(), "--json").summary["run_id"]
    shown = desk("show", run_id, "--row", 3).stdout
    for expected in ("(cell 4)  y", "nothing to send", "0 attempts", "invalid (ragged-row)"):
        assert expected in shown
    assert "Status  3\n\n" in desk("show", run_id, "--row", 4).stdout


def test_check_says_what_would_be_done(desk: Desk) -> None:
    file = desk.file("ID;Status;Miasto;Other\n1;3;x;y\n2;;x;\n")
    ended = desk("check", file, "-m", desk.mapping())
    assert ended.exit_code == 0
    for expected in (
        "00001 (2 rows)", "status_id   1 row", "not mapped", "2  planned",
        "results.csv", "requests.jsonl",
    ):  # fmt: skip
        assert expected in ended.stdout


def test_quiet_prints_one_line_and_what_went_wrong(desk: Desk, server: ScriptedServer) -> None:
    mapping, quiet = desk.mapping(), ("--yes", "--quiet")
    ended = desk("run", desk.rows("1"), "-m", mapping, *quiet)
    run_id = desk.run_id()
    assert (ended.stdout, ended.stderr) == (f"run {run_id}: 1 updated; files in {desk.out}\n", "")
    ended = desk("run", desk.rows("2", ""), "-m", mapping, *quiet)
    run_id = desk.run_id()
    assert ended.stdout == f"run {run_id}: 1 updated, 1 invalid; files in {desk.out}\n"
    assert ended.stderr == "bulk-update: 1 invalid\n"
    server.script = lambda _each, _count: Reaction(response(401))
    ended = desk("run", desk.rows("3"), "-m", mapping, *quiet)
    assert ended.stdout == f"run {desk.run_id()}: 1 failed; files in {desk.out}\n"
    assert ended.stderr == (
        "bulk-update: the API refused the user name or password (401); "
        "HTTP 401 Unauthorized without an explanation\n"
        "correct the user name and password; `run` or `apply` continues\n"
    )


def test_verbose_prints_the_outcome_of_every_row(desk: Desk) -> None:
    ended = run(desk, "1", "2", more=("--verbose", "--no-progress"))
    assert sorted(ended.stderr.splitlines()) == ["row 2: updated", "row 3: updated"]


def test_source_options_of_the_command_line_are_remembered_by_apply(
    desk: Desk, server: ScriptedServer
) -> None:
    file = desk.file("ID|Status|Miasto\n1|3|Łódź\n", encoding="cp1250")
    more = ["--encoding", "cp1250", "--delimiter", "|"]
    ended = desk("check", file, "-m", desk.mapping(), *more, "--json")
    assert ended.exit_code == 0
    assert desk("apply", ended.summary["run_id"]).exit_code == 0
    assert json.loads(server.requests[0].body)["record_fields"] == {"miasto": "Łódź"}


def test_results_are_written_below_the_current_folder(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    arguments = ["check", desk.rows("1"), "-m", desk.mapping(), "--state", desk.state, "--json"]
    ended = start(*map(str, arguments))
    run_id = ended.summary["run_id"]
    assert ended.summary["files"]["results"] == f"bulk-update-results/{run_id}/results.csv"
    assert (desk.folder / "bulk-update-results" / run_id / "results.csv").exists()


def test_old_runs_can_be_deleted_and_what_they_sent_is_remembered(
    desk: Desk, server: ScriptedServer
) -> None:
    changed = ("--only-changed",)
    old = run(desk, "1", more=changed).summary["run_id"]
    run(desk, "2", more=changed)
    assert "0 runs deleted" in desk("runs", "--prune", "1d").stderr
    desk.change_ledger("UPDATE run SET finished_at_us = finished_at_us - 2 * 86400000000")
    assert "1 run deleted" in desk("runs", "--prune", "1d").stderr
    assert old not in desk("runs").stdout
    run(desk, "1", more=changed)
    assert desk.outcomes() == ["unchanged same-as-last"]
    assert server.identifiers == ["1", "2"]


def test_what_is_sent_after_old_runs_were_deleted_is_remembered_too(desk: Desk) -> None:
    def send(town: str, *more: object) -> list[str]:
        file = desk.file(f"ID;Status;Miasto\n1;3;{town}\n2;3;{town}\n")
        desk("run", file, "-m", desk.mapping(), "--yes", "--only-changed", *more)
        return desk.outcomes()

    send("A", "--limit", 1)
    desk.change_ledger("UPDATE run SET finished_at_us = finished_at_us - 2 * 86400000000")
    assert "1 run deleted" in desk("runs", "--prune", "1d").stderr
    assert send("B") == ["updated", "updated"]
    assert send("A") == ["updated", "updated"]


IN_ORDER = ("--workers", 1)


def test_five_bad_requests_halt_and_the_next_run_begins_after_them(
    desk: Desk, server: ScriptedServer
) -> None:
    unknown = response(400, '{"errors": [{"message": "Unknown field miasto", "code": 2}]}')
    bad = {str(number) for number in range(1, 9)}
    server.script = lambda each, _count: Reaction(
        unknown if each.identifier in bad else response(204)
    )
    identifiers = [str(number) for number in range(1, 12)]
    assert run(desk, *identifiers).exit_code == 4
    assert desk.outcomes() == ["rejected http-400"] * 5 + ["not_sent halted-canary"] * 6
    assert run(desk, *identifiers, more=IN_ORDER).exit_code == 1
    assert desk.outcomes() == ["rejected http-400"] * 8 + ["updated"] * 3
    assert server.identifiers == identifiers


def test_twenty_404s_halt_over_invocations_and_the_next_run_begins_after_them(
    desk: Desk, server: ScriptedServer
) -> None:
    identifiers = [str(number) for number in range(1, 31)]
    server.script = refuses(*identifiers[:25])
    assert run(desk, *identifiers, more=("--limit", 10)).exit_code == 1
    assert desk.outcomes() == ["rejected http-404"] * 10 + ["not_sent limit"] * 20
    stopped = run(desk, *identifiers, more=("--limit", 10))
    assert (stopped.exit_code, stopped.summary["reason"]) == (4, "halted-404")
    assert desk.outcomes() == ["failed halted-404"] * 20 + ["not_sent halted-404"] * 10
    assert run(desk, *identifiers, more=IN_ORDER).exit_code == 1
    assert desk.outcomes() == ["rejected http-404"] * 25 + ["updated"] * 5
    assert server.identifiers == [*identifiers, *identifiers[:20]]


def test_a_run_that_was_stopped_ends_as_it_would_have_in_one_go(
    desk: Desk, server: ScriptedServer
) -> None:
    identifiers = [str(number) for number in range(1, 86)]
    server.script = refuses(*identifiers[30:55])
    assert run(desk, *identifiers, more=("--limit", 30)).exit_code == 0
    assert run(desk, *identifiers).exit_code == 1
    in_two_goes = desk.outcomes()
    assert in_two_goes == ["updated"] * 30 + ["rejected http-404"] * 25 + ["updated"] * 30
    assert run(desk, *identifiers, more=("--again",)).exit_code == 1
    assert desk.outcomes() == in_two_goes


def test_rows_fixed_in_failed_csv_are_sent_again_from_the_same_folder(
    desk: Desk, server: ScriptedServer
) -> None:
    mapping = desk.mapping(where={"column": "Status", "not_in": ["9"]})
    file = desk.file("ID;Status;Miasto\n1;3;a\n;3;b\n")
    assert desk("run", file, "-m", mapping, "--yes").exit_code == 1
    fixed = desk.text("failed.csv").replace("\r\n;3;b", "\r\n7;3;b")
    (desk.out / "failed.csv").write_text(fixed, encoding="utf-8", newline="")
    assert (
        desk("run", desk.out / "failed.csv", "-m", mapping).exit_code == 2
    )  # no terminal to ask on
    assert "7;3;b" in desk.text("failed.csv")
    assert desk("run", desk.out / "failed.csv", "-m", mapping, "--yes").exit_code == 0
    assert server.identifiers == ["1", "7"]


def test_a_continued_run_takes_the_name_of_its_mapping(desk: Desk, server: ScriptedServer) -> None:
    assert run(desk, "1", "2", more=("--limit", 1)).exit_code == 0
    other = desk.file(json.dumps({**MAPPING, "name": "renamed"}), name="other.yaml")
    for _ in range(2):
        assert desk("run", desk.rows("1", "2"), "-m", other, "--yes").exit_code == 0
    assert "renamed" in desk("runs").stdout
    assert server.identifiers == ["1", "2"]


def test_json_is_printed_completely_on_a_terminal_without_polish_letters(desk: Desk) -> None:
    file = desk.rows("1", name="żółć.csv")
    arguments = desk.arguments("run", file, "-m", desk.mapping(), "--yes", "--json")
    environment = {**desk.environment, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    process = python("-m", "bulk_update", *arguments, environment=environment)
    printed, _ = process.communicate()
    assert process.returncode == 0
    assert json.loads(printed)["input"]["path"] == str(file)


def test_a_row_that_was_short_is_accepted_once_its_cells_are_filled_in(
    desk: Desk, server: ScriptedServer
) -> None:
    mapping = desk.mapping()
    file = desk.file("ID;Status;Miasto\n1;3;a\n2;3\n")
    assert desk("run", file, "-m", mapping, "--yes").exit_code == 1
    uncorrected = desk.file(desk.text("failed.csv"), name="uncorrected.csv")
    assert desk("run", uncorrected, "-m", mapping, "--yes").exit_code == 1
    assert desk.outcomes() == ["invalid ragged-row"]
    assert "fill in the others" in desk.results()[0]["message"]
    fixed = desk.file(desk.text("failed.csv").replace("2;3;;", "2;3;b;"), name="fixed.csv")
    assert desk("run", fixed, "-m", mapping, "--yes").exit_code == 0
    assert server.identifiers == ["1", "2"]


def test_a_missing_column_is_named_with_its_place_in_the_mapping(desk: Desk) -> None:
    mapping = desk.file(
        'version: 1\ncampaign: "00001"\nidentifier: {column: IDD}\n'
        "update:\n  status_id: {column: Status}\n",
        name="m.yaml",
    )
    ended = desk("check", desk.rows("1"), "-m", mapping)
    assert ended.exit_code == 2
    assert f'{mapping}:3:22: {desk.folder / "crm.csv"}: the mapped column "IDD"' in ended.stderr
