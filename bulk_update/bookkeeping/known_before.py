"""What makes a row `unchanged`."""

from __future__ import annotations

from dataclasses import dataclass

from bulk_update.reasons import stored
from bulk_update.records import Issue, Status


@dataclass(frozen=True, slots=True)
class KnownBefore:
    """Which rows are `unchanged`: those whose record already holds every value of their body.

    `compared_at` is the base URL of the records, or None to compare nothing. `already_sent_by` is
    the id of an earlier run of the same identity, if that is the reason to compare.
    """

    compared_at: str | None = None
    already_sent_by: str | None = None

    @property
    def verdict(self) -> tuple[str, str, str]:
        """Outcome, code and stored reasons of unchanged rows."""
        if self.already_sent_by is None:
            issue = Issue("same-as-last")
        else:
            issue = Issue("already-sent", {"run": self.already_sent_by})
        return Status.UNCHANGED.value, issue.code, stored([issue])


NOTHING_KNOWN = KnownBefore()
