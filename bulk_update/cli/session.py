"""Shared code of the commands that plan or send: terminal, report, and exit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import click

from bulk_update.cli.detail import FEWEST_REPORT_LINES, MOST_LINES
from bulk_update.cli.exits import leave, leave_stopped, say
from bulk_update.cli.layout import Line, columns_of, takes_colour, text_of
from bulk_update.cli.next_commands import next_commands
from bulk_update.cli.terminal import Terminal
from bulk_update.cli.wording import quiet_line, remedy_of_end, report_lines
from bulk_update.errors import BulkUpdateError
from bulk_update.job.report import Report
from bulk_update.job.request import Request
from bulk_update.messages import sentences_of
from bulk_update.results import summary_json
from bulk_update.sources import shown_name
from bulk_update.stop_request import Interrupted


@contextmanager
def naming_the_input(request: Request) -> Iterator[None]:
    """Include the input file in the output of `--json`, even after an early error."""
    try:
        yield
    except BulkUpdateError as error:
        leave(error, stop=request.options.stop, input_path=shown_name(request.text))
    except KeyboardInterrupt:
        leave_stopped(request.options.stop, input_path=shown_name(request.text))


def terminal_of(given: dict[str, Any]) -> Terminal:
    """Return the terminal for a command's parameters."""
    return Terminal(
        yes=given.get("yes", False),
        quiet=given["quiet"],
        verbose=given.get("verbose", False),
        progress=not given["no_progress"],
    )


def leave_with_report(
    report: Report, given: dict[str, Any], terminal: Terminal, *, command: str
) -> NoReturn:
    """Print the results and exit; the exit code is recorded, so signals no longer change it."""
    with suppress(Interrupted):  # a second signal: stop printing
        _print(report, given, terminal, command=command)
    sys.exit(report.end.exit_code)


def _print(report: Report, given: dict[str, Any], terminal: Terminal, *, command: str) -> None:
    """Print the results to stdout: one JSON object for `--json`, else text.

    If the full text is not printed, stderr still says why a run did not succeed.
    """
    if given["as_json"]:
        click.echo(summary_json(report.summary, ascii_only=True), nl=False)
    elif given["quiet"]:
        click.echo(quiet_line(report, command=command))
    else:
        commands = next_commands(report, command=command, given=given)
        most = max(MOST_LINES - terminal.lines_shown, FEWEST_REPORT_LINES)
        lines = report_lines(
            report, command=command, commands=commands, most=most, columns=columns_of(sys.stdout)
        )
        show(lines)
    if (given["as_json"] or given["quiet"]) and report.end.reasons:
        say(f"bulk-update: {sentences_of(report.end.reasons)}")
        if remedy := remedy_of_end(report):
            say(remedy)


def show(lines: list[Line]) -> None:
    """Print lines to stdout, in colour if it supports that."""
    colour = takes_colour(sys.stdout)
    click.echo(text_of(lines, colour=colour), color=colour)
