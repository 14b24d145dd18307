"""Rendering codes and parameters as sentences.

A sentence contains its parameters in braces; a brace itself is doubled. Texts from files and
servers are data: they are quoted and shortened, their invisible characters are escaped, and their
braces have no meaning.

| placeholder | shows |
|---|---|
| `{name}` | a text in quotes, or several, separated by commas; a number unchanged |
| `{name:plain}` | a text without quotes, or several, joined by "or" |
| `{name:given}` | like `plain`, or nothing if there is no text |
| `{name:after}` | like `plain`, after a colon, or nothing if there is no text |
| `{name:line}` | like `plain`, but not shortened unless it is longer than any line should be |
| `{name:list}` | several texts without quotes, separated by commas |
| `{name:more}` | " and 3 more", or nothing for 0 |
| `{name:more_lines}` | " (so in 3 more lines)", or nothing for 0 |
| `{name:number}` | a number with thousands separators, or a limit such as "5 %" |
| `{name:cells}` | "1 cell" or "3 cells"; likewise `rows`, `columns`, `spaces`, `runs` and others |
| `{name:are}` | "is" for 1, otherwise "are"; likewise `have` |
| `{name:repr}` | a text in quotes as in Python |
| `{name:places}` | where in a mapping the keys of these sections belong |
| `{name:excerpt}` | lines of a file, each indented on a line of its own |
| `{name:ascii}` | a text in quotes, with characters beyond ASCII as escapes |
| `{name:percent}` | "12.5 %" |
| `{name:seconds}` | "0.5 s", "30 s" or "2 min 10 s" |
| `{name:size}` | a number of bytes: "28 KB" |
| `{name:moment}` | a time in microseconds since the epoch: "2026-03-01 02:15:00 UTC" |
| `{name:counted}` | texts, each with its number of rows: `"tak" (2 rows), "nie" (1 row)` |
| `{name:kind}` | the name of a kind of workbook cell |
| `{name|komórka|komórki|komórek}` | a number and the noun's form for it, in a translation |
| `{name:form|jest|są|jest}` | only the form for the number |
| `{name:host}` | the host of a URL, an IPv6 address in brackets |
| `{name:status}` | an HTTP status with its standard phrase |
| `{name:system}` | the description of an error of the operating system |

A parameter that is an issue itself is shown as its sentence, whatever the form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus

from bulk_update.language import gettext, language, ngettext, plural_of
from bulk_update.messages.amounts import duration, moment, number, size
from bulk_update.messages.catalogue import entry_of
from bulk_update.printable import printable, quoted, quoted_list
from bulk_update.reasons import NO_REASONS, VERBATIM, restored
from bulk_update.records import CellKind, Issue, Param

PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{(?P<name>[a-z_]+)(?::(?P<form>[a-z_]+))?(?:\|(?P<nouns>[^{}]*))?\}"
)
"""A parameter, or a doubled brace, which stands for a single one."""

KIND_NAMES = {
    CellKind.NUMBER: "a number cell",
    CellKind.STYLED_NUMBER: (
        "a number cell that shows something else (a percentage, currency, fraction, padding or "
        "the like)"
    ),
    CellKind.BOOLEAN: "a boolean cell",
    CellKind.DATE: "a date cell",
    CellKind.DATETIME: "a datetime cell",
    CellKind.TIME: "a cell with a time of day or a time span",
    CellKind.ERROR: "an error cell",
    CellKind.NO_VALUE: "a formula without a value",
}

SYSTEM_ERRORS = {
    "ECONNREFUSED": "connection refused",
    "ECONNRESET": "connection reset",
    "ECONNABORTED": "connection aborted",
    "EPIPE": "connection closed",
    "ETIMEDOUT": "connection timed out",
    "EHOSTUNREACH": "host unreachable",
    "EHOSTDOWN": "host is down",
    "ENETUNREACH": "network unreachable",
    "ENETDOWN": "network is down",
    "EADDRNOTAVAIL": "no local address available",
    "EACCES": "permission denied",
    "EPERM": "operation not permitted (perhaps by a firewall)",
    "EMFILE": "too many open files",
    "ENFILE": "too many open files in the system",
    "ENOBUFS": "no buffer space available",
    "EAI_NONAME": "host name not found",
    "EAI_NODATA": "host name has no address",
    "EAI_AGAIN": "host name lookup failed temporarily",
    "EAI_FAIL": "host name lookup failed",
}
"""Errors of the operating system on connections, by their POSIX names."""

_LONGEST_PLAIN = 500
"""The maximum length of a text without quotes, such as a server's message, in characters."""

