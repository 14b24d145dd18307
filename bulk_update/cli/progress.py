"""Displays of events on a terminal: the progress of a run, and the outcome of each row."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import NoReturn

from tqdm import tqdm

from bulk_update.cli.exits import say
from bulk_update.events import (
    Event,
    RecordsRead,
    RowSettled,
    RowsRead,
    Stage,
    StageBegan,
    StageEnded,
)
from bulk_update.language import N_, gettext
from bulk_update.messages import number, phrase, sentences_of
from bulk_update.records import Outcome, Status

SECONDS_BETWEEN_LINES = 30.0
"""How often progress is printed if no bar can be shown."""

_STAGES = {
    Stage.READING: N_("reading"),
    Stage.SNAPSHOT: N_("snapshot"),
    Stage.SENDING: N_("sending"),
    Stage.VERIFYING: N_("verifying"),
}
_UNITS = {
    Stage.READING: N_(" rows"),
    Stage.SNAPSHOT: N_(" records"),
    Stage.SENDING: N_(" rows"),
    Stage.VERIFYING: N_(" records"),
}
"""They are translated in the genitive, which fits any large number."""


class Progress:
    """A bar on a terminal; elsewhere, a plain line every half minute."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._stage: _StageProgress | None = None

    def on_event(self, event: Event) -> None:
        """Update the bar, or print a line."""
        match event:
            case StageBegan(stage, total_rows):
                self._stage = _StageProgress(stage, total_rows, self._clock)
            case StageEnded() if self._stage:
                self._stage.close()
                self._stage = None
            case RowsRead(count) | RecordsRead(count) if self._stage:
                self._stage.advance(count)
            case RowSettled(outcome) if self._stage:
                self._stage.count(outcome.status)
                self._stage.advance(1)


class _StageProgress:
    """The progress of one stage."""

    def __init__(self, stage: Stage, total: int | None, clock: Callable[[], float]) -> None:
        self._what = gettext(_STAGES[stage])
        self._unit = gettext(_UNITS[stage])
        self._of = phrase(" of {total:number}", total=total) if total else ""
        self._clock = clock
        self._done = 0
        self._next_line_at = clock() + SECONDS_BETWEEN_LINES
        self._not_updated: Counter[str] = Counter()
        self._bar: tqdm[NoReturn] = tqdm(
            desc=self._what,
            total=total,
            unit=self._unit,
            disable=None,
            mininterval=0.2,
            dynamic_ncols=True,
            leave=False,
            file=sys.stderr,
        )

    def count(self, status: Status) -> None:
        """Count an outcome other than `updated`."""
        if status is not Status.UPDATED:
            self._not_updated[status] += 1
            self._bar.set_postfix_str(self._counts(), refresh=False)

    def advance(self, count: int) -> None:
        """Advance by some rows; without a bar, print a line if one is due."""
        self._done += count
        self._bar.update(count)
        if not self._bar.disable or self._clock() < self._next_line_at:
            return
        self._next_line_at = self._clock() + SECONDS_BETWEEN_LINES
        more = f" ({self._counts()})" if self._not_updated else ""
        say(f"{self._what}: {number(self._done)}{self._of}{self._unit}{more}")

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()

    def _counts(self) -> str:
        return ", ".join(f"{number(count)} {status}" for status, count in self._not_updated.items())


class OutcomeLines:
    """Prints the outcome of every row (`--verbose`)."""

    def on_event(self, event: Event) -> None:
        """Print a line for an outcome event."""
        if isinstance(event, RowSettled):
            say(_line_of(event.outcome, event.number))


def _line_of(outcome: Outcome, number: int) -> str:
    sentences = sentences_of(outcome.reasons)
    row = phrase("row {row:plain}", row=number)
    parts = (f"{row}: {outcome.status}", outcome.code, sentences)
    return " · ".join(filter(None, parts))
