"""Checking the disk space before anything is staged, since a full disk stops a run halfway."""

from __future__ import annotations

import shutil
from pathlib import Path

from bulk_update.errors import LedgerError
from bulk_update.messages import size

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
        raise LedgerError(
            f"the disk of {folder} has {size(free)} free; {file} ({size(file_bytes)}) may need "
            f"{size(needed)}, and {size(ALWAYS_FREE_BYTES)} have to stay free",
            hint="Free some space, or choose a folder on another disk with --state.",
            reason="no-room",
        )
