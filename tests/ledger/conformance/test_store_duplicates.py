from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_runs import Row, ends, invalid, staged
from stores import STORES, Opener

from bulk_update.job.store import Store
from bulk_update.messages import told
from bulk_update.records import Status

A, B, C = b'{"status_id":"1"}', b'{"status_id":"2"}', b'{"status_id":"3"}'
SENT, SAME, CONFLICT, OTHER = (
    "planned",
    "duplicate identical",
    "duplicate conflict",
    "duplicate not-chosen",
)
INVALID = "invalid bad-date"


@pytest.mark.parametrize(
    ("bodies", "error", "first", "last"),
    [
        ([A], [SENT], [SENT], [SENT]),
        ([A, A], [SENT, SAME], [SENT, SAME], [SENT, SAME]),
        ([A, A, A], [SENT, SAME, SAME], [SENT, SAME, SAME], [SENT, SAME, SAME]),
        ([A, B], [CONFLICT] * 2, [SENT, OTHER], [OTHER, SENT]),
        ([A, A, B], [CONFLICT] * 3, [SENT, SAME, OTHER], [OTHER, OTHER, SENT]),
        ([A, B, B], [CONFLICT] * 3, [SENT, OTHER, OTHER], [OTHER, SENT, SAME]),
        ([A, B, A], [CONFLICT] * 3, [SENT, OTHER, SAME], [SENT, OTHER, SAME]),
        ([A, B, C], [CONFLICT] * 3, [SENT, OTHER, OTHER], [OTHER, OTHER, SENT]),
        ([None, A], [INVALID, CONFLICT], [INVALID, SENT], [INVALID, SENT]),
        ([A, None], [CONFLICT, INVALID], [SENT, INVALID], [CONFLICT, INVALID]),
        ([None, None], [INVALID] * 2, [INVALID] * 2, [INVALID] * 2),
        (
            [A, A, None],
            [CONFLICT, CONFLICT, INVALID],
            [SENT, SAME, INVALID],
            [CONFLICT, CONFLICT, INVALID],
        ),
        (
            [A, None, B],
            [CONFLICT, INVALID, CONFLICT],
            [SENT, INVALID, OTHER],
            [OTHER, INVALID, SENT],
        ),
    ],
)
def test_rows_for_the_same_record_end_as_the_policy_says(
    store: Store, bodies: list[bytes | None], error: list[str], first: list[str], last: list[str]
) -> None:
    for policy, expected in (("error", error), ("first", first), ("last", last)):
        rows = [
            invalid(number, "id") if body is None else Row(number, body, "id")
            for number, body in enumerate(bodies, start=2)
        ]
        run = staged(store, *rows)
        store.planning.mark_duplicates(run.id, policy=policy)
        assert list(ends(store, run).values()) == expected, policy


@pytest.mark.parametrize("policy", ["error", "first", "last"])
@pytest.mark.parametrize(
    "other",
    [
        Row(3, B, "id2"),
        Row(3, B, "id", campaign_id="00002"),
        Row(3, None, "id", "filtered"),
        replace(invalid(3), campaign_id=None),
    ],
    ids=["another identifier", "another campaign", "filtered", "no campaign"],
)
def test_rows_of_other_records_and_filtered_rows_do_not_count(
    store: Store, policy: str, other: Row
) -> None:
    run = staged(store, Row(2, A, "id"), other)
    store.planning.mark_duplicates(run.id, policy=policy)
    assert ends(store, run)[2] == SENT


def test_a_duplicate_says_which_rows_are_for_the_same_record(store: Store) -> None:
    run = staged(store, Row(7, A, "id"), Row(9, A, "id"))
    store.planning.mark_duplicates(run.id, policy="error")
    (_, same) = _messages(store, run.id)
    assert same == "the same change as row 7, which is sent for both"


def _messages(store: Store, run: int) -> list[str]:
    return [told(str(row[5])) for row in store.projection(run, waiting=Status.PLANNED).rows()]


def model(rows: Sequence[Row], policy: str) -> dict[int, str]:
    """Return the outcomes according to the contract, group by group."""
    ends: dict[int, str] = {}
    for record in {row.record for row in rows}:
        group = [row for row in rows if row.record == record]
        winner = _winner(group, policy)
        sent = False
        for row in group:
            if row.body is None:
                ends[row.number] = INVALID
            elif winner is None:
                ends[row.number] = CONFLICT
            elif row.body != winner:
                ends[row.number] = OTHER
            else:
                ends[row.number] = SAME if sent else SENT
                sent = True
    return dict(sorted(ends.items()))


def _winner(group: Sequence[Row], policy: str) -> bytes | None:
    bodies = [row.body for row in group]
    valid = [body for body in bodies if body is not None]
    if not valid:
        return None
    if policy == "first":
        return valid[0]
    if policy == "last":
        return bodies[-1]
    return valid[0] if len(set(bodies)) == 1 else None


@pytest.mark.parametrize("opener", STORES.values(), ids=STORES)
@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([A, B, None])), max_size=12
    ),
    policy=st.sampled_from(["error", "first", "last"]),
)
def test_duplicates_end_as_in_a_simple_model_of_the_contract(
    opener: Opener, rows: list[tuple[str, bytes | None]], policy: str
) -> None:
    file = [
        invalid(number, identifier) if body is None else Row(number, body, identifier)
        for number, (identifier, body) in enumerate(rows, start=2)
    ]
    with tempfile.TemporaryDirectory() as folder, opener(Path(folder)) as store:
        run = staged(store, *file)
        store.planning.mark_duplicates(run.id, policy=policy)
        assert ends(store, run) == model(file, policy)
