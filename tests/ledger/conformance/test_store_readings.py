"""What was read of the records: their snapshot before sending, and their state afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_runs import (
    ACME,
    LOST,
    OK,
    REFUSED,
    UNREACHABLE,
    Row,
    crash,
    ends,
    invalid,
    invocation,
    new_run,
    send,
    staged,
)

from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore, ReadBack, Run, Snapshot, Unseen
from bulk_update.messages import told
from bulk_update.readback import Verified
from bulk_update.records import Issue, Status
from bulk_update.reference import RecordState

STATUS = b'{"status_id":"3"}'
FIELD = b'{"record_fields":{"miasto":"x"}}'


def record(identifier: str, status_id: str = "1", call_date: str | None = None) -> RecordState:
    return RecordState(identifier, status_id, "j.doe", None, call_date)


def take(store: Store, run: Run, *records: RecordState, at_us: int = 100) -> list[int]:
    """Take a snapshot from a single page of campaign 00001; return the numbers of the rows."""
    store.readings.expect_before(run.id)
    rows = store.readings.keep_snapshot(run.id, "00001", records, read_at_us=at_us)
    return [row.row_id & 0xFFFFFFFF for row in rows]


def snapshots(store: Store, run: Run, *numbers: int) -> dict[int, Snapshot | None]:
    projection = store.projection(run.id, waiting=Status.PLANNED)
    details = {number: projection.detail(number) for number in numbers}
    return {number: detail.before for number, detail in details.items() if detail}


def verified(store: Store, run: Run) -> list[str | None]:
    rows = store.projection(run.id, waiting=Status.PLANNED).rows()
    return [row[13] if len(row) > 13 else None for row in rows]


# --- the snapshot


def test_a_snapshot_keeps_only_the_records_of_rows_to_be_sent(store: Store) -> None:
    other = staged(store, Row(2, identifier="z"))
    run = staged(store, Row(2), Row(3), invalid(4), Row(5, campaign_id="00002"))
    assert store.readings.expect_before(run.id) == [("00001", 2), ("00002", 1)]
    page = [record("z"), record("id4"), record("id5"), record("id2", "7")]
    (found,) = store.readings.keep_snapshot(run.id, "00001", page, read_at_us=100)
    assert found.now == record("id2", "7")
    assert snapshots(store, run, 2, 3, 5) == {
        2: Snapshot(record("id2", "7"), 100),
        3: None,
        5: None,
    }
    assert snapshots(store, other, 2) == {2: None}


def test_a_snapshot_says_which_records_the_campaign_does_not_list(store: Store) -> None:
    run = staged(store, Row(2), Row(3), Row(4))
    take(store, run, record("id3"))
    assert store.readings.unseen() == Unseen(2, "00001", "id2", 2)
    assert not store.readings.is_complete("00001")
    store.readings.keep_snapshot(
        run.id, "00001", [record("id2"), record("id4"), record("id4")], read_at_us=100
    )
    assert store.readings.unseen() is None
    assert store.readings.is_complete("00001")


def test_a_record_that_is_read_twice_counts_once_and_has_its_latest_state(store: Store) -> None:
    run = staged(store, Row(2), Row(3))
    take(store, run, record("id2", "1"), record("id2", "2"))
    assert not store.readings.is_complete("00001")
    assert snapshots(store, run, 2) == {2: Snapshot(record("id2", "2"), 100)}


def test_a_resume_takes_a_new_snapshot_of_unsent_rows_only(store: Store) -> None:
    run = staged(store, Row(2))
    take(store, run, record("id2", "1"))
    send(store, run, LOST)
    assert take(store, run, record("id2", "3"), at_us=200) == [2]
    assert snapshots(store, run, 2) == {2: Snapshot(record("id2", "1"), 100)}


@pytest.mark.parametrize("sent", [True, False], ids=["may have arrived", "never left"])
def test_a_row_that_may_have_arrived_gets_no_snapshot_afterwards(
    store: Store,
    sent: bool,  # noqa: FBT001 - a table
) -> None:
    run = staged(store, Row(2))
    if sent:
        crash(store, run)
        store.sending.settle_dead_runs(now_us=50)
    else:
        send(store, run, UNREACHABLE)
        run = staged(store, Row(2))
    take(store, run, record("id2"))
    assert (snapshots(store, run, 2)[2] is None) is sent


def test_a_row_that_is_no_longer_listed_loses_its_old_snapshot(store: Store) -> None:
    run = staged(store, Row(2))
    take(store, run, record("id2"))
    take(store, run)
    assert snapshots(store, run, 2) == {2: None}


def test_forgetting_snapshots_keeps_those_of_rows_that_may_have_arrived(store: Store) -> None:
    run, other = staged(store, Row(2), Row(3)), staged(store, Row(2))
    take(store, run, record("id2"), record("id3"))
    take(store, other, record("id2"))
    crash(store, run, most=1)
    store.readings.forget_unsent(run.id)
    assert snapshots(store, run, 2, 3) == {2: Snapshot(record("id2"), 100), 3: None}
    assert snapshots(store, other, 2) == {2: Snapshot(record("id2"), 100)}


def test_a_retry_does_not_take_the_state_after_a_lost_request_for_the_one_before(
    store: Store,
) -> None:
    first = staged(store, Row(2))
    send(store, first, LOST)
    key = store.runs.begin(new_run(command="retry"), origin=first.origin)
    store.planning.stage_again(key, parent=first.id)
    store.runs.record_plan(key, data_rows=1, planned_at_us=2)
    retry = store.runs.get(key)
    assert take(store, retry, record("id2")) == [2]
    assert snapshots(store, retry, 2) == {2: None}


def test_snapshots_are_deleted_with_their_run(store: Store) -> None:
    run = staged(store, Row(2))
    before = store.projection(run.id, waiting=Status.PLANNED).stored_bytes()
    take(store, run, record("id2"))
    assert store.projection(run.id, waiting=Status.PLANNED).stored_bytes() > before
    store.runs.abandon(run.id)
    again = staged(store, Row(2))
    assert snapshots(store, again, 2) == {2: None}


def test_a_snapshot_tells_from_which_statuses_to_which_records_go(store: Store) -> None:
    rows = [Row(n, b'{"status_id":"4"}' if n > 4 else STATUS) for n in range(2, 8)]
    run = staged(store, *rows, Row(8, FIELD), Row(9))
    assert store.readings.status_moves(run.id, most=5) == []
    page = [*(record(f"id{n}", "1") for n in range(3, 9)), RecordState("id2", *[None] * 4)]
    take(store, run, *page)
    assert store.readings.status_moves(run.id, most=2) == [("1", "4", 3), ("1", "3", 2)]
    assert store.readings.status_moves(run.id, most=5)[2:] == [("", "3", 1)]


def test_a_record_that_no_row_is_for_is_passed_over_whatever_its_identifier(store: Store) -> None:
    run = staged(store, Row(2), Row(3))
    assert take(store, run, record(""), record("id\0"), record("id3"), record("'\"{}")) == [3]
    assert store.readings.unseen() == Unseen(1, "00001", "id2", 2)


def test_the_rows_of_a_page_are_returned_in_its_order(store: Store) -> None:
    run = staged(store, *map(Row, range(2, 30)))
    order = [17, 3, 29, 2, 28, 11]
    assert take(store, run, *(record(f"id{number}") for number in order)) == order
    send(store, run, *[OK] * 28)
    store.readings.expect_after(run.id)
    page = [record(f"id{number}") for number in order]
    found = store.readings.sent_rows("00001", page)
    assert [row.row_id & 0xFFFFFFFF for row in found] == order


# --- when a row was exported


def exported(store: Store, run: Run, *records: RecordState) -> list[int | None]:
    store.readings.expect_before(run.id)
    found = store.readings.keep_snapshot(run.id, "00001", records, read_at_us=100)
    return [row.exported_at_us for row in found]


def test_a_row_is_as_old_as_it_says_or_else_as_its_file(store: Store) -> None:
    run = staged(store, Row(2, exported_at_us=5), Row(3), exported_at_us=7)
    assert exported(store, run, record("id2"), record("id3")) == [5, 7]
    assert exported(store, staged(store, Row(2)), record("id2")) == [None]


def test_a_corrected_row_is_as_old_as_the_first_file_that_it_comes_from(store: Store) -> None:
    first = staged(store, Row(2), exported_at_us=10)
    second = staged(store, Row(2), exported_at_us=20)
    store.planning.record_corrections(second.id, {2: first.id})
    third = staged(store, Row(2), Row(3), Row(4, exported_at_us=25), exported_at_us=30)
    store.planning.record_corrections(third.id, {2: second.id, 4: second.id})
    page = [record("id2"), record("id3"), record("id4")]
    assert exported(store, third, *page) == [10, 30, 25]


def test_a_retry_is_as_old_as_the_rows_that_it_repeats(store: Store) -> None:
    first = staged(store, Row(2, exported_at_us=5), Row(3), exported_at_us=7)
    send(store, first, REFUSED)
    key = store.runs.begin(replace(first.as_new(), run_id="retry"), origin=first.origin)
    store.planning.stage_again(key, parent=first.id)
    store.runs.record_plan(key, data_rows=2, planned_at_us=2)
    run = store.runs.get(key)
    assert exported(store, run, record("id2"), record("id3")) == [5, 7]


def test_a_superseded_row_is_not_sent_and_says_why(store: Store) -> None:
    run = staged(store, Row(2), Row(3))
    store.readings.expect_before(run.id)
    (row,) = store.readings.keep_snapshot(run.id, "00001", [record("id2")], read_at_us=100)
    issue = Issue("called-since", {"called": "2027-01-02 10:00:00", "exported": "2027-01-01"})
    store.readings.supersede(run.id, {row.row_id: issue})
    assert ends(store, run) == {2: "superseded called-since", 3: "planned"}
    assert [update.number for update in store.sending.to_send(run.id)] == [3]
    store.planning.judge(run, KnownBefore())
    assert ends(store, run) == {2: "superseded called-since", 3: "planned"}


def test_a_row_in_doubt_stays_in_doubt_when_superseded_by_a_call(store: Store) -> None:
    run = staged(store, Row(2))
    send(store, run, LOST)
    store.readings.expect_before(run.id)
    (row,) = store.readings.keep_snapshot(run.id, "00001", [record("id2")], read_at_us=100)
    issue = Issue("called-since", {"called": "2027-01-02", "exported": "2027-01-01"})
    for _ in range(2):
        store.readings.supersede(run.id, {row.row_id: issue})
    assert ends(store, run) == {2: "in_doubt superseded"}
    assert list(store.sending.to_send(run.id)) == []
    (found,) = store.projection(run.id, waiting=Status.NOT_SENT).rows()
    assert told(found[5]).count("2027-01-02") == 1
    (reason,) = store.projection(run.id, waiting=Status.NOT_SENT).frequent_reasons(most=3)
    assert (reason.code, reason.reason.variant) == ("superseded", "called-since-in-doubt")


# --- reading back


def read_back(store: Store, run: Run, *verdicts: ReadBack) -> None:
    store.readings.record_read_back(run.id, verdicts, now_us=70)
    store.readings.finish_read_back(run.id, campaign_ids=["00001"], now_us=80)


def test_only_sent_rows_with_readable_fields_are_read_back(store: Store) -> None:
    run = staged(store, Row(2), Row(3, FIELD), invalid(4), Row(5, b'{"next_call_date":""}'))
    assert store.readings.expect_after(run.id) == []
    send(store, run, OK)
    assert store.readings.expect_after(run.id) == [("00001", 2)]
    page = [record("id2"), record("id3"), record("id4")]
    (row,) = store.readings.sent_rows("00001", page)
    assert row[1:] == (STATUS, False, None, record("id2"))
    assert store.readings.unseen() == Unseen(1, "00001", "id5", 5)


@pytest.mark.parametrize("reply", [REFUSED, UNREACHABLE])
def test_a_row_that_was_not_updated_is_not_read_back(store: Store, reply: object) -> None:
    run = staged(store, Row(2))
    send(store, run, reply)  # type: ignore[arg-type] # one of the replies above
    assert store.readings.expect_after(run.id) == []


def test_a_row_in_doubt_is_read_back_with_its_snapshot(store: Store) -> None:
    run = staged(store, Row(2))
    take(store, run, record("id2", "1"))
    send(store, run, LOST)
    store.readings.expect_after(run.id)
    (row,) = store.readings.sent_rows("00001", [record("id2", "3")])
    assert (row.in_doubt, row.before, row.now) == (True, record("id2", "1"), record("id2", "3"))


def test_what_was_read_back_is_in_the_results(store: Store) -> None:
    run = staged(store, Row(2), Row(3), Row(4))
    send(store, run, OK)
    store.readings.expect_after(run.id)
    found = store.readings.sent_rows("00001", [record("id2"), record("id3")])
    read_back(
        store,
        run,
        ReadBack(found[0].row_id, Verified.YES),
        ReadBack(found[1].row_id, Verified.DIFFERS),
    )
    assert verified(store, run) == ["yes", "differs", None]
    projection = store.projection(run.id, waiting=Status.NOT_SENT)
    assert projection.verified() == {"yes": 1, "differs": 1}
    assert store.runs.get(run.id).verified_at_us == 80
    assert store.readings.expect_after(run.id, again=False) == [("00001", 1)]
    assert store.readings.expect_after(run.id) == [("00001", 3)]
    read_back(store, run)  # no record is listed any more
    assert verified(store, run) == [None, None, None]


def test_a_row_in_doubt_whose_record_shows_its_values_is_settled(store: Store) -> None:
    run = staged(store, Row(2, STATUS))
    send(store, run, LOST)
    store.readings.expect_after(run.id)
    (row,) = store.readings.sent_rows("00001", [record("id2", "3")])
    read_back(store, run, ReadBack(row.row_id, Verified.YES, settles=True))
    assert ends(store, run) == {2: "updated verified"}
    assert verified(store, run) == ["yes"]
    assert list(store.sending.to_send(run.id)) == []
    assert store.sending.count_to_send(run.id) == 0


@pytest.mark.parametrize("is_known", [True, False], ids=["merged before", "not merged yet"])
def test_a_settled_row_makes_the_values_of_its_record_known(
    store: Store,
    is_known: bool,  # noqa: FBT001 - a table
) -> None:
    run = staged(store, Row(2, STATUS))
    send(store, run, LOST)
    if is_known:
        store.housekeeping.remember_what_was_sent()
    store.readings.expect_after(run.id)
    (row,) = store.readings.sent_rows("00001", [record("id2", "3")])
    read_back(store, run, ReadBack(row.row_id, Verified.YES, settles=True))
    later = staged(store, Row(2, STATUS))
    store.planning.judge(later, KnownBefore(compared_at=ACME))
    assert ends(store, later) == {2: "unchanged same-as-last"}


def test_a_settled_row_does_not_confirm_values_that_a_later_run_has_replaced(store: Store) -> None:
    run = staged(store, Row(2, STATUS))
    send(store, run, LOST)
    store.readings.expect_after(run.id)
    (row,) = store.readings.sent_rows("00001", [record("id2", "3")])
    send(store, staged(store, Row(2, b'{"status_id":"4"}')), OK)
    store.housekeeping.remember_what_was_sent()
    read_back(store, run, ReadBack(row.row_id, Verified.YES, settles=True))
    later = staged(store, Row(2, STATUS))
    store.planning.judge(later, KnownBefore(compared_at=ACME))
    assert ends(store, later) == {2: "planned"}


def test_a_row_that_never_arrived_differs_and_can_be_sent_alone(store: Store) -> None:
    run = staged(store, Row(2), Row(3))
    send(store, run, LOST)
    store.readings.expect_after(run.id)
    found = store.readings.sent_rows("00001", [record("id2"), record("id3")])
    read_back(
        store,
        run,
        ReadBack(found[0].row_id, Verified.DIFFERS),
        ReadBack(found[1].row_id, Verified.NEVER_ARRIVED),
    )
    assert verified(store, run) == ["differs", "differs"]
    assert store.projection(run.id, waiting=Status.NOT_SENT).verified() == {"yes": 0, "differs": 2}
    numbers = [update.number for update in store.sending.to_send(run.id, never_arrived=True)]
    assert numbers == [3]
    assert len(list(store.sending.to_send(run.id))) == 2


def test_a_row_that_is_sent_again_has_not_been_read_back(store: Store) -> None:
    run = staged(store, Row(2))
    send(store, run, LOST)
    store.readings.expect_after(run.id)
    (row,) = store.readings.sent_rows("00001", [record("id2")])
    read_back(store, run, ReadBack(row.row_id, Verified.DIFFERS))
    send(store, run, OK)
    assert ends(store, run) == {2: "updated"}
    assert verified(store, run) == [None]


def test_a_row_in_doubt_that_a_later_run_superseded_is_not_read_back(store: Store) -> None:
    early = staged(store, Row(2))
    send(store, early, LOST)
    send(store, staged(store, Row(2)), OK)
    store.planning.judge(early, KnownBefore())
    assert ends(store, early) == {2: "in_doubt superseded"}
    assert store.readings.expect_after(early.id) == []


def test_identifiers_are_compared_as_text(store: Store) -> None:
    odd = ['"', "\\", "ą\u0301", "007", "1e5", "%", "\U0001f600"]
    run = staged(store, *(Row(n, identifier=text) for n, text in enumerate(odd, 2)))
    page = [record(text) for text in [*odd, "7", "Ą\u0301"]]
    assert take(store, run, *page) == list(range(2, 2 + len(odd)))


def test_the_moves_of_rows_that_were_planned_or_updated_are_counted(store: Store) -> None:
    rows = [Row(n, b'{"status_id":"4"}' if n > 4 else STATUS) for n in range(2, 7)]
    run = staged(store, *rows, Row(7, FIELD))
    take(store, run, *(record(f"id{n}", "1") for n in range(2, 8)))
    projection = store.projection(run.id, waiting=Status.PLANNED)
    assert projection.status_moves(most=5) == [("1", "3", 3), ("1", "4", 2)]
    assert projection.status_moves(most=1) == [("1", "3", 3)]
    waiting = store.projection(run.id, waiting=Status.NOT_SENT)
    assert waiting.status_moves(most=5) == []
    invocation(store, run, [OK, REFUSED, OK, OK])
    assert waiting.status_moves(most=5) == [("1", "3", 2), ("1", "4", 1)]
