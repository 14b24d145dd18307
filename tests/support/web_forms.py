"""The forms of a page as a browser would send them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
from web_client import Browser

from bulk_update.web.drafts import Draft

_SECONDS = 60.0


@dataclass
class _Forms(HTMLParser):
    """Collects the fields of one form with their present values."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    _is_inside: bool = False
    _select: str = ""
    _is_chosen: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = given.get("action") == self.action
        if not self._is_inside:
            return
        name = given.get("name", "")
        if tag == "input":
            self._input(name, given)
        elif tag == "select":
            self._select, self._is_chosen = name, False
            self.names.add(name)
        elif tag == "option":
            self._option(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False

    def _input(self, name: str, given: dict[str, str]) -> None:
        self.names.add(name)
        is_box = given.get("type") in {"checkbox", "radio"}
        if not is_box or "checked" in given:
            self.fields[name] = given.get("value", "on" if is_box else "")

    def _option(self, given: dict[str, str]) -> None:
        is_first = self._select not in self.fields
        if is_first or ("selected" in given and not self._is_chosen):
            self.fields[self._select] = given.get("value", "")
            self._is_chosen = "selected" in given


def form_of(response: httpx.Response, action: str) -> dict[str, str]:
    """Return what the form with this action sends if nothing is changed."""
    found = _parsed(response, action)
    assert found.names, f"no form with the action {action}"
    return found.fields


def names_in(response: httpx.Response, action: str) -> set[str]:
    """Return the names of all fields of a form, boxes that are not ticked included."""
    return _parsed(response, action).names


def _parsed(response: httpx.Response, action: str) -> _Forms:
    found = _Forms(action)
    found.feed(response.text)
    return found


def at_rest(browser: Browser, draft: Draft) -> Draft:
    """Let a draft's file look old, since a check waits until a file is not written any more."""
    os.utime(browser.service.drafts.input_path(draft.id), (0, 0))
    return draft


def answer(browser: Browser, path: str, **given: str) -> httpx.Response:
    """Send the form of a screen with some fields changed; return the screen that follows."""
    fields = form_of(checked(browser, path), path)
    changed = {name.replace("_", "-"): value for name, value in given.items()}
    return browser.follow(browser.post(path, fields | changed))


def checked(browser: Browser, path: str) -> httpx.Response:
    """Open a screen, and wait for the end of a check."""
    until = time.monotonic() + _SECONDS
    while "Checking the file" in (response := browser.get(path)).text:
        assert time.monotonic() < until, "the check did not end"
        time.sleep(0.05)
    return browser.follow(response)
