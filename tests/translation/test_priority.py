from __future__ import annotations

import pytest
from strategies import chunk_of, yaml_of
from translating import CONTENT, ERROR, HEADER, TODAY, positions_of, row

from bulk_update.mapping import load_mapping
from bulk_update.mapping.schema import PrioritySection
from bulk_update.plan import MOST_STATUSES, ChangeCounts
from bulk_update.records import Cell, CellKind, TypedCell
from bulk_update.translation import Priority, Translator

STOP = "Nie dzwonić"


def priority(*texts: str) -> Priority:
    return Priority(
        PrioritySection.model_validate({"column": "Status", "first": [*texts]}), position=1
    )


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        (STOP, STOP),
        (STOP, f"  {STOP}\t"),
        (STOP, "Nie\u00a0dzwoni\u0107"),
        (STOP, "Nie  dzwonic\u0301"),
        (STOP, "\u200bNie dzwo\u00adnić"),
        (f" {STOP}", STOP),
        ("00123", '="00123"'),
        ("", ""),
        ("", "  "),
        ("7", TypedCell(CellKind.NUMBER, "7")),
        ("PRAWDA", TypedCell(CellKind.BOOLEAN, "TRUE")),
        ("FALSE", TypedCell(CellKind.BOOLEAN, "FALSE")),
    ],
)
def test_a_cell_is_compared_as_people_see_it(text: str, cell: Cell) -> None:
    assert priority("x", text).text_of(cell) == text


@pytest.mark.parametrize("cell", ["nie dzwonić", "Nie dzwonic", "Niedzwonić", "", "x" * 5000])
def test_letters_and_their_case_are_compared_exactly(cell: str) -> None:
    assert priority(STOP).text_of(cell) is None


def test_a_cell_that_cannot_be_read_is_not_one_of_the_texts() -> None:
    assert priority(STOP).text_of(ERROR) is None


def test_a_row_without_the_cell_is_not_sent_first() -> None:
    assert priority("", STOP).text_in(["7"]) is None
    assert priority("", STOP).text_in(["7", STOP]) == STOP
    assert priority(STOP).comes_first(["7", STOP])
    assert not priority(STOP).comes_first([STOP, "7"])


def test_of_texts_that_look_alike_the_first_counts() -> None:
    assert priority(STOP, f"{STOP} ").text_of(STOP) == STOP


def counted(*rows: tuple[Cell, ...]) -> tuple[ChangeCounts, set[str]]:
    content = {**CONTENT, "priority": {"column": "Miasto", "first": ["Hel", "Ełk", "Nowa"]}}
    mapping = load_mapping(yaml_of(content), path="m.yaml")
    translator = Translator(mapping, positions=positions_of(HEADER), today=TODAY)
    for start in range(0, len(rows), 2):
        translator.translate(chunk_of(rows[start : start + 2], width=len(HEADER)))
    return translator.changes.counts(), translator.changes.seen


def test_changes_are_counted_over_all_chunks_without_the_rows_that_are_not_sent() -> None:
    changes, seen = counted(
        row(status="3", city="Hel"),
        row(status="4", city="Hel "),
        row(status="3", city="Ełk", export="nie"),
        row(status="?", city="Hel"),
        row(city="Hel"),
        row(status="3", city="Gdynia"),
    )
    assert changes == ChangeCounts(4, {"3": 2, "4": 1}, {"Hel": 3})
    assert seen == {"Hel", "Ełk"}


def test_a_column_with_too_many_statuses_is_not_counted() -> None:
    changes, _ = counted(*(row(status=str(n)) for n in range(MOST_STATUSES + 1)))
    assert changes.statuses is None
    assert changes.rows == MOST_STATUSES + 1
    enough, _ = counted(*(row(status=str(n)) for n in range(MOST_STATUSES)))
    assert enough.statuses is not None
    assert len(enough.statuses) == MOST_STATUSES


def test_two_cells_with_one_status_are_counted_together() -> None:
    changes, _ = counted(row(status="3"), row(status="+3"))
    assert changes.statuses == {"3": 2}
