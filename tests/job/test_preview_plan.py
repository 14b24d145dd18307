"""The rows of a plan for people: what each would change, and why some are not sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from store_runs import ACME, OK, Row, invalid, send, staged

from bulk_update.errors import UsageError
from bulk_update.job.preview_plan import FieldChange, frequent_reasons, preview_plan
from bulk_update.job.request import RunOptions
from bulk_update.ledger import Ledger, PageView, Run
from bulk_update.reference import RecordState
from bulk_update.settings import Settings

MAPPING = b"""
version: 1
campaign: "00001"
identifier: {column: ID}
update:
  status_id: {column: Status, lookup: {Kontakt: 3}}
"""


def options(tmp_path: Path) -> RunOptions:
    return RunOptions(Settings(state=tmp_path, base_url=ACME))


def plan(ledger: Ledger, *rows: Row, names: dict[str, str] | None = None) -> Run:
    run = staged(ledger, *rows, mapping=MAPPING, overrides="[null, null, null, null, null]")
    if names:
        ledger.runs.record_status_names(run.id, json.dumps({"00001": names}))
    return ledger.runs.get(run.id)


def test_a_field_is_shown_with_what_is_known_of_it(tmp_path: Path) -> None:
    body = (
        b'{"status_id":"3","agent_login":"a","next_call_date":"2030-01-02 10:00",'
        b'"record_fields":{"miasto":"Gdynia","vip":""}}'
    )
    with Ledger(tmp_path) as ledger:
        send(ledger, plan(ledger, Row(2, b'{"record_fields":{"miasto":"Sopot"}}', "x")), OK)
        ledger.housekeeping.remember_what_was_sent()
        run = plan(ledger, Row(2, body, "x"), names={"1": "Do zadzwonienia"})
        state = RecordState("x", "1", None, "2030-01-02 10:00:00", None)
        ledger.readings.expect_before(run.id)
        ledger.readings.keep_snapshot(run.id, "00001", [state], read_at_us=1)
    found = preview_plan(run.run_id, options(tmp_path), view=PageView.CHANGES)

    assert found.fields == ("status_id", "agent_login", "next_call_date", "miasto", "vip")
    assert found.rows[0].changes == {
        "status_id": FieldChange("Do zadzwonienia (1)", "Kontakt (3)"),
        "agent_login": FieldChange("", "a"),
        "next_call_date": FieldChange("2030-01-02 10:00:00", "2030-01-02 10:00", is_same=True),
        "miasto": FieldChange("Sopot", "Gdynia", is_ours=True),
        "vip": FieldChange(None, ""),
    }


def test_the_status_of_a_record_that_has_none_is_blank(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        run = plan(ledger, Row(2, b'{"status_id":"9"}', "x"))
        ledger.readings.expect_before(run.id)
        state = RecordState("x", None, None, None, None)
        ledger.readings.keep_snapshot(run.id, "00001", [state], read_at_us=1)
    found = preview_plan(run.run_id, options(tmp_path), view=PageView.STATUS_MOVES)

    assert found.rows[0].changes == {"status_id": FieldChange("", "9")}


def test_pages_are_counted(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        run = plan(ledger, *(Row(number) for number in range(2, 252)), invalid(300))
    opened = options(tmp_path)
    third = preview_plan(run.run_id, opened, view=PageView.CHANGES, page=3)
    far = preview_plan(run.run_id, opened, view=PageView.CHANGES, page=99)
    none = preview_plan(run.run_id, opened, view=PageView.CHANGES, search="nothing", page=2)

    assert (third.page, third.pages, third.first, third.last, third.found) == (3, 3, 201, 250, 250)
    assert far.page == 3
    assert (none.page, none.pages, none.first, none.last, none.found) == (1, 1, 0, 0, 0)
    assert third.counts[PageView.REFUSED] == none.counts[PageView.REFUSED] == 1


def test_a_refused_row_has_reasons_in_place_of_changes(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        run = plan(ledger, invalid(2))
    (row,) = preview_plan(run.run_id, options(tmp_path), view=PageView.REFUSED).rows
    (reason,) = frequent_reasons(run.run_id, options(tmp_path), most=5)

    assert row.changes == {}
    assert [issue.code for issue in row.reasons] == [reason.code] == ["bad-date"]


def test_a_run_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with Ledger(tmp_path):
        pass
    for ask in (
        lambda: preview_plan("x", options(tmp_path), view=PageView.CHANGES),
        lambda: frequent_reasons("x", options(tmp_path), most=1),
    ):
        with pytest.raises(UsageError):
            ask()
