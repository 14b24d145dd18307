from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_update.cells.nearest import NearestKeys


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("Kontakt", "Kontakt"),
        ("kontakt ", "Kontakt"),
        ("Kontak", "Kontakt"),
        ("Konntakt", "Kontakt"),
        ("Kontalt", "Kontakt"),
        ("Kotnakt", "Kontakt"),
        ("nie dzwonic", "Nie dzwonić"),
        ("Nie  dzwonić", "Nie dzwonić"),
        ("Telefon", None),
        ("Kntk", None),
        ("", None),
        ("x" * 1000, None),
    ],
)
def test_the_nearest_key_is_one_character_away_at_most(text: str, near: str | None) -> None:
    assert NearestKeys(["Kontakt", "Nie dzwonić", "3"]).of(text) == near


@settings(deadline=None)
@given(st.lists(st.text(max_size=8), max_size=5), st.text(max_size=8))
def test_the_nearest_key_is_one_of_the_keys(keys: list[str], text: str) -> None:
    assert NearestKeys(keys).of(text) in {None, *keys}
