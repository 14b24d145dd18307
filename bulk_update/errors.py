"""What ends a run, sorted by what its reader should do next.

    BulkUpdateError
    ├── UnusableError          2   mend the command, the settings or a file; nothing was sent
    │   ├── UsageError             the command line or the environment
    │   ├── MappingError           the mapping, or a mapping that does not fit the file
    │   ├── InputError             the spreadsheet
    │   └── ConsentError           nobody agreed to the plan
    ├── GuardError             3   a guard rail: look at the file, or move the rail
    ├── RefusedError           4   the service refuses everybody: mend access, then continue
    └── LedgerError            5   the ledger or the results: make room, then `apply`
        └── LockedError            another run is sending: wait for it

A bad row is never an error: it is a value with a line in the results. An exception outside this
tree is a bug (exit code 70).
"""

from __future__ import annotations


class BulkUpdateError(Exception):
    """Ends the run: says what was found and what to do about it.

    `reason` is the short stable word of `summary.json`, `hint` what the reader should do next.
    """

    exit_code = 70
    default_reason = "bug"

    def __init__(self, message: str, *, hint: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.reason = reason or self.default_reason

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UnusableError(BulkUpdateError):
    """Something given to the program cannot be used; nothing was sent."""

    exit_code = 2
    default_reason = "unusable"


class UsageError(UnusableError):
    """An option, a variable of the environment or a setting is missing or wrong."""

    default_reason = "usage"


class MappingError(UnusableError):
    """The mapping is wrong, or does not fit the file. The message lists every fault.

    `columns` are the mapped columns that a file lacks or has twice.
    """

    default_reason = "mapping"

    def __init__(
        self, message: str, *, hint: str = "", reason: str = "", columns: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint, reason=reason)
        self.columns = columns


class InputError(UnusableError):
    """The spreadsheet is damaged, ambiguous, or of another kind than its name says."""

    default_reason = "input"


class ConsentError(UnusableError):
    """The plan was shown and not agreed to, or there was no terminal to ask on."""

    default_reason = "no-consent"


class GuardError(BulkUpdateError):
    """A guard rail of the mapping or the command line stopped the run."""

    exit_code = 3
    default_reason = "guard"


class RefusedError(BulkUpdateError):
    """The service refuses everybody, or was out of reach for longer than `--patience`."""

    exit_code = 4
    default_reason = "refused"


class LedgerError(BulkUpdateError):
    """The ledger cannot be written or trusted, or the results cannot be written."""

    exit_code = 5
    default_reason = "ledger"


class LockedError(LedgerError):
    """Another run is sending from this state folder."""

    default_reason = "locked"
