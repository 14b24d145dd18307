"""The terminal: prints events and the plan, and asks for confirmation."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Sequence

import click
from tqdm import tqdm

from bulk_update.cli.detail import Detail
from bulk_update.cli.ending import Ending, KnownInputs
from bulk_update.cli.exits import say, say_bug, say_error
from bulk_update.cli.layout import Line, columns_of, takes_colour, text_of
from bulk_update.cli.plan_wording import notes, plan_lines
from bulk_update.cli.progress import OutcomeLines, Progress
from bulk_update.cli.wording import remedy_of_end
from bulk_update.errors import BulkUpdateError, ConsentError
from bulk_update.events import BugFound, Event, Events, Notice
from bulk_update.job.ports import Target
from bulk_update.job.report import Report
from bulk_update.language import gettext, language
from bulk_update.messages import hint_of, phrase, sentence_of, sentences_of
from bulk_update.plan import Plan
from bulk_update.records import Issue

SAID_WHEN_QUIET = frozenset(
    {"metrics-not-written", "not-archived", "not-notified", "untold", "no-summary"}
)
"""Notices of what failed after the end of a command: `--quiet` hides no errors."""

_YES = {"en": {"y", "yes"}, "pl": {"t", "tak", "y", "yes"}}
_NO = {"", "n", "no", "nie"}
"""The answers in each language."""


class Terminal:
    """The observer of the command line.

    `lines_shown` counts the lines of notices, of the plan and of the question. `inputs` is what
    the events have said about the mapping and the file.
    """

    def __init__(
        self,
        *,
        yes: bool,
        quiet: bool,
        verbose: bool,
        progress: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._yes = yes
        self._quiet = quiet
        self.lines_shown = 0
        self.inputs = KnownInputs()
        self.readers: list[Events] = [self.inputs]
        if verbose:
            self.readers.append(OutcomeLines())
        if progress and not quiet:
            self.readers.append(Progress(clock))

    def on_event(self, event: Event) -> None:
        """Print notices and bugs, and pass every event to the displays."""
        match event:
            case Notice(issue) if not self._quiet or issue.code in SAID_WHEN_QUIET:
                text = "\n".join(filter(None, (sentence_of(issue), hint_of(issue))))
                with tqdm.external_write_mode(file=sys.stderr):  # on a line of its own
                    say(text)
                self.lines_shown += len(text.splitlines())
            case BugFound(error):
                say("".join(traceback.format_exception(error)))
        for reader in self.readers:
            reader.on_event(event)

    def say_notes(self, plan: Plan) -> None:
        """Print the notes of a plan that is not shown."""
        if plan.notices and not self._quiet:
            self._show(notes(plan, Detail(columns=columns_of(sys.stderr))))

    def say_failure(self, ending: Ending) -> None:
        """Print what ended a command without a report."""
        match ending.error:
            case BulkUpdateError() as error:
                say_error(error)
            case Exception() as error:
                say_bug(error)
            case None:
                say(f"bulk-update: {sentences_of(ending.end.reasons)}")

    def say_end(self, report: Report) -> None:
        """Print why a run whose full text is not printed did not succeed."""
        if report.end.reasons:
            say(f"bulk-update: {sentences_of(report.end.reasons)}")
            if remedy := remedy_of_end(report.end, is_undo=report.is_undo):
                say(remedy)

    def _show(self, lines: Sequence[Line]) -> None:
        colour = takes_colour(sys.stderr)
        click.echo(text_of(lines, colour=colour), err=True, color=colour)
        self.lines_shown += len(lines)

    def consents(self, plan: Plan, target: Target) -> bool:
        """Show the plan and ask. Raises ConsentError if there is no terminal to ask on."""
        if self._yes:
            self.say_notes(plan)
            return True
        lines = plan_lines(plan, target=target, columns=columns_of(sys.stderr))
        self._show(lines)
        self.lines_shown += 1  # the question
        cannot_ask = sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty())
        if cannot_ask:  # stdin may be None, in a job without one
            raise ConsentError(Issue("no-consent", variant="no-terminal"))
        try:
            return _agrees(
                phrase("Send {count:number} {count:form|change|changes}?", count=plan.sent_now)
            )
        except click.Abort as abort:
            if isinstance(abort.__context__, KeyboardInterrupt):
                raise abort.__context__ from None
            return False  # the end of the input does not mean yes


def _agrees(question: str) -> bool:
    """Ask until the answer is yes or no. Raises Abort at the end of the input."""
    choice = gettext(" [y/N]: ")
    while True:
        answer = click.prompt(
            question, default="", show_default=False, prompt_suffix=choice, err=True
        )
        answer = answer.strip().lower()
        if answer in _YES[language()] | _NO:
            return answer in _YES[language()]
        click.echo(gettext("Error: invalid input"), err=True)
