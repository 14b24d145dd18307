"""Learned guards stop accidents, each of which is done to the rows of an ordinary night."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from strategies import chunk_of, yaml_of
from translating import TODAY, positions_of

from bulk_update.learned import LEARNED_CODES, Profile, unusual
from bulk_update.mapping import load_mapping
from bulk_update.messages import sentences_of
from bulk_update.translation import Translator

HEADER = ("ID", "Status", "Opiekun", "Termin", "Miasto", "Saldo", "Uwagi", "Eksport")
IDENTIFIER, STATUS, AGENT, CALL, TOWN, BALANCE, REMARK, EXPORT = range(len(HEADER))

CONTENT: dict[str, Any] = {
    "version": 1,
    "campaign": "00001",
    "identifier": {"column": "ID"},
    "update": {
        "status_id": {"column": "Status", "lookup": {"3": 3, "4": 4, "8": 8}},
        "agent_login": {"column": "Opiekun"},
        "next_call_date": {"column": "Termin", "type": "date"},
        "record_fields": {
            "miasto": {"column": "Miasto"},
            "saldo": {"column": "Saldo", "type": "decimal"},
            "uwagi": {"column": "Uwagi"},
        },
    },
    "where": {"column": "Eksport", "in": ["tak"]},
}
PLAIN = {**CONTENT, "update": {**CONTENT["update"], "status_id": {"column": "Status"}}}
"""The same without a lookup: any text is a status."""

CLEAR = "--CLEAR--"

Row = list[str]
Accident = Callable[[list[Row]], list[Row]]


def night(seed: int) -> list[Row]:
    """Return the rows of an ordinary night."""
    dice = random.Random(seed)
    return [
        [
            str(100_000 + number),
            dice.choices(["3", "4", "8"], [6, 3, 1])[0],
            dice.choice(["anna", "jan", "ewa", ""]),
            "2027-02-01",
            dice.choice(["Gdynia", "Sopot", "Radom", "Krosno"]),
            f"{dice.randrange(10_000)}.50",
            dice.choices(["", "pilne", CLEAR], [89, 10, 1])[0],
            dice.choices(["tak", "nie"], [19, 1])[0],
        ]
        for number in range(dice.randint(460, 500))
    ]


def profile_of(rows: Sequence[Row], content: dict[str, Any], *, changed: float = 1.0) -> Profile:
    """Return the profile of a plan, of which a share of the records changes."""
    mapping = load_mapping(yaml_of(content), path="m.yaml")
    translator = Translator(mapping, positions=positions_of(HEADER), today=TODAY)
    mapped = translator.translate(chunk_of(rows, width=len(HEADER)))
    outcomes = Counter(mapped.outcomes)
    seen = Counter(
        identifier
        for identifier, outcome in zip(mapped.identifiers, mapped.outcomes, strict=True)
        if outcome is None
    )
    alone = sum(1 for count in seen.values() if count == 1)  # `duplicates: error` sends no others
    sent = round(alone * changed)
    return Profile(
        shape="same",
        file=translator.counter.counts(),
        rows=len(rows),
        invalid=outcomes["invalid"],
        sent=sent,
        unchanged=alone - sent,
    )


@cache
def history_of(seed: int, *, is_plain: bool) -> list[Profile]:
    """Return the profiles of ten ordinary nights."""
    content = PLAIN if is_plain else CONTENT
    return [profile_of(night(seed * 100 + n), content) for n in range(1, 11)]


def each(change: Callable[[Row], Row], *, share: float = 1.0) -> Accident:
    """Return an accident to a share of the rows, spread over the file."""

    def happen(rows: list[Row]) -> list[Row]:
        every = round(1 / share)
        return [row if n % every else change(row) for n, row in enumerate(rows)]

    return happen


def put(column: int, text: str) -> Callable[[Row], Row]:
    return lambda row: [*row[:column], text, *row[column + 1 :]]


def copies(times: int) -> Accident:
    """Return the accident that other customers are exported, too."""
    return lambda rows: [
        [f"{copy}{row[IDENTIFIER]}", *row[1:]] for copy in range(times) for row in rows
    ]


def shifted(row: Row) -> Row:
    return [row[0], row[0], *row[1:-2], row[-1]]


ACCIDENTS: dict[str, tuple[Accident, dict[str, Any], str]] = {
    "ten times the rows": (copies(10), CONTENT, "unusual-rows"),
    "twice the rows": (copies(2), CONTENT, "unusual-rows"),
    "half the rows": (lambda rows: rows[::2], CONTENT, "unusual-rows"),
    "a file that was cut off": (lambda rows: rows[:100], CONTENT, "unusual-rows"),
    "a single row": (lambda rows: rows[:1], CONTENT, "unusual-rows"),
    "columns shifted by one": (each(shifted), CONTENT, "unusual-invalid"),
    "columns shifted by one, any text is a status": (each(shifted), PLAIN, "unusual-invalid"),
    "a blank column": (each(put(TOWN, "")), CONTENT, "blank-column"),
    "a column of spaces": (each(put(BALANCE, "  ")), CONTENT, "blank-column"),
    "a rarely filled column that is blank": (each(put(REMARK, "")), CONTENT, "blank-column"),
    "blank cells in a third of a column": (
        each(put(TOWN, ""), share=1 / 3),
        CONTENT,
        "unusual-blanks",
    ),
    "all rows to one status": (each(put(STATUS, "8")), CONTENT, "unusual-status"),
    "a third of the rows to a rare status": (
        each(put(STATUS, "8"), share=1 / 3),
        CONTENT,
        "unusual-status",
    ),
    "the statuses of another campaign": (each(put(STATUS, "17")), PLAIN, "unusual-status"),
    "names in place of statuses": (
        each(lambda row: put(STATUS, f"Jan {row[IDENTIFIER]}")(row)),
        PLAIN,
        "unusual-status",
    ),
    "export of another campaign": (
        each(lambda row: [f"B{row[0]}", "8", "", *row[3:]]),
        CONTENT,
        "blank-column",
    ),
    "many invalid dates": (each(put(CALL, "31.02.2027"), share=1 / 5), CONTENT, "unusual-invalid"),
    "identifiers that a program damaged": (
        each(put(IDENTIFIER, "1,23E+09"), share=1 / 2),
        CONTENT,
        "unusual-invalid",
    ),
    "many clears": (each(put(TOWN, CLEAR), share=1 / 4), CONTENT, "unusual-clears"),
    "a clear token in every row": (each(put(REMARK, CLEAR)), CONTENT, "unusual-clears"),
    "each record twice, with different values": (
        lambda rows: [*rows[::2], *(put(TOWN, "Pila")(row) for row in rows[::2])],
        CONTENT,
        "unusual-sent",
    ),
    "another word for yes": (
        each(put(EXPORT, "t"), share=1 / 2),
        CONTENT,
        "unusual-sent",
    ),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("accident", "content", "code"), ACCIDENTS.values(), ids=ACCIDENTS)
def test_an_accident_is_stopped(
    accident: Accident, content: dict[str, Any], code: str, seed: int
) -> None:
    tonight = night(seed * 100)
    history = history_of(seed, is_plain=content is PLAIN)
    assert unusual(profile_of(tonight, content), history) == ()
    found = unusual(profile_of(accident(tonight), content), history)
    assert code in [issue.code for issue in found]
    assert sentences_of(found)


def test_a_file_in_which_everything_changed_is_stopped() -> None:
    """As when `only_changed` meets other formats of dates, which make every record look new."""
    changed = [profile_of(night(n), CONTENT, changed=0.1) for n in range(10)]
    everything = profile_of(night(10), CONTENT)
    assert [issue.code for issue in unusual(everything, changed)] == ["unusual-sent"]


def test_a_file_without_changes_is_not_stopped() -> None:
    sent = [profile_of(night(n), CONTENT) for n in range(10)]
    assert unusual(profile_of(night(10), CONTENT, changed=0.0), sent) == ()


def test_a_blank_column_is_stopped_on_the_second_night_already() -> None:
    history = [profile_of(night(1), CONTENT)]
    blank = profile_of(each(put(TOWN, ""))(night(2)), CONTENT)
    assert [issue.code for issue in unusual(blank, history)] == ["blank-column"]
    assert unusual(blank, []) == ()
    assert unusual(blank, [replace(history[0], file=blank.file)]) == ()


def test_every_code_is_the_code_of_an_accident() -> None:
    assert {code for _, _, code in ACCIDENTS.values()} == set(LEARNED_CODES)