_LONGEST_LINE = 1000
"""In characters; a line that a person should copy must be complete."""

_LONGEST_NUMBER = 18
"""In digits; longer limits are cut off."""

_RULE = "update.FIELD"
"""The section of a mapping that every field of `update` has."""

_LONGEST_SECONDS = 1e12
_LATEST_MICROSECONDS = 250_000_000_000_000_000

_UNKNOWN = "?"
"""Shown for a parameter that an older ledger did not store."""


def sentence_of(issue: Issue) -> str:
    """Return the sentence for a reason, preceded by its columns."""
    said = issue.params.get(VERBATIM)
    if isinstance(said, str):
        return said
    entry = entry_of(issue.code)
    template = entry.variants.get(issue.variant, entry.sentence) if entry else issue.code
    sentence = filled(gettext(template), issue.params)
    if not issue.columns:
        return sentence
    columns = ngettext("column {names}", "columns {names}", len(issue.columns))
    return f"{columns.format(names=quoted_list(issue.columns))}: {sentence}"


def hint_of(issue: Issue) -> str:
    """Return what to do about an error that ended a run; empty if its sentence has no hint.

    An issue without a hint has that of an issue that is part of it.
    """
    entry = entry_of(issue.code)
    hint = entry.hints.get(issue.variant, "") if entry else ""
    if hint:
        return filled(gettext(hint), issue.params)
    parts = (hint_of(param) for param in issue.params.values() if isinstance(param, Issue))
    return next(filter(None, parts), "")


def phrase(text: str, /, **params: Param) -> str:
    """Return a text of the code in the current language, with its parameters filled in."""
    return filled(gettext(text), params)


def filled(template: str, params: Mapping[str, Param]) -> str:
    """Return a sentence with its parameters in place of the placeholders."""
    return PLACEHOLDER.sub(lambda found: _part(found, params), template)


def _part(found: re.Match[str], params: Mapping[str, Param]) -> str:
    name = found["name"]
    if not name:
        return found[0][0]
    if found["nouns"] is not None:
        return _with_noun(params.get(name), found["nouns"].split("|"), found["form"])
    return _shown(params.get(name), found["form"])


def sentences_of(issues: tuple[Issue, ...]) -> str:
    """Return the sentences for a row's reasons, separated by `; `."""
    return "; ".join(filter(None, map(sentence_of, issues)))


def told(stored: str | None) -> str:
    """Return the sentences for stored reasons."""
    return "" if not stored or stored == NO_REASONS else _told(stored, language())


@lru_cache(4096)
def _told(stored: str, _language: str) -> str:
    return sentences_of(restored(stored))


def _shown(value: Param | None, form: str | None) -> str:
    if value is None:
        return "" if form in OPTIONAL else _UNKNOWN
    if isinstance(value, Issue):
        return sentence_of(value)
    return _FORMS[form](value)


def _with_noun(value: Param | None, nouns: Sequence[str], form: str | None) -> str:
    shown = _UNKNOWN if value is None else _number(value)
    digits = str(value)
    count = int(digits) if digits.isascii() and digits.isdigit() else 0
    noun = plural_of(count, nouns, language=language())
    return noun if form == "form" else f"{shown}\N{NO-BREAK SPACE}{noun}"


def _in_quotes(value: Param) -> str:
    if isinstance(value, tuple):
        return quoted_list(value)
    return quoted(value) if isinstance(value, str) else str(value)


def _plain(value: Param) -> str:
    texts = value if isinstance(value, tuple) else (str(value),)
    return " or ".join(printable(_cut(text)) for text in texts)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_PLAIN else f"{text[:_LONGEST_PLAIN]}…"


