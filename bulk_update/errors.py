"""Errors that end a run, grouped by what to do next.

    BulkUpdateError
    ├── UnusableError          2   fix the command, the settings or a file; nothing was sent
    │   ├── UsageError             the command line or the environment
    │   ├── MappingError           the mapping, or a mapping that does not fit the file
    │   ├── InputError             the spreadsheet
    │   │   └── EncodingError          its encoding is another
    │   └── ConsentError           the plan was not approved
    ├── ServiceError           4   the service refuses everybody or is unavailable
    │   └── ReadRefusedError           it does not show what was to be read (403, 404)
    └── LedgerError            5   the ledger or the results: make room, then `apply`
        └── LockedError            another run is sending: wait for it

A bad row is never an error: it is a value with a line in the results. Any exception outside this
tree is a bug (exit code 70).
"""

from __future__ import annotations

from bulk_update.exits import ExitCode, RunEnd
from bulk_update.reasons import said


class BulkUpdateError(Exception):
    """Ends the run. The message says what is wrong and what to do about it.

    `reason` is the short stable code for `summary.json`; `hint` says what to do next.
    """

    exit_code = ExitCode.BUG
    default_reason = "bug"

    def __init__(self, message: str, *, hint: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.reason = reason or self.default_reason

    @property
    def run_end(self) -> RunEnd:
        """How this error ends a run."""
        return RunEnd(self.exit_code, (said(self.reason, str(self)),))

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UnusableError(BulkUpdateError):
    """Some input to the program cannot be used; nothing was sent."""

    exit_code = ExitCode.UNUSABLE
    default_reason = "unusable"


class UsageError(UnusableError):
    """An option, an environment variable or a setting is missing or wrong."""

    default_reason = "usage"


class MappingError(UnusableError):
    """The mapping is wrong or does not fit the file. The message lists every fault.

    `columns` are the mapped columns that the file lacks or contains twice; `faults` are the parts
    of the message.
    """

    default_reason = "mapping"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        reason: str = "",
        columns: tuple[str, ...] = (),
        faults: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint, reason=reason)
        self.columns = columns
        self.faults = faults


class InputError(UnusableError):
    """The spreadsheet is damaged, ambiguous, or of a different kind than its name says."""

    default_reason = "input"


class EncodingError(InputError):
    """The spreadsheet is not in the encoding that was named, or in UTF-8 where none was."""


class ConsentError(UnusableError):
    """The plan was shown and not approved, or there was no terminal to ask on."""

    default_reason = "no-consent"


class ServiceError(BulkUpdateError):
    """The service refuses everybody, or is unavailable; nothing was sent."""

    exit_code = ExitCode.SERVICE
    default_reason = "service"


class ReadRefusedError(ServiceError):
    """The service does not show what was to be read; `status` is 403 or 404."""

    def __init__(self, message: str, *, hint: str = "", reason: str = "", status: int = 0) -> None:
        super().__init__(message, hint=hint, reason=reason)
        self.status = status


class LedgerError(BulkUpdateError):
    """The ledger cannot be written or trusted, or the results cannot be written."""

    exit_code = ExitCode.LEDGER
    default_reason = "ledger"


class LockedError(LedgerError):
    """Another run is sending from this state folder."""

    default_reason = "locked"
