"""Tables made up from a header: each column gets values of the kind that its name stands for."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd

from bulk_update.proposals import (
    KnownCampaign,
    ProposedMapping,
    SourceEvidence,
    TableEvidence,
    TableSurvey,
    compared_columns,
    names_of,
    propose,
)
from bulk_update.records import Cell, Chunk

TODAY = date(2026, 11, 30)
FOLDER = Path(__file__).parents[1] / "proposals"
ROWS = 40


@dataclass(frozen=True, slots=True)
class HeaderSet:
    """A program's export: its header, which columns have which role, and which only look so."""

    name: str
    headers: tuple[str, ...]
    roles: Mapping[str, str]
    traps: tuple[str, ...]


def header_sets(file: str) -> list[HeaderSet]:
    """Return the header sets of a file beside the tests."""
    listed = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    return [
        HeaderSet(e["name"], tuple(e["headers"]), e["roles"], tuple(e["traps"])) for e in listed
    ]


def proposed(
    columns: Mapping[str, Sequence[Cell]],
    *,
    known: KnownCampaign | None = None,
    source: SourceEvidence | None = None,
    rows_a_chunk: int = 1_000,
) -> ProposedMapping:
    """Propose a mapping for columns of cells."""
    return propose(table_of(columns, source=source, rows_a_chunk=rows_a_chunk), known)


def table_of(
    columns: Mapping[str, Sequence[Cell]],
    *,
    source: SourceEvidence | None = None,
    rows_a_chunk: int = 1_000,
) -> TableEvidence:
    """Survey columns of cells."""
    names, doubled = names_of(list(columns))
    survey = TableSurvey(list(columns), keys=compared_columns(list(columns)), today=TODAY)
    rows = list(zip(*columns.values(), strict=True))
    for start in range(0, len(rows), rows_a_chunk):
        block = rows[start : start + rows_a_chunk]
        index = pd.Index(range(start + 2, start + 2 + len(block)))
        frame = pd.DataFrame(block, index=index, columns=range(len(columns)), dtype=object)
        survey.add(Chunk(frame, [b"[]"] * len(block), {}))
    by_name = {column.name: column for column in survey.columns()}
    evidence = source or SourceEvidence()
    return TableEvidence(evidence, tuple(by_name[n] for n in names), doubled, survey.rows)


def _digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choices("0123456789", k=count))


def _pesel(dice: random.Random) -> str:
    born = date(1950, 1, 1) + timedelta(days=dice.randrange(18_000))
    digits = f"{born:%y%m%d}{_digits(dice, 4)}"
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    return f"{digits}{-sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 10}"


def _nip(dice: random.Random) -> str:
    weights = (6, 5, 7, 2, 3, 4, 5, 6, 7)
    while True:
        digits = f"5{_digits(dice, 8)}"
        check = sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11
        if check < 10:
            return f"{digits}{check}"


def _moment(dice: random.Random, *, least: int, most: int, form: str) -> str:
    day = datetime(2026, 11, 30, 8) + timedelta(  # noqa: DTZ001 - a file's dates have no zone
        days=dice.randint(least, most), minutes=dice.randrange(600)
    )
    return day.strftime(form)


NAMES = ("Anna Nowak", "Jan Kowalski", "Zofia Źrebiec", "Piotr Głąb", "Ewa Dąb", "Paweł Śliwa")

