"""The process that holds the sending lock of a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bulk_update.records import Issue, Param


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that is sending."""

    pid: int
    host: str
    user: str
    started_at: str

    def described(self) -> Issue:
        """Return the holder as a part of a message."""
        since_us = round(datetime.fromisoformat(self.started_at).timestamp() * 1_000_000)
        params: dict[str, Param] = {"pid": self.pid, "host": self.host, "user": self.user}
        return Issue("locked", {**params, "since": since_us}, "process")
