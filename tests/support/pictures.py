"""The pictures of the two READMEs, made from a real run and from the real page.

`python tests/support/pictures.py` makes them again, in `samples/pictures`. Beside them are the
texts on each, without what differs between two runs: a test compares them with the program.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from browser import launched
from documents import ROOT, RUN_ID, SHOWN_RUN_ID, Workplace, workplace
from pictured_walk import WIDTH, new_page, walk_in_polish
from playwright.sync_api import Browser, Page
from small_png import with_few_colours
from terminal_picture import seen_on_a_terminal, svg_of, words_of

FOLDER = ROOT / "samples" / "pictures"
TEXTS = FOLDER / "texts.txt"
COMMAND = "bulk-update run crm-export.csv -m crm.yaml --yes --out today"
SAMPLE = "samples/crm-export-excel-cp1250.csv", "mappings/crm-excel-cp1250.yaml"
MOST_PIXELS = {"page-columns": 1500, "page-report": 1200}
"""The height at which a picture is cut off, if it is not the usual one."""

_USED_PIXELS = "Math.ceil(document.body.getBoundingClientRect().bottom + scrollY)"
_USUAL_PIXELS = 900

_READ = """
() => {
  const shown = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return [node.textContent.trim().replace(/\\s+/g, " ")];
    if (!(node instanceof HTMLElement)) return [];
    if (node.matches("script, style, noscript, pre, output, [data-events]")) return [];
    if (node instanceof HTMLSelectElement) return [node.selectedOptions[0].label.trim()];
    if (node instanceof HTMLInputElement) return [
      ["radio", "checkbox"].includes(node.type) ? (node.checked ? "[x]" : "[ ]")
        : node.type === "hidden" ? "" : node.value
    ];
    return [...node.childNodes].flatMap(shown);
  };
  return shown(document.body).filter(Boolean).join("\\n");
}
"""
"""Returns what a person reads on a page, without what changes while they look."""

_VARYING = {
    # The sample's calls are in the past one day, and a note then says so, with its remedy.
    re.compile(
        r"^.*(terminy następnego kontaktu w przeszłości|calls in the past).*\n.*\n",
        re.IGNORECASE | re.MULTILINE,
    ): "",
    RUN_ID: SHOWN_RUN_ID,
    re.compile(r"127\.0\.0\.1:\d+"): "127.0.0.1:8080",
    re.compile(r"\b(\d{4}-\d\d-\d\d|\d\d\.\d\d\.\d{4})\b"): "(date)",
    re.compile(r"\b\d\d:\d\d(:\d\d)?\b"): "(time)",
    re.compile(r"\b\d+([.,]\d+)? (s|min|seconds|req/s)\b"): "(duration)",
    re.compile(r"\b\d+(\.\d+)? requests a second\b"): "(rate)",
    re.compile(r"\w+@\S+"): "(person)",
}


@dataclass(frozen=True, slots=True)
class Pictures:
    """The text of each picture, by its name, and the pictures themselves if they are wanted."""

    browser: Browser
    is_wanted: bool
    files: dict[str, bytes] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def make(self) -> None:
        """Run the sample, then walk through the page."""
        with workplace() as place, tempfile.TemporaryDirectory() as state:
            self._run(place)
            walk_in_polish(self.browser, Path(state), self._keep)

    def _run(self, place: Workplace) -> None:
        sample, mapping = SAMPLE
        shutil.copy(place.folder / sample, place.folder / "crm-export.csv")
        shutil.copy(place.folder / mapping, place.folder / "crm.yaml")
        written = seen_on_a_terminal(COMMAND, place.folder, place.environment)
        written = RUN_ID.sub(SHOWN_RUN_ID, written)
        self.texts["run"] = words_of(written)
        self.files["run.svg"] = svg_of(COMMAND, written).encode()
        with new_page(self.browser, language="en-GB") as page:
            page.goto((place.folder / "today" / "report.html").as_uri())
            self._keep("report", page)

    def _keep(self, name: str, page: Page) -> None:
        self.texts[name] = _evened(page.evaluate(_READ))
        if self.is_wanted:
            used = page.evaluate(_USED_PIXELS)
            height = min(used, MOST_PIXELS.get(name, _USUAL_PIXELS))
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": height}
            png = page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
            self.files[f"{name}.png"] = with_few_colours(png, self.browser)


def texts_in(document: str) -> dict[str, str]:
    """Return the texts that a file keeps, by the names of their pictures."""
    _, *parts = re.split(r"^== (.+)$", document, flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def _evened(text: str) -> str:
    for varying, same in _VARYING.items():
        text = varying.sub(same, text)
    return text


if __name__ == "__main__":
    with launched() as started:
        made = Pictures(started, is_wanted=True)
        made.make()
    FOLDER.mkdir(exist_ok=True)
    for file_name, content in made.files.items():
        (FOLDER / file_name).write_bytes(content)
    parts = [f"== {name}\n{text}\n\n" for name, text in made.texts.items()]
    TEXTS.write_text("".join(parts), encoding="utf-8")
