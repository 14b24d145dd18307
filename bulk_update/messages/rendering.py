"""Codes and parameters become sentences.

A sentence names its parameters in braces. Texts from files and servers are data: they are quoted
and shortened, what cannot be seen in them is escaped, and braces in them mean nothing.

| placeholder | shows |
|---|---|
| `{name}` | a text in quotes, or several, separated by commas; a number as it is |
| `{name:plain}` | a text without quotes, or several, with "or" in between |
| `{name:more}` | " and 3 more", or nothing for 0 |
| `{name:cells}` | "1 cell" or "3 cells" |
| `{name:rows}` | "1 row" or "3 rows" |
| `{name:counted}` | texts and how many rows have each: `"tak" (2 rows), "nie" (1 row)` |
| `{name:kind}` | what a kind of workbook cell is called |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from bulk_update.messages.catalogue import entry_of
from bulk_update.printable import printable, quoted, quoted_list
from bulk_update.reasons import NO_REASONS, VERBATIM, restored
from bulk_update.records import CellKind, Issue, Param

PLACEHOLDER = re.compile(r"\{(?P<name>[a-z_]+)(?::(?P<form>[a-z]+))?\}")

KIND_NAMES = {
    CellKind.NUMBER: "a number cell",
    CellKind.STYLED_NUMBER: (
        "a number cell that shows something else (a percentage, currency, fraction, padding or "
        "the like)"
    ),
    CellKind.BOOLEAN: "a boolean cell",
    CellKind.DATE: "a date cell",
    CellKind.DATETIME: "a datetime cell",
    CellKind.TIME: "a time cell",
    CellKind.ERROR: "an error cell",
    CellKind.NO_VALUE: "a formula without a value",
}

_LONGEST_PLAIN = 500
"""Characters of a text without quotes: what a server says may be as long."""

_UNKNOWN = "?"
"""Shown for a parameter that an older ledger did not store."""


def sentence_of(issue: Issue) -> str:
    """Return one reason in words, after the columns that it is about."""
    said = issue.params.get(VERBATIM)
    if isinstance(said, str):
        return said
    entry = entry_of(issue.code)
    template = entry.variants.get(issue.variant, entry.sentence) if entry else issue.code
    sentence = PLACEHOLDER.sub(
        lambda found: _shown(issue.params.get(found["name"]), found["form"]), template
    )
    if not issue.columns:
        return sentence
    return f"column{'s' * (len(issue.columns) > 1)} {quoted_list(issue.columns)}: {sentence}"


def sentences_of(issues: tuple[Issue, ...]) -> str:
    """Return the reasons of a row in words, separated by `; `."""
    return "; ".join(filter(None, map(sentence_of, issues)))


def told(stored: str | None) -> str:
    """Return stored reasons in words."""
    return "" if not stored or stored == NO_REASONS else _told(stored)


@lru_cache(4096)
def _told(stored: str) -> str:
    return sentences_of(restored(stored))


def _shown(value: Param | None, form: str | None) -> str:
    if value is None:
        return _UNKNOWN
    return _FORMS[form](value)


def _in_quotes(value: Param) -> str:
    if isinstance(value, tuple):
        return quoted_list(value)
    return quoted(value) if isinstance(value, str) else str(value)


def _plain(value: Param) -> str:
    texts = value if isinstance(value, tuple) else (str(value),)
    return " or ".join(printable(_cut(text)) for text in texts)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_PLAIN else f"{text[:_LONGEST_PLAIN]}…"


def _rows(count: Param) -> str:
    return "1 row" if str(count) == "1" else f"{count} rows"


def _counted(value: Param) -> str:
    texts = value if isinstance(value, tuple) else ()
    return ", ".join(
        f"{quoted(text) if text else 'blank'} ({_rows(count)})"
        for text, count in zip(texts[::2], texts[1::2], strict=False)
    )


def _kind(value: Param) -> str:
    return KIND_NAMES[CellKind(value)] if value in set(CellKind) else _UNKNOWN


_FORMS: Mapping[str | None, Callable[[Param], str]] = {
    None: _in_quotes,
    "plain": _plain,
    "more": lambda count: f" and {count} more" if count else "",
    "cells": lambda count: "1 cell" if count == 1 else f"{count} cells",
    "rows": _rows,
    "counted": _counted,
    "kind": _kind,
}
