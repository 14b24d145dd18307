from __future__ import annotations

import pytest

from bulk_update.columns import column_key, find_columns, nearest_name


@pytest.mark.parametrize(
    "name",
    [
        "Nr klienta",
        " Nr klienta ",
        "Nr\u00a0klienta",
        "Nr\nklienta",
        "Nr  kli\u200benta",
        "\ufeffNr klienta",
    ],
)
def test_column_names_that_look_the_same_are_equal(name: str) -> None:
    assert column_key(name) == "Nr klienta"


def test_composed_and_decomposed_names_are_equal() -> None:
    assert column_key("Mo\u0301j") == column_key("Mój")


def test_columns_are_found_missing_or_duplicated() -> None:
    search = find_columns(["A", "b", "C ", "C", ""], ["A", "B", "C", "A"])
    assert (search.positions, search.missing, search.doubled) == ({"A": 0}, ("B",), ("C",))
    assert not search.complete
    assert find_columns(["A"], ["A"]).complete


@pytest.mark.parametrize(
    ("name", "near"), [("status", "Status"), ("Statsu", "Status"), ("Miasto", None)]
)
def test_the_nearest_name_is_found_in_any_case(name: str, near: str | None) -> None:
    assert nearest_name(name, ["Status", "ID"]) == near
