"""Sentences for logs, which more people read than a spreadsheet: without identifiers and cells.

That includes what a server said about a row, because servers like to repeat the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bulk_update.language import gettext
from bulk_update.messages.catalogue import entry_of
from bulk_update.messages.entries import Entry
from bulk_update.messages.rendering import OPTIONAL, PLACEHOLDER, sentence_of
from bulk_update.records import Issue

_QUOTING_FORMS = {None, "ascii", "counted", "repr"}
"""The forms of placeholders that show what is in a file."""

_HARMLESS = {"column"}
"""Parameters in quotes that are names of columns, and so part of the mapping."""

_FROM_SERVERS = {"words", "location"}
"""Parameters that hold what a server said, which often repeats the request."""

_FROM_THIS_MACHINE = {"tls"}
"""Codes whose words are those of a library, not of a server."""

_HTTP = "http-"

_ABOUT_SETTINGS = {"usage", "mapping"}
"""Codes whose sentences only quote options and mappings."""


def discreet_sentence(issue: Issue) -> str:
    """Return the sentence for an issue, without what it quotes from a cell or a server.

    If it would say too little then, it is what the code means, or the HTTP status.
    """
    entry = entry_of(issue.code)
    if entry is None or issue.code in _ABOUT_SETTINGS:
        return sentence_of(issue)
    template = entry.variants.get(issue.variant, entry.sentence)
    if _may_quote(template, issue):
        return gettext(entry.meaning)
    if issue.code not in _FROM_THIS_MACHINE and _FROM_SERVERS & issue.params.keys():
        return _without_server(template, entry, issue)
    return sentence_of(issue)


def numbers_of(issue: Issue) -> Mapping[str, int | float]:
    """Return the parameters of an issue that are numbers, such as rows and counts."""
    return {
        name: value
        for name, value in issue.params.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _without_server(template: str, entry: Entry, issue: Issue) -> str:
    if issue.code.startswith(_HTTP):
        return f"HTTP {issue.code.removeprefix(_HTTP)}"
    needed = (found for found in PLACEHOLDER.finditer(template) if found["form"] not in OPTIONAL)
    if any(found["name"] in _FROM_SERVERS for found in needed):
        return gettext(entry.meaning)
    kept = {name: value for name, value in issue.params.items() if name not in _FROM_SERVERS}
    return sentence_of(replace(issue, params=kept))


def _may_quote(template: str, issue: Issue) -> bool:
    return any(
        found["form"] in _QUOTING_FORMS
        and not isinstance(issue.params.get(found["name"]), int | float)
        for found in PLACEHOLDER.finditer(template)
        if found["name"] and found["name"] not in _HARMLESS
    )
