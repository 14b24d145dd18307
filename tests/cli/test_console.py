"""The final output of a command fits in thirty lines of eighty columns, whatever happened."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import threading
import unicodedata
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Desk, python, start
from console import EDITIONS, GOLDEN, SCENES, evened, golden, seen

from bulk_update.cli.detail import MOST_PLAN_LINES
from bulk_update.cli.layout import Tone, clipped, pieces, text_of, width_of, wrapped
from bulk_update.cli.next_commands import command_lines, next_commands
from bulk_update.cli.plan_wording import plan_lines
from bulk_update.cli.wording import quiet_line, report_lines
from bulk_update.errors import LedgerError
from bulk_update.exits import SUCCESS, ExitCode, RunEnd
from bulk_update.job.ports import Target
from bulk_update.job.report import Report
from bulk_update.ledger import FrequentReason
from bulk_update.plan import (
    Example,
    FieldPlan,
    Plan,
    RecordStatus,
    SentFirst,
    StatusChange,
)
from bulk_update.records import Issue, Param, Status
from bulk_update.results import RunFile, Summary

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="cmd.exe quotes in other ways")

SHELL = ["$(rm x) `ls` ${HOME}", '"; quoted', "!!", "it's " * 50, "--out", "-", "a\\b c", "~", "*"]
COLUMNS, LINES = 80, 30
NEEDS_ATTENTION = ("invalid", "duplicate", "rejected", "failed", "in_doubt", "superseded")
WIDE = "日本語" * 40
COMBINED = "e\u0301" * 200
LONG = "x" * 300
BLANK = Example(5, ("",), "")
HEBREW = "\u05e9\u05dc\u05d5\u05dd " * 30
TEXTS = [WIDE, COMBINED, LONG, "Łódź", "a b " * 90, "\x1b[31m\r\n\u202egpj.", "😀" * 60, HEBREW]


def columns_of(line: str) -> int:
    """Measure a line in a different way than the program does."""
    seen = unicodedata.normalize("NFC", line)
    marks = sum(unicodedata.combining(character) > 0 for character in seen)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in seen)
    return len(seen) - marks + wide


def fits(text: str, *, lines: int = LINES, columns: int = COLUMNS) -> bool:
    printed = text.splitlines()
    return len(printed) <= lines and max(map(columns_of, printed)) <= columns


# --- each kind of ending


@pytest.mark.parametrize(("language", "name"), EDITIONS)
def test_each_kind_of_ending_prints_its_golden_text(language: str, name: str) -> None:
    expected = golden(language, name).read_text(encoding="utf-8")
    assert seen(SCENES[name], language=language) == expected


def test_every_golden_text_belongs_to_a_scene_and_fits() -> None:
    paths = sorted(GOLDEN.rglob("*.txt"))
    assert paths == sorted(golden(*edition) for edition in EDITIONS)
    assert {name for _, name in EDITIONS} == set(SCENES)
    for path in paths:
        if path.stem != "quiet":
            printed = path.read_text(encoding="utf-8").replace("--- stderr\n", "")
            assert fits(printed), path


def test_a_stopped_or_incomplete_run_is_never_called_finished() -> None:
    for path in GOLDEN.glob("*.txt"):
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


def on_a_terminal(desk: Desk, *words: object, **environment: str) -> str:
    """Return what a command prints on a terminal, started within this process."""
    pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
    parent, child = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # Linux: the other side is closed
            while part := os.read(parent, 65536):
                shown.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(child, "w", encoding="utf-8") as stream:
        start(
            *map(str, words), "--state", "state", "--out", "out", "--no-progress",
            environment={**desk.environment, "TERM": "xterm", **environment},
            stdout=stream, stderr=stream,
        )  # fmt: skip
    reader.join()
    os.close(parent)
    return b"".join(shown).decode().replace("\r\n", "\n")


def test_colours_are_used_only_on_terminals_that_allow_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    words = ("check", desk.rows("1", ""), "-m", desk.mapping())
    colourful = at_a_terminal(desk, *words)
    assert "\x1b[31minvalid" in colourful
    assert "\x1b[32mplanned" in colourful
    plain = on_a_terminal(desk, *words, NO_COLOR="1")
    assert "\x1b" not in plain
    assert "\x1b" not in on_a_terminal(desk, *words, TERM="dumb")
    assert evened(re.sub("\x1b\\[[0-9;]*m", "", colourful)) == evened(plain)
    assert "\x1b[3" in on_a_terminal(desk, *words, NO_COLOR="")
    assert "\x1b" not in desk(*words).stdout


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
    assert "and 5 other reasons" in shown, shown
    # The answer was typed before the question was asked: it is shown first, with its line break.
    assert fits(shown.removeprefix("y\n").replace("[y/N]: ", "[y/N]: y\n"))


@pytest.mark.parametrize(
    ("answer", "is_sent"), [("t", True), ("TAK", True), ("y", True), ("yes", True), ("n", False)]
)
def test_a_polish_question_takes_a_polish_or_an_english_yes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: str, *, is_sent: bool
) -> None:
    monkeypatch.chdir(desk.folder)
    words = ("run", desk.rows("1"), "-m", desk.mapping(), "--lang", "pl")
    shown = at_a_terminal(desk, *words, answer=f"{answer}\n", NO_COLOR="1")
    assert "Wysłać 1\N{NO-BREAK SPACE}zmianę? [t/N]: " in shown
    assert ("1  updated" in shown) == is_sent, shown


def test_a_question_is_asked_again_until_the_answer_is_clear(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    words = ("run", desk.rows("1"), "-m", desk.mapping())
    shown = at_a_terminal(desk, *words, answer="tak\ny\n", NO_COLOR="1")
    assert shown.count("Send 1 change? [y/N]: ") == 2
    assert "Error: invalid input" in shown
    assert "1  updated" in shown


def shown_plan(columns: int = COLUMNS, **changes: object) -> str:
    """Return the text of a plan, from its fields on."""
    lines = plan_lines(
        plan_of(**changes), target=Target("acme.thulium.com", "api"), columns=columns
    )
    return text_of(lines[1:])


def test_a_plan_says_what_it_clears_first_and_in_red() -> None:
    plan = plan_of(
        fields=(
            FieldPlan("status_id", 2, 0, Example(2, ("Kontakt",), "3")),
            FieldPlan("record_fields.miasto", 1, 3, Example(4, ("Hel",), "Hel"), BLANK),
            FieldPlan("record_fields.uwagi", 0, 1, None, Example(17, ("--CLEAR--",), "")),
        ),
        statuses=(StatusChange(RecordStatus("3", "Kontakt"), 2),),
        sent_first=SentFirst(1, ("Nie dzwonić",)),
        requests_per_second=5.0,
    )
    lines = plan_lines(plan, target=Target("acme.thulium.com", "api"))
    assert text_of(lines) == (
        "1,000 of 1,234 rows to send to acme.thulium.com as api\n"
        "  CLEARS    miasto  3 rows  blank cell (row 5)\n"
        '            uwagi    1 row  "--CLEAR--" (row 17)\n'
        '  sets      status_id  2 rows  "Kontakt" -> "3" (row 2)\n'
        '            miasto      1 row  "Hel" (row 4)\n'
        '  status    "Kontakt" (3): 2 rows\n'
        '  first     1 row: "Nie dzwonić"\n'
        "  takes     about 3 min 20 s at 5 requests per second"
    )
    assert [line[0].tone for line in lines[1:4]] == [Tone.BAD, Tone.BAD, Tone.PLAIN]


def test_a_plan_with_a_limit_takes_as_long_as_its_limit() -> None:
    assert shown_plan(requests_per_second=5.0, limit=50) == (
        "  takes     about 10 s at 5 requests per second"
    )
    assert shown_plan(requests_per_second=5.0, limit=0) == ""
    assert plan_of(limit=5000).sent_now == 1000


@pytest.mark.parametrize(
    ("example", "shown"),
    [
        (Example(2, ("Kontakt",), "3"), '"Kontakt" -> "3" (row 2)'),
        (Example(1_234, ("Hel",), "Hel"), '"Hel" (row 1,234)'),
        (Example(2, (" Hel ",), "Hel"), '"Hel" (row 2)'),
        (Example(2, (), "CRM"), 'always "CRM" (row 2)'),
        (Example(2, ("",), "x"), 'blank cell -> "x" (row 2)'),
        (Example(2, ("Jan", "", "Nowak"), "Jan Nowak"), '"Jan" + "Nowak" -> "Jan Nowak" (row 2)'),
        (Example(2, ("Kontakt",), "3", before="1"), '"Kontakt" -> "3", now "1" (row 2)'),
        (Example(2, ("Kontakt",), "3", before=""), '"Kontakt" -> "3", now blank (row 2)'),
        (Example(2, ("\u05d0\u05d1",), "3"), '"\u05d0\u05d1" becomes "3" (row 2)'),
        (Example(2, ("a\x1b[31m\u202eb",), "3"), '"a\\x1b[31m\\u202eb" -> "3" (row 2)'),
        (Example(2, ("a\nb",), "3"), '"a\\nb" -> "3" (row 2)'),
        (Example(2, ("x" * 300,), "3"), f'"{"x" * 39}…" -> "3"'),
        (Example(2, ("x" * 300,), "y" * 300), f'"{"x" * 19}…" -> "{"y" * 19}…"'),
        (Example(2, ("x" * 300,), "x" * 299), f'"{"x" * 19}…" -> "{"x" * 19}…"'),
        (None, ""),
    ],
)
def test_an_example_shows_the_way_from_the_cell_to_the_value(
    example: Example | None, shown: str
) -> None:
    fields = (FieldPlan("status_id", 2, 0, example),)
    assert shown_plan(fields=fields) == f"  sets      status_id  2 rows  {shown}".rstrip()


def test_a_field_of_a_record_is_called_as_in_the_mapping() -> None:
    names = ("status_id", "record_fields.status_id", "record_fields.a.b")
    fields = tuple(FieldPlan(name, 1, 0) for name in names)
    assert shown_plan(fields=fields) == (
        "  sets      status_id                1 row\n"
        "            record_fields.status_id  1 row\n"
        "            a.b                      1 row"
    )


def test_a_long_name_is_shortened_in_its_middle() -> None:
    name = f"początek{'x' * 50}koniec"
    example = Example(2, ("Gdynia",), "Gdynia")
    assert shown_plan(fields=(FieldPlan(f"record_fields.{name}", 1, 0, example),)) == (
        f'  sets      początek{"x" * 8}…{"x" * 11}koniec  1 row  "Gdynia" (row 2)'
    )


def test_fields_that_do_not_fit_are_named() -> None:
    fields = tuple(FieldPlan(f"record_fields.f{n}", n, 0) for n in range(1, 31))
    lines = shown_plan(fields=fields).splitlines()
    assert len(lines) == MOST_PLAN_LINES - 1
    assert lines[-1].startswith("            and 20 more fields: f11 (11 rows), f12 (12 rows)")
    assert lines[-1].endswith("more")


def test_statuses_are_named_if_they_can_be_and_say_what_they_replace_if_it_is_known() -> None:
    nobody = RecordStatus("1", "Nowy")
    changes = (
        StatusChange(RecordStatus("3", "Kontakt"), 410, before=nobody),
        StatusChange(RecordStatus("7"), 12, before=RecordStatus("6")),
        StatusChange(RecordStatus("8", "\x1b[31m" * 20), 1),
    )
    assert shown_plan(statuses=changes) == (
        '  status    "Nowy" (1) -> "Kontakt" (3): 410 rows, id 6 -> id 7: 12 rows,\n'
        '            "\\x1b[31m\\x1b[31m\\x1b[31…" (8): 1 row'
    )


def test_a_column_with_too_many_statuses_is_questioned_in_red() -> None:
    lines = plan_lines(plan_of(statuses=None))
    assert text_of(lines[1:]) == (
        "  status    more than 1,000 different ids: is this the right column?"
    )
    assert lines[1][0].tone is Tone.BAD


def test_a_plan_says_if_no_row_is_sent_first() -> None:
    assert shown_plan(sent_first=SentFirst(0, ())) == "  first     no row"


NARROW = """\
1,000 of 1,234 rows to send to
acme.thulium.com as api
  CLEARS    miasto  3 rows  blank cell
  campaign  00001 (1,000 rows)
  sets      status_id           2 rows
            następ…lamacja  1,000 rows
  status    "Kontakt" (3): 410 rows,
            "Nie dzwonić" (4): 12 rows
  note      1 column of the file is not
            mapped
  takes     about 3 min 20 s at 5
            requests per second"""


def test_a_plan_fits_a_narrow_terminal() -> None:
    plan = plan_of(
        campaigns=(("00001", 1000),),
        fields=(
            FieldPlan("status_id", 2, 0, Example(2, ("Kontakt",), "3")),
            FieldPlan("record_fields.następny_termin_obsługi_rekordu_po_reklamacja", 1000, 0),
            FieldPlan("record_fields.miasto", 0, 3, None, BLANK),
        ),
        statuses=(
            StatusChange(RecordStatus("3", "Kontakt"), 410),
            StatusChange(RecordStatus("4", "Nie dzwonić"), 12),
        ),
        notices=(Issue("unmapped-columns", {"count": 1}),),
        requests_per_second=5.0,
    )
    lines = plan_lines(plan, target=Target("acme.thulium.com", "api"), columns=40)
    assert text_of(lines) == NARROW


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
        for outcome in NEEDS_ATTENTION
        for place in (1, 2, 3)
    )  # fmt: skip
    example = Example(1_234_567, (text, text), text, before=text)
    fields = tuple(FieldPlan(f"{n}{text}", 5, 5, example, example) for n in range(50))
    named = RecordStatus(text, text)
    note = Issue("null-words", {"text": text}, "", (text,))
    campaigns = tuple((f"{n:05}", 7) for n in range(50))
    files = {file: Path(text) / file for file in RunFile}
    summary = Summary(
        end.exit_code, run_id="20260301-021500-k3f9", input_path=text, files=files,
        outcomes=dict.fromkeys(Status, 1_234_567),
    )  # fmt: skip
    plan = plan_of(
        fields=fields, campaigns=campaigns, notices=(note,) * 30,
        statuses=(StatusChange(named, 1_234_567, before=named),) * 30,
        sent_first=SentFirst(1_234_567, (text,) * 30), requests_per_second=0.5,
    )  # fmt: skip
    return Report(
        summary, end, plan, identical=5, reasons=reasons, tried_again=3, left_to_send=9,
        mapping_path=text,
    )  # fmt: skip


ENDS = [
    SUCCESS,
    RunEnd(ExitCode.ROWS, (Issue("rows", {"outcomes": tuple(f"9 {s}" for s in Status)}),)),
    RunEnd(ExitCode.BUG, (Issue("bug", {"error": LONG}),)),
]


def test_a_report_says_what_to_do_about_the_error_that_stopped_the_run() -> None:
    params: dict[str, Param] = {"path": "/l", "name": "SQLITE_FULL", "error": "full"}
    end = LedgerError(Issue("ledger", params, "full")).run_end
    shown = text_of(report_lines(report_of("x", end=end), command="run"))
    assert "stopped: the ledger /l: the disk is full (SQLITE_FULL:\nfull) (exit code 5)" in shown
    assert "\n  -> Free some disk space, then run the same command again.\n" in shown


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


@pytest.mark.parametrize("fields", [0, 1, 3, 50])
@pytest.mark.parametrize("columns", [40, COLUMNS])
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:12])
def test_a_plan_fits_whatever_it_contains(text: str, columns: int, fields: int) -> None:
    plan = report_of(text).plan
    plan = replace(plan, fields=plan.fields[:fields])
    shown = text_of(plan_lines(plan, target=Target(text, text), columns=columns))
    assert fits(shown, lines=MOST_PLAN_LINES, columns=columns), shown
    assert "\x1b" not in shown


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
    assert next_of(end_of("max-invalid", 3)) == f"bulk-update check {FILE} {CONNECTION}"
    assert next_of(end_of("halted-canary", 4)) == f"bulk-update run {FILE} {CONNECTION}"
    assert next_of(end_of("halted-401", 4)) == f"{APPLY}\n{SHOW}"
    assert next_of(command="check", left=3) == APPLY
    assert next_of(ROWS, command="check", invalid=3) == (
        f"bulk-update check 'to day/failed.csv' -m m.yaml --full {SHARED} {TO_FILES} {CONNECTION}"
    )


def test_what_could_not_be_read_back_is_to_be_read_back_again() -> None:
    first, last = next_of(end_of("halted-401", 4), command="verify", left=3).splitlines()
    assert first.startswith(f"bulk-update verify R {SHARED}")
    assert last == SHOW


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
