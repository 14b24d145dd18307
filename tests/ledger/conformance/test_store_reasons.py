"""The most frequent reasons of each outcome that needs attention."""

from __future__ import annotations

import pytest
from store_runs import (
    BUSY,
    LOST,
    NOT_FOUND,
    OK,
    REFUSED,
    Row,
    crash,
    invalid,
    invocation,
    send,
    staged,
)

from bulk_update.job.store import Store
from bulk_update.ledger import Run
from bulk_update.records import Issue, Status


def bad_date(text: str, column: str = "Termin") -> Issue:
    return Issue("bad-date", {"text": text, "formats": "DD.MM.YYYY"}, columns=(column,))


BLANK = Issue("blank", columns=("Miasto",))


def reasons(store: Store, run: Run, *, most: int = 3) -> list[tuple[object, ...]]:
    """Return outcome, code, rows, example and kinds of each reason."""
    found = store.projection(run.id, waiting=Status.NOT_SENT).frequent_reasons(most=most)
    return [(each.outcome, each.code, each.rows, each.example, each.kinds) for each in found]


def test_reasons_differ_by_code_column_and_cell(store: Store) -> None:
    other_column = bad_date("x", "Od")
    rows = (bad_date("y"), bad_date("x"), bad_date("x"), other_column, BLANK, BLANK, BLANK)
    run = staged(store, *(invalid(n, None, reason) for n, reason in enumerate(rows, start=2)))
    found = store.projection(run.id, waiting=Status.PLANNED).frequent_reasons(most=3)
    assert [(each.rows, each.example, each.reason) for each in found] == [
        (3, 6, BLANK),
        (2, 3, bad_date("x")),
        (1, 2, bad_date("y")),
    ]
    assert {each.kinds for each in found} == {4}
    assert {each.outcome for each in found} == {Status.INVALID}


def test_a_row_counts_once_for_each_of_its_reasons(store: Store) -> None:
    run = staged(store, invalid(2, None, BLANK, bad_date("x"), BLANK), invalid(3, None, BLANK))
    assert reasons(store, run) == [
        ("invalid", "blank", 2, 2, 2),
        ("invalid", "bad-date", 1, 2, 2),
    ]


def test_parameters_other_than_the_cell_are_taken_from_the_example(store: Store) -> None:
    conflicts = [Issue("conflict", {"rows": 2, "first": n, "last": n + 1}) for n in (2, 4)]
    run = staged(store, *(invalid(2 * n, None, each) for n, each in enumerate(conflicts, start=1)))
    (found,) = store.projection(run.id, waiting=Status.PLANNED).frequent_reasons(most=3)
    assert (found.rows, found.reason) == (2, conflicts[0])


def test_each_outcome_that_needs_attention_has_its_own_reasons(store: Store) -> None:
    run = staged(
        store, Row(2), Row(3), Row(4), Row(5), Row(6), Row(7, identifier="id2"), invalid(8),
        Row(9, None, None, "filtered"),
    )  # fmt: skip
    store.planning.mark_duplicates(run.id, policy="error")
    store.sending.begin(run.id, now_us=3)
    invocation(store, run, [OK, REFUSED, NOT_FOUND, BUSY, LOST])
    assert reasons(store, run) == [
        ("failed", "http-503", 1, 5, 1),
        ("in_doubt", "timeout", 1, 6, 1),
        ("invalid", "bad-date", 1, 8, 1),
        ("rejected", "http-409", 1, 3, 2),
        ("rejected", "http-404", 1, 4, 2),
    ]
    assert [each[1] for each in reasons(store, run, most=1) if each[0] == "rejected"] == [
        "http-409"
    ]


def test_what_halted_a_row_takes_precedence_over_its_response(store: Store) -> None:
    run = staged(store, Row(2), Row(3))
    store.sending.begin(run.id, now_us=3)
    invocation(store, run, [BUSY, LOST], halted="halted-signal")
    found = store.projection(run.id, waiting=Status.NOT_SENT).frequent_reasons(most=3)
    assert [(each.outcome, each.code, each.reason.code) for each in found] == [
        ("failed", "halted-signal", "http-503"),
        ("in_doubt", "halted-signal", "timeout"),
    ]


def test_rows_cut_off_by_a_crash_have_a_reason_before_they_are_settled(store: Store) -> None:
    run = staged(store, Row(2))
    crash(store, run)
    assert reasons(store, run) == [("in_doubt", "halted-interrupted", 1, 2, 1)]


def test_reasons_of_other_runs_are_not_counted(store: Store) -> None:
    run, _ = staged(store, invalid(2)), staged(store, invalid(2), invalid(3))
    assert reasons(store, run) == [("invalid", "bad-date", 1, 2, 1)]


@pytest.mark.parametrize("most", [1, 3])
def test_of_many_different_cells_only_the_most_frequent_are_returned(
    store: Store, most: int
) -> None:
    rows = [invalid(n, None, bad_date(f"{n // 2}")) for n in range(3, 5001)]
    run = staged(store, *rows)
    assert reasons(store, run, most=most) == [
        ("invalid", "bad-date", 2, number, 2500) for number in (4, 6, 8)[:most]
    ]


def test_rows_that_needed_more_than_one_attempt_are_counted(store: Store) -> None:
    run, other = staged(store, Row(2), Row(3)), staged(store, Row(2))
    send(store, other, BUSY, OK)
    projection = store.projection(run.id, waiting=Status.NOT_SENT)
    assert projection.tried_again() == 0
    send(store, run, BUSY, BUSY, OK)
    assert projection.tried_again() == 2
    send(store, staged(store, Row(2)), OK)
    assert projection.tried_again() == 2


def stored_bytes(store: Store, run: Run) -> int:
    projection = store.projection(run.id, waiting=Status.PLANNED)
    return projection.stored_bytes()


def test_a_run_with_more_data_takes_more_space(store: Store) -> None:
    small, large = staged(store, Row(2)), staged(store, Row(2), Row(3, b"x" * 100_000))
    before = stored_bytes(store, small)
    assert 50 < before < 1000
    assert 100_000 < stored_bytes(store, large) < 101_000
    send(store, small, OK)
    assert stored_bytes(store, small) > before


def test_cells_with_any_character_are_told_apart(store: Store) -> None:
    texts = ["a\tb", "a\tc", "a\tb", '"', "\\", "Ł"]
    run = staged(store, *(invalid(n, None, bad_date(text)) for n, text in enumerate(texts, 2)))
    found = store.projection(run.id, waiting=Status.PLANNED).frequent_reasons(most=9)
    assert [(each.rows, each.example) for each in found] == [
        (2, 2), (1, 3), (1, 5), (1, 6), (1, 7),
    ]  # fmt: skip
    assert found[0].reason == bad_date("a\tb")


def test_a_note_is_a_reason_only_if_it_comes_first(store: Store) -> None:
    note = Issue("unconfirmed")
    run = staged(store, invalid(2, None, BLANK, note), invalid(3, None, note, BLANK))
    assert reasons(store, run) == [
        ("invalid", "blank", 2, 2, 2),
        ("invalid", "unconfirmed", 1, 3, 2),
    ]
