"""The YAML parser's events, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from bulk_update.mapping.faults import Place, finding
from bulk_update.records import Issue

_PARSERS_DEPTH = "maximum nesting depth"
"""Part of an error message of PyYAML since 6.0.4, whose parser reads ahead of its events."""

_MEANINGS = (
    ("found a tab character", "tab"),
    ("mapping values are not allowed", "unexpected-colon"),
    ("could not find expected ':'", "no-key-and-value"),
    ("did not find expected key", "unlike-lines-above"),
    ("expected ',' or '}'", "open-brace"),
    ("expected ',' or ']'", "open-bracket"),
    ("unexpected end of stream", "open-quote"),
    ("unexpected document indicator", "open-quote"),
    ("escape character", "escape"),
    ("hexdecimal number", "escape"),
    ("cannot start any token", "mark-without-quotes"),
    ("alphabetic or numeric character", "mark-without-quotes"),
    ("node content", "mark-without-quotes"),
    ("comment or line break", "mark-without-quotes"),
    ("directive", "mark-without-quotes"),
    ("block sequence entries are not allowed", "list-after-key"),
    ("document start", "text-after-end"),
)
"""What the parser's messages mean, by a part of each."""

_FROM_ITS_BEGINNING = ("quoted scalar", "flow mapping", "flow sequence", "simple key")
"""Constructs whose errors are reported where they begin, not where the parser gave up."""


class SyntaxFault(Exception):  # noqa: N818 - a finding, not a program error
    """Invalid YAML: `place` is where the parser stopped, `begin` where the broken part begins."""

    def __init__(self, place: Place, begin: Place, issue: Issue) -> None:
        super().__init__(issue)
        self.place = place
        self.begin = begin
        self.issue = issue


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


def _meaning(error: yaml.MarkedYAMLError) -> Issue:
    problem = error.problem or ""
    return finding(next((ours for theirs, ours in _MEANINGS if theirs in problem), "syntax"))
