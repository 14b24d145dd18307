"""How many rows to be sent change their record."""

from __future__ import annotations

from typing import NamedTuple


class ChangeEvidence(NamedTuple):
    """Rows to be sent: those that change a value, that change none, and the others.

    A present value is known from the snapshot, or else from what was last sent to the record.
    `unknown` are rows without a known difference of which a present value is not known.
    """

    change: int = 0
    same: int = 0
    unknown: int = 0
