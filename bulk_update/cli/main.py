"""The command group; each command is imported only when used, so that help is fast."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from difflib import get_close_matches

import click

from bulk_update import __version__
from bulk_update.cli.chosen_language import chosen_language
from bulk_update.cli.exits import exit_after, usage_error
from bulk_update.cli.options import options
from bulk_update.cli.spoken import LANGUAGE, SpokenGroup
from bulk_update.cli.streams import survive_closed_pipes
from bulk_update.language import preferred_language, speaking
from bulk_update.stop_request import StopRequest

COMMANDS = {
    "check": "bulk_update.cli.check",
    "run": "bulk_update.cli.run",
    "apply": "bulk_update.cli.apply",
    "retry": "bulk_update.cli.retry",
    "undo": "bulk_update.cli.undo",
    "verify": "bulk_update.cli.verify",
    "runs": "bulk_update.cli.runs",
    "show": "bulk_update.cli.show",
    "report": "bulk_update.cli.report",
    "web": "bulk_update.cli.web",
    "doctor": "bulk_update.cli.doctor",
    "sandbox": "bulk_update.cli.sandbox",
    "demo": "bulk_update.cli.demo",
    "mapping": "bulk_update.cli.mapping",
}
"""The module of each command, which contains it as `command`."""


RARE_COLLECTIONS = (50_000, 20, 100)
"""Thresholds of the garbage collector; Python's default of 700 costs a tenth of a run."""


class LazyCommands(SpokenGroup):
    """A group whose commands are modules, in the order in which users need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Import the command of this name; fail and suggest the nearest one if it is unknown."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            nearest = get_close_matches(cmd_name, COMMANDS, n=1)
            meant = f" Did you mean '{nearest[0]}'?" if nearest else ""
            ctx.fail(f"No such command '{cmd_name}'.{meant}")  # as click says it
        command: click.Command = importlib.import_module(module).command
        return command


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with: bulk-update check FILE -m MAPPING (sends nothing)",
)
@click.version_option(__version__, prog_name="bulk-update")
@options(LANGUAGE)
def cli() -> None:
    """Keep the records of a Thulium campaign in step with a spreadsheet.

    Every row of the file ends with exactly one outcome, on exactly one line of results.csv.
    """


def main(stop: StopRequest | None = None) -> None:
    """Run the command line and exit with the documented exit code.

    If a signal came in the meantime, it determines the exit code, unless the command has reported
    how it ended.
    """
    stop = stop or StopRequest()
    gc.set_threshold(*RARE_COLLECTIONS)
    survive_closed_pipes()
    with speaking(preferred_language(os.environ)), exit_after(stop):
        chosen = chosen_language(sys.argv[1:], os.environ)
    with speaking(chosen), exit_after(stop):  # errors are printed in this language, too
        try:
            cli.main(
                prog_name="bulk-update",
                standalone_mode=False,
                windows_expand_args=False,  # a pattern is ours to expand
                obj=stop,
            )
        except click.ClickException as error:
            usage_error(error, stop=stop)
        stop.raise_if_requested()
