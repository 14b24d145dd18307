"""The ways in which programs change texts by themselves, each as a program of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from bulk_update.cells.marks import LONGEST_IN_A_WORKBOOK, workbook_text
from bulk_update.corrections.readings import Country, Dates, Moment, Value, is_iso_date, reading
from bulk_update.corrections.showings import DateOrder, Style, shows


class Program(Protocol):
    """How a program may change texts."""

    def changes(self, text: str) -> bool:
        """Return whether a cell with this text would certainly look different afterwards."""

    def may_show(self, text: str, shown: str) -> bool:
        """Return whether a cell with this text may look like this afterwards."""


@dataclass(frozen=True, slots=True)
class SpreadsheetProgram:
    """A program that reads texts as a country writes them, and shows values in its own style."""

    country: Country
    style: Style
    dates: Dates = Dates.ALL

    def changes(self, text: str) -> bool:
        """Return whether the program reads the text as a value and shows it differently."""
        value = reading(text, self.country, self.dates)
        if value is None or _is_month_of_a_year(value):
            return False
        return not shows(value, text, self._style_for(text))

    def may_show(self, text: str, shown: str) -> bool:
        """Return whether the program may show the value of the text like this."""
        value = reading(text, self.country, self.dates)
        return value is not None and shows(value, shown, self._style_for(text))

    def _style_for(self, text: str) -> Style:
        """Return the style for a text: LibreOffice keeps dates of ISO 8601 in that form."""
        if self.dates is Dates.OWN and is_iso_date(text.strip()):
            return replace(self.style, order=DateOrder.ISO)
        return self.style


def _is_month_of_a_year(value: Value) -> bool:
    """Return whether a text such as 5.27 was read as a month, as only some versions do."""
    return isinstance(value, Moment) and value.month is not None and value.day is None


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A program that writes some texts differently, whatever they mean."""

    forms: Callable[[str], tuple[str, ...]]

    def changes(self, text: str) -> bool:
        """Return whether the program writes the text differently."""
        found = self.forms(text)
        return bool(found) and text not in found

    def may_show(self, text: str, shown: str) -> bool:
        """Return whether the program may write the text like this."""
        return shown in self.forms(text)


_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_GUARDED = "=+-@'\t\r"


def _without_guard(text: str) -> tuple[str, ...]:
    return (text[1:],) if text.startswith("'") else ()


def _with_guard(text: str) -> tuple[str, ...]:
    return (f"'{text}",) if text.lstrip()[:1] in set(_GUARDED) or text[:1] in set(_GUARDED) else ()


def _with_plain_line_breaks(text: str) -> tuple[str, ...]:
    if "\r" not in text:
        return ()
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines, text.replace("\r\n", "\n"), lines.replace("\n", "\r\n")


def _unescaped(text: str) -> tuple[str, ...]:
    """Return what `_x0041_` becomes if a program does not escape it in a workbook."""
    found = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
    return () if found == text else (found,)


def _cut(text: str) -> tuple[str, ...]:
    """Return the part of a text that fits in a cell; `failed.xlsx` marks it if it was cut."""
    if 2 * len(text) <= LONGEST_IN_A_WORKBOOK:
        return ()
    guarded = workbook_text(f"'{text}")[1:]
    forms = (workbook_text(text), guarded, text[:LONGEST_IN_A_WORKBOOK])
    return tuple(form for form in forms if form != text)


def _saved_in(codec: str) -> Rewriting:
    """Return a program that saves in an encoding, which may lack some characters."""

    def forms(text: str) -> tuple[str, ...]:
        kept = text.encode(codec, "replace").decode(codec)
        return () if kept == text else (kept,)

    return Rewriting(forms)


_DIGITS_SHOWN = (9, 10, 11, 12, 99)
_STYLES = [
    *(
        Style(decimal, order, digits)
        for decimal, order in (
            (",", DateOrder.POLISH),
            (",", DateOrder.ISO),
            (".", DateOrder.AMERICAN),
            (".", DateOrder.BRITISH),
            (".", DateOrder.ISO),
        )
        for digits in _DIGITS_SHOWN
    ),
    Style(".", DateOrder.ISO, is_typed=True),
]
_STYLES_OF_LIBREOFFICE = [
    Style(decimal, order)
    for decimal in ",."
    for order in (DateOrder.POLISH, DateOrder.AMERICAN, DateOrder.BRITISH)
]
"""A file may be read as one country writes values and shown as another does."""
_STYLES_WITH_ISO_DATES = [
    Style(decimal, DateOrder.ISO, digits) for decimal in ",." for digits in _DIGITS_SHOWN
]

PROGRAMS: tuple[Program, ...] = (
    *(SpreadsheetProgram(country, style) for country in Country for style in _STYLES),
    *(
        SpreadsheetProgram(country, style, dates)
        for country in Country
        for style in _STYLES_WITH_ISO_DATES
        for dates in (Dates.ISO, Dates.NONE)
    ),
    *(
        SpreadsheetProgram(country, style, Dates.OWN)
        for country in Country
        for style in _STYLES_OF_LIBREOFFICE
    ),
    *map(Rewriting, (_without_guard, _with_guard, _with_plain_line_breaks, _unescaped, _cut)),
)


def programs_of(encoding: str | None) -> tuple[Program, ...]:
    """Return the programs that may have saved a file in this encoding; None is UTF-8."""
    return PROGRAMS if encoding is None else (*PROGRAMS, _saved_in(encoding))
