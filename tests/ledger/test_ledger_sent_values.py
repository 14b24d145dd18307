"""What each record is known to hold, field by field."""

from __future__ import annotations

import json

import pytest
from ledger_runs import (
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
    send,
    staged,
)

from bulk_update.ledger import KnownBefore, Ledger
from bulk_update.ledger import sent_values as sent_values_module
from bulk_update.records import Reply

CHANGED_ONLY = KnownBefore(compared_at=ACME)


def body(**fields: str) -> bytes:
    """Return a body: `status_id` at its top, all others among the campaign's own fields."""
    own = {name: value for name, value in fields.items() if name != "status_id"}
    whole: dict[str, object] = {name: fields[name] for name in fields if name == "status_id"}
    if own:
        whole["record_fields"] = own
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def sent(ledger: Ledger, *replies: Reply, **fields: str) -> None:
    send(ledger, staged(ledger, Row(2, body(**fields), "x")), *replies)


def holds(ledger: Ledger, **fields: str) -> bool:
    """Return whether the record is known to hold these values."""
    run = staged(ledger, Row(2, body(**fields), "x"), known=CHANGED_ONLY)
    return ends(ledger, run) == {2: "unchanged same-as-last"}


def test_values_of_several_requests_add_up(ledger: Ledger) -> None:
    sent(ledger, OK, status_id="3", miasto="Łódź")
    sent(ledger, OK, saldo="1.50")
    sent(ledger, OK, miasto="Gdynia")
    assert holds(ledger, status_id="3", miasto="Gdynia", saldo="1.50")
    assert holds(ledger, saldo="1.50", miasto="Gdynia")
    assert holds(ledger, miasto="Gdynia")
    assert not holds(ledger, miasto="Łódź")
    assert not holds(ledger, status_id="3", telefon="1")


@pytest.mark.parametrize("reply", [REFUSED, LOST, BUSY])
def test_a_request_that_ends_otherwise_makes_only_its_own_fields_unknown(
    ledger: Ledger, reply: Reply
) -> None:
    sent(ledger, OK, status_id="3", miasto="Łódź", saldo="1")
    sent(ledger, reply, miasto="Łódź", telefon="2")
    assert holds(ledger, status_id="3", saldo="1")
    assert not holds(ledger, miasto="Łódź")
    assert not holds(ledger, telefon="2")
    sent(ledger, OK, miasto="Łódź")
    assert holds(ledger, status_id="3", miasto="Łódź", saldo="1")
    assert not holds(ledger, telefon="2")


def test_what_never_left_says_nothing_of_its_fields(ledger: Ledger) -> None:
    sent(ledger, OK, status_id="3")
    sent(ledger, UNREACHABLE, status_id="4")
    assert holds(ledger, status_id="3")


def test_a_cleared_field_is_known_to_be_empty(ledger: Ledger) -> None:
    sent(ledger, OK, miasto="Łódź")
    sent(ledger, OK, miasto="")
    assert holds(ledger, miasto="")
    assert not holds(ledger, miasto="Łódź")


def test_two_jobs_with_different_fields_of_one_record_do_not_disturb_each_other(
    ledger: Ledger,
) -> None:
    crm, billing = body(status_id="3", miasto="Łódź"), body(saldo="1")
    for expected in "planned", "unchanged same-as-last":
        for name, what in (("crm", crm), ("billing", billing)):
            run = staged(ledger, Row(2, what, "x"), known=CHANGED_ONLY, job=name)
            assert ends(ledger, run) == {2: expected}
            send(ledger, run, OK)


def test_a_b_a_is_sent_three_times_where_b_sets_one_of_the_fields(ledger: Ledger) -> None:
    sent(ledger, OK, status_id="3", miasto="Łódź")
    sent(ledger, OK, miasto="Gdynia")
    assert not holds(ledger, status_id="3", miasto="Łódź")