def _line(value: Param) -> str:
    text = str(value)
    return printable(text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}…")


def _after(value: Param) -> str:
    text = _plain(value)
    return f": {text}" if text else ""


def _list(value: Param) -> str:
    return ", ".join(map(_plain, value)) if isinstance(value, tuple) else _plain(value)


def _number(value: Param) -> str:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:_LONGEST_NUMBER])
    return number(value) if isinstance(value, int) else _plain(value)


def _counted(noun: str) -> Callable[[Param], str]:
    return lambda count: f"1 {noun}" if count in {1, "1"} else f"{_number(count)} {noun}s"


def _verb(singular: str, plural: str) -> Callable[[Param], str]:
    return lambda count: singular if count in {1, "1"} else plural


def _ascii(value: Param) -> str:
    return ascii(_cut(str(value)))


def _seconds(value: Param) -> str:
    if isinstance(value, int | float) and 0 <= value < _LONGEST_SECONDS:
        return duration(value)
    return f"{_plain(value)} s"


def _percent(value: Param) -> str:
    return f"{value:g} %" if isinstance(value, int | float) else f"{_plain(value)} %"


def _more_lines(value: Param) -> str:
    if not value:
        return ""
    return " (so in one more line)" if value == 1 else f" (so in {_plain(value)} more lines)"


def _places(value: Param) -> str:
    sections = value if isinstance(value, tuple) else (str(value),)
    *others, last = map(_place, sections or ("",))
    return f"{', '.join(others)} or {last}" if others else last


def _place(section: str) -> str:
    if not section:
        return "at the top level, without indentation"
    return "in the rule of a field" if section == _RULE else f"below {quoted(section)}"


def _excerpt(value: Param) -> str:
    lines = value if isinstance(value, tuple) else (str(value),)
    return "".join(f"\n    {_line(line)}" for line in lines)


def _size(value: Param) -> str:
    return size(value) if isinstance(value, int) and value >= 0 else _plain(value)


def _moment(value: Param) -> str:
    if isinstance(value, int) and 0 <= value < _LATEST_MICROSECONDS:
        return moment(value)
    return _plain(value)


def _host(value: Param) -> str:
    text = _plain(value)
    return f"[{text}]" if ":" in text else text


def _status(value: Param) -> str:
    try:
        return f"{value} {HTTPStatus(value).phrase}"  # type: ignore[arg-type]  # a text raises ValueError, too
    except ValueError:
        return _plain(value)


def _system(value: Param) -> str:
    text = _plain(value)
    return SYSTEM_ERRORS.get(text, f"system error {text}")


def _counted_texts(value: Param) -> str:
    texts, rows = value if isinstance(value, tuple) else (), _counted("row")
    return ", ".join(
        f"{quoted(text) if text else 'blank'} ({rows(count)})"
        for text, count in zip(texts[::2], texts[1::2], strict=False)
    )


def _kind(value: Param) -> str:
    return KIND_NAMES[CellKind(value)] if value in set(CellKind) else _UNKNOWN


_FORMS: Mapping[str | None, Callable[[Param], str]] = {
    None: _in_quotes,
    "plain": _plain,
    "more": lambda count: f" and {count} more" if count else "",
    "given": _plain,
    "after": _after,
    "list": _list,
    "line": _line,
    "number": _number,
    "cells": _counted("cell"),
    "rows": _counted("row"),
    "data_rows": _counted("data row"),
    "columns": _counted("column"),
    "fields": _counted("field"),
    "spaces": _counted("space"),
    "more_lines": _more_lines,
    "place": _counted("place"),
    "more_errors": _counted("more error"),
    "repr": lambda value: repr(_cut(str(value))),
    "places": _places,
    "excerpt": _excerpt,
    "are": _verb("is", "are"),
    "have": _verb("has", "have"),
    "ascii": _ascii,
    "runs": _counted("run"),
    "percent": _percent,
    "seconds": _seconds,
    "size": _size,
    "moment": _moment,
    "counted": _counted_texts,
    "kind": _kind,
    "host": _host,
    "status": _status,
    "system": _system,
}

OPTIONAL = {"given", "after"}
"""Forms that show nothing for a missing parameter."""
