"""The mark after the text of a cell that cannot be used unchanged, in files to be corrected."""

from __future__ import annotations

MARK = " [!]"
"""Visible, so that people see what to fix; ASCII, so that every encoding can hold it."""

LONGEST_IN_A_WORKBOOK = 32_767
"""UTF-16 code units that a workbook's cell can hold."""


def workbook_text(text: str) -> str:
    """Return a text, cut and marked if it is too long for a workbook's cell."""
    if 2 * len(text) <= LONGEST_IN_A_WORKBOOK:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST_IN_A_WORKBOOK:
        return text
    kept = units[: 2 * (LONGEST_IN_A_WORKBOOK - len(MARK))]
    return kept.decode("utf-16-le", "ignore") + MARK  # half a character at the end is dropped
