"""What a record shows, compared with what was sent to it."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.readback import (
    READABLE,
    Verified,
    called_since,
    is_all_readable,
    moment_us,
    sendable,
    verdict_on,
)
from bulk_update.reference import RecordState

WARSAW = ZoneInfo("Europe/Warsaw")
NOTHING = RecordState("1", None, None, None, None)
BEFORE = RecordState("1", "1", "j.doe", "2027-03-01 10:00:00", "2027-02-01 09:00:00")


def body(**values: object) -> bytes:
    return json.dumps(values).encode()


@pytest.mark.parametrize(
    ("sent", "shown", "is_shown"),
    [
        ({"status_id": "3"}, {"status_id": "3"}, True),
        ({"status_id": "3"}, {"status_id": "03"}, False),
        ({"status_id": "3"}, {"status_id": None}, False),
        ({"status_id": "3"}, {}, False),
        ({"agent_login": ""}, {"agent_login": None}, True),
        ({"agent_login": ""}, {"agent_login": "j.doe"}, False),
        ({"agent_login": "j.doe"}, {"agent_login": "J.Doe"}, False),
        ({"next_call_date": "2027-03-01 10:00"}, {"next_call_date": "2027-03-01 10:00"}, True),
        ({"next_call_date": "2027-03-01 10:00"}, {"next_call_date": "2027-03-01 10:00:00"}, True),
        ({"next_call_date": "2027-03-01 10:00"}, {"next_call_date": "2027-03-01T10:00:00"}, True),
        ({"next_call_date": "2027-03-01 10:00"}, {"next_call_date": "2027-03-01 10:00:30"}, False),
        ({"next_call_date": "2027-03-01 10:00"}, {"next_call_date": "2027-03-01 10:01:00"}, False),
        ({"next_call_date": "2027-03-01"}, {"next_call_date": "2027-03-01 00:00:00"}, True),
        ({"next_call_date": "2027-03-01"}, {"next_call_date": "0000-00-00 00:00:00"}, False),
        ({"status_id": "3", "agent_login": "a"}, {"status_id": "3", "agent_login": "b"}, False),
        ({"status_id": "3", "record_fields": {"x": "y"}}, {"status_id": "3"}, True),
        ({"status_id": "3", "dictionary_status_id": "8"}, {"status_id": "3"}, True),
    ],
)
def test_a_record_shows_what_was_sent_if_every_readable_value_is_the_same(
    sent: dict[str, object], shown: dict[str, Any], *, is_shown: bool
) -> None:
    now = NOTHING._replace(**shown)
    expected = Verified.YES if is_shown else Verified.DIFFERS
    for in_doubt in (True, False):
        assert verdict_on(body(**sent), now=now, before=None, in_doubt=in_doubt) is expected


def test_nothing_is_said_of_a_body_without_readable_fields() -> None:
    sent = body(record_fields={"status_id": "3"}, dictionary_status_id="8")
    assert verdict_on(sent, now=BEFORE, before=BEFORE, in_doubt=True) is None
    assert not is_all_readable(sent)


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (BEFORE, Verified.NEVER_ARRIVED),
        (BEFORE._replace(next_call_date="2027-03-01 10:00"), Verified.NEVER_ARRIVED),
        (BEFORE._replace(status_id="2"), Verified.DIFFERS),
        (BEFORE._replace(agent_login=None), Verified.DIFFERS),
        (BEFORE._replace(next_call_date=None), Verified.DIFFERS),
        (BEFORE._replace(call_date="2027-02-02 09:00:00"), Verified.DIFFERS),
        (BEFORE._replace(status_id="3"), Verified.YES),
        (BEFORE._replace(status_id="3", call_date="2027-02-02 09:00:00"), Verified.YES),
    ],
)
def test_a_request_never_arrived_only_if_nothing_about_the_record_has_changed(
    now: RecordState, verdict: Verified
) -> None:
    assert verdict_on(body(status_id="3"), now=now, before=BEFORE, in_doubt=True) is verdict


@pytest.mark.parametrize(
    ("sent", "before", "in_doubt"),
    [
        ({"status_id": "3"}, None, True),
        ({"status_id": "3"}, BEFORE, False),
        ({"status_id": "3", "record_fields": {"x": "y"}}, BEFORE, True),
    ],
)
def test_a_request_is_not_said_to_have_never_arrived_without_evidence(
    sent: dict[str, object], before: RecordState | None, *, in_doubt: bool
) -> None:
    verdict = verdict_on(body(**sent), now=BEFORE, before=before, in_doubt=in_doubt)
    assert verdict is Verified.DIFFERS


VALUES = st.none() | st.text(max_size=5)
STATES = st.builds(RecordState, st.just("1"), VALUES, VALUES, VALUES, VALUES)


@given(STATES)
def test_a_record_always_shows_its_own_state(state: RecordState) -> None:
    values = {name: getattr(state, name) or "" for name in READABLE}
    assert verdict_on(body(**values), now=state, before=None, in_doubt=False) is Verified.YES


# --- called since the export


@pytest.mark.parametrize(
    ("call_date", "exported", "is_later"),
    [
        (None, "2027-01-10 10:30:45", False),
        ("", "2027-01-10 10:30:45", False),
        ("0000-00-00 00:00:00", "2027-01-10 10:30:45", False),
        ("2027-01-10 10:30:44", "2027-01-10 10:30:45", False),
        ("2027-01-10 10:30:45", "2027-01-10 10:30:45", False),
        ("2027-01-10 10:30:46", "2027-01-10 10:30:45", True),
        ("2027-01-10T10:30:46.5", "2027-01-10 10:30:45", True),
        ("2027-01-10 10:29", "2027-01-10 10:30:45", False),
        ("2027-01-10 10:30", "2027-01-10 10:30:45", True),  # perhaps at 10:30:50
        ("2027-01-09", "2027-01-10 10:30:45", False),
        ("2027-01-10", "2027-01-10 10:30:45", True),
        ("10.01.2027", "2027-01-10 10:30:45", True),  # unreadable
        ("2027-02-30 10:00:00", "2027-01-10 10:30:45", True),
        ("9999-12-31 23:59:59", "2027-01-10 10:30:45", True),
        ("2027-10-31 02:30:00", "2027-10-31 02:45:00", True),  # perhaps the second 02:30
    ],
)
def test_a_record_was_called_since_the_export_if_its_last_call_may_be_later(
    call_date: str | None, exported: str, *, is_later: bool
) -> None:
    state = NOTHING._replace(call_date=call_date)
    at = moment_us(exported, WARSAW)
    issue = called_since(state, exported_at_us=at, api_timezone=WARSAW)
    assert (issue is not None) is is_later
    if issue:
        assert issue.params == {"called": call_date, "exported": exported}


def test_a_fraction_of_the_second_of_the_export_does_not_count() -> None:
    state = NOTHING._replace(call_date="2027-01-10 10:30:45")
    at = moment_us("2027-01-10 10:30:45", WARSAW) + 500_000
    assert called_since(state, exported_at_us=at, api_timezone=WARSAW) is None
    assert called_since(state, exported_at_us=at - 1_000_000, api_timezone=WARSAW) is not None


@pytest.mark.parametrize(
    ("name", "shown", "sent"),
    [
        ("status_id", " 3 ", "3"),
        ("next_call_date", "2027-01-31 09:00:59", "2027-01-31 09:00"),
        ("next_call_date", "2027-01-31T09:00:00.5", "2027-01-31 09:00"),
        ("next_call_date", "2027-01-31", "2027-01-31 00:00"),
        ("next_call_date", "0000-00-00 00:00:00", None),
        ("next_call_date", "31.01.2027", None),
    ],
)
def test_a_value_that_a_record_shows_can_be_sent_back(
    name: str, shown: str, sent: str | None
) -> None:
    assert sendable(name, shown) == sent
