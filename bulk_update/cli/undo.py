"""`bulk-update undo`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import (
    CONNECTION,
    CONSENT,
    DELIVERY,
    GUARDS,
    LIMIT,
    LOGGING,
    OUTPUT,
    PLACES,
    TELLING,
    VERIFY,
    WAITING,
    options,
    run_options_of,
)
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand

RESTORING = [
    click.option("--trust-last-sent", is_flag=True,
                 help="Also restore fields that the API does not show, to what was sent before."),
    click.option("--only", multiple=True, metavar="FIELD",
                 help="Restore only this field, e.g. record_fields.city (may be repeated)."),
]  # fmt: skip


@click.command(
    cls=SpokenCommand,
    name="undo",
    short_help="Restore what the records had before RUN.",
    epilog="Example: bulk-update undo 20260301-021500-k3f9",
)
@click.argument("run_id", metavar="RUN")
@options(
    RESTORING,
    GUARDS,
    CONNECTION,
    DELIVERY,
    LIMIT,
    VERIFY,
    WAITING,
    CONSENT,
    TELLING,
    PLACES,
    OUTPUT,
    LOGGING,
    LANGUAGE,
)
def command(run_id: str, **given: Any) -> None:
    """Restore what the records had before RUN, as a new run.

    RUN must have taken a snapshot (--snapshot, --verify). Status, agent and next call are restored
    where the record still shows what RUN sent; a record that has changed since is left alone. The
    records are read first, and the plan says what cannot be restored. Asks for confirmation like
    `run`. An undo can be undone, too.
    """
    from bulk_update.cli.session import carry_out
    from bulk_update.job.undo import UndoChoice, undo_run

    choice = UndoChoice(trusts_last_sent=given["trust_last_sent"], only=given["only"])
    carry_out(
        lambda observer: undo_run(run_id, choice, run_options_of(given), observer),
        {**given, "run_id": run_id},
        command="undo",
    )
