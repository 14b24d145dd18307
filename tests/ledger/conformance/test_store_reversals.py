"""Runs that undo others: what is known about the rows to undo, and what becomes of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_runs import (
    ACME,
    BUSY,
    LOST,
    OK,
    OTHER,
    REFUSED,
    UNREACHABLE,
    Row,
    close,
    crash,
    ends,
    invalid,
    invocation,
    new_run,
    send,
    staged,
)

from bulk_update.job.store import Store
from bulk_update.ledger import Judged, KnownBefore, ReversedRow, Run, RunState, UndoneRow
from bulk_update.records import Issue, Reply, Status
from bulk_update.reference import RecordState
from bulk_update.reversal import Reversal, SentBefore, Verdict, first_verdict

STATUS = b'{"status_id":"3"}'
BEFORE = RecordState("id2", "1", "j.doe", None, "2027-01-01 10:00:00")
REVERSAL = Reversal({"status_id": "3"}, {"status_id": "1"}, (Issue("undo-unknown"),), BEFORE)
RESTORES = Verdict({"status_id": "1"})
NOTHING = Verdict({}, Status.UNCHANGED, (Issue("already-undone"),))
GDYNIA, HEL, SOPOT = (
    f'{{"record_fields":{{"city":"{city}"}}}}'.encode() for city in ("Gdynia", "Hel", "Sopot")
)


def sent_run(store: Store, *rows: Row, base_url: str = ACME) -> Run:
    """Send a run after a snapshot of the record of its first row."""
    run = staged(store, *rows, base_url=base_url)
    store.readings.expect_before(run.id)
    store.readings.keep_snapshot(run.id, "00001", [BEFORE], read_at_us=100)
    send(store, run, OK)
    return store.runs.get(run.id)


def undoing(store: Store, undone: Run, verdict: Verdict = RESTORES) -> Run:
    """Stage a run that undoes all rows of another with one verdict."""
    key = store.runs.begin(replace(new_run(command="undo"), undoes=undone.id), origin=undone.origin)
    rows = [
        ReversedRow(row, REVERSAL, verdict, b"\x80")
        for row in store.reversals.undone_rows(undone.id, with_known=False)
    ]
    store.reversals.stage(key, rows)
    store.runs.record_plan(key, data_rows=len(rows), planned_at_us=2)
    return store.runs.get(key)


def row_id(store: Store, run: Run, number: int = 2) -> int:
    return next(each.row_id for each in store.sending.to_send(run.id) if each.number == number)


def known(store: Store, run: Run) -> list[SentBefore | None]:
    return [row.known for row in store.reversals.undone_rows(run.id, with_known=True)]


# --- the rows to undo


def test_the_rows_to_undo_are_those_that_changed_their_records_or_may_have(store: Store) -> None:
    run = staged(store, Row(2), invalid(3), Row(4), Row(5), Row(6), Row(7), Row(8))
    for reply in (OK, REFUSED, BUSY, UNREACHABLE, LOST):
        store.sending.begin(run.id, now_us=3)
        invocation(store, run, [reply])
    found = [row.number for row in store.reversals.undone_rows(run.id, with_known=False)]
    assert found == [2, 5, 7]


def test_a_row_to_undo_comes_with_its_request_and_the_record_before(store: Store) -> None:
    run = sent_run(store, Row(2), Row(3))
    first, second = store.reversals.undone_rows(run.id, with_known=False)
    assert first == UndoneRow(
        2, "00001", "id2", b'["cell 2"]', STATUS, first.sent_at_us, BEFORE, known=None
    )
    assert first.sent_at_us
    assert (second.before, second.known) == (None, None)


def test_what_was_sent_before_a_run_is_known_by_field(store: Store) -> None:
    sent_run(store, Row(2, HEL))
    sent_run(store, Row(2, SOPOT), base_url=OTHER)
    sent_run(store, Row(2, STATUS), Row(3, HEL))
    run = sent_run(store, Row(2, GDYNIA), Row(3, GDYNIA))
    sent_run(store, Row(3, SOPOT))
    city = {"record_fields": {"city": "Hel"}}
    assert known(store, run) == [
        SentBefore(
            {**city, "status_id": "3"}, {"record_fields": {"city": "Gdynia"}, "status_id": "3"}
        ),
        SentBefore(city, {"record_fields": {"city": "Sopot"}}),
    ]


@pytest.mark.parametrize("reply", [LOST, REFUSED])
def test_a_request_without_success_makes_what_was_sent_before_unknown(
    store: Store, reply: Reply
) -> None:
    sent_run(store, Row(2, HEL))
    send(store, staged(store, Row(2, SOPOT)), reply)
    (found,) = known(store, sent_run(store, Row(2, GDYNIA)))
    assert found
    assert found.then.get("record_fields", {}).get("city") is None


def test_a_request_that_never_left_changes_nothing_that_is_known(store: Store) -> None:
    sent_run(store, Row(2, HEL))
    send(store, staged(store, Row(2, SOPOT)), UNREACHABLE)
    (found,) = known(store, sent_run(store, Row(2, GDYNIA)))
    assert found
    assert found.then == {"record_fields": {"city": "Hel"}}


def test_nothing_is_known_from_before_a_run_that_was_deleted(store: Store) -> None:
    sent_run(store, Row(2, HEL))
    forgotten = staged(store, Row(2, SOPOT), job="other")
    send(store, forgotten, OK)
    sent_run(store, Row(3, HEL))
    run = sent_run(store, Row(2, GDYNIA), Row(3, GDYNIA))
    store.runs.abandon(forgotten.id)
    first, second = known(store, run)
    assert first
    assert second
    assert first.then == {}
    assert second.then == {"record_fields": {"city": "Hel"}}


# --- the rows that undo them


def test_a_row_that_undoes_another_sends_what_it_restores(store: Store) -> None:
    run = undoing(store, sent_run(store, Row(2)))
    (update,) = store.sending.to_send(run.id)
    assert (update.number, update.identifier, update.body) == (2, "id2", b'{"status_id":"1"}')
    assert store.reversals.of([update.row_id]) == {update.row_id: (2, REVERSAL)}


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        ([], "planned"),
        ([(HEL, OK)], "planned"),
        ([(STATUS, REFUSED)], "planned"),
        ([(STATUS, UNREACHABLE)], "planned"),
        ([(STATUS, OK)], "superseded superseded"),
        ([(STATUS, BUSY)], "superseded superseded"),
        ([(STATUS, LOST)], "superseded superseded"),
        ([(STATUS, OK), ("undo", LOST)], "superseded superseded"),
        ([(STATUS, OK), ("undo", OK)], "planned"),
        ([(STATUS, OK), (STATUS, OK), ("undo", OK)], "superseded superseded"),
        ([(STATUS, OK), ("undo", OK), ("undo", OK)], "superseded superseded"),
        ([(STATUS, OK), ("undo", OK), ("undo", OK), ("undo", OK)], "planned"),
    ],
)
def test_an_undo_gives_way_to_later_requests_for_its_fields_until_they_are_undone(
    store: Store, later: list[tuple[bytes | str, Reply]], outcome: str
) -> None:
    undone = last = sent_run(store, Row(2))
    for body, reply in later:
        last = undoing(store, last) if isinstance(body, str) else staged(store, Row(2, body))
        send(store, last, reply)
    run = undoing(store, undone)
    store.planning.judge(run, KnownBefore())
    assert ends(store, run) == {2: outcome}


def test_every_later_request_counts_if_a_run_since_has_been_deleted(store: Store) -> None:
    undone = sent_run(store, Row(2), Row(3))
    send(store, staged(store, Row(2, HEL)), OK)
    deleted = sent_run(store, Row(4))
    sent_run(store, Row(5))
    store.runs.abandon(deleted.id)
    run = undoing(store, undone)
    store.planning.judge(run, KnownBefore())
    assert ends(store, run) == {2: "superseded superseded", 3: "planned"}


def test_a_row_of_which_nothing_can_be_restored_is_not_sent(store: Store) -> None:
    run = undoing(store, sent_run(store, Row(2)), first_verdict(Reversal({}, {})))
    assert ends(store, run) == {2: "unchanged already-undone"}
    store.planning.judge(run, KnownBefore())
    assert ends(store, run) == {2: "unchanged already-undone"}


def test_what_a_record_shows_decides_what_a_row_sends(store: Store) -> None:
    run = undoing(store, sent_run(store, Row(2), Row(3)))
    one, other = row_id(store, run), row_id(store, run, 3)
    store.reversals.settle(
        [Judged(one, Verdict({"agent_login": "j.doe"}), b"\x40"), Judged(other, NOTHING, None)]
    )
    (update,) = store.sending.to_send(run.id)
    assert update.body == b'{"agent_login":"j.doe"}'
    assert ends(store, run) == {2: "planned", 3: "unchanged already-undone"}


def test_a_request_that_may_have_arrived_is_not_changed(store: Store) -> None:
    run = undoing(store, sent_run(store, Row(2)))
    crash(store, run)
    store.sending.settle_dead_runs(now_us=20)
    store.reversals.settle([Judged(row_id(store, run), NOTHING, None)])
    (update,) = store.sending.to_send(run.id)
    assert update.body == b'{"status_id":"1"}'


def test_the_rows_whose_records_were_not_seen_are_found_in_parts(store: Store) -> None:
    run = undoing(store, sent_run(store, Row(2), Row(3), Row(4)))
    store.readings.expect_before(run.id)
    store.readings.keep_snapshot(run.id, "00001", [BEFORE], read_at_us=100)
    expected = [row_id(store, run, 3), row_id(store, run, 4)]
    assert store.reversals.unseen() == expected
    assert store.reversals.unseen(after=expected[0]) == expected[1:]
    assert store.reversals.unseen(after=expected[1]) == []


def test_a_retry_of_an_undo_restores_the_same(store: Store) -> None:
    run = undoing(store, sent_run(store, Row(2)))
    send(store, run, REFUSED)
    again = store.runs.begin(replace(run.as_new(), run_id="again", command="retry"))
    assert store.planning.stage_again(again, parent=run.id) == 1
    (update,) = store.sending.to_send(again)
    assert store.reversals.of([update.row_id]) == {update.row_id: (2, REVERSAL)}


def test_what_an_undo_restores_is_deleted_with_it(store: Store) -> None:
    run = undoing(store, sent_run(store, Row(2)))
    key = row_id(store, run)
    store.runs.abandon(run.id)
    assert store.reversals.of([key]) == {}


def test_an_undone_run_is_not_continued_once_the_undo_has_begun_to_send(store: Store) -> None:
    undone = staged(store, Row(2), Row(3), identity="file")
    invocation(store, undone, [OK])
    found = store.runs.unfinished(identity="file", base_url=ACME)
    assert found
    assert (found.id, found.state) == (undone.id, RunState.UNFINISHED)
    run = undoing(store, undone)
    assert store.runs.unfinished(identity="file", base_url=ACME)
    store.sending.begin(run.id, now_us=3)
    close(store, run)
    assert store.runs.unfinished(identity="file", base_url=ACME) is None
