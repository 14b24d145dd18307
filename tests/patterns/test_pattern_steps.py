"""No pattern of the package takes quadratic time, whatever a cell, a file or a server says."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from hostile_texts import (
    METHODS,
    SEARCHING,
    KnownPattern,
    hostile_texts,
    known_patterns,
    syntax_trees,
)
from step_counter import StepCounter, has_shrunk_bound

from bulk_update.cells.date_formats import parse_date_format

SIZE = 30
GROWTH = 4
"""How much longer the longer text is; quadratic time takes 16 times the steps."""
MOST_STEPS = 1.5 * GROWTH
FIXED_STEPS = 200

PATTERNS = known_patterns()
FORMATS = ("%d.%m.%Y %H:%M", "%d %m %Y  %H:%M:%S.%f %z", "%Y%m%d", "%d/%m/%y at %H:%M%z")

MADE_AT_RUN_TIME = {
    "bulk_update.client.redaction": "alternatives of literal texts",
    "bulk_update.cells.date_formats": "FORMATS above",
    "bulk_update.cli.usage_wording": "the sentences of click, matched with the command line",
    "bulk_update.corrections.readings": "numbers, for each notation of a program",
    "bulk_update.corrections.showings": "numbers, for each notation of a program",
    "bulk_update.mapping.value_scalars": "the mapping's own patterns, to see whether they compile",
    "bulk_update.mapping.steps": "the mapping's own patterns",
    "bulk_update.policy.streaks": "alternatives of literal texts",
    "bulk_update.proposals.readings": "one pattern for each decimal separator, in _NUMBERS",
    "bulk_update.readers.wrong_encoding": "a set of single characters",
}
"""The modules that compile a pattern in a function, and of what."""


def steps(pattern: re.Pattern[Any], text: str, method: str) -> int:
    """Count the steps that a method needs, and compare its result with that of `re`."""
    if isinstance(pattern.pattern, bytes):
        text = text.encode().decode("latin-1")
    counter = StepCounter(pattern)
    found: object
    if method in SEARCHING:
        found = counter.find_all(text)
    else:
        found = counter.match(text, whole=method == "fullmatch")
    if not has_shrunk_bound(pattern):
        assert found == result_of_re(pattern, text, method)
    return counter.steps


def result_of_re(pattern: re.Pattern[Any], text: str, method: str) -> object:
    subject: Any = text.encode("latin-1") if isinstance(pattern.pattern, bytes) else text
    if method in SEARCHING:
        return [found.span() for found in pattern.finditer(subject)]
    match = getattr(pattern, method)(subject)
    return match.end() if match else None


def quadratic_texts(pattern: re.Pattern[Any], method: str) -> list[str]:
    """Return the names of the texts on which the steps grow faster than the text."""
    pairs = zip(hostile_texts(pattern, SIZE), hostile_texts(pattern, SIZE * GROWTH), strict=True)
    return [
        name
        for (name, short), (_, long) in pairs
        if steps(pattern, long, method) > MOST_STEPS * steps(pattern, short, method) + FIXED_STEPS
    ]


@pytest.mark.parametrize("known", PATTERNS, ids=str)
def test_the_steps_of_a_pattern_grow_no_faster_than_the_text(known: KnownPattern) -> None:
    assert known.methods, "no code calls a method of this pattern"
    for method in sorted(known.methods):
        assert quadratic_texts(known.pattern, method) == []


@pytest.mark.parametrize("text", FORMATS)
def test_the_steps_of_a_date_format_grow_no_faster_than_the_text(text: str) -> None:
    (pattern,) = (
        value for value in vars(parse_date_format(text)).values() if isinstance(value, re.Pattern)
    )
    assert quadratic_texts(pattern, "fullmatch") == []


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r" *[+-]?[0-9 ]*", "fullmatch"),
        (r"\s+$", "search"),
        (r"(?:a|b)*c|a*d", "search"),
        (r"\[[^\]]*\]", "sub"),
        (r"x(a+)+y", "match"),
        (r"<b.{0,20000}?</b>", "finditer"),
        (r"[^,]*,\s*\w*\s*;", "match"),
    ],
)
def test_a_pattern_that_takes_quadratic_time_is_found(pattern: str, method: str) -> None:
    compiled = re.compile(pattern)
    size = 6 if "+)+" in pattern else SIZE  # doubles with each character
    pairs = zip(hostile_texts(compiled, size), hostile_texts(compiled, size * 2), strict=True)
    assert any(
        steps(compiled, long, method) > 2.5 * steps(compiled, short, method)
        for (_, short), (_, long) in pairs
    )


@pytest.mark.parametrize(
    "pattern",
    [r"[0-9]+,[0-9]+", r"(?:ab?)*+$", r"(?>a*)a|b", r"a{2,5}?b", r"(?i)(?<!\w)ä\b", r"(a|b)\1"],
)
@pytest.mark.parametrize("method", ["match", "fullmatch", "search"])
def test_the_counter_finds_what_re_finds(pattern: str, method: str) -> None:
    compiled = re.compile(pattern)
    for _, text in hostile_texts(compiled, 8):
        assert steps(compiled, text, method)


def test_every_pattern_is_compiled_at_the_top_of_its_module() -> None:
    inside = {
        module
        for module, tree in syntax_trees()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in METHODS | {"compile"}
    }
    assert inside <= set(MADE_AT_RUN_TIME), "no test sees a pattern that is made in a function"
