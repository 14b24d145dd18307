"""The known values of each record, field by field."""

from __future__ import annotations

import json

import pytest
from store_runs import (
    ACME,
    BUSY,
    LOST,
    OK,
    REFUSED,
    UNREACHABLE,
    Row,
    close,
    crash,
    ends,
    invocation,
    send,
    staged,
)

from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore
from bulk_update.records import Reply

CHANGED_ONLY = KnownBefore(compared_at=ACME)


def body(**fields: str) -> bytes:
    """Return a body with `status_id` at the top level and all other fields as campaign fields."""
    own = {name: value for name, value in fields.items() if name != "status_id"}
    whole: dict[str, object] = {name: fields[name] for name in fields if name == "status_id"}
    if own:
        whole["record_fields"] = own
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def sent(store: Store, *replies: Reply, **fields: str) -> None:
    send(store, staged(store, Row(2, body(**fields), "x")), *replies)


def holds(store: Store, **fields: str) -> bool:
    """Return whether the record is known to hold these values."""
    run = staged(store, Row(2, body(**fields), "x"), known=CHANGED_ONLY)
    return ends(store, run) == {2: "unchanged same-as-last"}


def test_values_of_several_requests_add_up(store: Store) -> None:
    sent(store, OK, status_id="3", miasto="Łódź")
    sent(store, OK, saldo="1.50")
    sent(store, OK, miasto="Gdynia")
    assert holds(store, status_id="3", miasto="Gdynia", saldo="1.50")
    assert holds(store, saldo="1.50", miasto="Gdynia")
    assert holds(store, miasto="Gdynia")
    assert not holds(store, miasto="Łódź")
    assert not holds(store, status_id="3", telefon="1")


def test_the_last_request_counts_even_if_its_run_is_an_older_one(store: Store) -> None:
    older = staged(store, Row(2, body(status_id="1"), "x"))
    invocation(store, older, [BUSY], halted="halted-signal")
    sent(store, OK, status_id="2")
    invocation(store, older, [OK])
    assert holds(store, status_id="1")
    assert not holds(store, status_id="2")


@pytest.mark.parametrize("reply", [REFUSED, LOST, BUSY])
def test_a_request_that_is_not_confirmed_makes_only_its_own_fields_unknown(
    store: Store, reply: Reply
) -> None:
    sent(store, OK, status_id="3", miasto="Łódź", saldo="1")
    sent(store, reply, miasto="Łódź", telefon="2")
    assert holds(store, status_id="3", saldo="1")
    assert not holds(store, miasto="Łódź")
    assert not holds(store, telefon="2")
    sent(store, OK, miasto="Łódź")
    assert holds(store, status_id="3", miasto="Łódź", saldo="1")
    assert not holds(store, telefon="2")


def test_a_request_that_was_never_sent_says_nothing_about_its_fields(store: Store) -> None:
    sent(store, OK, status_id="3")
    sent(store, UNREACHABLE, status_id="4")
    assert holds(store, status_id="3")


def test_a_cleared_field_is_known_to_be_empty(store: Store) -> None:
    sent(store, OK, miasto="Łódź")
    sent(store, OK, miasto="")
    assert holds(store, miasto="")
    assert not holds(store, miasto="Łódź")


def test_two_jobs_with_different_fields_of_one_record_do_not_interfere(
    store: Store,
) -> None:
    crm, billing = body(status_id="3", miasto="Łódź"), body(saldo="1")
    for expected in "planned", "unchanged same-as-last":
        for name, what in (("crm", crm), ("billing", billing)):
            run = staged(store, Row(2, what, "x"), known=CHANGED_ONLY, job=name)
            assert ends(store, run) == {2: expected}
            send(store, run, OK)


def test_a_b_a_is_sent_three_times_if_b_sets_one_of_the_fields(store: Store) -> None:
    sent(store, OK, status_id="3", miasto="Łódź")
    sent(store, OK, miasto="Gdynia")
    assert not holds(store, status_id="3", miasto="Łódź")


@pytest.mark.parametrize("text", ['"', "\\", "\t", "ł", "\U0001f600", "\x7f", "null", "1.0", "'"])
def test_values_of_every_kind_are_compared_exactly(store: Store, text: str) -> None:
    sent(store, OK, **{f"field {text}": text, "miasto": "x"})
    sent(store, OK, miasto="y")
    assert holds(store, **{f"field {text}": text, "miasto": "y"})
    assert not holds(store, **{f"field {text}": text + text})
    sent(store, LOST, **{f"field {text}": text})
    assert not holds(store, **{f"field {text}": text})


def test_judging_a_plan_again_corrects_rows_that_are_no_longer_unchanged(store: Store) -> None:
    sent(store, OK, status_id="3")
    late = staged(store, Row(2, body(status_id="3"), "x"), known=CHANGED_ONLY)
    early = staged(store, Row(2, body(status_id="4"), "x"))
    plan = staged(store, Row(2, body(status_id="3"), "x"), known=CHANGED_ONLY)
    assert ends(store, plan) == ends(store, late) == {2: "unchanged same-as-last"}
    send(store, early, OK)
    for run in (plan, late):
        store.planning.judge(run, CHANGED_ONLY)
    assert ends(store, plan) == {2: "planned"}
    assert ends(store, late) == {2: "superseded superseded"}


def test_judging_a_plan_again_skips_rows_that_have_become_unchanged(store: Store) -> None:
    plan = staged(store, Row(2, body(status_id="3"), "x"), Row(3, body(status_id="4"), "y"))
    sent(store, OK, status_id="3", miasto="x")
    store.planning.judge(plan, CHANGED_ONLY)
    assert ends(store, plan) == {2: "unchanged same-as-last", 3: "planned"}
    store.planning.judge(plan, KnownBefore())
    assert ends(store, plan) == {2: "superseded superseded", 3: "planned"}


def test_a_row_that_was_sent_is_never_unchanged(store: Store) -> None:
    plan = staged(store, Row(2, body(status_id="3"), "x"))
    send(store, plan, LOST)
    sent(store, OK, status_id="3")
    store.planning.judge(plan, CHANGED_ONLY)
    assert ends(store, plan) == {2: "in_doubt superseded"}


def test_a_crash_leaves_the_fields_of_its_request_unknown(store: Store) -> None:
    sent(store, OK, status_id="3", miasto="x")
    crash(store, staged(store, Row(2, body(status_id="3"), "x")))
    store.sending.settle_dead_runs(now_us=50)
    assert not holds(store, status_id="3")
    assert holds(store, miasto="x")


def test_the_values_of_a_record_outlive_the_runs_that_sent_them(store: Store) -> None:
    sent(store, OK, status_id="3")
    sent(store, OK, miasto="x")
    last = staged(store, Row(3))
    send(store, last, OK)
    close(store, last, now_us=100)
    assert store.housekeeping.apply_retention(job="nightly", before_us=50) == 2
    assert [run.run_id for run in store.runs.all()] == [last.run_id]
    assert holds(store, status_id="3", miasto="x")


def test_a_record_that_was_updated_several_times_has_the_last_values(store: Store) -> None:
    for number in range(7):
        fields = body(status_id=str(number), **{f"field{number}": "x"})
        send(store, staged(store, Row(2, fields, "x"), Row(3, body(status_id="9"), "y")), BUSY, OK)
    store.housekeeping.remember_what_was_sent()
    assert holds(store, status_id="6", **{f"field{number}": "x" for number in range(7)})
    assert not holds(store, status_id="5")
