"""`bulk-update runs`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import STATE, options, seconds_of, viewing_options


@click.command(
    name="runs",
    short_help="List the runs in the ledger.",
    epilog="Example: bulk-update runs --prune 90d",
)
@click.option("--prune", metavar="DURATION", help="First delete runs that ended longer ago: 90d.")
@options(STATE)
def command(prune: str | None, **given: Any) -> None:
    """List the runs in the ledger: date, user, job, file, outcomes, state and size."""
    from bulk_update.cli.inspect_wording import runs_text
    from bulk_update.job.inspect import list_runs, prune_runs
    from bulk_update.messages import counted
    from bulk_update.printable import printable

    run_options = viewing_options(given)
    with run_options.stop.interruptible():
        if prune is not None:
            count = prune_runs(run_options, older_than_seconds=seconds_of("--prune", prune))
            click.echo(f"{counted(count, 'run')} deleted", err=True)
        text = runs_text(list_runs(run_options))
    click.echo(printable(text, keep="\n"))
