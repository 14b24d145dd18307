"""What is counted of a file for the profile of its plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from strategies import chunk_of, yaml_of
from translating import HEADER, TODAY, positions_of, row, update

from bulk_update.learned import FileCounts, Profile
from bulk_update.mapping import load_mapping
from bulk_update.records import Cell
from bulk_update.translation import Translator

PLAIN = update(
    status_id={"column": "Status"},
    dictionary_status_id={"value": "8"},
    record_fields={"miasto": {"column": "Miasto"}, "termin": {"column": "Termin"}},
)


def counts(content: dict[str, Any], *chunks: Sequence[Sequence[Cell]]) -> FileCounts:
    mapping = load_mapping(yaml_of(content), path="m.yaml")
    translator = Translator(mapping, positions=positions_of(HEADER), today=TODAY)
    for rows in chunks:
        translator.translate(chunk_of(rows, width=len(HEADER)))
    return translator.counter.counts()


def test_the_counts_of_several_chunks_add_up() -> None:
    rows = [row(str(n), status="3", city="Radom") for n in range(6)]
    more = [
        row("7", status="3"),
        row("8", status="4", city="--CLEAR--"),
        row("", status="3", city="--CLEAR--"),
    ]
    found = counts(PLAIN, rows, more)
    assert found == FileCounts(
        changes=8,
        statuses={"status_id": {"3": 7, "*": 1}, "dictionary_status_id": {"8": 8}},
        clears={
            "status_id": 0,
            "dictionary_status_id": 0,
            "record_fields.miasto": 1,
            "record_fields.termin": 0,
        },
        blanks={"ID": (1, 9), "Status": (0, 9), "Miasto": (1, 9), "Termin": (9, 9)},
    )
    profile = Profile(shape="s", file=found, rows=9, invalid=1, sent=8)
    assert Profile.restored(profile.stored()) == profile


def test_no_text_of_a_cell_is_stored_but_the_ids_of_frequent_statuses() -> None:
    names = [row(str(n), status="Jan Kowalski") for n in range(9)]
    phones = [row(str(n), status="48600100200") for n in range(9)]
    few = [row(str(n), status="12") for n in range(4)]
    assert counts(PLAIN, names, phones, few).statuses["status_id"] == {"*": 22}
    many = [row(str(n), status=str(n % 60)) for n in range(600)]
    statuses = counts(PLAIN, many).statuses["status_id"]
    assert (len(statuses), statuses["*"]) == (51, 100)


def test_blank_cells_are_counted_as_the_rules_see_them() -> None:
    content = {
        **PLAIN,
        "blanks": ["NULL"],
        "where": {"column": "Eksport", "in": ["tak"]},
        "update": {
            "record_fields": {
                "adres": {"columns": ["Miasto", "Termin"], "join": " "},
                "miasto": {"column": "Miasto"},
            }
        },
    }
    rows = [row(city=city, day="x") for city in ("", "  ", "\xa0", "NULL", "Radom")]
    found = counts(content, [*rows, row(city="", export="nie"), row(city="", export=" ")])
    assert found.blanks == {
        "Eksport": (1, 7),  # of all rows
        "ID": (0, 5),  # of the rows that `where` keeps
        "Miasto": (4, 5),
        "Termin": (0, 5),
    }
