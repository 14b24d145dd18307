"""As many attempts are on record as requests arrived, whatever becomes of the connections.

A connection that was reset before anything was read may have carried a request or not. So may one
that the server ends after a response: a request may already be on its way.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Desk
from scripted_server import Reaction, Received, Script, ScriptedServer, obliging, response

from bulk_update.job.inspect import show_row
from bulk_update.job.request import RunOptions
from bulk_update.settings import load_settings

BROKEN = [
    Reaction(None, then="reset"),
    Reaction(None, then="close"),
    Reaction(b"HTTP/1.1 20", then="close"),
    Reaction(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", then="reset"),
    Reaction(then="close"),
    Reaction(then="reset", delay_seconds=0.01),
    Reaction(response(500), then="close"),
]
IDENTIFIERS = [str(number) for number in range(8)]


COMPLETE = {Reaction().data, response(500)}
ENDED_AFTER_A_RESPONSE = sum(way.data in COMPLETE for way in BROKEN)


def breaks_often(request: Received, count: int) -> Reaction:
    """Break the first attempt of every record, each in another way."""
    way = int(request.identifier) % len(BROKEN)
    return BROKEN[way] if count == 1 else Reaction()


@pytest.mark.parametrize(
    ("script", "resets_unread"),
    [
        (breaks_often, lambda _: False),
        (obliging, lambda connection: connection % 2 == 1),
        (breaks_often, lambda connection: connection % 3 == 1),
    ],
    ids=["reset after reading", "reset before reading", "both"],
)
@pytest.mark.parametrize("workers", [1, 4])
def test_every_request_that_arrived_is_an_attempt_on_record(
    tmp_path: Path, script: Script, resets_unread: Callable[[int], bool], workers: int
) -> None:
    def greeting(number: int) -> Reaction | None:
        return Reaction(None, then="reset") if resets_unread(number) else None

    with ScriptedServer(script, greeting=greeting) as server:
        desk = Desk(tmp_path, server.url)
        ended = desk(
            "run", desk.rows(*IDENTIFIERS), "-m", desk.mapping(), "--yes", "--json",
            "--retries", 1, "--workers", workers,
        )  # fmt: skip
        read = len(server.requests)
        unread = sum(map(resets_unread, range(1, server.connections + 1)))
    lines = desk.results()
    assert [line["identifier"] for line in lines] == IDENTIFIERS
    recorded = sum(int(line["attempts"]) for line in lines)
    unread += ENDED_AFTER_A_RESPONSE if script is breaks_often else 0
    assert read <= recorded <= read + unread
    assert ended.summary["attempts"] == recorded
    assert attempts_in_ledger(desk, ended.summary["run_id"]) == {
        int(line["row"]): int(line["attempts"]) for line in lines
    }


def attempts_in_ledger(desk: Desk, run_id: str) -> dict[int, int]:
    options = RunOptions(load_settings({"state": desk.state}))
    rows = range(2, len(IDENTIFIERS) + 2)
    return {row: len(show_row(run_id, row, options).detail.attempts) for row in rows}
