"""`bulk-update check`."""

from __future__ import annotations

from typing import Any

import click

from bulk_update.cli.options import (
    CHANGES,
    CONNECTION,
    FILE,
    GUARDS,
    OUTPUT,
    PLACES,
    options,
    request_of,
)


@click.command(name="check", epilog="Example: bulk-update check crm.csv -m mappings/crm-utf8.yaml")
@options(FILE, CHANGES, GUARDS, CONNECTION[:1], PLACES, OUTPUT)
def command(**given: Any) -> None:
    """Validate FILE and plan what would be sent. Sends nothing.

    Writes results.csv (one line per row), failed.csv and failed.xlsx (the rows to
    fix), and requests.jsonl (the requests that would be sent).
    """
    from bulk_update.cli.session import leave_with_report, naming_the_input, terminal_of
    from bulk_update.cli.wording import plan_text, report_text
    from bulk_update.job.check import check_file

    request = request_of(given)
    with naming_the_input(request):
        report = check_file(request, terminal_of(given))
    text = f"{plan_text(report.plan)}\n\n{report_text(report, command='check')}"
    leave_with_report(report, given, text=text)
