"""The law: every data row ends with exactly one outcome, in exactly one line of the results."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from command_line import MAPPING, Desk, Ended
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import ledger_url
from scripted_server import Reaction, Received, Script, ScriptedServer, obliging, response
from strategies import sheets, texts

from bulk_update.records import Status

NEVER_SENT = {Status.INVALID, Status.DUPLICATE, Status.FILTERED, Status.UNCHANGED, Status.NOT_SENT}
SENT = {Status.UPDATED, Status.REJECTED, Status.FAILED, Status.IN_DOUBT}
BAD = {*SENT, Status.INVALID, Status.DUPLICATE} - {Status.UPDATED}

MOVES = {
    "takes it": Reaction(),
    "takes it with a body": Reaction(response(200, "{}")),
    "takes it and closes": Reaction(then="close"),
    "refuses the row": Reaction(response(404, '{"errors": [{"message": "Record not found."}]}')),
    "refuses a value": Reaction(response(409)),
    "fails": Reaction(response(500)),
    "asks for a pause": Reaction(response(429, headers="Retry-After: 0\r\n")),
    "resets": Reaction(None, then="reset"),
    "closes without a response": Reaction(None, then="close"),
    "breaks off": Reaction(b"HTTP/1.1 204 No", then="close"),
    "talks nonsense": Reaction(b"\x00\xff nonsense\r\n\r\n", then="close"),
    "shows a page": Reaction(response(200, "<!doctype html><p>hello", headers="")),
    "reports errors with 200": Reaction(response(200, '{"errors": [{"message": "No."}]}')),
}
HALTS = {
    "rejects the password": Reaction(response(401)),
    "redirects": Reaction(response(302, headers="Location: https://example.org/\r\n")),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A file, its mapping, and how a server behaves."""

    mapping: bytes
    file: str
    data_rows: int
    moves: Sequence[Sequence[str]]
    """What the server does with a record, attempt by attempt; the last move is repeated."""
    options: tuple[str, ...]

    @property
    def closes(self) -> bool:
        """Whether the server may close a connection on which the next request is on its way."""
        return any("takes it and closes" in moves for moves in self.moves)

    def script(self, request: Received, count: int) -> Reaction:
        """React to a request; the identifier determines the moves."""
        moves = self.moves[zlib.crc32(request.identifier.encode()) % len(self.moves)]
        return {**MOVES, **HALTS}[moves[min(count, len(moves)) - 1]]


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
    return file.getvalue()


@st.composite
def files_of_every_kind(draw: st.DrawFn) -> tuple[bytes, str, int]:
    """Mappings and sheets with any rules and cells; some rows have too many cells."""
    sheet = draw(sheets(cell=texts()))
    notes = sheet.header.index("Uwagi")
    rows = [[str(cell) for cell in row] for row in sheet.rows]
    for number, row in enumerate(rows, start=2):
        row[notes] = f"x{row[notes]}"  # a completely blank row would not count as a row
        if number in sheet.faulty:
            row.append("too much")
    return sheet.yaml, csv_text([sheet.header, *rows]), len(rows)


