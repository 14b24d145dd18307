"""`bulk-update apply`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import (
    ARCHIVE,
    CONNECTION,
    DELIVERY,
    GUARDS,
    LIVE,
    LOGGING,
    OUTPUT,
    PLACES,
    SENDING,
    TELLING,
    options,
    run_options_of,
)
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand


@click.command(
    cls=SpokenCommand, name="apply", epilog="Example: bulk-update apply 20260301-021500-k3f9"
)
@click.argument("run_id", metavar="RUN")
@options(
    ARCHIVE, GUARDS, CONNECTION, LIVE, DELIVERY, SENDING, TELLING, PLACES, OUTPUT, LOGGING, LANGUAGE
)
def command(run_id: str, **given: Any) -> None:
    """Send the rows of RUN that have no final outcome yet.

    These are rows not sent yet, in doubt, or halted. RUN is the run id that `check` or `run`
    printed. The run keeps its id, and all its files are written again. Passing the id of a plan
    from the last 24 hours counts as approval; an older plan is shown and has to be confirmed again.
    """
    from bulk_update.cli.session import carry_out
    from bulk_update.job.apply import apply_run

    carry_out(
        lambda observer: apply_run(run_id, run_options_of(given), observer),
        {**given, "run_id": run_id},
        command="apply",
    )
