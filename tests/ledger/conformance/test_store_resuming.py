from __future__ import annotations

import asyncio

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
    deliver,
    ends,
    invalid,
    journal_of,
    new_run,
    send,
    staged,
)

from bulk_update.errors import UsageError
from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore, NewRun, Run, RunState
from bulk_update.messages import told
from bulk_update.records import Attempt, Issue, Outcome, Reply, Status

A, B = b'{"status_id":"1"}', b'{"status_id":"2"}'
CHANGED_ONLY = KnownBefore(compared_at=ACME)


def numbers_to_send(store: Store, run: Run) -> list[int]:
    return [update.number for update in store.sending.to_send(run.id)]


# --- after a crash


def test_a_row_with_an_intent_and_no_outcome_is_in_doubt_and_sent_again(store: Store) -> None:
    run = staged(store, Row(2))
    crash(store, run)
    store.sending.settle_dead_runs(now_us=50)
    (row,) = store.projection(run.id, waiting=Status.NOT_SENT).rows()
    assert row[3:5] == ("in_doubt", "halted-interrupted")
    assert row[7:] == (None, 1, None, 1000, 50, None, None)
    assert store.runs.get(run.id).state is RunState.UNFINISHED
    (update,) = store.sending.to_send(run.id)
    assert update.earlier == (Attempt(1, 1000),)


@pytest.mark.parametrize(
    ("replies", "end"),
    [
        ([BUSY], "failed halted-interrupted"),
        ([UNREACHABLE], "failed halted-interrupted"),
        ([LOST], "in_doubt halted-interrupted"),
        ([LOST, BUSY], "in_doubt halted-interrupted"),
    ],
)
def test_a_row_interrupted_between_its_attempts_is_halted_and_sent_again(
    store: Store, replies: list[Reply], end: str
) -> None:
    run = staged(store, Row(2))

    async def send_and_die() -> None:
        async with journal_of(store) as journal:
            (update,) = store.sending.to_send(run.id)
            for reply in replies:
                intent = await journal.record_intent(update.row_id)
                journal.record_reply(Attempt(intent.attempt_id, intent.departed_at_us, reply))

    store.sending.begin(run.id, now_us=3)
    asyncio.run(send_and_die())
    store.sending.settle_dead_runs(now_us=50)
    assert ends(store, run) == {2: end}
    assert numbers_to_send(store, run) == [2]


def test_an_interrupted_row_has_the_status_and_request_id_of_its_last_response(
    store: Store,
) -> None:
    run = staged(store, Row(2))
    later = Reply(may_have_been_sent=True, status=429, code="http-429", request_id="a2")
    crash(store, run, BUSY, later)
    store.sending.settle_dead_runs(now_us=50)
    (row,) = store.projection(run.id, waiting=Status.NOT_SENT).rows()
    assert row[7:10] == (429, 3, "a2")


def test_doubt_lasts_over_resumes_until_a_final_response(store: Store) -> None:
    run = staged(store, Row(2))
    crash(store, run)
    store.sending.settle_dead_runs(now_us=50)
    send(store, run, BUSY)
    assert ends(store, run) == {2: "in_doubt halted-interrupted"}
    send(store, run, REFUSED)
    assert ends(store, run) == {2: "rejected http-409"}
    assert store.runs.get(run.id).state is RunState.FINISHED


def test_a_halted_row_is_in_doubt_if_its_next_attempt_is_interrupted(
    store: Store,
) -> None:
    run = staged(store, Row(2))
    send(store, run, Reply(may_have_been_sent=True, status=401, code="http-401"))
    assert ends(store, run) == {2: "failed halted-401"}
    crash(store, run)
    store.sending.settle_dead_runs(now_us=50)
    assert ends(store, run) == {2: "in_doubt halted-interrupted"}


def test_attempts_add_up_over_resumes(store: Store) -> None:
    run = staged(store, Row(2))
    crash(store, run)
    store.sending.settle_dead_runs(now_us=50)
    send(store, run, LOST, LOST)
    send(store, run, OK)
    projection = store.projection(run.id, waiting=Status.NOT_SENT)
    (row,) = projection.rows()
    assert (row[3], row[8], row[10]) == ("updated", 4, 1000)
    assert projection.attempts() == 4


