"""`bulk-update apply`."""

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


@click.command(name="apply", epilog="Example: bulk-update apply 20260301-021500-k3f9")
@click.argument("run_id", metavar="RUN")
@options(GUARDS, CONNECTION, DELIVERY, SENDING, PLACES, OUTPUT)
def command(run_id: str, **given: Any) -> None:
    """Send what RUN planned and has not settled.

    Those are rows not sent yet, in doubt, or halted. RUN is the name that `check` or `run` gave
    it, and keeps it: all its files are written again. Naming a plan of the last 24 hours is
    consent to it.
    """
    from bulk_update.cli.session import apply_command

    apply_command(run_id, terms_of(given), given)
