"""`bulk-update show`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import STATE, options, viewing_options
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand


@click.command(
    cls=SpokenCommand,
    name="show",
    short_help="Show what happened in RUN, or to one row of it.",
    epilog="Example: bulk-update show 20260301-021500-k3f9 --row 73",
)
@click.argument("run_id", metavar="RUN")
@click.option(
    "--row", type=click.IntRange(min=1), metavar="N", help="Show everything about one row."
)
@options(STATE, LANGUAGE)
def command(run_id: str, row: int | None, **given: Any) -> None:
    """Show what happened in RUN, or everything known about one of its rows."""
    from bulk_update.cli.inspect_wording import row_text, run_text
    from bulk_update.job.inspect import show_row, show_run
    from bulk_update.printable import printable

    run_options = viewing_options(given)
    with run_options.stop.interruptible():
        text = (
            run_text(show_run(run_id, run_options))
            if row is None
            else row_text(show_row(run_id, row, run_options))
        )
    click.echo(printable(text, keep="\n"))
