"""Mistakes on the command line, in the current language.

click says them in English only; its sentences are recognised and said again. One that is not known
stays as it is.
"""

from __future__ import annotations

import re
from functools import cache

import click

from bulk_update.cli.spoken import metavar_in
from bulk_update.language import LANGUAGES, N_, language
from bulk_update.messages import phrase

SENTENCES = (
    N_("Invalid value for {name:line}: {fault:line}"),
    N_("Missing argument {name:line}."),
    N_("Missing option {name:line}."),
    N_("Missing command."),
    N_("No such option {name:line}. Did you mean {near:line}?"),
    N_("No such option {name:line}. (Did you mean one of: {near:line}?)"),
    N_("No such option {name:line}."),
    N_("No such option: {name:line} Did you mean {near:line}?"),
    N_("No such option: {name:line} (Did you mean one of: {near:line}?)"),
    N_("No such option: {name:line}"),
    N_("No such command {name:line}. Did you mean {near:line}?"),
    N_("No such command {name:line}."),
    N_("Got unexpected extra argument ({words:line})"),
    N_("Got unexpected extra arguments ({words:line})"),
    N_("Option {name:line} requires an argument."),
    N_("Option {name:line} does not take a value."),
    N_("{value:line} is not one of {choices:line}."),
    N_("{value:line} is not in the range {range:line}."),
    N_("{value:line} is not a valid integer range."),
    N_("{value:line} is not a valid integer."),
)
"""Those of click, as patterns; the first that fits is meant."""

_PLACEHOLDER = re.compile(r"\{(\w+):line\}")


def sentence_of_usage(error: click.ClickException) -> str:
    """Return what is wrong on the command line."""
    return said_again(error.format_message())


def said_again(sentence: str) -> str:
    """Return a sentence of click's in the current language."""
    if language() == LANGUAGES[0]:
        return sentence
    for text in SENTENCES:
        if found := _pattern(text).fullmatch(sentence):
            return phrase(text, **{name: _part(part) for name, part in found.groupdict().items()})
    return sentence


@cache
def _pattern(text: str) -> re.Pattern[str]:
    parts = _PLACEHOLDER.split(text)
    texts, names = parts[::2], parts[1::2]
    groups = [*(f"(?P<{name}>.+)" for name in names), ""]
    escaped = (re.escape(each) + group for each, group in zip(texts, groups, strict=True))
    return re.compile("".join(escaped), re.DOTALL)


def _part(text: str) -> str:
    """Return a part of a sentence, which may be a sentence or the name of a value."""
    name = text.strip("'")
    return f"'{metavar_in(name)}'" if f"'{name}'" == text else said_again(text)
