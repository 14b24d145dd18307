from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from bulk_update import errors
from bulk_update.errors import BulkUpdateError

EXIT_CODES = {
    "BulkUpdateError": (70, "bug"),
    "UnusableError": (2, "unusable"),
    "UsageError": (2, "usage"),
    "MappingError": (2, "mapping"),
    "InputError": (2, "input"),
    "EncodingError": (2, "input"),
    "ConsentError": (2, "no-consent"),
    "ServiceError": (4, "service"),
    "ReadRefusedError": (4, "service"),
    "LedgerError": (5, "ledger"),
    "LockedError": (5, "locked"),
}


def tree(kind: type[BulkUpdateError] = BulkUpdateError) -> Iterator[type[BulkUpdateError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


def test_every_class_has_the_exit_code_and_reason_in_the_table() -> None:
    found = {kind.__name__: (kind.exit_code, kind("x").reason) for kind in tree()}
    assert found == EXIT_CODES


@pytest.mark.parametrize("kind", list(tree()))
def test_every_error_survives_pickling(kind: type[BulkUpdateError]) -> None:
    error = kind("row 17: no date", hint="mend it", reason="special")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made one line above
    assert type(again) is kind
    assert (again.message, again.hint, again.reason) == ("row 17: no date", "mend it", "special")
    assert str(again) == str(error) == "row 17: no date\nmend it"


def test_an_error_without_a_hint_is_its_message() -> None:
    assert str(BulkUpdateError("no")) == "no"


def test_the_tree_in_the_docstring_names_every_class() -> None:
    assert errors.__doc__ is not None
    drawn = {
        line.strip("│├└─ ").split()[0] for line in errors.__doc__.splitlines() if "Error" in line
    }
    assert set(EXIT_CODES) <= drawn
