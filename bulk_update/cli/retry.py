"""`bulk-update retry`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import (
    CONNECTION,
    DELIVERY,
    GUARDS,
    OUTPUT,
    PLACES,
    SENDING,
    options,
    terms_of,
)


@click.command(name="retry", epilog="Example: bulk-update retry 20260301-021500-k3f9")
@click.argument("run_id", metavar="RUN")
@options(GUARDS, CONNECTION, DELIVERY, SENDING, PLACES, OUTPUT)
def command(run_id: str, **given: Any) -> None:
    """Send the rejected, failed and doubtful rows of RUN once more.

    It is a run of its own, after the same consent; its results hold only those rows, with the
    row numbers of the file.
    """
    from bulk_update.cli.session import retry_command

    retry_command(run_id, terms_of(given), given)
