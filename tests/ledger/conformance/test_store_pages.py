"""The rows of a run for people, a page at a time."""

from __future__ import annotations

import dataclasses
import json
from itertools import starmap

import pytest
from store_runs import (
    LOST,
    OK,
    REFUSED,
    Row,
    chunk,
    invalid,
    invocation,
    new_run,
    send,
    staged,
)

from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore, PageView, Run
from bulk_update.reasons import restored
from bulk_update.reference import RecordState

STATUS = b'{"status_id":"3"}'
ERASES = b'{"record_fields":{"miasto":"","saldo":"1.50"}}'
SETS = b'{"record_fields":{"miasto":"Gdynia"}}'


def take(store: Store, run: Run, *records: RecordState) -> None:
    store.readings.expect_before(run.id)
    store.readings.keep_snapshot(run.id, "00001", records, read_at_us=100)


def numbers(store: Store, run: Run, view: PageView, search: str = "") -> list[int]:
    """Return the numbers of the rows of a view, which also has to count them."""
    rows = store.pages.page(run.id, view, search=search, most=100)
    assert store.pages.count(run.id, view, search=search) == len(rows)
    return [row.number for row in rows]


def mixed(store: Store) -> Run:
    run = staged(
        store, Row(2, STATUS), Row(3, ERASES), Row(4, SETS), invalid(5), Row(6, SETS, "same"),
        Row(7, SETS, "same"), Row(8, None, None, "filtered"),
    )  # fmt: skip
    store.planning.mark_duplicates(run.id, policy="error")
    return run


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (PageView.CHANGES, [2, 3, 4, 6]),
        (PageView.ERASURES, [3]),
        (PageView.STATUS_MOVES, [2]),
        (PageView.REFUSED, [5]),
    ],
)
def test_each_view_has_its_rows(store: Store, view: PageView, expected: list[int]) -> None:
    run, _ = mixed(store), staged(store, Row(2, ERASES), invalid(3))
    assert numbers(store, run, view) == expected


def test_every_view_is_tested() -> None:
    (mark,) = test_each_view_has_its_rows.pytestmark  # type: ignore[attr-defined]
    assert {view for view, _ in mark.args[1]} == set(PageView)


def test_rows_for_one_record_that_differ_need_attention(store: Store) -> None:
    run = staged(store, Row(2, SETS, "same"), Row(3, STATUS, "same"), Row(4, SETS))
    store.planning.mark_duplicates(run.id, policy="error")
    assert numbers(store, run, PageView.REFUSED) == [2, 3]
    assert numbers(store, run, PageView.CHANGES) == [4]


def test_a_row_is_shown_with_what_is_known_about_its_record(store: Store) -> None:
    send(store, staged(store, Row(2, SETS, "a")), OK)
    store.housekeeping.remember_what_was_sent()
    run = staged(store, Row(2, STATUS, "a"), Row(3, ERASES, "b"), invalid(4, "c"))
    state = RecordState("a", "1", "j.doe", None, "2026-01-01 10:00:00")
    take(store, run, state)
    first, second = store.pages.page(run.id, PageView.CHANGES, most=100)
    assert first._replace(reasons="") == (
        2, "00001", "a", ("cell 2",), None, None, "", STATUS, state,
        '{"record_fields":{"miasto":"Gdynia"}}',
    )  # fmt: skip
    assert (second.before, second.known) == (None, None)
    (refused,) = store.pages.page(run.id, PageView.REFUSED, most=100)
    assert (refused.outcome, refused.code, refused.body) == ("invalid", "bad-date", None)
    assert [issue.code for issue in restored(refused.reasons)] == ["bad-date"]


def test_a_value_of_an_unconfirmed_request_is_unknown(store: Store) -> None:
    send(store, staged(store, Row(2, SETS, "a")), REFUSED)
    store.housekeeping.remember_what_was_sent()
    run = staged(store, Row(2, SETS, "a"))
    (row,) = store.pages.page(run.id, PageView.CHANGES, most=1)
    assert row.known == '{"record_fields":{"miasto":null}}'


def test_a_status_that_the_record_has_already_is_no_move(store: Store) -> None:
    run = staged(store, Row(2, STATUS, "a"), Row(3, STATUS, "b"), Row(4, STATUS, "c"))
    states = [("a", "3", None, None, None), ("b", None, None, None, None)]
    take(store, run, *starmap(RecordState, states))
    assert numbers(store, run, PageView.STATUS_MOVES) == [3, 4]


def test_pages_follow_each_other_in_input_order(store: Store) -> None:
    run = staged(store, *(Row(number) for number in range(2, 9)))
    pages = [
        [row.number for row in store.pages.page(run.id, PageView.CHANGES, skip=skip, most=3)]
        for skip in (0, 3, 6, 9)
    ]
    assert pages == [[2, 3, 4], [5, 6, 7], [8], []]


@pytest.mark.parametrize(
    ("search", "expected"),
    [("ID1", [3]), ("cell 2", [2]), ("cell", [2, 3]), ("%", []), ('"', []), ("]", [])],
)
def test_rows_are_found_by_identifiers_and_cells(
    store: Store, search: str, expected: list[int]
) -> None:
    run = staged(store, Row(2, identifier="x"), Row(3, identifier="id1"))
    assert numbers(store, run, PageView.CHANGES, search) == expected


def test_rows_that_are_left_are_shown_while_a_run_is_unfinished(store: Store) -> None:
    run = staged(store, Row(2), Row(3), Row(4))
    store.sending.begin(run.id, now_us=3)
    invocation(store, run, [OK, LOST])
    assert numbers(store, run, PageView.CHANGES) == [3, 4]


@pytest.mark.parametrize(
    ("search", "expected"),
    [("\0", []), (",", []), ('"', [3]), ("\\", [3]), ("n", []), ("ŁÓ", [2]), ("łó", [])],
)
def test_what_separates_or_escapes_cells_is_not_found(
    store: Store, search: str, expected: list[int]
) -> None:
    key = store.runs.begin(new_run())
    rows = chunk([Row(2, identifier="x"), Row(3, identifier="y")])
    cells = ["ŁÓDŹ", "1"], ['a"\\\tb', "2"]
    texts = [json.dumps(each, ensure_ascii=False).encode() for each in cells]
    with store.planning.staging(key, KnownBefore()) as stage:
        stage(dataclasses.replace(rows, cells=texts))
    assert numbers(store, store.runs.get(key), PageView.CHANGES, search) == expected


def test_an_erasure_is_found_at_any_depth(store: Store) -> None:
    deep = b'{"record_fields":{"a":["1",{"b":""}]}}'
    run = staged(
        store, Row(2, deep), Row(3, b'{"status_id":""}'), Row(4, b'{"":" "}'), Row(5, SETS)
    )
    assert numbers(store, run, PageView.ERASURES) == [2, 3]
