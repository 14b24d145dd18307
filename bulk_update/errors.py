"""Errors that end a run, grouped by what to do next.

    BulkUpdateError
    ├── UnusableError          2   fix the command, the settings or a file; nothing was sent
    │   ├── UsageError             the command line or the environment
    │   ├── MappingError           the mapping, or a mapping that does not fit the file
    │   ├── InputError             the spreadsheet
    │   │   └── EncodingError          it has another encoding
    │   └── ConsentError           the plan was not approved
    ├── ServiceError           4   the service refuses everybody or is unavailable
    │   └── ReadRefusedError           it does not show what was to be read (403, 404)
    └── LedgerError            5   the ledger or the results: free some space, then `apply`
        └── LockedError            another run is sending: wait for it

A bad row is never an error: it is a value with a line in the results. Any exception outside this
tree is a bug (exit code 70).
"""

from __future__ import annotations

from dataclasses import replace

from bulk_update.exits import ExitCode, RunEnd
from bulk_update.messages import hint_of, remedy_of, sentence_of
from bulk_update.reasons import said
from bulk_update.records import Issue, Param


class BulkUpdateError(Exception):
    """Ends the run. The message says what is wrong and what to do about it.

    What was found is an issue, or several with the same code; only when the error is shown are
    they rendered. What is never stored, such as a mistake on the command line that the parser
    finds, can be passed as a sentence, with a `reason` and a `hint`.
    """

    exit_code = ExitCode.BUG
    default_reason = "bug"

    def __init__(self, *found: Issue | str, hint: str = "", reason: str = "") -> None:
        super().__init__(*found)
        reason = reason or self.default_reason
        self.issues = tuple(
            each if isinstance(each, Issue) else said(reason, each) for each in found
        )
        self._hint = hint

    @property
    def reason(self) -> str:
        """The short stable code for `summary.json`."""
        return self.issues[0].code

    @property
    def message(self) -> str:
        """What is wrong."""
        return "\n".join(map(sentence_of, self.issues))

    @property
    def hint(self) -> str:
        """What to do next; may be empty."""
        return self._hint or hint_of(self.issues[0])

    def replace_text(self, old: str, new: str) -> None:
        """Replace a text in the message, such as the path of a copy by the name of its source."""
        self.issues = tuple(_replaced(issue, old, new) for issue in self.issues)
        self._hint = self._hint.replace(old, new)

    @property
    def run_end(self) -> RunEnd:
        """How this error ends a run."""
        if not self._hint:
            return RunEnd(self.exit_code, self.issues)
        stop = "" if self.message.endswith(".") else "."
        return RunEnd(self.exit_code, (said(self.reason, f"{self.message}{stop} {self._hint}"),))

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


def _replaced(issue: Issue, old: str, new: str) -> Issue:
    return replace(
        issue, params={name: _in_param(param, old, new) for name, param in issue.params.items()}
    )


def _in_param(param: Param, old: str, new: str) -> Param:
    match param:
        case str():
            return param.replace(old, new)
        case tuple():
            return tuple(text.replace(old, new) for text in param)
        case Issue():
            return _replaced(param, old, new)
        case _:
            return param


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
        *found: Issue | str,
        hint: str = "",
        reason: str = "",
        columns: tuple[str, ...] = (),
        faults: tuple[Issue, ...] = (),
    ) -> None:
        super().__init__(*found, hint=hint, reason=reason)
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

    @property
    def hint(self) -> str:
        """What to do next, without how to continue a run: there may be none yet."""
        if hint := super().hint:
            return hint
        remedy = remedy_of(self.reason).partition(";")[0]
        return f"{remedy[:1].upper()}{remedy[1:]}." if remedy else ""


class ReadRefusedError(ServiceError):
    """The service does not show what was to be read; `status` is 403 or 404."""

    def __init__(
        self, *found: Issue | str, hint: str = "", reason: str = "", status: int = 0
    ) -> None:
        super().__init__(*found, hint=hint, reason=reason)
        self.status = status


class LedgerError(BulkUpdateError):
    """The ledger cannot be written or trusted, or the results cannot be written."""

    exit_code = ExitCode.LEDGER
    default_reason = "ledger"


class LockedError(LedgerError):
    """Another run is sending from this state folder."""

    default_reason = "locked"
