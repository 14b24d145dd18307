"""Shared code of the commands that plan or send: terminal, report, and exit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, Protocol

import click

from bulk_update.cli.detail import FEWEST_REPORT_LINES, MOST_LINES
from bulk_update.cli.ending import Ending, KnownInputs, ending_of
from bulk_update.cli.event_log import EventLog
from bulk_update.cli.exits import print_json_of
from bulk_update.cli.layout import Line, columns_of, takes_colour, text_of
from bulk_update.cli.library_warnings import library_warnings_to
from bulk_update.cli.log_lines import LogFormat
from bulk_update.cli.metrics_follower import MetricsFollower
from bulk_update.cli.next_commands import next_commands
from bulk_update.cli.options import stop_request
from bulk_update.cli.telling import Telling
from bulk_update.cli.terminal import Terminal
from bulk_update.cli.wording import quiet_line, report_lines
from bulk_update.events import BugFound, CommandEnded, Events
from bulk_update.job.ports import Observer
from bulk_update.job.report import Report
from bulk_update.plan import Plan
from bulk_update.results import summary_json
from bulk_update.sources import shown_name
from bulk_update.stop_request import Interrupted

Follower = Callable[[Ending], Ending]
"""What is done after a command has ended, such as notifying people.

It can add to the summary of the ending's report. What fails in it is a notice: it never changes the
exit code.
"""


class Display(Observer, Protocol):
    """What writes to stderr while a command runs and when it ends: a terminal or an event log.

    It passes every event to its `readers`. `lines_shown` counts the lines of a terminal that are
    not progress.
    """

    lines_shown: int
    inputs: KnownInputs
    readers: list[Events]

    def say_notes(self, plan: Plan) -> None:
        """Say the notes of a plan that is not shown."""

    def say_failure(self, ending: Ending) -> None:
        """Say what ended a command without a report."""

    def say_end(self, report: Report) -> None:
        """Say why a run whose full text is not printed did not succeed."""


def carry_out(
    use_case: Callable[[Observer], Report], given: dict[str, Any], *, command: str
) -> NoReturn:
    """Run a use case, do what follows its end, print the results, and exit.

    Every command that plans or sends ends here, with a report or without one. From its end on, the
    exit code is final, so signals no longer change it.
    """
    display = display_of(given)
    display.inputs.mapping_path = str(given.get("mapping_path") or "")
    display.inputs.input_path = shown_name(str(given.get("file") or ""))
    with library_warnings_to(display) if isinstance(display, EventLog) else nullcontext():
        telling = Telling(given, command=command, events=display, stop=stop_request())
        display.readers.append(telling)
        followers = (*followers_of(given, display), telling.follow)

        def act() -> Report:
            telling.prepare()
            return use_case(display)

        ending = ending_of(
            act,
            command=command,
            stop=stop_request(),
            inputs=display.inputs,
        )
        with suppress(Interrupted):  # a second signal: skip what follows
            ending = followed(ending, followers, display)
        with suppress(Interrupted):
            print_ending(ending, given, display)
    sys.exit(ending.exit_code)


def display_of(given: dict[str, Any]) -> Display:
    """Return the display that a command's options ask for."""
    if given["log_format"] is None:
        return terminal_of(given)
    return EventLog(
        LogFormat(given["log_format"]),
        yes=given.get("yes", False),
        verbose=given.get("verbose", False),
    )


def terminal_of(given: dict[str, Any]) -> Terminal:
    """Return the terminal for a command's parameters."""
    return Terminal(
        yes=given.get("yes", False),
        quiet=given["quiet"],
        verbose=given.get("verbose", False),
        progress=not given["no_progress"],
    )


def followers_of(given: dict[str, Any], display: Display) -> Sequence[Follower]:
    """Return what the command's options ask to be done after its end."""
    followers: list[Follower] = []
    if path := given["metrics"]:
        inputs = [Path(given[name]) for name in ("file", "mapping_path") if given.get(name)]
        metrics = MetricsFollower(path, display, inputs=inputs)
        display.readers.append(metrics)
        followers.append(metrics.follow)
    return followers


def followed(ending: Ending, followers: Sequence[Follower], events: Events) -> Ending:
    """Return the ending after all followers; a bug in one of them is printed, and no more."""
    for follow in followers:
        try:
            ending = replace(follow(ending), end=ending.end)
        except Exception as error:  # noqa: BLE001 - the run has ended, and its exit code is final
            events.on_event(BugFound(error))
    return ending


def print_ending(ending: Ending, given: dict[str, Any], display: Display) -> None:
    """Print the results, or why there are none."""
    report = ending.report
    if report is None:
        display.say_failure(ending)
    elif given["as_json"] and ending.command == "check":  # without a plan on stdout
        display.say_notes(report.plan)
    summary = report.summary if report else None
    display.on_event(
        CommandEnded(
            ending.end,
            outcomes=summary.outcomes if summary else None,
            attempts=summary.attempts if summary else None,
            is_undo=report.is_undo if report else False,
        )
    )
    if report:
        _print(report, given, display, command=ending.command)
    else:
        print_json_of(
            ending.exit_code,
            ending.end.code,
            input_path=ending.input_path or None,
            notifications=ending.notifications,
        )


def _print(report: Report, given: dict[str, Any], display: Display, *, command: str) -> None:
    """Print the results to stdout: one JSON object for `--json`, else text.

    If the full text is not printed, stderr still says why a run did not succeed.
    """
    if given["as_json"]:
        click.echo(summary_json(report.summary, ascii_only=True), nl=False)
    elif given["quiet"]:
        click.echo(quiet_line(report, command=command))
    else:
        commands = next_commands(report, command=command, given=given)
        most = max(MOST_LINES - display.lines_shown, FEWEST_REPORT_LINES)
        lines = report_lines(
            report, command=command, commands=commands, most=most, columns=columns_of(sys.stdout)
        )
        show(lines)
    if given["as_json"] or given["quiet"]:
        display.say_end(report)


def show(lines: list[Line]) -> None:
    """Print lines to stdout, in colour if it supports that."""
    colour = takes_colour(sys.stdout)
    click.echo(text_of(lines, colour=colour), color=colour)
