"""`bulk-update runs`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import STATE, options, seconds_of, viewing_terms


@click.command(
    name="runs",
    short_help="List the runs in the ledger.",
    epilog="Example: bulk-update runs --prune 90d",
)
@click.option("--prune", metavar="DURATION", help="First delete runs that ended longer ago: 90d.")
@options(STATE)
def command(prune: str | None, **given: Any) -> None:
    """List the runs in the ledger: date, state, user, job, file and outcomes."""
    from bulk_update import job
    from bulk_update.cli.inspect_wording import runs_text
    from bulk_update.cli.wording import counted
    from bulk_update.printable import printable

    terms = viewing_terms(given)
    with terms.stop.interruptible():
        if prune is not None:
            count = job.prune(terms, older_than_seconds=seconds_of("--prune", prune))
            click.echo(f"{counted(count, 'run')} deleted", err=True)
        text = runs_text(job.runs(terms))
    click.echo(printable(text, keep="\n"))
