"""`bulk-update retry`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import (
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
    cls=SpokenCommand,
    name="retry",
    short_help="Send the failed rows of RUN again, as a new run.",
    epilog="Example: bulk-update retry 20260301-021500-k3f9",
)
@click.argument("run_id", metavar="RUN")
@options(GUARDS, CONNECTION, LIVE, DELIVERY, SENDING, TELLING, PLACES, OUTPUT, LOGGING, LANGUAGE)
def command(run_id: str, **given: Any) -> None:
    """Send the rejected, failed and in-doubt rows of RUN again, as a new run.

    Asks for confirmation like `run`. The results contain only these rows, with their row numbers
    from the original file.
    """
    from bulk_update.cli.session import carry_out
    from bulk_update.job.retry import retry_run

    carry_out(
        lambda observer: retry_run(run_id, run_options_of(given), observer),
        {**given, "run_id": run_id},
        command="retry",
    )
