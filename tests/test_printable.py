from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("row 17, Termin", "row 17, Termin"),
        ("Zażółć gęślą jaźń 日本 😀", "Zażółć gęślą jaźń 日本 😀"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\x00b\x9bc", r"a\x00b\x9bc"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("\u2028", r"\u2028"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
    ],
)
def test_invisible_characters_are_shown_as_their_numbers(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_characters_to_keep_are_kept() -> None:
    assert printable("a\nb\tc", keep="\n") == "a\nb\\tc"


@given(st.text(st.characters()))
def test_any_text_becomes_visible_and_can_be_written(text: str) -> None:
    shown = printable(text)
    unseen = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not [c for c in shown if unicodedata.category(c) in unseen]
    shown.encode("utf-8")
    assert printable(shown) == shown
