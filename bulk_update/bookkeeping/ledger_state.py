"""The state of a ledger as a whole."""

from __future__ import annotations

from typing import NamedTuple


class LedgerState(NamedTuple):
    """A ledger's version, the current version, its runs, and its size in bytes.

    One on a server also has the `server`'s version, and by how many seconds this machine's clock is
    ahead of the server's.
    """

    version: int
    current_version: int
    runs: int
    size: int
    server: str = ""
    seconds_ahead: float = 0.0
