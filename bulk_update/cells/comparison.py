"""Texts compared as people see them."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_LONGEST = 1_000
"""Characters. Unicode's canonical order takes quadratic time to make of a run of accents."""


def as_seen(text: str) -> str:
    """Return the same text for all texts that look the same; letters and capitals count.

    White space around the text, kinds of spaces and how many there are, Unicode forms, and
    characters without width (soft hyphens and byte order marks, too) do not count. Of a very long
    text, only the white space around it does not count.
    """
    if len(text) > _LONGEST:
        return text.strip()
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(text.split())
