"""A row of a run for people: what it changes, and what its record holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from bulk_update.reference import RecordState


class PageView(StrEnum):
    """Which rows of a run to show."""

    CHANGES = "changes"
    """Those to be sent."""
    ERASURES = "erasures"
    """Those to be sent that erase a field."""
    STATUS_MOVES = "status-moves"
    """Those to be sent with another status than the record has, or may have."""
    REFUSED = "refused"
    """Those that the plan does not send, and that need attention."""


class PageRow(NamedTuple):
    """A row, and its record before it is sent.

    `reasons` are stored, and empty for a row to be sent. `before` is the record's snapshot, if
    there is one. `known` are the values that earlier requests gave the record (JSON, shaped like
    `body`; null is an unknown value), or None if nothing was sent to it.
    """

    number: int
    campaign_id: str | None
    identifier: str | None
    cells: tuple[str, ...]
    outcome: str | None
    code: str | None
    reasons: str
    body: bytes | None
    before: RecordState | None
    known: str | None


def page_row(found: Sequence[Any]) -> PageRow:
    """Return a row from the columns that the stores' query for a page selects."""
    number, campaign_id, identifier, cells, outcome, code, reasons, body, *rest = found
    has_before, *before, known = rest
    return PageRow(
        number,
        campaign_id,
        identifier,
        tuple(json.loads(cells)),
        outcome,
        code,
        reasons,
        body,
        RecordState(identifier, *before) if has_before else None,
        known,
    )
