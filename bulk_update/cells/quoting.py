"""Text from a file as messages show it: short, on one line, with nothing hidden."""

from __future__ import annotations

from collections.abc import Iterable

from bulk_update.printable import quoted

__all__ = ["quoted", "quoted_list"]


def quoted_list(texts: Iterable[str], *, most: int = 30) -> str:
    """Return the texts in quotes, separated by commas; of more than `most`, only the first."""
    listed = list(texts)
    shown = ", ".join(quoted(text) for text in listed[:most])
    left_out = len(listed) - most
    return f"{shown} and {left_out} more" if left_out > 0 else shown
