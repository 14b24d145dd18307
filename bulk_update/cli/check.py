"""`bulk-update check`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import (
    CHANGES,
    CONNECTION,
    FILE,
    GUARDS,
    LIVE,
    LOGGING,
    ONLY_READING,
    OUTPUT,
    PLACES,
    PRESENT,
    SOURCES,
    TELLING,
    options,
    request_of,
)
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand


@click.command(
    cls=SpokenCommand,
    name="check",
    epilog="Example: bulk-update check crm.csv -m mappings/crm-utf8.yaml",
)
@options(
    FILE, SOURCES, CHANGES, GUARDS, CONNECTION, LIVE, PRESENT, ONLY_READING, TELLING, PLACES,
    OUTPUT, LOGGING, LANGUAGE,
)  # fmt: skip
def command(**given: Any) -> None:
    """Validate FILE and plan what would be sent. Sends nothing.

    Writes results.csv (one line per row), failed.csv and failed.xlsx (the rows to
    fix), and requests.jsonl (the requests that would be sent).
    """
    from bulk_update.cli.session import carry_out
    from bulk_update.job.check import check_file

    carry_out(lambda observer: check_file(request_of(given), observer), given, command="check")
