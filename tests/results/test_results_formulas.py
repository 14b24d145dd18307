from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.results import without_formula


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "Łódź",
        "00123",
        "-5",
        "+48 123 456 789",
        "+48 (12) 345-67-89",
        " -5",
        "-1,234.50",
        "-",
        "--",
        "1+1",
        "a=1",
        "j.doe@example.com",
        " zwykły tekst",
        "\nnowa linia",
    ],
)
def test_a_cell_that_is_not_a_formula_is_not_changed(cell: str) -> None:
    assert without_formula(cell) == cell


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+SUM(A1)",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "=",
        "@",
        " =1+1",
        "\n=1+1",
        "\u00a0=1+1",
        "\u200b=1+1",
        "\ufeff=1+1",
        "\u202e=1+1",
        "\x7f=1+1",
        "\u3164=1+1",
        "\U000e0020=1+1",
        "\ufe0f@x",
        "＝1+1",  # noqa: RUF001 - full width
        "＋1",  # noqa: RUF001 - full width
        "－1",  # noqa: RUF001 - full width
        "＠x",  # noqa: RUF001 - full width
        "\tx",
        "\rx",
        "\t5",
        "+48 123 ext. 4",
        "-5 zł",
        "+٣",
        "+1+1",
        "'",
        "'=1+1",
        "'Łódź",
        "''",
    ],
)
def test_a_cell_that_a_spreadsheet_would_read_as_a_formula_gets_one_apostrophe(cell: str) -> None:
    assert without_formula(cell) == f"'{cell}"


def taken_back(cell: str) -> str:
    """Read a cell of is_failed_csv: exactly one leading apostrophe is taken away."""
    return cell.removeprefix("'")


@given(st.text(alphabet=st.sampled_from("'=+-@ \t\r\n12.,()aż＝\u200b")) | st.text())  # noqa: RUF001 - full width
def test_every_cell_is_restored_exactly(cell: str) -> None:
    guarded = without_formula(cell)
    assert taken_back(guarded) == cell
    assert len(guarded) - len(cell) in {0, 1}


@given(st.text(alphabet=st.sampled_from("'=+-@ \t\r\n\";,aż1")), st.sampled_from(",;\t"))
def test_every_cell_is_restored_through_a_file(cell: str, delimiter: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerow([without_formula(cell), "end"])
    file.seek(0)
    assert [taken_back(next(csv.reader(file, delimiter=delimiter, strict=True))[0])] == [cell]