def test_rows_without_an_intent_are_still_waiting_after_a_crash(store: Store) -> None:
    run = staged(store, Row(2), Row(3), invalid(4))

    async def send_one() -> None:
        async with journal_of(store) as journal:
            await deliver(journal, next(iter(store.sending.to_send(run.id))), OK)

    store.sending.begin(run.id, now_us=3)
    asyncio.run(send_one())
    store.sending.settle_dead_runs(now_us=50)
    assert ends(store, run, waiting=Status.NOT_SENT) == {
        2: "updated",
        3: "not_sent",
        4: "invalid bad-date",
    }
    assert numbers_to_send(store, run) == [3]


@pytest.mark.parametrize(
    ("reply", "again"), [(OK, False), (REFUSED, False), (BUSY, False), (LOST, True)]
)
def test_only_rows_in_doubt_are_sent_again(store: Store, reply: Reply, again: bool) -> None:  # noqa: FBT001 - a table
    run = staged(store, Row(2))
    send(store, run, reply)
    assert bool(numbers_to_send(store, run)) is again
    assert (store.runs.get(run.id).state is RunState.UNFINISHED) is again


def test_a_row_settled_twice_keeps_its_last_outcome(store: Store) -> None:
    run = staged(store, Row(2))

    async def settle_again() -> Outcome:
        async with journal_of(store) as journal:
            (update,) = store.sending.to_send(run.id)
            outcome = await deliver(journal, update, REFUSED)
            halted = Outcome(outcome.row_id, Status.FAILED, "halted-404", (), 404, 1, None, 1, 2, 3)
            journal.record_outcome(halted)
            return halted

    asyncio.run(settle_again())
    assert ends(store, run) == {2: "failed halted-404"}
    assert numbers_to_send(store, run) == [2]


# --- unchanged


def unchanged(store: Store, body: bytes, *, base_url: str = ACME) -> bool:
    """Return whether a row is skipped, both when it is staged and when it is judged later."""
    compared = staged(
        store, Row(2, body), base_url=base_url, known=KnownBefore(compared_at=base_url)
    )
    run = staged(store, Row(2, body), base_url=base_url)
    store.planning.judge(run, KnownBefore(compared_at=base_url))
    assert ends(store, compared) == ends(store, run)
    return ends(store, run) == {2: "unchanged same-as-last"}


def test_a_b_a_is_sent_three_times(store: Store) -> None:
    for body in (A, B, A):
        run = staged(store, Row(2, body))
        store.planning.judge(run, CHANGED_ONLY)
        assert numbers_to_send(store, run) == [2]
        send(store, run, OK)
    assert unchanged(store, A)
    assert not unchanged(store, B)


@pytest.mark.parametrize("reply", [REFUSED, LOST, BUSY])
def test_a_row_that_was_not_updated_never_counts_as_sent(store: Store, reply: Reply) -> None:
    send(store, staged(store, Row(2, A)), reply)
    assert not unchanged(store, A)


@pytest.mark.parametrize("reply", [REFUSED, LOST, BUSY])
def test_a_later_request_makes_the_values_of_an_update_unknown(store: Store, reply: Reply) -> None:
    send(store, staged(store, Row(2, A)), OK)
    send(store, staged(store, Row(2, B)), reply)
    assert not unchanged(store, A)


def test_a_request_that_was_never_sent_changes_nothing(store: Store) -> None:
    send(store, staged(store, Row(2, A)), OK)
    send(store, staged(store, Row(2, B)), UNREACHABLE)
    assert unchanged(store, A)


def test_a_rehearsal_against_another_base_url_never_counts(store: Store) -> None:
    send(store, staged(store, Row(2, A), base_url=OTHER), OK)
    assert not unchanged(store, A)
    assert unchanged(store, A, base_url=OTHER)


def test_another_campaign_is_another_record(store: Store) -> None:
    send(store, staged(store, Row(2, A, campaign_id="00002")), OK)
    assert not unchanged(store, A)


