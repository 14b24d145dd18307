"""Which file it was: what later runs compare a spreadsheet with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bulk_update.errors import InputError


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The bytes of a file on disk: their SHA-256 in hexadecimal digits, and how many they are."""

    sha256: str
    size: int


def fingerprint(path: Path) -> Fingerprint:
    """Return the fingerprint of a file; raises InputError where it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Fingerprint(digest, file.tell())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
