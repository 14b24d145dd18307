"""Words that people and programs write where there is no value."""

from __future__ import annotations

_WORDS = frozenset({
    "null", "(null)", "\\n", "none", "nil", "nan", "n/a", "brak", "(brak)", "brak danych", "n/d",
    "nd.", "nie dotyczy", "b/d", "bd.", "-", "--", "---", "\u2013", "\u2014", ".", "?",
})  # fmt: skip


def is_blank_word(text: str) -> bool:
    """Return whether a text may mean that there is no value; only a person can decide."""
    return text.casefold() in _WORDS
