"""Text from a file as a message may show it: short, on one line, nothing hidden in it."""

from __future__ import annotations

from collections.abc import Iterable

from bulk_update.printable import quoted

__all__ = ["quoted", "quoted_list"]


def quoted_list(texts: Iterable[str], *, most: int = 30) -> str:
    """Return texts in quotes, separated by commas; of more than `most`, the first of them."""
    all_of_them = list(texts)
    shown = ", ".join(quoted(text) for text in all_of_them[:most])
    left_out = len(all_of_them) - most
    return f"{shown} and {left_out} more" if left_out > 0 else shown
