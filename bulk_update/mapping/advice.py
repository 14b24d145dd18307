"""Suggestions for unknown keys and invalid values: what the author most likely meant.

Keys and sections come from the schema; this module lists only the words that people use instead.
Following a suggestion never causes another error: whatever is suggested can be loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bulk_update.cells.date_formats import parse_date_format
from bulk_update.cells.typed_cells import CellType
from bulk_update.columns import nearest_name
from bulk_update.mapping.document import Path
from bulk_update.mapping.mapping import SECTIONS, Mapping, keys_of
from bulk_update.mapping.rule_schema import CellRule, KeysExpectedError
from bulk_update.mapping.scalars import did_you_mean
from bulk_update.mapping.schema import RECORD_FIELDS
from bulk_update.printable import quoted, quoted_list

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
    "base_url": "set --base-url or BULK_UPDATE_BASE_URL; host can name the only allowed system",
    "username": "set --username or BULK_UPDATE_USERNAME",
    "user": "set --username or BULK_UPDATE_USERNAME",
    "password": "a password never belongs in a mapping: set BULK_UPDATE_PASSWORD",
    "password_file": "set --password-file",
    "proxy": "set --proxy or BULK_UPDATE_PROXY",
    "state": "set --state",
    "out": "set --out",
}
"""Keys that people expect here, but that are command-line settings."""


def is_foreign(content: dict[str, Any]) -> bool:
    """Return whether a file has hardly any keys of a mapping."""
    known = Mapping.model_fields
    near = sum(nearest_name(key, known) is not None for key in content)
    return not known.keys() & content.keys() and 2 * near < len(content)


def meant_key(path: Path) -> str | None:
    """Return the key of the same section that an unknown key most likely stands for."""
    key, known = str(path[-1]), keys_of(SECTIONS[section_of(path[:-1])])
    meant = KEY_WORDS.get(key.casefold())
    return meant if meant in known else nearest_name(key, known)


def unknown_key(path: Path, value: Any) -> str:
    """Return the advice for a key that its section does not have."""
    return next(_advice_on_key(path, value))


def _advice_on_key(path: Path, value: Any) -> Iterator[str]:
    """Yield all applicable advice, the most helpful first."""
    key = str(path[-1])
    section, unknown = section_of(path[:-1]), f"the key {quoted(key)} is unknown"
    known = keys_of(SECTIONS[section])
    homes = _homes(key)
    if section == "update" and (is_rule(value) or (isinstance(value, str) and not homes)):
        yield _unknown_field(key, value)
    if homes:
        yield f"the key {quoted(key)} is in the wrong place: it belongs {_places(homes)}"
    if near := meant_key(path):
        yield f"{unknown}: did you mean {quoted(near)}?"
    if meant := KEY_WORDS.get(key.casefold()):
        yield f"{unknown}: use {quoted(meant)}, which belongs {_places(_homes(meant))}"
    if option := OPTIONS.get(key.casefold()):
        yield f"{unknown}: {option}"
    if elsewhere := nearest_name(key, _all_keys()):
        place = _places(_homes(elsewhere))
        yield f"{unknown}: did you mean {quoted(elsewhere)}? It belongs {place}"
    yield f"{unknown}: {did_you_mean(key, known)}"


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


def _unknown_field(key: str, value: Any) -> str:
    unknown = f"the key {quoted(key)} is unknown"
    below = f"a field of the campaign belongs below {RECORD_FIELDS}"
    if near := meant_key(("update", key)):
        return f"{unknown}: did you mean {quoted(near)}? Or {below}"
    homes = [home for home in _homes(key) if home != FIELD_SECTION]
    if homes:
        return f"{unknown}: {below}; {quoted(key)} itself belongs {_places(homes)}"
    if isinstance(value, str):
        below += f", as {_flow_text(key)}: {{column: {_flow_text(value)}}}"
    return f"{unknown}: {below}"


def _all_keys() -> Iterator[str]:
    return (key for section in SECTIONS.values() for key in keys_of(section))


def _homes(key: str) -> list[str]:
    """Return the sections that have a key."""
    return [name for name, section in SECTIONS.items() if key in keys_of(section)]


def _places(sections: list[str]) -> str:
    """Describe where the keys of these sections belong."""
    phrases = [
        "at the top level, without indentation"
        if not name
        else "in the rule of a field"
        if name == FIELD_SECTION
        else f"below {quoted(name)}"
        for name in sections
    ]
    *others, last = phrases
    return f"{', '.join(others)} or {last}" if others else last


def expected_keys(path: Path, error: KeysExpectedError) -> str:
    """Return the advice for a value that was written where keys are expected."""
    value = error.value
    if isinstance(value, list):
        return f"{error}, without dashes or square brackets"
    if not isinstance(value, str) or error.first_key != "column":
        return str(error)
    if colon := _glued_colon(value):
        return colon
    word, _, rest = value.partition(" ")
    if rest and word in _all_keys():
        return f"a colon is missing: write {word}: {rest}"
    if value.isdecimal() and section_of(path) == FIELD_SECTION:
        return f"expected keys such as {{value: {value}}}"
    more = {CALL_DATE: ", type: datetime", "where": ", in: [tak]"}.get(str(path[-1]), "")
    text = _flow_text(value)
    shown = f"expected keys such as {{column: {text}{more}}}"
    is_rule_of_field = section_of(path) == FIELD_SECTION
    constant = f", or {{value: {text}}} for the same value in every row"
    return shown + (constant if is_rule_of_field and path[-1] != CALL_DATE else "")


def value_fault(path: Path, value: Any, message: str) -> str:
    """Return a more helpful message about a value if there is one, else `message`."""
    key = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
    if isinstance(value, str):
        surplus = f'; remove the "{value[-1]}" at the end' if value[1:].endswith((",", ";")) else ""
        return _text_fault(path, key, value) or message + surplus
    if key == "column" and isinstance(value, list):
        return _several_columns(path, value, message)
    return message


def _several_columns(path: Path, value: list[Any], message: str) -> str:
    if section_of(path[:-1]) != FIELD_SECTION:
        return message
    names = ", ".join(_flow_text(name) for name in value if isinstance(name, str))
    return f'{message}: for several columns write columns: [{names}], join: " "'


def _flow_text(text: str) -> str:
    """Return a text as it is written inside brackets, in quotes if it needs them."""
    return text if _PLAIN.fullmatch(text) and text.strip() == text else quoted(text)


def _text_fault(path: Path, key: str, value: str) -> str | None:
    if key == "formats":
        return _format_fault(value, is_list=isinstance(path[-1], int))
    if key == "type":
        return _type_fault(path, value)
    meant = VALUE_WORDS.get(key, {}).get(value.casefold())
    return f"{quoted(value)} is unknown: did you mean {meant}?" if meant else None


def _type_fault(path: Path, value: str) -> str:
    words = [word.value for word in CellType]
    near = VALUE_WORDS["type"].get(value.casefold()) or nearest_name(value, words)
    if CALL_DATE in path and path[0] == "update":
        near = "datetime"
    meant = f"did you mean {quoted(near)}?" if near else f"expected one of {quoted_list(words)}"
    return f"{quoted(value)} is unknown: {meant}"


def rule_fault(path: Path, message: str) -> str:
    """Return the message about a rule as a whole; `next_call_date` allows only one type."""
    if path[-1] != CALL_DATE:
        return message
    return message.replace("type: date or type: datetime", "type: datetime")


_PLAIN = re.compile(r"\w[\w .-]*")

# --- date formats

_PARTS = re.compile("[A-Za-z]+|[^A-Za-z]+")
_LETTERS = {
    "d": "%d", "dd": "%d", "m": "%m", "mm": "%m", "yyyy": "%Y", "rrrr": "%Y", "yy": "%y",
    "rr": "%y", "h": "%H", "hh": "%H", "g": "%H", "gg": "%H", "s": "%S", "ss": "%S", "i": "%M",
}  # fmt: skip


def _format_fault(value: str, *, is_list: bool) -> str | None:
    """Return the advice for a format in the style of a spreadsheet program or PHP."""
    meant = directives_of(value)
    shown = quoted(meant or value)
    if not is_list:
        return f"expected a list of formats such as [{shown}]"
    return f"{quoted(value)} is not a format: write {shown}" if meant else None


def directives_of(shown: str) -> str | None:
    """Translate a format such as DD.MM.YYYY hh:mm; return None if it is not one."""
    meant = shown.replace(":%m", ":%M") if "%" in shown else _directives(shown)
    if meant == shown:
        return None
    try:
        parse_date_format(meant)
    except ValueError:
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


def _glued_colon(value: str) -> str | None:
    key, _, rest = value.partition(":")
    if not rest.strip() or rest.startswith((" ", "//")) or not key.strip():
        return None
    return f"a space is missing after the colon: write {key.strip()}: {rest.strip()}"
