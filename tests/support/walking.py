"""A person at the local page, who reads it in a language and has a mouse or only keys."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from browser import Visit
from playwright.sync_api import Locator, expect

from bulk_update.language import gettext, ngettext, speaking
from bulk_update.messages.amounts import date_letters

Role = Literal["button", "link", "checkbox", "radio", "combobox", "textbox", "searchbox"]


@dataclass(slots=True)
class Walk:
    """Goes from screen to screen, and looks at each; `problems` is what was wrong on them.

    Labels are given in English and found in the walk's `language`.
    """

    visit: Visit
    language: str = "en"
    has_mouse: bool = True
    system: str = "LIVE SYSTEM"
    problems: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    # --- words

    def said(self, text: str, /, **values: Any) -> str:
        """Return a text of the page as its reader sees it."""
        with speaking(self.language):
            return gettext(text) % values if values else gettext(text)

    def written(self, date_format: str, /) -> str:
        """Return a format of dates in the letters of its reader's language."""
        with speaking(self.language):
            return date_letters(date_format)

    def counted(self, one: str, many: str, count: int, /, **values: Any) -> str:
        """Return a text of the page in the form for a number."""
        with speaking(self.language):
            return ngettext(one, many, count) % {"num": count, "shown": count, **values}

    # --- looking

    def arrive(self, heading: str, /, *, renews: bool = False, **values: Any) -> None:
        """Wait for a screen by its heading, and look at it.

        With `renews`, it is one that loads itself again every few seconds; it does not any more.
        """
        name = self.said(heading, **values)
        expect(self.visit.page.get_by_role("heading", level=1, name=name)).to_be_visible()
        if renews:
            self.visit.page.evaluate("window.stop()")
        self.look(heading, besides="meta-refresh" if renews else "")

    def look(self, screen: str, /, *, besides: str = "") -> None:
        """Note what would keep anybody from using the screen, but for the rule `besides` of axe."""
        self.seen.append(screen)
        visit = self.visit
        visit.page.wait_for_load_state()  # with its style
        found = [f"axe: {each}" for each in visit.violations(besides=besides)]
        found += [f"too wide: {each}" for each in visit.too_wide()]
        found += [f"asked for {each}" for each in visit.refused]
        found += [f"console: {each}" for each in visit.messages]
        if visit.scripts and visit.page.locator("h1:focus").count() == 0:
            found.append("the heading does not have the focus")
        if not visit.page.locator("header").get_by_text(self.said(self.system)).is_visible():
            found.append("the system is not named")
        visit.refused.clear()
        visit.messages.clear()
        self.problems += [f"{screen}: {each}" for each in found]

    # --- acting

    def press(
        self, role: Role, label: str, /, *, within: Locator | None = None, **values: Any
    ) -> None:
        """Press a button, follow a link or tick a box."""
        name = self.said(label, **values)
        target = (within or self.visit.page).get_by_role(role, name=name).first
        if self.has_mouse:
            target.click()
            return
        self.visit.tab_to(target)
        self.visit.page.keyboard.press("Space" if role in {"checkbox", "radio"} else "Enter")

    def choose(self, option: str, /, *, label: str, **values: Any) -> None:
        """Choose the option of a list whose text begins so."""
        target = self.visit.page.get_by_label(self.said(label, **values), exact=True)
        name = self.said(option)
        begins = re.compile(rf"\s*{re.escape(name)}")
        if self.has_mouse:
            target.select_option(label=target.locator("option", has_text=begins).inner_text())
        else:
            self.visit.tab_to(target)
            # A letter that is on no American keyboard would end up in the last field of text.
            self.visit.page.keyboard.type(re.split("[^ -~]", name)[0])
        expect(target.locator("option:checked")).to_have_text(begins)

    def write(self, typed: str, /, *, label: str, **values: Any) -> None:
        """Replace the text of a field."""
        target = self.visit.page.get_by_label(self.said(label, **values), exact=True)
        if self.has_mouse:
            target.fill(typed)
            return
        self.visit.tab_to(target)
        self.visit.page.keyboard.press("ControlOrMeta+a")
        self.visit.page.keyboard.type(typed)

    def hand_over(self, path: Path) -> None:
        """Choose a file on the first screen."""
        field_of_file = self.visit.page.get_by_label(self.said("Excel or CSV file"))
        with self.visit.page.expect_file_chooser() as chooser:
            if self.has_mouse:
                field_of_file.click()
            else:
                self.visit.tab_to(field_of_file)
                self.visit.page.keyboard.press("Enter")
        chooser.value.set_files(path)

    def switch_to(self, language: str) -> None:
        """Choose the language of the page."""
        self.press("button", language.upper())
        expect(self.visit.page.locator("html")).to_have_attribute("lang", language)
        self.language = language
