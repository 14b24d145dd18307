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
    ONLY_READING,
    OUTPUT,
    PLACES,
    SOURCES,
    options,
    request_of,
)


@click.command(name="check", epilog="Example: bulk-update check crm.csv -m mappings/crm-utf8.yaml")
@options(FILE, SOURCES, CHANGES, GUARDS, CONNECTION, LIVE, ONLY_READING, PLACES, OUTPUT)
def command(**given: Any) -> None:
    """Validate FILE and plan what would be sent. Sends nothing.

    Writes results.csv (one line per row), failed.csv and failed.xlsx (the rows to
    fix), and requests.jsonl (the requests that would be sent).
    """
    from bulk_update.cli.session import leave_with_report, naming_the_input, terminal_of
    from bulk_update.job.check import check_file

    request, terminal = request_of(given), terminal_of(given)
    with naming_the_input(request):
        report = check_file(request, terminal)
    if given["as_json"]:
        terminal.say_notes(report.plan)
    leave_with_report(report, given, terminal, command="check")
