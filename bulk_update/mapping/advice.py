"""Suggestions for unknown keys and invalid values: what the author most likely meant.

Keys and sections come from the schema; this module lists only the words that people use instead.
Following a suggestion never causes another error: whatever is suggested can be loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bulk_update.cells.date_formats import parse_date_format
from bulk_update.cells.typed_cells import CellType
from bulk_update.columns import nearest_name
from bulk_update.invalid_value import InvalidValueError
from bulk_update.mapping.document import Path
from bulk_update.mapping.faults import finding, write_instead
from bulk_update.mapping.mapping import SECTIONS, Mapping, keys_of
from bulk_update.mapping.rule_schema import CellRule, KeysExpectedError
from bulk_update.mapping.scalars import did_you_mean
from bulk_update.mapping.schema import RECORD_FIELDS
from bulk_update.printable import quoted
from bulk_update.records import Issue

CALL_DATE = "next_call_date"
"""The only field whose type the API prescribes."""

FIELD_SECTION = "update.FIELD"

KEY_WORDS = {
    "adres_url": "host", "baza": "host", "url": "host",
    "kampania": "campaign", "campaign_id": "campaign",
    "id": "identifier", "identyfikator": "identifier", "key": "identifier",
    "fields": RECORD_FIELDS, "pola": RECORD_FIELDS, "record": RECORD_FIELDS,
    "status_name": "status", "agent": "agent_login", "login": "agent_login",
    "termin": CALL_DATE, "next_call": CALL_DATE,
    "filter": "where", "filtr": "where", "warunek": "where",
    "kolumna": "column", "col": "column", "header": "header_row", "naglowek": "header_row",
    "kolumny": "columns", "separator": "delimiter", "sep": "delimiter", "charset": "encoding",
    "kodowanie": "encoding", "arkusz": "sheet", "worksheet": "sheet", "tab": "sheet",
    "format": "formats", "date_format": "formats", "tz": "timezone", "zone": "timezone",
    "map": "lookup", "mapping": "lookup", "values": "lookup", "replace": "lookup",
    "const": "value", "constant": "value", "wartosc": "value", "typ": "type",
    "regex": "pattern", "regexp": "pattern", "max_len": "max_length", "length": "max_length",
    "trim": "strip", "required": "on_blank", "empty": "on_blank", "if_blank": "on_blank",
    "glue": "join", "equals": "in", "is": "in", "not": "not_in",
    "limit": "max_rows", "threads": "workers", "speed": "rate",
}  # fmt: skip
"""Words that people use for a key, but that are not spelled like it."""

VALUE_WORDS = {
    "type": {
        "data": "date", "day": "date", "dzień": "date",
        "timestamp": "datetime", "date_time": "datetime", "czas": "datetime",
        "string": "text", "str": "text", "tekst": "text", "char": "text", "varchar": "text",
        "int": "integer", "number": "decimal", "numeric": "decimal", "float": "decimal",
        "double": "decimal", "money": "decimal", "kwota": "decimal", "liczba": "decimal",
        "bool": "boolean", "yes/no": "boolean", "logical": "boolean",
    },
    "encoding": {
        "ansi": "cp1250", "windows": "cp1250", "excel": "cp1250", "unicode": "utf-16",
        "utf": "utf-8",
    },
    "delimiter": {
        "semicolon": '";"', "średnik": '";"', "comma": '","', "przecinek": '","',
        "tabulator": "tab", "pipe": '"|"',
    },
    "decimal": {"comma": '","', "przecinek": '","', "point": '"."', "dot": '"."', "kropka": '"."'},
    "on_blank": {
        "skip": "omit", "ignore": "omit", "keep": "omit", "erase": "clear", "delete": "clear",
        "empty": "clear", "fail": "error", "invalid": "error", "required": "error",
    },
    "case": {"uppercase": "upper", "lowercase": "lower"},
    "duplicates": {"none": "error", "newest": "last", "latest": "last", "keep_last": "last"},
}  # fmt: skip
"""Words that people use for a key's value, but that are not spelled like it."""

