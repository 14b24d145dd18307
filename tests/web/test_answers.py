"""What a person answered, as a draft keeps it."""

from __future__ import annotations

import json

import pytest

from bulk_update.cells.numbers import Negative
from bulk_update.cells.typed_cells import CellType
from bulk_update.mapping import Duplicates
from bulk_update.proposals import Reading
from bulk_update.web.answers import ColumnAnswer, ColumnValues, Goal, ValueAnswers
from bulk_update.web.column_choices import reading_code, reading_of_code

READINGS = (
    Reading(),
    Reading(CellType.DATETIME, ("%d.%m.%Y %H:%M", "%Y")),
    Reading(CellType.DECIMAL, decimal=",", grouping=".", negative=Negative.PARENTHESES),
)


@pytest.mark.parametrize("goal", [None, *Goal])
@pytest.mark.parametrize("reading", [None, *READINGS])
def test_an_answer_about_a_column_is_kept(goal: Goal | None, reading: Reading | None) -> None:
    answer = ColumnAnswer(goal, "pole \u202e", reading)
    assert ColumnAnswer.from_json(json.loads(json.dumps(answer.to_json()))) == answer


def test_answers_about_values_are_kept() -> None:
    values = ColumnValues(
        lookup={"Kontakt": "3", "": "x"},
        left_out=("a",),
        true_words=("tak",),
        false_words=("nie", "n"),
        blanks=("NULL",),
        removed=" -",
        padded="8",
        time="09:00",
    )
    answers = ValueAnswers({"A": values}, Duplicates.LAST, "job", "file.csv", ("B",))
    assert ValueAnswers.from_json(json.loads(json.dumps(answers.to_json()))) == answers
    assert answers.of("A") == values
    assert answers.of("B") == ColumnValues()


@pytest.mark.parametrize("reading", READINGS)
def test_a_reading_is_a_value_of_a_form(reading: Reading) -> None:
    assert reading_code(reading).isascii()
    assert reading_of_code(reading_code(reading)) == reading


@pytest.mark.parametrize(
    "code", ["", "text", "[]", "{}", "null", '["text"]', '["x",[],"","","leading"]', "[" * 5000]
)
def test_anything_else_is_no_reading(code: str) -> None:
    assert reading_of_code(code) is None
