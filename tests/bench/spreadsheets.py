"""The files that the benchmarks work on: six columns, as a CRM exports them."""

from __future__ import annotations

import csv
import os
import random
from pathlib import Path

from openpyxl import Workbook

HEADER = ("ID", "Imię", "Nazwisko", "Status", "Miasto", "Saldo")
NAMES = ("Zofia", "Żelisław", "Paweł", "Łucja", "Grzegorz", "Jędrzej", "Ania", "Staś")
TOWNS = ("Łódź", "Gdańsk", "Kraków", "Zduńska Wola", "Białystok", "Ząbki")
STATUSES = ("Kontakt", "Nie dzwonić", "Sprzedaż")

MAPPING = """\
version: 1
name: bench
campaign: "00001"
identifier: {column: ID}
update:
  status_id: {column: Status, lookup: {Kontakt: 3, "Nie dzwonić": 4, Sprzedaż: 8}}
  record_fields:
    imie: {column: Imię}
    nazwisko: {column: Nazwisko}
    miasto: {column: Miasto}
    saldo: {column: Saldo, type: decimal, decimal: ","}
"""


def row(number: int, chance: random.Random) -> tuple[str, ...]:
    return (
        f"{number:09d}",
        chance.choice(NAMES),
        f"Nazwisko-{chance.randrange(20_000)}",
        chance.choice(STATUSES),
        chance.choice(TOWNS),
        f"{chance.randrange(10_000)},{chance.randrange(100):02d}",
    )


def write_csv(path: Path, rows: int) -> Path:
    chance = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(row(number, chance) for number in range(rows))
    return _at_rest(path)


def write_workbook(path: Path, rows: int) -> Path:
    chance = random.Random(7)
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Dane")
    sheet.append(HEADER)
    for number in range(rows):
        sheet.append(row(number, chance))
    workbook.save(path)
    return _at_rest(path)


def _at_rest(path: Path) -> Path:
    """Date a file back, so that no time is spent on seeing whether it is still being written."""
    written = path.stat().st_mtime - 60
    os.utime(path, (written, written))
    return path


def write_mapping(path: Path) -> Path:
    path.write_text(MAPPING, encoding="utf-8")
    return path
