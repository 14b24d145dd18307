"""`bulk-update report`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import OUT, STATE, options, viewing_options
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand


@click.command(
    cls=SpokenCommand,
    name="report",
    short_help="Write the report.html of RUN again.",
    epilog="Example: bulk-update report 20260301-021500-k3f9",
)
@click.argument("run_id", metavar="RUN")
@options(STATE, OUT, LANGUAGE)
def command(run_id: str, **given: Any) -> None:
    """Write the report.html of RUN again, from the ledger, beside its other files."""
    from bulk_update.cli.paths import shown
    from bulk_update.job.write_page import write_page_again
    from bulk_update.printable import printable

    run_options = viewing_options(given)
    with run_options.stop.interruptible():
        path = write_page_again(run_id, run_options)
    click.echo(printable(shown(path)))
