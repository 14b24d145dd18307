"""Reading back what was sent: `--verify` and `verify RUN`."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise

import pytest
from command_line import Desk, start
from scripted_campaign import LOST, ScriptedCampaign, Shown, reads, sent
from scripted_server import Reaction, Received, ScriptedServer, response

STATUS_ONLY = {"status_id": {"column": "Status"}}
ONCE = ("--yes", "--retries", "0")


@pytest.fixture
def campaign(server: ScriptedServer) -> ScriptedCampaign:
    campaign = ScriptedCampaign({str(number): Shown() for number in range(1, 151)})
    server.script = campaign.react
    return campaign


def verified(desk: Desk) -> list[str]:
    return [row["verified"] for row in desk.results()]


def state_of(desk: Desk) -> str:
    return start("show", desk.run_id(), "--state", str(desk.state)).stdout


def lose(*identifiers: str, times: int = 1) -> Callable[[Received, int], Reaction | None]:
    """Lose the responses to the first updates of these records."""
    return lambda request, count: (
        LOST if request.identifier in identifiers and count <= times else None
    )


def only_after(*identifiers: str, times: int = 1) -> Callable[[Received, int], bool]:
    """Apply the updates of these records only after some were lost."""
    return lambda request, count: request.identifier not in identifiers or count > times


# --- run --verify


def test_what_the_records_show_afterwards_is_in_the_results(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    campaign.arrives = lambda request, _count: request.identifier != "2"
    ended = desk("run", desk.rows("1", "2", "x"), "-m", desk.mapping(), "--yes", "--verify")
    assert verified(desk) == ["yes", "differs", ""]
    assert desk.outcomes() == ["updated", "updated", "rejected http-404"]
    assert json.loads(desk.text("summary.json"))["verified"] == {"yes": 1, "differs": 1}
    assert "verified: 1 yes, 1 differ" in ended.stdout
    assert ended.stderr.count("cannot be verified: record_fields\n") == 1
    assert "read back " in state_of(desk)


@pytest.mark.parametrize("shows", [True, False])
def test_a_record_that_differs_makes_the_exit_code_1(
    desk: Desk,
    campaign: ScriptedCampaign,
    shows: bool,  # noqa: FBT001 - a table
) -> None:
    campaign.arrives = lambda _request, _count: shows
    ended = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--verify", "--json")
    assert ended.exit_code == (0 if shows else 1)
    assert ended.summary["reason"] == (None if shows else "differs")
    assert desk.outcomes() == ["updated"]


def test_rows_without_readable_fields_are_not_read_back(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    mapping = desk.mapping(update={"record_fields": {"miasto": {"column": "Miasto"}}})
    ended = desk("run", desk.rows("1"), "-m", mapping, "--yes", "--verify")
    assert ended.exit_code == 0
    assert verified(desk) == [""]
    assert reads(server.requests) == 1  # the snapshot
    assert "verified:" not in ended.stdout


def test_a_row_in_doubt_whose_record_shows_its_values_is_updated(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put = lose("1")
    mapping = desk.mapping(update=STATUS_ONLY)
    ended = desk("run", desk.rows("1", "2"), "-m", mapping, *ONCE, "--verify")
    assert ended.exit_code == 0
    assert desk.outcomes() == ["updated verified", "updated"]
    assert verified(desk) == ["yes", "yes"]
    assert sorted(sent(server.requests)) == ["1", "2"]
    assert ", finished)" in state_of(desk)
    assert desk("run", desk.rows("1", "2"), "-m", mapping, *ONCE).exit_code == 0
    assert desk.outcomes() == ["unchanged already-sent"] * 2


def test_a_row_in_doubt_that_never_arrived_is_sent_again(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put, campaign.arrives = lose("1"), only_after("1")
    mapping = desk.mapping(update=STATUS_ONLY)
    ended = desk("run", desk.rows("1", "2"), "-m", mapping, *ONCE, "--verify")
    assert ended.exit_code == 0
    assert desk.outcomes() == ["updated", "updated"]
    assert verified(desk) == ["yes", "yes"]
    assert sorted(sent(server.requests)) == ["1", "1", "2"]
    assert [row["attempts"] for row in desk.results()] == ["2", "1"]


def test_a_row_is_sent_again_only_once(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put, campaign.arrives = lose("1", times=9), only_after("1", times=9)
    mapping = desk.mapping(update=STATUS_ONLY)
    ended = desk("run", desk.rows("1", "2"), "-m", mapping, *ONCE, "--verify")
    assert ended.exit_code == 1
    assert desk.outcomes() == ["in_doubt disconnected", "updated"]
    assert verified(desk) == ["differs", "yes"]
    assert sent(server.requests).count("1") == 2


def test_a_row_in_doubt_whose_record_somebody_else_changed_stays_in_doubt(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    def changed(request: Received, _count: int) -> Reaction | None:
        campaign.records[request.identifier] = Shown("7", call_date="2027-01-01 10:00:00")
        return LOST

    campaign.answer_to_put = changed
    mapping = desk.mapping(update=STATUS_ONLY)
    desk("run", desk.rows("1"), "-m", mapping, *ONCE, "--verify")
    assert desk.outcomes() == ["in_doubt disconnected"]
    assert verified(desk) == ["differs"]
    assert sent(server.requests) == ["1"]


def test_a_row_in_doubt_with_record_fields_stays_in_doubt(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put = lose("1", "2")
    campaign.arrives = only_after("2")
    desk("run", desk.rows("1", "2"), "-m", desk.mapping(), *ONCE, "--verify")
    assert desk.outcomes() == ["in_doubt disconnected"] * 2
    assert verified(desk) == ["yes", "differs"]
    assert sorted(sent(server.requests)) == ["1", "2"]


def test_with_a_limit_only_rows_that_were_sent_are_sent_again(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put, campaign.arrives = lose("1"), only_after("1")
    mapping = desk.mapping(update=STATUS_ONLY)
    desk("run", desk.rows("1", "2", "3"), "-m", mapping, *ONCE, "--verify", "--limit", "2")
    assert desk.outcomes() == ["updated", "updated", "not_sent limit"]
    assert sorted(sent(server.requests)) == ["1", "1", "2"]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_run_without_any_response_is_over_if_its_records_show_everything(
    desk: Desk,
    server: ScriptedServer,
    campaign: ScriptedCampaign,
    arrived: bool,  # noqa: FBT001 - a table
) -> None:
    campaign.answer_to_put = lose("1")
    campaign.arrives = lambda _request, _count: arrived
    mapping = desk.mapping(update=STATUS_ONLY)
    ended = desk("run", desk.rows("1"), "-m", mapping, *ONCE, "--verify")
    assert ended.exit_code == (0 if arrived else 4)
    assert desk.outcomes() == ["updated verified" if arrived else "in_doubt disconnected"]
    assert sent(server.requests) == ["1"]


def test_records_that_can_no_longer_be_read_leave_the_rows_unverified(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    refused = Reaction(response(403))
    campaign.answer_to_get = lambda _request, count: refused if count > 1 else None
    ended = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--verify")
    assert ended.exit_code == 0
    assert verified(desk) == [""]
    assert "not all rows are verified: the records of campaign 00001" in ended.stderr


def test_a_service_that_refuses_everybody_afterwards_ends_with_4(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    refused = Reaction(response(401))
    campaign.answer_to_get = lambda _request, count: refused if count > 1 else None
    ended = desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--verify")
    assert ended.exit_code == 4
    assert desk.outcomes() == ["updated"]
    assert verified(desk) == [""]


def test_reading_and_sending_together_keep_the_rate(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    times: list[float] = []

    def timed(request: Received, count: int) -> Reaction:
        times.append(time.monotonic())
        return campaign.react(request, count)

    server.script = timed
    campaign.answer_to_put, campaign.arrives = lose("1"), only_after("1")
    mapping = desk.mapping(update=STATUS_ONLY)
    desk("run", desk.rows("1", "150"), "-m", mapping, *ONCE, "--verify", "--rate", "10")
    methods = [request.target.split()[0] for request in server.requests]
    assert methods == ["GET", "GET", "PUT", "PUT", "GET", "GET", "PUT", "GET"]
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.05


@pytest.mark.parametrize("command", ["run", "verify"])
def test_a_stop_request_while_records_are_read_back_keeps_the_outcomes(
    desk: Desk, campaign: ScriptedCampaign, command: str
) -> None:
    def stopped(_request: Received, count: int) -> Reaction | None:
        if count == 1 and command == "run":
            return None  # the snapshot
        os.kill(os.getpid(), signal.SIGTERM)
        return Reaction(None)

    file, mapping = desk.rows("1"), desk.mapping()
    if command == "run":
        campaign.answer_to_get = stopped
        ended = desk("run", file, "-m", mapping, "--yes", "--verify")
    else:
        desk("run", file, "-m", mapping, "--yes")
        campaign.answer_to_get = stopped
        ended = desk("verify", desk.run_id())
    assert ended.exit_code == 143
    assert desk.outcomes() == ["updated"]
    assert verified(desk) == [""]


# --- verify RUN


def test_verify_writes_the_files_again_and_sends_nothing(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    desk("run", desk.rows("1", "2", "x"), "-m", desk.mapping(), "--yes")
    assert verified(desk) == ["", "", ""]
    server.forget()
    ended = desk("verify", desk.run_id())
    assert ended.exit_code == 0  # although a row was rejected
    assert verified(desk) == ["yes", "yes", ""]
    assert sent(server.requests) == []
    assert "no record differs" in ended.stdout
    campaign.records["2"] = Shown("7")
    del campaign.records["1"]
    ended = desk("verify", desk.run_id())
    assert ended.exit_code == 1
    assert verified(desk) == ["", "differs", ""]
    assert "1 row whose records do not show" in ended.stdout


def test_verify_settles_rows_in_doubt_and_finishes_the_run(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put, campaign.arrives = lose("1", "2"), only_after("2")
    mapping = desk.mapping(update=STATUS_ONLY)
    desk("run", desk.rows("1", "2"), "-m", mapping, *ONCE)
    assert desk.outcomes() == ["in_doubt disconnected"] * 2
    server.forget()
    ended = desk("verify", desk.run_id())
    assert desk.outcomes() == ["updated verified", "in_doubt disconnected"]
    assert verified(desk) == ["yes", "differs"]
    assert ended.exit_code == 1
    assert ", unfinished)" in state_of(desk)
    campaign.records["2"] = Shown("3")
    assert desk("verify", desk.run_id()).exit_code == 0
    assert desk.outcomes() == ["updated verified"] * 2
    assert ", finished)" in state_of(desk)
    assert "exit code  0" in state_of(desk)
    assert sent(server.requests) == []


def test_verify_keeps_what_a_stopped_run_said_of_its_unsent_rows(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    desk("run", desk.rows("1", "2"), "-m", desk.mapping(), "--yes", "--limit", "1")
    before = state_of(desk)
    assert desk("verify", desk.run_id()).exit_code == 0
    assert desk.outcomes() == ["updated", "not_sent limit"]
    after = state_of(desk)
    gone = [line for line in before.splitlines() if line not in after]
    assert [line for line in gone if not line.startswith("files ")] == []  # their size may differ
    assert desk("apply", desk.run_id(), "--yes").exit_code == 0
    assert desk.outcomes() == ["updated", "updated"]
    assert verified(desk) == ["yes", ""]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_verify_ends_with_4_if_the_records_cannot_be_read(
    desk: Desk, campaign: ScriptedCampaign, status: int
) -> None:
    desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes")
    campaign.answer_to_get = lambda _request, _count: Reaction(response(status))
    ended = desk("verify", desk.run_id())
    assert ended.exit_code == 4
    assert desk.outcomes() == ["updated"]
    assert "bulk-update verify" in ended.stdout


@pytest.mark.parametrize("status", [401, 403])
def test_what_was_read_back_stays_if_the_records_cannot_be_read_again(
    desk: Desk, campaign: ScriptedCampaign, status: int
) -> None:
    desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--verify")
    campaign.answer_to_get = lambda _request, _count: Reaction(response(status))
    desk("verify", desk.run_id())
    assert verified(desk) == ["yes"]


def test_a_plan_that_was_not_sent_cannot_be_verified(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    desk("check", desk.rows("1"), "-m", desk.mapping())
    ended = desk("verify", desk.run_id())
    assert ended.exit_code == 2
    assert "has not sent anything yet" in ended.stderr
    assert desk("verify", "nonsense").exit_code == 2


def test_verify_refuses_another_system(desk: Desk, campaign: ScriptedCampaign) -> None:
    assert campaign.records
    desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes")
    ended = desk("verify", desk.run_id(), "--base-url", "http://127.0.0.1:9")
    assert ended.exit_code == 2


def test_pruning_a_run_deletes_its_snapshot(desk: Desk, campaign: ScriptedCampaign) -> None:
    assert campaign.records
    desk("run", desk.rows("1"), "-m", desk.mapping(), "--yes", "--verify")
    desk("verify", desk.run_id())
    desk("run", desk.rows("1", "2"), "-m", desk.mapping(), "--yes")
    with closing(sqlite3.connect(desk.state / "ledger.sqlite3")) as ledger:
        count = "SELECT count(*) FROM snapshot"
        assert ledger.execute(count).fetchone() == (1,)
        assert start("runs", "--prune", "0s", "--state", str(desk.state)).exit_code == 0
        assert ledger.execute(count).fetchone() == (0,)