def test_a_row_that_a_crash_left_in_doubt_does_not_count_as_sent(store: Store) -> None:
    send(store, staged(store, Row(2, A)), OK)
    crash(store, staged(store, Row(2, B)))
    store.sending.settle_dead_runs(now_us=50)
    assert not unchanged(store, A)


def test_a_check_during_sending_does_not_store_a_wrong_state(store: Store) -> None:
    send(store, staged(store, Row(2, A)), OK)
    sending = staged(store, Row(2, B))

    async def send_while_others_look() -> None:
        store.sending.begin(sending.id, now_us=3)
        async with journal_of(store) as journal:
            (update,) = store.sending.to_send(sending.id)
            intent = await journal.record_intent(update.row_id)
            assert not unchanged(store, A)  # the record's values are not known now
            assert not unchanged(store, B)
            journal.withdraw(intent)
            await deliver(journal, update, BUSY, OK)

    asyncio.run(send_while_others_look())
    close(store, sending)
    assert unchanged(store, B)
    assert not unchanged(store, A)


def test_an_intent_withdrawn_after_a_check_does_not_change_the_known_values(store: Store) -> None:
    send(store, staged(store, Row(2, A)), OK)
    sending = staged(store, Row(2, B))

    async def withdraw_while_others_look() -> None:
        store.sending.begin(sending.id, now_us=3)
        async with journal_of(store) as journal:
            (update,) = store.sending.to_send(sending.id)
            intent = await journal.record_intent(update.row_id)
            assert not unchanged(store, A)
            journal.withdraw(intent)

    asyncio.run(withdraw_while_others_look())
    close(store, sending)
    assert unchanged(store, A)
    old = staged(store, Row(2, A), run_id="old")
    store.planning.judge(store.runs.get(old.id), KnownBefore())
    assert ends(store, old) == {2: "planned"}


def test_the_last_values_of_each_record_are_known_after_old_runs_are_deleted(store: Store) -> None:
    for body in (A, B):
        send(store, staged(store, Row(2, body), job=body.decode()), OK)
    assert (
        store.housekeeping.prune(before_us=1 << 60) == 0
    )  # the latest finished run of each job is kept
    send(store, staged(store, Row(2, B), job=A.decode()), OK)
    assert store.housekeeping.prune(before_us=1 << 60) == 1
    assert unchanged(store, B)
    send(store, staged(store, Row(2, A)), OK)
    assert unchanged(store, A)


def test_already_sent_skips_rows_whose_values_are_unchanged_and_names_the_run(
    store: Store,
) -> None:
    send(store, staged(store, Row(2, A), Row(3, A)), OK)
    send(store, staged(store, Row(3, B)), OK)
    sent_by = KnownBefore(compared_at=ACME, already_sent_by="run-0")
    known = staged(store, Row(2, A), Row(3, A), invalid(4), known=sent_by)
    marked = staged(store, Row(2, A), Row(3, A), invalid(4))
    store.planning.judge(marked, sent_by)
    for run in (known, marked):
        assert ends(store, run) == {
            2: "unchanged already-sent",
            3: "planned",
            4: "invalid bad-date",
        }
        assert numbers_to_send(store, run) == [3]
        projection = store.projection(run.id, waiting=Status.NOT_SENT)
        assert "run run-0 sent this file" in told(str(next(projection.rows())[5]))


@pytest.mark.parametrize("policy", ["first", "last", "error"])
def test_unchanged_rows_count_among_duplicates(store: Store, policy: str) -> None:
    send(store, staged(store, Row(2, A, "x"), Row(3, A, "y"), Row(4, A, "z")), OK)
    rows = (
        Row(2, A, "x"), Row(3, B, "x"),
        Row(4, A, "y"), Row(5, A, "y"),
        Row(6, A, "z"), invalid(7, "z"),
        Row(8, B, "new"),
    )  # fmt: skip
    marked = staged(store, *rows)
    store.planning.mark_duplicates(marked.id, policy=policy)
    store.planning.judge(marked, CHANGED_ONLY)
    known = staged(store, *rows, known=KnownBefore(compared_at=ACME))
    store.planning.mark_duplicates(known.id, policy=policy)
    assert ends(store, known) == ends(store, marked)
    assert ends(store, known)[5] == "duplicate identical"
    assert ends(store, known)[8] == "planned"


