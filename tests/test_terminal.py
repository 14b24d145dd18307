from __future__ import annotations

import io
import itertools
import sys

import pytest
from words import spoken

from bulk_update.cli.terminal import Terminal
from bulk_update.records import Outcome, Status


def outcome(status: Status) -> Outcome:
    return Outcome(
        1 << 32 | 7, status, "http-404", (spoken("http-404", "not found"),), 404, 1, None, 1, 2, 3
    )


def terminal(*, progress: bool = True, verbose: bool = False) -> Terminal:
    """Return a terminal that is none, at which ten seconds pass with each look at the clock."""
    clock = itertools.count(0, 10).__next__
    return Terminal(yes=True, quiet=False, verbose=verbose, progress=progress, clock=clock)


def test_where_no_bar_can_be_shown_progress_is_a_line_every_half_a_minute(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with terminal().sending(8) as meter:
        for status in [Status.UPDATED, Status.REJECTED, Status.FAILED, *[Status.UPDATED] * 5]:
            meter.row_settled(outcome(status))
    assert capsys.readouterr().err.splitlines() == [
        "sending: 3 of 8 rows (1 rejected, 1 failed)",
        "sending: 6 of 8 rows (1 rejected, 1 failed)",
    ]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_notice_beside_a_bar_gets_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal().sending(8) as meter:
        meter.row_settled(outcome(Status.UPDATED))
        terminal().notice("stopped by SIGINT")
    assert "sending" in screen.getvalue()
    assert "\rstopped by SIGINT\n" in screen.getvalue()


def test_reading_tells_how_many_rows_were_read(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal().reading() as meter:
        for _ in range(3):
            meter.rows_read(1000)
    assert capsys.readouterr().err == "reading: 3000 rows\n"


def test_no_progress_is_said_where_none_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal(progress=False, verbose=True).sending(9) as meter:
        meter.rows_read(9)
        meter.row_settled(outcome(Status.REJECTED))
    assert capsys.readouterr().err == "row 7: rejected · http-404 · not found\n"
