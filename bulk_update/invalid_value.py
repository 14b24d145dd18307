"""A value that cannot be used, as an exception."""

from __future__ import annotations

from bulk_update.messages import sentence_of
from bulk_update.records import Issue


class InvalidValueError(ValueError):
    """A value cannot be used; the issue says what was found and what was expected."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue)
        self.issue = issue

    def __str__(self) -> str:
        return sentence_of(self.issue)