@st.composite
def files_of_good_rows(draw: st.DrawFn) -> tuple[bytes, str, int]:
    """Sheets in which most rows can be sent, and identifiers sometimes occur twice."""
    content = {
        **MAPPING,
        "duplicates": draw(st.sampled_from(["error", "first", "last"])),
        "where": {"column": "Eksport", "in": ["tak"]},
    }
    row = st.tuples(
        st.integers(1, 40).map(str) | st.sampled_from(["", "1,23E+09", "a/b", "-1a"]),
        st.sampled_from(["3", "4"]),
        st.sampled_from(["Gdynia", "Łódź"]),
        st.sampled_from(["tak", "tak", "tak", "nie"]),
    )
    rows = draw(st.lists(row, min_size=4, max_size=12))
    header = ("ID", "Status", "Miasto", "Eksport")
    return json.dumps(content).encode(), csv_text([header, *rows]), len(rows)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any file with any server; halts and retries are less frequent."""
    mapping, file, data_rows = draw(files_of_good_rows() | files_of_every_kind())
    every_move = st.sampled_from([*MOVES] * 4 + [*HALTS])
    moves = draw(st.lists(st.lists(every_move, min_size=1, max_size=2), min_size=3, max_size=8))
    options = ["--retries", draw(st.sampled_from("00001")), "--patience", "5"]
    if draw(st.integers(0, 3)) == 0:
        options += ["--limit", str(draw(st.integers(0, 3)))]
    if draw(st.integers(0, 5)) == 0:
        options += ["--guard", "max_failures=1"]
    return Case(mapping, file, data_rows, moves, tuple(options))


def no_setting(_folder: Path) -> dict[str, str]:
    """Keep the ledger in the state folder."""
    return {}


def on_postgres(folder: Path) -> dict[str, str]:
    """Keep the ledger in a database of its own."""
    return {"BULK_UPDATE_LEDGER": ledger_url(folder / "database")}


@pytest.mark.parametrize(
    ("ledger", "examples"), [(no_setting, 60), (on_postgres, 20)], ids=["sqlite", "postgres"]
)
def test_every_row_ends_with_exactly_one_outcome_that_fits_what_the_server_saw(
    lasting_server: ScriptedServer, ledger: Callable[[Path], dict[str, str]], examples: int
) -> None:
    @given(case=cases())
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def holds(case: Case) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.dict(os.environ, ledger(Path(folder))),
        ):
            follow_the_law(Desk(Path(folder), lasting_server.url), case, lasting_server)

    holds()


def follow_the_law(desk: Desk, case: Case, server: ScriptedServer) -> None:
    """Run a case and continue it, and compare what is recorded with what the server saw."""
    mapping = desk.folder / "mapping.yaml"
    mapping.write_bytes(case.mapping)
    file = desk.file(case.file)
    lifted = ("max_clears=1000", "expect_rows=0,99", "allow_none=true")
    guards = [word for guard in lifted for word in ("--guard", guard)]
    server.forget()
    with following(server, case.script):
        ended = desk(
            "run", file, "-m", mapping, "--delimiter", ";", *guards, *case.options,
            "--json", "--yes",
        )  # fmt: skip
    assert_the_law(desk, ended, case, server)
    with following(server, obliging):
        ended = desk("apply", ended.summary["run_id"], *guards, "--json")
    assert_the_law(desk, ended, case, server)
    assert "not_sent" not in desk.outcomes()


class following:  # noqa: N801 - reads as a verb: with following(server, script)
    """Let the server follow a script for a while."""

    def __init__(self, server: ScriptedServer, script: Script) -> None:
        self._server = server
        self._script = script

    def __enter__(self) -> None:
        self._server.script = self._script

    def __exit__(self, *_: object) -> None:
        self._server.script = obliging


def assert_the_law(desk: Desk, ended: Ended, case: Case, server: ScriptedServer) -> None:
    lines, summary = desk.results(), ended.summary
    assert [int(line["row"]) for line in lines] == list(range(2, case.data_rows + 2))
    counts = Counter(line["outcome"] for line in lines)
    assert {name: count for name, count in summary["outcomes"].items() if count} == counts
    assert summary["input"]["rows"] == case.data_rows
    assert_attempts(lines, server, summary, exact=not case.closes)
    assert_exit_code(lines, summary)
    assert ended.exit_code == summary["exit_code"]


def assert_attempts(
    lines: Sequence[dict[str, str]], server: ScriptedServer, summary: dict[str, Any], *, exact: bool
) -> None:
    """Compare the recorded attempts with the requests that the server read.

    If a server closes the connection after its response, it may never read a request that is
    already on its way. There can then be more recorded attempts than requests (`exact` is False),
    but never fewer.
    """
    recorded: Counter[tuple[str, str]] = Counter()
    senders: Counter[tuple[str, str]] = Counter()
    for line in lines:
        attempts, outcome = int(line["attempts"]), Status(line["outcome"])
        assert outcome in (SENT if attempts else NEVER_SENT), line
        if attempts:
            key = line["campaign_id"], line["identifier"].removeprefix("'")
            recorded[key] += attempts
            senders[key] += 1
    received = Counter((each.campaign_id, each.identifier) for each in server.requests)
    assert received == recorded if exact else received <= recorded
    assert max(senders.values(), default=0) <= 1, "two rows were sent for one record"
    assert summary["attempts"] == recorded.total()


def assert_exit_code(lines: Sequence[dict[str, str]], summary: dict[str, Any]) -> None:
    waiting = {line["code"] for line in lines if line["outcome"] == "not_sent"} - {"limit"}
    halted = {line["code"] for line in lines if line["code"].startswith("halted-")}
    bad = any(Status(line["outcome"]) in BAD and line["code"] != "identical" for line in lines)
    match summary["exit_code"]:
        case 0:
            assert (waiting, halted, bad) == (set(), set(), False)
        case 1:
            assert (waiting, halted, bad) == (set(), set(), True)
        case 3:
            assert waiting <= {"max-failures"}
            assert summary["reason"] == "max-failures"
        case code:
            assert code == 4
            assert halted or summary["reason"] == "halted-no-answer"
            assert waiting <= {*halted, summary["reason"]}
