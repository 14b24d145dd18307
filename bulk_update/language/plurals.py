"""Which form of a noun goes with a number."""

from __future__ import annotations

from collections.abc import Sequence

_TENS = 10
_HUNDREDS = 100
_FEW = range(2, 5)
_TEENS = range(10, 20)


def plural_of(count: int, forms: Sequence[str], *, language: str) -> str:
    """Return the form for a number: of two in English, of three in Polish.

    The rules are those of the Unicode CLDR and of the catalogue's `Plural-Forms`. If there are
    fewer forms, the last one is used.
    """
    index = _polish(abs(count)) if language == "pl" else int(count != 1)
    return forms[min(index, len(forms) - 1)]


def _polish(count: int) -> int:
    if count == 1:
        return 0
    few = count % _TENS in _FEW and count % _HUNDREDS not in _TEENS
    return 1 if few else 2
