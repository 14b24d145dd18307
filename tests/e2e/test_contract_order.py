"""The contract, pinned: a row's way, in this order. Each file has a row that could end two ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk
from raw_server import RawServer, Reaction, answer

HEADER = "ID;Status;Miasto;Eksport\n"
WHERE = {"where": {"column": "Eksport", "in": ["tak"]}}


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as running:
        yield running


@dataclass(frozen=True, slots=True)
class Step:
    """A file whose rows qualify for two ends, and the end that comes first."""

    name: str
    rows: str
    outcomes: list[str]
    mapping: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 1


ROWS = [
    Step("a blank row is no row", "1;3;x;tak\n;;;\n \t;;;\n2;3;x;tak\n", ["planned"] * 2, WHERE, 0),
    Step(
        "a ragged row is invalid before where",
        "1;3;x;nie;more\n2;3;x\n3;3;x;tak\n",
        ["invalid ragged-row", "invalid ragged-row", "planned"],
        WHERE,
    ),
    Step(
        "a control character is invalid before where",
        "1;3;x\x07;nie\n",
        ["invalid control-character"],
        WHERE,
    ),
    Step("where is asked on trimmed text", "1;3;x; tak \n", ["planned"], WHERE, 0),
    Step("a filtered row is not looked at", ";;1,23;nie\n", ["filtered"], WHERE, 0),
    Step(
        "filtered rows are no duplicates",
        "1;3;x;tak\n1;4;x;nie\n",
        ["planned", "filtered"],
        WHERE,
        0,
    ),
    Step("the identifier comes before the fields", ";;;tak\n", ["invalid no-identifier"]),
    Step("a row with nothing to send is invalid", "1;;;tak\n", ["invalid nothing-to-update"]),
    Step(
        "rows with the same body are one change",
        "1;3;x;a\n1;3;x;b\n1;3;x;c\n",
        ["planned", "duplicate identical", "duplicate identical"],
        exit_code=0,
    ),
    Step(
        "rows that differ are not sent under error",
        "1;3;x;a\n1;3;x;b\n1;4;x;c\n",
        ["duplicate conflict"] * 3,
    ),
    Step(
        "the first of rows that differ is sent under first",
        "1;3;x;a\n1;4;x;b\n1;3;x;c\n",
        ["planned", "duplicate not-chosen", "duplicate identical"],
        {"duplicates": "first"},
    ),
    Step(
        "the last of rows that differ is sent under last",
        "1;3;x;a\n1;4;x;b\n1;5;x;c\n",
        ["duplicate not-chosen", "duplicate not-chosen", "planned"],
        {"duplicates": "last"},
    ),
    Step(
        "an invalid row takes part under error",
        "1;3;x;a\n1;;;b\n",
        ["duplicate conflict", "invalid nothing-to-update"],
    ),
    Step(
        "an invalid row that is last takes part under last",
        "1;3;x;a\n1;;;b\n",
        ["duplicate conflict", "invalid nothing-to-update"],
        {"duplicates": "last"},
    ),
    Step(
        "an invalid row that is not last takes no part under last",
        "1;;;a\n1;3;x;b\n",
        ["invalid nothing-to-update", "planned"],
        {"duplicates": "last"},
    ),
    Step(
        "an invalid row takes no part under first",
        "1;;;a\n1;3;x;b\n",
        ["invalid nothing-to-update", "planned"],
        {"duplicates": "first"},
    ),
]


@pytest.mark.parametrize("step", ROWS, ids=lambda step: str(step.name))
def test_a_row_ends_at_the_first_step_that_ends_it(tmp_path: Path, step: Step) -> None:
    desk = Desk(tmp_path)
    file = desk.file(HEADER + step.rows)
    ended = desk("check", file, "-m", desk.mapping(**step.mapping))
    assert (ended.exit_code, desk.outcomes()) == (step.exit_code, step.outcomes)


GUARDS = [
    Step("expect_rows before max_invalid", ";1;x;a\n", ["expect-rows"],
         {"expect_rows": [2, 3], "max_invalid": 0}),
    Step("max_invalid before max_rows", ";1;x;a\n2;3;x;a\n", ["max-invalid"],
         {"max_invalid": 0, "max_rows": 0}),
    Step("max_rows before max_clears", "1;3;--CLEAR--;a\n2;3;x;a\n", ["max-rows"],
         {"max_rows": 1}),
    Step("max_clears is 0 unless it is written", "1;3;--CLEAR--;a\n", ["max-clears"], {}),
    Step("max_clears counts fields", "1;3;--CLEAR--;a\n2;3;--CLEAR--;a\n", ["max-clears"],
         {"max_clears": 1}),
    Step("max_rows counts what would be sent", "1;3;x;a\n1;3;x;a\n;3;x;a\n", [],
         {"max_rows": 1, "max_clears": 0}),
    Step("a share of less than 20 rows says nothing", ";1;x;a\n" * 19, [],
         {"max_invalid": "1%"}),
    Step("a share of 20 rows counts", ";1;x;a\n" * 2 + "".join(f"{n};1;x;a\n" for n in range(18)),
         ["max-invalid"], {"max_invalid": "9%"}),
    Step("a share is of the data rows", ";1;x;a\n" * 2 + "".join(f"{n};1;x;a\n" for n in range(18)),
         [], {"max_invalid": "10%"}),
    Step("expect_rows may be one number", "1;3;x;a\n", [], {"expect_rows": 1}),
    Step("expect_rows has an upper end", "1;3;x;a\n2;3;x;a\n", ["expect-rows"],
         {"expect_rows": [1, 1]}),
]  # fmt: skip


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("step", GUARDS, ids=lambda step: str(step.name))
def test_a_guard_stops_a_run_before_the_first_request(
    tmp_path: Path, server: RawServer, command: str, step: Step
) -> None:
    desk = Desk(tmp_path, server.url)
    guards: dict[str, Any] = {"guards": step.mapping} if step.mapping else {}
    mapping = desk.mapping(clear_token="--CLEAR--", **guards)
    file = desk.file(HEADER + step.rows)
    ended = desk(command, file, "-m", mapping, "--yes" if command == "run" else "--json", "--json")
    if step.outcomes:
        assert (ended.exit_code, [ended.summary["reason"]]) == (3, step.outcomes)
        assert server.requests == []
        stopped = {"check": "planned", "run": f"not_sent {step.outcomes[0]}"}[command]
        assert stopped in desk.outcomes() or ended.summary["input"]["rows"] == 1
    else:
        assert ended.exit_code in {0, 1}


def test_a_guard_of_the_command_line_goes_over_the_mappings(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    mapping, file = desk.mapping(guards={"max_rows": 1}), desk.rows("1", "2")
    assert desk("check", file, "-m", mapping).exit_code == 3
    assert desk("check", file, "-m", mapping, "--guard", "max_rows=2").exit_code == 0
    both = ["--guard", "max_rows=2", "--guard", "expect_rows=5,9"]
    assert desk("check", file, "-m", mapping, *both).exit_code == 3


def test_max_failures_ends_a_run_while_it_sends(tmp_path: Path, server: RawServer) -> None:
    desk = Desk(tmp_path, server.url)
    server.script = lambda each, _count: Reaction(answer(404 if each.identifier > "2" else 204))
    file = desk.rows(*"123456789")
    ended = desk(
        "run", file, "-m", desk.mapping(guards={"max_failures": 2}), "--yes", "--workers", 1
    )
    assert ended.exit_code == 3
    assert desk.outcomes() == [
        *["updated"] * 2, *["rejected http-404"] * 3, *["not_sent max-failures"] * 4,
    ]  # fmt: skip


def test_max_duration_ends_a_run_while_it_sends(tmp_path: Path, server: RawServer) -> None:
    desk = Desk(tmp_path, server.url)
    server.script = lambda _each, _count: Reaction(delay_seconds=1.5)
    ended = desk(
        "run", desk.rows("1", "2"), "-m", desk.mapping(), "--yes", "--workers", 1,
        "--guard", "max_duration=1s",
    )  # fmt: skip
    assert ended.exit_code == 3
    assert desk.outcomes() == ["updated", "not_sent max-duration"]
