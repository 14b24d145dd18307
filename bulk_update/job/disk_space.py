"""Disk space, checked before anything is staged or sent: a full disk stops a run half-way."""

from __future__ import annotations

import shutil
from pathlib import Path

from bulk_update.errors import LedgerError

ALWAYS_FREE_BYTES = 20_000_000
LEDGER_BYTES_PER_TEXT_BYTE = 6
"""Cells, body and indexes of a row, its attempt and outcome, and the log before the checkpoint."""
LEDGER_BYTES_PER_WORKBOOK_BYTE = 40
"""A workbook is compressed, about seven times."""


def require_disk_space(folder: Path, *, file: Path, file_bytes: int) -> None:
    """Raise LedgerError unless the ledger's disk has room for the rows of a file."""
    workbook = file.suffix.lower() in {".xlsx", ".xlsm", ".xltx", ".xltm"}
    factor = LEDGER_BYTES_PER_WORKBOOK_BYTE if workbook else LEDGER_BYTES_PER_TEXT_BYTE
    needed = ALWAYS_FREE_BYTES + factor * file_bytes
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise LedgerError(
            f"the disk of {folder} has {_megabytes(free)} free, and {file} may need "
            f"{_megabytes(needed)}",
            hint="Make room, or name a folder on another disk with --state.",
            reason="no-room",
        )


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:.0f} MB"
