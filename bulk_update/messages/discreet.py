"""Sentences for logs, which more people read than a spreadsheet: without identifiers and cells."""

from __future__ import annotations

from collections.abc import Mapping

from bulk_update.messages.catalogue import entry_of
from bulk_update.messages.rendering import PLACEHOLDER, sentence_of
from bulk_update.records import Issue

_QUOTING_FORMS = {None, "ascii", "counted", "repr"}
"""The forms of placeholders that show what is in a file."""

_HARMLESS = {"column"}
"""Parameters in quotes that are names of columns, and so part of the mapping."""

_ABOUT_SETTINGS = {"usage", "mapping"}
"""Codes whose sentences only quote options and mappings."""


def discreet_sentence(issue: Issue) -> str:
    """Return the sentence for an issue, or what its code means if the sentence may quote a cell."""
    entry = entry_of(issue.code)
    if entry is None or issue.code in _ABOUT_SETTINGS:
        return sentence_of(issue)
    template = entry.variants.get(issue.variant, entry.sentence)
    return entry.meaning if _may_quote(template, issue) else sentence_of(issue)


def numbers_of(issue: Issue) -> Mapping[str, int | float]:
    """Return the parameters of an issue that are numbers, such as rows and counts."""
    return {
        name: value
        for name, value in issue.params.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _may_quote(template: str, issue: Issue) -> bool:
    return any(
        found["form"] in _QUOTING_FORMS
        and not isinstance(issue.params.get(found["name"]), int | float)
        for found in PLACEHOLDER.finditer(template)
        if found["name"] and found["name"] not in _HARMLESS
    )
