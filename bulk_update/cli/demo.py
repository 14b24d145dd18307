"""`bulk-update demo`."""

from __future__ import annotations

import click

from bulk_update.cli.options import options
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand


@click.command(
    cls=SpokenCommand,
    name="demo",
    short_help="Watch a complete job on a bundled sample.",
    epilog="Example: bulk-update demo",
)
@options(LANGUAGE)
@click.option("--no-progress", is_flag=True, help="Do not show a progress bar.")
def command(*, no_progress: bool) -> None:
    """Watch a complete job on a bundled sample, against a sandbox that this command starts.

    Nothing leaves this machine. The files are kept in ./bulk-update-demo.
    """
    from bulk_update.cli.demo_script import demonstrate

    demonstrate(progress=not no_progress)
