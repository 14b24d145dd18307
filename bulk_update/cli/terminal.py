"""What a person at a terminal sees and is asked: progress, notices, the plan."""

from __future__ import annotations

import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from tqdm import tqdm

from bulk_update.cli.endings import say
from bulk_update.cli.wording import plan_text
from bulk_update.errors import ConsentError
from bulk_update.job.observing import Meter, Target
from bulk_update.ledger import number_of
from bulk_update.plan import Plan
from bulk_update.records import Outcome, Status

SECONDS_BETWEEN_LINES = 30.0
"""How often progress is said where no terminal can show a bar."""


class Terminal:
    """The observer of the command line."""

    def __init__(self, *, yes: bool, quiet: bool, verbose: bool, progress: bool) -> None:
        self._yes = yes
        self._quiet = quiet
        self._verbose = verbose
        self._progress = progress and not quiet

    def notice(self, text: str) -> None:
        """Say something that is no result."""
        if not self._quiet:
            say(text)

    def bug(self, error: Exception) -> None:
        """Show where a bug happened."""
        say("".join(traceback.format_exception(error)))

    def consents(self, plan: Plan, target: Target) -> bool:
        """Show the plan and ask; raises ConsentError where there is no terminal to ask on."""
        if self._yes:
            return True
        say(plan_text(plan, target=target))
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise ConsentError(
                "nobody can be asked here: nothing was sent",
                hint="Give --yes to send without a question.",
            )
        try:
            return click.confirm(f"Send {plan.to_send} changes?", default=False, err=True)
        except click.Abort as abort:
            if isinstance(abort.__context__, KeyboardInterrupt):
                raise abort.__context__ from None
            return False  # the end of the input is no agreement

    @contextmanager
    def reading(self) -> Iterator[Meter]:
        """Show the reading of a file."""
        with self._bar("reading", total=None) as bar:
            yield _Meter(bar, lines=self._progress, verbose=self._verbose)

    @contextmanager
    def sending(self, total: int) -> Iterator[Meter]:
        """Show the sending of so many rows."""
        with self._bar("sending", total=total) as bar:
            yield _Meter(bar, lines=self._progress, verbose=self._verbose)

    def _bar(self, what: str, *, total: int | None) -> tqdm[NoReturn]:
        return tqdm(
            desc=what,
            total=total,
            unit=" rows",
            disable=None if self._progress else True,
            mininterval=0.2,
            dynamic_ncols=True,
            leave=False,
            file=sys.stderr,
        )


class _Meter:
    """Moves a bar; where there is none, says a line now and then."""

    def __init__(self, bar: tqdm[NoReturn], *, lines: bool, verbose: bool) -> None:
        self._bar = bar
        self._lines = lines and bar.disable
        self._verbose = verbose
        self._done = 0
        self._others: Counter[str] = Counter()
        self._next_line_at = time.monotonic() + SECONDS_BETWEEN_LINES

    def rows_read(self, count: int) -> None:
        """Take note of rows that were read and staged."""
        self._advance(count)

    def row_settled(self, outcome: Outcome) -> None:
        """Take note of how a row ended."""
        if outcome.status is not Status.UPDATED:
            self._others[outcome.status] += 1
            self._bar.set_postfix_str(self._others_text(), refresh=False)
        if self._verbose:
            say(_line_of(outcome))
        self._advance(1)

    def _advance(self, count: int) -> None:
        self._done += count
        self._bar.update(count)
        if self._lines and time.monotonic() >= self._next_line_at:
            self._next_line_at = time.monotonic() + SECONDS_BETWEEN_LINES
            of = f" of {self._bar.total}" if self._bar.total else ""
            others = f" ({self._others_text()})" if self._others else ""
            say(f"{self._bar.desc}: {self._done}{of} rows{others}")

    def _others_text(self) -> str:
        return ", ".join(f"{count} {status}" for status, count in self._others.items())


def _line_of(outcome: Outcome) -> str:
    parts = (f"row {number_of(outcome.row_id)}: {outcome.status}", outcome.code, outcome.message)
    return " · ".join(filter(None, parts))
