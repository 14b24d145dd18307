"""How many rows change their record, as far as the ledger knows its values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from store_runs import OK, Row, send, staged

from bulk_update.job.store import Store
from bulk_update.ledger import ChangeEvidence
from bulk_update.reference import RecordState

SHOWN = RecordState("x", "3", None, "2030-01-02 10:00:00", None)
SENT = b'{"status_id":"4","record_fields":{"e-mail":"a@b","miasto":"Sopot","vip":""}}'

CHANGE, SAME, UNKNOWN = ChangeEvidence(1, 0, 0), ChangeEvidence(0, 1, 0), ChangeEvidence(0, 0, 1)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status_id": "3"}, SAME),
        ({"status_id": "4"}, CHANGE),  # the snapshot counts, and not what was sent before
        ({"agent_login": ""}, SAME),
        ({"agent_login": "jan"}, CHANGE),
        ({"next_call_date": "2030-01-02 10:00"}, SAME),
        ({"next_call_date": "2030-01-02 10:01"}, CHANGE),
        ({"record_fields": {"miasto": "Sopot", "e-mail": "a@b", "vip": ""}}, SAME),
        ({"record_fields": {"miasto": "sopot"}}, CHANGE),
        ({"record_fields": {"never": "sent"}}, UNKNOWN),
        ({"record_fields": {"status_id": "4"}}, UNKNOWN),  # of that name, but another field
        ({"status_id": "3", "record_fields": {"never": "sent"}}, UNKNOWN),
        ({"status_id": "4", "record_fields": {"never": "sent"}}, CHANGE),
        ({"status_id": "3", "record_fields": {"vip": "1"}}, CHANGE),
    ],
)
def test_a_row_changes_what_is_known_to_differ(
    store: Store, fields: dict[str, Any], expected: ChangeEvidence
) -> None:
    send(store, staged(store, Row(2, SENT, "x")), OK)
    store.housekeeping.remember_what_was_sent()
    run = staged(store, Row(2, json.dumps(fields).encode(), "x"))
    store.readings.expect_before(run.id)
    store.readings.keep_snapshot(run.id, "00001", [SHOWN], read_at_us=1)
    assert store.pages.change_evidence(run.id) == expected


def test_every_row_to_be_sent_counts_once(store: Store) -> None:
    bodies = [b'{"status_id":"3"}', b'{"status_id":"4"}', b'{"record_fields":{"vip":"1"}}']
    rows = [
        Row(2 + at, body, name) for at, (body, name) in enumerate(zip(bodies, "xyz", strict=True))
    ]
    run = staged(store, *rows)
    store.readings.expect_before(run.id)
    states = [SHOWN._replace(identifier=name) for name in "xy"]
    store.readings.keep_snapshot(run.id, "00001", states, read_at_us=1)
    assert store.pages.change_evidence(run.id) == ChangeEvidence(1, 1, 1)
    send(store, run, OK)
    assert store.pages.change_evidence(run.id) == ChangeEvidence()
