"""The errors of remote files, by the variants of their codes."""

from __future__ import annotations

from bulk_update.errors import InputError, ServiceError, UsageError
from bulk_update.records import Issue, Param


def unusable(variant: str, **params: Param) -> InputError:
    """Return the error for a file that is missing, changed or cannot be archived (exit code 2)."""
    return InputError(Issue("remote-file", params, variant))


def unavailable(variant: str, **params: Param) -> ServiceError:
    """Return the error for a server that refuses access or does not respond (exit code 4)."""
    return ServiceError(Issue("remote", params, variant))


def pattern_without_newest(name: str) -> UsageError:
    """Return the error for a pattern where one file is expected."""
    return UsageError(Issue("usage", {"pattern": name}, "pattern"))