# --- superseded


def test_a_later_run_supersedes_the_unsent_rows_of_an_earlier_one(store: Store) -> None:
    early = staged(store, Row(2, A), Row(3, A))
    send(store, staged(store, Row(2, B)), OK)
    store.planning.judge(early, KnownBefore())
    assert ends(store, early) == {2: "superseded superseded", 3: "planned"}
    assert numbers_to_send(store, early) == [3]


@pytest.mark.parametrize("reply", [REFUSED, LOST, BUSY])
def test_a_sent_request_supersedes_however_it_ended(store: Store, reply: Reply) -> None:
    early = staged(store, Row(2, A))
    send(store, staged(store, Row(2, B)), reply)
    store.planning.judge(early, KnownBefore())
    assert ends(store, early) == {2: "superseded superseded"}


@pytest.mark.parametrize(
    ("reply", "base_url"), [(UNREACHABLE, ACME), (OK, OTHER)], ids=["never left", "elsewhere"]
)
def test_a_request_that_never_reached_this_system_supersedes_nothing(
    store: Store, reply: Reply, base_url: str
) -> None:
    early = staged(store, Row(2, A), Row(3, A))
    send(store, staged(store, Row(2, B), base_url=base_url), reply)
    send(store, staged(store, Row(3, B)), OK)
    store.planning.judge(early, KnownBefore())
    assert ends(store, early) == {2: "planned", 3: "superseded superseded"}


def test_an_earlier_run_supersedes_nothing(store: Store) -> None:
    early, late = staged(store, Row(2, A)), staged(store, Row(2, B))
    send(store, early, OK)
    store.planning.judge(late, KnownBefore())
    assert ends(store, late) == {2: "planned"}


def test_a_row_in_doubt_stays_in_doubt_when_superseded_and_is_not_sent_again(
    store: Store,
) -> None:
    early = staged(store, Row(2, A))
    send(store, early, LOST)
    send(store, staged(store, Row(2, B)), OK)
    store.planning.judge(early, KnownBefore())
    assert ends(store, early) == {2: "in_doubt superseded"}
    assert numbers_to_send(store, early) == []


def test_a_halted_row_is_superseded(store: Store) -> None:
    early = staged(store, Row(2, A))
    send(store, early, Reply(may_have_been_sent=True, status=401, code="http-401"))
    send(store, staged(store, Row(2, B)), OK)
    store.planning.judge(early, KnownBefore())
    assert ends(store, early) == {2: "superseded superseded"}


def test_a_retry_counts_as_old_as_the_file_it_repeats(store: Store) -> None:
    first = staged(store, Row(2, A), Row(3, A))
    send(store, first, REFUSED)
    send(store, staged(store, Row(3, B)), OK)
    key = store.runs.begin(_retry_of(first), origin=first.origin)
    assert store.planning.stage_again(key, parent=first.id) == 2
    store.runs.record_plan(key, data_rows=2, planned_at_us=2)
    store.planning.judge(store.runs.get(key), KnownBefore())
    assert ends(store, store.runs.get(key)) == {2: "planned", 3: "superseded superseded"}


def test_an_undo_supersedes_a_later_retry_of_what_it_undid(store: Store) -> None:
    first = staged(store, Row(2, A), Row(3, A))
    send(store, first, LOST)
    undo = staged(store, Row(2, B), origin=first.origin, command="undo", undoes=first.id)
    send(store, undo, OK)
    key = store.runs.begin(_retry_of(first), origin=first.origin)
    store.planning.stage_again(key, parent=first.id)
    store.runs.record_plan(key, data_rows=2, planned_at_us=2)
    store.planning.judge(store.runs.get(key), KnownBefore())
    assert ends(store, store.runs.get(key)) == {2: "superseded superseded", 3: "planned"}


def test_an_undo_does_not_supersede_another_undo(store: Store) -> None:
    first = staged(store, Row(2, A))
    send(store, first, OK)
    for _ in range(2):
        undo = staged(store, Row(2, B), origin=first.origin, command="undo", undoes=first.id)
        store.planning.judge(undo, KnownBefore())
        assert ends(store, undo) == {2: "planned"}
        send(store, undo, OK)