OPTIONS = {
    "base_url": finding("base-url"),
    "username": finding("user-name"),
    "user": finding("user-name"),
    "password": finding("password"),
    "password_file": finding("password-file"),
    "proxy": finding("proxy"),
    "state": finding("state-folder"),
    "ledger": finding("ledger"),
    "out": finding("out-folder"),
}
"""Keys that people expect here, but that are command-line settings, and how to set them."""


def is_foreign(content: dict[str, Any]) -> bool:
    """Return whether a file has hardly any keys of a mapping."""
    known = Mapping.model_fields
    if known.keys() & content.keys():
        return False
    near = sum(nearest_name(key, known) is not None for key in content)
    return 2 * near < len(content)


def meant_key(path: Path) -> str | None:
    """Return the key of the same section that an unknown key most likely stands for."""
    key, known = str(path[-1]), keys_of(SECTIONS[section_of(path[:-1])])
    meant = KEY_WORDS.get(key.casefold())
    return meant if meant in known else nearest_name(key, known)


def unknown_key(path: Path, value: Any) -> Issue:
    """Return the advice for a key that its section does not have."""
    return next(_advice_on_key(path, value))


def _advice_on_key(path: Path, value: Any) -> Iterator[Issue]:
    """Yield all applicable advice, the most helpful first."""
    key, section = str(path[-1]), section_of(path[:-1])
    known = keys_of(SECTIONS[section])
    homes = _homes(key)
    if section == "update" and (is_rule(value) or (isinstance(value, str) and not homes)):
        yield _unknown_field(key, value)
    if homes:
        yield finding("misplaced-key", key=key, places=homes)
    if near := meant_key(path):
        yield finding("unknown-key-near", key=key, near=near)
    if meant := KEY_WORDS.get(key.casefold()):
        yield finding("unknown-key-word", key=key, near=meant, places=_homes(meant))
    if option := OPTIONS.get(key.casefold()):
        yield finding("unknown-key", key=key, meant=option)
    if elsewhere := nearest_name(key, _all_keys()):
        places = _homes(elsewhere)
        yield finding("unknown-key-elsewhere", key=key, near=elsewhere, places=places)
    yield finding("unknown-key", key=key, meant=did_you_mean(key, known))


def section_of(path: Path) -> str:
    """Return the section at a path, by its name in SECTIONS."""
    if len(path) > 1 and path[0] == "update":
        return FIELD_SECTION
    return str(path[0]) if path else ""


def is_rule(value: Any) -> bool:
    """Return whether a value looks like the rule of a field."""
    known = keys_of(CellRule)
    return isinstance(value, dict) and any(
        key in known or KEY_WORDS.get(key) in known for key in value
    )


def _unknown_field(key: str, value: Any) -> Issue:
    if near := meant_key(("update", key)):
        return finding("unknown-field-near", key=key, near=near)
    homes = tuple(home for home in _homes(key) if home != FIELD_SECTION)
    if homes:
        return finding("unknown-field-elsewhere", key=key, places=homes)
    if isinstance(value, str):
        written = {"field": _flow_text(key), "column": _flow_text(value)}
        return finding("unknown-field-column", key=key, **written)
    return finding("unknown-field", key=key)


def _all_keys() -> Iterator[str]:
    return (key for section in SECTIONS.values() for key in keys_of(section))


def _homes(key: str) -> tuple[str, ...]:
    """Return the sections that have a key."""
    return tuple(name for name, section in SECTIONS.items() if key in keys_of(section))


def expected_keys(path: Path, error: KeysExpectedError) -> Issue:
    """Return the advice for a value that was written where keys are expected."""
    value = error.value
    if isinstance(value, list):
        return finding("first-key-for-list", key=error.first_key)
    if not isinstance(value, str) or error.first_key != "column":
        return finding("first-key", key=error.first_key)
    if colon := _glued_colon(value):
        return colon
    word, _, rest = value.partition(" ")
    if rest and word in _all_keys():
        return write_instead(finding("colon-after-word"), f"{word}: {rest}")
    if value.isdecimal() and section_of(path) == FIELD_SECTION:
        return finding("value-key", value=value)
    more = {CALL_DATE: ", type: datetime", "where": ", in: [tak]"}.get(str(path[-1]), "")
    can_be_constant = section_of(path) == FIELD_SECTION and path[-1] != CALL_DATE
    variant = "column-or-value" if can_be_constant else "column-key"
    return finding(variant, text=_flow_text(value), more=more)


