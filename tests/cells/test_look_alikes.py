from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_update.cells.look_alikes import has_look_alikes, look_alike_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A1", "a1"),
        ("123", "\uff11\uff12\uff13"),
        ("345", "٣٤٥"),
        ("123", "12\u200b3"),
        ("1", "\ufeff1"),
        ("xpng", "x\u202epng"),
        ("é", "e\u0301"),
        ("fi", "ﬁ"),
        ("12 3", "12\u00a03"),
        ("ss", "ß"),
    ],
)
def test_identifiers_that_look_alike_share_a_key(one: str, other: str) -> None:
    assert look_alike_key(one) == look_alike_key(other)


@pytest.mark.parametrize(("one", "other"), [("7", "07"), ("a", "ą"), ("1", "2"), ("Ł", "L")])
def test_identifiers_that_look_different_have_different_keys(one: str, other: str) -> None:
    assert look_alike_key(one) != look_alike_key(other)


@settings(deadline=None)
@given(st.text())
def test_an_identifier_and_its_composed_form_share_a_key(text: str) -> None:
    assert look_alike_key(unicodedata.normalize("NFC", text)) == look_alike_key(
        unicodedata.normalize("NFD", text)
    )


@pytest.mark.parametrize("text", ["\uff1123", "12\u200b3", "\ufeff1", "٣", "ﬁ"])
def test_characters_that_look_plain_but_are_not_are_detected(text: str) -> None:
    assert has_look_alikes(text)


@pytest.mark.parametrize("text", ["123", "AbC", "Łódź", "e\u0301", "é", "żółć 7", "İ"])
def test_ordinary_letters_are_not_look_alikes(text: str) -> None:
    assert not has_look_alikes(text)
