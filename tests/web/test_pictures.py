"""The pictures of the READMEs show the program as it is, and are small."""

from __future__ import annotations

import os

import pytest
from pictures import FOLDER, TEXTS, Pictures, texts_in
from playwright.sync_api import Browser

MOST_BYTES = {"run.svg": 30_000, "report.png": 150_000}
MOST_BYTES_OF_A_SCREEN = 120_000


@pytest.mark.skipif(os.name != "posix", reason="Windows has no pseudo-terminals")
def test_every_picture_shows_what_the_program_shows(chromium: Browser) -> None:
    now = Pictures(chromium, is_wanted=False)
    now.make()
    kept = texts_in(TEXTS.read_text(encoding="utf-8"))
    for name, text in now.texts.items():
        assert text == kept.get(name), f"renew {name}: run python tests/support/pictures.py"
    assert kept.keys() == now.texts.keys()
    assert (FOLDER / "run.svg").read_bytes() == now.files["run.svg"]


def test_pictures_are_small() -> None:
    pictures = [path for path in FOLDER.iterdir() if path != TEXTS]
    assert len(pictures) == len(texts_in(TEXTS.read_text(encoding="utf-8")))
    for path in pictures:
        assert path.stat().st_size <= MOST_BYTES.get(path.name, MOST_BYTES_OF_A_SCREEN), path
