"""Faults of a mapping file and their places. Lines and columns count from 1."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bulk_update.errors import MappingError
from bulk_update.mapping.secret_lines import has_secret, masked, secrets_in
from bulk_update.printable import printable
from bulk_update.reasons import stored_one
from bulk_update.records import Issue, Param

MOST_SHOWN = 100
"""The most faults that a message lists."""

_WIDEST_EXCERPT = 100
_CHARACTERS_BEFORE = 60
_HIDDEN = "***"
_WIDE = frozenset({"W", "F"})


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and column in the mapping file, as an editor numbers them."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to fix."""

    place: Place
    issue: Issue


def finding(variant: str, /, **params: Param) -> Issue:
    """Return what is wrong with a mapping, as one of the variants of the code `mapping`."""
    return Issue("mapping", params, variant)


def write_instead(fault: Issue, text: str) -> Issue:
    """Return a finding with the text to write instead."""
    return finding("write", fault=fault, text=text)


def mapping_error(faults: Iterable[Fault], *, path: str, text: str) -> MappingError:
    """Return the error that lists all faults in the order of the file, then in the given order.

    Each is listed with its place and its line, with a caret below.
    """
    different: dict[tuple[Place, str], Fault] = {}
    for fault in faults:
        different.setdefault((fault.place, stored_one(fault.issue)), fault)
    in_order = sorted(different.values(), key=lambda each: each.place)
    secrets = secrets_in(text)
    lines = [masked(line, secrets) for line in text.splitlines()]
    shown = tuple(
        finding(
            "located",
            path=path,
            line=fault.place.line,
            column=fault.place.column,
            fault=_without(secrets, fault.issue),
            excerpt=_excerpt(lines, fault.place),
        )
        for fault in in_order[:MOST_SHOWN]
    )
    left_out = len(in_order) - MOST_SHOWN
    more = (finding("more-faults", path=path, count=left_out),) if left_out > 0 else ()
    return MappingError(*shown, *more, faults=shown)


def _without(secrets: frozenset[str], issue: Issue) -> Issue:
    """Return an issue without the texts that contain a secret."""
    params = {name: _hidden(secrets, value) for name, value in issue.params.items()}
    return replace(issue, params=params)


def _hidden(secrets: frozenset[str], value: Param) -> Param:
    if isinstance(value, Issue):
        return _without(secrets, value)
    texts = value if isinstance(value, tuple) else (str(value),)
    return _HIDDEN if any(_is_secret(secrets, str(text)) for text in texts) else value


def _is_secret(secrets: frozenset[str], text: str) -> bool:
    """Return whether a text repeats a secret; YAML escapes may have hidden it in the file."""
    return has_secret(text) or any(secret in text for secret in secrets)


def _excerpt(lines: list[str], place: Place) -> tuple[str, ...]:
    """Return the line at a place and a caret to show below it; nothing for a blank line."""
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    if not line.strip():
        return ()
    index = place.column - 1
    start = max(0, index - _CHARACTERS_BEFORE) if len(line) > _WIDEST_EXCERPT else 0
    end = start + _WIDEST_EXCERPT
    before = ("…" if start else "") + printable(line[start:index])
    shown = before + printable(line[index:end]) + ("…" if end < len(line) else "")
    return shown, f"{' ' * _width(before)}^"


def _width(text: str) -> int:
    """Return how many terminal columns a text occupies."""
    wide = sum(unicodedata.east_asian_width(character) in _WIDE for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
