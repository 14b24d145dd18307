"""The Polish catalogues are complete, and no translation can break a sentence."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import Any

import catalogues
import pytest
from babel.messages.catalog import Message
from catalogues import COMPILED, DOMAINS, Text
from source_trees import source_nodes

from bulk_update.messages import CATALOGUE
from bulk_update.messages.nouns import COUNTED
from bulk_update.messages.rendering import PLACEHOLDER

RENEW = "run `python tests/support/catalogues.py`, and translate what it says is new"
NO_WORDS = re.compile(
    r"\b(the|row|rows|file|files|column|columns|cell|cells|is|are)\b", re.IGNORECASE
)
"""English words that no Polish sentence contains, except in code."""

CODE = re.compile(r"`[^`]+`|--[a-z]+(?:-[a-z]+)*|\b[A-Z]+(?:_[A-Z]+)+\b|\b[a-z]+(?:_[a-z]+)+\b")
"""Commands, options, settings and keys, which are the same in every language."""

KEYS = re.compile(r'"quote: none"|\bcolumns?(?=:| wymaga| z join|, value|$)')
"""Keys of mappings that look like ordinary words."""


@cache
def entries(domain: str) -> list[Message]:
    return [message for message in catalogues.read(domain) if message.id]


@cache
def expected(domain: str) -> set[Text]:
    return catalogues.texts_of(domain)


def texts_in(value: Any) -> list[str]:
    """Return a text, or its forms for several numbers."""
    return [value] if isinstance(value, str) else list(value)


def pairs(*domains: str) -> list[tuple[str, str]]:
    """Return every text with its translation, or with each of its forms."""
    return [
        (text, translated)
        for domain in domains
        for message in entries(domain)
        for text, translated in _forms(texts_in(message.id), texts_in(message.string))
        if translated
    ]


def _forms(texts: list[str], translated: list[str]) -> list[tuple[str, str]]:
    """Return each form of a translation with the text for its number: the first is for 1 only."""
    return [(texts[min(index, len(texts) - 1)], each) for index, each in enumerate(translated)]


def nouns_in(text: str) -> list[list[str]]:
    """Return the forms of each noun in a translation."""
    found = [each["nouns"] for each in PLACEHOLDER.finditer(text) if each["nouns"] is not None]
    return [nouns.split("|") for nouns in found]


def names_in(text: str) -> set[str]:
    return {found["name"] for found in PLACEHOLDER.finditer(text) if found["name"]}


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_has_a_translation_that_nobody_guessed(domain: str) -> None:
    for message in entries(domain):
        assert all(texts_in(message.string)), f"{message.id!r} has no translation in {domain}.po"
        assert not message.fuzzy, f"{message.id!r} is only a guess in {domain}.po"


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_catalogue_has_exactly_the_texts_of_the_code(domain: str) -> None:
    assert {each.id for each in entries(domain)} == expected(domain), RENEW
    renewed = catalogues.written(catalogues.renewed(domain))
    assert catalogues.path_of(domain).read_bytes() == renewed, RENEW


def test_the_compiled_catalogue_is_that_of_the_texts() -> None:
    assert COMPILED.read_bytes() == catalogues.compiled(), RENEW


def test_a_text_of_several_catalogues_has_the_same_translation_in_all() -> None:
    found: dict[object, object] = {}
    for message in (each for domain in DOMAINS for each in entries(domain)):
        assert found.setdefault(message.id, message.string) == message.string, message.id


def test_a_translation_has_the_parameters_of_its_text() -> None:
    for text, translated in pairs(*DOMAINS):
        assert names_in(translated) == names_in(text), translated


def test_a_translation_has_no_other_braces_than_its_text() -> None:
    for text, translated in pairs(*DOMAINS):
        left, kept = PLACEHOLDER.sub("", translated), PLACEHOLDER.sub("", text)
        assert [each for each in left if each in "{}"] == [each for each in kept if each in "{}"]


def test_a_translation_has_the_commands_options_and_keys_of_its_text() -> None:
    for text, translated in pairs("messages"):
        code, kept = (
            sorted(CODE.findall(PLACEHOLDER.sub("", each))) for each in (text, translated)
        )
        assert kept == code, translated


def test_a_noun_has_three_forms() -> None:
    for _, translated in pairs(*DOMAINS):
        for nouns in nouns_in(translated):
            assert len(nouns) == 3, translated
            assert all(nouns), translated


def test_a_noun_that_is_always_counted_has_three_forms() -> None:
    found = {message.id: message.string for message in entries("messages")}
    for forms in COUNTED:
        assert len(str(found[forms]).split("|")) == 3


def test_every_noun_that_the_code_counts_is_translated() -> None:
    counted = {
        str(node.args[-1].value)
        for node in source_nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"counted", "_counted"}
        and isinstance(node.args[-1], ast.Constant)
    }
    assert len(counted) > 5
    assert {f"{noun}|{noun}s" for noun in counted} <= set(COUNTED)


def test_no_translation_has_english_words() -> None:
    for text, translated in pairs("messages"):
        said = CODE.sub("", PLACEHOLDER.sub("", translated))
        assert not NO_WORDS.search(KEYS.sub("", said)), f"{text!r}: {translated!r}"


def test_a_translation_ends_and_begins_as_its_text() -> None:
    for text, translated in pairs("messages"):
        assert translated.endswith(".") == text.endswith("."), translated
        assert translated[0].isspace() == text[0].isspace(), translated
        assert translated[-1].isspace() == text[-1].isspace(), translated


def test_a_sentence_that_contains_its_remedy_does_so_in_polish() -> None:
    found = {message.id: str(message.string) for message in entries("messages")}
    told = 0
    for entry in CATALOGUE.values():
        for sentence in (entry.sentence, *entry.variants.values()):
            if entry.remedy in sentence:
                assert found[entry.remedy] in found[sentence]
                told += 1
    assert told > 3


def test_no_remedy_of_an_undo_runs_its_file_in_polish() -> None:
    found = {message.id: str(message.string) for message in entries("messages")}
    either = found["`run` or `apply`"]
    for text, translated in found.items():
        if isinstance(text, str) and "`run` or `apply`" in text:
            assert either in translated, translated
