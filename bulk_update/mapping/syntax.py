"""The YAML parser's events, and its errors in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from bulk_update.mapping.faults import Place

_PARSERS_DEPTH = "maximum nesting depth"
"""Part of an error message of PyYAML since 6.0.4, whose parser reads ahead of its events."""

_IN_QUOTES = "a text that begins with this character must be in quotes"
_MEANINGS = (
    ("found a tab character", "the line is indented with a TAB: use spaces"),
    (
        "mapping values are not allowed",
        'a colon is not expected here: put a text that contains ": " in quotes, or indent less',
    ),
    ("could not find expected ':'", 'expected "key: value", with a colon and a space'),
    (
        "did not find expected key",
        "this does not fit the lines above: check indentation, quotes and brackets",
    ),
    ("expected ',' or '}'", "the { that begins here is not closed, or a comma is missing"),
    ("expected ',' or ']'", "the [ that begins here is not closed, or a comma is missing"),
    ("unexpected end of stream", "the quote that begins here is never closed"),
    ("unexpected document indicator", "the quote that begins here is never closed"),
    ("escape character", r"in double quotes, \ begins an escape: use single quotes"),
    ("hexdecimal number", r"in double quotes, \ begins an escape: use single quotes"),
    ("cannot start any token", _IN_QUOTES),
    ("alphabetic or numeric character", _IN_QUOTES),
    ("node content", _IN_QUOTES),
    ("comment or line break", _IN_QUOTES),
    ("directive", _IN_QUOTES),
    ("block sequence entries are not allowed", "a list begins on a line of its own"),
    ("document start", "the mapping is over, but more text follows"),
)
_FROM_ITS_BEGINNING = ("quoted scalar", "flow mapping", "flow sequence", "simple key")
"""Constructs whose errors are reported where they begin, not where the parser gave up."""


class SyntaxFault(Exception):  # noqa: N818 - a finding, not a program error
    """Invalid YAML: `place` is where the parser stopped, `begin` where the broken part begins."""

    def __init__(self, place: Place, begin: Place, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.begin = begin
        self.message = message


class TooDeepError(Exception):
    """The text is nested too deeply for the parser."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


def events_of(text: str) -> Iterator[yaml.Event]:
    """Parse a text. Raises SyntaxFault or TooDeepError."""
    try:
        yield from yaml.parse(text, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        place = place_of(error.problem_mark)
        if _PARSERS_DEPTH in (error.problem or ""):
            raise TooDeepError(place) from None
        raise SyntaxFault(place, _begin_of(error, place), _meaning(error)) from None


def place_of(mark: Any) -> Place:  # the marks of libyaml and PyYAML have no common class
    """Convert a mark of the parser to a place."""
    return Place(mark.line + 1, mark.column + 1)


def _begin_of(error: yaml.MarkedYAMLError, place: Place) -> Place:
    is_inside = any(part in (error.context or "") for part in _FROM_ITS_BEGINNING)
    return place_of(error.context_mark) if is_inside else place


def _meaning(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    return next((ours for theirs, ours in _MEANINGS if theirs in problem), "this is not valid YAML")
