"""Errors that end a run: their classes, their codes with parameters, and what they say to do."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from bulk_update import errors
from bulk_update.errors import BulkUpdateError, InputError, LedgerError, UsageError
from bulk_update.exits import ExitCode, RunEnd
from bulk_update.messages import told
from bulk_update.reasons import restored, stored
from bulk_update.records import Issue

FULL = Issue("ledger", {"path": "/l", "name": "SQLITE_FULL", "error": "full"}, "full")
SAID = "the ledger /l: the disk is full (SQLITE_FULL: full)"
HINT = "Free some disk space, then run the same command again."

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
    error = kind("row 17: no date", hint="fix it", reason="special")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made one line above
    assert type(again) is kind
    assert (again.message, again.hint, again.reason) == ("row 17: no date", "fix it", "special")
    assert str(again) == str(error) == "row 17: no date\nfix it"


def test_an_error_without_a_hint_is_its_message() -> None:
    assert str(BulkUpdateError("no")) == "no"


def test_the_tree_in_the_docstring_names_every_class() -> None:
    assert errors.__doc__ is not None
    drawn = {
        line.strip("│├└─ ").split()[0] for line in errors.__doc__.splitlines() if "Error" in line
    }
    assert set(EXIT_CODES) <= drawn


def test_an_error_is_shown_as_its_sentence_and_its_hint() -> None:
    error = LedgerError(FULL)
    assert (error.message, error.hint) == (SAID, HINT)
    assert str(error) == f"{SAID}\n{HINT}"
    assert (error.reason, error.exit_code) == ("ledger", ExitCode.LEDGER)


def test_the_end_of_a_run_keeps_the_code_and_the_parameters_of_its_error() -> None:
    end = LedgerError(FULL).run_end
    assert end == RunEnd(ExitCode.LEDGER, (FULL,))
    assert restored(stored(end.reasons)) == (FULL,)


def test_a_hint_of_its_own_replaces_that_of_the_code() -> None:
    error = LedgerError(FULL, hint="Wait.")
    assert str(error) == f"{SAID}\nWait."
    assert told(stored(error.run_end.reasons)) == f"{SAID}. Wait."


def test_a_message_and_its_hint_have_one_full_stop_between_them() -> None:
    end = InputError("The header has 2 columns.", hint="Correct the names.").run_end
    assert told(stored(end.reasons)) == "The header has 2 columns. Correct the names."


def test_an_error_can_have_several_issues() -> None:
    issues = (Issue("usage", {"path": "/l"}, "deleted-run"), Issue("usage"))
    error = UsageError(*issues)
    assert error.message.splitlines() == [
        "the run was deleted from the ledger /l", "the command or a setting cannot be used",
    ]  # fmt: skip
    assert error.run_end.reasons == issues


def test_a_sentence_in_place_of_an_issue_is_shown_unchanged() -> None:
    error = InputError("{text} is damaged", hint="Export it again.", reason="other")
    assert str(error) == "{text} is damaged\nExport it again."
    assert error.run_end.code == error.reason == "other"
    assert InputError("x").reason == "input"
