"""`bulk-update runs`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import STATE, options, viewing_terms


@click.command(name="runs", epilog="Example: bulk-update runs")
@options(STATE)
def command(**given: Any) -> None:
    """List the runs in the ledger: when, who, job, file, outcomes, state."""
    from bulk_update import job  # noqa: PLC0415 - heavy, and not for help
    from bulk_update.cli.inspect_wording import runs_text  # noqa: PLC0415 - as above
    from bulk_update.printable import printable  # noqa: PLC0415 - as above

    click.echo(printable(runs_text(job.runs(viewing_terms(given))), keep="\n"))
