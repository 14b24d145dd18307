"""What a person at a terminal sees and is asked: progress, notices, the plan."""

from __future__ import annotations

import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from tqdm import tqdm

from bulk_update.cli.endings import say
from bulk_update.cli.wording import plan_text
from bulk_update.errors import ConsentError
from bulk_update.job.observing import Meter, Target
from bulk_update.ledger import number_of
from bulk_update.messages import sentences_of
from bulk_update.plan import Plan
from bulk_update.records import Outcome, Status

SECONDS_BETWEEN_LINES = 30.0
"""How often progress is said where no terminal can show a bar."""


class Terminal:
    """The observer of the command line."""

    def __init__(
        self,
        *,
        yes: bool,
        quiet: bool,
        verbose: bool,
        progress: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._yes = yes
        self._quiet = quiet
        self._verbose = verbose
        self._progress = progress and not quiet
        self._clock = clock

    def notice(self, text: str) -> None:
        """Say something that is no result, on a line of its own even where a bar is shown."""
        if not self._quiet:
            with tqdm.external_write_mode(file=sys.stderr):
                say(text)

    def bug(self, error: Exception) -> None:
        """Show where a bug happened."""
        say("".join(traceback.format_exception(error)))

    def consents(self, plan: Plan, target: Target) -> bool:
        """Show the plan and ask; raises ConsentError where there is no terminal to ask on."""
        if self._yes:
            return True
        say(plan_text(plan, target=target))
        asked_in_vain = sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty())
        if asked_in_vain:  # a job without a standard input has none at all
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
        with self._meter("reading", total=None) as meter:
            yield meter

    @contextmanager
    def sending(self, total: int) -> Iterator[Meter]:
        """Show the sending of so many rows."""
        with self._meter("sending", total=total) as meter:
            yield meter

    @contextmanager
    def _meter(self, what: str, *, total: int | None) -> Iterator[_Meter]:
        bar: tqdm[NoReturn] = tqdm(
            desc=what,
            total=total,
            unit=" rows",
            disable=None if self._progress else True,
            mininterval=0.2,
            dynamic_ncols=True,
            leave=False,
            file=sys.stderr,
        )
        with bar:
            lines = _Lines(what, total, self._clock) if self._progress and bar.disable else None
            yield _Meter(bar, lines=lines, verbose=self._verbose)


class _Meter:
    """Moves a bar; where there is none, says a line now and then."""

    def __init__(self, bar: tqdm[NoReturn], *, lines: _Lines | None, verbose: bool) -> None:
        self._bar = bar
        self._lines = lines
        self._verbose = verbose
        self._others: Counter[str] = Counter()

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
        self._bar.update(count)
        if self._lines is not None:
            self._lines.advance(count, others=self._others_text)

    def _others_text(self) -> str:
        return ", ".join(f"{count} {status}" for status, count in self._others.items())


class _Lines:
    """Says how far something is, in a plain line every half a minute."""

    def __init__(self, what: str, total: int | None, clock: Callable[[], float]) -> None:
        self._what = what
        self._of = f" of {total}" if total else ""
        self._clock = clock
        self._done = 0
        self._next_at = clock() + SECONDS_BETWEEN_LINES

    def advance(self, count: int, *, others: Callable[[], str]) -> None:
        """Take note of more rows; say a line if it is time."""
        self._done += count
        if self._clock() < self._next_at:
            return
        self._next_at = self._clock() + SECONDS_BETWEEN_LINES
        ended_otherwise = others()
        more = f" ({ended_otherwise})" if ended_otherwise else ""
        say(f"{self._what}: {self._done}{self._of} rows{more}")


def _line_of(outcome: Outcome) -> str:
    message = sentences_of(outcome.reasons)
    parts = (f"row {number_of(outcome.row_id)}: {outcome.status}", outcome.code, message)
    return " · ".join(filter(None, parts))
