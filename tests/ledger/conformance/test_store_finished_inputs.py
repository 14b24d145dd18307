"""Which files a job has finished with, so that none of them counts as a new one."""

from __future__ import annotations

from store_runs import ACME, OTHER, Row, close, finished, staged

from bulk_update.job.store import Store

LATER = 1 << 60


def run_ids(store: Store, *, job: str = "nightly", base_url: str | None = ACME) -> list[str]:
    return [each.run_id for each in store.runs.finished_inputs(job=job, base_url=base_url)]


def test_the_files_of_a_job_are_those_of_its_finished_runs_latest_first(store: Store) -> None:
    first = finished(store, "first").run_id
    second = finished(store, "second").run_id
    elsewhere = finished(store, "elsewhere", base_url=OTHER).run_id
    weekly = finished(store, "weekly", job="weekly").run_id
    assert run_ids(store) == [second, first]
    assert run_ids(store, job="weekly") == [weekly]
    assert run_ids(store, base_url=OTHER) == [elsewhere]
    assert run_ids(store, base_url=None) == [elsewhere, second, first]


def test_a_file_is_known_by_its_content_its_name_and_its_time(store: Store) -> None:
    given = {"input_path": "in/crm.csv", "input_folder": "/srv/in", "input_sha256": "ab"}
    run = finished(store, "crm", **given, exported_at_us=7)
    finished_at_us = store.runs.get(run.id).finished_at_us
    before = store.runs.finished_inputs(job="nightly", base_url=ACME)
    store.housekeeping.apply_retention(job="nightly", before_us=LATER)
    [file] = store.runs.finished_inputs(job="nightly", base_url=ACME)
    assert [file] == before
    assert (file.path, file.folder, file.sha256) == ("in/crm.csv", "/srv/in", "ab")
    assert (file.modified_at_us, file.finished_at_us) == (7, finished_at_us)


def test_a_run_that_stopped_or_was_only_planned_has_not_finished_with_its_file(
    store: Store,
) -> None:
    staged(store, Row(2))
    stopped = finished(store, "stopped")
    close(store, stopped, exit_code=3)
    assert run_ids(store) == []
    close(store, stopped, exit_code=1)
    assert run_ids(store) == [stopped.run_id]


def test_retries_and_runs_that_undo_do_not_count(store: Store) -> None:
    run = finished(store, "crm")
    finished(store, "undo", undoes=run.id)
    assert run_ids(store) == [run.run_id]


def test_a_corrected_file_counts_without_its_time(store: Store) -> None:
    finished(store, "corrected", is_failed_csv=True, exported_at_us=7)
    for _ in "kept", "deleted":
        [file] = store.runs.finished_inputs(job="nightly", base_url=ACME)
        assert (file.run_id, file.modified_at_us) == ("corrected", None)
        store.housekeeping.apply_retention(job="nightly", before_us=LATER)


def test_the_files_of_deleted_runs_are_remembered_up_to_a_hundred(store: Store) -> None:
    weekly = finished(store, "weekly", job="weekly").run_id
    nightly = [finished(store, str(number)).run_id for number in range(103)]
    for job in "weekly", "nightly":
        store.housekeeping.apply_retention(job=job, before_us=LATER)
    assert store.runs.all() == []
    assert run_ids(store) == nightly[:2:-1]
    assert run_ids(store, job="weekly") == [weekly]
