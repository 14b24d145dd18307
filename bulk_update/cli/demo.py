"""`bulk-update demo`."""

from __future__ import annotations

import click

from bulk_update.cli.options import options
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand
from bulk_update.cli.web import NO_BROWSER


@click.command(
    cls=SpokenCommand,
    name="demo",
    short_help="Watch a complete job on a bundled sample.",
    epilog="Example: bulk-update demo",
)
@options(LANGUAGE)
@click.option("--web", "opens_page", is_flag=True, help="Then show it on a local web page.")
@NO_BROWSER
@click.option("--no-progress", is_flag=True, help="Do not show a progress bar.")
def command(*, opens_page: bool, no_browser: bool, no_progress: bool) -> None:
    """Watch a complete job on a bundled sample, against a sandbox that this command starts.

    Nothing leaves this machine. The files are kept in ./bulk-update-demo.
    """
    from bulk_update.cli.demo_script import Ending, demonstrate

    ending = Ending.CONSOLE
    if opens_page:
        ending = Ending.PAGE if no_browser else Ending.BROWSER
    demonstrate(ending, progress=not no_progress)
