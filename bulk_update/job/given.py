"""What the last command for a run was given: guards in place of the mapping's, and the pace."""

from __future__ import annotations

import json
from collections.abc import Mapping as MappingOf
from contextlib import suppress
from dataclasses import dataclass, field

from bulk_update.errors import LedgerError
from bulk_update.job.request import RunOptions
from bulk_update.job.store import Store
from bulk_update.ledger import Run
from bulk_update.settings import Delivery


@dataclass(frozen=True, slots=True)
class Given:
    """The values of `--guard` by name, and the pace; `workers` is 0 if nothing was to be sent.

    `rate` is in requests per second; None: unlimited.
    """

    guards: MappingOf[str, str] = field(default_factory=dict)
    rate: float | None = None
    workers: int = 0


def record_given(
    ledger: Store, run: int, options: RunOptions, *, delivery: Delivery | None = None
) -> None:
    """Record what a command was given, for the report. If that fails, the command goes on."""
    values: dict[str, object] = {"guards": dict(options.guards)}
    if delivery is not None:
        values |= {"rate": delivery.rate, "workers": delivery.workers}
    with suppress(LedgerError):
        ledger.runs.record_given(run, json.dumps(values))


def given_of(run: Run) -> Given:
    """Return what the last command for a run was given, as far as it was recorded."""
    return Given(**json.loads(run.given))
