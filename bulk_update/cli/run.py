"""`bulk-update run`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import (
    ARCHIVE,
    CHANGES,
    CONNECTION,
    DELIVERY,
    FILE,
    GUARDS,
    LIVE,
    OUTPUT,
    PLACES,
    SENDING,
    SOURCES,
    options,
    request_of,
)


@click.command(
    name="run",
    short_help="Check FILE, show the plan, ask, and send the changes.",
    epilog="Example: bulk-update run crm.csv -m mappings/crm-utf8.yaml",
)
@options(
    FILE, SOURCES, ARCHIVE, CHANGES, GUARDS, CONNECTION, LIVE, DELIVERY, SENDING, PLACES, OUTPUT
)
def command(**given: Any) -> None:
    """Check FILE, show the plan, ask for confirmation, and send the changes.

    If an earlier run of the same file is unfinished, it continues that run. Rows that already
    have a final outcome are not sent again.
    """
    from bulk_update.cli.session import leave_with_report, naming_the_input, terminal_of
    from bulk_update.job.run import run_file

    request, terminal = request_of(given), terminal_of(given)
    with naming_the_input(request):
        report = run_file(request, terminal)
    leave_with_report(report, given, terminal, command="run")