@pytest.mark.parametrize("text", ['"', "\\", "\t", "ł", "\U0001f600", "\x7f", "null", "1.0", "'"])
def test_values_of_every_kind_are_compared_letter_by_letter(ledger: Ledger, text: str) -> None:
    sent(ledger, OK, **{f"field {text}": text, "miasto": "x"})
    sent(ledger, OK, miasto="y")
    assert holds(ledger, **{f"field {text}": text, "miasto": "y"})
    assert not holds(ledger, **{f"field {text}": text + text})
    sent(ledger, LOST, **{f"field {text}": text})
    assert not holds(ledger, **{f"field {text}": text})


def test_requests_are_taken_in_in_their_order_in_parts_of_any_size(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that was sent to several times since it was last looked at keeps the last values."""
    monkeypatch.setattr(sent_values_module, "_ATTEMPTS_A_PART", 3)
    for number in range(7):
        fields = body(status_id=str(number), **{f"field{number}": "x"})
        run = staged(ledger, Row(2, fields, "x"), Row(3, body(status_id="9"), "y"))
        send(ledger, run, BUSY, OK)
    assert holds(ledger, status_id="6", **{f"field{number}": "x" for number in range(7)})
    assert not holds(ledger, status_id="5")


def test_a_plan_judged_again_is_true_of_rows_that_it_called_unchanged(ledger: Ledger) -> None:
    sent(ledger, OK, status_id="3")
    late = staged(ledger, Row(2, body(status_id="3"), "x"), known=CHANGED_ONLY)
    early = staged(ledger, Row(2, body(status_id="4"), "x"))
    plan = staged(ledger, Row(2, body(status_id="3"), "x"), known=CHANGED_ONLY)
    assert ends(ledger, plan) == ends(ledger, late) == {2: "unchanged same-as-last"}
    send(ledger, early, OK)
    for run in (plan, late):
        ledger.judge(run, CHANGED_ONLY)
    assert ends(ledger, plan) == {2: "planned"}
    assert ends(ledger, late) == {2: "superseded superseded"}


def test_a_plan_judged_again_leaves_out_what_holds_by_now(ledger: Ledger) -> None:
    plan = staged(ledger, Row(2, body(status_id="3"), "x"), Row(3, body(status_id="4"), "y"))
    sent(ledger, OK, status_id="3", miasto="x")
    ledger.judge(plan, CHANGED_ONLY)
    assert ends(ledger, plan) == {2: "unchanged same-as-last", 3: "planned"}
    ledger.judge(plan, KnownBefore())
    assert ends(ledger, plan) == {2: "superseded superseded", 3: "planned"}


def test_a_row_of_which_something_was_sent_is_never_unchanged(ledger: Ledger) -> None:
    plan = staged(ledger, Row(2, body(status_id="3"), "x"))
    send(ledger, plan, LOST)
    sent(ledger, OK, status_id="3")
    ledger.judge(plan, CHANGED_ONLY)
    assert ends(ledger, plan) == {2: "in_doubt superseded"}


def test_a_crash_leaves_the_fields_of_its_request_unknown(ledger: Ledger) -> None:
    sent(ledger, OK, status_id="3", miasto="x")
    crash(ledger, staged(ledger, Row(2, body(status_id="3"), "x")))
    ledger.settle_dead_runs(now_us=50)
    assert not holds(ledger, status_id="3")
    assert holds(ledger, miasto="x")


def test_what_a_record_holds_outlives_the_runs_that_sent_it(ledger: Ledger) -> None:
    sent(ledger, OK, status_id="3")
    sent(ledger, OK, miasto="x")
    last = staged(ledger, Row(3))
    send(ledger, last, OK)
    close(ledger, last, now_us=100)
    assert ledger.apply_retention(job="nightly", before_us=50) == 2
    assert [run.run_id for run in ledger.runs()] == [last.run_id]
    assert holds(ledger, status_id="3", miasto="x")
