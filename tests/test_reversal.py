"""What undoing a row sends, as tables."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from bulk_update.records import Status
from bulk_update.reference import RecordState
from bulk_update.reversal import (
    Reversal,
    SentBefore,
    Verdict,
    body_with,
    first_verdict,
    reversal_of,
    verdict_on,
    was_called,
)


def state(
    status: str | None = "1",
    agent: str | None = "j.doe",
    date: str | None = "2027-01-31 09:00:00",
    call: str | None = None,
) -> RecordState:
    return RecordState("1", status, agent, date, call)


def reversal(
    body: Mapping[str, Any],
    before: RecordState | None = state(),  # noqa: B008 - a value
    then: Mapping[str, Any] | None = None,
    now: Mapping[str, Any] | None = None,
    only: Collection[str] = (),
) -> Reversal:
    known = None if then is None else SentBefore(then, then if now is None else now)
    found = reversal_of(json.dumps(body).encode(), before, known, only=only)
    assert found
    return found


def lost(found: Reversal) -> list[str]:
    return [
        " ".join(filter(None, [issue.code, issue.variant, str(issue.params["field"])]))
        for issue in found.lost
    ]


def judge(found: Reversal, now: RecordState | None, *needed: str) -> Verdict:
    return verdict_on(found, now, needs=lambda _status_id: needed)


ALL = {"status_id": "3", "agent_login": "p.nowak", "next_call_date": "2027-02-05 10:30"}


@pytest.mark.parametrize(
    ("before", "old", "not_restored"),
    [
        (
            state(),
            {"status_id": "1", "agent_login": "j.doe", "next_call_date": "2027-01-31 09:00"},
            [],
        ),
        (state(agent=""), {"status_id": "1", "next_call_date": "2027-01-31 09:00"},
         ["undo-irreversible agent_login"]),
        (state(date="0000-00-00 00:00:00"), {"status_id": "1", "agent_login": "j.doe"},
         ["undo-irreversible next_call_date"]),
        (state(date="soon"), {"status_id": "1", "agent_login": "j.doe"},
         ["undo-unknown unreadable next_call_date"]),
        (state(date="2027-01-31T09:00:59.5"),
         {"status_id": "1", "agent_login": "j.doe", "next_call_date": "2027-01-31 09:00"}, []),
        (state("3", "p.nowak", "2027-02-05 10:30:00"), ALL, []),
        (None, {}, [f"undo-unknown no-snapshot {name}" for name in ALL]),
    ],
)  # fmt: skip
def test_shown_fields_are_restored_from_the_snapshot(
    before: RecordState | None, old: Mapping[str, str], not_restored: list[str]
) -> None:
    found = reversal(ALL, before)
    assert (found.sent, found.old, lost(found)) == (ALL, old, not_restored)


@pytest.mark.parametrize(
    ("then", "now", "old", "not_restored"),
    [
        (None, None, {}, ["undo-unverifiable record_fields.city"]),
        ({}, None, {}, ["undo-unknown record_fields.city"]),
        ({"record_fields": {"city": None}}, None, {}, ["undo-unknown record_fields.city"]),
        ({"record_fields": {"city": "Hel"}}, {}, {"record_fields.city": "Hel"}, []),
        ({"record_fields": {"city": ""}}, {}, {"record_fields.city": ""}, []),
        ({"record_fields": {"city": "Hel"}}, {"record_fields": {"city": "Hel"}}, {}, []),
    ],
)
def test_other_fields_are_restored_from_what_was_sent_before(
    then: Mapping[str, Any] | None,
    now: Mapping[str, Any] | None,
    old: Mapping[str, str],
    not_restored: list[str],
) -> None:
    found = reversal({"record_fields": {"city": "Gdynia"}}, then=then, now=now)
    assert (found.sent, found.old, lost(found)) == ({}, old, not_restored)


def test_a_dictionary_status_is_not_restored() -> None:
    assert lost(reversal({"dictionary_status_id": "8"}, then={"dictionary_status_id": "7"})) == [
        "undo-irreversible dictionary dictionary_status_id"
    ]


def test_fields_that_were_not_chosen_are_not_looked_at() -> None:
    body = {**ALL, "record_fields": {"city": "Gdynia"}}
    found = reversal(body, then={"record_fields": {"city": "Hel"}}, now={}, only=["agent_login"])
    assert (found.sent, found.old) == ({"agent_login": "p.nowak"}, {"agent_login": "j.doe"})
    assert judge(found, state("99", "p.nowak")).values == {"agent_login": "j.doe"}
    assert reversal_of(b'{"status_id":"3"}', state(), None, only=["agent_login"]) is None


TO_3 = {"status_id": "3", "agent_login": "p.nowak"}


@pytest.mark.parametrize(
    ("now", "values", "outcome"),
    [
        (state("3", "p.nowak"), {"status_id": "1", "agent_login": "j.doe"}, None),
        (state("1", "p.nowak"), {"agent_login": "j.doe"}, None),
        (state("1", "j.doe"), {}, "unchanged already-undone"),
        (state("7", "p.nowak"), {}, "superseded changed-since"),
        (state("3", None), {}, "superseded changed-since"),
        (state(None, "p.nowak"), {}, "superseded changed-since"),
        (None, {}, "superseded changed-since"),
    ],
)
def test_what_a_record_shows_decides(
    now: RecordState | None, values: Mapping[str, str], outcome: str | None
) -> None:
    verdict = judge(reversal(TO_3), now)
    found = verdict.outcome and f"{verdict.outcome} {verdict.reasons[0].code}"
    assert (verdict.values, found) == (values, outcome)


def test_a_row_is_not_unchanged_while_one_of_its_fields_cannot_be_restored() -> None:
    found = reversal(TO_3, state(agent=None))
    assert judge(found, state("3", "p.nowak")).values == {"status_id": "1"}
    assert judge(found, state("1", "p.nowak")).outcome is Status.INVALID
    assert judge(found, state("1", None)).outcome is Status.UNCHANGED


def test_a_date_without_the_seconds_that_it_had_is_the_old_one() -> None:
    found = reversal({"next_call_date": "2027-02-05 10:30"}, state(date="2027-01-31 09:00:59"))
    for shown in ("2027-01-31 09:00:59", "2027-01-31 09:00:00"):
        assert judge(found, state(date=shown)).outcome is Status.UNCHANGED


def test_without_a_snapshot_the_record_must_still_show_what_was_sent() -> None:
    body = {**TO_3, "record_fields": {"city": "Gdynia"}}
    found = reversal(body, None, then={"record_fields": {"city": "Hel"}}, now={})
    assert judge(found, state("3", "p.nowak")).values == {"record_fields.city": "Hel"}
    assert judge(found, None).values == {"record_fields.city": "Hel"}
    assert judge(found, state("1", "p.nowak")).outcome is Status.SUPERSEDED


def test_what_a_status_needs_is_kept_or_else_restored() -> None:
    needed = ("agent_login", "next_call_date")
    found = reversal({"status_id": "3"})
    date = {"next_call_date": "2027-01-31 09:00"}
    assert judge(found, state("3", "p.nowak", None), *needed).values == {
        "status_id": "1", "agent_login": "p.nowak", **date,
    }  # fmt: skip
    unknown = reversal({"status_id": "3"}, state(agent=None, date=None))
    assert judge(unknown, state("3", None, None), *needed).values == {"status_id": "1"}
    both = reversal(TO_3)
    assert judge(both, state("3", "p.nowak"), *needed).values == {
        "status_id": "1", "agent_login": "j.doe", **date,
    }  # fmt: skip


def test_before_its_record_is_read_a_row_is_settled_only_if_nothing_is_known() -> None:
    assert first_verdict(reversal(TO_3)).outcome is None
    assert first_verdict(reversal(TO_3, None)).outcome is Status.INVALID
    same = {"record_fields": {"city": "Hel"}}
    assert first_verdict(reversal(same, then=same)).outcome is Status.UNCHANGED


def test_a_record_was_called_if_its_last_call_is_another() -> None:
    called = state(call="2027-01-01 10:00:00")
    assert was_called(reversal(TO_3), called)
    assert not was_called(reversal(TO_3), state(call=""))
    assert not was_called(reversal(TO_3, called), called)
    assert not was_called(reversal(TO_3, None), called)


def test_a_body_has_the_fields_where_the_api_expects_them() -> None:
    values = {"record_fields.a.b": "ż", "next_call_date": "2027-01-31 09:00", "status_id": "1"}
    assert body_with(values).decode() == (
        '{"status_id":"1","next_call_date":"2027-01-31 09:00","record_fields":{"a.b":"ż"}}'
    )
