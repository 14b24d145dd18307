"""What is installed has the catalogue that is read at run time."""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

from catalogues import COMPILED, PACKAGE
from hatchling.builders.wheel import WheelBuilder

ROOT = PACKAGE.parent


def test_the_wheel_contains_the_compiled_catalogue(tmp_path: Path) -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    builder = WheelBuilder(str(ROOT), config=config)
    (wheel,) = builder.build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as contents:
        assert contents.read("bulk_update/language/pl/pl.mo") == COMPILED.read_bytes()