def value_fault(path: Path, value: Any, issue: Issue) -> Issue:
    """Return a more helpful finding about a value if there is one, else `issue`."""
    key = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
    if isinstance(value, str):
        return _text_fault(path, key, value) or _surplus(value, issue)
    if key == "column" and isinstance(value, list):
        return _several_columns(path, value, issue)
    return issue


def _surplus(value: str, issue: Issue) -> Issue:
    has_mark = value[1:].endswith((",", ";"))
    return finding("surplus-mark", fault=issue, mark=value[-1]) if has_mark else issue


def _several_columns(path: Path, value: list[Any], issue: Issue) -> Issue:
    if section_of(path[:-1]) != FIELD_SECTION:
        return issue
    names = ", ".join(_flow_text(name) for name in value if isinstance(name, str))
    return finding("several-columns", fault=issue, names=names)


def _flow_text(text: str) -> str:
    """Return a text as it is written inside brackets, in quotes if it needs them."""
    return text if _PLAIN.fullmatch(text) and text.strip() == text else quoted(text)


def _text_fault(path: Path, key: str, value: str) -> Issue | None:
    if key == "formats":
        return _format_fault(value, is_list=isinstance(path[-1], int))
    if key == "type":
        return _type_fault(path, value)
    meant = VALUE_WORDS.get(key, {}).get(value.casefold())
    return finding("word-in-use", text=value, meant=meant) if meant else None


def _type_fault(path: Path, value: str) -> Issue:
    words = [word.value for word in CellType]
    near = VALUE_WORDS["type"].get(value.casefold()) or nearest_name(value, words)
    if CALL_DATE in path and path[0] == "update":
        near = "datetime"
    meant = finding("near", near=near) if near else finding("one-of", known=tuple(words))
    return finding("unknown-word", text=value, meant=meant)


def rule_fault(path: Path, issue: Issue) -> Issue:
    """Return the finding about a rule as a whole; `next_call_date` allows only one type."""
    if path[-1] != CALL_DATE or issue.params.get("types") != _DATE_TYPES:
        return issue
    return replace(issue, params={**issue.params, "types": _DATE_TYPES[-1:]})


_DATE_TYPES = (f"type: {CellType.DATE}", f"type: {CellType.DATETIME}")


_PLAIN = re.compile(r"\w[\w .-]*")

# --- date formats

_PARTS = re.compile("[A-Za-z]+|[^A-Za-z]+")
_LETTERS = {
    "d": "%d", "dd": "%d", "m": "%m", "mm": "%m", "yyyy": "%Y", "rrrr": "%Y", "yy": "%y",
    "rr": "%y", "h": "%H", "hh": "%H", "g": "%H", "gg": "%H", "s": "%S", "ss": "%S", "i": "%M",
}  # fmt: skip


def _format_fault(value: str, *, is_list: bool) -> Issue | None:
    """Return the advice for a format in the style of a spreadsheet program or PHP."""
    meant = directives_of(value)
    if not is_list:
        return finding("formats-list", format=meant or value)
    return finding("format", text=value, format=meant) if meant else None


def directives_of(shown: str) -> str | None:
    """Translate a format such as DD.MM.YYYY hh:mm; return None if it is not one."""
    meant = shown.replace(":%m", ":%M") if "%" in shown else _directives(shown)
    if meant == shown:
        return None
    try:
        parse_date_format(meant)
    except InvalidValueError:
        return None
    return meant


def _directives(shown: str) -> str:
    parts, has_hour = [], False
    for part in _PARTS.findall(shown):
        directive = _LETTERS.get("yyyy" if part == "Y" else part.casefold(), part)
        if has_hour and directive == "%m":
            directive = "%M"
        has_hour = has_hour or directive == "%H"
        parts.append(directive)
    return "".join(parts)


def _glued_colon(value: str) -> Issue | None:
    key, _, rest = value.partition(":")
    if not rest.strip() or rest.startswith((" ", "//")) or not key.strip():
        return None
    return write_instead(finding("glued-colon"), f"{key.strip()}: {rest.strip()}")
