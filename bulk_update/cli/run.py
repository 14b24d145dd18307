"""`bulk-update run`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import (
    CHANGES,
    CONNECTION,
    DELIVERY,
    FILE,
    GUARDS,
    OUTPUT,
    PLACES,
    SENDING,
    options,
    request_of,
)


@click.command(name="run", epilog="Example: bulk-update run crm.csv -m mappings/crm-utf8.yaml")
@options(FILE, CHANGES, GUARDS, CONNECTION, DELIVERY, SENDING, PLACES, OUTPUT)
def command(**given: Any) -> None:
    """Check FILE, show the plan, ask, and send what changes.

    Started again after a crash or a stop, it continues where it was: a row that was settled is
    not sent twice.
    """
    from bulk_update.cli.session import run_command

    run_command(request_of(given), given)
