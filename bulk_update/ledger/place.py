"""A folder as the place of a ledger, which need not exist yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bulk_update.bookkeeping.ledger_state import LedgerState
from bulk_update.ledger.connection import BUSY_SECONDS
from bulk_update.ledger.folder import FILE_NAME
from bulk_update.ledger.inspection import inspect_ledger
from bulk_update.ledger.lock import current_holder
from bulk_update.ledger.store import Ledger
from bulk_update.records import Issue


@dataclass(frozen=True, slots=True)
class LedgerFolder:
    """A state folder that has a ledger, or can get one."""

    folder: Path

    @property
    def name(self) -> str:
        """The path of the ledger's file."""
        return str(self.folder / FILE_NAME)

    def exists(self) -> bool:
        """Return whether the folder has a ledger."""
        return (self.folder / FILE_NAME).exists()

    def size(self) -> int:
        """Return the bytes of the ledger's file; 0 if there is none."""
        path = self.folder / FILE_NAME
        return path.stat().st_size if path.exists() else 0

    def state(self) -> LedgerState | None:
        """Return the state of the ledger, None if there is none; see `inspect_ledger`."""
        return inspect_ledger(self.folder)

    def opened(
        self,
        *,
        group_readable: bool = False,
        to_look_at: bool = False,
        patience_seconds: float = BUSY_SECONDS,
    ) -> Ledger:
        """Open the ledger, which is created if it does not exist; see `Ledger`."""
        return Ledger(
            self.folder,
            group_readable=group_readable,
            to_look_at=to_look_at,
            patience_seconds=patience_seconds,
        )

    def current_holder(self) -> Issue | None:
        """Describe the process that is sending; None if there is none."""
        return current_holder(self.folder)
