"""What a person reads of an issue, and issues that a person reads as they are."""

from __future__ import annotations

from bulk_update.messages import sentence_of
from bulk_update.reasons import said, stored
from bulk_update.records import Issue


def in_words(mapped: object) -> tuple[str, str]:
    """Return the code and the sentence of what must be an issue."""
    assert isinstance(mapped, Issue), mapped
    return mapped.code, sentence_of(mapped)


def spoken(code: str, sentence: str) -> Issue:
    """Return an issue with this sentence."""
    return said(code, sentence)


def verbatim(code: str, sentence: str) -> str:
    """Return the same as a ledger stores it, among the reasons of a row."""
    return stored([said(code, sentence)])
