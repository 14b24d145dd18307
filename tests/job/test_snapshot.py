"""The snapshot before sending, and the rows that it leaves out because of calls."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk, start
from scripted_campaign import LOST, ScriptedCampaign, Shown, reads, sent
from scripted_server import Reaction, Received, ScriptedServer, always, response

STATUS_ONLY = {"status_id": {"column": "Status"}}
COLUMN = {"column": "Wyeksportowano", "formats": ["%d.%m.%Y %H:%M"]}


def exported_at(path: Path, moment: str) -> Path:
    """Set when a file was last modified (UTC)."""
    seconds = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    os.utime(path, (seconds, seconds))
    return path


@pytest.fixture
def campaign(server: ScriptedServer) -> ScriptedCampaign:
    campaign = ScriptedCampaign({str(number): Shown() for number in range(1, 251)})
    server.script = campaign.react
    return campaign


def shown(desk: Desk, row: int) -> str:
    return start("show", desk.run_id(), "--row", str(row), "--state", str(desk.state)).stdout


@pytest.mark.parametrize("option", ["--snapshot", "--verify"])
def test_the_records_of_the_plan_are_read_before_the_first_update(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign, option: str
) -> None:
    campaign.records["250"] = Shown(8, "j.doe", "2027-03-01 10:00:00", "2027-02-01 09:00:00")
    ended = desk("run", desk.rows("1", "250"), "-m", desk.mapping(), "--yes", option)
    assert ended.exit_code == 0
    methods = [request.target.split()[0] for request in server.requests[:5]]
    assert methods == ["GET", "GET", "GET", "PUT", "PUT"]
    assert "reading the 250 records of campaign 00001 takes up to 3 requests" in ended.stderr
    text = shown(desk, 3)
    assert "the record before" in text
    assert "status_id       8\n" in text
    assert "call_date       2027-02-01 09:00:00\n" in text


def test_the_question_shows_from_which_statuses_the_records_go(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    campaign.records["250"] = Shown(8, "j.doe", "2027-03-01 10:00:00", "2027-02-01 09:00:00")
    mapping = desk.mapping(update=STATUS_ONLY)
    ended = desk("run", desk.rows("1", "250", "900"), "-m", mapping, "--snapshot")
    assert ended.exit_code == 2
    assert "id 1 -> id 3: 1 row, id 8 -> id 3: 1 row, id 3: 1 row" in ended.stderr
    assert '"3", now "1"' in ended.stderr


# --- check --snapshot


def test_a_check_shows_what_the_records_hold_now(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.records["250"] = Shown(8)
    mapping = desk.mapping(update=STATUS_ONLY)
    ended = desk("check", desk.rows("1", "250", "900"), "-m", mapping, "--snapshot")
    assert ended.exit_code == 0
    assert "id 1 -> id 3: 1 row, id 8 -> id 3: 1 row, id 3: 1 row" in ended.stdout
    assert '"3", now "1"' in ended.stdout
    assert 'does not list, such as "900"' in " ".join(ended.stdout.split())
    assert "status_id       8\n" in shown(desk, 3)
    assert f"apply {desk.run_id()}" in ended.stdout
    assert {request.target.split()[0] for request in server.requests} == {"GET"}


def test_a_check_without_the_option_reads_nothing(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    mapping = desk.mapping(not_called_since="export")
    assert desk("check", desk.rows("1"), "-m", mapping).exit_code == 0
    assert server.requests == []


def test_a_check_leaves_out_records_that_were_called_after_the_export(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    campaign.records["1"] = Shown(call_date="2020-01-10 12:00:00")
    file = exported_at(desk.rows("1", "2"), "2020-01-10 10:00:00")
    mapping = desk.mapping(not_called_since="export")
    ended = desk("check", file, "-m", mapping, "--snapshot")
    assert ended.exit_code == 1
    assert desk.outcomes() == ["superseded called-since", "planned"]
    assert [json.loads(line)["row"] for line in desk.text("requests.jsonl").splitlines()] == [3]


def test_calls_after_a_check_count_when_its_plan_is_applied(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    file = exported_at(desk.rows("1", "2"), "2020-01-10 10:00:00")
    mapping = desk.mapping(not_called_since="export")
    assert desk("check", file, "-m", mapping, "--snapshot").exit_code == 0
    campaign.records["1"] = Shown(call_date="2020-01-10 12:00:00")
    desk("apply", desk.run_id())
    assert desk.outcomes() == ["superseded called-since", "updated"]
    assert sent(server.requests) == ["2"]


@pytest.mark.parametrize("option", [[], ["--snapshot"]], ids=["without", "with"])
def test_an_undo_never_restores_what_a_check_saw(
    desk: Desk, campaign: ScriptedCampaign, option: list[str]
) -> None:
    mapping = desk.mapping(update=STATUS_ONLY)
    desk("check", desk.rows("1"), "-m", mapping, "--snapshot")
    campaign.records["1"] = Shown(7, call_date="2020-01-10 12:00:00")  # an agent's work
    run_id = desk.run_id()
    assert desk("apply", run_id, *option).exit_code == 0
    assert campaign.records["1"].status_id == "3"
    undone = desk("undo", run_id, "--yes")
    if option:
        assert undone.exit_code == 0
        assert campaign.records["1"].status_id == "7"
    else:
        assert undone.exit_code == 2
        assert "took no snapshot" in undone.stderr
        assert campaign.records["1"].status_id == "3"


def test_an_undo_never_restores_what_an_earlier_part_of_the_run_saw(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    file, mapping = desk.rows("1", "2"), desk.mapping(update=STATUS_ONLY)
    desk("run", file, "-m", mapping, "--yes", "--snapshot", "--limit", "1")
    campaign.records["2"] = Shown(7)
    desk("run", file, "-m", mapping, "--yes")
    assert desk.outcomes() == ["updated"] * 2
    desk("undo", desk.run_id(), "--yes")
    assert campaign.records["1"].status_id == "1"
    assert campaign.records["2"].status_id == "3"


def test_a_check_with_a_snapshot_needs_the_connection(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    ended = desk("check", desk.rows("1"), "-m", desk.mapping(), "--snapshot")
    assert ended.exit_code == 2
    assert "the base URL is not set" in ended.stderr


@pytest.mark.parametrize(("status", "code"), [(403, "unread-reference"), (401, "halted-401")])
def test_a_check_that_cannot_read_the_records_still_writes_its_plan(
    desk: Desk, campaign: ScriptedCampaign, status: int, code: str
) -> None:
    campaign.answer_to_get = lambda _request, _count: Reaction(response(status))
    ended = desk("check", desk.rows("1"), "-m", desk.mapping(), "--snapshot", "--json")
    assert ended.exit_code == 4
    assert ended.summary["reason"] == code
    assert desk.outcomes() == ["planned"]


def test_a_check_stops_reading_on_a_signal(desk: Desk, campaign: ScriptedCampaign) -> None:
    def interrupting(_request: Received, _count: int) -> None:
        signal.raise_signal(signal.SIGINT)

    campaign.answer_to_get = interrupting
    ended = desk("check", desk.rows("1"), "-m", desk.mapping(), "--snapshot", "--json")
    assert ended.exit_code == 130
    assert desk.outcomes() == ["planned"]


def test_without_the_option_nothing_is_read(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes")
    assert reads(server.requests) == 0
    assert "the record before" not in shown(desk, 2)
    assert json.loads(desk.text("summary.json"))["verified"] is None


def test_reading_ends_once_all_records_were_found(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    desk("run", desk.rows("1", "100"), "-m", desk.mapping(), "--yes", "--snapshot")
    assert reads(server.requests) == 1


def test_identifiers_that_the_campaign_does_not_list_are_counted(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    ended = desk("run", desk.rows("1", "x", "y"), "-m", desk.mapping(), "--yes", "--snapshot")
    assert "2 rows with an identifier that the campaign does not list" in ended.stderr
    assert '"x" (row 3' in ended.stderr
    assert desk.outcomes() == ["updated", "rejected http-404", "rejected http-404"]
    assert campaign.records
    assert sorted(sent(server.requests)) == ["1", "x", "y"]


def test_an_approved_plan_is_not_shown_but_its_notices_are(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    desk("check", desk.rows("1", "x"), "-m", desk.mapping())
    ended = desk("apply", desk.run_id(), "--snapshot")
    assert 'does not list, such as "x" (row 3, campaign 00001)' in ended.stderr
    assert "to send" not in ended.stderr


def test_a_plan_without_rows_to_send_reads_nothing(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    for _ in range(2):
        desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--snapshot")
    assert desk.outcomes() == ["unchanged already-sent"]
    assert reads(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "unread-reference"), (404, "unread-reference"), (401, "halted-401")],
)
def test_nothing_is_sent_if_the_records_cannot_be_read(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign, status: int, code: str
) -> None:
    campaign.answer_to_get = lambda _request, _count: Reaction(response(status))
    ended = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--snapshot")
    assert ended.exit_code == 4
    assert desk.outcomes() == [f"not_sent {code}"]
    assert sent(server.requests) == []
    campaign.answer_to_get = lambda _request, _count: None
    assert desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--snapshot").exit_code == 0
    assert desk.outcomes() == ["updated"]


def test_a_resume_keeps_the_snapshot_of_rows_that_may_have_been_changed(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put = lambda request, _count: LOST if request.identifier == "1" else None
    file, mapping = desk.rows("1", "2", "3"), desk.mapping()
    options = ("--yes", "--snapshot", "--retries", "0", "--workers", "1")
    desk("run", file, "-m", mapping, *options, "--limit", "2")
    assert desk.outcomes() == ["in_doubt disconnected", "updated", "not_sent limit"]
    campaign.answer_to_put = lambda _request, _count: None
    campaign.records["3"] = Shown("7")
    desk("run", file, "-m", mapping, *options)
    assert desk.outcomes() == ["updated"] * 3
    assert "status_id       1\n" in shown(desk, 2)
    assert "status_id       1\n" in shown(desk, 3)
    assert "status_id       7\n" in shown(desk, 4)


def test_a_run_that_was_killed_during_its_snapshot_is_continued(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    is_reading = threading.Event()

    def hanging(_request: Received, _count: int) -> Reaction:
        is_reading.set()
        return Reaction(None)

    campaign.answer_to_get = hanging
    file, mapping = desk.rows("1"), desk.mapping()
    process = desk.process("run", file, "-m", mapping, "--yes", "--snapshot")
    assert is_reading.wait(60)
    process.kill()
    process.communicate(timeout=60)
    campaign.answer_to_get = lambda _request, _count: None
    again = desk("run", file, "-m", mapping, "--yes", "--snapshot")
    assert again.exit_code == 0
    assert f"continuing unfinished run {desk.run_id()}" in again.stderr
    assert desk.outcomes() == ["updated"]
    assert start("runs", "--state", str(desk.state)).stdout.count(file.name) == 1


# --- not_called_since


def test_a_record_that_was_called_after_the_export_is_left_alone(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.records["1"] = Shown(call_date="2020-01-10 11:30:00")
    campaign.records["2"] = Shown(call_date="2020-01-10 11:29:59")
    file = exported_at(desk.rows("1", "2", "3"), "2020-01-10 10:29:59")
    ended = desk("run", file, "-m", desk.mapping(not_called_since="export"), "--yes")
    assert ended.exit_code == 1
    assert desk.outcomes() == ["superseded called-since", "updated", "updated"]
    assert sent(server.requests) == ["2", "3"]
    assert desk.results()[0]["message"] == (
        "an agent called this record at 2020-01-10 11:30:00, after the export (2020-01-10 11:29:59)"
    )
    assert "1" not in campaign.fields


@pytest.mark.parametrize("kind", [("apply",), ("retry",)])
def test_calls_count_for_apply_and_retry(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign, kind: tuple[str, ...]
) -> None:
    file = exported_at(desk.rows("1", "2"), "2020-01-10 10:00:00")
    mapping = desk.mapping(not_called_since="export")
    if kind == ("apply",):
        assert desk("check", file, "-m", mapping).exit_code == 0
    else:
        campaign.answer_to_put = lambda _request, _count: Reaction(response(409))
        desk("run", file, "-m", mapping, "--yes")
        campaign.answer_to_put = lambda _request, _count: None
    server.forget()
    campaign.records["1"] = Shown(call_date="2020-01-10 12:00:00")
    desk(kind[0], desk.run_id(), "--yes")
    assert desk.outcomes() == ["superseded called-since", "updated"]
    assert sent(server.requests) == ["2"]


def test_a_column_says_when_each_row_was_exported(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    for identifier in ("1", "2", "3"):
        campaign.records[identifier] = Shown(call_date="2020-01-10 12:00:00")
    file = desk.file(
        "ID;Status;Wyeksportowano\n1;3;10.01.2020 11:59\n2;3;10.01.2020 12:00\n3;3;soon\n4;3;\n"
    )
    mapping = desk.mapping(update=STATUS_ONLY, not_called_since=COLUMN)
    ended = desk("run", file, "-m", mapping, "--yes")
    assert desk.outcomes() == [
        "superseded called-since",
        "updated",
        "invalid bad-date",
        "invalid blank",
    ]
    assert sent(server.requests) == ["2"]
    assert 'column "Wyeksportowano"' in desk.results()[2]["message"]
    assert ended.exit_code == 1


def test_a_row_in_doubt_is_not_sent_again_once_its_record_was_called(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put = lambda _request, _count: LOST
    file = exported_at(desk.rows("1"), "2020-01-10 10:00:00")
    mapping = desk.mapping(not_called_since="export")
    desk("run", file, "-m", mapping, "--yes", "--retries", "0")
    campaign.records["1"] = Shown(call_date="2020-01-10 12:00:00")
    server.forget()
    ended = desk("run", file, "-m", mapping, "--yes", "--retries", "0")
    assert desk.outcomes() == ["in_doubt superseded"]
    assert sent(server.requests) == []
    assert ended.exit_code == 1
    text = " ".join(ended.stdout.split())
    assert "superseded, row 2: an agent called this record at 2020-01-10 12:00:00" in text
    assert "disconnected" not in text
    assert "retry" not in text


def test_a_corrected_row_is_as_old_as_the_file_that_it_comes_from(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put = lambda _request, _count: Reaction(response(409))
    file = exported_at(desk.rows("1", "2"), "2020-01-10 10:00:00")
    mapping = desk.mapping(not_called_since="export")
    desk("run", file, "-m", mapping, "--yes")
    campaign.answer_to_put = lambda _request, _count: None
    campaign.records["1"] = Shown(call_date="2020-01-10 12:00:00")
    failed = desk.folder / "corrected.csv"
    failed.write_bytes((desk.out / "failed.csv").read_bytes())
    server.forget()
    desk("run", failed, "-m", mapping, "--yes")
    assert desk.outcomes() == ["superseded called-since", "updated"]
    assert sent(server.requests) == ["2"]


def test_a_file_from_the_future_does_not_show_who_was_called_since_its_export(
    desk: Desk, server: ScriptedServer
) -> None:
    rows = desk.rows("1")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(tzinfo=None)
    exported_at(rows, tomorrow.isoformat())
    ended = desk("run", rows, "-m", desk.mapping(not_called_since="export"), "--yes")
    assert ended.exit_code == 2
    assert "was last modified in the future" in ended.stderr
    assert server.requests == []


def test_a_row_whose_export_is_in_the_future_is_invalid(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    soon = datetime.now(UTC) + timedelta(days=3)
    file = desk.file(f"ID;Status;Wyeksportowano\n1;3;{soon:%d.%m.%Y %H:%M}\n")
    mapping = desk.mapping(update=STATUS_ONLY, not_called_since=COLUMN)
    desk("run", file, "-m", mapping, "--yes")
    assert desk.outcomes() == ["invalid out-of-bounds"]
    assert sent(server.requests) == []


def test_a_run_of_an_earlier_version_does_not_guess_when_its_file_was_exported(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    mapping = desk.mapping(not_called_since="export")
    desk("check", desk.rows("1"), "-m", mapping)
    desk.change_ledger("UPDATE run SET exported_at_us = NULL")
    ended = desk("apply", desk.run_id(), "--yes")
    assert ended.exit_code == 2
    assert desk.outcomes() == ["not_sent unknown-export"]
    assert sent(server.requests) == []


def test_the_export_column_belongs_to_the_identity_of_a_run_but_the_file_time_does_not(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put = lambda _request, _count: LOST
    file = desk.file("ID;Status;Wyeksportowano\n1;3;10.01.2020 11:59\n")
    ids: dict[str, str] = {}
    keys: dict[str, dict[str, Any]] = {
        "none": {},
        "file": {"not_called_since": "export"},
        "column": {"not_called_since": COLUMN},
    }
    for name, content in keys.items():
        mapping = desk.mapping(update=STATUS_ONLY, **content)
        desk("run", file, "-m", mapping, "--yes", "--retries", "0")
        ids[name] = desk.run_id()
    assert ids["none"] == ids["file"] != ids["column"]


def test_a_stop_request_while_records_are_read_sends_nothing(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    def stopped(_request: Received, _count: int) -> Reaction | None:
        os.kill(os.getpid(), 15)
        return Reaction(None)

    campaign.answer_to_get = stopped
    ended = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--snapshot")
    assert ended.exit_code == 143
    assert desk.outcomes() == ["not_sent signal"]
    assert sent(server.requests) == []


@pytest.mark.parametrize("status", [401, 403, 500])
def test_records_that_cannot_be_read_are_explained_on_lines_of_their_own(
    desk: Desk, server: ScriptedServer, status: int
) -> None:
    server.script = always(Reaction(response(status)))
    arguments = ["-m", desk.mapping(), "--yes", "--snapshot", "--patience", "1"]
    ended = desk("run", desk.rows("1"), *arguments)
    assert ended.exit_code == 4
    assert "\\n" not in ended.stdout
    as_json = desk("run", desk.rows("1"), *arguments, "--json")
    lines = as_json.stderr.casefold().splitlines()
    remedies = [line for line in lines if line.startswith(("check", "correct", "wait"))]
    assert len(remedies) == len(set(remedies)) <= 1
