from __future__ import annotations

from pathlib import Path

import pytest
from web_client import browsing, text_of


@pytest.mark.parametrize("language", ["en", "pl"])
def test_every_page_shows_the_system(tmp_path: Path, language: str) -> None:
    with browsing(tmp_path, language=language) as browser:
        shown = browser.get("/")

    assert shown.status_code == 200
    assert "acme.thulium.com" in text_of(shown)


def test_a_draft_that_does_not_exist_is_said_so(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        shown = browser.get("/draft/20261201-013000-ab12cd/sheet")

    assert shown.status_code == 404
    assert "There is no such draft" in text_of(shown)
