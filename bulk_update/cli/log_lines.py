"""The lines of an event log (`--log-format`): one event on each, whatever its values contain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from bulk_update.printable import printable

LONGEST_VALUE = 8_000
"""In characters, so that a line stays below 48 KiB, where journald would split it."""

_ALWAYS = {"run_id", "job"}
"""Fields that every line has, even if they are not known."""

Field = str | int | float | bool | None | Mapping[str, int | float] | tuple[str, ...]
"""The value of a field."""

_BARE = re.compile(r"[A-Za-z0-9_./:+@%-]+")
"""Texts that need no quotes."""


class LogFormat(StrEnum):
    """How the lines are written."""

    TEXT = "text"
    JSON = "json"


def line_of_event(fields: Mapping[str, Field], log_format: LogFormat) -> str:
    """Return one line, without its line break.

    In a text, fields that are None are left out, except `run_id` and `job`.
    """
    kept = {name: _kept(value) for name, value in fields.items()}
    if log_format is LogFormat.JSON:
        return json.dumps(kept)
    return " ".join(f"{name}={value}" for name, value in _flat(kept))


def _kept(value: Field) -> Field:
    """Return the value, without the middle of a text that is too long."""
    if not isinstance(value, str) or len(value) <= LONGEST_VALUE:
        return value
    half = LONGEST_VALUE // 2
    return f"{value[:half]} … {value[-half:]}"


def _flat(fields: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        match value:
            case None:
                if name in _ALWAYS:
                    yield name, "-"
            case Mapping():
                yield from ((f"{name}.{key}", str(number)) for key, number in value.items())
            case tuple():
                yield name, _text(",".join(value))
            case bool():
                yield name, str(value).lower()
            case int() | float():
                yield name, str(value)
            case str():
                yield name, _text(value)


def _text(value: str) -> str:
    """Return a text, in quotes unless it is one word; a backslash in it is doubled."""
    if _BARE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped)}"'
