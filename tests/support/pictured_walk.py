"""The way of README.pl.md on the page: the screens of which it shows pictures, in their order.

An analyst rehearses the bundled clean-up workbook, and repairs one value before sending.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from browser import Visit
from playwright.sync_api import Browser, Page, expect
from walking import Walk

from bulk_update.language import speaking
from bulk_update.settings import Settings
from bulk_update.web.server import running_page

WORKBOOK = Path(__file__).parents[2] / "samples" / "clean-up-workbook.xlsx"
WIDTH = 1000
ROWS_PER_SECOND = 30.0
_SIXTY_TO_299 = re.compile(r"[6-9]\d|[12]\d\d")

Show = Callable[[str, Page], None]
"""Receives each screen with its name, when it looks as in the picture."""


def walk_in_polish(browser: Browser, state: Path, show: Show) -> None:
    """Walk from the file to the report."""
    with _served(state) as link, new_page(browser, language="pl-PL") as page:
        page.goto(link)
        walk = Walk(Visit(page), language="pl")
        _plan(walk, show)
        _send(walk, show)


@contextmanager
def new_page(browser: Browser, *, language: str) -> Iterator[Page]:
    """Open an empty page as wide as the pictures."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 700},
        locale=language,
        timezone_id="Europe/Warsaw",
        color_scheme="light",
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


@contextmanager
def _served(state: Path) -> Iterator[str]:
    """Serve the page without a system, which leaves rehearsals; provide its link."""
    settings = Settings(state=state, rate=ROWS_PER_SECOND)
    with speaking("pl"), running_page(settings) as running:
        yield running.link()


def _plan(walk: Walk, show: Show) -> None:
    page = walk.visit.page
    heading_is(walk, "Choose a file")
    walk.hand_over(WORKBOOK)
    show("page-file", page)
    walk.press("button", "Continue")

    heading_is(walk, "Where does each column go?")
    walk.write("00001", label="Campaign (its id, five characters)")
    goals = {
        "Status": "Status",
        "Data następnego kontaktu": "Next call",
        "Saldo": "Campaign field",
    }
    for column, goal in goals.items():
        walk.choose(goal, label="%(column)s goes to", column=column)
    show("page-columns", page)
    walk.press("button", "Do not use the columns that are not decided")

    heading_is(walk, "What do the values mean?")
    walk.choose("Kontakt", label="What to send for %(text)s", text="Kontatk")
    show("page-values", page)
    walk.press("button", "Show the preview")

    heading_is(walk, "What would change")
    show("page-preview", page)
    walk.press("link", "Next: confirmation")


def _send(walk: Walk, show: Show) -> None:
    page = walk.visit.page
    heading_is(walk, "Confirm")
    walk.write("298", label="Type %(count)s to confirm", count=298)
    show("page-confirm", page)
    walk.press("button", walk.counted("Send %(shown)s record", "Send %(shown)s records", 298))

    heading_is(walk, "Sending")
    expect(page.locator("progress")).to_have_attribute("value", _SIXTY_TO_299)
    show("page-send", page)

    page.wait_for_url("**/report*")
    show("page-report", page)


def heading_is(walk: Walk, heading: str) -> None:
    """Wait for a screen by its heading."""
    named = walk.visit.page.get_by_role("heading", level=1, name=walk.said(heading))
    expect(named).to_be_visible()
