"""What a plan says of its changes is what would be sent, whatever else is in the file."""

from __future__ import annotations

import csv
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from command_line import Desk, let_rest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulk_update.events import Event
from bulk_update.job.check import check_file
from bulk_update.job.ports import Target
from bulk_update.job.request import Request, RunOptions
from bulk_update.plan import Example, FieldPlan, Plan, RecordStatus, SentFirst, StatusChange
from bulk_update.records import Issue
from bulk_update.settings import load_settings

LOOKUP = {"Kontakt": 3, "Nie dzwonić": 4, "do kontaktu": 3}
CONTENT: dict[str, Any] = {
    "update": {
        "status_id": {"column": "Status", "lookup": LOOKUP},
        "record_fields": {
            "miasto": {"column": "Miasto"},
            "osoba": {"columns": ["Status", "Miasto"], "join": " "},
            "zrodlo": {"value": "CRM"},
        },
    },
    "priority": {"column": "Miasto", "first": ["Hel", "Ełk"]},
    "guards": {"max_clears": 1000},
    "where": {"column": "Status", "not_in": ["nie"]},
}
IDENTIFIERS = st.sampled_from([str(n) for n in range(8)])
STATUSES = st.sampled_from([*LOOKUP, "", "nie", "?"])
TOWNS = st.sampled_from(["Hel", "Hel ", "Ełk", "Gdynia", "", "--CLEAR--"])
FILES = st.lists(st.tuples(IDENTIFIERS, STATUSES, TOWNS), min_size=1, max_size=30)


class Nobody:
    """An observer that only lets things happen."""

    def on_event(self, event: Event) -> None:
        pass

    def consents(self, plan: Plan, target: Target) -> bool:
        raise AssertionError(plan, target)


def plan_of(desk: Desk, rows: Sequence[Sequence[str]], **content: Any) -> Plan:
    path = desk.folder / "crm.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([("ID", "Status", "Miasto"), *rows])
    let_rest(path)
    options = RunOptions(load_settings({"state": desk.state, "rate": "2"}), out=desk.out)
    mapping = desk.mapping(**{**CONTENT, **content})
    return check_file(Request(path, mapping, options), Nobody()).plan


@given(rows=FILES, policy=st.sampled_from(["error", "first", "last"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_plan_counts_exactly_what_would_be_sent(
    rows: list[tuple[str, str, str]], policy: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        plan = plan_of(desk, rows, duplicates=policy)
        requests = [json.loads(line) for line in desk.text("requests.jsonl").splitlines()]
    assert plan.statuses is not None
    statuses = Counter(each["body"].get("status_id") for each in requests)
    del statuses[None]
    assert {each.status.status_id: each.rows for each in plan.statuses} == statuses
    towns = [rows[each["row"] - 2][2].strip() for each in requests]
    wanted = [town for town in towns if town in {"Hel", "Ełk"}]
    assert plan.sent_first is not None
    assert plan.sent_first.rows == len(wanted)
    assert set(plan.sent_first.texts) == set(wanted)
    assert_examples(plan, requests, rows)


def assert_examples(
    plan: Plan, requests: list[dict[str, Any]], rows: list[tuple[str, str, str]]
) -> None:
    """Each example is the first request that sets or clears the field."""
    for field in plan.fields:
        name = field.name.removeprefix("record_fields.")
        values = [
            (each["row"], {**each["body"], **each["body"].get("record_fields", {})}.get(name))
            for each in requests
        ]
        sets = [(row, value) for row, value in values if value]
        clears = [(row, value) for row, value in values if value == ""]
        assert (field.sets, field.clears) == (len(sets), len(clears))
        for example, found in (field.example, sets), (field.cleared, clears):
            assert (example and (example.row, example.value)) == (found[0] if found else None)
            if example and name == "miasto":
                assert example.cells == (rows[example.row - 2][2],)


def test_a_plan_says_what_becomes_of_cells(tmp_path: Path) -> None:
    rows = [("1", "?", "Hel"), ("2", "do kontaktu", " Hel "), ("3", "Kontakt", "--CLEAR--")]
    plan = plan_of(Desk(tmp_path), [*rows, ("4", "Nie dzwonić", "")])
    joined = Example(3, ("do kontaktu", " Hel "), "do kontaktu Hel")
    miasto = Example(3, (" Hel ",), "Hel"), Example(4, ("--CLEAR--",), "")
    assert plan.fields == (
        FieldPlan("status_id", 2, 0, Example(3, ("do kontaktu",), "3")),
        FieldPlan("record_fields.miasto", 1, 0, miasto[0]),
        FieldPlan("record_fields.osoba", 2, 0, joined),
        FieldPlan("record_fields.zrodlo", 2, 0, Example(3, (), "CRM")),
    )
    assert plan.statuses == (
        StatusChange(RecordStatus("3", "Kontakt"), 1),
        StatusChange(RecordStatus("4", "Nie dzwonić"), 1),
    )
    assert plan.sent_first == SentFirst(1, ("Hel",))
    assert plan.requests_per_second == 2.0
    assert Issue("unseen-priority", {"text": "Ełk"}, columns=("Miasto",)) in plan.notices
