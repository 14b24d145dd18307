"""What each outcome means, in a few words."""

from __future__ import annotations

from bulk_update.language import gettext
from bulk_update.messages.amounts import number
from bulk_update.records import Status

_MEANINGS = {
    Status.UPDATED: "the API accepted the change",
    Status.REJECTED: "the API refused the row for good",
    Status.FAILED: "no final response, or the run stopped first",
    Status.IN_DOUBT: "sent, but it is unknown whether it was applied",
    Status.INVALID: "a cell or the row is not valid",
    Status.DUPLICATE: "another row is for the same record",
    Status.UNCHANGED: "the record already has these values",
    Status.SUPERSEDED: "a later run or a call has changed this record",
    Status.FILTERED: "left out by the mapping's `where`",
    Status.NOT_SENT: "not sent yet: `run` or `apply` sends them",
    Status.PLANNED: "would be sent",
}

_MEANINGS_IN_AN_UNDO = {
    **_MEANINGS,
    Status.INVALID: "nothing of the row can be restored",
    Status.UNCHANGED: "the record already has its old values",
    Status.SUPERSEDED: "the record has changed since, and is left alone",
    Status.NOT_SENT: "not sent yet: `apply` sends them",
}


def meaning_of(status: Status, *, is_undo: bool = False, identical: int = 0) -> str:
    """Return what an outcome means in a run, or in one that undoes another.

    `identical` is how many duplicates are identical, which need no attention.
    """
    meaning = gettext((_MEANINGS_IN_AN_UNDO if is_undo else _MEANINGS)[status])
    if status is not Status.DUPLICATE or not identical:
        return meaning
    shown = gettext("({count} identical)").format(count=number(identical))
    return f"{meaning} {shown}"
