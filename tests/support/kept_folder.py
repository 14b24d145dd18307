"""A folder as it was: what took long to prepare, or died, is the start of several tries."""

from __future__ import annotations

import shutil
from pathlib import Path


class Kept:
    """A copy of a folder, with its times and permissions, that can take its place again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copy = folder.with_name(f"{folder.name}.kept")
        shutil.copytree(folder, self._copy)

    def put_back(self) -> None:
        """Make the folder what it was."""
        shutil.rmtree(self._folder)
        shutil.copytree(self._copy, self._folder)
