"""A real browser for the pages: Chromium, driven by Playwright, that reaches what a test allows.

Each module has one browser, and each visit its own cookies, cache, size and language. While a
browser runs, Playwright keeps an event loop in the main thread, so no test of the same module can
start another one there: commands of the program are processes of their own.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urljoin

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Route

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)

MUST_HAVE_CHROMIUM = "MUST_HAVE_CHROMIUM"
"""The environment variable with which a missing Chromium fails the tests that need it."""

FLAGS = [
    "--no-sandbox",  # the administrator of a container has none
    "--disable-gpu",
    "--disable-dev-shm-usage",  # it is too small in most containers
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
]

PHONE_WIDTH = 320
"""The narrowest screen that WCAG 2.2 asks for, in CSS pixels."""

Scheme = Literal["light", "dark"]

_PATIENCE_MILLISECONDS = 20_000.0

_VIOLATIONS = """
async (options) => (await axe.run(document, options)).violations.flatMap(
  ({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`)
)
"""

_FOCUSED = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const name = element.labels?.[0]?.textContent || element.getAttribute("aria-label")
    || element.textContent || element.getAttribute("aria-labelledby") || element.value;
  return {
    name: `${element.tagName.toLowerCase()} ${(name || "").trim().slice(0, 60)}`.trim(),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
  };
}
"""

_TOO_WIDE = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > width + 0.5)
    .map((each) => each.outerHTML.slice(0, 100));
}
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page in a context of its own.

    `refused` are the addresses that the page asked for although the test does not allow them, and
    `messages` the errors and warnings of the browser's console, those of scripts included.
    """

    page: Page
    scripts: bool = True
    refused: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def violations(self, *, besides: str = "") -> list[str]:
        """Return what axe finds wrong on the page as it is now, but for the rule `besides`."""
        rules = {"target-size": {"enabled": True}}
        rules |= {besides: {"enabled": False}} if besides else {}
        options = {"resultTypes": ["violations"], "rules": rules}
        with nullcontext() if self.scripts else _scripts_allowed(self.page):
            self.page.evaluate(_axe())
            return cast("list[str]", self.page.evaluate(_VIOLATIONS, options))

    def too_wide(self) -> list[str]:
        """Return the elements that make the page as a whole scroll sideways."""
        return cast("list[str]", self.page.evaluate(_TOO_WIDE))

    def stops(self, *, most: int = 300) -> list[str]:
        """Walk through the page with Tab; return what has the focus at each stop.

        Each stop must be visible by its outline, and the walk must come to an end.
        """
        found: list[str] = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate(_FOCUSED)
            if focused is None:
                return found
            assert focused["outlined"], f"{focused['name']} has the focus, and nobody sees it"
            found.append(focused["name"])
        raise AssertionError(f"the focus never leaves the page: {found[-5:]}")

    def tab_to(self, target: Locator, *, most: int = 300) -> None:
        """Press Tab until an element has the focus."""
        for _ in range(most):
            if target.evaluate("(element) => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} cannot be reached with Tab")


@contextmanager
def _scripts_allowed(page: Page) -> Iterator[None]:
    """Let axe run on a page that was loaded without scripts; its own scripts stay off.

    Another session has switched them off, so this one has to do so, too, before it can allow them.
    """
    session = page.context.new_cdp_session(page)
    for disabled in (True, False):
        session.send("Emulation.setScriptExecutionDisabled", {"value": disabled})
    yield
    session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    session.detach()


Visiting = Callable[..., Visit]
"""Opens a page: see `visit`."""


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running browser."""
    if CHROMIUM is None:
        if MUST_HAVE_CHROMIUM in os.environ:
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    with launched() as browser:
        yield browser


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a browser, and close it at the end of the block."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visiting]:
    """Open a page as somebody else each time; only this file or this server can be reached."""
    contexts: list[BrowserContext] = []

    def opened(
        address: str | Path,
        *,
        scripts: bool = True,
        scheme: Scheme = "light",
        width: int = 1280,
        language: str = "en-GB",
        **more: Any,
    ) -> Visit:
        context = chromium.new_context(
            java_script_enabled=scripts,
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
            locale=language,
            reduced_motion="reduce",
            **more,
        )
        contexts.append(context)
        context.set_default_timeout(_PATIENCE_MILLISECONDS)
        visit = Visit(context.new_page(), scripts)
        url = address.as_uri() if isinstance(address, Path) else address
        _watch(context, visit, allowed=urljoin(url, "/") if url.startswith("http") else url)
        visit.page.goto(url)
        return visit

    yield opened
    for context in contexts:
        context.close()


def _watch(context: BrowserContext, visit: Visit, *, allowed: str) -> None:
    """Let only what is allowed leave the browser, and keep what it complains about."""

    def decide(route: Route) -> None:
        if route.request.url.startswith((allowed, "data:", "blob:")):
            route.continue_()
        else:
            visit.refused.append(route.request.url)
            route.abort()

    def keep(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            visit.messages.append(message.text)

    context.route(re.compile(""), decide)
    context.on("console", keep)
    context.on("weberror", lambda error: visit.messages.append(str(error.error)))