KINDS: Mapping[str, Callable[[random.Random, int], str]] = {
    "id": lambda dice, _: _digits(dice, 4) + f"{dice.randrange(10_000):04}",
    "padded id": lambda _, row: f"{100_000 + 7 * row:08}",
    "salesforce id": lambda dice, _: "00Q5g000" + "".join(dice.choices("ABCdef0123456789", k=10)),
    "guid": lambda dice, _: "-".join(f"{dice.getrandbits(4 * n):0{n}x}" for n in (8, 4, 4, 4, 12)),
    "case id": lambda _, row: f"KM/{row + 17}/2026",
    "status": lambda dice, _: dice.choice(("Kontakt", "Nie dzwonić", "Sprzedaż", "Oddzwonić")),
    "agent": lambda dice, _: dice.choice(("j.kowalska", "p.nowak", "a.dab")),
    "agent name": lambda dice, _: dice.choice(NAMES),
    "next": lambda dice, _: _moment(dice, least=1, most=90, form="%d.%m.%Y %H:%M"),
    "next day": lambda dice, _: _moment(dice, least=1, most=90, form="%Y-%m-%d"),
    "past": lambda dice, _: _moment(dice, least=-900, most=-1, form="%d.%m.%Y %H:%M"),
    "past day": lambda dice, _: _moment(dice, least=-900, most=-1, form="%Y-%m-%d"),
    "phone": lambda dice, _: f"60{dice.randrange(10)}{_digits(dice, 6)}",
    "long phone": lambda dice, _: (
        f"+48 5{dice.randrange(10)}{_digits(dice, 1)} {_digits(dice, 3)} {_digits(dice, 3)}"
    ),
    "email": lambda dice, row: f"{dice.choice('abcdef')}{row}@example.com",
    "first name": lambda dice, _: dice.choice(NAMES).split()[0],
    "name": lambda dice, row: f"{dice.choice(NAMES)} {chr(65 + row % 26)}",
    "city": lambda dice, _: dice.choice(("Gdańsk", "Łódź", "Kraków", "Śrem")),
    "postcode": lambda dice, _: f"{_digits(dice, 2)}-{_digits(dice, 3)}",
    "amount": lambda dice, _: f"{dice.randrange(10_000)},{_digits(dice, 2)}",
    "whole amount": lambda dice, _: str(dice.randrange(90, 20_000)),
    "round amount": lambda dice, _: str(dice.randrange(10_000, 90_000) // 100 * 100 + 100),
    "pesel": lambda dice, _: _pesel(dice),
    "nip": lambda dice, _: _nip(dice),
    "yes or no": lambda dice, _: dice.choice(("tak", "nie")),
    "row": lambda _, row: str(row + 1),
    "text": lambda dice, row: f"uwaga {dice.choice('xyz')} {row}",
    "often blank": lambda dice, _: dice.choice(("", "", "woli e-mail")),
    "few words": lambda dice, _: dice.choice(("A", "B", "C")),
}

_BY_WORD = (
    (("pesel",), ("pesel",)),
    (("nip", "euvat", "regon"), ("nip",)),
    (("mail",), ("email",)),
    (("lp",), ("row",)),
    (("create", "modif", "last", "updated", "ostatni", "utworzenia", "połączenia", "entry"),
     ("past", "past day")),
    (("phone", "mobile", "telefon", "msisdn", "number1", "fax", "tel"), ("phone", "long phone")),
    (("date", "termin", "koniec", "data"), ("next", "next day")),
    (("kod", "zip"), ("postcode",)),
    (("city", "miasto", "miejscow", "poczta", "country", "kraj"), ("city",)),
    (("not", "nie", "opt", "zgoda", "unsub", "blokada", "dnc", "brak"), ("yes or no",)),
    (("kwota", "saldo", "value", "amount", "wartość", "składka"),
     ("amount", "whole amount", "round amount")),
    (("first", "imię"), ("first name",)),
    (("name", "nazw", "title", "company", "firma", "dłużnik"), ("name",)),
    (("uwagi", "note", "description", "komentarz"), ("often blank", "text")),
)  # fmt: skip
_BY_ROLE = {
    "id": ("id", "padded id", "salesforce id", "case id"),
    "status": ("status",),
    "agent": ("agent", "agent name"),
    "next": ("next", "next day"),
    "phone": ("phone", "long phone"),
}
AGREEING = {"id": {*_BY_ROLE["id"], "guid"}, "next": {*_BY_ROLE["next"]}}
"""The kinds of values that agree with a role, whatever column they came from."""


def kinds_of(given: HeaderSet, dice: random.Random) -> list[str]:
    """Return which kind of values each column of a header set holds."""
    roles = {column: role for role, column in given.roles.items()}
    return [_kind(name, roles.get(name), dice) for name in given.headers]


def _kind(name: str, role: str | None, dice: random.Random) -> str:
    if name.startswith("(Do Not Modify)") and role == "id":
        return "guid"
    if role:
        return dice.choice(_BY_ROLE[role])
    folded = name.lower()
    for words, kinds in _BY_WORD:
        if any(word in folded for word in words):
            return dice.choice(kinds)
    return dice.choice(("few words", "text"))


def columns_with(
    headers: Sequence[str], kinds: Sequence[str], dice: random.Random
) -> dict[str, list[Cell]]:
    """Return columns of values of these kinds."""
    return {
        name: [KINDS[kind](dice, row) for row in range(ROWS)]
        for name, kind in zip(headers, kinds, strict=True)
    }
