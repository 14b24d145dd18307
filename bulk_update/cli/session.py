"""Shared code of the commands that plan or send: terminal, report, and exit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

import click

from bulk_update.cli.detail import FEWEST_REPORT_LINES, MOST_LINES
from bulk_update.cli.ending import Ending, ending_of
from bulk_update.cli.exits import print_json_of, say, say_bug, say_error
from bulk_update.cli.layout import Line, columns_of, takes_colour, text_of
from bulk_update.cli.next_commands import next_commands
from bulk_update.cli.options import stop_request
from bulk_update.cli.telling import Telling
from bulk_update.cli.terminal import Terminal
from bulk_update.cli.wording import quiet_line, remedy_of_end, report_lines
from bulk_update.errors import BulkUpdateError
from bulk_update.events import BugFound, Events
from bulk_update.job.ports import Observer
from bulk_update.job.report import Report
from bulk_update.messages import sentences_of
from bulk_update.results import summary_json
from bulk_update.stop_request import Interrupted

Follower = Callable[[Ending], Ending]
"""What is done after a command has ended, such as notifying people.

It can add to the summary of the ending's report. What fails in it is a notice: it never changes the
exit code.
"""


def carry_out(
    use_case: Callable[[Observer], Report], given: dict[str, Any], *, command: str
) -> NoReturn:
    """Run a use case, do what follows its end, print the results, and exit.

    Every command that plans or sends ends here, with a report or without one. From its end on, the
    exit code is final, so signals no longer change it.
    """
    terminal = terminal_of(given)
    terminal.mapping.path = str(given.get("mapping_path") or "")
    telling = Telling(given, command=command, events=terminal, stop=stop_request())

    def act() -> Report:
        telling.prepare()
        return use_case(terminal)

    ending = ending_of(
        act,
        command=command,
        stop=stop_request(),
        mapping=terminal.mapping,
    )
    with suppress(Interrupted):  # a second signal: stop what follows, and printing
        ending = followed(ending, (telling.follow,), terminal)
        print_ending(ending, given, terminal)
    sys.exit(ending.exit_code)


def followed(ending: Ending, followers: Sequence[Follower], events: Events) -> Ending:
    """Return the ending after all followers; a bug in one of them is printed, and no more."""
    for follow in followers:
        try:
            ending = replace(follow(ending), end=ending.end)
        except Exception as error:  # noqa: BLE001 - the run has ended, and its exit code is final
            events.on_event(BugFound(error))
    return ending


def terminal_of(given: dict[str, Any]) -> Terminal:
    """Return the terminal for a command's parameters."""
    return Terminal(
        yes=given.get("yes", False),
        quiet=given["quiet"],
        verbose=given.get("verbose", False),
        progress=not given["no_progress"],
    )


def print_ending(ending: Ending, given: dict[str, Any], terminal: Terminal) -> None:
    """Print the results, or why there are none."""
    if ending.report:
        _print(ending.report, given, terminal, command=ending.command)
        return
    match ending.error:
        case BulkUpdateError() as error:
            say_error(error)
        case Exception() as error:
            say_bug(error)
        case None:
            say(f"bulk-update: {sentences_of(ending.end.reasons)}")
    file = given.get("file")
    print_json_of(
        ending.exit_code,
        ending.end.code,
        input_path=str(file) if file else None,
        notifications=ending.notifications,
    )


def _print(report: Report, given: dict[str, Any], terminal: Terminal, *, command: str) -> None:
    """Print the results to stdout: one JSON object for `--json`, else text.

    If the full text is not printed, stderr still says why a run did not succeed.
    """
    if given["as_json"]:
        if command == "check":  # without a plan on stdout
            terminal.say_notes(report.plan)
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
