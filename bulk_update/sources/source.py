"""Where input files come from: the protocol of every source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """A file at its source, as it was last seen.

    `name` is how people name it: a path, or a URL without user info or secrets. `size` is in bytes.
    `modified_at_us` is by the source's own clock, in microseconds since the epoch, UTC. `version`
    identifies this very content at the source (S3: version id or ETag), or is empty where nothing
    does.
    """

    name: str
    size: int
    modified_at_us: int
    version: str = ""


class Source(Protocol):
    """One place that a command names: a file, or a pattern of files."""

    def matching(self) -> list[Found]:
        """Return the files that the given name or pattern means; a plain name: that one or none.

        Raises InputError or ServiceError if the place cannot be read.
        """

    def seen_again(self, found: Found) -> Found | None:
        """Look at a file again; return None if it is gone."""

    def has(self, name: str) -> bool:
        """Return whether a file of this full name, as in `Found`, exists."""

    def fetch(self, found: Found, target: Path) -> None:
        """Copy exactly this content to a private local file; raises if it changed meanwhile."""

    def archive(self, found: Found, folder: str, *, run_id: str) -> str:
        """Move a file into a folder and return its new name.

        Never overwrites: if the name is taken there, the run id is added.
        """

    def close(self) -> None:
        """Release connections."""
