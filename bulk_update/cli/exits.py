"""Turns exceptions into an exit code, a message on stderr and, with `--json`, JSON on stdout."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from bulk_update.cli.signals import ignore_signals
from bulk_update.cli.usage_wording import sentence_of_usage
from bulk_update.errors import BulkUpdateError, UsageError
from bulk_update.exits import ExitCode, end_of_stop
from bulk_update.messages import phrase, sentences_of
from bulk_update.printable import printable
from bulk_update.stop_request import StopCause, StopRequest

if TYPE_CHECKING:  # the results import openpyxl, which help does not need
    from bulk_update.results import Told


@contextmanager
def exit_after(stop: StopRequest) -> Iterator[None]:
    """Turn any exception that ends the program into an exit code."""
    try:
        yield
    except BulkUpdateError as error:
        leave(error, stop=stop)
    except (KeyboardInterrupt, click.Abort):
        leave_stopped(stop)
    except Exception as error:  # noqa: BLE001 - the last resort: a bug has its own exit code
        if stop.cause:  # an interrupted operation may fail in any way
            leave_stopped(stop)
        say_bug(error)
        print_json_of(ExitCode.BUG, "bug")
        sys.exit(ExitCode.BUG)


def usage_error(error: click.ClickException, *, stop: StopRequest) -> NoReturn:
    """Exit with code 2 after a mistake on the command line, and print the command's own hint."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        say(error.format_message())
        sys.exit(error.exit_code)
    context = getattr(error, "ctx", None)
    hint = phrase("Try `{command:plain} --help`.", command=context.command_path) if context else ""
    if "--newest" in sys.argv and "extra argument" in error.format_message():
        hint = phrase("Quote the pattern, so that the shell does not replace it: 'exports/*.csv'.")
    leave(UsageError(sentence_of_usage(error), hint=hint), stop=stop)


def leave(error: BulkUpdateError, *, stop: StopRequest) -> NoReturn:
    """Print the error and exit with its code; a signal takes precedence over any error."""
    if stop.cause:
        leave_stopped(stop)
    say_error(error)
    print_json_of(error.exit_code, error.reason)
    sys.exit(error.exit_code)


def leave_stopped(stop: StopRequest) -> NoReturn:
    """Print which signal ended the program before there was anything to report, and exit.

    A second signal must not replace this with a traceback.
    """
    ignore_signals()
    end = end_of_stop(stop.cause or StopCause.SIGINT)
    say(f"bulk-update: {sentences_of(end.reasons)}")
    print_json_of(end.exit_code, end.code)
    sys.exit(end.exit_code)


def say_error(error: BulkUpdateError) -> None:
    """Print an error and what to do next."""
    say(f"bulk-update: {error.message}")
    if error.hint:
        say(error.hint)


def say_bug(error: Exception) -> None:
    """Print where a bug occurred, and ask for a report."""
    said = phrase("a bug in bulk-update; nothing is lost. Please report this:")
    say(f"{said}\n{trace(error)}")


def say(text: str) -> None:
    """Print a text to stderr, in a form that is safe for terminals."""
    click.echo(printable(text, keep="\n"), err=True)


def print_json_of(
    exit_code: int,
    reason: str | None,
    *,
    input_path: str | None = None,
    notifications: Sequence[Told] | None = None,
) -> None:
    """Print the object that `--json` promises even on failure."""
    if "--json" not in sys.argv:
        return
    from bulk_update.results import Summary, summary_json

    summary = Summary(
        exit_code=exit_code, reason=reason, input_path=input_path, notifications=notifications
    )
    click.echo(summary_json(summary, ascii_only=True), nl=False)


def trace(error: Exception) -> str:
    """Return the traceback of a bug: code lines only, without values of variables."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join((f"{type(error).__name__}: {error}", *lines))
