"""What the commands that plan or send share: their terminal, their report, their exit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import click

from bulk_update.cli.exits import leave, leave_stopped, say
from bulk_update.cli.terminal import Terminal
from bulk_update.errors import BulkUpdateError
from bulk_update.job.report import Report
from bulk_update.job.request import Request
from bulk_update.messages import sentences_of
from bulk_update.printable import printable
from bulk_update.results import summary_json
from bulk_update.stop_request import Interrupted


@contextmanager
def naming_the_input(request: Request) -> Iterator[None]:
    """Let the object that `--json` prints name the input file, even after an early error."""
    try:
        yield
    except BulkUpdateError as error:
        leave(error, stop=request.options.stop, input_path=str(request.file))
    except KeyboardInterrupt:
        leave_stopped(request.options.stop, input_path=str(request.file))


def terminal_of(given: dict[str, Any]) -> Terminal:
    """Return the terminal that a command's parameters ask for."""
    return Terminal(
        yes=given.get("yes", False),
        quiet=given["quiet"],
        verbose=given.get("verbose", False),
        progress=not given["no_progress"],
    )


def leave_with_report(report: Report, given: dict[str, Any], *, text: str) -> NoReturn:
    """Print the results and leave: the exit code is recorded, and no signal changes it now."""
    with suppress(Interrupted):  # a second signal: stop printing
        _print(report, given, text=text)
    sys.exit(report.end.exit_code)


def _print(report: Report, given: dict[str, Any], *, text: str) -> None:
    """Print the results to stdout: one JSON object for `--json`, else text.

    Without the text, stderr still says why a run did not succeed.
    """
    if given["as_json"]:
        click.echo(summary_json(report.summary, ascii_only=True), nl=False)
    elif not given["quiet"]:
        click.echo(printable(text, keep="\n"))
    if (given["as_json"] or given["quiet"]) and report.end.reasons:
        say(f"bulk-update: {sentences_of(report.end.reasons)}")
