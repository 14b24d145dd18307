"""Corrections: a row knows which run's row it corrects, and gives way to what came in between."""

from __future__ import annotations

import pytest
from store_runs import (
    LOST,
    OK,
    OTHER,
    REFUSED,
    UNREACHABLE,
    Row,
    close,
    ends,
    invalid,
    new_run,
    send,
    staged,
)

from bulk_update.job.store import Store
from bulk_update.ledger import OriginalRow, Run
from bulk_update.records import Reply, Status

MINE = b'{"status_id":"3","record_fields":{"miasto":"a"}}'
OTHER_STATUS = b'{"status_id":"4"}'
OTHER_CITY = b'{"record_fields":{"miasto":"b"}}'
SAME_CITY = b'{"record_fields":{"miasto":"a","inne":"x"}}'
OTHER_FIELD = b'{"record_fields":{"inne":"x"}}'


def correction_of(store: Store, corrected: Run, *, body: bytes = MINE) -> Run:
    """Plan a correction of row 2 of a run, as row 7 of its file."""
    run = staged(store, Row(7, body, "id2"))
    store.planning.record_corrections(run.id, {7: corrected.id})
    store.planning.judge_corrections(run)
    return run


def test_originals_come_with_their_cells_and_reasons(store: Store) -> None:
    run = staged(store, Row(2, identifier="a"), invalid(3), Row(4))
    send(store, run, REFUSED)
    projection = store.projection(run.id, waiting=Status.NOT_SENT)
    found = sorted(projection.originals([2, 3, 99]))
    assert [row[:3] for row in found] == [(2, ("cell 2",), "a"), (3, ("cell 3",), "id3")]
    assert [row.http_status for row in found] == [409, None]
    assert "http-409" in found[0].reasons
    assert "bad-date" in found[1].reasons
    assert projection.originals([]) == []
    assert isinstance(found[0], OriginalRow)


@pytest.mark.parametrize(
    ("body", "reply", "end"),
    [
        (OTHER_STATUS, OK, "superseded superseded"),
        (OTHER_CITY, OK, "superseded superseded"),
        (OTHER_CITY, LOST, "superseded superseded"),
        (OTHER_CITY, UNREACHABLE, "planned"),
        (SAME_CITY, OK, "planned"),
        (OTHER_FIELD, OK, "planned"),
    ],
    ids=["status", "city", "in doubt", "never sent", "same value", "other field"],
)
def test_a_correction_gives_way_to_another_value_that_came_in_between(
    store: Store, body: bytes, reply: Reply, end: str
) -> None:
    corrected = staged(store, invalid(2))
    send(store, staged(store, Row(5, body, "id2")), reply)
    assert ends(store, correction_of(store, corrected)) == {7: end}


def test_requests_sent_before_or_to_another_system_do_not_count(store: Store) -> None:
    send(store, staged(store, Row(5, OTHER_CITY, "id2")), OK)
    corrected = staged(store, invalid(2))
    send(store, staged(store, Row(5, OTHER_CITY, "id2"), base_url=OTHER), OK)
    send(store, staged(store, Row(5, OTHER_CITY, "other")), OK)
    assert ends(store, correction_of(store, corrected)) == {7: "planned"}


def test_retries_and_corrections_of_the_same_run_do_not_count(store: Store) -> None:
    corrected = staged(store, Row(2, OTHER_STATUS))
    send(store, corrected, REFUSED)
    key = store.runs.begin(new_run(command="retry"), origin=corrected.origin)
    store.planning.stage_again(key, parent=corrected.id)
    store.runs.record_plan(key, data_rows=1, planned_at_us=2)
    send(store, store.runs.get(key), OK)
    first = correction_of(store, corrected, body=OTHER_CITY)
    send(store, first, OK)
    second = correction_of(store, first, body=b'{"record_fields":{"miasto":"c"}}')
    send(store, second, OK)
    assert ends(store, correction_of(store, corrected)) == {7: "planned"}


def test_a_retry_of_a_correction_is_a_correction_too(store: Store) -> None:
    corrected = staged(store, invalid(2))
    first = correction_of(store, corrected)
    send(store, first, REFUSED)
    send(store, staged(store, Row(5, OTHER_CITY, "id2")), OK)
    key = store.runs.begin(new_run(command="retry"), origin=first.origin)
    store.planning.stage_again(key, parent=first.id)
    store.runs.record_plan(key, data_rows=1, planned_at_us=2)
    store.planning.judge_corrections(store.runs.get(key))
    assert ends(store, store.runs.get(key)) == {7: "superseded superseded"}


def test_a_correction_without_a_system_is_judged_once_it_has_one(store: Store) -> None:
    corrected = staged(store, invalid(2))
    send(store, staged(store, Row(5, OTHER_CITY, "id2")), OK)
    run = staged(store, Row(7, MINE, "id2"), base_url=None)
    store.planning.record_corrections(run.id, {7: corrected.id})
    store.planning.judge_corrections(run)
    assert ends(store, run) == {7: "planned"}
    store.runs.record_base_url(run.id, "https://acme.thulium.com")
    store.planning.judge_corrections(store.runs.get(run.id))
    assert ends(store, run) == {7: "superseded superseded"}


def test_what_a_row_corrects_is_deleted_with_its_run(store: Store) -> None:
    corrected = staged(store, invalid(2))
    close(store, corrected)
    run = correction_of(store, corrected)
    store.runs.abandon(run.id)
    assert ends(store, corrected) == {2: "invalid bad-date"}