def _retry_of(run: Run) -> NewRun:
    return new_run(command="retry", identity=f"retry of {run.run_id}")


# --- which run


def test_an_unfinished_run_of_the_same_identity_and_system_is_found(store: Store) -> None:
    run = staged(store, Row(2))
    send(store, run, LOST)
    found = store.runs.unfinished(identity="same", base_url=ACME)
    assert found is not None
    assert found.run_id == run.run_id
    assert store.runs.unfinished(identity="other", base_url=ACME) is None
    assert store.runs.unfinished(identity="same", base_url=OTHER) is None


def test_a_mere_plan_is_not_an_unfinished_run(store: Store) -> None:
    staged(store, Row(2), command="check")
    assert store.runs.unfinished(identity="same", base_url=ACME) is None


def test_the_latest_success_is_the_run_that_sent_last_not_the_one_that_wrote_files_last(
    store: Store,
) -> None:
    def latest(*, besides: int = 0) -> str | None:
        found = store.runs.latest_success(job="nightly", base_url=ACME, besides=besides)
        return found.run_id if found else None

    assert latest() is None
    first, second, third = (staged(store, Row(number)) for number in (2, 3, 4))
    send(store, second, OK)
    send(store, first, OK)
    close(store, second, now_us=99)  # its files were written again
    assert latest() == first.run_id
    assert latest(besides=first.id) == second.run_id
    send(store, third, REFUSED)
    close(store, third, exit_code=1)
    close(store, staged(store, invalid(2)))  # sent nothing
    send(store, staged(store, Row(2), base_url=OTHER), OK)
    send(store, staged(store, Row(2), job="weekly"), OK)
    assert latest() == first.run_id


def test_a_run_that_was_killed_is_not_a_success(store: Store) -> None:
    run = staged(store, Row(2), Row(3))
    send(store, run, OK)
    crash(store, staged(store, Row(2)))
    store.sending.begin(run.id, now_us=3)  # it continues, and is killed
    store.sending.settle_dead_runs(now_us=50)
    assert store.runs.latest_success(job="nightly", base_url=ACME) is None


def test_the_error_for_an_unknown_run_has_a_hint(store: Store) -> None:
    with pytest.raises(UsageError, match="there is no run nonsense"):
        store.runs.find("nonsense")


def test_runs_are_listed_latest_first_without_those_still_being_read(store: Store) -> None:
    first, second = staged(store, Row(2)), staged(store, Row(2))
    store.runs.begin(_retry_of(first))
    assert [run.run_id for run in store.runs.all()] == [second.run_id, first.run_id]
    assert store.runs.find(first.run_id) == first


def test_a_row_that_was_never_sent_can_be_refused(store: Store) -> None:
    run, other = staged(store, Row(2), Row(3), invalid(4)), staged(store, Row(2))
    refused = keys_to_send(store, run)[1:] + keys_to_send(store, other)
    issue = Issue("unknown-agent", {"text": "x", "near": "y", "campaign": "00001"}, "near")
    store.planning.refuse(run.id, {key: [issue, Issue("date-missing")] for key in refused})
    assert ends(store, run) == {
        2: "planned", 3: "invalid unknown-agent", 4: "invalid bad-date",
    }  # fmt: skip
    assert (numbers_to_send(store, run), numbers_to_send(store, other)) == ([2], [2])
    row = next(store.projection(run.id, waiting=Status.PLANNED).failed_rows())
    assert told(row.reasons).startswith('"x" is not an agent of campaign 00001')


def test_a_row_that_was_sent_before_cannot_be_refused(store: Store) -> None:
    run = staged(store, Row(2))
    crash(store, run)
    store.sending.settle_dead_runs(now_us=50)
    refused = {key: [Issue("unknown-agent")] for key in keys_to_send(store, run)}
    store.planning.refuse(run.id, refused)
    assert ends(store, run) == {2: "in_doubt halted-interrupted"}


def keys_to_send(store: Store, run: Run) -> list[int]:
    return [update.row_id for update in store.sending.to_send(run.id)]
