"""A kill while records are read, before or after sending, loses nothing and sends nothing twice."""

from __future__ import annotations

from subprocess import Popen

import pytest
from command_line import Desk, start
from scripted_campaign import LOST, ScriptedCampaign, Shown, sent
from scripted_server import Reaction, Received, ScriptedServer

STATUS_ONLY = {"status_id": {"column": "Status"}}
UNANSWERED = Reaction(None)


class HangingAt:
    """Leaves one question for a page unanswered, counted from 1 over all questions."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._count = 0

    def __call__(self, _request: Received, _count: int) -> Reaction | None:
        self._count += 1
        return UNANSWERED if self._count == self._number else None


@pytest.fixture
def campaign(server: ScriptedServer) -> ScriptedCampaign:
    campaign = ScriptedCampaign({str(number): Shown() for number in range(1, 251)})
    server.script = campaign.react
    return campaign


def kill(process: Popen[str], server: ScriptedServer, *, after: int) -> None:
    """Kill a process once this many requests have arrived."""
    server.wait_for(after)
    process.kill()
    process.communicate(timeout=30)


def test_a_kill_in_the_middle_of_a_snapshot(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_get = HangingAt(2)
    file, mapping = desk.rows("1", "150", "250"), desk.mapping(update=STATUS_ONLY)
    arguments = ("run", file, "-m", mapping, "--yes", "--snapshot")
    kill(desk.process(*arguments), server, after=2)
    assert sent(server.requests) == []
    campaign.records["1"] = Shown("7")
    assert desk(*arguments).exit_code == 0
    assert desk.outcomes() == ["updated"] * 3
    assert sorted(sent(server.requests)) == ["1", "150", "250"]
    text = start("show", desk.run_id(), "--row", "2", "--state", str(desk.state)).stdout
    assert "status_id       7\n" in text


@pytest.mark.parametrize("again", ["run", "verify"])
def test_a_kill_in_the_middle_of_a_verification(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign, again: str
) -> None:
    campaign.answer_to_put = lambda request, _count: LOST if request.identifier == "1" else None
    campaign.answer_to_get = HangingAt(5)  # three pages of the snapshot, and one afterwards
    file, mapping = desk.rows("1", "150", "250"), desk.mapping(update=STATUS_ONLY)
    arguments = ("run", file, "-m", mapping, "--yes", "--verify", "--retries", "0")
    kill(desk.process(*arguments), server, after=3 + 3 + 2)
    assert sorted(sent(server.requests)) == ["1", "150", "250"]
    run_id = start("runs", "--state", str(desk.state)).stdout.splitlines()[1].split()[0]
    ended = desk(*arguments) if again == "run" else desk("verify", run_id)
    assert ended.exit_code == 0
    assert desk.run_id() == run_id
    assert desk.outcomes() == ["updated verified", "updated", "updated"]
    assert [row["verified"] for row in desk.results()] == ["yes"] * 3
    assert sorted(sent(server.requests)) == ["1", "150", "250"]
    assert ", finished)" in start("show", run_id, "--state", str(desk.state)).stdout


def test_a_kill_while_an_undo_reads_or_sends(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    file, mapping = desk.rows("1", "150", "250"), desk.mapping(update=STATUS_ONLY)
    assert desk("run", file, "-m", mapping, "--yes", "--snapshot").exit_code == 0
    before = len(server.requests)
    campaign.answer_to_get = HangingAt(2)
    undo = ("undo", desk.run_id(), "--yes", "--workers", "1")
    kill(desk.process(*undo), server, after=before + 2)
    undo_id = start("runs", "--state", str(desk.state)).stdout.splitlines()[1].split()[0]
    assert sorted(sent(server.requests)) == ["1", "150", "250"]
    campaign.records["250"] = Shown("7")
    campaign.answer_to_put = lambda request, count: (
        UNANSWERED if (request.identifier, count) == ("150", 2) else None
    )
    before = len(server.requests)
    kill(desk.process("apply", undo_id, "--workers", "1"), server, after=before + 4 + 2)
    assert campaign.records["150"] == Shown()  # it arrived, but nobody knows
    assert desk("apply", undo_id, "--workers", "1").exit_code == 1
    assert desk.outcomes() == ["updated", "updated", "superseded changed-since"]
    assert [campaign.records[each].status_id for each in ("1", "150", "250")] == ["1", "1", "7"]
    assert [sent(server.requests).count(each) for each in ("1", "150", "250")] == [2, 3, 1]
