"""Errors that end a run carry codes with parameters, and say what to do next."""

from __future__ import annotations

from bulk_update.errors import InputError, LedgerError, UsageError
from bulk_update.exits import ExitCode, RunEnd
from bulk_update.messages import told
from bulk_update.reasons import restored, stored
from bulk_update.records import Issue

FULL = Issue("ledger", {"path": "/l", "name": "SQLITE_FULL", "error": "full"}, "full")
SAID = "the ledger /l: the disk is full (SQLITE_FULL: full)"
HINT = "Free some disk space, then run the same command again."


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
    assert told(stored(error.run_end.reasons)) == f"{SAID}\nWait."


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
