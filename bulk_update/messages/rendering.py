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
| `{name:word}` | a word of the code, such as "statuses", in a translation |
| `{name:dates}` | like `plain`, for date formats: in Polish with its letters, DD.MM.RRRR |
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
from typing import NamedTuple

from bulk_update.language import N_, gettext, language, ngettext, plural_of
from bulk_update.messages.amounts import date_letters, duration, localised, moment, number, size
from bulk_update.messages.catalogue import entry_of
from bulk_update.messages.nouns import form_for, with_noun
from bulk_update.messages.phrases import HTTP_PHRASES, KIND_NAMES, SYSTEM_ERRORS, WORDS
from bulk_update.printable import printable, quoted, quoted_list
from bulk_update.reasons import NO_REASONS, VERBATIM, restored
from bulk_update.records import CellKind, Issue, Param

PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{(?P<name>[a-z_]+)(?::(?P<form>[a-z_]+))?(?:\|(?P<nouns>[^{}]*))?\}"
)
"""A parameter, or a doubled brace, which stands for a single one."""

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
    return said_of_columns(issue, filled(gettext(template), issue.params))


def said_of_columns(issue: Issue, sentence: str) -> str:
    """Return a sentence about a reason, preceded by its columns."""
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
    return "".join(
        part if isinstance(part, str) else _part(part, params) for part in _parts_of(template)
    )


class _Placeholder(NamedTuple):
    name: str
    form: str | None
    nouns: Sequence[str] | None


@lru_cache(4096)
def _parts_of(template: str) -> Sequence[str | _Placeholder]:
    """Return the texts and placeholders of a sentence, which many rows have in common."""
    parts: list[str | _Placeholder] = []
    end = 0
    for found in PLACEHOLDER.finditer(template):
        parts.append(template[end : found.start()])
        nouns = found["nouns"]
        forms = None if nouns is None else nouns.split("|")
        name = found["name"]
        parts.append(_Placeholder(name, found["form"], forms) if name else found[0][0])
        end = found.end()
    return (*parts, template[end:])


def _part(found: _Placeholder, params: Mapping[str, Param]) -> str:
    if found.nouns is not None:
        return _with_noun(params.get(found.name), found.nouns, found.form)
    return _shown(params.get(found.name), found.form)


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
    noun = plural_of(_count_in(value), nouns, language=language())
    shown = _UNKNOWN if value is None else _number(value)
    return noun if form == "form" else with_noun(shown, noun)


def _count_in(value: Param | None) -> int:
    digits = str(value)
    return int(digits[:_LONGEST_NUMBER]) if digits.isascii() and digits.isdigit() else 0


def _in_quotes(value: Param) -> str:
    if isinstance(value, tuple):
        return quoted_list(value)
    return quoted(value) if isinstance(value, str) else str(value)


def _plain(value: Param) -> str:
    texts = value if isinstance(value, tuple) else (str(value),)
    return gettext(" or ").join(printable(_cut(text)) for text in texts)


def _dates(value: Param) -> str:
    return date_letters(_plain(value))


def _word(value: Param) -> str:
    found = WORDS.get(value) if isinstance(value, str) else None
    return gettext(found) if found else _plain(value)


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
    forms = f"{noun}|{noun}s"
    return lambda count: with_noun(_number(count), form_for(_count_in(count), forms))


def _verb(forms: str) -> Callable[[Param], str]:
    return lambda count: form_for(_count_in(count), forms)


def _more(count: Param) -> str:
    return phrase(" and {count} more", count=count) if count else ""


def _ascii(value: Param) -> str:
    return ascii(_cut(str(value)))


def _seconds(value: Param) -> str:
    if isinstance(value, int | float) and 0 <= value < _LONGEST_SECONDS:
        return duration(value)
    return f"{_plain(value)} s"


def _percent(value: Param) -> str:
    shown = localised(f"{value:g}") if isinstance(value, int | float) else _plain(value)
    return f"{shown} %"


def _more_lines(value: Param) -> str:
    if not value:
        return ""
    if value == 1:
        return gettext(" (so in one more line)")
    return phrase(" (so in {count:plain} more lines)", count=value)


def _places(value: Param) -> str:
    sections = value if isinstance(value, tuple) else (str(value),)
    *others, last = map(_place, sections or ("",))
    return gettext(" or ").join([", ".join(others), last] if others else [last])


def _place(section: str) -> str:
    if not section:
        return gettext("at the top level, without indentation")
    if section == _RULE:
        return gettext("in the rule of a field")
    return phrase("below {section}", section=section)


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
    found = HTTP_PHRASES.get(value) if isinstance(value, int) else None
    return f"{value} {gettext(found)}" if found else _plain(value)


def _system(value: Param) -> str:
    text = _plain(value)
    said = SYSTEM_ERRORS.get(text)
    return gettext(said) if said else phrase("system error {code:plain}", code=text)


def _counted_texts(value: Param) -> str:
    texts, rows = value if isinstance(value, tuple) else (), _counted("row")
    blank = gettext("blank")
    return ", ".join(
        f"{quoted(text) if text else blank} ({rows(count)})"
        for text, count in zip(texts[::2], texts[1::2], strict=False)
    )


def _kind(value: Param) -> str:
    return gettext(KIND_NAMES[CellKind(value)]) if value in set(CellKind) else _UNKNOWN


_FORMS: Mapping[str | None, Callable[[Param], str]] = {
    None: _in_quotes,
    "plain": _plain,
    "dates": _dates,
    "word": _word,
    "more": _more,
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
    "are": _verb(N_("is|are")),
    "have": _verb(N_("has|have")),
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
