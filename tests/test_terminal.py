from __future__ import annotations

import io
import itertools
import sys

import pytest
from words import spoken

from bulk_update.cli.terminal import Terminal
from bulk_update.events import Event, Notice, RowSettled, RowsRead, Stage
from bulk_update.job.ports import stage_of
from bulk_update.records import Issue, Outcome, Status


def outcome(status: Status) -> Outcome:
    return Outcome(
        1 << 32 | 7, status, "http-404", (spoken("http-404", "not found"),), 404, 1, None, 1, 2, 3
    )


def terminal(*, progress: bool = True, verbose: bool = False) -> Terminal:
    """Return a terminal that is none, at which ten seconds pass with each look at the clock."""
    clock = itertools.count(0, 10).__next__
    return Terminal(yes=True, quiet=False, verbose=verbose, progress=progress, clock=clock)


def sending(terminal: Terminal, total: int, *events: Event) -> None:
    """Let a terminal see a stage in which these events happen."""
    with stage_of(terminal, Stage.SENDING, total_rows=total):
        for event in events:
            terminal.on_event(event)


def settled(*statuses: Status) -> list[Event]:
    return [RowSettled(outcome(status), number=7) for status in statuses]


def test_without_a_bar_progress_is_a_line_every_half_minute(
    capsys: pytest.CaptureFixture[str],
) -> None:
    others = settled(Status.REJECTED, Status.FAILED)
    sending(terminal(), 8, *settled(Status.UPDATED), *others, *settled(*[Status.UPDATED] * 5))
    assert capsys.readouterr().err.splitlines() == [
        "sending: 3 of 8 rows (1 rejected, 1 failed)",
        "sending: 6 of 8 rows (1 rejected, 1 failed)",
    ]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_notice_during_a_progress_bar_is_on_a_separate_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    sending(terminal(), 8, *settled(Status.UPDATED), Notice(Issue("signal", {"signal": "SIGINT"})))
    assert "sending" in screen.getvalue()
    assert "\rstopped by SIGINT\n" in screen.getvalue()


def test_reading_says_how_many_rows_were_read(capsys: pytest.CaptureFixture[str]) -> None:
    desk = terminal()
    with stage_of(desk, Stage.READING):
        for _ in range(3):
            desk.on_event(RowsRead(1000))
    assert capsys.readouterr().err == "reading: 3,000 rows\n"


def test_no_progress_is_printed_when_it_is_not_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    sending(terminal(progress=False, verbose=True), 9, RowsRead(9), *settled(Status.REJECTED))
    assert capsys.readouterr().err == "row 7: rejected · http-404 · not found\n"


def test_quiet_prints_no_notice(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Terminal(yes=True, quiet=True, verbose=False, progress=True)
    sending(quiet, 9, Notice(Issue("continuing", {"run": "r"})), *settled(Status.REJECTED))
    assert capsys.readouterr().err == ""
