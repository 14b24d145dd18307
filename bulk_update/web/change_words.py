"""What is known about how many records a plan changes, in sentences."""

from __future__ import annotations

from bulk_update.language import gettext as _
from bulk_update.language import ngettext
from bulk_update.ledger import ChangeEvidence
from bulk_update.messages import number


def will_change(evidence: ChangeEvidence) -> str:
    """Return how many records will change, without those that have the values already."""
    rows = evidence.change + evidence.unknown
    if not rows and evidence.same:
        return _("No record will change, as far as is known.")
    return ngettext("{n} record will change.", "{n} records will change.", rows).format(
        n=number(rows)
    )


def would_change(evidence: ChangeEvidence) -> str:
    """Return how many records would change, without those that have the values already."""
    rows = evidence.change + evidence.unknown
    if not rows and evidence.same:
        return _("No record would change, as far as is known.")
    return ngettext("{n} record would change.", "{n} records would change.", rows).format(
        n=number(rows)
    )


def reservations(evidence: ChangeEvidence) -> tuple[str, ...]:
    """Return which of the records to be sent keep their values, and which perhaps do."""
    texts = (
        (
            evidence.same,
            ngettext(
                "{n} more record is sent although it has these values already, as far as is known.",
                "{n} more records are sent although they have these values already, as far as is "
                "known.",
                evidence.same,
            )
            if evidence.change + evidence.unknown
            else ngettext(
                "{n} record is sent although it has these values already.",
                "{n} records are sent although they have these values already.",
                evidence.same,
            ),
        ),
        (
            evidence.unknown,
            ngettext(
                "For {n} of them, it is not known whether it changes: not all of its present "
                "values are known.",
                "For {n} of them, it is not known whether they change: not all of their present "
                "values are known.",
                evidence.unknown,
            ),
        ),
    )
    return tuple(text.format(n=number(rows)) for rows, text in reversed(texts) if rows)
