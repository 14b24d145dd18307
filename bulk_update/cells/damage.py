"""Cells that a spreadsheet program or a wrong encoding has damaged, or that have no value."""

from __future__ import annotations

import re

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.records import CellKind, Issue, TypedCell

MOST_DIGITS = 15
"""Significant digits that spreadsheet programs keep of a number; further digits become zeros."""

NUMBERS = frozenset({CellKind.NUMBER, CellKind.STYLED_NUMBER})

ERROR_WORDS = frozenset(
    {
        # Excel in English
        "#BLOCKED!", "#BUSY!", "#CALC!", "#CONNECT!", "#DIV/0!", "#EXTERNAL!", "#FIELD!",
        "#GETTING_DATA", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#PYTHON!", "#REF!", "#SPILL!",
        "#TIMEOUT!", "#UNKNOWN!", "#VALUE!",
        # Excel in Polish; the translation of the newer ones depends on the version
        "#ADR!", "#ARG!", "#DZIEL/0!", "#LICZBA!", "#N/D", "#N/D!", "#NAZWA?", "#NIEZNANE!",
        "#NIEZNANY!", "#OBL!", "#OBLICZ!", "#POBIERANIE_DANYCH", "#POLE!", "#POŁĄCZ!",
        "#POŁĄCZENIE!", "#PRZELEW!", "#PUSTE!", "#ROZLANIE!", "#ZABLOKOWANE!", "#ZABLOKOWANO!",
        "#ZAJĘTE!", "#ZAJĘTY!", "#ZERO!",
        # other spreadsheet programs
        "#BŁĄD!", "#ERROR!",
    }
)  # fmt: skip
"""The texts that cells with errors show, and that programs export for them."""

_REPLACEMENT = "\ufffd"
"""The character that programs write in place of one that they could not decode."""

GUARD = '="'
"""The beginning of a formula that protects a text from changes by spreadsheet programs."""

_SHORTENED = "[+-]?[0-9](?:[.,][0-9]+[eE][+-]?|[eE][+-])[0-9]+"
_EXPONENT = re.compile("[eE][+-]?[0-9]")
_NUMBERED_ERRORS = ("Err:", "Błąd:")
_DAMAGED = re.compile(rf"(?P<number>{_SHORTENED})|##+|(?:Err|Błąd):5[0-9][0-9]")
"""LibreOffice numbers its other errors from 501; `####` is a number in a column too narrow."""
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+[eE][+-]?|[eE][+-])[0-9]+")
_GUARDED = re.compile(r'="(?P<text>[^"]*(?:""[^"]*)*)"')
_SERIAL_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")
_WRITTEN_DATE = re.compile("[0-9]{4}-|T?[0-9]{2}:")


def may_be_damaged(text: str) -> bool:
    """Check quickly whether the joined text of many cells may contain damage or a guard."""
    return (
        "#" in text
        or GUARD in text
        or _REPLACEMENT in text
        or any(word in text for word in _NUMBERED_ERRORS)
        or _EXPONENT.search(text) is not None
    )


def damage_of(text: str) -> Issue | None:
    """Return the damage in the trimmed text of a cell (an error or lost characters), or None.

    `12E3` and `1E5` do not count as damaged: they are codes as often as numbers.
    """
    if text.isalnum():
        return None
    if _REPLACEMENT in text:
        return Issue(IssueCode.DAMAGED_TEXT, {"text": text})
    if text in ERROR_WORDS:
        return Issue(IssueCode.ERROR_CELL, {"text": text})
    found = _DAMAGED.fullmatch(text)
    if found is None:
        return None
    if found["number"] is None:
        return Issue(IssueCode.ERROR_CELL, {"text": text})
    return Issue(IssueCode.DAMAGED_NUMBER, {"text": text}, "shortened")


def unguarded(text: str) -> str:
    """Return the text inside `="..."`, or the text itself if there is no such guard."""
    found = _GUARDED.fullmatch(text)
    return found["text"].replace('""', '"') if found else text


def unreadable(cell: TypedCell) -> Issue | None:
    """Return the Issue of a cell that shows an error or has no value, else None."""
    if cell.kind is CellKind.ERROR:
        return Issue(IssueCode.ERROR_CELL, {"text": cell.text}, _error_variant(cell.text))
    if cell.kind is CellKind.NO_VALUE:
        return Issue(IssueCode.NO_VALUE, {"text": cell.text})
    return None


def _error_variant(text: str) -> str:
    if _SERIAL_NUMBER.fullmatch(text):
        return "serial"
    return "date" if _WRITTEN_DATE.match(text) else ""


def lost_digits(cell: TypedCell) -> bool:
    """Return whether a number has more digits than a spreadsheet program keeps.

    Trailing zeros count, because they replace the lost digits.
    """
    digits = "".join(character for character in cell.text if character.isdigit())
    return cell.kind in NUMBERS and len(digits.lstrip("0")) > MOST_DIGITS


def is_scientific(text: str) -> bool:
    """Return whether a text is a number in scientific notation, such as `1,23E+09`."""
    return _SCIENTIFIC.fullmatch(text) is not None


_FRACTION_OF_ZEROS = re.compile("[+-]?[0-9]+[.,]0+")
_GUARDED_DIGITS = re.compile("'[0-9]+")


def identifier_damage(text: str) -> Issue | None:
    """Return the damage in an identifier, including what a conversion to a number left, or None."""
    if text.isalnum():
        return None
    if is_scientific(text):
        return Issue(IssueCode.DAMAGED_IDENTIFIER, {"text": text}, "shortened")
    if _FRACTION_OF_ZEROS.fullmatch(text):
        return Issue(IssueCode.DAMAGED_IDENTIFIER, {"text": text}, "fraction")
    if _GUARDED_DIGITS.fullmatch(text):
        return Issue(IssueCode.DAMAGED_IDENTIFIER, {"text": text}, "guarded")
    return damage_of(text)
