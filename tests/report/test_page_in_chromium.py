"""The page in a real browser, if Chromium is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_page import HOSTILE, page, rendered, rows_of

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def loaded(path: Path, text: str) -> tuple[str, str]:
    """Return the page as the browser has it after its script, and the browser's messages."""
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
    profile = path.with_suffix("")
    done = subprocess.run(  # noqa: S603 - a browser that loads a file of this test
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
            f"--user-data-dir={profile}", "--dump-dom", path.as_uri(),
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return done.stdout.decode(), done.stderr.decode(errors="replace")


def test_the_script_shows_rows_and_controls_and_hostile_texts_do_nothing(tmp_path: Path) -> None:
    text = "".join(HOSTILE[:8])
    dom, messages = loaded(tmp_path / "report.html", rendered(page(text, rows=250)))
    assert "100 of 250 rows shown" in dom
    assert re.search(r'<div id="controls" class="controls">', dom)
    assert re.search(r'aria-sort="ascending"><button type="button"', dom)
    body = dom[
        dom.index('<table id="rows">') : dom.index("</table>", dom.index('<table id="rows">'))
    ]
    assert body.count("<tr>") == 101
    assert "<img" not in body
    assert "<script" not in body
    assert "CONSOLE" not in messages


def test_a_script_that_was_added_to_the_page_does_not_run(tmp_path: Path) -> None:
    added = "<script>document.title = 'run'</script></body>"
    text = rendered(page(attention=rows_of(3))).replace("</body>", added)
    dom, messages = loaded(tmp_path / "report.html", text)
    assert "<title>run</title>" not in dom
    assert "Content Security Policy" in messages
