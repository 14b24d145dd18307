"""Comparison of texts by what people see."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_LONGEST = 1_000
"""Characters. Normalizing a long run of combining accents takes quadratic time."""


def as_seen(text: str) -> str:
    """Return a key that is equal for all texts that look the same, including case.

    It ignores surrounding white space, the kind and number of spaces, Unicode forms, and
    zero-width characters (including soft hyphens and byte order marks). For a very long text, it
    ignores only surrounding white space.
    """
    if len(text) > _LONGEST:
        return text.strip()
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(text.split())
