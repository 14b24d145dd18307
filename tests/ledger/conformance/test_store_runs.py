"""What is recorded about a run, and when it is visible."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from store_runs import ACME, LOST, OK, Row, crash, ends, new_run, send, staged

from bulk_update.errors import UsageError
from bulk_update.job.store import Store
from bulk_update.ledger import InvocationEnd, KnownBefore, Run, RunState
from bulk_update.messages import told
from bulk_update.records import Status

Open = Callable[[], AbstractContextManager[Store]]

END = InvocationEnd(now_us=20, stop_code="signal", stop_reasons="[]", exit_code=4, out="/out")


def changed(before: Run, after: Run) -> dict[str, object]:
    """Return the fields of a run that have changed."""
    names = type(before).__dataclass_fields__
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {name: new for name, (old, new) in pairs.items() if old != new}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"is_failed_csv": True, "again": True, "claimed": True, "base_url": None},
        {"job": "Łódź", "mapping": b"\xff\x00", "header": '["a;b", "\\u0000"]', "delimiter": "\t"},
    ],
)
def test_every_field_of_a_new_run_is_recorded(store: Store, values: dict[str, object]) -> None:
    new = new_run(**values)
    run = store.runs.get(store.runs.begin(new))
    assert run.as_new() == new
    assert (run.state, run.origin) == (RunState.STAGING, run.id)


def test_later_runs_have_greater_keys_even_after_the_latest_is_deleted(store: Store) -> None:
    first, second = store.runs.begin(new_run()), store.runs.begin(new_run())
    store.runs.abandon(second)
    assert first < second < store.runs.begin(new_run(), origin=first)


def test_a_run_is_visible_once_its_plan_is_recorded(store: Store) -> None:
    key = store.runs.begin(new_run(run_id="r"))
    assert store.runs.all() == []
    with pytest.raises(UsageError, match="there is no run r"):
        store.runs.find("r")
    before = store.runs.get(key)
    store.runs.record_plan(key, data_rows=7, planned_at_us=8, notices='[{"code":"look"}]')
    run = store.runs.find("r")
    assert store.runs.all() == [run]
    assert changed(before, run) == {
        "state": RunState.PLANNED,
        "data_rows": 7,
        "planned_at_us": 8,
        "notices": '[{"code":"look"}]',
    }


def test_a_run_that_is_planned_invisibly_is_visible_once_it_is_published(store: Store) -> None:
    key = store.runs.begin(new_run())
    store.runs.record_plan(key, data_rows=7, planned_at_us=8, is_visible=False)
    assert store.runs.all() == []
    assert store.runs.get(key).data_rows == 7
    store.runs.publish(key)
    assert [run.state for run in store.runs.all()] == [RunState.PLANNED]


def test_a_run_is_undone_once_its_undo_has_begun_to_send(store: Store) -> None:
    run, other = staged(store, Row(2)), staged(store, Row(2))
    undo = staged(store, Row(2), command="undo", undoes=run.id)
    assert store.runs.undone_by(run.id) is None
    store.sending.begin(undo.id, now_us=3)
    found = store.runs.undone_by(run.id)
    assert found is not None
    assert found.id == undo.id
    assert store.runs.undone_by(other.id) is None


def test_an_abandoned_run_leaves_no_trace(store: Store) -> None:
    run = staged(store, Row(2))
    send(store, run, LOST)
    store.runs.abandon(run.id)
    assert store.runs.all() == []
    assert ends(store, run) == {}
    assert store.projection(run.id, waiting=Status.NOT_SENT).attempts() == 0
    with pytest.raises(UsageError, match="was deleted"):
        store.runs.get(run.id)


def test_a_change_is_recorded_for_its_run_only(store: Store) -> None:
    run, other = staged(store, Row(2), base_url=None), staged(store, Row(2), base_url=None)
    changes: list[tuple[Callable[[], None], dict[str, object]]] = [
        (lambda: store.runs.record_base_url(run.id, ACME), {"base_url": ACME}),
        (lambda: store.runs.record_output_folder(run.id, "/out"), {"out": "/out"}),
        (
            lambda: store.runs.record_exit_code(run.id, 3, stop_code="full", stop_reasons="[1]"),
            {"exit_code": 3, "stop_code": "full", "stop_reasons": "[1]"},
        ),
        (lambda: store.runs.record_given(run.id, '{"a": 1}'), {"given": '{"a": 1}'}),
        (
            lambda: store.runs.replace_mapping(
                run.id, b"new", path="n.yaml", job="weekly", overrides="[]", again=True
            ),
            {
                "mapping": b"new",
                "mapping_path": "n.yaml",
                "job": "weekly",
                "overrides": "[]",
                "again": True,
            },
        ),
        (
            lambda: store.sending.begin(run.id, now_us=9),
            {
                "state": RunState.SENDING,
                "started_at_us": 9,
                "exit_code": None,
                "stop_code": None,
                "stop_reasons": None,
            },
        ),
    ]
    for change, expected in changes:
        before = store.runs.get(run.id)
        change()
        assert changed(before, store.runs.get(run.id)) == expected
    assert store.runs.get(other.id) == other


@pytest.mark.parametrize(
    ("rows", "files_written", "state"),
    [
        ((), True, RunState.FINISHED),
        ((), False, RunState.UNFINISHED),
        ((Row(2),), True, RunState.UNFINISHED),
    ],
    ids=["nothing left", "no files", "a waiting row"],
)
def test_the_end_of_an_invocation_is_recorded_and_releases_the_run(
    store: Store, rows: tuple[Row, ...], state: RunState, *, files_written: bool
) -> None:
    run = staged(store, *rows, claimed=True)
    store.sending.close(run.id, replace(END, files_written=files_written))
    assert changed(run, store.runs.get(run.id)) == {
        "claimed": False,
        "state": state,
        "finished_at_us": 20,
        "stop_code": "signal",
        "stop_reasons": "[]",
        "exit_code": 4,
        "out": "/out",
    }
    store.sending.close(run.id, replace(END, out=None))
    assert store.runs.get(run.id).out == "/out"


def test_beginning_to_send_again_clears_how_a_run_ended_before(store: Store) -> None:
    run = staged(store, Row(2))
    store.sending.close(run.id, END)
    store.sending.begin(run.id, now_us=30)
    sending = store.runs.get(run.id)
    assert (sending.started_at_us, sending.finished_at_us) == (30, None)
    assert (sending.stop_code, sending.stop_reasons, sending.exit_code) == (None, None, None)


def test_a_run_whose_process_died_is_recorded_as_killed(store: Store) -> None:
    run = staged(store, Row(2), Row(3))
    crash(store, run)
    store.sending.settle_dead_runs(now_us=40)
    dead = store.runs.get(run.id)
    assert (dead.state, dead.stop_code) == (RunState.UNFINISHED, "halted-interrupted")
    assert told(dead.stop_reasons) == "the run was killed"
    assert (dead.finished_at_us, dead.exit_code) == (None, None)


@pytest.mark.parametrize("claimed", [True, False])
def test_a_run_whose_process_died_before_it_sent_anything_is_unfinished(
    store: Store,
    claimed: bool,  # noqa: FBT001 - a table
) -> None:
    run = staged(store, Row(2), claimed=claimed)
    store.sending.settle_dead_runs(now_us=40)
    dead = store.runs.get(run.id)
    assert dead.state is (RunState.UNFINISHED if claimed else RunState.PLANNED)
    assert dead.stop_code == ("halted-interrupted" if claimed else None)
    assert not dead.claimed
    assert ends(store, run) == {2: "planned"}


def test_recorded_data_is_there_when_the_store_is_opened_again(open_store: Open) -> None:
    with open_store() as store:
        run = staged(store, Row(2), Row(3))
        send(store, run, OK)
        runs = store.runs.all()
    with open_store() as store:
        assert store.runs.all() == runs
        assert ends(store, run) == {2: "updated", 3: "updated"}
        assert store.runs.claim(run.id).claimed


def test_staging_that_fails_halfway_is_not_visible(open_store: Open) -> None:
    with open_store() as store:
        key = store.runs.begin(new_run())
        with (
            pytest.raises(KeyError, match="the file ended"),
            store.planning.staging(key, KnownBefore()),
        ):
            raise KeyError("the file ended")
    with open_store() as store:
        assert store.runs.all() == []


def test_the_patience_of_a_store_can_be_changed(store: Store) -> None:
    store.patience_seconds = 1.5
    assert store.patience_seconds == 1.5


def test_the_names_of_statuses_are_those_that_were_recorded_last(store: Store) -> None:
    run, other = staged(store, Row(2)), staged(store, Row(2))
    assert run.status_names == "{}"
    store.runs.record_status_names(run.id, '{"00001": {"3": "Łódź"}}')
    assert store.runs.get(run.id).status_names == '{"00001": {"3": "Łódź"}}'
    assert store.runs.get(other.id).status_names == "{}"
