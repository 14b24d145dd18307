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
    LOGGING,
    OUTPUT,
    PLACES,
    SENDING,
    SOURCES,
    TELLING,
    options,
    request_of,
)
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand


@click.command(
    cls=SpokenCommand,
    name="run",
    short_help="Check FILE, show the plan, ask, and send the changes.",
    epilog="Example: bulk-update run crm.csv -m mappings/crm-utf8.yaml",
)
@options(
    FILE,
    SOURCES,
    ARCHIVE,
    CHANGES,
    GUARDS,
    CONNECTION,
    LIVE,
    DELIVERY,
    SENDING,
    TELLING,
    PLACES,
    OUTPUT,
    LOGGING,
    LANGUAGE,
)
def command(**given: Any) -> None:
    """Check FILE, show the plan, ask for confirmation, and send the changes.

    If an earlier run of the same file is unfinished, it continues that run. Rows that already
    have a final outcome are not sent again.
    """
    from bulk_update.cli.session import carry_out
    from bulk_update.job.run import run_file

    carry_out(lambda observer: run_file(request_of(given), observer), given, command="run")
