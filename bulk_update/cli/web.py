"""`bulk-update web`."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from bulk_update.cli.options import CONNECTION, DELIVERY, STATE, options, settings_of, stop_request
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand
from bulk_update.language import gettext as _
from bulk_update.stop_request import Interrupted, StopRequest

if TYPE_CHECKING:
    from bulk_update.web.server import RunningPage

NO_BROWSER = click.option("--no-browser", is_flag=True, help="Print the link, but do not open it.")


@click.command(
    cls=SpokenCommand,
    name="web",
    short_help="Do the whole job on a local web page.",
    epilog="Example: bulk-update web",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port on this machine (default: any free one).",
)
@NO_BROWSER
@options(CONNECTION, DELIVERY, STATE, LANGUAGE)
def command(port: int, *, no_browser: bool, **given: Any) -> None:
    """Check, send, correct and undo files on a web page on this computer. Stop it with Ctrl-C.

    Only this computer can open the page, with the link that is printed. Without a base URL it
    offers rehearsals only.
    """
    from bulk_update.web.server import running_page

    stop = stop_request()
    with running_page(settings_of(given), port=port, stop=stop) as running:
        stay_open(running, stop, opens_browser=not no_browser)


def stay_open(running: RunningPage, stop: StopRequest, *, opens_browser: bool) -> None:
    """Print the link of a page, open it if wanted, and wait until the page is stopped or idle."""
    link = running.link()
    _print_link(link)
    if opens_browser and _has_desktop():
        Thread(target=webbrowser.open, args=(link,), daemon=True).start()
    if sys.stdin is not None and sys.stdin.isatty():
        Thread(target=_print_more_links, args=(running.link,), daemon=True).start()
    with suppress(Interrupted), stop.interruptible():
        running.wait()
        click.echo(_("Nobody used the page for eight hours, so it was closed."))
    if running.is_sending:
        click.echo(_("The page is closed. A run is still being sent: see bulk-update runs."))


def _print_link(link: str) -> None:
    click.echo(_("Open this link in a browser on this computer:"))
    click.echo(f"\n  {link}\n")
    click.echo(_("It works once, for ten minutes. Press Enter for a new one."))
    click.echo(_("Stop the page with Ctrl-C. A run that is being sent goes on."))


def _print_more_links(link: Callable[[], str]) -> None:
    while sys.stdin.readline():
        click.echo(f"  {link()}")


def _has_desktop() -> bool:
    """Return whether a browser can open; on Linux, one in the terminal could open instead."""
    return sys.platform != "linux" or any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))
    )
