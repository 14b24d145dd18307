"""`report.html`: one self-contained page about a run, for people."""

from bulk_update.report.page import (
    AttentionRow,
    OutcomeCount,
    Page,
    PausedFor,
    RankedReason,
    RequestsOverTime,
    StatusMoved,
)
from bulk_update.report.rendering import page_text, with_code

__all__ = [
    "AttentionRow",
    "OutcomeCount",
    "Page",
    "PausedFor",
    "RankedReason",
    "RequestsOverTime",
    "StatusMoved",
    "page_text",
    "with_code",
]
