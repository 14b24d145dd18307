"""`bulk-update verify`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import (
    CONNECTION,
    LOGGING,
    ONLY_READING,
    PLACES,
    SUMMARY,
    WAITING,
    options,
    run_options_of,
)
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand


@click.command(
    cls=SpokenCommand,
    name="verify",
    short_help="Read back what RUN sent; sends nothing.",
    epilog="Example: bulk-update verify 20260301-021500-k3f9",
)
@click.argument("run_id", metavar="RUN")
@options(CONNECTION, ONLY_READING, WAITING, PLACES, SUMMARY, LOGGING, LANGUAGE)
def command(run_id: str, **given: Any) -> None:
    """Read back the records that RUN sent to, and write its files again.

    The column `verified` of results.csv says whether a record shows the status, agent and next
    call that were sent to it; other fields cannot be read back. Rows in doubt whose records show
    everything that was sent end `updated`. Nothing is sent. The exit code is 1 if a record differs.
    """
    from bulk_update.cli.session import carry_out
    from bulk_update.job.verify import verify_run

    carry_out(
        lambda observer: verify_run(run_id, run_options_of(given), observer),
        given,
        command="verify",
    )
