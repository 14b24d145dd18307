"""Checking the disk space before anything is staged, since a full disk stops a run halfway."""

from __future__ import annotations

import shutil
from pathlib import Path

from bulk_update.errors import LedgerError
from bulk_update.records import Issue, Param

ALWAYS_FREE_BYTES = 20_000_000
LEDGER_BYTES_PER_TEXT_BYTE = 6
"""A row's cells, body and indexes, its attempt and outcome, and the log before a checkpoint."""
LEDGER_BYTES_PER_WORKBOOK_BYTE = 40
"""A workbook is compressed by a factor of about seven."""


def require_disk_space(folder: Path, *, file: Path, file_bytes: int) -> None:
    """Raise LedgerError unless the ledger's disk has room for the rows of a file."""
    workbook = file.suffix.lower() in {".xlsx", ".xlsm", ".xltx", ".xltm"}
    factor = LEDGER_BYTES_PER_WORKBOOK_BYTE if workbook else LEDGER_BYTES_PER_TEXT_BYTE
    needed = factor * file_bytes
    free = shutil.disk_usage(folder).free
    if free < ALWAYS_FREE_BYTES + needed:
        sizes = {"free": free, "bytes": file_bytes, "needed": needed, "kept": ALWAYS_FREE_BYTES}
        params: dict[str, Param] = {"folder": str(folder), "file": str(file), **sizes}
        raise LedgerError(Issue("no-room", params, "needed"))
