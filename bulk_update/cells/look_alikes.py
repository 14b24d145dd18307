"""Identifiers that differ but look the same to a person."""

from __future__ import annotations

import re
import unicodedata

_WITHOUT_WIDTH = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def look_alike_key(identifier: str) -> str:
    """Return a key that is equal for identifiers that look the same to a person.

    It ignores case, Unicode forms (full-width digits, combining accents), digits of other
    scripts, zero-width characters and runs of white space.
    """
    if identifier.isascii():
        return identifier.casefold()
    folded = unicodedata.normalize("NFKC", _plain(identifier).casefold())
    return " ".join(folded.split())


def has_look_alikes(identifier: str) -> bool:
    """Return whether an identifier contains characters that a person takes for plain ones.

    These are full-width digits and letters, digits of other scripts, special spaces, and
    zero-width characters.
    """
    return not identifier.isascii() and _plain(identifier) != unicodedata.normalize(
        "NFC", identifier
    )


def _plain(identifier: str) -> str:
    visible = _WITHOUT_WIDTH.sub("", unicodedata.normalize("NFKC", identifier))
    return "".join(str(unicodedata.decimal(character, character)) for character in visible)
