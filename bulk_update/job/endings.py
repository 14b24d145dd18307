"""Errors as the ends of runs, whose rows need their results in any case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bulk_update.errors import BulkUpdateError
from bulk_update.events import BugFound, Events
from bulk_update.exits import SUCCESS, ExitCode, RunEnd
from bulk_update.records import Issue


@dataclass(slots=True)
class Ending:
    """How a part of a run ended."""

    end: RunEnd = SUCCESS


@contextmanager
def ended_by_errors(events: Events) -> Iterator[Ending]:
    """Yield an ending that says after the block which error or bug ended it, if any did."""
    ending = Ending()
    try:
        yield ending
    except BulkUpdateError as error:
        ending.end = error.run_end
    except Exception as error:  # noqa: BLE001 - rows need their results even after a bug
        events.on_event(BugFound(error))
        ending.end = RunEnd(ExitCode.BUG, (Issue("bug", {"error": repr(error)}),))
