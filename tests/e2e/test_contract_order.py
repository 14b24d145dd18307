"""The contract, pinned: a row's way, in this order. Each file has a row that could end two ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk
from scripted_server import Reaction, ScriptedServer, response

HEADER = "ID;Status;Miasto;Eksport\n"
WHERE: dict[str, Any] = {"where": {"column": "Eksport", "in": ["tak"]}}


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
    Step(
        "a filtered row is not looked at",
        ";;1,23;nie\n1;3;x;tak\n",
        ["filtered", "planned"],
        WHERE,
        0,
    ),
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


@dataclass(frozen=True, slots=True)
class Guarded:
    """A file under guards: the code of the guard that stops it, and each row's end.

    A row without an end of its own (None) goes its way as far as the guards allow.
    """

    name: str
    rows: str
    ends: list[str | None]
    guards: dict[str, Any]
    code: str | None = None


INVALID = "invalid no-identifier"
TWENTY = ";1;x;a\n" * 2 + "".join(f"{n};1;x;a\n" for n in range(18))

GUARDS = [
    Guarded("expect_rows before max_invalid", ";1;x;a\n", [INVALID],
            {"expect_rows": [2, 3], "max_invalid": 0}, "expect-rows"),
    Guarded("max_invalid before max_rows", ";1;x;a\n2;3;x;a\n", [INVALID, None],
            {"max_invalid": 0, "max_rows": 0}, "max-invalid"),
    Guarded("max_rows before max_clears", "1;3;--CLEAR--;a\n2;3;x;a\n", [None, None],
            {"max_rows": 1}, "max-rows"),
    Guarded("max_clears is 0 unless it is written", "1;3;--CLEAR--;a\n", [None], {}, "max-clears"),
    Guarded("max_clears counts fields", "1;3;--CLEAR--;a\n2;3;--CLEAR--;a\n", [None, None],
            {"max_clears": 1}, "max-clears"),
    Guarded("max_rows counts what would be sent", "1;3;x;a\n1;3;x;a\n;3;x;a\n",
            [None, "duplicate identical", INVALID], {"max_rows": 1, "max_clears": 0}),
    Guarded("a share of less than 20 rows says nothing", ";1;x;a\n" * 19, [INVALID] * 19,
            {"max_invalid": "1%"}),
    Guarded("a share of 20 rows counts", TWENTY, [INVALID] * 2 + [None] * 18,
            {"max_invalid": "9%"}, "max-invalid"),
    Guarded("a share is of the data rows", TWENTY, [INVALID] * 2 + [None] * 18,
            {"max_invalid": "10%"}),
    Guarded("expect_rows may be one number", "1;3;x;a\n", [None], {"expect_rows": 1}),
    Guarded("expect_rows has an upper end", "1;3;x;a\n2;3;x;a\n", [None, None],
            {"expect_rows": [1, 1]}, "expect-rows"),
]  # fmt: skip


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("case", GUARDS, ids=lambda case: str(case.name))
def test_a_guard_stops_a_run_before_the_first_request(
    tmp_path: Path, server: ScriptedServer, command: str, case: Guarded
) -> None:
    desk = Desk(tmp_path, server.url)
    guards: dict[str, Any] = {"guards": case.guards} if case.guards else {}
    mapping = desk.mapping(clear_token="--CLEAR--", **guards)
    file = desk.file(HEADER + case.rows)
    ended = desk(command, file, "-m", mapping, "--yes" if command == "run" else "--json", "--json")
    sent = {"check": "planned", "run": f"not_sent {case.code}" if case.code else "updated"}[command]
    well = int(INVALID in case.ends)
    reason = case.code or ("rows" if well else None)
    assert (ended.exit_code, ended.summary["reason"]) == (3 if case.code else well, reason)
    assert desk.outcomes() == [end or sent for end in case.ends]
    assert len(server.requests) == (case.ends.count(None) if sent == "updated" else 0)


NOTHING = [
    ("no row at all", "", [], {}, "the file has no data rows"),
    ("blank rows alone", ";;;\n \t;;;\n", [], {}, "the file has no data rows"),
    ("where leaves out the only row", "1;3;x;nie\n", ["filtered"], WHERE,
     "where leaves out the only data row"),
    ("where leaves out every row", "1;3;x;nie\n;;;nie\n", ["filtered"] * 2, WHERE,
     "where leaves out all 2 data rows"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "ends", "mapping", "expected"),
    [case[1:] for case in NOTHING],
    ids=[c[0] for c in NOTHING],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_file_whose_rows_are_all_filtered_is_3(
    tmp_path: Path, command: str, rows: str, ends: list[str], mapping: dict[str, Any], expected: str
) -> None:
    desk = Desk(tmp_path, "http://127.0.0.1:9")
    ended = desk(command, desk.file(HEADER + rows), "-m", desk.mapping(**mapping), "--json")
    assert (ended.exit_code, ended.summary["reason"]) == (3, "no-rows")
    assert expected in ended.stderr
    assert desk.outcomes() == ends


def test_where_may_exclude_every_row_if_that_is_allowed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    file = desk.file(HEADER + "1;3;x;nie\n")
    allowed = desk.mapping(name="allowed.yaml", guards={"allow_none": True}, **WHERE)
    assert desk("check", file, "-m", allowed).exit_code == 0
    more = ["--guard", "allow_none=false"]
    assert desk("check", file, "-m", allowed, *more).exit_code == 3
    more = ["--guard", "allow_none=true"]
    assert desk("check", file, "-m", desk.mapping(**WHERE), *more).exit_code == 0


def test_an_empty_file_is_not_allowed_by_allow_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    mapping = desk.mapping(guards={"allow_none": True})
    assert desk("check", desk.file(HEADER), "-m", mapping).exit_code == 3


def test_rows_that_are_invalid_before_where_take_part(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    ended = desk("check", desk.file(HEADER + "1;3;x;nie;more\n1;3;x;nie\n"), "-m",
                 desk.mapping(**WHERE))  # fmt: skip
    assert (ended.exit_code, desk.outcomes()) == (1, ["invalid ragged-row", "filtered"])


def test_a_guard_on_the_command_line_overrides_that_of_the_mapping(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    mapping, file = desk.mapping(guards={"max_rows": 1}), desk.rows("1", "2")
    assert desk("check", file, "-m", mapping).exit_code == 3
    assert desk("check", file, "-m", mapping, "--guard", "max_rows=2").exit_code == 0
    both = ["--guard", "max_rows=2", "--guard", "expect_rows=5,9"]
    assert desk("check", file, "-m", mapping, *both).exit_code == 3


def test_max_failures_ends_a_run_while_it_sends(tmp_path: Path, server: ScriptedServer) -> None:
    desk = Desk(tmp_path, server.url)
    server.script = lambda each, _count: Reaction(response(404 if each.identifier > "2" else 204))
    file = desk.rows(*"123456789")
    ended = desk(
        "run", file, "-m", desk.mapping(guards={"max_failures": 2}), "--yes", "--workers", 1
    )
    assert ended.exit_code == 3
    assert desk.outcomes() == [
        *["updated"] * 2, *["rejected http-404"] * 3, *["not_sent max-failures"] * 4,
    ]  # fmt: skip


def test_max_duration_ends_a_run_while_it_sends(tmp_path: Path, server: ScriptedServer) -> None:
    desk = Desk(tmp_path, server.url)
    server.script = lambda _each, _count: Reaction(delay_seconds=1.5)
    ended = desk(
        "run", desk.rows("1", "2"), "-m", desk.mapping(), "--yes", "--workers", 1,
        "--guard", "max_duration=1s",
    )  # fmt: skip
    assert ended.exit_code == 3
    assert desk.outcomes() == ["updated", "not_sent max-duration"]
