"""Where the ledger of a command is kept."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from bulk_update.credentials import ledger_password
from bulk_update.errors import LedgerError
from bulk_update.job.store import Store
from bulk_update.ledger import BUSY_SECONDS, LedgerFolder, LedgerState
from bulk_update.records import Issue
from bulk_update.settings import Settings, TellingSettings


class LedgerPlace(Protocol):
    """A place that has a ledger, or can get one."""

    @property
    def name(self) -> str:
        """What people call the place."""

    def exists(self) -> bool:
        """Return whether there is a ledger."""

    def size(self) -> int:
        """Return how many bytes the ledger takes; 0 if there is none."""

    def state(self) -> LedgerState | None:
        """Return the state of the ledger, which is not changed; None if there is none.

        Raises LedgerError if it cannot be used.
        """

    def opened(
        self,
        *,
        group_readable: bool = False,
        to_look_at: bool = False,
        patience_seconds: float = BUSY_SECONDS,
    ) -> AbstractContextManager[Store]:
        """Open the ledger, which is created if it does not exist.

        With `to_look_at`, it may be read-only. `patience_seconds` is how long to wait for another
        program that is writing. Raises LedgerError if it cannot be used.
        """

    def current_holder(self) -> Issue | None:
        """Describe the process that holds the sending lock; None if none does."""


def ledger_place(settings: Settings | TellingSettings) -> LedgerPlace:
    """Return where the settings say that the ledger is.

    Raises LedgerError if PostgreSQL's driver is not installed.
    """
    if settings.ledger is None:
        return LedgerFolder(settings.state_folder)
    try:
        from bulk_update.ledger_postgres import LedgerDatabase  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise LedgerError(Issue("ledger", variant="no-driver")) from error
    return LedgerDatabase(settings.ledger, password_of=ledger_password)


def where_options(settings: Settings) -> tuple[str, ...]:
    """Return the options with which a command in any folder finds the ledger."""
    state = ("--state", str(settings.state.absolute())) if settings.state else ()
    return (*state, "--ledger", settings.ledger) if settings.ledger else state
