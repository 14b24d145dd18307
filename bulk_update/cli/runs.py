"""`bulk-update runs`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import STATE, options, seconds_of, viewing_options
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand


@click.command(
    cls=SpokenCommand,
    name="runs",
    short_help="List the runs in the ledger.",
    epilog="Example: bulk-update runs --prune 90d",
)
@click.option("--prune", metavar="DURATION", help="First delete runs that ended longer ago: 90d.")
@click.option("--json", "as_json", is_flag=True, help="Print the runs as one JSON object.")
@options(STATE, LANGUAGE)
def command(prune: str | None, *, as_json: bool, **given: Any) -> None:
    """List the runs in the ledger: date, user, job, file, outcomes, state and sizes.

    The sizes are those of a run's rows in the ledger and of its files.
    """
    from bulk_update.cli.inspect_wording import pruned_text, runs_text
    from bulk_update.cli.runs_json import runs_json
    from bulk_update.job.inspect import list_runs, name_and_size, prune_runs
    from bulk_update.printable import printable

    run_options = viewing_options(given)
    with run_options.stop.interruptible():
        if prune is not None:
            pruned = prune_runs(run_options, older_than_seconds=seconds_of("--prune", prune))
            click.echo(pruned_text(pruned), err=True)
        views = list_runs(run_options)
    if as_json:
        click.echo(runs_json(views, ledger=name_and_size(run_options)))
    else:
        click.echo(printable(runs_text(views), keep="\n"))
