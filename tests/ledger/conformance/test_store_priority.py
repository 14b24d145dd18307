"""Rows that are sent first, and the counts of what a plan changes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st
from store_runs import BUSY, NOT_FOUND, OK, Row, crash, invalid, invocation, new_run, send, staged
from stores import Opener, on_every_store

from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore, Run
from bulk_update.plan import MOST_STATUSES, ChangeCounts
from bulk_update.records import RowTest, Status

ROWS = range(2, 14)


def rows_first(*numbers: int) -> RowTest:
    """Return the test that holds for these rows; each row's only cell is `cell 17`."""
    return lambda cells: int(cells[0].removeprefix("cell ")) in numbers


def order(store: Store, run: Run, first: RowTest | None = None) -> list[int]:
    return [update.number for update in store.sending.to_send(run.id, first=first)]


def test_rows_sent_first_come_in_input_order_and_so_do_the_others(store: Store) -> None:
    run = staged(store, *map(Row, range(2, 8)))
    assert order(store, run, rows_first(6, 4)) == [4, 6, 2, 3, 5, 7]
    assert order(store, run, rows_first()) == [2, 3, 4, 5, 6, 7]
    assert order(store, run, rows_first(*range(2, 8))) == [2, 3, 4, 5, 6, 7]
    assert order(store, run, rows_first(7)) == [7, 2, 3, 4, 5, 6]
    assert order(store, run) == [2, 3, 4, 5, 6, 7]


def test_rows_that_are_not_sent_have_no_place_in_the_order(store: Store) -> None:
    run = staged(store, Row(2), invalid(3), Row(4), invalid(5), Row(6))
    assert order(store, run, rows_first(3, 4, 6)) == [4, 6, 2]


def test_rows_refused_by_a_streak_of_404s_come_last_even_if_they_were_first(store: Store) -> None:
    run = staged(store, *map(Row, range(2, 8)))
    first = rows_first(5, 6)
    invocation(store, run, [NOT_FOUND] * 3, halted="halted-404", first=first)
    assert order(store, run, first) == [3, 4, 7, 5, 6, 2]


def test_a_retry_sends_the_same_rows_first(store: Store) -> None:
    run = staged(store, *map(Row, range(2, 6)))
    send(store, run, NOT_FOUND)
    again = store.runs.begin(new_run(command="retry"), origin=run.id)
    store.planning.stage_again(again, parent=run.id)
    assert order(store, store.runs.get(again), rows_first(4)) == [4, 2, 3, 5]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["settled", "refused", "killed"]),
        st.integers(0, 6),
        st.sets(st.sampled_from(ROWS)),
    ),
    max_size=6,
)


@on_every_store(examples=60, steps=STEPS, last=st.sets(st.sampled_from(ROWS)))
def test_the_order_of_sending_holds_over_stops_crashes_and_changes_of_priority(
    opener: Opener, steps: Sequence[tuple[str, int, set[int]]], last: set[int]
) -> None:
    """The rows of `priority`, then the rest, each in input order; refused rows come after all."""
    waiting, refused = set(ROWS), set[int]()
    with tempfile.TemporaryDirectory() as folder, opener(Path(folder)) as store:
        run = staged(store, *map(Row, ROWS))
        for how, most, wanted in [*steps, ("settled", 0, last)]:
            first = rows_first(*wanted)
            expected = sorted(waiting, key=lambda row: (row in refused, row not in wanted, row))
            assert order(store, run, first) == expected
            taken = expected[:most]
            if how == "settled":
                invocation(store, run, [OK] * most, first=first)
                waiting -= set(taken)
                refused -= set(taken)
            elif how == "refused":
                invocation(store, run, [NOT_FOUND] * most, halted="halted-404", first=first)
                refused |= set(taken)
            else:
                crash(store, run, BUSY, first=first, most=most)
                store.sending.settle_dead_runs(now_us=9)
                refused -= set(taken)  # their last attempt was no refusal


# --- what a plan changes


def status(value: str) -> bytes:
    return b'{"status_id":"%s","record_fields":{"a":"1"}}' % value.encode()


def odd(cells: Sequence[str]) -> str | None:
    number = int(cells[0].removeprefix("cell "))
    return "odd" if number % 2 else None


def test_changes_are_counted_by_status_and_by_what_is_sent_first(store: Store) -> None:
    rows = [Row(2, status("3")), Row(3, status("4")), Row(4, status("3")), Row(5, b'{"a":"b"}')]
    run = staged(store, *rows, invalid(7))
    projection = store.projection(run.id, waiting=Status.PLANNED)
    assert projection.changes(text_of=odd) == ChangeCounts(4, {"3": 2, "4": 1}, {"odd": 2})
    assert projection.changes() == ChangeCounts(4, {"3": 2, "4": 1}, {})
    assert projection.changes_left_out(text_of=odd) == ChangeCounts()
    assert projection.texts_seen(odd) == {"odd"}
    assert projection.texts_seen(lambda _: None) == frozenset()
    invocation(store, run, [OK, OK])
    assert projection.changes(text_of=odd) == ChangeCounts(2, {"3": 1}, {"odd": 1})


def test_rows_that_the_plan_leaves_out_are_counted_apart(store: Store) -> None:
    rows = [Row(2, status("3"), "a"), Row(3, status("3"), "a"), Row(4, status("4"), "b")]
    run = staged(store, *rows, Row(5, status("3"), "c"), invalid(6))
    store.planning.mark_duplicates(run.id, policy="error")
    projection = store.projection(run.id, waiting=Status.PLANNED)
    assert projection.changes(text_of=odd) == ChangeCounts(3, {"3": 2, "4": 1}, {"odd": 1})
    assert projection.changes_left_out(text_of=odd) == ChangeCounts(1, {"3": 1}, {"odd": 1})


def test_unchanged_rows_are_left_out(store: Store) -> None:
    send(store, staged(store, Row(2, status("3"), "a")), OK)
    known = KnownBefore(compared_at="https://acme.thulium.com")
    run = staged(store, Row(2, status("3"), "a"), Row(3, status("4"), "b"), known=known)
    projection = store.projection(run.id, waiting=Status.PLANNED)
    assert projection.changes() == ChangeCounts(1, {"4": 1}, {})
    assert projection.changes_left_out() == ChangeCounts(1, {"3": 1}, {})


def test_too_many_statuses_are_not_counted(store: Store) -> None:
    run = staged(store, *(Row(n, status(str(n))) for n in range(2, MOST_STATUSES + 3)))
    projection = store.projection(run.id, waiting=Status.PLANNED)
    assert projection.changes() == ChangeCounts(MOST_STATUSES + 1, None, {})


def test_the_first_row_with_each_mask_is_known(store: Store) -> None:
    run = staged(store, invalid(2), *map(Row, range(3, 9)))
    projection = store.projection(run.id, waiting=Status.PLANNED)
    assert projection.tally().first_rows == [(b"\x80", 3)]
    invocation(store, run, [OK, OK])
    assert projection.tally().first_rows == [(b"\x80", 5)]
