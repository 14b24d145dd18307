"""The final output of a command fits in thirty lines of eighty columns, whatever happened."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from command_line import Desk, python, start
from console import GOLDEN, SCENES, evened, seen

from bulk_update.cli.detail import MOST_PLAN_LINES
from bulk_update.cli.layout import Tone, clipped, pieces, text_of, width_of, wrapped
from bulk_update.cli.next_commands import command_lines, next_commands
from bulk_update.cli.plan_wording import plan_lines
from bulk_update.cli.wording import quiet_line, report_lines
from bulk_update.exits import SUCCESS, ExitCode, RunEnd
from bulk_update.job.ports import Target
from bulk_update.job.report import Report
from bulk_update.ledger import FrequentReason
from bulk_update.plan import FieldPlan, Plan
from bulk_update.records import Issue, Status
from bulk_update.results import RunFile, Summary

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="cmd.exe quotes in other ways")

SHELL = ["$(rm x) `ls` ${HOME}", '"; quoted', "!!", "it's " * 50, "--out", "-", "a\\b c", "~", "*"]
COLUMNS, LINES = 80, 30
NEEDS_A_PERSON = ("invalid", "duplicate", "rejected", "failed", "in_doubt", "superseded")
WIDE = "日本語" * 40
COMBINED = "e\u0301" * 200
LONG = "x" * 300
TEXTS = [WIDE, COMBINED, LONG, "Łódź", "a b " * 90, "\x1b[31m\r\n\u202egpj.", "😀" * 60]


def columns_of(line: str) -> int:
    """Measure a line in a different way than the program does."""
    seen = unicodedata.normalize("NFC", line)
    marks = sum(unicodedata.combining(character) > 0 for character in seen)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in seen)
    return len(seen) - marks + wide


def fits(text: str, *, lines: int = LINES) -> bool:
    printed = text.splitlines()
    return len(printed) <= lines and max(map(columns_of, printed)) <= COLUMNS


# --- each kind of ending


@pytest.mark.parametrize("name", SCENES)
def test_each_kind_of_ending_prints_its_golden_text(name: str) -> None:
    assert seen(SCENES[name]) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_every_golden_text_belongs_to_a_scene_and_fits() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(SCENES)
    for path in GOLDEN.iterdir():
        if path.stem != "quiet":
            assert fits(path.read_text(encoding="utf-8")), path.stem


def test_a_stopped_or_incomplete_run_is_never_called_finished() -> None:
    for path in GOLDEN.iterdir():
        text = path.read_text(encoding="utf-8")
        if "not_sent" in text or "stopped" in text.partition("\n")[0]:
            assert "finished without" not in text.replace("unfinished", ""), path.stem
            assert ": finished" not in text, path.stem


# --- colours


def at_a_terminal(desk: Desk, *words: object, answer: str = "", **environment: str) -> str:
    """Run a command on a terminal, and return what it prints."""
    pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
    parent, child = pty.openpty()
    process = python(
        "-m", "bulk_update", *words, "--state", "state", "--out", "out", "--no-progress",
        environment={**desk.environment, "TERM": "xterm", **environment}, stdin=child, output=child,
    )  # fmt: skip
    os.close(child)
    os.write(parent, answer.encode())
    shown = b""
    try:
        while part := os.read(parent, 65536):
            shown += part
    except OSError:  # Linux: the other side is closed
        pass
    os.close(parent)
    process.wait(timeout=60)
    return shown.decode().replace("\r\n", "\n")


def test_colours_are_for_terminals_that_want_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    words = ("check", desk.rows("1", ""), "-m", desk.mapping())
    colourful = at_a_terminal(desk, *words)
    assert "\x1b[31minvalid" in colourful
    assert "\x1b[32mplanned" in colourful
    plain = at_a_terminal(desk, *words, NO_COLOR="1")
    assert "\x1b" not in plain
    assert "\x1b" not in at_a_terminal(desk, *words, TERM="dumb")
    assert evened(re.sub("\x1b\\[[0-9;]*m", "", colourful)) == evened(plain)
    assert "\x1b[3" in at_a_terminal(desk, *words, NO_COLOR="")
    process = python("-m", "bulk_update", *desk.arguments(*words), environment=desk.environment)
    assert "\x1b" not in process.communicate(timeout=60)[0]


def test_the_plan_and_the_report_fit_on_one_screen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    wrong = "".join(f"{n};kontakt{n % 7};x\n" for n in range(60))
    desk.file("ID;Status;Miasto\n" + wrong + "100;Kontakt;x\n")
    fields = {f"field_{n}_with_a_long_name": {"column": "Miasto"} for n in range(40)}
    update = {"status_id": {"column": "Status", "lookup": {"Kontakt": 3}}, "record_fields": fields}
    desk.mapping(update=update)
    words = ("run", "crm.csv", "-m", "mapping.yaml")
    shown = at_a_terminal(desk, *words, answer="y\n", NO_COLOR="1")
    assert "Send 1 change?" in shown
    assert "1  updated" in shown
    assert "and 4 other reasons" in shown, shown
    # The answer was typed before the question was asked: it is shown first, with its line break.
    assert fits(shown.removeprefix("y\n").replace("[y/N]: ", "[y/N]: y\n"))


def test_a_plan_says_what_it_clears_first_and_in_red() -> None:
    plan = plan_of(fields=(FieldPlan("a", 2, 0), FieldPlan("b", 0, 1)))
    lines = plan_lines(plan, target=Target("acme.thulium.com", "api", 5.0))
    assert text_of(lines) == (
        "1,000 of 1,234 rows to send to acme.thulium.com as api\n"
        "  CLEARS    b (1 row)\n"
        "  sets      a (2 rows)\n"
        "  takes     about 3 min 20 s at 5 requests per second"
    )
    assert lines[1][0].tone is Tone.BAD


# --- arbitrary texts


def plan_of(**changes: object) -> Plan:
    values: dict[str, object] = {
        "data_rows": 1234, "counts": dict.fromkeys(Status, 0), "to_send": 1000, "campaigns": (),
        "fields": (),
    }  # fmt: skip
    return Plan(**{**values, **changes})  # type: ignore[arg-type] # the test's own names


def report_of(text: str, *, end: RunEnd = SUCCESS, kinds: int = 1_000_000) -> Report:
    """Return a report with everything that a report can contain; each text is this one."""
    reasons = tuple(
        FrequentReason(
            outcome, place, "not-in-lookup", 123_456 // place, place + 1,
            Issue("not-in-lookup", {"text": text, "expected": (text,)}, columns=(text,)), kinds,
        )
        for outcome in NEEDS_A_PERSON
        for place in (1, 2, 3)
    )  # fmt: skip
    fields = tuple(FieldPlan(f"{n}{text}", 5, 5) for n in range(50))
    campaigns = tuple((f"{n:05}", 7) for n in range(50))
    files = {file: Path(text) / file for file in RunFile}
    summary = Summary(
        end.exit_code, run_id="20260301-021500-k3f9", input_path=text, files=files,
        outcomes=dict.fromkeys(Status, 1_234_567),
    )  # fmt: skip
    plan = plan_of(fields=fields, campaigns=campaigns, notices=(text,) * 30)
    return Report(
        summary, end, plan, identical=5, reasons=reasons, tried_again=3, left_to_send=9,
        mapping_path=text,
    )  # fmt: skip


ENDS = [
    SUCCESS,
    RunEnd(ExitCode.ROWS, (Issue("rows", {"outcomes": tuple(f"9 {s}" for s in Status)}),)),
    RunEnd(ExitCode.BUG, (Issue("bug", {"error": LONG}),)),
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:12])
@pytest.mark.parametrize("end", ENDS, ids=lambda end: str(int(end.exit_code)))
@pytest.mark.parametrize("command", ["check", "run", "apply", "retry"])
def test_a_report_fits_whatever_it_contains(text: str, end: RunEnd, command: str) -> None:
    report = report_of(text, end=end)
    commands = next_commands(report, command=command, given={})
    shown = text_of(report_lines(report, command=command, commands=commands))
    assert fits(shown), shown
    assert "1,234,567" in shown
    assert "\x1b" not in shown
    assert "\n" not in quiet_line(report, command=command)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:12])
def test_a_plan_fits_whatever_it_contains(text: str) -> None:
    plan = report_of(text).plan
    shown = text_of(plan_lines(plan, target=Target(text, text, 0.5)))
    assert fits(shown, lines=MOST_PLAN_LINES), shown


@needs_sh
@pytest.mark.parametrize("text", [*TEXTS, *SHELL], ids=lambda text: ascii(text)[:12])
def test_a_command_can_be_pasted_as_it_is_shown(text: str) -> None:
    words = [text, "-m", "a b.yaml", "--out", text]
    lines = command_lines(["printf", "%s\\0", *words], indent="    ")
    assert max(map(columns_of, lines)) <= COLUMNS or not text.isprintable()
    printed = subprocess.run(["/bin/sh", "-c", "\n".join(lines)], capture_output=True, check=True)  # noqa: S603 - our own command
    assert printed.stdout.decode().split("\0") == [*words, ""]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:12])
@pytest.mark.parametrize("columns", [1, 2, 7, 80])
def test_breaking_a_text_loses_nothing(text: str, columns: int) -> None:
    assert "".join(pieces(text, columns)) == text
    assert all(width_of(piece) <= max(columns, 2) for piece in pieces(text, columns))
    if text.isprintable():
        assert "".join(wrapped(text, columns)).replace(" ", "") == text.replace(" ", "")


def test_a_combining_character_takes_no_column_and_stays_with_its_letter() -> None:
    assert (width_of("e\u0301"), width_of("日本"), width_of("Łódź")) == (1, 4, 4)
    assert clipped("e\u0301e\u0301e\u0301", 2) == "e\u0301…"
    assert pieces("e\u0301" * 4, 2) == ["e\u0301e\u0301", "e\u0301e\u0301"]
    assert clipped("日本語", 4) == "日…"


# --- the next commands


GIVEN = {
    "state": Path("my state"), "out": Path("to day"), "base_url": "https://acme.thulium.com",
    "username": "api", "rate": "50", "guards": ("max_rows=9",), "delimiter": ";",
    "only_changed": False, "results_delimiter": ";", "group_readable": True, "again": True,
}  # fmt: skip


def next_of(end: RunEnd = SUCCESS, *, command: str = "run", left: int = 0, **outcomes: int) -> str:
    counts = dict.fromkeys(Status, 0) | {Status(name): count for name, count in outcomes.items()}
    failed = {RunFile.FAILED: Path("to day/failed.csv")} if outcomes else {}
    summary = Summary(
        end.exit_code, run_id="R", input_path="my file.csv", outcomes=counts, files=failed
    )
    report = Report(summary, end, plan_of(), left_to_send=left, mapping_path="m.yaml")
    return "\n".join(map(shlex.join, next_commands(report, command=command, given=GIVEN)))


SHARED = "--state 'my state'"
CONNECTION = "--base-url https://acme.thulium.com --username api --rate 50"
TO_FILES = "--results-delimiter ';' --group-readable"
APPLY = f"bulk-update apply R {SHARED} --out 'to day' {TO_FILES} {CONNECTION} --guard max_rows=9"
RETRY = f"bulk-update retry R {SHARED} {TO_FILES} {CONNECTION} --guard max_rows=9"
SHOW = f"bulk-update show R {SHARED}"
CORRECTED = f"bulk-update run 'to day/failed.csv' -m m.yaml --full {SHARED} {TO_FILES} {CONNECTION}"
FILE = f"'my file.csv' -m m.yaml --delimiter ';' --full {SHARED} --out 'to day' {TO_FILES}"
ROWS = RunEnd(ExitCode.ROWS, (Issue("rows", {"outcomes": ("1 rejected",)}),))


def end_of(code: str, exit_code: int) -> RunEnd:
    return RunEnd(exit_code, (Issue(code),))


def test_the_options_that_matter_are_those_of_the_command_that_ended() -> None:
    assert next_of() == SHOW
    assert next_of(left=3) == APPLY
    assert next_of(end_of("signal", 130), left=3) == f"{APPLY}\n{SHOW}"
    assert next_of(end_of("no-consent", 2), left=3) == f"{APPLY}\n{SHOW}"
    assert next_of(ROWS, rejected=1) == f"{RETRY}\n{CORRECTED}"
    assert next_of(ROWS, invalid=1) == CORRECTED
    assert next_of(ROWS, left=2, in_doubt=2) == f"{APPLY}\n{CORRECTED}"
    assert next_of(end_of("max-invalid", 3)) == (
        f"bulk-update check {FILE} --base-url https://acme.thulium.com --username api"
    )
    assert next_of(end_of("halted-canary", 4)) == f"bulk-update run {FILE} {CONNECTION}"
    assert next_of(end_of("halted-401", 4)) == f"{APPLY}\n{SHOW}"
    assert next_of(command="check", left=3) == APPLY
    assert next_of(ROWS, command="check", invalid=3) == (
        f"bulk-update check 'to day/failed.csv' -m m.yaml --full {SHARED} {TO_FILES} "
        "--base-url https://acme.thulium.com --username api"
    )


@needs_sh
def test_a_printed_command_does_what_it_says(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = desk.folder / ("a long folder's name " * 5).strip()
    folder.mkdir()
    monkeypatch.chdir(folder)
    there = Desk(folder, desk.base_url)
    words = ("check", there.rows("1", "2"), "-m", there.mapping(), "--state", there.state)
    ended = start(*map(str, words), environment=desk.environment)
    printed = ended.stdout.partition("  next:\n")[2]
    _, *command = shlex.split(printed.replace("\\\n", ""))
    applied = start(*command, environment=desk.environment)
    assert applied.exit_code == 0
    assert "2  updated" in applied.stdout
