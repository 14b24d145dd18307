"""The workbook of the walk in mappings/README.md: 300 rows, of which 3 are wrong.

`python tests/support/made_clean_up.py` writes it to samples/.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from openpyxl import Workbook

PATH = Path(__file__).parents[2] / "samples" / "clean-up-workbook.xlsx"
HEADER = ("Nr rekordu", "Nazwisko", "Telefon", "Status", "Data następnego kontaktu", "Saldo")
ROWS = 300
WRONG_STATUS, WRONG_DATE, WRONG_SUM = 46, 121, 204
"""Rows of the sheet, from 1."""

_NAMES = ("Nowak", "Kowalska", "Źrebiec", "Głąb", "Dąbrowska", "Śliwa", "Wójcik")
_STATUSES = ("Kontakt", "Kontakt", "Oddzwonić", "Nie dzwonić")
_FIRST_CALL = datetime(2027, 1, 11, 8, 15)  # noqa: DTZ001 - a sheet's clock has no zone


def make(path: Path) -> None:
    """Write the workbook."""
    book = Workbook()
    notes = book.worksheets[0]
    notes.title = "Opis"
    notes.append(["Lista do porządkowania kampanii"])
    notes.append(["Dane są w arkuszu Lista."])
    sheet = book.create_sheet("Lista")
    sheet.append(HEADER)
    for number in range(2, ROWS + 2):
        sheet.append(_row(number))
        sheet.cell(number, 5).number_format = "dd.mm.yyyy hh:mm"
    sheet.cell(WRONG_STATUS, 4).value = "Kontatk"
    sheet.cell(WRONG_DATE, 5).value = "31.02.2027 10:00"
    sheet.cell(WRONG_SUM, 6).value = "ok. 100"
    fixed = datetime(2026, 11, 30)  # noqa: DTZ001 - a workbook's own dates have no zone
    book.properties.created = book.properties.modified = fixed
    book.save(path)


def _row(number: int) -> list[object]:
    digits = f"{600_100_000 + 37 * number}"
    phone = f"{digits[:3]} {digits[3:6]} {digits[6:]}" if number % 3 else f"+48{digits}"
    call = _FIRST_CALL + timedelta(days=number % 28, minutes=15 * (number % 30))
    return [
        f"{100_000 + 7 * number:08}",
        _NAMES[number % len(_NAMES)],
        phone,
        _STATUSES[number % len(_STATUSES)],
        call,
        number * 12.5,
    ]


if __name__ == "__main__":
    make(PATH)
