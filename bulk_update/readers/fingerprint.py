"""Fingerprints of files, to recognize a spreadsheet in later runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bulk_update.errors import InputError
from bulk_update.records import Issue


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The SHA-256 of a file's bytes, in hexadecimal digits, and their number."""

    sha256: str
    size: int


def fingerprint(path: Path) -> Fingerprint:
    """Return the fingerprint of a file. Raises InputError if it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Fingerprint(digest, file.tell())
    except OSError as error:
        raise InputError(
            Issue("input", {"path": str(path), "error": str(error.strerror)}, "not-readable")
        ) from error
