"""One command with its terminal: from a request to what is printed and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import click

from bulk_update import job
from bulk_update.cli.endings import leave, leave_stopped, say
from bulk_update.cli.terminal import Terminal
from bulk_update.cli.wording import plan_text, report_text
from bulk_update.errors import BulkUpdateError
from bulk_update.printable import printable
from bulk_update.results import summary_json
from bulk_update.stop_request import Interrupted


def check_command(request: job.Request, given: dict[str, Any]) -> NoReturn:
    """Check, print the plan and the summary, and leave."""
    with _naming_the_input(request):
        report = job.check(request, _terminal(given))
    _print(
        report, given, text=f"{plan_text(report.plan)}\n\n{report_text(report, command='check')}"
    )


def run_command(request: job.Request, given: dict[str, Any]) -> NoReturn:
    """Run, print the summary, and leave."""
    with _naming_the_input(request):
        report = job.run(request, _terminal(given))
    _print(report, given, text=report_text(report, command="run"))


def apply_command(run_id: str, terms: job.Terms, given: dict[str, Any]) -> NoReturn:
    """Apply a plan, print the summary, and leave."""
    report = job.apply(run_id, terms, _terminal(given))
    _print(report, given, text=report_text(report, command="apply"))


def retry_command(run_id: str, terms: job.Terms, given: dict[str, Any]) -> NoReturn:
    """Retry what failed, print the summary, and leave."""
    report = job.retry(run_id, terms, _terminal(given))
    _print(report, given, text=report_text(report, command="retry"))


@contextmanager
def _naming_the_input(request: job.Request) -> Iterator[None]:
    """Let the object of `--json` name the file even where nothing else is known."""
    try:
        yield
    except BulkUpdateError as error:
        leave(error, stop=request.terms.stop, input_path=str(request.file))
    except KeyboardInterrupt:
        leave_stopped(request.terms.stop, input_path=str(request.file))


def _terminal(given: dict[str, Any]) -> Terminal:
    return Terminal(
        yes=given.get("yes", False),
        quiet=given["quiet"],
        verbose=given["verbose"],
        progress=not given["no_progress"],
    )


def _print(report: job.Report, given: dict[str, Any], *, text: str) -> NoReturn:
    """Print results and leave: the exit code is on record, and no signal changes it any more."""
    with suppress(Interrupted):  # a second signal: nobody wants to read on
        _print_report(report, given, text=text)
    sys.exit(report.end.exit_code)


def _print_report(report: job.Report, given: dict[str, Any], *, text: str) -> None:
    """Print results to stdout: the object that `--json` asks for, else words.

    Where the words are left out, stderr still says why a run did not end well.
    """
    if given["as_json"]:
        click.echo(summary_json(report.summary, ascii_only=True), nl=False)
    elif not given["quiet"]:
        click.echo(printable(text, keep="\n"))
    if (given["as_json"] or given["quiet"]) and report.end.message:
        say(f"bulk-update: {report.end.message}")
