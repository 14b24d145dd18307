"""Text from a file as a message may show it: short, on one line, nothing hidden in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_SHOWN = 80
"""Characters of a cell that a message shows."""

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def quoted(text: str) -> str:
    """Return the text in double quotes: cut, with control and direction marks as `\\u202e`."""
    cut = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
    return f'"{_UNSEEN.sub(_escaped, cut)}"'


def quoted_list(texts: Iterable[str], *, most: int = 30) -> str:
    """Return texts in quotes, separated by commas; of more than `most`, the first of them."""
    all_of_them = list(texts)
    shown = ", ".join(quoted(text) for text in all_of_them[:most])
    left_out = len(all_of_them) - most
    return f"{shown} and {left_out} more" if left_out > 0 else shown


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
