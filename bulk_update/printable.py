"""Text made safe for messages, terminals and logs: no invisible or control characters.

Otherwise, control, format and bidirectional characters from data or servers could falsify what a
person reads (Unicode Technical Report 36, "Unicode Security Considerations").
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from bulk_update.language import gettext

LONGEST_QUOTED = 80
"""The most characters of a text that a message quotes."""

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str, *, keep: str = "") -> str:
    r"""Return the text with invisible characters, except `keep`, as `\n`, `\xNN` or `\uNNNN`."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(c if c in keep else _escaped(c) for c in text)


def quoted(text: str) -> str:
    r"""Return the text quoted and shortened, with invisible characters written like `\u202e`."""
    cut = text if len(text) <= LONGEST_QUOTED else text[:LONGEST_QUOTED] + "…"
    return f'"{printable(cut)}"'


def quoted_list(texts: Iterable[str], *, most: int = 30) -> str:
    """Return the texts quoted and separated by commas; only the first `most` of them."""
    listed = list(texts)
    shown = ", ".join(quoted(text) for text in listed[:most])
    left_out = len(listed) - most
    more = gettext(" and {count} more").format(count=left_out) if left_out > 0 else ""
    return f"{shown}{more}"


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _INVISIBLE_CATEGORIES:
        return character
    return character.encode("unicode_escape").decode("ascii")
