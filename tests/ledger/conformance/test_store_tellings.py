"""What was last told of each job, so that only changes are told."""

from __future__ import annotations

from bulk_update.job.store import Store
from bulk_update.ledger import Told

FAILED, OK = Told(4, "halted-401"), Told(0, "")


def test_nothing_was_told_of_a_job_at_first(store: Store) -> None:
    assert store.tellings.last(["nightly"], kind="sending", target="mailto") is None


def test_a_target_was_told_what_was_recorded_last(store: Store) -> None:
    for at, told in enumerate((FAILED, OK, FAILED)):
        store.tellings.record(
            ["nightly"], kind="sending", target="mailto", told=told, told_at_us=at
        )
        assert store.tellings.last(["nightly"], kind="sending", target="mailto") == told


def test_jobs_kinds_and_targets_are_told_apart(store: Store) -> None:
    store.tellings.record(["nightly"], kind="sending", target="mailto", told=FAILED, told_at_us=1)
    assert store.tellings.last(["weekly"], kind="sending", target="mailto") is None
    assert store.tellings.last(["nightly"], kind="check", target="mailto") is None
    assert store.tellings.last(["nightly"], kind="sending", target="mailto 2") is None


def test_a_job_takes_over_what_was_told_while_its_mapping_could_not_be_read(store: Store) -> None:
    path, job = "/etc/crm.yaml", "nightly"
    kind, target = "sending", "mailto"
    store.tellings.record([job], kind=kind, target=target, told=OK, told_at_us=1)
    store.tellings.record([path], kind=kind, target=target, told=FAILED, told_at_us=2)
    assert store.tellings.last([job, path], kind=kind, target=target) == FAILED
    store.tellings.record([job, path], kind=kind, target=target, told=OK, told_at_us=3)
    assert store.tellings.last([job], kind=kind, target=target) == OK
    assert store.tellings.last([path], kind=kind, target=target) is None
